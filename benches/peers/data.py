"""MNIST from IDX files, unpacked or .gz, as float32 rows in [0, 1] and int64 labels."""
import gzip, os, pathlib
import numpy as np

ROOT = pathlib.Path(os.environ.get("MNIST_DIR", pathlib.Path(__file__).parents[2] / "data" / "mnist"))


def _read(name, header):
    plain = ROOT / name
    if plain.exists():
        return np.fromfile(plain, np.uint8)[header:]
    with gzip.open(ROOT / f"{name}.gz") as f:
        return np.frombuffer(f.read(), np.uint8)[header:]


def load():
    image = lambda n: np.multiply(_read(n, 16).reshape(-1, 784), np.float32(1 / 255), dtype=np.float32)
    label = lambda n: _read(n, 8).astype(np.int64)
    return (image("train-images-idx3-ubyte"), label("train-labels-idx1-ubyte"),
            image("t10k-images-idx3-ubyte"), label("t10k-labels-idx1-ubyte"))
