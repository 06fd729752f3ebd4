"""The bytes that TensorBoard itself writes for two events and a histogram: tests/models/tensorboard.hex, a record a line."""
import io, pathlib

import numpy as np
from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_shape_pb2
from tensorboard.plugins.hparams import plugin_data_pb2
from tensorboard.summary.writer.record_writer import RecordWriter
from tensorboard.util import tensor_util


def record(event):
    class Kept(io.BytesIO):
        def close(self):
            pass

    file = Kept()
    RecordWriter(file).write(event.SerializeToString(deterministic=True))
    return file.getvalue().hex()


def value(plugin, tag, tensor, content=b""):
    data = summary_pb2.SummaryMetadata.PluginData(plugin_name=plugin, content=content)
    metadata = summary_pb2.SummaryMetadata(plugin_data=data, data_class=summary_pb2.DATA_CLASS_TENSOR)
    return summary_pb2.Summary.Value(tag=tag, tensor=tensor, metadata=metadata)


bins = np.array([[-1.0, 0.0, 3.0], [0.0, 1.0, 5.0]])
histogram = tensor_util.make_tensor_proto(bins)
events = [
    event_pb2.Event(wall_time=1.5, file_version="brain.Event:2"),
    event_pb2.Event(
        wall_time=2.25, step=300,
        summary=summary_pb2.Summary(value=[
            summary_pb2.Summary.Value(tag="loss", simple_value=0.5), summary_pb2.Summary.Value(tag="rate", simple_value=-0.001)
        ]),
    ),
    event_pb2.Event(wall_time=3.0, step=1, summary=summary_pb2.Summary(value=[value("histograms", "weights/0", histogram)])),
]
path = pathlib.Path(__file__).parent.parent / "models" / "tensorboard.hex"
path.write_text("".join(record(event) + "\n" for event in events))
