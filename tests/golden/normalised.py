"""Makes the numbers of a network with normalisations and a residual block that tests/all/golden.rs holds the crate to:
PyTorch's, in f64. Writes normalised.json beside itself.

    python3 -m venv .venv && .venv/bin/pip install torch
    .venv/bin/python tests/golden/normalised.py
"""
import json
import pathlib

import torch
from torch import nn

torch.set_default_dtype(torch.float64)
torch.manual_seed(3)
ROWS, INPUTS, HIDDEN, OUTPUTS, STEPS = 7, 4, 6, 3, 10
x = torch.randn(ROWS, INPUTS) * torch.tensor([0.1, 1.0, 3.0, 0.5]) + 1.0
classes = torch.randint(OUTPUTS, (ROWS,))


class Residual(nn.Module):
    """Adds what went into the layer so many below."""

    def __init__(self, layers):
        super().__init__()
        self.layers = layers


class Net(nn.Sequential):
    def forward(self, x):
        seen = []
        for layer in self:
            seen.append(x)
            x = x + seen[-1 - layer.layers] if isinstance(layer, Residual) else layer(x)
        return x


def flat(tensor):
    return [float(number) for number in tensor.detach().flatten()]


def kept(net):
    return {name: flat(value) for name, value in net.state_dict().items() if not name.endswith("num_batches_tracked")}


def case(**settings):
    eps = {"eps": settings["eps"]} if "eps" in settings else {}
    net = Net(
        nn.Linear(INPUTS, HIDDEN), nn.BatchNorm1d(HIDDEN, **settings), nn.Tanh(),
        nn.Linear(HIDDEN, HIDDEN), nn.LayerNorm(HIDDEN, **eps), nn.Tanh(), Residual(3),
        nn.Linear(HIDDEN, OUTPUTS),
    )
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.3 * torch.randn(parameter.shape))
    start, losses, gradients = kept(net), [], None
    optimizer = torch.optim.SGD(net.parameters(), lr=0.2)
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x), classes)
        loss.backward()
        gradients = gradients or {name: flat(p.grad) for name, p in net.named_parameters()}
        optimizer.step()
        losses.append(float(loss.detach()))
    return {"settings": settings, "start": start, "losses": losses, "gradients": gradients, "end": kept(net),
            "logits": flat(net.eval()(x))}


golden = {
    "made_with": {"torch": torch.__version__},
    "inputs": flat(x), "classes": classes.tolist(),
    "cases": [case(), case(eps=1e-2, momentum=0.3)],
}
path = pathlib.Path(__file__).with_name("normalised.json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
