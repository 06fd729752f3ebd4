//! The models that are compared: either head on the same network, and the best possible.

use super::Flags;
use super::common::INTERRUPTED;
use super::common::output::{Text, text};
use super::sets;
use super::source::{Source, targets};
use gradlens::diagnostics::{Diagnostics, powers_of_two};
use gradlens::metrics::{MultiLabel, best_thresholds, mean_absolute_error};
use gradlens::{
    Dataset, LabelStatistics, Loss, Mat, Progress, Sequential, SigmoidBinaryCrossEntropy,
    SoftmaxCrossEntropy, Stopped, temperature,
};
use ndarray::Array2;
use serde_json::{Value, json};
use std::fmt;
use std::io::Write;
use std::str::FromStr;
use std::sync::atomic::Ordering::Relaxed;

/// What `--pos-weight` asks for.
#[derive(Debug, Clone, Copy)]
pub enum PosWeight {
    Balanced,
    Number(f64),
}

impl FromStr for PosWeight {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "balanced" => Ok(PosWeight::Balanced),
            _ => super::common::flags::positive(text)
                .map(PosWeight::Number)
                .map_err(|_| "expected a number above 0, or balanced".into()),
        }
    }
}

impl fmt::Display for PosWeight {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            PosWeight::Balanced => f.write_str("balanced"),
            PosWeight::Number(weight) => write!(f, "{weight}"),
        }
    }
}

impl PosWeight {
    fn weights(self, statistics: &LabelStatistics) -> Vec<f64> {
        match self {
            PosWeight::Balanced => statistics.pos_weights(),
            PosWeight::Number(weight) => vec![weight; statistics.frequencies.len()],
        }
    }
}

/// A model and what it is worth on the test samples.
pub struct Model {
    /// Its name in files.
    pub name: &'static str,
    /// Its name in tables.
    pub title: &'static str,
    /// `[samples, labels]`.
    pub probabilities: Array2<f64>,
    pub thresholds: Vec<f64>,
    pub scores: MultiLabel,
    /// Every metric by its name.
    pub metrics: Vec<(&'static str, f64)>,
    /// Which labels are predicted, where that is not decided by thresholds.
    decided: Option<Array2<f64>>,
    pub calibration: Option<Calibration>,
    /// What was seen of its gradients.
    pub seen: Option<Diagnostics>,
    /// Whether it was trained to the end, or stopped early as was asked for.
    pub is_complete: bool,
}

/// What temperature scaling on the validation samples does on the test samples.
pub struct Calibration {
    /// `None` if no temperature makes the loss least.
    pub temperature: Option<f64>,
    pub ece_after: f64,
    pub log_loss_after: f64,
}

/// Probabilities on the validation and the test samples.
struct Predicted {
    validation: Array2<f64>,
    test: Array2<f64>,
}

/// Trains every head on the same samples, from the same start, and scores them, the best possible last
/// where it is known.
pub fn train_all(
    flags: &Flags,
    source: &Source,
    statistics: &LabelStatistics,
    out: &mut Text,
) -> anyhow::Result<Vec<Model>> {
    let pos_weight = flags.pos_weight.map(|weight| weight.weights(statistics));
    let mut models = vec![];
    let as_they_are: Prepare = |labelled| Ok(labelled.data.clone());
    let spread: Prepare = |labelled| labelled.data.clone().spread_targets();
    let heads: [(_, _, Box<dyn Loss>, Prepare); 3] = [
        ("sigmoid", "sigmoid", Box::new(SigmoidBinaryCrossEntropy { pos_weight }), as_they_are),
        ("softmax", "softmax", Box::new(SoftmaxCrossEntropy::default()), spread),
        ("sets", "over sets", Box::new(SoftmaxCrossEntropy::default()), sets::as_classes),
    ];
    let mut failed = None;
    for (name, title, head, prepare) in heads {
        if name == "sets" && !source.is_xor || INTERRUPTED.load(Relaxed) {
            continue;
        }
        if !flags.quiet {
            let explained = match name {
                "sigmoid" => "sigmoid head: a probability for each label (per cent: labels decided rightly)",
                "softmax" => {
                    "softmax head: one distribution, targets spread as 1/k over k labels, 1/K over all where there are none (per cent: samples whose top label holds)"
                }
                _ => "softmax over sets: a class for each set of labels",
            };
            text(writeln!(out, "{explained}"))?;
        }
        let (net, seen, is_complete) = match train(flags, head, &prepare(&source.train)?, out) {
            Ok(trained) => trained,
            // The other heads may do better.
            Err(error)
                if error.downcast_ref().is_some_and(|e| matches!(e, gradlens::Error::NotFinite { .. })) =>
            {
                super::common::note(&format!("{title}: {error:#}"));
                failed = failed.or(Some(error));
                continue;
            }
            Err(error) => return Err(error),
        };
        if !flags.quiet {
            let verdict = seen.diagnosis().verdict;
            text(writeln!(out, "gradients: {}: {}\n", verdict.illness, verdict.cause))?;
        }
        let model = evaluate(flags, source, (name, title), &net, prepare)?;
        models.push(Model { seen: Some(seen), is_complete, ..model });
    }
    if models.is_empty() {
        return Err(failed.unwrap_or_else(|| anyhow::anyhow!("interrupted before anything was learned")));
    }
    if let (Some(validation), Some(test)) = (&source.validation.marginals, &source.test.marginals) {
        let predicted = Predicted { validation: validation.clone(), test: test.clone() };
        models.push(Model::new(flags, source, ("bayes", "Bayes"), predicted, None));
    }
    Ok(models)
}

/// How a head wants its targets.
type Prepare = fn(&gradlens::Labelled) -> gradlens::Result<Dataset>;

fn train(
    flags: &Flags,
    head: Box<dyn Loss>,
    data: &Dataset,
    out: &Text,
) -> anyhow::Result<(Sequential, Diagnostics, bool)> {
    let mut net = flags.network.builder(data.input_len(), data.output_len())?.head(head).build()?;
    let probe = data.select(&(0..data.len().min(512)).collect::<Vec<_>>());
    let mut seen = Diagnostics::new().probe(probe);
    let mut trainer = flags.training.trainer()?.observe(powers_of_two(), &mut seen);
    if !flags.quiet {
        trainer = trainer.observe(|_| true, Progress::new(*out).bar(out.is_terminal()));
    }
    let report = trainer.fit(&mut net, data)?;
    Ok((net, seen, report.stopped != Stopped::Interrupted))
}

fn widened(matrix: &Mat<f32>) -> Array2<f64> {
    matrix.mapv(f64::from)
}

fn evaluate(
    flags: &Flags,
    source: &Source,
    (name, title): (&'static str, &'static str),
    net: &Sequential,
    prepare: Prepare,
) -> anyhow::Result<Model> {
    let inputs = |labelled: &gradlens::Labelled| labelled.data.inputs();
    let (validation, test) = (net.logits(&inputs(&source.validation))?, net.logits(&inputs(&source.test))?);
    let labels = source.truth.ncols();
    let predict = |logits: &Array2<f32>, t: f64| {
        let mut p = logits.mapv(|z| z / t as f32);
        net.head().predict(&mut p);
        if name == "sets" {
            let (marginals, best) = sets::marginals(&p, labels);
            (marginals, Some(best))
        } else {
            (p, None)
        }
    };
    let (test_p, decided) = predict(&test, 1.0);
    let predicted = Predicted { validation: widened(&predict(&validation, 1.0).0), test: widened(&test_p) };
    let mut model = Model::new(flags, source, (name, title), predicted, decided.map(|sets| widened(&sets)));

    let wanted = prepare(&source.validation)?;
    let wanted = match wanted.labels() {
        None => wanted.target_rows().expect("rows where there are no classes").to_owned(),
        Some(classes) => Array2::from_shape_fn((wanted.len(), wanted.output_len()), |(i, k)| {
            if classes[i] == k { 1.0 } else { 0.0 }
        }),
    };
    // By the plain loss, not the weighted one that was trained with: probabilities are to be honest.
    let plain: Box<dyn Loss> = match name {
        "sigmoid" => Box::new(SigmoidBinaryCrossEntropy::default()),
        _ => Box::new(SoftmaxCrossEntropy::default()),
    };
    let t = temperature(&*plain, &validation, &wanted);
    let cooled = widened(&predict(&test, t.unwrap_or(1.0)).0);
    let after = MultiLabel::new(&cooled, &widened(&source.truth), &model.thresholds);
    model.calibration =
        Some(Calibration { temperature: t, ece_after: after.ece, log_loss_after: after.log_loss });
    Ok(model)
}

impl Model {
    fn new(
        flags: &Flags,
        source: &Source,
        (name, title): (&'static str, &'static str),
        predicted: Predicted,
        decided: Option<Array2<f64>>,
    ) -> Self {
        let truth = widened(&source.truth);
        let thresholds = match flags.tune {
            Some(metric) => {
                best_thresholds(&predicted.validation, &widened(&targets(&source.validation)), metric)
            }
            None => vec![flags.threshold; truth.ncols()],
        };
        let scores = MultiLabel::new(&predicted.test, &truth, &thresholds);
        let mut metrics = scores.metrics();
        if let Some(decided) = &decided {
            // Of sets that were decided as a whole: what rests on decisions is taken from these.
            let by_set = MultiLabel::new(decided, &truth, &vec![0.5; truth.ncols()]).metrics();
            for (metric, by_set) in metrics.iter_mut().zip(by_set).filter(|(metric, _)| is_decided(metric.0))
            {
                *metric = by_set;
            }
        }
        if let Some(marginals) = &source.test.marginals {
            metrics.push(("mean_absolute_error", mean_absolute_error(&predicted.test, marginals)));
        }
        Model {
            name,
            title,
            probabilities: predicted.test,
            thresholds,
            scores,
            metrics,
            decided,
            calibration: None,
            seen: None,
            is_complete: true,
        }
    }

    /// A metric by its name; NaN if it is not known.
    pub fn metric(&self, name: &str) -> f64 {
        self.metrics.iter().find(|(metric, _)| *metric == name).map_or(f64::NAN, |(_, value)| *value)
    }

    /// Whether label `k` is predicted for a test sample.
    pub fn predicts(&self, row: usize, k: usize) -> bool {
        match &self.decided {
            Some(decided) => decided[[row, k]] > 0.5,
            None => self.probabilities[[row, k]] >= self.thresholds[k],
        }
    }

    pub fn json(&self) -> Value {
        let mut value: Value =
            self.metrics.iter().map(|(name, value)| (name.to_string(), json!(value))).collect();
        value["thresholds"] = json!(self.thresholds);
        value["output_sum_mean"] = self.scores.output_sum_mean.into();
        value["output_sum_std"] = self.scores.output_sum_std.into();
        value["labels"] = self
            .scores
            .labels
            .iter()
            .map(|label| {
                json!({
                    "precision": label.precision, "recall": label.recall, "f1": label.f1, "support": label.support,
                    "predicted": label.predicted, "roc_auc": label.roc_auc,
                    "average_precision": label.average_precision, "log_loss": label.log_loss,
                    "brier_score_loss": label.brier, "ece": label.ece,
                    "calibration": label.bins.iter().map(|bin| json!({
                        "samples": bin.count, "confidence": bin.confidence, "accuracy": bin.accuracy,
                    })).collect::<Vec<_>>(),
                })
            })
            .collect();
        if let Some(calibration) = &self.calibration {
            value["temperature"] = json!(calibration.temperature);
            value["ece_after_temperature"] = calibration.ece_after.into();
            value["log_loss_after_temperature"] = calibration.log_loss_after.into();
        }
        value["complete"] = self.is_complete.into();
        if let Some(seen) = &self.seen {
            value["diagnosis"] = json!(seen.diagnosis().verdict);
        }
        value
    }
}

/// Whether a metric rests on decisions and not on probabilities or their order.
pub fn is_decided(metric: &str) -> bool {
    ["hamming", "accuracy", "precision_m", "precision_w", "precision_s", "recall", "f1"]
        .iter()
        .any(|start| metric.starts_with(start))
}
