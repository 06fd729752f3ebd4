//! The exponential linear unit.

use crate::error::Result;
use crate::nn::activation::Activation;
use crate::nn::activations::check_number;
use crate::nn::initialisers::Init;
use gradlens_kernel::Scalar;

/// The exponential linear unit: y = x for x > 0, a (exp(x) - 1) elsewhere, slope 1 or
/// a exp(x); a = 1 by default.
///
/// (Clevert, Unterthiner and Hochreiter, ICLR 2016.)
#[derive(Debug, Clone, Copy)]
pub struct Elu(
    /// a, for the limit -a of large negative x; at least 0.
    pub f64,
);

impl Default for Elu {
    fn default() -> Self {
        Elu(1.0)
    }
}

impl Activation for Elu {
    #[inline(always)]
    fn value<T: Scalar>(&self, x: T) -> T {
        if x > T::zero() { x } else { T::of(self.0) * x.expm1() }
    }
    #[inline(always)]
    fn slope<T: Scalar>(&self, x: T, _: T) -> T {
        // Not y + a: far left y is -a to the last digit, and the slope would be 0.
        if x > T::zero() { T::one() } else { T::of(self.0) * x.quick_exp() }
    }
    fn check<T: Scalar>(&self) -> Result<()> {
        check_number::<T>("the alpha of ELU", self.0, "finite and at least 0", |a| a >= 0.0)
    }
    fn max_slope(&self) -> f64 {
        self.0.max(1.0)
    }
    fn preferred_init(&self) -> Init {
        Init::HeNormal
    }
    fn name(&self) -> String {
        format!("Elu({})", self.0)
    }
}
