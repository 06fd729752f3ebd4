//! What is written of a run while it goes on.

use crate::config::Value;
use crate::diagnostics::{Diagnostics, Distribution};
use crate::error::{Error, Result};
use crate::runs::events::{self, Summary};
use crate::runs::log::Log;
use crate::train::{At, EpochRecord, Event, Observer};
use gradlens_kernel::Scalar;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const METRICS: &str = "metrics.jsonl";
const TABLE: &str = "metrics.csv";
const DIAGNOSTICS: &str = "diagnostics.jsonl";
const EVENTS: &str = "events.out.tfevents.gradlens";

/// How long what was added may wait to be written, where no checkpoint is due.
const WAIT: Duration = Duration::from_secs(1);

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}

/// Watches a run and writes its logs.
#[derive(Debug)]
pub(super) struct Recorder<'a, T: Scalar> {
    pub seen: &'a mut Diagnostics<T>,
    logs: BTreeMap<&'static str, Log>,
    /// Settings for TensorBoard, if the run begins.
    settings: Vec<(String, Value)>,
    flushed: Instant,
    /// What could not be written the last time.
    pub trouble: Option<Error>,
    /// How many snapshots are written.
    snapshots: usize,
}

impl<'a, T: Scalar> Recorder<'a, T> {
    /// Opens the logs of a folder at these lengths, 0 where none is given; and names those that are shorter.
    ///
    /// # Errors
    /// [`Error::Io`] where one cannot be written.
    pub fn open(
        folder: &Path,
        lengths: &BTreeMap<String, u64>,
        settings: &[(String, Value)],
        seen: &'a mut Diagnostics<T>,
    ) -> Result<(Self, Vec<&'static str>)> {
        let (mut logs, mut shorter) = (BTreeMap::new(), vec![]);
        for name in [METRICS, TABLE, DIAGNOSTICS, EVENTS] {
            let length = lengths.get(name).copied().unwrap_or(0);
            let log = Log::open(folder.join(name), length)?;
            if log.len() < length {
                shorter.push(name);
            }
            logs.insert(name, log);
        }
        let (settings, flushed) = (settings.to_vec(), Instant::now());
        Ok((Recorder { seen, logs, settings, flushed, trouble: None, snapshots: 0 }, shorter))
    }

    fn add(&mut self, log: &str, bytes: &[u8]) {
        if let Some(log) = self.logs.get_mut(log) {
            log.add(bytes);
        }
    }

    fn is_empty(&self, log: &str) -> bool {
        self.logs.get(log).is_some_and(|log| log.len() == 0)
    }

    /// The length of each log.
    pub fn lengths(&self) -> BTreeMap<String, u64> {
        self.logs.iter().map(|(name, log)| (name.to_string(), log.len())).collect()
    }

    /// Writes what waits.
    pub fn flush(&mut self, lasting: bool) {
        self.flushed = Instant::now();
        let results = self.logs.values_mut().map(|log| log.flush(lasting));
        self.trouble = results.filter_map(Result::err).last();
    }

    /// The run has ended.
    pub fn end(&mut self, success: bool) {
        let event = Summary::default().ended(success, now()).at(0, now());
        self.add(EVENTS, &event);
        self.flush(false);
    }

    fn start(&mut self) {
        if self.is_empty(EVENTS) {
            self.add(EVENTS, &events::version(now()));
            let settings = std::mem::take(&mut self.settings);
            self.add(EVENTS, &Summary::default().settings(&settings, now()).at(0, now()));
        }
        self.snapshots = self.seen.snapshots().len();
    }

    fn epoch(&mut self, record: &EpochRecord) {
        self.add(METRICS, &line(record));
        let mut table = csv::WriterBuilder::new().has_headers(self.is_empty(TABLE)).from_writer(vec![]);
        if table.serialize(record).is_ok() {
            self.add(TABLE, &table.into_inner().unwrap_or_default());
        }
        let values = [
            ("loss/training", Some(record.train_loss)),
            ("loss/validation", record.validation_loss),
            ("accuracy/training", record.train_accuracy),
            ("accuracy/validation", record.validation_accuracy),
            ("rate", Some(record.rate)),
        ];
        let known = values.into_iter().filter_map(|(tag, value)| Some((tag, value?)));
        let summary = known.fold(Summary::default(), |summary, (tag, value)| summary.scalar(tag, value));
        self.add(EVENTS, &summary.at(record.step, now()));
        if self.flushed.elapsed() > WAIT {
            self.flush(false);
        }
    }

    /// Weights and gradients, before the step.
    fn numbers(&mut self, at: &At<'_, T>) {
        let mut summary = Summary::default();
        for (name, _, range) in at.net.named_params() {
            let weights = Distribution::of(&at.net.params()[range.clone()]);
            let gradients = Distribution::of(&at.workspace.gradients()[range]);
            summary = summary
                .histogram(&format!("weights/{name}"), &weights)
                .histogram(&format!("gradients/{name}"), &gradients);
        }
        self.add(EVENTS, &summary.at(at.step, now()));
    }

    /// The snapshot of a step, if it is a new one.
    fn snapshot(&mut self) {
        let Some(snapshot) = self.seen.snapshots().get(self.snapshots) else { return };
        let mut summary = Summary::default();
        for layer in &snapshot.layers {
            let at = layer.position;
            summary = summary
                .histogram(&format!("activations/{at}"), &layer.post)
                .scalar(&format!("gradient at the pre-activations/{at}"), layer.delta.rms)
                .scalar(&format!("saturated/{at}"), layer.saturated_share)
                .scalar(&format!("dead/{at}"), layer.dead_share);
        }
        let (text, event) = (line(snapshot), summary.at(snapshot.step, now()));
        self.add(DIAGNOSTICS, &text);
        self.add(EVENTS, &event);
        self.snapshots += 1;
    }

    /// The loss of a batch.
    pub fn loss(&mut self, at: &At<'_, T>) {
        self.add(EVENTS, &Summary::default().scalar("loss/batch", at.loss).at(at.step, now()));
    }
}

/// A record as a line of JSON.
fn line(record: &impl serde::Serialize) -> Vec<u8> {
    let mut text = serde_json::to_vec(record).unwrap_or_default();
    text.push(b'\n');
    text
}

impl<T: Scalar> Observer<T> for Recorder<'_, T> {
    fn observe(&mut self, event: &Event<'_, T>) {
        self.seen.observe(event);
        match event {
            Event::Start { .. } => self.start(),
            Event::Gradients(at) => self.numbers(at),
            // Of a step that failed there is one too.
            Event::Step(_) | Event::Failed { .. } => self.snapshot(),
            Event::Epoch { record, .. } => self.epoch(record),
            Event::EpochStart { .. } | Event::End { .. } => {}
        }
    }

    fn wants_gradients(&self) -> bool {
        true
    }
}
