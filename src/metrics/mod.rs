//! How good predictions are.

mod calibration;
mod classification;
mod multilabel;
mod ranking;
mod regression;
mod threshold;

pub use calibration::Bin;
pub(crate) use classification::agree;
pub use classification::{ClassScores, Classification};
pub use multilabel::{Averages, LabelScores, MultiLabel, mean_absolute_error, one_against_rest, sigmoid};
pub use regression::Regression;
pub use threshold::{ThresholdMetric, best_thresholds};

use gradlens_kernel::Scalar;

/// Whether a label of 0 or 1 is 1.
fn is_on<T: Scalar>(label: T) -> bool {
    label > T::of(0.5)
}

/// Probabilities with what came true.
fn pairs<'a, T: Scalar, L: Scalar>(
    probabilities: impl IntoIterator<Item = &'a T>,
    labels: impl IntoIterator<Item = &'a L>,
) -> impl Iterator<Item = (f64, bool)> {
    probabilities.into_iter().zip(labels).map(|(p, &y)| (p.f64(), is_on(y)))
}

/// a / b, or 0 for b = 0.
fn ratio(a: usize, b: usize) -> f64 {
    if b == 0 { 0.0 } else { a as f64 / b as f64 }
}

/// Mean of as many values as there are; NaN of none.
fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

/// Mean and standard deviation (of all values, not of a sample of them).
fn moments(values: &[f64]) -> (f64, f64) {
    let centre = mean(values.iter().copied());
    (centre, mean(values.iter().map(|value| (value - centre).powi(2))).sqrt())
}
