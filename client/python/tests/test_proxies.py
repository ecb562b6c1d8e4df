import os
import ssl
import unittest
from unittest import mock

from glyphgate import OCRClient, ServiceUnreachable
from glyphgate.route import Proxy, route_to

from .fake_service import job_json
from .raw_server import RawServer, request_of
from .scripted_server import Reply, ScriptedServer

_NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def environment(**proxies):
    clean = {name: value for name, value in os.environ.items() if name.lower() not in _NAMES}
    return mock.patch.dict(os.environ, {**clean, **proxies}, clear=True)


class RouteTest(unittest.TestCase):
    def proxy(self, url, **proxies):
        with environment(**proxies):
            return route_to(url, True).proxy

    def test_the_environment_names_it(self):
        all_of = {"http_proxy": "http://one:1", "https_proxy": "two:2", "no_proxy": "in.side,other.side:81"}
        self.assertEqual(self.proxy("http://out.side", **all_of), Proxy("one", 1))
        self.assertEqual(self.proxy("https://out.side", **all_of), Proxy("two", 2))
        self.assertIsNone(self.proxy("http://a.in.side", **all_of))
        self.assertIsNone(self.proxy("http://other.side:81", **all_of))
        self.assertEqual(self.proxy("http://other.side:82", **all_of), Proxy("one", 1))
        self.assertEqual(self.proxy("https://out.side", all_proxy="http://three"), Proxy("three", 80))
        self.assertIsNone(self.proxy("http://out.side"))

    def test_its_credentials(self):
        self.assertEqual(self.proxy("http://out.side", http_proxy="http://me:p%40ss@one:1"),
                         Proxy("one", 1, "Basic bWU6cEBzcw=="))

    def test_loopback_needs_none(self):
        for host in ("127.0.0.1", "localhost", "[::1]", "127.8.9.1"):
            self.assertIsNone(self.proxy(f"http://{host}:8000", http_proxy="http://one:1"))

    def test_it_need_not_be_taken(self):
        with environment(http_proxy="http://one:1"):
            self.assertIsNone(route_to("http://out.side", False).proxy)

    def test_one_of_another_kind_is_refused(self):
        for proxy in ("socks5://one:1", "https://one:1", "http://one:port"):
            with self.assertRaisesRegex(ValueError, "the proxy of the environment for out.side"):
                self.proxy("http://out.side", http_proxy=proxy)

    def test_urls_that_are_not_valid(self):
        for url in ("http://" + "a" * 70, "http://a..b", "http://a b", "http://[::1", "http://x:0", "http://x:99999"):
            with self.subTest(url), self.assertRaises(ValueError):
                OCRClient(url)

    def test_hosts_and_paths_as_they_are_sent(self):
        for url, authority, target in (("http://x", "x", ""), ("http://x:80/", "x", ""), ("https://x:443", "x", ""),
                                       ("https://x:80", "x:80", ""), ("http://bücher.test", "xn--bcher-kva.test", ""),
                                       ("http://[::1]:8000/a b/ä", "[::1]:8000", "/a%20b/%C3%A4"),
                                       ("http://[::1]", "[::1]", ""), ("http://x/a%2Fb/", "x", "/a%2Fb")):
            route = route_to(url, False)
            self.assertEqual((route.authority, route.target), (authority, target))


class ProxyTest(unittest.TestCase):
    def test_http_goes_by_it(self):
        with ScriptedServer([Reply(200, job_json("j"))]) as proxy:
            with environment(http_proxy=proxy.url.replace("//", "//me:pw@")):
                with OCRClient("http://glyphgate.test:8000/ocr", api_key="s3cret") as client:
                    client.get_job_status("j")
                    client.get_job_status("j")
        self.assertEqual(proxy.targets, ["GET http://glyphgate.test:8000/ocr/ocr/jobs/j"] * 2)
        request = proxy.requests[0]
        self.assertEqual((request.headers["Host"], request.headers["Authorization"]),
                         ("glyphgate.test:8000", "Bearer s3cret"))
        self.assertEqual(request.headers["Proxy-Authorization"], "Basic bWU6cHc=")
        self.assertEqual(len({r.connection for r in proxy.requests}), 1)

    def test_https_goes_through_it(self):
        heads = []

        def serve(connection):
            heads.append(request_of(connection))
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            heads.append(connection.recv(5))

        with RawServer(serve) as proxy, environment(https_proxy=proxy.url.replace("//", "//me:pw@")):
            with OCRClient("https://glyphgate.test", api_key="s3cret", retry_for=0) as client:
                with self.assertRaises(ServiceUnreachable):
                    client.get_health()
        self.assertEqual(heads[0].splitlines()[:3], ["CONNECT glyphgate.test:443 HTTP/1.1", "Host: glyphgate.test:443",
                                                     "Proxy-Authorization: Basic bWU6cHc="])
        # What follows is TLS, and no key is seen by the proxy.
        self.assertEqual(heads[1][:2], b"\x16\x03")
        self.assertNotIn("s3cret", heads[0])

    def test_a_proxy_that_refuses_is_named(self):
        def serve(connection):
            request_of(connection)
            connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

        with RawServer(serve) as proxy, environment(https_proxy=proxy.url):
            with OCRClient("https://glyphgate.test", retry_for=0, ssl_context=ssl.create_default_context()) as client:
                with self.assertRaisesRegex(ServiceUnreachable, "opens no way to glyphgate.test:443: 403 Forbidden"):
                    client.get_health()
