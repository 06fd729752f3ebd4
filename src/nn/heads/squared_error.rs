//! Links with the squared error, for study: what does not belong together loses its gradient.

use crate::error::Result;
use crate::nn::activations::sigmoid::sigmoid;
use crate::nn::heads::checks::{check_softmax, every, is_between_0_and_1, is_distribution};
use crate::nn::heads::rows::{by_row, contiguous, normalise, softmax, squared};
use crate::nn::loss::{Link, Loss, LossSpec, TargetError};
use gradlens_kernel::{Mat, Scalar};

/// Sigmoid and squared error, for study: its gradient vanishes where the output is saturated,
/// wrong or not.
///
/// * prediction: s_k = 1 / (1 + exp(-z_k));
/// * loss: 1/2 sum_k (s_k - t_k)^2, mean over samples;
/// * gradient: (s_k - t_k) s_k (1 - s_k), divided by N.
///
/// ```
/// use gradlens::nn::{mean_loss, SigmoidBinaryCrossEntropy, SigmoidMse};
/// use ndarray::array;
/// let (wrong, target) = (array![[10.0_f64]], array![[0.0]]);
/// let mut gradient = wrong.clone();
/// mean_loss(&SigmoidMse, &wrong, &target, &mut gradient);
/// assert!((gradient[[0, 0]] - 4.5e-5).abs() < 1e-6);
/// mean_loss(&SigmoidBinaryCrossEntropy::default(), &wrong, &target, &mut gradient);
/// assert!((gradient[[0, 0]] - 0.99995).abs() < 1e-5);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SigmoidMse;

impl<T: Scalar> Loss<T> for SigmoidMse {
    fn name(&self) -> String {
        "sigmoid + squared error".into()
    }

    fn spec(&self) -> LossSpec {
        LossSpec::new(Link::Sigmoid).output_gradient(|p, t| p - t).halved()
    }

    fn predict(&self, logits: &mut Mat<T>) {
        contiguous([], logits, |[], p| p.iter_mut().for_each(|z| *z = sigmoid(*z)));
    }

    fn losses(&self, logits: &Mat<T>, targets: &Mat<T>, dlogits: &mut Mat<T>, losses: &mut [T]) {
        squared([logits, targets], dlogits, losses, |z| {
            let s = sigmoid(z);
            (s, s * sigmoid(-z))
        });
    }

    fn check_target(&self, target: &[T]) -> std::result::Result<(), TargetError> {
        is_between_0_and_1(target)
    }
}

/// Softmax and squared error, for study: it vanishes like [`SigmoidMse`], so the softmax by itself
/// does not protect from it.
///
/// * prediction: p = softmax(z);
/// * loss: 1/2 sum_k (p_k - t_k)^2, mean over samples;
/// * gradient: p_i [(p_i - t_i) - sum_j p_j (p_j - t_j)], divided by N.
///
/// ```
/// use gradlens::nn::{mean_loss, SoftmaxMse};
/// use ndarray::array;
/// let (wrong, target) = (array![[10.0_f64, 0.0]], array![[0.0, 1.0]]);
/// let mut gradient = wrong.clone();
/// mean_loss(&SoftmaxMse, &wrong, &target, &mut gradient);
/// assert!(gradient.iter().all(|g| g.abs() < 1e-4));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SoftmaxMse;

impl<T: Scalar> Loss<T> for SoftmaxMse {
    fn name(&self) -> String {
        "softmax + squared error".into()
    }

    fn spec(&self) -> LossSpec {
        LossSpec::new(Link::Softmax).output_gradient(|p, t| p - t).halved()
    }

    fn predict(&self, logits: &mut Mat<T>) {
        softmax(logits);
    }

    fn losses(&self, logits: &Mat<T>, targets: &Mat<T>, dlogits: &mut Mat<T>, losses: &mut [T]) {
        by_row([logits, targets], dlogits, losses, |_, targets, p| {
            normalise(p);
            let (mut pull, mut loss) = (T::zero(), T::zero());
            for (&p, &t) in p.iter().zip(targets) {
                pull += p * (p - t);
                loss += T::of(0.5) * (p - t) * (p - t);
            }
            for (p, &t) in p.iter_mut().zip(targets) {
                *p = *p * ((*p - t) - pull);
            }
            loss
        });
    }

    fn check_outputs(&self, outputs: usize) -> Result<()> {
        check_softmax(outputs)
    }

    fn check_target(&self, target: &[T]) -> std::result::Result<(), TargetError> {
        is_distribution(target)
    }
}

/// No link function, and squared error: regression, and the linear end of a study.
///
/// * prediction: z;
/// * loss: 1/2 sum_k (z_k - t_k)^2, mean over samples;
/// * gradient: z_k - t_k, divided by N.
///
/// ```
/// use gradlens::nn::{IdentityMse, mean_loss};
/// use ndarray::array;
/// let mut gradient = array![[0.0_f64, 0.0]];
/// assert_eq!(mean_loss(&IdentityMse, &array![[3.0, 1.0]], &array![[1.0, 1.0]], &mut gradient), 2.0);
/// assert_eq!(gradient, array![[2.0, 0.0]]);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct IdentityMse;

impl<T: Scalar> Loss<T> for IdentityMse {
    fn name(&self) -> String {
        "identity + squared error".into()
    }

    fn spec(&self) -> LossSpec {
        LossSpec::new(Link::Identity).matched().output_gradient(|p, t| p - t).halved()
    }

    fn predict(&self, _: &mut Mat<T>) {}

    fn losses(&self, logits: &Mat<T>, targets: &Mat<T>, dlogits: &mut Mat<T>, losses: &mut [T]) {
        squared([logits, targets], dlogits, losses, |z| (z, T::one()));
    }

    fn check_target(&self, target: &[T]) -> std::result::Result<(), TargetError> {
        every(target, "finite numbers", f64::is_finite)
    }
}
