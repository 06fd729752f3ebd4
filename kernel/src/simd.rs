//! Loops compiled for the widest vectors that the processor has.

#[cfg(target_arch = "x86_64")]
use pulp::x86;
use std::sync::OnceLock;

/// The variable of the environment that says which vectors may be used: `portable`, `avx2` or `avx512`, or the
/// widest that there are where it is not set. It is read once.
pub const VECTORS_VARIABLE: &str = "GRADLENS_VECTORS";

/// What may be used.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Allowed {
    Portable,
    Avx2,
    Avx512,
}

/// What a value of [`VECTORS_VARIABLE`] allows.
fn parsed(value: &str) -> Option<Allowed> {
    Some(match value {
        "portable" => Allowed::Portable,
        "avx2" => Allowed::Avx2,
        "avx512" | "" => Allowed::Avx512,
        _ => return None,
    })
}

fn allowed() -> Allowed {
    static ALLOWED: OnceLock<Allowed> = OnceLock::new();
    *ALLOWED.get_or_init(|| {
        std::env::var(VECTORS_VARIABLE).ok().and_then(|value| parsed(&value)).unwrap_or(Allowed::Avx512)
    })
}

/// Whether [`VECTORS_VARIABLE`] has a value that there is, or none. Another one is not heeded: a program should say so.
///
/// ```
/// assert!(gradlens_kernel::vectors_are_known());
/// ```
pub fn vectors_are_known() -> bool {
    std::env::var_os(VECTORS_VARIABLE).is_none_or(|value| value.to_str().and_then(parsed).is_some())
}

/// The proof that there are vectors of AVX2, where they may be used.
#[cfg(target_arch = "x86_64")]
pub(crate) fn avx2() -> Option<x86::V3> {
    if allowed() >= Allowed::Avx2 { x86::V3::try_new() } else { None }
}

/// The proof that there are vectors of AVX-512, where they may be used.
#[cfg(all(target_arch = "x86_64", feature = "avx512"))]
pub(crate) fn avx512() -> Option<x86::V4> {
    if allowed() >= Allowed::Avx512 { x86::V4::try_new() } else { None }
}

/// Runs a task compiled for AVX-512, AVX2 or neither, as the processor allows. What is inlined into the task
/// becomes vector instructions. Each number is computed by the same operations in the same order, so the
/// results are the same to the bit.
///
/// Mark a task of more than a few lines `#[inline(always)]`. Otherwise the compiler may leave it a function
/// of its own, without vectors.
///
/// ```
/// let mut numbers = vec![1.0_f32; 1000];
/// gradlens_kernel::widest(
///     #[inline(always)]
///     || numbers.iter_mut().for_each(|x| *x = *x * 2.0 + 1.0),
/// );
/// assert!(numbers.iter().all(|&x| x == 3.0));
/// ```
#[inline(always)]
pub fn widest<R>(task: impl FnOnce() -> R) -> R {
    #[cfg(all(target_arch = "x86_64", feature = "avx512"))]
    if let Some(simd) = avx512() {
        return simd.vectorize(task);
    }
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = avx2() {
        return simd.vectorize(task);
    }
    task()
}

/// The vectors that products and loops are computed with: "AVX-512", "AVX2" or, with loops that any processor has,
/// "portable". The first two give the same bits; the last gives others, the same on every processor and in a browser.
/// The variable [`VECTORS_VARIABLE`] of the environment, `GRADLENS_VECTORS`, asks for less than there is.
///
/// ```
/// assert!(["AVX-512", "AVX2", "portable"].contains(&gradlens_kernel::vectors()));
/// ```
pub fn vectors() -> &'static str {
    #[cfg(all(target_arch = "x86_64", feature = "avx512"))]
    if avx512().is_some() {
        return "AVX-512";
    }
    #[cfg(target_arch = "x86_64")]
    if avx2().is_some() {
        return "AVX2";
    }
    "portable"
}
