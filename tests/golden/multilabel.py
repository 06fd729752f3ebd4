"""Makes the numbers that tests/multilabel_metrics.rs holds the crate to: scikit-learn's, in f64.

    python3 -m venv .venv && .venv/bin/pip install numpy scikit-learn
    .venv/bin/python tests/golden/multilabel.py

Writes multilabel.json beside itself, where null stands for NaN. scikit-learn asks for two labels
or more: `decisions` and `padded` say how it is asked about one.
"""
import json
import pathlib
import warnings

import numpy as np
import sklearn
import sklearn.metrics as skm

warnings.simplefilter("ignore")
rng = np.random.default_rng(0)


def one_error(y, p):
    return np.mean([row[scores.argmax()] == 0 for row, scores in zip(y, p)])


def bins(y, p, count=15):
    """Count, mean probability and share of positives of each bin (low, high]; 0 is in the first."""
    result = []
    for k in range(count):
        inside = (p > k / count) & (p <= (k + 1) / count) | ((p == 0) & (k == 0))
        result.append([inside.sum(), p[inside].mean(), y[inside].mean()] if inside.any() else [0, 0, 0])
    return np.array(result)


def ece(y, p):
    counts, confidence, share = bins(y, p).T
    return np.average(abs(confidence - share), weights=counts)


def decisions(metric, y, d):
    """The four averages. Those over samples are those over labels of the transpose."""
    def averages(y, d, *names):
        if y.shape[1] > 1:
            return [metric(y, d, average=name) for name in names]
        return [metric(y[:, 0], d[:, 0], pos_label=1)] * len(names)

    micro, macro, weighted = averages(y, d, "micro", "macro", "weighted")
    (samples,) = averages(y.T, d.T, "macro")
    if y.shape[1] > 1:
        assert np.isclose(samples, metric(y, d, average="samples"), rtol=0, atol=1e-15)
    return {"micro": micro, "macro": macro, "weighted": weighted, "samples": samples}


def padded(y, p):
    """With a second label that no sample has and that ranks last: neither the coverage nor the
    wrongly ordered share of the first changes, as it is always ordered rightly."""
    if y.shape[1] > 1:
        return y, p
    return np.hstack([y, np.zeros_like(y)]), np.hstack([p, np.full_like(p, -1)])


def scores(y, p, thresholds, marginals):
    d = (p >= thresholds).astype(int)
    each = [(y[:, k], p[:, k], d[:, k]) for k in range(y.shape[1])]
    metrics = {"hamming_loss": skm.hamming_loss(y, d), "accuracy_score": skm.accuracy_score(y, d)}
    for name, metric in ("precision", skm.precision_score), ("recall", skm.recall_score), ("f1", skm.f1_score):
        metrics |= {f"{name}_{average}": value for average, value in decisions(metric, y, d).items()}
    metrics |= {
        "roc_auc_macro": skm.roc_auc_score(y, p),
        "average_precision_macro": skm.average_precision_score(y, p),
        "average_precision_micro": skm.average_precision_score(y.ravel(), p.ravel()),
        "label_ranking_average_precision_score": skm.label_ranking_average_precision_score(y, p),
        "coverage_error": skm.coverage_error(*padded(y, p)),
        "label_ranking_loss": skm.label_ranking_loss(*padded(y, p)),
        "one_error": one_error(y, p),
        "log_loss": skm.log_loss(y.ravel(), p.ravel(), labels=[0, 1]),
        "brier_score_loss": skm.brier_score_loss(y.ravel(), p.ravel(), pos_label=1),
        "ece": np.mean([ece(y, p) for y, p, _ in each]),
    }
    labels = {
        "precision": [skm.precision_score(y, d) for y, _, d in each],
        "recall": [skm.recall_score(y, d) for y, _, d in each],
        "f1": [skm.f1_score(y, d) for y, _, d in each],
        "support": y.sum(0),
        "predicted": d.sum(0),
        "roc_auc": [skm.roc_auc_score(y, p) for y, p, _ in each],
        "average_precision": [skm.average_precision_score(y, p) for y, p, _ in each],
        "log_loss": [skm.log_loss(y, p, labels=[0, 1]) for y, p, _ in each],
        "brier": [skm.brier_score_loss(y, p, pos_label=1) for y, p, _ in each],
        "ece": [ece(y, p) for y, p, _ in each],
    }
    other = {
        "mean_absolute_error": skm.mean_absolute_error(marginals, p),
        "output_sum_mean": p.sum(1).mean(),
        "output_sum_std": p.sum(1).std(),
    }
    return {"metrics": metrics, "labels": labels, "other": other}


def case(name, samples, labels, change=lambda y, p: None, digits=4):
    """Labels drawn from known marginals, probabilities that are these with noise."""
    marginals = rng.random((samples, labels)).round(4)
    y = (rng.random((samples, labels)) < marginals).astype(int)
    p = np.clip(marginals + rng.normal(0, 0.2, marginals.shape), 0, 1)
    change(y, p)
    p = p.round(digits)
    thresholds = rng.choice([0.3, 0.4, 0.5, 0.7], labels)
    return {
        "name": f"{name}, {samples} x {labels}", "columns": labels, "thresholds": thresholds,
        "probabilities": p.ravel(), "truth": y.ravel(), "marginals": marginals.ravel(),
        **scores(y, p, thresholds, marginals),
    }


def extremes(y, p):
    y[0] = 0
    y[-1] = 1


def nobody(y, p):
    y[0] = 0
    y[:, 0] = 0


cases = [case("random", n, k) for n, k in [(40, 6), (33, 4), (25, 3), (12, 2), (8, 5), (3, 3), (2, 2)]]
cases += [case("ties", n, k, digits=1) for n, k in [(40, 3), (30, 5), (20, 6), (10, 4), (6, 2), (4, 6), (2, 3)]]
cases += [case("coarse ties", n, k, digits=0) for n, k in [(20, 4), (9, 3), (5, 6)]]
cases += [case("edges of bins", 40, 3, digits=2), case("edges of bins", 25, 2, digits=2)]
cases += [case("one sample", 1, k, digits=digits) for k in (1, 2, 3, 6) for digits in (0, 1, 4)]
cases += [case("one label", n, 1, digits=digits) for n in (2, 7, 25) for digits in (0, 1, 4)]
cases += [case(name, n, k, change, digits)
          for name, change in [("an empty row and a full one", extremes), ("an empty row, a label nobody has", nobody)]
          for n, k in [(2, 2), (16, 4)] for digits in (1, 4)]
changes = {
    "no labels": lambda y, p: y.fill(0), "all labels": lambda y, p: y.fill(1),
    "all scores 0": lambda y, p: p.fill(0), "all scores 1": lambda y, p: p.fill(1),
    "all scores 1/2": lambda y, p: p.fill(0.5),
    "sure and right": lambda y, p: np.copyto(p, y), "sure and wrong": lambda y, p: np.copyto(p, 1 - y),
}
cases += [case(name, n, k, change) for name, change in changes.items() for n, k in [(6, 3), (4, 1), (1, 3)]]


def plain(value):
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, np.ndarray)):
        return [plain(inner) for inner in value]
    if isinstance(value, (str, int)):
        return value
    value = float(value)
    return None if np.isnan(value) else int(value) if value.is_integer() else value


golden = {"made_with": {"scikit-learn": sklearn.__version__, "numpy": np.__version__}, "cases": plain(cases)}
path = pathlib.Path(__file__).with_name("multilabel.json")
path.write_text(json.dumps(golden, separators=(",", ":"), allow_nan=False) + "\n")
print(path, path.stat().st_size, "bytes,", len(cases), "cases")
