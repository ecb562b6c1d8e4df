"""How glyphgate-ocr writes results, and where to."""

from __future__ import annotations

import io
import json
import os
import sys
from collections import Counter
from typing import Dict, List, Optional, Sequence, TextIO

from .results import Engine, PictureResult

#: Pictures that are named on standard error as read with doubt.
_MOST_DOUBTS = 10


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
    if result.engine is not None:
        json_object["engine"] = result.engine
    if result.same_as is not None:
        json_object["same_as"] = result.same_as
    return json_object if result.ok else {**json_object, "error": result.error}


def _tsv(results: Sequence[PictureResult]) -> str:
    lines = ["id\tcharacters\tconfidence\ttext\terror\tengine\n"]
    for r in results:
        confidence = "" if r.confidence is None else f"{r.confidence:.3f}"
        cells = (_cell(r.id), str(r.char_count), confidence, _cell(r.text), _cell(r.error or ""),
                 _cell(r.engine or ""))
        lines.append("\t".join(cells) + "\n")
    return "".join(lines)


def rendered_engines(engines: Sequence[Engine], form: str) -> str:
    """`form` is text, json or tsv."""
    if form == "json":
        return json.dumps([_engine_as_json(e) for e in engines], ensure_ascii=False, indent=1) + "\n"
    if form == "tsv":
        rows = [(e.name, e.version or "", ",".join(e.languages), e.absent or "") for e in engines]
        return "".join("\t".join(map(_cell, row)) + "\n" for row in [("name", "version", "languages", "absent"), *rows])
    return "".join(_engine_as_text(e) + "\n" for e in engines)


def _engine_as_text(engine: Engine) -> str:
    if engine.absent is not None:
        return f"{engine.name} is absent: {engine.absent}"
    name = engine.name if engine.version is None else f"{engine.name} ({engine.version})"
    return f"{name} reads {', '.join(engine.languages) or 'languages that the service does not list'}"


def _engine_as_json(engine: Engine) -> Dict[str, object]:
    """As the service itself writes it."""
    told: Dict[str, object] = {"name": engine.name}
    if engine.version is not None:
        told["version"] = engine.version
    if engine.languages:
        told["languages"] = list(engine.languages)
    if engine.absent is not None:
        told["absent"] = engine.absent
    return told


def engines_line(results: Sequence[PictureResult]) -> Optional[str]:
    """Which engine read how many pictures, e.g. "3 pictures read by ppocr, 1 by tesseract"; None where nobody says."""
    counts = Counter(result.engine for result in results if result.ok and result.engine is not None)
    told = [f"{count} by {engine}" for engine, count in sorted(counts.items())]
    if not told:
        return None
    first = "picture" if told[0].startswith("1 ") else "pictures"
    return ", ".join([told[0].replace(" by ", f" {first} read by ", 1), *told[1:]])


def doubts(results: Sequence[PictureResult], bound: float) -> List[str]:
    """A line for each picture with a character whose confidence is below `bound`, of the first few; then how many
    there are besides."""
    lines = []
    for result in results:
        least, mean = result.least_confidence, result.confidence
        if least is None or mean is None or least >= bound:
            continue
        unsure = sum(c.confidence < bound for c in result.characters)
        lines.append(f"{result.id}: warning: {unsure} of {result.char_count} characters with a confidence below "
                     f"{bound:g} (least {least:.2f}, mean {mean:.2f})")
    besides = len(lines) - _MOST_DOUBTS
    if besides > 0:
        lines[_MOST_DOUBTS:] = [f"warning: {besides} more {'picture has' if besides == 1 else 'pictures have'} "
                                f"characters with a confidence below {bound:g}"]
    return lines


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\r", "\\r").replace("\n", "\\n")
