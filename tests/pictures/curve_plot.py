"""What answering locally saves against what it lets through, as SVG: a line a group of strips, a dot a threshold."""

import math

_WIDTH, _LEFT, _TOP, _PLOT_WIDTH, _PLOT_HEIGHT = 760, 70, 84, 640, 320
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")


def svg(curves, labelled):
    """`curves`: by group, points (threshold, share answered, share of those with an error). The thresholds in `labelled`
    are written beside their dots."""
    # In whole per cents that are a multiple of the four steps of the axis.
    most = 0.04 * max(1, math.ceil(max(wrong for points in curves.values() for _, _, wrong in points) / 0.04))
    base, height = _TOP + _PLOT_HEIGHT, _TOP + _PLOT_HEIGHT + 56
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
           "<title>Strips with an error among those answered locally, against the share that is answered</title>",
           "<style>text { font: 13px sans-serif; fill: #24292f } .title { font-weight: bold; font-size: 15px } "
           ".small { font-size: 11px } .page { fill: #ffffff } @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } "
           ".page { fill: #0d1117 } }</style>",
           f'<rect class="page" width="{_WIDTH}" height="{height}" rx="8"/>',
           '<text x="20" y="28" class="title">Of the strips answered here, those with an error, %</text>',
           f'<rect x="{_LEFT}" y="{_TOP}" width="{_PLOT_WIDTH}" height="{_PLOT_HEIGHT}" fill="none" stroke="#8c959f"/>',
           f'<text x="{_LEFT + _PLOT_WIDTH / 2:.0f}" y="{base + 40}" text-anchor="middle">answered here, % of the strips</text>']
    for tenth in range(0, 11, 2):
        x = _LEFT + _PLOT_WIDTH * tenth / 10
        out.append(f'<text x="{x:.0f}" y="{base + 18}" text-anchor="middle">{10 * tenth}</text>')
    for quarter in range(5):
        y = base - _PLOT_HEIGHT * quarter / 4
        out.append(f'<text x="{_LEFT - 8}" y="{y + 5:.0f}" text-anchor="end">{100 * most * quarter / 4:.0f}</text>')
    for i, (group, points) in enumerate(curves.items()):
        colour = _COLOURS[i % len(_COLOURS)]
        out.append(f'<circle cx="{26 + 180 * i}" cy="53" r="5" fill="{colour}"/>'
                   f'<text x="{38 + 180 * i}" y="58">{group}</text>')
        places = [(t, _LEFT + _PLOT_WIDTH * share, base - _PLOT_HEIGHT * wrong / most) for t, share, wrong in points]
        line = " ".join(f"{x:.1f},{y:.1f}" for _, x, y in places)
        out.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        for threshold, x, y in places:
            out.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"><title>{group}: {threshold:g}</title></circle>')
            if threshold in labelled:
                out.append(f'<text class="small" x="{x - 4:.1f}" y="{y - 6:.1f}" text-anchor="end">{threshold:g}</text>')
    return "\n".join(out + ["</svg>"]) + "\n"
