//! How a network does on a data set.

use crate::data::dataset::Dataset;
use crate::error::Result;
use crate::memory;
use crate::metrics::Classification;
use crate::nn::network::EVALUATION_ROWS;
use crate::nn::network::Sequential;
use crate::nn::workspace::{check_room, has_accuracy};
use gradlens_kernel::Scalar;
use ndarray::{Array2, Axis};

/// Loss, logits and predictions on a data set, without dropout.
///
/// ```
/// use gradlens::{Dataset, Dense, Sequential, SoftmaxCrossEntropy, evaluate};
/// use ndarray::Array2;
/// let net = Sequential::input(4)
///     .layer(Dense::new(3))
///     .head(SoftmaxCrossEntropy::default())
///     .build()?;
/// let data = Dataset::classes(Array2::zeros((5, 4)), vec![0, 1, 2, 0, 1], 3)?;
/// let evaluation = evaluate(&net, &data)?;
/// assert!((evaluation.loss - 3.0_f64.ln()).abs() < 1e-6);
/// assert_eq!(evaluation.classification.unwrap().accuracy, 0.4);
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Evaluation<T: Scalar = f32> {
    /// The head's loss, mean over samples.
    pub loss: f64,
    /// What the last layer puts out, `[samples, outputs]`. Metrics of the loss or of ranks are made of these:
    /// predictions are rounded.
    pub logits: Array2<T>,
    /// What the head predicts, `[samples, outputs]`.
    pub predictions: Array2<T>,
    /// Accuracy and the like, where the targets are classes.
    pub classification: Option<Classification>,
}

/// Evaluates a network on all samples of a data set.
///
/// # Errors
/// As [`Sequential::check`], and [`Error::Setting`](crate::error::Error::Setting) for an empty data set.
///
/// ```
/// # use gradlens::{Dataset, Dense, IdentityMse, Sequential, evaluate};
/// # let data = Dataset::new(ndarray::array![[0.0_f32], [1.0]], ndarray::array![[0.0], [2.0]])?;
/// let net = Sequential::input(1).layer(Dense::new(1)).head(IdentityMse).build()?;
/// let evaluation = evaluate(&net, &data)?;
/// assert!(evaluation.loss > 0.0 && evaluation.classification.is_none());
/// # Ok::<(), gradlens::Error>(())
/// ```
pub fn evaluate<T: Scalar>(net: &Sequential<T>, data: &Dataset<T>) -> Result<Evaluation<T>> {
    net.check(data)?;
    if data.is_empty() {
        return Err(crate::error::Error::setting("the number of samples to evaluate on", 0, "at least 1"));
    }
    let outputs = memory::product(&[data.len(), net.output_len(), 2]);
    check_room(net.layers(), data.len().min(EVALUATION_ROWS), false, outputs)?;
    let rows: Vec<usize> = (0..data.len()).collect();
    let (loss, _, logits) = evaluate_rows(net, data, &rows);
    let mut predictions = logits.clone();
    net.head().predict(&mut predictions);
    let of_labels = |labels| Classification::from_logits(&logits, &predictions, labels);
    let classification = data.labels().map(of_labels);
    Ok(Evaluation { loss, logits, predictions, classification })
}

/// Loss, accuracy and logits on some samples of a data set that was checked.
pub(crate) fn evaluate_rows<T: Scalar>(
    net: &Sequential<T>,
    data: &Dataset<T>,
    rows: &[usize],
) -> (f64, Option<f64>, Array2<T>) {
    let mut workspace = net.workspace_for_evaluation(rows.len().min(EVALUATION_ROWS));
    let mut logits = Array2::zeros((rows.len(), net.output_len()));
    let (mut total, mut right) = (0.0, 0.0);
    for (number, batch) in rows.chunks(EVALUATION_ROWS).enumerate() {
        total += net.evaluate_batch(&mut workspace, data, batch) * batch.len() as f64;
        let start = number * EVALUATION_ROWS;
        logits.slice_axis_mut(Axis(0), (start..start + batch.len()).into()).assign(&workspace.logits());
        right += workspace.accuracy(net.head()).unwrap_or(0.0) * batch.len() as f64;
    }
    let count = rows.len() as f64;
    (total / count, has_accuracy(net.head(), data).then_some(right / count), logits)
}
