"""Where glyphgate-ocr writes to."""

from __future__ import annotations

import io
import os
import shutil
import sys
from typing import IO, Optional, TextIO


class OutputError(Exception):
    """The output cannot be written."""

    def __init__(self, name: str, error: Exception) -> None:
        super().__init__(f"{name} cannot be written: {getattr(error, 'strerror', None) or error}")
        #: Whether a program that read the output has ended: it has had enough.
        self.reader_has_left = isinstance(error, BrokenPipeError)


def check_writable(path: Optional[str]) -> None:
    """Raises OutputError when `path`, or standard output for None, cannot be written at all."""
    if path is not None:
        try:
            open(path, "ab").close()
        except OSError as error:
            raise OutputError(repr(path), error) from error
    elif sys.stdout is None or sys.stdout.closed:
        raise OutputError("standard output", ValueError("it is closed"))


def write_out(text: str, path: Optional[str]) -> None:
    """Writes to `path`, or to standard output for None. Raises OutputError."""
    if path is None:
        _write_to_standard_output(text)
        return
    try:
        with open(path, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise OutputError(repr(path), error) from error


def copy_out(file: IO[bytes], path: Optional[str]) -> None:
    """Writes what the file holds to `path`, or to standard output for None. Raises OutputError."""
    file.seek(0)
    name = "standard output" if path is None else repr(path)
    try:
        if path is not None:
            with open(path, "wb") as copy:
                shutil.copyfileobj(file, copy)
        else:
            shutil.copyfileobj(file, sys.stdout.buffer)
            sys.stdout.flush()
    except (OSError, ValueError, AttributeError) as error:
        if path is None:
            _give_up(sys.stdout)
        raise OutputError(name, error) from error


def _write_to_standard_output(text: str) -> None:
    try:
        if isinstance(sys.stdout, io.TextIOWrapper):
            # A terminal has an encoding of its own, in which not every text can be written.
            sys.stdout.reconfigure(encoding=None if sys.stdout.isatty() else "utf-8", errors="backslashreplace")
        sys.stdout.write(text)
        sys.stdout.flush()
    except (OSError, ValueError, AttributeError) as error:
        _give_up(sys.stdout)
        raise OutputError("standard output", error) from error


def _give_up(stream: Optional[TextIO]) -> None:
    """What is still in its buffer would make the interpreter complain, or fail, at exit."""
    try:
        descriptor = stream.fileno()  # type: ignore[union-attr]
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)
        if nowhere != descriptor:
            os.close(nowhere)
    except (OSError, ValueError, AttributeError):
        pass  # there is none, or it is no file


def give_up_standard_error() -> None:
    """Of a standard error that cannot be written: what is left in its buffer is not worth the exit status."""
    try:
        if sys.stderr is not None:
            sys.stderr.flush()
    except (OSError, ValueError):
        _give_up(sys.stderr)


def complain(what: object) -> None:
    """Says it on standard error, if somebody can be told there."""
    say(f"glyphgate-ocr: {what}\n")


def say(text: str) -> None:
    """Writes it to standard error, if that can be written."""
    try:
        if sys.stderr is not None:
            sys.stderr.write(text)
            sys.stderr.flush()
    except (OSError, ValueError):
        pass
