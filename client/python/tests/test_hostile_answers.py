"""Whatever a server answers, what comes of it is a GlyphgateError."""

import concurrent.futures
import copy
import json
import multiprocessing
import pickle
import random
import unittest
from unittest import mock

import glyphgate
from glyphgate import (GlyphgateError, InvalidRequest, Job, JobFailed, JobTimeout, NotFound, OCRClient, PictureResult,
                       RequestError, ServiceError, UnexpectedAnswer)
from glyphgate.errors import service_error

from .fake_service import job_json
from .raw_server import RawServer, answer_with
from .scripted_server import Reply, ScriptedServer, problem
from .test_client import USAGE

DEEP = b"[" * 200_000
CAPACITY = {"max_images": 757, "limits": {"by_height": 757, "by_pixels": 1173, "by_file_size": 924, "by_config": 950},
            "limiting_factor": "height", "estimated_file_size_mb": 12.28}
HEALTH = {"status": "healthy", "version": "9", "engine": "google", "google_cloud_available": True,
          "circuit_breaker": {"state": "open", "failures": 5, "threshold": 5, "last_failure": 3, "retry_after": 297},
          "job_storage": {"total_jobs": 2, "by_status": {"failed": 2}}, "config": {"x": {"y": 1}},
          "queue": {"waiting": 1, "running": 2, "capacity": 3}, "usage": USAGE,
          "engines": [{"name": "ppocr", "version": "4", "languages": ["en"]}, {"name": "x", "absent": "why"}]}
WHOLE_USAGE = {"usage": USAGE, "limits": {"per_minute": 10, "per_hour": 100, "per_day": 1000},
               "cost": {"api_calls": 4, "images_processed": 40, "images_from_cache": 5, "estimated_usd": 0.006,
                        "saved_usd": 0.0615,
                        "local_first": {"images_answered": 3, "images_repeated": 2, "saved_usd": 0.0015,
                                        "jobs_in_sieve": 1, "sieve_failures": 0}}}
JOB = job_json("j", ids_and_texts=[("a", "hi")], waits_for="company", waits_until="2026-01-05T10:30:00.123Z")
JOB["result"]["cost"] = {"calls": 0.5, "estimated_usd": 0.00075}
QUOTE = {"accepted": True, "job_id": "j", "images": {"total": 1, "known": 0, "repeated": 0, "sent": 1, "riding": 0,
                                                            "joining": 0, "new": 1},
         "calls": 1, "estimated_usd": 0.0015, "waits_for": "budget", "refused": None, "retry_after": None}
SUBMISSION = {"job_id": "j", "status": "pending", "message": "m"}

#: A good answer, and the call that takes it.
CALLS = [
    (CAPACITY, lambda client: client.get_capacity(1, 1)),
    (HEALTH, lambda client: client.get_health()),
    (WHOLE_USAGE, lambda client: client.get_usage()),
    (JOB, lambda client: client.get_job_status("j")),
    (JOB, lambda client: client.wait_for_job("j", timeout=1)),
    (SUBMISSION, lambda client: client.submit_job(b"x")),
    (QUOTE, lambda client: client.quote(b"x")),
    (SUBMISSION, lambda client: client.process_batch(b"x", timeout=1)),
    ({"jobs": [{**JOB, "result": None}], "next_cursor": None}, lambda client: list(client.list_jobs())),
]
WRONG = [None, True, 5, -1.5, 10**400, "", "boom", "\ud800", [], ["x"], {}, {"x": 1}, [[]]]


def paths_in(value, path=()):
    """Where in a JSON value something is."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in inner:
        yield from paths_in(member, (*path, key))


def replaced(value, path, by):
    if not path:
        return by
    changed = copy.copy(value)
    changed[path[0]] = replaced(value[path[0]], path[1:], by)
    return changed


class HostileAnswerTest(unittest.TestCase):
    def setUp(self):
        self.reply = None
        self.server = ScriptedServer(lambda _: self.reply)
        self.addCleanup(self.server.close)
        self.client = OCRClient(self.server.url, retry_for=0)
        self.addCleanup(self.client.close)

    def assert_contained(self, call, what):
        try:
            repr(call(self.client))
        except GlyphgateError as error:
            str(error)
            pickle.dumps(error)
        except Exception as error:
            self.fail(f"{type(error).__name__}: {error} escapes from {what!r}")

    def test_any_member_of_any_type(self):
        for answer, call in CALLS:
            for path in paths_in(answer):
                for wrong in WRONG:
                    changed = replaced(answer, path, wrong)
                    self.reply = Reply(200, json.dumps(changed).encode())
                    self.assert_contained(call, (path, wrong))

    def test_members_that_are_missing(self):
        for answer, call in CALLS:
            for path in paths_in(answer):
                if path and isinstance(path[-1], str):
                    changed = copy.deepcopy(answer)
                    parent = changed
                    for key in path[:-1]:
                        parent = parent[key]
                    del parent[path[-1]]
                    self.reply = Reply(200, json.dumps(changed).encode())
                    self.assert_contained(call, path)

    def test_bodies_that_are_no_json(self):
        for body in (DEEP, b'{"a":' * 200_000, b"", b"\xff\xfe", b"NaN", b"1" * 5000, b"\0", b"<html>", b"null"):
            for status in (200, 202, 204, 304, 400, 422, 429, 500, 503, 599):
                for _, call in CALLS:
                    self.reply = Reply(status, body if status not in (204, 304) else b"")
                    self.assert_contained(call, (status, body[:10]))

    def test_problems_of_any_form(self):
        good = {"type": "t", "title": "T", "detail": "d", "errors": [{"image": "a", "field": "f", "detail": "d"}]}
        for status in (400, 404, 413, 422, 503):
            for path in paths_in(good):
                for wrong in WRONG:
                    self.reply = Reply(status, json.dumps(replaced(good, path, wrong)).encode())
                    for _, call in CALLS[:1] + CALLS[-3:]:
                        self.assert_contained(call, (path, wrong))

    def test_retry_after_of_any_form(self):
        for value in ("\xb2", "-1", "1.5", "9" * 400, "", " ", "Mon, 01 Jan 0001 00:00:00 -0000", "Mon", "nan",
                      "Fri, 31 Dec 9999 23:59:59 -2359", "Mon, 99 Foo 2026 99:99:99 GMT"):
            self.reply = problem(503, headers={"Retry-After": value})
            self.assert_contained(lambda client: client.get_health(), value)

    def test_a_problem_that_nests_deep_can_be_pickled(self):
        self.reply = Reply(422, b'{"detail":"d","more":' + b"[" * 900 + b"]" * 900 + b"}")
        with self.assertRaises(InvalidRequest) as caught:
            self.client.submit_job(b"x")
        self.assertEqual(pickle.loads(pickle.dumps(caught.exception)).status, 422)

    def test_a_string_of_errors_is_none(self):
        self.reply = Reply(422, {"errors": "boom", "title": "No", "detail": "the reason"})
        with self.assertRaisesRegex(InvalidRequest, "422 No: the reason") as caught:
            self.client.submit_job(b"x")
        self.assertEqual(caught.exception.errors, ())

    def test_numbers_for_times(self):
        self.reply = Reply(200, {**JOB, "created_at": 1767609000})
        with self.assertRaises(UnexpectedAnswer):
            self.client.get_job_status("j")

    def test_a_422_of_one_field_says_its_reason(self):
        self.reply = problem(422, "invalid-request", detail="1 thing is wrong",
                             errors=[{"field": "language_hints", "detail": "xx is not installed"}])
        with self.assertRaisesRegex(InvalidRequest, "language_hints: xx is not installed"):
            self.client.submit_job(b"x", "xx")

    def test_a_list_whose_pages_never_end(self):
        self.reply = Reply(200, {"jobs": [], "next_cursor": "1"})
        with self.assertRaisesRegex(UnexpectedAnswer, "the same page again"):
            list(self.client.list_jobs())


class HostileBytesTest(unittest.TestCase):
    """Answers that are not HTTP, or that lie about themselves."""

    def end_of(self, raw):
        with RawServer(answer_with(raw)) as server, OCRClient(server.url, retry_for=0, timeout=1) as client:
            with self.assertRaises(GlyphgateError) as caught:
                client.get_health()
            return caught.exception

    def test_each(self):
        for raw in (
                b"hello", b"\0" * 1000, b"HTTP/1.1", b"HTTP/1.1 abc OK\r\n\r\n", b"HTTP/9.9 200 OK\r\n\r\n",
                b"HTTP/1.1 99999 OK\r\n\r\n", b"HTTP/1.1 -200 OK\r\n\r\n",
                b"HTTP/1.1 101 Switching Protocols\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\n\r\n",
                b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 1000, b"HTTP/1.1 200 OK\r\nA: " + b"b" * 100_000,
                b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000000\r\n\r\nx",
                b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nx",
                b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx",
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nabc\r\n",
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nabc\r\n",
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\nabc\r\n",
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
                b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08"):
            with self.subTest(raw[:70]):
                self.end_of(raw)

    def test_a_success_that_is_cut_is_not_parsed(self):
        whole = json.dumps(HEALTH).encode()
        error = self.end_of(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(whole) + 1) + whole)
        self.assertIsInstance(error, glyphgate.ServiceUnreachable)

    def test_an_answer_that_is_cut_anywhere_is_tried_again(self):
        body = json.dumps(SUBMISSION).encode()
        whole = b"HTTP/1.1 202 Accepted\r\nX: y\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        for end in range(len(whole)):
            left = [whole[:end], whole]
            with RawServer(lambda connection: answer_with(left.pop(0))(connection)) as server:
                with OCRClient(server.url) as client, mock.patch("glyphgate.interrupt.pause"):
                    self.assertEqual(client.submit_job(b"x").job_id, "j", whole[:end])
            self.assertEqual(left, [], whole[:end])

    def test_bytes_at_random(self):
        randomness = random.Random(1)
        good = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 6\r\n\r\n\"hallo\""
        for _ in range(150):
            raw = bytearray(good)
            for _ in range(randomness.randint(1, 6)):
                raw[randomness.randrange(len(raw))] = randomness.randrange(256)
            with self.subTest(bytes(raw)):
                self.end_of(bytes(raw))


def raise_not_found():
    raise service_error(404, {"title": "Not found", "detail": "no job", "errors": [{"image": 1, "detail": "d"}]}, 3.0,
                        "r-1")


class PickleTest(unittest.TestCase):
    def kinds(self, base=GlyphgateError):
        for kind in base.__subclasses__():
            yield kind
            yield from self.kinds(kind)

    def made(self, kind):
        if issubclass(kind, ServiceError):
            return kind(404, {"title": "T", "limit": {"x": 1}, "errors": [{"field": "f", "detail": "d"}]}, 7.0, "r-1")
        if issubclass(kind, JobFailed):
            return kind(Job.from_json(JOB))
        if issubclass(kind, JobTimeout):
            return kind("too late", ["j", "k"])
        return kind("a message")

    def test_every_error_comes_back_as_it_was(self):
        kinds = list(self.kinds())
        self.assertGreater(len(kinds), 15)
        for kind in kinds:
            error = self.made(kind)
            error.results = [PictureResult("a", "text", ())]
            for back in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
                with self.subTest(kind):
                    self.assertIs(type(back), kind)
                    self.assertEqual(str(back), str(error))
                    self.assertEqual(back.__dict__.keys(), error.__dict__.keys())
                    self.assertEqual(list(back.results), error.results)
        back = pickle.loads(pickle.dumps(self.made(NotFound)))
        self.assertEqual((back.status, back.title, back.retry_after, back.request_id), (404, "T", 7.0, "r-1"))
        self.assertEqual((back.errors, back.problem["limit"]), ((RequestError("d", field="f"),), {"x": 1}))
        self.assertEqual(pickle.loads(pickle.dumps(self.made(JobTimeout))).job_ids, ("j", "k"))
        self.assertEqual(pickle.loads(pickle.dumps(self.made(JobFailed))).job.job_id, "j")

    def test_a_worker_of_a_process_pool_can_raise_one(self):
        context = multiprocessing.get_context("spawn")
        with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
            with self.assertRaisesRegex(NotFound, "404 Not found: 1: d"):
                pool.submit(raise_not_found).result(timeout=60)
            self.assertEqual(pool.submit(len, "abc").result(timeout=60), 3)
