//! What is known of many numbers.

use gradlens_kernel::Scalar;
use gradlens_kernel::widest;
use serde::{Deserialize, Serialize};

/// Moments, quantiles and a histogram.
///
/// ```
/// use gradlens::diagnostics::Distribution;
/// let d = Distribution::of(&[1.0_f32, 2.0, 3.0, 4.0, 5.0]);
/// assert_eq!((d.mean, d.min, d.max, d.quantiles[2]), (3.0, 1.0, 5.0, 3.0));
/// assert_eq!(d.histogram.iter().sum::<usize>(), 5);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
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
    pub fn of<T: Scalar>(values: &[T]) -> Self {
        let count = values.len();
        let moments = Moments::of(values);
        let stride = count.div_ceil(MOST).max(1);
        let sample: Vec<T> =
            values.iter().step_by(stride).copied().filter(|value| value.is_finite()).collect();
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
        let width = (max - min) / BINS as f64;
        let bin = |value: &T| if width > 0.0 { ((value.f64() - min) / width) as usize } else { 0 };
        let bins: Vec<u8> = sample.iter().map(|value| bin(value).min(BINS - 1) as u8).collect();
        let mut histogram = vec![0; BINS];
        for &bin in &bins {
            histogram[usize::from(bin)] += 1;
        }
        Distribution {
            mean,
            std: (squares / n - mean * mean).max(0.0).sqrt(),
            rms: (squares / n).sqrt(),
            min,
            max,
            quantiles: quantiles(&sample, &bins, &histogram),
            histogram,
        }
    }
}

/// Sums that are kept of each kind, as a single one would wait for itself.
const LANES: usize = 16;

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
    fn of<T: Scalar>(values: &[T]) -> Self {
        let mut moments = Moments::default();
        let (chunks, rest) = values.as_chunks::<LANES>();
        widest(
            #[inline(always)]
            || {
                for chunk in chunks {
                    for (lane, &value) in chunk.iter().enumerate() {
                        moments.add_to(lane, value.f64());
                    }
                }
            },
        );
        for (lane, &value) in rest.iter().enumerate() {
            moments.add_to(lane, value.f64());
        }
        moments
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

/// The [`QUANTILES`], between neighbours by their distances, of values that are finite, with the bin of each
/// and how many a bin has. The values are sorted by bin, and a quantile is selected within its own.
fn quantiles<T: Scalar>(sample: &[T], bins: &[u8], histogram: &[usize]) -> [f64; 5] {
    let mut ends = [0; BINS];
    let mut end = 0;
    for (bin_end, count) in ends.iter_mut().zip(histogram) {
        end += count;
        *bin_end = end;
    }
    let mut values = vec![0.0; sample.len()];
    let mut starts = ends;
    for (value, &bin) in sample.iter().zip(bins) {
        let place = &mut starts[usize::from(bin)];
        *place -= 1;
        values[*place] = value.f64();
    }
    QUANTILES.map(|q| {
        let place = q * (sample.len() - 1) as f64;
        let index = place.floor() as usize;
        let bin = ends.partition_point(|&end| end <= index);
        let (_, &mut low, above) =
            values[starts[bin]..ends[bin]].select_nth_unstable_by(index - starts[bin], f64::total_cmp);
        // The next one is the least of those above it, in the same bin or in another.
        let least = |values: &[f64]| values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = match place.fract() {
            0.0 => low,
            _ if !above.is_empty() => least(above),
            _ => least(&values[ends[bin]..]),
        };
        low + (high - low) * place.fract()
    })
}

/// The sum of the squares, in several sums, as a single one would wait for itself.
pub(super) fn sum_of_squares<T: Scalar>(values: &[T]) -> f64 {
    let mut sums = [0.0; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    widest(
        #[inline(always)]
        || {
            for chunk in chunks {
                for (sum, value) in sums.iter_mut().zip(chunk) {
                    *sum += value.f64() * value.f64();
                }
            }
        },
    );
    sums.iter().sum::<f64>() + rest.iter().map(|value| value.f64() * value.f64()).sum::<f64>()
}

/// Root of the mean square; 0 if there are no values.
pub(super) fn rms<T: Scalar>(values: &[T]) -> f64 {
    if values.is_empty() { 0.0 } else { (sum_of_squares(values) / values.len() as f64).sqrt() }
}

/// The rms of what these numbers changed by, and how many did not change.
pub(super) fn change<T: Scalar>(old: &[T], new: &[T]) -> (f64, usize) {
    let (mut squares, mut same) = ([0.0; LANES], [0u64; LANES]);
    let mut add = |lane: usize, old: T, new: T| {
        let change = new.f64() - old.f64();
        squares[lane] += change * change;
        same[lane] += u64::from(new == old);
    };
    let ((chunks, rest), (chunks_new, rest_new)) = (old.as_chunks::<LANES>(), new.as_chunks::<LANES>());
    widest(
        #[inline(always)]
        || {
            for (old, new) in chunks.iter().zip(chunks_new) {
                for lane in 0..LANES {
                    add(lane, old[lane], new[lane]);
                }
            }
        },
    );
    for (lane, (&old, &new)) in rest.iter().zip(rest_new).enumerate() {
        add(lane, old, new);
    }
    ((squares.iter().sum::<f64>() / old.len() as f64).sqrt(), same.iter().sum::<u64>() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_counted_in_the_bin_that_holds_it() {
        // 0, 1, ..., 320 in 32 bins of width 10; the last holds its upper end too.
        let values: Vec<f64> = (0..=320).map(f64::from).collect();
        let histogram = Distribution::of(&values).histogram;
        assert_eq!((&histogram[..31], histogram[31]), (&[10; 31][..], 11));
    }

    #[test]
    fn quantiles_of_many_values_are_those_of_an_even_sample() {
        let values: Vec<f64> = (0..=1_000_000).map(|i| f64::from(i) / 1e6).collect();
        let distribution = Distribution::of(&values);
        for (quantile, expected) in distribution.quantiles.iter().zip(QUANTILES) {
            assert!((quantile - expected).abs() < 1e-4, "{quantile} is not {expected}");
        }
        assert_eq!((distribution.min, distribution.max), (0.0, 1.0));
    }

    #[test]
    fn quantiles_are_those_of_the_sorted_numbers_however_few_there_are() {
        for count in 1..60_usize {
            let mut values: Vec<f64> = (0..count).map(|i| ((i * 37) % 11) as f64).collect();
            let found = Distribution::of(&values).quantiles;
            values.sort_by(f64::total_cmp);
            for (found, q) in found.iter().zip(QUANTILES) {
                let place = q * (count - 1) as f64;
                let (low, high) = (values[place.floor() as usize], values[place.ceil() as usize]);
                assert!((found - (low + (high - low) * place.fract())).abs() < 1e-12, "{q} of {count}");
            }
        }
    }

    #[test]
    fn quantiles_are_those_of_the_sorted_numbers_however_they_share_the_bins() {
        let many = |value: fn(usize) -> f64| (0..1000).map(value).collect::<Vec<_>>();
        for mut values in [
            // All but one in one bin, in no order; half of them equal; all equal; so small, and so large,
            // that the width of a bin is 0, or infinite.
            many(|i| if i == 500 { 1e9 } else { ((i * 619) % 1000) as f64 }),
            many(|i| if i % 2 == 0 { 0.0 } else { ((i * 619) % 1000) as f64 - 300.0 }),
            many(|_| -2.5),
            many(|i| (i % 7) as f64 * 5e-324),
            many(|i| (((i * 619) % 1000) as f64 - 500.0) * 3e305),
        ] {
            let found = Distribution::of(&values).quantiles;
            values.sort_by(f64::total_cmp);
            for (found, q) in found.iter().zip(QUANTILES) {
                let place = q * 999.0;
                let (low, high) = (values[place.floor() as usize], values[place.ceil() as usize]);
                assert_eq!(*found, low + (high - low) * place.fract(), "{q}");
            }
        }
    }

    #[test]
    fn moments_are_those_of_the_definition_however_many_values_there_are() {
        for count in [1, 7, 8, 9, 63, 64, 65, 1000] {
            let values: Vec<f64> = (0..count).map(|i| ((i * 37) % 101) as f64 - 20.0).collect();
            let found = Distribution::of(&values);
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
        let distribution = Distribution::of(&values);
        assert!(distribution.mean.is_nan());
        assert_eq!((distribution.min, distribution.max, distribution.quantiles[2]), (1.0, 3.0, 2.0));
        assert_eq!(distribution.histogram.iter().sum::<usize>(), 3);
        assert_eq!(Distribution::of(&[f64::NAN]).quantiles, [0.0; 5]);
    }
}
