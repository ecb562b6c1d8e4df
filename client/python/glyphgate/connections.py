"""Exchanges with one server over connections that are kept. Thread-safe."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
from typing import Any, Callable, List, Mapping, Optional, Tuple, TypeVar
from urllib.parse import urlsplit

from .errors import UnexpectedAnswer
from .interrupt import watching
from .version import __version__

_MAX_IDLE = 8
# How a kept connection shows that the server has closed it meanwhile; http.client's RemoteDisconnected is a reset.
_STALE = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError, ssl.SSLEOFError, ssl.SSLZeroReturnError)

Parsed = TypeVar("Parsed")


class Answer:
    """A status, the header and the whole body."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.reason = response.reason
        self.headers = response.headers
        self.body = response.read()

    def parsed(self, from_json: Callable[[Any], Parsed]) -> Parsed:
        """What `from_json` makes of the body. Raises UnexpectedAnswer when it can make nothing of it."""
        try:
            return from_json(json.loads(self.body))
        except (ValueError, TypeError, KeyError) as error:
            raise UnexpectedAnswer(f"the answer {self.status} {self.reason} is not of Glyphgate's API: is there one at "
                                   f"that address? It begins: {self.body[:80]!r}") from error


class Connections:
    """Connections to the server of `base_url`, made when needed and kept. Proxies of the environment are not used."""

    def __init__(self, base_url: str, api_key: Optional[str], timeout: float,
                 ssl_context: Optional[ssl.SSLContext]) -> None:
        self.base_url = base_url
        self._https, self._host, self._port, self._prefix = _parse(base_url)
        self._timeout = timeout
        self._ssl_context = ssl_context
        self._headers = {"Accept": "application/json", "User-Agent": f"glyphgate-python/{__version__}"}
        if api_key is not None:
            if not api_key.isascii() or not api_key.isprintable() or not api_key.strip():
                raise ValueError("the api_key is empty, or holds characters that a header cannot carry")
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._lock = threading.Lock()
        self._idle: List[http.client.HTTPConnection] = []

    def exchange(self, method: str, path: str, body: Optional[bytes] = None,
                 headers: Optional[Mapping[str, str]] = None, wait: float = 0) -> Answer:
        """One request and its answer, which may take `wait` seconds more than others. Raises OSError or
        http.client.HTTPException when no whole answer came.

        Where a kept connection turns out to be closed, the request goes out once more on a new one: to send it twice
        is safe, see OCRClient.
        """
        sent = {**self._headers, **(headers or {})}
        while True:
            connection, is_kept = self._take()
            try:
                answer, keep = self._converse(connection, method, self._prefix + path, body, sent, wait)
            except BaseException as failure:
                connection.close()
                if is_kept and isinstance(failure, _STALE):
                    self.close()  # the others are as old
                    continue
                raise
            if keep:
                self._put_back(connection)
            else:
                connection.close()
            return answer

    def close(self) -> None:
        """Closes the connections that are not in use."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _take(self) -> Tuple[http.client.HTTPConnection, bool]:
        with self._lock:
            if self._idle:
                return self._idle.pop(), True
        if not self._https:
            return http.client.HTTPConnection(self._host, self._port, timeout=self._timeout), False
        if self._ssl_context is None:
            self._ssl_context = ssl.create_default_context()
        return http.client.HTTPSConnection(self._host, self._port, timeout=self._timeout,
                                           context=self._ssl_context), False

    def _put_back(self, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            if len(self._idle) < _MAX_IDLE:
                self._idle.append(connection)
                return
        connection.close()

    def _converse(self, connection: http.client.HTTPConnection, method: str, target: str, body: Optional[bytes],
                  headers: Mapping[str, str], wait: float) -> Tuple[Answer, bool]:
        with watching(connection):
            if connection.sock is None:
                connection.connect()
            assert connection.sock is not None
            connection.sock.settimeout(self._timeout + wait)
            try:
                connection.request(method, target, body, dict(headers))
            except (BrokenPipeError, ConnectionResetError) as failure:
                # The service refuses a body that is too large before all of it is sent, and says so.
                try:
                    response = connection.getresponse()
                except (OSError, http.client.HTTPException):
                    raise failure from None
            else:
                response = connection.getresponse()
            keep = not response.will_close
            return Answer(response), keep


def _parse(base_url: str) -> Tuple[bool, str, Optional[int], str]:
    parts = urlsplit(base_url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in ("http", "https") or not parts.hostname or port == -1:
        raise ValueError(f"the base URL {base_url!r} is none; it looks like http://127.0.0.1:8000")
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError(f"the base URL {base_url!r} must be scheme, host, port and path alone; "
                         "a key goes into api_key")
    return parts.scheme == "https", parts.hostname, port, parts.path.rstrip("/")
