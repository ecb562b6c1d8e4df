"""What glyphgate-ocr is to read: files, directories of them, and standard input."""

from __future__ import annotations

import dataclasses
import os
import re
import stat
import sys
from typing import Dict, List, Optional, Sequence, Tuple, Union

from .content_kind import HEAD_SIZE, kind_of
from .documents import may_have_pages
from .errors import PictureError
from .output import complain
from .picture_id import id_from_path
from .pictures import Picture, load, unreadable

_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".jp2", ".heic", ".heif", ".avif", ".pdf")

_NUMBER = re.compile("([0-9]+)")

#: The id of what comes from standard input. No file has it: one of that name is given as ./-
STANDARD_INPUT = "-"


class Inputs:
    """The inputs by their ids, in order. What is not read is told on standard error."""

    def __init__(self, output: Optional[str], documents_alone: bool) -> None:
        """`output` is where results go: what is there is no input. `documents_alone` gives each document of several
        pages a job to itself."""
        self._output = None if output is None else os.path.realpath(output)
        self._documents_alone = documents_alone
        #: What each is called, with the folders below the directory that was walked.
        self.names: Dict[str, str] = {}
        self.pictures: List[Picture] = []
        #: Why an input cannot be sent.
        self.flaws: Dict[str, str] = {}
        #: Files of directories that are neither pictures nor PDFs.
        self.unsupported = 0
        #: Whether a directory could not be read.
        self.has_lost_some = False

    def gather(self, files: Sequence[str]) -> None:
        """Raises PictureError for a file that was named and cannot be read, or is the output, and for a directory with
        nothing to read."""
        for path in files:
            if path == "-":
                self._take_standard_input()
            elif os.path.isdir(path):
                self._walk(path)
            elif self._is_output(path):
                raise PictureError(f"the output {path!r} is an input, too, and would be overwritten; give --output "
                                   "another name")
            elif self._is_new(path, os.path.basename(path)):
                # The path is the id: unlike its last part, it is unique.
                self._add(load([(id_from_path(path), path)])[0])

    def leave_out(self, input_id: str) -> None:
        """Has it not read after all."""
        self.pictures = [picture for picture in self.pictures if picture.id != input_id]

    def _take_standard_input(self) -> None:
        if STANDARD_INPUT in self.names:
            return
        if sys.stdin is None or sys.stdin.closed:
            raise PictureError("standard input cannot be read: it is closed")
        try:
            data = sys.stdin.buffer.read()
        except OSError as error:
            raise PictureError(f"standard input cannot be read: {error.strerror or error}") from error
        self.names[STANDARD_INPUT] = "stdin"
        self._add(Picture(STANDARD_INPUT, len(data), data=data))

    def _walk(self, folder: str) -> None:
        """What is wrong with a file of a directory, which nobody named, fails no other one."""
        found: List[str] = []
        for where, folders, names in os.walk(folder, onerror=self._lose):
            folders[:] = [name for name in folders if not self._is_output(os.path.join(where, name))]
            found += [path for path in (os.path.join(where, name) for name in names) if not self._is_output(path)]
        before = len(self.names)
        for path in sorted(found, key=_place):
            if self._is_readable(path):
                self._take(path, os.path.relpath(path, folder))
        if len(self.names) == before and not self.has_lost_some and not any(map(self._is_known, found)):
            raise PictureError(f"the directory {folder!r} holds no picture and no PDF")

    def _take(self, path: str, name: str) -> None:
        if not self._is_new(path, name):
            return
        picture_id = id_from_path(path)
        try:
            self._add(Picture(picture_id, _size_of_file(path), path=path))
        except PictureError as error:
            self.flaws[picture_id] = str(error)

    def _is_readable(self, path: str) -> bool:
        """Whether it has the name or the content of what the service reads; else it is skipped, and named."""
        if path.lower().endswith(_SUFFIXES) or _kind_of_file(path) is not None:
            return True
        self.unsupported += 1
        complain(f"{path}: skipped: neither its name nor its first bytes are those of a picture or a PDF")
        return False

    def _is_output(self, path: str) -> bool:
        return self._output is not None and os.path.realpath(path) == self._output

    def _is_known(self, path: str) -> bool:
        return id_from_path(path) in self.names

    def _is_new(self, path: str, name: str) -> bool:
        """Whether the file was not named before; notes it."""
        picture_id = id_from_path(path)
        if picture_id in self.names:
            return False
        self.names[picture_id] = name
        if picture_id != path:
            complain(f"{path!r} cannot be an id; the picture's id is {picture_id}")
        return True

    def _add(self, picture: Picture) -> None:
        alone = self._documents_alone and may_have_pages(picture.head(HEAD_SIZE))
        self.pictures.append(dataclasses.replace(picture, alone=alone))

    def _lose(self, error: OSError) -> None:
        self.has_lost_some = True
        complain(f"the directory {error.filename!r} cannot be read: {error.strerror}")


def _place(path: str) -> Tuple[List[Union[str, int]], str]:
    """What paths are sorted by: page 10 comes behind page 9. Texts and numbers take turns, so no two kinds meet."""
    return [int(part) if n % 2 else part for n, part in enumerate(_NUMBER.split(path))], path


def _size_of_file(path: str) -> int:
    try:
        status = os.stat(path)
    except OSError as error:
        raise unreadable(path, error) from error
    if not stat.S_ISREG(status.st_mode):
        raise PictureError(f"{path!r} is not a file")
    return status.st_size


def _kind_of_file(path: str) -> Optional[str]:
    try:
        # What is no file may have nothing to read, ever.
        if not stat.S_ISREG(os.stat(path).st_mode):
            return None
        with open(path, "rb") as file:
            return kind_of(file.read(HEAD_SIZE))
    except OSError:
        return None
