import math
import pathlib
import tempfile
import unittest
from unittest import mock

from glyphgate import InvalidRequest, JobTimeout, NotAuthorised, OCRClient, RateLimited, ServiceUnreachable

from .fake_service import FakeService, job_json
from .images import png
from .scripted_server import RESET, problem


def batch(count):
    """Pictures "0" to "count - 1", each with its own bytes."""
    return [(str(n), png(100 + n, 50)) for n in range(count)]


class ProcessBatchTest(unittest.TestCase):
    def setUp(self):
        self.service = FakeService()
        self.addCleanup(self.service.close)
        self.pauses = []
        patch = mock.patch("glyphgate.interrupt.pause", self.pauses.append)
        patch.start()
        self.addCleanup(patch.stop)

    def process(self, pictures, *arguments, **options):
        with OCRClient(self.service.url, retry_for=options.pop("retry_for", 120),
                       max_body_mb=options.pop("max_body_mb", 40)) as client:
            return client.process_batch(pictures, *arguments, **options)

    def test_one_job(self):
        results = self.process([("a", b"hello"), ("b", b"world")], "zh")
        self.assertEqual([(r.id, r.text, r.ok, r.job_id) for r in results],
                         [("a", "hello", True, "job0"), ("b", "world", True, "job0")])
        self.assertEqual(self.service.hints, [["zh"]])

    def test_nothing_costs_nothing(self):
        self.assertEqual(self.process([]), [])
        self.assertEqual(self.service.requests, [])

    def test_a_batch_is_split_by_capacity_and_keeps_its_order(self):
        self.service.max_images = 3
        pictures = [(str(n), png(100, 50) + bytes([n])) for n in range(20)]
        results = self.process(pictures)
        self.assertEqual([r.id for r in results], [i for i, _ in pictures])
        self.assertEqual([r.text.encode("latin-1") for r in results], [data for _, data in pictures])
        self.assertEqual([len(job) for job in self.service.jobs], [3, 3, 3, 3, 3, 3, 2])
        self.assertEqual(self.service.targets.count("POST /capacity"), 1)

    def test_a_batch_is_split_by_the_size_of_a_body(self):
        self.process([("a", b"x" * 600_000), ("b", b"x" * 400_000), ("c", b"x" * 600_000)], max_body_mb=1)
        self.assertEqual(self.service.jobs, [["a", "b"], ["c"]])

    def test_a_body_that_is_refused_all_the_same_is_halved(self):
        self.service.max_body = 1200
        results = self.process([(str(n), b"x" * 300) for n in range(7)])
        self.assertEqual(len(results), 7)
        self.assertTrue(all(r.ok for r in results))
        self.assertEqual([i for job in self.service.jobs for i in job], [str(n) for n in range(7)])
        self.assertTrue(all(len(job) <= 2 for job in self.service.jobs), self.service.jobs)

    def test_a_picture_that_no_body_holds_fails_alone(self):
        self.service.max_body = 1200
        results = self.process([("a", b"x"), ("b", b"x" * 2000), ("c", b"x")])
        self.assertEqual([r.id for r in results if r.ok], ["a", "c"])
        self.assertIn("413", results[1].error)

    def test_pictures_that_are_refused_fail_alone(self):
        self.service.culprits = {"1": "the file is a GIF", "3": "it is empty"}
        results = self.process(batch(5))
        self.assertEqual([r.error for r in results], [None, "the file is a GIF", None, "it is empty", None])
        self.assertIsNone(results[1].job_id)
        self.assertEqual(self.service.jobs, [["0", "2", "4"]])

    def test_pictures_may_be_skipped_by_the_service(self):
        view = job_json("job0", ids_and_texts=[("0", "a"), ("1", "")])
        view["result"]["results"][1]["error"] = "the file is a PDF"
        self.service.fates[0] = view
        self.assertEqual([(r.text, r.error) for r in self.process(batch(2), on_error="skip")],
                         [("a", None), ("", "the file is a PDF")])
        self.assertEqual(self.service.on_errors, [["skip"]])

    def test_each_page_of_a_file_has_a_result(self):
        self.service.max_images = 2
        self.service.fates[0] = job_json("job0", ids_and_texts=[("a#1", "one"), ("a#2", "two"), ("1#b", "x")])
        self.service.fates[1] = job_json("job1", ids_and_texts=[("c#1", "y"), ("c#x", "no page"), ("d#1", "no file")])
        results = self.process([("a", png(9, 9)), ("1#b", png(9, 9)), ("c#1", png(9, 9))])
        self.assertEqual([(r.id, r.text) for r in results], [("a#1", "one"), ("a#2", "two"), ("1#b", "x"), ("c#1", "y")])

    def test_a_page_that_is_refused_fails_its_file(self):
        self.service.refusals = [problem(422, errors=[{"image": "1#2", "detail": "it is damaged"},
                                                      {"image": "1#3", "detail": "it is damaged, too"}])]
        self.assertEqual([r.error for r in self.process(batch(3))], [None, "1#2: it is damaged", None])
        self.assertEqual(self.service.jobs, [["0", "2"]])

    def test_all_may_be_refused(self):
        self.service.culprits = {"0": "no", "1": "no"}
        self.assertEqual([r.error for r in self.process(batch(2))], ["no", "no"])
        self.assertEqual(self.service.jobs, [])

    def test_a_refusal_of_the_request_fails_the_batch(self):
        self.service.refusals = [problem(422, errors=[{"field": "language_hints", "detail": "xx is not known"},
                                                      {"image": "0", "detail": "it is empty"}])]
        with self.assertRaisesRegex(InvalidRequest, "xx is not known"):
            self.process(batch(2), "xx")

    def test_a_picture_that_cannot_be_read_fails_alone(self):
        view = job_json("job0", ids_and_texts=[("0", "a"), ("1", "")])
        view["result"]["results"][1]["error"] = "it cannot be decoded"
        self.service.fates[0] = view
        self.assertEqual([(r.text, r.error) for r in self.process(batch(2))],
                         [("a", None), ("", "it cannot be decoded")])

    def test_what_befalls_a_job_is_told_for_each_of_its_pictures(self):
        self.service.max_images = 1
        self.service.fates = {0: {"status": "failed", "result": None, "error": "the engine refused"},
                              1: {"status": "cancelled", "result": None},
                              2: problem(404, detail="no job of that id is kept")}
        results = self.process(batch(4))
        self.assertEqual([r.error for r in results], ["the engine refused", "job job1 is cancelled",
                                                      "no job of that id is kept", None])
        self.assertEqual([r.job_id for r in results], ["job0", "job1", "job2", "job3"])

    def test_a_job_that_failed_tells_each_pictures_own_error(self):
        view = job_json("job0", ids_and_texts=[("0", "")], error="every image failed")
        view["result"]["results"][0]["error"] = "it cannot be decoded"
        self.service.fates[0] = {**view, "status": "failed"}
        self.assertEqual(self.process(batch(1))[0].error, "it cannot be decoded")

    def test_what_runs_is_collected_before_a_long_wait(self):
        self.service.max_images = 1

        def limited(request):
            # The second post is refused once.
            if request.method == "POST" and len(self.service.jobs) == 1 and not refused:
                refused.append(request)
                return problem(429, headers={"Retry-After": "50"})
            return reply(request)

        refused = []
        reply, self.service._answer = self.service._reply, limited
        results = self.process(batch(2))
        self.assertTrue(all(r.ok for r in results))
        self.assertEqual(self.service.targets, ["POST /capacity", "POST /ocr/jobs", "POST /ocr/jobs",
                                                "GET /ocr/jobs/job0?wait=2", "POST /ocr/jobs",
                                                "GET /ocr/jobs/job1?wait=2"])

    def test_an_error_has_what_was_read_before(self):
        self.service.max_images = 2
        for refusal, kind in [(problem(429, headers={"Retry-After": "3600"}), RateLimited),
                              (RESET, ServiceUnreachable)]:
            self.service.jobs.clear()

            def answer(request, refusal=refusal):
                is_post = request.target == "/ocr/jobs"
                return refusal if is_post and len(self.service.jobs) == 2 else self.service._reply(request)

            self.service._answer = answer
            with self.subTest(kind), self.assertRaises(kind) as caught:
                self.process(batch(6), retry_for=1)
            self.assertEqual([r.id for r in caught.exception.results], ["0", "1", "2", "3"])

    def test_limits_are_waited_for(self):
        self.service.refusals = [problem(429, headers={"Retry-After": "60"})] * 3
        self.assertTrue(self.process(batch(1), retry_for=math.inf)[0].ok)
        self.assertEqual(len(self.pauses), 3)
        self.assertGreaterEqual(min(self.pauses), 60)

    def test_the_time_of_a_batch_can_be_bounded(self):
        self.service.max_images = 1
        self.service.fates[1] = {"status": "processing", "result": None}
        with self.assertRaisesRegex(JobTimeout, "1 of 3 pictures") as caught:
            self.process(batch(3), timeout=0.2)
        self.assertEqual([r.id for r in caught.exception.results], ["0"])
        self.assertEqual(caught.exception.job_ids, ("job1", "job2"))

    def test_a_file_that_vanishes_fails_alone(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            for n in range(5):
                (folder / f"{n}.png").write_bytes(png(9, 9) + bytes([n]))
            self.service.max_images = 2
            reply = self.service._reply

            def answer(request):
                if request.target == "/ocr/jobs" and len(self.service.jobs) == 0:
                    for gone in ("1.png", "2.png", "3.png"):
                        (folder / gone).unlink(missing_ok=True)
                return reply(request)

            self.service._answer = answer
            results = self.process(sorted(folder.iterdir()))
        self.assertEqual([r.id for r in results], ["0.png", "1.png", "2.png", "3.png", "4.png"])
        self.assertEqual([r.ok for r in results], [True, True, False, False, True])
        self.assertRegex(results[2].error, "2.png' cannot be read: No such file")
        # No job was made of nothing.
        self.assertEqual(self.service.jobs, [["0.png", "1.png"], ["4.png"]])

    def test_a_file_that_vanishes_before_it_is_measured(self):
        with tempfile.TemporaryDirectory() as name:
            path = pathlib.Path(name) / "a.png"
            path.write_bytes(png(9, 9))
            progress = []

            def pictures():
                yield path
                yield ("b", png(9, 9))
                path.unlink()

            results = self.process(pictures(), progress=lambda *told: progress.append(told))
        self.assertEqual([r.ok for r in results], [False, True])
        self.assertEqual(progress[-1], (2, 2))

    def test_a_final_refusal_loses_nothing_that_runs(self):
        self.service.max_images = 1
        reply = self.service._reply

        def answer(request):
            is_post = request.target == "/ocr/jobs"
            return problem(401) if is_post and len(self.service.jobs) == 2 else reply(request)

        self.service._answer = answer
        with self.assertRaises(NotAuthorised) as caught:
            self.process(batch(5))
        self.assertEqual([r.id for r in caught.exception.results], ["0", "1"])

    def test_whatever_ends_a_batch_has_what_was_read(self):
        self.service.max_images = 1
        for kind in (KeyboardInterrupt, ZeroDivisionError):
            def stop(done, _, kind=kind):
                if done == 2:
                    raise kind

            with self.subTest(kind), self.assertRaises(kind) as caught:
                self.process(batch(4), progress=stop)
            self.assertEqual([r.id for r in caught.exception.results], ["0", "1"])

    def test_progress_of_a_service_that_counts_wrong(self):
        self.service.fates[0] = {"status": "processing", "progress": {"images_done": 10**9}, "result": None}
        told = []
        with self.assertRaises(JobTimeout):
            self.process(batch(3), progress=lambda *progress: told.append(progress), timeout=0.2)
        self.assertEqual(set(told), {(0, 3), (3, 3)})

    def test_progress_can_be_a_function(self):
        self.service.max_images = 2
        told = []
        self.process(batch(5), progress=lambda done, total: told.append((done, total)))
        self.assertEqual(told[-1], (5, 5))
        self.assertEqual(told, sorted(told))
        self.assertIn((2, 5), told)
