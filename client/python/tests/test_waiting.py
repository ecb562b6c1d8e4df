import unittest
from datetime import datetime, timedelta, timezone
from unittest import mock

from glyphgate import OCRClient, Unavailable, Wait

from .fake_service import job_json
from .scripted_server import RESET, Reply, ScriptedServer, problem

ACCEPTED = Reply(202, {"job_id": "j", "status": "pending", "message": "The job is accepted."})
LIMIT = "the service's limit of 10 jobs a minute (JOBS_PER_MINUTE_LIMIT) is reached"


def limited(detail, seconds):
    return problem(429, "rate-limited", {"Retry-After": str(seconds)}, detail=detail)


class WaitingTest(unittest.TestCase):
    def setUp(self):
        patch = mock.patch("glyphgate.interrupt.pause")
        patch.start()
        self.addCleanup(patch.stop)
        self.waits = []

    def posted(self, *replies, act=lambda client: client.submit_job(b"x")):
        self.server = ScriptedServer(replies)
        self.addCleanup(self.server.close)
        with OCRClient(self.server.url, on_wait=self.waits.append) as client:
            act(client)

    def test_the_limit_that_is_waited_for_is_named(self):
        self.posted(limited(LIMIT, 47), ACCEPTED)
        wait, = self.waits
        self.assertEqual(wait.why, "10 jobs a minute (JOBS_PER_MINUTE_LIMIT)")
        self.assertTrue(47 <= wait.seconds <= 48, wait)
        self.assertEqual(str(Wait(47.6, wait.why)), "waiting 48 s: 10 jobs a minute (JOBS_PER_MINUTE_LIMIT)")

    def test_other_reasons_are_told_as_they_are(self):
        whose = 'the limit of key "alice" of 2 calls a day (calls-per-day) is reached'
        for refusal, why in ((limited(whose, 5), whose),
                             (problem(503, "breaker-open", {"Retry-After": "9"}, detail="the engine is failing"),
                              "the engine is failing"),
                             (problem(503, headers={"Retry-After": "9"}), "A title")):
            self.waits.clear()
            self.posted(refusal, ACCEPTED)
            self.assertEqual([wait.why for wait in self.waits], [why])

    def test_short_waits_are_not_worth_a_word(self):
        self.posted(limited(LIMIT, 1), problem(503, headers={"Retry-After": "0"}), RESET, ACCEPTED)
        self.assertEqual(self.waits, [])

    def test_a_wait_that_is_not_begun_is_not_told(self):
        with self.assertRaises(Exception):
            self.posted(limited(LIMIT, 500), ACCEPTED)
        self.assertEqual(self.waits, [])

    def test_what_a_job_waits_for(self):
        def view(**changes):
            return Reply(200, job_json("j", "pending", **changes))

        def until(seconds):
            return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")

        done = Reply(200, job_json("j", ids_and_texts=[("image_1", "text")]))
        self.posted(ACCEPTED, view(waits_for="budget", waits_until=until(60)),
                    view(waits_for="engine", waits_until=until(1)), view(waits_for=None, waits_until=None),
                    view(waits_for="company", waits_until=until(-9)), done,
                    act=lambda client: client.process_batch(b"x", progress=False))
        wait, = self.waits
        self.assertEqual(wait.why, "job j waits for room in the limits")
        self.assertAlmostEqual(wait.seconds, 60, delta=10)
        self.assertRegex(str(wait), "^waiting up to [0-9]+ s: job j waits for room in the limits$")
        # The first look is soon, so that it is told soon.
        self.assertEqual([r.target.partition("wait=")[2] for r in self.server.requests[1:]], ["2", "55", "55", "55", "55"])


class IdempotencyTest(unittest.TestCase):
    def setUp(self):
        patch = mock.patch("glyphgate.interrupt.pause")
        patch.start()
        self.addCleanup(patch.stop)

    def keys_of(self, replies, posts=1):
        with ScriptedServer(replies) as server, OCRClient(server.url) as client:
            for _ in range(posts):
                client.submit_job(b"x")
        return [request.headers["Idempotency-Key"] for request in server.requests]

    def test_all_tries_of_a_post_have_one_key_and_the_next_post_another(self):
        first, second, third = self.keys_of([RESET, problem(503, headers={"Retry-After": "0"}), ACCEPTED])
        self.assertRegex(first, '^"[0-9a-f-]{36}"$')
        self.assertEqual((second, third), (first, first))
        self.assertEqual(len(set(self.keys_of([ACCEPTED], posts=2))), 2)

    def test_a_try_that_is_still_under_way_is_waited_for(self):
        keys = self.keys_of([RESET, problem(409, "idempotency-key-in-use"), ACCEPTED])
        self.assertEqual((len(keys), len(set(keys))), (3, 1))

    def test_a_try_that_stays_under_way_is_a_service_that_takes_no_work(self):
        with ScriptedServer([RESET] + 20 * [problem(409, "idempotency-key-in-use")]) as server:
            with OCRClient(server.url, retry_for=1) as client, self.assertRaisesRegex(Unavailable, "409"):
                client.submit_job(b"x")

    def test_another_conflict_is_a_refusal(self):
        with self.assertRaisesRegex(Exception, "409"):
            self.keys_of([problem(409, "something-else"), ACCEPTED])
