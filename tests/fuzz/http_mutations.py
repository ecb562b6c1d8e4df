#!/usr/bin/env python3
"""Sends nearly right requests to a service that it starts, as many as go: whatever comes, the service answers what its
documents say, and goes on.

    tests/fuzz/http_mutations.py BINARY [--seconds N] [--seed N] [--connections N]

Ten seconds, or five minutes with GLYPHGATE_LONG=1. Real requests and the table of docs/http.md are spoiled, and sent by
several connections at once. It fails when the process dies or a sanitizer reports, when GET /livez is not answered in
time, when an answer is no HTTP, has a status that is not documented or a problem of no documented kind, and when a
connection neither gets an answer nor is closed. The bytes of what failed are printed, and written to a file.

The same seed gives the same bytes on each connection. How many are sent depends on the machine.
"""
import argparse
import base64
import collections
import hashlib
import json
import os
import pathlib
import random
import re
import socket
import string
import struct
import sys
import tempfile
import threading
import time
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support" / "python"))

from corpus import corpus
from process import PATIENCE
from service import Service

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
READ_TIMEOUT_SECONDS = 2
LIVEZ_SECONDS = 5

# docs/api.md, "Errors"; 501 and 505 are of what cannot be read as HTTP.
STATUSES = {100, 200, 202, 204, 304, 308, 400, 401, 403, 404, 405, 408, 409, 413, 414, 415, 417, 422, 429, 431, 501,
            503, 504, 505}
UNAVAILABLE = {"no-answer", "too-many-connections", "breaker-open", "queue-full", "store-unavailable", "store-full",
               "calls-stopped", "shutting-down"}
SANITIZERS = re.compile(r"ERROR: \w+Sanitizer|runtime error: |WARNING: ThreadSanitizer")


class Wrong(Exception):
    """What the service did wrong."""


# --- the requests ----------------------------------------------------------------------------------------------------

def request(method, target, body=None, *lines):
    head = [f"{method} {target} HTTP/1.1", "Host: fuzz", *lines]
    if body is not None:
        head.append(f"Content-Length: {len(body)}")
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + (body or b"")


def in_chunks(body, *sizes):
    pieces, at = [], 0
    for size in (*sizes, len(body)):
        if piece := body[at:at + size]:
            pieces.append(b"%x\r\n%s\r\n" % (len(piece), piece))
        at += size
    return b"".join(pieces) + b"0\r\n\r\n"


def png(width, height):
    """A white picture."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress((b"\0" + b"\xff" * width) * height)) + chunk(b"IEND", b""))


def form(name, data, **fields):
    parts = [f'--cut\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'.encode() for n, v in fields.items()]
    parts.append(f'--cut\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
                 "Content-Type: image/png\r\n\r\n".encode() + data + b"\r\n")
    return b"".join(parts) + b"--cut--\r\n"


def real_requests(key, admin):
    """Requests as clients send them, with these keys."""
    mine, all_of_it = f"Authorization: Bearer {key}", f"X-API-Key: {admin}"
    json_type, form_type = "Content-Type: application/json", 'Content-Type: multipart/form-data; boundary="cut"'
    picture = (REPOSITORY / "docs/samples/caption-en-01.jpg").read_bytes()[:900]
    whole = png(8, 8)
    job = "/ocr/jobs/0123456789abcdef0123456789abcdef"
    images = json.dumps({"images": [{"id": "ä", "data": "data:image/png;base64," + base64.b64encode(whole).decode()},
                                    {"id": "b", "data": "AAAA"}],
                         "language_hints": ["en", "zh"], "max_delay_seconds": 1, "on_error": "skip",
                         "x": 1e300}).encode()
    annotated = json.dumps({"requests": [
        {"image": {"content": base64.urlsafe_b64encode(whole).decode()}, "features": [{"type": 5}, {"type": "FACE_DETECTION"}],
         "image_context": {"language_hints": ["en"], "textDetectionParams": {"advancedOcrOptions": []}}},
        {"image": {"source": {"imageUri": "http://a.test/b"}}, "features": [{"type": 11, "model": "x"}], "pages": [1, -1]},
        ]}).encode()
    return [
        request("GET", "/livez"), request("HEAD", "/health"), request("GET", "/health", None, mine),
        request("GET", "/readyz"), request("GET", "/"),
        request("GET", "/docs", None, "Accept-Encoding: gzip;q=0.5, *;q=0"),
        request("GET", "/openapi.json", None, "Accept-Encoding: gzip", 'If-None-Match: W/"a", "b"'),
        request("GET", "/metrics", None, all_of_it),
        request("OPTIONS", "/ocr/jobs", None, "Origin: https://a.example", "Access-Control-Request-Method: POST"),
        request("GET", "http://host:80/usage?a=%20b", None, f"x-goog-api-key: {key}"),
        request("GET", "/usage", None, all_of_it, "Connection: keep-alive, X"),
        request("GET", "/usage/export?from=2026-11-01&to=2026-11-30&format=csv", None, all_of_it),
        request("GET", "/ocr/jobs?limit=10&cursor=5&status=pending", None, mine),
        request("GET", f"{job}?wait=1", None, mine, 'If-None-Match: "a", W/"b"', "X-Forwarded-For: 1.2.3.4, ::1",
                'Forwarded: for="[::1]:80";proto=https',
                "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        request("DELETE", job, None, mine), request("GET", "/ocr/jobs/", None, mine),
        request("GET", f"/v1/images:annotate?key={key}"),
        request("POST", f"/v1/projects/p/images%3Aannotate?key={key}&%24alt=json%3Benum-encoding%3Dint", annotated,
                json_type),
        request("POST", "/v1/files:annotate", annotated.replace(b"image\"", b"inputConfig\""), mine, json_type),
        request("POST", "/ocr/jobs?dry_run=true", images, mine, json_type),
        request("POST", "/ocr/jobs", images, mine, json_type + "; charset=utf-8", 'Idempotency-Key: "8e03978e"'),
        request("POST", "/ocr/jobs?id=x&on_error=skip&max_delay_seconds=0&language_hints=en,zh", picture, mine,
                "Content-Type: image/jpeg"),
        request("POST", "/ocr/jobs?id=one", whole, mine, "Content-Type: image/png", "Expect: 100-continue"),
        request("POST", "/ocr/jobs", form("a.png", whole, language_hints="en", max_delay_seconds=1), mine, form_type),
        request("POST", "/ocr/jobs?near_duplicates=true", form("b.png", picture, lang="eng", on_error="skip"), mine,
                form_type),
        request("POST", "/ocr/jobs", None, mine, form_type, "Transfer-Encoding: chunked")
        + in_chunks(form("c.png", whole), 1, 50, 7),
        request("POST", "/capacity", b'{"width":666,"height":64}', mine, json_type),
        request("POST", "/capacity", None, mine, json_type, "Transfer-Encoding: chunked", "Trailer: X")
        + b'19;a="b"\r\n{"width":666,"height":64}\r\n0\r\nX: y\r\n\r\n',
        request("POST", "/admin/pause", b'{"reason":"fuzz","new_jobs":"wait"}', all_of_it, json_type),
        request("POST", "/admin/resume", b"", all_of_it), request("POST", "/admin/resume", b"{}", all_of_it, json_type),
        request("POST", "/admin/budget-alert?token=0123456789abcdef", b'{"message":{"data":"e30=","messageId":"1"}}',
                json_type),
    ]


# --- what is done to them --------------------------------------------------------------------------------------------

_PIECES = [b"\r\n", b"\n", b"\r", b"\0", b"\xff", b" ", b":", b";", b'"', b"%", b"%00", b"{", b"[", b"--cut",
           b"\r\n\r\n", b"chunked", b"=?utf-8?B?", b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n",
           b"Expect: 100-continue\r\n", b"Connection: close\r\n", b"0\r\n\r\n"]
_NUMBERS = [b"0", b"-1", b"+1", b"1e999", b"0x10", b"255", b"65536", b"2147483648", b"4294967296",
            b"9223372036854775807", b"18446744073709551616", b"9" * 40, b"9" * 400, b"0" * 300 + b"1"]
_CHUNK_SIZES = [b"0", b"1", b"-1", b"fffffffffffffff0", b"FFFFFFFFFFFFFFFFF", b"7fffffffffffffff", b"0x5", b"5 ", b"5;",
                b"5;a=", b'5;a="\\', b"00000000000000000005", b"", b"a0000000"]


class Mutations:
    """Spoiled requests, one after the other."""

    def __init__(self, requests, seed):
        self._requests = requests
        self._random = random.Random(seed)
        self._kinds = [self._flip, self._cut, self._splice, self._double_a_line, self._number, self._chunks,
                       self._piece, self._drop, self._repeat, self._run]

    def next(self):
        """How many requests went in, the bytes, and the places at which they are cut in their sending."""
        count = self._random.choice((1, 1, 1, 2, 3, 7))
        bytes_ = b"".join(self._any() for _ in range(count))
        for _ in range(self._random.choice((0, 1, 1, 1, 2, 4))):
            bytes_ = self._random.choice(self._kinds)(bytes_)
        return count, bytes_, sorted(self._at(bytes_) for _ in range(self._random.choice((0, 0, 0, 1, 3))))

    def chance(self, one_in):
        return self._random.randrange(one_in) == 0

    def _any(self):
        return self._random.choice(self._requests)

    def _at(self, data):
        return self._random.randint(0, len(data))

    def _flip(self, data):
        flipped = bytearray(data)
        for _ in range(self._random.choice((1, 1, 2, 8))):
            if flipped:
                flipped[self._random.randrange(len(flipped))] ^= 1 << self._random.randrange(8)
        return bytes(flipped)

    def _cut(self, data):
        return data[:self._at(data)]

    def _splice(self, data):
        other = self._any()
        begin = self._at(other)
        at = self._at(data)
        return data[:at] + other[begin:begin + self._random.randrange(1, 400)] + data[at + self._random.randrange(100):]

    def _double_a_line(self, data):
        lines = data.split(b"\r\n")
        of = self._random.choice((lines, self._any().split(b"\r\n")))
        lines.insert(self._random.randint(1, len(lines)), self._random.choice(of))
        return b"\r\n".join(lines)

    def _number(self, data):
        numbers = list(re.finditer(rb"\d+", data[:4000]))
        if not numbers:
            return data
        begin, end = self._random.choice(numbers).span()
        return data[:begin] + self._random.choice(_NUMBERS) + data[end:]

    def _chunks(self, data):
        """The body in chunks, one of which has an odd size."""
        head, _, body = data.partition(b"\r\n\r\n")
        head = re.sub(rb"\r\nContent-Length:[^\r]*", b"\r\nTransfer-Encoding: chunked", head, flags=re.IGNORECASE)
        chunks = in_chunks(body, *(self._random.randrange(1, 60) for _ in range(self._random.randrange(5))))
        sizes = list(re.finditer(rb"(?:\A|\r\n)([0-9a-f]+)\r\n", chunks))
        if self.chance(2):
            begin, end = self._random.choice(sizes).span(1)
            chunks = chunks[:begin] + self._random.choice(_CHUNK_SIZES) + chunks[end:]
        return head + b"\r\n\r\n" + chunks

    def _piece(self, data):
        at = self._at(data)
        return data[:at] + self._random.choice(_PIECES) + data[at:]

    def _drop(self, data):
        at = self._at(data)
        return data[:at] + data[at + self._random.randrange(1, 40):]

    def _repeat(self, data):
        at = self._at(data)
        piece = data[at:at + self._random.randrange(1, 200)]
        return data[:at] + piece * self._random.choice((1, 1, 2, 200)) + data[at:]

    def _run(self, data):
        at = self._at(data)
        of_one = bytes([self._random.randrange(256)])
        return data[:at] + of_one * self._random.choice((10, 300, 9000, 40000)) + data[at:]


# --- what comes back -------------------------------------------------------------------------------------------------

_STATUS_LINE = re.compile(rb"HTTP/1\.1 (\d{3}) [^\r\n\0]*")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*)")


def statuses_of(answers, sent):
    """The statuses of the answers. Raises Wrong unless each is well-formed, whole and documented."""
    found = []
    while answers:
        head, end, rest = answers.partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        status_line, fields = _STATUS_LINE.fullmatch(first), [_FIELD.fullmatch(line) for line in lines]
        if not end or not status_line or None in fields:
            raise Wrong(f"an answer is no HTTP: {head[:300]!r}")
        status = int(status_line[1])
        if status not in STATUSES:
            raise Wrong(f"status {status} is not documented: {answers[:600]!r}")
        names = {field[1].lower(): field[2] for field in fields}
        body, answers = body_of(status, fields, names, rest, sent)
        if body and status >= 400:
            check_problem(status, names, body)
        found.append(status)
    return found


def body_of(status, fields, names, rest, sent):
    """The body, None for what has none, and what follows."""
    if status < 200 or status in (204, 304):
        return None, rest
    if [field[1].lower() for field in fields].count(b"content-length") != 1 or b"transfer-encoding" in names:
        raise Wrong(f"an answer's length is not told once: {fields}")
    length = int(names[b"content-length"])
    # Which answer is a HEAD's is known here by what follows: no body begins like an answer.
    if b"HEAD" in sent and (not rest or rest.startswith(b"HTTP/1.1 ")):
        return None, rest
    if len(rest) < length:
        raise Wrong(f"an answer is cut short: {len(rest)} of {length} bytes")
    return rest[:length], rest[length:]


def check_problem(status, names, body):
    # Below /v1/.
    if names.get(b"content-type") == b"application/json":
        error = json.loads(body).get("error", {})
        if error.get("code") != status or not error.get("message") or not error.get("details", [{}])[0].get("reason"):
            raise Wrong(f"no google.rpc.Status: {body[:600]!r}")
        return
    if not names.get(b"content-type", b"").startswith(b"application/problem+json"):
        raise Wrong(f"status {status} with {names.get(b'content-type')}: {body[:300]!r}")
    problem = json.loads(body)
    kind = problem["type"].removeprefix("urn:glyphgate:problem:")
    if problem["status"] != status or not problem["title"] or (status == 503 and kind not in UNAVAILABLE):
        raise Wrong(f"no documented problem: {body[:600]!r}")


def exchange(port, sent, cuts, ends):
    """All that comes back until the service closes."""
    received = b""
    deadline = time.monotonic() + PATIENCE / 2
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE / 2) as connection:
        try:
            for begin, end in zip([0, *cuts], [*cuts, len(sent)]):
                connection.sendall(sent[begin:end])
            if ends:
                connection.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass  # It has said what it had to say, and goes.
        try:
            while part := connection.recv(1 << 18):
                received += part
                if time.monotonic() > deadline:
                    raise TimeoutError
        except TimeoutError:
            raise Wrong(f"neither all answers nor an end in {PATIENCE / 2:.0f} s; so far {received[:300]!r}") from None
        except ConnectionResetError:
            if not received and ends:
                raise Wrong("a bare reset") from None
    return received


def self_test():
    """That the answers of a service which is wrong would be found to be so."""
    good = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    told = b'{"type":"urn:glyphgate:problem:queue-full","title":"t","status":503,"detail":"d"}'
    problem = (b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
               b"Content-Length: %d\r\n\r\n" % len(told) + told)
    head = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
    for answers, sent, expected in ((good + problem, b"", [200, 503]), (head + good, b"HEAD", [100, 200, 200]),
                                    (b"", b"", [])):
        if (got := statuses_of(answers, sent)) != expected:
            raise Wrong(f"{answers!r} is {got}")
    bad = [good.replace(b"200", b"500"), good.replace(b"2\r", b"3\r"), good.replace(b"2\r", b"1\r"), good[:-4],
           good.replace(b"Content-Length: 2\r\n", b""), good.replace(b"HTTP/1.1", b"HTTP/1.0"), b"x" + good,
           good.replace(b"Content", b"Content Type"), good.replace(b"OK", b"O\0K"), head,
           problem.replace(b"queue", b"quite"), problem.replace(b"503 ", b"422 "), problem.replace(b"problem+", b"")]
    for answers in bad:
        try:
            statuses_of(answers, b"")
        except Wrong:
            continue
        raise Wrong(f"this was taken for an answer: {answers!r}")


# --- the run ---------------------------------------------------------------------------------------------------------

class Run:
    """Several connections' worth of requests until the time is over or something is wrong."""

    def __init__(self, service, requests, seed, seconds):
        self._service, self._requests, self._seed = service, requests, seed
        self._port = int(service.url.rsplit(":", 1)[1])
        self._end = time.monotonic() + seconds
        self._lock = threading.Lock()
        self.exchanges = self.requests = self.silent = 0
        self.statuses = collections.Counter()
        self.wrong = []
        self.slowest_livez = 0.0

    def over(self):
        return time.monotonic() > self._end or self.wrong

    def client(self, number):
        mutations, count = Mutations(self._requests, f"{self._seed}/{number}"), 0
        while not self.over():
            requests, sent, cuts = mutations.next()
            count += 1
            try:
                statuses = statuses_of(exchange(self._port, sent, cuts, ends=not mutations.chance(200)), sent)
                if not statuses and sent.strip(b"\r\n"):
                    raise Wrong("closed without an answer")
            except (Wrong, OSError, ValueError, KeyError) as failure:
                self._add_wrong(f"connection {number}, request {count}: {type(failure).__name__}: {failure}", sent)
                return
            with self._lock:
                self.exchanges += 1
                self.requests += requests
                self.silent += not statuses
                self.statuses.update(statuses)

    def watch(self):
        """Asks whether it lives, all the time."""
        while not self.over():
            begin = time.monotonic()
            try:
                answer = exchange(self._port, request("GET", "/livez", None, "Connection: close"), [], True)
                if statuses_of(answer, b"") != [200]:
                    raise Wrong(f"it answered {answer[:300]!r}")
                took = time.monotonic() - begin
                self.slowest_livez = max(self.slowest_livez, took)
                if took > LIVEZ_SECONDS:
                    raise Wrong(f"it took {took:.1f} s")
            except (Wrong, OSError) as failure:
                self._add_wrong(f"GET /livez: {failure}", b"")
            if self._service.process.ended():
                self._add_wrong("the process has ended", b"")
            time.sleep(0.1)

    def _add_wrong(self, what, sent):
        with self._lock:
            self.wrong.append((what, sent))

    def run(self, connections):
        threads = [threading.Thread(target=self.client, args=(n,)) for n in range(connections)]
        threads.append(threading.Thread(target=self.watch))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def key_of(digit):
    """The key with that digit 22 times: docs/keys.md, "What a key is"."""
    random_part, digits = "gg_" + digit * 22, string.digits + string.ascii_uppercase + string.ascii_lowercase
    checksum = zlib.crc32(random_part.encode())
    return random_part + "".join(digits[checksum // 62**place % 62] for place in reversed(range(6)))


def stored(name, key):
    return f"{name}:{hashlib.sha256(key.encode()).hexdigest()}"


def report(run, seconds):
    answers = sum(run.statuses.values())
    print(f"{run.requests / seconds:.0f} requests and {answers / seconds:.0f} answers a second; {run.requests} "
          f"requests in {run.exchanges} exchanges, {run.silent} of empty lines only; "
          f"slowest GET /livez {run.slowest_livez * 1000:.0f} ms")
    print("  ".join(f"{status}: {count}" for status, count in sorted(run.statuses.items())))
    for number, (what, sent) in enumerate(run.wrong):
        print(f"FAILED  {what}")
        if sent:
            file = pathlib.Path(tempfile.gettempdir()) / f"http_mutations-{os.getpid()}-{number}"
            file.write_bytes(sent)
            print(f"        {file}: {sent[:2000]!r}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", metavar="BINARY", help="the service")
    parser.add_argument("--seconds", type=float, default=300 if os.environ.get("GLYPHGATE_LONG") == "1" else 10)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--connections", type=int, default=12)
    arguments = parser.parse_args()
    binary = os.path.abspath(arguments.binary)

    self_test()
    print(f"seed {arguments.seed}", flush=True)
    # Always the same ones, so that a seed gives the same bytes.
    key, admin = key_of("1"), key_of("2")
    keys = f"{stored('fuzz', key)};{stored('operator', admin)} admin"
    requests = 3 * real_requests(key, admin) + [bytes_ for _, bytes_, _ in corpus() if bytes_]
    with Service(binary, {"OCR_ENGINE": "tesseract", "API_KEYS": keys, "MAX_BODY_MB": "1",
                          "BUDGET_ALERT_TOKEN": "0123456789abcdef", "JOBS_PER_MINUTE_LIMIT": "300",
                          "JOBS_PER_HOUR_LIMIT": "100000", "DAILY_API_CALLS_LIMIT": "100000",
                          "CORS_ORIGINS": "https://a.example", "TRUSTED_PROXIES": "127.0.0.1",
                          "READ_TIMEOUT_SECONDS": str(READ_TIMEOUT_SECONDS)}) as service:
        run = Run(service, requests, arguments.seed, arguments.seconds)
        run.run(arguments.connections)
        if not service.process.ended() and (status := service.process.stop()) != 0:
            run.wrong.append((f"the service ended with {status} when it was told to stop", b""))
        log = service.process.log()
        if run.wrong or SANITIZERS.search(log):
            print(log[-8000:])
    if SANITIZERS.search(log):
        run.wrong.append(("a sanitizer has reported", b""))
    if run.exchanges < 100:
        run.wrong.append((f"only {run.exchanges} exchanges", b""))
    report(run, arguments.seconds)
    return 1 if run.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
