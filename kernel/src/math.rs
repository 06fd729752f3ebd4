//! exp and tanh in f32, and ln(1 + x), as plain arithmetic without a branch. So loops over them become vector
//! instructions; those of the standard library are calls, a number at a time.
//!
//! Argument reduction and polynomials of exp and tanh are those of Moshier's Cephes (`expf.c`, `tanhf.c`,
//! 1989). Both stay within 2 units in the last place of the true value, over the whole range. So does ln(1 +
//! x) for x from 0 to 1 in f32; in f64 it stays within 4. The tests check this.

use ndarray::NdFloat;

/// exp(x): 0 below -104, infinite above 88.72, NaN for NaN.
///
/// ```
/// use gradlens_kernel::math::exp;
/// assert_eq!([exp(0.0), exp(-105.0), exp(89.0)], [1.0, 0.0, f32::INFINITY]);
/// ```
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    const LARGEST: f32 = 88.722_84;
    const LEAST: f32 = -104.0;
    /// 1.5 times 2^23: added to a small number, it leaves the nearest whole number in the last bits.
    const ROUND: f32 = 12_582_912.0;
    // x = n ln 2 + r, ln 2 in two parts, so that n times the first is exact.
    let inside = x.clamp(LEAST, LARGEST);
    let rounded = inside * std::f32::consts::LOG2_E + ROUND;
    let n = rounded - ROUND;
    let r = inside - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let mut p = 1.987_569_1e-4;
    for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_65, 0.5] {
        p = p * r + coefficient;
    }
    let y = p * (r * r) + r + 1.0;
    // 2^n in two factors, as n = 128 and results below the normal numbers need them.
    let n = rounded.to_bits() as i32 - ROUND.to_bits() as i32;
    let power = |n: i32| f32::from_bits(((n + 127) << 23) as u32);
    let y = y * power(n >> 1) * power(n - (n >> 1));
    let y = if x > LARGEST { f32::INFINITY } else { y };
    let y = if x < LEAST { 0.0 } else { y };
    if x.is_nan() { x } else { y }
}

/// tanh(x), odd to the bit.
///
/// ```
/// use gradlens_kernel::math::tanh;
/// assert_eq!([tanh(-0.3), tanh(20.0)], [-tanh(0.3), 1.0]);
/// ```
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    let size = x.abs();
    let far = 1.0 - 2.0 / (exp(2.0 * size) + 1.0);
    let square = x * x;
    let mut p = -5.704_988_7e-3;
    for coefficient in [2.063_909e-2, -5.373_971_6e-2, 0.133_314_42, -0.333_332_8] {
        p = p * square + coefficient;
    }
    let near = p * square * size + size;
    (if size < 0.625 { near } else { far }).copysign(x)
}

/// ln(1 + x) for x from 0 to 1, in f32 and f64: 2 artanh(s), where s = x / (2 + x) is at most 1/3.
///
/// ```
/// use gradlens_kernel::math::ln_1p;
/// assert!((ln_1p(1.0_f64) - std::f64::consts::LN_2).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn ln_1p<T: NdFloat>(x: T) -> T {
    let of = |number: f64| T::from(number).expect("f32 and f64 hold it");
    let s = x / (of(2.0) + x);
    let square = s * s;
    // s + s^3/3 + s^5/5 + ..., until the rest is below the last bit.
    let terms = if T::epsilon() > of(1e-9) { 8 } else { 17 };
    let mut p = T::zero();
    for n in (1..terms).rev() {
        p = (p + of(1.0 / f64::from(2 * n + 1))) * square;
    }
    of(2.0) * (s + s * p)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The distance in units of the last place of `exact` as an f32; those of the least normal number
    /// below it.
    fn units(ours: f32, exact: f64) -> f64 {
        let unit = (exact.abs().log2().floor().max(-126.0) - 23.0).exp2();
        (f64::from(ours) - exact).abs() / unit
    }

    /// Every so many-th f32 there is, of either sign, NaN among them.
    fn everywhere(step: usize) -> impl Iterator<Item = f32> {
        (0..=u32::MAX).step_by(step).map(f32::from_bits)
    }

    /// A prime, so that no bit is always the same.
    const SOME: usize = 211;

    #[test]
    fn exp_is_within_two_units_of_the_true_value_over_the_whole_range() {
        check_exp(SOME);
    }

    #[test]
    #[ignore = "takes minutes: cargo test --release --lib every_number -- --ignored"]
    fn exp_of_every_number_is_within_two_units() {
        check_exp(1);
    }

    fn check_exp(step: usize) {
        let mut worst = 0.0_f64;
        for x in everywhere(step) {
            let exact = f64::from(x).exp();
            if x.is_nan() {
                assert!(exp(x).is_nan());
            } else if exact > f64::from(f32::MAX) {
                assert_eq!(exp(x), f32::INFINITY, "exp({x})");
            } else {
                worst = worst.max(units(exp(x), exact));
            }
        }
        assert!(worst < 2.0, "{worst}");
        assert_eq!((exp(0.0), exp(f32::NEG_INFINITY), exp(f32::INFINITY)), (1.0, 0.0, f32::INFINITY));
    }

    #[test]
    fn ln_1p_is_within_two_units_of_the_true_value_from_0_to_1() {
        check_ln_1p(SOME);
    }

    #[test]
    #[ignore = "takes minutes: cargo test --release --lib every_number -- --ignored"]
    fn ln_1p_of_every_number_from_0_to_1_is_within_two_units() {
        check_ln_1p(1);
    }

    fn check_ln_1p(step: usize) {
        let mut worst = 0.0_f64;
        for x in everywhere(step).filter(|x| (0.0..=1.0).contains(x)) {
            worst = worst.max(units(ln_1p(x), f64::from(x).ln_1p()));
            let (ours, exact) = (ln_1p(f64::from(x)), f64::from(x).ln_1p());
            assert!((ours - exact).abs() <= 4.0 * f64::EPSILON * exact, "ln(1 + {x}): {ours}");
        }
        assert!(worst < 2.0, "{worst}");
        assert!(ln_1p(f32::NAN).is_nan());
    }

    #[test]
    fn tanh_is_within_two_units_of_the_true_value_over_the_whole_range() {
        check_tanh(SOME);
    }

    #[test]
    #[ignore = "takes minutes: cargo test --release --lib every_number -- --ignored"]
    fn tanh_of_every_number_is_within_two_units() {
        check_tanh(1);
    }

    fn check_tanh(step: usize) {
        let mut worst = 0.0_f64;
        for x in everywhere(step) {
            if x.is_nan() {
                assert!(tanh(x).is_nan());
            } else {
                worst = worst.max(units(tanh(x), f64::from(x).tanh()));
                assert_eq!(tanh(-x).to_bits(), (-tanh(x)).to_bits());
            }
        }
        assert!(worst < 2.0, "{worst}");
        assert_eq!((tanh(0.0), tanh(20.0), tanh(f32::NEG_INFINITY)), (0.0, 1.0, -1.0));
    }
}
