//! One thread's matrix product, for f32 and f64.
//!
//! On x86-64 with AVX2 it is our own (`panel.rs`); elsewhere `matrixmultiply`, which `ndarray` brings anyway.
//! Both sum over the depth in one order, whatever the other sides. `kernel/benches/peers` compares ours with
//! others.

#[cfg(target_arch = "x86_64")]
use super::panel;
use super::product::{Bias, Product};
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

    /// Computes a product by the fastest kernel that the processor can run.
    #[doc(hidden)]
    fn gemm(product: Product<Self>);

    /// The same by `matrixmultiply`, on any processor.
    #[doc(hidden)]
    fn portable(product: Product<Self>);
}

/// Terms of the longest sum that is added to what is there as one number; 0 where that is not known.
pub(super) fn longest_sum() -> usize {
    #[cfg(target_arch = "x86_64")]
    if panel::available() {
        return super::product::MAX_DEPTH;
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

            fn gemm(product: Product<Self>) {
                #[cfg(target_arch = "x86_64")]
                if panel::multiply(product) {
                    return;
                }
                Self::portable(product);
            }

            fn portable(product: Product<Self>) {
                let (lhs, rhs, [row, lane]) = (product.numbers(), product.panel(), product.strides());
                let (scale, old) = match product.store() {
                    Store::Replace => (1.0, 0.0),
                    Store::Add(scale) => (scale, 1.0),
                };
                // SAFETY: readable, writable and apart by the invariant of `Product`, as far as its sizes and
                // strides reach.
                unsafe {
                    $portable(
                        product.rows(),
                        product.depth(),
                        product.lanes(),
                        scale,
                        lhs.at(0, 0),
                        lhs.across(),
                        lhs.along_depth(),
                        rhs.at(0, 0),
                        rhs.along_depth(),
                        rhs.across(),
                        old,
                        product.to(0, 0),
                        row,
                        lane,
                    );
                }
                if !matches!(product.bias(), Bias::None) {
                    let product = product.adding(scale);
                    for row in 0..product.rows() {
                        for lane in 0..product.lanes() {
                            product.put(row, lane, 0.0);
                        }
                    }
                }
            }
        }
    };
}
kernel!(f32, matrixmultiply::sgemm);
kernel!(f64, matrixmultiply::dgemm);
