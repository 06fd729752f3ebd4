"""Networks of scikit-learn as skl2onnx exports them, and what they compute: tests/models/scikit_learn_{classes,numbers}.{onnx,json}.
A classifier puts out labels beside probabilities.

    pip install scikit-learn skl2onnx
"""
import json, pathlib

import numpy as np
from sklearn.datasets import load_diabetes, load_iris
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skl2onnx import to_onnx

folder = pathlib.Path(__file__).parent.parent / "models"
for name, data, network in [
    ("classes", load_iris(), MLPClassifier(hidden_layer_sizes=(6,), activation="tanh", max_iter=1000, random_state=0)),
    ("numbers", load_diabetes(), MLPRegressor(hidden_layer_sizes=(5,), max_iter=1000, random_state=0)),
]:
    x = data.data.astype(np.float32)
    model = make_pipeline(StandardScaler(), network).fit(x, data.target)
    # A list of a map a sample is no tensor.
    options = {id(model): {"zipmap": False}} if name == "classes" else None
    written = to_onnx(model, x[:1], options=options).SerializeToString()
    (folder / f"scikit_learn_{name}.onnx").write_bytes(written)
    some = x[::40]
    outputs = model.predict_proba(some) if name == "classes" else model.predict(some)[:, None]
    (folder / f"scikit_learn_{name}.json").write_text(json.dumps({"inputs": some.tolist(), "outputs": outputs.tolist()}) + "\n")
