//! How many labels hold.

use crate::data::dataset::Dataset;
use crate::error::{Error, Result};
use gradlens_kernel::Scalar;
use serde::Serialize;

/// How many labels hold in a data set of n samples with L labels, y_ik being 0 or 1:
///
/// | | formula |
/// |---|---|
/// | `cardinality` | 1/n sum_i sum_k y_ik |
/// | `density` | cardinality / L |
/// | `empty` | share of i with sum_k y_ik = 0 |
/// | `frequencies` | 1/n sum_i y_ik, for each k |
///
/// Cardinality and density are those of Tsoumakas and Katakis, *Multi-label classification: an overview*,
/// Int. J. Data Warehousing and Mining 3(3), 2007.
///
/// ```
/// use gradlens::{Dataset, LabelStatistics};
/// use ndarray::array;
/// let data = Dataset::new(array![[0.1_f32], [0.2]], array![[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])?;
/// let statistics = LabelStatistics::of(&data)?;
/// assert_eq!((statistics.cardinality, statistics.density, statistics.empty), (1.0, 0.25, 0.5));
/// assert_eq!(statistics.frequencies, [0.5, 0.5, 0.0, 0.0]);
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LabelStatistics {
    /// Mean number of labels of a sample.
    pub cardinality: f64,
    /// Mean share of the labels that hold.
    pub density: f64,
    /// Share of samples without a label.
    pub empty: f64,
    /// Share of samples with the label, for each label.
    pub frequencies: Vec<f64>,
}

impl LabelStatistics {
    /// The statistics of the targets of `data`. A class counts as a set of one label.
    ///
    /// # Errors
    /// [`Error::Shape`] for a target that is neither 0 nor 1, and if there is no sample or no label.
    pub fn of<T: Scalar>(data: &Dataset<T>) -> Result<Self> {
        let shape = |what: String, found: String, expected: &str, remedy: &str| Error::Shape {
            what,
            found,
            expected: expected.into(),
            remedy: remedy.into(),
        };
        let (samples, labels) = (data.len(), data.output_len());
        if samples == 0 || labels == 0 {
            let found = format!("{samples} samples with {labels} labels");
            let remedy = "count in a set that is not empty";
            return Err(shape("the labels to count".into(), found, "at least one of each", remedy));
        }
        let (mut counts, mut empty) = (vec![0_u64; labels], 0_u64);
        if let Some(classes) = data.labels() {
            classes.iter().for_each(|&class| counts[class] += 1);
        }
        for (row, set) in data.target_rows().iter().flat_map(|targets| targets.outer_iter().enumerate()) {
            for (label, &y) in set.iter().enumerate() {
                if y != T::zero() && y != T::one() {
                    let (what, found) =
                        (format!("row {row} of the targets"), format!("{y} for label {label}"));
                    return Err(shape(what, found, "0 or 1", "count in a set of labels that hold or not"));
                }
                counts[label] += u64::from(y == T::one());
            }
            empty += u64::from(set.iter().all(|&y| y == T::zero()));
        }
        let share = |count: u64| count as f64 / samples as f64;
        let cardinality = share(counts.iter().sum());
        Ok(LabelStatistics {
            cardinality,
            density: cardinality / labels as f64,
            empty: share(empty),
            frequencies: counts.into_iter().map(share).collect(),
        })
    }

    /// A weight for the positive samples of each label that makes up for its being rare, (1 - f)/f for
    /// frequency f: both sides of the loss then weigh the same (as the documentation of PyTorch's
    /// `BCEWithLogitsLoss` has it). 1 for a label that never or always holds. For
    /// [`SigmoidBinaryCrossEntropy`](crate::SigmoidBinaryCrossEntropy).
    ///
    /// ```
    /// # use gradlens::{Dataset, LabelStatistics};
    /// # use ndarray::{Array2, array};
    /// let data = Dataset::new(Array2::<f32>::zeros((4, 1)), array![[1.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]])?;
    /// assert_eq!(LabelStatistics::of(&data)?.pos_weights(), [3.0, 1.0]);
    /// # Ok::<(), gradlens::Error>(())
    /// ```
    pub fn pos_weights(&self) -> Vec<f64> {
        let weight = |&f: &f64| if f > 0.0 && f < 1.0 { (1.0 - f) / f } else { 1.0 };
        self.frequencies.iter().map(weight).collect()
    }
}
