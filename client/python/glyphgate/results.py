"""What the service answers, as frozen, typed values. Members that this version does not know are left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Mapping, Optional, Tuple

from .json_reading import (Json, entries, flag, members, moment, name_of, number, number_or_none, text, text_or_none,
                           whole, whole_or_none)


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels of its own, upright picture."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Character:
    """One recognised symbol; its confidence is from 0 to 1."""

    text: str
    bbox: Box
    confidence: float

    @classmethod
    def from_json(cls, json: Json) -> Character:
        box = json["bbox"]
        return cls(text(json, "text"), Box(whole(box, "x"), whole(box, "y"), whole(box, "width"), whole(box, "height")),
                   number(json, "confidence"))


@dataclass(frozen=True)
class PictureResult:
    """What was read in one picture; or `error`, why nothing was, with an empty text."""

    id: str
    text: str
    characters: Tuple[Character, ...]
    error: Optional[str] = None
    #: The job that read it. None for a picture that was refused before there was a job.
    job_id: Optional[str] = None
    #: What was missing in a picture that was read as far as it goes; None for one that was complete.
    warning: Optional[str] = None
    #: The engine that read it: "google", "ppocr" or "tesseract". None where nothing was read, and from a service that
    #: does not tell it.
    engine: Optional[str] = None
    #: In a job with `near_duplicates`: the id of the earlier picture whose reading this is, as it shows the same.
    same_as: Optional[str] = None

    @property
    def ok(self) -> bool:
        return self.error is None

    @property
    def char_count(self) -> int:
        return len(self.characters)

    @property
    def confidence(self) -> Optional[float]:
        """The mean of the characters' confidences; None without characters."""
        if not self.characters:
            return None
        return sum(c.confidence for c in self.characters) / len(self.characters)

    @property
    def least_confidence(self) -> Optional[float]:
        """The least of the characters' confidences; None without characters."""
        return min((c.confidence for c in self.characters), default=None)

    @classmethod
    def from_json(cls, json: Json, job_id: str) -> PictureResult:
        return cls(text(json, "id"), text(json, "text"), tuple(map(Character.from_json, entries(json, "characters"))),
                   text_or_none(json, "error") if "error" in json else None, job_id,
                   text_or_none(json, "warning") if "warning" in json else None,
                   text_or_none(json, "engine") if "engine" in json else None,
                   text_or_none(json, "same_as") if "same_as" in json else None)


@dataclass(frozen=True)
class JobCost:
    """What a job paid of the engine calls that it was in, each shared with the other jobs in it."""

    #: Calls and parts of calls.
    calls: float
    estimated_usd: float

    @classmethod
    def from_json(cls, json: Json) -> JobCost:
        return cls(number(json, "calls"), number(json, "estimated_usd"))


@dataclass(frozen=True)
class JobResult:
    """The pictures in the order of the request, and what they cost."""

    results: Tuple[PictureResult, ...]
    processing_time_ms: Optional[int]
    total_characters: int
    images_processed: int
    api_calls: int
    images_from_cache: int
    #: None from a service that does not tell it.
    cost: Optional[JobCost] = None

    @classmethod
    def from_json(cls, json: Json, job_id: str) -> JobResult:
        return cls(tuple(PictureResult.from_json(r, job_id) for r in entries(json, "results")),
                   whole_or_none(json, "processing_time_ms"), whole(json, "total_characters"),
                   whole(json, "images_processed"), whole(json, "api_calls"), whole(json, "images_from_cache"),
                   None if json.get("cost") is None else JobCost.from_json(members(json, "cost")))


@dataclass(frozen=True)
class Job:
    """A job's state. `status` is pending, processing, completed, failed or cancelled."""

    job_id: str
    status: str
    created_at: Optional[datetime]
    started_at: Optional[datetime]
    completed_at: Optional[datetime]
    expires_at: Optional[datetime]
    processing_time_ms: Optional[int]
    images_count: int
    images_done: int
    error: Optional[str]
    #: None until the job has ended, and in lists.
    result: Optional[JobResult]
    #: What it waits for, and until when at the latest: company (more pictures for its calls), budget (room in the
    #: limits) or engine. None when it does not wait, and in lists.
    waits_for: Optional[str] = None
    waits_until: Optional[datetime] = None

    @property
    def ended(self) -> bool:
        return self.status in ("completed", "failed", "cancelled")

    @classmethod
    def from_json(cls, json: Json) -> Job:
        job_id = name_of(json, "job_id")
        return cls(job_id, text(json, "status"), moment(json, "created_at"), moment(json, "started_at"),
                   moment(json, "completed_at"), moment(json, "expires_at"), whole_or_none(json, "processing_time_ms"),
                   whole(json, "images_count"), whole(members(json, "progress"), "images_done"),
                   text_or_none(json, "error"),
                   None if json.get("result") is None else JobResult.from_json(members(json, "result"), job_id),
                   text_or_none(json, "waits_for") if "waits_for" in json else None,
                   moment(json, "waits_until") if "waits_until" in json else None)


@dataclass(frozen=True)
class Submission:
    """The answer to a posted job."""

    job_id: str
    #: pending, processing or completed.
    status: str
    message: str
    #: False when an identical job existed: this is its id, and nothing was charged.
    is_new: bool

    @classmethod
    def from_json(cls, json: Json, is_new: bool) -> Submission:
        return cls(name_of(json, "job_id"), text(json, "status"), text(json, "message"), is_new)


@dataclass(frozen=True)
class Quote:
    """What a job would come to, were it posted now. Nothing was done for it."""

    #: Whether it would be accepted now.
    accepted: bool
    #: An identical job that is there already.
    job_id: Optional[str]
    #: Pictures that were recognised before, that repeat another of the job, and that a call would send. None where the
    #: service cannot tell.
    known: Optional[int]
    repeated: Optional[int]
    sent: Optional[int]
    #: Engine calls, and what they cost.
    calls: Optional[int]
    estimated_usd: Optional[float]
    #: Why it would be refused: the problem that the service would answer.
    refused: Optional[Mapping[str, object]]
    #: Seconds after which it may be accepted.
    retry_after: Optional[float]
    #: Of those sent: pictures that are on their way in another job's call, that would join a call, and that need calls
    #: of their own. A service that does not tell them shares no calls: all are new.
    riding: Optional[int] = None
    joining: Optional[int] = None
    new: Optional[int] = None
    #: Budget, where it would be accepted and wait for room in the limits.
    waits_for: Optional[str] = None
    #: Pictures at fault, which would be skipped.
    skipped: Optional[int] = None

    @classmethod
    def from_json(cls, json: Json) -> Quote:
        images = _quoted_images(json)
        return cls(flag(json, "accepted"), text_or_none(json, "job_id"), whole_or_none(images, "known"),
                   whole_or_none(images, "repeated"), whole_or_none(images, "sent"), whole_or_none(json, "calls"),
                   number_or_none(json, "estimated_usd"),
                   None if json["refused"] is None else members(json, "refused"), number_or_none(json, "retry_after"),
                   whole_or_none(images, "riding"), whole_or_none(images, "joining"), whole_or_none(images, "new"),
                   text_or_none(json, "waits_for") if "waits_for" in json else None,
                   whole_or_none(images, "refused"))


def _quoted_images(json: Json) -> Json:
    if json["images"] is None:
        return dict.fromkeys(("known", "repeated", "sent", "riding", "joining", "new", "refused"))
    told = members(json, "images")
    return {"riding": 0, "joining": 0, "new": told.get("sent"), "refused": 0, **told}


@dataclass(frozen=True)
class Capacity:
    """How many pictures of one size fit in one engine call."""

    max_images: int
    by_height: int
    by_pixels: int
    by_file_size: int
    by_config: int
    #: config_limit, height, total_pixels or file_size.
    limiting_factor: str
    estimated_file_size_mb: float

    @classmethod
    def from_json(cls, json: Json) -> Capacity:
        limits = members(json, "limits")
        return cls(whole(json, "max_images"), whole(limits, "by_height"), whole(limits, "by_pixels"),
                   whole(limits, "by_file_size"), whole(limits, "by_config"), text(json, "limiting_factor"),
                   number(json, "estimated_file_size_mb"))


@dataclass(frozen=True)
class Limits:
    """Jobs a minute, jobs an hour, engine calls a day."""

    per_minute: int
    per_hour: int
    per_day: int

    @classmethod
    def from_json(cls, json: Json) -> Limits:
        return cls(whole(json, "per_minute"), whole(json, "per_hour"), whole(json, "per_day"))


@dataclass(frozen=True)
class LocalFirst:
    """What a local engine kept out of paid calls. `saved_usd` never says too much."""

    images_answered: int
    images_repeated: int
    saved_usd: float
    #: Jobs whose pictures it looks at now, and how often that failed since the service's start.
    jobs_in_sieve: int
    sieve_failures: int

    @classmethod
    def from_json(cls, json: Json) -> LocalFirst:
        return cls(whole(json, "images_answered"), whole(json, "images_repeated"), number(json, "saved_usd"),
                   whole(json, "jobs_in_sieve"), whole(json, "sieve_failures"))


@dataclass(frozen=True)
class Cost:
    """What was paid for. `saved_usd` compares with one call a picture."""

    api_calls: int
    images_processed: int
    images_from_cache: int
    estimated_usd: float
    saved_usd: float
    #: None from a service that does not tell it.
    local_first: Optional[LocalFirst] = None

    @classmethod
    def from_json(cls, json: Json) -> Cost:
        return cls(whole(json, "api_calls"), whole(json, "images_processed"), whole(json, "images_from_cache"),
                   number(json, "estimated_usd"), number(json, "saved_usd"),
                   LocalFirst.from_json(members(json, "local_first")) if "local_first" in json else None)


@dataclass(frozen=True)
class Usage:
    """What was used, of which limits. `limits` and `cost` are None within Health, which does not tell them;
    `cost` also for the key of one client, which is told only its own."""

    jobs_last_minute: int
    jobs_last_hour: int
    jobs_today: int
    api_calls_today: int
    oldest_job_today: Optional[datetime]
    limits: Optional[Limits] = None
    cost: Optional[Cost] = None

    @classmethod
    def from_json(cls, usage: Json, limits: Optional[Json] = None, cost: Optional[Json] = None) -> Usage:
        return cls(whole(usage, "jobs_last_minute"), whole(usage, "jobs_last_hour"), whole(usage, "jobs_today"),
                   whole(usage, "api_calls_today"), moment(usage, "oldest_job_today"),
                   None if limits is None else Limits.from_json(limits), None if cost is None else Cost.from_json(cost))


@dataclass(frozen=True)
class Breaker:
    """The circuit breaker: closed, open or half_open. `last_failure` and `retry_after` are seconds. `state` and
    `failures` are None while the service does not know them."""

    state: Optional[str]
    failures: Optional[int]
    threshold: int
    last_failure: Optional[float]
    retry_after: Optional[float]

    @classmethod
    def from_json(cls, json: Json) -> Breaker:
        return cls(text_or_none(json, "state"), whole_or_none(json, "failures"), whole(json, "threshold"),
                   number_or_none(json, "last_failure"), number_or_none(json, "retry_after"))


@dataclass(frozen=True)
class Engine:
    """An engine of the service, and what it reads."""

    name: str
    version: Optional[str]
    #: As language hints name them; empty where the service does not say.
    languages: Tuple[str, ...]
    #: Why it is not there, and how to mend that; None where it is there.
    absent: Optional[str]

    @classmethod
    def from_json(cls, json: Json) -> Engine:
        languages = entries(json, "languages") if "languages" in json else []
        if not all(type(language) is str for language in languages):
            raise TypeError("languages holds something that is not a string")
        return cls(text(json, "name"), text(json, "version") if "version" in json else None, tuple(languages),
                   text(json, "absent") if "absent" in json else None)


@dataclass(frozen=True)
class Health:
    """How the service is. `status` is healthy or degraded. None stands for what the service does not know, because a
    part of it did not answer in time."""

    status: str
    version: str
    #: google, local, ppocr or tesseract.
    engine: str
    google_cloud_available: bool
    circuit_breaker: Breaker
    total_jobs: Optional[int]
    jobs_by_status: Optional[Mapping[str, int]]
    queue_waiting: Optional[int]
    queue_running: Optional[int]
    queue_capacity: int
    usage: Optional[Usage]
    #: The limits in force, as the service names them.
    config: Json
    #: What each engine reads, also those that are not there; empty from a service that does not tell it.
    engines: Tuple[Engine, ...] = ()

    @classmethod
    def from_json(cls, json: Json) -> Health:
        jobs, queue, usage = members(json, "job_storage"), members(json, "queue"), members(json, "usage")
        by_status = None if jobs["by_status"] is None else members(jobs, "by_status")
        return cls(text(json, "status"), text(json, "version"), text(json, "engine"),
                   flag(json, "google_cloud_available"), Breaker.from_json(members(json, "circuit_breaker")),
                   whole_or_none(jobs, "total_jobs"),
                   None if by_status is None else {status: whole(by_status, status) for status in by_status},
                   whole_or_none(queue, "waiting"), whole_or_none(queue, "running"), whole(queue, "capacity"),
                   None if usage["jobs_today"] is None else Usage.from_json(usage), members(json, "config"),
                   tuple(map(Engine.from_json, entries(json, "engines") if "engines" in json else ())))
