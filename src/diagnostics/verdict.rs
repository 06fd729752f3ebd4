//! What a diagnosis says: which of the known illnesses, in which layers, since when, why, and what helps.

use super::Snapshot;
use crate::plain::short;
use serde::Serialize;
use std::fmt;

/// The illnesses that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Illness {
    /// None of those below.
    Healthy,
    /// None was found, and too little was seen to call it healthy.
    NotJudged,
    /// The gradient shrinks from layer to layer because the activation's slope is small everywhere,
    /// saturated or not.
    VanishingSlope,
    /// The gradient shrinks from layer to layer because the weights are too small.
    VanishingWeights,
    /// Units sit where the activation is flat.
    Saturated,
    /// Gradient or signal grow from layer to layer because the weights are too large.
    Exploding,
    /// Units whose slope is 0 for every sample.
    DeadUnits,
    /// Units of a layer that are the same and stay so.
    Symmetric,
    /// The network has learned how often the classes occur, and nothing else.
    BiasPlateau,
    /// The head or its loss takes the gradient away, or what the head gets are no logits.
    HeadLossMismatch,
    /// Steps are too large.
    RateTooHigh,
    /// Steps are too small.
    RateTooLow,
    /// Inputs are too large or too small, far from 0, or differ in scale from column to column.
    InputScale,
    /// Targets are far from what the outputs start at.
    TargetScale,
    /// What stands between the last weights and the head cannot put out the targets.
    OutputRange,
    /// Every sample has the same target.
    ConstantTargets,
    /// Every sample has the same inputs.
    ConstantInputs,
    /// Batches hold one class, as samples come in the order of their classes.
    Unshuffled,
    /// There is no non-linearity between the layers where one is needed.
    LinearNetwork,
    /// Dropout leaves too little of the signal.
    Dropout,
    /// The accuracy is that of always saying the most frequent class.
    ClassImbalance,
    /// The loss was still falling when the training ended.
    Undertrained,
    /// It is no better than a constant output, and the cause was not found.
    NotLearning,
    /// A loss or gradient is NaN or infinite.
    NotFinite,
}

impl Illness {
    /// Whether something is wrong: neither healthy nor not judged.
    pub fn is_sick(self) -> bool {
        !matches!(self, Illness::Healthy | Illness::NotJudged)
    }
}

impl fmt::Display for Illness {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(match self {
            Illness::Healthy => "healthy",
            Illness::NotJudged => "not-judged",
            Illness::Dropout => "dropout",
            Illness::ClassImbalance => "class-imbalance",
            Illness::VanishingSlope => "vanishing-slope",
            Illness::VanishingWeights => "vanishing-weights",
            Illness::Saturated => "saturated",
            Illness::Exploding => "exploding",
            Illness::DeadUnits => "dead-units",
            Illness::Symmetric => "symmetric",
            Illness::BiasPlateau => "bias-plateau",
            Illness::HeadLossMismatch => "head-loss-mismatch",
            Illness::RateTooHigh => "rate-too-high",
            Illness::RateTooLow => "rate-too-low",
            Illness::InputScale => "input-scale",
            Illness::TargetScale => "target-scale",
            Illness::OutputRange => "output-range",
            Illness::ConstantTargets => "constant-targets",
            Illness::ConstantInputs => "constant-inputs",
            Illness::Unshuffled => "unshuffled",
            Illness::LinearNetwork => "linear-network",
            Illness::Undertrained => "undertrained",
            Illness::NotLearning => "not-learning",
            Illness::NotFinite => "not-finite",
        })
    }
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Severity {
    /// Nothing to do.
    None,
    /// It learns more slowly than it could.
    Warning,
    /// It learns little or nothing.
    Failure,
}

/// Something to change.
///
/// ```
/// # use gradlens::diagnostics::{Diagnostics, Remedy, powers_of_two};
/// # use gradlens::{Dataset, Dense, Sequential, Sgd, Sigmoid, SoftmaxCrossEntropy, Trainer};
/// # let inputs = ndarray::Array2::from_shape_fn((90, 20), |(i, j)| ((i * 20 + j) as f32).sin());
/// # let data = Dataset::classes(inputs, (0..90).map(|i| i % 3).collect(), 3)?;
/// # let mut builder = Sequential::input(20);
/// # for _ in 0..10 {
/// #     builder = builder.layer(Dense::new(30)).layer(Sigmoid);
/// # }
/// # let mut net = builder.layer(Dense::new(3)).head(SoftmaxCrossEntropy::default()).build()?;
/// # let mut seen = Diagnostics::new();
/// # Trainer::new(Sgd::new(0.1)).epochs(3).observe(powers_of_two(), &mut seen).fit(&mut net, &data)?;
/// // The activation of the next attempt.
/// let remedies = seen.diagnosis().verdict.remedies;
/// let better = remedies.iter().find_map(|remedy| match remedy {
///     Remedy::Activation(name) => Some(name.as_str()),
///     _ => None,
/// });
/// assert_eq!(better, Some("relu"));
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "change", content = "to")]
#[non_exhaustive]
pub enum Remedy {
    /// Another activation, by the name that [`activation`](crate::nn::activation) takes.
    Activation(String),
    /// Another initialiser for the weights, by the name that [`Init`](crate::nn::Init) is parsed from; or
    /// "default", the one that suits the activation.
    Init(String),
    /// Another initialiser for the biases, likewise.
    BiasInit(String),
    /// The loss that belongs to the head's link, in words.
    Loss(String),
    /// No layer between the last weights and the head.
    PlainLogits,
    /// The learning rate times this.
    Rate(f64),
    /// The inputs times this.
    ScaleInput(f64),
    /// This share of dropout.
    Dropout(f64),
    /// Every input column with mean 0 and standard deviation 1.
    Standardise,
    /// The targets likewise.
    StandardiseTargets,
    /// Every epoch in a new order.
    Shuffle,
    /// Batches of so many samples.
    Batch(usize),
    /// Rare classes count as much as the others.
    BalancedClasses,
    /// A hidden layer of so many units, with ReLU, before the last.
    Hidden(usize),
    /// A normalisation before every hidden activation: "batch" or "layer".
    Normalise(String),
    /// This learning rate.
    LearningRate(f64),
    /// So many times the steps.
    Longer(f64),
    /// Something outside the network, in words.
    Other(String),
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Remedy::Activation(name) => write!(f, "use the activation {name}"),
            Remedy::Init(name) if name == "default" => write!(f, "start the weights as suits the activation"),
            Remedy::Init(name) => write!(f, "start the weights with {name}"),
            Remedy::BiasInit(name) => write!(f, "start the biases with {name}"),
            Remedy::Loss(name) => write!(f, "use the loss {name}"),
            Remedy::PlainLogits => write!(f, "hand the head the output of the last layer with weights"),
            Remedy::Rate(factor) => write!(f, "multiply the learning rate by {}", short(*factor)),
            Remedy::ScaleInput(factor) => write!(f, "multiply the inputs by {}", short(*factor)),
            Remedy::Standardise => f.write_str("give every input column mean 0 and standard deviation 1"),
            Remedy::StandardiseTargets => f.write_str("give the targets mean 0 and standard deviation 1"),
            Remedy::Batch(samples) => write!(f, "take batches of {samples} samples"),
            Remedy::BalancedClasses => f.write_str("weight the classes, so that rare ones count as much"),
            Remedy::Shuffle => f.write_str("take the samples in a new order every epoch"),
            Remedy::Hidden(units) => write!(f, "add a hidden layer of {units} units with relu"),
            Remedy::Normalise(over) if over == "batch" => {
                f.write_str("normalise over the batch before every activation")
            }
            Remedy::Normalise(over) => write!(f, "normalise over the {over} before every activation"),
            Remedy::LearningRate(rate) => write!(f, "set the learning rate to {rate}"),
            Remedy::Longer(factor) => write!(f, "train {factor} times as long"),
            Remedy::Dropout(0.0) => f.write_str("leave dropout out"),
            Remedy::Dropout(share) => write!(f, "drop a share of {share} of a layer's outputs"),
            Remedy::Other(text) => f.write_str(text),
        }
    }
}

/// A number that a verdict rests on.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// What it is: the field of [`Snapshot`] or [`LayerRecord`](super::LayerRecord), or a few words.
    pub quantity: &'static str,
    /// The layer's [position](super::LayerRecord::position); `None` for the whole network.
    pub layer: Option<usize>,
    /// The step at which it was measured.
    pub step: u64,
    /// What was measured.
    pub value: f64,
    /// The limit that it is judged by, where it is judged by one.
    pub limit: Option<f64>,
}

impl Finding {
    /// A number of the whole network.
    pub(super) fn at(snapshot: &Snapshot, quantity: &'static str, value: f64, limit: Option<f64>) -> Self {
        Finding { quantity, layer: None, step: snapshot.step, value, limit }
    }

    /// A number of one layer.
    pub(super) fn of(
        snapshot: &Snapshot,
        layer: usize,
        quantity: &'static str,
        value: f64,
        limit: Option<f64>,
    ) -> Self {
        Finding { layer: Some(layer), ..Self::at(snapshot, quantity, value, limit) }
    }
}

/// One illness and its evidence.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Verdict {
    /// Which.
    pub illness: Illness,
    /// How bad.
    pub severity: Severity,
    /// Why, with the numbers that show it.
    pub cause: String,
    /// The numbers themselves.
    pub evidence: Vec<Finding>,
    /// The hidden layers concerned, by their [positions](super::LayerRecord::position).
    pub layers: Vec<usize>,
    /// The first observed step that shows it.
    pub since_step: Option<u64>,
    /// What helps, the most promising first.
    pub remedies: Vec<Remedy>,
}

/// What is wrong with one layer, if anything: what a verdict on the network says of it, or, in a
/// network that does not learn, what its own numbers say.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LayerVerdict {
    /// Its [position](super::LayerRecord::position) in the network.
    pub layer: usize,
    /// Index and kind, "0 Dense".
    pub name: String,
    /// Which.
    pub illness: Illness,
    /// How bad.
    pub severity: Severity,
    /// The first observed step that shows it.
    pub since_step: Option<u64>,
    /// The numbers that show it.
    pub evidence: Vec<Finding>,
}

/// What is wrong with a network, if anything.
///
/// ```
/// # use gradlens::diagnostics::{Diagnostics, powers_of_two};
/// # use gradlens::{Dataset, Dense, Sequential, Sgd, Sigmoid, SoftmaxCrossEntropy, Trainer};
/// # let inputs = ndarray::Array2::from_shape_fn((90, 20), |(i, j)| ((i * 20 + j) as f32).sin());
/// # let data = Dataset::classes(inputs, (0..90).map(|i| i % 3).collect(), 3)?;
/// # let mut builder = Sequential::input(20);
/// # for _ in 0..10 {
/// #     builder = builder.layer(Dense::new(30)).layer(Sigmoid);
/// # }
/// # let mut net = builder.layer(Dense::new(3)).head(SoftmaxCrossEntropy::default()).build()?;
/// # let mut seen = Diagnostics::new();
/// # Trainer::new(Sgd::new(0.1)).epochs(3).observe(powers_of_two(), &mut seen).fit(&mut net, &data)?;
/// let verdict = seen.diagnosis().verdict;
/// println!("{}: {}", verdict.illness, verdict.cause);
/// for finding in &verdict.evidence {
///     println!("  {} is {}", finding.quantity, finding.value);
/// }
/// assert!(!verdict.remedies.is_empty());
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Diagnosis {
    /// The illness that explains the others, or [`Illness::Healthy`].
    pub verdict: Verdict,
    /// Others that are present too.
    pub also: Vec<Verdict>,
    /// Every layer with weights by itself, the output last.
    pub layers: Vec<LayerVerdict>,
    /// What is no illness, and worth to be known: overfitting, samples to measure on that differ from those trained on.
    pub notes: Vec<String>,
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let verdict = &self.verdict;
        write!(f, "{}", verdict.illness)?;
        match verdict.severity {
            Severity::None => {}
            Severity::Warning => f.write_str(" (warning)")?,
            Severity::Failure => f.write_str(" (failure)")?,
        }
        if let Some(step) = verdict.since_step {
            write!(f, " since step {step}")?;
        }
        write!(f, ": {}", verdict.cause)?;
        for remedy in &verdict.remedies {
            write!(f, "\n  try: {remedy}")?;
        }
        for other in &self.also {
            write!(f, "\nalso {}: {}", other.illness, other.cause)?;
        }
        for note in &self.notes {
            write!(f, "\nnote: {note}")?;
        }
        Ok(())
    }
}
