"""A directory that glyphgate-ocr writes a file to for each input."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from contextlib import contextmanager
from typing import IO, Dict, Iterator, Mapping, Set

from .output import OutputError

# Bytes; what file systems take.
_LONGEST_NAME = 255


class OutputFolder:
    """Files appear in it whole or not at all, and none leaves it."""

    def __init__(self, path: str, force: bool) -> None:
        """`force` lets it overwrite files that are there."""
        self.path = path
        self._force = force

    def prepare(self) -> None:
        """Makes it where it is missing. Raises OutputError when nothing can be written there."""
        try:
            os.makedirs(self.path, exist_ok=True)
            os.unlink(_made_beside(os.path.join(self.path, "any")))
        except OSError as error:
            raise OutputError(repr(self.path), error) from error

    def keeps(self, name: str) -> bool:
        """Whether a file of that name is there, which may not be overwritten."""
        return not self._force and os.path.lexists(os.path.join(self.path, name))

    @contextmanager
    def writing(self, name: str) -> Iterator[IO[bytes]]:
        """An empty, seekable file, which gets its name when the block ends well. Raises OutputError."""
        target = os.path.join(self.path, name)
        try:
            self._make_folder_of(target)
            passing = _made_beside(target)
        except OSError as error:
            raise OutputError(repr(target), error) from error
        try:
            with open(passing, "w+b") as file:
                yield file
            self._name(passing, target)
        except OSError as error:
            raise OutputError(repr(target), error) from error
        finally:
            if os.path.lexists(passing):
                os.unlink(passing)

    def _make_folder_of(self, target: str) -> None:
        folder = os.path.dirname(target)
        os.makedirs(folder, exist_ok=True)
        # A link in it may lead elsewhere.
        top = os.path.realpath(self.path)
        if os.path.commonpath((top, os.path.realpath(folder))) != top:
            raise OSError(errno.ELOOP, "a link leads out of the directory")

    def _name(self, passing: str, target: str) -> None:
        if self._force:
            os.replace(passing, target)
            return
        try:
            # Unlike a renaming, it leaves alone what has come there meanwhile.
            os.link(passing, target)
        except FileExistsError:
            raise
        except OSError:
            # Not every file system has links.
            if os.path.lexists(target):
                raise FileExistsError(errno.EEXIST, "it exists") from None
            os.rename(passing, target)


def file_names(names: Mapping[str, str], suffix: str) -> Dict[str, str]:
    """What the files are called, by the ids of the inputs: their names, which may have folders in them, and the suffix.
    No two are the same, also where capitals do not count; where names are, each gets a digest of its id."""
    groups: Dict[str, Set[str]] = {}
    for input_id, name in names.items():
        groups.setdefault(name.casefold(), set()).add(input_id)
    called = {input_id: _fitted(name, name, "" if len(groups[name.casefold()]) == 1 else _digest(input_id), suffix)
              for input_id, name in names.items()}
    if len({name.casefold() for name in called.values()}) < len(called):
        # A name looks like another's with its digest.
        return {input_id: _fitted(name, input_id, _digest(input_id) + _digest(name), suffix)
                for input_id, name in names.items()}
    return called


def _fitted(name: str, whole: str, mark: str, suffix: str) -> str:
    """The name with its mark and suffix; cut, and marked in any case, where it would be too long."""
    folder, base = os.path.split(name)
    end = (f"~{mark}" if mark else "") + suffix
    if len(os.fsencode(base + end)) > _LONGEST_NAME:
        end = f"~{mark or _digest(whole)}{suffix}"
        base = os.fsdecode(os.fsencode(base)[:_LONGEST_NAME - len(os.fsencode(end))])
    return os.path.join(folder, base + end)


def _digest(text: str) -> str:
    return hashlib.sha256(os.fsencode(text)).hexdigest()[:16]


def _made_beside(target: str) -> str:
    """A new, empty file in the same directory, under a name that nobody else uses."""
    path = os.path.join(os.path.dirname(target), f".glyphgate-{secrets.token_hex(8)}.part")
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    return path
