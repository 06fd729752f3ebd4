//! The file of `--json`.

use super::{Flags, Results, scores};
use crate::digits;
use gradlens::{EpochRecord, Evaluation, Images, Sequential};
use serde_json::{Value, json};

/// Everything that is printed.
pub fn document(
    flags: &Flags,
    images: &Images,
    net: &Sequential,
    epochs: &[EpochRecord],
    outcome: &anyhow::Result<Results>,
) -> Value {
    let config = config(flags, net, &net.head().name());
    let mut document = json!({ "config": config, "epochs": epochs });
    document["config"]["test_set_aside"] = images.set_aside.into();
    match outcome {
        Err(error) => document["error"] = error.to_string().into(),
        Ok((report, evaluation)) => merge(
            &mut document,
            json!({
                "stopped": format!("{:?}", report.stopped).to_lowercase(),
                "best_epoch": report.best_epoch,
                "steps": report.steps,
                "test": test(evaluation, &images.classes),
            }),
        ),
    }
    document
}

/// What was asked for.
pub fn config(flags: &Flags, net: &Sequential, head: &str) -> Value {
    let mut config = flags.network.json(net);
    merge(&mut config, flags.training.json());
    let data = json!({
        "head": head,
        "data": digits::place(flags.data.as_deref()),
        "samples": flags.samples,
        "standardise": flags.standardise,
    });
    merge(&mut config, data);
    config
}

fn test(evaluation: &Evaluation, names: &[String]) -> Value {
    let scores = scores(evaluation);
    let classes = scores.classes.iter().zip(names).map(|(class, name)| {
        json!({ "name": name, "precision": class.precision, "recall": class.recall, "f1": class.f1, "samples": class.support })
    });
    let bins = scores
        .bins
        .iter()
        .map(|bin| json!({ "samples": bin.count, "confidence": bin.confidence, "accuracy": bin.accuracy }));
    json!({
        "accuracy": scores.accuracy,
        "loss": evaluation.loss,
        "ece": scores.ece,
        "output_sum_mean": scores.output_sum_mean,
        "output_sum_std": scores.output_sum_std,
        "top_3_accuracy": scores.top_k(3),
        "confusion": scores.confusion.rows().into_iter().map(|row| row.to_vec()).collect::<Vec<_>>(),
        "classes": classes.collect::<Vec<_>>(),
        "calibration": bins.collect::<Vec<_>>(),
    })
}

/// Adds the keys of one object to another.
fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}
