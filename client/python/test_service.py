#!/usr/bin/env python3
"""Tests a running service from outside, as its clients see it.

    test_service.py [--url URL] [--key KEY] [TEST ...]       e.g.  test_service.py --url https://my-ocr.fly.dev

URL and key can come from the environment as well: GLYPHGATE_URL (else http://127.0.0.1:8000), GLYPHGATE_API_KEY.
TEST is a class of this file, or CLASS.METHOD; all of them unless given. -v names each test.

It needs no fresh store and does not mind other clients. A run posts about a dozen small jobs, which cost as many
engine calls; where the limits are lower than that, it waits for them, and then tries the refusal too.
"""

import argparse
import http.client
import json
import math
import os
import pathlib
import random
import struct
import sys
import time
import unittest
import zlib
from base64 import b64encode
from urllib.parse import urlsplit

from glyphgate import OCRClient, ServiceUnreachable

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "docs" / "samples"
#: A minute's limit that can be used up without harm: few calls are spent, and others wait for a minute at most.
HARMLESS_LIMIT = 20
#: Seconds for an answer or a job, on a small machine under load.
PATIENCE = 120

settings = argparse.Namespace(url="http://127.0.0.1:8000", key=None)


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self):
        return json.loads(self.body)


def call(method, path, body=None, headers=None, with_key=True):
    """One exchange on a connection of its own. A body that is no bytes is sent as JSON. Refusals are answers here."""
    url = urlsplit(settings.url)
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    headers = dict(headers or {})
    if settings.key and with_key:
        headers["Authorization"] = f"Bearer {settings.key}"
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
        headers.setdefault("Content-Type", "application/json")
    connection = kind(url.hostname, url.port, timeout=PATIENCE)
    try:
        connection.request(method, url.path.rstrip("/") + path, body, headers)
        return Answer(connection.getresponse())
    finally:
        connection.close()


def post_in_turn(body, content_type="application/json", path="/ocr/jobs"):
    """A posted job's answer. Waits where a limit is used up, as the client does."""
    deadline = time.monotonic() + PATIENCE
    while True:
        answer = call("POST", path, body, {"Content-Type": content_type})
        if answer.status != 429 or time.monotonic() > deadline:
            return answer
        time.sleep(float(answer.headers["Retry-After"]))


def base64(data):
    return b64encode(data).decode()


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, rows):
    """A greyscale PNG of 8 bits; `rows` are its bytes, each row behind a zero."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def new_picture():
    """A small picture that no service has seen: white, with a block of random grey."""
    width, height, side = 64, 48, 16
    rows = []
    for y in range(height):
        row = bytearray(b"\xff" * width)
        if 16 <= y < 16 + side:
            row[24:24 + side] = randomness.getrandbits(8 * side).to_bytes(side, "big")
        rows.append(b"\0" + bytes(row))
    return png(width, height, b"".join(rows))


def damaged_picture():
    """A whole header, and too few bytes of picture for it: accepted, and then not to be decoded."""
    data = chunk(b"IDAT", b"%032x" % randomness.getrandbits(128))
    header = struct.pack(">IIBBBBB", 64, 48, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + chunk(b"IEND", b"")


def with_new_bytes(jpeg):
    """The same picture with a random comment behind its first marker: other bytes to the service."""
    comment = b"%032x" % randomness.getrandbits(128)
    return jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + jpeg[2:]


def plain(text):
    return "".join(text.split())


def expected_text(picture):
    return plain(picture.with_suffix(".txt").read_text(encoding="utf-8"))


class ServiceTest(unittest.TestCase):
    longMessage = True

    @classmethod
    def setUpClass(cls):
        # Waits out a minute's limit that is used up; an hour's is for the tests to fail on.
        cls.client = OCRClient(settings.url, settings.key, retry_for=PATIENCE)
        cls.addClassCleanup(cls.client.close)
        cls.health = cls.client.get_health()

    def assert_problem(self, answer, status, kind=None):
        self.assertEqual(answer.status, status, answer.body[:500])
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        problem = answer.json()
        self.assertEqual(problem["status"], status)
        self.assertTrue(problem["title"])
        self.assertRegex(problem["type"], "^urn:.*:problem:" + (kind or "[a-z-]+") + "$")
        return problem

    def done(self, pictures, hints=None):
        return self.client.wait_for_job(self.client.submit_job(pictures, hints).job_id, timeout=PATIENCE)


class Health(ServiceTest):
    def test_root(self):
        root = call("GET", "/").json()
        self.assertEqual(root["service"], "OCR Batch Processing Service")
        self.assertEqual(root["status"], "healthy")
        self.assertEqual(root["version"], self.health.version)
        self.assertEqual(root["engine"], self.health.engine)
        self.assertIs(root["google_cloud_available"], self.health.google_cloud_available)

    def whole_health(self):
        """What a part of a busy service does not tell within a second is null; it is asked again. What others do stays
        null where the key is not an admin's."""
        for _ in range(20):
            answer = call("GET", "/health")
            self.assertEqual(answer.status, 200)
            health = answer.json()
            of_others = (health["job_storage"]["by_status"], health["queue"]["waiting"], health["usage"]["jobs_today"])
            if health["circuit_breaker"]["state"] is not None and (settings.key or None not in of_others):
                return health
        raise AssertionError(f"a part of the service does not answer: {health}")

    def test_health(self):
        health = self.whole_health()
        self.assertIn(health["status"], ("healthy", "degraded"))
        self.assertIn(health["engine"], ("google", "local", "ppocr", "tesseract"))
        breaker = health["circuit_breaker"]
        self.assertIn(breaker["state"], ("closed", "open", "half_open"))
        self.assertEqual(health["status"] == "healthy", breaker["state"] == "closed")
        self.assertGreater(breaker["threshold"], 0)
        by_status = health["job_storage"]["by_status"]
        self.assertEqual(health["job_storage"]["total_jobs"], None if by_status is None else sum(by_status.values()))
        self.assertGreater(health["job_storage"]["ttl_seconds"], 0)
        self.assertGreater(health["queue"]["capacity"], 0)
        self.assertLessEqual({"jobs_last_minute", "jobs_last_hour", "jobs_today", "api_calls_today",
                              "oldest_job_today"}, set(health["usage"]))
        for group, members in {
                "cost_protection": ("daily_api_calls_limit", "jobs_per_minute", "jobs_per_hour"),
                "technical_limits": ("max_frames_per_job", "height_limit_px", "file_size_limit_mb", "pixel_limit"),
                "job_management": ("result_ttl_seconds", "max_concurrent_jobs", "packing", "packing_window_ms"),
                "circuit_breaker": ("threshold", "timeout_seconds"),
                "google_cloud": ("credentials_configured",)}.items():
            for member in members:
                self.assertIn(member, health["config"][group], group)

    def test_no_secret_shows(self):
        body = call("GET", "/health").body.lower()
        for word in (b"private_key", b"begin ", b"bearer", b".json", *([settings.key.lower().encode()]
                                                                        if settings.key else [])):
            self.assertNotIn(word, body)

    def test_probes_of_machines(self):
        for path in ("/livez", "/readyz"):
            self.assertEqual(call("GET", path).status, 200, path)

    def test_usage(self):
        usage = call("GET", "/usage").json()
        self.assertLessEqual({"usage", "limits", "spent", "windows"}, set(usage))
        protection = self.health.config["cost_protection"]
        self.assertEqual(usage["limits"], {"per_minute": protection["jobs_per_minute"],
                                           "per_hour": protection["jobs_per_hour"],
                                           "per_day": protection["daily_api_calls_limit"]})
        numbers = usage["usage"]
        self.assertLessEqual(numbers["jobs_last_minute"], numbers["jobs_last_hour"])
        self.assertLessEqual(numbers["jobs_last_hour"], numbers["jobs_today"])
        self.assertLessEqual(numbers["jobs_last_minute"], usage["limits"]["per_minute"])
        self.assertLessEqual(numbers["api_calls_today"], usage["limits"]["per_day"])
        for member in ("api_calls", "images_processed", "images_from_cache", "estimated_usd", "saved_usd"):
            # A key that is no admin's is told no such sums.
            self.assertGreaterEqual(usage.get("cost", {}).get(member, 0), 0, member)

    def test_request_ids(self):
        self.assertEqual(call("GET", "/", headers={"X-Request-Id": "client.example-1"}).headers["X-Request-Id"],
                         "client.example-1")
        self.assertTrue(call("GET", "/").headers["X-Request-Id"])


class Capacity(ServiceTest):
    def reckoned(self, width, height):
        limits = self.health.config["technical_limits"]
        mib = 1 << 20
        one = 15.41 * mib / 950 * (width * height) / (666 * 64)
        by = {"by_height": (limits["height_limit_px"] + 2) // (height + 2),
              "by_pixels": limits["pixel_limit"] // (width * height),
              "by_file_size": math.floor(limits["file_size_limit_mb"] * mib / one),
              "by_config": limits["max_frames_per_job"]}
        most = min(by.values())
        factor = next(name for name, key in (("config_limit", "by_config"), ("height", "by_height"),
                                             ("total_pixels", "by_pixels"), ("file_size", "by_file_size"))
                      if by[key] == most)
        return most, by, factor, most * one / mib

    def test_the_formulas(self):
        for width, height in ((666, 64), (1, 1), (1920, 1080), (3000, 100), (20000, 20000)):
            with self.subTest(f"{width} x {height}"):
                most, by, factor, size = self.reckoned(width, height)
                answer = call("POST", "/capacity", {"width": width, "height": height})
                self.assertEqual(answer.status, 200)
                capacity = answer.json()
                self.assertEqual((capacity["max_images"], capacity["limits"], capacity["limiting_factor"]),
                                 (most, by, factor))
                self.assertAlmostEqual(capacity["estimated_file_size_mb"], size, delta=0.0051)

    def test_the_figures_of_the_default_limits(self):
        limits = self.health.config["technical_limits"]
        if limits != {"max_frames_per_job": 950, "height_limit_px": 50000, "file_size_limit_mb": 15,
                      "pixel_limit": 50_000_000}:
            self.skipTest(f"the service's limits are not the default ones: {limits}")
        self.assertEqual(call("POST", "/capacity", {"width": 666, "height": 64}).json(), {
            "max_images": 757, "limits": {"by_height": 757, "by_pixels": 1173, "by_file_size": 924, "by_config": 950},
            "limiting_factor": "height", "estimated_file_size_mb": 12.28})

    def test_sizes_that_are_none(self):
        for size in ({"width": 0, "height": 64}, {"width": 666, "height": -1}, {"width": "666", "height": 64},
                     {"width": 6.5, "height": 64}, {"width": 666}, {}):
            with self.subTest(size):
                self.assert_problem(call("POST", "/capacity", size), 422)


class Jobs(ServiceTest):
    def test_captions(self):
        pictures = sorted(SAMPLES.glob("caption-en-*.jpg"))
        self.assertEqual(len(pictures), 10)
        job = self.done([(p.name, with_new_bytes(p.read_bytes())) for p in pictures])
        self.assertEqual(job.status, "completed")
        self.assertEqual([r.id for r in job.result.results], [p.name for p in pictures])
        for picture, result in zip(pictures, job.result.results):
            self.assertEqual(plain(result.text), expected_text(picture), picture.name)
            self.assertIsNone(result.error)
            self.assertEqual("".join(c.text for c in result.characters), plain(result.text))
            for character in result.characters:
                self.assertTrue(0 <= character.confidence <= 1, character)
                box = character.bbox
                self.assertTrue(0 <= box.x and box.x + box.width <= 666 and 0 <= box.y and box.y + box.height <= 64,
                                character)
        self.assertEqual(job.result.total_characters, sum(r.char_count for r in job.result.results))
        self.assertEqual((job.images_count, job.images_done, job.result.images_processed), (10, 10, 10))
        self.assertEqual((job.result.api_calls, job.result.images_from_cache), (1, 0))
        # Other clients may share the call.
        self.assertTrue(0 < job.result.cost.calls <= 1, job.result.cost)
        self.assertIsNone(job.waits_for)
        self.assertLessEqual(job.created_at, job.started_at)
        self.assertLessEqual(job.started_at, job.completed_at)
        self.assertLess(job.completed_at, job.expires_at)

    def test_png_webp_and_a_picture_on_its_side_in_one_job(self):
        pictures = [SAMPLES / name for name in ("receipt.png", "label.webp", "page.jpg")]
        for picture, result in zip(pictures, self.done(pictures).result.results):
            self.assertEqual(plain(result.text), expected_text(picture), picture.name)

    def test_chinese_with_its_hint(self):
        pictures = sorted(SAMPLES.glob("caption-zh-*.jpg"))
        answer = call("POST", "/ocr/jobs", {"images": [], "language_hints": ["zh"]})
        if b"zh" in answer.body:
            self.skipTest(f"the service cannot read Chinese: {answer.json()['detail']}")
        for picture, result in zip(pictures, self.done(pictures, ["zh"]).result.results):
            self.assertEqual(plain(result.text), expected_text(picture), picture.name)

    def test_one_picture_as_the_body(self):
        picture = SAMPLES / "caption-en-01.jpg"
        answer = post_in_turn(with_new_bytes(picture.read_bytes()), "image/jpeg", "/ocr/jobs?id=caption")
        self.assertEqual(answer.status, 202)
        job_id = answer.json()["job_id"]
        self.assertEqual(answer.headers["Location"], f"/ocr/jobs/{job_id}")
        self.assertEqual(answer.headers["Retry-After"], "1")
        self.assertGreaterEqual(len(job_id), 22, "an id of 128 random bits")
        result, = self.client.wait_for_job(job_id, timeout=PATIENCE).result.results
        self.assertEqual((result.id, plain(result.text)), ("caption", expected_text(picture)))

    def test_identical_jobs_cost_nothing(self):
        # As JSON, and again as multipart: it is the pictures that count.
        first, second = new_picture(), new_picture()
        answer = post_in_turn({"images": [{"id": "a", "data": base64(first)}, {"id": "b", "data": base64(second)}]})
        self.assertEqual((answer.status, answer.json()["status"]), (202, "pending"))
        job_id = answer.json()["job_id"]
        again = self.client.submit_job([("a", first), ("b", second)])
        self.assertEqual((again.job_id, again.is_new), (job_id, False))
        self.client.wait_for_job(job_id, timeout=PATIENCE)
        again = self.client.submit_job([("a", first), ("b", second)])
        self.assertEqual((again.job_id, again.is_new, again.status), (job_id, False, "completed"))
        for _ in range(5):
            before = self.client.get_usage()
            self.client.submit_job([("a", first), ("b", second)])
            after = self.client.get_usage()
            if (after.jobs_today, after.api_calls_today) <= (before.jobs_today, before.api_calls_today):
                return
            # Another client may have posted a job meanwhile; hardly each time.
        self.fail(f"an identical job was charged: {before} before, {after} after")

    def test_base64_in_every_usual_form_is_the_same_picture(self):
        text = base64(new_picture())
        wrapped = "\r\n".join(text[at:at + 76] for at in range(0, len(text), 76))
        job_ids = {post_in_turn({"images": [{"id": "a", "data": form}]}).json()["job_id"]
                   for form in (text, text.rstrip("="), text.translate(str.maketrans("+/", "-_")), wrapped,
                                "data:image/png;base64," + text)}
        self.assertEqual(len(job_ids), 1)

    def test_known_pictures_cost_nothing(self):
        first, second = new_picture(), new_picture()
        job = self.done([("a", first), ("b", second)])
        self.assertEqual(job.result.api_calls, 1)
        # Another order and another id: no identical job, and yet nothing is left to read.
        submission = self.client.submit_job([("b", second), ("c", first)])
        self.assertNotEqual(submission.job_id, job.job_id)
        self.assertEqual(submission.status, "completed")
        result = self.client.wait_for_job(submission.job_id, timeout=PATIENCE).result
        self.assertEqual((result.api_calls, result.images_from_cache), (0, 2))

    def test_a_damaged_picture_fails_alone(self):
        picture = SAMPLES / "caption-en-02.jpg"
        job = self.done([("whole", picture), ("damaged", damaged_picture())])
        self.assertEqual([r.ok for r in job.result.results], [True, False])
        self.assertEqual(job.result.results[1].characters, ())
        self.assertEqual(job.result.images_processed, 1)

    def test_a_job_of_damaged_pictures_has_failed(self):
        job_id = self.client.submit_job([("damaged", damaged_picture())]).job_id
        job = self.client.get_job_status(job_id, wait=55)
        self.assertEqual(job.status, "failed")
        self.assertTrue(job.error)

    def test_waiting_for_the_end(self):
        submission = self.client.submit_job([("a", with_new_bytes((SAMPLES / "page.jpg").read_bytes()))])
        job = self.client.get_job_status(submission.job_id, wait=55)
        self.assertEqual(job.status, "completed", "the answer is held until the end")
        begin = time.monotonic()
        self.assertEqual(call("GET", f"/ocr/jobs/{submission.job_id}?wait=55").status, 200)
        self.assertLess(time.monotonic() - begin, 20, "the answer for a job that has ended is not held")
        for wait in ("56", "-1", "x"):
            self.assert_problem(call("GET", f"/ocr/jobs/{submission.job_id}?wait={wait}"), 422)

    def test_an_answer_that_is_known_is_not_sent_again(self):
        job = self.done([("a", new_picture())])
        answer = call("GET", f"/ocr/jobs/{job.job_id}")
        etag = answer.headers["ETag"]
        self.assertTrue(etag)
        again = call("GET", f"/ocr/jobs/{job.job_id}", headers={"If-None-Match": f'"other", {etag}'})
        self.assertEqual((again.status, again.body, again.headers["ETag"]), (304, b"", etag))
        other = call("GET", f"/ocr/jobs/{job.job_id}", headers={"If-None-Match": '"other"'})
        self.assertEqual((other.status, other.body), (200, answer.body))
        head = call("HEAD", f"/ocr/jobs/{job.job_id}")
        self.assertEqual((head.status, head.body, head.headers["ETag"]), (200, b"", etag))

    def test_cancelling_and_forgetting(self):
        job_id = self.client.submit_job([("a", new_picture())]).job_id
        answer = call("DELETE", f"/ocr/jobs/{job_id}")
        self.assertEqual((answer.status, answer.body), (204, b""))
        answer = call("GET", f"/ocr/jobs/{job_id}?wait=55")
        if answer.status == 200:
            # It had not ended: it was cancelled. The second time, it is forgotten.
            self.assertEqual(answer.json()["status"], "cancelled")
            self.assertEqual(call("DELETE", f"/ocr/jobs/{job_id}").status, 204)
        self.assert_problem(call("GET", f"/ocr/jobs/{job_id}"), 404, "job-not-found")
        self.assert_problem(call("DELETE", f"/ocr/jobs/{job_id}"), 404, "job-not-found")

    def test_listing(self):
        job_id = self.done([("a", new_picture())]).job_id
        page = call("GET", "/ocr/jobs?limit=1").json()
        self.assertEqual(len(page["jobs"]), 1)
        self.assertNotIn("result", page["jobs"][0])
        jobs = list(self.client.list_jobs(page_size=3))
        self.assertIn(job_id, [job.job_id for job in jobs])
        self.assertEqual(len(jobs), len({job.job_id for job in jobs}))
        times = [job.created_at for job in jobs]
        self.assertEqual(times, sorted(times, reverse=True))
        self.assertIn(job_id, [job.job_id for job in self.client.list_jobs("completed")])
        self.assertNotIn(job_id, [job.job_id for job in self.client.list_jobs("failed")])
        for query in ("status=done", "limit=0", "limit=1001", "limit=x", "cursor=x"):
            with self.subTest(query):
                self.assert_problem(call("GET", f"/ocr/jobs?{query}"), 422)


class BadInput(ServiceTest):
    """None of these is charged: the last test looks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.usage = cls.client.get_usage()

    def refused(self, body, status, kind=None, content_type="application/json"):
        return self.assert_problem(call("POST", "/ocr/jobs", body, {"Content-Type": content_type}), status, kind)

    def test_400_a_body_that_is_not_what_its_type_says(self):
        form = "multipart/form-data; boundary=b"
        part = b'--b\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nx'
        for body, content_type in [(b"", "application/json"), (b"hello", "application/json"),
                                   (b'{"images":[', "application/json"), (b"hello", form), (part, form),
                                   (part + b"\r\n--b", form), (part, "multipart/form-data")]:
            with self.subTest(body=body, content_type=content_type):
                self.assertTrue(self.refused(body, 400, "malformed-request", content_type)["detail"])

    def test_404(self):
        self.assert_problem(call("GET", "/ocr/job"), 404, "not-found")
        self.assert_problem(call("GET", "/ocr/jobs/" + "0" * 32), 404, "job-not-found")

    def test_405_names_what_is_allowed(self):
        for method, path, allowed in [("PUT", "/ocr/jobs", {"GET", "HEAD", "POST"}), ("GET", "/capacity", {"POST"}),
                                      ("POST", "/health", {"GET", "HEAD"}),
                                      ("POST", "/ocr/jobs/" + "0" * 32, {"GET", "HEAD", "DELETE"})]:
            with self.subTest(f"{method} {path}"):
                answer = call(method, path)
                self.assert_problem(answer, 405, "method-not-allowed")
                self.assertEqual(set(answer.headers["Allow"].split(", ")), allowed)

    def test_413_a_body_over_the_limit(self):
        # The length alone is enough; nothing is sent of it.
        problem = self.assert_problem(call("POST", "/ocr/jobs", b"", {
            "Content-Type": "application/json", "Content-Length": str(1 << 40)}), 413, "body-too-large")
        self.assertEqual(problem["limit"]["name"], "max_body_mb")

    def test_413_a_picture_over_a_limit(self):
        header = struct.pack(">IIBBBBB", 60000, 60000, 8, 0, 0, 0, 0)
        picture = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
        problem = self.refused(picture, 413, "image-too-large", "image/png")
        self.assertEqual(problem["limit"], {"name": "pixel_limit",
                                            "value": self.health.config["technical_limits"]["pixel_limit"]})
        self.assertEqual([e["image"] for e in problem["errors"]], ["image"])

    def test_415_a_type_that_is_not_supported(self):
        for content_type in ("text/plain", "application/x-www-form-urlencoded"):
            with self.subTest(content_type):
                problem = self.refused(new_picture(), 415, "unsupported-media-type", content_type)
                self.assertIn("multipart/form-data", problem["supported"])
        self.assert_problem(call("POST", "/ocr/jobs", b"x", {"Content-Type": "image/png", "Content-Encoding": "gzip"}),
                            415)

    def test_415_a_format_that_is_not_supported_whatever_its_name_says(self):
        problem = self.refused({"images": [{"id": "a.png", "data": base64(b"PK\x03\x04 and so on")}]}, 415,
                               "unsupported-format")
        self.assertEqual(problem["supported"][:3], ["image/jpeg", "image/png", "image/webp"])
        self.assertEqual([e["image"] for e in problem["errors"]], ["a.png"])

    def test_422_each_kind(self):
        whole = {"id": "a", "data": base64(new_picture())}
        for body, named in [({"images": []}, {"field": "images"}), ({}, {"field": "images"}),
                            ({"images": "a"}, {"field": "images"}), ([], {}),
                            ({"images": [whole, whole]}, {"image": "a"}),
                            ({"images": [{"id": "a", "data": "no base64!"}]}, {"image": "a"}),
                            ({"images": [{"id": "a", "data": ""}]}, {"image": "a"}),
                            ({"images": [{"id": "a"}]}, {"image": "a"}),
                            ({"images": [{"id": "a", "data": 7}]}, {"image": "a"}),
                            ({"images": [{"data": whole["data"]}]}, {"image": 0}),
                            ({"images": [{"id": "x" * 257, "data": whole["data"]}]}, {"image": 0}),
                            ({"images": [whole, 7]}, {"image": 1}),
                            ({"images": [{"id": "a", "data": base64(new_picture()[:60])}]}, {"image": "a"}),
                            ({"images": [whole], "language_hints": "zh"}, {"field": "language_hints"}),
                            ({"images": [whole], "max_delay_seconds": "60"}, {"field": "max_delay_seconds"}),
                            ({"images": [whole], "max_delay_seconds": -1}, {"field": "max_delay_seconds"})]:
            with self.subTest(str(body)[:80]):
                errors = self.refused(body, 422, "invalid-request")["errors"]
                for error in errors:
                    self.assertTrue(error.pop("detail"))
                    self.assertEqual(error, named)
                self.assertTrue(errors)

    def test_422_names_everything_that_is_wrong(self):
        whole = base64(new_picture())
        errors = self.refused({"images": [{"id": "whole", "data": whole}, {"id": "twice", "data": whole},
                                          {"id": "twice", "data": whole}, {"id": "empty", "data": ""},
                                          {"id": "coded", "data": "*"}, {"data": whole},
                                          {"id": "pdf", "data": base64(b"%PDF-1.7")}],
                               "language_hints": [""]}, 422, "invalid-request")["errors"]
        self.assertEqual(sorted(str(e.get("image", e.get("field"))) for e in errors),
                         ["5", "coded", "empty", "language_hints", "pdf", "twice"])

    def test_a_wrong_request_is_not_charged(self):
        self.refused({"images": []}, 422)
        usage = self.client.get_usage()
        if usage.jobs_today > self.usage.jobs_today:
            self.skipTest("other clients posted jobs meanwhile")
        self.assertLessEqual(usage.api_calls_today, self.usage.api_calls_today)


class Keys(ServiceTest):
    def test_without_a_key(self):
        answer = call("GET", "/ocr/jobs?limit=1", with_key=False)
        if answer.status == 200:
            self.skipTest("the service asks for no key")
        self.assert_problem(answer, 401)
        self.assertTrue(answer.headers["WWW-Authenticate"])
        for headers in ({"Authorization": "Bearer wrong"}, {"X-API-Key": "wrong"}, {"x-goog-api-key": "wrong"}):
            self.assert_problem(call("GET", "/ocr/jobs", headers=headers, with_key=False), 401)
        for path in ("/", "/livez", "/readyz"):
            self.assertEqual(call("GET", path, with_key=False).status, 200)
        self.assertEqual(list(call("GET", "/health", with_key=False).json()), ["status"])


class RateLimits(ServiceTest):
    def test_answers_tell_the_limits(self):
        limits = self.client.get_usage().limits
        for path, status in (("/ocr/jobs?limit=1", 200), ("/ocr/jobs/" + "0" * 32, 404)):
            answer = call("GET", path)
            self.assertEqual(answer.status, status)
            self.assertEqual(answer.headers["RateLimit-Policy"],
                             f'"minute";q={limits.per_minute};w=60, "hour";q={limits.per_hour};w=3600, '
                             f'"day";q={limits.per_day};w=86400')
            self.assertRegex(answer.headers["RateLimit"], r'^"(minute|hour|day)";r=\d+;t=\d+$')
        self.assertIsNone(call("GET", "/usage").headers["RateLimit"])

    def test_a_refusal_is_typed_and_free(self):
        usage = self.client.get_usage()
        limits = usage.limits
        if limits.per_minute > HARMLESS_LIMIT:
            self.skipTest(f"{limits.per_minute} jobs a minute are allowed: to reach that would keep others out")
        if limits.per_hour - usage.jobs_last_hour <= limits.per_minute + 1 or \
                limits.per_day - usage.api_calls_today <= 10 * limits.per_minute:
            self.skipTest("the limits of the hour or the day are too near to use up a minute's")
        known = [("a", new_picture())]
        job_id = self.client.submit_job(known).job_id
        for _ in range(2 * limits.per_minute + 1):
            answer = call("POST", "/ocr/jobs", new_picture(), {"Content-Type": "image/png"})
            if answer.status != 202:
                break
        problem = self.assert_problem(answer, 429, "rate-limited")
        self.assertTrue(1 <= int(answer.headers["Retry-After"]) <= 60, answer.headers["Retry-After"])
        self.assertTrue(problem["error"])
        self.assertEqual(problem["usage"]["minute"], {"current": limits.per_minute, "limit": limits.per_minute})
        self.assertEqual(problem["usage"]["hour"]["limit"], limits.per_hour)
        self.assertEqual(problem["usage"]["day"]["limit"], limits.per_day)
        self.assertRegex(answer.headers["RateLimit"], r'^"minute";r=0;t=\d+$')
        self.assertLessEqual(self.client.get_usage().jobs_last_minute, limits.per_minute)
        again = self.client.submit_job(known)
        self.assertEqual((again.job_id, again.is_new), (job_id, False), "what is known is free, limit or not")


#: In this order: what uses up a limit comes last.
TESTS = (Health, Capacity, BadInput, Keys, Jobs, RateLimits)


def main():
    global randomness
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default=os.environ.get("GLYPHGATE_URL") or "http://127.0.0.1:8000")
    parser.add_argument("--key", default=os.environ.get("GLYPHGATE_API_KEY") or None)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(64),
                        help="of the pictures that are drawn; a seed used before draws known ones")
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("tests", nargs="*", metavar="TEST")
    parser.parse_args(namespace=settings)
    randomness = random.Random(settings.seed)
    print(f"{settings.url}, seed {settings.seed}", file=sys.stderr)
    try:
        with OCRClient(settings.url, settings.key) as client:
            client.get_health()
    except (ValueError, ServiceUnreachable) as error:
        parser.error(str(error))
    loader = unittest.defaultTestLoader
    if settings.tests:
        suite = loader.loadTestsFromNames(settings.tests, sys.modules[__name__])
    else:
        suite = unittest.TestSuite(map(loader.loadTestsFromTestCase, TESTS))
    result = unittest.TextTestRunner(verbosity=2 if settings.verbose else 1).run(suite)
    for test, reason in result.skipped:
        print(f"skipped {test.id().removeprefix('__main__.')}: {reason}", file=sys.stderr)
    sys.exit(not result.wasSuccessful())


if __name__ == "__main__":
    main()
