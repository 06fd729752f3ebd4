//! The self-normalising unit.

use crate::nn::activation::Activation;
use crate::nn::initialisers::Init;
use gradlens_kernel::Scalar;

/// The self-normalising unit: y = l x for x > 0, l a (exp(x) - 1) elsewhere, slope l or
/// l a exp(x), with l = 1.0507 and a = 1.6733, for which mean 0 and variance 1 are a fixed point.
///
/// (Klambauer, Unterthiner, Mayr and Hochreiter, NeurIPS 2017, eq. 2 and 14.)
#[derive(Debug, Clone, Copy, Default)]
pub struct Selu;

impl Selu {
    const SCALE: f64 = 1.050_700_987_355_480_5;
    const SCALE_ALPHA: f64 = 1.758_099_340_847_376_6;
}

impl Activation for Selu {
    #[inline(always)]
    fn value<T: Scalar>(&self, x: T) -> T {
        if x > T::zero() { T::of(Self::SCALE) * x } else { T::of(Self::SCALE_ALPHA) * x.expm1() }
    }
    #[inline(always)]
    fn slope<T: Scalar>(&self, x: T, _: T) -> T {
        // Not y + l a, which far left is 0.
        if x > T::zero() { T::of(Self::SCALE) } else { T::of(Self::SCALE_ALPHA) * x.quick_exp() }
    }
    fn max_slope(&self) -> f64 {
        Self::SCALE_ALPHA
    }
    fn preferred_init(&self) -> Init {
        Init::LecunNormal
    }
}
