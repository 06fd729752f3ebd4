//! The identity.

use crate::nn::activation::Activation;
use gradlens_kernel::Scalar;

/// The identity: y = x, slope 1.
///
/// A network whose layers are linear says so with it; the last layer needs none.
#[derive(Debug, Clone, Copy, Default)]
pub struct Identity;

impl Activation for Identity {
    #[inline(always)]
    fn value<T: Scalar>(&self, x: T) -> T {
        x
    }
    #[inline(always)]
    fn slope<T: Scalar>(&self, _: T, _: T) -> T {
        T::one()
    }
}
