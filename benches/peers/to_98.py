"""Seconds from the start of a process to 98 % of MNIST's test images right, here, in JAX and in PyTorch.

    python3 benches/peers/to_98.py [ROUNDS]

Each round starts the three programs in turn with a seed of its own: 784-256-10, softmax + cross-entropy, Adam with a
one-cycle schedule over three epochs, the test images looked at after every epoch. Imports, compilation,
reading the data and those looks count. Of the widths, batches, rates, numbers of epochs, schedules and
optimisers that were tried, these settings were the soonest that rarely miss, for each of the three. A first
start of each, for files to be in the system's memory and unpacked, does not count. Five rounds (the
default) take a minute.
"""
import json
import statistics
import sys
import time

import turns

SETTINGS = {"width": 256, "batch": 128, "epochs": 3, "rate": 0.008}
PROGRAMS = {"ours": "gradlens", **turns.PEERS}


def run(command):
    """Seconds until the data are there, and until 98 % or None."""
    turns.settle(len(turns.cores()))
    began = time.perf_counter()
    ready, reached = None, None
    with turns.start(command, len(turns.cores())) as program:
        for line in program.stdout:
            now, record = time.perf_counter() - began, json.loads(line)
            ready = ready or now
            if record.get("accuracy", 0) >= 0.98:
                reached = now
    if program.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {program.returncode}")
    return ready, reached


def main():
    words = sys.argv[1:]
    rounds = int(words.pop(0)) if words and words[0].isdecimal() else 5
    if words:
        raise SystemExit(f"{words[0]!r} is no number of rounds")
    ours = turns.our_benchmark("to_98")
    found = {name: [] for name in PROGRAMS}
    for seed in range(rounds + 1):
        settings = SETTINGS | {"seed": seed}
        commands = {"ours": [ours, "--bench", *turns.flags(settings)]}
        commands |= {peer: turns.peer(peer, "to_98", settings | {"depth": 1}) for peer in turns.PEERS}
        for name, command in commands.items():
            result = run(command)
            if seed > 0:  # the first start warms up
                found[name].append(result)
    print("| | seconds to 98 % | until the data are there | reached |\n|---|---|---|---|")
    for name, label in PROGRAMS.items():
        ready = statistics.median(ready for ready, _ in found[name])
        seconds = [reached for _, reached in found[name] if reached]
        text = turns.spread(seconds, 2) if seconds else "never"
        print(f"| {label} | {text} | {ready:.2f} | {len(seconds)} of {rounds} |")


main()
