//! Which vectors a kernel is compiled for.

use pulp::Simd;

/// Vectors of AVX2 or of AVX-512. A value of the type is the proof that the processor has them.
///
/// # Safety
/// A value may exist only where the processor has AVX2, and AVX-512 F if `AVX512`.
pub(super) unsafe trait Width: Simd {
    /// Whether a vector holds sixteen numbers of f32.
    const AVX512: bool;
}

// SAFETY: pulp makes a value only where the processor has AVX2, FMA and what came before.
unsafe impl Width for pulp::x86::V3 {
    const AVX512: bool = false;
}

#[cfg(feature = "avx512")]
// SAFETY: pulp makes a value only where the processor has AVX-512 F, BW, CD, DQ and VL, and all of `V3`.
unsafe impl Width for pulp::x86::V4 {
    const AVX512: bool = true;
}
