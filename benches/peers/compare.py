"""Trains the same networks here, in JAX and in PyTorch, in turn, and prints training samples a second.

    python3 benches/peers/compare.py [ROUNDS] [SIZE ...]

Makes an environment for the peers beside itself (`.venv`, some gigabytes), builds the benchmark, and runs
ours, JAX's, PyTorch's, ours, ... on every core and on one. A figure is the median over rounds of the median
over epochs but the first, which holds JAX's compilation; a ratio is the median over rounds of the ratios
within a round, and its range. Other programs should rest meanwhile.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import venv

HERE = pathlib.Path(__file__).parent
SIZES = {"S": ("128", "64"), "M": ("512,512", "128"), "L": ("2048,2048", "512")}


def peers_python():
    python = HERE / ".venv" / "bin" / "python"
    if not python.exists():
        venv.create(HERE / ".venv", with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "numpy", "jax", "torch"], check=True)
    return str(python)


def our_benchmark():
    build = ["cargo", "bench", "--bench", "steps", "--no-run", "--message-format", "json"]
    lines = subprocess.run(build, check=True, stdout=subprocess.PIPE, text=True, cwd=HERE).stdout.splitlines()
    messages = (json.loads(line) for line in lines)
    return next(m["executable"] for m in messages if m.get("executable") and m["target"]["name"] == "steps")


def rates(command):
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=HERE).stdout.splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def median_rate(records):
    return statistics.median(record["samples_per_s"] for record in records[1:])


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    chosen = sys.argv[2:] or list(SIZES)
    python, ours = peers_python(), our_benchmark()
    cores = len(os.sched_getaffinity(0))
    print("| size | cores | gradlens | share of FMA peak | JAX | PyTorch | over JAX | over PyTorch |")
    print("|---|---|---|---|---|---|---|---|")
    for size in chosen:
        hidden, batch = SIZES[size]
        for threads in sorted({cores, 1}, reverse=True):
            found = {"ours": [], "jax": [], "torch": [], "share": []}
            for _ in range(rounds):
                records = rates([ours, "--bench", "--json", size, str(threads)])
                found["ours"].append(median_rate(records))
                found["share"].append(statistics.median(record["share_of_peak"] for record in records[1:]))
                for peer in ("jax", "torch"):
                    command = [python, str(HERE / f"{peer}_mlp.py"), hidden, batch, "sgd", str(threads)]
                    found[peer].append(median_rate(rates(command)))
            middle = {name: statistics.median(values) for name, values in found.items()}

            def ratio(peer):
                ratios = [a / b for a, b in zip(found["ours"], found[peer])]
                return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"

            print(f"| {size} | {threads} | {middle['ours']:.0f} | {100 * middle['share']:.0f} % | {middle['jax']:.0f} "
                  f"| {middle['torch']:.0f} | {ratio('jax')} | {ratio('torch')} |", flush=True)


main()
