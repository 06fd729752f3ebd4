"""A network that PyTorch exported, and what it computes: tests/models/torch.onnx and torch_onnx.json."""
import json, pathlib
import torch

torch.manual_seed(5)
net = torch.nn.Sequential(
    torch.nn.Flatten(), torch.nn.Linear(4, 6), torch.nn.SiLU(), torch.nn.Dropout(0.2), torch.nn.Linear(6, 5), torch.nn.GELU(),
    torch.nn.Linear(5, 3), torch.nn.Softmax(1),
).eval()
x = torch.randn(5, 4)
folder = pathlib.Path(__file__).parent.parent / "models"
torch.onnx.export(net, (x,), folder / "torch.onnx", dynamo=False, input_names=["x"], dynamic_axes={"x": {0: "batch"}})
(folder / "torch_onnx.json").write_text(json.dumps({"inputs": x.tolist(), "outputs": net(x).tolist()}) + "\n")
