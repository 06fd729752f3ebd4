//! One snapshot at a network: everything that is measured of its last pass.

use super::distribution::{Distribution, change, rms, sum_of_squares};
use super::record::{HeadRecord, LayerRecord, ParamRecord, Snapshot};
use super::stage::{Stage, stages};
use super::{Thresholds, jacobian, theory};
use crate::nn::loss::{column_means, constant_loss};
use crate::nn::network::Sequential;
use crate::nn::param::Param;
use crate::nn::slot::LayerSlot;
use crate::nn::workspace::Workspace;
use crate::train::observers::At;
use gradlens_kernel::widest;
use gradlens_kernel::{Mat, Scalar};
use ndarray::{Array2, ArrayView1, ArrayView2};

/// Measures a network after its backward pass.
pub(super) fn snapshot<T: Scalar>(at: &At<'_, T>, with_jacobian: bool, limits: &Thresholds) -> Snapshot {
    let (net, workspace) = (at.net, at.workspace);
    let stages = stages(net);
    let input = workspace.input();
    let constant =
        input.columns().into_iter().filter(|column| column.iter().all(|x| *x == column[0])).count();
    let (distribution, of_layers) = distributions(net, workspace, &stages);
    let mut layers: Vec<LayerRecord> = stages
        .iter()
        .zip(of_layers)
        .map(|(stage, distributions)| layer(at, stage, distributions, with_jacobian, limits))
        .collect();
    factors(net, workspace, &stages, &mut layers);
    predictions(net, workspace, &stages, &distribution, &mut layers);
    Snapshot {
        epoch: at.epoch,
        step: at.step,
        loss: at.loss,
        rate: at.rate,
        samples: workspace.rows(),
        input: distribution,
        zero_inputs: share(input.iter().filter(|x| **x == T::zero()).count(), input.len()),
        constant_inputs: constant as f64 / input.ncols() as f64,
        affine: stages.len() > 1 && is_affine(net, &input),
        layers,
        head: head(net, workspace, &stages, limits),
    }
}

/// The distribution of the input, and of each stage's pre-activations, activations and deltas, on all
/// threads.
fn distributions<T: Scalar>(
    net: &Sequential<T>,
    workspace: &Workspace<T>,
    stages: &[Stage],
) -> (Distribution, Vec<[Distribution; 3]>) {
    let mut matrices = vec![workspace.input()];
    for stage in stages {
        matrices.push(workspace.output(stage.pre));
        matrices.push(workspace.output(stage.activation.unwrap_or(stage.pre)));
        matrices.push(workspace.delta(stage.pre));
    }
    let mut found = vec![None; matrices.len()];
    net.threads().pieces(1, [&mut found], |index, [found]| {
        let matrix = &matrices[index];
        let is_delta = index > 0 && index % 3 == 0;
        found[0] = Some(if is_delta {
            // Of the loss of each sample, not of the mean.
            let samples = T::of(workspace.rows() as f64);
            Distribution::of(contiguous(&matrix.mapv(|delta| delta * samples)))
        } else {
            Distribution::of(contiguous(matrix))
        });
    });
    let mut found = found.into_iter().map(|distribution| distribution.expect("each piece computes one"));
    let mut next = || found.next().expect("one for each matrix");
    (next(), stages.iter().map(|_| [next(), next(), next()]).collect())
}

/// The numbers of a matrix, which workspaces keep contiguous.
fn contiguous<T>(matrix: &Mat<T>) -> &[T] {
    matrix.as_slice().expect("kept in one piece")
}

/// Share of a count.
fn share(count: usize, of: usize) -> f64 {
    if of == 0 { 0.0 } else { count as f64 / of as f64 }
}

fn layer<T: Scalar>(
    at: &At<'_, T>,
    stage: &Stage,
    [pre_distribution, post_distribution, delta_distribution]: [Distribution; 3],
    with_jacobian: bool,
    limits: &Thresholds,
) -> LayerRecord {
    let (net, workspace, rate) = (at.net, at.workspace, at.rate);
    let slot = &net.layers()[stage.linear];
    let pre = workspace.output(stage.pre);
    let post = workspace.output(stage.activation.unwrap_or(stage.pre));
    let activation = stage.activation.map(|index| &net.layers()[index]);
    let delta = workspace.delta(stage.pre);

    let mut saturation = Saturation::default();
    if let Some(activation) = activation {
        saturation = Saturation::of(activation, &pre, limits);
    }
    let mut params = vec![];
    let of_stage = slot.range().start..net.layers()[stage.last].range().end;
    for (name, spec, range) in net.named_params() {
        if !of_stage.contains(&range.start) || spec.is_empty() {
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
            sgd_update_log10: update_log10(rate * gradient_rms, value_rms),
            unchanged: None,
        });
    }
    let count = delta.len();
    let zero = delta.iter().filter(|d| **d == T::zero()).count();
    let subnormal = delta.iter().filter(|d| **d != T::zero() && d.abs() < T::min_positive_value()).count();
    LayerRecord {
        name: format!("{} {}", stage.linear, slot.layer().name()),
        position: stage.linear,
        activation: activation.map(|activation| activation.layer().name()),
        one_sided: activation.is_some_and(one_sided),
        units: pre.ncols(),
        pre: pre_distribution,
        post: post_distribution,
        saturated_share: saturation.share,
        saturated_low: saturation.low,
        saturated_high: saturation.high,
        saturated_units: saturation.units,
        dead_share: saturation.dead,
        spread: spread(&post),
        identical_units: identical_units(net, stage),
        delta: delta_distribution,
        delta_zero: share(zero, count),
        delta_subnormal: share(subnormal, count),
        delta_ratio: None,
        delta_to_last: None,
        weight_gain: None,
        slope_rms: None,
        slope_ceiling: None,
        slope_taken: None,
        predicted_ratio: None,
        signal_to_noise: signal_to_noise(net, workspace, stage, &params),
        params,
        jacobian: with_jacobian.then(|| jacobian::of_stage(net, workspace, stage)).flatten(),
    }
}

/// Whether the slope stays large far out on one side: above half of its greatest at 50 or at -50.
fn one_sided<T: Scalar>(activation: &LayerSlot<T>) -> bool {
    let x = ndarray::array![[T::of(50.0), T::of(-50.0)]];
    let (mut y, mut slope) = (x.clone(), x.clone());
    theory::evaluate(activation.layer(), &x, &mut y, &mut slope);
    let large = |slope: T| slope.abs().f64() > 0.5 * activation.spec().max_slope.unwrap_or(1.0);
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
    fn of<T: Scalar>(activation: &LayerSlot<T>, pre: &ArrayView2<T>, limits: &Thresholds) -> Self {
        let (mut y, mut slope) = (Array2::zeros(pre.dim()), Array2::zeros(pre.dim()));
        theory::evaluate(activation.layer(), pre, &mut y, &mut slope);
        let ceiling = activation.spec().max_slope.unwrap_or(1.0);
        let (flat, dead) = (T::of(limits.flat * ceiling), T::of(limits.dead_slope * ceiling));
        let (rows, units) = pre.dim();
        // Of each unit: where it is flat, where on the lower side, and where its slope is next to none.
        let [mut flat_of, mut low_of, mut dead_of] = [0; 3].map(|_| vec![0u32; units]);
        widest(
            #[inline(always)]
            || {
                let rows = [contiguous(pre), contiguous(&slope)].map(|all| all.chunks_exact(units.max(1)));
                let [pre, slope] = rows;
                for (pre, slope) in pre.zip(slope) {
                    let counts = flat_of.iter_mut().zip(&mut low_of).zip(&mut dead_of);
                    for ((&s, &slope), ((flat_here, low), dead_here)) in pre.iter().zip(slope).zip(counts) {
                        let is_flat = u32::from(slope.abs() < flat);
                        *flat_here += is_flat;
                        *low += is_flat & u32::from(s < T::zero());
                        *dead_here += u32::from(slope.abs() < dead);
                    }
                }
            },
        );
        let [all, low] = [&flat_of, &low_of].map(|counts| counts.iter().map(|&count| count as usize).sum());
        let enough = limits.flat_unit * rows as f64;
        Saturation {
            share: share(all, rows * units),
            low: share(low, rows * units),
            high: share(all - low, rows * units),
            units: share(flat_of.iter().filter(|&&count| f64::from(count) >= enough).count(), units),
            dead: share(dead_of.iter().filter(|&&count| count as usize == rows).count(), units),
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
    let slot = &net.layers()[stage.linear];
    let Some(weight) = slot.spec().params.first().filter(|spec| spec.shape.len() == 2) else { return 0.0 };
    let (units, inputs) = (weight.shape[0], weight.shape[1]);
    if units < 2 {
        return 0.0;
    }
    let start = slot.range().start;
    let rows: Vec<&[T]> = net.params()[start..start + units * inputs].chunks_exact(inputs).collect();
    share(rows.windows(2).filter(|pair| pair[0] == pair[1]).count(), units - 1)
}

/// For a dense layer the gradient of one sample is an outer product, so its norm needs no gradient
/// per sample:
/// |d x'| = |d| |x|.
fn signal_to_noise<T: Scalar>(
    net: &Sequential<T>,
    workspace: &Workspace<T>,
    stage: &Stage,
    params: &[ParamRecord],
) -> Option<f64> {
    dense_weight(&net.layers()[stage.linear])?;
    let mean = params[0].gradient_norm.powi(2);
    let (delta, x) = (workspace.delta(stage.linear), workspace.input_of(stage.linear));
    let square = |row: ArrayView1<T>| sum_of_squares(row.to_slice().expect("numbers in rows"));
    let total: f64 = delta.rows().into_iter().zip(x.rows()).map(|(d, x)| square(d) * square(x)).sum();
    // Deltas carry 1/N, so the mean of |g|^2 is N^2/N times their sum.
    let noise = total * workspace.rows() as f64 - mean;
    (noise > 0.0).then(|| mean / noise)
}

/// A dense layer's weight, its first parameter; `None` for other layers.
fn dense_weight<T: Scalar>(slot: &LayerSlot<T>) -> Option<&Param> {
    slot.spec().params.first().filter(|spec| spec.shape == [slot.output_len(), slot.input_len()])
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
        let u = rms(contiguous(&workspace.delta(stage.activation.unwrap_or(stage.pre))))
            * workspace.rows() as f64;
        let ceiling = stage.activation.map_or(Some(1.0), |index| net.layers()[index].spec().max_slope);
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
/// layers are dense and nothing is added past them. What a normalisation does to mean squares is taken as measured.
fn predictions<T: Scalar>(
    net: &Sequential<T>,
    workspace: &Workspace<T>,
    stages: &[Stage],
    input: &Distribution,
    layers: &mut [LayerRecord],
) {
    // Mean squares of the weights and of the biases.
    let moments = |stage: &Stage, layer: &LayerRecord| {
        dense_weight(&net.layers()[stage.linear])?;
        let [weight, others @ ..] = &layer.params[..] else { return None };
        let bias = net.layers()[stage.linear].spec().params.len() > 1;
        Some((weight.rms.powi(2), others.first().filter(|_| bias).map_or(0.0, |bias| bias.rms.powi(2))))
    };
    let mut square = input.rms.powi(2);
    for (l, pair) in stages.windows(2).enumerate() {
        let (Some((weight, bias)), Some((next_weight, _))) =
            (moments(&pair[0], &layers[l]), moments(&pair[1], &layers[l + 1]))
        else {
            return;
        };
        if (0..net.layers().len())
            .filter_map(|end| net.block_below(end))
            .any(|block| block.start <= pair[1].linear && block.end >= pair[0].linear)
        {
            return;
        }
        let inputs = net.layers()[pair[0].linear].input_len() as f64;
        let outputs = net.layers()[pair[1].linear].output_len() as f64;
        let (below_activation, _) = between(workspace, pair[0].linear, pair[0].pre);
        let (_, down_to_next) = between(workspace, pair[1].linear, pair[1].pre);
        let q = (inputs * weight * square + bias) * below_activation;
        let activation = pair[0].activation.map(|index| net.layers()[index].layer());
        let (value_square, slope_square) = theory::gaussian_moments(activation, q);
        let (up, down) = between(workspace, pair[0].activation.unwrap_or(pair[0].pre), pair[0].last);
        layers[l].predicted_ratio = Some((outputs * next_weight * slope_square * down * down_to_next).sqrt());
        square = value_square * up;
    }
}

/// What the layers above `from`, up to `to`, do to mean squares, on the way up and on the way down: as measured, since
/// theory has no say in dropout and normalisation.
fn between<T: Scalar>(workspace: &Workspace<T>, from: usize, to: usize) -> (f64, f64) {
    let gain = |from: f64, to: f64| if from > 0.0 { (to / from).powi(2) } else { 1.0 };
    if from == to {
        return (1.0, 1.0);
    }
    let output = |index| rms(contiguous(&workspace.output(index)));
    let delta = |index| rms(contiguous(&workspace.delta(index)));
    (gain(output(from), output(to)), gain(delta(to), delta(from)))
}

fn head<T: Scalar>(
    net: &Sequential<T>,
    workspace: &Workspace<T>,
    stages: &[Stage],
    limits: &Thresholds,
) -> HeadRecord {
    let (logits, targets) = (workspace.logits(), workspace.targets());
    let gradient = workspace.delta(net.layers().len() - 1);
    let mut p = logits.to_owned();
    net.head().predict(&mut p);
    let probabilities = net.head().spec().link.gives_probabilities();
    let (samples, count) = (workspace.rows() as f64, p.len());
    let outputs = logits.ncols();
    let mean = column_means(&targets);
    let constant = targets.indexed_iter().map(|((_, k), t)| (t.f64() - mean[k]).abs()).sum::<f64>();
    let (mut error, mut pull, mut saturated, mut wrong, mut blocked) = (0.0, 0.0, 0, 0, 0);
    let (mut stuck, mut stuck_pull, mut stuck_output) = (0, 0.0, Some(0.0));
    let at_output = net.head().spec().output_gradient;
    let scale = (net.head().spec().gradient_scale)(outputs);
    let mut wrong_rows = vec![false; workspace.rows()];
    for (index, ((p, t), g)) in p.iter().zip(targets).zip(gradient).enumerate() {
        let (p, t, g) = (p.f64(), t.f64(), g.f64().abs() * samples / scale);
        let distance = (p - t).abs();
        error += distance;
        pull += g;
        let is_saturated = probabilities && p * (1.0 - p) < limits.flat * 0.25;
        saturated += usize::from(is_saturated);
        if distance > 0.5 {
            wrong += 1;
            wrong_rows[index / outputs] = true;
            blocked += usize::from(g < limits.blocked_pull * distance);
            if is_saturated {
                stuck += 1;
                stuck_pull += g;
                stuck_output = stuck_output.zip(at_output).map(|(sum, slope)| sum + slope(p, t).abs());
            }
        }
    }
    let above = stages.last().map_or(0, |stage| stage.linear + 1);
    let range = range(net, above);
    let at_bound = range.map_or(0.0, |(least, greatest)| {
        let near = |z: f64, bound: f64| (z - bound).abs() <= 1e-3 * (1.0 + bound.abs());
        share(logits.iter().filter(|z| near(z.f64(), least) || near(z.f64(), greatest)).count(), count)
    });
    let extreme =
        |start: f64, choose: fn(f64, f64) -> f64| targets.iter().map(|t| t.f64()).fold(start, choose);
    HeadRecord {
        name: net.head().name(),
        link: net.head().spec().link,
        matched: net.head().spec().matched || net.head().spec().lets_go,
        error: error / count as f64,
        constant_error: constant / count as f64,
        gradient: pull / count as f64,
        efficiency: pull / error,
        saturated: probabilities.then(|| share(saturated, count)),
        saturated_wrong: probabilities.then(|| share(stuck, count)),
        gradient_saturated_wrong: (stuck > 0).then(|| stuck_pull / stuck as f64),
        output_gradient_saturated_wrong: stuck_output.filter(|_| stuck > 0).map(|sum| sum / stuck as f64),
        wrong: share(wrong, count),
        wrong_samples: share(wrong_rows.iter().filter(|wrong| **wrong).count(), workspace.rows()),
        blocked: share(blocked, wrong),
        logit_spread: spread(&logits),
        accuracy: workspace.accuracy(net.head()),
        plateau: constant_loss(net.head(), &targets),
        after_output: (above..net.layers().len())
            .filter(|&index| narrows(net, index) && !is_added_to(net, index))
            .map(|index| format!("{index} {}", net.layers()[index].layer().name()))
            .collect(),
        range,
        at_bound,
        targets: (extreme(f64::INFINITY, f64::min), extreme(f64::NEG_INFINITY, f64::max)),
        outputs,
        several: share(
            targets.rows().into_iter().filter(|row| row.sum().f64() > 1.001).count(),
            targets.nrows(),
        ),
    }
}

/// What the layers from `above` on can put out, by what they make of numbers up to a thousand; `None` where neither
/// side is bounded.
fn range<T: Scalar>(net: &Sequential<T>, above: usize) -> Option<(f64, f64)> {
    let layers = above..net.layers().len();
    let learned = |index: usize| !net.layers()[index].range().is_empty();
    if layers.is_empty() || layers.clone().any(|index| is_added_to(net, index) || learned(index)) {
        return None;
    }
    let sizes = [0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 1000.0];
    let width = net.layers()[above].input_len();
    let mut x = Array2::from_shape_fn((2 * sizes.len(), width), |(i, j)| {
        let sign = if (i + j) % 2 == 0 { 1.0 } else { -1.0 };
        T::of(sign * sizes[i / 2])
    });
    for index in layers {
        let slot = &net.layers()[index];
        let mut y = Array2::zeros((x.nrows(), slot.output_len()));
        let mut scratch = vec![T::zero(); slot.spec().scratch_len(x.nrows())];
        slot.layer().forward(&net.evaluation_pass(index), &x, &mut y, &mut scratch);
        x = y;
    }
    let least = x.iter().map(|y| y.f64()).fold(f64::INFINITY, f64::min);
    let greatest = x.iter().map(|y| y.f64()).fold(f64::NEG_INFINITY, f64::max);
    let bounds = (
        if least < -100.0 { f64::NEG_INFINITY } else { least },
        if greatest > 100.0 { f64::INFINITY } else { greatest },
    );
    (bounds.0.is_finite() || bounds.1.is_finite()).then_some(bounds)
}

/// Whether the network takes the middle between two samples to the middle between their outputs, for pairs of the first
/// samples.
fn is_affine<T: Scalar>(net: &Sequential<T>, input: &ArrayView2<T>) -> bool {
    let rows = input.nrows().min(PAIRS + 1);
    if rows < 2 {
        return false;
    }
    let half = T::of(0.5);
    let first = input.slice_axis(ndarray::Axis(0), (0..rows - 1).into());
    let second = input.slice_axis(ndarray::Axis(0), (1..rows).into());
    let outputs = |x: &Array2<T>| net.logits(x).ok();
    let middle = (&first + &second).mapv(|x| half * x);
    let Some(((a, b), m)) = outputs(&first.to_owned()).zip(outputs(&second.to_owned())).zip(outputs(&middle))
    else {
        return false;
    };
    let (mut apart, mut beside) = (0.0_f64, 0.0_f64);
    for ((a, b), m) in a.iter().zip(&b).zip(&m) {
        let (a, b, m) = (a.f64(), b.f64(), m.f64());
        apart = apart.max((a - b).abs());
        beside = beside.max((m - (a + b) / 2.0).abs());
    }
    apart > 0.0 && beside <= 1e-4 * apart
}

/// Pairs of samples that [`is_affine`] looks at.
const PAIRS: usize = 16;

/// Whether a layer is in a residual block, so that its input is added to what it lets through.
fn is_added_to<T: Scalar>(net: &Sequential<T>, index: usize) -> bool {
    (index + 1..net.layers().len()).filter_map(|end| net.block_below(end)).any(|block| block.contains(&index))
}

/// Whether a layer lets through only numbers of some size or sign, so that what comes out are no logits:
/// of 50 and -50 in turns it does not make one number above 2 and one below -0.1.
fn narrows<T: Scalar>(net: &Sequential<T>, index: usize) -> bool {
    let slot = &net.layers()[index];
    if !slot.range().is_empty() {
        return false; // what it learns, a scale and a shift say, widens it
    }
    let x = Array2::from_shape_fn((2, slot.input_len()), |(i, j)| {
        T::of(if (i + j) % 2 == 0 { 50.0 } else { -50.0 })
    });
    let mut y = Array2::zeros((2, slot.output_len()));
    let mut scratch = vec![T::zero(); slot.spec().scratch_len(2)];
    slot.layer().forward(&net.evaluation_pass(index), &x, &mut y, &mut scratch);
    let any = |holds: fn(f64) -> bool| y.iter().any(|y| holds(y.f64()));
    !(any(|y| y > 2.0) && any(|y| y < -0.1))
}

/// log10 of the size of an update beside that of the weights; `None` for weights that are all 0, beside
/// which every step is large.
fn update_log10(update: f64, weights: f64) -> Option<f64> {
    (weights > 0.0).then(|| (update / weights).log10())
}

/// Adds what the step did to the weights.
pub(super) fn add_updates<T: Scalar>(snapshot: &mut Snapshot, net: &Sequential<T>, before: &[T]) {
    for (name, _, range) in net.named_params() {
        let record =
            snapshot.layers.iter_mut().flat_map(|layer| &mut layer.params).find(|record| record.name == name);
        let Some(record) = record else { continue };
        let (old, new) = (&before[range.clone()], &net.params()[range]);
        let (rms, unchanged) = change(old, new);
        record.update_log10 = update_log10(rms, record.rms);
        record.unchanged = Some(share(unchanged, old.len()));
    }
}
