//! Metrics where every sample has any number of labels.

mod decisions;
mod probability;

use super::calibration::{Bin, expected_calibration_error, reliability};
use super::classification::argmax;
use super::ranking::Ranking;
use super::{is_on, mean, moments, pairs};
use decisions::Counts;
use gradlens_kernel::{Mat, Scalar};
use ndarray::{Array2, ArrayView1};
use serde::Serialize;

pub use decisions::Averages;
pub use probability::{mean_absolute_error, one_against_rest, sigmoid};

/// What predictions are worth where every sample has any number of labels.
///
/// All metrics but `one_error` and `ece` are scikit-learn's, under the names that
/// [`metrics`](Self::metrics) gives, and equal to those of its version 1.9.1 in odd cases too; each
/// field says which. Metrics of a single label are those of a matrix with one column, where
/// scikit-learn asks for two or more. Where no range is given, it is 0 to 1. L is the number of
/// labels.
///
/// NaN is never predicted and ranks last; a mean of the probabilities themselves is NaN with it.
/// Means over no samples are NaN.
///
/// Where there are logits take [`from_logits`](Self::from_logits): a probability that was rounded to 1 no longer says
/// how wrong it is, and ties with all others that were.
///
/// ```
/// use gradlens::metrics::MultiLabel;
/// use ndarray::array;
/// let probabilities = array![[0.9, 0.2], [0.6, 0.7], [0.3, 0.4], [0.8, 0.1]];
/// let labels = array![[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [1.0, 0.0]];
/// let scores = MultiLabel::new(&probabilities, &labels, &[0.5, 0.5]);
/// assert_eq!((scores.hamming_loss, scores.accuracy), (0.25, 0.5));
/// assert_eq!((scores.labels[0].precision, scores.labels[0].recall), (2.0 / 3.0, 1.0));
/// assert_eq!((scores.roc_auc_macro, scores.one_error), (1.0, 0.0));
/// assert_eq!(scores.metrics()[0], ("hamming_loss", 0.25));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MultiLabel {
    /// Share of (sample, label) pairs that are decided wrongly, (FP + FN) / (samples L):
    /// `hamming_loss`.
    pub hamming_loss: f64,
    /// Share of samples with every label decided rightly, also called subset accuracy:
    /// `accuracy_score`.
    pub accuracy: f64,
    /// TP / (TP + FP), 0 where nothing is predicted: `precision_score`.
    pub precision: Averages,
    /// TP / (TP + FN), 0 where nothing is true: `recall_score`.
    pub recall: Averages,
    /// 2 TP / (2 TP + FP + FN), 0 where nothing is predicted or true: `f1_score`.
    pub f1: Averages,
    /// Mean over labels of the area under the ROC curve: `roc_auc_score`, which is NaN, as here, if
    /// any label has samples of one kind only. [`without_roc_auc`](Self::without_roc_auc) says which.
    pub roc_auc_macro: f64,
    /// Mean over labels of the average precision, 0 for a label that no sample has:
    /// `average_precision_score`.
    pub average_precision_macro: f64,
    /// Average precision of all (sample, label) pairs as one ranking, 0 if no sample has a label.
    pub average_precision_micro: f64,
    /// Mean over samples of the average precision of the sample's labels, 1 for a sample without
    /// any or with all: `label_ranking_average_precision_score`. Above 0, at most 1.
    pub label_ranking_average_precision: f64,
    /// Mean over samples of how many labels score no less than the lowest of the sample's own, 0
    /// for a sample without labels: `coverage_error`. From 0 to L.
    pub coverage_error: f64,
    /// Mean over samples of the share of pairs (own label, other label) where the other scores no
    /// less, 0 for a sample without labels or with all: `label_ranking_loss`.
    pub label_ranking_loss: f64,
    /// Share of samples whose label with the greatest score, the first of equals, is not theirs
    /// (Schapire and Singer, 2000). A sample without labels is an error, as is one with a NaN.
    pub one_error: f64,
    /// Mean over (sample, label) pairs of -ln p or -ln (1 - p). From logits it is exact, and at least 0. From
    /// probabilities both are clipped to [2^-52, 1 - 2^-52]: `log_loss(y.ravel(), p.ravel())`, from 0 to 36.04.
    pub log_loss: f64,
    /// Mean over (sample, label) pairs of (p - y)²: `brier_score_loss(y.ravel(), p.ravel())`.
    pub brier: f64,
    /// Mean over labels of the expected calibration error.
    pub ece: f64,
    /// The scores of each label.
    pub labels: Vec<LabelScores>,
    /// Mean over samples of the sum of a sample's probabilities: the number of labels it expects.
    pub output_sum_mean: f64,
    /// Standard deviation over samples of the same.
    pub output_sum_std: f64,
}

/// Scores of one label. Without other mention they are between 0 and 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LabelScores {
    /// TP / (TP + FP): of the samples predicted to have the label, the share that has; 0 if there
    /// are none.
    pub precision: f64,
    /// TP / (TP + FN): of the samples with the label, the share that is found; 0 if there are none.
    pub recall: f64,
    /// Harmonic mean of the two, 2 TP / (2 TP + FP + FN); 0 if there is nothing to count.
    pub f1: f64,
    /// Samples with the label, P.
    pub support: usize,
    /// Samples predicted to have the label.
    pub predicted: usize,
    /// Area under the ROC curve: the share of the P N pairs of a sample with the label and one
    /// without where the former scores more; equals count a half. NaN if there are no pairs.
    pub roc_auc: f64,
    /// Mean over the samples with the label of the precision at their score; 0 if there are none.
    pub average_precision: f64,
    /// Mean of -ln p over samples with the label and of -ln (1 - p) over those without, as in
    /// [`MultiLabel::log_loss`].
    pub log_loss: f64,
    /// Mean over samples of (p - y)².
    pub brier: f64,
    /// Expected calibration error over the [`bins`](Self::bins): the mean distance between
    /// probability and the share of samples with the label, weighted by the samples in the bin
    /// (Naeini et al., AAAI 2015; Guo et al., ICML 2017, eq. 3).
    pub ece: f64,
    /// Fifteen bins of equal width over the probability, open below and closed above, 0 in the
    /// first. Their `accuracy` is the share of samples with the label.
    pub bins: Vec<Bin>,
}

impl MultiLabel {
    /// Scores probabilities `[samples, labels]` against the true labels, each 0 or 1 (what is above
    /// 1/2 counts as 1). A label is predicted where its probability is at least its threshold.
    ///
    /// n samples cost L n log n for the labels, n L log L for the samples and n L log (n L) for the
    /// micro average.
    ///
    /// # Panics
    /// If the shapes differ, or there is not one threshold per label.
    #[track_caller]
    pub fn new<T: Scalar>(probabilities: &Mat<T>, labels: &Mat<T>, thresholds: &[f64]) -> Self {
        let probabilities = probabilities.mapv(Scalar::f64);
        Self::of(&probabilities, &probabilities, labels, thresholds, probability::log_loss)
    }

    /// Scores logits `[samples, labels]`, z = ln p/(1 - p) for each label, against the true labels. All is as in
    /// [`new`](Self::new), but that nothing is rounded: the log loss is ln (1 + exp(-z)) or ln (1 + exp(z)) in f64,
    /// and ranks are those of the logits.
    ///
    /// Under a sigmoid head these are the logits of the network. Those of a softmax turn into such by
    /// [`one_against_rest`].
    ///
    /// # Panics
    /// If the shapes differ, or there is not one threshold per label.
    ///
    /// ```
    /// use gradlens::metrics::MultiLabel;
    /// use ndarray::array;
    /// // In f32 the probability of a logit of 17 is 1, whose log loss would be that of 2^-52.
    /// let (logits, labels) = (array![[17.0_f32]], array![[0.0]]);
    /// assert!((MultiLabel::from_logits(&logits, &labels, &[0.5]).log_loss - 17.0).abs() < 1e-7);
    /// assert!(MultiLabel::new(&array![[1.0_f32]], &labels, &[0.5]).log_loss > 36.0);
    /// ```
    #[track_caller]
    pub fn from_logits<T: Scalar>(logits: &Mat<T>, labels: &Mat<T>, thresholds: &[f64]) -> Self {
        let logits = logits.mapv(Scalar::f64);
        Self::of(&logits, &sigmoid(&logits), labels, thresholds, probability::log_loss_of_logit)
    }

    /// Ranks by scores; the log loss is given by a score and what came true.
    #[track_caller]
    fn of<T: Scalar>(
        scores: &Array2<f64>,
        probabilities: &Array2<f64>,
        labels: &Mat<T>,
        thresholds: &[f64],
        log_loss: fn((f64, bool)) -> f64,
    ) -> Self {
        assert_eq!(probabilities.dim(), labels.dim(), "as many labels as predictions");
        assert_eq!(probabilities.ncols(), thresholds.len(), "as many thresholds as labels");
        let mut per_label = vec![Counts::default(); labels.ncols()];
        let mut per_sample = vec![Counts::default(); labels.nrows()];
        for (((sample, label), p), &y) in probabilities.indexed_iter().zip(labels) {
            let (predicted, truth) = (*p >= thresholds[label], is_on(y));
            per_label[label].add(predicted, truth);
            per_sample[sample].add(predicted, truth);
        }
        let averages = |metric| Averages::new(&per_label, &per_sample, metric);
        let wrong: usize = per_label.iter().map(Counts::wrong).sum();
        let flawless = per_sample.iter().filter(|sample| sample.wrong() == 0).count();

        let rows = || scores.rows().into_iter().zip(labels.rows());
        let rankings: Vec<Ranking> = rows().map(|(score, y)| Ranking::new(pairs(score, y))).collect();
        let over_samples = |metric: fn(&Ranking) -> f64| mean(rankings.iter().map(metric));
        let top_is_own = |score: ArrayView1<f64>, y: ArrayView1<T>| {
            argmax(score.iter().copied()).is_some_and(|label| is_on(y[label]))
        };
        let top_wrong = rows().filter(|(score, y)| !top_is_own(score.view(), y.view())).count();
        let sums: Vec<f64> = probabilities.rows().into_iter().map(|p| p.iter().sum()).collect();
        let (output_sum_mean, output_sum_std) = moments(&sums);

        let of_label = |(label, counts)| {
            let [score, p] = [scores, probabilities].map(|all| all.column(label));
            LabelScores::new([score, p], labels.column(label), counts, log_loss)
        };
        let of_labels: Vec<LabelScores> = per_label.iter().enumerate().map(of_label).collect();
        let over_labels = |metric: fn(&LabelScores) -> f64| mean(of_labels.iter().map(metric));

        MultiLabel {
            hamming_loss: wrong as f64 / labels.len() as f64,
            accuracy: flawless as f64 / labels.nrows() as f64,
            precision: averages(Counts::precision),
            recall: averages(Counts::recall),
            f1: averages(Counts::f1),
            roc_auc_macro: over_labels(|label| label.roc_auc),
            average_precision_macro: over_labels(|label| label.average_precision),
            average_precision_micro: Ranking::new(pairs(scores, labels)).average_precision(),
            label_ranking_average_precision: over_samples(|sample| match sample.relevant {
                0 => 1.0,
                _ => sample.average_precision(),
            }),
            coverage_error: over_samples(|sample| sample.coverage() as f64),
            label_ranking_loss: over_samples(Ranking::ranking_loss),
            one_error: top_wrong as f64 / labels.nrows() as f64,
            log_loss: over_labels(|label| label.log_loss),
            brier: over_labels(|label| label.brier),
            ece: over_labels(|label| label.ece),
            labels: of_labels,
            output_sum_mean,
            output_sum_std,
        }
    }

    /// The labels that have no ROC-AUC, because all samples are of one kind: each with whether the samples have it
    /// (true) or none does (false). [`roc_auc_macro`](Self::roc_auc_macro) is a number only if there are none.
    ///
    /// ```
    /// use gradlens::metrics::MultiLabel;
    /// use ndarray::array;
    /// let scores = MultiLabel::new(&array![[0.9, 0.2], [0.6, 0.7]], &array![[1.0, 0.0], [1.0, 1.0]], &[0.5, 0.5]);
    /// assert!(scores.roc_auc_macro.is_nan());
    /// assert_eq!(scores.without_roc_auc(), [(0, true)]);
    /// ```
    pub fn without_roc_auc(&self) -> Vec<(usize, bool)> {
        let undefined = self.labels.iter().enumerate().filter(|(_, label)| label.roc_auc.is_nan());
        undefined.map(|(index, label)| (index, label.support > 0)).collect()
    }

    /// Every metric that is one number, by scikit-learn's name and its `average`.
    pub fn metrics(&self) -> Vec<(&'static str, f64)> {
        vec![
            ("hamming_loss", self.hamming_loss),
            ("accuracy_score", self.accuracy),
            ("precision_micro", self.precision.micro),
            ("precision_macro", self.precision.macro_),
            ("precision_weighted", self.precision.weighted),
            ("precision_samples", self.precision.samples),
            ("recall_micro", self.recall.micro),
            ("recall_macro", self.recall.macro_),
            ("recall_weighted", self.recall.weighted),
            ("recall_samples", self.recall.samples),
            ("f1_micro", self.f1.micro),
            ("f1_macro", self.f1.macro_),
            ("f1_weighted", self.f1.weighted),
            ("f1_samples", self.f1.samples),
            ("roc_auc_macro", self.roc_auc_macro),
            ("average_precision_macro", self.average_precision_macro),
            ("average_precision_micro", self.average_precision_micro),
            ("label_ranking_average_precision_score", self.label_ranking_average_precision),
            ("coverage_error", self.coverage_error),
            ("label_ranking_loss", self.label_ranking_loss),
            ("one_error", self.one_error),
            ("log_loss", self.log_loss),
            ("brier_score_loss", self.brier),
            ("ece", self.ece),
        ]
    }
}

impl LabelScores {
    fn new<T: Scalar>(
        [scores, probabilities]: [ArrayView1<f64>; 2],
        labels: ArrayView1<T>,
        counts: &Counts,
        log_loss: fn((f64, bool)) -> f64,
    ) -> Self {
        let mean = |values: ArrayView1<f64>, metric: fn((f64, bool)) -> f64| {
            pairs(values, labels).map(metric).sum::<f64>() / values.len() as f64
        };
        let ranking = Ranking::new(pairs(scores, labels));
        let bins = reliability(pairs(probabilities, labels));
        LabelScores {
            precision: counts.precision(),
            recall: counts.recall(),
            f1: counts.f1(),
            support: counts.support,
            predicted: counts.predicted,
            roc_auc: ranking.roc_auc(),
            average_precision: ranking.average_precision(),
            log_loss: mean(scores, log_loss),
            brier: mean(probabilities, probability::brier),
            ece: expected_calibration_error(&bins),
            bins,
        }
    }
}
