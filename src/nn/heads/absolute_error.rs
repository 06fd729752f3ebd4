//! Regression that does not follow outliers: the absolute error, and Huber's mean between it and the squared one.

use crate::error::{Error, Result};
use crate::nn::activations::sigmoid::sigmoid;
use crate::nn::heads::checks::{every, is_between_0_and_1};
use crate::nn::heads::rows::{by_output, contiguous};
use crate::nn::loss::{Link, Loss, LossSpec, TargetError};
use gradlens_kernel::{Mat, Scalar};

/// No link function, and absolute error: regression whose best constant is the median, which outliers do not move.
///
/// * prediction: z;
/// * loss: sum_k |z_k - t_k|, mean over samples;
/// * gradient: the sign of z_k - t_k, 0 where they are equal, divided by N.
///
/// The gradient does not become smaller near the target, so let the learning rate fall (a
/// [`Schedule`](crate::train::Schedule)), or take [`IdentityHuber`]. (Laplace, 1774; Bishop, *Pattern Recognition and
/// Machine Learning*, 2006, section 1.5.5.)
///
/// ```
/// use gradlens::nn::{IdentityMae, mean_loss};
/// use ndarray::array;
/// let mut gradient = array![[0.0_f64, 0.0, 0.0]];
/// let targets = array![[1.0, 1.0, 1.0]];
/// assert_eq!(mean_loss(&IdentityMae, &array![[3.0, 1.0, 0.5]], &targets, &mut gradient), 2.5);
/// assert_eq!(gradient, array![[1.0, 0.0, -1.0]]);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct IdentityMae;

impl<T: Scalar> Loss<T> for IdentityMae {
    fn name(&self) -> String {
        "identity + absolute error".into()
    }

    fn spec(&self) -> LossSpec {
        LossSpec::new(Link::Identity).output_gradient(|p, t| if p == t { 0.0 } else { (p - t).signum() })
    }

    fn predict(&self, _: &mut Mat<T>) {}

    fn losses(&self, logits: &Mat<T>, targets: &Mat<T>, dlogits: &mut Mat<T>, losses: &mut [T]) {
        by_output(
            [logits, targets],
            dlogits,
            losses,
            &[],
            #[inline(always)]
            |_, z, t| {
                let error = z - t;
                (error.abs(), sign(error))
            },
        );
    }

    /// The median: of an even number of targets the middle between the two in the middle.
    fn best_constant(&self, targets: &Mat<T>) -> Vec<f64> {
        medians(targets)
    }

    fn check_target(&self, target: &[T]) -> std::result::Result<(), TargetError> {
        every(target, "finite numbers", f64::is_finite)
    }
}

/// 1 or -1; 0 and NaN are their own.
#[inline(always)]
fn sign<T: Scalar>(error: T) -> T {
    let positive = if error > T::zero() { T::one() } else { error };
    if error < T::zero() { -T::one() } else { positive }
}

/// The median of every column.
fn medians<T: Scalar>(targets: &Mat<T>) -> Vec<f64> {
    let median = |column: ndarray::ArrayView1<T>| {
        let mut sorted: Vec<f64> = column.iter().map(|t| t.f64()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let count = sorted.len();
        if count == 0 { f64::NAN } else { f64::midpoint(sorted[(count - 1) / 2], sorted[count / 2]) }
    };
    targets.columns().into_iter().map(median).collect()
}

/// Sigmoid and absolute error, for study: its gradient vanishes where the output is saturated, as that of
/// [`SigmoidMse`](crate::nn::SigmoidMse) does, and its best constant says yes or no, never how likely.
///
/// * prediction: s_k = 1 / (1 + exp(-z_k));
/// * loss: sum_k |s_k - t_k|, mean over samples;
/// * gradient: the sign of s_k - t_k times s_k (1 - s_k), divided by N.
///
/// ```
/// use gradlens::nn::{SigmoidMae, mean_loss};
/// use ndarray::array;
/// let mut gradient = array![[0.0_f64]];
/// assert_eq!(mean_loss(&SigmoidMae, &array![[0.0]], &array![[1.0]], &mut gradient), 0.5);
/// assert_eq!(gradient, array![[-0.25]]);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SigmoidMae;

impl<T: Scalar> Loss<T> for SigmoidMae {
    fn name(&self) -> String {
        "sigmoid + absolute error".into()
    }

    fn spec(&self) -> LossSpec {
        LossSpec::new(Link::Sigmoid).output_gradient(|p, t| if p == t { 0.0 } else { (p - t).signum() })
    }

    fn predict(&self, logits: &mut Mat<T>) {
        contiguous([], logits, |[], p| p.iter_mut().for_each(|z| *z = sigmoid(*z)));
    }

    fn losses(&self, logits: &Mat<T>, targets: &Mat<T>, dlogits: &mut Mat<T>, losses: &mut [T]) {
        by_output(
            [logits, targets],
            dlogits,
            losses,
            &[],
            #[inline(always)]
            |_, z, t| {
                let s = sigmoid(z);
                let error = s - t;
                (error.abs(), sign(error) * s * sigmoid(-z))
            },
        );
    }

    /// What predicts the median.
    fn best_constant(&self, targets: &Mat<T>) -> Vec<f64> {
        medians(targets).into_iter().map(|median| Link::Sigmoid.logit(median)).collect()
    }

    fn check_target(&self, target: &[T]) -> std::result::Result<(), TargetError> {
        is_between_0_and_1(target)
    }
}

/// No link function, and Huber's loss: the squared error near the target, the absolute error far from it.
///
/// With e = z - t and d the [`delta`](Self::delta),
///
/// * prediction: z;
/// * loss: the sum over k of 1/2 e_k^2 where |e_k| <= d, and of d (|e_k| - d / 2) beyond, mean over samples;
/// * gradient: e_k, kept between -d and d, divided by N.
///
/// (Huber, *Annals of Mathematical Statistics* 35, 1964; PyTorch's `HuberLoss`, with the sum over outputs.)
///
/// ```
/// use gradlens::nn::{IdentityHuber, mean_loss};
/// use ndarray::array;
/// let mut gradient = array![[0.0_f64, 0.0]];
/// let loss = mean_loss(&IdentityHuber::default(), &array![[3.0, 1.5]], &array![[0.0, 1.0]], &mut gradient);
/// assert_eq!((loss, gradient), (2.5 + 0.125, array![[1.0, 0.5]]));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct IdentityHuber {
    /// Set with [`delta`](Self::delta).
    pub delta: f64,
}

impl Default for IdentityHuber {
    fn default() -> Self {
        IdentityHuber { delta: 1.0 }
    }
}

impl IdentityHuber {
    /// The error d from which on the loss is linear, above 0. Default: 1.
    pub fn delta(self, delta: f64) -> Self {
        IdentityHuber { delta }
    }
}

impl<T: Scalar> Loss<T> for IdentityHuber {
    fn name(&self) -> String {
        format!("identity + Huber's loss, delta {}", self.delta)
    }

    fn spec(&self) -> LossSpec {
        LossSpec::new(Link::Identity)
    }

    fn predict(&self, _: &mut Mat<T>) {}

    fn losses(&self, logits: &Mat<T>, targets: &Mat<T>, dlogits: &mut Mat<T>, losses: &mut [T]) {
        let (delta, half) = (T::of(self.delta), T::of(0.5));
        by_output(
            [logits, targets],
            dlogits,
            losses,
            &[],
            #[inline(always)]
            |_, z, t| {
                let error = z - t;
                let pull = clamped(error, delta);
                // 1/2 e^2 for a pull of e, d |e| - 1/2 d^2 for one of d or -d.
                (pull * (error - half * pull), pull)
            },
        );
    }

    /// Where the derivative, which only rises, changes its sign: found by bisection between the least target and the
    /// greatest, to the last digit of their distance.
    fn best_constant(&self, targets: &Mat<T>) -> Vec<f64> {
        let best = |column: ndarray::ArrayView1<T>| {
            let targets = || column.iter().map(|t| t.f64());
            let (mut low, mut high) =
                (targets().fold(f64::NAN, f64::min), targets().fold(f64::NAN, f64::max));
            for _ in 0..53 {
                let middle = f64::midpoint(low, high);
                let slope: f64 = targets().map(|t| (middle - t).clamp(-self.delta, self.delta)).sum();
                if slope > 0.0 { high = middle } else { low = middle }
            }
            f64::midpoint(low, high)
        };
        targets.columns().into_iter().map(best).collect()
    }

    fn check_outputs(&self, _: usize) -> Result<()> {
        if T::of(self.delta).is_finite() && T::of(self.delta) > T::zero() {
            return Ok(());
        }
        Err(Error::setting("the delta of Huber's loss", self.delta, "finite and above 0"))
    }

    fn check_target(&self, target: &[T]) -> std::result::Result<(), TargetError> {
        every(target, "finite numbers", f64::is_finite)
    }
}

/// The number, kept between -limit and limit; NaN stays.
#[inline(always)]
fn clamped<T: Scalar>(number: T, limit: T) -> T {
    let below = if number > limit { limit } else { number };
    if below < -limit { -limit } else { below }
}
