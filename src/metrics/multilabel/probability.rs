//! Metrics of the probabilities themselves.

use crate::metrics::classification::argmax;
use crate::metrics::mean;
use gradlens_kernel::{Mat, Scalar};
use ndarray::Array2;

/// -ln of the probability given to what came true, which is kept within \[eps, 1 - eps\] for
/// eps = 2^-52: `sklearn.metrics.log_loss` clips so, and finds -ln eps = 36.04 at worst.
pub(super) fn log_loss((probability, truth): (f64, bool)) -> f64 {
    let given = if truth { probability } else { 1.0 - probability };
    -given.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln()
}

/// The same of a logit z = ln p/(1 - p): ln (1 + exp(-z)) or ln (1 + exp(z)), written so that nothing overflows.
pub(super) fn log_loss_of_logit((logit, truth): (f64, bool)) -> f64 {
    let wrong = if truth { -logit } else { logit };
    wrong.max(0.0) + (-wrong.abs()).exp().ln_1p()
}

/// The probabilities 1 / (1 + exp(-z)) of logits, in f64.
///
/// ```
/// use gradlens::metrics::sigmoid;
/// use ndarray::array;
/// assert_eq!(sigmoid(&array![[0.0_f32, 800.0, -800.0]]), array![[0.5, 1.0, 0.0]]);
/// ```
pub fn sigmoid<T: Scalar>(logits: &Mat<T>) -> Array2<f64> {
    logits.mapv(|z| 1.0 / (1.0 + (-z.f64()).exp()))
}

/// The logits of each class against all others, of the logits `[samples, classes]` of a softmax, in f64: ln p_k/(1 -
/// p_k) = z_k - ln sum_{j != k} exp(z_j). For [`MultiLabel::from_logits`](super::MultiLabel::from_logits).
///
/// ```
/// use gradlens::metrics::{one_against_rest, sigmoid};
/// use ndarray::array;
/// // Of three classes the first has e^40 in e^40 + 2. In f64 that is 1, and its logit is known all the same.
/// let logits = one_against_rest(&array![[40.0_f32, 0.0, 0.0]]);
/// assert!((logits[[0, 0]] - (40.0 - 2.0_f64.ln())).abs() < 1e-12);
/// assert_eq!(sigmoid(&logits)[[0, 0]], 1.0);
/// ```
pub fn one_against_rest<T: Scalar>(logits: &Mat<T>) -> Array2<f64> {
    let mut result = logits.mapv(Scalar::f64);
    for mut row in result.rows_mut() {
        let z = row.to_vec();
        let top = argmax(z.iter().copied()).unwrap_or(0);
        let others = |k: usize| z.iter().enumerate().filter(move |(j, _)| *j != k).map(|(_, &z)| z);
        let (rest, all) = (ln_sum_exp(others(top)), ln_sum_exp(z.iter().copied()));
        for (k, logit) in row.iter_mut().enumerate() {
            // All but the greatest have at most half, so that 1 - p keeps its digits.
            *logit -= if k == top { rest } else { all + (-(z[k] - all).exp()).ln_1p() };
        }
    }
    result
}

/// ln of the sum of exp(z); -inf of nothing.
fn ln_sum_exp(z: impl Iterator<Item = f64> + Clone) -> f64 {
    let greatest = z.clone().fold(f64::NEG_INFINITY, f64::max);
    if greatest.is_infinite() {
        return greatest;
    }
    greatest + z.map(|z| (z - greatest).exp()).sum::<f64>().ln()
}

/// (p - y)² (Brier, 1950).
pub(super) fn brier((probability, truth): (f64, bool)) -> f64 {
    (probability - f64::from(u8::from(truth))).powi(2)
}

/// Mean over samples and labels of |p - q|, where the true probabilities q are known, as they are
/// for data drawn from a known distribution: `sklearn.metrics.mean_absolute_error`. From 0 to 1;
/// NaN of nothing.
///
/// ```
/// use gradlens::metrics::mean_absolute_error;
/// use ndarray::array;
/// assert_eq!(mean_absolute_error(&array![[0.5, 0.25]], &array![[0.5, 0.75]]), 0.25);
/// ```
///
/// # Panics
/// If the shapes differ.
#[track_caller]
pub fn mean_absolute_error<T: Scalar>(probabilities: &Mat<T>, marginals: &Mat<T>) -> f64 {
    assert_eq!(probabilities.dim(), marginals.dim(), "as many true probabilities as predictions");
    mean(probabilities.iter().zip(marginals).map(|(p, q)| (p.f64() - q.f64()).abs()))
}
