//! The files of `--predictions` and `--json`.

use super::{Flags, Outcome, text};
use crate::flags::config;
use serde_json::{Map, Value, json};
use std::time::Instant;

/// A row for each test sample: the true labels, every model's probabilities, the true marginals.
pub fn predictions(outcome: &Outcome) -> String {
    let labels = outcome.source.truth.ncols();
    let mut header: Vec<String> = (0..labels).map(|k| format!("y{k}")).collect();
    for model in &outcome.models {
        header.extend((0..labels).map(|k| format!("{}{k}", model.name)));
    }
    let mut table = header.join(",") + "\n";
    for row in 0..outcome.source.truth.nrows() {
        let truth = outcome.source.truth.row(row);
        let mut cells: Vec<String> = truth.iter().map(|y| y.to_string()).collect();
        for model in &outcome.models {
            cells.extend(model.probabilities.row(row).iter().map(|p| p.to_string()));
        }
        table += &(cells.join(",") + "\n");
    }
    table
}

/// Everything that is printed.
pub fn json(flags: &Flags, outcome: &Outcome, began: Instant) -> Value {
    let models: Map<String, Value> =
        outcome.models.iter().map(|model| (model.name.to_string(), model.json())).collect();
    let statistics = &outcome.statistics;
    let without_roc_auc: Vec<Value> = text::without_roc_auc(outcome)
        .into_iter()
        .map(|(label, reason)| json!({ "label": label, "reason": reason }))
        .collect();
    json!({
        "data": outcome.source.name,
        "train_samples": outcome.source.train.data.len(),
        "validation_samples": outcome.source.validation.data.len(),
        "test_samples": outcome.source.truth.nrows(),
        "features": outcome.source.train.data.input_len(),
        "labels": outcome.source.labels,
        "label_cardinality": statistics.cardinality,
        "label_density": statistics.density,
        "empty_share": statistics.empty,
        "label_frequencies": statistics.frequencies,
        "source": flags.source.json(),
        "training": config::json(&outcome.config, &["training"]),
        "network": config::json(&outcome.config, &["network"]),
        "pos_weight": flags.pos_weight.map(|weight| weight.to_string()),
        "threshold": flags.tune.is_none().then_some(flags.threshold),
        "tuned_for": flags.tune.map(|metric| metric.to_string()),
        "models": models,
        "without_roc_auc": without_roc_auc,
        "sentences": text::meaning(outcome).lines().collect::<Vec<_>>(),
        "seconds_total": began.elapsed().as_secs_f64(),
    })
}
