//! Loops compiled for the widest vectors that the processor has.

/// Runs a task compiled for AVX-512, AVX2 or neither, as the processor allows. What is inlined into the
/// task becomes vector instructions; the results are the same to the bit, as each number is computed by
/// the same operations in the same order.
///
/// A task of more than a few lines is to be `#[inline(always)]`, or the compiler may leave it a function of its own,
/// without vectors.
#[inline(always)]
pub fn widest<R>(task: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(task)
}
