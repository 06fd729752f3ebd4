//! The exponential linear unit.

use crate::nn::activation::Activation;
use crate::nn::initialisers::Init;
use gradlens_kernel::Scalar;

/// The exponential linear unit: y = x for x > 0, a (exp(x) - 1) elsewhere, slope 1 or
/// a exp(x); a = 1 by default.
///
/// (Clevert, Unterthiner and Hochreiter, ICLR 2016.)
#[derive(Debug, Clone, Copy)]
pub struct Elu(
    /// The limit -a for large negative x.
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
        if x > T::zero() { x } else { T::of(self.0) * x.exp_m1() }
    }
    #[inline(always)]
    fn slope<T: Scalar>(&self, x: T, _: T) -> T {
        // Not y + a: far left y is -a to the last digit, and the slope would be 0.
        if x > T::zero() { T::one() } else { T::of(self.0) * x.quick_exp() }
    }
    fn max_slope(&self) -> f64 {
        self.0.abs().max(1.0)
    }
    fn preferred_init(&self) -> Init {
        Init::HeNormal
    }
    fn name(&self) -> String {
        format!("Elu({})", self.0)
    }
}
