//! Scores of independent labels.

use super::{right_aligned, table};
use gradlens::metrics::MultiLabel;
use gradlens::{Dataset, Evaluation};
use ndarray::Array2;
use serde_json::{Value, json};

/// The probability from which on a label is predicted.
const THRESHOLD: f64 = 0.5;
/// The greatest number of labels in the table.
const SHOWN: usize = 30;

/// The scores of predictions on a data set with rows of labels.
pub fn scores(evaluation: &Evaluation, data: &Dataset) -> MultiLabel {
    let truth: Array2<f64> = data.target_rows().expect("labels are rows of targets").mapv(f64::from);
    MultiLabel::new(&evaluation.predictions.mapv(f64::from), &truth, &vec![THRESHOLD; truth.ncols()])
}

/// Share of (sample, label) pairs that are on the right side of 1/2.
pub fn label_accuracy(evaluation: &Evaluation, data: &Dataset) -> f64 {
    let truth = data.target_rows().expect("labels are rows of targets");
    let right = evaluation.predictions.iter().zip(&truth).filter(|(p, t)| (**p >= 0.5) == (**t >= 0.5));
    right.count() as f64 / truth.len().max(1) as f64
}

/// A line a metric, and a row a label.
pub fn tables(scores: &MultiLabel, names: &[String], samples: &str) -> String {
    let mut metrics = table([format!("on the {samples}"), String::new(), "better is".into()]);
    for (name, value) in scores.metrics() {
        metrics.add_row([
            name.into(),
            format!("{value:.4}"),
            if is_a_loss(name) { "less" } else { "more" }.to_string(),
        ]);
    }
    let titles = ["label", "samples", "precision", "recall", "F1", "ROC-AUC", "AP", "ECE"];
    let mut labels = table(titles);
    for (name, label) in names.iter().zip(&scores.labels).take(SHOWN) {
        let numbers =
            [label.precision, label.recall, label.f1, label.roc_auc, label.average_precision, label.ece];
        let mut row = vec![name.clone(), label.support.to_string()];
        row.extend(numbers.map(|value| format!("{value:.4}")));
        labels.add_row(row);
    }
    let more = match names.len() {
        count if count > SHOWN => format!("\n... and {} labels more, in the file of --json", count - SHOWN),
        _ => String::new(),
    };
    format!("{}\n\n{}{more}\n", right_aligned(metrics, [1]), right_aligned(labels, 1..8))
}

/// The line that says it all.
pub fn line(evaluation: &Evaluation, scores: &MultiLabel, data: &Dataset, samples: &str) -> String {
    let metric =
        |name| scores.metrics().iter().find(|(known, _)| *known == name).map_or(f64::NAN, |(_, v)| *v);
    format!(
        "{samples} labels right {:.2} %  F1 (micro) {:.4}  loss {:.4}",
        100.0 * label_accuracy(evaluation, data),
        metric("f1_micro"),
        evaluation.loss
    )
}

/// Whether a lower value of the metric is better.
pub fn is_a_loss(metric: &str) -> bool {
    ["loss", "error", "ece"].iter().any(|end| metric.ends_with(end))
}

pub fn json(evaluation: &Evaluation, scores: &MultiLabel, data: &Dataset, names: &[String]) -> Value {
    let mut value: Value =
        scores.metrics().iter().map(|(name, value)| (name.to_string(), json!(value))).collect();
    value["loss"] = evaluation.loss.into();
    value["label_accuracy"] = label_accuracy(evaluation, data).into();
    value["labels"] = names
        .iter()
        .zip(&scores.labels)
        .map(|(name, label)| {
            json!({
                "name": name, "precision": label.precision, "recall": label.recall, "f1": label.f1,
                "support": label.support, "predicted": label.predicted, "roc_auc": label.roc_auc,
                "average_precision": label.average_precision, "log_loss": label.log_loss, "ece": label.ece,
            })
        })
        .collect();
    value
}
