"""Where the time goes on the way in and out, as SVG: a bar for each form of a body, legible on any page."""

_WIDTH, _LEFT, _RIGHT, _TOP, _BAR, _GAP = 760, 100, 40, 56, 40, 34
_COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#999999", "#f0e442")
_REST = "queues, threads, connection"


def svg(table, whole):
    """`table`: for each form the steps' milliseconds by name; `whole`: what the service takes in all, by form."""
    # What another thread does at the same time takes no time of its own.
    table = {form: {name: ms for name, ms in parts.items() if "beside" not in name} for form, parts in table.items()}
    steps = list(dict.fromkeys(name for parts in table.values() for name in parts)) + [_REST]
    most = max([*whole.values(), *(sum(parts.values()) for parts in table.values())])
    scale = (_WIDTH - _LEFT - _RIGHT) / most
    height = _TOP + len(table) * (_BAR + _GAP) + 30 + 22 * ((len(steps) + 3) // 4)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
           "<title>Milliseconds from a body's last byte to the engine's first, by step</title>",
           "<style>text { font: 13px sans-serif; fill: #24292f } .title { font-weight: bold; font-size: 15px } "
           ".page { fill: #ffffff } @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } "
           ".page { fill: #0d1117 } }</style>",
           f'<rect class="page" width="{_WIDTH}" height="{height}" rx="8"/>',
           f'<text x="20" y="28" class="title">From the body\'s last byte to the engine\'s first, ms</text>']
    for row, (form, parts) in enumerate(table.items()):
        y = _TOP + row * (_BAR + _GAP)
        out.append(f'<text x="20" y="{y + _BAR / 2 + 5:.0f}">{form}</text>')
        x = _LEFT
        rest = max(0.0, whole.get(form, 0) - sum(parts.values()))
        for name, ms in [*parts.items(), (_REST, rest)]:
            wide = ms * scale
            out.append(f'<rect x="{x:.1f}" y="{y}" width="{wide:.1f}" height="{_BAR}" '
                       f'fill="{_COLOURS[steps.index(name) % len(_COLOURS)]}"><title>{name}: {ms:.2f} ms</title></rect>')
            if wide > 30:
                out.append(f'<text x="{x + wide / 2:.1f}" y="{y + _BAR + 16}" text-anchor="middle">{ms:.1f}</text>')
            x += wide
    base = _TOP + len(table) * (_BAR + _GAP) + 16
    for i, name in enumerate(steps):
        x, y = 20 + (i % 4) * 180, base + 22 * (i // 4)
        out.append(f'<rect x="{x}" y="{y - 11}" width="12" height="12" fill="{_COLOURS[i % len(_COLOURS)]}"/>'
                   f'<text x="{x + 18}" y="{y}">{name}</text>')
    return "\n".join(out + ["</svg>"]) + "\n"
