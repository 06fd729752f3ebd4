//! One thread's matrix product, for f32 and f64.
//!
//! On x86-64 with AVX2 it is our own (`panel.rs`); elsewhere `matrixmultiply`, which `ndarray` brings anyway. Either
//! sums over the depth in one order, whatever the other sides. `kernel/benches/peers` compares ours with others.

use super::Strides;
#[cfg(target_arch = "x86_64")]
use super::{panel, tile};
use crate::Mat;
use crate::store::Store;
use crate::threads::Threads;
use ndarray::NdFloat;

/// The kernels for one number type.
pub trait Kernel: NdFloat {
    /// [`product`](super::product), compiled in this crate.
    #[doc(hidden)]
    fn product(
        threads: &Threads,
        a: &Mat<Self>,
        b: &Mat<Self>,
        bias: Option<&[Self]>,
        store: Store<Self>,
        c: &mut Mat<Self>,
    );

    /// The product `lhs rhs` of an `m x k` and a `k x n` matrix, strides in elements, plus a bias for each column where
    /// there is one, put into `dst`.
    ///
    /// # Safety
    /// Every element that the sizes, at least 1, and strides reach must be readable (`lhs`, `rhs`) or
    /// writable (`dst`), and `dst` must overlap neither operand nor the bias; there must be a bias for every column or none.
    #[doc(hidden)]
    unsafe fn gemm(
        size: [usize; 3],
        store: Store<Self>,
        bias: Option<&[Self]>,
        dst: (*mut Self, Strides),
        lhs: (*const Self, Strides),
        rhs: (*const Self, Strides),
    );

    /// The same by `matrixmultiply`, on any processor.
    ///
    /// # Safety
    /// As for [`gemm`](Self::gemm).
    #[doc(hidden)]
    unsafe fn portable(
        size: [usize; 3],
        store: Store<Self>,
        bias: Option<&[Self]>,
        dst: (*mut Self, Strides),
        lhs: (*const Self, Strides),
        rhs: (*const Self, Strides),
    );
}

/// Terms of the longest sum that is added to what is there as one number; 0 where that is not known.
pub(super) fn longest_sum() -> usize {
    #[cfg(target_arch = "x86_64")]
    if panel::available() {
        return tile::MAX_DEPTH;
    }
    0
}

macro_rules! kernel {
    ($type:ty, $portable:path) => {
        impl Kernel for $type {
            #[track_caller]
            fn product(
                threads: &Threads,
                a: &Mat<Self>,
                b: &Mat<Self>,
                bias: Option<&[Self]>,
                store: Store<Self>,
                c: &mut Mat<Self>,
            ) {
                super::in_pieces(threads, a, b, bias, store, c);
            }

            unsafe fn gemm(
                size: [usize; 3],
                store: Store<Self>,
                bias: Option<&[Self]>,
                dst: (*mut Self, Strides),
                lhs: (*const Self, Strides),
                rhs: (*const Self, Strides),
            ) {
                #[cfg(target_arch = "x86_64")]
                if panel::available() {
                    // SAFETY: the caller's promise is the one that is asked for.
                    return unsafe { panel::multiply(size, store, bias, dst, lhs, rhs) };
                }
                // SAFETY: as above.
                unsafe { Self::portable(size, store, bias, dst, lhs, rhs) };
            }

            unsafe fn portable(
                [m, n, k]: [usize; 3],
                store: Store<Self>,
                bias: Option<&[Self]>,
                (dst, [d0, d1]): (*mut Self, Strides),
                (lhs, [l0, l1]): (*const Self, Strides),
                (rhs, [r0, r1]): (*const Self, Strides),
            ) {
                let (scale, old) = match store {
                    Store::Replace => (1.0, 0.0),
                    Store::Add(scale) => (scale, 1.0),
                };
                // SAFETY: the caller's promise is the one that is asked for.
                unsafe {
                    $portable(m, k, n, scale, lhs, l0, l1, rhs, r0, r1, old, dst, d0, d1);
                    for row in 0..m as isize {
                        for (column, &bias) in bias.into_iter().flatten().enumerate() {
                            *dst.offset(row * d0 + column as isize * d1) += scale * bias;
                        }
                    }
                }
            }
        }
    };
}
kernel!(f32, matrixmultiply::sgemm);
kernel!(f64, matrixmultiply::dgemm);
