"""How long `gradlens mnist` takes to its first step and to its end, and how much memory it holds at its peak.

    python3 benches/peers/start.py

Medians of five processes each. With `--samples 128 --batch 128` the program reads and checks all data,
takes one step, and judges it on the test images.
"""
import os
import statistics
import subprocess
import time

import turns

RUNS = {"one step": ["--epochs", "1", "--samples", "128", "--batch", "128"], "one epoch": ["--epochs", "1"], "ten epochs": []}


def run(command):
    """Seconds from the start of a process to its end, and the megabytes (10^6) that it held at most."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return seconds, usage.ru_maxrss * 1024 / 1e6


def main():
    gradlens = turns.our_program()
    print("| `gradlens mnist` | seconds | peak of memory, MB |\n|---|---|---|")
    for name, words in RUNS.items():
        found = [run([gradlens, "mnist", *words]) for _ in range(6)][1:]  # the first brings the files into memory
        seconds, megabytes = (statistics.median(column) for column in zip(*found))
        print(f"| {name} | {seconds:.2f} | {megabytes:.0f} |", flush=True)


main()
