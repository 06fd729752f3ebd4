"""The Python lines of the README, run as they stand there: what each writes is diagnosed, and predicts what it predicts there."""
import json, os, pathlib, random, re, subprocess, sys, tempfile

os.environ["KERAS_BACKEND"] = "torch"
import numpy as np
import torch

program = str(pathlib.Path(sys.argv[1]).resolve())
readme = (pathlib.Path(__file__).parent.parent.parent / "README.md").read_text()
blocks = re.findall(r"```python\n(.*?)```", readme, re.S)
assert len(blocks) == 2, "the README has the lines for PyTorch and for Keras"
os.chdir(tempfile.mkdtemp())
inputs = np.random.default_rng(1).normal(size=(200, 2)).astype(np.float32)
rows = [f"{a},{b},{a - b * b}" for a, b in inputs]
pathlib.Path("table.csv").write_text("\n".join(["a,b,y", *rows]) + "\n")


def run(command):
    done = subprocess.run([program, *command.split()], capture_output=True, text=True)
    assert done.returncode == 0, (command, done.stderr)
    return done.stdout


random.seed(1)  # which Keras takes its seeds from
torch.manual_seed(1)
for block in blocks:
    names = {}
    exec(block, names)
    net = names["net"]
    if "keras" in names:
        what, theirs = "Keras", net.predict(inputs, verbose=0)
    else:
        what, theirs = "PyTorch", net(names["torch"].tensor(inputs)).detach().numpy()
    found = json.loads(run("predict net.onnx table.csv --features a,b --json - --quiet"))
    ours = np.array([list(row["outputs"].values()) for row in found["rows"]])
    difference = np.abs(ours - theirs).max()
    diagnosis = run("diagnose table.csv --targets y --model net.onnx")
    assert "verdict" in diagnosis and difference < 1e-5, (what, difference, diagnosis)
    print(f"{what}: exported by the lines of the README, diagnosed, and the same outputs to {difference:.1e}")
    for file in pathlib.Path().glob("net.onnx*"):
        file.unlink()
