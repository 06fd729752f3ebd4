//! The one room with `unsafe`, and the one that knows threads: the matrix product here, the
//! threads in [`threads`].
//!
//! Nothing here depends on the number of threads but the time it takes. Every number of a product is
//! the sum over the depth in one order, wherever in a piece it lies and whoever computes it, and no result
//! is the sum of what two threads found: so the bits are the same for one thread and for sixteen.

mod blocks;
mod kernel;
mod shares;
mod sync;
mod threads;

pub(crate) use blocks::{Block, Blocks};
pub use kernel::Kernel;
pub(crate) use shares::Shares;
pub use threads::Threads;

use crate::simd::widest;
use crate::{Mat, Scalar};
use ndarray::ArrayView1;
use threads::Shared;

/// Distance between rows and between columns, in elements.
type Strides = [isize; 2];

/// A piece of less work than this is not worth handing to another thread: at 100 GFLOP/s it
/// takes 4 microseconds, and handing it over about one.
const MIN_FLOPS_PER_PIECE: usize = 400_000;
/// Pieces begin at multiples of this, where the kernel's registers do.
pub(crate) const PIECE_STEP: usize = 16;
/// Terms of a sum that the kernel is handed at once, at most: what it copies then lies in the first and second
/// caches.
const MAX_DEPTH: usize = 400;
/// Adjacent numbers of the result that the kernel is handed at once, at most: one column of what its registers
/// hold. With fewer, down to two thirds, they are as busy.
const PANEL: usize = 96;
/// The same for short sums, for which so little work is not worth a call.
const MAX_WIDTH: usize = 480;
/// Sums of no more terms are short.
const SHALLOW: usize = 64;
/// Numbers of f32 in a vector of AVX-512.
const LANES: usize = 16;
/// Rows that begin at least so many bytes from one another are turned over first: the kernel would read a few
/// numbers of each, out of as many cache lines.
const FAR: isize = 4096;
/// Numbers that are turned over at a time, at most: the room for them is a thread's as long as it lives.
const MAX_ROOM: usize = 1 << 21;
/// Rows of a batch that a thread has at least, if it has some of them: with fewer the kernel's registers are
/// not full.
pub(crate) const LEAST_ROWS: usize = 32;

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
    if k == 0 {
        return match bias {
            Some(bias) => c.assign(&ArrayView1::from(bias)),
            None => c.fill(T::zero()),
        };
    }
    let strides = |s: &[isize]| [s[0], s[1]];
    let (a_at, b_at, c_at) = (strides(a.strides()), strides(b.strides()), strides(c.strides()));
    let (a_ptr, b_ptr, c_ptr) =
        (Shared(a.as_ptr().cast_mut()), Shared(b.as_ptr().cast_mut()), Shared(c.as_mut_ptr()));

    // Cut along the rows, unless they are few, or it is a layer's y = x W' with more units than samples: then
    // each thread reads some of the larger W.
    let forward = a_at[1] == 1 && b_at[0] == 1;
    let by_columns = (forward || m < LEAST_ROWS * threads.count()) && n > m;
    let side = if by_columns { n } else { m };
    let pieces = (2 * m * n * k / MIN_FLOPS_PER_PIECE).min(side / PIECE_STEP).clamp(1, threads.count());
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
            let in_rows = forward && c_at[1] == 1;
            if in_rows && (m == 1 || n == 1) {
                dots([rows, cols, k], c, a, b);
            } else if in_rows && rows < cols && fills_registers(rows) && rows * cols <= MAX_ROOM {
                T::with_room(rows * cols, |room| {
                    in_parts([rows, cols, k], (room, [1, rows as isize]), a, b);
                    turn_over(room.cast_const(), rows as isize, c, rows, cols);
                });
            } else {
                in_parts([rows, cols, k], c, a, b);
            }
            if let Some(bias) = bias {
                add_to_rows(&bias[col..col + cols], c, rows);
            }
        }
    });
}

/// A layer's y = x W', all row by row, is computed column by column and turned over: the kernel then copies
/// x in another order rather than the larger W. Worth it for so many rows?
fn fills_registers(rows: usize) -> bool {
    (LANES..=MAX_WIDTH).contains(&rows) && 5 * rows >= 4 * rows.next_multiple_of(LANES)
}

/// The product, cut into parts that the kernel is fast at.
///
/// # Safety
/// As for [`Kernel::gemm`].
unsafe fn in_parts<T: Scalar>(
    [m, n, k]: [usize; 3],
    dst: (*mut T, Strides),
    lhs: (*const T, Strides),
    rhs: (*const T, Strides),
) {
    let flip = |[rows, cols]: Strides| [cols, rows];
    if dst.1[0].abs() > dst.1[1].abs() {
        // Row by row: the transpose, c' = b' a', is column by column.
        let (dst, lhs, rhs) = ((dst.0, flip(dst.1)), (rhs.0, flip(rhs.1)), (lhs.0, flip(lhs.1)));
        // SAFETY: the same elements.
        return unsafe { in_parts([n, m, k], dst, lhs, rhs) };
    }
    let depth = even_part(k, MAX_DEPTH);
    for first in (0..k).step_by(depth) {
        let size = [m, n, depth.min(k - first)];
        // SAFETY: parts of what the caller vouches for; what is turned over has room of its own, of which no
        // other use is made meanwhile: a caller's own room is for products with adjacent depth in `rhs`.
        unsafe {
            let lhs = (lhs.0.offset(first as isize * lhs.1[1]), lhs.1);
            let rhs = (rhs.0.offset(first as isize * rhs.1[0]), rhs.1);
            let far_apart = rhs.1[1] == 1 && rhs.1[0] * size_of::<T>() as isize >= FAR;
            let column = size[2] + LANES;
            if far_apart && m > PANEL && n * column <= MAX_ROOM {
                T::with_room(n * column, |room| {
                    turn_over(rhs.0, rhs.1[0], (room, [column as isize, 1]), n, size[2]);
                    in_panels(size, first > 0, dst, lhs, (room.cast_const(), [1, column as isize]));
                });
            } else {
                in_panels(size, first > 0, dst, lhs, rhs);
            }
        }
    }
}

/// The product, cut along the rows of `lhs`: for the sums that the kernel keeps in registers, and the kernel's
/// copies of `lhs` that lie in the second cache.
///
/// # Safety
/// As for [`Kernel::gemm`].
unsafe fn in_panels<T: Scalar>(
    [m, n, k]: [usize; 3],
    add: bool,
    dst: (*mut T, Strides),
    lhs: (*const T, Strides),
    rhs: (*const T, Strides),
) {
    let most = if k <= SHALLOW { MAX_WIDTH } else { PANEL };
    let mut row = 0;
    while row < m {
        let rows = even_part(m - row, most).min(m - row);
        // SAFETY: some of the rows that the caller vouches for.
        unsafe {
            let dst = (dst.0.offset(row as isize * dst.1[0]), dst.1);
            let lhs = (lhs.0.offset(row as isize * lhs.1[0]), lhs.1);
            T::gemm([rows, n, k], add, dst, lhs, rhs);
        }
        row += rows;
    }
}

/// The length of the first of as few parts as it takes, each of them at most so long, and about the same.
fn even_part(whole: usize, most: usize) -> usize {
    whole.div_ceil(whole.div_ceil(most)).next_multiple_of(LANES)
}

/// The product of rows that are in one piece and columns that are in one piece: for a vector the kernel's
/// copies would be most of the work.
///
/// # Safety
/// As for [`Kernel::gemm`]; the columns of `lhs` and the rows of `rhs` must be adjacent.
unsafe fn dots<T: Scalar>(
    [m, n, k]: [usize; 3],
    dst: (*mut T, Strides),
    lhs: (*const T, Strides),
    rhs: (*const T, Strides),
) {
    widest(
        #[inline(always)]
        || {
            for row in 0..m as isize {
                for col in 0..n as isize {
                    // SAFETY: row and column are among those that the caller vouches for.
                    unsafe {
                        let a = std::slice::from_raw_parts(lhs.0.offset(row * lhs.1[0]), k);
                        let b = std::slice::from_raw_parts(rhs.0.offset(col * rhs.1[1]), k);
                        *dst.0.offset(row * dst.1[0] + col * dst.1[1]) = dot(a, b);
                    }
                }
            }
        },
    );
}

/// The sum of the products, in as many sums as keep the processor's adders busy.
#[inline(always)]
fn dot<T: Scalar>(a: &[T], b: &[T]) -> T {
    const SUMS: usize = 4 * LANES;
    let (mut many, mut few, mut rest) = ([T::zero(); SUMS], [T::zero(); LANES], T::zero());
    let ((blocks_a, a), (blocks_b, b)) = (a.as_chunks::<SUMS>(), b.as_chunks::<SUMS>());
    for (a, b) in blocks_a.iter().zip(blocks_b) {
        add_products(&mut many, a, b);
    }
    let ((blocks_a, a), (blocks_b, b)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in blocks_a.iter().zip(blocks_b) {
        add_products(&mut few, a, b);
    }
    for (&a, &b) in a.iter().zip(b) {
        rest += a * b;
    }
    for block in many.as_chunks::<LANES>().0 {
        for lane in 0..LANES {
            few[lane] += block[lane];
        }
    }
    for half in [LANES / 2, LANES / 4, LANES / 8, LANES / 16] {
        for lane in 0..half {
            few[lane] += few[lane + half];
        }
    }
    few[0] + rest
}

#[inline(always)]
fn add_products<T: Scalar, const N: usize>(sums: &mut [T; N], a: &[T; N], b: &[T; N]) {
    for lane in 0..N {
        sums[lane] += a[lane] * b[lane];
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

/// Copies `rows` x `cols` numbers that lie column by column, so far from one column to the next, to where they lie
/// row by row.
///
/// # Safety
/// `from` must be readable for all of them, and `to` writable, with a column stride of 1.
unsafe fn turn_over<T: Scalar>(
    from: *const T,
    column: isize,
    to: (*mut T, Strides),
    rows: usize,
    cols: usize,
) {
    const BLOCK: usize = 16; // a cache line of f32 on either side
    for col in (0..cols).step_by(BLOCK) {
        for row in (0..rows).step_by(BLOCK) {
            for i in row..rows.min(row + BLOCK) {
                for j in col..cols.min(col + BLOCK) {
                    // SAFETY: i and j are below rows and cols.
                    unsafe {
                        let number = *from.offset(j as isize * column + i as isize);
                        *to.0.offset(i as isize * to.1[0] + j as isize) = number;
                    }
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
            m in 0usize..40, n in 0usize..40, k in 0usize..40, flips in 0u8..128,
        ) {
            let (mut a, mut b) = (numbers(2 * m, k, 1), numbers(k, n, 2));
            let mut c = Array2::from_elem((m, n), f64::NAN); // what was there does not matter
            if flips & 1 > 0 { a = a.reversed_axes().as_standard_layout().reversed_axes().to_owned() }
            if flips & 2 > 0 { b = b.t().as_standard_layout().to_owned().reversed_axes() }
            if flips & 4 > 0 { c = c.t().as_standard_layout().to_owned().reversed_axes() }
            let mut a = a.slice_move(s![..;2, ..]);
            if flips & 8 > 0 { a.invert_axis(ndarray::Axis(0)) }
            if flips & 16 > 0 { b.invert_axis(ndarray::Axis(1)) }
            if flips & 32 > 0 { c.invert_axis(ndarray::Axis(0)) }
            if flips & 64 > 0 { b.invert_axis(ndarray::Axis(0)) }
            matmul(&Threads::new(2), &a, &b, &mut c);
            prop_assert_eq!(c, slow(a.view(), b.view()));
        }
    }

    /// Products large enough to be cut into several pieces, along either side, with a depth beyond
    /// the kernel's blocks.
    const CUT: [(usize, usize, usize); 6] = [
        (64, 128, 784),
        (128, 784, 64),
        (784, 64, 128),
        (33, 517, 1301),
        (1, 2000, 700),
        (1030, 130, 450), // with columns so long that they are turned over
    ];

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
            let (wide, tall) =
                (a.t().as_standard_layout().into_owned(), b.t().as_standard_layout().into_owned());
            for (a, b) in
                [(a.view(), b.view()), (flipped, b.view()), (a.view(), tall.t()), (wide.t(), b.view())]
            {
                for threads in [1, 2] {
                    let mut c = Array2::from_elem((m, n), f64::NAN);
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
    fn a_narrow_piece_is_summed_as_the_whole_is() {
        let k = 770;
        for m in [2, 3, 4, 7, 8, 15, 16] {
            for n in (512 / m - 2..512 / m + 4).chain([1, 2, 50]) {
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
