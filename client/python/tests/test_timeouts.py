import asyncio
import math
import socket
import ssl
import threading
import time
import unittest
from unittest import mock

from glyphgate import AsyncOCRClient, JobTimeout, OCRClient, RateLimited, ServiceUnreachable

from .fake_service import FakeService, job_json
from .images import png
from .raw_server import RawServer, drip, request_of, silent
from .scripted_server import Reply, ScriptedServer, problem

#: What a test's machine may be late, in seconds.
SLACK = 1.5
DRIPPED = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b" " * 100000


def timed(call):
    """The error that the call ends with, and the seconds that it takes."""
    begin = time.monotonic()
    try:
        call()
    except Exception as error:
        return error, time.monotonic() - begin
    return None, time.monotonic() - begin


class TimeoutTest(unittest.TestCase):
    def serve(self, serve_of):
        """A RawServer with `serve_of(a function that gives it)`."""
        server = RawServer(serve_of(lambda: server))
        self.addCleanup(server.close)
        return server

    def assert_in_time(self, call, seconds, kind):
        error, took = timed(call)
        self.assertIsInstance(error, kind)
        self.assertGreater(took, seconds - 0.1)
        self.assertLess(took, seconds + SLACK)
        return error


class DeadlineTest(TimeoutTest):
    """The `timeout` of a call."""

    def test_a_silent_service(self):
        server = self.serve(silent)
        with OCRClient(server.url) as client:
            error = self.assert_in_time(lambda: client.wait_for_job("j", timeout=0.5), 1, JobTimeout)
            self.assertEqual(error.job_ids, ("j",))
            self.assertRegex(str(error), "within 0.5 s: no answer from http://127.0.0.1:.* came in time")
            self.assert_in_time(lambda: client.wait_for_job("j", timeout=1.5), 1.5, JobTimeout)
            self.assert_in_time(lambda: client.process_batch(b"x", timeout=0.5), 0.5, JobTimeout)

    def test_a_silent_capacity(self):
        server = self.serve(silent)
        with OCRClient(server.url) as client:
            self.assert_in_time(lambda: client.process_batch([png(9, 9), png(9, 9)], timeout=0.5), 0.5, JobTimeout)
        self.assertEqual(server.connections, 1)

    def test_a_service_that_drips(self):
        for raw in (DRIPPED, b"HTTP/1.1 100 Continue\r\n\r\n" * 9, b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 90):
            server = self.serve(lambda server_of, raw=raw: drip(server_of, raw))
            with self.subTest(raw[:40]), OCRClient(server.url) as client:
                self.assert_in_time(lambda: client.process_batch(b"x", timeout=1), 1, JobTimeout)

    def test_a_service_that_takes_no_body(self):
        server = self.serve(silent)
        with OCRClient(server.url) as client:
            self.assert_in_time(lambda: client.process_batch(b"x" * 30_000_000, timeout=0.5), 0.5, JobTimeout)

    def test_a_service_that_always_asks_to_wait(self):
        polls = [problem(503, headers={"Retry-After": "1"})]
        with ScriptedServer(polls) as server, OCRClient(server.url) as client:
            error, took = timed(lambda: client.wait_for_job("j", timeout=1.5))
            self.assertIsInstance(error, JobTimeout)
            self.assertIn("503", str(error))
            self.assertLess(took, 1.5 + SLACK)

    def test_a_refused_post_tells_the_refusal(self):
        with ScriptedServer([problem(429, headers={"Retry-After": "60"})]) as server, OCRClient(server.url) as client:
            error, took = timed(lambda: client.process_batch(b"x", timeout=5))
            self.assertIsInstance(error, RateLimited)
            self.assertLess(took, SLACK)

    def test_resets_without_end(self):
        def serve(connection):
            connection.recv(1)

        server = self.serve(lambda _: serve)
        with OCRClient(server.url, retry_for=math.inf) as client:
            client._exchanges._has_answered = True
            error, took = timed(lambda: client.wait_for_job("j", timeout=2))
            self.assertIsInstance(error, JobTimeout)
            self.assertLess(took, 2 + SLACK)

    def test_jobs_that_were_posted_are_named(self):
        service = FakeService(max_images=1)
        self.addCleanup(service.close)
        service.fates[1] = {"status": "processing", "result": None}
        with OCRClient(service.url) as client:
            error = self.assert_in_time(
                lambda: client.process_batch([(str(n), png(9, 9)) for n in range(3)], timeout=1.5), 1.5, JobTimeout)
        self.assertEqual([r.id for r in error.results], ["0"])
        self.assertEqual(error.job_ids, ("job1", "job2"))

    def test_no_time_at_all_is_one_look(self):
        with ScriptedServer([Reply(200, job_json("j"))]) as server, OCRClient(server.url) as client:
            self.assertEqual(client.wait_for_job("j", timeout=0).status, "completed")

    def test_a_port_that_takes_no_connection(self):
        with Backlog() as full, OCRClient(full.url) as client:
            self.assert_in_time(lambda: client.process_batch(b"x", timeout=0.5), 0.5, JobTimeout)

    def test_a_resolver_that_does_not_answer(self):
        answer = threading.Event()
        self.addCleanup(answer.set)
        with mock.patch("socket.getaddrinfo", slow_resolver(answer)):
            with OCRClient("http://glyphgate.test", trust_env=False) as client:
                self.assert_in_time(lambda: client.process_batch(b"x", timeout=0.5), 0.5, JobTimeout)

    def test_a_tls_handshake_that_drips(self):
        server = self.serve(lambda server_of: drip_without_request(server_of, b"\x16\x03\x03\x40\x00" + b"\0" * 100))
        with OCRClient(server.url.replace("http", "https"), ssl_context=ssl.create_default_context()) as client:
            self.assert_in_time(lambda: client.process_batch(b"x", timeout=1), 1, JobTimeout)


class SilenceTest(TimeoutTest):
    """The `timeout` of the client."""

    def test_a_drip_is_silence(self):
        server = self.serve(lambda server_of: drip(server_of, DRIPPED, 0.05))
        with OCRClient(server.url, timeout=0.5, retry_for=0) as client:
            self.assert_in_time(client.get_health, 0.5, ServiceUnreachable)

    def test_a_slow_answer_that_keeps_to_the_rate_is_none(self):
        body = b'{"max_images":1,"limits":{"by_height":1,"by_pixels":1,"by_file_size":1,"by_config":1},' \
            b'"limiting_factor":"height","estimated_file_size_mb":1}'

        def serve(connection):
            request_of(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(body) + 12 * 2000))
            for _ in range(12):
                time.sleep(0.1)
                connection.sendall(b" " * 2000)
            connection.sendall(body)

        server = self.serve(lambda _: serve)
        with OCRClient(server.url, timeout=0.5) as client:
            self.assertEqual(client.get_capacity(1, 1).max_images, 1)

    def test_a_slow_upload_that_keeps_to_the_rate_is_none(self):
        def serve(connection):
            received = b""
            while not received.endswith(b"--\r\n"):
                time.sleep(0.01)
                received = received[-4:] + connection.recv(250_000)
            connection.sendall(b'HTTP/1.1 202 Accepted\r\nConnection: close\r\nContent-Length: 49\r\n\r\n'
                               b'{"job_id":"j","status":"pending","message":"yes"}')

        server = self.serve(lambda _: serve)
        with OCRClient(server.url, timeout=1, retry_for=0) as client:
            begin = time.monotonic()
            self.assertEqual(client.submit_job(b"x" * 40_000_000).job_id, "j")
            self.assertGreater(time.monotonic() - begin, 1)

    def test_a_long_poll_has_its_wait_on_top(self):
        def answer(request):
            time.sleep(1 if "wait=1" in request.target else 0)
            return Reply(200, job_json("j"))

        with ScriptedServer(answer) as server, OCRClient(server.url, timeout=0.5, retry_for=0) as client:
            client.get_job_status("j", wait=1)

    def test_the_wait_is_for_the_first_byte_only(self):
        server = self.serve(lambda server_of: stall(server_of, b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"))
        with OCRClient(server.url, timeout=0.5, retry_for=0) as client:
            self.assert_in_time(lambda: client.get_job_status("j", wait=30), 0.5, ServiceUnreachable)

    def test_none_is_no_bound(self):
        def answer(_):
            time.sleep(0.2)
            return Reply(200, job_json("j"))

        with ScriptedServer(answer) as server:
            for timeout in (None, math.inf):
                with OCRClient(server.url, timeout=timeout, retry_for=None) as client:
                    self.assertEqual(client.wait_for_job("j").status, "completed")

    def test_what_is_no_time_is_refused(self):
        for timeout in (0, -1, math.nan, "3", True):
            with self.subTest(timeout), self.assertRaisesRegex(ValueError, "timeout is"):
                OCRClient(timeout=timeout)
        for retry_for in (-1, math.nan, "3"):
            with self.subTest(retry_for), self.assertRaisesRegex(ValueError, "retry_for is"):
                OCRClient(retry_for=retry_for)
        for timeout in (-1, math.nan, "3"):
            with self.subTest(timeout), self.assertRaisesRegex(ValueError, "timeout is"):
                OCRClient().wait_for_job("j", timeout=timeout)


class AsyncTimeoutTest(TimeoutTest):
    """Cancellation in every phase ends the thread, too: the client has one."""

    def assert_thread_ends(self, url, call, **options):
        async def run():
            client = AsyncOCRClient(url, threads=1, **options)
            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(call(client), 0.3)
            begin = time.monotonic()
            # The only thread is free again once this runs.
            await asyncio.wrap_future(client._threads.submit(lambda: None))
            self.assertLess(time.monotonic() - begin, SLACK)
            await client.close()

        asyncio.run(run())

    def test_cancelled_while_it_connects(self):
        with Backlog() as full:
            self.assert_thread_ends(full.url, lambda client: client.get_health())

    def test_cancelled_while_a_name_is_looked_up(self):
        answer = threading.Event()
        self.addCleanup(answer.set)
        with mock.patch("socket.getaddrinfo", slow_resolver(answer)):
            self.assert_thread_ends("http://glyphgate.test", lambda client: client.get_health(), trust_env=False)

    def test_cancelled_while_it_sends(self):
        self.assert_thread_ends(self.serve(silent).url, lambda client: client.submit_job(b"x" * 30_000_000))

    def test_cancelled_while_an_answer_drips(self):
        server = self.serve(lambda server_of: drip(server_of, DRIPPED, 0.1))
        self.assert_thread_ends(server.url, lambda client: client.wait_for_job("j"))

    def test_cancelled_in_a_tls_handshake(self):
        server = self.serve(silent)
        self.assert_thread_ends(server.url.replace("http", "https"), lambda client: client.get_health(),
                                ssl_context=ssl.create_default_context())

    def test_the_time_of_a_call_begins_before_it_has_a_thread(self):
        server = self.serve(silent)

        async def run():
            client = AsyncOCRClient(server.url, threads=1)
            first = asyncio.create_task(client.get_health())
            begin = time.monotonic()
            with self.assertRaises(JobTimeout):
                await client.process_batch(b"x", timeout=1)
            self.assertLess(time.monotonic() - begin, 1 + SLACK)
            with self.assertRaises(JobTimeout) as caught:
                await client.wait_for_job("j", timeout=1)
            self.assertEqual(caught.exception.job_ids, ("j",))
            first.cancel()
            await client.close()

        asyncio.run(run())


class Backlog:
    """A port whose queue of connections is full: another one is not answered."""

    def __enter__(self):
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(0)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._waiting = []
        for _ in range(20):
            waiting = socket.socket()
            waiting.settimeout(0.2)
            self._waiting.append(waiting)
            try:
                waiting.connect(self._listener.getsockname())
            except OSError:
                return self
        raise unittest.SkipTest("the system takes any number of connections")

    def __exit__(self, *_):
        for waiting in self._waiting:
            waiting.close()
        self._listener.close()


def slow_resolver(answer):
    def resolve(*_, flags=0, **__):
        if not flags & socket.AI_NUMERICHOST:
            answer.wait()
        raise socket.gaierror("no such name")
    return resolve


def stall(server_of, raw):
    def serve(connection):
        request_of(connection)
        connection.sendall(raw)
        server_of().ended.wait()
    return serve


def drip_without_request(server_of, raw):
    def serve(connection):
        for byte in raw:
            connection.sendall(bytes((byte,)))
            if server_of().ended.wait(0.2):
                return
        server_of().ended.wait()
    return serve
