//! What is known of many numbers.

use crate::Scalar;
use crate::simd::widest;
use serde::Serialize;

/// Moments, quantiles and a histogram.
///
/// ```
/// use gradlens::diagnostics::Distribution;
/// let d = Distribution::of([1.0_f32, 2.0, 3.0, 4.0, 5.0].iter());
/// assert_eq!((d.mean, d.min, d.max, d.quantiles[2]), (3.0, 1.0, 5.0, 3.0));
/// assert_eq!(d.histogram.iter().sum::<usize>(), 5);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Distribution {
    /// Mean.
    pub mean: f64,
    /// Standard deviation, of the population.
    pub std: f64,
    /// Root of the mean square.
    pub rms: f64,
    /// Least value.
    pub min: f64,
    /// Greatest value.
    pub max: f64,
    /// The 2, 25, 50, 75 and 98 % quantiles, taken from at most 8192 of the values, evenly spaced.
    pub quantiles: [f64; 5],
    /// Counts in 32 bins of equal width from `min` to `max`, of the same values.
    pub histogram: Vec<usize>,
}

/// The quantiles that are kept.
pub const QUANTILES: [f64; 5] = [0.02, 0.25, 0.5, 0.75, 0.98];
const BINS: usize = 32;
const MOST: usize = 8192;

impl Distribution {
    /// The distribution of these values; all zero if there are none. Values that are not finite
    /// make the moments so, and are left out of the rest.
    pub fn of<'a, T: Scalar>(values: impl ExactSizeIterator<Item = &'a T>) -> Self {
        let count = values.len();
        let stride = count.div_ceil(MOST).max(1);
        let mut sample = Vec::with_capacity(count / stride + 1);
        let (mut moments, mut block, mut filled) = (Moments::default(), [0.0; BLOCK], 0);
        let mut until_next = 0; // a remainder would take longer than all the rest
        for value in values {
            let value = value.f64();
            block[filled] = value;
            filled += 1;
            if filled == BLOCK {
                moments.add(&block);
                filled = 0;
            }
            if until_next == 0 {
                until_next = stride;
                if value.is_finite() {
                    sample.push(value);
                }
            }
            until_next -= 1;
        }
        moments.add(&block[..filled]);
        let [sum, squares] = [moments.sums, moments.squares].map(|lanes| lanes.iter().sum::<f64>());
        let min = moments.min.into_iter().fold(f64::INFINITY, f64::min);
        let max = moments.max.into_iter().fold(f64::NEG_INFINITY, f64::max);
        if sample.is_empty() {
            let (mean, rms) = if count == 0 { (0.0, 0.0) } else { (sum / count as f64, f64::NAN) };
            return Distribution {
                mean,
                std: rms,
                rms,
                min: 0.0,
                max: 0.0,
                quantiles: [0.0; 5],
                histogram: vec![0; BINS],
            };
        }
        let n = count as f64;
        let mean = sum / n;
        let mut histogram = vec![0; BINS];
        let width = (max - min) / BINS as f64;
        for value in &sample {
            let bin = if width > 0.0 { ((value - min) / width) as usize } else { 0 };
            histogram[bin.min(BINS - 1)] += 1;
        }
        Distribution {
            mean,
            std: (squares / n - mean * mean).max(0.0).sqrt(),
            rms: (squares / n).sqrt(),
            min,
            max,
            quantiles: quantiles(&mut sample),
            histogram,
        }
    }
}

/// Values that are added at a time.
const BLOCK: usize = 64;
/// Sums that are kept of each kind, as a single one would wait for itself.
const LANES: usize = 8;

struct Moments {
    sums: [f64; LANES],
    squares: [f64; LANES],
    min: [f64; LANES],
    max: [f64; LANES],
}

impl Default for Moments {
    fn default() -> Self {
        let [sums, squares] = [[0.0; LANES]; 2];
        Moments { sums, squares, min: [f64::INFINITY; LANES], max: [f64::NEG_INFINITY; LANES] }
    }
}

impl Moments {
    fn add(&mut self, values: &[f64]) {
        let (chunks, rest) = values.as_chunks::<LANES>();
        widest(
            #[inline(always)]
            || {
                for chunk in chunks {
                    for (lane, &value) in chunk.iter().enumerate() {
                        self.add_to(lane, value);
                    }
                }
            },
        );
        for (lane, &value) in rest.iter().enumerate() {
            self.add_to(lane, value);
        }
    }

    #[inline(always)]
    fn add_to(&mut self, lane: usize, value: f64) {
        self.sums[lane] += value;
        self.squares[lane] += value * value;
        let (low, high) = if value.is_finite() { (value, value) } else { (f64::INFINITY, f64::NEG_INFINITY) };
        self.min[lane] = if low < self.min[lane] { low } else { self.min[lane] };
        self.max[lane] = if high > self.max[lane] { high } else { self.max[lane] };
    }
}

/// The [`QUANTILES`], between neighbours by their distances. Selecting takes a fifth of the time of sorting.
fn quantiles(sample: &mut [f64]) -> [f64; 5] {
    let last = sample.len() - 1;
    let mut end = sample.len();
    // From the top, so that what is left to look through becomes shorter.
    let mut at = |index: usize, sample: &mut [f64]| {
        if index < end {
            sample[..end].select_nth_unstable_by(index, f64::total_cmp);
            end = index;
        }
        sample[index]
    };
    let mut found = [0.0; 5];
    for (quantile, q) in found.iter_mut().zip(QUANTILES).rev() {
        let place = q * last as f64;
        let high = at(place.ceil() as usize, sample);
        let low = at(place.floor() as usize, sample);
        *quantile = low + (high - low) * place.fract();
    }
    found
}

/// Root of the mean square; 0 if there are no values.
pub(super) fn rms<'a, T: Scalar>(values: impl IntoIterator<Item = &'a T>) -> f64 {
    let (mut sum, mut count) = (0.0, 0usize);
    for value in values {
        sum += value.f64() * value.f64();
        count += 1;
    }
    if count == 0 { 0.0 } else { (sum / count as f64).sqrt() }
}

/// The same for numbers in one piece, in eight sums, as a single one would wait for itself.
pub(super) fn rms_of_slice<T: Scalar>(values: &[T]) -> f64 {
    let mut sums = [0.0; 8];
    let (chunks, rest) = values.as_chunks::<8>();
    widest(|| {
        for chunk in chunks {
            for (sum, value) in sums.iter_mut().zip(chunk) {
                *sum += value.f64() * value.f64();
            }
        }
    });
    let sum = sums.iter().sum::<f64>() + rest.iter().map(|value| value.f64() * value.f64()).sum::<f64>();
    if values.is_empty() { 0.0 } else { (sum / values.len() as f64).sqrt() }
}

/// The rms of what these numbers changed by, and how many did not change.
pub(super) fn change<T: Scalar>(old: &[T], new: &[T]) -> (f64, usize) {
    let (mut squares, mut unchanged) = ([0.0; LANES], 0);
    widest(
        #[inline(always)]
        || {
            for (old, new) in old.chunks(LANES).zip(new.chunks(LANES)) {
                for ((square, old), new) in squares.iter_mut().zip(old).zip(new) {
                    let change = new.f64() - old.f64();
                    *square += change * change;
                    unchanged += usize::from(new == old);
                }
            }
        },
    );
    ((squares.iter().sum::<f64>() / old.len() as f64).sqrt(), unchanged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_counted_in_the_bin_that_holds_it() {
        // 0, 1, ..., 320 in 32 bins of width 10; the last holds its upper end too.
        let values: Vec<f64> = (0..=320).map(f64::from).collect();
        let histogram = Distribution::of(values.iter()).histogram;
        assert_eq!((&histogram[..31], histogram[31]), (&[10; 31][..], 11));
    }

    #[test]
    fn quantiles_of_many_values_are_those_of_an_even_sample() {
        let values: Vec<f64> = (0..=1_000_000).map(|i| f64::from(i) / 1e6).collect();
        let distribution = Distribution::of(values.iter());
        for (quantile, expected) in distribution.quantiles.iter().zip(QUANTILES) {
            assert!((quantile - expected).abs() < 1e-4, "{quantile} is not {expected}");
        }
        assert_eq!((distribution.min, distribution.max), (0.0, 1.0));
    }

    #[test]
    fn quantiles_are_those_of_the_sorted_numbers_however_few_there_are() {
        for count in 1..60_usize {
            let mut values: Vec<f64> = (0..count).map(|i| ((i * 37) % 11) as f64).collect();
            let found = Distribution::of(values.iter()).quantiles;
            values.sort_by(f64::total_cmp);
            for (found, q) in found.iter().zip(QUANTILES) {
                let place = q * (count - 1) as f64;
                let (low, high) = (values[place.floor() as usize], values[place.ceil() as usize]);
                assert!((found - (low + (high - low) * place.fract())).abs() < 1e-12, "{q} of {count}");
            }
        }
    }

    #[test]
    fn moments_are_those_of_the_definition_however_many_values_there_are() {
        for count in [1, 7, 8, 9, 63, 64, 65, 1000] {
            let values: Vec<f64> = (0..count).map(|i| ((i * 37) % 101) as f64 - 20.0).collect();
            let found = Distribution::of(values.iter());
            let mean = values.iter().sum::<f64>() / count as f64;
            let square = values.iter().map(|v| v * v).sum::<f64>() / count as f64;
            let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count as f64;
            for (found, expected) in
                [(found.mean, mean), (found.rms, square.sqrt()), (found.std, variance.sqrt())]
            {
                assert!((found - expected).abs() < 1e-9, "{found} is not {expected}, of {count}");
            }
            assert_eq!(found.min, values.iter().copied().fold(f64::INFINITY, f64::min));
            assert_eq!(found.max, values.iter().copied().fold(f64::NEG_INFINITY, f64::max));
        }
    }

    #[test]
    fn values_that_are_not_finite_stay_out_of_range_and_histogram() {
        let values = [1.0, f64::INFINITY, 3.0, f64::NAN, f64::NEG_INFINITY, 2.0];
        let distribution = Distribution::of(values.iter());
        assert!(distribution.mean.is_nan());
        assert_eq!((distribution.min, distribution.max, distribution.quantiles[2]), (1.0, 3.0, 2.0));
        assert_eq!(distribution.histogram.iter().sum::<usize>(), 3);
        assert_eq!(Distribution::of([f64::NAN].iter()).quantiles, [0.0; 5]);
    }
}
