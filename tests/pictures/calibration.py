"""Confidences against the truth: a monotone table from what an engine says to how often it is right."""

import bisect
import math

import metrics
import sets

# The most knots that the table has, the ends included.
KNOTS = 16

# The bins of a reliability table, by the confidence given.
BINS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.97, 0.985, 0.995, 0.999, 1.0)

# A bin has this many characters at least, and ends with its 8th error, or where it spans a unit of the logit. Chosen
# among others by cross-validation within the half `fit`.
_LEAST, _ERRORS, _SPAN = 200, 8, 1.0

# The least that one knot is above the one before it.
_STEP = 1e-5


def judged(truth, reading):
    """The confidence of every symbol that was read in a picture, and whether it is right."""
    symbols = [(metrics.normalised(text), confidence) for text, confidence in sets.characters(reading)]
    joined = "".join(text for text, _ in symbols)
    right, _ = metrics.right_characters(metrics.normalised(truth).replace(" ", ""), joined)
    found, at = [], 0
    for text, confidence in symbols:
        found.append((confidence, all(right[at:at + len(text)])))
        at += len(text)
    return found


def isotonic(values):
    """Pool adjacent violators. `values`: (x, weight, mean) by rising x; the same with means that do not fall, where
    neighbours that would fall are one (Ayer et al., 1955)."""
    pools = []
    for x, weight, mean in values:
        pools.append((x, weight, mean))
        while len(pools) > 1 and pools[-2][2] >= pools[-1][2]:
            (x1, w1, m1), (x2, w2, m2) = pools.pop(-2), pools.pop()
            w = w1 + w2
            pools.append(((x1 * w1 + x2 * w2) / w, w, (m1 * w1 + m2 * w2) / w))
    return pools


def fitted(pairs, knots=KNOTS):
    """A table of at most `knots` pairs (raw, calibrated) that rise in both, from (0, 0) to (1, …), for linear
    interpolation. `pairs`: confidence and whether right."""
    pairs = sorted(pairs)
    bins, begin, errors = [], 0, 0
    for end, (confidence, right) in enumerate(pairs, 1):
        errors += not right
        is_full = end - begin >= _LEAST and (errors >= _ERRORS or _logit(confidence) - _logit(pairs[begin][0]) >= _SPAN)
        if end == len(pairs) or (is_full and pairs[end][0] > confidence):
            count = end - begin
            bins.append((sum(c for c, _ in pairs[begin:end]) / count, count, (count - errors + 0.5) / (count + 1)))
            begin, errors = end, 0
    pools = isotonic(bins)
    table = [(0.0, 0.0)]
    for x, _, mean in pools:
        if x - table[-1][0] >= _STEP and 1.0 - x >= _STEP:
            table.append((round(x, 6), round(max(mean, table[-1][1] + _STEP), 6)))
    table.append((1.0, round(min(1.0, max(pools[-1][2], table[-1][1] + _STEP)), 6)))
    while len(table) > knots:
        del table[min(range(1, len(table) - 1), key=lambda at: _misfit(table[:at] + table[at + 1:], pools))]
    return table


def _logit(probability):
    within = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(within / (1 - within))


def _misfit(table, pools):
    """Pearson's chi-squared of the pools' means against the table."""
    expected = ((applied(table, x), weight, mean) for x, weight, mean in pools)
    return sum(weight * (mean - p) ** 2 / max(p * (1 - p), 1e-6) for p, weight, mean in expected)


def applied(table, value):
    """The table's value, linear between its knots."""
    at = min(max(bisect.bisect_right(table, (value, math.inf)), 1), len(table) - 1)
    (x1, y1), (x2, y2) = table[at - 1], table[at]
    return y1 + (y2 - y1) * (value - x1) / (x2 - x1)


def inverse(table):
    """The table from the calibrated to the raw."""
    return [(y, x) for x, y in table]


def reliability(pairs, bins=BINS):
    """For each bin: its bounds, how many characters, what they were given on average, how many of them are right."""
    rows = []
    for low, high in zip(bins, bins[1:]):
        inside = [(c, right) for c, right in pairs if low <= c < high or c == high == bins[-1]]
        if inside:
            rows.append((low, high, len(inside), sum(c for c, _ in inside) / len(inside),
                         sum(right for _, right in inside) / len(inside)))
    return rows
