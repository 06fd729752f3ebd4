//! The sigmoid-weighted linear unit.

use crate::nn::activation::Activation;
use crate::nn::activations::sigmoid::sigmoid;
use crate::nn::initialisers::Init;
use gradlens_kernel::Scalar;

/// The sigmoid-weighted linear unit, also called swish: y = x s(x), slope s(x) (1 + x (1 - s(x))),
/// with s the sigmoid.
///
/// (Hendrycks and Gimpel, 2016; Elfwing, Uchibe and Doya, 2018.)
#[derive(Debug, Clone, Copy, Default)]
pub struct Silu;

impl Activation for Silu {
    #[inline(always)]
    fn value<T: Scalar>(&self, x: T) -> T {
        x * sigmoid(x)
    }
    #[inline(always)]
    fn slope<T: Scalar>(&self, x: T, _: T) -> T {
        sigmoid(x) * (T::one() + x * sigmoid(-x))
    }
    fn max_slope(&self) -> f64 {
        1.099_839_320_128_867_4
    }
    fn preferred_init(&self) -> Init {
        Init::HeNormal
    }
}
