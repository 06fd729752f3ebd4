//! One thread's matrix product, for f32 and f64.
//!
//! On x86-64 with AVX2 it is our own (`tile.rs`); elsewhere `matrixmultiply`, which `ndarray` brings anyway. Either
//! sums over the depth in one order, whatever the other sides. `benches/kernels` compares them and others.

#[cfg(target_arch = "x86_64")]
use super::LINE;
use super::Strides;
use crate::Store;
use std::cell::RefCell;

#[cfg(target_arch = "x86_64")]
use super::tile::{self, Vectors};
#[cfg(not(target_arch = "x86_64"))]
use Sized as Vectors;

/// Terms of the longest sum that is added to what is there as one number; 0 where that is not known.
pub(super) fn longest_sum() -> usize {
    #[cfg(target_arch = "x86_64")]
    if tile::available() {
        return tile::MAX_DEPTH;
    }
    0
}

/// The kernels for one number type.
pub trait Kernel: Vectors + Copy + Send + Sync + 'static {
    /// The product `lhs rhs` of an `m x k` and a `k x n` matrix, strides in elements, put into `dst`.
    ///
    /// # Safety
    /// Every element that the sizes and strides reach must be readable (`lhs`, `rhs`) or
    /// writable (`dst`), and `dst` must overlap neither operand.
    #[doc(hidden)]
    unsafe fn gemm(
        size: [usize; 3],
        store: Store<Self>,
        dst: (*mut Self, Strides),
        lhs: (*const Self, Strides),
        rhs: (*const Self, Strides),
    );
}

macro_rules! kernel {
    ($type:ty, $portable:path) => {
        impl Kernel for $type {
            unsafe fn gemm(
                [m, n, k]: [usize; 3],
                store: Store<Self>,
                dst: (*mut Self, Strides),
                lhs: (*const Self, Strides),
                rhs: (*const Self, Strides),
            ) {
                #[cfg(target_arch = "x86_64")]
                if tile::available() {
                    thread_local! {
                        static ROOM: RefCell<Vec<$type>> = const { RefCell::new(vec![]) };
                    }
                    return ROOM.with_borrow_mut(|room| {
                        // Vectors that cross no cache lines.
                        let len = tile::room(k) + LINE / size_of::<$type>();
                        if room.len() < len {
                            room.resize(len, 0.0);
                        }
                        // SAFETY: the caller's promise; there is room, and the processor can.
                        unsafe {
                            let room = room.as_mut_ptr().add(room.as_ptr().align_offset(LINE));
                            tile::multiply([m, n, k], store, dst, lhs, rhs, room);
                        }
                    });
                }
                let ((dst, [d0, d1]), (lhs, [l0, l1]), (rhs, [r0, r1])) = (dst, lhs, rhs);
                let (scale, old) = match store {
                    Store::Replace => (1.0, 0.0),
                    Store::Add(scale) => (scale, 1.0),
                };
                // SAFETY: the caller's promise is the one that is asked for.
                unsafe { $portable(m, k, n, scale, lhs, l0, l1, rhs, r0, r1, old, dst, d0, d1) };
            }
        }
    };
}
kernel!(f32, matrixmultiply::sgemm);
kernel!(f64, matrixmultiply::dgemm);
