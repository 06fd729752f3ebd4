//! The leaky rectifier.

use crate::error::Result;
use crate::nn::activation::Activation;
use crate::nn::activations::check_number;
use crate::nn::initialisers::Init;
use gradlens_kernel::Scalar;

/// The leaky rectifier: y = x for x > 0, a x elsewhere, slope 1 or a; a = 0.01 by default.
///
/// (Maas, Hannun and Ng, ICML workshop 2013.)
///
/// ```
/// use gradlens::nn::{Activation, LeakyRelu};
/// assert_eq!((LeakyRelu(0.1).value(-2.0_f64), LeakyRelu(0.1).slope(-2.0_f64, -0.2)), (-0.2, 0.1));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct LeakyRelu(
    /// The slope a for negative x; with -1 it is the absolute value.
    pub f64,
);

impl Default for LeakyRelu {
    fn default() -> Self {
        LeakyRelu(0.01)
    }
}

impl Activation for LeakyRelu {
    #[inline(always)]
    fn value<T: Scalar>(&self, x: T) -> T {
        if x > T::zero() { x } else { T::of(self.0) * x }
    }
    #[inline(always)]
    fn slope<T: Scalar>(&self, x: T, _: T) -> T {
        if x > T::zero() { T::one() } else { T::of(self.0) }
    }
    fn check<T: Scalar>(&self) -> Result<()> {
        check_number::<T>("the slope of the leaky rectifier", self.0, "finite", |_| true)
    }
    fn max_slope(&self) -> f64 {
        self.0.abs().max(1.0)
    }
    fn preferred_init(&self) -> Init {
        Init::HeNormal
    }
    fn name(&self) -> String {
        format!("LeakyRelu({})", self.0)
    }
}
