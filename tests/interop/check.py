"""What gradlens saves, opened elsewhere: PyTorch loads the safetensors file, ONNX Runtime runs the ONNX file, and both
compute what gradlens computes.
"""
import json, pathlib, subprocess, sys, tempfile

import numpy as np
import onnx
import onnxruntime
import torch
from safetensors.torch import load_file, save_file

PROGRAM = str(pathlib.Path(sys.argv[1]).resolve())
TOLERANCE = 1e-5
ACTIVATIONS = {
    "identity": torch.nn.Identity(), "sigmoid": torch.nn.Sigmoid(), "tanh": torch.nn.Tanh(), "relu": torch.nn.ReLU(),
    "leaky-relu": torch.nn.LeakyReLU(0.01), "leaky-relu:0.2": torch.nn.LeakyReLU(0.2), "elu": torch.nn.ELU(),
    "elu:0.5": torch.nn.ELU(0.5), "selu": torch.nn.SELU(), "gelu": torch.nn.GELU(), "silu": torch.nn.SiLU(),
    "softsign": torch.nn.Softsign(), "softplus": torch.nn.Softplus(),
}
TASKS = {
    "classes": ("kind", lambda z: torch.softmax(z, 1)),
    "labels": ("l1,l2", torch.sigmoid),
    "regression": ("y", lambda z: z),
}


NORMS = {"batch": torch.nn.BatchNorm1d, "layer": torch.nn.LayerNorm}


class Residual(torch.nn.Module):
    """Adds what went into the layer so many below."""

    def __init__(self, layers):
        super().__init__()
        self.layers = layers


class Net(torch.nn.Sequential):
    """torch.nn.Sequential with residual blocks."""

    def forward(self, x):
        seen = []
        for layer in self:
            seen.append(x)
            x = x + seen[-1 - layer.layers] if isinstance(layer, Residual) else layer(x)
        return x


def run(folder, *arguments):
    done = subprocess.run([PROGRAM, *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, (arguments, done.stderr)
    return done.stdout


def main():
    folder = pathlib.Path(tempfile.mkdtemp())
    rng = np.random.default_rng(5)
    x = rng.normal(size=(120, 3)).round(3)
    kinds = np.array(["low", "mid", "high"])[np.digitize(x.sum(1), [-1, 1])]
    rows = [
        f"{a},{b},{c},{kind},{int(a > 0)},{int(b + c > 0)},{a * b - c:.4f}" for (a, b, c), kind in zip(x, kinds)
    ]
    (folder / "t.csv").write_text("a,b,c,kind,l1,l2,y\n" + "\n".join(rows) + "\n")
    worst = {"PyTorch": 0.0, "ONNX Runtime": 0.0}
    count = 0
    for task, (targets, link) in TASKS.items():
        for name, activation in ACTIVATIONS.items():
            run(folder, "train", "t.csv", "--targets", targets, "--features", "a,b,c", "--task", task,
                "--standardise=false", "--standardise-targets=false", "--activation", name, "--hidden", "8,5",
                "--dropout", "0.1", "--epochs", "3", "--save", "m.safetensors", "--onnx", "m.onnx", "--quiet")
            found = json.loads(run(folder, "predict", "m.safetensors", "t.csv", "--json", "-", "--quiet"))
            ours = np.array([list(row["outputs"].values()) for row in found["rows"]])
            inputs = x.astype(np.float32)

            dropout = torch.nn.Dropout(0.1)
            net = torch.nn.Sequential(
                torch.nn.Linear(3, 8), activation, dropout, torch.nn.Linear(8, 5), activation, dropout,
                torch.nn.Linear(5, ours.shape[1]),
            ).eval()
            net.load_state_dict(load_file(folder / "m.safetensors"))
            with torch.no_grad():
                theirs = link(net(torch.tensor(inputs))).numpy()
            worst["PyTorch"] = max(worst["PyTorch"], np.abs(ours - theirs).max())

            model = onnx.load(folder / "m.onnx")
            onnx.checker.check_model(model, full_check=True)
            assert model.ir_version == 8 and model.opset_import[0].version == (20 if name == "gelu" else 13)
            session = onnxruntime.InferenceSession(folder / "m.onnx")
            for batch in (inputs, inputs[:1]):
                (outputs,) = session.run(None, {session.get_inputs()[0].name: batch})
                worst["ONNX Runtime"] = max(worst["ONNX Runtime"], np.abs(ours[: len(batch)] - outputs).max())
            count += 1

    # Normalisations, with their running statistics, and residual blocks.
    for norm, kind in NORMS.items():
        for residual in (False, True):
            run(folder, "train", "t.csv", "--targets", "kind", "--features", "a,b,c", "--standardise=false", "--activation",
                "tanh", "--hidden", "6,6", "--norm", norm, f"--residual={str(residual).lower()}", "--epochs", "3", "--save",
                "n.safetensors", "--onnx", "n.onnx", "--quiet")
            found = json.loads(run(folder, "predict", "n.safetensors", "t.csv", "--json", "-", "--quiet"))
            ours = np.array([list(row["outputs"].values()) for row in found["rows"]])
            block = [torch.nn.Linear(6, 6), kind(6), torch.nn.Tanh()] + [Residual(3)] * residual
            layers = Net(torch.nn.Linear(3, 6), kind(6), torch.nn.Tanh(), *block, torch.nn.Linear(6, 3)).eval()
            layers.load_state_dict(load_file(folder / "n.safetensors"))
            with torch.no_grad():
                theirs = torch.softmax(layers(torch.tensor(inputs)), 1).numpy()
            worst["PyTorch"] = max(worst["PyTorch"], np.abs(ours - theirs).max())
            model = onnx.load(folder / "n.onnx")
            onnx.checker.check_model(model, full_check=True)
            assert model.opset_import[0].version == (17 if norm == "layer" else 13)
            (outputs,) = onnxruntime.InferenceSession(folder / "n.onnx").run(None, {"inputs": inputs})
            worst["ONNX Runtime"] = max(worst["ONNX Runtime"], np.abs(ours - outputs).max())
            count += 1

    # Standardised inputs and targets are part of the file.
    run(folder, "train", "t.csv", "--targets", "y", "--features", "a,b,c", "--epochs", "3", "--save", "s.safetensors",
        "--onnx", "s.onnx", "--quiet")
    found = json.loads(run(folder, "predict", "s.safetensors", "t.csv", "--ignore", "kind,l1,l2", "--json", "-", "--quiet"))
    ours = np.array([list(row["outputs"].values()) for row in found["rows"]])
    (outputs,) = onnxruntime.InferenceSession(folder / "s.onnx").run(None, {"inputs": x.astype(np.float32)})
    worst["ONNX Runtime"] = max(worst["ONNX Runtime"], np.abs(ours - outputs).max())

    # And back: what PyTorch changes is what gradlens then predicts.
    state = {key: value + 0.25 for key, value in load_file(folder / "m.safetensors").items()}
    net.load_state_dict(state)
    save_file(state, folder / "changed.safetensors")
    refused = subprocess.run([PROGRAM, "predict", "changed.safetensors", "t.csv"], cwd=folder, capture_output=True, text=True)
    assert refused.returncode != 0 and "no description of a network" in refused.stderr, refused.stderr

    for what, difference in worst.items():
        print(f"{what}: the greatest difference of {count} networks is {difference:.1e}")
        assert difference <= TOLERANCE, what


main()
