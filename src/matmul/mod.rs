//! The one room with `unsafe`, and the one that knows threads: the matrix product here, the
//! threads in [`threads`].
//!
//! Nothing here depends on the number of threads but the time it takes. Every number of a product is
//! the sum over the depth in one order, wherever in a piece it lies and whoever computes it, and no result
//! is the sum of what two threads found: so the bits are the same for one thread and for sixteen.

mod blocks;
mod sync;
mod threads;

pub(crate) use blocks::{Block, Blocks};
pub use threads::Threads;

use crate::simd::widest;
use crate::{Mat, Scalar};
use std::cell::RefCell;
use threads::Shared;

/// The single-threaded kernel of the `gemm` crate for one number type.
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

/// Distance between rows and between columns, in elements.
type Strides = [isize; 2];

macro_rules! kernel {
    ($type:ty, $function:path) => {
        impl Kernel for $type {
            #[inline]
            unsafe fn gemm(
                [m, n, k]: [usize; 3],
                add: bool,
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
                        add,
                        lhs,
                        lhs_cols,
                        lhs_rows,
                        rhs,
                        rhs_cols,
                        rhs_rows,
                        1.0,
                        1.0,
                        false,
                        false,
                        false,
                        gemm_common::Parallelism::None,
                    );
                }
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
kernel!(f32, gemm_f32::gemm::f32::get_gemm_fn);
kernel!(f64, gemm_f64::gemm::f64::get_gemm_fn);

/// A piece of less work than this is not worth handing to another thread: at 100 GFLOP/s it
/// takes 4 microseconds, and handing it over about one.
const MIN_FLOPS_PER_PIECE: usize = 400_000;
/// Pieces begin at multiples of this, where the kernel's registers do.
const PIECE_STEP: usize = 16;
/// A product this deep or less is one sum over the depth for the kernel, whatever its other sides; one
/// that is deeper it would cut by rules that look at them. So it is cut here, and the parts are added.
const MAX_DEPTH: usize = 512;
/// Results of at most so many numbers, and those of one row or column, the kernel sums in other orders.
const SMALL: usize = 256;
/// Results of more numbers than this are not turned over: the room for it, 16 MiB of f32, is kept.
const MAX_ROOM: usize = 1 << 22;
/// Rows of a piece, at least: with fewer the kernel's registers are not full.
const MIN_ROWS_PER_PIECE: usize = 32;

/// Rows that a thread must have at least, if it is to have some of the rows of matrices of which the narrowest
/// has so many columns, for the kernel to be fast, and to sum as it would sum over all rows.
pub(crate) fn least_rows(narrowest: usize) -> usize {
    if narrowest > 1 {
        MIN_ROWS_PER_PIECE.max((SMALL / narrowest + 1).next_multiple_of(PIECE_STEP))
    } else {
        usize::MAX >> 16
    }
}

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
    matmul_with_bias(threads, a, b, None, c);
}

/// The same plus a bias for each column, added to a piece while it is in the cache.
#[track_caller]
pub(crate) fn matmul_with_bias<T: Scalar>(
    threads: &Threads,
    a: &Mat<T>,
    b: &Mat<T>,
    bias: Option<&[T]>,
    c: &mut Mat<T>,
) {
    assert!(bias.is_none_or(|bias| bias.len() == c.ncols()), "matmul: one bias for each column");
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

    // The kernel likes a left side whose columns are in one piece and a right side that it need not copy
    // in another order. For a layer's y = x W', both row by row, that is y by columns: it copies x in
    // another order rather than the larger W, and what it writes is then turned over.
    let turned = c_at[1] == 1
        && a_at[1] == 1
        && b_at[0] == 1
        && m <= n
        && m > 1
        && (SMALL + 1..=MAX_ROOM).contains(&(m * n));
    // Cut along the rows, unless they are few: rows of weights are updated by the thread that computed
    // their gradients, and no thread has to copy all of a weight matrix in another order.
    let by_columns = m < MIN_ROWS_PER_PIECE * threads.count() && n > m;
    let (side, other) = if by_columns { (n, m) } else { (m, n) };
    // A piece must not be small where the whole is not.
    let least = if other > 1 { (SMALL / other + 1).next_multiple_of(PIECE_STEP) } else { side };
    let pieces = (2 * m * n * k / MIN_FLOPS_PER_PIECE).min(side / least).clamp(1, threads.count());
    // Steps, as evenly as they go; the last piece takes what is left over.
    let steps = side / PIECE_STEP;
    let begin = |piece| if piece == pieces { side } else { steps * piece / pieces * PIECE_STEP };

    threads.run(pieces, &|piece| {
        let (from, len) = (begin(piece), begin(piece + 1) - begin(piece));
        let ([row, rows], [col, cols]) =
            if by_columns { ([0, m], [from, len]) } else { ([from, len], [0, n]) };
        let at = |[row_stride, col_stride]: Strides, row: usize, col: usize| {
            row as isize * row_stride + col as isize * col_stride
        };
        // SAFETY: pointers, shapes and strides are those of live array views that fit one
        // another; `c` is borrowed mutably, so it overlaps neither operand, and no two
        // pieces write the same element of it. What is turned over has room of its own.
        unsafe {
            let a = (a_ptr.get().offset(at(a_at, row, 0)).cast_const(), a_at);
            let b = (b_ptr.get().offset(at(b_at, 0, col)).cast_const(), b_at);
            let c = (c_ptr.get().offset(at(c_at, row, col)), c_at);
            let flip = |[rows, cols]: Strides| [cols, rows];
            if turned {
                T::with_room(rows * cols, |room| {
                    by_depth([rows, cols, k], (room, [1, rows as isize]), a, b);
                    turn_over(room.cast_const(), c, rows, cols);
                });
            } else if c_at[0] >= c_at[1] {
                // The kernel is at its best on a destination whose rows are adjacent, so
                // for the usual row-major matrix it computes the transpose: c' = b' a'.
                by_depth([cols, rows, k], (c.0, flip(c_at)), (b.0, flip(b_at)), (a.0, flip(a_at)));
            } else {
                by_depth([rows, cols, k], c, a, b);
            }
            if let Some(bias) = bias {
                add_to_rows(&bias[col..col + cols], c, rows);
            }
        }
    });
}

/// The product, the depth cut into parts that the kernel takes whole.
///
/// # Safety
/// As for [`Kernel::gemm`].
unsafe fn by_depth<T: Scalar>(
    [m, n, k]: [usize; 3],
    dst: (*mut T, Strides),
    lhs: (*const T, Strides),
    rhs: (*const T, Strides),
) {
    // Once for no depth too, which makes the result 0.
    for start in (0..k.max(1)).step_by(MAX_DEPTH) {
        let (depth, part) = (MAX_DEPTH.min(k - start), start as isize);
        // SAFETY: parts of what the caller vouches for.
        unsafe {
            let lhs = (lhs.0.offset(part * lhs.1[1]), lhs.1);
            let rhs = (rhs.0.offset(part * rhs.1[0]), rhs.1);
            T::gemm([m, n, depth], start > 0, dst, lhs, rhs);
        }
    }
}

/// Adds the bias to each of the rows.
///
/// # Safety
/// `to` must be writable for as many rows as there are and as many columns as the bias has.
unsafe fn add_to_rows<T: Scalar>(bias: &[T], to: (*mut T, Strides), rows: usize) {
    for row in 0..rows {
        // SAFETY: row and column are within what the caller vouches for.
        unsafe {
            let start = to.0.offset(row as isize * to.1[0]);
            if to.1[1] == 1 {
                let row = std::slice::from_raw_parts_mut(start, bias.len());
                widest(|| row.iter_mut().zip(bias).for_each(|(y, &b)| *y += b));
            } else {
                for (column, &b) in bias.iter().enumerate() {
                    *start.offset(column as isize * to.1[1]) += b;
                }
            }
        }
    }
}

/// Copies `rows` x `cols` numbers that lie column by column to where they lie row by row.
///
/// # Safety
/// `from` must be readable for all of them, and `to` writable, with a column stride of 1.
unsafe fn turn_over<T: Scalar>(from: *const T, to: (*mut T, Strides), rows: usize, cols: usize) {
    const BLOCK: usize = 16; // a cache line of f32 on either side
    for col in (0..cols).step_by(BLOCK) {
        for row in (0..rows).step_by(BLOCK) {
            for i in row..rows.min(row + BLOCK) {
                for j in col..cols.min(col + BLOCK) {
                    // SAFETY: i and j are below rows and cols.
                    unsafe { *to.0.offset(i as isize * to.1[0] + j as isize) = *from.add(j * rows + i) };
                }
            }
        }
    }
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

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn the_bits_do_not_depend_on_the_number_of_threads_for_any_shape(
            m in 1usize..150, n in 1usize..1200, k in 1usize..1300, flips in 0u8..16, threads in 2usize..9,
        ) {
            let fraction = |rows, cols, salt| numbers(rows, cols, salt).mapv(|v| (v / 7.0).sin() as f32);
            let (mut a, mut b) = (fraction(m, k, 1), fraction(k, n, 2));
            if flips & 1 > 0 { a = a.t().as_standard_layout().to_owned().reversed_axes() }
            if flips & 2 > 0 { b = b.t().as_standard_layout().to_owned().reversed_axes() }
            let (a, b) = if flips & 8 > 0 { (b.t(), a.t()) } else { (a.view(), b.view()) };
            let product = |threads| {
                let mut c = Array2::<f32>::zeros((a.nrows(), b.ncols()));
                if flips & 4 > 0 { c = Array2::zeros((b.ncols(), a.nrows())).reversed_axes() }
                matmul(&Threads::new(threads), &a, &b, &mut c);
                c.mapv(f32::to_bits)
            };
            prop_assert!(product(1) == product(threads));
        }
    }

    #[test]
    fn a_piece_is_never_so_small_that_it_is_summed_otherwise_than_the_whole() {
        let k = 770;
        for m in [2, 3, 4, 7, 8, 15, 16] {
            for n in 2 * SMALL / m - 2..2 * SMALL / m + 4 {
                let fraction = |rows, cols, salt| numbers(rows, cols, salt).mapv(|v| (v / 7.0).sin() as f32);
                // Either side the narrow one, every matrix row by row or column by column.
                for flips in 0..16 {
                    let (m, n) = if flips & 8 > 0 { (n, m) } else { (m, n) };
                    let laid_out = |matrix: Array2<f32>, flip: bool| {
                        if flip { matrix.t().as_standard_layout().to_owned().reversed_axes() } else { matrix }
                    };
                    let a = laid_out(fraction(m, k, 1), flips & 1 > 0);
                    let b = laid_out(fraction(k, n, 2), flips & 2 > 0);
                    let product = |threads| {
                        let mut c = laid_out(Array2::zeros((m, n)), flips & 4 > 0);
                        matmul(&Threads::new(threads), &a, &b, &mut c);
                        c.mapv(f32::to_bits)
                    };
                    assert!(product(1) == product(2), "[{m}, {k}] times [{k}, {n}], {flips}");
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "matmul: [2, 3] times [2, 3] does not give [2, 3]")]
    fn shapes_that_do_not_fit_are_named() {
        matmul(&Threads::new(1), &numbers(2, 3, 0), &numbers(2, 3, 0), &mut numbers(2, 3, 0));
    }
}
