//! What is known of the samples before the training.

use crate::data::Dataset;
use gradlens_kernel::Scalar;
use ndarray::ArrayView1;
use serde::{Deserialize, Serialize};

/// What is known of the samples before the training: of each input column and target column its mean and deviation.
///
/// ```
/// use gradlens::Dataset;
/// use gradlens::diagnostics::DataRecord;
/// let data = Dataset::classes(ndarray::array![[0.0_f32, 5.0], [2.0, 5.0]], vec![1, 1], 2)?;
/// let record = DataRecord::of(&data);
/// assert_eq!((record.inputs[0].mean, record.inputs[1].deviation), (1.0, 0.0));
/// assert!(record.constant_targets);
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DataRecord {
    /// How many samples were looked at; of many some thousand, evenly spread.
    pub samples: usize,
    /// The input columns.
    pub inputs: Vec<ColumnRecord>,
    /// The target columns, where targets are no classes.
    pub targets: Vec<ColumnRecord>,
    /// Whether every sample has the same target.
    pub constant_targets: bool,
    /// Share of the samples of the most frequent class, where targets are classes.
    pub most_frequent: Option<f64>,
    /// Share of neighbours in the file that have the same class, where targets are classes.
    pub same_neighbours: Option<f64>,
}

/// What is known of a column.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ColumnRecord {
    /// Its mean.
    pub mean: f64,
    /// Its standard deviation.
    pub deviation: f64,
}

impl ColumnRecord {
    fn of<T: Scalar>(column: ArrayView1<T>) -> Self {
        let count = column.len().max(1) as f64;
        let rough = column.iter().map(|x| x.f64()).sum::<f64>() / count;
        let mean = rough + column.iter().map(|x| x.f64() - rough).sum::<f64>() / count;
        let square = column.iter().map(|x| (x.f64() - mean).powi(2)).sum::<f64>() / count;
        ColumnRecord { mean, deviation: square.sqrt() }
    }

    /// The root mean square.
    pub fn rms(&self) -> f64 {
        self.mean.hypot(self.deviation)
    }
}

/// The most samples that are looked at.
const MOST: usize = 4096;

impl DataRecord {
    /// Of these samples.
    pub fn of<T: Scalar>(data: &Dataset<T>) -> Self {
        let stride = data.len().div_ceil(MOST).max(1);
        let some = data.select(&(0..data.len()).step_by(stride).collect::<Vec<_>>());
        let columns =
            |matrix: ndarray::ArrayView2<T>| matrix.columns().into_iter().map(ColumnRecord::of).collect();
        let targets: Vec<ColumnRecord> = some.target_rows().map_or(vec![], columns);
        let constant_targets = match data.labels() {
            Some(labels) => labels.windows(2).all(|pair| pair[0] == pair[1]),
            None => targets.iter().all(|column| column.deviation == 0.0),
        };
        let most_frequent = data.labels().map(|labels| {
            let mut counts = vec![0_usize; data.output_len()];
            labels.iter().for_each(|&label| counts[label] += 1);
            counts.into_iter().max().unwrap_or(0) as f64 / labels.len().max(1) as f64
        });
        let same = |labels: &[usize]| {
            let same = labels.windows(2).filter(|pair| pair[0] == pair[1]).count();
            same as f64 / (labels.len().max(2) - 1) as f64
        };
        DataRecord {
            samples: some.len(),
            inputs: columns(some.inputs().view()),
            targets,
            constant_targets: constant_targets && data.len() > 1,
            most_frequent,
            same_neighbours: data.labels().map(same),
        }
    }
}
