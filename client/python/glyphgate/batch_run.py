"""One run of process_batch: posts jobs, collects their results, puts them in order."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Callable, Deque, Dict, List, Optional, Sequence, Tuple

from .batches import plan
from .errors import (GlyphgateError, InvalidRequest, JobTimeout, NotFound, RateLimited, ServiceError,
                     ServiceUnreachable, TooLarge, Unavailable, UnsupportedFormat)
from .pictures import Picture
from .results import Job, PictureResult

if TYPE_CHECKING:
    from .client import OCRClient

# Jobs on their way at once: enough to keep the service busy, and few enough that none expires uncollected.
_MAX_RUNNING = 4


class BatchRun:
    def __init__(self, client: OCRClient, pictures: Sequence[Picture], language_hints: Sequence[str],
                 max_body_bytes: int, timeout: Optional[float]) -> None:
        self._client = client
        self._pictures = pictures
        self._hints = language_hints
        self._max_body_bytes = max_body_bytes
        self._timeout = timeout
        self._deadline = None if timeout is None else time.monotonic() + timeout
        self._todo: Deque[List[Picture]] = deque()
        self._running: Deque[Tuple[str, List[Picture]]] = deque()
        self._done: Dict[str, PictureResult] = {}

    def results(self, report: Callable[[int], None]) -> List[PictureResult]:
        """All results. `report` is called with the number of pictures that are done."""
        try:
            self._todo.extend(plan(self._pictures, self._hints, self._max_body_bytes, self._client.get_capacity))
            while self._todo or self._running:
                may_post = self._todo and len(self._running) < _MAX_RUNNING
                if not (may_post and self._post_next()):
                    self._collect_oldest(report)
                report(len(self._done))
        except GlyphgateError as error:
            error.results = self._in_order()
            raise
        return self._in_order()

    def _in_order(self) -> List[PictureResult]:
        return [self._done[p.id] for p in self._pictures if p.id in self._done]

    def _post_next(self) -> bool:
        """Posts the next job, or what the service lets through of it. False when it can only wait: then the jobs on
        their way are collected first, so that none expires during a long wait."""
        pictures = self._todo.popleft()
        try:
            submission = self._client._post_job(pictures, self._hints, self._patience())
            self._running.append((submission.job_id, pictures))
        except (RateLimited, Unavailable, ServiceUnreachable):
            if not self._running:
                raise
            self._todo.appendleft(pictures)
            return False
        except (TooLarge, UnsupportedFormat, InvalidRequest) as refusal:
            self._go_on_without_culprits(pictures, refusal)
        return True

    def _patience(self) -> Optional[float]:
        if self._running:
            return 0
        return None if self._deadline is None else max(0.0, self._deadline - time.monotonic())

    def _go_on_without_culprits(self, pictures: List[Picture], refusal: ServiceError) -> None:
        ids = {p.id for p in pictures}
        culprits = {e.image: e.detail for e in refusal.errors if isinstance(e.image, str) and e.image in ids}
        if culprits and len(culprits) == len(refusal.errors):
            for picture_id, detail in culprits.items():
                self._fail(picture_id, detail, None)
            rest = [p for p in pictures if p.id not in culprits]
            if rest:
                self._todo.appendleft(rest)
        elif isinstance(refusal, TooLarge) and len(pictures) > 1:
            middle = len(pictures) // 2
            self._todo.extendleft((pictures[middle:], pictures[:middle]))
        elif isinstance(refusal, TooLarge):
            self._fail(pictures[0].id, str(refusal), None)
        else:
            raise refusal

    def _collect_oldest(self, report: Callable[[int], None]) -> None:
        job_id, pictures = self._running[0]
        before = len(self._done)
        try:
            job = self._client._wait_for_end(job_id, self._deadline, lambda job: report(before + job.images_done))
        except NotFound as error:
            for picture in pictures:
                self._fail(picture.id, error.detail or str(error), job_id)
        else:
            if job is None:
                raise JobTimeout(f"{before} of {len(self._pictures)} pictures were read within {self._timeout:g} s",
                                 [running_id for running_id, _ in self._running])
            self._take(job, pictures)
        self._running.popleft()

    def _take(self, job: Job, pictures: Sequence[Picture]) -> None:
        results = {r.id: r for r in job.result.results} if job.result else {}
        for picture in pictures:
            if picture.id in results:
                self._done[picture.id] = results[picture.id]
            else:
                self._fail(picture.id, job.error or f"job {job.job_id} is {job.status}", job.job_id)

    def _fail(self, picture_id: str, why: str, job_id: Optional[str]) -> None:
        self._done[picture_id] = PictureResult(picture_id, "", (), why, job_id)
