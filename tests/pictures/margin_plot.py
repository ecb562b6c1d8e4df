"""The distances of repeats and of different texts as SVG: a row of bars for each, legible on any page."""

import math

_WIDTH, _LEFT, _RIGHT, _TOP, _PANEL, _GAP = 760, 60, 24, 80, 150, 56
_COLOURS = ("#0072b2", "#d55e00")
_STEP, _MOST = 0.02, 1.2


def binned(distances):
    """How many distances are in each step up to `_MOST`; larger ones, but none that is infinite, are in the last."""
    counts = [0] * round(_MOST / _STEP)
    for distance in filter(math.isfinite, distances):
        counts[min(int(distance / _STEP), len(counts) - 1)] += 1
    return counts


def _panel(name, distances, top, colour):
    """Bars by the logarithm of what they count, so that a single pair is seen."""
    counts, base = binned(distances), top + _PANEL
    wide = (_WIDTH - _LEFT - _RIGHT) / len(counts)
    decades = max(1, math.ceil(math.log10(max(counts) + 1)))
    height = lambda count: _PANEL * (math.log10(count) + 0.3) / (decades + 0.3)
    apart = sum(map(math.isinf, distances))
    out = [f'<text x="{_WIDTH - _RIGHT}" y="{top - 10}" text-anchor="end">{name}: {len(distances)} pairs, {apart} of them not comparable</text>',
           f'<line x1="{_LEFT}" y1="{base}" x2="{_WIDTH - _RIGHT}" y2="{base}" stroke="#8c959f"/>']
    for decade in range(decades + 1):
        y = base - height(10 ** decade)
        out.append(f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}" stroke="#8c959f" '
                   f'stroke-opacity="0.3"/><text x="{_LEFT - 8}" y="{y + 5:.1f}" text-anchor="end">{10 ** decade}</text>')
    for at, count in enumerate(counts):
        if count:
            out.append(f'<rect x="{_LEFT + at * wide:.1f}" y="{base - height(count):.1f}" width="{wide - 1:.1f}" '
                       f'height="{height(count):.1f}" fill="{colour}"><title>{at * _STEP:.2f}: {count}</title></rect>')
    return out


def svg(groups, threshold):
    """`groups`: the distances of two kinds of pairs by name."""
    bottom = _TOP + len(groups) * (_PANEL + _GAP) - _GAP
    scale = (_WIDTH - _LEFT - _RIGHT) / _MOST
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {bottom + 56}" role="img">',
           "<title>How far apart the texts of two frames are</title>",
           "<style>text { font: 13px sans-serif; fill: #24292f } .title { font-weight: bold; font-size: 15px } "
           ".page { fill: #ffffff } @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } "
           ".page { fill: #0d1117 } }</style>",
           f'<rect class="page" width="{_WIDTH}" height="{bottom + 56}" rx="8"/>',
           '<text x="20" y="28" class="title">How far apart the texts of two frames are, pairs by distance</text>']
    for row, (name, distances) in enumerate(groups.items()):
        out += _panel(name, distances, _TOP + row * (_PANEL + _GAP), _COLOURS[row % len(_COLOURS)])
    x = _LEFT + threshold * scale
    out.append(f'<line x1="{x:.1f}" y1="{_TOP - 28}" x2="{x:.1f}" y2="{bottom}" stroke="#009e73" stroke-width="2" '
               f'stroke-dasharray="6 4"/><text x="{x + 6:.1f}" y="{_TOP - 28}">different from {threshold:g} on</text>')
    for tenth in range(0, round(_MOST * 10) + 1, 2):
        label = f"{tenth / 10:g}" if tenth < _MOST * 10 else "and more"
        anchor = "middle" if tenth < _MOST * 10 else "end"
        out.append(f'<text x="{_LEFT + tenth / 10 * scale:.0f}" y="{bottom + 20}" text-anchor="{anchor}">{label}</text>')
    return "\n".join(out + ["</svg>"]) + "\n"
