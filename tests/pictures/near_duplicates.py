#!/usr/bin/env python3
"""Judges, and draws, how far apart the texts of frames are.

    build/release/near_duplicates_bench SET/*.jpg ... | tests/pictures/near_duplicates.py [--svg FILE] SET ...

Prints, for repeats and for each way in which captions differ, how many pairs there are, how many of them are below the
threshold of vision/ppocr/same_text.hpp, and their least and largest distance. Ends with status 1 where two different
texts are. docs/near-duplicates.md tells what came out.
"""

import argparse
import math
import pathlib
import re
import sys

import margin_plot
import sets

_HEADER = pathlib.Path(__file__).resolve().parents[2] / "vision/ppocr/same_text.hpp"


def threshold():
    """What the program decides by."""
    return float(re.search(r"different_text = ([0-9.]+);", _HEADER.read_text(encoding="utf-8"))[1])


def kind_of_pair(one, other, changes):
    """What a pair of frames is for: a `repeat` of neighbours on one ground or the other, a `later repeat`, a change,
    `elsewhere` (another sequence), or None where two sequences show the same text by chance. `changes`: by set and sequence, how its second caption differs."""
    if (one["kind"], one["sequence"]) != (other["kind"], other["sequence"]):
        return None if one["text"] == other["text"] else "elsewhere"
    if one["caption"] != other["caption"]:
        return None if one["text"] == other["text"] else changes[one["kind"], one["sequence"]]
    if abs(one["frame"] - other["frame"]) > 1:
        return "later repeat"
    return "repeat, moving ground" if one["pan"] else "repeat, still ground"


def pairs(lines, truths):
    """By kind the distances of all pairs, each with its files."""
    changes = {(t["kind"], t["sequence"]): t["change"] for t in truths.values() if t["change"]}
    found = {}
    for line in lines:
        one, other, distance = line.split()
        kind = kind_of_pair(truths[one], truths[other], changes)
        if kind:
            found.setdefault(kind, []).append((float(distance), one, other))
    return found


def is_different(kind):
    return "repeat" not in kind


def table(found, limit):
    """Rows as Markdown has them."""
    rows = ["| pairs | count | joined | not comparable | least | largest, of the comparable |", "|" + " --- |" * 6]
    for kind in sorted(found, key=lambda k: (is_different(k), k)):
        distances = [d for d, _, _ in found[kind]]
        finite = [d for d in distances if math.isfinite(d)]
        ends = f"{min(finite):.3f} | {max(finite):.3f}" if finite else "– | –"
        joined = sum(d < limit for d in distances)
        rows.append(f"| {kind} | {len(distances)} | {joined} ({100 * joined / len(distances):.1f} %) | "
                    f"{sum(map(math.isinf, distances))} | {ends} |")
    return rows


def main():
    parser = argparse.ArgumentParser(description="Judges how far apart the texts of frames are.")
    parser.add_argument("--svg", type=pathlib.Path, help="where the margin is drawn")
    parser.add_argument("--nearest", type=int, default=0, metavar="N", help="prints the N nearest different pairs")
    parser.add_argument("sets", nargs="+", type=pathlib.Path, metavar="SET")
    options = parser.parse_args()
    truths = {name: truth for directory in options.sets for name, truth in sets.truths(directory).items()}
    found, limit = pairs(sys.stdin, truths), threshold()
    print("\n".join(table(found, limit)))
    different = sorted((*pair, kind) for kind in found if is_different(kind) for pair in found[kind])
    for distance, one, other, kind in different[:options.nearest]:
        print(f"{distance:.3f} {kind} {one} {other} {truths[one]['text']!r} {truths[other]['text']!r}")
    if options.svg:
        groups = {"repeats": [d for kind in found if not is_different(kind) for d, _, _ in found[kind]],
                  "different texts": [d for d, *_ in different]}
        options.svg.write_text(margin_plot.svg(groups, limit), encoding="utf-8")
    sys.exit(any(distance < limit for distance, *_ in different))


if __name__ == "__main__":
    main()
