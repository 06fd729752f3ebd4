"""What a peer is asked to do, and how it is timed: the same for JAX and PyTorch.

    train     training samples a second, shuffled: a line of JSON in all, or with --epochs one for each epoch,
              the first of which holds compilation and warming up
    predict   predictions a second: test images that lie in memory, one call after another, each answer
              waited for; a line of JSON
    to_98     trains, Adam with a one-cycle schedule, until 98 % of the test images are right; a line of JSON
              when the data are there, and after every epoch

A peer computes on all the cores that it is bound to (`taskset -c 0` for one).
"""
import argparse
import json
import math
import os
import time

import numpy as np
from data import load

VARIANTS = ("plain", "adam", "sigmoid", "dropout", "dense")
DROPPED = 0.2  # share of a hidden layer's outputs, in the variant `dropout`
SAMPLES = 60000
LAP = 0.3  # seconds that a lap takes at least; JAX compiles one lap as a whole


def cores():
    return len(os.sched_getaffinity(0))


def asked():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", choices=("train", "predict", "to_98"))
    parser.add_argument("--width", type=int, default=512, help="units of a hidden layer")
    parser.add_argument("--depth", type=int, default=2, help="hidden layers")
    parser.add_argument("--batch", type=int, default=128, help="samples a step, or a call")
    parser.add_argument("--rate", type=float, default=0.001, help="learning rate")
    parser.add_argument("--variant", choices=VARIANTS, default="plain")
    parser.add_argument("--seconds", type=float, default=1.5, help="to measure, after warming up")
    parser.add_argument("--epochs", type=int, default=0, help="to train, rather than seconds")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--compile", action="store_true", help="PyTorch: loss and gradient by torch.compile")
    return parser.parse_args()


def data(asked):
    """MNIST; in the variant `dense` with mean 0 and deviation 1, over all pixels of the training set."""
    train, labels, test, test_labels = load()
    if asked.variant == "dense":
        mean, deviation = train.mean(dtype=np.float64), train.std(dtype=np.float64)
        train, test = (((images - mean) / deviation).astype(np.float32) for images in (train, test))
    return train, labels, test, test_labels


def weights(asked):
    """Starting weights [in, out] and biases: He where a rectifier follows, Glorot in the last layer."""
    random = np.random.default_rng(asked.seed)
    sizes = [784] + [asked.width] * asked.depth + [10]
    layers = []
    for layer, (fan_in, fan_out) in enumerate(zip(sizes, sizes[1:])):
        if layer < asked.depth:
            weight = random.standard_normal((fan_in, fan_out), np.float32) * np.float32(math.sqrt(2 / fan_in))
        else:
            limit = math.sqrt(6 / (fan_in + fan_out))
            weight = random.uniform(-limit, limit, (fan_in, fan_out)).astype(np.float32)
        layers.append((weight, np.zeros(fan_out, np.float32)))
    return layers


class Rows:
    """The rows of one shuffled epoch after another, without end."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.left = np.empty(0, np.int32)

    def take(self, count):
        pieces, missing = [], count
        while missing > 0:
            if len(self.left) == 0:
                self.left = self.random.permutation(np.arange(SAMPLES, dtype=np.int32))
            pieces.append(self.left[:missing])
            self.left = self.left[missing:]
            missing -= len(pieces[-1])
        return np.concatenate(pieces)


def train(asked, prepare):
    """`prepare(steps)` gives a function that trains so many steps and returns when they are done."""
    if asked.epochs:
        lap = prepare(SAMPLES // asked.batch)
        for _ in range(asked.epochs):
            _show(SAMPLES // asked.batch * asked.batch / _seconds(lap))
        return
    steps = 8
    lap = prepare(steps)
    lap()
    wanted = 2 * math.ceil(LAP / _seconds(lap) * steps / 2)
    if wanted > steps:
        steps, lap = wanted, prepare(wanted)
        lap()
    _show(_rate(lap, steps * asked.batch, asked.seconds))


def predict(asked, images, answer):
    """`answer(images)` gives probabilities that are there when it returns."""
    calls = 0

    def call():
        nonlocal calls
        answer(images[calls % len(images)])
        calls += 1

    _rate(call, len(images[0]), asked.seconds / 4)
    _show(_rate(call, len(images[0]), asked.seconds))


def pieces(asked, images):
    """Test images to predict, a batch a piece, at most 1000 of them."""
    batch = min(asked.batch, len(images))
    return [images[start:start + batch].copy() for start in range(0, len(images) - batch + 1, batch)[:1000]]


def one_cycle(asked):
    """The rates of all steps: PyTorch's OneCycleLR, the rate alone."""
    steps = asked.epochs * (SAMPLES // asked.batch)
    top, end = 0.3 * steps - 1, steps - 1
    step = np.arange(steps)
    between = lambda start, stop, done: stop + (start - stop) * (1 + np.cos(np.pi * done)) / 2
    rising, falling = between(1 / 25, 1, step / top), between(1, 1 / 250_000, (step - top) / (end - top))
    return (asked.rate * np.where(step <= top, rising, falling)).astype(np.float32)


def to_98(asked, epoch):
    """`epoch(rates)` trains with these rates, a step each, and gives the accuracy on the test images."""
    print(json.dumps({"ready": True}), flush=True)
    for number, rates in enumerate(np.split(one_cycle(asked), asked.epochs), 1):
        accuracy = round(float(epoch(rates)), 4)  # a whole number of 10 000 images
        print(json.dumps({"epoch": number, "accuracy": accuracy}), flush=True)
        if accuracy >= 0.98:
            return


def _seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _rate(work, samples, seconds):
    start, times, elapsed = time.perf_counter(), 0, 0
    while elapsed < seconds:
        work()
        times += 1
        elapsed = time.perf_counter() - start
    return times * samples / elapsed


def _show(rate):
    print(json.dumps({"samples_per_s": round(rate, 1)}), flush=True)
