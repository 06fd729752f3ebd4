//! The matrix product.
//!
//! Nothing here depends on the number of threads but the time it takes. Every number of a product is one sum
//! over the depth, in one order, wherever in a piece it lies and whoever computes it. To skip zeros changes
//! no bit, and no result is the sum of what two threads found. So the bits are the same for one thread and
//! for sixteen. (But not which NaN a NaN is: there are many.)
//!
//! [`Product::new`] is where raw pointers begin: its caller vouches for sizes and strides, once, and what
//! computes a product relies on it.

mod kernel;
#[cfg(target_arch = "x86_64")]
mod nonzero;
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code, reason = "the portable kernel takes fewer parts"))]
mod operand;
#[cfg(target_arch = "x86_64")]
mod panel;
mod portable;
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code, reason = "the portable kernel takes fewer parts"))]
mod product;
#[cfg(target_arch = "x86_64")]
mod skip;
#[cfg(target_arch = "x86_64")]
mod tile;
#[cfg(target_arch = "x86_64")]
mod transpose;
mod vector;
#[cfg(target_arch = "x86_64")]
mod width;

pub use kernel::Kernel;

use self::product::Product;
use crate::Mat;
use crate::store::Store;
use crate::threads::{Shared, Threads};

/// Distance between rows and between columns, in elements.
type Strides = [isize; 2];

/// A piece of less work than this is not worth handing to another thread: at 100 GFLOP/s it
/// takes 4 microseconds, and handing it over about one.
const MIN_FLOPS_PER_PIECE: usize = 400_000;
/// Pieces begin at multiples of this, where the kernel's registers do.
const PIECE_STEP: usize = 16;
/// Numbers of f32 in a vector of AVX-512.
const LANES: usize = 16;
/// The fewest rows of a batch worth giving to a thread: for them it reads all weights.
pub const LEAST_ROWS: usize = 32;

/// Matrix product `c = a b`, of shapes `[m, k] [k, n] -> [m, n]`, with any strides.
///
/// The result is the same, bit for bit, for any number of threads and any strides of `c` (but for which NaN a NaN is).
/// Strides of `a` and `b` may change its last bits: sums are added up in another order where either is a vector and both
/// are contiguous along the sum.
///
/// # Panics
/// If the shapes do not fit one another.
///
/// ```
/// use gradlens_kernel::{matmul, Threads};
/// use ndarray::{array, Array2};
/// let (a, b) = (array![[1.0, 2.0], [3.0, 4.0]], array![[1.0, 0.0], [1.0, 1.0]]);
/// let mut c = Array2::zeros((2, 2));
/// matmul(&Threads::new(1), &a, &b.t(), &mut c);
/// assert_eq!(c, a.dot(&b.t()));
/// ```
#[track_caller]
pub fn matmul<T: Kernel>(threads: &Threads, a: &Mat<T>, b: &Mat<T>, c: &mut Mat<T>) {
    product(threads, a, b, None, Store::Replace, c);
}

/// Whether a product with sums of so many terms can be added to numbers in one go ([`Store::Add`]) with the
/// same result, bit for bit, as when it is computed first and added then.
///
/// It depends on the processor, and holds for a thousand on all:
///
/// ```
/// assert!(gradlens_kernel::can_add(1000));
/// ```
pub fn can_add(depth: usize) -> bool {
    kernel::longest_sum() >= depth
}

/// Matrix product with a bias for each column, `a b + bias`, which takes the place of what is in `c` or is
/// added to it with a factor, as `store` says.
///
/// # Panics
/// If the shapes do not fit one another.
///
/// ```
/// use gradlens_kernel::{Store, Threads, product};
/// use ndarray::array;
/// let (x, w, bias) = (array![[1.0, 2.0]], array![[3.0], [4.0]], [0.5]);
/// let mut y = array![[10.0]];
/// product(&Threads::new(1), &x, &w, Some(&bias), Store::Add(2.0), &mut y);
/// assert_eq!(y, array![[10.0 + 2.0 * 11.5]]);
/// ```
#[track_caller]
pub fn product<T: Kernel>(
    threads: &Threads,
    a: &Mat<T>,
    b: &Mat<T>,
    bias: Option<&[T]>,
    store: Store<T>,
    c: &mut Mat<T>,
) {
    T::product(threads, a, b, bias, store, c);
}

/// The same, cut into pieces for the threads.
#[track_caller]
fn in_pieces<T: Kernel>(
    threads: &Threads,
    a: &Mat<T>,
    b: &Mat<T>,
    bias: Option<&[T]>,
    store: Store<T>,
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
        for (column, mut numbers) in c.columns_mut().into_iter().enumerate() {
            let number = bias.map_or(T::zero(), |bias| bias[column]);
            numbers.iter_mut().for_each(|to| store.put(number, to));
        }
        return;
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
    let pieces = if pieces > 1 { pieces.min(threads.ready()) } else { 1 };
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
        // SAFETY: pointers, shapes and strides are those of array views that are borrowed meanwhile and fit
        // one another; `c` is borrowed mutably, so it overlaps neither operand, and no two pieces write the
        // same element of it.
        let piece = unsafe {
            let a = (a_ptr.get().offset(at(a_at, row, 0)).cast_const(), a_at);
            let b = (b_ptr.get().offset(at(b_at, 0, col)).cast_const(), b_at);
            let c = (c_ptr.get().offset(at(c_at, row, col)), c_at);
            let bias = bias.map(|bias| &bias[col..col + cols]);
            Product::new([rows, cols, k], store, bias, c, a, b)
        };
        let outer = k == 1 && b_at[1] == 1 && c_at[1] == 1 && bias.is_none();
        if forward && (m == 1 || n == 1) {
            vector::dots(piece);
        } else if let (true, Store::Add(scale)) = (outer, store) {
            vector::add_outer(piece, scale);
        } else {
            T::gemm(piece);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scalar::Scalar;
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

    /// Products large enough to be cut into several pieces, along either side. One has a depth beyond what a
    /// tile adds up in one chain, one has more rows than those in which zeros are found at a time.
    const CUT: [(usize, usize, usize); 7] = [
        (2100, 130, 130),
        (64, 128, 784),
        (128, 784, 64),
        (784, 64, 128),
        (33, 517, 1301),
        (1, 2000, 700),
        (1030, 130, 450),
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
                    // Small whole numbers: exact.
                    assert!(c == expected, "{m} x {n} x {k} on {threads} threads");
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
            let (mut a, b, bias) = (fraction(m, k, 1), fraction(k, n, 2), fraction(1, n, 3));
            for zeros in [false, true] {
                if zeros {
                    strew_zeros(&mut a);
                }
                let product = |threads| {
                    let mut c = Array2::<f32>::zeros((m, n));
                    product(&Threads::new(threads), &a, &b, bias.as_slice(), Store::Replace, &mut c);
                    c.mapv(f32::to_bits)
                };
                let one = product(1);
                for threads in [2, 3, 5] {
                    assert_eq!(one, product(threads), "{m} x {n} x {k} on {threads} threads");
                }
            }
        }
    }

    /// Three in four blocks of five rows and six columns become zeros, and every ninth row has numbers that
    /// are too small for their products to be any.
    fn strew_zeros(matrix: &mut Array2<f32>) {
        for ((row, column), number) in matrix.indexed_iter_mut() {
            if (row / 5 * 7 + column / 6) % 4 > 0 {
                *number = 0.0;
            } else if row % 9 == 0 {
                *number *= 1e-44;
            }
        }
    }

    proptest! {
        #[test]
        fn the_bits_do_not_depend_on_the_number_of_threads_for_any_shape(
            m in 1usize..150, n in 1usize..1200, k in 1usize..1300, flips in 0u8..32, threads in 2usize..9,
        ) {
            let fraction = |rows, cols, salt| numbers(rows, cols, salt).mapv(|v| (v / 7.0).sin() as f32);
            let (mut a, mut b) = (fraction(m, k, 1), fraction(k, n, 2));
            if flips & 16 > 0 { strew_zeros(&mut a) }
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
    fn the_bits_do_not_depend_on_the_strides_of_the_result() {
        let fraction = |rows, cols, salt| numbers(rows, cols, salt).mapv(|v| (v / 7.0).sin() as f32);
        for (m, n, k) in
            [(1, 37, 50), (37, 1, 50), (1, 1, 700), (5, 9, 1), (1, 40, 1), (40, 1, 1), (20, 30, 90)]
        {
            for flips in 0..4 {
                let (a, b) =
                    (laid_out(fraction(m, k, 1), flips & 1 > 0), laid_out(fraction(k, n, 2), flips & 2 > 0));
                for store in [Store::Replace, Store::Add(-0.3)] {
                    let into = |mut c: ndarray::ArrayViewMut2<f32>| {
                        c.fill(0.25);
                        product(&Threads::new(1), &a, &b, None, store, &mut c);
                        c.mapv(f32::to_bits)
                    };
                    let rows = into(Array2::zeros((m, n)).view_mut());
                    let columns = into(Array2::zeros((n, m)).view_mut().reversed_axes());
                    let apart = into(Array2::zeros((m, 3 * n)).slice_mut(s![.., ..;3]));
                    let backwards = into(Array2::zeros((m, n)).slice_mut(s![..;-1, ..;-1]));
                    for other in [columns, apart, backwards] {
                        assert!(rows == other, "[{m}, {k}] times [{k}, {n}], {flips}, {store:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_narrow_piece_is_summed_as_the_whole_is() {
        let k = 1100;
        for m in [2, 3, 7, 11, 12, 13, 15, 16] {
            for n in [1, 2, 31, 33, 50, 95, 97, 130] {
                let fraction = |rows, cols, salt| numbers(rows, cols, salt).mapv(|v| (v / 7.0).sin() as f32);
                // Either side the narrow one, every matrix row by row or column by column.
                for flips in 0..16 {
                    let (m, n) = if flips & 8 > 0 { (n, m) } else { (m, n) };
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

    /// The matrix as it is, but laid out by columns if `flip`.
    fn laid_out<T: Scalar>(matrix: Array2<T>, flip: bool) -> Array2<T> {
        if flip { matrix.t().as_standard_layout().to_owned().reversed_axes() } else { matrix }
    }

    /// Where a tile, a panel, a vector or a part of the depth ends, however all lies: the product is that of
    /// `ndarray`, exactly, as these are small whole numbers; and so is what the portable kernel computes.
    fn products_at_the_edges<T: Scalar>() {
        for m in [1, 11, 12, 13, 25] {
            for n in [1, 15, 16, 17, 47, 48, 49, 97] {
                for k in [1, 8, 1023, 1024, 1025, 2049] {
                    let (a, b) = (numbers(m, k, 1), numbers(k, n, 2));
                    let product = a.dot(&b).mapv(T::of);
                    for flips in 0..8 {
                        let a = laid_out(a.mapv(T::of), flips & 1 > 0);
                        let b = laid_out(b.mapv(T::of), flips & 2 > 0);
                        let strides = |matrix: &Array2<T>| [matrix.strides()[0], matrix.strides()[1]];
                        let biases: Vec<T> = (0..n).map(|column| T::of((column % 9) as f64)).collect();
                        let added = Store::Add(T::of(0.5));
                        for (store, bias) in
                            [(Store::Replace, Some(&biases[..])), (added, None), (added, Some(&biases[..]))]
                        {
                            let old = T::of(7.0);
                            let product = Array2::from_shape_fn((m, n), |(row, column)| {
                                product[[row, column]] + bias.map_or(T::zero(), |bias| bias[column])
                            });
                            let mut expected = Array2::from_elem((m, n), old);
                            expected.zip_mut_with(&product, |to, &number| store.put(number, to));
                            for kernel in [T::gemm, T::portable] {
                                let mut c = laid_out(Array2::from_elem((m, n), old), flips & 4 > 0);
                                let at = strides(&c);
                                // SAFETY: pointers, sizes and strides are those of live arrays.
                                let product = unsafe {
                                    let (a, b) = ((a.as_ptr(), strides(&a)), (b.as_ptr(), strides(&b)));
                                    Product::new([m, n, k], store, bias, (c.as_mut_ptr(), at), a, b)
                                };
                                kernel(product);
                                assert!(c == expected, "[{m}, {k}] times [{k}, {n}], {flips}, {store:?}");
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_product_is_right_at_every_edge_of_the_kernel_in_f32() {
        products_at_the_edges::<f32>();
    }

    #[test]
    fn a_product_is_right_at_every_edge_of_the_kernel_in_f64() {
        products_at_the_edges::<f64>();
    }

    #[test]
    fn a_product_that_is_added_is_as_if_it_were_computed_first() {
        let fraction = |rows, cols, salt| numbers(rows, cols, salt).mapv(|v| (v / 7.0).sin() as f32);
        for (m, n, k) in CUT.into_iter().chain([(1, 1, 64), (1, 1, 1024), (13, 1, 50), (10, 128, 64)]) {
            for flips in 0..8 {
                let a = laid_out(fraction(m, k, 1), flips & 1 > 0);
                let b = laid_out(fraction(k, n, 2), flips & 2 > 0);
                let old = laid_out(fraction(m, n, 3), flips & 4 > 0);
                let (mut first, mut at_once) = (Array2::zeros((m, n)), old.clone());
                matmul(&Threads::new(1), &a, &b, &mut first);
                let store = Store::Add(-0.3);
                product(&Threads::new(2), &a, &b, None, store, &mut at_once);
                let mut expected = old;
                expected.zip_mut_with(&first, |to, &number| store.put(number, to));
                assert!(!can_add(k) || at_once == expected, "[{m}, {k}] times [{k}, {n}], {flips}");
            }
        }
    }

    #[test]
    fn without_depth_a_product_is_the_bias() {
        let (a, b, bias) = (Array2::zeros((2, 0)), Array2::zeros((0, 3)), [1.0, 2.0, 3.0]);
        let mut c = Array2::from_elem((2, 3), 5.0);
        product(&Threads::new(1), &a, &b, Some(&bias), Store::Replace, &mut c);
        assert_eq!(c, ndarray::array![[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]);
        product(&Threads::new(1), &a, &b, Some(&bias), Store::Add(2.0), &mut c);
        assert_eq!(c, ndarray::array![[3.0, 6.0, 9.0], [3.0, 6.0, 9.0]]);
        product(&Threads::new(1), &a, &b, None, Store::Replace, &mut c);
        assert_eq!(c, Array2::<f64>::zeros((2, 3)));
    }

    #[test]
    fn a_row_may_stand_for_many() {
        let (a, b) = (numbers(1, 70, 1), numbers(1, 30, 2));
        let (many_a, many_b) = (a.broadcast((20, 70)).unwrap(), b.broadcast((70, 30)).unwrap());
        let mut c = Array2::zeros((20, 30));
        matmul(&Threads::new(1), &many_a, &many_b, &mut c);
        assert_eq!(c, slow(many_a, many_b));
    }

    #[test]
    #[should_panic(expected = "matmul: [2, 3] times [2, 3] does not give [2, 3]")]
    fn shapes_that_do_not_fit_are_named() {
        matmul(&Threads::new(1), &numbers(2, 3, 0), &numbers(2, 3, 0), &mut numbers(2, 3, 0));
    }
}
