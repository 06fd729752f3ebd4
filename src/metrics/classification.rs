//! Metrics where every sample has one class.

use super::calibration::{Bin, expected_calibration_error, reliability};
use super::{moments, ratio};
use gradlens_kernel::{Mat, Scalar};
use ndarray::Array2;
use serde::Serialize;

/// What predictions are worth where every sample belongs to one class.
///
/// The predicted class is the one with the greatest output (the first of equals), under either
/// head. A row that holds NaN predicts nothing: it is wrong, and stands in no column of the
/// confusion matrix.
///
/// ```
/// use gradlens::metrics::Classification;
/// use ndarray::array;
/// let predictions = array![[0.7, 0.2, 0.1], [0.3, 0.4, 0.3], [0.6, 0.3, 0.1], [0.1, 0.1, 0.8]];
/// let scores = Classification::new(&predictions, &[0, 1, 1, 2]);
/// assert_eq!(scores.accuracy, 0.75);
/// assert_eq!(scores.top_k(2), 1.0);
/// assert_eq!(scores.confusion, array![[1, 0, 0], [1, 1, 0], [0, 0, 1]]);
/// assert_eq!(scores.classes[0].precision, 0.5);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Classification {
    /// Share of samples whose predicted class is the true one.
    pub accuracy: f64,
    /// How many samples of the class in the row were predicted to be of the class in the column.
    #[serde(serialize_with = "as_rows")]
    pub confusion: Array2<usize>,
    /// Precision, recall and F1 of every class.
    pub classes: Vec<ClassScores>,
    /// Expected calibration error over the [`bins`](Self::bins): the mean distance between
    /// confidence and accuracy, weighted by the samples in the bin (Naeini et al., AAAI 2015; Guo
    /// et al., ICML 2017, eq. 3).
    pub ece: f64,
    /// Fifteen bins of equal width over the confidence, which is the greatest output; open below and
    /// closed above, as in Guo et al.
    pub bins: Vec<Bin>,
    /// Mean over samples of the sum of a sample's outputs: 1 for softmax.
    pub output_sum_mean: f64,
    /// Standard deviation over samples of the same.
    pub output_sum_std: f64,
    /// For every sample, how many outputs come before that of the true class.
    ranks: Vec<usize>,
}

/// Scores of one class against the rest.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ClassScores {
    /// Of the samples predicted to be of the class, the share that is; 0 if there are none.
    pub precision: f64,
    /// Of the samples of the class, the share that is found; 0 if there are none.
    pub recall: f64,
    /// Harmonic mean of the two, 2 TP / (2 TP + FP + FN); 0 if there is nothing to count.
    pub f1: f64,
    /// Samples of the class.
    pub support: usize,
}

impl Classification {
    /// Scores predictions `[samples, classes]`, outputs between 0 and 1, against the true classes.
    ///
    /// # Panics
    /// If there are not as many labels as predictions, or a label is not a class.
    #[track_caller]
    pub fn new<T: Scalar>(predictions: &Mat<T>, labels: &[usize]) -> Self {
        Self::from_logits(predictions, predictions, labels)
    }

    /// The same where the logits that the predictions were made of are known: they decide which class comes first.
    /// Of predictions several may have been rounded to 1.
    ///
    /// ```
    /// use gradlens::metrics::Classification;
    /// use ndarray::array;
    /// // In f32 the sigmoids of 20 and of 30 are both 1.
    /// let (logits, predictions) = (array![[20.0_f32, 30.0]], array![[1.0, 1.0]]);
    /// assert_eq!(Classification::from_logits(&logits, &predictions, &[1]).accuracy, 1.0);
    /// assert_eq!(Classification::new(&predictions, &[1]).accuracy, 0.0);
    /// ```
    ///
    /// # Panics
    /// As [`new`](Self::new), and if there are not as many logits as predictions.
    #[track_caller]
    pub fn from_logits<T: Scalar>(logits: &Mat<T>, predictions: &Mat<T>, labels: &[usize]) -> Self {
        let (samples, classes) = predictions.dim();
        assert_eq!(logits.dim(), predictions.dim(), "as many logits as predictions");
        assert_eq!(samples, labels.len(), "as many labels as predictions");
        let mut confusion = Array2::zeros((classes, classes));
        let mut confidences = Vec::with_capacity(samples);
        let (mut ranks, mut sums) = (Vec::with_capacity(samples), Vec::with_capacity(samples));
        for ((row, p), &label) in logits.rows().into_iter().zip(predictions.rows()).zip(labels) {
            assert!(label < classes, "label {label} is not below the number of classes, {classes}");
            let predicted = argmax(row.iter().copied());
            if let Some(predicted) = predicted {
                confusion[[label, predicted]] += 1;
            }
            let own = row[label];
            // NaN comes before everything: it is nobody's right answer.
            let before = |(k, &z): (usize, &T)| {
                k != label && (z > own || (z == own && k < label) || z.is_nan() || own.is_nan())
            };
            ranks.push(row.iter().enumerate().filter(|&pair| before(pair)).count());
            sums.push(p.iter().map(|p| p.f64()).sum::<f64>());
            let confidence = predicted.map_or(0.0, |predicted| p[predicted].f64());
            confidences.push((confidence, predicted == Some(label)));
        }
        let bins = reliability(confidences.into_iter());
        let (output_sum_mean, output_sum_std) = moments(&sums);
        Classification {
            accuracy: ratio(confusion.diag().sum(), samples),
            classes: (0..classes).map(|class| ClassScores::new(&confusion, class)).collect(),
            confusion,
            ece: expected_calibration_error(&bins),
            bins,
            output_sum_mean,
            output_sum_std,
            ranks,
        }
    }

    /// Share of samples whose class is among the `k` greatest outputs.
    pub fn top_k(&self, k: usize) -> f64 {
        ratio(self.ranks.iter().filter(|&&rank| rank < k).count(), self.ranks.len())
    }
}

impl ClassScores {
    fn new(confusion: &Array2<usize>, class: usize) -> Self {
        let right = confusion[[class, class]];
        let (support, predicted) = (confusion.row(class).sum(), confusion.column(class).sum());
        ClassScores {
            precision: ratio(right, predicted),
            recall: ratio(right, support),
            f1: ratio(2 * right, support + predicted),
            support,
        }
    }
}

/// Position of the greatest value, the first of equals; `None` if there is none, or one is NaN.
#[inline(always)]
pub(crate) fn argmax<T: Scalar>(values: impl Iterator<Item = T>) -> Option<usize> {
    let mut values = values.enumerate();
    let (mut best, mut greatest) = values.next()?;
    let mut nan = greatest.is_nan();
    // All are compared, as a processor cannot guess at which one a search would end.
    for (position, value) in values {
        nan |= value.is_nan();
        (best, greatest) = if value > greatest { (position, value) } else { (best, greatest) };
    }
    (!nan).then_some(best)
}

/// Whether a row's greatest prediction stands where the greatest target does, or one of them; of a single
/// prediction, whether it lies on the same side of 1/2.
#[inline(always)]
pub(crate) fn agree<T: Scalar>(p: &[T], t: &[T]) -> bool {
    let half = T::of(0.5);
    match (p, t) {
        ([p], [t]) => !p.is_nan() && (*p > half) == (*t > half),
        _ => argmax(p.iter().copied())
            .is_some_and(|best| t.iter().fold(true, |all, &t_k| all & (t[best] >= t_k))),
    }
}

/// A matrix as a list of its rows.
fn as_rows<S: serde::Serializer>(matrix: &Array2<usize>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(matrix.rows().into_iter().map(|row| row.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn a_prediction_that_is_not_a_number_is_wrong() {
        let p = array![[f64::NAN, 0.9], [0.9, f64::NAN], [0.8, 0.2]];
        let scores = Classification::new(&p, &[0, 0, 0]);
        assert_eq!((scores.accuracy, scores.top_k(1)), (1.0 / 3.0, 1.0 / 3.0));
        assert_eq!(scores.confusion.sum(), 1);
        assert_eq!([0, 1, 2].map(|i| agree(p.row(i).as_slice().unwrap(), &[1.0, 0.0])), [false, false, true]);
    }

    #[test]
    fn a_single_output_is_right_on_the_right_side_of_one_half() {
        for (p, t, right) in [(0.9, 1.0, true), (0.2, 1.0, false), (0.2, 0.0, true), (f64::NAN, 0.0, false)] {
            assert_eq!(agree(&[p], &[t]), right, "{p} for {t}");
        }
    }

    #[test]
    fn top_k_takes_the_first_of_equals() {
        let scores = Classification::new(&array![[0.5, 0.5], [0.5, 0.5]], &[0, 1]);
        assert_eq!((scores.accuracy, scores.top_k(1), scores.top_k(2)), (0.5, 0.5, 1.0));
    }
}
