//! The rectifier.

use crate::nn::activation::Activation;
use crate::nn::initialisers::Init;
use gradlens_kernel::Scalar;

/// The rectifier: y = max(x, 0), slope 1 for x > 0 and 0 elsewhere, at 0 too (as in PyTorch).
///
/// (Nair and Hinton, ICML 2010; Glorot, Bordes and Bengio, AISTATS 2011.)
///
/// ```
/// use gradlens::nn::{Activation, Relu};
/// assert_eq!((Relu.value(-2.0_f32), Relu.value(2.0)), (0.0, 2.0));
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Relu;

impl Activation for Relu {
    #[inline(always)]
    fn value<T: Scalar>(&self, x: T) -> T {
        // A comparison rather than max(), which would turn NaN into 0 and hide it.
        if x <= T::zero() { T::zero() } else { x }
    }
    #[inline(always)]
    fn slope<T: Scalar>(&self, x: T, _: T) -> T {
        if x > T::zero() { T::one() } else { T::zero() }
    }
    fn preferred_init(&self) -> Init {
        Init::HeNormal
    }
}
