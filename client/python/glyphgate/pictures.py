"""Pictures as callers give them: paths, bytes, file objects, or pairs of an id and one of these."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from typing import IO, Any, BinaryIO, Dict, Iterable, List, Optional, Tuple, Union

from .errors import PictureError
from .picture_size import Size, picture_size

Source = Union[str, "os.PathLike[str]", bytes, bytearray, memoryview, IO[bytes]]
PictureLike = Union[Source, Tuple[str, Source]]
Pictures = Union[Source, Iterable[PictureLike]]

#: Bytes of UTF-8; the service's bound.
MAX_ID_BYTES = 256


@dataclass(frozen=True)
class Picture:
    """A picture to be sent. Files named by path are read when they are sent, so that a batch of many does not have
    to fit in memory."""

    id: str
    size: int
    path: Optional[str] = None
    data: Optional[bytes] = None

    def read(self) -> bytes:
        if self.data is not None:
            return self.data
        with self._open() as file:
            return file.read()

    def dimensions(self) -> Optional[Size]:
        """Width and height in pixels; None when they cannot be told."""
        with self._open() as file:
            return picture_size(file)

    def _open(self) -> BinaryIO:
        if self.path is None:
            return io.BytesIO(self.data or b"")
        try:
            return open(self.path, "rb")
        except OSError as error:
            raise PictureError(f"the picture {self.path!r} cannot be read: {error.strerror}") from error


def load(pictures: Pictures) -> List[Picture]:
    """The pictures in order. Raises PictureError for what is no picture, and when two have the same id.

    Without an id of its own a picture has its file's name, or `image_1`, `image_2`, … by its position.
    """
    given: Iterable[Any] = [pictures] if _is_source(pictures) else pictures  # type: ignore[assignment]
    loaded: List[Picture] = []
    positions: Dict[str, int] = {}
    for position, item in enumerate(given, 1):
        picture = _load_one(item, position)
        first = positions.setdefault(picture.id, position)
        if first != position:
            raise PictureError(f"pictures {first} and {position} have the same id {picture.id!r}; "
                               "give pairs (id, picture) to tell them apart")
        loaded.append(picture)
    return loaded


def _is_source(item: object) -> bool:
    return isinstance(item, (str, os.PathLike, bytes, bytearray, memoryview)) or hasattr(item, "read")


def _load_one(item: Any, position: int) -> Picture:
    given_id = None
    if isinstance(item, tuple):
        if len(item) != 2 or not isinstance(item[0], str):
            raise PictureError(f"picture {position} is a tuple, but no pair (id, picture)")
        given_id, item = item
    if isinstance(item, (str, os.PathLike)):
        path = os.fspath(item)
        return Picture(_checked(os.path.basename(path) if given_id is None else given_id), _file_size(path), path=path)
    data = _bytes_of(item, position)
    name = getattr(item, "name", None)
    if given_id is None:
        given_id = os.path.basename(name) if isinstance(name, str) and name else f"image_{position}"
    return Picture(_checked(given_id), len(data), data=data)


def _bytes_of(item: Any, position: int) -> bytes:
    if isinstance(item, (bytes, bytearray, memoryview)):
        return bytes(item)
    if hasattr(item, "read"):
        data = item.read()
        if isinstance(data, bytes):
            return data
        raise PictureError(f"picture {position} is a file object that reads {type(data).__name__}; "
                           "open it in binary mode")
    raise PictureError(f"picture {position} is of type {type(item).__name__}; "
                       "it must be a path, bytes, a binary file object, or a pair (id, one of these)")


def _file_size(path: str) -> int:
    try:
        if os.path.isdir(path):
            raise PictureError(f"{path!r} is a directory; give the pictures in it")
        return os.stat(path).st_size
    except OSError as error:
        raise PictureError(f"the picture {path!r} cannot be read: {error.strerror}") from error


def _checked(picture_id: str) -> str:
    try:
        size = len(picture_id.encode())
    except UnicodeEncodeError:
        raise PictureError(f"the id {picture_id!r} is not valid Unicode; give a pair (id, picture)") from None
    if not 0 < size <= MAX_ID_BYTES:
        raise PictureError(f"the id {picture_id!r} has {size} bytes; an id has 1 to {MAX_ID_BYTES}")
    if any(c < " " or c == "\x7f" for c in picture_id):
        raise PictureError(f"the id {picture_id!r} holds a control character")
    return picture_id
