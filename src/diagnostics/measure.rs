//! One look at a network: everything that is measured of its last pass.

use super::distribution::{Distribution, rms};
use super::stage::{Stage, stages};
use super::{jacobian, theory};
use crate::{At, Layer, Scalar, Sequential, Workspace};
use ndarray::{Array2, ArrayView2};
use serde::Serialize;

/// A unit and sample is saturated where the slope is below this share of the activation's greatest.
///
/// One definition for every activation: |x| > 4.4 for the sigmoid, |x| > 2.2 for tanh, x < 0 for ReLU.
pub const SATURATED_BELOW: f64 = 0.05;
/// A unit is saturated if it is so for this share of the samples.
pub const SATURATED_UNIT: f64 = 0.99;

/// What was measured at one step, before the weights changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Snapshot {
    /// Epoch, from 1.
    pub epoch: usize,
    /// Step, from 1: the first is the network as it was initialised.
    pub step: u64,
    /// Loss of the batch.
    pub loss: f64,
    /// Learning rate of the step.
    pub rate: f64,
    /// Samples that were looked at.
    pub samples: usize,
    /// The inputs.
    pub input: Distribution,
    /// Share of inputs that are exactly 0.
    pub zero_inputs: f64,
    /// Share of input columns that are the same for every sample.
    pub constant_inputs: f64,
    /// Layers with weights, the one nearest the input first; the last is the output.
    pub layers: Vec<LayerRecord>,
    /// The output head.
    pub head: HeadRecord,
}

impl Snapshot {
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
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LayerRecord {
    /// Index and kind of the layer with weights, "0 Dense".
    pub name: String,
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
    /// Share of (unit, sample) pairs that are saturated, see [`SATURATED_BELOW`].
    pub saturated_share: f64,
    /// Of all pairs, the share that is saturated with s < 0.
    pub saturated_low: f64,
    /// Of all pairs, the share that is saturated with s >= 0.
    pub saturated_high: f64,
    /// Share of units that are saturated on 99 % of the samples.
    pub saturated_units: f64,
    /// Share of units whose slope is exactly 0 on every sample.
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
    /// next layer (Schoenholz et al., ICLR 2017, eq. 7). `None` for the output.
    pub predicted_ratio: Option<f64>,
    /// Mean of per-sample gradients against their spread, |mean|^2 / (E|g|^2 - |mean|^2), for the
    /// weights of a dense layer.
    pub signal_to_noise: Option<f64>,
    /// Weights and biases.
    pub params: Vec<ParamRecord>,
    /// Mean and largest singular value of the layer's Jacobian, where asked for.
    pub jacobian: Option<jacobian::SingularValues>,
}

/// A weight or bias at one step.
#[derive(Debug, Clone, PartialEq, Serialize)]
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
    /// log10 of rms(dw)/rms(w) for the step that followed. About -3 is healthy (Karpathy, *makemore*).
    pub update_log10: Option<f64>,
    /// The same as plain SGD at the step's rate would have made it. Adam's own hides a gradient
    /// that vanishes.
    pub sgd_update_log10: f64,
    /// Share of the values that the update left as they were, to the bit.
    pub unchanged: Option<f64>,
}

/// The output head at one step. p is the prediction, t the target, z the logits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeadRecord {
    /// What the head calls itself.
    pub name: String,
    /// E|p - t|.
    pub error: f64,
    /// E|dL/dz|, of single samples.
    pub gradient: f64,
    /// `gradient / error`: 1 for the matched heads, less where the loss takes the gradient away.
    pub efficiency: f64,
    /// Share of outputs with p (1 - p) below 5 % of its greatest, 1/4.
    pub saturated: f64,
    /// Share of outputs that are saturated and wrong, |p - t| > 1/2.
    pub saturated_wrong: f64,
    /// E|dL/dz| over those; `None` if there are none.
    pub gradient_saturated_wrong: Option<f64>,
    /// E|dL/dp| over the same outputs, where the head has one; what a look at the outputs alone would show.
    pub output_gradient_saturated_wrong: Option<f64>,
    /// Share of outputs that are wrong, |p - t| > 1/2.
    pub wrong: f64,
    /// Of the outputs that are wrong, the share with |dL/dz| < |p - t| / 10: those that cannot be put right.
    pub blocked: f64,
    /// Mean over outputs of the standard deviation of z over samples.
    pub logit_spread: f64,
    /// Share of samples whose greatest output stands where the greatest target does.
    pub accuracy: f64,
    /// The loss of the best constant output: what a network that learned only its biases would reach.
    pub plateau: f64,
    /// Layers between the last weights and the head that change what the head takes for logits.
    pub after_output: Vec<String>,
    /// Number of outputs.
    pub outputs: usize,
}

/// Measures a network after its backward pass.
pub(super) fn snapshot<T: Scalar>(at: &At<'_, T>, with_jacobian: bool) -> Snapshot {
    let (net, workspace) = (at.net, at.workspace);
    let stages = stages(net);
    let input = workspace.input();
    let constant =
        input.columns().into_iter().filter(|column| column.iter().all(|x| *x == column[0])).count();
    let mut layers: Vec<LayerRecord> =
        stages.iter().map(|stage| layer(net, workspace, stage, at.rate, with_jacobian)).collect();
    factors(net, workspace, &stages, &mut layers);
    predictions(net, workspace, &stages, &mut layers);
    Snapshot {
        epoch: at.epoch,
        step: at.step,
        loss: at.loss,
        rate: at.rate,
        samples: workspace.rows(),
        input: Distribution::of(input.iter()),
        zero_inputs: share(input.iter().filter(|x| **x == T::zero()).count(), input.len()),
        constant_inputs: constant as f64 / input.ncols() as f64,
        layers,
        head: head(net, workspace, &stages),
    }
}

/// Share of a count.
fn share(count: usize, of: usize) -> f64 {
    if of == 0 { 0.0 } else { count as f64 / of as f64 }
}

fn layer<T: Scalar>(
    net: &Sequential<T>,
    workspace: &Workspace<T>,
    stage: &Stage,
    rate: f64,
    with_jacobian: bool,
) -> LayerRecord {
    let placed = &net.layers()[stage.linear];
    let pre = workspace.output(stage.linear);
    let post = workspace.output(stage.activation.unwrap_or(stage.linear));
    let activation = stage.activation.map(|index| net.layers()[index].layer());
    let samples = workspace.rows() as f64;
    let raw = workspace.delta(stage.linear);
    let delta = raw.mapv(|d| d * T::of(samples));

    let mut saturation = Saturation::default();
    if let Some(activation) = activation {
        saturation = Saturation::of(activation, &pre);
    }
    let mut params = vec![];
    for (name, spec, range) in net.named_params() {
        if !placed.range().contains(&range.start) || spec.is_empty() {
            continue;
        }
        let (values, gradient) = (&net.params()[range.clone()], &workspace.gradients()[range]);
        let (value_rms, gradient_rms) = (rms(values), rms(gradient));
        params.push(ParamRecord {
            name,
            rms: value_rms,
            gradient_norm: gradient_rms * (gradient.len() as f64).sqrt(),
            gradient_rms,
            gradient_ratio: gradient_rms / value_rms,
            update_log10: None,
            sgd_update_log10: (rate * gradient_rms / value_rms).log10(),
            unchanged: None,
        });
    }
    let count = delta.len();
    let zero = delta.iter().filter(|d| **d == T::zero()).count();
    let subnormal = raw.iter().filter(|d| **d != T::zero() && d.abs() < T::min_positive_value()).count();
    LayerRecord {
        name: format!("{} {}", stage.linear, placed.layer().name()),
        activation: activation.map(|activation| activation.name()),
        one_sided: activation.is_some_and(one_sided),
        units: pre.ncols(),
        pre: Distribution::of(pre.iter()),
        post: Distribution::of(post.iter()),
        saturated_share: saturation.share,
        saturated_low: saturation.low,
        saturated_high: saturation.high,
        saturated_units: saturation.units,
        dead_share: saturation.dead,
        spread: spread(&post),
        identical_units: identical_units(net, stage),
        delta: Distribution::of(delta.iter()),
        delta_zero: share(zero, count),
        delta_subnormal: share(subnormal, count),
        delta_ratio: None,
        delta_to_last: None,
        weight_gain: None,
        slope_rms: None,
        slope_ceiling: None,
        slope_taken: None,
        predicted_ratio: None,
        signal_to_noise: signal_to_noise(net, workspace, stage),
        params,
        jacobian: with_jacobian.then(|| jacobian::of_stage(net, workspace, stage)).flatten(),
    }
}

/// Whether the slope stays large far out on one side: above half of its greatest at 50 or at -50.
fn one_sided<T: Scalar>(activation: &dyn Layer<T>) -> bool {
    let x = ndarray::array![[T::of(50.0), T::of(-50.0)]];
    let (mut y, mut slope) = (x.clone(), x.clone());
    theory::evaluate(activation, &x, &mut y, &mut slope);
    let large = |slope: T| slope.abs().f64() > 0.5 * activation.max_slope().unwrap_or(1.0);
    large(slope[[0, 0]]) != large(slope[[0, 1]])
}

/// How much of a layer is where its activation is flat.
#[derive(Default)]
struct Saturation {
    share: f64,
    low: f64,
    high: f64,
    units: f64,
    dead: f64,
}

impl Saturation {
    fn of<T: Scalar>(activation: &dyn Layer<T>, pre: &ArrayView2<T>) -> Self {
        let (mut y, mut slope) = (Array2::zeros(pre.dim()), Array2::zeros(pre.dim()));
        theory::evaluate(activation, pre, &mut y, &mut slope);
        let limit = T::of(SATURATED_BELOW * activation.max_slope().unwrap_or(1.0));
        let (rows, units) = pre.dim();
        let (mut low, mut high) = (0, 0);
        let (mut by_unit, mut flat_by_unit) = (vec![0usize; units], vec![0usize; units]);
        for (pre, slope) in pre.rows().into_iter().zip(slope.rows()) {
            for (unit, (&s, &slope)) in pre.iter().zip(slope).enumerate() {
                if slope.abs() < limit {
                    by_unit[unit] += 1;
                    if s < T::zero() {
                        low += 1
                    } else {
                        high += 1
                    }
                    flat_by_unit[unit] += usize::from(slope == T::zero());
                }
            }
        }
        let enough = SATURATED_UNIT * rows as f64;
        Saturation {
            share: share(low + high, rows * units),
            low: share(low, rows * units),
            high: share(high, rows * units),
            units: share(by_unit.iter().filter(|&&count| count as f64 >= enough).count(), units),
            dead: share(flat_by_unit.iter().filter(|&&count| count == rows).count(), units),
        }
    }
}

/// Mean over columns of the standard deviation over rows.
fn spread<T: Scalar>(values: &ArrayView2<T>) -> f64 {
    let rows = values.nrows() as f64;
    let mut total = 0.0;
    for column in values.columns() {
        let mean = column.iter().map(|v| v.f64()).sum::<f64>() / rows;
        total += (column.iter().map(|v| (v.f64() - mean).powi(2)).sum::<f64>() / rows).sqrt();
    }
    total / values.ncols().max(1) as f64
}

/// Share of units whose incoming weights are those of the unit before, among all but the first.
fn identical_units<T: Scalar>(net: &Sequential<T>, stage: &Stage) -> f64 {
    let placed = &net.layers()[stage.linear];
    let Some(weight) = placed.specs().first().filter(|spec| spec.shape.len() == 2) else { return 0.0 };
    let (units, inputs) = (weight.shape[0], weight.shape[1]);
    if units < 2 {
        return 0.0;
    }
    let start = placed.range().start;
    let rows: Vec<&[T]> = net.params()[start..start + units * inputs].chunks_exact(inputs).collect();
    share(rows.windows(2).filter(|pair| pair[0] == pair[1]).count(), units - 1)
}

/// For a dense layer the gradient of one sample is an outer product, so its norm needs no gradient
/// per sample:
/// |d x'| = |d| |x|.
fn signal_to_noise<T: Scalar>(net: &Sequential<T>, workspace: &Workspace<T>, stage: &Stage) -> Option<f64> {
    let placed = &net.layers()[stage.linear];
    let weight =
        placed.specs().first().filter(|spec| spec.shape == [placed.output_len(), placed.input_len()])?;
    let start = placed.range().start;
    let mean =
        workspace.gradients()[start..start + weight.len()].iter().map(|g| g.f64().powi(2)).sum::<f64>();
    let (delta, x) = (workspace.delta(stage.linear), workspace.input_of(stage.linear));
    let square = |row: ndarray::ArrayView1<T>| row.iter().map(|v| v.f64().powi(2)).sum::<f64>();
    let total: f64 = delta.rows().into_iter().zip(x.rows()).map(|(d, x)| square(d) * square(x)).sum();
    // Deltas carry 1/N, so the mean of |g|^2 is N^2/N times their sum.
    let noise = total * workspace.rows() as f64 - mean;
    (noise > 0.0).then(|| mean / noise)
}

/// Splits the ratio of neighbouring deltas into its factors.
fn factors<T: Scalar>(
    net: &Sequential<T>,
    workspace: &Workspace<T>,
    stages: &[Stage],
    layers: &mut [LayerRecord],
) {
    let deltas: Vec<f64> = layers.iter().map(|layer| layer.delta.rms).collect();
    let Some(hidden) = stages.len().checked_sub(1) else { return };
    for (l, stage) in stages[..hidden].iter().enumerate() {
        let record = &mut layers[l];
        let u =
            rms(workspace.delta(stage.activation.unwrap_or(stage.linear)).iter()) * workspace.rows() as f64;
        let ceiling = stage.activation.map_or(Some(1.0), |index| net.layers()[index].layer().max_slope());
        let slope = deltas[l] / u;
        record.delta_ratio = Some(deltas[l] / deltas[l + 1]);
        record.delta_to_last = Some(deltas[l] / deltas[hidden - 1]);
        record.weight_gain = Some(u / deltas[l + 1]);
        record.slope_rms = Some(slope);
        record.slope_ceiling = ceiling;
        record.slope_taken = ceiling.map(|ceiling| slope / ceiling);
    }
}

/// Follows the mean-field recursion q' = n E[W^2] E[phi(sqrt(q) Z)^2] + E[b^2] upwards, as long as
/// layers are dense.
fn predictions<T: Scalar>(
    net: &Sequential<T>,
    workspace: &Workspace<T>,
    stages: &[Stage],
    layers: &mut [LayerRecord],
) {
    let moments = |stage: &Stage| {
        let placed = &net.layers()[stage.linear];
        let weight =
            placed.specs().first().filter(|spec| spec.shape == [placed.output_len(), placed.input_len()])?;
        let (weights, biases) = net.params()[placed.range()].split_at(weight.len());
        Some((
            placed.output_len() as f64,
            placed.input_len() as f64,
            rms(weights).powi(2),
            rms(biases).powi(2),
        ))
    };
    let mut square = rms(workspace.input().iter()).powi(2);
    for (l, pair) in stages.windows(2).enumerate() {
        let (Some((_, inputs, weight, bias)), Some((outputs, _, next_weight, _))) =
            (moments(&pair[0]), moments(&pair[1]))
        else {
            return;
        };
        let q = inputs * weight * square + bias;
        let activation = pair[0].activation.map(|index| net.layers()[index].layer());
        let (value_square, slope_square) = theory::gaussian_moments(activation, q);
        layers[l].predicted_ratio = Some((outputs * next_weight * slope_square).sqrt());
        square = value_square;
    }
}

fn head<T: Scalar>(net: &Sequential<T>, workspace: &Workspace<T>, stages: &[Stage]) -> HeadRecord {
    let (logits, targets) = (workspace.logits(), workspace.targets());
    let gradient = workspace.delta(net.layers().len() - 1);
    let mut p = logits.to_owned();
    net.head().predict(&mut p);
    let (samples, count) = (workspace.rows() as f64, p.len());
    let (mut error, mut pull, mut saturated, mut wrong, mut blocked) = (0.0, 0.0, 0, 0, 0);
    let (mut stuck, mut stuck_pull, mut stuck_output) = (0, 0.0, Some(0.0));
    for ((p, t), g) in p.iter().zip(targets).zip(gradient) {
        let (p, t, g) = (p.f64(), t.f64(), g.f64().abs() * samples);
        let distance = (p - t).abs();
        error += distance;
        pull += g;
        let is_saturated = p * (1.0 - p) < SATURATED_BELOW * 0.25;
        saturated += usize::from(is_saturated);
        if distance > 0.5 {
            wrong += 1;
            blocked += usize::from(g < 0.1 * distance);
            if is_saturated {
                stuck += 1;
                stuck_pull += g;
                stuck_output =
                    stuck_output.zip(net.head().output_gradient(p, t)).map(|(sum, slope)| sum + slope.abs());
            }
        }
    }
    let above = stages.last().map_or(0, |stage| stage.linear + 1);
    let changes = |index: &usize| !matches!(net.layers()[*index].layer().name().as_str(), "Identity");
    HeadRecord {
        name: net.head().name(),
        error: error / count as f64,
        gradient: pull / count as f64,
        efficiency: pull / error,
        saturated: share(saturated, count),
        saturated_wrong: share(stuck, count),
        gradient_saturated_wrong: (stuck > 0).then(|| stuck_pull / stuck as f64),
        output_gradient_saturated_wrong: stuck_output.filter(|_| stuck > 0).map(|sum| sum / stuck as f64),
        wrong: share(wrong, count),
        blocked: share(blocked, wrong),
        logit_spread: spread(&logits),
        accuracy: workspace.accuracy(net),
        plateau: plateau(net, &targets),
        after_output: (above..net.layers().len())
            .filter(changes)
            .map(|index| format!("{index} {}", net.layers()[index].layer().name()))
            .collect(),
        outputs: logits.ncols(),
    }
}

/// The loss where every sample gets the same output, the best one for these targets: for heads
/// whose best constant prediction is the mean target, which all in the crate have, the loss at
/// logits that predict it.
fn plateau<T: Scalar>(net: &Sequential<T>, targets: &ArrayView2<T>) -> f64 {
    let rows = targets.nrows();
    let mean = targets.sum_axis(ndarray::Axis(0)).mapv(|sum| sum.f64() / rows as f64);
    let name = net.head().name();
    let logit = |mean: f64| {
        let p = mean.clamp(1e-12, 1.0 - 1e-12);
        if name.starts_with("sigmoid") {
            (p / (1.0 - p)).ln()
        } else if name.starts_with("softmax") {
            p.ln()
        } else {
            mean
        }
    };
    let logits = Array2::from_shape_fn(targets.dim(), |(_, k)| T::of(logit(mean[k])));
    let mut unused = Array2::zeros(targets.dim());
    net.head().loss(&logits, targets, &mut unused)
}

/// Adds what the step did to the weights.
pub(super) fn add_updates<T: Scalar>(snapshot: &mut Snapshot, net: &Sequential<T>, before: &[T]) {
    for (name, _, range) in net.named_params() {
        let record =
            snapshot.layers.iter_mut().flat_map(|layer| &mut layer.params).find(|record| record.name == name);
        let Some(record) = record else { continue };
        let (old, new) = (&before[range.clone()], &net.params()[range]);
        let mut square = 0.0;
        let mut unchanged = 0;
        for (&old, &new) in old.iter().zip(new) {
            square += (new.f64() - old.f64()).powi(2);
            unchanged += usize::from(new == old);
        }
        record.update_log10 = Some(((square / old.len() as f64).sqrt() / record.rms).log10());
        record.unchanged = Some(share(unchanged, old.len()));
    }
}
