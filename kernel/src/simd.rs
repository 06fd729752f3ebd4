//! Loops compiled for the widest vectors that the processor has.

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
    pulp::Arch::new().dispatch(task)
}

/// The vectors that products and loops are computed with: "AVX-512", "AVX2" or, with loops that any processor has,
/// "portable". The first two give the same bits; the last may not.
///
/// ```
/// assert!(["AVX-512", "AVX2", "portable"].contains(&gradlens_kernel::vectors()));
/// ```
pub fn vectors() -> &'static str {
    #[cfg(all(target_arch = "x86_64", feature = "avx512"))]
    if pulp::x86::V4::try_new().is_some() {
        return "AVX-512";
    }
    #[cfg(target_arch = "x86_64")]
    if pulp::x86::V3::try_new().is_some() {
        return "AVX2";
    }
    "portable"
}
