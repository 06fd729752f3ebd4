//! One run of the page: a network, its samples, and where its training has come to.

use crate::frame;
use crate::request::Refused;
use crate::settings::{self, Settings};
use gradlens::config::{RunConfig, RunData};
use gradlens::diagnostics::{Diagnostics, Snapshot};
use gradlens::train::RunState;
use gradlens::{Dataset, Images, Part, Sequential, Stopped, Teacher, Trainer};
use ndarray::Array2;
use serde_json::{Value, json};
use std::path::Path;

/// Multiply-adds that scoring samples may take at a time, so that a picture is not waited for.
const SCORING: usize = 15_000_000;

/// A run.
pub struct Run {
    /// As the user gave it.
    settings: Settings,
    /// The same with everything that was left to samples and defaults.
    config: RunConfig,
    data: RunData,
    /// Some of the samples to train on, and some of those to measure on, for scores.
    scored: (Dataset, Option<Dataset>),
    net: Sequential,
    /// The probabilities that a teacher draws labels by, of the samples to measure on.
    marginals: Option<Array2<f64>>,
    state: Option<RunState>,
    seen: Diagnostics,
    place: Place,
}

/// Where a run has come to.
#[derive(Default)]
struct Place {
    step: u64,
    epoch: usize,
    batch_loss: Option<f64>,
    ended: Option<&'static str>,
    failure: Option<String>,
}

fn words(error: gradlens::Error) -> Refused {
    error.to_string()
}

impl Run {
    /// Begins a run: reads or makes the samples, and initialises the network.
    pub fn start(
        settings: Settings,
        csv: Option<String>,
        images: Option<&Images<f32>>,
    ) -> Result<Self, Refused> {
        let config = settings::config(&settings)?;
        let data = samples(&config, csv, images)?;
        let config = config.complete(&data).map_err(words)?;
        let net = Sequential::from_config(&config, &data.train).map_err(words)?;
        net.check(&data.train).map_err(words)?;
        Trainer::<f32>::from_config(&config).map_err(words)?;
        let most = (SCORING / net.params().len().max(1)).clamp(128, 1000);
        let some = |set: &Dataset| set.select(&(0..set.len().min(most)).collect::<Vec<_>>());
        let scored = (some(&data.train), data.test.as_ref().map(some));
        let mut seen = Diagnostics::new().samples(&data.train);
        // Samples that were made, or come from one set of images, are prepared alike.
        if let (true, Some(test)) = (config.data.file.is_some(), &data.test) {
            seen = seen.compare(test);
        }
        seen = seen.batches(config.training.batch.min(data.train.len()), config.training.shuffle);
        let marginals = match (config.data.made.as_deref(), &data.test) {
            (Some("teacher"), Some(test)) => {
                let teacher = Teacher::default().seed(config.training.seed);
                teacher.draw::<f32>(test.len(), Part::Test).map_err(words)?.marginals
            }
            _ => None,
        };
        let place = Place::default();
        Ok(Run { settings, config, data, scored, net, marginals, state: None, seen, place })
    }

    /// What a run is like before its first step.
    pub fn begun(&self) -> Value {
        // The first step is measured before it changes a weight, on a copy.
        let mut first = Run {
            settings: self.settings.clone(),
            config: self.config.clone(),
            data: self.data.clone(),
            scored: self.scored.clone(),
            net: self.net.clone(),
            marginals: None,
            state: None,
            seen: self.seen.clone(),
            place: Place::default(),
        };
        first.advance(1, true);
        first.net = self.net.clone();
        first.place = Place { batch_loss: first.place.batch_loss, ..Place::default() };
        json!({
            "network": self.net.to_string(),
            "toml": self.config.to_toml(),
            "config": settings::what_is_set(&self.config),
            "task": self.data.task,
            "inputs": self.net.input_len(),
            "outputs": self.net.output_len(),
            "names": self.data.target_names,
            "parameters": self.net.params().len(),
            "steps": self.planned_steps(),
            "batch": self.config.training.batch,
            "train_samples": self.data.train.len(),
            "test_samples": self.data.test.as_ref().map(Dataset::len),
            "notes": self.data.notes,
            "points": self.points(),
            "frame": first.frame(),
        })
    }

    /// Steps of the whole run, unless it ends early.
    fn planned_steps(&self) -> u64 {
        let training = &self.config.training;
        let samples = self.data.train.len();
        let aside = (samples as f64 * training.validation).round() as usize;
        let epoch = (samples - aside.min(samples)).div_ceil(training.batch.max(1)) as u64;
        (training.epochs.unwrap_or_default() as u64 * epoch).min(training.steps.unwrap_or(u64::MAX))
    }

    /// The samples as points with their classes, where they are such.
    fn points(&self) -> Value {
        let of = |set: &Dataset| -> Option<Value> {
            let (labels, inputs) = (set.labels()?, set.inputs());
            let point = |(row, &class): (ndarray::ArrayView1<f32>, &usize)| json!([row[0], row[1], class]);
            (set.input_len() == 2).then(|| inputs.rows().into_iter().zip(labels).map(point).collect())
        };
        match of(&self.data.train) {
            Some(train) => json!({ "train": train, "test": self.data.test.as_ref().and_then(of) }),
            None => Value::Null,
        }
    }

    /// Takes steps, and says where that led.
    pub fn steps(&mut self, count: u64, measure: bool) -> Value {
        if self.place.ended.is_none() {
            self.advance(count, measure);
        }
        if measure { self.frame() } else { self.where_it_is() }
    }

    /// Takes steps, the last of which is measured, where that is wanted, as those that are powers of two are always.
    fn advance(&mut self, count: u64, measure: bool) {
        if let Err(error) = self.try_to_advance(count, measure) {
            self.place.ended = Some("failed");
            self.place.failure = Some(error.to_string());
        }
    }

    fn try_to_advance(&mut self, count: u64, measure: bool) -> gradlens::Result<()> {
        let last = (self.place.step + count).min(self.planned_steps());
        let mut trainer = Trainer::from_config(&self.config)?;
        if let Some(state) = self.state.take() {
            self.seen.go_on();
            trainer = trainer.resume(state);
        }
        let wanted = move |step: u64| step.is_power_of_two() || (measure && step == last);
        let mut run = trainer.observe(wanted, &mut self.seen).start(&mut self.net, &self.data.train)?;
        for _ in 0..count {
            let Some(record) = run.step()? else { break };
            self.place.step = record.step;
            self.place.epoch = record.epoch;
            self.place.batch_loss = Some(record.loss);
        }
        self.place.ended = match run.report().stopped {
            Stopped::Running => None,
            Stopped::Early => Some("early"),
            _ => Some("completed"),
        };
        self.state = Some(run.into_state());
        Ok(())
    }

    /// Another learning rate, from here on.
    pub fn set_rate(&mut self, lr: f64) -> Result<(), Refused> {
        self.config.set("lr", &lr.to_string()).map_err(words)?;
        self.settings.insert("lr".into(), lr.to_string());
        Ok(())
    }

    fn where_it_is(&self) -> Value {
        let Place { step, epoch, batch_loss, ended, failure } = &self.place;
        json!({ "step": step, "epoch": epoch, "batch_loss": batch_loss, "ended": ended, "failure": failure })
    }

    /// Everything that is shown of this step.
    fn frame(&self) -> Value {
        let mut frame = self.where_it_is();
        let task = self.data.task;
        frame["rate"] = self.seen.snapshots().last().map(|snapshot| snapshot.rate).into();
        frame["train"] = frame::scores(&self.net, &self.scored.0, task);
        frame["test"] =
            self.scored.1.as_ref().map_or(Value::Null, |test| frame::scores(&self.net, test, task));
        frame["score_name"] = frame::score_name(task).into();
        let last = self.seen.snapshots().last();
        // An early stop comes before the step that was to be measured.
        frame["measured"] = last.map(|snapshot| snapshot.step).into();
        frame["layers"] =
            last.map_or(json!([]), |snapshot| snapshot.layers.iter().map(frame::layer).collect());
        frame["head"] = last.map_or(Value::Null, |snapshot: &Snapshot| json!(snapshot.head));
        frame["diagnosis"] = self.diagnosis();
        frame
    }

    fn diagnosis(&self) -> Value {
        let diagnosis = self.seen.diagnosis();
        let verdict = &diagnosis.verdict;
        let remedy = |remedy| {
            let after = settings::after(remedy, &self.settings, &self.config, &self.data);
            json!({ "text": remedy.to_string(), "config": after })
        };
        json!({
            "illness": verdict.illness,
            "severity": verdict.severity,
            "cause": verdict.cause,
            "since_step": verdict.since_step,
            "layers": verdict.layers,
            "remedies": verdict.remedies.iter().map(remedy).collect::<Vec<_>>(),
            "also": diagnosis.also.iter().map(|also| json!({ "illness": also.illness, "cause": also.cause })).collect::<Vec<_>>(),
            "notes": diagnosis.notes,
        })
    }

    /// What the head predicts on a grid of points, each number as a byte, from the top row down.
    pub fn surface(&self, from: [f64; 2], to: [f64; 2], size: usize) -> Result<Value, Refused> {
        if self.net.input_len() != 2 {
            return Err(format!("the network has {} inputs, but a surface needs 2", self.net.input_len()));
        }
        if !(2..=256).contains(&size) {
            return Err(format!("the size of the surface is {size}, but must be from 2 to 256"));
        }
        let at = |low: f64, high: f64, place: usize| {
            (low + (high - low) * (place as f64 + 0.5) / size as f64) as f32
        };
        let points = Array2::from_shape_fn((size * size, 2), |(cell, axis)| match axis {
            0 => at(from[0], to[0], cell % size),
            _ => at(to[1], from[1], cell / size),
        });
        let predictions = self.net.predict(&points).map_err(words)?;
        let values: Vec<u8> =
            predictions.iter().map(|p| (p * 255.0).round().clamp(0.0, 255.0) as u8).collect();
        Ok(json!({ "outputs": self.net.output_len(), "values": values }))
    }

    /// The samples that are looked at: those to measure on, where there are such.
    fn looked_at(&self) -> &Dataset {
        self.data.test.as_ref().unwrap_or(&self.data.train)
    }

    /// Samples, their targets, what the network says of them, and what a teacher does.
    pub fn samples(&self, rows: &[usize]) -> Result<Value, Refused> {
        let all = self.looked_at();
        if let Some(row) = rows.iter().find(|&&row| row >= all.len()) {
            return Err(format!("sample {row}, but there are {}", all.len()));
        }
        let some = all.select(rows);
        let inputs = some.inputs();
        let outputs = self.net.predict(&inputs).map_err(words)?;
        let lines = |matrix: &Array2<f32>| -> Value {
            matrix.rows().into_iter().map(|row| row.iter().copied().collect::<Vec<_>>()).collect()
        };
        let marginals = self
            .marginals
            .as_ref()
            .map(|marginals| -> Value { rows.iter().map(|&row| marginals.row(row).to_vec()).collect() });
        Ok(json!({
            "inputs": lines(&inputs),
            "targets": lines(&targets(&some)),
            "outputs": lines(&outputs),
            "marginals": marginals,
        }))
    }

    /// The bits of all weights, by name.
    pub fn weights(&self) -> Value {
        let bits = |(name, _, range): (String, _, std::ops::Range<usize>)| {
            let bits: Vec<u32> = self.net.params()[range].iter().map(|weight| weight.to_bits()).collect();
            (name, json!(bits))
        };
        Value::Object(self.net.named_params().map(bits).collect())
    }

    /// The samples of which the outputs are farthest from the targets, farthest first, of those that are scored.
    pub fn worst(&self, count: usize) -> Result<Value, Refused> {
        let some = self.scored.1.as_ref().unwrap_or(&self.scored.0);
        let outputs = self.net.predict(&some.inputs()).map_err(words)?;
        let targets = targets(some);
        let distance = |row: usize| -> f32 {
            outputs.row(row).iter().zip(targets.row(row)).map(|(p, t)| (p - t).abs()).sum()
        };
        let mut rows: Vec<usize> = (0..some.len()).collect();
        rows.sort_by(|&a, &b| distance(b).total_cmp(&distance(a)));
        rows.truncate(count);
        Ok(json!({ "rows": rows }))
    }
}

/// The targets, classes as rows with a 1.
fn targets(data: &Dataset) -> Array2<f32> {
    match (data.target_rows(), data.labels()) {
        (Some(rows), _) => rows.to_owned(),
        (None, Some(labels)) => Array2::from_shape_fn((labels.len(), data.output_len()), |(row, class)| {
            f32::from(u8::from(labels[row] == class))
        }),
        _ => Array2::zeros((data.len(), data.output_len())),
    }
}

/// The samples of a config; its file is the text that was pasted.
fn samples(
    config: &RunConfig,
    csv: Option<String>,
    images: Option<&Images<f32>>,
) -> Result<RunData, Refused> {
    let nowhere = Path::new("");
    let sources = [config.data.file.is_some(), config.data.mnist, config.data.made.is_some()];
    if sources.iter().filter(|&&is_one| is_one).count() != 1 {
        return Err("the samples: say one of made, mnist and file".into());
    }
    match (&config.data.file, config.data.mnist, csv, images) {
        (Some(_), _, Some(text), _) => config.load_from_bytes(text.into_bytes()).map_err(words),
        (Some(file), _, None, _) => Err(format!("{file}: the page has no files; paste its text")),
        (None, true, _, Some(images)) => config.load_from_images(images.clone()).map_err(words),
        (None, true, _, None) => Err("the images of digits have not been loaded yet".into()),
        (None, false, ..) => config.load(nowhere).map_err(words),
    }
}
