"""The asynchronous client: the synchronous one, in threads of its own."""

from __future__ import annotations

import asyncio
import contextvars
import math
import ssl
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, AsyncIterator, Callable, List, Optional, Set, TypeVar

from . import forks
from .client import FIRST_LOOK, Hints, OCRClient, Progress
from .documents import Documents
from .errors import JobTimeout
from .interrupt import Interrupt, current
from .patience import checked_seconds
from .pictures import Pictures
from .results import Capacity, Health, Job, PictureResult, Quote, Submission, Usage
from .waiting import OnWait

T = TypeVar("T")


class AsyncOCRClient:
    """OCRClient with coroutines as methods; what is said there holds here.

    Each call in progress has a thread, up to `threads`; more calls wait for one. The threads are the client's own,
    since a long-poll would block the event loop's. A coroutine that is cancelled ends its call at once; a job that was
    posted goes on. The `timeout` of a call begins with the call, also where it waits for a thread.
    """

    def __init__(self, base_url: str = "http://127.0.0.1:8000", api_key: Optional[str] = None,
                 timeout: Optional[float] = 30.0, *, retry_for: Optional[float] = 120.0, max_body_mb: int = 40,
                 ssl_context: Optional[ssl.SSLContext] = None, trust_env: bool = True, threads: int = 32,
                 on_wait: Optional[OnWait] = None) -> None:
        self._client = OCRClient(base_url, api_key, timeout, retry_for=retry_for, max_body_mb=max_body_mb,
                                 ssl_context=ssl_context, trust_env=trust_env, on_wait=on_wait)
        self._thread_count = threads
        self._begin()
        forks.register(self)

    def begin_anew_in_child(self) -> None:
        """For a forked child: threads do not come along into it."""
        self._begin()

    def _begin(self) -> None:
        self._threads = ThreadPoolExecutor(self._thread_count, thread_name_prefix="glyphgate")
        self._calls: Set[Interrupt] = set()

    async def close(self) -> None:
        """Ends the calls in progress with Interrupted, and closes the connections. The client cannot be used again."""
        for call in list(self._calls):
            call.set()
        self._threads.shutdown(wait=False)
        self._client._close_for_good()

    async def __aenter__(self) -> AsyncOCRClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def submit_job(self, pictures: Pictures, language_hints: Hints = None, *, max_delay: Optional[int] = None,
                         on_error: Optional[str] = None, near_duplicates: Optional[bool] = None,
                         documents: Documents = Documents(), keep_images: bool = False) -> Submission:
        return await self._run(lambda: self._client.submit_job(
            pictures, language_hints, max_delay=max_delay, on_error=on_error, near_duplicates=near_duplicates,
            documents=documents, keep_images=keep_images))

    async def quote(self, pictures: Pictures, language_hints: Hints = None, *, max_delay: Optional[int] = None,
                    on_error: Optional[str] = None, near_duplicates: Optional[bool] = None,
                    documents: Documents = Documents()) -> Quote:
        return await self._run(lambda: self._client.quote(
            pictures, language_hints, max_delay=max_delay, on_error=on_error, near_duplicates=near_duplicates,
            documents=documents))

    async def quote_batch(self, pictures: Pictures, language_hints: Hints = None, *, max_delay: Optional[int] = None,
                          on_error: Optional[str] = None, near_duplicates: Optional[bool] = None,
                          documents: Documents = Documents()) -> List[Quote]:
        return await self._run(lambda: self._client.quote_batch(
            pictures, language_hints, max_delay=max_delay, on_error=on_error, near_duplicates=near_duplicates,
            documents=documents))

    async def get_job_status(self, job_id: str, wait: int = 0) -> Job:
        return await self._run(lambda: self._client.get_job_status(job_id, wait))

    async def wait_for_job(self, job_id: str, timeout: Optional[float] = None) -> Job:
        return await self._run_within(timeout, lambda left: self._client.wait_for_job(job_id, left), [job_id])

    async def process_batch(self, pictures: Pictures, language_hints: Hints = None, progress: Progress = True,
                            timeout: Optional[float] = None, *, max_delay: Optional[int] = None,
                            on_error: Optional[str] = None, near_duplicates: Optional[bool] = None,
                            documents: Documents = Documents(), keep_images: bool = False,
                            one_job: bool = False) -> List[PictureResult]:
        """A `progress` function is called in a thread of the client."""
        return await self._run_within(
            timeout, lambda left: self._client.process_batch(
                pictures, language_hints, progress, left, max_delay=max_delay, on_error=on_error,
                near_duplicates=near_duplicates, documents=documents, keep_images=keep_images, one_job=one_job), [])

    async def export_job(self, job_id: str, form: str, to: IO[bytes], *, dpi: Optional[int] = None,
                         timestamps: Optional[str] = None) -> None:
        """`to` is written in a thread of the client."""
        await self._run(lambda: self._client.export_job(job_id, form, to, dpi=dpi, timestamps=timestamps))

    async def export_picture(self, job_id: str, picture_id: str, form: str, to: IO[bytes], *, dpi: Optional[int] = None,
                             timestamps: Optional[str] = None) -> None:
        """`to` is written in a thread of the client."""
        await self._run(lambda: self._client.export_picture(job_id, picture_id, form, to, dpi=dpi,
                                                            timestamps=timestamps))

    async def get_engine(self) -> str:
        return await self._run(self._client.get_engine)

    async def get_capacity(self, width: int, height: int) -> Capacity:
        return await self._run(lambda: self._client.get_capacity(width, height))

    async def get_health(self) -> Health:
        return await self._run(self._client.get_health)

    async def get_usage(self) -> Usage:
        return await self._run(self._client.get_usage)

    async def cancel_job(self, job_id: str) -> None:
        await self._run(lambda: self._client.cancel_job(job_id))

    async def list_jobs(self, status: Optional[str] = None, page_size: int = 100) -> AsyncIterator[Job]:
        pages = self._client._job_pages(status, page_size)
        while True:
            page = await self._run(lambda: next(pages, None))
            if page is None:
                return
            for job in page:
                yield job

    async def _run_within(self, timeout: Optional[float], call: Callable[[Optional[float]], T],
                          job_ids: List[str]) -> T:
        """Runs a call that takes the seconds that are left for it."""
        seconds = checked_seconds("timeout", timeout)
        if math.isinf(seconds):
            return await self._run(lambda: call(None))
        deadline = time.monotonic() + seconds
        return await self._run(lambda: call(max(0.0, deadline - time.monotonic())), max(seconds, FIRST_LOOK),
                               JobTimeout(f"no thread was free within {seconds:g} s", job_ids))

    async def _run(self, call: Callable[[], T], thread_within: Optional[float] = None,
                   late: Optional[JobTimeout] = None) -> T:
        """Runs the call in a thread. Raises `late` when none is free within `thread_within` seconds."""
        interrupt = Interrupt()
        context = contextvars.copy_context()
        context.run(current.set, interrupt)
        running: "Future[T]" = self._threads.submit(lambda: context.run(call))
        self._calls.add(interrupt)
        try:
            outcome = asyncio.wrap_future(running)
            if late is not None:
                await asyncio.wait([outcome], timeout=thread_within)
                # A call that has begun keeps to its time by itself.
                if not outcome.done() and running.cancel():
                    raise late
            return await outcome
        except asyncio.CancelledError:
            interrupt.set()
            running.cancel()
            raise
        finally:
            self._calls.discard(interrupt)
