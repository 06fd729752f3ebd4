"""Compares metrics on random cases with scikit-learn's: classes, labels, numbers; with ties, constant columns, labels that
nobody has.

    python3 -m venv .venv && .venv/bin/pip install numpy scikit-learn
    .venv/bin/python fuzz/scikit_learn.py [CASES [SEED]]
"""
import json
import pathlib
import subprocess
import sys
import warnings

import numpy as np
import sklearn
import sklearn.metrics as skm

warnings.simplefilter("ignore")
count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
rng = np.random.default_rng(seed)
# What is 0/0 is 0 here, as it is there by default.
ZERO = {"zero_division": 0}


def drawn(shape):
    """Scores between 0 and 1, now and then with few values, so that many are equal."""
    values = rng.random(shape)
    return np.round(values * 4) / 4 if rng.random() < 0.3 else values


def classes():
    n, k = rng.integers(1, 60), rng.integers(2, 7)
    truth, outputs = rng.integers(0, rng.integers(1, k + 1), n), drawn((n, k))
    # Of equal outputs the first counts, as in argmax.
    predicted, names = outputs.argmax(1), list(range(k))
    precision, recall, f1, _ = skm.precision_recall_fscore_support(truth, predicted, labels=names, **ZERO)
    return truth, outputs, {
        "accuracy": skm.accuracy_score(truth, predicted), "precision": precision, "recall": recall, "f1": f1,
        "confusion": skm.confusion_matrix(truth, predicted, labels=names),
    }


def labels():
    n, k = rng.integers(1, 60), rng.integers(2, 7)
    truth, outputs = (rng.random((n, k)) < rng.random(k) * 1.2 - 0.1).astype(float), drawn((n, k))
    decided = (outputs >= 0.5).astype(float)
    expected = {
        "hamming_loss": skm.hamming_loss(truth, decided), "accuracy_score": skm.accuracy_score(truth, decided),
        "label_ranking_average_precision_score": skm.label_ranking_average_precision_score(truth, outputs),
        "coverage_error": skm.coverage_error(truth, outputs),
        "label_ranking_loss": skm.label_ranking_loss(truth, outputs),
        "brier_score_loss": ((outputs - truth) ** 2).mean(),
    }
    for name, metric in [("precision", skm.precision_score), ("recall", skm.recall_score), ("f1", skm.f1_score)]:
        for average in ["micro", "macro", "weighted", "samples"]:
            expected[f"{name}_{average}"] = metric(truth, decided, average=average, **ZERO)
    if all(0 < column.sum() for column in truth.T):
        expected["average_precision_macro"] = skm.average_precision_score(truth, outputs, average="macro")
        expected["average_precision_micro"] = skm.average_precision_score(truth, outputs, average="micro")
        if all(column.sum() < n for column in truth.T):
            expected["roc_auc_macro"] = skm.roc_auc_score(truth, outputs, average="macro")
    return truth, outputs, expected


def numbers():
    n, k = rng.integers(2, 60), rng.integers(1, 5)
    scale = 10.0 ** rng.integers(-6, 7)
    truth = scale * (rng.normal(size=(n, k)) + rng.normal() * 10)
    outputs = truth + scale * rng.normal(size=(n, k)) * rng.random()
    return truth, outputs, {
        "mae": skm.mean_absolute_error(truth, outputs), "rmse": skm.mean_squared_error(truth, outputs) ** 0.5,
        # Of all outputs together; scikit-learn weighs them by their variances for that.
        "r2": skm.r2_score(truth, outputs, multioutput="variance_weighted"),
    }


cases, expected = [], []
for _ in range(count):
    make = [classes, labels, numbers][rng.integers(3)]
    truth, outputs, values = make()
    cases.append(json.dumps({"task": make.__name__, "truth": truth.tolist(), "outputs": outputs.tolist()}))
    expected.append(values)

top = pathlib.Path(__file__).parent.parent
command = ["cargo", "run", "--release", "--quiet", "-p", "gradlens-fuzz", "--example", "metrics"]
run = subprocess.run(command, input="\n".join(cases) + "\n", capture_output=True, text=True, cwd=top)
assert run.returncode == 0, run.stderr
lines = run.stdout.splitlines()
assert len(lines) == count, f"{len(lines)} answers to {count} cases"
compared, wrong = 0, 0
for case, values, line in zip(cases, expected, lines):
    found = json.loads(line)
    for name, value in values.items():
        theirs = np.asarray(value, dtype=float)
        ours = np.asarray(found[name], dtype=float)
        compared += theirs.size
        if not np.allclose(ours, theirs, rtol=1e-9, atol=1e-12, equal_nan=True):
            wrong += 1
            print(f"{name}: {ours.tolist()}, scikit-learn {theirs.tolist()}\n  {case[:300]}")
print(f"scikit-learn {sklearn.__version__}, seed {seed}: {compared} values of {count} cases, {wrong} differ")
sys.exit(wrong > 0)
