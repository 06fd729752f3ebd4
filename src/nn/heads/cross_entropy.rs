//! The two heads whose loss belongs to their link.

use crate::error::{Error, Result};
use crate::nn::activations::sigmoid::sigmoid;
use crate::nn::heads::checks::{check_per_output, check_softmax, is_between_0_and_1, is_distribution};
use crate::nn::heads::rows::{by_output, by_row, contiguous, greatest, normalise, softmax, weights_of};
use crate::nn::loss::{Link, Loss, LossSpec, TargetError, column_means};
use gradlens_kernel::math::ln_1p;
use gradlens_kernel::{Mat, Scalar};

/// Softmax and cross-entropy: for classes that **exclude one another**.
///
/// * prediction: p_k = exp(z_k) / sum_j exp(z_j), a distribution;
/// * loss: sum_k a_k (ln sum_j exp(z_j) - z_k), mean over samples;
/// * gradient: p_k sum_j a_j - a_k, divided by N;
///
/// where a_k = w_k ((1 - e) t_k + e / K), with t the target (a class, or a distribution over the K
/// classes), e the label smoothing (Szegedy et al., CVPR 2016, section 7) and w the class weights.
/// Two outputs are the least: of one the softmax is always 1.
/// The mean is over N samples, with weights too (PyTorch, for class indices, divides by the sum of
/// the weights).
///
/// A single logit of +inf is a class that is certain, one of -inf a class that is impossible: the loss is 0 where
/// they are right, infinite where they are wrong, and the gradient is finite. Several of +inf say nothing: NaN.
///
/// ```
/// use gradlens::SoftmaxCrossEntropy;
/// let head = SoftmaxCrossEntropy::default().label_smoothing(0.1);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct SoftmaxCrossEntropy {
    /// Set with [`label_smoothing`](Self::label_smoothing).
    pub label_smoothing: f64,
    /// Set with [`class_weights`](Self::class_weights).
    pub class_weights: Option<Vec<f64>>,
    /// Set with [`of_labels`](Self::of_labels).
    pub of_labels: bool,
}

impl SoftmaxCrossEntropy {
    /// Spreads this share e of the target evenly over all classes, 0 <= e < 1. Default: 0.
    pub fn label_smoothing(self, share: f64) -> Self {
        SoftmaxCrossEntropy { label_smoothing: share, ..self }
    }

    /// Multiplies the loss of each class with a factor, at least 0. Default: none.
    pub fn class_weights(self, weights: Vec<f64>) -> Self {
        SoftmaxCrossEntropy { class_weights: Some(weights), ..self }
    }

    /// Takes targets that sum to more than 1 as well, or to nothing: labels that do not exclude one another. For study: where k
    /// of them hold, the loss is least for p_k = 1/k, which no threshold fits.
    ///
    /// ```
    /// # use gradlens::{Dataset, Dense, Sequential, SoftmaxCrossEntropy};
    /// let labels = Dataset::new(ndarray::array![[0.0_f32]], ndarray::array![[1.0, 1.0, 0.0]])?;
    /// let net = |head: SoftmaxCrossEntropy| Sequential::input(1).layer(Dense::new(3)).head(head).build();
    /// assert!(net(SoftmaxCrossEntropy::default())?.check(&labels).is_err());
    /// assert!(net(SoftmaxCrossEntropy::default().of_labels())?.check(&labels).is_ok());
    /// # Ok::<(), gradlens::Error>(())
    /// ```
    pub fn of_labels(self) -> Self {
        SoftmaxCrossEntropy { of_labels: true, ..self }
    }
}

impl<T: Scalar> Loss<T> for SoftmaxCrossEntropy {
    fn name(&self) -> String {
        format!("softmax + {}cross-entropy", if self.of_labels { "label " } else { "" })
    }

    fn spec(&self) -> LossSpec {
        if self.of_labels {
            return LossSpec::new(Link::Softmax);
        }
        // dL/dp = - t / p; without smoothing and weights.
        LossSpec::new(Link::Softmax)
            .over_classes()
            .matched()
            .output_gradient(|p, t| if t == 0.0 { 0.0 } else { -t / p })
    }

    fn predict(&self, logits: &mut Mat<T>) {
        softmax(logits);
    }

    fn losses(&self, logits: &Mat<T>, targets: &Mat<T>, dlogits: &mut Mat<T>, losses: &mut [T]) {
        let (keep, spread) =
            (T::of(1.0 - self.label_smoothing), T::of(self.label_smoothing / logits.ncols() as f64));
        let weights = weights_of(&self.class_weights, logits.ncols());
        let target = move |k: usize, t: T| {
            let t = keep * t + spread;
            weights.get(k).map_or(t, |&weight| t * T::of(weight))
        };
        by_row(
            [logits, targets],
            dlogits,
            losses,
            #[inline(always)]
            move |logits, targets, p| {
                let (max, ln_sum) = (greatest(logits), normalise(p).log_e());
                let (mut mass, mut loss) = (T::zero(), T::zero());
                for (k, (&z, &t)) in logits.iter().zip(targets).enumerate() {
                    let a = target(k, t);
                    mass += a;
                    // 0 ln 0 = 0: an impossible class (z = -inf) that is not the target costs nothing. Nor does
                    // one that is certain (z = inf), if it is the target.
                    let below = if z == max { T::zero() } else { max - z };
                    loss += if a == T::zero() { a } else { a * (below + ln_sum) };
                }
                for (k, (p, &t)) in p.iter_mut().zip(targets).enumerate() {
                    *p = *p * mass - target(k, t);
                }
                loss
            },
        );
    }

    /// p in proportion to w_k ((1 - e) t_k + e / K).
    fn best_constant(&self, targets: &Mat<T>) -> Vec<f64> {
        let mean = column_means(targets);
        let weight = |k: usize| self.class_weights.as_ref().map_or(1.0, |weights| weights[k]);
        let target = |t: f64| (1.0 - self.label_smoothing) * t + self.label_smoothing / mean.len() as f64;
        mean.iter().enumerate().map(|(k, &t)| (weight(k) * target(t)).max(1e-12).ln()).collect()
    }

    fn check_outputs(&self, outputs: usize) -> Result<()> {
        check_softmax(outputs)?;
        if !(0.0..1.0).contains(&self.label_smoothing) {
            return Err(Error::setting(
                "the label smoothing",
                self.label_smoothing,
                "at least 0 and below 1",
            ));
        }
        check_per_output("the class weights of the softmax head", self.class_weights.as_ref(), outputs)
    }

    fn check_target(&self, target: &[T]) -> std::result::Result<(), TargetError> {
        if self.of_labels { is_between_0_and_1(target) } else { is_distribution(target) }
    }
}

/// Sigmoid and binary cross-entropy: for labels that are **independent** of one another.
///
/// * prediction: s_k = 1 / (1 + exp(-z_k)), one marginal probability per label;
/// * loss: sum_k w_k t_k ln(1 + exp(-z_k)) + (1 - t_k) ln(1 + exp(z_k)), mean over samples;
/// * gradient: (1 - t_k) s_k - w_k t_k (1 - s_k), which is s_k - t_k for w = 1, divided by N;
///
/// where t_k in [0, 1] is the target (multi-hot, or soft; class indices are taken as one-hot) and w
/// the weight of the positive labels (for rare ones, as in PyTorch's `BCEWithLogitsLoss`).
///
/// An infinite logit is certainty: the loss is 0 where it is right and infinite where it is wrong, and the gradient
/// is finite.
///
/// ```
/// use gradlens::SigmoidBinaryCrossEntropy;
/// let head = SigmoidBinaryCrossEntropy::default().pos_weight(vec![1.0, 8.0, 2.5]);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct SigmoidBinaryCrossEntropy {
    /// Set with [`pos_weight`](Self::pos_weight).
    pub pos_weight: Option<Vec<f64>>,
}

impl SigmoidBinaryCrossEntropy {
    /// Multiplies the loss of each label, where it holds, with a factor, at least 0. Default: none.
    pub fn pos_weight(self, weights: Vec<f64>) -> Self {
        SigmoidBinaryCrossEntropy { pos_weight: Some(weights) }
    }
}

impl<T: Scalar> Loss<T> for SigmoidBinaryCrossEntropy {
    fn name(&self) -> String {
        "sigmoid + binary cross-entropy".into()
    }

    fn spec(&self) -> LossSpec {
        // dL/dp = (p - t) / (p (1 - p)); without weights.
        LossSpec::new(Link::Sigmoid).matched().output_gradient(|p, t| (p - t) / (p * (1.0 - p)))
    }

    fn predict(&self, logits: &mut Mat<T>) {
        contiguous([], logits, |[], p| p.iter_mut().for_each(|z| *z = sigmoid(*z)));
    }

    fn losses(&self, logits: &Mat<T>, targets: &Mat<T>, dlogits: &mut Mat<T>, losses: &mut [T]) {
        let weights = weights_of(&self.pos_weight, logits.ncols());
        by_output(
            [logits, targets],
            dlogits,
            losses,
            weights,
            #[inline(always)]
            |w, z, t| {
                // ln(1 + exp(z)) = max(z, 0) + ln(1 + exp(-|z|)), where exp does not overflow. max(z, 0) counts
                // only on the side where the answer is wrong: a confident and right one keeps its small loss, and
                // 0 times infinity, which is NaN, does not occur.
                let (size, rest) = (z.abs(), ln_1p((-z.abs()).quick_exp()));
                let loss = |present: T, absent: T| {
                    let wrong = if z < T::zero() { present } else { absent };
                    if wrong == T::zero() { T::zero() } else { wrong * size }
                };
                let (s, absent) = (sigmoid(z), T::one() - t);
                if weights.is_empty() {
                    return (loss(t, absent) + rest, s - t);
                }
                let present = w * t;
                (loss(present, absent) + (present + absent) * rest, absent * s - present * sigmoid(-z))
            },
        );
    }

    /// p / (1 - p) = w_k t_k / (1 - t_k).
    fn best_constant(&self, targets: &Mat<T>) -> Vec<f64> {
        let mean = column_means(targets);
        let weight = |k: usize| self.pos_weight.as_ref().map_or(1.0, |weights| weights[k]);
        let odds = |(k, &t): (usize, &f64)| weight(k) * t / (weight(k) * t + 1.0 - t);
        mean.iter().enumerate().map(|pair| Link::Sigmoid.logit(odds(pair))).collect()
    }

    fn check_outputs(&self, outputs: usize) -> Result<()> {
        check_per_output("the positive weights of the sigmoid head", self.pos_weight.as_ref(), outputs)
    }

    fn check_target(&self, target: &[T]) -> std::result::Result<(), TargetError> {
        is_between_0_and_1(target)
    }
}
