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

use crate::activation::{sigmoid, softplus};
use crate::{Error, Mat, Result, Scalar};
use ndarray::ArrayViewMut1;
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

/// 1/2 sum (p - t)^2 for each row, and its gradient, with p and dp/dz from `link`.
fn squared<T: Scalar>(
    logits: &Mat<T>,
    targets: &Mat<T>,
    dlogits: &mut Mat<T>,
    losses: &mut [T],
    link: impl Fn(T) -> (T, T),
) {
    let rows = logits.rows().into_iter().zip(targets.rows()).zip(dlogits.rows_mut()).zip(losses);
    for (((logits, targets), dlogits), loss) in rows {
        *loss = T::zero();
        for ((&z, &t), dz) in logits.iter().zip(targets).zip(dlogits) {
            let (p, slope) = link(z);
            *loss += T::of(0.5) * (p - t) * (p - t);
            *dz = (p - t) * slope;
        }
    }
}

/// Turns a row of logits into probabilities that sum to 1, and returns ln(sum exp z) as (greatest
/// logit, ln of the sum of exp(z - greatest)). Shifted by the greatest logit, exp cannot overflow.
fn softmax<T: Scalar>(mut row: ArrayViewMut1<T>) -> (T, T) {
    let max = row.iter().copied().fold(T::neg_infinity(), T::max);
    let mut sum = T::zero();
    for z in &mut row {
        *z = (*z - max).quick_exp();
        sum += *z;
    }
    let scale = T::one() / sum;
    row.iter_mut().for_each(|p| *p *= scale);
    (max, sum.ln())
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
        logits.rows_mut().into_iter().for_each(|row| {
            softmax(row);
        });
    }

    fn losses(&self, logits: &Mat<T>, targets: &Mat<T>, dlogits: &mut Mat<T>, losses: &mut [T]) {
        let (keep, spread) =
            (T::of(1.0 - self.label_smoothing), T::of(self.label_smoothing / logits.ncols() as f64));
        let target = |k: usize, t: T| {
            let t = keep * t + spread;
            self.class_weights.as_ref().map_or(t, |weights| t * T::of(weights[k]))
        };
        dlogits.assign(logits);
        for (((logits, targets), mut p), loss) in
            logits.rows().into_iter().zip(targets.rows()).zip(dlogits.rows_mut()).zip(losses)
        {
            let (max, ln_sum) = softmax(p.view_mut());
            let mut mass = T::zero();
            *loss = T::zero();
            for (k, (&z, &t)) in logits.iter().zip(targets).enumerate() {
                let a = target(k, t);
                mass += a;
                // 0 ln 0 = 0: an impossible class (z = -inf) that is not the target costs nothing.
                if a != T::zero() {
                    *loss += a * (max - z + ln_sum);
                }
            }
            for (k, (p, &t)) in p.iter_mut().zip(targets).enumerate() {
                *p = *p * mass - target(k, t);
            }
        }
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
        logits.mapv_inplace(sigmoid);
    }

    fn losses(&self, logits: &Mat<T>, targets: &Mat<T>, dlogits: &mut Mat<T>, losses: &mut [T]) {
        for (((logits, targets), mut dlogits), loss) in
            logits.rows().into_iter().zip(targets.rows()).zip(dlogits.rows_mut()).zip(losses)
        {
            *loss = T::zero();
            for (k, ((&z, &t), dz)) in logits.iter().zip(targets).zip(&mut dlogits).enumerate() {
                let s = sigmoid(z);
                let absent = T::one() - t;
                match &self.pos_weight {
                    None => {
                        // In this order a confident and right answer keeps its small loss.
                        *loss += (z.max(T::zero()) - t * z) + (-z.abs()).exp().ln_1p();
                        *dz = s - t;
                    }
                    Some(weights) => {
                        let present = T::of(weights[k]) * t;
                        *loss += present * softplus(-z) + absent * softplus(z);
                        *dz = absent * s - present * sigmoid(-z);
                    }
                }
            }
        }
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
        logits.mapv_inplace(sigmoid);
    }

    fn losses(&self, logits: &Mat<T>, targets: &Mat<T>, dlogits: &mut Mat<T>, losses: &mut [T]) {
        squared(logits, targets, dlogits, losses, |z| {
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
        logits.rows_mut().into_iter().for_each(|row| {
            softmax(row);
        });
    }

    fn losses(&self, logits: &Mat<T>, targets: &Mat<T>, dlogits: &mut Mat<T>, losses: &mut [T]) {
        dlogits.assign(logits);
        for ((mut p, targets), loss) in dlogits.rows_mut().into_iter().zip(targets.rows()).zip(losses) {
            softmax(p.view_mut());
            let mut pull = T::zero();
            *loss = T::zero();
            for (&p, &t) in p.iter().zip(targets) {
                pull += p * (p - t);
                *loss += T::of(0.5) * (p - t) * (p - t);
            }
            for (p, &t) in p.iter_mut().zip(targets) {
                *p = *p * ((*p - t) - pull);
            }
        }
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
        squared(logits, targets, dlogits, losses, |z| (z, T::one()));
    }

    /// p - t.
    fn output_gradient(&self, p: f64, t: f64) -> Option<f64> {
        Some(p - t)
    }

    fn check_target(&self, target: &[T]) -> std::result::Result<(), Misfit> {
        every(target, "finite numbers", f64::is_finite)
    }
}
