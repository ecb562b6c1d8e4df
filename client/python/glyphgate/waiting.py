"""What a client tells of the waits that it is asked for, or that its jobs are in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Callable, Optional

from .errors import GlyphgateError, ServiceError
from .results import Job

# Seconds. Shorter waits are over before anybody wonders.
_WORTH_TELLING = 2.0

_OF_A_JOB = {"company": "more pictures, to share a call with", "budget": "room in the limits", "engine": "the engine"}


@dataclass(frozen=True)
class Wait:
    """A wait that begins. `str` of it is a line for people: "waiting 48 s: 10 jobs a minute (JOBS_PER_MINUTE_LIMIT)"."""

    seconds: float
    #: What for, e.g. "10 jobs a minute (JOBS_PER_MINUTE_LIMIT)".
    why: str
    #: Whether it may end sooner.
    at_most: bool = False

    def __str__(self) -> str:
        return f"waiting {'up to ' if self.at_most else ''}{self.seconds:.0f} s: {self.why}"


#: Is called with a wait of some seconds when it begins, in the thread that waits.
OnWait = Callable[[Wait], None]


def wait_before_another_try(seconds: float, error: GlyphgateError) -> Optional[Wait]:
    """None for a wait that is too short to be told."""
    return Wait(seconds, _reason(error)) if seconds >= _WORTH_TELLING else None


def wait_of_job(job: Job) -> Optional[Wait]:
    """What an unfinished job waits for; None where it does not, or not for long. Its end is told by the service's
    clock, and reckoned with this machine's."""
    if job.waits_for is None or job.waits_until is None:
        return None
    seconds = (job.waits_until - datetime.now(timezone.utc)).total_seconds()
    why = f"job {job.job_id} waits for {_OF_A_JOB.get(job.waits_for, job.waits_for)}"
    return Wait(seconds, why, at_most=True) if seconds >= _WORTH_TELLING else None


def _reason(error: GlyphgateError) -> str:
    """The limit where it is one of the service's own: "the service's limit of 10 jobs a minute (…) is reached"."""
    if not isinstance(error, ServiceError):
        return str(error)
    told = error.detail or error.title or f"the answer was {error.status}"
    begin, end = "the service's limit of ", " is reached"
    return told[len(begin):-len(end)] if told.startswith(begin) and told.endswith(end) else told
