"""Small multiples of lines with logarithmic axes, as an SVG file that needs nothing else."""
import math

COLUMNS, WIDTH, HEIGHT = 3, 300, 230  # of a panel
LEFT, RIGHT, TOP, BOTTOM = 48, 14, 30, 30  # around its frame
# Of each line, in their order: colour (for all eyes, after Okabe and Ito), dashes, thickness.
LOOKS = [("#0072b2", "none", 2.5), ("#d55e00", "6 3", 1.5), ("#009e73", "2 2", 1.5)]


def write(path, title, panels):
    """`panels` are pairs of a title and lines by name, each a list of points."""
    rows = -(-(len(panels) + 1) // COLUMNS)  # the legend takes the place after the last
    width, height = COLUMNS * WIDTH, rows * HEIGHT + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        'font-size="11" fill="#333">',
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="{LEFT}" y="18" font-size="13">{title}</text>',
    ]
    for place, (name, lines) in enumerate(panels):
        parts += [_at(place), *_panel(name, lines), "</g>"]
    parts += [_at(len(panels)), *_legend(panels[0][1]), "</g>", "</svg>"]
    path.write_text("\n".join(parts) + "\n")


def _at(place):
    return f'<g transform="translate({place % COLUMNS * WIDTH} {place // COLUMNS * HEIGHT + 24})">'


def _panel(name, lines):
    points = [point for line in lines.values() for point in line]
    xs, ys = sorted({x for x, _ in points}), [y for _, y in points]
    x_at = _scale(min(xs) / 1.2, max(xs) * 1.2, LEFT, WIDTH - RIGHT)
    low, high = min(ys) / 1.3, max(ys) * 1.3
    y_at = _scale(low, high, HEIGHT - BOTTOM, TOP)
    frame = f'x="{LEFT}" y="{TOP}" width="{WIDTH - LEFT - RIGHT}" height="{HEIGHT - TOP - BOTTOM}"'
    yield f'<text x="{LEFT}" y="{TOP - 8}" font-weight="bold">{name}</text>'
    for y in _ticks(low, high):
        yield f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y_at(y):.1f}" y2="{y_at(y):.1f}" stroke="#ddd"/>'
        yield f'<text x="{LEFT - 5}" y="{y_at(y) + 4:.1f}" text-anchor="end">{_short(y)}</text>'
    for x in xs:
        yield f'<text x="{x_at(x):.1f}" y="{HEIGHT - BOTTOM + 15}" text-anchor="middle">{x}</text>'
    yield f'<rect {frame} fill="none" stroke="#999"/>'
    for (colour, dashes, thickness), line in zip(LOOKS, lines.values()):
        path = " ".join(f"{x_at(x):.1f},{y_at(y):.1f}" for x, y in line)
        yield (f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{thickness}" '
               f'stroke-dasharray="{dashes}"/>')
        yield from (f'<circle cx="{x_at(x):.1f}" cy="{y_at(y):.1f}" r="2.5" fill="{colour}"/>' for x, y in line)


def _legend(lines):
    for row, ((colour, dashes, thickness), name) in enumerate(zip(LOOKS, lines)):
        y = TOP + 20 + 22 * row
        yield (f'<line x1="{LEFT}" x2="{LEFT + 40}" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="{thickness}" '
               f'stroke-dasharray="{dashes}"/>')
        yield f'<circle cx="{LEFT + 20}" cy="{y}" r="2.5" fill="{colour}"/>'
        yield f'<text x="{LEFT + 50}" y="{y + 4}" font-size="13">{name}</text>'


def _scale(low, high, start, end):
    """From low to high on a logarithmic axis is from start to end on paper."""
    return lambda value: start + (end - start) * math.log(value / low) / math.log(high / low)


def _ticks(low, high):
    """Powers of ten, and where there are few of them 2 and 5 times those."""
    factors = (1,) if high / low > 300 else (1, 2, 5)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [factor * 10**power for power in powers for factor in factors if low <= factor * 10**power <= high]


def _short(value):
    for unit, name in ((1e6, "M"), (1e3, "k")):
        if value >= unit:
            return f"{value / unit:g} {name}"
    return f"{value:g}"
