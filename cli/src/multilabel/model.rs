//! The models that are compared: either head on the same network, and the best possible.

use super::source::{Source, targets};
use super::{Flags, label_sets};
use gradlens::diagnostics::Diagnostics;
use gradlens::metrics::{MultiLabel, best_thresholds, mean_absolute_error, one_against_rest, sigmoid};
use gradlens::{
    Dataset, Labelled, Loss, Mat, Sequential, SigmoidBinaryCrossEntropy, SoftmaxCrossEntropy, temperature,
};
use ndarray::Array2;
use serde_json::{Value, json};

/// How a head wants its targets.
pub type Prepare = fn(&Labelled) -> gradlens::Result<Dataset>;

/// A model and its scores on the test samples.
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
    /// The predicted labels, where thresholds do not decide.
    decided: Option<Array2<f64>>,
    pub calibration: Option<Calibration>,
    /// What was seen of its gradients.
    pub seen: Option<Diagnostics>,
    /// The network, but of the true marginals.
    pub net: Option<Sequential>,
    /// Whether it was trained to the end, or stopped early as was asked for.
    pub is_complete: bool,
}

/// What temperature scaling on the validation samples does on the test samples.
pub struct Calibration {
    /// `None` if the loss has no minimum at a finite temperature.
    pub temperature: Option<f64>,
    pub ece_after: f64,
    pub log_loss_after: f64,
}

/// What is predicted for some samples, `[samples, labels]`.
enum Predicted {
    /// Logits of each label.
    Logits(Array2<f64>),
    /// Probabilities, where these are all that is known.
    Probabilities(Array2<f64>),
}

impl Predicted {
    fn probabilities(&self) -> Array2<f64> {
        match self {
            Predicted::Logits(logits) => sigmoid(logits),
            Predicted::Probabilities(p) => p.clone(),
        }
    }

    fn scores(&self, truth: &Array2<f64>, thresholds: &[f64]) -> MultiLabel {
        match self {
            Predicted::Logits(logits) => MultiLabel::from_logits(logits, truth, thresholds),
            Predicted::Probabilities(p) => MultiLabel::new(p, truth, thresholds),
        }
    }
}

fn widened(matrix: &Mat<f32>) -> Array2<f64> {
    matrix.mapv(f64::from)
}

/// Scores a trained network, and its temperature.
pub fn evaluate(
    flags: &Flags,
    source: &Source,
    (name, title): (&'static str, &'static str),
    net: &Sequential,
    prepare: Prepare,
) -> anyhow::Result<Model> {
    let inputs = |labelled: &gradlens::Labelled| labelled.data.inputs();
    let (validation, test) = (net.logits(&inputs(&source.validation))?, net.logits(&inputs(&source.test))?);
    let labels = source.truth.ncols();
    // The logits of each label, and the sets that were decided on.
    let predict = |logits: &Array2<f32>, t: f64| {
        let logits = widened(logits) / t;
        match name {
            "sigmoid" => (Predicted::Logits(logits), None),
            "sets" => {
                let (marginals, best) = label_sets::marginals(&logits, labels);
                (Predicted::Logits(marginals), Some(best))
            }
            _ => (Predicted::Logits(one_against_rest(&logits)), None),
        }
    };
    let (of_test, decided) = predict(&test, 1.0);
    let (of_validation, _) = predict(&validation, 1.0);
    let mut model = Model::new(flags, source, (name, title), [of_validation, of_test], decided);

    let wanted = prepare(&source.validation)?;
    let wanted = match wanted.labels() {
        None => wanted.target_rows().expect("rows where there are no classes").to_owned(),
        Some(classes) => Array2::from_shape_fn((wanted.len(), wanted.output_len()), |(i, k)| {
            if classes[i] == k { 1.0 } else { 0.0 }
        }),
    };
    // The temperature is fitted to the plain loss and not to the weighted one of the training, so that the
    // probabilities are calibrated.
    let plain: Box<dyn Loss> = match name {
        "sigmoid" => Box::new(SigmoidBinaryCrossEntropy::default()),
        _ => Box::new(SoftmaxCrossEntropy::default()),
    };
    let t = temperature(&*plain, &validation, &wanted);
    let (cooled, _) = predict(&test, t.unwrap_or(1.0));
    let after = cooled.scores(&widened(&source.truth), &model.thresholds);
    model.calibration =
        Some(Calibration { temperature: t, ece_after: after.ece, log_loss_after: after.log_loss });
    Ok(model)
}

impl Model {
    /// The true marginals as a model, where they are known.
    pub fn best_possible(flags: &Flags, source: &Source) -> Option<Self> {
        let validation = Predicted::Probabilities(source.validation.marginals.clone()?);
        let test = Predicted::Probabilities(source.test.marginals.clone()?);
        Some(Model::new(flags, source, ("bayes", "Bayes"), [validation, test], None))
    }

    fn new(
        flags: &Flags,
        source: &Source,
        (name, title): (&'static str, &'static str),
        [of_validation, of_test]: [Predicted; 2],
        decided: Option<Array2<f64>>,
    ) -> Self {
        let truth = widened(&source.truth);
        let thresholds = match flags.tune {
            Some(metric) => best_thresholds(
                &of_validation.probabilities(),
                &widened(&targets(&source.validation)),
                metric,
            ),
            None => vec![flags.threshold; truth.ncols()],
        };
        let (scores, probabilities) = (of_test.scores(&truth, &thresholds), of_test.probabilities());
        let mut metrics = scores.metrics();
        if let Some(decided) = &decided {
            // Sets were decided as a whole, so metrics of decisions are computed from these.
            let by_set = MultiLabel::new(decided, &truth, &vec![0.5; truth.ncols()]).metrics();
            for (metric, by_set) in metrics.iter_mut().zip(by_set).filter(|(metric, _)| is_decided(metric.0))
            {
                *metric = by_set;
            }
        }
        if let Some(marginals) = &source.test.marginals {
            metrics.push(("mean_absolute_error", mean_absolute_error(&probabilities, marginals)));
        }
        Model {
            name,
            title,
            probabilities,
            thresholds,
            scores,
            metrics,
            decided,
            calibration: None,
            seen: None,
            net: None,
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
