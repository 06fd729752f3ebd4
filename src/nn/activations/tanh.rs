//! The hyperbolic tangent.

use crate::nn::activation::Activation;
use gradlens_kernel::Scalar;

/// The hyperbolic tangent: y = tanh(x), slope 1 - y^2 = (1 - y) (1 + y).
///
/// (LeCun et al., *Efficient BackProp*, 1998.)
#[derive(Debug, Clone, Copy, Default)]
pub struct Tanh;

impl Activation for Tanh {
    #[inline(always)]
    fn value<T: Scalar>(&self, x: T) -> T {
        x.quick_tanh()
    }
    #[inline(always)]
    fn slope<T: Scalar>(&self, _: T, y: T) -> T {
        (T::one() - y) * (T::one() + y)
    }
}
