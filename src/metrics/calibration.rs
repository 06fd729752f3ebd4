//! Whether a probability of 0.8 comes true in 80 of 100 cases.

use super::ratio;
use serde::Serialize;

/// One bin of the reliability diagram.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
#[non_exhaustive]
pub struct Bin {
    /// Predictions whose confidence falls into it.
    pub count: usize,
    /// Their mean confidence; 0 if there are none.
    pub confidence: f64,
    /// The share of them that came true; 0 if there are none.
    pub accuracy: f64,
}

impl Bin {
    /// So many predictions, with this mean confidence, of which this share was right.
    pub fn new(count: usize, confidence: f64, accuracy: f64) -> Self {
        Bin { count, confidence, accuracy }
    }
}

/// Bins of the expected calibration error, as in Guo et al.
const BINS: usize = 15;

/// Fifteen bins of equal width over (confidence, came true), open below and closed above (Guo et
/// al., ICML 2017); confidences of at most 0, and NaN, are in the first, those above 1 in the last.
///
/// Confidences are compared with the edges in f32: so 0.2, which f32 rounds up, is in the bin that 0.2 closes,
/// whichever scalar it comes from.
pub(super) fn reliability(predictions: impl Iterator<Item = (f64, bool)>) -> Vec<Bin> {
    let mut bins = [(0, 0.0, 0); BINS];
    let edges: [f32; BINS - 1] = std::array::from_fn(|k| ((k + 1) as f64 / BINS as f64) as f32);
    for (confidence, right) in predictions {
        let bin = edges.partition_point(|&edge| edge < confidence as f32);
        let (count, total, rights) = &mut bins[bin];
        *count += 1;
        *total += confidence;
        *rights += usize::from(right);
    }
    let bin = |(count, total, rights)| Bin {
        count,
        confidence: if count == 0 { 0.0 } else { total / count as f64 },
        accuracy: ratio(rights, count),
    };
    bins.into_iter().map(bin).collect()
}

/// The sum over bins of count |confidence - accuracy|, divided by the sum of counts.
pub(super) fn expected_calibration_error(bins: &[Bin]) -> f64 {
    let gap = |bin: &Bin| bin.count as f64 * (bin.confidence - bin.accuracy).abs();
    bins.iter().map(gap).sum::<f64>() / bins.iter().map(|bin| bin.count).sum::<usize>() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_belongs_to_the_bin_that_it_closes_in_both_scalars() {
        for k in 1..=BINS {
            let edge = k as f64 / BINS as f64;
            for confidence in [edge, f64::from(edge as f32)] {
                let bins = reliability([(confidence, true)].into_iter());
                assert_eq!(bins.iter().position(|bin| bin.count == 1), Some(k - 1), "{confidence}");
            }
            let above = f64::from((edge as f32).next_up());
            let bins = reliability([(above, true)].into_iter());
            assert_eq!(bins.iter().position(|bin| bin.count == 1), Some(k.min(BINS - 1)), "{above}");
        }
        for (odd, bin) in [(f64::NAN, 0), (-1.0, 0), (0.0, 0), (1e-9, 0), (7.0, BINS - 1)] {
            assert_eq!(reliability([(odd, true)].into_iter())[bin].count, 1, "{odd}");
        }
    }
}
