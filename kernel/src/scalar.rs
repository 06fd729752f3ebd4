//! The two number types that a network can compute in: f32 trains, f64 checks.

use ndarray::NdFloat;
use std::iter::Sum;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// `f32` or `f64`.
///
/// ```
/// use gradlens_kernel::Scalar;
/// fn halved<T: Scalar>(x: T) -> T {
///     x * T::of(0.5)
/// }
/// assert_eq!(halved(3.0_f32).f64(), 1.5);
/// assert_eq!(f64::of_byte(255), 255.0);
/// assert!((1.0_f32.quick_tanh() - 1.0_f32.tanh()).abs() < 1e-6);
/// ```
///
/// A finite-difference check in f32 cannot tell a wrong formula from rounding, so everything
/// numeric is generic over this trait: networks train in f32 and are checked in f64. It is
/// sealed: the matrix kernels exist for these two types.
pub trait Scalar: sealed::Sealed + NdFloat + Sum + Default + crate::matmul::Kernel {
    /// The nearest value of this type.
    fn of(value: f64) -> Self;
    /// This value, exactly.
    fn f64(self) -> f64;
    /// The complementary error function, 1 - erf(x), without cancellation in its tail.
    #[doc(hidden)]
    fn erfc(self) -> Self;
    /// exp(x) - 1, the same bits on every system, as the mathematical functions of the standard library are not.
    #[doc(hidden)]
    fn expm1(self) -> Self;
    /// ln(x) likewise.
    #[doc(hidden)]
    fn log_e(self) -> Self;
    /// This byte, exactly.
    #[doc(hidden)]
    fn of_byte(byte: u8) -> Self;
    /// exp(x) within 2 units in the last place, in f32 without a call.
    #[doc(hidden)]
    fn quick_exp(self) -> Self;
    /// tanh(x) likewise.
    #[doc(hidden)]
    fn quick_tanh(self) -> Self;
}

impl Scalar for f32 {
    #[inline(always)]
    fn of(value: f64) -> Self {
        value as f32
    }
    #[inline(always)]
    fn f64(self) -> f64 {
        f64::from(self)
    }
    #[inline]
    fn erfc(self) -> Self {
        libm::erfcf(self)
    }
    #[inline]
    fn expm1(self) -> Self {
        libm::expm1f(self)
    }
    #[inline]
    fn log_e(self) -> Self {
        libm::logf(self)
    }
    #[inline(always)]
    fn of_byte(byte: u8) -> Self {
        Self::from(byte)
    }
    #[inline(always)]
    fn quick_exp(self) -> Self {
        crate::math::exp(self)
    }
    #[inline(always)]
    fn quick_tanh(self) -> Self {
        crate::math::tanh(self)
    }
}

impl Scalar for f64 {
    #[inline(always)]
    fn of(value: f64) -> Self {
        value
    }
    #[inline(always)]
    fn f64(self) -> f64 {
        self
    }
    #[inline]
    fn erfc(self) -> Self {
        libm::erfc(self)
    }
    #[inline]
    fn expm1(self) -> Self {
        libm::expm1(self)
    }
    #[inline]
    fn log_e(self) -> Self {
        libm::log(self)
    }
    #[inline(always)]
    fn of_byte(byte: u8) -> Self {
        Self::from(byte)
    }
    #[inline(always)]
    fn quick_exp(self) -> Self {
        self.exp()
    }
    #[inline(always)]
    fn quick_tanh(self) -> Self {
        self.tanh()
    }
}
