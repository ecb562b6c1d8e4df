"""What a server answered."""

from __future__ import annotations

import contextlib
import http.client
import json
from typing import IO, Any, Callable, Iterator, List, Optional, TypeVar

from .errors import UnexpectedAnswer, WriteFailed

_PIECE = 64 << 10
# Bytes. The result of a job of 10,000 pictures, full of text, is far smaller.
_LARGEST = 1 << 30

Parsed = TypeVar("Parsed")


class Answer:
    """A status, the header and the whole body."""

    def __init__(self, response: http.client.HTTPResponse, sink: Optional[IO[bytes]] = None) -> None:
        """Reads the body; that of a success becomes the content of `sink`, where there is one, and `body` is empty.
        Raises OSError or http.client.HTTPException when it does not come whole."""
        self.status = response.status
        self.reason = response.reason
        self.headers = response.headers
        if sink is not None and self.is_success:
            self.body = b""
            _copy_body(response, sink)
        else:
            self.body = _whole_body(response)

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body's value. Raises ValueError, also for one that nests too deep."""
        try:
            return json.loads(self.body, parse_constant=_refuse)
        except RecursionError:
            raise ValueError("it nests too deep") from None

    def parsed(self, from_json: Callable[[Any], Parsed]) -> Parsed:
        """What `from_json` makes of the body. Raises UnexpectedAnswer when it can make nothing of it."""
        try:
            return from_json(self.json())
        except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
            raise UnexpectedAnswer(f"the answer {self.status} {self.reason} is not of Glyphgate's API: is there one at "
                                   f"that address? It begins: {self.body[:80]!r}") from error


def _whole_body(response: http.client.HTTPResponse) -> bytes:
    # In pieces: a length that is told need not be true, and is not to be allocated.
    pieces: List[bytes] = []
    size = 0
    while True:
        piece = response.read(_PIECE)
        if not piece:
            break
        pieces.append(piece)
        size += len(piece)
        if size > _LARGEST:
            raise http.client.HTTPException("the answer does not end")
    if response.length:
        raise http.client.IncompleteRead(b"", response.length)
    return b"".join(pieces)


def _copy_body(response: http.client.HTTPResponse, sink: IO[bytes]) -> None:
    with _writing():
        # What an earlier try left there goes.
        sink.seek(0)
        sink.truncate()
    while True:
        piece = response.read(_PIECE)
        if not piece:
            break
        with _writing():
            sink.write(piece)
    if response.length:
        raise http.client.IncompleteRead(b"", response.length)


@contextlib.contextmanager
def _writing() -> Iterator[None]:
    """A full disk is no broken connection: to ask again does not help."""
    try:
        yield
    except OSError as error:
        raise WriteFailed(f"what the service sent cannot be written: {error.strerror or error}") from error


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
