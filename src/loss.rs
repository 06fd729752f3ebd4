//! Output heads: a link function and a loss that belong together, computed from logits.
//!
//! Every head takes the **sum over outputs** and the **mean over samples**. Averaging over the
//! outputs as well, as some frameworks do for the binary cross-entropy, makes the sigmoid head look
//! K times slower than the softmax head with K outputs, which is a property of the average and not
//! of the head.
//!
//! With z the logits, t the targets, N the number of samples, p = softmax(z), s = sigmoid(z):
//!
//! | head | loss of one sample | N times its gradient at the logits |
//! |---|---|---|
//! | [`SoftmaxCrossEntropy`] | - sum t ln p | p - t |
//! | [`SigmoidBinaryCrossEntropy`] | - sum t ln s + (1 - t) ln(1 - s) | s - t |
//! | [`SigmoidMse`] | 1/2 sum (s - t)^2 | (s - t) s (1 - s) |
//! | [`SoftmaxMse`] | 1/2 sum (p - t)^2 | p_i [(p_i - t_i) - sum_j p_j (p_j - t_j)] |
//! | [`IdentityMse`] | 1/2 sum (z - t)^2 | z - t |
//!
//! (Bishop, *Pattern Recognition and Machine Learning*, 2006, sections 4.3 and 5.2; Goodfellow,
//! Bengio and Courville, *Deep Learning*, 2016, section 6.2.2, which also says why the pairings
//! with the squared error vanish when they are wrong and confident.)

use crate::activation::sigmoid;
use crate::exp::ln_1p;
use crate::simd::widest;
use crate::{Error, Mat, Result, Scalar};
use serde::Serialize;
use std::fmt::Debug;

/// An output head: what the logits mean, and how wrong they are.
///
/// Matrices are `[samples, outputs]`. An outside crate can implement it;
/// [`check::loss`](crate::check::loss) compares its gradient with finite differences.
///
/// ```
/// use gradlens::{Loss, SoftmaxCrossEntropy};
/// use ndarray::array;
/// let head = SoftmaxCrossEntropy::default();
/// let (logits, targets) = (array![[2.0_f64, 0.0, 0.0]], array![[0.0, 1.0, 0.0]]);
/// let mut gradient = logits.clone();
/// let loss = head.loss(&logits, &targets, &mut gradient);
/// let mut p = logits.clone();
/// head.predict(&mut p);
/// assert!((loss + p[[0, 1]].ln()).abs() < 1e-12);
/// assert!((&gradient - (&p - &targets)).iter().all(|d| d.abs() < 1e-12));
/// ```
pub trait Loss<T: Scalar = f32>: Debug + Send + Sync {
    /// What the head calls itself.
    fn name(&self) -> String;

    /// Turns logits into predictions, in place; of two outputs of a sample the greater one stays so.
    fn predict(&self, logits: &mut Mat<T>);

    /// The loss of each sample, into `losses`, and its gradient at the sample's logits. One sample does
    /// not look at another: the network cuts a batch into blocks of samples, one for each thread.
    fn losses(&self, logits: &Mat<T>, targets: &Mat<T>, dlogits: &mut Mat<T>, losses: &mut [T]);

    /// The loss, mean over samples, and its gradient with respect to the logits: [`losses`](Self::losses)
    /// by the number of samples.
    fn loss(&self, logits: &Mat<T>, targets: &Mat<T>, dlogits: &mut Mat<T>) -> f64 {
        let mut losses = vec![T::zero(); logits.nrows()];
        self.losses(logits, targets, dlogits, &mut losses);
        let scale = T::of(1.0 / logits.nrows() as f64);
        dlogits.mapv_inplace(|gradient| scale * gradient);
        losses.iter().map(|loss| loss.f64()).sum::<f64>() / logits.nrows() as f64
    }

    /// What turns logits into predictions; the diagnostics ask. Default: nothing.
    fn link(&self) -> Link {
        Link::Identity
    }

    /// Whether link and loss belong together, so that the whole error p - t reaches the logits
    /// (weighted or smoothed, perhaps). Default: no, or not known; the diagnostics then measure it.
    fn is_matched(&self) -> bool {
        false
    }

    /// The logits of the best constant output where the targets have this mean, one for each output:
    /// what a network that learned only its biases would put out. Default: those that predict the mean,
    /// as is right for every proper loss and for the squared error.
    fn best_constant(&self, mean: &[f64]) -> Vec<f64> {
        mean.iter().map(|&mean| self.link().logit(mean)).collect()
    }

    /// dL/dp of one output with respect to its prediction p, for target t: what a look at the
    /// outputs alone would show. `None` where the head does not tell. Default: `None`.
    fn output_gradient(&self, p: f64, t: f64) -> Option<f64> {
        let _ = (p, t);
        None
    }

    /// Whether the head can stand on so many outputs. Default: it can.
    ///
    /// # Errors
    /// [`Error::Setting`] if a setting of the head does not fit.
    fn check_outputs(&self, outputs: usize) -> Result<()> {
        let _ = outputs;
        Ok(())
    }

    /// Whether the head can learn from the target of one sample. Default: it can.
    ///
    /// # Errors
    /// What was found and what was expected.
    fn check_target(&self, target: &[T]) -> std::result::Result<(), Misfit> {
        let _ = target;
        Ok(())
    }
}

/// What a head makes of its logits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Link {
    /// One distribution over the outputs of a sample.
    Softmax,
    /// A probability for each output.
    Sigmoid,
    /// The logits themselves.
    Identity,
}

impl Link {
    /// A logit that predicts `p`, whatever the other outputs predict: ln p, ln p/(1 - p), p.
    /// Probabilities of 0 and 1 are taken for 1e-12 and 1 - 1e-12.
    ///
    /// ```
    /// assert_eq!(gradlens::Link::Sigmoid.logit(0.5), 0.0);
    /// ```
    pub fn logit(self, p: f64) -> f64 {
        let inner = p.clamp(1e-12, 1.0 - 1e-12);
        match self {
            Link::Softmax => inner.ln(),
            Link::Sigmoid => (inner / (1.0 - inner)).ln(),
            Link::Identity => p,
        }
    }
}

/// Why a target does not fit a head.
#[derive(Debug, Clone, PartialEq)]
pub struct Misfit {
    /// What the target holds.
    pub found: String,
    /// What the head asks for.
    pub expected: String,
}

impl<T: Scalar> Loss<T> for Box<dyn Loss<T>> {
    fn name(&self) -> String {
        (**self).name()
    }
    fn predict(&self, logits: &mut Mat<T>) {
        (**self).predict(logits);
    }
    fn losses(&self, logits: &Mat<T>, targets: &Mat<T>, dlogits: &mut Mat<T>, losses: &mut [T]) {
        (**self).losses(logits, targets, dlogits, losses);
    }
    fn link(&self) -> Link {
        (**self).link()
    }
    fn is_matched(&self) -> bool {
        (**self).is_matched()
    }
    fn best_constant(&self, mean: &[f64]) -> Vec<f64> {
        (**self).best_constant(mean)
    }
    fn output_gradient(&self, p: f64, t: f64) -> Option<f64> {
        (**self).output_gradient(p, t)
    }
    fn check_outputs(&self, outputs: usize) -> Result<()> {
        (**self).check_outputs(outputs)
    }
    fn check_target(&self, target: &[T]) -> std::result::Result<(), Misfit> {
        (**self).check_target(target)
    }
}

/// The first of `target` for which `fits` is false, as a misfit.
fn every<T: Scalar>(
    target: &[T],
    expected: &str,
    fits: impl Fn(f64) -> bool,
) -> std::result::Result<(), Misfit> {
    match target.iter().position(|&t| !fits(t.f64())) {
        Some(column) => {
            Err(Misfit { found: format!("{} in column {column}", target[column]), expected: expected.into() })
        }
        None => Ok(()),
    }
}

/// A distribution, to within what f32 rounding of a thousand classes can do.
fn is_distribution<T: Scalar>(target: &[T]) -> std::result::Result<(), Misfit> {
    every(target, "probabilities between 0 and 1", |t| (0.0..=1.0).contains(&t))?;
    let sum: f64 = target.iter().map(|t| t.f64()).sum();
    if (sum - 1.0).abs() <= 1e-4 {
        Ok(())
    } else {
        Err(Misfit {
            found: format!("a row that sums to {sum}"),
            expected:
                "a class or a distribution, which sums to 1 (labels that do not exclude one another need the \
                sigmoid head)"
                    .into(),
        })
    }
}

fn is_between_0_and_1<T: Scalar>(target: &[T]) -> std::result::Result<(), Misfit> {
    every(target, "values between 0 and 1", |t| (0.0..=1.0).contains(&t))
}

/// Checks one positive number per output.
fn check_per_output(name: &str, values: Option<&Vec<f64>>, outputs: usize) -> Result<()> {
    let Some(values) = values else { return Ok(()) };
    if values.len() != outputs {
        let expected = format!("{outputs} numbers, one for each output");
        return Err(Error::setting(name, format!("{} numbers", values.len()), expected));
    }
    match values.iter().find(|value| !(value.is_finite() && **value >= 0.0)) {
        Some(value) => Err(Error::setting(name, value, "finite and at least 0")),
        None => Ok(()),
    }
}

/// The weights, one for each output, or none.
#[track_caller]
fn weights_of(weights: &Option<Vec<f64>>, outputs: usize) -> &[f64] {
    let weights = weights.as_deref().unwrap_or_default();
    assert!(weights.is_empty() || weights.len() == outputs, "{} weights, {outputs} outputs", weights.len());
    weights
}

/// Runs the task on the matrices' numbers, row after row; on copies of those that lie otherwise. A loop over all
/// rows becomes vectors, where one over the few outputs of a row does not.
#[inline(always)]
fn in_one_piece<T: Scalar, const N: usize>(
    inputs: [&Mat<T>; N],
    output: &mut Mat<T>,
    task: impl FnOnce([&[T]; N], &mut [T]),
) {
    let fit = inputs.iter().all(|matrix| matrix.dim() == output.dim());
    assert!(fit, "a head was given matrices of different shapes");
    let inputs = inputs.map(|matrix| matrix.as_standard_layout());
    let inputs = inputs.each_ref().map(|matrix| matrix.as_slice().expect("row after row"));
    let task = |output: &mut [T]| {
        widest(
            #[inline(always)]
            || task(inputs, output),
        )
    };
    match output.as_slice_mut() {
        Some(output) => task(output),
        None => {
            let mut copy = output.as_standard_layout().into_owned();
            task(copy.as_slice_mut().expect("row after row"));
            output.assign(&copy);
        }
    }
}

/// Losses that are sums over the outputs, and their gradient, by a formula that gives both from the weight of an
/// output, if there are weights, its logit and its target.
#[inline(always)]
fn by_output<T: Scalar>(
    [logits, targets]: [&Mat<T>; 2],
    dlogits: &mut Mat<T>,
    losses: &mut [T],
    weights: &[f64],
    formula: impl Fn(T, T, T) -> (T, T),
) {
    let outputs = logits.ncols().max(1);
    in_one_piece(
        [logits, targets],
        dlogits,
        #[inline(always)]
        |[logits, targets], room| {
            // The gradient's room is that of the weights and of the losses' terms too.
            let weigh = |room: &mut [T]| {
                for row in room.chunks_exact_mut(outputs) {
                    row.iter_mut().zip(weights).for_each(|(w, &weight)| *w = T::of(weight));
                }
            };
            weigh(room);
            for ((x, &z), &t) in room.iter_mut().zip(logits).zip(targets) {
                *x = formula(*x, z, t).0;
            }
            for (loss, terms) in losses.iter_mut().zip(room.chunks_exact(outputs)) {
                *loss = terms.iter().copied().sum();
            }
            weigh(room);
            for ((x, &z), &t) in room.iter_mut().zip(logits).zip(targets) {
                *x = formula(*x, z, t).1;
            }
        },
    );
}

/// 1/2 sum (p - t)^2 for each row, and its gradient, with p and dp/dz from `link`.
#[inline(always)]
fn squared<T: Scalar>(
    matrices: [&Mat<T>; 2],
    dlogits: &mut Mat<T>,
    losses: &mut [T],
    link: impl Fn(T) -> (T, T),
) {
    by_output(
        matrices,
        dlogits,
        losses,
        &[],
        #[inline(always)]
        |_, z, t| {
            let (p, slope) = link(z);
            (T::of(0.5) * (p - t) * (p - t), (p - t) * slope)
        },
    );
}

/// The greatest of some numbers; NaN is not looked at.
#[inline(always)]
fn greatest<T: Scalar>(row: &[T]) -> T {
    row.iter().fold(T::neg_infinity(), |max, &z| if z > max { z } else { max })
}

/// Makes exp(z - greatest) of every row of logits. Shifted by the greatest of its row, exp cannot overflow.
#[inline(always)]
fn exponentials<T: Scalar>(logits: &mut [T], outputs: usize) {
    for row in logits.chunks_exact_mut(outputs) {
        let max = greatest(row);
        row.iter_mut().for_each(|z| *z -= max);
    }
    logits.iter_mut().for_each(|z| *z = z.quick_exp());
}

/// Scales a row so that it sums to 1, and returns what it summed to.
#[inline(always)]
fn normalise<T: Scalar>(row: &mut [T]) -> T {
    let sum = row.iter().fold(T::zero(), |sum, &e| sum + e);
    let scale = T::one() / sum;
    row.iter_mut().for_each(|p| *p *= scale);
    sum
}

/// Turns every row of logits into probabilities that sum to 1.
fn softmax<T: Scalar>(logits: &mut Mat<T>) {
    let outputs = logits.ncols().max(1);
    in_one_piece(
        [],
        logits,
        #[inline(always)]
        |[], p| {
            exponentials(p, outputs);
            p.chunks_exact_mut(outputs).for_each(|p| {
                normalise(p);
            });
        },
    );
}

/// Losses of softmax heads, and their gradients, by a task that is given a row's logits, its targets and
/// exp(z - greatest), which it turns into the gradient.
#[inline(always)]
fn by_row<T: Scalar>(
    [logits, targets]: [&Mat<T>; 2],
    dlogits: &mut Mat<T>,
    losses: &mut [T],
    task: impl Fn(&[T], &[T], &mut [T]) -> T,
) {
    let outputs = logits.ncols().max(1);
    dlogits.assign(logits);
    in_one_piece(
        [logits, targets],
        dlogits,
        #[inline(always)]
        |[logits, targets], p| {
            exponentials(p, outputs);
            let rows = logits.chunks_exact(outputs).zip(targets.chunks_exact(outputs));
            for (((logits, targets), p), loss) in rows.zip(p.chunks_exact_mut(outputs)).zip(losses) {
                *loss = task(logits, targets, p);
            }
        },
    );
}

/// Softmax and cross-entropy: for classes that **exclude one another**.
///
/// * prediction: p_k = exp(z_k) / sum_j exp(z_j), a distribution;
/// * loss: sum_k a_k (ln sum_j exp(z_j) - z_k), mean over samples;
/// * gradient: p_k sum_j a_j - a_k, divided by N;
///
/// where a_k = w_k ((1 - e) t_k + e / K), with t the target (a class, or a distribution over the K
/// classes), e the label smoothing (Szegedy et al., CVPR 2016, section 7) and w the class weights.
/// The mean is over N samples, with weights too (PyTorch, for class indices, divides by the sum of
/// the weights).
///
/// ```
/// use gradlens::SoftmaxCrossEntropy;
/// let head = SoftmaxCrossEntropy { label_smoothing: 0.1, ..Default::default() };
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SoftmaxCrossEntropy {
    /// Share e of the target that is spread evenly over all classes, 0 <= e < 1. Default: 0.
    pub label_smoothing: f64,
    /// A factor for the loss of each class, at least 0. Default: none.
    pub class_weights: Option<Vec<f64>>,
}

impl<T: Scalar> Loss<T> for SoftmaxCrossEntropy {
    fn name(&self) -> String {
        "softmax + cross-entropy".into()
    }

    fn link(&self) -> Link {
        Link::Softmax
    }

    fn is_matched(&self) -> bool {
        true
    }

    fn predict(&self, logits: &mut Mat<T>) {
        softmax(logits);
    }

    fn losses(&self, logits: &Mat<T>, targets: &Mat<T>, dlogits: &mut Mat<T>, losses: &mut [T]) {
        let (keep, spread) =
            (T::of(1.0 - self.label_smoothing), T::of(self.label_smoothing / logits.ncols() as f64));
        let weights = weights_of(&self.class_weights, logits.ncols());
        let target = move |k: usize, t: T| {
            let t = keep * t + spread;
            weights.get(k).map_or(t, |&weight| t * T::of(weight))
        };
        by_row(
            [logits, targets],
            dlogits,
            losses,
            #[inline(always)]
            move |logits, targets, p| {
                let (max, ln_sum) = (greatest(logits), normalise(p).ln());
                let (mut mass, mut loss) = (T::zero(), T::zero());
                for (k, (&z, &t)) in logits.iter().zip(targets).enumerate() {
                    let a = target(k, t);
                    mass += a;
                    // 0 ln 0 = 0: an impossible class (z = -inf) that is not the target costs nothing.
                    loss += if a == T::zero() { a } else { a * (max - z + ln_sum) };
                }
                for (k, (p, &t)) in p.iter_mut().zip(targets).enumerate() {
                    *p = *p * mass - target(k, t);
                }
                loss
            },
        );
    }

    /// p in proportion to w_k ((1 - e) t_k + e / K).
    fn best_constant(&self, mean: &[f64]) -> Vec<f64> {
        let weight = |k: usize| self.class_weights.as_ref().map_or(1.0, |weights| weights[k]);
        let target = |t: f64| (1.0 - self.label_smoothing) * t + self.label_smoothing / mean.len() as f64;
        mean.iter().enumerate().map(|(k, &t)| (weight(k) * target(t)).max(1e-12).ln()).collect()
    }

    /// - t / p, without smoothing and weights.
    fn output_gradient(&self, p: f64, t: f64) -> Option<f64> {
        Some(if t == 0.0 { 0.0 } else { -t / p })
    }

    fn check_outputs(&self, outputs: usize) -> Result<()> {
        if !(0.0..1.0).contains(&self.label_smoothing) {
            return Err(Error::setting(
                "the label smoothing",
                self.label_smoothing,
                "at least 0 and below 1",
            ));
        }
        check_per_output("the class weights of the softmax head", self.class_weights.as_ref(), outputs)
    }

    fn check_target(&self, target: &[T]) -> std::result::Result<(), Misfit> {
        is_distribution(target)
    }
}

/// Sigmoid and binary cross-entropy: for labels that are **independent** of one another.
///
/// * prediction: s_k = 1 / (1 + exp(-z_k)), one marginal probability per label;
/// * loss: sum_k w_k t_k ln(1 + exp(-z_k)) + (1 - t_k) ln(1 + exp(z_k)), mean over samples;
/// * gradient: (1 - t_k) s_k - w_k t_k (1 - s_k), which is s_k - t_k for w = 1, divided by N;
///
/// where t_k in [0, 1] is the target (multi-hot, or soft; class indices are taken as one-hot) and w
/// the weight of the positive labels (for rare ones, as in PyTorch's `BCEWithLogitsLoss`).
///
/// ```
/// use gradlens::SigmoidBinaryCrossEntropy;
/// let head = SigmoidBinaryCrossEntropy { pos_weight: Some(vec![1.0, 8.0, 2.5]) };
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SigmoidBinaryCrossEntropy {
    /// A factor for the loss of each label where it holds, at least 0. Default: none.
    pub pos_weight: Option<Vec<f64>>,
}

impl<T: Scalar> Loss<T> for SigmoidBinaryCrossEntropy {
    fn name(&self) -> String {
        "sigmoid + binary cross-entropy".into()
    }

    fn link(&self) -> Link {
        Link::Sigmoid
    }

    fn is_matched(&self) -> bool {
        true
    }

    fn predict(&self, logits: &mut Mat<T>) {
        in_one_piece([], logits, |[], p| p.iter_mut().for_each(|z| *z = sigmoid(*z)));
    }

    fn losses(&self, logits: &Mat<T>, targets: &Mat<T>, dlogits: &mut Mat<T>, losses: &mut [T]) {
        let weights = weights_of(&self.pos_weight, logits.ncols());
        by_output(
            [logits, targets],
            dlogits,
            losses,
            weights,
            #[inline(always)]
            |w, z, t| {
                // ln(1 + exp(z)) = max(z, 0) + ln(1 + exp(-|z|)), where exp does not overflow.
                let (s, rest) = (sigmoid(z), ln_1p((-z.abs()).quick_exp()));
                if weights.is_empty() {
                    // In this order a confident and right answer keeps its small loss.
                    return ((z.max(T::zero()) - t * z) + rest, s - t);
                }
                let (present, absent) = (w * t, T::one() - t);
                let softplus = |z: T| z.max(T::zero()) + rest;
                (present * softplus(-z) + absent * softplus(z), absent * s - present * sigmoid(-z))
            },
        );
    }

    /// p / (1 - p) = w_k t_k / (1 - t_k).
    fn best_constant(&self, mean: &[f64]) -> Vec<f64> {
        let weight = |k: usize| self.pos_weight.as_ref().map_or(1.0, |weights| weights[k]);
        let odds = |(k, &t): (usize, &f64)| weight(k) * t / (weight(k) * t + 1.0 - t);
        mean.iter().enumerate().map(|pair| Link::Sigmoid.logit(odds(pair))).collect()
    }

    /// (p - t) / (p (1 - p)), without weights.
    fn output_gradient(&self, p: f64, t: f64) -> Option<f64> {
        Some((p - t) / (p * (1.0 - p)))
    }

    fn check_outputs(&self, outputs: usize) -> Result<()> {
        check_per_output("the positive weights of the sigmoid head", self.pos_weight.as_ref(), outputs)
    }

    fn check_target(&self, target: &[T]) -> std::result::Result<(), Misfit> {
        is_between_0_and_1(target)
    }
}

/// Sigmoid and squared error, for study: its gradient vanishes where the output is saturated,
/// wrong or not.
///
/// * prediction: s_k = 1 / (1 + exp(-z_k));
/// * loss: 1/2 sum_k (s_k - t_k)^2, mean over samples;
/// * gradient: (s_k - t_k) s_k (1 - s_k), divided by N.
///
/// ```
/// use gradlens::{Loss, SigmoidBinaryCrossEntropy, SigmoidMse};
/// use ndarray::array;
/// let (wrong, target) = (array![[10.0_f64]], array![[0.0]]);
/// let mut gradient = wrong.clone();
/// SigmoidMse.loss(&wrong, &target, &mut gradient);
/// assert!((gradient[[0, 0]] - 4.5e-5).abs() < 1e-6);
/// SigmoidBinaryCrossEntropy::default().loss(&wrong, &target, &mut gradient);
/// assert!((gradient[[0, 0]] - 0.99995).abs() < 1e-5);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SigmoidMse;

impl<T: Scalar> Loss<T> for SigmoidMse {
    fn name(&self) -> String {
        "sigmoid + squared error".into()
    }

    fn link(&self) -> Link {
        Link::Sigmoid
    }

    fn predict(&self, logits: &mut Mat<T>) {
        in_one_piece([], logits, |[], p| p.iter_mut().for_each(|z| *z = sigmoid(*z)));
    }

    fn losses(&self, logits: &Mat<T>, targets: &Mat<T>, dlogits: &mut Mat<T>, losses: &mut [T]) {
        squared([logits, targets], dlogits, losses, |z| {
            let s = sigmoid(z);
            (s, s * sigmoid(-z))
        });
    }

    /// p - t.
    fn output_gradient(&self, p: f64, t: f64) -> Option<f64> {
        Some(p - t)
    }

    fn check_target(&self, target: &[T]) -> std::result::Result<(), Misfit> {
        is_between_0_and_1(target)
    }
}

/// Softmax and squared error, for study: it vanishes like [`SigmoidMse`], so the softmax by itself
/// does not protect from it.
///
/// * prediction: p = softmax(z);
/// * loss: 1/2 sum_k (p_k - t_k)^2, mean over samples;
/// * gradient: p_i [(p_i - t_i) - sum_j p_j (p_j - t_j)], divided by N.
///
/// ```
/// use gradlens::{Loss, SoftmaxMse};
/// use ndarray::array;
/// let (wrong, target) = (array![[10.0_f64, 0.0]], array![[0.0, 1.0]]);
/// let mut gradient = wrong.clone();
/// SoftmaxMse.loss(&wrong, &target, &mut gradient);
/// assert!(gradient.iter().all(|g| g.abs() < 1e-4));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SoftmaxMse;

impl<T: Scalar> Loss<T> for SoftmaxMse {
    fn name(&self) -> String {
        "softmax + squared error".into()
    }

    fn link(&self) -> Link {
        Link::Softmax
    }

    fn predict(&self, logits: &mut Mat<T>) {
        softmax(logits);
    }

    fn losses(&self, logits: &Mat<T>, targets: &Mat<T>, dlogits: &mut Mat<T>, losses: &mut [T]) {
        by_row([logits, targets], dlogits, losses, |_, targets, p| {
            normalise(p);
            let (mut pull, mut loss) = (T::zero(), T::zero());
            for (&p, &t) in p.iter().zip(targets) {
                pull += p * (p - t);
                loss += T::of(0.5) * (p - t) * (p - t);
            }
            for (p, &t) in p.iter_mut().zip(targets) {
                *p = *p * ((*p - t) - pull);
            }
            loss
        });
    }

    /// p - t.
    fn output_gradient(&self, p: f64, t: f64) -> Option<f64> {
        Some(p - t)
    }

    fn check_target(&self, target: &[T]) -> std::result::Result<(), Misfit> {
        is_distribution(target)
    }
}

/// No link function, and squared error: regression, and the linear end of a study.
///
/// * prediction: z;
/// * loss: 1/2 sum_k (z_k - t_k)^2, mean over samples;
/// * gradient: z_k - t_k, divided by N.
///
/// ```
/// use gradlens::{IdentityMse, Loss};
/// use ndarray::array;
/// let mut gradient = array![[0.0_f64, 0.0]];
/// assert_eq!(IdentityMse.loss(&array![[3.0, 1.0]], &array![[1.0, 1.0]], &mut gradient), 2.0);
/// assert_eq!(gradient, array![[2.0, 0.0]]);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct IdentityMse;

impl<T: Scalar> Loss<T> for IdentityMse {
    fn name(&self) -> String {
        "identity + squared error".into()
    }

    fn link(&self) -> Link {
        Link::Identity
    }

    fn is_matched(&self) -> bool {
        true
    }

    fn predict(&self, _: &mut Mat<T>) {}

    fn losses(&self, logits: &Mat<T>, targets: &Mat<T>, dlogits: &mut Mat<T>, losses: &mut [T]) {
        squared([logits, targets], dlogits, losses, |z| (z, T::one()));
    }

    /// p - t.
    fn output_gradient(&self, p: f64, t: f64) -> Option<f64> {
        Some(p - t)
    }

    fn check_target(&self, target: &[T]) -> std::result::Result<(), Misfit> {
        every(target, "finite numbers", f64::is_finite)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, Axis, s};

    /// Losses, gradient and predictions, as bits.
    fn bits(head: &dyn Loss, logits: &Mat<f32>, targets: &Mat<f32>, room: &mut Mat<f32>) -> Vec<Vec<u32>> {
        let mut losses = vec![0.0; logits.nrows()];
        head.losses(logits, targets, room, &mut losses);
        let gradient: Vec<f32> = room.iter().copied().collect();
        room.assign(logits);
        head.predict(room);
        let of_rows = [gradient, room.iter().copied().collect()];
        let rows = losses.iter().enumerate().map(|(i, loss)| {
            let row = i * logits.ncols()..(i + 1) * logits.ncols();
            let numbers = of_rows.iter().flat_map(|numbers| &numbers[row.clone()]);
            [loss].into_iter().chain(numbers).map(|x| x.to_bits()).collect()
        });
        rows.collect()
    }

    #[test]
    fn a_rows_bits_depend_neither_on_where_it_is_nor_on_how_the_matrices_lie() {
        let heads: [Box<dyn Loss>; 7] = [
            Box::new(SoftmaxCrossEntropy::default()),
            Box::new(SoftmaxCrossEntropy { label_smoothing: 0.1, class_weights: Some(vec![0.5, 1.5, 2.0]) }),
            Box::new(SoftmaxMse),
            Box::new(SigmoidBinaryCrossEntropy::default()),
            Box::new(SigmoidBinaryCrossEntropy { pos_weight: Some(vec![0.5, 1.5, 2.0]) }),
            Box::new(SigmoidMse),
            Box::new(IdentityMse),
        ];
        // More rows than a vector has numbers, and not a multiple of them.
        let logits = Array2::from_shape_fn((37, 3), |(i, k)| ((i * 7 + k * 5) % 23) as f32 - 11.0);
        let targets = Array2::from_shape_fn((37, 3), |(i, k)| f32::from(i % 3 == k));
        for head in &heads {
            let head = head.as_ref();
            let all = bits(head, &logits, &targets, &mut Array2::zeros((37, 3)));
            for (i, row) in all.iter().enumerate() {
                let [z, t] = [&logits, &targets].map(|matrix| matrix.slice(s![i..=i, ..]));
                assert_eq!(row, &bits(head, &z, &t, &mut Array2::zeros((1, 3)))[0], "{head:?}, row {i}");
            }
            let [by_column, mut turned] = [&logits, &targets].map(|matrix| {
                let mut other = Array2::zeros((3, 37)).reversed_axes();
                other.assign(matrix);
                other
            });
            let mut wide = Array2::zeros((37, 6));
            assert_eq!(all, bits(head, &by_column, &targets, &mut wide.slice_mut(s![.., ..;2])), "{head:?}");
            turned.invert_axis(Axis(0));
            let mut room = Array2::zeros((3, 37)).reversed_axes();
            let backwards: Vec<_> = all.iter().rev().cloned().collect();
            let upside_down = logits.slice(s![..;-1, ..]);
            assert_eq!(backwards, bits(head, &upside_down, &turned, &mut room), "{head:?}");
        }
    }
}
