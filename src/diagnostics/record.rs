//! What is kept of one snapshot at a network.

use super::distribution::Distribution;
use super::jacobian::SingularValues;
use crate::nn::loss::Link;
use serde::{Deserialize, Serialize};

/// What was measured at one step, before the weights changed.
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
/// let first = &seen.snapshots()[0];
/// for layer in first.hidden() {
///     println!("{}: rms dL/ds {:.1e}, {:.0} % saturated", layer.name, layer.delta.rms, 100.0 * layer.saturated_share);
/// }
/// assert!(first.profile().unwrap() < 1e-4, "of the gradient at the last hidden layer, at the first");
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Snapshot {
    /// Epoch, from 1.
    pub epoch: usize,
    /// Step, from 1: the first is the network as it was initialised.
    pub step: u64,
    /// Loss of the samples that were observed.
    pub loss: f64,
    /// Learning rate of the step.
    pub rate: f64,
    /// Samples that were observed.
    pub samples: usize,
    /// The inputs.
    pub input: Distribution,
    /// Share of inputs that are exactly 0.
    pub zero_inputs: f64,
    /// Share of input columns that are the same for every sample.
    pub constant_inputs: f64,
    /// Whether the network, with more than one layer of weights, is an affine function of these samples.
    pub affine: bool,
    /// Layers with weights, the one nearest the input first; the last is the output.
    pub layers: Vec<LayerRecord>,
    /// The output head.
    pub head: HeadRecord,
}

impl Snapshot {
    /// Whether the network is an affine function of its inputs: one layer of weights, or several with nothing between.
    pub(super) fn affine_or_single(&self) -> bool {
        self.affine || self.layers.len() == 1
    }

    /// The hidden layers.
    pub fn hidden(&self) -> &[LayerRecord] {
        &self.layers[..self.layers.len().saturating_sub(1)]
    }

    /// rms of dL/ds at the first hidden layer over that at the last.
    pub fn profile(&self) -> Option<f64> {
        let (first, last) = (self.hidden().first()?, self.hidden().last()?);
        (self.hidden().len() > 1).then(|| first.delta.rms / last.delta.rms)
    }
}

/// One layer with weights, and the activation that follows it. s is the pre-activation, delta
/// is dL/ds for the loss of a single sample (N times the gradient of the mean), so that it does not depend
/// on the batch size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LayerRecord {
    /// Position and kind of the layer with weights, "0 Dense".
    pub name: String,
    /// Its position in the network, 0 nearest the input, activations counted as well: as errors, names of parameters
    /// and PyTorch's `Sequential` count. Verdicts and evidence name layers by it.
    pub position: usize,
    /// What the activation calls itself; `None` without.
    pub activation: Option<String>,
    /// Whether the activation is flat on one side only, as the ReLU family is, so that half of its
    /// units being there is its normal work.
    pub one_sided: bool,
    /// Width.
    pub units: usize,
    /// The pre-activations.
    pub pre: Distribution,
    /// The activations.
    pub post: Distribution,
    /// Share of (unit, sample) pairs that are saturated, with a slope below
    /// [`Thresholds::flat`](super::Thresholds::flat), 5 %, of the activation's greatest.
    pub saturated_share: f64,
    /// Of all pairs, the share that is saturated with s < 0.
    pub saturated_low: f64,
    /// Of all pairs, the share that is saturated with s >= 0.
    pub saturated_high: f64,
    /// Share of units that are saturated on [`Thresholds::flat_unit`](super::Thresholds::flat_unit),
    /// 99 %, of the samples.
    pub saturated_units: f64,
    /// Share of units whose slope is below [`Thresholds::dead_slope`](super::Thresholds::dead_slope), a
    /// thousandth, of the activation's greatest on every sample.
    pub dead_share: f64,
    /// Mean over units of the standard deviation over samples, of the activations: what is left of the
    /// differences between samples.
    pub spread: f64,
    /// Share of units whose incoming weights equal those of the unit before.
    pub identical_units: f64,
    /// The gradient at the pre-activations.
    pub delta: Distribution,
    /// Share of deltas that are exactly 0.
    pub delta_zero: f64,
    /// Share of deltas that are below the least normal number and not 0.
    pub delta_subnormal: f64,
    /// rms of delta over that of the next layer towards the output; `None` for the output.
    pub delta_ratio: Option<f64>,
    /// rms of delta over that of the last hidden layer; `None` for the output.
    pub delta_to_last: Option<f64>,
    /// The first factor of `delta_ratio`: rms(u)/rms(next delta), u = dL/d(activation) = W' delta
    /// of the next layer.
    pub weight_gain: Option<f64>,
    /// The second factor: rms(u phi')/rms(u). `weight_gain * slope_rms` is `delta_ratio` exactly.
    pub slope_rms: Option<f64>,
    /// The greatest slope of the activation, of which saturation or gating take the rest:
    /// `slope_rms = slope_ceiling * slope_taken`.
    pub slope_ceiling: Option<f64>,
    /// What saturation or gating leave of the ceiling.
    pub slope_taken: Option<f64>,
    /// What the mean-field theory predicts for `delta_ratio`, from the variance of the weights as they
    /// are and the mean square of the inputs: sqrt(n E[W^2] E[phi'(sqrt(q) Z)^2]), with n and W of the
    /// next layer (Schoenholz et al., ICLR 2017, eq. 7). What stands between the activation and the next
    /// weights, dropout for instance, enters as it was measured. `None` for the output.
    pub predicted_ratio: Option<f64>,
    /// Mean of per-sample gradients against their spread, |mean|^2 / (E|g|^2 - |mean|^2), for the
    /// weights of a dense layer.
    pub signal_to_noise: Option<f64>,
    /// Weights and biases.
    pub params: Vec<ParamRecord>,
    /// Mean and largest singular value of the layer's Jacobian, where asked for.
    pub jacobian: Option<SingularValues>,
}

/// A weight or bias at one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ParamRecord {
    /// Its name in the network, "0.weight".
    pub name: String,
    /// rms of the values.
    pub rms: f64,
    /// Euclidean norm of the gradient.
    pub gradient_norm: f64,
    /// rms of the gradient.
    pub gradient_rms: f64,
    /// `gradient_rms / rms`.
    pub gradient_ratio: f64,
    /// log10 of rms(dw)/rms(w) for the step that followed; `None` for weights that are all 0. About -3 is
    /// healthy (Karpathy, *makemore*).
    pub update_log10: Option<f64>,
    /// The same as plain SGD at the step's rate would have made it. Adam's own hides a gradient
    /// that vanishes.
    pub sgd_update_log10: Option<f64>,
    /// Share of the values that the update left as they were, to the bit.
    pub unchanged: Option<f64>,
}

/// The output head at one step. p is the prediction, t the target, z the logits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HeadRecord {
    /// What the head calls itself.
    pub name: String,
    /// What it makes of its logits.
    pub link: Link,
    /// Whether its loss belongs to its link, so that nothing of p - t is lost, or lets go on purpose of targets that seem to be
    /// wrong.
    pub matched: bool,
    /// E|p - t|.
    pub error: f64,
    /// E|mean of t - t|: the same for an output that is the mean target whatever the input.
    pub constant_error: f64,
    /// E|dL/dz|, of single samples.
    pub gradient: f64,
    /// `gradient / error`: 1 for the matched heads (but for class weights and smoothing), less where the
    /// loss takes the gradient away.
    pub efficiency: f64,
    /// Share of outputs with p (1 - p) below 5 % of its greatest, 1/4; `None` under a head that
    /// predicts no probabilities.
    pub saturated: Option<f64>,
    /// Share of outputs that are saturated and wrong, |p - t| > 1/2; `None` likewise.
    pub saturated_wrong: Option<f64>,
    /// E|dL/dz| over those; `None` if there are none.
    pub gradient_saturated_wrong: Option<f64>,
    /// E|dL/dp| over the same outputs, where the head has one; what the outputs alone would show.
    pub output_gradient_saturated_wrong: Option<f64>,
    /// Share of outputs that are wrong, |p - t| > 1/2.
    pub wrong: f64,
    /// Share of samples with an output that is wrong.
    pub wrong_samples: f64,
    /// Of the outputs that are wrong, the share with |dL/dz| < |p - t| / 10: those that cannot be put right.
    pub blocked: f64,
    /// Mean over outputs of the standard deviation of z over samples.
    pub logit_spread: f64,
    /// Share of samples whose greatest output stands where the greatest target does; for labels that do not
    /// exclude one another, and in a regression, as
    /// [`EpochRecord::train_accuracy`](crate::train::EpochRecord::train_accuracy).
    pub accuracy: Option<f64>,
    /// The loss of the best constant output, see [`Loss::best_constant`](crate::Loss::best_constant): what
    /// a network that learned only its biases would reach.
    pub plateau: f64,
    /// Layers between the last weights and the head that let through only numbers of some size or sign.
    pub after_output: Vec<String>,
    /// Between which numbers the head's inputs lie whatever the weights, where those layers bound them on a side: a
    /// rectifier lets nothing below 0 through.
    pub range: Option<(f64, f64)>,
    /// Share of the head's inputs that lie at such a bound, where no gradient passes.
    pub at_bound: f64,
    /// The least and the greatest target.
    pub targets: (f64, f64),
    /// Number of outputs.
    pub outputs: usize,
    /// Share of samples whose targets sum to more than 1, as labels that do not exclude one another may.
    #[serde(default)]
    pub several: f64,
}
