#!/usr/bin/env python3
"""Tests the Python client against a service that it starts, and the service with the client.

    tests/client/run.py BINARY                               the service, with its embedded engine
    tests/client/run.py BINARY --against-fake FAKE_BINARY    the service, with the Google engine against fake_vision

Checks the package's types, and runs its own tests, the examples of its README, client_example.py, test_service.py and
glyphgate-ocr.
Exit status: 0 when all pass, 1 when some fail, 2 for wrong usage.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support" / "python"))

import readme_examples
from service import GENEROUS, Service, fake_google
from steps import Steps, Wrong

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
CLIENT = REPOSITORY / "client" / "python"
SAMPLES = REPOSITORY / "docs" / "samples"
# With it before the client, what is exchanged with the service is written down: tests/docs/openapi/check_exchanges.py.
RECORDING = REPOSITORY / "tests" / "support" / "python" / "recording"
PATIENCE = 300


def python(*arguments, url=None, expect=0, stdin=subprocess.DEVNULL):
    """Runs Python on the client, with `url` for its service; what it printed."""
    path = f"{RECORDING}:{CLIENT}" if url else str(CLIENT)
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONUTF8": "1", "PYTHONWARNINGS": "error"}
    environment.pop("GLYPHGATE_API_KEY", None)
    environment.pop("GLYPHGATE_URL", None)
    if url:
        environment["GLYPHGATE_URL"] = url
    done = subprocess.run([sys.executable, *map(str, arguments)], env=environment, cwd=CLIENT, timeout=PATIENCE,
                          stdin=stdin, capture_output=True, encoding="utf-8")
    if done.returncode != expect:
        raise Wrong(f"exit status {done.returncode} instead of {expect}:\n{done.stdout}{done.stderr}")
    return done


def unit_tests():
    return count(python("-m", "unittest", "discover", "-s", "tests", "-t", "."))


def types():
    """The package is marked as typed: so it must be, strictly. Settings are in its pyproject.toml."""
    mypy = shutil.which("mypy")
    if mypy is None:
        raise Wrong("mypy is missing; script/setup installs it")
    done = subprocess.run([mypy, "--cache-dir", os.devnull], cwd=CLIENT, timeout=PATIENCE, stdin=subprocess.DEVNULL,
                          capture_output=True, encoding="utf-8")
    if done.returncode != 0:
        raise Wrong(done.stdout + done.stderr)
    return done.stdout


def service_tests(url, *tests):
    return count(python("test_service.py", "--url", url, *tests, url=url))


def count(done):
    """How many tests ran, and which did not."""
    skipped = re.findall(r"^skipped (.*)$", done.stderr, re.MULTILINE)
    ran = re.search(r"^Ran (\d+) tests?", done.stderr, re.MULTILINE)
    if not ran or ran[1] == "0":
        raise Wrong(f"no test ran:\n{done.stderr}")
    return "".join([f"{ran[1]} tests", *(f"\n        skipped {test}" for test in skipped)])


def readme_example(example, url):
    wrong = readme_examples.run(example, url, REPOSITORY, PATIENCE)
    if wrong:
        raise Wrong(wrong)


def client_example(url):
    printed = python("client_example.py", url, url=url).stdout
    words = printed.split()
    for picture in SAMPLES.glob("*.txt"):
        # Chinese is spaced as the engine likes.
        expected = picture.read_text(encoding="utf-8")
        for line in filter(None, expected.splitlines()):
            if "".join(line.split()) not in "".join(words):
                raise Wrong(f"{picture.stem}: {line!r} is missing in\n{printed}")
    return printed.splitlines()[-1]


def command(url):
    pictures = sorted(SAMPLES.glob("caption-en-*.jpg"))
    texts = [p.with_suffix(".txt").read_text(encoding="utf-8").strip() for p in pictures]

    printed = python("-m", "glyphgate", *pictures, "--format", "json", url=url).stdout
    check([r["text"].strip() for r in json.loads(printed)], texts)
    check([r["id"] for r in json.loads(printed)], [str(p) for p in pictures])

    printed = python("-m", "glyphgate", *pictures, "--format", "table", url=url).stdout
    check([line.split("\t")[3] for line in printed.splitlines()[1:]], texts)

    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder) / "texts"
        python("-m", "glyphgate", pictures[0], pictures[1], "--output", output, "--url", url)
        check(output.read_text(encoding="utf-8"),
              "\n".join(f"==> {p} <==\n{text}\n" for p, text in zip(pictures[:2], texts)))
        # A directory, in which one file is a damaged picture and two are none.
        (pathlib.Path(folder) / "damaged.png").write_bytes(b"\x89PNG\r\n\x1a\n")
        (pathlib.Path(folder) / "whole.jpg").write_bytes(pictures[2].read_bytes())
        done = python("-m", "glyphgate", folder, url=url, expect=1)
        check(f"==> {folder}/whole.jpg <==\n{texts[2]}\n" in done.stdout, True)
        check(f"glyphgate-ocr: {folder}/damaged.png: " in done.stderr, True)
        check(f"glyphgate-ocr: {output}: skipped: " in done.stderr, True)
        python("-m", "glyphgate", folder, "--output", f"{folder}/out/", url=url, expect=1)
        check((pathlib.Path(folder) / "out" / "whole.jpg.txt").read_text(encoding="utf-8"), f"{texts[2]}\n")

    quoted = json.loads(python("-m", "glyphgate", *pictures, "--quote", "--format", "json", url=url).stdout)
    check((quoted["accepted"], quoted["known"], quoted["calls"]), (True, len(pictures), 0))
    with open(pictures[0], "rb") as file:
        check(python("-m", "glyphgate", "-", url=url, stdin=file).stdout.strip(), texts[0])
    told = python("-m", "glyphgate", pictures[0], "--engine", "tesseract", url=url, expect=3).stderr
    check("OCR_ENGINE=tesseract" in told, True)
    python("-m", "glyphgate", "no-such-file.png", url=url, expect=2)
    python("-m", "glyphgate", pictures[0], "--hints", "x" * 65, url=url, expect=3)


def formats(url):
    """What the service writes, each in a file of its own and all in one."""
    pictures = sorted(SAMPLES.glob("caption-en-*.jpg"))[:2]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for form, suffix, mark in (("hocr", ".hocr", "ocrx_word"), ("alto", ".alto.xml", "<alto "),
                                   ("page", ".page.xml", "<PcGts "), ("tsv", ".tsv", "level\t"),
                                   ("jsonl", ".jsonl", '"characters":'), ("pdf", ".pdf", "%PDF-")):
            python("-m", "glyphgate", *pictures, "--format", form, "--output", f"{folder}/", url=url)
            for picture in pictures:
                written = (folder / f"{picture.name}{suffix}").read_bytes().decode("utf-8", "replace")
                check(mark in written, True)
        whole = python("-m", "glyphgate", *pictures, "--format", "hocr", url=url).stdout
        check(whole.count("class='ocr_page'"), len(pictures))
        python("-m", "glyphgate", *pictures, "--format", "pdf", "--output", folder / "all.pdf", url=url)
        told = subprocess.run(["pdftotext", folder / "all.pdf", "-"], timeout=PATIENCE, check=True, capture_output=True,
                              encoding="utf-8").stdout
        for picture in pictures:
            check(picture.with_suffix(".txt").read_text(encoding="utf-8").strip() in " ".join(told.split()), True)


def check(actual, expected):
    if actual != expected:
        raise Wrong(f"there is\n{actual}\ninstead of\n{expected}")


def https(environment):
    url = environment["VISION_ENDPOINT"]
    python(HERE / "https_check.py", url, environment["VISION_CA_FILE"])
    return url


def stop(service):
    status = service.process.stop()
    if status != 0:
        raise Wrong(f"it ended with {status}:\n{service.process.log()}")


def test_against_service(steps, binary, environment):
    with Service(binary, {**GENEROUS, **environment}) as service:
        for example in readme_examples.examples(CLIENT / "README.md"):
            steps.run(f"client/python/README.md:{example.line}", lambda e=example: readme_example(e, service.url))
        steps.run("client_example.py", lambda: client_example(service.url))
        steps.run("glyphgate-ocr", lambda: command(service.url))
        steps.run("glyphgate-ocr in the service's formats", lambda: formats(service.url))
        steps.run("a batch of many jobs", lambda: python(HERE / "many_pictures.py", service.url).stdout)
        steps.run("test_service.py", lambda: service_tests(service.url))
        steps.run("the service stops on SIGTERM", lambda: stop(service))
    # Limits that can be reached, and a call that holds fewer pictures.
    with Service(binary, {**GENEROUS, **environment, "JOBS_PER_MINUTE_LIMIT": "3", "MAX_FRAMES_PER_JOB": "7"}) as small:
        steps.run("test_service.py against small limits",
                  lambda: service_tests(small.url, "Health", "Capacity", "BadInput", "RateLimits"))
        steps.run("the small service stops on SIGTERM", lambda: stop(small))


def new_key(binary):
    """A key, and the line by which a service knows it."""
    return subprocess.run([binary, "key", "new", "tester"], timeout=PATIENCE, check=True, capture_output=True,
                          encoding="utf-8").stdout.splitlines()


def command_with_key(url, key):
    picture = SAMPLES / "caption-en-01.jpg"
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "key"
        file.write_text(key + "\n", encoding="utf-8")
        python("-m", "glyphgate", picture, "--api-key-file", file, url=url)
        for arguments in ([picture], ["--engines"], [picture, "--key", key[:-1]]):
            told = python("-m", "glyphgate", *arguments, url=url, expect=3).stderr
            check("401" in told and "GLYPHGATE_API_KEY" in told and key[:-1] not in told, True)


def test_with_keys(steps, binary, environment):
    key, line = new_key(binary)
    with Service(binary, {**GENEROUS, **environment, "API_KEYS": line}) as service:
        steps.run("glyphgate-ocr with a key", lambda: command_with_key(service.url, key))
        steps.run("test_service.py with a key",
                  lambda: service_tests(service.url, "--key", key, "Health", "Capacity", "BadInput", "Keys"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", metavar="BINARY", help="the service")
    parser.add_argument("--against-fake", metavar="FAKE_BINARY", help="fake_vision: the service asks it for text")
    arguments = parser.parse_args()
    for path in filter(None, (arguments.binary, arguments.against_fake)):
        if not os.access(path, os.X_OK):
            parser.error(f"{path} is no program; script/build makes it")

    # Of an earlier run.
    if prefix := os.environ.get("GLYPHGATE_EXCHANGES"):
        for file in pathlib.Path(prefix).parent.glob(f"{pathlib.Path(prefix).name}.*.jsonl"):
            file.unlink()
    steps = Steps()
    try:
        run_all(steps, arguments)
    except RuntimeError as failure:
        steps.failed += 1
        print(f"FAILED  {failure}")
    print(f"{steps.passed} passed, {steps.failed} failed")
    return 1 if steps.failed else 0


def run_all(steps, arguments):
    with contextlib.ExitStack() as stack:
        environment = {"OCR_ENGINE": "local"}
        if arguments.against_fake:
            folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
            environment = stack.enter_context(fake_google(os.path.abspath(arguments.against_fake), folder, "--ocr",
                                                          "--languages", "eng+chi_sim"))
            steps.run("https", lambda: https(environment))
        else:
            steps.run("mypy --strict", types)
            steps.run("the package's own tests", unit_tests)
        test_against_service(steps, os.path.abspath(arguments.binary), environment)
        if not arguments.against_fake:
            test_with_keys(steps, os.path.abspath(arguments.binary), environment)


if __name__ == "__main__":
    sys.exit(main())
