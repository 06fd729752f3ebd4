"""Makes the numbers that tests/all/activations.rs holds the activations to: by mpmath, with 60 digits.

    python3 -m venv .venv && .venv/bin/pip install mpmath
    .venv/bin/python tests/golden/activations.py

Writes activations.json beside itself: for each activation its value and its slope at every point. The points are
numbers that f32 holds, from the middle to far out. What f64 cannot hold is 0.
"""
import json
import pathlib
import struct

import mpmath
from mpmath import erfc, exp, expm1, log1p, mpf, pi, sqrt, tanh

mpmath.mp.dps = 60

SIZES = [
    1e-30, 1e-10, 1e-5, 1e-3, 0.01, 0.1, 0.3, 0.5, 0.62, 0.63, 0.7, 1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9, 10, 11,
    12, 13, 14, 15, 16, 16.6, 17, 18, 20, 22, 25, 28, 30, 33, 36, 37, 38, 40, 44, 50, 60, 70, 80, 86, 88, 100, 200, 350,
    700, 1e3, 1e5, 1e10, 1e19, 1e30,
]


def as_f32(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def sigmoid(x):
    return 1 / (1 + exp(-x))


def distribution(x):
    return erfc(-x / sqrt(mpf(2))) / 2


def density(x):
    return exp(-x * x / 2) / sqrt(2 * pi)


def leaky_relu(a):
    return (lambda x: x if x > 0 else a * x, lambda x: mpf(1) if x > 0 else a)


def elu(a):
    return (lambda x: x if x > 0 else a * expm1(x), lambda x: mpf(1) if x > 0 else a * exp(x))


# Klambauer et al., 2017, eq. 14.
ALPHA = -sqrt(2 / pi) / (erfc(1 / sqrt(mpf(2))) * exp(mpf(1) / 2) - 1)
SCALE = (
    (1 - erfc(1 / sqrt(mpf(2))) * sqrt(exp(mpf(1)))) * sqrt(2 * pi)
    / sqrt(2 * erfc(sqrt(mpf(2))) * exp(mpf(2)) + pi * erfc(1 / sqrt(mpf(2))) ** 2 * exp(mpf(1))
           - 2 * (2 + pi) * erfc(1 / sqrt(mpf(2))) * sqrt(exp(mpf(1))) + pi + 2)
)
assert abs(ALPHA - mpf("1.6732632423543772")) < 1e-15 and abs(SCALE - mpf("1.0507009873554805")) < 1e-15

FUNCTIONS = {
    "identity": (lambda x: x, lambda x: mpf(1)),
    "sigmoid": (sigmoid, lambda x: sigmoid(x) * sigmoid(-x)),
    "tanh": (tanh, lambda x: 4 * sigmoid(2 * x) * sigmoid(-2 * x)),
    "relu": (lambda x: max(x, mpf(0)), lambda x: mpf(1 if x > 0 else 0)),
    "leaky-relu": leaky_relu(mpf("0.01")),
    "leaky-relu:3": leaky_relu(mpf(3)),
    "elu": elu(mpf(1)),
    "elu:2": elu(mpf(2)),
    "selu": (
        lambda x: SCALE * x if x > 0 else SCALE * ALPHA * expm1(x),
        lambda x: SCALE if x > 0 else SCALE * ALPHA * exp(x),
    ),
    "gelu": (lambda x: x * distribution(x), lambda x: distribution(x) + x * density(x)),
    "silu": (lambda x: x * sigmoid(x), lambda x: sigmoid(x) * (1 + x * sigmoid(-x))),
    "softsign": (lambda x: x / (1 + abs(x)), lambda x: 1 / (1 + abs(x)) ** 2),
    "softplus": (lambda x: log1p(exp(x)) if x < 500 else x + exp(-x), sigmoid),
}

points = [sign * as_f32(x) for x in SIZES for sign in (-1, 1)]
document = {
    "made_with": {"mpmath": mpmath.__version__},
    "points": points,
    "functions": {
        name: {"value": [float(value(mpf(x))) for x in points], "slope": [float(slope(mpf(x))) for x in points]}
        for name, (value, slope) in FUNCTIONS.items()
    },
}
path = pathlib.Path(__file__).with_name("activations.json")
path.write_text(json.dumps(document, separators=(",", ":")) + "\n")
print(path, path.stat().st_size, "bytes")
