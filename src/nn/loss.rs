//! What a loss is, and what a head is: a loss together with its link.

use crate::error::Result;
use gradlens_kernel::{Mat, Scalar};
use ndarray::{Array2, ArrayView1};
use serde::{Deserialize, Serialize};
use std::fmt::Debug;

/// A loss together with its link, computed from logits. As the output head of a network it says what the
/// logits mean and how wrong they are; it is chosen with [`Builder::head`](crate::nn::Builder::head).
///
/// Matrices are `[samples, outputs]`. **Required:** [`name`](Loss::name), [`spec`](Loss::spec),
/// [`predict`](Loss::predict) and [`losses`](Loss::losses).
/// [`gradient_check::loss`](crate::nn::gradient_check::loss) compares the gradient with finite differences,
/// in f64: implement the trait for all `T: Scalar`.
///
/// ```
/// use gradlens::nn::{Loss, SoftmaxCrossEntropy, mean_loss};
/// use ndarray::array;
/// let head = SoftmaxCrossEntropy::default();
/// let (logits, targets) = (array![[2.0_f64, 0.0, 0.0]], array![[0.0, 1.0, 0.0]]);
/// let mut gradient = logits.clone();
/// let loss = mean_loss(&head, &logits, &targets, &mut gradient);
/// let mut p = logits.clone();
/// head.predict(&mut p);
/// assert!((loss + p[[0, 1]].ln()).abs() < 1e-12);
/// assert!((&gradient - (&p - &targets)).iter().all(|d| d.abs() < 1e-12));
/// ```
///
/// One of your own, for counts (more in `examples/own_head.rs`):
///
/// ```
/// use gradlens::nn::{Link, Loss, LossSpec, column_means, gradient_check};
/// use gradlens::{Mat, Scalar};
/// use ndarray::array;
///
/// /// p = exp(z), and the Poisson loss p - t z. Its gradient is p - t.
/// #[derive(Debug)]
/// struct Poisson;
///
/// impl<T: Scalar> Loss<T> for Poisson {
///     fn name(&self) -> String {
///         "exp + Poisson".into()
///     }
///     fn spec(&self) -> LossSpec {
///         LossSpec::new(Link::Other).matched()
///     }
///     fn predict(&self, logits: &mut Mat<T>) {
///         logits.mapv_inplace(|z| z.exp());
///     }
///     fn losses(&self, logits: &Mat<T>, targets: &Mat<T>, dlogits: &mut Mat<T>, losses: &mut [T]) {
///         for (i, loss) in losses.iter_mut().enumerate() {
///             let pairs = || logits.row(i).into_iter().zip(targets.row(i));
///             *loss = pairs().map(|(&z, &t)| z.exp() - t * z).sum();
///             dlogits.row_mut(i).iter_mut().zip(pairs()).for_each(|(g, (&z, &t))| *g = z.exp() - t);
///         }
///     }
///     fn best_constant(&self, targets: &Mat<T>) -> Vec<f64> {
///         column_means(targets).into_iter().map(|mean| mean.max(1e-12).ln()).collect()
///     }
/// }
/// let check = gradient_check::loss(&Poisson, &array![[0.5, -1.0], [0.1, 2.0]], &array![[1.0, 0.0], [3.0, 5.0]]);
/// assert!(check.worst() < 1e-6);
/// ```
pub trait Loss<T: Scalar = f32>: Debug + Send + Sync {
    /// The name of the head, "softmax + cross-entropy" say.
    fn name(&self) -> String;

    /// What is known of link and loss.
    fn spec(&self) -> LossSpec;

    /// Turns logits into predictions, in place. The order of a sample's outputs stays: the greatest logit
    /// becomes the greatest prediction.
    fn predict(&self, logits: &mut Mat<T>);

    /// The loss of each sample, the sum over its outputs, into `losses`, and the gradient of that loss at the
    /// sample's logits into `dlogits`. Both hold old numbers on entry and are overwritten. Neither is divided
    /// by the number of samples: the network does that. Classes come as one-hot rows of `targets`. A sample
    /// depends on no other: the network cuts a batch into blocks of samples, one for each thread.
    fn losses(&self, logits: &Mat<T>, targets: &Mat<T>, dlogits: &mut Mat<T>, losses: &mut [T]);

    /// The logits of the best constant output for these targets `[samples, outputs]`, one for each output: what a
    /// network that learned only its biases would put out. Default: those that predict the
    /// [mean](column_means), as is right for every proper loss and for the squared error.
    fn best_constant(&self, targets: &Mat<T>) -> Vec<f64> {
        column_means(targets).into_iter().map(|mean| self.spec().link.logit(mean)).collect()
    }

    /// Checks the settings of the head, for so many outputs. Default: nothing to check.
    ///
    /// # Errors
    /// [`Error::Setting`](crate::Error::Setting) if one is out of range or does not fit.
    fn check_outputs(&self, outputs: usize) -> Result<()> {
        let _ = outputs;
        Ok(())
    }

    /// Whether the head can learn from the target of one sample. Default: it can.
    ///
    /// # Errors
    /// What was found and what was expected.
    fn check_target(&self, target: &[T]) -> std::result::Result<(), TargetError> {
        let _ = target;
        Ok(())
    }
}

/// Every loss is one that a network can hold, so that a [`Builder`](crate::nn::Builder) takes either. (One
/// `impl` for all scalars would not be coherent; code that is generic over them boxes.)
macro_rules! into_box {
    ($scalar:ty) => {
        impl<L: Loss<$scalar> + 'static> From<L> for Box<dyn Loss<$scalar>> {
            fn from(loss: L) -> Self {
                Box::new(loss)
            }
        }
    };
}
into_box!(f32);
into_box!(f64);

/// The loss, mean over samples, and its gradient with respect to the logits.
///
/// ```
/// use gradlens::nn::{IdentityMse, mean_loss};
/// use ndarray::array;
/// let mut gradient = array![[0.0_f64], [0.0]];
/// let loss = mean_loss(&IdentityMse, &array![[3.0], [0.0]], &array![[1.0], [0.0]], &mut gradient);
/// assert_eq!((loss, gradient), (1.0, array![[1.0], [0.0]]));
/// ```
pub fn mean_loss<T: Scalar>(
    head: &dyn Loss<T>,
    logits: &Mat<T>,
    targets: &Mat<T>,
    dlogits: &mut Mat<T>,
) -> f64 {
    let mut losses = vec![T::zero(); logits.nrows()];
    head.losses(logits, targets, dlogits, &mut losses);
    let scale = T::of(1.0 / logits.nrows() as f64);
    dlogits.mapv_inplace(|gradient| scale * gradient);
    losses.iter().map(|loss| loss.f64()).sum::<f64>() / logits.nrows() as f64
}

/// The mean of each column, in f64.
///
/// ```
/// assert_eq!(gradlens::nn::column_means(&ndarray::array![[1.0_f32, 0.0], [2.0, 4.0]]), [1.5, 2.0]);
/// ```
pub fn column_means<T: Scalar>(targets: &Mat<T>) -> Vec<f64> {
    let mean = |column: ArrayView1<T>| column.iter().map(|t| t.f64()).sum::<f64>() / column.len() as f64;
    targets.columns().into_iter().map(mean).collect()
}

/// The loss where every sample gets the same output, the best one for these targets.
pub(crate) fn constant_loss<T: Scalar>(head: &dyn Loss<T>, targets: &Mat<T>) -> f64 {
    let logits = head.best_constant(targets);
    let logits = Array2::from_shape_fn(targets.dim(), |(_, k)| T::of(logits[k]));
    mean_loss(head, &logits, targets, &mut Array2::zeros(targets.dim()))
}

/// What is known of a head.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct LossSpec {
    /// What turns logits into predictions.
    pub link: Link,
    /// Whether link and loss belong together, so that the whole error p - t reaches the logits (weighted
    /// or smoothed, perhaps).
    pub matched: bool,
    /// dL/dp of one output with respect to its prediction p, for target t, where it depends on these alone.
    pub output_gradient: Option<fn(p: f64, t: f64) -> f64>,
    /// Whether the loss is one of all classes together, and not a sum of one loss for each output.
    pub over_classes: bool,
    /// Whether it lets go on purpose of targets that seem to be wrong, so that a small gradient there is no fault.
    pub lets_go: bool,
    /// Whether it is a squared error with 1/2 before it.
    pub halved: bool,
    /// By what loss and gradient are multiplied, for so many outputs.
    pub gradient_scale: fn(outputs: usize) -> f64,
}

impl LossSpec {
    /// A head with this link, and nothing else known.
    pub fn new(link: Link) -> Self {
        LossSpec {
            link,
            matched: false,
            output_gradient: None,
            over_classes: false,
            lets_go: false,
            halved: false,
            gradient_scale: |_| 1.0,
        }
    }

    /// Whose link and loss belong together.
    pub fn matched(self) -> Self {
        LossSpec { matched: true, ..self }
    }

    /// Of all classes together.
    pub fn over_classes(self) -> Self {
        LossSpec { over_classes: true, ..self }
    }

    /// That lets go on purpose of targets that seem to be wrong.
    pub fn lets_go(self) -> Self {
        LossSpec { lets_go: true, ..self }
    }

    /// A squared error with 1/2 before it.
    pub fn halved(self) -> Self {
        LossSpec { halved: true, ..self }
    }

    /// Multiplied by this.
    pub fn gradient_scale(self, scale: fn(usize) -> f64) -> Self {
        LossSpec { gradient_scale: scale, ..self }
    }

    /// With this gradient at the prediction.
    pub fn output_gradient(self, gradient: fn(p: f64, t: f64) -> f64) -> Self {
        LossSpec { output_gradient: Some(gradient), ..self }
    }
}

/// What a head makes of its logits. The diagnostics read it, and the accuracy: under a sigmoid labels are
/// counted one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(rename_all = "kebab-case")]
pub enum Link {
    /// One distribution over the outputs of a sample.
    Softmax,
    /// A probability for each output.
    Sigmoid,
    /// The logits themselves.
    Identity,
    /// Something else: the diagnostics then do not look for saturated outputs, and
    /// [`best_constant`](Loss::best_constant) is to be defined.
    Other,
}

impl Link {
    /// Whether predictions lie between 0 and 1.
    pub fn gives_probabilities(self) -> bool {
        matches!(self, Link::Softmax | Link::Sigmoid)
    }

    /// A logit that predicts `p`, whatever the other outputs predict: ln p, ln p/(1 - p), p.
    /// Probabilities of 0 and 1 are taken for 1e-12 and 1 - 1e-12.
    ///
    /// ```
    /// assert_eq!(gradlens::nn::Link::Sigmoid.logit(0.5), 0.0);
    /// ```
    pub fn logit(self, p: f64) -> f64 {
        let inner = p.clamp(1e-12, 1.0 - 1e-12);
        match self {
            Link::Softmax => inner.ln(),
            Link::Sigmoid => (inner / (1.0 - inner)).ln(),
            Link::Identity | Link::Other => p,
        }
    }
}

/// Why a target does not fit a head.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TargetError {
    /// What the target holds.
    pub found: String,
    /// What the head asks for.
    pub expected: String,
}

impl TargetError {
    /// A target that holds `found` where `expected` is asked for.
    pub fn new(found: impl Into<String>, expected: impl Into<String>) -> Self {
        TargetError { found: found.into(), expected: expected.into() }
    }
}
