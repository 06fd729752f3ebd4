//! One thread's matrix product, for f32 and f64.
//!
//! With vectors of AVX2 or AVX-512 it is that of [`panel`](super::panel), elsewhere that of
//! [`portable`](super::portable). Both sum over the depth in one order, whatever the other sides.
//! `kernel/benches/peers` compares ours with others.

#[cfg(target_arch = "x86_64")]
use super::panel;
use super::portable;
use super::product::Product;
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

    /// The same on any processor.
    #[doc(hidden)]
    fn portable(product: Product<Self>);
}

/// Terms of the longest sum that is added to what is there as one number.
pub(super) fn longest_sum() -> usize {
    #[cfg(target_arch = "x86_64")]
    if panel::available() {
        return super::product::MAX_DEPTH;
    }
    usize::MAX
}

macro_rules! kernel {
    ($type:ty) => {
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
                portable::multiply(product);
            }
        }
    };
}
kernel!(f32);
kernel!(f64);
