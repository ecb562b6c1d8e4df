import math
import os
import socket
import ssl
import threading
import unittest
from email.utils import format_datetime
from datetime import datetime, timedelta, timezone
from unittest import mock

from glyphgate import (BadRequest, InvalidRequest, NotAuthorised, NotFound, OCRClient, RateLimited, RequestError,
                       ServiceError, ServiceUnreachable, TooLarge, Unavailable, UnexpectedAnswer, UnsupportedFormat)

from .fake_service import form_parts
from .scripted_server import RESET, Reply, ScriptedServer, problem

CAPACITY = Reply(200, {"max_images": 757,
                       "limits": {"by_height": 757, "by_pixels": 1173, "by_file_size": 924, "by_config": 950},
                       "limiting_factor": "height", "estimated_file_size_mb": 12.28})
ACCEPTED = Reply(202, {"job_id": "j", "status": "pending", "message": "The job is accepted."})
LIMITED = problem(429, "rate-limited", {"Retry-After": "7"}, usage={"minute": {"current": 10, "limit": 10}})


class RetryTest(unittest.TestCase):
    """Pauses are recorded instead of slept."""

    def setUp(self):
        self.pauses = []
        patch = mock.patch("glyphgate.interrupt.pause", self.pauses.append)
        patch.start()
        self.addCleanup(patch.stop)

    def client(self, replies, **options):
        self.server = ScriptedServer(replies)
        self.addCleanup(self.server.close)
        client = OCRClient(self.server.url, **options)
        self.addCleanup(client.close)
        return client

    def test_retry_after_is_honoured_and_little_is_added(self):
        for refusal, seconds in [(LIMITED, 7), (problem(503, headers={"Retry-After": "5"}), 5),
                                 (problem(503, headers={"Retry-After": "0"}), 0)]:
            self.pauses.clear()
            client = self.client([refusal, refusal, CAPACITY])
            self.assertEqual(client.get_capacity(666, 64).max_images, 757)
            self.assertEqual(len(self.server.requests), 3)
            for pause in self.pauses:
                self.assertGreaterEqual(pause, seconds)
                self.assertLessEqual(pause, seconds + 1)

    def test_retry_after_may_be_a_date(self):
        moment = datetime.now(timezone.utc) + timedelta(seconds=30)
        client = self.client([problem(503, headers={"Retry-After": format_datetime(moment, usegmt=True)}), CAPACITY])
        client.get_capacity(1, 1)
        self.assertAlmostEqual(self.pauses[0], 30, delta=3)

    def test_to_ask_for_no_time_is_no_leave_to_loop(self):
        past = format_datetime(datetime.now(timezone.utc) - timedelta(days=1), usegmt=True)
        for asked in ("0", past, "Mon, 01 Jan 1990 00:00:00 GMT"):
            self.pauses.clear()
            client = self.client([problem(503, headers={"Retry-After": asked})] * 8 + [CAPACITY], retry_for=math.inf)
            client.get_capacity(1, 1)
            self.assertEqual(len(self.pauses), 8)
            for n, pause in enumerate(self.pauses):
                self.assertGreaterEqual(pause, min(0.25 * 2**n, 10) / 2)
                self.assertLessEqual(pause, min(0.25 * 2**n, 10))

    def test_to_ask_for_an_age_is_cut(self):
        client = self.client([problem(503, headers={"Retry-After": "9" * 400}), CAPACITY], retry_for=math.inf)
        client.get_capacity(1, 1)
        self.assertLess(self.pauses[0], 8 * 86400)

    def test_a_wait_beyond_the_deadline_is_not_begun(self):
        client = self.client([LIMITED], retry_for=5)
        with self.assertRaises(RateLimited) as caught:
            client.submit_job(b"x")
        self.assertEqual(self.pauses, [])
        self.assertEqual(caught.exception.retry_after, 7)
        self.assertEqual(caught.exception.problem["usage"], {"minute": {"current": 10, "limit": 10}})
        self.assertIn("asks to wait 7 s", str(caught.exception))

    def test_without_retry_after_pauses_grow_up_to_a_bound_and_have_jitter(self):
        for status in (502, 504):
            with self.assertRaises(Unavailable):
                self.client([Reply(status, b"<html>")], retry_for=0).get_capacity(1, 1)
        client = self.client([Reply(502, b"<html>")] * 12 + [CAPACITY], retry_for=math.inf)
        client.get_capacity(1, 1)
        for n, pause in enumerate(self.pauses):
            longest = min(0.25 * 2**n, 10)
            self.assertGreaterEqual(pause, longest / 2)
            self.assertLessEqual(pause, longest)
        self.assertEqual(len(self.pauses), 12)
        self.assertGreater(len({pause / min(0.25 * 2**n, 10) for n, pause in enumerate(self.pauses)}), 1)

    def test_other_refusals_are_not_retried(self):
        for status, kind in [(400, BadRequest), (401, NotAuthorised), (403, NotAuthorised), (404, NotFound),
                             (405, ServiceError), (413, TooLarge), (415, UnsupportedFormat), (422, InvalidRequest),
                             (500, ServiceError)]:
            client = self.client([problem(status, headers={"Retry-After": "1"})])
            with self.subTest(status), self.assertRaises(ServiceError) as caught:
                client.get_capacity(1, 1)
            self.assertIs(type(caught.exception), kind)
            self.assertEqual(caught.exception.status, status)
            self.assertEqual(len(self.server.requests), 1)
        self.assertEqual(self.pauses, [])

    def test_a_reset_is_retried_with_the_same_job(self):
        client = self.client([RESET, RESET, ACCEPTED])
        self.assertEqual(client.submit_job([("a", b"x")]).job_id, "j")
        self.assertEqual(len(self.pauses), 2)
        self.assertEqual(len({r.body for r in self.server.requests}), 1)
        self.assertEqual(form_parts(self.server.requests[2]), [("files", "a", b"x")])

    def test_a_service_that_never_answered_is_given_up_soon(self):
        client = self.client([RESET], retry_for=math.inf)
        with self.assertRaisesRegex(ServiceUnreachable, "no answer from http://127.0.0.1:"):
            client.get_health()
        self.assertEqual(len(self.server.requests), 3)

    def test_one_that_answered_before_is_waited_for(self):
        client = self.client([CAPACITY] + [RESET] * 9 + [CAPACITY])
        client.get_capacity(1, 1)
        client.get_capacity(1, 1)
        self.assertEqual(len(self.server.requests), 11)

    def test_nobody_listens(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            with self.assertRaisesRegex(ServiceUnreachable, "refused"):
                OCRClient(f"http://127.0.0.1:{unused.getsockname()[1]}").get_health()

    def test_a_silent_service_counts_as_gone(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            with self.assertRaisesRegex(ServiceUnreachable, "timed out"):
                OCRClient(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.05).get_health()

    def test_a_delete_whose_outcome_was_not_known_has_succeeded(self):
        for unknown in (problem(503, "no-answer", {"Retry-After": "0"}), Reply(502, b"a proxy's page"),
                        Reply(504, b"a proxy's page")):
            self.client([unknown, problem(404)]).cancel_job("j")

    def test_a_delete_whose_answer_got_lost_has_succeeded(self):
        self.client([RESET, problem(404)]).cancel_job("j")
        with self.assertRaises(NotFound):
            self.client([problem(503, headers={"Retry-After": "0"}), problem(404)]).cancel_job("j")

    def test_a_kept_connection_that_was_closed_is_replaced_at_once(self):
        client = self.client([Reply(CAPACITY.status, CAPACITY.body, then_close=True)])
        for _ in range(3):
            client.get_capacity(1, 1)
        self.assertEqual(self.pauses, [])
        self.assertEqual(len({r.connection for r in self.server.requests}), 3)

    def test_connections_are_kept(self):
        client = self.client([CAPACITY])
        for _ in range(3):
            client.get_capacity(1, 1)
        self.assertEqual(len({r.connection for r in self.server.requests}), 1)
        client.close()
        client.get_capacity(1, 1)
        self.assertEqual(len({r.connection for r in self.server.requests}), 2)

    def test_threads_share_a_client(self):
        together = threading.Barrier(4)

        def answer(_):
            together.wait(timeout=10)  # all four requests are under way at once
            return CAPACITY

        client = self.client(answer)
        threads = [threading.Thread(target=client.get_capacity, args=(1, 1)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len({r.connection for r in self.server.requests}), 4)

    def test_what_is_no_glyphgate_is_named(self):
        for reply, message in [(Reply(200, b"<html>hello"), "hello"), (Reply(200, {"other": 1}), "other"),
                               (Reply(200, [1]), "is there one at that address"),
                               (Reply(301, b"", {"Location": "https://there"}), "301 .* to https://there")]:
            client = self.client([reply])
            with self.subTest(message), self.assertRaisesRegex(UnexpectedAnswer, message):
                client.get_capacity(1, 1)

    def test_a_refusal_tells_all_that_is_wrong(self):
        client = self.client([problem(422, "invalid-request", {"X-Request-Id": "r-1"}, detail="2 things are wrong",
                                      errors=[{"image": "a.gif", "detail": "a GIF"}, {"image": 1, "detail": "empty"},
                                              {"field": "language_hints", "detail": "xx is not known"}])])
        with self.assertRaises(InvalidRequest) as caught:
            client.submit_job(b"x")
        error = caught.exception
        self.assertEqual(error.type, "urn:glyphgate:problem:invalid-request")
        self.assertEqual((error.title, error.detail, error.request_id), ("A title", "2 things are wrong", "r-1"))
        self.assertEqual(error.errors, (RequestError("a GIF", image="a.gif"), RequestError("empty", image=1),
                                        RequestError("xx is not known", field="language_hints")))
        self.assertEqual(str(error),
                         "422 A title: a.gif: a GIF; 1: empty; language_hints: xx is not known")

    def test_the_key_is_a_bearer_token(self):
        client = self.client([CAPACITY], api_key="s3cret")
        client.get_capacity(1, 1)
        self.assertEqual(self.server.requests[0].headers["Authorization"], "Bearer s3cret")

    def test_the_environment_has_a_key_where_none_is_given(self):
        self.client([CAPACITY])
        with mock.patch.dict(os.environ, GLYPHGATE_API_KEY="fr0m-there"):
            for options, sent in [({}, "Bearer fr0m-there"), ({"api_key": "g1ven"}, "Bearer g1ven"),
                                  ({"trust_env": False}, None)]:
                with OCRClient(self.server.url, **options) as client:
                    client.get_capacity(1, 1)
                self.assertEqual(self.server.requests[-1].headers["Authorization"], sent)

    def test_a_refused_key_is_told_without_showing_it(self):
        client = self.client([problem(401)], api_key="s3cret")
        with self.assertRaises(NotAuthorised) as caught:
            client.get_capacity(1, 1)
        self.assertIn("GLYPHGATE_API_KEY", str(caught.exception))
        self.assertNotIn("s3cret", str(caught.exception))
        self.assertEqual(len(self.server.requests), 1)

    def test_a_health_that_is_for_those_with_a_key_is_told_as_such(self):
        client = self.client([Reply(200, {"status": "healthy"})])
        with self.assertRaisesRegex(NotAuthorised, "without one the service tells only its status"):
            client.get_health()

    def test_a_path_in_the_url_is_kept(self):
        self.client([CAPACITY])
        with OCRClient(self.server.url + "/ocr-service/") as client:
            client.get_capacity(1, 1)
        self.assertEqual(self.server.targets, ["POST /ocr-service/capacity"])

    def test_a_url_or_key_that_is_none_is_refused(self):
        for url in ("127.0.0.1:8000", "ftp://x", "http://", "http://x:port", "http://x/?y", "http://me:pw@x"):
            with self.subTest(url), self.assertRaisesRegex(ValueError, "base URL"):
                OCRClient(url)
        for key in ("", " ", "a\nb", "schlüssel"):
            with self.subTest(key), self.assertRaisesRegex(ValueError, "api_key"):
                OCRClient(api_key=key)

    def test_https_uses_the_context_and_does_not_retry_distrust(self):
        class Distrust(ssl.SSLContext):
            wrapped = 0

            def wrap_socket(self, *_, **__):
                Distrust.wrapped += 1
                raise ssl.SSLCertVerificationError("self-signed certificate")

        self.client([CAPACITY])
        with self.assertRaisesRegex(ServiceUnreachable, "self-signed"):
            OCRClient(self.server.url.replace("http:", "https:"),
                      ssl_context=Distrust(ssl.PROTOCOL_TLS_CLIENT)).get_health()
        self.assertEqual(Distrust.wrapped, 1)


class EarlyRefusalTest(unittest.TestCase):
    def test_the_answer_is_read_though_the_body_could_not_be_sent(self):
        """The server answers 413 and closes; the client is still writing."""
        listener = socket.create_server(("127.0.0.1", 0))

        def refuse():
            with listener, listener.accept()[0] as peer:
                peer.recv(1000)
                body = b'{"title":"Too large","status":413}'
                peer.sendall(b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
                             % (len(body), body))
                # Closing with bytes unread resets the connection: behind the answer, the client's writing fails.

        thread = threading.Thread(target=refuse)
        thread.start()
        with OCRClient(f"http://127.0.0.1:{listener.getsockname()[1]}") as client:
            with self.assertRaises(TooLarge):
                client.submit_job(b"x" * 20_000_000)
        thread.join()
