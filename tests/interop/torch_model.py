"""A network that PyTorch saved, and what it computes: tests/models/torch.{safetensors,json}."""
import json, pathlib
import torch
from safetensors.torch import save_file

torch.manual_seed(3)
net = torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.Tanh(), torch.nn.Dropout(0.5), torch.nn.Linear(6, 3)).eval()
x = torch.randn(5, 4)
folder = pathlib.Path(__file__).parent.parent / "models"
save_file(net.state_dict(), folder / "torch.safetensors")
outputs = torch.softmax(net(x), 1)
(folder / "torch.json").write_text(json.dumps({"inputs": x.tolist(), "outputs": outputs.tolist()}) + "\n")
