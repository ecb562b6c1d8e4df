#!/usr/bin/env python3
"""Draws the confidences of words as SVG, from what `tesseract_bench confidences` prints.

    build/release/tesseract_bench confidences docs/samples | tests/bench/confidence_plot.py > docs/tesseract-confidences.svg
"""

import sys

_WIDTH, _PANEL, _LEFT, _TOP, _GAP = 760, 300, 60, 76, 70
_COLOURS = {"text": "#0072b2", "garbage": "#d55e00"}


def _panel(words, left, column, title):
    """A dot a word: right what Tesseract says of the word, up what is said of its symbols."""
    base = _TOP + _PANEL
    out = [f'<text x="{left}" y="{_TOP - 14}">{title}</text>',
           f'<rect x="{left}" y="{_TOP}" width="{_PANEL}" height="{_PANEL}" fill="none" stroke="#8c959f"/>',
           f'<text x="{left + _PANEL / 2:.0f}" y="{base + 36}" text-anchor="middle">Tesseract\'s confidence of the word, %</text>']
    for percent in range(0, 101, 25):
        at = _PANEL * percent / 100
        out.append(f'<text x="{left + at:.0f}" y="{base + 18}" text-anchor="middle">{percent}</text>')
        out.append(f'<text x="{left - 8}" y="{base - at + 5:.0f}" text-anchor="end">{percent}</text>')
    for word in words:
        x, y = left + _PANEL * word[1] / 100, base - _PANEL * word[column] / 100
        out.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{_COLOURS[word[0]]}" fill-opacity="0.5"/>')
    return out


def svg(words):
    """`words`: of each its kind, and in per cent its own confidence, its symbols' own, and its symbols' as given."""
    height = _TOP + _PANEL + 56
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
           "<title>Confidence of symbols against Tesseract's confidence of their word</title>",
           "<style>text { font: 13px sans-serif; fill: #24292f } .title { font-weight: bold; font-size: 15px } "
           ".page { fill: #ffffff } @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } "
           ".page { fill: #0d1117 } }</style>",
           f'<rect class="page" width="{_WIDTH}" height="{height}" rx="8"/>',
           '<text x="20" y="28" class="title">Mean confidence of a word\'s symbols, %</text>']
    for i, (kind, colour) in enumerate(_COLOURS.items()):
        x, count = 400 + 170 * i, sum(word[0] == kind for word in words)
        out.append(f'<circle cx="{x}" cy="23" r="5" fill="{colour}"/><text x="{x + 12}" y="28">{kind}, {count} words</text>')
    out += _panel(words, _LEFT, 2, "as Tesseract has them")
    out += _panel(words, _LEFT + _PANEL + _GAP, 3, "as they are given")
    return "\n".join(out + ["</svg>"]) + "\n"


if __name__ == "__main__":
    rows = [line.split() for line in sys.stdin]
    sys.stdout.write(svg([(kind, *map(float, values)) for kind, *values in rows]))
