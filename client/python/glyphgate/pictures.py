"""Pictures as callers give them: paths, bytes, file objects, or pairs of an id and one of these."""

from __future__ import annotations

import io
import os
import stat
from dataclasses import dataclass
from typing import IO, Any, BinaryIO, Dict, Iterable, List, Optional, Tuple, Union

from .errors import PictureError
from .picture_id import flaw_of_id, id_from_path
from .picture_size import Size, picture_size

Source = Union[str, "os.PathLike[str]", bytes, bytearray, memoryview, IO[bytes]]

@dataclass(frozen=True)
class Picture:
    """A picture to be sent. Files named by path are read when they are sent, so that a batch of many does not have
    to fit in memory."""

    id: str
    size: int
    path: Optional[str] = None
    data: Optional[bytes] = None
    #: Whether it has a job to itself, as a document of several pages.
    alone: bool = False

    def read(self) -> bytes:
        """Raises PictureError for a file that cannot be read any more."""
        if self.data is not None:
            return self.data
        try:
            with self._open() as file:
                return file.read()
        except OSError as error:
            raise unreadable(self.path, error) from error

    def head(self, size: int) -> bytes:
        """Its first bytes; none of a file that cannot be read."""
        try:
            with self._open() as file:
                return file.read(size)
        except OSError:
            return b""

    def dimensions(self) -> Optional[Size]:
        """Width and height in pixels; None when they cannot be told."""
        try:
            with self._open() as file:
                return picture_size(file)
        except OSError:
            return None

    def _open(self) -> BinaryIO:
        return io.BytesIO(self.data or b"") if self.path is None else open(self.path, "rb")


PictureLike = Union[Source, Picture, Tuple[str, Source]]
Pictures = Union[Source, Iterable[PictureLike]]


def unreadable(path: Optional[str], error: OSError) -> PictureError:
    return PictureError(f"the picture {path!r} cannot be read: {error.strerror or error}")


def load(pictures: Pictures) -> List[Picture]:
    """The pictures in order. Raises PictureError for what is no picture, and when two have the same id.

    Without an id of its own a picture has its file's name, or `image_1`, `image_2`, … by its position. A name that
    cannot be an id has one made from it.
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
    if isinstance(item, Picture):
        return item
    if isinstance(item, tuple):
        if len(item) != 2 or not isinstance(item[0], str):
            raise PictureError(f"picture {position} is a tuple, but no pair (id, picture)")
        given_id, item = item
    if isinstance(item, (str, os.PathLike)):
        return _load_file(_id_of(given_id, os.fspath(item)), os.fspath(item))
    data = _bytes_of(item, position)
    name = getattr(item, "name", None)
    path = name if isinstance(name, str) and os.path.basename(name) else f"image_{position}"
    return Picture(_id_of(given_id, path), len(data), data=data)


def _id_of(given: Optional[str], path: str) -> str:
    if given is None:
        return id_from_path(os.path.basename(path))
    flaw = flaw_of_id(given)
    if flaw is not None:
        raise PictureError(f"{flaw}; give another in a pair (id, picture)")
    return given


def _bytes_of(item: Any, position: int) -> bytes:
    if isinstance(item, (bytes, bytearray, memoryview)):
        return bytes(item)
    if hasattr(item, "read"):
        try:
            data = item.read()
        except OSError as error:
            raise PictureError(f"picture {position} cannot be read: {error.strerror or error}") from error
        if isinstance(data, bytes):
            return data
        raise PictureError(f"picture {position} is a file object that reads {type(data).__name__}; "
                           "open it in binary mode")
    raise PictureError(f"picture {position} is of type {type(item).__name__}; "
                       "it must be a path, bytes, a binary file object, or a pair (id, one of these)")


def _load_file(picture_id: str, path: str) -> Picture:
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise PictureError(f"{path!r} is a directory; give the pictures in it")
        if stat.S_ISREG(status.st_mode):
            return Picture(picture_id, status.st_size, path=path)
        # A pipe can be read but once.
        with open(path, "rb") as file:
            data = file.read()
        return Picture(picture_id, len(data), data=data)
    except OSError as error:
        raise unreadable(path, error) from error
    except PictureError:
        raise
    except ValueError as error:
        raise PictureError(f"the picture {path!r} cannot be read: {error}") from error
