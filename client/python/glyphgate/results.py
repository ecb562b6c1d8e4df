"""What the service answers, as frozen, typed values. Members that this version does not know are left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Mapping, Optional, Tuple

Json = Mapping[str, Any]


def _time(text: Optional[str]) -> Optional[datetime]:
    # Python 3.9 does not know the Z of RFC 3339.
    return None if text is None else datetime.fromisoformat(text.replace("Z", "+00:00"))


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
        return cls(json["text"], Box(box["x"], box["y"], box["width"], box["height"]), json["confidence"])


@dataclass(frozen=True)
class PictureResult:
    """What was read in one picture; or `error`, why nothing was, with an empty text."""

    id: str
    text: str
    characters: Tuple[Character, ...]
    error: Optional[str] = None
    #: The job that read it. None for a picture that was refused before there was a job.
    job_id: Optional[str] = None

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

    @classmethod
    def from_json(cls, json: Json, job_id: str) -> PictureResult:
        return cls(json["id"], json["text"], tuple(map(Character.from_json, json["characters"])), json.get("error"),
                   job_id)


@dataclass(frozen=True)
class JobResult:
    """The pictures in the order of the request, and what they cost."""

    results: Tuple[PictureResult, ...]
    processing_time_ms: Optional[int]
    total_characters: int
    images_processed: int
    api_calls: int
    images_from_cache: int

    @classmethod
    def from_json(cls, json: Json, job_id: str) -> JobResult:
        return cls(tuple(PictureResult.from_json(r, job_id) for r in json["results"]), json["processing_time_ms"],
                   json["total_characters"], json["images_processed"], json["api_calls"], json["images_from_cache"])


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

    @property
    def ended(self) -> bool:
        return self.status in ("completed", "failed", "cancelled")

    @classmethod
    def from_json(cls, json: Json) -> Job:
        result = json.get("result")
        return cls(json["job_id"], json["status"], _time(json["created_at"]), _time(json["started_at"]),
                   _time(json["completed_at"]), _time(json["expires_at"]), json["processing_time_ms"],
                   json["images_count"], json["progress"]["images_done"], json["error"],
                   None if result is None else JobResult.from_json(result, json["job_id"]))


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
        return cls(json["job_id"], json["status"], json["message"], is_new)


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
        limits = json["limits"]
        return cls(json["max_images"], limits["by_height"], limits["by_pixels"], limits["by_file_size"],
                   limits["by_config"], json["limiting_factor"], json["estimated_file_size_mb"])


@dataclass(frozen=True)
class Limits:
    """Jobs a minute, jobs an hour, engine calls a day."""

    per_minute: int
    per_hour: int
    per_day: int


@dataclass(frozen=True)
class Cost:
    """What was paid for. `saved_usd` compares with one call a picture."""

    api_calls: int
    images_processed: int
    images_from_cache: int
    estimated_usd: float
    saved_usd: float


@dataclass(frozen=True)
class Usage:
    """What was used, of which limits. `limits` and `cost` are None within Health, which does not tell them."""

    jobs_last_minute: int
    jobs_last_hour: int
    jobs_today: int
    api_calls_today: int
    oldest_job_today: Optional[datetime]
    limits: Optional[Limits] = None
    cost: Optional[Cost] = None

    @classmethod
    def from_json(cls, usage: Json, limits: Optional[Json] = None, cost: Optional[Json] = None) -> Usage:
        return cls(
            usage["jobs_last_minute"], usage["jobs_last_hour"], usage["jobs_today"], usage["api_calls_today"],
            _time(usage["oldest_job_today"]),
            None if limits is None else Limits(limits["per_minute"], limits["per_hour"], limits["per_day"]),
            None if cost is None else Cost(cost["api_calls"], cost["images_processed"], cost["images_from_cache"],
                                           cost["estimated_usd"], cost["saved_usd"]))


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
        return cls(json["state"], json["failures"], json["threshold"], json["last_failure"], json["retry_after"])


@dataclass(frozen=True)
class Health:
    """How the service is. `status` is healthy or degraded. None stands for what the service does not know, because a
    part of it did not answer in time."""

    status: str
    version: str
    #: google or tesseract.
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

    @classmethod
    def from_json(cls, json: Json) -> Health:
        jobs, queue, usage = json["job_storage"], json["queue"], json["usage"]
        return cls(json["status"], json["version"], json["engine"], json["google_cloud_available"],
                   Breaker.from_json(json["circuit_breaker"]), jobs["total_jobs"], jobs["by_status"],
                   queue["waiting"], queue["running"], queue["capacity"],
                   None if usage["jobs_today"] is None else Usage.from_json(usage), json["config"])
