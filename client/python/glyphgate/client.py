"""The synchronous client."""

from __future__ import annotations

import json
import ssl
import time
from typing import Callable, Iterable, Iterator, List, Optional, Sequence, Union
from urllib.parse import quote, urlencode

from . import interrupt
from .batch_run import BatchRun
from .connections import Connections
from .errors import JobFailed, JobTimeout, PictureError
from .form import job_form
from .pictures import Picture, Pictures, load
from .progress import open_progress
from .results import Capacity, Health, Job, PictureResult, Submission, Usage
from .retrying import Retrying

Hints = Union[None, str, Iterable[str]]
Progress = Union[bool, Callable[[int, int], None]]

#: Seconds; the longest that the service holds an answer.
LONGEST_WAIT = 55


class OCRClient:
    """A client of one service.

    Threads may share it: each call takes a connection of its own, and connections are kept for the next call.

    Failures that pass are tried again for `retry_for` seconds: 429 and 503 after what `Retry-After` asks for, broken
    connections after growing, jittered pauses. No other refusal is. To send a request twice is safe: the service finds
    identical jobs by their content, so that a job that is posted again is neither done nor paid twice.

    Its errors derive from GlyphgateError. http_proxy and https_proxy are not honoured.
    """

    def __init__(self, base_url: str = "http://127.0.0.1:8000", api_key: Optional[str] = None, timeout: float = 30.0,
                 *, retry_for: float = 120.0, max_body_mb: int = 40,
                 ssl_context: Optional[ssl.SSLContext] = None) -> None:
        """`timeout`: seconds that the service may stay silent before a connection counts as broken.
        `retry_for`: seconds after which a call begins no other try; 0 for none, math.inf for no end.
        `max_body_mb`: the service's MAX_BODY_MB, to which process_batch makes its jobs fit.
        `ssl_context`: for https; the system's certificates unless given.
        Raises ValueError for a URL or a key that cannot be one."""
        self._connections = Connections(base_url, api_key, timeout, ssl_context)
        self._exchanges = Retrying(self._connections, retry_for)
        self._max_body_bytes = max_body_mb << 20

    def close(self) -> None:
        """Closes the kept connections. The client can be used again; it opens new ones."""
        self._connections.close()

    def __enter__(self) -> OCRClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def submit_job(self, pictures: Pictures, language_hints: Hints = None) -> Submission:
        """Posts one job and returns at once. `pictures` is a path, bytes or a binary file object, or an iterable of
        these and of pairs (id, one of these). `language_hints` are BCP 47 tags: ["zh", "en"], or "zh,en".

        Raises PictureError for what cannot be sent, and ServiceError: InvalidRequest, UnsupportedFormat or TooLarge
        with `errors` for pictures that are refused, RateLimited, Unavailable.
        """
        loaded = load(pictures)
        if not loaded:
            raise PictureError("there is no picture to post")
        return self._post_job(loaded, _hint_list(language_hints))

    def get_job_status(self, job_id: str, wait: int = 0) -> Job:
        """The job as it is now, or up to `wait` (0 to 55) seconds later when it ends meanwhile. Raises NotFound
        for a job that is not kept."""
        query = f"?wait={wait}" if wait else ""
        answer = self._exchanges.exchange("GET", _job_path(job_id) + query, wait=wait)
        return answer.parsed(Job.from_json)

    def wait_for_job(self, job_id: str, timeout: Optional[float] = None) -> Job:
        """The completed job. Raises JobFailed when it ended in another way, JobTimeout after `timeout` seconds, and
        NotFound. Asks by long-poll."""
        job = self._wait_for_end(job_id, None if timeout is None else time.monotonic() + timeout)
        if job is None:
            raise JobTimeout(f"job {job_id} has not ended within {timeout:g} s", [job_id])
        if job.status != "completed":
            raise JobFailed(job)
        return job

    def process_batch(self, pictures: Pictures, language_hints: Hints = None, progress: Progress = True,
                      timeout: Optional[float] = None) -> List[PictureResult]:
        """Reads all pictures; their results in the same order. The batch is split into as many jobs as it needs.

        What befalls a picture, or the job that it is in, is told in its result's `error`, and fails nothing else: it
        is no picture, it cannot be decoded, its job failed, was cancelled, or was forgotten by the service.
        Raises PictureError before anything is sent; ServiceError and ServiceUnreachable when the service takes no
        more; JobTimeout after `timeout` seconds. The error's `results` has what was read until then. To run the same
        batch again is free for pictures that the service still knows.

        `progress`: True for a bar (tqdm where it is installed, else a line, and nothing where standard error is no
        terminal), False for none, or a function that is called with (pictures done, pictures in all).
        """
        loaded = load(pictures)
        run = BatchRun(self, loaded, _hint_list(language_hints), self._max_body_bytes, timeout)
        with open_progress(len(loaded), progress) as report:
            return run.results(report)

    def get_capacity(self, width: int, height: int) -> Capacity:
        """How many pictures of width x height pixels fit in one engine call. Raises InvalidRequest."""
        body = json.dumps({"width": width, "height": height}).encode()
        answer = self._exchanges.exchange("POST", "/capacity", body, {"Content-Type": "application/json"})
        return answer.parsed(Capacity.from_json)

    def get_health(self) -> Health:
        """How the service is, and its limits."""
        return self._exchanges.exchange("GET", "/health").parsed(Health.from_json)

    def get_usage(self) -> Usage:
        """What was used, of which limits, and what it cost."""
        return self._exchanges.exchange("GET", "/usage").parsed(
            lambda json: Usage.from_json(json["usage"], json["limits"], json["cost"]))

    def cancel_job(self, job_id: str) -> None:
        """Cancels a job that has not ended; forgets one that has. Raises NotFound."""
        self._exchanges.exchange("DELETE", _job_path(job_id))

    def list_jobs(self, status: Optional[str] = None, page_size: int = 100) -> Iterator[Job]:
        """All jobs that the service keeps, newest first, without their results. `status` picks one status. Pages of
        `page_size` (1 to 1000) jobs are fetched as the iteration needs them."""
        for page in self._job_pages(status, page_size):
            yield from page

    def _job_pages(self, status: Optional[str], page_size: int) -> Iterator[List[Job]]:
        query = {"limit": str(page_size)}
        if status is not None:
            query["status"] = status
        while True:
            jobs, cursor = self._exchanges.exchange("GET", "/ocr/jobs?" + urlencode(query)).parsed(
                lambda json: ([Job.from_json(job) for job in json["jobs"]], json["next_cursor"]))
            yield jobs
            if cursor is None:
                return
            query["cursor"] = cursor

    def _post_job(self, pictures: Sequence[Picture], language_hints: Sequence[str],
                  retry_for: Optional[float] = None) -> Submission:
        content_type, body = job_form(pictures, language_hints)
        answer = self._exchanges.exchange("POST", "/ocr/jobs", body, {"Content-Type": content_type},
                                          retry_for=retry_for)
        return answer.parsed(lambda json: Submission.from_json(json, is_new=answer.status == 202))

    def _wait_for_end(self, job_id: str, deadline: Optional[float],
                      report: Callable[[Job], None] = lambda job: None) -> Optional[Job]:
        """The ended job; None when `deadline`, a time.monotonic(), is over."""
        while True:
            asked_at = time.monotonic()
            left = LONGEST_WAIT if deadline is None else max(0.0, deadline - asked_at)
            wait = int(min(LONGEST_WAIT, left))
            job = self.get_job_status(job_id, wait)
            if job.ended:
                return job
            report(job)
            now = time.monotonic()
            if deadline is not None and now >= deadline:
                return None
            # A service that stops answers at once: it is not to be asked without pause.
            if now - asked_at < 1:
                interrupt.pause(min(1.0 if wait else 0.1, left))


def _job_path(job_id: str) -> str:
    return "/ocr/jobs/" + quote(job_id, safe="")


def _hint_list(hints: Hints) -> List[str]:
    if hints is None:
        return []
    return [hint.strip() for hint in (hints.split(",") if isinstance(hints, str) else hints) if hint.strip()]
