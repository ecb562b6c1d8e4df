"""Exchanges with one service over connections that are kept. Thread-safe, and safe to be forked."""

from __future__ import annotations

import http.client
import math
import secrets
import ssl
import threading
import weakref
from typing import IO, List, Mapping, Optional

from . import forks
from .answer import Answer
from .line import Line
from .route import route_to
from .version import __version__

_MAX_IDLE = 8
# How a kept connection shows that the server has closed it meanwhile; http.client's RemoteDisconnected is a reset.
_STALE = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError, ssl.SSLEOFError, ssl.SSLZeroReturnError)
# Begins the id of every request of this client, and of no other's.
_REQUEST_ID_PREFIX = "glyphgate-python-"


class Connections:
    """Connections to the server of `base_url`, made when needed and kept. They belong to the process that made them: a
    forked child begins with none."""

    def __init__(self, base_url: str, api_key: Optional[str], timeout: float, ssl_context: Optional[ssl.SSLContext],
                 trust_env: bool) -> None:
        self.base_url = base_url
        self._route = route_to(base_url, trust_env)
        self._timeout = timeout
        self._ssl_context = ssl_context
        self._headers = {"Accept": "application/json", "User-Agent": f"glyphgate-python/{__version__}"}
        if api_key is not None:
            if not api_key.isascii() or not api_key.isprintable() or not api_key.strip():
                raise ValueError("the api_key is empty, or holds characters that a header cannot carry")
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._lock = threading.Lock()
        self._idle: List[Line] = []
        self._max_idle = _MAX_IDLE
        self._all: "weakref.WeakSet[Line]" = weakref.WeakSet()
        forks.register(self)

    def exchange(self, method: str, path: str, body: Optional[bytes] = None,
                 headers: Optional[Mapping[str, str]] = None, wait: float = 0, deadline: float = math.inf,
                 sink: Optional[IO[bytes]] = None) -> Answer:
        """One request and its answer, which may take `wait` seconds more than others, but not beyond `deadline`, a
        time.monotonic(). The body of an answer of success goes into `sink`, where there is one. Raises OSError or
        http.client.HTTPException when no whole answer came.

        Where a kept connection turns out to be closed, the request goes out once more on a new one: to send it twice
        is safe, see OCRClient.
        """
        kept = self._take()
        if kept is not None:
            try:
                return self._converse(kept, method, path, body, headers, wait, deadline, sink)
            except _STALE:
                self.close()  # the others are as old
        return self._converse(self._new_line(), method, path, body, headers, wait, deadline, sink)

    def close(self, keep_no_more: bool = False) -> None:
        """Closes the connections that are not in use; with `keep_no_more`, also the others as soon as they are not."""
        with self._lock:
            if keep_no_more:
                self._max_idle = 0
            idle, self._idle = self._idle, []
        for line in idle:
            line.close()

    def begin_anew_in_child(self) -> None:
        """For a forked child: a thread of the parent may have held the lock, and the connections are the parent's."""
        self._lock = threading.Lock()
        for line in self._all:
            line.leave_to_parent()
        self._idle = []
        self._all = weakref.WeakSet()

    def _take(self) -> Optional[Line]:
        while True:
            with self._lock:
                if not self._idle:
                    return None
                line = self._idle.pop()
            if line.is_quiet():
                return line
            line.close()

    def _new_line(self) -> Line:
        if self._route.https and self._ssl_context is None:
            self._ssl_context = ssl.create_default_context()
        line = Line(self._route, self._timeout, self._ssl_context if self._route.https else None)
        self._all.add(line)
        return line

    def _converse(self, line: Line, method: str, path: str, body: Optional[bytes],
                  headers: Optional[Mapping[str, str]], wait: float, deadline: float,
                  sink: Optional[IO[bytes]]) -> Answer:
        request_id = _REQUEST_ID_PREFIX + secrets.token_hex(16)
        sent = {**self._headers, "X-Request-Id": request_id, **(headers or {})}
        try:
            answer, may_keep = line.converse(method, self._route.target + path, body, sent, wait, deadline, sink)
            _check_it_answers(answer, request_id)
        except BaseException:
            line.close()
            raise
        if may_keep:
            self._put_back(line)
        else:
            line.close()
        return answer

    def _put_back(self, line: Line) -> None:
        with self._lock:
            if len(self._idle) < self._max_idle and not line.is_aborted:
                self._idle.append(line)
                return
        line.close()


def _check_it_answers(answer: Answer, request_id: str) -> None:
    """The service repeats a request's id. A proxy may put its own in its place, but not that of another request."""
    told = answer.headers.get("X-Request-Id", "")
    if told.startswith(_REQUEST_ID_PREFIX) and told != request_id:
        raise http.client.HTTPException("the answer belongs to another request")
