//! Adam, and Adam with weight decay apart from the gradient.

use crate::by_name::Numbers;
use crate::error::Result;
use crate::train::optimisers::common::{check_all, flush_subnormal, flush_tiny, sqrt_normal};
use crate::train::optimizer::{Optimizer, Step};
use gradlens_kernel::{Scalar, widest};
use serde::Serialize;

/// Adam: g' = g + weight_decay w; m = b1 m + (1 - b1) g'; v = b2 v + (1 - b2) g'^2;
/// w -= lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps) at step t.
///
/// (Kingma and Ba, ICLR 2015, algorithm 1.) For weight decay apart from the gradient use [`AdamW`].
/// An m below 1e-31 in f32, 1e-292 in f64, counts as 0; so does a v that is subnormal, and as the smallest
/// normal number under the root.
///
/// ```
/// let optimizer = gradlens::train::Adam::new(3e-4);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Adam {
    /// Learning rate.
    pub lr: f64,
    /// Set with [`beta1`](Self::beta1).
    pub beta1: f64,
    /// Set with [`beta2`](Self::beta2).
    pub beta2: f64,
    /// Set with [`eps`](Self::eps).
    pub eps: f64,
    /// Set with [`weight_decay`](Self::weight_decay).
    pub weight_decay: f64,
}

impl Adam {
    /// With this learning rate.
    pub fn new(lr: f64) -> Self {
        Self { lr, ..Self::default() }
    }

    /// How slowly the mean gradient forgets, b1. Default: 0.9.
    pub fn beta1(self, beta1: f64) -> Self {
        Self { beta1, ..self }
    }

    /// How slowly the mean square forgets, b2. Default: 0.999.
    pub fn beta2(self, beta2: f64) -> Self {
        Self { beta2, ..self }
    }

    /// Added to the root, against division by 0. Default: 1e-8.
    pub fn eps(self, eps: f64) -> Self {
        Self { eps, ..self }
    }

    /// L2 penalty, for weights and not for biases. Default: 0.
    pub fn weight_decay(self, weight_decay: f64) -> Self {
        Self { weight_decay, ..self }
    }

    /// With the settings that follow a name.
    pub(super) fn from_numbers(numbers: &mut Numbers) -> Self {
        let default = Self::default();
        Self::new(numbers.optional("lr").unwrap_or(default.lr))
            .beta1(numbers.named("beta1").unwrap_or(default.beta1))
            .beta2(numbers.named("beta2").unwrap_or(default.beta2))
            .eps(numbers.named("eps").unwrap_or(default.eps))
            .weight_decay(numbers.named("weight-decay").unwrap_or(default.weight_decay))
    }
}

impl Default for Adam {
    fn default() -> Self {
        Adam { lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.0 }
    }
}

impl Adam {
    fn check(&self) -> Result<()> {
        check_all(&[
            ("learning rate", self.lr, false),
            ("beta1", self.beta1, true),
            ("beta2", self.beta2, true),
            ("eps", self.eps, false),
            ("weight decay", self.weight_decay, false),
        ])
    }

    /// One step with an L2 penalty `l2`, after the weights were multiplied with `shrink`.
    fn step<T: Scalar>(
        &self,
        step: Step,
        (l2, shrink): (f64, f64),
        weights: &mut [T],
        gradient: &[T],
        [mean, square]: [&mut [T]; 2],
    ) {
        let unbiased = |beta: f64| 1.0 - libm::pow(beta, step.number as f64);
        let rate = T::of(step.rate / unbiased(self.beta1));
        let unbias = T::of(1.0 / unbiased(self.beta2).sqrt());
        let (b1, b2, eps) = (T::of(self.beta1), T::of(self.beta2), T::of(self.eps));
        let (rest1, rest2) = (T::of(1.0 - self.beta1), T::of(1.0 - self.beta2));
        let (scale, l2, shrink) = (T::of(step.scale), T::of(l2), T::of(shrink));
        widest(
            #[inline(always)]
            || {
                for (((w, &g), m), v) in weights.iter_mut().zip(gradient).zip(mean).zip(square) {
                    let g = scale * g + l2 * *w;
                    *m = flush_tiny(b1 * *m + rest1 * g);
                    *v = flush_subnormal(b2 * *v + rest2 * g * g);
                    *w = shrink * *w - rate * *m / (sqrt_normal(*v) * unbias + eps);
                }
            },
        );
    }
}

impl<T: Scalar> Optimizer<T> for Adam {
    fn name(&self) -> String {
        let Adam { lr, beta1, beta2, eps, weight_decay } = self;
        format!("adam:lr={lr:?}:beta1={beta1:?}:beta2={beta2:?}:eps={eps:?}:weight-decay={weight_decay:?}")
    }

    fn rate(&self) -> f64 {
        self.lr
    }

    fn check(&self) -> Result<()> {
        Adam::check(self)
    }

    fn update(&self, step: Step, weights: &mut [T], gradient: &[T], memory: [&mut [T]; 2]) {
        let l2 = if step.decay { self.weight_decay } else { 0.0 };
        self.step(step, (l2, 1.0), weights, gradient, memory);
    }
}

/// AdamW: w *= 1 - lr weight_decay, and then a step of [`Adam`] without penalty.
///
/// (Loshchilov and Hutter, *Decoupled weight decay regularization*, ICLR 2019, algorithm 2 in
/// PyTorch's form.)
///
/// ```
/// let optimizer = gradlens::train::AdamW::new(1e-3).weight_decay(0.05);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AdamW {
    /// Learning rate.
    pub lr: f64,
    /// Set with [`beta1`](Self::beta1).
    pub beta1: f64,
    /// Set with [`beta2`](Self::beta2).
    pub beta2: f64,
    /// Set with [`eps`](Self::eps).
    pub eps: f64,
    /// Set with [`weight_decay`](Self::weight_decay).
    pub weight_decay: f64,
}

impl AdamW {
    /// With this learning rate.
    pub fn new(lr: f64) -> Self {
        Self { lr, ..Self::default() }
    }

    /// How slowly the mean gradient forgets, b1. Default: 0.9.
    pub fn beta1(self, beta1: f64) -> Self {
        Self { beta1, ..self }
    }

    /// How slowly the mean square forgets, b2. Default: 0.999.
    pub fn beta2(self, beta2: f64) -> Self {
        Self { beta2, ..self }
    }

    /// Added to the root, against division by 0. Default: 1e-8.
    pub fn eps(self, eps: f64) -> Self {
        Self { eps, ..self }
    }

    /// Share of a weight that is taken away at each step, times the rate; not of biases. Default: 0.01.
    pub fn weight_decay(self, weight_decay: f64) -> Self {
        Self { weight_decay, ..self }
    }

    /// With the settings that follow a name.
    pub(super) fn from_numbers(numbers: &mut Numbers) -> Self {
        let default = Self::default();
        Self::new(numbers.optional("lr").unwrap_or(default.lr))
            .beta1(numbers.named("beta1").unwrap_or(default.beta1))
            .beta2(numbers.named("beta2").unwrap_or(default.beta2))
            .eps(numbers.named("eps").unwrap_or(default.eps))
            .weight_decay(numbers.named("weight-decay").unwrap_or(default.weight_decay))
    }
}

impl Default for AdamW {
    fn default() -> Self {
        let Adam { lr, beta1, beta2, eps, .. } = Adam::default();
        AdamW { lr, beta1, beta2, eps, weight_decay: 0.01 }
    }
}

impl AdamW {
    fn adam(&self) -> Adam {
        let AdamW { lr, beta1, beta2, eps, weight_decay } = *self;
        Adam { lr, beta1, beta2, eps, weight_decay }
    }
}

impl<T: Scalar> Optimizer<T> for AdamW {
    fn name(&self) -> String {
        let AdamW { lr, beta1, beta2, eps, weight_decay } = self;
        format!("adamw:lr={lr:?}:beta1={beta1:?}:beta2={beta2:?}:eps={eps:?}:weight-decay={weight_decay:?}")
    }

    fn rate(&self) -> f64 {
        self.lr
    }

    fn check(&self) -> Result<()> {
        self.adam().check()
    }

    fn update(&self, step: Step, weights: &mut [T], gradient: &[T], memory: [&mut [T]; 2]) {
        let shrink = if step.decay { 1.0 - step.rate * self.weight_decay } else { 1.0 };
        self.adam().step(step, (0.0, shrink), weights, gradient, memory);
    }
}
