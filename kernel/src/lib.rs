#![doc = include_str!("../README.md")]
#![warn(missing_docs)]
#![warn(unsafe_op_in_unsafe_fn)]

mod aligned;
mod batch;
pub mod math;
mod matmul;
mod pace;
mod prefetch;
mod scalar;
mod simd;
mod store;
mod sums;
mod sync;
mod threads;

pub use aligned::Aligned;
pub use batch::{Block, Blocks};
pub use matmul::{LEAST_ROWS, can_add, matmul, product};
pub use prefetch::prefetch;
pub use scalar::Scalar;
pub use simd::{VECTORS_VARIABLE, vectors, vectors_are_known, widest};
pub use store::Store;
pub use sums::sum_rows;
pub use threads::Threads;

/// A matrix by reference, owned or a view: rows are samples, columns are units.
pub type Mat<T> = ndarray::ArrayRef2<T>;
