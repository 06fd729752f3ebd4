"""Draws docs/gradient.svg from the numbers of the study.

    gradlens study --json study.json
    python3 docs/gradient.py study.json
"""
import json
import math
import pathlib
import sys

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 350, 70, 150, 40, 50
# The exponents of 10 that the axis spans, and a colour for each network (Okabe and Ito, 2008).
LOW, HIGH = -5, 0
COLOURS = ["#D55E00", "#0072B2", "#009E73"]
NAMES = ["sigmoid", "tanh", "ReLU"]

trained = json.loads(pathlib.Path(sys.argv[1]).read_text())["trained"]
profiles = [[layer["delta"]["rms"] for layer in network["run"]["snapshots"][0]["layers"][:-1]] for network in trained]
count = len(profiles[0])
x = lambda layer: LEFT + 20 + layer * (WIDTH - LEFT - RIGHT - 40) / (count - 1)
y = lambda exponent: TOP + (HIGH - exponent) * (HEIGHT - TOP - BOTTOM) / (HIGH - LOW)
text = lambda at, words, more="": f'<text x="{at[0]:.0f}" y="{at[1]:.0f}" {more}>{words}</text>'

parts = [f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>']
parts.append(text((LEFT, 20), "rms gradient at the hidden layers, six layers of 100 units, before training"))
for exponent in range(LOW, HIGH + 1):
    parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(exponent):.0f}" y2="{y(exponent):.0f}" stroke="#ddd"/>')
    parts.append(text((LEFT - 8, y(exponent) + 4), f"{10.0 ** exponent:.5f}".rstrip("0").rstrip("."), 'text-anchor="end"'))
for layer in range(count):
    parts.append(text((x(layer), HEIGHT - BOTTOM + 18), layer + 1, 'text-anchor="middle"'))
parts.append(text(((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12), "hidden layer, 1 nearest the input", 'text-anchor="middle"'))
for profile, colour in zip(profiles, COLOURS):
    points = [(x(layer), y(math.log10(rms))) for layer, rms in enumerate(profile)]
    line = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
    parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
    parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4" fill="{colour}"/>' for a, b in points]
for row, (name, colour, profile) in enumerate(zip(NAMES, COLOURS, profiles)):
    at = (WIDTH - RIGHT + 12, TOP + 24 + 44 * row)
    parts.append(text(at, name, f'fill="{colour}" font-weight="bold"'))
    ratio = profile[0] / profile[-1]
    parts.append(text((at[0], at[1] + 17), f"first / last {ratio:.{2 if ratio > 0.1 else 5}f}", f'fill="{colour}"'))

style = 'font-family="sans-serif" font-size="13"'
svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" {style}>'
pathlib.Path(__file__).with_name("gradient.svg").write_text("\n".join([svg, *parts, "</svg>", ""]))
