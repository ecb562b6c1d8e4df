"""The plot of calls by arrival rate, as SVG: both axes logarithmic, legible on a light page and on a dark one."""
import math

_WIDTH, _HEIGHT = 760, 440
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 600, 40, 380
_RATES, _CALLS = (1, 500), (1, 1000)
# A colour on a light page, one on a dark page, and a mark.
_LINES = (("#0072b2", "#56b4e9", "circle"), ("#d55e00", "#e69f00", "square"), ("#00805a", "#2fd0a0", "diamond"),
          ("#aa4499", "#e08bd4", "triangle"))
_LIGHT = """.page { fill: #ffffff } .frame { stroke: #57606a } .grid { stroke: #d0d7de } text { fill: #24292f }"""
_DARK = """.page { fill: #0d1117 } .frame { stroke: #8b949e } .grid { stroke: #30363d } text { fill: #e6edf3 }"""


def _style():
    light, dark = (" ".join(f".line{i} {{ stroke: {line[column]} }} .mark{i} {{ fill: {line[column]} }}"
                            for i, line in enumerate(_LINES)) for column in (0, 1))
    return ("text { font: 13px sans-serif } .title { font-weight: bold; font-size: 15px } "
            ".frame, polyline { fill: none } polyline { stroke-width: 2 }\n"
            f"{_LIGHT} {light}\n@media (prefers-color-scheme: dark) {{ {_DARK} {dark} }}")


def _x(rate):
    low, high = map(math.log10, _RATES)
    return _LEFT + (_RIGHT - _LEFT) * (math.log10(rate) - low) / (high - low)


def _y(calls):
    low, high = map(math.log10, _CALLS)
    return _BOTTOM - (_BOTTOM - _TOP) * (math.log10(max(calls, _CALLS[0])) - low) / (high - low)


def _text(x, y, text, more=""):
    return f'<text x="{x:.0f}" y="{y:.0f}" {more}>{text}</text>'


def _mark(i, x, y):
    shape = _LINES[i][2]
    if shape == "circle":
        return f'<circle class="mark{i}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
    corners = {"square": ((-4, -4), (4, -4), (4, 4), (-4, 4)), "diamond": ((0, -5), (5, 0), (0, 5), (-5, 0)),
               "triangle": ((0, -5), (5, 4), (-5, 4))}[shape]
    return f'<polygon class="mark{i}" points="{" ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in corners)}"/>'


def _apart(heights, least):
    """The heights, moved down where they are too near each other."""
    placed = {}
    for name, y in sorted(heights.items(), key=lambda item: item[1]):
        placed[name] = max([y] + [other + least for other in placed.values()])
    over = max(placed.values()) - _BOTTOM
    return {name: y - max(over, 0) for name, y in placed.items()}


def svg(table):
    """`table` holds, for each window in ms, pairs of pictures a second and calls per 1,000 pictures."""
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
             "<title>Calls per 1,000 pictures against pictures a second, for four windows</title>",
             f"<style>\n{_style()}\n</style>",
             f'<rect class="page" width="{_WIDTH}" height="{_HEIGHT}" rx="8"/>',
             _text(_LEFT, 24, "Calls per 1,000 pictures, jobs of one picture each", 'class="title"')]
    for rate in (1, 2, 5, 10, 20, 50, 100, 200, 500):
        parts.append(f'<line class="grid" x1="{_x(rate):.1f}" x2="{_x(rate):.1f}" y1="{_TOP}" y2="{_BOTTOM}"/>')
        parts.append(_text(_x(rate), _BOTTOM + 20, rate, 'text-anchor="middle"'))
    for calls in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000):
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_RIGHT}" y1="{_y(calls):.1f}" y2="{_y(calls):.1f}"/>')
        parts.append(_text(_LEFT - 8, _y(calls) + 4, f"{calls:,}", 'text-anchor="end"'))
    parts.append(f'<rect class="frame" x="{_LEFT}" y="{_TOP}" width="{_RIGHT - _LEFT}" height="{_BOTTOM - _TOP}"/>')
    parts.append(_text((_LEFT + _RIGHT) / 2, _BOTTOM + 45, "pictures a second", 'text-anchor="middle"'))
    places = _apart({window: _y(points[-1][1]) for window, points in table.items()}, 18)
    for i, (window, points) in enumerate(table.items()):
        way = " ".join(f"{_x(rate):.1f},{_y(calls):.1f}" for rate, calls in points)
        parts.append(f'<polyline class="line{i}" points="{way}"/>')
        parts += [_mark(i, _x(rate), _y(calls)) for rate, calls in points]
        parts.append(_mark(i, _RIGHT + 16, places[window]))
        parts.append(_text(_RIGHT + 28, places[window] + 4, f"window {window} ms"))
    return "\n".join(parts) + "\n</svg>\n"
