"""The ids of pictures: what the service takes, and how a name that it does not take becomes one."""

from __future__ import annotations

import hashlib
import os
from typing import Container, Optional

#: Bytes of UTF-8; the service's bound.
MAX_ID_BYTES = 256

# How much of a name an id that is made from it keeps, in bytes.
_KEPT_BYTES = 200


def flaw_of_id(picture_id: str) -> Optional[str]:
    """Why the service would refuse the id; None when it would not."""
    try:
        size = len(picture_id.encode())
    except UnicodeEncodeError:
        return f"the id {picture_id!r} is not valid Unicode"
    if not 0 < size <= MAX_ID_BYTES:
        return f"the id {picture_id!r} has {size} bytes; an id has 1 to {MAX_ID_BYTES}"
    if any(c < " " or c == "\x7f" for c in picture_id):
        return f"the id {picture_id!r} holds a control character"
    return None


def file_of_page(picture_id: str, files: Container[str]) -> Optional[str]:
    """Which of the files, by their ids, the picture of that id is, or is a page of: the pages of a TIFF are `id#1`,
    `id#2`, … None for any other id."""
    if picture_id in files:
        return picture_id
    file_id, _, page = picture_id.rpartition("#")
    return file_id if file_id in files and page.isascii() and page.isdigit() else None


def id_from_path(path: str) -> str:
    """The path itself where it can be an id. Otherwise its end, with "?" for what cannot be sent, and a digest of the
    whole: the same path has the same id in every run, and no other path has it."""
    if flaw_of_id(path) is None:
        return path
    raw = os.fsencode(path)
    readable = "".join("?" if c < " " or c == "\x7f" or "\ud800" <= c <= "\udfff" else c for c in path)
    end = readable.encode()[-_KEPT_BYTES:].decode(errors="ignore")
    return f"{end}~{hashlib.sha256(raw).hexdigest()[:16]}"
