"""How a call of the synchronous client is ended from another thread, which is what cancels a coroutine over it."""

from __future__ import annotations

import contextvars
import threading
import time
from contextlib import contextmanager
from typing import Iterator, Optional, Protocol

from .errors import Interrupted


class Abortable(Protocol):
    """What a call waits in."""

    def abort(self) -> None:
        """Makes the waiting fail. Thread-safe."""


class Interrupt:
    """Ends the pause or the exchange that one call is in, and every later one of it. Thread-safe."""

    def __init__(self) -> None:
        self._set = threading.Event()
        self._lock = threading.Lock()
        self._watched: Optional[Abortable] = None

    def set(self) -> None:
        self._set.set()
        with self._lock:
            if self._watched is not None:
                self._watched.abort()

    def check(self) -> None:
        if self._set.is_set():
            raise Interrupted("the call was interrupted")

    def pause(self, seconds: float) -> None:
        self._set.wait(min(seconds, threading.TIMEOUT_MAX))
        self.check()

    @contextmanager
    def watching(self, watched: Abortable) -> Iterator[None]:
        with self._lock:
            self._watched = watched
        try:
            yield
        finally:
            with self._lock:
                self._watched = None


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
def watching(watched: Abortable) -> Iterator[None]:
    """Lets the call's interrupt, if it has one, abort what it waits in."""
    interrupt = current.get()
    if interrupt is None:
        yield
        return
    with interrupt.watching(watched):
        interrupt.check()
        yield
