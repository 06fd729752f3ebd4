//! The file of `--json`.

use super::Flags;
use crate::digits;
use crate::flags::config;
use crate::results::classes;
use crate::session::Session;
use crate::train::Trained;
use gradlens::{EpochRecord, Evaluation, Sequential};
use serde_json::{Value, json};

/// Everything that is printed.
pub fn document(
    flags: &Flags,
    session: &Session,
    net: &Sequential,
    epochs: &[EpochRecord],
    outcome: &anyhow::Result<(Trained, Evaluation)>,
) -> Value {
    let config = config(flags, session, net, &net.head().name());
    let mut document = json!({ "config": config, "epochs": epochs });
    document["config"]["test_set_aside"] = session.data.set_aside.into();
    match outcome {
        Err(error) => document["error"] = error.to_string().into(),
        Ok((Trained { report, .. }, evaluation)) => {
            document["stopped"] = json!(report.stopped);
            document["best_epoch"] = json!(report.best_epoch);
            document["steps"] = report.steps.into();
            document["test"] = classes::json(evaluation, &session.data.target_names);
        }
    }
    document
}

/// What was asked for, and what came of it.
pub fn config(flags: &Flags, session: &Session, net: &Sequential, head: &str) -> Value {
    let mut config = config::json(&session.config, &["network", "training"]);
    config["head"] = head.into();
    config["data"] = json!(digits::place(flags.data.as_deref()));
    config["samples"] = json!(session.config.data.samples);
    config["standardise"] = session.config.data.standardise.into();
    config["threads"] = net.threads().count().into();
    config["parameters"] = net.params().len().into();
    let layers = net.layers().iter().map(|slot| {
        json!({
            "name": slot.layer().name(),
            "inputs": slot.input_len(),
            "outputs": slot.output_len(),
            "parameters": slot.range().len(),
            "init": slot.spec().params.iter().filter_map(|s| s.init.map(|i| i.to_string())).collect::<Vec<_>>(),
        })
    });
    config["layers"] = layers.collect();
    config
}
