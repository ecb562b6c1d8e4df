"""How glyphgate-ocr tells results and engines."""

from __future__ import annotations

import json
from collections import Counter
from typing import Dict, List, Optional, Sequence

from .results import Engine, PictureResult

#: The forms that are made here, and how files of each are called.
RENDERED = {"txt": ".txt", "json": ".json", "table": ".table.tsv"}

#: Pictures that are named on standard error as read with doubt.
_MOST_DOUBTS = 10


def rendered(results: Sequence[PictureResult], form: str) -> str:
    """All results as one text."""
    if form == "txt":
        return _text(results)
    return _json(results) if form == "json" else _table(results)


def rendered_pages(results: Sequence[PictureResult], form: str) -> str:
    """The pages of one file; in plain text, parted by form feeds."""
    if form == "txt":
        return "\f".join(_lines(result) for result in results)
    return rendered(results, form)


def _text(results: Sequence[PictureResult]) -> str:
    if len(results) == 1:
        return _lines(results[0])
    return "\n".join(f"==> {result.id} <==\n{_lines(result)}" for result in results)


def _lines(result: PictureResult) -> str:
    return result.text.rstrip("\n") + "\n" if result.ok else ""


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


def _table(results: Sequence[PictureResult]) -> str:
    lines = ["id\tcharacters\tconfidence\ttext\terror\tengine\n"]
    for r in results:
        confidence = "" if r.confidence is None else f"{r.confidence:.3f}"
        cells = (_cell(r.id), str(r.char_count), confidence, _cell(r.text), _cell(r.error or ""),
                 _cell(r.engine or ""))
        lines.append("\t".join(cells) + "\n")
    return "".join(lines)


def rendered_engines(engines: Sequence[Engine], form: str) -> str:
    if form == "json":
        return json.dumps([_engine_as_json(e) for e in engines], ensure_ascii=False, indent=1) + "\n"
    if form == "table":
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
