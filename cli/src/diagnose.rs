//! `gradlens diagnose`: train a network, say what is wrong with it, and show what the remedy changes.

use crate::flags::files::{DataFlag, ReportFlags};
use crate::flags::numbers::{count, not_negative, positive};
use crate::flags::{NetworkFlags, OptimizerName, Settings};
use crate::interrupt::{INTERRUPTED, interrupted};
use crate::output::{Text, text};
use clap::{Args, ValueEnum};
use gradlens::diagnostics::{Diagnosis, Diagnostics, Illness, LayerRecord, Remedy, Snapshot, powers_of_two};
use gradlens::{
    Dataset, Images, Init, Loss, SigmoidBinaryCrossEntropy, SigmoidMse, SoftmaxCrossEntropy, SoftmaxMse,
    Trainer,
};
use serde_json::{Value, json};
use std::io::Write;

/// Train a network on images, say what is wrong with it, and show what the remedy changes
#[derive(Debug, Clone, Args)]
pub struct Flags {
    #[command(flatten)]
    network: NetworkFlags,
    /// Output: softmax, for classes that exclude one another, or sigmoid, for labels that are independent
    #[arg(long, value_name = "HEAD", default_value = "softmax")]
    head: HeadName,
    /// ce (softmax + cross-entropy), bce (sigmoid + binary cross-entropy) or mse (squared error)
    /// [default: the one that matches the head]
    #[arg(long, value_name = "LOSS")]
    loss: Option<LossName>,
    /// The rule that turns gradients into steps
    #[arg(long, value_name = "NAME", default_value = "sgd")]
    optimizer: OptimizerName,
    /// Learning rate [default: 0.1 for sgd, 0.001 for the others]
    #[arg(long, value_name = "RATE", value_parser = not_negative, allow_negative_numbers = true)]
    lr: Option<f64>,
    /// Steps to train; 0 measures the network as it is initialised
    #[arg(long, value_name = "COUNT", default_value = "300", allow_negative_numbers = true)]
    steps: u32,
    /// Samples a step
    #[arg(long, value_name = "COUNT", default_value = "64", value_parser = count, allow_negative_numbers = true)]
    batch: usize,
    /// Multiply the inputs, pixels from 0 to 1, with this
    #[arg(long, value_name = "FACTOR", default_value = "1", value_parser = positive, allow_negative_numbers = true)]
    scale_input: f64,
    /// Apply the first remedy, run again, and show both
    #[arg(long)]
    fix: bool,
    #[command(flatten)]
    data: DataFlag,
    #[command(flatten)]
    report: ReportFlags,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum HeadName {
    Softmax,
    Sigmoid,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LossName {
    Ce,
    Bce,
    Mse,
}

/// Samples that the measurements are made on, where there are as many.
const PROBE: usize = 512;

impl Flags {
    fn head(&self) -> anyhow::Result<Box<dyn Loss>> {
        Ok(match (self.head, self.loss) {
            (HeadName::Softmax, None | Some(LossName::Ce)) => Box::new(SoftmaxCrossEntropy::default()),
            (HeadName::Softmax, Some(LossName::Mse)) => Box::new(SoftmaxMse),
            (HeadName::Sigmoid, Some(LossName::Mse)) => Box::new(SigmoidMse),
            (_, Some(LossName::Bce)) | (HeadName::Sigmoid, None) => {
                Box::new(SigmoidBinaryCrossEntropy::default())
            }
            (HeadName::Sigmoid, Some(LossName::Ce)) => {
                anyhow::bail!("--loss ce belongs to --head softmax; for sigmoids say --loss bce")
            }
        })
    }

    /// Trains and measures.
    fn measure(&self, images: &Images<f32>) -> anyhow::Result<Diagnostics> {
        let mut data: Dataset = images.train.clone();
        if self.scale_input != 1.0 {
            data = data.standardised((0.0, 1.0 / self.scale_input))?;
        }
        let mut net =
            self.network.builder(data.input_len(), data.output_len())?.head(self.head()?).build()?;
        let probe = data.select(&(0..PROBE.min(data.len())).collect::<Vec<_>>());
        let mut diagnostics = Diagnostics::new().probe(probe);
        let steps = u64::from(self.steps.max(1));
        let lr = if self.steps == 0 { Some(0.0) } else { self.lr };
        let when = powers_of_two();
        let trainer = Trainer::new(self.optimizer.with(Settings { lr, ..Settings::default() }))
            .epochs(steps as usize)
            .steps(steps)
            .batch(self.batch)
            .interrupt(&INTERRUPTED)
            .observe(move |step| when(step) || step == steps, &mut diagnostics);
        match trainer.fit(&mut net, &data) {
            Ok(_) | Err(gradlens::Error::NotFinite { .. }) => Ok(diagnostics),
            Err(error) => Err(error.into()),
        }
    }

    /// The flags after a remedy; `None` for one that no flag stands for.
    fn after(&self, remedy: &Remedy) -> Option<Self> {
        let mut flags = self.clone();
        match remedy {
            Remedy::Activation(name) => {
                flags.network.activation = name.clone();
                flags.network.init = None;
            }
            Remedy::Init(name) if name == "default" && self.network.init.is_none() => return None,
            Remedy::BiasInit(name) if *name == self.network.bias_init.to_string() => return None,
            Remedy::Init(name) => {
                flags.network.init = if name == "default" { None } else { Some(name.parse().ok()?) }
            }
            Remedy::BiasInit(name) => flags.network.bias_init = name.parse::<Init>().ok()?,
            Remedy::Loss(_) => flags.loss = None,
            Remedy::Rate(factor) => flags.lr = Some(flags.optimizer.rate(flags.lr) * factor),
            Remedy::ScaleInput(factor) => flags.scale_input *= factor,
            Remedy::Dropout(share) => flags.network.dropout = *share,
            _ => return None,
        }
        Some(flags)
    }
}

pub fn run(flags: &Flags) -> anyhow::Result<()> {
    let mut out = flags.report.open()?;
    let images = flags.data.load()?;
    let document = diagnose(flags, &images, &mut out)?;
    flags.report.write_json(&document)
}

/// Trains once, and with `--fix` again after the first remedy; returns what is printed.
fn diagnose(flags: &Flags, images: &Images<f32>, out: &mut Text) -> anyhow::Result<Value> {
    let before = flags.measure(images)?;
    let diagnosis = before.diagnosis();
    show(&before, &diagnosis, flags.steps, out)?;
    let mut document = to_json(&before, &diagnosis);
    let applicable = diagnosis.verdict.remedies.iter().find_map(|r| Some((r, flags.after(r)?)));
    let Some((remedy, fixed)) = applicable else {
        flags.report.write_runs(&[("", &before)], out)?;
        return Ok(document);
    };
    if !flags.fix {
        text(writeln!(out, "\n--fix applies the first remedy ({remedy}) and shows what it changes."))?;
        flags.report.write_runs(&[("", &before)], out)?;
        return Ok(document);
    }
    anyhow::ensure!(!interrupted(), "interrupted before the remedy was tried");
    text(writeln!(out, "\nThe same after the remedy: {remedy}\n"))?;
    let after = fixed.measure(images)?;
    let cured = after.diagnosis();
    show(&after, &cured, flags.steps, out)?;
    let accuracy =
        |diagnostics: &Diagnostics| diagnostics.snapshots().last().map_or(0.0, |s| 100.0 * s.head.accuracy);
    if flags.steps > 0 {
        text(writeln!(
            out,
            "\nThe remedy takes the accuracy at the last snapshot from {:.1} % to {:.1} %, and the verdict from {} to {}.",
            accuracy(&before),
            accuracy(&after),
            diagnosis.verdict.illness,
            cured.verdict.illness
        ))?;
    }
    document["fixed"] = to_json(&after, &cured);
    document["remedy"] = json!(remedy);
    flags.report.write_runs(&[("Before", &before), (&format!("After: {remedy}"), &after)], out)?;
    Ok(document)
}

fn show(diagnostics: &Diagnostics, diagnosis: &Diagnosis, steps: u32, out: &mut Text) -> anyhow::Result<()> {
    let snapshots = diagnostics.snapshots();
    if let Some(last) = snapshots.len().checked_sub(1) {
        text(writeln!(out, "at initialisation: loss {:.4}\n{}", snapshots[0].loss, diagnostics.table(0)))?;
        if steps > 0 && last > 0 {
            let at = &snapshots[last];
            text(writeln!(out, "\nat step {}: loss {:.4}\n{}", at.step, at.loss, diagnostics.table(last)))?;
        }
    }
    text(writeln!(out, "\n{diagnosis}"))
}

fn to_json(diagnostics: &Diagnostics, diagnosis: &Diagnosis) -> Value {
    let at = |snapshot: Option<&Snapshot>| match snapshot {
        None => Value::Null,
        Some(snapshot) => json!({
            "step": snapshot.step,
            "loss": snapshot.loss,
            "layers": snapshot.hidden().iter().map(layer).collect::<Vec<_>>(),
            "head": snapshot.head,
        }),
    };
    json!({
        "initial": at(diagnostics.snapshots().first()),
        "final": at(diagnostics.snapshots().last()),
        "verdict": diagnosis.verdict,
        "also": diagnosis.also,
        "layer_verdicts": diagnosis.layers,
        "healthy": diagnosis.verdict.illness == Illness::Healthy,
    })
}

/// The record of a layer, with its most important numbers under short names.
fn layer(record: &LayerRecord) -> Value {
    let mut value = json!(record);
    value["delta_rms"] = record.delta.rms.into();
    value["update_log10"] = record.params.first().and_then(|param| param.update_log10).into();
    value
}
