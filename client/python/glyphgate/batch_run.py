"""One run of process_batch: posts jobs, collects their results, puts them in order."""

from __future__ import annotations

import math
import time
from collections import deque
from typing import Callable, Deque, Dict, List, Optional, Sequence, Tuple

from . import interrupt
from .batches import plan
from .errors import (GlyphgateError, Interrupted, InvalidRequest, JobTimeout, NotFound, PictureError, RateLimited,
                     ServiceError, ServiceUnreachable, TooLarge, Unavailable, UnsupportedFormat)
from .form import Part, Wishes
from .jobs import Jobs
from .picture_id import file_of_page
from .pictures import Picture
from .results import Capacity, Job, PictureResult
from .retrying import OutOfTime

# Jobs on their way at once: enough to keep the service busy, and few enough that none expires uncollected.
_MAX_RUNNING = 4
# After these, no other question is answered any better.
_NOBODY_ANSWERS = (Interrupted, JobTimeout, RateLimited, ServiceUnreachable, Unavailable)


class BatchRun:
    def __init__(self, jobs: Jobs, pictures: Sequence[Picture], wishes: Wishes, max_body_bytes: int,
                 deadline: float, one_job: bool = False) -> None:
        """`deadline` is a time.monotonic(), or infinity. `one_job` has all pictures in one job, or none."""
        self._jobs = jobs
        self._pictures = pictures
        self._wishes = wishes
        self._max_body_bytes = max_body_bytes
        self._deadline = deadline
        self._one_job = one_job
        self._began_at = time.monotonic()
        self._todo: Deque[List[Picture]] = deque()
        self._running: Deque[Tuple[str, List[Picture]]] = deque()
        #: By the picture's id; of a file of several pages, all of them.
        self._done: Dict[str, List[PictureResult]] = {}
        #: Why no other job is posted.
        self._failure: Optional[GlyphgateError] = None

    def results(self, report: Callable[[int], None]) -> List[PictureResult]:
        """All results. `report` is called with the number of pictures that are done."""
        try:
            try:
                self._run(report)
            except OutOfTime as over:
                raise self._timeout(over) from over
        except BaseException as error:
            # Whatever ends the batch, what was paid for is handed over.
            setattr(error, "results", self._in_order())
            raise
        return self._in_order()

    def _run(self, report: Callable[[int], None]) -> None:
        if self._one_job:
            self._todo.extend([list(self._pictures)] if self._pictures else [])
        else:
            self._todo.extend(plan(self._pictures, self._wishes, self._max_body_bytes, self._capacity))
        while self._todo or self._running:
            may_post = self._todo and len(self._running) < _MAX_RUNNING
            try:
                if not (may_post and self._post_next()):
                    self._collect_oldest(report)
            except _NOBODY_ANSWERS as error:
                raise self._failure or error
            except GlyphgateError as error:
                # Nothing more is posted, but the jobs on their way are collected.
                self._failure = self._failure or error
                self._todo.clear()
            report(len(self._done))
        if self._failure is not None:
            raise self._failure

    def _capacity(self, width: int, height: int) -> Capacity:
        return self._jobs.capacity(width, height, self._deadline)

    def _in_order(self) -> List[PictureResult]:
        return [result for p in self._pictures for result in self._done.get(p.id, ())]

    def _timeout(self, over: OutOfTime) -> JobTimeout:
        seconds = round(self._deadline - self._began_at, 2)
        return JobTimeout(f"{len(self._done)} of {len(self._pictures)} pictures were read within {seconds:g} s: {over}",
                          [job_id for job_id, _ in self._running])

    def _post_next(self) -> bool:
        """Posts the next job, or what the service lets through of it. False when it can only wait: then the jobs on
        their way are collected first, so that none expires during a long wait."""
        pictures = self._todo.popleft()
        parts = self._read(pictures)
        if not parts:
            return True
        posted = [picture for picture in pictures if picture.id not in self._done]
        try:
            patience = 0 if self._running else math.inf
            submission = self._jobs.post(parts, self._wishes, patience, self._deadline)
            self._running.append((submission.job_id, posted))
        except OutOfTime as over:
            # A refusal tells more than that there is no time to wait for its end.
            if isinstance(over.__cause__, ServiceError):
                raise over.__cause__
            raise
        except (RateLimited, Unavailable, ServiceUnreachable):
            if not self._running:
                raise
            self._todo.appendleft(posted)
            return False
        except (TooLarge, UnsupportedFormat, InvalidRequest) as refusal:
            self._go_on_without_culprits(posted, refusal)
        return True

    def _read(self, pictures: Sequence[Picture]) -> List[Part]:
        """The pictures' bytes, without those that cannot be read any more."""
        parts: List[Part] = []
        for picture in pictures:
            interrupt.check()
            try:
                parts.append((picture.id, picture.read()))
            except PictureError as error:
                self._fail(picture.id, str(error), None)
        return parts

    def _go_on_without_culprits(self, pictures: List[Picture], refusal: ServiceError) -> None:
        ids = {p.id for p in pictures}
        found = [(file_of_page(e.image, ids) if isinstance(e.image, str) else None, e) for e in refusal.errors]
        culprits = {file_id: error for file_id, error in reversed(found) if file_id is not None}
        if culprits and all(file_id is not None for file_id, _ in found):
            for picture_id, error in culprits.items():
                detail = error.detail or str(refusal)
                self._fail(picture_id, detail if error.image == picture_id else f"{error.image}: {detail}", None)
            rest = [p for p in pictures if p.id not in culprits]
            if rest:
                self._todo.appendleft(rest)
        elif isinstance(refusal, TooLarge) and len(pictures) > 1 and not self._one_job:
            middle = len(pictures) // 2
            self._todo.extendleft((pictures[middle:], pictures[:middle]))
        elif isinstance(refusal, TooLarge) and len(pictures) == 1:
            self._fail(pictures[0].id, str(refusal), None)
        else:
            raise refusal

    def _collect_oldest(self, report: Callable[[int], None]) -> None:
        job_id, pictures = self._running[0]
        before = len(self._done)
        try:
            job = self._jobs.wait_for_end(
                job_id, self._deadline, lambda job: report(before + max(0, min(job.images_done, len(pictures)))))
        except NotFound as error:
            for picture in pictures:
                self._fail(picture.id, error.detail or str(error), job_id)
        except _NOBODY_ANSWERS:
            raise
        except GlyphgateError:
            self._running.popleft()
            raise
        else:
            self._take(job, pictures)
        self._running.popleft()

    def _take(self, job: Job, pictures: Sequence[Picture]) -> None:
        ids = {p.id for p in pictures}
        results: Dict[str, List[PictureResult]] = {}
        for result in job.result.results if job.result else ():
            file_id = file_of_page(result.id, ids)
            if file_id is not None:
                results.setdefault(file_id, []).append(result)
        for picture in pictures:
            if picture.id in results:
                self._done[picture.id] = results[picture.id]
            else:
                self._fail(picture.id, job.error or f"job {job.job_id} is {job.status}", job.job_id)

    def _fail(self, picture_id: str, why: str, job_id: Optional[str]) -> None:
        self._done[picture_id] = [PictureResult(picture_id, "", (), why, job_id)]
