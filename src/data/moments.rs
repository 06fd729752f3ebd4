//! Means and deviations, in f64.

/// The mean; 0 of nothing.
pub(super) fn mean(numbers: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = numbers.fold((0.0, 0.0), |(sum, count), number| (sum + number, count + 1.0));
    if count > 0.0 { sum / count } else { 0.0 }
}

/// Mean and standard deviation.
pub(super) fn moments_of(numbers: &[f64]) -> [f64; 2] {
    // Twice, so that a large mean leaves no rounding error.
    let rough = mean(numbers.iter().copied());
    let mean_of = rough + mean(numbers.iter().map(|number| number - rough));
    [mean_of, mean(numbers.iter().map(|number| (number - mean_of).powi(2))).sqrt()]
}
