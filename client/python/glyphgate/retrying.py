"""Which failures are worth another try, and when."""

from __future__ import annotations

import email.utils
import http.client
import math
import random
import ssl
import time
from typing import IO, Any, Mapping, Optional

from . import interrupt
from .answer import Answer
from .connections import Connections
from .errors import UNDER_WAY, GlyphgateError, ServiceError, ServiceUnreachable, UnexpectedAnswer, service_error
from .waiting import OnWait, Wait, wait_before_another_try

# Limits and a service that takes no work now; the others of the 5xx are what a proxy says while a service restarts.
_WORTH_ANOTHER_TRY = frozenset((429, 502, 503, 504))
# What may have taken effect all the same: a part of the service, or for a proxy all of it, did not answer in time.
_NO_ANSWER = "urn:glyphgate:problem:no-answer"
_PROXY_WITHOUT_ANSWER = frozenset((502, 504))
_FIRST_DELAY = 0.25
_LONGEST_DELAY = 10.0
# A service asks for no more than a day; what asks for more is asked again after a week.
_LONGEST_ASKED_DELAY = 7 * 86400.0
# A problem that nests deeper is none, and could be neither shown nor pickled.
_MOST_LEVELS = 32
# A service that never answered is probably not there at all; one that did will come back.
_TRIES_OF_A_STRANGER = 3


class OutOfTime(ServiceUnreachable):
    """The caller's time was over before an answer came. What went wrong last, if anything did, is its cause."""


class Retrying:
    """Exchanges that are tried again while that may help, for `retry_for` seconds. Thread-safe."""

    def __init__(self, connections: Connections, retry_for: float, on_wait: Optional[OnWait] = None) -> None:
        self._connections = connections
        self._retry_for = retry_for
        self._on_wait = on_wait
        self._has_answered = False

    def exchange(self, method: str, path: str, body: Optional[bytes] = None,
                 headers: Optional[Mapping[str, str]] = None, wait: float = 0, retry_for: float = math.inf,
                 deadline: float = math.inf, sink: Optional[IO[bytes]] = None) -> Answer:
        """An answer of success; with `sink`, a seekable file, its body is that file's content, and the answer's own is
        empty. Raises ServiceError, ServiceUnreachable or UnexpectedAnswer. `retry_for` can shorten
        the client's own.

        No try begins more than `retry_for` seconds after the first one; a wait that the service asks for and that
        would end later is not begun. Nothing goes on beyond `deadline`, a time.monotonic(): then it raises OutOfTime.
        """
        give_up_at = time.monotonic() + min(self._retry_for, retry_for)
        tries = 0
        lost_an_answer = False
        while True:
            interrupt.check()
            tries += 1
            error: GlyphgateError
            delay = _backoff(tries)
            try:
                answer = self._connections.exchange(method, path, body, headers, wait, deadline, sink)
            except (OSError, http.client.HTTPException) as failure:
                interrupt.check()
                if time.monotonic() >= deadline:
                    raise OutOfTime(f"no answer from {self._connections.base_url} came in time") from failure
                lost_an_answer = True
                error = ServiceUnreachable(f"no answer from {self._connections.base_url}: {_text_of(failure)}")
                error.__cause__ = failure
                if isinstance(failure, ssl.SSLCertVerificationError) or (not self._has_answered
                                                                         and tries >= _TRIES_OF_A_STRANGER):
                    raise error
            else:
                self._has_answered = True
                # What is not found any more, the try whose answer got lost has deleted.
                if answer.is_success or (method == "DELETE" and lost_an_answer and answer.status == 404):
                    return answer
                refusal = _error_of(answer)
                if refusal.status not in _WORTH_ANOTHER_TRY and refusal.type != UNDER_WAY:
                    raise refusal
                lost_an_answer |= refusal.type == _NO_ANSWER or refusal.status in _PROXY_WITHOUT_ANSWER
                error = refusal
                if refusal.retry_after is not None:
                    # To ask for no time at all does not make tries more useful than they are without being asked.
                    delay = max(delay, _spread(min(refusal.retry_after, _LONGEST_ASKED_DELAY)))
            if time.monotonic() + delay > give_up_at:
                raise error
            if time.monotonic() + delay > deadline:
                raise OutOfTime(str(error)) from error
            self.tell(wait_before_another_try(delay, error))
            interrupt.pause(delay)

    def tell(self, wait: Optional[Wait]) -> None:
        """Tells the client's owner of a wait that begins now."""
        if wait is not None and self._on_wait is not None:
            self._on_wait(wait)


def _backoff(tries: int) -> float:
    # The exponent is bounded, so that an endless retry does not overflow.
    return min(_FIRST_DELAY * 2.0**min(tries - 1, 10), _LONGEST_DELAY) * random.uniform(0.5, 1)


def _spread(seconds: float) -> float:
    """A little more than asked for, so that clients that were refused together do not come back together."""
    return seconds + random.uniform(0, min(0.1 * seconds + 0.05, 1))


def _error_of(answer: Answer) -> ServiceError:
    if answer.status < 300:
        raise UnexpectedAnswer(f"the answer is {answer.status} {answer.reason}, which ends no request")
    if answer.status < 400:
        raise UnexpectedAnswer(f"the answer is {answer.status} {answer.reason} to {answer.headers.get('Location')}; "
                               "redirects are not followed: give that address as base URL")
    return service_error(answer.status, _problem(answer), _retry_after(answer.headers.get("Retry-After")),
                         answer.headers.get("X-Request-Id"))


def _problem(answer: Answer) -> Mapping[str, Any]:
    """What is known of the refusal; a proxy's page leaves only the status' name."""
    try:
        problem = answer.json()
        if isinstance(problem, dict) and _is_shallow(problem, _MOST_LEVELS):
            return {"title": answer.reason, **problem}
    except ValueError:
        pass
    return {"title": answer.reason}


def _is_shallow(value: Any, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels > 0 and all(_is_shallow(member, levels - 1) for member in inner)


def _retry_after(value: Optional[str]) -> Optional[float]:
    """Seconds, of either form of RFC 9110; None where there is none to understand."""
    if value is None:
        return None
    digits = value.strip()
    if digits.isascii() and digits.isdigit():
        return float(digits)
    try:
        moment = email.utils.parsedate_to_datetime(value).timestamp()
    except (TypeError, ValueError, LookupError, OverflowError, OSError):
        return None
    return max(0.0, moment - time.time())


def _text_of(failure: Exception) -> str:
    return str(failure) or type(failure).__name__
