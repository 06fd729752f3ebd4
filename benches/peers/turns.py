"""Programs in turn: the peers' environment, our benchmarks, runs on so many cores, and what they come to."""
import functools
import json
import os
import pathlib
import statistics
import subprocess
import time
import venv

HERE = pathlib.Path(__file__).resolve().parent
PEERS = {"jax": "JAX", "torch": "PyTorch"}


def peers_python():
    """The interpreter of an environment beside this file, made unless it is there as a whole: some gigabytes."""
    python = HERE / ".venv" / "bin" / "python"
    if not python.exists() or versions() is None:
        venv.create(HERE / ".venv", with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "numpy", "jax", "torch"], check=True)
        versions.cache_clear()
    return str(python)


@functools.cache
def versions():
    """Of the peers, or None if one of them is missing."""
    ask = "from importlib.metadata import version as v; print(f'JAX {v(\"jax\")}, PyTorch {v(\"torch\")}')"
    asked = subprocess.run([HERE / ".venv" / "bin" / "python", "-c", ask], capture_output=True, text=True)
    return asked.stdout.strip() if asked.returncode == 0 else None


def our_benchmark(name):
    """The program of `benches/NAME.rs`, built."""
    return built(name, "bench", "-p", "gradlens-benches", "--no-run", "--bench")


def our_program():
    """The program of `cli/`, built."""
    return built("gradlens", "build", "--release", "-p", "gradlens-cli", "--bin")


@functools.cache
def built(name, *how):
    """Where cargo puts the program of this name."""
    build = ["cargo", *how, name, "--message-format", "json"]
    lines = subprocess.run(build, check=True, stdout=subprocess.PIPE, text=True, cwd=HERE).stdout.splitlines()
    messages = (json.loads(line) for line in lines)
    return next(m["executable"] for m in messages if m.get("executable") and m["target"]["name"] == name)


def flags(settings):
    return [word for name, value in settings.items() for word in (f"--{name}", str(value))]


def peer(name, work, settings):
    """The command that has a peer do some work."""
    return [peers_python(), str(HERE / f"{name}_mlp.py"), work, *flags(settings)]


def cores():
    return sorted(os.sched_getaffinity(0))


@functools.cache
def best_of_one():
    return peak(1)


def peak(threads):
    """Multiply-adds a second that so many threads do now."""
    command = [our_benchmark("steps"), "--bench", "peak", str(threads)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)["peak"]


def settle(threads):
    """Waits, 20 seconds at most, while several cores do less than three quarters of what as many should: on
    machines that are shared, two now and then do the work of one."""
    until = time.monotonic() + 20
    while threads > 1 and peak(threads) < 0.75 * threads * best_of_one() and time.monotonic() < until:
        time.sleep(1)


def start(command, threads):
    """Starts a program on the first so many cores: each takes as many threads as it has cores."""
    bind = lambda: os.sched_setaffinity(0, cores()[:threads])
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=HERE, preexec_fn=bind)


def run(command, threads):
    """The lines of JSON that a program prints."""
    settle(threads)
    with start(command, threads) as program:
        records = [json.loads(line) for line in program.stdout if line.startswith("{")]
    if program.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {program.returncode}")
    return records


def spread(values, digits):
    """The median, with the least and the greatest in brackets where there are several."""
    middle = f"{statistics.median(values):.{digits}f}"
    return f"{middle} ({min(values):.{digits}f} to {max(values):.{digits}f})" if len(values) > 1 else middle


def ratio(ours, theirs):
    """Of runs that follow one another."""
    return spread([a / b for a, b in zip(ours, theirs)], 2)
