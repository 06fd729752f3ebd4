"""Networks that PyTorch exported, and what they compute: tests/models/torch{,_normalised}.onnx and torch_{onnx,normalised}.json."""
import json, pathlib
import onnx
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

# By the newer exporter: a normalisation in front, in the middle and behind, and activations of several nodes.
torch.manual_seed(7)


class Normalised(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(4, 6), torch.nn.Softplus(), torch.nn.BatchNorm1d(6), torch.nn.Linear(6, 5),
            torch.nn.Softsign(), torch.nn.Linear(5, 2),
        )
        self.mean, self.deviation = torch.tensor([3.0, -100.0, 0.5, 0.0]), torch.tensor([2.0, 50.0, 0.1, 1.0])

    def forward(self, x):
        return 20 + self.layers((x - self.mean) / self.deviation) * torch.tensor([2.5, 400.0])


net = Normalised()
x = torch.randn(64, 4) * net.deviation + net.mean
net(x)  # so that the batch normalisation has statistics
net.eval()
x = x[:5]
torch.onnx.export(net, (x,), folder / "torch_normalised.onnx", dynamo=True, external_data=False, dynamic_shapes=({0: "batch"},))
model = onnx.load(folder / "torch_normalised.onnx")
for noted in [model, model.graph, *model.graph.node, *model.graph.value_info]:
    del noted.metadata_props[:]  # where in the source each node comes from
onnx.save(model, folder / "torch_normalised.onnx")
(folder / "torch_normalised.json").write_text(json.dumps({"inputs": x.tolist(), "outputs": net(x).tolist()}) + "\n")
