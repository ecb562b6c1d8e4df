"""Speaks to a server over TLS: with its certificate trusted, on a kept connection, through a proxy, and not trusted.

    https_check.py URL CERTIFICATE
"""

import os
import pathlib
import socket
import ssl
import subprocess
import sys
import threading
from unittest import mock

from glyphgate import NotFound, OCRClient, ServiceUnreachable

PICTURE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "samples" / "caption-en-01.jpg"

url, certificate = sys.argv[1:]


def health_of(client):
    """What comes of the call: the server is no Glyphgate, but it answers."""
    try:
        client.get_health()
    except (NotFound, ServiceUnreachable) as error:
        return error
    raise AssertionError("the server knows /health")


class Tunnel:
    """A proxy that opens one way, to where it is asked to, and notes where that is."""

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.asked = b""
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._thread.join()
        self._listener.close()

    def _run(self):
        client, _ = self._listener.accept()
        while b"\r\n\r\n" not in self.asked:
            self.asked += client.recv(4096)
        host, port = self.asked.split()[1].decode().rsplit(":", 1)
        with client, socket.create_connection((host, int(port))) as server:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=pump, args=(server, client))
            back.start()
            pump(client, server)
            back.join()


def pump(source, to):
    try:
        while piece := source.recv(65536):
            to.sendall(piece)
        to.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # one of them has left


def command(*arguments):
    done = subprocess.run([sys.executable, "-m", "glyphgate", PICTURE, "--url", url, *arguments], capture_output=True,
                          encoding="utf-8", stdin=subprocess.DEVNULL, timeout=60)
    assert done.returncode == 3, done
    return done.stderr


with OCRClient(url, ssl_context=ssl.create_default_context(cafile=certificate)) as trusting:
    for _ in range(2):
        answer = health_of(trusting)
        assert isinstance(answer, NotFound), answer
with OCRClient(url) as distrusting:
    answer = health_of(distrusting)
    assert isinstance(answer, ServiceUnreachable) and "certificate" in str(answer), answer
# The server is on this machine, to which a proxy would not be taken.
with Tunnel() as proxy, mock.patch.dict(os.environ, {"https_proxy": proxy.url, "no_proxy": "", "NO_PROXY": ""}), \
        mock.patch("glyphgate.route._is_loopback", lambda host: False), \
        OCRClient(url, ssl_context=ssl.create_default_context(cafile=certificate)) as through_proxy:
    for _ in range(2):
        answer = health_of(through_proxy)
        assert isinstance(answer, NotFound), answer
    assert proxy.asked.startswith(b"CONNECT "), proxy.asked
assert "404" in command("--cacert", certificate), "the certificate was given, and not trusted"
assert "certificate" in command(), "the certificate was not given, and trusted"
