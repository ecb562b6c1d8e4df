"""The body of a posted job: multipart/form-data, which spares the third that base64 adds."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple

from .documents import Documents
from .pictures import Picture

# "glyphgate-" and 128 random bits: no picture holds it by chance.
_BOUNDARY_PREFIX = "glyphgate-"
_BOUNDARY_SIZE = len(_BOUNDARY_PREFIX) + 32

#: A picture's id and its bytes.
Part = Tuple[str, bytes]


@dataclass(frozen=True)
class Wishes:
    """What a job is to be told beside its pictures."""

    language_hints: Sequence[str] = ()
    #: Whole seconds that it may wait; None for what is usual.
    max_delay: Optional[int] = None
    #: "skip" to leave out pictures that are at fault, "refuse" to refuse the job; None for what is usual.
    on_error: Optional[str] = None
    #: Whether pictures that show what an earlier one shows are read once; None for what is usual.
    near_duplicates: Optional[bool] = None
    #: What is read of documents of several pages.
    documents: Documents = Documents()
    #: Whether the service keeps the pictures as long as the job, to make a PDF of them.
    keep_images: bool = False

    def fields(self) -> List[Tuple[str, str]]:
        """Names and values of the form's fields."""
        fields = []
        if self.language_hints:
            fields.append(("language_hints", ",".join(self.language_hints)))
        if self.max_delay is not None:
            fields.append(("max_delay_seconds", str(self.max_delay)))
        if self.on_error is not None:
            fields.append(("on_error", self.on_error))
        if self.near_duplicates is not None:
            fields.append(("near_duplicates", "true" if self.near_duplicates else "false"))
        fields += self.documents.fields()
        if self.keep_images:
            fields.append(("keep_images", "true"))
        return fields


def job_form(pictures: Sequence[Part], wishes: Wishes = Wishes()) -> Tuple[str, bytes]:
    """The Content-Type and the body."""
    boundary = _BOUNDARY_PREFIX + secrets.token_hex(16)
    parts: List[bytes] = []
    for name, value in wishes.fields():
        parts += [_part_head(boundary, f'name="{name}"'), value.encode(), b"\r\n"]
    for picture_id, data in pictures:
        parts += [_part_head(boundary, _file_field(picture_id)), data, b"\r\n"]
    parts.append(_end(boundary))
    return f"multipart/form-data; boundary={boundary}", b"".join(parts)


def part_size(picture: Picture) -> int:
    """Bytes of the picture's part of the body."""
    return len(_part_head("-" * _BOUNDARY_SIZE, _file_field(picture.id))) + picture.size + 2


def frame_size(wishes: Wishes = Wishes()) -> int:
    """Bytes of a body without pictures."""
    return len(job_form((), wishes)[1])


def _file_field(picture_id: str) -> str:
    quoted = picture_id.replace("\\", "\\\\").replace('"', '\\"')
    return f'name="files"; filename="{quoted}"'


def _part_head(boundary: str, disposition: str) -> bytes:
    return f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode()


def _end(boundary: str) -> bytes:
    return f"--{boundary}--\r\n".encode()
