"""Sets of pictures on disk, and what engines read in them: JSON, a line a picture."""

import json


def truths(directory):
    """What draw.py wrote, by file."""
    return _by_file(directory / "truths.jsonl")


def readings(path):
    """By file: `text`, `cpu_ms`, and the symbols as characters() takes them."""
    return _by_file(path)


def characters(reading):
    """Text and confidence of each symbol, in the forms of the HTTP API and of ppocr_bench."""
    if "symbols" in reading:
        return [(symbol["t"], symbol["c"]) for symbol in reading["symbols"]]
    return [(symbol["text"], symbol["confidence"]) for symbol in reading["characters"]]


def _by_file(path):
    found = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            found[entry["file"].rsplit("/", 1)[-1]] = entry
    return found
