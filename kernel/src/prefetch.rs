//! Numbers that will be needed soon.

/// Asks the processor to bring these numbers into its cache, and does not wait for them. So numbers from many
/// places come at the same time. On processors that cannot be asked nothing happens.
///
/// ```
/// let (near, far) = ([1.0; 100], [2.0; 100]);
/// gradlens_kernel::prefetch(&far);
/// let sum: f64 = near.iter().chain(&far).sum();
/// assert_eq!(sum, 300.0);
/// ```
#[inline]
pub fn prefetch<T>(numbers: &[T]) {
    #[cfg(target_arch = "x86_64")]
    {
        use crate::aligned::LINE;
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // The last number may lie in a line more than there are steps.
        let steps = numbers.iter().step_by(LINE / size_of::<T>().clamp(1, LINE));
        for number in steps.chain(numbers.last()) {
            // SAFETY: only a hint, and of a number that is there; all processors of this kind have it.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(number).cast()) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = numbers;
}
