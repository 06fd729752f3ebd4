//! The Gaussian error linear unit.

use crate::nn::activation::Activation;
use crate::nn::initialisers::Init;
use gradlens_kernel::Scalar;

/// The Gaussian error linear unit, exact: y = x F(x), slope F(x) + x f(x), with
/// F(x) = erfc(-x / sqrt 2) / 2 the normal distribution function and f its density.
///
/// (Hendrycks and Gimpel, 2016.) The slope is greatest at x = sqrt 2.
#[derive(Debug, Clone, Copy, Default)]
pub struct Gelu;

impl Gelu {
    fn distribution<T: Scalar>(x: T) -> T {
        T::of(0.5) * (-x * T::of(std::f64::consts::FRAC_1_SQRT_2)).erfc()
    }
}

impl Activation for Gelu {
    #[inline(always)]
    fn value<T: Scalar>(&self, x: T) -> T {
        x * Self::distribution(x)
    }
    #[inline(always)]
    fn slope<T: Scalar>(&self, x: T, _: T) -> T {
        let density = T::of(0.398_942_280_401_432_7) * (-T::of(0.5) * x * x).quick_exp(); // 1 / sqrt(2 pi)
        Self::distribution(x) + x * density
    }
    fn max_slope(&self) -> f64 {
        1.128_904_145_185_154_8
    }
    fn preferred_init(&self) -> Init {
        Init::HeNormal
    }
}
