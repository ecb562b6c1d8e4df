import datetime
import unittest
from unittest import mock

from glyphgate import (Box, Character, Engine, InvalidRequest, Job, JobCost, JobFailed, JobTimeout, LocalFirst,
                       NotFound, OCRClient, PictureError, PictureResult, Submission)

from .fake_service import form_parts, job_json
from .scripted_server import Reply, ScriptedServer, problem

USAGE = {"jobs_last_minute": 1, "jobs_last_hour": 2, "jobs_today": 3, "api_calls_today": 4,
         "oldest_job_today": "2026-01-05T10:30:00.123Z"}


class ClientTest(unittest.TestCase):
    def client(self, *replies):
        self.server = ScriptedServer(replies)
        self.addCleanup(self.server.close)
        client = OCRClient(self.server.url)
        self.addCleanup(client.close)
        return client

    def test_submit_job(self):
        client = self.client(Reply(202, {"job_id": "j", "status": "pending", "message": "m"}),
                             Reply(200, {"job_id": "j", "status": "completed", "message": "m"}))
        self.assertEqual(client.submit_job([("a", b"1"), b"2"], ["zh", "en"]), Submission("j", "pending", "m", True))
        self.assertEqual(form_parts(self.server.requests[0]),
                         [("language_hints", None, b"zh,en"), ("files", "a", b"1"), ("files", "image_2", b"2")])
        self.assertFalse(client.submit_job(b"1", "zh, en").is_new)
        self.assertEqual(form_parts(self.server.requests[1])[0], ("language_hints", None, b"zh,en"))

    def test_ids_survive_quoting(self):
        client = self.client(Reply(202, {"job_id": "j", "status": "pending", "message": "m"}))
        client.submit_job([('ä "quoted" \\ 图.png', b"1")])
        self.assertEqual(form_parts(self.server.requests[0]), [("files", 'ä "quoted" \\ 图.png', b"1")])

    def test_a_delay_is_a_field_of_the_form(self):
        client = self.client(Reply(202, {"job_id": "j", "status": "pending", "message": "m"}))
        client.submit_job(b"1", max_delay=0)
        client.submit_job(b"1", "zh", max_delay=3600)
        client.submit_job(b"1")
        self.assertEqual([form_parts(r)[:-1] for r in self.server.requests],
                         [[("max_delay_seconds", None, b"0")],
                          [("language_hints", None, b"zh"), ("max_delay_seconds", None, b"3600")], []])
        for wrong in (-1, 1.5, 60.0, "60", True):
            for call in (client.submit_job, client.quote, client.process_batch):
                with self.assertRaisesRegex(ValueError, "max_delay is .* must be a whole number of seconds, or None"):
                    call(b"1", max_delay=wrong)
        self.assertEqual(len(self.server.requests), 3)

    def test_what_to_do_on_errors_is_a_field_of_the_form(self):
        client = self.client(Reply(202, {"job_id": "j", "status": "pending", "message": "m"}))
        client.submit_job(b"1", on_error="skip")
        client.submit_job(b"1", max_delay=1, on_error="refuse")
        client.submit_job(b"1")
        self.assertEqual([form_parts(r)[:-1] for r in self.server.requests],
                         [[("on_error", None, b"skip")],
                          [("max_delay_seconds", None, b"1"), ("on_error", None, b"refuse")], []])
        for wrong in ("", "Skip", True, 1):
            for call in (client.submit_job, client.quote, client.process_batch):
                with self.assertRaisesRegex(ValueError, "on_error is .* must be 'refuse', 'skip' or None"):
                    call(b"1", on_error=wrong)
        self.assertEqual(len(self.server.requests), 3)

    def test_near_duplicates_are_a_field_of_the_form(self):
        client = self.client(Reply(202, {"job_id": "j", "status": "pending", "message": "m"}))
        client.submit_job(b"1", near_duplicates=True)
        client.submit_job(b"1", on_error="skip", near_duplicates=False)
        client.submit_job(b"1")
        self.assertEqual([form_parts(r)[:-1] for r in self.server.requests],
                         [[("near_duplicates", None, b"true")],
                          [("on_error", None, b"skip"), ("near_duplicates", None, b"false")], []])
        for wrong in ("", "true", 2):
            for call in (client.submit_job, client.quote, client.process_batch):
                with self.assertRaisesRegex(ValueError, "near_duplicates is .* must be True, False or None"):
                    call(b"1", near_duplicates=wrong)
        self.assertEqual(len(self.server.requests), 3)

    def test_who_read_a_picture_and_whose_reading_it_has(self):
        view = job_json("j", ids_and_texts=[("a", "x"), ("b", "x")])
        view["result"]["results"][0]["engine"] = "ppocr"
        view["result"]["results"][1]["same_as"] = view["result"]["results"][0]["id"]
        job = self.client(Reply(200, view)).get_job_status("j")
        first = job.result.results[0].id
        self.assertEqual([(r.engine, r.same_as) for r in job.result.results], [("ppocr", None), (None, first)])

    def test_warnings(self):
        view = job_json("j", ids_and_texts=[("a", "x"), ("b", "y"), ("c", "z")])
        # An older service does not tell.
        view["result"]["results"][0]["warning"] = "the last 3 of 40 rows are missing"
        view["result"]["results"][1]["warning"] = None
        job = self.client(Reply(200, view)).get_job_status("j")
        self.assertEqual([(r.ok, r.warning) for r in job.result.results],
                         [(True, "the last 3 of 40 rows are missing"), (True, None), (True, None)])

    def test_no_picture_no_job(self):
        client = self.client(problem(500))
        with self.assertRaises(PictureError):
            client.submit_job([])
        self.assertEqual(self.server.requests, [])

    def test_get_job_status(self):
        client = self.client(Reply(200, job_json("j", ids_and_texts=[("a", "hi")], processing_time_ms=12)))
        job = client.get_job_status("j", wait=5)
        self.assertEqual(self.server.targets, ["GET /ocr/jobs/j?wait=5"])
        self.assertEqual(job.created_at, datetime.datetime(2026, 1, 5, 10, 30, 0, 123000, datetime.timezone.utc))
        self.assertTrue(job.ended)
        self.assertEqual((job.processing_time_ms, job.images_done, job.images_count), (12, 1, 1))
        self.assertEqual(job.result.results, (PictureResult("a", "hi", (
            Character("h", Box(0, 2, 3, 4), 0.9), Character("i", Box(1, 2, 3, 4), 0.9)), None, "j"),))
        self.assertEqual((job.result.results[0].confidence, job.result.results[0].char_count), (0.9, 2))
        client = self.client(Reply(200, job_json("a/b?c")))
        client.get_job_status("a/b?c")
        self.assertEqual(self.server.targets, ["GET /ocr/jobs/a%2Fb%3Fc"])

    def test_what_a_job_waits_for(self):
        job = self.client(Reply(200, job_json("j", "pending", waits_for="budget",
                                              waits_until="2026-01-05T10:30:00.123Z"))).get_job_status("j")
        self.assertEqual((job.waits_for, job.waits_until), ("budget", datetime.datetime(
            2026, 1, 5, 10, 30, 0, 123000, datetime.timezone.utc)))
        job = self.client(Reply(200, job_json("j", waits_for=None, waits_until=None))).get_job_status("j")
        self.assertEqual((job.waits_for, job.waits_until), (None, None))
        # An older service does not tell.
        job = self.client(Reply(200, job_json("j", "pending"))).get_job_status("j")
        self.assertEqual((job.waits_for, job.waits_until), (None, None))

    def test_what_a_job_paid(self):
        result = {**job_json("j")["result"], "cost": {"calls": 0.0123, "estimated_usd": 0.000018}}
        job = self.client(Reply(200, job_json("j", result=result))).get_job_status("j")
        self.assertEqual(job.result.cost, JobCost(0.0123, 0.000018))
        # An older service does not tell.
        self.assertIsNone(self.client(Reply(200, job_json("j"))).get_job_status("j").result.cost)

    def test_results_are_frozen(self):
        job = self.client(Reply(200, job_json("j"))).get_job_status("j")
        with self.assertRaises(AttributeError):
            job.status = "failed"

    def test_wait_for_job_polls_long(self):
        client = self.client(Reply(200, job_json("j", "processing")), Reply(200, job_json("j")))
        with mock.patch("glyphgate.interrupt.pause") as pause:
            self.assertEqual(client.wait_for_job("j").status, "completed")
        self.assertEqual(self.server.targets, ["GET /ocr/jobs/j?wait=55"] * 2)
        # It was answered at once, as by a service that stops.
        pause.assert_called_once_with(1.0)

    def test_wait_for_job_tells_other_ends_apart(self):
        for status in ("failed", "cancelled"):
            client = self.client(Reply(200, job_json("j", status, error="because")))
            with self.assertRaisesRegex(JobFailed, "j (failed|was cancelled): because") as caught:
                client.wait_for_job("j")
            self.assertEqual(caught.exception.job.status, status)
        with self.assertRaises(NotFound):
            self.client(problem(404)).wait_for_job("j")

    def test_wait_for_job_ends_in_time(self):
        client = self.client(Reply(200, job_json("j", "pending")))
        with self.assertRaises(TimeoutError) as caught:
            client.wait_for_job("j", timeout=0.3)
        self.assertIsInstance(caught.exception, JobTimeout)
        self.assertEqual(caught.exception.job_ids, ("j",))
        self.assertLess(len(self.server.requests), 7)

    def test_quote(self):
        client = self.client(
            Reply(200, {"accepted": True, "job_id": None, "images": {"total": 4, "known": 1, "repeated": 1, "sent": 2},
                        "calls": 1, "estimated_usd": 0.0015, "refused": None, "retry_after": None}),
            Reply(200, {"accepted": False, "job_id": None, "images": None, "calls": None, "estimated_usd": None,
                        "refused": {"type": "urn:glyphgate:problem:rate-limited", "status": 429}, "retry_after": 17}))
        quote = client.quote([("a", b"x")], "zh")
        self.assertEqual((self.server.requests[0].method, self.server.requests[0].target),
                         ("POST", "/ocr/jobs?dry_run=true"))
        self.assertIn(b"zh", self.server.requests[0].body)
        self.assertEqual((quote.accepted, quote.known, quote.repeated, quote.sent, quote.calls, quote.estimated_usd),
                         (True, 1, 1, 2, 1, 0.0015))
        # An older service shares no calls.
        self.assertEqual((quote.riding, quote.joining, quote.new, quote.skipped, quote.waits_for), (0, 0, 2, 0, None))
        # A refusal is told, and is no reason to try again.
        refused = client.quote(b"x")
        self.assertEqual((refused.accepted, refused.calls, refused.refused["status"], refused.retry_after),
                         (False, None, 429, 17))
        self.assertEqual((refused.riding, refused.joining, refused.new, refused.skipped), (None,) * 4)
        self.assertEqual(len(self.server.requests), 2)

    def test_quote_of_shared_calls(self):
        client = self.client(Reply(200, {
            "accepted": True, "job_id": None, "images": {"total": 6, "known": 0, "repeated": 0, "sent": 6, "riding": 1,
                                                         "joining": 2, "new": 3, "refused": 4},
            "calls": 1, "estimated_usd": 0.0015, "waits_for": "budget", "refused": None, "retry_after": None}))
        quote = client.quote(b"x", max_delay=60, on_error="skip")
        self.assertEqual(form_parts(self.server.requests[0])[:2],
                         [("max_delay_seconds", None, b"60"), ("on_error", None, b"skip")])
        self.assertEqual((quote.sent, quote.riding, quote.joining, quote.new, quote.skipped, quote.waits_for),
                         (6, 1, 2, 3, 4, "budget"))

    def test_get_capacity(self):
        client = self.client(Reply(200, {
            "max_images": 757, "limits": {"by_height": 757, "by_pixels": 1173, "by_file_size": 924, "by_config": 950},
            "limiting_factor": "height", "estimated_file_size_mb": 12.28}))
        capacity = client.get_capacity(666, 64)
        self.assertEqual(self.server.requests[0].body, b'{"width": 666, "height": 64}')
        self.assertEqual((capacity.max_images, capacity.by_height, capacity.by_pixels, capacity.by_file_size,
                          capacity.by_config, capacity.limiting_factor, capacity.estimated_file_size_mb),
                         (757, 757, 1173, 924, 950, "height", 12.28))
        with self.assertRaises(InvalidRequest):
            self.client(problem(422)).get_capacity(0, 1)

    def test_get_usage(self):
        usage = self.client(Reply(200, {
            "usage": USAGE, "limits": {"per_minute": 10, "per_hour": 100, "per_day": 1000},
            "cost": {"api_calls": 4, "images_processed": 40, "images_from_cache": 5, "estimated_usd": 0.006,
                     "saved_usd": 0.0615}})).get_usage()
        self.assertEqual((usage.jobs_last_minute, usage.jobs_last_hour, usage.jobs_today, usage.api_calls_today),
                         (1, 2, 3, 4))
        self.assertEqual(usage.oldest_job_today.year, 2026)
        self.assertEqual((usage.limits.per_minute, usage.limits.per_hour, usage.limits.per_day), (10, 100, 1000))
        self.assertEqual((usage.cost.api_calls, usage.cost.saved_usd), (4, 0.0615))
        self.assertIsNone(usage.cost.local_first)

    def test_get_usage_of_a_service_that_reads_local_first(self):
        usage = self.client(Reply(200, {
            "usage": USAGE, "limits": {"per_minute": 10, "per_hour": 100, "per_day": 1000},
            "cost": {"api_calls": 4, "images_processed": 40, "images_from_cache": 5, "estimated_usd": 0.006,
                     "saved_usd": 0.0615,
                     "local_first": {"images_answered": 3, "images_repeated": 2, "saved_usd": 0.0015,
                                     "jobs_in_sieve": 1, "sieve_failures": 0}}})).get_usage()
        self.assertEqual(usage.cost.local_first, LocalFirst(3, 2, 0.0015, 1, 0))

    def test_get_health_does_not_mind_members_that_it_does_not_know(self):
        health = self.client(Reply(200, {
            "status": "degraded", "version": "9", "engine": "google", "google_cloud_available": True,
            "circuit_breaker": {"state": "open", "failures": 5, "threshold": 5, "last_failure": 3, "retry_after": 297,
                                "new": 1},
            "job_storage": {"total_jobs": 2, "by_status": {"failed": 2}, "ttl_seconds": 60},
            "queue": {"waiting": 1, "running": 2, "capacity": 3}, "usage": USAGE, "config": {"x": {"y": 1}},
            "engines": [{"name": "ppocr", "absent": "its parts are not there"},
                        {"name": "tesseract", "version": "5", "languages": ["eng", "deu"], "new": 1}],
            "new": {}})).get_health()
        self.assertEqual((health.status, health.engine, health.circuit_breaker.state,
                          health.circuit_breaker.retry_after), ("degraded", "google", "open", 297))
        self.assertEqual((health.jobs_by_status, health.queue_capacity, health.config), ({"failed": 2}, 3,
                                                                                       {"x": {"y": 1}}))
        self.assertIsNone(health.usage.limits)
        self.assertEqual(health.engines, (Engine("ppocr", None, (), "its parts are not there"),
                                          Engine("tesseract", "5", ("eng", "deu"), None)))

    def test_get_health_of_a_service_whose_parts_do_not_answer(self):
        health = self.client(Reply(200, {
            "status": "degraded", "version": "9", "engine": "google", "google_cloud_available": True,
            "circuit_breaker": {"state": None, "failures": None, "threshold": 5, "last_failure": None,
                                "last_error": None, "retry_after": None},
            "job_storage": {"works": None, "total_jobs": None, "by_status": None, "ttl_seconds": 60},
            "queue": {"waiting": None, "running": None, "capacity": 3},
            "usage": dict.fromkeys(USAGE), "config": {}})).get_health()
        self.assertEqual((health.status, health.circuit_breaker.threshold, health.queue_capacity), ("degraded", 5, 3))
        self.assertEqual(health.engines, ())
        for unknown in (health.circuit_breaker.state, health.total_jobs, health.jobs_by_status, health.queue_waiting,
                        health.usage):
            self.assertIsNone(unknown)

    def test_cancel_job(self):
        self.client(Reply(204)).cancel_job("j")
        self.assertEqual(self.server.targets, ["DELETE /ocr/jobs/j"])

    def test_list_jobs_walks_all_pages_as_needed(self):
        client = self.client(Reply(200, {"jobs": [job_json("1"), job_json("2")], "next_cursor": "17"}),
                             Reply(200, {"jobs": [job_json("3")], "next_cursor": None}))
        jobs = client.list_jobs("completed", page_size=2)
        self.assertIsInstance(next(jobs), Job)
        self.assertEqual(len(self.server.requests), 1)
        self.assertEqual([job.job_id for job in jobs], ["2", "3"])
        self.assertEqual(self.server.targets, ["GET /ocr/jobs?limit=2&status=completed",
                                               "GET /ocr/jobs?limit=2&status=completed&cursor=17"])
