//! Metrics of the probabilities themselves.

use crate::metrics::mean;
use gradlens_kernel::{Mat, Scalar};

/// -ln of the probability given to what came true, which is kept within \[eps, 1 - eps\] for
/// eps = 2^-52: `sklearn.metrics.log_loss` clips so, and finds -ln eps = 36.04 at worst.
pub(super) fn log_loss((probability, truth): (f64, bool)) -> f64 {
    let given = if truth { probability } else { 1.0 - probability };
    -given.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln()
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
