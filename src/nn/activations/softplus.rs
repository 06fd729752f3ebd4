//! Softplus.

use crate::nn::activation::Activation;
use crate::nn::activations::sigmoid::sigmoid;
use crate::nn::initialisers::Init;
use gradlens_kernel::Scalar;
use gradlens_kernel::math::ln_1p;

/// Softplus: y = ln(1 + exp(x)), slope 1 / (1 + exp(-x)).
///
/// (Dugas et al., NeurIPS 2000; Glorot, Bordes and Bengio, AISTATS 2011.)
#[derive(Debug, Clone, Copy, Default)]
pub struct Softplus;

impl Activation for Softplus {
    #[inline(always)]
    fn value<T: Scalar>(&self, x: T) -> T {
        softplus(x)
    }
    #[inline(always)]
    fn slope<T: Scalar>(&self, x: T, _: T) -> T {
        sigmoid(x)
    }
    fn preferred_init(&self) -> Init {
        Init::HeNormal
    }
}

/// ln(1 + exp(x)), written so that exp never overflows and small values keep their digits.
pub(crate) fn softplus<T: Scalar>(x: T) -> T {
    x.max(T::zero()) + ln_1p((-x.abs()).quick_exp())
}
