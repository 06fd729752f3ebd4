//! Softmax with losses that stop to pull where a target seems to be wrong.

use crate::error::{Error, Result};
use crate::nn::heads::checks::{check_softmax, is_distribution};
use crate::nn::heads::rows::{by_row, normalise, softmax};
use crate::nn::loss::{Link, Loss, LossSpec, TargetError, column_means};
use gradlens_kernel::{Mat, Scalar};

/// Losses sum_k t_k l(p_k) of p = softmax(z), by l and -l'(p) p, which is 1 for the cross-entropy: with
/// c_k = t_k (-l'(p_k) p_k) the gradient at the logits is p_i sum_k c_k - c_i.
#[inline(always)]
fn by_class<T: Scalar>(
    matrices: [&Mat<T>; 2],
    dlogits: &mut Mat<T>,
    losses: &mut [T],
    loss_and_pull: impl Fn(T) -> (T, T),
) {
    by_row(
        matrices,
        dlogits,
        losses,
        #[inline(always)]
        |_, targets, p| {
            normalise(p);
            let (mut loss, mut mass) = (T::zero(), T::zero());
            for (&p, &t) in p.iter().zip(targets) {
                // What is no target costs nothing, however unlikely it is.
                if t != T::zero() {
                    let (of_class, pull) = loss_and_pull(p);
                    (loss, mass) = (loss + t * of_class, mass + t * pull);
                }
            }
            for (p, &t) in p.iter_mut().zip(targets) {
                let own = if t == T::zero() { t } else { t * loss_and_pull(*p).1 };
                *p = *p * mass - own;
            }
            loss
        },
    );
}

/// Softmax and absolute error (Ghosh, Kumar and Sastry, AAAI 2017): symmetric label noise does not move its minimum. It
/// learns slowly, as its gradient vanishes where the output is wrong and certain.
///
/// * prediction: p = softmax(z);
/// * loss: 2 sum_k t_k (1 - p_k), mean over samples; for a class y this is sum_k |p_k - t_k| = 2 (1 - p_y);
/// * gradient: p_i sum_k c_k - c_i with c_k = 2 t_k p_k, divided by N.
///
/// ```
/// use gradlens::nn::{SoftmaxMae, mean_loss};
/// use ndarray::array;
/// let mut gradient = array![[0.0_f64, 0.0]];
/// assert_eq!(mean_loss(&SoftmaxMae, &array![[0.0, 0.0]], &array![[1.0, 0.0]], &mut gradient), 1.0);
/// assert_eq!(gradient, array![[-0.5, 0.5]]);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SoftmaxMae;

impl<T: Scalar> Loss<T> for SoftmaxMae {
    fn name(&self) -> String {
        "softmax + absolute error".into()
    }

    fn spec(&self) -> LossSpec {
        LossSpec::new(Link::Softmax).over_classes().lets_go().output_gradient(|_, t| -2.0 * t)
    }

    fn predict(&self, logits: &mut Mat<T>) {
        softmax(logits);
    }

    fn losses(&self, logits: &Mat<T>, targets: &Mat<T>, dlogits: &mut Mat<T>, losses: &mut [T]) {
        let two = T::of(2.0);
        by_class(
            [logits, targets],
            dlogits,
            losses,
            #[inline(always)]
            |p| (two * (T::one() - p), two * p),
        );
    }

    /// The most frequent class, and nothing else.
    fn best_constant(&self, targets: &Mat<T>) -> Vec<f64> {
        most_frequent(&column_means(targets))
    }

    fn check_outputs(&self, outputs: usize) -> Result<()> {
        check_softmax(outputs)
    }

    fn check_target(&self, target: &[T]) -> std::result::Result<(), TargetError> {
        is_distribution(target)
    }
}

/// Softmax and generalised cross-entropy (Zhang and Sabuncu, NeurIPS 2018), between the cross-entropy (q towards 0) and half
/// the absolute error (q = 1): for classes of which some are wrong in the samples.
///
/// * prediction: p = softmax(z);
/// * loss: sum_k t_k (1 - p_k^q) / q, mean over samples;
/// * gradient: p_i sum_k c_k - c_i with c_k = t_k p_k^q, divided by N.
///
/// ```
/// use gradlens::nn::{SoftmaxGeneralisedCrossEntropy, mean_loss};
/// use ndarray::array;
/// let mut gradient = array![[0.0_f64, 0.0]];
/// let head = SoftmaxGeneralisedCrossEntropy::default().q(0.5);
/// let loss = mean_loss(&head, &array![[0.0, 0.0]], &array![[1.0, 0.0]], &mut gradient);
/// assert!((loss - 2.0 * (1.0 - 0.5_f64.sqrt())).abs() < 1e-12);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct SoftmaxGeneralisedCrossEntropy {
    /// Set with [`q`](Self::q).
    pub q: f64,
}

impl Default for SoftmaxGeneralisedCrossEntropy {
    /// q = 0.7, as in the paper.
    fn default() -> Self {
        SoftmaxGeneralisedCrossEntropy { q: 0.7 }
    }
}

impl SoftmaxGeneralisedCrossEntropy {
    /// Above 0, the cross-entropy, and at most 1, half the absolute error. Default: 0.7.
    pub fn q(self, q: f64) -> Self {
        SoftmaxGeneralisedCrossEntropy { q }
    }
}

impl<T: Scalar> Loss<T> for SoftmaxGeneralisedCrossEntropy {
    fn name(&self) -> String {
        format!("softmax + generalised cross-entropy, q {}", self.q)
    }

    fn spec(&self) -> LossSpec {
        LossSpec::new(Link::Softmax).over_classes().lets_go()
    }

    fn predict(&self, logits: &mut Mat<T>) {
        softmax(logits);
    }

    fn losses(&self, logits: &Mat<T>, targets: &Mat<T>, dlogits: &mut Mat<T>, losses: &mut [T]) {
        let q = T::of(self.q);
        by_class([logits, targets], dlogits, losses, |p| {
            // p^q - 1, which for a small q would be lost beside 1.
            let less = (q * p.log_e()).expm1();
            (-less / q, T::one() + less)
        });
    }

    /// p in proportion to the frequency to the power of 1 / (1 - q), where the derivatives t_k p_k^(q - 1) are equal.
    fn best_constant(&self, targets: &Mat<T>) -> Vec<f64> {
        let mean = column_means(targets);
        match self.q < 1.0 {
            true => mean.iter().map(|&t| Link::Softmax.logit(t) / (1.0 - self.q)).collect(),
            false => most_frequent(&mean),
        }
    }

    fn check_outputs(&self, outputs: usize) -> Result<()> {
        check_softmax(outputs)?;
        match T::of(self.q) > T::zero() && self.q <= 1.0 {
            true => Ok(()),
            false => {
                Err(Error::setting("q of the generalised cross-entropy", self.q, "above 0 and at most 1"))
            }
        }
    }

    fn check_target(&self, target: &[T]) -> std::result::Result<(), TargetError> {
        is_distribution(target)
    }
}

/// Softmax and partially Huberised cross-entropy (Menon et al., ICLR 2020): the cross-entropy, but linear in p where the
/// target is less likely than 1 / tau, so that what seems to be a wrong label pulls less and less.
///
/// * prediction: p = softmax(z);
/// * loss: sum_k t_k l(p_k), mean over samples, with l(p) = -ln p from 1 / tau on, and -tau p + ln tau + 1 below;
/// * gradient: p_i sum_k c_k - c_i with c_k = t_k min(1, tau p_k), divided by N.
///
/// ```
/// use gradlens::nn::{SoftmaxHuberisedCrossEntropy, mean_loss};
/// use ndarray::array;
/// let mut gradient = array![[0.0_f64, 0.0]];
/// let head = SoftmaxHuberisedCrossEntropy::default().tau(4.0);
/// // Certain, and not of the target.
/// let loss = mean_loss(&head, &array![[0.0, 30.0]], &array![[1.0, 0.0]], &mut gradient);
/// assert!((loss - (4.0_f64.ln() + 1.0)).abs() < 1e-9 && gradient[[0, 0]].abs() < 1e-9);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct SoftmaxHuberisedCrossEntropy {
    /// Set with [`tau`](Self::tau).
    pub tau: f64,
}

impl Default for SoftmaxHuberisedCrossEntropy {
    /// tau = 10, one of the two (2 and 10) that the paper chooses from.
    fn default() -> Self {
        SoftmaxHuberisedCrossEntropy { tau: 10.0 }
    }
}

impl SoftmaxHuberisedCrossEntropy {
    /// Above 1: the loss is linear below a probability of 1 / tau. Default: 10.
    pub fn tau(self, tau: f64) -> Self {
        SoftmaxHuberisedCrossEntropy { tau }
    }
}

impl<T: Scalar> Loss<T> for SoftmaxHuberisedCrossEntropy {
    fn name(&self) -> String {
        format!("softmax + Huberised cross-entropy, tau {}", self.tau)
    }

    fn spec(&self) -> LossSpec {
        LossSpec::new(Link::Softmax).over_classes().lets_go()
    }

    fn predict(&self, logits: &mut Mat<T>) {
        softmax(logits);
    }

    fn losses(&self, logits: &Mat<T>, targets: &Mat<T>, dlogits: &mut Mat<T>, losses: &mut [T]) {
        let (tau, beyond) = (T::of(self.tau), T::of(libm::log(self.tau) + 1.0));
        by_class([logits, targets], dlogits, losses, |p| match tau * p < T::one() {
            true => (beyond - tau * p, tau * p),
            false => (-p.log_e(), T::one()),
        });
    }

    /// Of the most frequent classes p in proportion to the frequency, t / sum, and nothing of those that are worth less than
    /// they cost, tau t below the sum. One between, for which tau t would be below the sum with it, gets what is left when the
    /// others have t / (tau t_between) (the conditions of Karush, Kuhn and Tucker; the loss is convex in p).
    fn best_constant(&self, targets: &Mat<T>) -> Vec<f64> {
        let mean = column_means(targets);
        let mut order: Vec<usize> = (0..mean.len()).collect();
        order.sort_by(|&a, &b| mean[b].total_cmp(&mean[a]));
        let mut p = vec![0.0; mean.len()];
        let (mut sum, mut count) = (0.0, 0);
        let mut between = None;
        for &k in &order {
            let worth = self.tau * mean[k];
            if worth < sum + mean[k] {
                between = (worth > sum).then_some((k, worth));
                break;
            }
            (sum, count) = (sum + mean[k], count + 1);
        }
        let level = between.map_or(sum, |(_, worth)| worth);
        order[..count].iter().for_each(|&k| p[k] = mean[k] / level);
        if let Some((k, level)) = between {
            p[k] = 1.0 - sum / level;
        }
        p.into_iter().map(|p| Link::Softmax.logit(p)).collect()
    }

    fn check_outputs(&self, outputs: usize) -> Result<()> {
        check_softmax(outputs)?;
        match self.tau > 1.0 && T::of(self.tau).is_finite() {
            true => Ok(()),
            false => {
                Err(Error::setting("tau of the Huberised cross-entropy", self.tau, "finite and above 1"))
            }
        }
    }

    fn check_target(&self, target: &[T]) -> std::result::Result<(), TargetError> {
        is_distribution(target)
    }
}

/// Logits of a distribution that is all on the most frequent class.
fn most_frequent(mean: &[f64]) -> Vec<f64> {
    let most = mean.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let first = mean.iter().position(|&t| t == most);
    (0..mean.len()).map(|k| Link::Softmax.logit(if Some(k) == first { 1.0 } else { 0.0 })).collect()
}
