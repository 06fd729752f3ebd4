//! One thread's matrix product, for f32 and f64: the crates that compute it, and what is asked of them.
//!
//! On x86-64 with AVX2 it is `private-gemm-x86`, the kernel of `faer`, for AVX-512 or AVX2; elsewhere
//! `matrixmultiply`, which `ndarray` brings anyway. Either sums over the depth in one order, whatever the
//! other sides. `benches/kernels` compares them.

use super::Strides;
use std::cell::RefCell;

/// The kernels for one number type.
pub trait Kernel: Copy + Send + Sync + 'static {
    /// `dst = lhs * rhs`, or `dst += lhs * rhs` if `add`, for an `m x k` and a `k x n` matrix, strides in
    /// elements.
    ///
    /// # Safety
    /// Every element that the sizes and strides reach must be readable (`lhs`, `rhs`) or
    /// writable (`dst`), and `dst` must overlap neither operand.
    #[doc(hidden)]
    unsafe fn gemm(
        size: [usize; 3],
        add: bool,
        dst: (*mut Self, Strides),
        lhs: (*const Self, Strides),
        rhs: (*const Self, Strides),
    );

    /// Room for `len` numbers, the thread's own and kept from one call to the next; they hold anything.
    #[doc(hidden)]
    fn with_room(len: usize, task: impl FnOnce(*mut Self));
}

macro_rules! kernel {
    ($type:ty, $x86:ident, $portable:path) => {
        impl Kernel for $type {
            unsafe fn gemm(
                [m, n, k]: [usize; 3],
                add: bool,
                dst: (*mut Self, Strides),
                lhs: (*const Self, Strides),
                rhs: (*const Self, Strides),
            ) {
                #[cfg(target_arch = "x86_64")]
                if let Some(widest) = x86::widest() {
                    let kind = (private_gemm_x86::DType::$x86, &1.0);
                    // SAFETY: the caller's promise is the one that the kernel asks for.
                    return unsafe { x86::gemm(widest, kind, [m, n, k], add, dst, lhs, rhs) };
                }
                let ((dst, [d0, d1]), (lhs, [l0, l1]), (rhs, [r0, r1])) = (dst, lhs, rhs);
                let old = if add { 1.0 } else { 0.0 };
                // SAFETY: as above.
                unsafe { $portable(m, k, n, 1.0, lhs, l0, l1, rhs, r0, r1, old, dst, d0, d1) };
            }

            fn with_room(len: usize, task: impl FnOnce(*mut Self)) {
                thread_local! {
                    static ROOM: RefCell<Vec<$type>> = const { RefCell::new(vec![]) };
                }
                ROOM.with_borrow_mut(|room| {
                    if room.len() < len {
                        room.resize(len, 0.0);
                    }
                    task(room.as_mut_ptr());
                });
            }
        }
    };
}
kernel!(f32, F32, matrixmultiply::sgemm);
kernel!(f64, F64, matrixmultiply::dgemm);

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Strides;
    use private_gemm_x86::{Accum, DType, DstKind, IType, InstrSet};
    use std::ptr::null;

    /// The widest instructions that the kernel may use here.
    pub fn widest() -> Option<InstrSet> {
        let avx512 = cfg!(feature = "avx512")
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        if avx512 {
            Some(InstrSet::Avx512)
        } else if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            Some(InstrSet::Avx256)
        } else {
            None
        }
    }

    /// # Safety
    /// As for [`Kernel::gemm`](super::Kernel::gemm); the processor must have the instructions.
    pub unsafe fn gemm<T>(
        instructions: InstrSet,
        (kind, one): (DType, &T),
        [m, n, k]: [usize; 3],
        add: bool,
        (dst, [dst_rows, dst_cols]): (*mut T, Strides),
        (lhs, [lhs_rows, lhs_cols]): (*const T, Strides),
        (rhs, [rhs_rows, rhs_cols]): (*const T, Strides),
    ) {
        let add = if add { Accum::Add } else { Accum::Replace };
        // SAFETY: the caller's promise; no index lists and no diagonal, which may be null.
        unsafe {
            private_gemm_x86::gemm(
                kind,
                IType::U64,
                instructions,
                m,
                n,
                k,
                dst.cast(),
                dst_rows,
                dst_cols,
                null(),
                null(),
                DstKind::Full,
                add,
                lhs.cast(),
                lhs_rows,
                lhs_cols,
                false,
                null(),
                0,
                rhs.cast(),
                rhs_rows,
                rhs_cols,
                false,
                std::ptr::from_ref(one).cast(),
                1,
            );
        }
    }
}
