//! Samples that were made, with what is known of how.

use crate::data::dataset::Dataset;
use crate::error::{Error, Result};
use crate::memory;
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
    if samples == 0 {
        return Err(Error::setting("the number of samples", samples, "at least 1"));
    }
    let what = format!("{samples} samples of {columns} numbers");
    memory::check(what, memory::product(&[samples, columns]), size_of::<A>(), "take fewer")?;
    Ok(Array2::from_elem((samples, columns), A::default()))
}
