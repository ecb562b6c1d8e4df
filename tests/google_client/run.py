#!/usr/bin/env python3
"""Google's own client for Node, unchanged, against the service: with the engines that come with it, and with Google's,
whose Google is a stand-in.

    run.py PACKAGES BINARY FAKE_VISION        the folder for npm's packages, the service, the stand-in

Exit status: 0 when all goes well, 1 otherwise, 77 where npm's packages cannot be had.
"""

import base64
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import urllib.request
import zlib

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support" / "python"))

import npm_packages
from service import GENEROUS, Service, fake_google
from steps import Steps, Wrong

SAMPLES = HERE.parents[1] / "docs" / "samples"
PATIENCE = 300
INVALID_ARGUMENT, RESOURCE_EXHAUSTED, UNIMPLEMENTED, UNAVAILABLE = 3, 8, 12, 14
#: Requests of one image each that are sent at once, and the paid calls that they may cost.
AT_ONCE, MOST_CALLS = 200, 4


def check(holds, otherwise):
    if not holds:
        raise Wrong(otherwise)


def equal(told, expected):
    check(told == expected, f"{told}\nis not\n{expected}")


def base64_of(content):
    return base64.b64encode(content).decode()


def samples():
    """Name, bytes and text of each sample picture."""
    return [(file.name, file.read_bytes(), file.with_suffix(".txt").read_text(encoding="utf-8"))
            for file in sorted(SAMPLES.iterdir()) if file.suffix in (".jpg", ".png", ".webp")]


def hints_of(name):
    return ["zh"] if "-zh" in name else None


def without_blanks(text):
    return "".join((text or "").split())


def png_of(number):
    """A picture of one colour of 4,096, and what the stand-in reads in it."""
    nibbles = [number >> 8 & 15, number >> 4 & 15, number & 15]
    row = b"\0" + bytes(n * 17 for n in nibbles) * 64

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 64, 32, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(row * 32)) + chunk(b"IEND", b""),
            "#" + "".join(f"{n:x}" for n in nibbles))


def pdf_of(jpegs):
    """A PDF with a page for each JPEG of 666 by 64, as large in points."""
    objects = []

    def add(entries, stream=None):
        data = b"" if stream is None else b"stream\n" + stream + b"\nendstream\n"
        length = b"" if stream is None else b"/Length %d" % len(stream)
        objects.append(b"%d 0 obj\n<<" % (len(objects) + 1) + entries + length + b">>\n" + data + b"endobj\n")
        return len(objects)

    add(b"/Type/Catalog/Pages 2 0 R")
    add(b"/Type/Pages/Count %d/Kids[%s]" % (len(jpegs), b" ".join(b"%d 0 R" % (5 + 3 * i) for i in range(len(jpegs)))))
    for jpeg in jpegs:
        image = add(b"/Type/XObject/Subtype/Image/Width 666/Height 64/ColorSpace/DeviceRGB/BitsPerComponent 8"
                    b"/Filter/DCTDecode", jpeg)
        content = add(b"", b"q 666 0 0 64 0 0 cm /I Do Q")
        add(b"/Type/Page/Parent 2 0 R/MediaBox[0 0 666 64]/Contents %d 0 R/Resources<</XObject<</I %d 0 R>>>>"
            % (content, image))
    body, places = b"%PDF-1.4\n", []
    for one in objects:
        places.append(len(body))
        body += one
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, table, len(objects) + 1, len(body))


def call(url, body=None):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url, body and json.dumps(body).encode(), {"Content-Type": "application/json"})
    with opener.open(request, timeout=PATIENCE) as answer:
        return json.load(answer)


def texts_of_a_job(url, pictures, hints):
    """What POST /ocr/jobs has of them."""
    images = [{"id": str(i), "data": base64_of(content)} for i, content in enumerate(pictures)]
    job = call(f"{url}/ocr/jobs", {"images": images, "language_hints": hints or []})["job_id"]
    while True:
        told = call(f"{url}/ocr/jobs/{job}?wait=30")
        if told["status"] in ("completed", "failed"):
            return [one["text"] for one in told["result"]["results"]]


class Node:
    """Google's client, in a process of its own for each list of things to do."""

    def __init__(self, folder):
        self._folder = folder
        shutil.copy(HERE / "client.mjs", folder)

    def does(self, url, tasks, key="no-key-is-needed"):
        asked = {"port": int(url.rpartition(":")[2]), "key": key, "do": tasks}
        done = subprocess.run(["node", "client.mjs"], cwd=self._folder, input=json.dumps(asked), capture_output=True,
                              encoding="utf-8", timeout=PATIENCE, check=False)
        check(done.returncode == 0, f"node ended with {done.returncode}:\n{done.stderr}")
        return json.loads(done.stdout)

    def does_one(self, url, task, key="no-key-is-needed"):
        """The first result of the only task."""
        return self.does(url, [task], key)[0][0]


def reads_the_samples(node, url, reads_all):
    """First by the client, then by a job, which finds what the client's images came to."""
    pictures = samples()
    told = node.does(url, [{"method": "documentTextDetection", "images": [base64_of(content)], "hints": hints_of(name)}
                           for name, content, _ in pictures])
    for (name, content, text), (one,) in zip(pictures, told):
        check("thrown" not in one and not one["error"], f"{name}: {one}")
        equal([one["text"]], texts_of_a_job(url, [content], hints_of(name)))
        if reads_all:
            equal(without_blanks(one["text"]), without_blanks(text))
        looks_as_google_has_it(name, one)
    return f"{len(pictures)} samples"


def looks_as_google_has_it(name, one):
    """The parts of an answer agree with each other, as the client's library shows them."""
    (page,) = one["pages"]
    blocks = page["blocks"]
    words = [word for block in blocks for paragraph in block["paragraphs"] for word in paragraph["words"]]
    check(page["width"] > 0 and page["height"] > 0, f"{name}: a page of {page['width']} by {page['height']}")
    check(all(block["blockType"] == "TEXT" for block in blocks), f"{name}: the blocks' types are {blocks}")
    spoken = ["".join(symbol["text"] for symbol in word["symbols"]) for word in words]
    equal([told["description"] for told in one["words"]], [one["text"], *spoken])
    equal([told["boundingPoly"]["vertices"] for told in one["words"][1:]],
          [word["boundingBox"]["vertices"] for word in words])
    for vertices in (told["boundingPoly"]["vertices"] for told in one["words"]):
        equal(len(vertices), 4)
        check(all(0 <= v["x"] <= page["width"] and 0 <= v["y"] <= page["height"] for v in vertices),
              f"{name}: {vertices} are not within the picture")
    equal(text_of_symbols(words), one["text"])
    check(any(symbol["confidence"] > 0 for word in words for symbol in word["symbols"]), f"{name}: nothing is sure")


def text_of_symbols(words):
    after = {"SPACE": " ", "SURE_SPACE": " ", "EOL_SURE_SPACE": "\n", "LINE_BREAK": "\n", "HYPHEN": "-\n"}
    text = ""
    for symbol in (symbol for word in words for symbol in word["symbols"]):
        found = (symbol["property"] or {}).get("detectedBreak")
        text += symbol["text"] + (after[found["type"]] if found else "")
    # What follows the last symbol is not part of the text, but for a hyphen.
    return text.rstrip("\n ")


def reads_a_batch(node, url):
    by_name = {name: content for name, content, _ in samples()}
    names = ["caption-en-01.jpg", "caption-zh-01.jpg", "caption-en-02.jpg"]
    one, two, three, not_done, broken = node.does(url, [{
        "method": "batchAnnotateImages",
        "images": [*(base64_of(by_name[name]) for name in names), base64_of(by_name[names[0]]), base64_of(b"no picture")],
        "hints": [["en"], ["zh"], ["en"]],
        "types": ["TEXT_DETECTION", "DOCUMENT_TEXT_DETECTION", "TEXT_DETECTION", "LABEL_DETECTION", "TEXT_DETECTION"]}])[0]
    equal([one["text"], three["text"]], texts_of_a_job(url, [by_name[names[0]], by_name[names[2]]], ["en"]))
    equal([two["text"]], texts_of_a_job(url, [by_name[names[1]]], ["zh"]))

    def confidences(told):
        return {symbol["confidence"] for block in told["pages"][0]["blocks"] for paragraph in block["paragraphs"]
                for word in paragraph["words"] for symbol in word["symbols"]}
    equal(confidences(one), {0})
    check(max(confidences(two)) > 0, "DOCUMENT_TEXT_DETECTION has no confidences")
    equal(not_done["error"]["code"], UNIMPLEMENTED)
    check("LABEL_DETECTION is not offered here" in not_done["error"]["message"], f"it says {not_done['error']}")
    equal(broken["error"]["code"], INVALID_ARGUMENT)


def reads_a_file(node, url):
    gif = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAUwAOw==")
    told = node.does_one(url, {"method": "batchAnnotateFiles", "images": [base64_of(gif)], "type": "image/gif"})
    equal((told["total"], [page["number"] for page in told["pages"]]), (1, [1]))
    names = ["caption-en-01.jpg", "caption-en-02.jpg", "caption-en-03.jpg"]
    captions = [(SAMPLES / name).read_bytes() for name in names]
    told = node.does_one(url, {"method": "batchAnnotateFiles", "images": [base64_of(pdf_of(captions))],
                               "type": "application/pdf", "pages": [-1, 1]})
    equal((told["total"], [page["number"] for page in told["pages"]]), (3, [3, 1]))
    equal([page["text"] for page in told["pages"]], texts_of_a_job(url, [captions[2], captions[0]], None))
    (page,) = told["pages"][0]["pages"]
    equal((page["width"], page["height"]), (666, 64))
    corners = page["blocks"][0]["boundingBox"]["normalizedVertices"]
    check(len(corners) == 4 and all(0 <= part <= 1 for corner in corners for part in (corner["x"], corner["y"])),
          f"the corners are {corners}")
    refused = node.does_one(url, {"method": "batchAnnotateFiles", "images": [base64_of(b"%PDF-1.7")],
                                  "type": "application/pdf"})
    equal(refused["error"]["code"], INVALID_ARGUMENT)


def is_refused(told, http_status, status, reason, part):
    """With an API key, the client throws the error of its HTTP library, whose message is the answer."""
    equal((told.get("thrown"), told.get("code")), ("GaxiosError", http_status))
    error = json.loads(told["message"])["error"]
    equal((error["code"], error["status"], error["details"][0]["reason"]), (http_status, status, reason))
    check(part in error["message"], f"the message is {error['message']}")


def is_thrown(told, code, reason, part):
    """What the client throws that reads the refusal itself."""
    equal((told.get("thrown"), told.get("code"), told.get("reason"), told.get("domain")),
          ("GoogleError", code, reason, "glyphgate"))
    check(part in told["message"], f"the message is {told['message']}")


def caption():
    return base64_of((SAMPLES / "caption-en-01.jpg").read_bytes())


def shows_its_key(node, binary):
    key, line = subprocess.run([binary, "key", "new", "alice"], timeout=PATIENCE, check=True, capture_output=True,
                               encoding="utf-8").stdout.splitlines()
    with Service(binary, {**GENEROUS, "OCR_ENGINE": "tesseract", "API_KEYS": line}) as service:
        asked = {"method": "textDetection", "images": [caption()]}
        read = node.does_one(service.url, asked, key)
        equal(read.get("text"), "The last train leaves at midnight.")
        is_refused(node.does_one(service.url, asked, key[:-1] + ("a" if key[-1] != "a" else "b")), 401,
                   "UNAUTHENTICATED", "API_KEY_INVALID", "The API key is not valid")
        log = service.process.log()
        check(key not in log, "the log has the key")


def meets_a_limit(node, binary):
    with Service(binary, {"OCR_ENGINE": "tesseract", "JOBS_PER_MINUTE_LIMIT": "1"}) as service:
        asked = {"method": "textDetection", "images": [caption()]}
        equal(node.does_one(service.url, asked).get("text"), "The last train leaves at midnight.")
        other = {"method": "textDetection", "images": [base64_of(png_of(1)[0])]}
        part = "1 job a minute (JOBS_PER_MINUTE_LIMIT) is reached"
        is_refused(node.does_one(service.url, other), 429, "RESOURCE_EXHAUSTED", "RATE_LIMITED", part)
        is_thrown(node.does_one(service.url, other, None), RESOURCE_EXHAUSTED, "RATE_LIMITED", part)
        # What was read is there all the same.
        equal(node.does_one(service.url, asked).get("text"), "The last train leaves at midnight.")


def calls_of(google):
    """How many calls the stand-in was asked for."""
    return call(google["VISION_ENDPOINT"].replace("https:", "http:") + "/admin/calls")["annotate"]


def plan_fault(google, fault):
    call(google["VISION_ENDPOINT"].replace("https:", "http:") + "/admin/faults", fault)


def meets_the_breaker(node, binary, google):
    settings = {**GENEROUS, **google, "CIRCUIT_BREAKER_THRESHOLD": "1", "MAX_ATTEMPTS": "1", "PACKING_WINDOW_MS": "0"}
    with Service(binary, settings) as service:
        plan_fault(google, {"status": 503, "times": 1})
        # The engine's failure is the image's: a refusal would have the client try again, and pay again.
        failed = node.does_one(service.url, {"method": "textDetection", "images": [base64_of(png_of(2)[0])]})
        check(failed.get("error") and failed["error"]["code"] == UNAVAILABLE, f"it came to {failed}")
        other = {"method": "textDetection", "images": [base64_of(png_of(3)[0])]}
        part = "the circuit breaker is open"
        is_refused(node.does_one(service.url, other), 429, "RESOURCE_EXHAUSTED", "BREAKER_OPEN", part)
        is_thrown(node.does_one(service.url, other, None), RESOURCE_EXHAUSTED, "BREAKER_OPEN", part)


def waits_beyond_the_deadline(node, binary, google):
    before = calls_of(google)
    with Service(binary, {**GENEROUS, **google, "VISION_FACADE_TIMEOUT_SECONDS": "1"}) as service:
        plan_fault(google, {"delay_ms": 2500, "times": 1})
        picture, text = png_of(4)
        asked = {"method": "textDetection", "images": [base64_of(picture)]}
        is_refused(node.does_one(service.url, asked), 504, "DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED", "not read yet")
        # The next try waits on: of a client that reads the refusal itself, by itself.
        equal(node.does_one(service.url, asked, None).get("text"), text)
    equal(calls_of(google) - before, 1)


def shares_calls(node, binary, google):
    before = calls_of(google)
    pictures = [png_of(100 + number) for number in range(AT_ONCE)]
    with Service(binary, {**GENEROUS, **google, "MAX_CONNECTIONS": "512"}) as service:
        plan_fault(google, {"delay_ms": 300, "times": 0})
        (told,) = node.does(service.url,
                            [{"method": "textDetection", "images": [base64_of(content) for content, _ in pictures]}])
        for (_, text), one in zip(pictures, told):
            equal(one.get("text"), text)
    paid = calls_of(google) - before
    check(paid <= MOST_CALLS, f"{paid} calls were paid")
    return f"{AT_ONCE} requests at once cost {paid} calls"


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    folder, binary, fake = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    try:
        npm_packages.bring(folder, HERE / "npm")
    except npm_packages.Missing as reason:
        npm_packages.skip(reason)
    binary = str(binary)
    node, steps = Node(folder), Steps()
    with Service(binary, {**GENEROUS, "OCR_ENGINE": "local"}) as service:
        steps.run("samples, engines of its own", lambda: reads_the_samples(node, service.url, True))
        steps.run("a batch", lambda: reads_a_batch(node, service.url))
        steps.run("a file", lambda: reads_a_file(node, service.url))
    steps.run("keys", lambda: shows_its_key(node, binary))
    steps.run("a limit", lambda: meets_a_limit(node, binary))
    with tempfile.TemporaryDirectory() as scratch:
        with fake_google(str(fake), pathlib.Path(scratch), "--ocr", "--languages", "eng+chi_sim") as google, \
                Service(binary, {**GENEROUS, **google}) as service:
            steps.run("samples, Google's stand-in", lambda: reads_the_samples(node, service.url, False))
        with fake_google(str(fake), pathlib.Path(scratch)) as google:
            steps.run("the breaker", lambda: meets_the_breaker(node, binary, google))
            steps.run("a wait that ends before the work", lambda: waits_beyond_the_deadline(node, binary, google))
            steps.run("requests at once", lambda: shares_calls(node, binary, google))
    print(f"{steps.passed} passed, {steps.failed} failed")
    return 1 if steps.failed else 0


if __name__ == "__main__":
    sys.exit(main())
