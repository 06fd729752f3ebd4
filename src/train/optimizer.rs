//! What an optimiser is: how a gradient becomes a step.

use crate::error::Result;
use gradlens_kernel::Scalar;
use std::any::Any;
use std::fmt::Debug;

/// A rule that changes weights by their gradient.
///
/// An optimiser is a description, as a layer is: the trainer keeps its memory, two numbers for
/// every weight, which begin at 0. It works weight by weight, so the trainer may hand it any slice
/// of the weights with the same slice of everything else.
///
/// ```
/// use gradlens::train::{Optimizer, Step};
/// use gradlens::{Result, Scalar};
///
/// /// Steps of one size, in the direction of the sign of the mean gradient.
/// #[derive(Debug)]
/// struct SignSgd(f64);
///
/// impl<T: Scalar> Optimizer<T> for SignSgd {
///     fn rate(&self) -> f64 {
///         self.0
///     }
///     fn check(&self) -> Result<()> {
///         Ok(())
///     }
///     /// m = 0.9 m + 0.1 g; w -= rate sign(m).
///     fn update(&self, step: Step, weights: &mut [T], gradient: &[T], [mean, _]: [&mut [T]; 2]) {
///         let (rate, scale) = (T::of(step.rate), T::of(step.scale));
///         for ((w, &g), m) in weights.iter_mut().zip(gradient).zip(mean) {
///             *m = T::of(0.9) * *m + T::of(0.1) * scale * g;
///             // signum() of 0 is 1.
///             *w -= if *m == T::zero() { T::zero() } else { rate * m.signum() };
///         }
///     }
/// }
/// let (mut weights, gradient, mut mean) = ([1.0_f32, 1.0, 1.0], [3.0, -0.5, 0.0], [0.0; 3]);
/// SignSgd(0.5).update(Step::new(1, 0.5), &mut weights, &gradient, [&mut mean, &mut []]);
/// assert_eq!(weights, [0.5, 1.5, 1.0]);
/// ```
pub trait Optimizer<T: Scalar = f32>: Any + Debug + Send + Sync {
    /// Its name, with its settings: of the built-in ones as [`optimizer`](crate::train::optimizer) reads it. Default:
    /// as `Debug` writes it.
    fn name(&self) -> String {
        format!("{self:?}")
    }

    /// The learning rate at the height of the schedule.
    fn rate(&self) -> f64;

    /// Checks the settings.
    ///
    /// # Errors
    /// [`Error::Setting`](crate::Error::Setting) naming the one that is out of range.
    fn check(&self) -> Result<()>;

    /// Changes `weights` by one step. All slices are of one length, and `memory` is what the last step left.
    /// The gradient is to be multiplied with [`scale`](Step::scale) first, or clipping is lost; weight decay
    /// applies where [`decay`](Step::decay) says so.
    fn update(&self, step: Step, weights: &mut [T], gradient: &[T], memory: [&mut [T]; 2]);
}

/// What an optimiser is told of the current step.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
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

impl Step {
    /// Step `number`, from 1, at this rate, without clipping, with weight decay.
    pub fn new(number: u64, rate: f64) -> Self {
        Step { number, rate, scale: 1.0, decay: true }
    }
}

/// Every optimiser is one that a trainer can hold.
macro_rules! into_box {
    ($scalar:ty) => {
        impl<O: Optimizer<$scalar>> From<O> for Box<dyn Optimizer<$scalar>> {
            fn from(optimizer: O) -> Self {
                Box::new(optimizer)
            }
        }
    };
}
into_box!(f32);
into_box!(f64);
