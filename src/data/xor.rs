//! Two labels of which exactly one holds, which no feature tells.

use crate::data::dataset::Dataset;
use crate::data::labelled::{Labelled, Part, zeros};
use crate::error::{Error, Result};
use crate::random;
use crate::random::Purpose;
use gradlens_kernel::Scalar;
use ndarray_rand::rand_distr::{Distribution, StandardNormal};
use rand::Rng;

/// XOR labels: of two labels exactly one holds, each with probability 1/2 whatever the features,
/// which are noise, x ~ N(0, I_d).
///
/// Of the four sets of labels only {0} and {1} occur. Thresholds on the marginals, all 1/2, give {}
/// or {0, 1}, which are never right; a softmax over the sets gives one that is right half of the time. The
/// marginals do not fix the best set: Dembczyński et al., *On label dependence and loss minimization in
/// multi-label classification*, Machine Learning 88, 2012.
///
/// ```
/// use gradlens::{Part, Xor};
/// let test = Xor::default().draw::<f64>(50, Part::Test)?;
/// assert!(test.data.target_rows().unwrap().rows().into_iter().all(|set| set.sum() == 1.0));
/// assert!(test.marginals.unwrap().iter().all(|&p| p == 0.5));
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Xor {
    /// Set with [`features`](Self::features).
    pub features: usize,
    /// Set with [`seed`](Self::seed).
    pub seed: u64,
}

impl Default for Xor {
    fn default() -> Self {
        Xor { features: 2, seed: 0 }
    }
}

impl Xor {
    /// Number of features d, which say nothing of the labels. Default: 2.
    pub fn features(self, features: usize) -> Self {
        Xor { features, ..self }
    }

    /// Seed of all samples. Default: 0.
    pub fn seed(self, seed: u64) -> Self {
        Xor { seed, ..self }
    }

    /// Samples of `part`: inputs `[samples, features]`, targets and marginals `[samples, 2]`.
    ///
    /// The first samples of a longer draw are those of a shorter one.
    ///
    /// # Errors
    /// [`Error::Setting`] for no feature, no sample, or more samples than memory has room for.
    pub fn draw<T: Scalar>(&self, samples: usize, part: Part) -> Result<Labelled<T>> {
        if self.features == 0 {
            return Err(Error::setting("the number of features of XOR labels", 0, "at least 1"));
        }
        let mut inputs = zeros::<T>(samples, self.features)?;
        let mut targets = zeros::<T>(samples, 2)?;
        let mut rng = random::stream(self.seed, Purpose::Xor, part as u64);
        for (mut x, mut y) in inputs.rows_mut().into_iter().zip(targets.rows_mut()) {
            x.map_inplace(|x| {
                let drawn: f64 = StandardNormal.sample(&mut rng);
                *x = T::of(drawn);
            });
            y[usize::from(rng.random::<bool>())] = T::one();
        }
        let mut marginals = zeros::<f64>(samples, 2)?;
        marginals.fill(0.5);
        Ok(Labelled { data: Dataset::new(inputs, targets)?, marginals: Some(marginals) })
    }
}
