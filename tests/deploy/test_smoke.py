"""deploy/smoke.sh, against the real service and against one that lies in one point."""

import concurrent.futures
import json
import socket
import unittest

from support import altered, run, service

SMOKE = "deploy/smoke.sh"


def changed(body, path, value):
    """The JSON body with another value at the dotted path."""
    document = json.loads(body)
    place = document
    *steps, last = path.split(".")
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place[step]
    place[last] = value
    return json.dumps(document).encode()


class Smoke(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.url = cls.enterClassContext(service(JOBS_PER_MINUTE_LIMIT="1000", JOBS_PER_HOUR_LIMIT="1000"))

    def smoke(self, *arguments, **env):
        return run(SMOKE, *arguments, env={"SMOKE_SECONDS": "10"} | env)

    def assert_fails(self, done, *words):
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertEqual(done.stderr.count("smoke:"), 1, done.stderr)

    def test_passes_on_the_service(self):
        self.passes_on(self.url)

    def test_passes_whatever_slashes_end_the_address(self):
        for slashes in ("/", "//"):
            self.passes_on(self.url + slashes)

    def test_passes_below_a_path(self):
        with altered(self.url, lambda _, path, status, body: (status, body), prefix="/ocr-service") as url:
            self.passes_on(f"{url}/ocr-service//")

    def passes_on(self, url):
        done = self.smoke(url)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn('it read "The last train leaves at midnight."', done.stdout)
        self.assertIn("the call is counted", done.stdout)
        self.assertEqual(done.stderr, "")

    def test_a_wrong_command_line_is_2_and_tells_the_use(self):
        for arguments in ([], ["ftp://there"], ["http://"], ["http:///"], ["http://a?b"], ["http://a/#b"], ["http://a b"],
                          ["http://a", "key", "more"]):
            done = self.smoke(*arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn("deploy/smoke.sh URL [KEY]", done.stderr)
        self.assertEqual(self.smoke(self.url, SMOKE_SECONDS="soon").returncode, 2)

    def test_nobody_there(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.assert_fails(self.smoke(f"http://127.0.0.1:{free.getsockname()[1]}", SMOKE_SECONDS="4"), "no answer")

    def test_the_key_is_sent_and_a_refused_one_named(self):
        seen = []

        def guard(request, path, status, body):
            seen.append(request.headers.get("Authorization"))
            if path == "/ocr/jobs" and seen[-1] != "Bearer right":
                return 401, b'{"title":"key"}'
            return status, body

        with altered(self.url, guard) as url:
            # The second passes too: it reads a picture that the first did not.
            self.assertEqual(self.smoke(url, "right").returncode, 0)
            self.assertEqual(self.smoke(url, GLYPHGATE_API_KEY="right").returncode, 0)
            self.assertEqual(set(seen), {"Bearer right"})
            self.assert_fails(self.smoke(url, "wrong"), "the key was not accepted", "401")
            self.assert_fails(self.smoke(url), "the key was not accepted")

    def test_each_lie_is_named(self):
        def at(where, answer):
            return lambda request, path, status, body: answer(status, body) if where(request, path) else (status, body)

        def path_is(wanted):
            return lambda _, path: path == wanted

        def polls(_, path):
            return "?wait=" in path

        # What is changed, and what the failure must say.
        lies = [
            (at(path_is("/livez"), lambda s, b: (500, b"down")), ["GET /livez: 500 down"]),
            (at(path_is("/"), lambda s, b: (404, b)), ["GET /: 404"]),
            (at(path_is("/"), lambda s, b: (200, b"<html>")), ["no version in the answer: <html>"]),
            (at(path_is("/readyz"), lambda s, b: (503, b"")), ["takes no work"]),
            (at(path_is("/usage"), lambda s, b: (s, changed(b, "cost.api_calls", 7))), ["not in /usage", "7 calls before"]),
            (at(path_is("/ocr/jobs"), lambda s, b: (429, b'{"detail":"full"}')), ["a limit is reached", "full"]),
            (at(path_is("/ocr/jobs"), lambda s, b: (503, b"busy")), ["POST /ocr/jobs: 503 busy"]),
            (at(polls, lambda s, b: (s, changed(changed(b, "status", "failed"), "error", "no engine"))),
             ["is failed: no engine"]),
            (at(polls, lambda s, b: (404, b"gone")), ["404 gone"]),
            (at(polls, lambda s, b: (s, changed(b, "result.results.0.text", "The lost train"))),
             ['it read "The lost train']),
            (at(polls, lambda s, b: (s, changed(b, "result.results.0.characters", []))), ["no box"]),
            (at(lambda r, p: p == "/ocr/jobs", lambda s, b: (202 if s == 200 else s, b)), ["is not the same job"]),
            (at(lambda r, p: r.command == "DELETE", lambda s, b: (200, b)), ["DELETE /ocr/jobs/"]),
            (at(path_is("/health"), lambda s, b: (s, changed(b, "status", "degraded"))), ["degraded", "breaker is closed"]),
        ]

        def smoke_through(alter):
            with altered(self.url, alter) as url:
                return self.smoke(url, SMOKE_SECONDS="30")

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            ends = list(pool.map(smoke_through, [alter for alter, _ in lies]))
        for (_, words), done in zip(lies, ends, strict=True):
            with self.subTest(words[0]):
                self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                for word in words:
                    self.assertIn(word, done.stderr)

    def test_a_job_that_never_ends_is_given_up(self):
        def never(_, path, status, body):
            return (status, changed(body, "status", "processing")) if "?wait=" in path else (status, body)

        with altered(self.url, never) as url:
            self.assert_fails(self.smoke(url, SMOKE_SECONDS="1"), "not done within 1 s")


if __name__ == "__main__":
    unittest.main()
