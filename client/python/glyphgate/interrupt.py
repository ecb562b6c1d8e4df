"""How a call of the synchronous client is ended from another thread, which is what cancels a coroutine over it."""

from __future__ import annotations

import contextvars
import http.client
import socket
import threading
import time
from contextlib import contextmanager
from typing import Iterator, Optional

from .errors import Interrupted


class Interrupt:
    """Ends the pause or the exchange that one call is in, and every later one of it. Thread-safe."""

    def __init__(self) -> None:
        self._set = threading.Event()
        self._lock = threading.Lock()
        self._connection: Optional[http.client.HTTPConnection] = None

    def set(self) -> None:
        self._set.set()
        with self._lock:
            if self._connection is not None:
                _break(self._connection)

    def check(self) -> None:
        if self._set.is_set():
            raise Interrupted("the call was interrupted")

    def pause(self, seconds: float) -> None:
        self._set.wait(seconds)
        self.check()

    @contextmanager
    def watching(self, connection: http.client.HTTPConnection) -> Iterator[None]:
        with self._lock:
            self._connection = connection
        try:
            yield
        finally:
            with self._lock:
                self._connection = None


def _break(connection: http.client.HTTPConnection) -> None:
    try:
        if connection.sock is not None:
            connection.sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it is closed already


#: The interrupt of the call that runs in this context, if it has one.
current: contextvars.ContextVar[Optional[Interrupt]] = contextvars.ContextVar("current", default=None)


def pause(seconds: float) -> None:
    """Sleeps; raises Interrupted when the call is ended meanwhile."""
    interrupt = current.get()
    if interrupt is None:
        time.sleep(seconds)
    else:
        interrupt.pause(seconds)


def check() -> None:
    """Raises Interrupted when the call has been ended."""
    interrupt = current.get()
    if interrupt is not None:
        interrupt.check()


@contextmanager
def watching(connection: http.client.HTTPConnection) -> Iterator[None]:
    """Lets the call's interrupt, if it has one, break the connection."""
    interrupt = current.get()
    if interrupt is None:
        yield
        return
    with interrupt.watching(connection):
        interrupt.check()
        yield
