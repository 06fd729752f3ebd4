//! The hyperbolic tangent.

use crate::nn::activation::Activation;
use gradlens_kernel::Scalar;

/// The hyperbolic tangent: y = tanh(x), slope 1 - y^2 = 4 e / (1 + e)^2 with e = exp(-2 |x|).
///
/// (LeCun et al., *Efficient BackProp*, 1998.) In f32, y is exactly 1 from x = 9.02 on. The slope, which is taken from
/// x and not from y, keeps its digits there.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tanh;

impl Activation for Tanh {
    #[inline(always)]
    fn value<T: Scalar>(&self, x: T) -> T {
        x.quick_tanh()
    }
    #[inline(always)]
    fn slope<T: Scalar>(&self, x: T, _: T) -> T {
        let e = (T::of(-2.0) * x.abs()).quick_exp();
        T::of(4.0) * e / ((T::one() + e) * (T::one() + e))
    }
}
