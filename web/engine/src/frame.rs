//! What the page shows of a run at one step.

use gradlens::data::Task;
use gradlens::diagnostics::{Distribution, LayerRecord};
use gradlens::metrics::Regression;
use gradlens::{Dataset, Sequential, evaluate};
use serde_json::{Value, json};

/// What is measured of one layer.
pub fn layer(record: &LayerRecord) -> Value {
    let distribution = |d: &Distribution| json!({ "min": d.min, "max": d.max, "mean": d.mean, "std": d.std, "histogram": d.histogram });
    let weights = record.params.first();
    json!({
        "name": record.name,
        "position": record.position,
        "activation": record.activation,
        "units": record.units,
        "pre": distribution(&record.pre),
        "post": distribution(&record.post),
        "saturated_low": record.saturated_low,
        "saturated_high": record.saturated_high,
        "saturated_share": record.saturated_share,
        "dead_share": record.dead_share,
        "delta_rms": record.delta.rms,
        "delta_ratio": record.delta_ratio,
        "predicted_ratio": record.predicted_ratio,
        "weight_rms": weights.map(|weights| weights.rms),
        "update_log10": weights.and_then(|weights| weights.update_log10),
    })
}

/// What the score of a task is.
pub fn score_name(task: Task) -> &'static str {
    match task {
        Task::Classes => "accuracy",
        Task::Labels => "share of labels right",
        _ => "R2",
    }
}

/// Loss and score on samples.
pub fn scores(net: &Sequential, data: &Dataset, task: Task) -> Value {
    let Ok(evaluation) = evaluate(net, data) else { return Value::Null };
    let score = match (task, &evaluation.classification, data.target_rows()) {
        (Task::Classes, Some(classes), _) => Some(classes.accuracy),
        (Task::Labels, _, Some(truth)) => {
            let pairs = evaluation.predictions.iter().zip(&truth);
            let right = pairs.filter(|(p, t)| (**p >= 0.5) == (**t >= 0.5)).count();
            Some(right as f64 / truth.len() as f64)
        }
        (_, _, Some(truth)) => Regression::new(&evaluation.predictions, &truth).r2,
        _ => None,
    };
    json!({ "loss": evaluation.loss, "score": score })
}
