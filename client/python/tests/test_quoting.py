import json
import pathlib
from unittest import mock

from glyphgate import Wait

from .command_case import HEALTH, CommandCase
from .images import png
from .scripted_server import problem

QUOTE = {"accepted": True, "job_id": None, "calls": 1, "estimated_usd": 0.0015, "waits_for": None, "refused": None,
         "retry_after": None, "images": {"total": 4, "known": 1, "repeated": 1, "sent": 2, "riding": 0, "joining": 1,
                                         "new": 1, "refused": 0}}
LIMIT = "the service's limit of 10 jobs a minute (JOBS_PER_MINUTE_LIMIT) is reached"


class QuoteTest(CommandCase):
    def test_what_it_comes_to(self):
        self.service.quote = QUOTE
        status, out, err = self.run_command("a.png", "--quote")
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(out, "job       1\n"
                              "known     1, which cost nothing\n"
                              "repeated  1, which cost nothing\n"
                              "sent      2: 1 in new calls, 1 in calls that still fill, 0 in calls on their way\n"
                              "at fault  0, which are not read\n"
                              "calls     1\n"
                              "price     US$0.0015\n")
        self.assertEqual(self.service.targets, ["POST /ocr/jobs?dry_run=true"])

    def test_several_jobs_are_added_up(self):
        self.service.quote, self.service.max_images = QUOTE, 1
        for name in ("a.png", "b.jpg"):
            pathlib.Path(name).write_bytes(png(5, 6))
        status, out, _ = self.run_command("a.png", "b.jpg", "--quote", "--format", "json")
        told = json.loads(out)
        self.assertEqual((status, told["jobs"], told["known"], told["calls"], told["estimated_usd"], told["accepted"]),
                         (0, 2, 2, 2, 0.003, True))
        self.assertEqual(self.service.jobs, [])

    def test_a_limit_in_the_way_is_named(self):
        self.service.quote = {**QUOTE, "accepted": False, "refused": {"title": "t", "detail": LIMIT}, "retry_after": 48}
        status, out, _ = self.run_command("a.png", "--quote")
        self.assertEqual((status, out.splitlines()[-1]), (3, f"refused   {LIMIT}; try again in 48 s"))
        self.service.quote = {**QUOTE, "waits_for": "budget"}
        self.assertEqual(self.run_command("a.png", "--quote")[1].splitlines()[-1], "waits     for room in the limits")

    def test_what_the_service_cannot_tell_is_said_to_be_unknown(self):
        self.service.quote = {**QUOTE, "images": None, "calls": None, "estimated_usd": None, "accepted": False,
                              "refused": {"title": "The store fails"}, "retry_after": None}
        status, out, _ = self.run_command("a.png", "--quote")
        self.assertEqual((status, out.splitlines()[-3:]),
                         (3, ["calls     not known", "price     not known", "refused   The store fails"]))

    def test_pictures_at_fault_make_the_status_1(self):
        self.service.quote = {**QUOTE, "images": {**QUOTE["images"], "refused": 1}}
        self.assertEqual(self.run_command("a.png", "b.jpg", "--quote")[0], 1)

    def test_no_service_or_its_refusal_is_3(self):
        self.assertEqual(self.run_command("a.png", "--quote", url="http://127.0.0.1:9")[0], 3)
        self.service._answer = lambda _: problem(422, errors=[{"image": "a.png", "detail": "it is damaged"}])
        status, _, err = self.run_command("a.png", "--quote")
        self.assertEqual(status, 3)
        self.assertIn("a.png: it is damaged", err)


class EngineTest(CommandCase):
    def test_another_engine_is_refused_before_anything_is_sent(self):
        self.service.health = HEALTH
        self.assertEqual(self.run_command("a.png", "--engine", "local")[0], 0)
        status, out, err = self.run_command("a.png", "--engine", "google")
        self.assertEqual((status, out, len(self.service.jobs)), (3, "", 1))
        self.assertEqual(err, "glyphgate-ocr: the service reads with local, not with google, and a job cannot choose: use "
                              "a service that was started with OCR_ENGINE=google, or leave out --engine; --engines lists "
                              "what this one reads\n")

    def test_a_service_that_does_not_answer_is_3(self):
        self.assertEqual(self.run_command("a.png", "--engine", "google", url="http://127.0.0.1:9")[0], 3)


class WaitsTest(CommandCase):
    def limited(self, *arguments):
        self.service.refusals = [problem(429, "rate-limited", {"Retry-After": "47"}, detail=LIMIT)]
        with mock.patch("glyphgate.interrupt.pause"), mock.patch("random.uniform", return_value=0.6):
            return self.run_command("a.png", *arguments)

    def test_the_limit_that_is_waited_for_is_said(self):
        self.assertEqual(self.limited(), (
            0, "first\n", "glyphgate-ocr: waiting 48 s: 10 jobs a minute (JOBS_PER_MINUTE_LIMIT)\n"))

    def test_not_where_it_is_to_be_quiet(self):
        self.assertEqual(self.limited("--quiet"), (0, "first\n", ""))

    def test_a_line_of_progress_gives_way(self):
        with mock.patch("glyphgate.cli.is_terminal", return_value=True), mock.patch("glyphgate.cli.say") as said:
            from glyphgate.cli import _tell_wait
            _tell_wait(Wait(48, "10 jobs a minute"))
        said.assert_called_once_with("\r\x1b[Kglyphgate-ocr: waiting 48 s: 10 jobs a minute\n")
