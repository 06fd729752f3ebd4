//! Softsign.

use crate::nn::activation::Activation;
use gradlens_kernel::Scalar;

/// Softsign: y = x / (1 + |x|), slope 1 / (1 + |x|)^2.
///
/// (Bergstra, Desjardins, Lamblin and Bengio, 2009; Glorot and Bengio, AISTATS 2010.)
#[derive(Debug, Clone, Copy, Default)]
pub struct Softsign;

impl Activation for Softsign {
    #[inline(always)]
    fn value<T: Scalar>(&self, x: T) -> T {
        x / (T::one() + x.abs())
    }
    #[inline(always)]
    fn slope<T: Scalar>(&self, x: T, _: T) -> T {
        let r = T::one() / (T::one() + x.abs());
        r * r
    }
}
