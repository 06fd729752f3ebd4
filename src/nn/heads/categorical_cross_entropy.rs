//! The cross-entropy of outputs that are no distribution, as Keras takes it.

use crate::nn::heads::checks::is_distribution;
use crate::nn::heads::rows::by_row;
use crate::nn::loss::{Link, Loss, LossSpec, TargetError};
use gradlens_kernel::{Mat, Scalar};

/// No link function, and the cross-entropy of the outputs taken for probabilities, for study: what Keras'
/// `categorical_crossentropy` does behind a last layer that is not a softmax.
///
/// * prediction: z;
/// * loss: - sum_k t_k ln p_k with p = z / sum(z), clipped to between 1e-7 and 1 - 1e-7, mean over samples;
/// * gradient: sum(t) / sum(z) - t_k / z_k, where only targets of outputs that are not clipped count, divided by N.
///
/// An output that is clipped, as all below 0 are, gets no gradient; of a single output p is 1 whatever it is, and nothing
/// is learned. (Keras 3, `keras.ops.categorical_crossentropy` with `from_logits=False`; epsilon is
/// `keras.backend.epsilon()`.)
///
/// ```
/// use gradlens::nn::{IdentityCategoricalCrossEntropy, mean_loss};
/// use ndarray::array;
/// let mut gradient = array![[0.0_f64, 0.0]];
/// let loss = mean_loss(&IdentityCategoricalCrossEntropy, &array![[1.0, 3.0]], &array![[1.0, 0.0]], &mut gradient);
/// assert!((loss - 4.0_f64.ln()).abs() < 1e-12);
/// assert_eq!(gradient, array![[0.25 - 1.0, 0.25]]);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct IdentityCategoricalCrossEntropy;

impl<T: Scalar> Loss<T> for IdentityCategoricalCrossEntropy {
    fn name(&self) -> String {
        "identity + categorical cross-entropy".into()
    }

    fn spec(&self) -> LossSpec {
        LossSpec::new(Link::Identity).over_classes()
    }

    fn predict(&self, _: &mut Mat<T>) {}

    fn losses(&self, logits: &Mat<T>, targets: &Mat<T>, dlogits: &mut Mat<T>, losses: &mut [T]) {
        let (least, greatest) = (T::of(1e-7), T::of(1.0 - 1e-7));
        by_row([logits, targets], dlogits, losses, |logits, targets, gradient| {
            let sum = logits.iter().fold(T::zero(), |sum, &z| sum + z);
            let (mut loss, mut counting) = (T::zero(), T::zero());
            for (&z, &t) in logits.iter().zip(targets) {
                let p = z / sum;
                loss -= t * p.max(least).min(greatest).log_e();
                if p >= least && p <= greatest {
                    counting += t;
                }
            }
            for ((gradient, &z), &t) in gradient.iter_mut().zip(logits).zip(targets) {
                let p = z / sum;
                let own = if p >= least && p <= greatest { t / z } else { T::zero() };
                *gradient = counting / sum - own;
            }
            loss
        });
    }

    fn check_target(&self, target: &[T]) -> std::result::Result<(), TargetError> {
        is_distribution(target)
    }
}
