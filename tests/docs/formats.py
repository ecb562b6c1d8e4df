#!/usr/bin/env python3
"""Has every format of every sample picture checked by programs that others wrote.

    tests/docs/formats.py BINARY          the service

xmllint holds ALTO and PAGE XML against their schemas, which are not part of this repository: GLYPHGATE_SCHEMAS names a
directory with alto-4-4.xsd, pagecontent-2019-07-15.xsd and a catalog.xml that leads to XLink's. A program or a schema that
is missing is named, and what it would check is left out. Exit status: 0 when all pass, 1 when some fail.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support" / "python"))

from process import PATIENCE
from service import GENEROUS, Service
from steps import Steps, Wrong

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "docs" / "samples"
#: How far a word may be found from its box, pixels.
NEAR = 2
XHTML = "{http://www.w3.org/1999/xhtml}"
ALTO = "{http://www.loc.gov/standards/alto/ns-v4#}"
PAGE = "{http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15}"


def check(holds, what):
    if not holds:
        raise Wrong(what)


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=10 * PATIENCE,
                          env={**os.environ, "OMP_THREAD_LIMIT": "1"})
    check(done.returncode == 0, f"{command[0]} says {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def fetch(url, body=None, headers=None):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(urllib.request.Request(url, body, headers or {}), timeout=PATIENCE) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        raise Wrong(f"{url}: {error.code} {error.read().decode(errors='replace')}") from error


def post(url, pictures, query):
    boundary = "glyphgate-formats"
    body = b"".join(f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{p.name}"\r\n\r\n'.encode()
                    + p.read_bytes() + b"\r\n" for p in pictures) + f"--{boundary}--\r\n".encode()
    job = json.loads(fetch(f"{url}/ocr/jobs?{query}", body,
                           {"Content-Type": f"multipart/form-data; boundary={boundary}"}))["job_id"]
    for _ in range(20):
        view = json.loads(fetch(f"{url}/ocr/jobs/{job}?wait=50&detail=words"))
        if view["status"] not in ("pending", "processing"):
            check(view["status"] == "completed", f"the job is {view['status']}: {view['error']}")
            return view
    raise Wrong("the job does not end")


# A word is its text and its box: left, top, right, bottom.


def hull(points):
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return min(xs), min(ys), max(xs), max(ys)


def words_of_json(result):
    return [(w["text"], hull(w["vertices"])) for w in result["words"]]


def words_of_tsv(text):
    rows = [line.split("\t") for line in text.splitlines()[1:]]
    check(all(len(row) == 12 for row in rows), "a row has not 12 columns")
    boxes = [(row[11], [int(n) for n in row[6:10]]) for row in rows if row[0] == "5"]
    return [(word, (x, y, x + w, y + h)) for word, (x, y, w, h) in boxes]


def words_of_hocr(text):
    spans = ElementTree.fromstring(text).iter(XHTML + "span")
    return [("".join(s.itertext()), tuple(map(int, re.search(r"bbox (\d+) (\d+) (\d+) (\d+)", s.get("title")).groups())))
            for s in spans if s.get("class") == "ocrx_word"]


def words_of_alto(text):
    words = []
    for line in ElementTree.fromstring(text).iter(ALTO + "TextLine"):
        for s in line.iter(ALTO + "String"):
            x, y, w, h = (int(s.get(name)) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT"))
            words.append((s.get("CONTENT"), (x, y, x + w, y + h)))
        if line.find(ALTO + "HYP") is not None:
            words[-1] = (words[-1][0] + "-", words[-1][1])
    return words


def words_of_page(text):
    words = []
    for w in ElementTree.fromstring(text).iter(PAGE + "Word"):
        points = [tuple(map(int, p.split(","))) for p in w.find(PAGE + "Coords").get("points").split()]
        words.append((w.find(PAGE + "TextEquiv").find(PAGE + "Unicode").text, hull(points)))
    return words


def words_of_pdf(path, dpi):
    scale = dpi / 72
    pattern = r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</word>'
    found = re.findall(pattern, run("pdftotext", "-bbox", str(path), "-"))
    return [(ElementTree.fromstring(f"<t>{text}</t>").text, tuple(float(n) * scale for n in box)) for *box, text in found]


def is_near(a, b):
    return all(abs(x - y) <= NEAR for x, y in zip(a, b))


def check_same(words, expected, size):
    """Boxes are cut to the picture, and no smaller than a pixel."""
    check([w for w, _ in words] == [w for w, _ in expected], f"the words are {words}, and not {expected}")
    width, height = size
    for (word, box), (_, wanted) in zip(words, expected):
        cut = tuple(min(max(n, 0), end) for n, end in zip(wanted, (width, height, width, height)))
        check(all(abs(a - b) <= 1 for a, b in zip(box, cut)), f"{word} is at {box}, and not at {cut}")


def check_pdf(path, words, dpi):
    run("qpdf", "--check", str(path))
    found = words_of_pdf(path, dpi)
    for word, box in words:
        check(any(text == word and is_near(place, box) for text, place in found),
              f"pdftotext does not find {word} at {box}: {found}")
    return len(words)


class Schemas:
    def __init__(self):
        folder = os.environ.get("GLYPHGATE_SCHEMAS", "")
        self._folder = pathlib.Path(folder) if folder else None
        if self._folder is None:
            print("left out: the schemas of ALTO and PAGE XML; GLYPHGATE_SCHEMAS does not say where they are")

    def check(self, path, name):
        schema = ("--schema", str(self._folder / name)) if self._folder and name else ()
        if self._folder:
            os.environ["XML_CATALOG_FILES"] = str(self._folder / "catalog.xml")
        run("xmllint", "--nonet", "--noout", *schema, str(path))


class Documents:
    def __init__(self, url, job, folder, schemas):
        self._job, self._folder, self._schemas = f"{url}/ocr/jobs/{job}", folder, schemas

    def save(self, image, form, query=""):
        path = f"{self._job}/images/{urllib.parse.quote(image, safe='')}" if image else self._job
        name = self._folder / f"{image or 'job'}.{form}"
        name.write_bytes(fetch(f"{path}?format={form}{query}"))
        return name

    def check_picture(self, result):
        image, words, size = result["id"], words_of_json(result), (result["width"], result["height"])
        check(self.save(image, "txt").read_text(encoding="utf-8") == result["text"] + "\n", "the text is another")
        check_same(words_of_tsv(self.save(image, "tsv").read_text(encoding="utf-8")), words, size)
        for form, words_of, schema in (("hocr", words_of_hocr, None), ("alto", words_of_alto, "alto-4-4.xsd"),
                                       ("page", words_of_page, "pagecontent-2019-07-15.xsd")):
            for query in ("", "&symbols=true"):
                path = self.save(image, form, query)
                check_same(words_of(path.read_text(encoding="utf-8")), words, size)
                self._schemas.check(path, schema)
        line = json.loads(self.save(image, "jsonl", "&detail=words").read_text(encoding="utf-8"))
        check(line == result, "the line of JSON is another object")
        return f"{check_pdf(self.save(image, 'pdf', '&dpi=100'), words, 100)} words"

    def check_job(self, view):
        results = view["result"]["results"]
        texts = self.save("", "txt").read_text(encoding="utf-8").split("\f")
        check(texts == [r["text"] + "\n" for r in results], "the texts are others")
        self._schemas.check(self.save("", "hocr"), None)
        self._schemas.check(self.save("", "alto"), "alto-4-4.xsd")
        pdf = self.save("", "pdf")
        run("qpdf", "--check", str(pdf))
        pages = run("pdftotext", str(pdf), "-").split("\f")
        check(len(pages) == len(results) + 1, f"pdftotext finds {len(pages)} pages")
        sent = sum((SAMPLES / r["id"]).stat().st_size for r in results if r["id"].endswith(".jpg"))
        return f"{len(results)} pages, {pdf.stat().st_size} bytes; the JPEGs have {sent}"

    def check_with_ocrmypdf(self):
        sidecar = self._folder / "sidecar.txt"
        run("ocrmypdf", "--skip-text", "--output-type", "pdf", "--jobs", "1", "--sidecar", str(sidecar),
            str(self._folder / "job.pdf"), str(self._folder / "again.pdf"))
        check("skipped" in sidecar.read_text(encoding="utf-8"), "ocrmypdf does not see that there is text")


def main(binary):
    missing = [name for name in ("xmllint", "qpdf", "pdftotext") if shutil.which(name) is None]
    if missing:
        print(f"left out: {', '.join(missing)} are not installed (libxml2-utils, qpdf, poppler-utils)")
        return 0
    pictures = sorted(p for p in SAMPLES.iterdir() if p.suffix in (".jpg", ".png", ".webp"))
    steps, schemas = Steps(), Schemas()
    with tempfile.TemporaryDirectory() as folder, Service(binary, GENEROUS) as service:
        view = post(service.url, pictures, "keep_images=true")
        documents = Documents(service.url, view["job_id"], pathlib.Path(folder), schemas)
        for result in view["result"]["results"]:
            steps.run(result["id"], lambda r=result: documents.check_picture(r))
        steps.run("the whole job", lambda: documents.check_job(view))
        if shutil.which("ocrmypdf"):
            steps.run("ocrmypdf", documents.check_with_ocrmypdf)
    print(f"{steps.passed} passed, {steps.failed} failed")
    return 1 if steps.failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
