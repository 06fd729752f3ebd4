#!/usr/bin/env python3
"""Writes the data.csv of every case in cases/, from fixed seeds. Standard library only.

    make.py [CASE ...]

Nothing here is anybody's data. A table has the columns, the scale and the kind of relation that the thread tells of.
Where the thread's data are a formula (XOR, the sine, y = 2x) they are written out.
"""
import math
import random
import sys
from itertools import product
from pathlib import Path

HERE = Path(__file__).resolve().parent / "cases"
CASES = {}


def case(function):
    CASES[function.__name__.replace("_", "-")] = function
    return function


def names(count):
    return [f"x{i + 1}" for i in range(count)]


def clusters(random, rows, columns, classes, spread, digits=2):
    """Rows of `classes` clouds, in the order of a cycle through the classes."""
    centres = [[random.gauss(0, 1) for _ in range(columns)] for _ in range(classes)]
    return [
        [*(round(c + random.gauss(0, spread), digits) for c in centres[row % classes]), row % classes]
        for row in range(rows)
    ]


def xor():
    return ["x1", "x2", "y"], [[a, b, a ^ b] for a, b in product((0, 1), repeat=2)]


@case
def cntk476(random):
    return names(20) + ["y"], clusters(random, 300, 20, 10, 0.8)


@case
def so_midlayer(random):
    xs = [round(random.uniform(-1, 1), 4) for _ in range(200)]
    return ["x", "y"], [[x, round(x / 2, 4)] for x in xs]


@case
def cv379884(random):
    xs = [round(random.gauss(0, 1), 3) for _ in range(500)]
    return ["x", "y"], [[x, max(x, 0)] for x in xs]


@case
def ai28864(random):
    rows = [[random.randint(0, 10) for _ in range(5)] for _ in range(200)]
    return names(5) + ["y"], [[*row, sum(row)] for row in rows]


@case
def dlai324182(random):
    return ["x", "y"], [[i / 2 - 1, i - 3] for i in range(13)]


@case
def ds_marks(random):
    rows = [[random.randint(1, 10) for _ in range(4)] for _ in range(12)]
    marks = [min(50, max(20, round(30 + 1.5 * study + 0.5 * sleep - 0.8 * screen + random.gauss(0, 1))))
             for sleep, study, screen, _ in rows]
    return ["slept", "studied", "electronics", "played", "mark"], [[*r, m / 50] for r, m in zip(rows, marks)]


@case
def tf2242(random):
    rows = []
    for row in range(300):
        y = row % 5
        common = random.gauss(0, 0.4)
        rows.append([*(round(math.sin(1 + y * (i + 1)) + common + random.gauss(0, 0.4), 2) for i in range(20)), y])
    return names(20) + ["y"], rows


@case
def keras3040(random):
    return ["x", "y"], [[x, 2 * x] for x in range(200)]


@case
def keras1295(random):
    return xor()


@case
def ds55931(random):
    return ["x", "y"], [[x, int(x > 5)] for x in range(1, 11)]


@case
def cv280372(random):
    return ["x", "y"], [[i / 100, round((i / 100 - 0.5) ** 2, 4)] for i in range(100)]


@case
def sklearn31235(random):
    rows = [[round(random.random(), 4), round(random.random(), 4)] for _ in range(500)]
    return ["x1", "x2", "y"], [[a, b, int(a + (2 * (b - 0.5)) ** 2 > 0.75)] for a, b in rows]


@case
def keras508(random):
    # Lengths and widths in centimetres, of three kinds of flowers.
    means = [(5.0, 3.4, 1.5, 0.2), (5.9, 2.8, 4.3, 1.3), (6.6, 3.0, 5.6, 2.0)]
    spreads = [(0.35, 0.35, 0.2, 0.1), (0.5, 0.3, 0.45, 0.2), (0.6, 0.3, 0.55, 0.27)]
    rows = []
    for row in range(150):
        y = row // 50
        rows.append([*(round(max(0.1, random.gauss(m, s)), 1) for m, s in zip(means[y], spreads[y])), y])
    return ["sepal_length", "sepal_width", "petal_length", "petal_width", "y"], rows


@case
def brainjs98(random):
    rows = [[random.randint(0, 255) for _ in range(3)] for _ in range(60)]
    return ["r", "g", "b", "y"], [[r, g, b, int(0.299 * r + 0.587 * g + 0.114 * b > 127)] for r, g, b in rows]


@case
def cv409000(random):
    rows = []
    for _ in range(300):
        x = [random.gauss(0, 1) for _ in range(8)]
        price = 250000 + 60000 * x[0] + 40000 * x[1] - 30000 * x[2] + 25000 * max(0, x[3]) * x[0] + random.gauss(0, 20000)
        rows.append([*(round(v, 2) for v in x), round(max(20000, price), -2)])
    return names(8) + ["price"], rows


@case
def mxnet5979(random):
    rows = []
    for _ in range(300):
        quality = random.randint(2, 10)
        built = random.randint(1900, 2010)
        lot = round(math.exp(random.gauss(9.1, 0.5)))
        basement = random.randint(0, 2000)
        living = random.randint(600, 3500)
        rooms = max(2, round(living / 250 + random.gauss(0, 1)))
        garage = random.randint(0, 1000)
        fires = random.randint(0, 3)
        price = (-40000 + 18000 * quality + 55 * living + 25 * basement + 1.0 * lot + 200 * (built - 1900) + 30 * garage
                 + random.gauss(0, 15000))
        rows.append([quality, built, lot, basement, living, rooms, garage, fires, round(max(34000, price), -2)])
    return ["quality", "built", "lot", "basement", "living", "rooms", "garage", "fires", "price"], rows


@case
def brainjs518(random):
    return names(5) + ["y"], [[*range(i, i + 5), i + 2] for i in range(1, 9)]


@case
def so5105718(random):
    rows = random.sample(list(product((-1, 0, 1), repeat=4)), 60)
    return names(5) + ["y"], [[*row, 1, round(math.sin(sum(row) + 1), 4)] for row in rows]


@case
def fizzbuzz3(random):
    def kind(n):
        return 3 if n % 15 == 0 else 2 if n % 5 == 0 else 1 if n % 3 == 0 else 0

    return names(10) + ["y"], [[*((n >> bit) & 1 for bit in range(10)), kind(n)] for n in range(101, 1024)]


@case
def so_minus1(random):
    rows = []
    for _ in range(300):
        x = [round(random.gauss(0, 1), 2) for _ in range(5)]
        rows.append([*x, 1 if x[0] + x[1] * x[2] + 0.3 * random.gauss(0, 1) > 0 else -1])
    return names(5) + ["y"], rows


@case
def mxnet4220(random):
    rows = clusters(random, 600, 8, 10, 0.7)
    return names(8) + ["y"], sorted(rows, key=lambda row: row[-1])


@case
def so33404943(random):
    numbers = [0, 1]
    while len(numbers) < 12:
        numbers.append(numbers[-1] + numbers[-2])
    return ["x", "y"], [[i, n] for i, n in enumerate(numbers)]


@case
def ai27010(random):
    return xor()


@case
def keras255(random):
    # Grey pixels from 0 to 1, cut to whole numbers: all of them 0.
    return names(16) + ["y"], [[*(int(random.randint(0, 254) / 255) for _ in range(16)), row % 2] for row in range(120)]


@case
def ustc35(random):
    sizes = [16, 32, 64, 128]
    rows = []
    for _ in range(200):
        x = [random.choice(sizes), random.choice(sizes), random.choice([16, 32]), random.choice([8, 16, 32]),
             random.choice([8, 16, 32]), random.choice([2, 8]), *(random.randint(0, 1) for _ in range(4))]
        time = 20 + 3000 / x[3] + 1000 / x[4] + random.gauss(0, 10)
        rows.append([*(round(math.log2(v), 2) if i < 6 else v for i, v in enumerate(x)), int(time > 5)])
    return ["mwg", "nwg", "kwg", "mdimc", "ndimc", "kwi", "stra", "strb", "sa", "sb", "slow"], rows


@case
def keras6447(random):
    rows = clusters(random, 200, 8, 2, 0.9)
    rows[137][4] = "nan"
    return names(8) + ["y"], rows


@case
def H_cv351216(random):
    return xor()


@case
def H_ds25024(random):
    rows = [[round(random.gauss(0, 1), 2) for _ in range(200)] for _ in range(30)]
    return names(200) + ["y"], [[*row, round(random.gauss(0, 1), 3)] for row in rows]


def main():
    wanted = sys.argv[1:] or sorted(CASES)
    for name in wanted:
        header, rows = CASES[name](random.Random(name))
        folder = HERE / name
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / "data.csv", "w", newline="\n") as file:
            for row in [header, *rows]:
                file.write(",".join(map(str, row)) + "\n")


main()
