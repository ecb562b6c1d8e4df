"""What the client raises. Everything derives from GlyphgateError."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Mapping, Optional, Sequence, Tuple, Union

if TYPE_CHECKING:
    from .results import Job, PictureResult


class GlyphgateError(Exception):
    """The base of all errors of this package. They can be pickled.

    `results` holds what process_batch had read before the error, in the order of its pictures; those that were not
    read are missing. To run the same batch again costs nothing for them as long as the service keeps their jobs.
    """

    results: Sequence[PictureResult] = ()


class PictureError(GlyphgateError, ValueError):
    """A picture cannot be sent: no such file, no bytes, a bad or double id. Raised before anything is sent."""


class ServiceUnreachable(GlyphgateError):
    """No answer came: no connection, no trust in the certificate, or the connection broke or stayed silent."""


class UnexpectedAnswer(GlyphgateError):
    """Something answered that is no Glyphgate: a redirect, or a body that is not the JSON of its API."""


class WriteFailed(GlyphgateError):
    """What the service sent could not be written to where it should go, e.g. as the disk is full."""


class Interrupted(GlyphgateError):
    """The call was ended from outside: its coroutine was cancelled, or the asynchronous client was closed."""


@dataclass(frozen=True)
class RequestError:
    """One thing that is wrong with a request, as the service tells it."""

    detail: str
    #: The id of the picture that it is about, or its position where it has no id. None when it is about no picture.
    image: Union[str, int, None] = None
    #: The field of the request that it is about.
    field: Optional[str] = None

    def __str__(self) -> str:
        about = self.image if self.image is not None else self.field
        return self.detail if about is None else f"{about}: {self.detail}"


class ServiceError(GlyphgateError):
    """The service refused a request: an answer of application/problem+json (RFC 9457), or another error status."""

    #: HTTP status.
    status: int
    #: E.g. "urn:glyphgate:problem:rate-limited"; "about:blank" where the answer names none.
    type: str
    title: str
    detail: str
    #: Seconds that the service asks to wait before another try.
    retry_after: Optional[float]
    #: Everything that is wrong with the request.
    errors: Sequence[RequestError]
    #: The service's id of the exchange, to be found in its log.
    request_id: Optional[str]
    #: All members of the problem, e.g. "limit", "usage", "supported".
    problem: Mapping[str, Any]

    def __init__(self, status: int, problem: Mapping[str, Any], retry_after: Optional[float] = None,
                 request_id: Optional[str] = None) -> None:
        self.status = status
        self.problem = problem
        self.type = _string(problem, "type", "about:blank")
        self.title = _string(problem, "title")
        self.detail = _string(problem, "detail")
        self.retry_after = retry_after
        self.request_id = request_id
        self.errors = _errors_of(problem)
        super().__init__(self._text())

    def __reduce__(self) -> Tuple[Any, ...]:
        return type(self), (self.status, self.problem, self.retry_after, self.request_id), self.__dict__

    def _text(self) -> str:
        parts = [f"{self.status} {self.title}".strip()]
        if self.errors:
            parts.append("; ".join(map(str, self.errors)))
        elif self.detail:
            parts.append(self.detail)
        if self.retry_after is not None:
            parts.append(f"the service asks to wait {self.retry_after:.0f} s")
        return ": ".join(parts)


def _string(json: Mapping[str, Any], name: str, default: str = "") -> str:
    value = json.get(name)
    return value if isinstance(value, str) else default


def _errors_of(problem: Mapping[str, Any]) -> Tuple[RequestError, ...]:
    """What of the member `errors` is of the form that it should have."""
    errors = problem.get("errors")
    return tuple(_error_of(e) for e in errors if isinstance(e, dict)) if isinstance(errors, list) else ()


def _error_of(json: Mapping[str, Any]) -> RequestError:
    image, field = json.get("image"), json.get("field")
    return RequestError(_string(json, "detail"), image if type(image) in (str, int) else None,
                        field if isinstance(field, str) else None)


class BadRequest(ServiceError):
    """400: the request cannot be understood."""


class NotAuthorised(ServiceError):
    """401 or 403: the key is missing or wrong."""

    def _text(self) -> str:
        if self.status != 401:
            return super()._text()
        return super()._text() + " (a key is given as api_key, in GLYPHGATE_API_KEY, or by --api-key-file)"


class NotFound(ServiceError):
    """404: no such job, or no such path."""


class TooLarge(ServiceError):
    """413: the body or a picture exceeds a limit; `problem["limit"]` names it."""


class UnsupportedFormat(ServiceError):
    """415: a picture is neither JPEG nor PNG nor WebP."""


class InvalidRequest(ServiceError):
    """422: `errors` tells all that is wrong."""


class RateLimited(ServiceError):
    """429: a limit is reached; `problem["usage"]` shows all of them."""


class Unavailable(ServiceError):
    """502, 503 or 504: the service, its engine or its store takes no work now. Or 409, while an earlier try of the same
    request is under way."""


#: The type of the refusal while an earlier try of the same request is under way.
UNDER_WAY = "urn:glyphgate:problem:idempotency-key-in-use"

_KINDS = {400: BadRequest, 401: NotAuthorised, 403: NotAuthorised, 404: NotFound, 413: TooLarge,
          415: UnsupportedFormat, 422: InvalidRequest, 429: RateLimited, 502: Unavailable, 503: Unavailable,
          504: Unavailable}


def service_error(status: int, problem: Mapping[str, Any], retry_after: Optional[float] = None,
                  request_id: Optional[str] = None) -> ServiceError:
    """The error of the class that stands for the refusal."""
    kind = Unavailable if problem.get("type") == UNDER_WAY else _KINDS.get(status, ServiceError)
    return kind(status, problem, retry_after, request_id)


class JobFailed(GlyphgateError):
    """A job ended without a result to use: it failed, or someone cancelled it."""

    def __init__(self, job: Job) -> None:
        super().__init__(f"job {job.job_id} {'was cancelled' if job.status == 'cancelled' else 'failed'}"
                         + (f": {job.error}" if job.error else ""))
        self.job = job

    def __reduce__(self) -> Tuple[Any, ...]:
        return type(self), (self.job,), self.__dict__


class JobTimeout(GlyphgateError, TimeoutError):
    """The caller's time was over before the work. The service goes on with it; `job_ids` are still unfinished."""

    def __init__(self, message: str, job_ids: Sequence[str]) -> None:
        super().__init__(message)
        self.job_ids = tuple(job_ids)

    def __reduce__(self) -> Tuple[Any, ...]:
        return type(self), (str(self), self.job_ids), self.__dict__
