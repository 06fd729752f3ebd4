//! The one room with `unsafe`, and the one that knows threads: the matrix product here, the
//! threads in [`threads`].
//!
//! Nothing here depends on the number of threads but the time it takes. Work is cut into
//! pieces by its shape alone, every piece is computed by one thread, and no result is the
//! sum of what two threads found: so the bits are the same for one thread and for sixteen.

mod threads;

pub use threads::Threads;

use crate::{Mat, Scalar};
use threads::Shared;

/// The single-threaded kernel of the `gemm` crate for one number type.
pub trait Kernel: Copy + Send + Sync + 'static {
    /// `dst = lhs * rhs` for an `m x k` and a `k x n` matrix, strides in elements.
    ///
    /// # Safety
    /// Every element that the sizes and strides reach must be readable (`lhs`, `rhs`) or
    /// writable (`dst`), and `dst` must overlap neither operand.
    #[doc(hidden)]
    unsafe fn gemm(
        size: [usize; 3],
        dst: (*mut Self, Strides),
        lhs: (*const Self, Strides),
        rhs: (*const Self, Strides),
    );
}

/// Distance between rows and between columns, in elements.
type Strides = [isize; 2];

macro_rules! kernel {
    ($type:ty, $function:path) => {
        impl Kernel for $type {
            #[inline]
            unsafe fn gemm(
                [m, n, k]: [usize; 3],
                dst: (*mut Self, Strides),
                lhs: (*const Self, Strides),
                rhs: (*const Self, Strides),
            ) {
                let ((dst, [dst_rows, dst_cols]), (lhs, [lhs_rows, lhs_cols]), (rhs, [rhs_rows, rhs_cols])) =
                    (dst, lhs, rhs);
                let gemm = $function();
                // SAFETY: the caller's promise is the one that the kernel asks for.
                unsafe {
                    gemm(
                        m,
                        n,
                        k,
                        dst,
                        dst_cols,
                        dst_rows,
                        false,
                        lhs,
                        lhs_cols,
                        lhs_rows,
                        rhs,
                        rhs_cols,
                        rhs_rows,
                        0.0,
                        1.0,
                        false,
                        false,
                        false,
                        gemm_common::Parallelism::None,
                    );
                }
            }
        }
    };
}
kernel!(f32, gemm_f32::gemm::f32::get_gemm_fn);
kernel!(f64, gemm_f64::gemm::f64::get_gemm_fn);

/// A piece of less work than this is not worth handing to another thread: at 100 GFLOP/s it
/// takes 15 microseconds, and handing it over about one.
const MIN_FLOPS_PER_PIECE: usize = 1_500_000;
/// Enough to keep sixteen threads busy.
const MAX_PIECES: usize = 16;
/// Pieces begin at multiples of this, where the kernel's register tiles do.
const PIECE_STEP: usize = 16;

/// Matrix product `c = a b`, of shapes `[m, k] [k, n] -> [m, n]`, with any strides.
///
/// The result is the same, bit for bit, for any number of threads.
///
/// # Panics
/// If the shapes do not fit one another.
///
/// ```
/// use gradlens::{matmul, Threads};
/// use ndarray::{array, Array2};
/// let (a, b) = (array![[1.0, 2.0], [3.0, 4.0]], array![[1.0, 0.0], [1.0, 1.0]]);
/// let mut c = Array2::zeros((2, 2));
/// matmul(&Threads::new(1), &a, &b.t(), &mut c);
/// assert_eq!(c, a.dot(&b.t()));
/// ```
#[track_caller]
pub fn matmul<T: Scalar>(threads: &Threads, a: &Mat<T>, b: &Mat<T>, c: &mut Mat<T>) {
    let ([m, k], [inner, n]) = ([a.nrows(), a.ncols()], [b.nrows(), b.ncols()]);
    assert!(
        k == inner && c.dim() == (m, n),
        "matmul: [{m}, {k}] times [{inner}, {n}] does not give {:?}",
        c.shape()
    );
    if m == 0 || n == 0 {
        return;
    }
    let strides = |s: &[isize]| [s[0], s[1]];
    let (a_at, b_at, c_at) = (strides(a.strides()), strides(b.strides()), strides(c.strides()));
    let (a_ptr, b_ptr, c_ptr) =
        (Shared(a.as_ptr().cast_mut()), Shared(b.as_ptr().cast_mut()), Shared(c.as_mut_ptr()));

    // Cut along the longer side of the result, which is where the weights are long: then no
    // thread has to pack the whole weight matrix.
    let by_columns = n >= m;
    let side = m.max(n);
    let pieces = (2 * m * n * k / MIN_FLOPS_PER_PIECE).clamp(1, MAX_PIECES);
    let step = side.div_ceil(pieces).next_multiple_of(PIECE_STEP);

    threads.run(side.div_ceil(step), &|piece| {
        let (from, len) = (piece * step, step.min(side - piece * step));
        let ([row, rows], [col, cols]) =
            if by_columns { ([0, m], [from, len]) } else { ([from, len], [0, n]) };
        let at = |[row_stride, col_stride]: Strides, row: usize, col: usize| {
            row as isize * row_stride + col as isize * col_stride
        };
        // SAFETY: pointers, shapes and strides are those of live array views that fit one
        // another; `c` is borrowed mutably, so it overlaps neither operand, and no two
        // pieces write the same element of it.
        unsafe {
            let dst = c_ptr.get().offset(at(c_at, row, col));
            let lhs = a_ptr.get().offset(at(a_at, row, 0)).cast_const();
            let rhs = b_ptr.get().offset(at(b_at, 0, col)).cast_const();
            // The kernel is at its best on a destination whose rows are adjacent, so
            // for the usual row-major matrix it computes the transpose: c' = b' a'.
            let flip = |[rows, cols]: Strides| [cols, rows];
            if c_at[0] >= c_at[1] {
                T::gemm([cols, rows, k], (dst, flip(c_at)), (rhs, flip(b_at)), (lhs, flip(a_at)));
            } else {
                T::gemm([rows, cols, k], (dst, c_at), (lhs, a_at), (rhs, b_at));
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, ArrayView2, s};
    use proptest::prelude::*;

    fn numbers(rows: usize, cols: usize, salt: usize) -> Array2<f64> {
        Array2::from_shape_fn((rows, cols), |(i, j)| ((i * 31 + j * 17 + salt) % 23) as f64 - 11.0)
    }

    /// The definition, element by element.
    fn slow(a: ArrayView2<f64>, b: ArrayView2<f64>) -> Array2<f64> {
        Array2::from_shape_fn((a.nrows(), b.ncols()), |(i, j)| {
            (0..a.ncols()).map(|k| a[[i, k]] * b[[k, j]]).sum()
        })
    }

    proptest! {
        #[test]
        fn the_product_equals_its_definition_for_every_shape_and_stride(
            m in 0usize..40, n in 0usize..40, k in 0usize..40, flips in 0u8..32,
        ) {
            let (mut a, mut b, mut c) = (numbers(2 * m, k, 1), numbers(k, n, 2), numbers(m, n, 3));
            if flips & 1 > 0 { a = a.reversed_axes().as_standard_layout().reversed_axes().to_owned() }
            if flips & 2 > 0 { b = b.t().as_standard_layout().to_owned().reversed_axes() }
            if flips & 4 > 0 { c = c.t().as_standard_layout().to_owned().reversed_axes() }
            let mut a = a.slice_move(s![..;2, ..]);
            if flips & 8 > 0 { a.invert_axis(ndarray::Axis(0)) }
            if flips & 16 > 0 { b.invert_axis(ndarray::Axis(1)) }
            matmul(&Threads::new(2), &a, &b, &mut c);
            prop_assert_eq!(c, slow(a.view(), b.view()));
        }
    }

    /// Products large enough to be cut into several pieces, along either side, with a depth beyond
    /// the kernel's blocks.
    const CUT: [(usize, usize, usize); 5] =
        [(64, 128, 784), (128, 784, 64), (784, 64, 128), (33, 517, 1301), (1, 2000, 700)];

    #[test]
    fn a_product_that_is_cut_into_pieces_equals_its_definition() {
        for (m, n, k) in CUT {
            let (a, b) = (numbers(m, k, 1), numbers(k, n, 2));
            let expected = slow(a.view(), b.view());
            let mut upside_down = a.clone();
            upside_down.invert_axis(ndarray::Axis(0));
            upside_down = upside_down.as_standard_layout().into_owned();
            let mut flipped = upside_down.view();
            flipped.invert_axis(ndarray::Axis(0));
            let tall = b.t().as_standard_layout().into_owned();
            for (a, b) in [(a.view(), b.view()), (flipped, b.view()), (a.view(), tall.t())] {
                for threads in [1, 2] {
                    let mut c = Array2::zeros((m, n));
                    matmul(&Threads::new(threads), &a, &b, &mut c);
                    assert!(c == expected, "{m} x {n} x {k} on {threads} threads"); // small whole numbers: exact
                    let mut c = Array2::zeros((n, m)).reversed_axes();
                    matmul(&Threads::new(threads), &a, &b, &mut c);
                    assert!(c == expected, "{m} x {n} x {k} on {threads} threads, by columns");
                }
            }
        }
    }

    #[test]
    fn the_bits_do_not_depend_on_the_number_of_threads() {
        for (m, n, k) in CUT {
            let fraction = |rows, cols, salt| numbers(rows, cols, salt).mapv(|v| (v / 7.0).sin() as f32);
            let (a, b) = (fraction(m, k, 1), fraction(k, n, 2));
            let product = |threads| {
                let mut c = Array2::<f32>::zeros((m, n));
                matmul(&Threads::new(threads), &a, &b, &mut c);
                c.mapv(f32::to_bits)
            };
            let one = product(1);
            for threads in [2, 3, 5] {
                assert_eq!(one, product(threads), "{m} x {n} x {k} on {threads} threads");
            }
        }
    }

    #[test]
    #[should_panic(expected = "matmul: [2, 3] times [2, 3] does not give [2, 3]")]
    fn shapes_that_do_not_fit_are_named() {
        matmul(&Threads::new(1), &numbers(2, 3, 0), &numbers(2, 3, 0), &mut numbers(2, 3, 0));
    }
}
