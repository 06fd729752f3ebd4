"""How the cost grows with a network's width and depth, the batch and the threads, here, in JAX and in PyTorch.

    python3 benches/peers/growth.py [ROUNDS] [SWEEP ...] [quick]

SWEEP is width, depth, batch, threads or forward (predictions rather than training). Around 784-512-512-10 with
batches of 128, ours, JAX's and PyTorch's run in turn, each for 1.5 seconds after warming up; prints
samples a second, the median over rounds, and the ratios of runs that follow one another, with their range.
With all sweeps, writes the picture `benches/growth.svg` too. Takes about a quarter of an hour on two cores;
quick is a look at whether all of it runs: one round of two points a sweep, the picture in the temporary folder.
"""
import pathlib
import statistics
import sys
import tempfile

import picture
import turns

BASE = {"width": 512, "depth": 2, "batch": 128}
EVERY = len(turns.cores())
PROGRAMS = {"ours": "gradlens", **turns.PEERS}
SWEEPS = {
    "width": [{"width": width} for width in (32, 128, 512, 2048, 4096)],
    "depth": [{"width": 128, "depth": depth} for depth in (1, 2, 4, 8, 16, 32, 64)],
    "batch": [{"batch": batch} for batch in (1, 4, 16, 64, 256, 1024, 4096)],
    "threads": [{"threads": threads} for threads in sorted({2**n for n in range(12) if 2**n < EVERY} | {EVERY})],
    "forward": [{"batch": batch} for batch in (1, 1000)],
}
TITLES = {
    "width": "width of two hidden layers",
    "depth": "hidden layers of 128",
    "batch": "batch",
    "threads": "threads",
    "forward": "forward pass alone: batch",
}


def measure(ours, work, settings, rounds, seconds):
    """Rates of each program, a round each."""
    threads = settings.get("threads", EVERY)
    settings = {name: settings.get(name, value) for name, value in BASE.items()} | {"seconds": seconds}
    commands = {"ours": [ours, "--bench", work, *turns.flags(settings)]}
    commands |= {peer: turns.peer(peer, work, settings) for peer in turns.PEERS}
    found = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            found[name].append(turns.run(command, threads)[0]["samples_per_s"])
    return found


def main():
    words = sys.argv[1:]
    quick = "quick" in words
    rounds = int(words.pop(0)) if words and words[0].isdecimal() else 1 if quick else 3
    if unknown := [word for word in words if word not in (*SWEEPS, "quick")]:
        raise SystemExit(f"{unknown[0]!r} is none of {', '.join((*SWEEPS, 'quick'))}")
    sweeps = [word for word in words if word in SWEEPS] or list(SWEEPS)
    ours, known, panels = turns.our_benchmark("growth"), {}, []
    for sweep in sweeps:
        work = "predict" if sweep == "forward" else "train"
        print(f"| {TITLES[sweep]} | gradlens | JAX | PyTorch | over JAX | over PyTorch |\n|---|---|---|---|---|---|")
        lines = {name: [] for name in PROGRAMS}
        for settings in SWEEPS[sweep][: 2 if quick else None]:
            same = str((work, sorted((BASE | {"threads": EVERY} | settings).items())))
            if same not in known:  # the base is on the way of most sweeps
                known[same] = measure(ours, work, settings, rounds, 0.05 if quick else 1.5)
            found, x = known[same], settings.get(sweep, settings.get("batch"))
            middle = {name: statistics.median(values) for name, values in found.items()}
            for name, line in lines.items():
                line.append((x, middle[name]))
            figures = " | ".join(f"{middle[name]:.0f}" for name in lines)
            ratios = " | ".join(turns.ratio(found["ours"], found[peer]) for peer in turns.PEERS)
            print(f"| {x} | {figures} | {ratios} |", flush=True)
        print(flush=True)
        panels.append((TITLES[sweep], {label: lines[name] for name, label in PROGRAMS.items()}))
    if len(panels) == len(SWEEPS):
        folder = pathlib.Path(tempfile.gettempdir()) if quick else turns.HERE.parent
        title = "samples a second around 784-512-512-10 with batches of 128; both axes are logarithmic"
        picture.write(folder / "growth.svg", title, panels)
        print(folder / "growth.svg")


main()
