//! The mean over outputs in place of the sum.

use crate::error::Result;
use crate::nn::loss::{Loss, LossSpec, TargetError};
use gradlens_kernel::{Mat, Scalar};

/// Another head with the mean over the K outputs where that takes the sum, as PyTorch and Keras have it, so that their
/// programs can be said with their own learning rates: the loss and its gradient divided by K, and of squared errors
/// doubled, as theirs have no 1/2.
///
/// (PyTorch's `MSELoss`, `L1Loss`, `HuberLoss` and `BCEWithLogitsLoss` with `reduction="mean"`; Keras'
/// `mean_squared_error`, `mean_absolute_error` and `binary_crossentropy`. Their cross-entropies of classes take no mean
/// over the classes, and are left alone here.)
///
/// ```
/// use gradlens::nn::{IdentityMse, MeanOverOutputs, mean_loss};
/// use ndarray::array;
/// let head = MeanOverOutputs::new(IdentityMse);
/// let mut gradient = array![[0.0_f64, 0.0]];
/// // ((3 - 1)^2 + 0) / 2
/// assert_eq!(mean_loss(&head, &array![[3.0, 1.0]], &array![[1.0, 1.0]], &mut gradient), 2.0);
/// assert_eq!(gradient, array![[2.0, 0.0]]);
/// ```
#[derive(Debug)]
pub struct MeanOverOutputs<T: Scalar = f32> {
    head: Box<dyn Loss<T>>,
}

impl<T: Scalar> MeanOverOutputs<T> {
    /// The mean of what this head sums.
    pub fn new(head: impl Into<Box<dyn Loss<T>>>) -> Self {
        MeanOverOutputs { head: head.into() }
    }
}

impl<T: Scalar> Loss<T> for MeanOverOutputs<T> {
    fn name(&self) -> String {
        if self.head.spec().over_classes {
            return self.head.name();
        }
        format!("{}, mean over outputs", self.head.name())
    }

    fn spec(&self) -> LossSpec {
        let spec = self.head.spec();
        match (spec.over_classes, spec.halved) {
            (true, _) => spec,
            (false, true) => spec.gradient_scale(|outputs| 2.0 / outputs as f64),
            (false, false) => spec.gradient_scale(|outputs| 1.0 / outputs as f64),
        }
    }

    fn predict(&self, logits: &mut Mat<T>) {
        self.head.predict(logits);
    }

    fn losses(&self, logits: &Mat<T>, targets: &Mat<T>, dlogits: &mut Mat<T>, losses: &mut [T]) {
        self.head.losses(logits, targets, dlogits, losses);
        let scale = T::of((self.spec().gradient_scale)(logits.ncols()));
        losses.iter_mut().for_each(|loss| *loss = scale * *loss);
        dlogits.mapv_inplace(|gradient| scale * gradient);
    }

    fn best_constant(&self, targets: &Mat<T>) -> Vec<f64> {
        self.head.best_constant(targets)
    }

    fn check_outputs(&self, outputs: usize) -> Result<()> {
        self.head.check_outputs(outputs)
    }

    fn check_target(&self, target: &[T]) -> std::result::Result<(), TargetError> {
        self.head.check_target(target)
    }
}
