"""Everything that `docs/speed.md` shows, except what was tried once: one after another, each under its command.

    python3 benches/peers/everything.py [ROUNDS]

Makes the peers' environment if it is missing, builds what is to be run, and prints the tables. With one round, the
default, more than half an hour on two cores.
"""
import subprocess
import sys

import turns

KERNELS = ["cargo", "run", "--release", "--manifest-path", "kernel/benches/peers/Cargo.toml"]
STEPS = ["--bench", "steps", "--"]


def commands(rounds):
    script = lambda name, *words: ["python3", f"benches/peers/{name}.py", *map(str, words)]
    yield script("compare", rounds, "S", "M", "L")
    yield script("compare", rounds, "S", "M", "L", "dense")
    for variant in ("adam", "sigmoid", "dropout", "observed"):
        yield script("compare", rounds, "S", "M", variant)
    for threads in sorted({len(turns.cores()), 1}, reverse=True):
        yield ["cargo", "bench", "-p", "gradlens-benches", "--no-default-features", *STEPS, "S", "M", str(threads)]
    yield ["cargo", "bench", "-p", "gradlens-benches", "--no-default-features", *STEPS, "S", "M", "1", "dense"]
    yield script("growth", rounds)
    yield script("to_98", 5)
    yield script("start")
    yield [*KERNELS, "--bin", "gradlens-kernel-peers"]
    yield [*KERNELS, "--bin", "meet"]
    yield ["cargo", "bench", "-p", "gradlens-benches", "--bench", "diagnostics"]


def main():
    words = sys.argv[1:]
    rounds = int(words.pop(0)) if words and words[0].isdecimal() else 1
    if words:
        raise SystemExit(f"{words[0]!r} is no number of rounds")
    for command in commands(rounds):
        print(f"\n{' '.join(command)}\n", flush=True)
        if subprocess.run(command, cwd=turns.HERE.parents[1]).returncode:
            raise SystemExit(f"{' '.join(command)} failed")


main()
