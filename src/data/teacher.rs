//! Labels from a teacher whose probabilities are known.

use crate::data::dataset::Dataset;
use crate::data::labelled::{Labelled, Part, zeros};
use crate::error::{Error, Result};
use crate::memory;
use crate::random;
use crate::random::Purpose;
use gradlens_kernel::Scalar;
use ndarray::{Array1, Array2};
use ndarray_rand::RandomExt;
use ndarray_rand::rand_distr::{Distribution, Normal, StandardNormal};
use rand::Rng;

/// The logistic teacher: labels that are independent given the inputs, by probabilities that are
/// known.
///
/// With d features and K labels,
///
/// ```text
/// x ~ N(0, I_d)    W_jk ~ N(0, weight_variance / d)    b_k ~ N(bias_mean, bias_variance)
/// y_k ~ Bernoulli(sigmoid((x W + b)_k)), independent given x
/// ```
///
/// so that the logit of a label varies over the inputs by `weight_variance` on average, whatever d. This is
/// the model of logistic regression (Cox, *The regression analysis of binary sequences*, J. R. Stat.
/// Soc. B 20, 1958) with parameters drawn at random: a network with a sigmoid head and no hidden
/// layer can reach it, none can do better.
///
/// ```
/// use gradlens::{Part, Teacher};
/// let teacher = Teacher::default().seed(7);
/// let train = teacher.draw::<f32>(1000, Part::Train)?;
/// assert_eq!((train.data.len(), train.data.input_len(), train.data.output_len()), (1000, 20, 10));
/// assert_eq!(train.marginals.unwrap().dim(), (1000, 10));
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Teacher {
    /// Set with [`features`](Self::features).
    pub features: usize,
    /// Set with [`labels`](Self::labels).
    pub labels: usize,
    /// Set with [`weight_variance`](Self::weight_variance).
    pub weight_variance: f64,
    /// Set with [`bias_mean`](Self::bias_mean).
    pub bias_mean: f64,
    /// Set with [`bias_variance`](Self::bias_variance).
    pub bias_variance: f64,
    /// Set with [`seed`](Self::seed).
    pub seed: u64,
}

impl Default for Teacher {
    fn default() -> Self {
        Teacher {
            features: 20,
            labels: 10,
            weight_variance: 16.0,
            bias_mean: -1.0,
            bias_variance: 0.25,
            seed: 0,
        }
    }
}

impl Teacher {
    /// Number of features d. Default: 20.
    pub fn features(self, features: usize) -> Self {
        Teacher { features, ..self }
    }

    /// Number of labels K. Default: 10.
    pub fn labels(self, labels: usize) -> Self {
        Teacher { labels, ..self }
    }

    /// Variance of a logit over the inputs on average, d times that of a weight. Default: 16.
    pub fn weight_variance(self, weight_variance: f64) -> Self {
        Teacher { weight_variance, ..self }
    }

    /// Mean of the biases. Default: -1, so that fewer than half of the labels hold.
    pub fn bias_mean(self, bias_mean: f64) -> Self {
        Teacher { bias_mean, ..self }
    }

    /// Variance of the biases. Default: 0.25.
    pub fn bias_variance(self, bias_variance: f64) -> Self {
        Teacher { bias_variance, ..self }
    }

    /// Seed of the parameters and of all samples. Default: 0.
    pub fn seed(self, seed: u64) -> Self {
        Teacher { seed, ..self }
    }

    /// Weights W `[features, labels]` and biases b `[labels]`, the same for every part.
    ///
    /// # Errors
    /// [`Error::Setting`] for no feature or label, a variance that is negative, and a number that is
    /// not finite.
    pub fn parameters(&self) -> Result<(Array2<f64>, Array1<f64>)> {
        for (name, count) in [("features", self.features), ("labels", self.labels)] {
            if count == 0 {
                return Err(Error::setting(format!("the teacher's number of {name}"), 0, "at least 1"));
            }
        }
        for (name, variance) in [("weight", self.weight_variance), ("bias", self.bias_variance)] {
            if !(variance.is_finite() && variance >= 0.0) {
                let name = format!("the teacher's {name} variance");
                return Err(Error::setting(name, variance, "finite and at least 0"));
            }
        }
        let normal = |mean, variance: f64| {
            Normal::new(mean, variance.sqrt())
                .map_err(|_| Error::setting("the teacher's bias mean", mean, "finite"))
        };
        if !self.bias_mean.is_finite() {
            return Err(Error::setting("the teacher's bias mean", self.bias_mean, "finite"));
        }
        let mut rng = random::stream(self.seed, Purpose::Teacher, 0);
        let weight = normal(0.0, self.weight_variance / self.features as f64)?;
        let bias = normal(self.bias_mean, self.bias_variance)?;
        let shape = (self.features, self.labels);
        let what = format!("the teacher's weights, {} x {},", shape.0, shape.1);
        let count = memory::product(&[shape.0, shape.1]);
        memory::check(what, count, size_of::<f64>(), "take fewer features or labels")?;
        Ok((Array2::random_using(shape, weight, &mut rng), Array1::random_using(self.labels, bias, &mut rng)))
    }

    /// Samples of `part`, with their true marginals.
    ///
    /// The marginals are those of the inputs as rounded to `T`: the truth about the very numbers that
    /// the network gets. The first samples of a longer draw are those of a shorter one.
    ///
    /// # Errors
    /// As [`parameters`](Self::parameters), and [`Error::Setting`] for no sample or more than memory
    /// has room for.
    pub fn draw<T: Scalar>(&self, samples: usize, part: Part) -> Result<Labelled<T>> {
        let (weights, biases) = self.parameters()?;
        let mut inputs = zeros::<T>(samples, self.features)?;
        let mut targets = zeros::<T>(samples, self.labels)?;
        let mut marginals = zeros::<f64>(samples, self.labels)?;
        let mut rng = random::stream(self.seed, Purpose::Teacher, 1 + part as u64);
        for ((mut x, mut y), mut p) in
            inputs.rows_mut().into_iter().zip(targets.rows_mut()).zip(marginals.rows_mut())
        {
            x.map_inplace(|x| {
                let drawn: f64 = StandardNormal.sample(&mut rng);
                *x = T::of(drawn);
            });
            let logits = x.mapv(|x| x.f64()).dot(&weights) + &biases;
            p.assign(&logits.mapv(|logit| 1.0 / (1.0 + libm::exp(-logit))));
            y.zip_mut_with(&p, |y, &p| *y = T::of(f64::from(rng.random::<f64>() < p)));
        }
        Ok(Labelled { data: Dataset::new(inputs, targets)?, marginals: Some(marginals) })
    }
}
