#!/usr/bin/env python3
"""Has Debian's OCRmyPDF read scanned pages by the plugin.

    tests/client/ocrmypdf_plugin.py

The service is one that reads no picture: it says that every page holds the same words. What the plugin asks of it and
makes of its answers is looked at with programs that nobody here wrote: OCRmyPDF, pdftotext and qpdf.
Exit status: 0 when all is well, 1 when something is not.
"""

import contextlib
import io
import os
import pathlib
import re
import subprocess
import sys
import tempfile

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
CLIENT, PLUGIN = REPOSITORY / "client" / "python", REPOSITORY / "client" / "ocrmypdf"
sys.path[:0] = [str(REPOSITORY / "tests" / "support" / "python"), str(CLIENT)]

from glyphgate.picture_size import picture_size
from scanned_pdf import scanned
from steps import Steps, Wrong
from tests.fake_service import FakeService
from tests.scripted_server import Reply, problem

PATIENCE = 600
PAGE = (REPOSITORY / "docs" / "samples" / "page.jpg").read_bytes()
DPI = 150
WIDTH, HEIGHT = picture_size(io.BytesIO(PAGE))
#: Text, box in pixels, and how far it is turned anticlockwise. Of lines: those that share one are parted by a space.
LINES = ((("MOUNTAIN", (50, 50, 250, 90), 0), ("HONEY", (270, 50, 400, 90), 0)),
         (("今天", (50, 150, 130, 190), 0),), (("upward", (400, 200, 430, 400), 90),))


def hocr(target, lines=LINES):
    shown = ""
    for line in lines:
        turned = f"; textangle {line[0][2]}" if line[0][2] else "; baseline 0 0"
        words = " ".join(f"<span class='ocrx_word' title='bbox {' '.join(map(str, box))}; x_wconf 93'>{text}</span>"
                         for text, box, _ in line)
        boxes = [box for _, box, _ in line]
        hull = min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)
        shown += f"<span class='ocr_line' title='bbox {' '.join(map(str, hull))}{turned}'>{words}</span>"
    return (f"<?xml version='1.0' encoding='UTF-8'?>\n<html xmlns='http://www.w3.org/1999/xhtml'><head/><body>"
            f"<div class='ocr_page' title='image \"{target}\"; bbox 0 0 {WIDTH} {HEIGHT}; ppageno 0'>"
            f"<p class='ocr_par'>{shown}</p></div></body></html>").encode()


class Reader(FakeService):
    """Says that every page has the words."""

    def __init__(self, lines=LINES):
        super().__init__()
        self.lines = lines

    def _export(self, path, query):
        if query == "format=hocr":
            return Reply(200, hocr(path, self.lines), {"Content-Type": "text/vnd.hocr+html"})
        return Reply(200, "".join(" ".join(text for text, _, _ in line) + "\n" for line in self.lines).encode(),
                     {"Content-Type": "text/plain; charset=utf-8"})


def ocrmypdf(folder, url, *arguments, pages=1, expect=0):
    """What it said. The PDF is `out.pdf` of the folder."""
    (folder / "in.pdf").write_bytes(scanned([PAGE] * pages, DPI))
    done = subprocess.run(["/usr/bin/ocrmypdf", "--plugin", "glyphgate_ocrmypdf", *arguments, "in.pdf", "out.pdf"],
                          cwd=folder, env=environment_of(url), stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE,
                          encoding="utf-8")
    if done.returncode != expect:
        raise Wrong(f"ocrmypdf ended with {done.returncode} instead of {expect}:\n{done.stdout}{done.stderr}")
    return done.stderr


def environment_of(url):
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GLYPHGATE_")}
    return {**inherited, "PYTHONPATH": f"{PLUGIN}:{CLIENT}", "GLYPHGATE_URL": url, "PATH": "/usr/bin:/bin"}


def words_of(pdf):
    """Of each page: word, and its box in pixels."""
    told = subprocess.run(["/usr/bin/pdftotext", "-bbox", pdf, "-"], timeout=PATIENCE, check=True, capture_output=True,
                          encoding="utf-8").stdout
    pages = []
    for page in told.split("<page ")[1:]:
        found = re.findall(r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>', page)
        pages.append([(text, tuple(float(value) * DPI / 72 for value in box)) for *box, text in found])
    return pages


def check_words(pdf, pages=1, lines=LINES, height_within=2):
    """Every word is there, in a box within 2 pixels of its own, and `height_within` across its line."""
    found = words_of(pdf)
    if len(found) != pages:
        raise Wrong(f"it has {len(found)} pages")
    for words in found:
        for text, box, turned in (word for line in lines for word in line):
            boxes = [where for shown, where in words if shown == text]
            if len(boxes) != 1:
                raise Wrong(f"{text!r} is not one of the words, which are {words}")
            off = [abs(a - b) for a, b in zip(boxes[0], box)]
            along, across = (off[0::2], off[1::2]) if turned == 0 else (off[1::2], off[0::2])
            if max(along) > 2 or max(across) > height_within:
                raise Wrong(f"{text!r} is in {boxes[0]} instead of {box}")
    subprocess.run(["/usr/bin/qpdf", "--check", pdf], timeout=PATIENCE, check=True, stdout=subprocess.DEVNULL)


def check(actual, expected):
    if actual != expected:
        raise Wrong(f"there is\n{actual}\ninstead of\n{expected}")


def default_way(folder):
    """An invisible text over the pages, in every script, and PDF/A of it by Ghostscript."""
    with Reader() as service:
        said = ocrmypdf(folder, service.url, "-l", "chi_sim+eng", "--sidecar", "text", pages=2)
    # Ghostscript forgets how high the letters of a font are that has none to see: pdftotext takes its own heights.
    check_words(folder / "out.pdf", pages=2, height_within=20)
    check((folder / "text").read_text(encoding="utf-8"), "\f".join(["MOUNTAIN HONEY\n今天\nupward\n"] * 2))
    check(service.hints, [["zh-Hans,en"]] * 2)
    check("WARNING" in said, False)
    told = subprocess.run(["/usr/bin/pdftotext", folder / "out.pdf", "-"], check=True, capture_output=True,
                          encoding="utf-8", timeout=PATIENCE).stdout
    check("MOUNTAIN HONEY" in told, True)


def without_pdfa(folder):
    with Reader() as service:
        ocrmypdf(folder, service.url, "--output-type", "pdf")
    check_words(folder / "out.pdf")


def hocr_renderer(folder):
    """OCRmyPDF's own way from hOCR, which is for Latin letters and does not turn text."""
    latin = LINES[:1]
    with Reader(latin) as service:
        ocrmypdf(folder, service.url, "--pdf-renderer", "hocr", "--output-type", "pdf")
    # It sets words in Helvetica, whose letters are not as high as their boxes.
    check_words(folder / "out.pdf", lines=latin, height_within=15)


def empty_page(folder):
    with Reader(()) as service:
        ocrmypdf(folder, service.url, "--output-type", "pdf")
    check(words_of(folder / "out.pdf"), [[]])


def refusal(folder):
    with Reader() as service:
        service.refusals = [problem(422, "invalid-request", detail="the language xx is not installed")]
        said = ocrmypdf(folder, service.url, "-l", "xx", expect=7)
    check("the language xx is not installed" in said, True)
    check((folder / "out.pdf").exists(), False)
    with Reader() as service:
        service._export = lambda path, query: Reply(200, b"<html/>", {"Content-Type": "text/plain"})
        said = ocrmypdf(folder, service.url, expect=7)
    check("the hOCR has no page with a size" in said, True)
    said = ocrmypdf(folder, "http://127.0.0.1:9", expect=7)
    check("no answer from http://127.0.0.1:9" in said, True)


def options(folder):
    with Reader() as service:
        ocrmypdf(folder, "http://127.0.0.1:9", "--glyphgate-url", service.url, "--glyphgate-max-delay", "7",
                 "--output-type", "pdf")
    check(service.delays, [["7"]])


def by_its_function(folder):
    """As paperless-ngx calls it: with the plugin's name among the arguments, and threads."""
    (folder / "in.pdf").write_bytes(scanned([PAGE] * 2, DPI))
    call = ("import ocrmypdf; ocrmypdf.ocr('in.pdf', 'out.pdf', plugins=['glyphgate_ocrmypdf'], language='deu+eng', "
            "use_threads=True, jobs=2, output_type='pdfa', skip_text=True, progress_bar=False, sidecar='text')")
    with Reader() as service:
        done = subprocess.run(["/usr/bin/python3", "-c", call], cwd=folder, env=environment_of(service.url),
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, encoding="utf-8")
    if done.returncode != 0:
        raise Wrong(done.stderr)
    check_words(folder / "out.pdf", pages=2, height_within=20)
    check(service.hints, [["de,en"]] * 2)


def types():
    done = subprocess.run(["mypy", "--cache-dir", os.devnull], cwd=PLUGIN, timeout=PATIENCE, stdin=subprocess.DEVNULL,
                          capture_output=True, encoding="utf-8")
    if done.returncode != 0:
        raise Wrong(done.stdout + done.stderr)


def main():
    steps = Steps()
    steps.run("mypy --strict", types)
    for name, step in (("text over pages, PDF/A", default_way), ("text over pages, PDF", without_pdfa),
                       ("by OCRmyPDF's own hOCR renderer", hocr_renderer), ("a page without text", empty_page),
                       ("as a function, with threads", by_its_function), ("refusals", refusal), ("options", options)):
        with contextlib.ExitStack() as stack:
            folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="glyphgate-ocrmypdf-")))
            steps.run(name, lambda: step(folder))
    print(f"{steps.passed} passed, {steps.failed} failed")
    return 1 if steps.failed else 0


if __name__ == "__main__":
    sys.exit(main())
