"""How glyphgate-ocr writes results, and where to."""

from __future__ import annotations

import io
import json
import os
import sys
from typing import Dict, List, Optional, Sequence, TextIO

from .results import PictureResult


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


def rendered(results: Sequence[PictureResult], form: str) -> str:
    """`form` is text, json or tsv."""
    return {"text": _text, "json": _json, "tsv": _tsv}[form](results)


def _text(results: Sequence[PictureResult]) -> str:
    parts: List[str] = []
    for result in results:
        heading = f"==> {result.id} <==\n" if len(results) > 1 else ""
        parts.append(heading + (result.text.rstrip("\n") + "\n" if result.ok else ""))
    return "\n".join(parts)


def _json(results: Sequence[PictureResult]) -> str:
    return json.dumps([_as_json(r) for r in results], ensure_ascii=False, indent=1) + "\n"


def _as_json(result: PictureResult) -> Dict[str, object]:
    """As the service itself writes it."""
    characters = [{"text": c.text, "bbox": {"x": c.bbox.x, "y": c.bbox.y, "width": c.bbox.width,
                                            "height": c.bbox.height}, "confidence": c.confidence}
                  for c in result.characters]
    json_object: Dict[str, object] = {"id": result.id, "text": result.text, "char_count": result.char_count,
                                      "characters": characters, "warning": result.warning}
    return json_object if result.ok else {**json_object, "error": result.error}


def _tsv(results: Sequence[PictureResult]) -> str:
    lines = ["id\tcharacters\tconfidence\ttext\terror\n"]
    for r in results:
        confidence = "" if r.confidence is None else f"{r.confidence:.3f}"
        cells = (_cell(r.id), str(r.char_count), confidence, _cell(r.text), _cell(r.error or ""))
        lines.append("\t".join(cells) + "\n")
    return "".join(lines)


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\r", "\\r").replace("\n", "\\n")
