//! What the optimisers share: the check of their settings, and how they keep subnormal numbers out.

use crate::error::{Error, Result};
use gradlens_kernel::Scalar;

/// Checks settings: each a name, its value, and whether it must stay below 1.
pub(super) fn check_all(settings: &[(&str, f64, bool)]) -> Result<()> {
    for &(name, value, below_one) in settings {
        if name == "eps" && (value.is_nan() || value < 1e-30) {
            // 0 / 0 where a gradient is 0, as at pixels that are always black.
            return Err(Error::setting("the eps", value, "at least 1e-30"));
        }
        let expected = if below_one { "at least 0 and below 1" } else { "finite and at least 0" };
        if !(value.is_finite() && value >= 0.0 && (!below_one || value < 1.0)) {
            return Err(Error::setting(format!("the {name}"), value, expected));
        }
    }
    Ok(())
}

/// A mean gradient, or 0 where it has faded: where gradients stay at 0, as at pixels that are nearly always
/// black, it would become subnormal, and with such numbers some processors are many times slower. In f32 this
/// is below 1e-31; times the rate it is still a normal number.
#[inline(always)]
pub(super) fn flush_tiny<T: Scalar>(mean: T) -> T {
    if mean.abs() < T::min_positive_value() / T::epsilon() { T::zero() } else { mean }
}

/// A mean square, or 0 where it is subnormal.
#[inline(always)]
pub(super) fn flush_subnormal<T: Scalar>(square: T) -> T {
    if square < T::min_positive_value() { T::zero() } else { square }
}

/// The root of a mean square, as of the smallest normal number where that is more: in f32 1.1e-19, nothing
/// beside the usual eps.
#[inline(always)]
pub(super) fn sqrt_normal<T: Scalar>(square: T) -> T {
    square.max(T::min_positive_value()).sqrt()
}
