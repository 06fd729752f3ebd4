//! Means and deviations, in f64.

/// The mean; 0 of nothing.
pub(super) fn mean(numbers: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = numbers.fold((0.0, 0.0), |(sum, count), number| (sum + number, count + 1.0));
    if count > 0.0 { sum / count } else { 0.0 }
}

/// Mean and standard deviation. Numbers are divided by the greatest first, so that no square is infinite or 0.
pub(super) fn moments_of(numbers: &[f64]) -> [f64; 2] {
    let greatest = numbers.iter().fold(0.0, |most: f64, number| most.max(number.abs()));
    let scale = if greatest > 0.0 && greatest.is_finite() { greatest } else { 1.0 };
    let scaled = || numbers.iter().map(|number| number / scale);
    // Twice, so that a large mean leaves no rounding error.
    let rough = mean(scaled());
    let mean_of = rough + mean(scaled().map(|number| number - rough));
    let square = mean(scaled().map(|number| (number - mean_of).powi(2)));
    let mean_of = mean_of * scale;
    // The mean of equal numbers may differ from them in the last digit.
    match numbers.windows(2).all(|pair| pair[0] == pair[1]) {
        true => [numbers.first().copied().unwrap_or(0.0), 0.0],
        false => [mean_of, square.sqrt() * scale],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_size_have_a_mean_and_a_deviation() {
        for size in [1e-300, 1e-200, 1.0, 1e15, 1e200, 1e300] {
            let [mean, deviation] = moments_of(&[1.0 * size, 2.0 * size, 3.0 * size]);
            assert!((mean / size - 2.0).abs() < 1e-14, "{size:e}: {mean:e}");
            assert!((deviation / size - (2.0_f64 / 3.0).sqrt()).abs() < 1e-14, "{size:e}: {deviation:e}");
        }
        assert_eq!(moments_of(&[0.1; 10]), [0.1, 0.0]);
        assert_eq!(moments_of(&[]), [0.0, 0.0]);
    }
}
