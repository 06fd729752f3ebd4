//! RMSprop.

use crate::by_name::Numbers;
use crate::error::Result;
use crate::train::optimisers::common::{check_all, flush_subnormal, sqrt_normal};
use crate::train::optimizer::{Optimizer, Step};
use gradlens_kernel::{Scalar, widest};
use serde::Serialize;

/// RMSprop: g' = g + weight_decay w; s = rho s + (1 - rho) g'^2; w -= lr g' / (sqrt s + eps).
///
/// (Tieleman and Hinton, Coursera lecture 6.5, 2012. Here as in PyTorch; Keras puts eps under the
/// root.) An s that is subnormal counts as 0, and as the smallest normal number under the root.
///
/// ```
/// let optimizer = gradlens::train::RmsProp::new(1e-3).rho(0.99);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RmsProp {
    /// Learning rate.
    pub lr: f64,
    /// Set with [`rho`](Self::rho).
    pub rho: f64,
    /// Set with [`eps`](Self::eps).
    pub eps: f64,
    /// Set with [`weight_decay`](Self::weight_decay).
    pub weight_decay: f64,
}

impl RmsProp {
    /// With this learning rate.
    pub fn new(lr: f64) -> Self {
        Self { lr, ..Self::default() }
    }

    /// How slowly the mean square forgets. Default: 0.9 (Keras; PyTorch calls it alpha and takes 0.99).
    pub fn rho(self, rho: f64) -> Self {
        Self { rho, ..self }
    }

    /// Added to the root, against division by 0. Default: 1e-7.
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
            .rho(numbers.named("rho").unwrap_or(default.rho))
            .eps(numbers.named("eps").unwrap_or(default.eps))
            .weight_decay(numbers.named("weight-decay").unwrap_or(default.weight_decay))
    }
}

impl Default for RmsProp {
    fn default() -> Self {
        RmsProp { lr: 1e-3, rho: 0.9, eps: 1e-7, weight_decay: 0.0 }
    }
}

impl<T: Scalar> Optimizer<T> for RmsProp {
    fn name(&self) -> String {
        let RmsProp { lr, rho, eps, weight_decay } = self;
        format!("rmsprop:lr={lr:?}:rho={rho:?}:eps={eps:?}:weight-decay={weight_decay:?}")
    }

    fn rate(&self) -> f64 {
        self.lr
    }

    fn check(&self) -> Result<()> {
        check_all(&[
            ("learning rate", self.lr, false),
            ("rho", self.rho, true),
            ("eps", self.eps, false),
            ("weight decay", self.weight_decay, false),
        ])
    }

    fn update(&self, step: Step, weights: &mut [T], gradient: &[T], [square, _]: [&mut [T]; 2]) {
        widest(
            #[inline(always)]
            || {
                let (rate, scale, eps) = (T::of(step.rate), T::of(step.scale), T::of(self.eps));
                let (rho, rest) = (T::of(self.rho), T::of(1.0 - self.rho));
                let decay = T::of(if step.decay { self.weight_decay } else { 0.0 });
                for ((w, &g), s) in weights.iter_mut().zip(gradient).zip(square) {
                    let g = scale * g + decay * *w;
                    *s = flush_subnormal(rho * *s + rest * g * g);
                    *w -= rate * g / (sqrt_normal(*s) + eps);
                }
            },
        );
    }
}
