"""The asynchronous client: the synchronous one, in threads of its own."""

from __future__ import annotations

import asyncio
import contextvars
import ssl
from concurrent.futures import ThreadPoolExecutor
from typing import AsyncIterator, Callable, List, Optional, Set, TypeVar

from .client import Hints, OCRClient, Progress
from .interrupt import Interrupt, current
from .pictures import Pictures
from .results import Capacity, Health, Job, PictureResult, Submission, Usage

T = TypeVar("T")


class AsyncOCRClient:
    """OCRClient with coroutines as methods; what is said there holds here.

    Each call in progress has a thread, up to `threads`; more calls wait for one. The threads are the client's own,
    since a long-poll would block the event loop's. A coroutine that is cancelled ends its call at once; a job that was
    posted goes on.
    """

    def __init__(self, base_url: str = "http://127.0.0.1:8000", api_key: Optional[str] = None, timeout: float = 30.0,
                 *, retry_for: float = 120.0, max_body_mb: int = 40, ssl_context: Optional[ssl.SSLContext] = None,
                 threads: int = 32) -> None:
        self._client = OCRClient(base_url, api_key, timeout, retry_for=retry_for, max_body_mb=max_body_mb,
                                 ssl_context=ssl_context)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="glyphgate")
        self._calls: Set[Interrupt] = set()

    async def close(self) -> None:
        """Ends the calls in progress with Interrupted, and closes the connections. The client cannot be used again."""
        for call in list(self._calls):
            call.set()
        self._threads.shutdown(wait=False)
        self._client.close()

    async def __aenter__(self) -> AsyncOCRClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def submit_job(self, pictures: Pictures, language_hints: Hints = None) -> Submission:
        return await self._run(lambda: self._client.submit_job(pictures, language_hints))

    async def get_job_status(self, job_id: str, wait: int = 0) -> Job:
        return await self._run(lambda: self._client.get_job_status(job_id, wait))

    async def wait_for_job(self, job_id: str, timeout: Optional[float] = None) -> Job:
        return await self._run(lambda: self._client.wait_for_job(job_id, timeout))

    async def process_batch(self, pictures: Pictures, language_hints: Hints = None, progress: Progress = True,
                            timeout: Optional[float] = None) -> List[PictureResult]:
        """A `progress` function is called in a thread of the client."""
        return await self._run(lambda: self._client.process_batch(pictures, language_hints, progress, timeout))

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

    async def _run(self, call: Callable[[], T]) -> T:
        interrupt = Interrupt()
        context = contextvars.copy_context()
        context.run(current.set, interrupt)
        self._calls.add(interrupt)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, context.run, call)
        except asyncio.CancelledError:
            interrupt.set()
            raise
        finally:
            self._calls.discard(interrupt)
