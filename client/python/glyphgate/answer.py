"""What a server answered."""

from __future__ import annotations

import http.client
import json
from typing import Any, Callable, List, TypeVar

from .errors import UnexpectedAnswer

_PIECE = 64 << 10
# Bytes. The result of a job of 10,000 pictures, full of text, is far smaller.
_LARGEST = 1 << 30

Parsed = TypeVar("Parsed")


class Answer:
    """A status, the header and the whole body."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        """Reads the body. Raises OSError or http.client.HTTPException when it does not come whole."""
        self.status = response.status
        self.reason = response.reason
        self.headers = response.headers
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


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
