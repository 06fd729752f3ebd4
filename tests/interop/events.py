"""The events of a run folder, read by TensorBoard's own reader and by tbparse, of a run that was killed and resumed as well."""
import json, math, pathlib, subprocess, sys, tempfile, time

from tbparse import SummaryReader
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2
from tensorboard.util import tensor_util

program = pathlib.Path(sys.argv[1]).resolve()
folder = pathlib.Path(tempfile.mkdtemp())

rows = ["x,y,moon"]
for i in range(400):
    moon, angle = i % 2, i * 0.0157
    x, y = math.cos(angle) + moon, math.sin(angle) * (1 - 2 * moon)
    rows.append(f"{x + 0.3 * math.sin(i * 12.9898)},{y},{['upper', 'lower'][moon]}")
(folder / "moons.csv").write_text("\n".join(rows))


def command(run):
    flags = "train moons.csv --targets moon --hidden 24,24 --epochs 250 --patience 1000 --every 30 --quiet --run"
    return [program, *flags.split(), run]


def lines(run, name):
    return [json.loads(line) for line in (folder / run / name).read_text().splitlines()]


subprocess.run(command("whole"), cwd=folder, check=True)
for kill in range(5):
    child = subprocess.Popen(command("resumed"), cwd=folder, stderr=subprocess.DEVNULL)
    time.sleep(0.05 + 0.02 * kill)
    child.kill()
    child.wait()
subprocess.run(command("resumed"), cwd=folder, check=True)

seen = {}
for run in ["whole", "resumed"]:
    events = EventAccumulator(str(folder / run), size_guidance={"scalars": 0, "tensors": 0})
    events.Reload()
    # TensorBoard turns numbers into scalars, and ours with a plugin into tensors.
    tags = events.Tags()
    epochs, snapshots = lines(run, "metrics.jsonl"), lines(run, "diagnostics.jsonl")
    for tag, key in [("loss/training", "train_loss"), ("loss/validation", "validation_loss"), ("rate", "rate")]:
        found = [(point.step, point.value) for point in events.Scalars(tag)]
        assert [step for step, _ in found] == [epoch["step"] for epoch in epochs], (run, tag)
        assert all(abs(value - epoch[key]) <= 1e-6 * abs(epoch[key]) for (_, value), epoch in zip(found, epochs)), tag
    steps = [snapshot["step"] for snapshot in snapshots]
    assert steps == [2**i for i in range(len(steps))] and len(steps) == 12, steps
    for index, layer in enumerate(snapshots[0]["layers"]):
        tag = f"activations/{layer['position']}"
        found = events.Tensors(tag)
        assert [point.step for point in found] == steps, (run, tag)
        for point, snapshot in zip(found, snapshots):
            bins, post = tensor_util.make_ndarray(point.tensor_proto), snapshot["layers"][index]["post"]
            assert bins.shape == (32, 3) and list(bins[:, 2]) == post["histogram"], tag
            assert (bins[0, 0], bins[-1, 1]) == (post["min"], post["max"]), tag
    for name in ["0.weight", "0.bias", "4.weight"]:
        for kind in ["weights", "gradients"]:
            assert [point.step for point in events.Tensors(f"{kind}/{name}")] == steps, (run, kind, name)
    content = events.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    hparams = plugin_data_pb2.HParamsPluginData.FromString(content).session_start_info.hparams
    assert hparams["lr"].number_value == 0.003 and hparams["optimizer"].string_value == "adam", hparams
    assert hparams["shuffle"].bool_value is True, hparams
    content = events.SummaryMetadata("_hparams_/session_end_info").plugin_data.content
    assert plugin_data_pb2.HParamsPluginData.FromString(content).session_end_info.status == 1
    scalars = SummaryReader(str(folder / run)).scalars
    assert not scalars.duplicated(["step", "tag"]).any(), run
    assert len(scalars[scalars.tag == "loss/training"]) == len(epochs) == 250, run
    seen[run] = scalars.sort_values(["tag", "step"])[["tag", "step", "value"]].values.tolist()
    print(f"{run}: {len(scalars)} numbers, {len(tags['tensors'])} series of tensors, {len(hparams)} settings")
assert seen["whole"] == seen["resumed"], "the run that was resumed has other events"
print("events: read by TensorBoard and tbparse, the same for a run that was killed again and again")
