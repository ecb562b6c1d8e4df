"""The synchronous client."""

from __future__ import annotations

import os
import ssl
import time
from typing import IO, Callable, Iterable, Iterator, List, Optional, Union

from .batch_run import BatchRun
from .batches import plan
from .connections import Connections
from .documents import Documents
from .errors import JobFailed, JobTimeout, NotAuthorised, PictureError
from .form import Part, Wishes
from .jobs import Jobs
from .json_reading import Json, members
from .patience import checked_delay, checked_seconds
from .pictures import Pictures, load
from .progress import open_progress
from .results import Capacity, Health, Job, PictureResult, Quote, Submission, Usage
from .retrying import OutOfTime, Retrying
from .waiting import OnWait

Hints = Union[None, str, Iterable[str]]
Progress = Union[bool, Callable[[int, int], None]]

#: Seconds that wait_for_job may take for its first look, however little time its caller leaves.
FIRST_LOOK = 1.0


class OCRClient:
    """A client of one service.

    Threads may share it: each call takes a connection of its own, and connections are kept for the next call. So may
    processes that are forked: each makes connections of its own.

    Failures that pass are tried again for `retry_for` seconds: 429 and 503 after what `Retry-After` asks for, broken
    connections after growing, jittered pauses. No other refusal is. To send a request twice is safe: each job is posted
    with an Idempotency-Key, and the service also finds identical jobs by their content, so that a job that is posted
    again is neither done nor paid twice.

    Whatever a server answers, its errors derive from GlyphgateError.
    """

    def __init__(self, base_url: str = "http://127.0.0.1:8000", api_key: Optional[str] = None,
                 timeout: Optional[float] = 30.0, *, retry_for: Optional[float] = 120.0, max_body_mb: int = 40,
                 ssl_context: Optional[ssl.SSLContext] = None, trust_env: bool = True,
                 on_wait: Optional[OnWait] = None) -> None:
        """`timeout`: seconds that the service may stay silent before a connection counts as broken; a trickle of less
        than 4 KiB a second counts as silence. None for no bound.
        `retry_for`: seconds after which a call begins no other try; 0 for none, None or math.inf for no end.
        `max_body_mb`: the service's MAX_BODY_MB, to which process_batch makes its jobs fit.
        `ssl_context`: for https; the system's certificates unless given.
        `api_key`: shown to the service with every request; where it is None, GLYPHGATE_API_KEY of the environment is.
        `trust_env`: whether to take that key, and the proxy of the environment (http_proxy, https_proxy, no_proxy);
        none is taken to a loopback address.
        `on_wait`: is called when a call begins to wait for more than two seconds, before another try or for a job that
        itself waits; in the thread of that call.
        Raises ValueError for a URL, a key, a proxy or a time that cannot be one."""
        if api_key is None and trust_env:
            api_key = os.environ.get("GLYPHGATE_API_KEY") or None
        silence = checked_seconds("timeout", timeout)
        if silence == 0:
            raise ValueError("timeout is 0; it must be more, or None for no bound")
        self._connections = Connections(base_url, api_key, silence, ssl_context, trust_env)
        self._exchanges = Retrying(self._connections, checked_seconds("retry_for", retry_for), on_wait)
        self._jobs = Jobs(self._exchanges)
        self._max_body_bytes = max_body_mb << 20

    def close(self) -> None:
        """Closes the kept connections. The client can be used again; it opens new ones."""
        self._connections.close()

    def __enter__(self) -> OCRClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def submit_job(self, pictures: Pictures, language_hints: Hints = None, *, max_delay: Optional[int] = None,
                   on_error: Optional[str] = None, near_duplicates: Optional[bool] = None,
                   documents: Documents = Documents(), keep_images: bool = False) -> Submission:
        """Posts one job and returns at once. `pictures` is a path, bytes or a binary file object, or an iterable of
        these and of pairs (id, one of these). `language_hints` are BCP 47 tags: ["zh", "en"], or "zh,en".
        `max_delay`: whole seconds that the job may wait for other jobs to share its calls with, and for room in the
        limits instead of being refused; None for what is usual. Older services ignore it.
        `on_error`: "skip" to have pictures that are at fault (damaged, of no supported format, too large) left out, each
        with an `error` in the result, as long as another one is not; "refuse", or None, to have the job refused for
        them. Older services refuse it in any case.
        `near_duplicates`: True to have pictures read once that show what an earlier one shows, as the frames of a video
        do: the others have its reading, and name it in `same_as`. False and None do not. Older services ignore it.
        `documents`: which pages of PDFs and TIFFs are read, and how. Older services ignore it.
        `keep_images`: has the service keep the pictures as long as the job, so that `export_job` can make a PDF of them.

        Raises PictureError for what cannot be sent, and ServiceError: InvalidRequest, UnsupportedFormat or TooLarge
        with `errors` for pictures that are refused, RateLimited, Unavailable.
        """
        return self._jobs.post(_parts(pictures), _wishes(language_hints, max_delay, on_error, near_duplicates, documents,
                                                         keep_images))

    def quote(self, pictures: Pictures, language_hints: Hints = None, *, max_delay: Optional[int] = None,
              on_error: Optional[str] = None, near_duplicates: Optional[bool] = None,
              documents: Documents = Documents()) -> Quote:
        """What submit_job would come to now, and what it would cost: nothing is done. Raises what submit_job raises for
        pictures that cannot be sent or are refused; a full limit is no error, but told in the quote."""
        return self._jobs.quote(_parts(pictures), _wishes(language_hints, max_delay, on_error, near_duplicates, documents))

    def quote_batch(self, pictures: Pictures, language_hints: Hints = None, *, max_delay: Optional[int] = None,
                    on_error: Optional[str] = None, near_duplicates: Optional[bool] = None,
                    documents: Documents = Documents()) -> List[Quote]:
        """What process_batch would come to now: a quote for each job that it would post. Each is told as if it were the
        only one: what the jobs before it take of a limit is not reckoned with."""
        wishes = _wishes(language_hints, max_delay, on_error, near_duplicates, documents)
        jobs = plan(load(pictures), wishes, self._max_body_bytes, self._jobs.capacity)
        return [self._jobs.quote([(picture.id, picture.read()) for picture in job], wishes) for job in jobs]

    def get_job_status(self, job_id: str, wait: int = 0) -> Job:
        """The job as it is now, or up to `wait` (0 to 55) seconds later when it ends meanwhile. Raises NotFound
        for a job that is not kept."""
        return self._jobs.get(job_id, wait)

    def wait_for_job(self, job_id: str, timeout: Optional[float] = None) -> Job:
        """The completed job. Raises JobFailed when it ended in another way, JobTimeout after `timeout` seconds, and
        NotFound. Asks by long-poll, and once in any case: a `timeout` of less than a second can take a second."""
        seconds = checked_seconds("timeout", timeout)
        try:
            job = self._jobs.wait_for_end(job_id, time.monotonic() + seconds, first_look=FIRST_LOOK)
        except OutOfTime as over:
            raise JobTimeout(f"job {job_id} has not ended within {round(seconds, 2):g} s: {over}", [job_id]) from over
        if job.status != "completed":
            raise JobFailed(job)
        return job

    def process_batch(self, pictures: Pictures, language_hints: Hints = None, progress: Progress = True,
                      timeout: Optional[float] = None, *, max_delay: Optional[int] = None,
                      on_error: Optional[str] = None, near_duplicates: Optional[bool] = None,
                      documents: Documents = Documents(), keep_images: bool = False,
                      one_job: bool = False) -> List[PictureResult]:
        """Reads all pictures; their results in the same order. The batch is split into as many jobs as it needs. A file
        of several pages, a PDF or a TIFF, has a result for each, with the ids `id#1`, `id#2`, …

        What happens to a picture, or to the job that it is in, is told in its result's `error`, and fails nothing
        else: it is no picture, its file has vanished, it cannot be decoded, its job failed, was cancelled, or was
        forgotten by the service.
        Raises PictureError before anything is sent; ServiceError, ServiceUnreachable and UnexpectedAnswer when the
        service takes no more; JobTimeout after `timeout` seconds. The error's `results` has what was read until then,
        and so has that of any other exception that ends it, such as KeyboardInterrupt. To run the same batch again is
        free for pictures that the service still knows.

        `max_delay`: as in submit_job, for each of the jobs.
        `on_error`: as in submit_job. Either way a picture that is at fault fails by itself; with "skip" its job need not
        be posted again without it, and of a file of several pages only the page that is at fault fails.
        `near_duplicates`: as in submit_job. A batch that takes several jobs has its pictures compared within each.
        `documents`, `keep_images`: as in submit_job, for each of the jobs.
        `one_job`: True to post one job of all pictures, so that `export_job` can make one document of them. Raises
        ServiceError where it is too large for the service.
        `progress`: True for a bar (tqdm where it is installed, else a line, and nothing where standard error is no
        terminal), False for none, or a function that is called with (pictures done, pictures in all).
        """
        deadline = time.monotonic() + checked_seconds("timeout", timeout)
        wishes = _wishes(language_hints, max_delay, on_error, near_duplicates, documents, keep_images)
        loaded = load(pictures)
        run = BatchRun(self._jobs, loaded, wishes, self._max_body_bytes, deadline, one_job)
        with open_progress(len(loaded), progress) as report:
            return run.results(report)

    def export_job(self, job_id: str, form: str, to: IO[bytes], *, dpi: Optional[int] = None,
                   timestamps: Optional[str] = None) -> None:
        """Writes the result of an ended job to `to`, in a form of the service's: txt, tsv, hocr, alto, page, pdf, srt,
        jsonl or json. A PDF needs a job with `keep_images`. It comes in pieces, so that it need not fit in memory. `to`
        is a seekable, binary file, whose content it becomes.

        `dpi`: how many pixels an inch of the PDF's pages has; None for what the pictures tell.
        `timestamps`: the times of the pictures for srt, in their order, such as "0,0.5,1:02.345"; None where their ids
        tell them.

        Raises NotFound, ServiceError where the job cannot be written so, UnexpectedAnswer with a service that knows no
        forms, and WriteFailed where `to` cannot be written."""
        self._jobs.export(job_id, None, form, to, dpi, timestamps)

    def export_picture(self, job_id: str, picture_id: str, form: str, to: IO[bytes], *, dpi: Optional[int] = None,
                       timestamps: Optional[str] = None) -> None:
        """Writes what was read in one picture of a job, or on one page; as export_job."""
        self._jobs.export(job_id, picture_id, form, to, dpi, timestamps)

    def get_engine(self) -> str:
        """What the service reads with: google, local, ppocr or tesseract. Needs no key."""
        return self._jobs.engine()

    def get_capacity(self, width: int, height: int) -> Capacity:
        """How many pictures of width x height pixels fit in one engine call. Raises InvalidRequest."""
        return self._jobs.capacity(width, height)

    def get_health(self) -> Health:
        """How the service is, and its limits. Raises NotAuthorised where the service tells that only to key holders."""
        return self._exchanges.exchange("GET", "/health").parsed(_health)

    def get_usage(self) -> Usage:
        """What was used, of which limits, and what it cost."""
        return self._exchanges.exchange("GET", "/usage").parsed(_usage)

    def cancel_job(self, job_id: str) -> None:
        """Cancels a job that has not ended; forgets one that has. Raises NotFound."""
        self._jobs.cancel(job_id)

    def list_jobs(self, status: Optional[str] = None, page_size: int = 100) -> Iterator[Job]:
        """All jobs that the service keeps, newest first, without their results. `status` picks one status. Pages of
        `page_size` (1 to 1000) jobs are fetched as the iteration needs them."""
        for page in self._job_pages(status, page_size):
            yield from page

    def _close_for_good(self) -> None:
        self._connections.close(keep_no_more=True)

    def _job_pages(self, status: Optional[str], page_size: int) -> Iterator[List[Job]]:
        return self._jobs.pages(status, page_size)


def _health(json: Json) -> Health:
    if isinstance(json, dict) and set(json) == {"status"}:  # what is told to those without a key
        raise NotAuthorised(401, {"title": "An API key is needed",
                                  "detail": "without one the service tells only its status"})
    return Health.from_json(json)


def _usage(json: Json) -> Usage:
    cost = members(json, "cost") if "cost" in json else None
    return Usage.from_json(members(json, "usage"), members(json, "limits"), cost)


def _parts(pictures: Pictures) -> List[Part]:
    loaded = load(pictures)
    if not loaded:
        raise PictureError("there is no picture to post")
    return [(picture.id, picture.read()) for picture in loaded]


def _wishes(hints: Hints, max_delay: Optional[int], on_error: Optional[str], near_duplicates: Optional[bool],
            documents: Documents, keep_images: bool = False) -> Wishes:
    if on_error not in (None, "refuse", "skip"):
        raise ValueError(f"on_error is {on_error!r}; it must be 'refuse', 'skip' or None")
    if near_duplicates not in (None, True, False):
        raise ValueError(f"near_duplicates is {near_duplicates!r}; it must be True, False or None")
    return Wishes(_hint_list(hints), checked_delay(max_delay), on_error, near_duplicates, documents, keep_images)


def _hint_list(hints: Hints) -> List[str]:
    if hints is None:
        return []
    return [hint.strip() for hint in (hints.split(",") if isinstance(hints, str) else hints) if hint.strip()]
