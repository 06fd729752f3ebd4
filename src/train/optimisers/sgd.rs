//! Stochastic gradient descent.

use crate::by_name::Numbers;
use crate::error::{Error, Result};
use crate::train::optimisers::common::{check_all, flush_tiny};
use crate::train::optimizer::{Optimizer, Step};
use gradlens_kernel::{Scalar, Store, widest};
use serde::Serialize;

/// Stochastic gradient descent, with momentum if wanted.
///
/// g' = g + weight_decay w; v = momentum v + g'; w -= lr v, or with Nesterov w -= lr (g' + momentum v).
///
/// (Robbins and Monro 1951; Polyak 1964; Nesterov 1983 in the form of Sutskever et al., ICML 2013.
/// Here as in PyTorch's `SGD`.) A v below 1e-31 in f32, 1e-292 in f64, counts as 0.
///
/// ```
/// use gradlens::train::Sgd;
/// let optimizer = Sgd::new(0.1).momentum(0.9).nesterov(true);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Sgd {
    /// Learning rate.
    pub lr: f64,
    /// Set with [`momentum`](Self::momentum).
    pub momentum: f64,
    /// Set with [`nesterov`](Self::nesterov).
    pub nesterov: bool,
    /// Set with [`weight_decay`](Self::weight_decay).
    pub weight_decay: f64,
}

impl Sgd {
    /// With this learning rate.
    pub fn new(lr: f64) -> Self {
        Self { lr, ..Self::default() }
    }

    /// Share of the last step that is taken again. Default: 0.
    pub fn momentum(self, momentum: f64) -> Self {
        Self { momentum, ..self }
    }

    /// Whether the gradient is taken ahead. Default: no.
    pub fn nesterov(self, nesterov: bool) -> Self {
        Self { nesterov, ..self }
    }

    /// L2 penalty, for weights and not for biases. Default: 0.
    pub fn weight_decay(self, weight_decay: f64) -> Self {
        Self { weight_decay, ..self }
    }

    /// With the settings that follow a name.
    pub(super) fn from_numbers(numbers: &mut Numbers) -> Self {
        let default = Self::default();
        Self::new(numbers.optional("lr").unwrap_or(default.lr))
            .momentum(numbers.named("momentum").unwrap_or(default.momentum))
            .nesterov(numbers.flag("nesterov").unwrap_or(default.nesterov))
            .weight_decay(numbers.named("weight-decay").unwrap_or(default.weight_decay))
    }
}

impl Sgd {
    /// Whether a step is nothing but w -= rate g. It may then be taken without
    /// [`update`](Optimizer::update), as gradients are computed.
    pub(crate) fn is_plain(&self, step: Step) -> bool {
        let decays = step.decay && self.weight_decay != 0.0;
        self.momentum == 0.0 && !decays && step.scale == 1.0
    }
}

impl Default for Sgd {
    fn default() -> Self {
        Sgd { lr: 0.1, momentum: 0.0, nesterov: false, weight_decay: 0.0 }
    }
}

impl<T: Scalar> Optimizer<T> for Sgd {
    fn name(&self) -> String {
        let Sgd { lr, momentum, nesterov, weight_decay } = self;
        format!("sgd:lr={lr:?}:momentum={momentum:?}:nesterov={nesterov:?}:weight-decay={weight_decay:?}")
    }

    fn rate(&self) -> f64 {
        self.lr
    }

    fn check(&self) -> Result<()> {
        if self.nesterov && self.momentum == 0.0 {
            return Err(Error::setting("the momentum", 0, "above 0 for Nesterov's method"));
        }
        check_all(&[
            ("learning rate", self.lr, false),
            ("momentum", self.momentum, true),
            ("weight decay", self.weight_decay, false),
        ])
    }

    fn update(&self, step: Step, weights: &mut [T], gradient: &[T], [velocity, _]: [&mut [T]; 2]) {
        let plain = self.is_plain(step);
        widest(
            #[inline(always)]
            || {
                let (rate, scale, momentum) = (T::of(step.rate), T::of(step.scale), T::of(self.momentum));
                let decay = T::of(if step.decay { self.weight_decay } else { 0.0 });
                if plain {
                    // As it is taken elsewhere, to the bit.
                    let store = Store::Add(-rate);
                    weights.iter_mut().zip(gradient).for_each(|(w, &g)| store.put(g, w));
                    return;
                }
                if self.momentum == 0.0 {
                    for (w, &g) in weights.iter_mut().zip(gradient) {
                        *w -= rate * (scale * g + decay * *w);
                    }
                    return;
                }
                for ((w, &g), v) in weights.iter_mut().zip(gradient).zip(velocity) {
                    let g = scale * g + decay * *w;
                    *v = flush_tiny(momentum * *v + g);
                    *w -= rate * if self.nesterov { g + momentum * *v } else { *v };
                }
            },
        );
    }
}
