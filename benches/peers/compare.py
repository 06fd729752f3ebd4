"""Trains the same networks here, in JAX and in PyTorch, in turn, and prints training samples a second.

    python3 benches/peers/compare.py [ROUNDS] [SIZE ...] [VARIANT]

SIZE is S, M or L, VARIANT plain, adam, sigmoid (the head), dropout (0.2 after every hidden layer), dense
(standardised pixels, of which none is zero: products can leave nothing out) or observed (diagnostics at every 100th
step of ours; the peers, which have none, train as in plain). Makes an environment for the peers
beside itself (`.venv`, some gigabytes), builds the benchmark, and runs ours, JAX's, PyTorch's, ours, ... on every
core and on one. A figure is the median over rounds of the median
over epochs but the first, which holds JAX's compilation; a ratio is the median over rounds of the ratios
within a round, and its range. Where others use the machine too, the best epoch of each says more of the
programs: the last two columns are ratios of those. Other programs should rest meanwhile.
"""
import statistics
import sys

import turns

# Width and number of the hidden layers, batch, epochs: those of `benches/steps.rs`.
SIZES = {"S": (128, 1, 64, 10), "M": (512, 2, 128, 6), "L": (2048, 2, 512, 3)}
VARIANTS = ("plain", "adam", "sigmoid", "dropout", "dense", "observed")


def median_rate(records):
    return statistics.median(record["samples_per_s"] for record in records[1:])


def best_rate(records):
    return max(record["samples_per_s"] for record in records[1:])


def main():
    words = sys.argv[1:]
    rounds = int(words.pop(0)) if words and words[0].isdecimal() else 5
    if unknown := [word for word in words if word not in (*SIZES, *VARIANTS)]:
        raise SystemExit(f"{unknown[0]!r} is none of {', '.join((*SIZES, *VARIANTS))}")
    sizes = [word for word in words if word in SIZES] or list(SIZES)
    variant = next((word for word in words if word in VARIANTS), "plain")
    ours = turns.our_benchmark("steps")
    every = len(turns.cores())
    turns.peers_python()
    print(f"variant: {variant}; {turns.versions()}\n")
    print("| size | cores | gradlens | share of FMA peak | JAX | PyTorch | over JAX | over PyTorch | best epochs: over JAX's | over PyTorch's |")
    print("|---|---|---|---|---|---|---|---|---|---|", flush=True)
    for size in sizes:
        width, depth, batch, epochs = SIZES[size]
        rate = 0.001 if variant == "adam" else 0.1
        theirs = "plain" if variant == "observed" else variant
        settings = {"width": width, "depth": depth, "batch": batch, "rate": rate, "variant": theirs, "epochs": epochs}
        peers = {peer: turns.peer(peer, "train", settings) for peer in turns.PEERS}
        for threads in sorted({every, 1}, reverse=True):
            commands = {"ours": [ours, "--bench", "--json", size, str(threads), variant], **peers}
            found = {name: [] for name in ("share", *commands)}
            best = dict.fromkeys(commands, 0)
            for _ in range(rounds):
                for name, command in commands.items():
                    records = turns.run(command, threads)
                    found[name].append(median_rate(records))
                    best[name] = max(best[name], best_rate(records))
                    if name == "ours":
                        found["share"].append(statistics.median(record["share_of_peak"] for record in records[1:]))
            middle = {name: statistics.median(values) for name, values in found.items()}
            bests = " | ".join(f"{best['ours'] / best[peer]:.2f}" for peer in turns.PEERS)
            over = {peer: turns.ratio(found["ours"], found[peer]) for peer in turns.PEERS}
            print(f"| {size} | {threads} | {middle['ours']:.0f} | {100 * middle['share']:.0f} % | {middle['jax']:.0f} "
                  f"| {middle['torch']:.0f} | {over['jax']} | {over['torch']} | {bests} |", flush=True)


main()
