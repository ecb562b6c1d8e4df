#!/usr/bin/python3
"""Fits, and checks, how likely a character is right that ppocr is so sure of.

    tests/pictures/calibrate.py fit --readings FILE [--through TABLE] SET ...
    tests/pictures/calibrate.py check --readings FILE SET ...
    tests/pictures/calibrate.py curve --readings FILE [--svg FILE] SET ...

fit    writes vision/ppocr/calibration_knots.inc from sets of the half `fit`
check  prints how often characters are right, by the confidence that they were given, with the standard error
curve  prints, and draws, how many strips LOCAL_FIRST=confident answers, and how many of those have an error

FILE is what `ppocr_bench --json` prints of the pictures of the sets. The bench gives confidences that went through the
table that it was built with: `--through` names that table for `fit`, which takes them back to the raw ones. Without it
they are taken for raw ones. docs/local-first.md tells what came out.
"""

import argparse
import math
import pathlib
import re
import sys

import calibration
import curve_plot
import metrics
import sets

TABLE = pathlib.Path(__file__).resolve().parents[2] / "vision/ppocr/calibration_knots.inc"
THRESHOLDS = (0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999)
_LABELLED = (0.5, 0.9, 0.99)
# By the end of a set's name. A set of another one is in none of them.
GROUPS = {"English": ("-en",), "Chinese": ("-zh",), "Chinese with Latin words": ("-mixed",), "figures": ("-digits",),
          "German": ("-de",), "French": ("-fr",)}


def written(table, characters):
    """The table as C++ includes it, fitted on so many characters."""
    rows = "".join(f"{{{raw:.6f}F, {right:.6f}F}},\n" for raw, right in table)
    return (f"// Written by tests/pictures/calibrate.py, from {characters} characters. "
            f"What the recogniser says, and how often it is right.\n{rows}")


def read_table(text):
    """The table that written() has written."""
    return [(float(raw), float(right)) for raw, right in re.findall(r"\{([0-9.]+)F, ([0-9.]+)F\}", text)]


def strips(directories, readings):
    """Of every picture of the sets: the set's name, what is there, and what is read."""
    for directory in directories:
        for name, truth in sets.truths(directory).items():
            if name not in readings:
                sys.exit(f"calibrate.py: {name} has no reading")
            yield directory.name, truth["text"], readings[name]


def operating_points(judged, thresholds=THRESHOLDS):
    """For each threshold: it, the share of strips answered here, and the share of those with an error. `judged`: of each
    strip the least confidence of its characters, and whether it is right to the last character. A strip in which nothing
    was read is answered at any threshold."""
    points = []
    for threshold in thresholds:
        answered = [right for least, right in judged if least >= threshold]
        points.append((threshold, len(answered) / len(judged),
                       answered.count(False) / len(answered) if answered else 0.0))
    return points


def least_confidence(reading):
    return min((c for _, c in sets.characters(reading)), default=1.0)


def is_exact(truth, reading):
    return metrics.normalised(truth) == metrics.normalised(reading["text"])


def curves(read):
    """By group, the operating points. `read` as strips() gives it."""
    judged = {group: [(least_confidence(reading), is_exact(truth, reading))
                      for name, truth, reading in read if name.endswith(ends)] for group, ends in GROUPS.items()}
    return {group: operating_points(pairs) for group, pairs in judged.items() if pairs}


def _print_curves(found):
    titles = ["threshold", *(f"{group}: {what}" for group in found for what in ("answered here", "of those wrong"))]
    print(f"| {' | '.join(titles)} |\n|{' --- |' * len(titles)}")
    for points in zip(*found.values()):
        cells = [f"{points[0][0]:g}", *(f"{100 * value:.1f} %" for _, *values in points for value in values)]
        print(f"| {' | '.join(cells)} |")


def _print_reliability(pairs):
    print("| confidence given | characters | mean given | right | difference, points |\n| --- | --- | --- | --- | --- |")
    for low, high, count, given, right in calibration.reliability(pairs):
        error = 100 * math.sqrt((right * count + 0.5) / (count + 1) * ((1 - right) * count + 0.5) / (count + 1) / count)
        print(f"| {low:g}–{high:g} | {count} | {100 * given:.2f} % | {100 * right:.2f} % | "
              f"{100 * (right - given):+.2f} ± {error:.2f} |")


def main():
    parser = argparse.ArgumentParser(description="Fits and checks the calibration of ppocr's confidences.")
    parser.add_argument("what", choices=("fit", "check", "curve"))
    parser.add_argument("--readings", required=True, help="what ppocr_bench --json has printed")
    parser.add_argument("--through", type=pathlib.Path, metavar="TABLE", help="that the program was built with")
    parser.add_argument("--svg", type=pathlib.Path, help="where the curve is drawn")
    parser.add_argument("sets", nargs="+", type=pathlib.Path, metavar="SET")
    options = parser.parse_args()
    read = list(strips(options.sets, sets.readings(options.readings)))
    pairs = [pair for _, truth, reading in read for pair in calibration.judged(truth, reading)]
    if options.what == "fit":
        if options.through:
            raw = calibration.inverse(read_table(options.through.read_text(encoding="utf-8")))
            pairs = [(calibration.applied(raw, c), right) for c, right in pairs]
        table = calibration.fitted(pairs)
        TABLE.write_text(written(table, len(pairs)), encoding="utf-8")
        _print_reliability([(calibration.applied(table, c), right) for c, right in pairs])
    elif options.what == "check":
        _print_reliability(pairs)
    else:
        found = curves(read)
        _print_curves(found)
        if options.svg:
            options.svg.write_text(curve_plot.svg(found, _LABELLED), encoding="utf-8")


if __name__ == "__main__":
    main()
