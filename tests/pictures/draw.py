#!/usr/bin/python3
"""Draws a set of test pictures with what they show.

    tests/pictures/draw.py --half fit|test --kind KIND [--count N] [--seed S] DIRECTORY

Writes N JPEGs into DIRECTORY, and `truths.jsonl`: a line a picture, with its `file`, `text`, `language` and `kind`; for
frames also which `caption` they show. The same half, kind, count and seed give the same bytes on the same packages.
script/setup pictures installs what it needs. docs/pictures.md says more.
"""

import argparse
import json
import pathlib
import random
import sys

import kinds
import materials


def draw(half, kind, count, seed, directory):
    directory.mkdir(parents=True, exist_ok=True)
    rng = random.Random(f"{half} {kind} {seed}")
    with open(directory / "truths.jsonl", "w", encoding="utf-8") as truths:
        for number, (file, truth) in enumerate(kinds.pictures(half, kind, count, rng)):
            name = f"{half}-{kind}-{seed}-{number:05}.jpg"
            (directory / name).write_bytes(file)
            truths.write(json.dumps({"file": name, "kind": kind, **truth}, ensure_ascii=False) + "\n")


def main():
    parser = argparse.ArgumentParser(description="Draws a set of test pictures with what they show.",
                                     epilog="kinds: " + " ".join(kinds.KINDS))
    parser.add_argument("--half", choices=materials.HALVES, required=True, help="of fonts, photographs and texts")
    parser.add_argument("--kind", choices=kinds.KINDS, required=True, metavar="KIND", help="a ground and a language")
    parser.add_argument("--count", type=int, default=60, help="of pictures")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("directory", type=pathlib.Path)
    options = parser.parse_args()
    if not 1 <= options.count <= 100000:
        parser.error("--count: from 1 to 100000")
    try:
        draw(options.half, options.kind, options.count, options.seed, options.directory)
    except materials.Missing as missing:
        sys.exit(f"draw.py: {missing}")


if __name__ == "__main__":
    main()
