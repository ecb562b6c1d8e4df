"""The service's jobs, one exchange after another."""

from __future__ import annotations

import json
import math
import time
import uuid
from typing import IO, Callable, Iterator, List, Optional, Sequence, Tuple
from urllib.parse import quote, urlencode

from . import interrupt
from .errors import UnexpectedAnswer
from .form import Part, Wishes, job_form
from .json_reading import Json, entries, name_of
from .results import Capacity, Job, Quote, Submission
from .retrying import OutOfTime, Retrying
from .waiting import wait_of_job

#: Seconds; the longest that the service holds an answer.
LONGEST_WAIT = 55
# Seconds after which a job is looked at first where somebody wants to know how it goes on.
_SOON = 2


class Jobs:
    """Posts, asks for and waits for jobs. What has a `deadline`, a time.monotonic(), raises OutOfTime when it is over.
    Thread-safe."""

    def __init__(self, exchanges: Retrying) -> None:
        self._exchanges = exchanges

    def post(self, parts: Sequence[Part], wishes: Wishes, retry_for: float = math.inf,
             deadline: float = math.inf) -> Submission:
        content_type, body = job_form(parts, wishes)
        # With it, a try whose answer got lost is answered again instead of done again.
        headers = {"Content-Type": content_type, "Idempotency-Key": f'"{uuid.uuid4()}"'}
        answer = self._exchanges.exchange("POST", "/ocr/jobs", body, headers, retry_for=retry_for, deadline=deadline)
        return answer.parsed(lambda json: Submission.from_json(json, is_new=answer.status == 202))

    def quote(self, parts: Sequence[Part], wishes: Wishes) -> Quote:
        content_type, body = job_form(parts, wishes)
        answer = self._exchanges.exchange("POST", "/ocr/jobs?dry_run=true", body, {"Content-Type": content_type})
        return answer.parsed(Quote.from_json)

    def get(self, job_id: str, wait: int = 0, deadline: float = math.inf) -> Job:
        query = f"?wait={wait}" if wait else ""
        answer = self._exchanges.exchange("GET", _job_path(job_id) + query, wait=wait, deadline=deadline)
        job = answer.parsed(Job.from_json)
        if job.job_id != job_id:
            raise UnexpectedAnswer(f"job {job_id} was asked for, and the answer is job {job.job_id}")
        return job

    def wait_for_end(self, job_id: str, deadline: float = math.inf, report: Optional[Callable[[Job], None]] = None,
                     first_look: float = 0) -> Job:
        """The ended job. Asks by long-poll. The first look may take `first_look` seconds, whatever the deadline."""
        may_look_until = time.monotonic() + first_look
        longest = LONGEST_WAIT if report is None else _SOON
        while True:
            asked_at = time.monotonic()
            left = min(longest, max(0.0, deadline - asked_at))
            wait = int(left)
            job = self.get(job_id, wait, max(deadline, may_look_until))
            if job.ended:
                return job
            if report is not None:
                report(job)
            self._exchanges.tell(wait_of_job(job))
            longest = LONGEST_WAIT
            now = time.monotonic()
            if now >= deadline:
                raise OutOfTime(f"it is {job.status}")
            may_look_until = -math.inf
            # A service that stops answers at once: it is not to be asked without pause.
            if now - asked_at < 1:
                interrupt.pause(min(1.0 if wait else 0.1, left))

    def export(self, job_id: str, picture_id: Optional[str], form: str, sink: IO[bytes], dpi: Optional[int] = None,
               timestamps: Optional[str] = None) -> None:
        """Has the result of an ended job, or of one picture of it, written to the seekable file in that form."""
        path = _job_path(job_id) + ("" if picture_id is None else "/images/" + quote(picture_id, safe=""))
        told = (("format", form), ("dpi", dpi), ("timestamps", timestamps))
        query = urlencode([(name, value) for name, value in told if value is not None])
        answer = self._exchanges.exchange("GET", f"{path}?{query}", headers={"Accept": "*/*"}, sink=sink)
        kind = answer.headers.get_content_type()
        if kind == "application/json" and form != "json":
            raise UnexpectedAnswer(f"the service does not write {form}: it is an older one")

    def engine(self) -> str:
        """What the service reads with."""
        return self._exchanges.exchange("GET", "/").parsed(lambda json: name_of(json, "engine"))

    def cancel(self, job_id: str) -> None:
        self._exchanges.exchange("DELETE", _job_path(job_id))

    def pages(self, status: Optional[str], page_size: int) -> Iterator[List[Job]]:
        query = {"limit": str(page_size)}
        if status is not None:
            query["status"] = status
        while True:
            jobs, cursor = self._exchanges.exchange("GET", "/ocr/jobs?" + urlencode(query)).parsed(_page)
            yield jobs
            if cursor is None:
                return
            if cursor == query.get("cursor"):
                raise UnexpectedAnswer(f"the page behind {cursor!r} is the same page again")
            query["cursor"] = cursor

    def capacity(self, width: int, height: int, deadline: float = math.inf) -> Capacity:
        body = json.dumps({"width": width, "height": height}).encode()
        answer = self._exchanges.exchange("POST", "/capacity", body, {"Content-Type": "application/json"},
                                          deadline=deadline)
        return answer.parsed(Capacity.from_json)


def _job_path(job_id: str) -> str:
    return "/ocr/jobs/" + quote(job_id, safe="")


def _page(json: Json) -> Tuple[List[Job], Optional[str]]:
    cursor = None if json["next_cursor"] is None else name_of(json, "next_cursor")
    return [Job.from_json(job) for job in entries(json, "jobs")], cursor
