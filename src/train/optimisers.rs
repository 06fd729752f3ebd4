//! Optimisers: how a gradient becomes a step.

use crate::error::{Error, Result};
use gradlens_kernel::widest;
use gradlens_kernel::{Scalar, Store};
use std::fmt::Debug;

/// A rule that changes weights by their gradient.
///
/// An optimiser is a description, as a layer is: the trainer keeps its memory, two numbers for
/// every weight, which begin at 0. It works weight by weight, so the trainer may hand it any slice
/// of the weights with the same slice of everything else.
pub trait Optimizer<T: Scalar = f32>: Debug + Send + Sync {
    /// What it calls itself, its settings included.
    fn name(&self) -> String {
        format!("{self:?}")
    }

    /// The learning rate at the height of the schedule.
    fn rate(&self) -> f64;

    /// Checks the settings.
    ///
    /// # Errors
    /// [`Error::Setting`] naming the one that is out of range.
    fn check(&self) -> Result<()>;

    /// The rate of a step that is nothing but w -= rate g, if this one is. It may then be taken without
    /// [`update`](Self::update), which has to do the same, as gradients are computed. Default: it is not.
    fn plain_rate(&self, step: Step) -> Option<f64> {
        let _ = step;
        None
    }

    /// Changes `weights` by one step.
    fn update(&self, step: Step, weights: &mut [T], gradient: &[T], memory: [&mut [T]; 2]);
}

/// What an optimiser is told of the step at hand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Number of the step, from 1.
    pub number: u64,
    /// The learning rate of this step.
    pub rate: f64,
    /// What the gradient is to be multiplied with first; below 1 where it is clipped.
    pub scale: f64,
    /// Whether weight decay applies to these weights.
    pub decay: bool,
}

impl<T: Scalar> Optimizer<T> for Box<dyn Optimizer<T>> {
    fn name(&self) -> String {
        (**self).name()
    }
    fn rate(&self) -> f64 {
        (**self).rate()
    }
    fn check(&self) -> Result<()> {
        (**self).check()
    }
    fn plain_rate(&self, step: Step) -> Option<f64> {
        (**self).plain_rate(step)
    }
    fn update(&self, step: Step, weights: &mut [T], gradient: &[T], memory: [&mut [T]; 2]) {
        (**self).update(step, weights, gradient, memory);
    }
}

/// Checks settings: each a name, its value, and whether it must stay below 1.
fn check_all(settings: &[(&str, f64, bool)]) -> Result<()> {
    for &(name, value, below_one) in settings {
        if name == "eps" && (value.is_nan() || value < 1e-30) {
            // 0 / 0 where a gradient is 0, as at pixels that are always black.
            return Err(Error::setting("the eps", value, "at least 1e-30"));
        }
        let expected = if below_one { "at least 0 and below 1" } else { "finite and at least 0" };
        if !(value.is_finite() && value >= 0.0 && (!below_one || value < 1.0)) {
            return Err(Error::setting(format!("the {name}"), value, expected));
        }
    }
    Ok(())
}

/// A mean gradient, or 0 where it has faded: where gradients stay at 0, as at pixels that are nearly always black,
/// it would become subnormal, and with such numbers some processors are many times slower. In f32 this is
/// below 1e-31; times the rate it is still a normal number.
#[inline(always)]
fn settled<T: Scalar>(mean: T) -> T {
    if mean.abs() < T::min_positive_value() / T::epsilon() { T::zero() } else { mean }
}

/// A mean square, or 0 where it is subnormal.
#[inline(always)]
fn normal<T: Scalar>(square: T) -> T {
    if square < T::min_positive_value() { T::zero() } else { square }
}

/// The root of a mean square, as of the smallest normal number where that is more: in f32 1.1e-19, nothing beside
/// the usual eps.
#[inline(always)]
fn root<T: Scalar>(square: T) -> T {
    square.max(T::min_positive_value()).sqrt()
}

/// Stochastic gradient descent, with momentum if wanted.
///
/// g' = g + weight_decay w; v = momentum v + g'; w -= lr v, or with Nesterov w -= lr (g' + momentum v).
///
/// (Robbins and Monro 1951; Polyak 1964; Nesterov 1983 in the form of Sutskever et al., ICML 2013.
/// Here as in PyTorch's `SGD`.) A v below 1e-31 in f32, 1e-292 in f64, counts as 0.
///
/// ```
/// use gradlens::Sgd;
/// let optimizer = Sgd { lr: 0.1, momentum: 0.9, nesterov: true, ..Sgd::default() };
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sgd {
    /// Learning rate. Default: 0.1.
    pub lr: f64,
    /// Share of the last step that is taken again. Default: 0.
    pub momentum: f64,
    /// Whether the gradient is taken ahead. Default: no.
    pub nesterov: bool,
    /// L2 penalty, for weights and not for biases. Default: 0.
    pub weight_decay: f64,
}

impl Default for Sgd {
    fn default() -> Self {
        Sgd { lr: 0.1, momentum: 0.0, nesterov: false, weight_decay: 0.0 }
    }
}

impl<T: Scalar> Optimizer<T> for Sgd {
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

    fn plain_rate(&self, step: Step) -> Option<f64> {
        let decays = step.decay && self.weight_decay != 0.0;
        (self.momentum == 0.0 && !decays && step.scale == 1.0).then_some(step.rate)
    }

    fn update(&self, step: Step, weights: &mut [T], gradient: &[T], [velocity, _]: [&mut [T]; 2]) {
        let plain = Optimizer::<T>::plain_rate(self, step);
        widest(
            #[inline(always)]
            || {
                let (rate, scale, momentum) = (T::of(step.rate), T::of(step.scale), T::of(self.momentum));
                let decay = T::of(if step.decay { self.weight_decay } else { 0.0 });
                if let Some(rate) = plain {
                    // As it is taken elsewhere, to the bit.
                    let store = Store::Add(T::of(-rate));
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
                    *v = settled(momentum * *v + g);
                    *w -= rate * if self.nesterov { g + momentum * *v } else { *v };
                }
            },
        );
    }
}

/// RMSprop: g' = g + weight_decay w; s = rho s + (1 - rho) g'^2; w -= lr g' / (sqrt s + eps).
///
/// (Tieleman and Hinton, Coursera lecture 6.5, 2012. Here as in PyTorch; Keras puts eps under the
/// root.) An s that is subnormal counts as 0, and as the smallest normal number under the root.
///
/// ```
/// let optimizer = gradlens::RmsProp { lr: 1e-3, ..Default::default() };
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RmsProp {
    /// Learning rate. Default: 0.001.
    pub lr: f64,
    /// How slowly the mean square forgets. Default: 0.9 (Keras; PyTorch calls it alpha and takes 0.99).
    pub rho: f64,
    /// Added to the root, against division by 0. Default: 1e-7.
    pub eps: f64,
    /// L2 penalty, for weights and not for biases. Default: 0.
    pub weight_decay: f64,
}

impl Default for RmsProp {
    fn default() -> Self {
        RmsProp { lr: 1e-3, rho: 0.9, eps: 1e-7, weight_decay: 0.0 }
    }
}

impl<T: Scalar> Optimizer<T> for RmsProp {
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
                    *s = normal(rho * *s + rest * g * g);
                    *w -= rate * g / (root(*s) + eps);
                }
            },
        );
    }
}

/// Adam: g' = g + weight_decay w; m = b1 m + (1 - b1) g'; v = b2 v + (1 - b2) g'^2;
/// w -= lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps) at step t.
///
/// (Kingma and Ba, ICLR 2015, algorithm 1.) For weight decay apart from the gradient use [`AdamW`].
/// An m below 1e-31 in f32, 1e-292 in f64, counts as 0; so does a v that is subnormal, and as the smallest
/// normal number under the root.
///
/// ```
/// let optimizer = gradlens::Adam { lr: 3e-4, ..Default::default() };
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adam {
    /// Learning rate. Default: 0.001.
    pub lr: f64,
    /// How slowly the mean gradient forgets, b1. Default: 0.9.
    pub beta1: f64,
    /// How slowly the mean square forgets, b2. Default: 0.999.
    pub beta2: f64,
    /// Added to the root, against division by 0. Default: 1e-8.
    pub eps: f64,
    /// L2 penalty, for weights and not for biases. Default: 0.
    pub weight_decay: f64,
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
        let unbiased = |beta: f64| 1.0 - beta.powf(step.number as f64);
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
                    *m = settled(b1 * *m + rest1 * g);
                    *v = normal(b2 * *v + rest2 * g * g);
                    *w = shrink * *w - rate * *m / (root(*v) * unbias + eps);
                }
            },
        );
    }
}

impl<T: Scalar> Optimizer<T> for Adam {
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
/// let optimizer = gradlens::AdamW { lr: 1e-3, weight_decay: 0.05, ..Default::default() };
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamW {
    /// Learning rate. Default: 0.001.
    pub lr: f64,
    /// How slowly the mean gradient forgets, b1. Default: 0.9.
    pub beta1: f64,
    /// How slowly the mean square forgets, b2. Default: 0.999.
    pub beta2: f64,
    /// Added to the root, against division by 0. Default: 1e-8.
    pub eps: f64,
    /// Share of a weight that is taken away at each step, times the rate; not of biases. Default: 0.01.
    pub weight_decay: f64,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_optimiser_remembers_fades_to_zero_and_not_to_subnormal_numbers() {
        let sgd = Sgd { momentum: 0.9, nesterov: true, ..Sgd::default() };
        let optimizers: [Box<dyn Optimizer<f32>>; 4] = [
            Box::new(sgd),
            Box::new(RmsProp::default()),
            Box::new(Adam::default()),
            Box::new(AdamW::default()),
        ];
        for optimizer in optimizers {
            let (mut weights, mut first, mut second) = ([0.5_f32; 3], [0.0; 3], [0.0; 3]);
            for number in 1..=100_000 {
                let gradient = if number == 1 { [1e-3, -1e-6, 1e-12] } else { [0.0; 3] };
                let step = Step { number, rate: 1e-3, scale: 1.0, decay: false };
                optimizer.update(step, &mut weights, &gradient, [&mut first, &mut second]);
                let remembered = first.iter().chain(&second);
                for x in remembered {
                    assert!(
                        *x == 0.0 || x.is_normal(),
                        "{} remembers {x:e} at step {number}",
                        optimizer.name()
                    );
                }
            }
            assert_eq!((first, second), ([0.0; 3], [0.0; 3]), "{}", optimizer.name());
            assert!(weights.iter().all(|w| w.is_normal()), "{weights:?}");
        }
    }
}
