//! Samples that were made, with what is known of how.

use crate::data::dataset::Dataset;
use crate::error::{Error, Result};
use gradlens_kernel::Scalar;
use ndarray::Array2;

/// Samples with sets of labels and, where they were made from known ones, the true probabilities.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Labelled<T: Scalar = f32> {
    /// The samples, with multi-hot targets `[samples, labels]`.
    pub data: Dataset<T>,
    /// P(label k holds | the inputs of sample i), `[samples, labels]`, where it is known.
    pub marginals: Option<Array2<f64>>,
}

impl<T: Scalar> Labelled<T> {
    /// Samples with sets of labels; the marginals are not known.
    pub fn new(data: Dataset<T>) -> Self {
        Labelled { data, marginals: None }
    }
}

/// What samples are drawn for: each part has random numbers of its own, so that the parts are
/// independent draws from one distribution.
///
/// ```
/// use gradlens::{Part, Xor};
/// let [train, test] = [Part::Train, Part::Test].map(|part| Xor::default().draw::<f32>(100, part).unwrap());
/// assert_ne!(train.data.inputs(), test.data.inputs());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Part {
    /// To train on.
    Train = 0,
    /// To choose settings by.
    Validation = 1,
    /// To measure on.
    Test = 2,
}

/// A matrix of zeros with a row for each sample.
///
/// # Errors
/// [`Error::Setting`] for no sample, and for more than memory has room for.
pub(super) fn zeros<A: Clone + Default>(samples: usize, columns: usize) -> Result<Array2<A>> {
    let wrong = |expected| Error::setting("the number of samples", samples, expected);
    let few = || wrong(format!("few enough for memory to hold {columns} numbers for each"));
    if samples == 0 {
        return Err(wrong("at least 1".into()));
    }
    let len = samples.checked_mul(columns).ok_or_else(few)?;
    let mut values = Vec::new();
    values.try_reserve_exact(len).map_err(|_| few())?;
    values.resize(len, A::default());
    Array2::from_shape_vec((samples, columns), values).map_err(|_| few())
}
