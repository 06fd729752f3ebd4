//! What a run leaves: a line of JSON.

use super::fault::Fault;
use crate::diagnose::{Measured, score_of};
use crate::session::Session;
use gradlens::config::RunConfig;
use gradlens::data::Task;
use gradlens::diagnostics::{LayerRecord, Snapshot};
use gradlens::runs::Samples;
use gradlens::{Report, evaluate};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// What writes the lines.
pub const PROGRAM: &str = concat!("gradlens ", env!("CARGO_PKG_VERSION"));

/// A run that has ended, well or not.
#[derive(Serialize)]
pub struct Line<'a> {
    id: &'a str,
    program: &'a str,
    config: Value,
    #[serde(flatten)]
    outcome: Outcome,
    /// The only thing that differs from time to time.
    seconds: f64,
}

#[derive(Serialize)]
#[serde(untagged)]
pub enum Outcome {
    Ended(Box<Ended>),
    Failed {
        error: String,
        /// Whether what it failed of is around it, so that it is to be run again.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        retry: bool,
    },
}

impl From<Fault> for Outcome {
    fn from(fault: Fault) -> Self {
        Outcome::Failed { error: fault.text().into(), retry: matches!(fault, Fault::Around(_)) }
    }
}

#[derive(Serialize)]
pub struct Ended {
    samples: Samples,
    task: Task,
    metrics: Value,
    gradient: Ends,
    saturation: Ends,
    verdict: Value,
    /// Names of the other verdicts.
    also: Vec<String>,
    notes: Vec<String>,
}

/// Something at the first snapshot and at the last.
#[derive(Serialize)]
struct Ends {
    initial: Value,
    #[serde(rename = "final")]
    last: Value,
}

impl Ends {
    fn of(measured: &Measured, of: impl Fn(&Snapshot) -> Value) -> Self {
        let snapshots = measured.diagnostics.snapshots();
        let at = |snapshot: Option<&Snapshot>| snapshot.map_or(Value::Null, &of);
        Ends { initial: at(snapshots.first()), last: at(snapshots.last()) }
    }
}

/// What each task's score is called.
pub fn score_name(task: &str) -> &'static str {
    match task {
        "classes" => "accuracy",
        "labels" => "label_accuracy",
        _ => "r2",
    }
}

impl Ended {
    /// What was measured of a run, the scores on the samples to measure on, if there are any.
    pub fn of(session: &Session, measured: &Measured, samples: Samples) -> anyhow::Result<Self> {
        let data = &session.data;
        let (scored_on, scored) = match &data.test {
            Some(test) => (test, "test samples"),
            None => (&data.train, "training samples"),
        };
        let evaluation = evaluate(&measured.model.net, scored_on)?;
        let name = score_name(&data.task.to_string());
        let mut metrics = Map::new();
        metrics.insert("loss".into(), json!(evaluation.loss));
        metrics.insert(name.into(), json!(score_of(session, &evaluation, scored_on)));
        metrics.insert("scored".into(), scored.into());
        metrics.insert(format!("train_{name}"), json!(measured.score));
        let epochs = measured.diagnostics.epochs();
        metrics.insert("train_loss".into(), json!(epochs.last().map(|epoch| epoch.train_loss)));
        match &measured.ended {
            Ok(Report { steps, stopped, .. }) => {
                metrics.insert("steps".into(), json!(steps));
                metrics.insert("stopped".into(), json!(stopped));
            }
            Err(error) => {
                let steps = measured.diagnostics.snapshots().last().map(|snapshot| snapshot.step);
                metrics.insert("steps".into(), json!(steps));
                metrics.insert("stopped".into(), error.to_string().into());
            }
        }
        let by_layer = |snapshot: &Snapshot, of: fn(&LayerRecord) -> f64| -> Value {
            snapshot.hidden().iter().map(of).collect::<Vec<_>>().into()
        };
        let diagnosis = &measured.diagnosis;
        Ok(Ended {
            samples,
            task: data.task,
            metrics: metrics.into(),
            gradient: Ends::of(measured, |snapshot| {
                json!({
                    "step": snapshot.step,
                    "g1_gl": snapshot.profile(),
                    "rms": by_layer(snapshot, |layer| layer.delta.rms),
                })
            }),
            saturation: Ends::of(measured, |snapshot| {
                json!({
                    "saturated": by_layer(snapshot, |layer| layer.saturated_share),
                    "dead": by_layer(snapshot, |layer| layer.dead_share),
                })
            }),
            verdict: json!(diagnosis.verdict),
            also: diagnosis.also.iter().map(|verdict| verdict.illness.to_string()).collect(),
            notes: diagnosis.notes.clone(),
        })
    }
}

impl<'a> Line<'a> {
    pub fn new(id: &'a str, config: &RunConfig, outcome: Outcome, seconds: f64) -> Self {
        let mut config = config.clone();
        config.training.threads = None; // it changes nothing
        let sections = ["data", "network", "training"];
        let sections = sections.map(|section| (section.to_string(), config.section_to_json(section)));
        Line { id, program: PROGRAM, config: Value::Object(sections.into_iter().collect()), outcome, seconds }
    }

    /// Why it failed, and whether it is to be run again.
    pub fn failed(&self) -> Option<(&str, bool)> {
        match &self.outcome {
            Outcome::Failed { error, retry } => Some((error, *retry)),
            Outcome::Ended(_) => None,
        }
    }

    pub fn json(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string(self)?)
    }
}
