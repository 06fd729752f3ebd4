"""Makes the numbers that tests/all/golden.rs holds the crate to: PyTorch's and scikit-learn's, in f64.

    python3 -m venv .venv && .venv/bin/pip install numpy scikit-learn torch
    .venv/bin/python tests/golden/make.py

Writes golden.json beside itself. Made with the versions that the file names.
"""
import json
import pathlib

import numpy as np
import sklearn
import sklearn.metrics as skm
import torch
import torch.nn.functional as F
from torch import nn

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
rng = np.random.default_rng(0)


def flat(tensor):
    return [float(v) for v in tensor.detach().flatten()]


# --- ten steps of every optimiser, one network per head -------------------------------------

ROWS, INPUTS, HIDDEN, OUTPUTS, STEPS = 7, 4, 5, 3, 10
x = torch.randn(ROWS, INPUTS)
classes = torch.randint(OUTPUTS, (ROWS,))
labels = torch.randint(2, (ROWS, OUTPUTS)).double()
start = {
    "0.weight": torch.randn(HIDDEN, INPUTS) * 0.5,
    "0.bias": torch.randn(HIDDEN) * 0.1,
    "2.weight": torch.randn(OUTPUTS, HIDDEN) * 0.5,
    "2.bias": torch.randn(OUTPUTS) * 0.1,
}
HEADS = {
    "softmax": lambda z: F.cross_entropy(z, classes),
    "sigmoid": lambda z: F.binary_cross_entropy_with_logits(z, labels, reduction="sum") / ROWS,
}
# Decay for weights and not for biases, hence two groups.
OPTIMIZERS = {
    "sgd": (torch.optim.SGD, dict(lr=0.1), 0.0),
    "sgd-decay": (torch.optim.SGD, dict(lr=0.1), 0.05),
    "momentum": (torch.optim.SGD, dict(lr=0.1, momentum=0.9), 0.05),
    "nesterov": (torch.optim.SGD, dict(lr=0.1, momentum=0.9, nesterov=True), 0.05),
    "rmsprop": (torch.optim.RMSprop, dict(lr=0.01, alpha=0.9, eps=1e-7), 0.05),
    "adam": (torch.optim.Adam, dict(lr=0.01), 0.05),
    "adamw": (torch.optim.AdamW, dict(lr=0.01), 0.05),
    "sgd-clipped": (torch.optim.SGD, dict(lr=0.1), 0.0),
}


def train(loss_of, kind, settings, decay, clip):
    net = nn.Sequential(nn.Linear(INPUTS, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, OUTPUTS))
    net.load_state_dict(start)
    weights = [p for name, p in net.named_parameters() if name.endswith("weight")]
    biases = [p for name, p in net.named_parameters() if name.endswith("bias")]
    groups = [dict(params=weights, weight_decay=decay), dict(params=biases, weight_decay=0.0)]
    optimizer = kind(groups, **settings)
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = loss_of(net(x))
        loss.backward()
        if clip:
            nn.utils.clip_grad_norm_(net.parameters(), clip)
        optimizer.step()
        losses.append(float(loss.detach()))
    return {"losses": losses, "params": {name: flat(p) for name, p in net.named_parameters()}}


runs = {
    head: {
        name: train(loss_of, kind, settings, decay, 0.1 if name == "sgd-clipped" else None)
        for name, (kind, settings, decay) in OPTIMIZERS.items()
    }
    for head, loss_of in HEADS.items()
}

# --- activations: value and slope ------------------------------------------------------------

ACTIVATIONS = {
    "identity": nn.Identity(), "sigmoid": nn.Sigmoid(), "tanh": nn.Tanh(), "relu": nn.ReLU(),
    "leaky-relu": nn.LeakyReLU(), "leaky-relu:0.1": nn.LeakyReLU(0.1), "elu": nn.ELU(), "elu:0.5": nn.ELU(0.5),
    "selu": nn.SELU(), "gelu": nn.GELU(), "silu": nn.SiLU(), "softsign": nn.Softsign(), "softplus": nn.Softplus(threshold=1e9),
}
points = torch.cat([torch.linspace(-8, 8, 65), torch.tensor([-100.0, -40.0, -20.0, 20.0, 40.0, 100.0])])
activations = {}
for name, function in ACTIVATIONS.items():
    z = points.clone().requires_grad_()
    y = function(z)
    (slope,) = torch.autograd.grad(y.sum(), z)
    activations[name] = {"value": flat(y), "slope": flat(slope)}

# --- heads with their settings: loss and gradient --------------------------------------------

logits = torch.randn(6, 4) * 3
soft = torch.softmax(torch.randn(6, 4), 1)
hard = F.one_hot(torch.tensor([0, 3, 1, 1, 2, 0]), 4).double()
multi = torch.tensor([[0, 1, 1, 0], [0, 0, 0, 0], [1, 1, 1, 1], [0, 0.3, 0.7, 1], [1, 0, 0, 0], [0, 1, 0, 1]]).double()
weight = torch.tensor([0.5, 2.0, 1.0, 3.0])
N = len(logits)
CASES = {
    "softmax hard": (hard, lambda z: F.cross_entropy(z, hard.argmax(1))),
    "softmax soft": (soft, lambda z: F.cross_entropy(z, soft)),
    "softmax smoothed": (hard, lambda z: F.cross_entropy(z, hard.argmax(1), label_smoothing=0.1)),
    # PyTorch divides by the summed weights of the classes; ours is the mean over samples.
    "softmax weighted": (hard, lambda z: F.cross_entropy(z, hard.argmax(1), weight=weight, reduction="sum") / N),
    "softmax soft weighted smoothed": (soft, lambda z: F.cross_entropy(z, soft, weight=weight, label_smoothing=0.2)),
    "sigmoid multi": (multi, lambda z: F.binary_cross_entropy_with_logits(z, multi, reduction="sum") / N),
    "sigmoid weighted": (multi, lambda z: F.binary_cross_entropy_with_logits(z, multi, pos_weight=weight, reduction="sum") / N),
    "sigmoid mse": (multi, lambda z: 0.5 * F.mse_loss(torch.sigmoid(z), multi, reduction="sum") / N),
    "softmax mse": (soft, lambda z: 0.5 * F.mse_loss(torch.softmax(z, 1), soft, reduction="sum") / N),
    "identity mse": (multi, lambda z: 0.5 * F.mse_loss(z, multi, reduction="sum") / N),
    "identity mae": (multi, lambda z: F.l1_loss(z, multi, reduction="sum") / N),
    "identity huber": (multi, lambda z: F.huber_loss(z, multi, reduction="sum") / N),
    "identity huber 2.5": (multi, lambda z: F.huber_loss(z, multi, reduction="sum", delta=2.5) / N),
}


def bounded(loss):
    """The mean of a loss of p_y over the targets, which may be soft."""
    return lambda target: lambda z: (target * loss(torch.softmax(z, 1))).sum() / N


ROBUST = {
    "softmax mae": bounded(lambda p: 2 * (1 - p)),
    "softmax gce": bounded(lambda p: (1 - p**0.7) / 0.7),
    "softmax huberised": bounded(lambda p: torch.where(p < 0.1, np.log(10) + 1 - 10 * p, -torch.log(p))),
}
CASES |= {f"{name} {kind}": (target, loss(target)) for name, loss in ROBUST.items() for kind, target in (("hard", hard), ("soft", soft))}
heads = {}
for name, (target, loss_of) in CASES.items():
    z = logits.clone().requires_grad_()
    loss = loss_of(z)
    (gradient,) = torch.autograd.grad(loss, z)
    heads[name] = {"target": flat(target), "loss": float(loss.detach()), "gradient": flat(gradient)}

# --- schedules --------------------------------------------------------------------------------


def rates(make, steps=40):
    parameter = nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=1.0)
    schedule = make(optimizer, steps)
    result = []
    for _ in range(steps):
        result.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step() if len(result) < steps else None
    return result


lr = torch.optim.lr_scheduler
schedules = {
    "cosine": rates(lambda o, n: lr.CosineAnnealingLR(o, n)),
    "step:0.25:0.5": rates(lambda o, n: lr.StepLR(o, n // 4, 0.5)),
    "one-cycle": rates(lambda o, n: lr.OneCycleLR(o, 1.0, total_steps=n)),
    "warmup:0.25": rates(lambda o, n: lr.LinearLR(o, 1 / (n // 4), total_iters=n // 4 - 1)),
}

# --- classification metrics --------------------------------------------------------------------


def ece(p, y, bins=15):
    confidence, right = p.max(1), p.argmax(1) == y
    total = 0.0
    for low, high in zip(np.linspace(0, 1, bins + 1)[:-1], np.linspace(0, 1, bins + 1)[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            total += inside.mean() * abs(confidence[inside].mean() - right[inside].mean())
    return total


p = rng.dirichlet(np.full(5, 0.4), 60)
y = np.where(rng.random(60) < 0.6, p.argmax(1), rng.integers(0, 4, 60))
y[y == 4] = 0  # a class that is predicted and never true
precision, recall, f1, support = skm.precision_recall_fscore_support(y, p.argmax(1), labels=range(5), zero_division=0)
metrics = {
    "predictions": p.flatten().tolist(), "labels": y.tolist(),
    "accuracy": skm.accuracy_score(y, p.argmax(1)),
    "top_k": [skm.top_k_accuracy_score(y, p, k=k, labels=range(5)) for k in (1, 2, 3, 4)],
    "confusion": skm.confusion_matrix(y, p.argmax(1), labels=range(5)).flatten().tolist(),
    "precision": precision.tolist(), "recall": recall.tolist(), "f1": f1.tolist(), "support": support.tolist(),
    "ece": ece(p, y),
}

golden = {
    "made_with": {"torch": torch.__version__, "scikit-learn": sklearn.__version__, "numpy": np.__version__},
    "runs": {"inputs": flat(x), "classes": classes.tolist(), "labels": flat(labels),
             "start": {name: flat(p) for name, p in start.items()}, "heads": runs},
    "activations": {"points": flat(points), "functions": activations},
    "heads": {"logits": flat(logits), "weight": flat(weight), "cases": heads},
    "schedules": schedules,
    "metrics": metrics,
}
path = pathlib.Path(__file__).with_name("golden.json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(path, path.stat().st_size, "bytes")
