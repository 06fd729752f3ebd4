//! From which probability on a label is predicted.

use super::ranking::{Ranking, Tie};
use super::{pairs, ratio};
use crate::error::{Error, Result};
use gradlens_kernel::{Mat, Scalar};
use serde::Serialize;
use std::fmt;
use std::iter::once;
use std::str::FromStr;

/// What thresholds are tuned for: metrics of many labels that are best where they are best for each
/// label on its own. P and N are the samples with and without the label, TP and FP those of them
/// that are predicted to have it.
///
/// | | name | of a label | of all labels | source |
/// |---|---|---|---|---|
/// | `F1` | `f1` | 2 TP / (TP + FP + P) | greatest macro F1 | Lipton et al., ECML 2014 |
/// | `Hamming` | `hamming` | TP - FP | least Hamming loss | |
/// | `Balanced` | `balanced` | TP / P - FP / N | greatest mean balanced accuracy | Youden, 1950 |
///
/// ```
/// use gradlens::metrics::ThresholdMetric;
/// let tuned: ThresholdMetric = "hamming".parse()?;
/// assert_eq!((tuned, tuned.to_string()), (ThresholdMetric::Hamming, "hamming".into()));
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub enum ThresholdMetric {
    /// The harmonic mean of precision and recall. The default.
    #[default]
    F1,
    /// The share of samples that are decided rightly.
    Hamming,
    /// Youden's J, which is twice the balanced accuracy less 1.
    Balanced,
}

impl ThresholdMetric {
    /// The metric, or what grows with it, from whole numbers: so equals compare as equal.
    fn score(self, found: usize, false_alarms: usize, ranking: &Ranking) -> f64 {
        let (tp, fp) = (found as f64, false_alarms as f64);
        match self {
            ThresholdMetric::F1 => ratio(2 * found, found + false_alarms + ranking.relevant),
            ThresholdMetric::Hamming => tp - fp,
            ThresholdMetric::Balanced => tp * ranking.others as f64 - fp * ranking.relevant as f64,
        }
    }
}

/// The threshold of each label with which predictions `[samples, labels]` score best against the
/// true labels, each 0 or 1, for [`MultiLabel`](super::MultiLabel). Take validation data: on data
/// that a network has learned from, it is surer than it should be.
///
/// Tried are the midpoints between neighbouring distinct probabilities, and between the outermost
/// and the ends 0 and 1; where these are themselves probabilities, 0 and the number next above 1.
/// Of equals, the one nearest 1/2 is taken, of two as near the greater. A label that no sample has
/// keeps 1/2. NaN is never predicted. n samples cost n log n for each label.
///
/// ```
/// use gradlens::metrics::{MultiLabel, ThresholdMetric, best_thresholds};
/// use ndarray::array;
/// let probabilities = array![[0.375], [0.25], [0.125], [0.0]];
/// let labels = array![[1.0], [1.0], [0.0], [0.0]];
/// let thresholds = best_thresholds(&probabilities, &labels, ThresholdMetric::F1);
/// assert_eq!(thresholds, [0.1875]);
/// assert_eq!(MultiLabel::new(&probabilities, &labels, &[0.5]).f1.macro_, 0.0);
/// assert_eq!(MultiLabel::new(&probabilities, &labels, &thresholds).f1.macro_, 1.0);
/// ```
///
/// # Panics
/// If the shapes differ.
#[track_caller]
pub fn best_thresholds<T: Scalar>(
    probabilities: &Mat<T>,
    labels: &Mat<T>,
    metric: ThresholdMetric,
) -> Vec<f64> {
    assert_eq!(probabilities.dim(), labels.dim(), "as many labels as predictions");
    let columns = probabilities.columns().into_iter().zip(labels.columns());
    columns.map(|(p, y)| best_threshold(&Ranking::new(pairs(p, y)), metric)).collect()
}

fn best_threshold(ranking: &Ranking, metric: ThresholdMetric) -> f64 {
    if ranking.relevant == 0 {
        return 0.5;
    }
    // NaN, which ranks as -inf, is below every threshold.
    let ties = || ranking.ties.iter().take_while(|tie| tie.score > f64::NEG_INFINITY);
    let scores = || ties().map(|tie| tie.score);
    let top = scores().next().map_or(1.0, |greatest| greatest.next_up().max(1.0));
    let bottom = scores().last().map_or(0.0, |least| least.min(0.0));
    let thresholds = once(top).chain(scores()).zip(scores().chain(once(bottom)));

    let counts = ties().scan((0, 0), |(found, false_alarms), &Tie { relevant, others, .. }| {
        *found += relevant;
        *false_alarms += others;
        Some((*found, *false_alarms))
    });
    let mut best = (f64::NEG_INFINITY, f64::INFINITY, 0.5);
    for ((upper, lower), (found, false_alarms)) in thresholds.zip(once((0, 0)).chain(counts)) {
        let threshold = between(lower, upper);
        let candidate = (metric.score(found, false_alarms, ranking), (threshold - 0.5).abs(), threshold);
        if candidate.0 > best.0 || (candidate.0 == best.0 && candidate.1 < best.1) {
            best = candidate;
        }
    }
    best.2
}

/// The midpoint of two numbers; the upper one if there is none above the lower.
fn between(lower: f64, upper: f64) -> f64 {
    let midpoint = f64::midpoint(lower, upper);
    if midpoint > lower { midpoint } else { upper }
}

impl fmt::Display for ThresholdMetric {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(match self {
            ThresholdMetric::F1 => "f1",
            ThresholdMetric::Hamming => "hamming",
            ThresholdMetric::Balanced => "balanced",
        })
    }
}

impl FromStr for ThresholdMetric {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "f1" => Ok(ThresholdMetric::F1),
            "hamming" => Ok(ThresholdMetric::Hamming),
            "balanced" => Ok(ThresholdMetric::Balanced),
            _ => {
                let expected = "f1, hamming or balanced";
                Err(Error::setting("the metric that thresholds are tuned for", format!("{text:?}"), expected))
            }
        }
    }
}
