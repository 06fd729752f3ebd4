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

/// The scores of predictions on a data set with rows of labels; `sigmoid` says whether they are sigmoids of the logits.
pub fn scores(evaluation: &Evaluation, data: &Dataset, sigmoid: bool) -> MultiLabel {
    let truth: Array2<f64> = data.target_rows().expect("labels are rows of targets").mapv(f64::from);
    let thresholds = vec![THRESHOLD; truth.ncols()];
    match sigmoid {
        true => MultiLabel::from_logits(&evaluation.logits.mapv(f64::from), &truth, &thresholds),
        false => MultiLabel::new(&evaluation.predictions.mapv(f64::from), &truth, &thresholds),
    }
}

/// Four decimals, or a word where there is no number.
pub fn shown(metric: f64) -> String {
    if metric.is_nan() { "undefined".into() } else { format!("{metric:.4}") }
}

/// Why a label has no ROC-AUC.
pub fn one_kind(all_have_it: bool) -> &'static str {
    if all_have_it { "every test sample has it" } else { "no test sample has it" }
}

/// Why `roc_auc_macro` is undefined, if it is: the labels without ROC-AUC, each with the reason.
pub fn about_undefined(scores: &MultiLabel, names: &[String]) -> Option<String> {
    let labels = scores.without_roc_auc();
    let reasons: Vec<String> = [false, true]
        .into_iter()
        .filter_map(|all| {
            let names: Vec<&str> =
                labels.iter().filter(|(_, why)| *why == all).map(|&(k, _)| names[k].as_str()).collect();
            (!names.is_empty()).then(|| format!("{} ({})", names.join(", "), one_kind(all)))
        })
        .collect();
    (!reasons.is_empty()).then(|| {
        format!(
            "roc_auc_macro is undefined: the area under the ROC curve needs test samples with and without each label, which is not so \
             for {}.",
            reasons.join(", ")
        )
    })
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
            shown(value),
            if is_a_loss(name) { "less" } else { "more" }.to_string(),
        ]);
    }
    let titles = ["label", "samples", "precision", "recall", "F1", "ROC-AUC", "AP", "ECE"];
    let mut labels = table(titles);
    for (name, label) in names.iter().zip(&scores.labels).take(SHOWN) {
        let numbers =
            [label.precision, label.recall, label.f1, label.roc_auc, label.average_precision, label.ece];
        let mut row = vec![name.clone(), label.support.to_string()];
        row.extend(numbers.map(shown));
        labels.add_row(row);
    }
    let more = match names.len() {
        count if count > SHOWN => format!("\n... and {} labels more, in the file of --json", count - SHOWN),
        _ => String::new(),
    };
    let undefined = about_undefined(scores, names).map_or(String::new(), |why| format!("\n\n{why}"));
    format!("{}\n\n{}{more}{undefined}\n", right_aligned(metrics, [1]), right_aligned(labels, 1..8))
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
