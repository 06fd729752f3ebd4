//! The logistic sigmoid.

use crate::nn::activation::Activation;
use gradlens_kernel::Scalar;

/// The logistic sigmoid: y = 1 / (1 + exp(-x)), slope y (1 - y) = e / (1 + e)^2 with e = exp(-|x|), at most 1/4.
///
/// (Rumelhart, Hinton and Williams, Nature 323, 1986.) In f32, y is exactly 1 from x = 16.6 on. The slope, which
/// is taken from x and not from y, keeps its digits there.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sigmoid;

impl Activation for Sigmoid {
    #[inline(always)]
    fn value<T: Scalar>(&self, x: T) -> T {
        sigmoid(x)
    }
    #[inline(always)]
    fn slope<T: Scalar>(&self, x: T, _: T) -> T {
        let e = (-x.abs()).quick_exp();
        e / ((T::one() + e) * (T::one() + e))
    }
    fn max_slope(&self) -> f64 {
        0.25
    }
}

/// 1 / (1 + exp(-x)), written so that exp never overflows.
#[inline(always)]
pub(crate) fn sigmoid<T: Scalar>(x: T) -> T {
    let e = (-x.abs()).quick_exp();
    let small = e / (T::one() + e);
    if x < T::zero() { small } else { T::one() / (T::one() + e) }
}
