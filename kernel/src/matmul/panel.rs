//! The matrix product on one thread, for processors with AVX2 or AVX-512: a part of the depth and a panel at
//! a time, in [tiles](super::tile).
//!
//! (Goto and van de Geijn, *Anatomy of high-performance matrix multiplication*, ACM TOMS 34, 2008; tiles and
//! panels as in Van Zee and van de Geijn, *BLIS*, ACM TOMS 41, 2015. But at least one side is read in place:
//! batches are so small that to copy both would cost more than it saves.)

use super::nonzero::{GROUP, NonzeroK, nonzero_fraction};
use super::operand::Operand;
use super::product::{MAX_DEPTH, Product};
use super::skip::SkippingZeros;
use super::tile::{MAX_LANES, MAX_ROWS, MAX_VECTORS, Panel, Vectors, apart, even_part, lanes, max_vectors};
use super::transpose::transpose;
use super::width::Width;
use crate::aligned::LINE;
use crate::simd::avx2;
#[cfg(feature = "avx512")]
use crate::simd::avx512;
use pulp::{Simd, WithSimd};

/// Bytes after which lines meet in the same set of the first cache, on all processors with AVX2.
const WAY: usize = 4096;
/// Lines of a set that a panel may take: there are eight, or twelve.
const LINES_OF_SET: usize = 6;
// What a product costs, in numbers copied, to choose its lanes by and whether to skip zeros. Measured on Zen
// 5, roughly.

/// A number transposed.
const TRANSPOSED: usize = 2;
/// A vector's multiply-add.
const MULTIPLY_ADD: usize = 4;
/// So many numbers read out of a cache line each.
const GATHERED: usize = 4;
/// A number compared with zero.
const COMPARED: usize = 1;
/// A tile at nonzero indices, besides these.
const TILE: usize = 400;
/// Such an index, besides its multiply-adds.
const INDEX: usize = 10;
/// What an index takes at least: the multiply-adds of the next one wait for its sums.
const WAITING: usize = 8 * MULTIPLY_ADD;
/// Multiply-adds of vectors, without skipping, from which on it is worth sampling for zeros.
const WORTH_SAMPLING: usize = 1 << 16;
/// Rows of which the zeros are found at a time, at most: an index of four rows takes two bytes.
const MAX_ROWS_SKIPPING: usize = 2048;

/// Whether this processor can.
pub(super) fn available() -> bool {
    avx2().is_some()
}

/// Computes a product, or returns false if this processor cannot.
pub(super) fn multiply<T: Vectors>(product: Product<T>) -> bool {
    #[cfg(feature = "avx512")]
    if let Some(simd) = avx512() {
        multiply_with(simd, product);
        return true;
    }
    let Some(simd) = avx2() else {
        return false;
    };
    multiply_with(simd, product);
    true
}

/// Computes a product with these vectors.
fn multiply_with<T: Vectors, W: Width>(simd: W, product: Product<T>) {
    T::with_buffer(MAX_LANES * product.depth().min(MAX_DEPTH), |buffer| {
        simd.vectorize(Cheapest(simd, product, buffer));
    });
}

/// A product and how it is computed.
#[derive(Clone, Copy)]
struct Plan<T> {
    product: Product<T>,
    /// Where zeros among the numbers of the rows are skipped: the fraction of the indices that stay, roughly.
    nonzero: Option<f64>,
}

impl<T: Vectors> Plan<T> {
    /// The same product without the zeros among the numbers of the rows, if it is worth sampling for them.
    #[inline(always)]
    fn skipping_zeros<W: Width>(&self, simd: W) -> Option<Self> {
        let product = &self.product;
        let vectors = product.lanes().div_ceil(lanes::<T, W>());
        if vectors * product.rows() * product.depth() < WORTH_SAMPLING {
            return None;
        }
        // Now, so that nothing is allocated in the middle of a run, when a layer's outputs have become zeros.
        NonzeroK::reserve(product.rows().min(MAX_ROWS_SKIPPING), product.depth().min(MAX_DEPTH));
        // (Not in a closure, which would be compiled without the vectors.)
        let nonzero = nonzero_fraction(simd, product.numbers());
        Some(Plan { nonzero: Some(nonzero), ..*self })
    }

    /// What the product costs, in numbers copied.
    fn cost<S: Simd>(&self) -> usize {
        let product = &self.product;
        let (rows, depth, [_, lane_stride]) = (product.rows(), product.depth(), product.strides());
        let transposed = |stride: isize| if stride == 1 { 1 } else { TRANSPOSED };
        let vectors = product.lanes().div_ceil(lanes::<T, S>());
        let sums = match self.nonzero {
            None => vectors * rows * depth * MULTIPLY_ADD,
            Some(nonzero) => {
                let in_tile = even_part(vectors, max_vectors::<S>(true));
                let tiles = vectors.div_ceil(in_tile) * rows.div_ceil(GROUP);
                let index = (MULTIPLY_ADD * in_tile * GROUP + INDEX).max(WAITING);
                tiles * (TILE + (depth as f64 * nonzero) as usize * index) + rows * depth * COMPARED
            }
        };
        let copied = if self.in_place::<S>() {
            0
        } else {
            product.lanes() * depth * transposed(product.panel().across())
        };
        let written = product.lanes() * rows * transposed(lane_stride);
        // Out of as many cache lines as there are numbers.
        let apart = product.numbers().along_depth() != 1;
        let panels = vectors.div_ceil(max_vectors::<S>(self.nonzero.is_some()));
        let gathered = if apart { rows * depth * panels / GATHERED } else { 0 };
        sums + copied + written + gathered
    }

    /// Whether panels are read where they lie: to copy them for so few rows would be most of the work, or
    /// they stay in the cache all the same.
    fn in_place<S: Simd>(&self) -> bool {
        self.product.panel().across() == 1 && (self.product.rows() <= MAX_ROWS || self.stays_in_cache::<S>())
    }

    /// Whether a panel stays in the first cache where it lies. It does not if a large power of two divides
    /// the distance of its rows: they then share few sets of the cache.
    fn stays_in_cache<S: Simd>(&self) -> bool {
        let apart = self.product.panel().along_depth().unsigned_abs().wrapping_mul(size_of::<T>());
        // The greatest power of two that divides it.
        let power = (apart & apart.wrapping_neg()).clamp(LINE, WAY);
        let lines = (max_vectors::<S>(self.nonzero.is_some()) * size_of::<S::f32s>()).div_ceil(LINE);
        self.product.depth().div_ceil(WAY / power) * lines <= LINES_OF_SET
    }

    /// Computes the product, a part of the depth and a panel at a time.
    #[inline(always)]
    fn in_panels<W: Width>(self, simd: W, buffer: &mut [T]) {
        let (width, product) = (lanes::<T, W>(), self.product);
        let deep = even_part(product.depth(), MAX_DEPTH);
        let max = max_vectors::<W>(self.nonzero.is_some());
        let wide = width * even_part(product.lanes().div_ceil(width), max);
        for first in (0..product.depth()).step_by(deep) {
            let part = product.some_depth(first, deep.min(product.depth() - first));
            let mut nonzero = self.nonzero.map(|_| NonzeroK::none(part.rows(), part.depth()));
            for first in (0..part.lanes()).step_by(wide) {
                let lanes = wide.min(part.lanes() - first);
                let some = Plan { product: part.some_lanes(first, lanes), ..self };
                match lanes.div_ceil(width) {
                    1 => some.in_panel::<W, 1>(simd, buffer, nonzero.as_mut()),
                    2 => some.in_panel::<W, 2>(simd, buffer, nonzero.as_mut()),
                    3 => some.in_panel::<W, 3>(simd, buffer, nonzero.as_mut()),
                    _ => some.in_panel::<W, MAX_VECTORS>(simd, buffer, nonzero.as_mut()),
                }
            }
            if let Some(nonzero) = nonzero {
                nonzero.done();
            }
        }
    }

    /// Computes some lanes, at most `V` vectors, from a panel in place or copied into the buffer.
    #[inline(always)]
    fn in_panel<W: Width, const V: usize>(self, simd: W, buffer: &mut [T], nonzero: Option<&mut NonzeroK>) {
        let (product, width) = (self.product, Panel::<W, T, V>::WIDTH);
        let panel = if product.lanes() == width && self.in_place::<W>() {
            Panel::<W, T, V>::new(simd, product)
        } else {
            Panel::<W, T, V>::new(simd, product.with_panel(copy_panel::<W, T, V>(simd, &product, buffer)))
        };
        match nonzero {
            Some(nonzero) => apart(simd, SkippingZeros(panel, nonzero)),
            None => panel.in_tiles(),
        }
    }
}

/// Copies a product's lanes, at most `V` vectors, to the buffer, which is not to change while the copy is in
/// use.
#[inline(always)]
fn copy_panel<W: Width, T: Vectors, const V: usize>(
    simd: W,
    product: &Product<T>,
    buffer: &mut [T],
) -> Operand<T> {
    let (panel, lanes, width) = (product.panel(), product.lanes(), Panel::<W, T, V>::WIDTH);
    let depth = panel.depth();
    assert!(lanes <= width && depth * width <= buffer.len(), "panel: a buffer that is too small");
    let buffer = buffer.as_mut_ptr();
    // SAFETY: the buffer holds `width` numbers for each index of the depth, of which the operand has `lanes`,
    // by its invariant; the buffer is borrowed mutably, so they do not overlap.
    unsafe {
        if panel.across() == 1 {
            for k in 0..depth {
                let (from, to) = (panel.at(0, k), buffer.add(k * width));
                if lanes == width {
                    to.cast::<[T::Vector<W>; V]>()
                        .write_unaligned(from.cast::<[T::Vector<W>; V]>().read_unaligned());
                } else {
                    from.copy_to_nonoverlapping(to, lanes);
                }
            }
        } else if panel.along_depth() == 1 {
            transpose(simd, [lanes, depth], (panel.at(0, 0), panel.across()), (buffer, width as isize));
        } else {
            for k in 0..depth {
                for lane in 0..lanes {
                    *buffer.add(k * width + lane) = *panel.at(lane, k);
                }
            }
        }
        if lanes < width {
            // What is left of the last vector is computed and not written. Old numbers there may be
            // subnormal, which could be slow, or not finite, which would be taken for the panel's.
            for k in 0..depth {
                buffer.add(k * width + lanes).write_bytes(0, width - lanes);
            }
        }
        Operand::new(buffer, [width, depth], [1, width as isize])
    }
}

/// A product in the cheapest way.
struct Cheapest<'a, W, T>(W, Product<T>, &'a mut [T]);

impl<W: Width, T: Vectors> WithSimd for Cheapest<'_, W, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Cheapest(simd, product, buffer) = self;
        let plan = cheapest(simd, product);
        let rows = plan.product.rows();
        let max = if plan.nonzero.is_some() { MAX_ROWS_SKIPPING } else { rows };
        for first in (0..rows).step_by(max) {
            let product = plan.product.some_rows(first, max.min(rows - first));
            Plan { product, ..plan }.in_panels(simd, buffer);
        }
    }
}

/// The cheapest way: with the lanes along either side, with zeros or without.
#[inline(always)]
fn cheapest<W: Width, T: Vectors>(simd: W, product: Product<T>) -> Plan<T> {
    let [first, second] = [product, product.transposed()].map(|product| Plan { product, nonzero: None });
    let better = |a: Plan<T>, b: Plan<T>| if b.cost::<W>() < a.cost::<W>() { b } else { a };
    let best = better(first, second);
    let skipping = [first.skipping_zeros(simd), second.skipping_zeros(simd)];
    skipping.into_iter().flatten().fold(best, better)
}

#[cfg(test)]
mod tests {
    use super::super::Strides;
    use super::*;
    use crate::store::Store;

    /// So many numbers between -1 and 1.
    fn numbers<T: Vectors>(len: usize, salt: usize, number: fn(f64) -> T) -> Vec<T> {
        (0..len).map(|i| number(((i * 31 + salt) as f64).sin())).collect()
    }

    /// Two in three blocks of five rows and six steps become zeros, and some other numbers; a few become
    /// infinite. Every seventh group of rows has numbers at one step alone, too small for most of their
    /// products to be any.
    fn strew_zeros<T: Vectors>(numbers: &mut [T], depth: usize) {
        for (index, number) in numbers.iter_mut().enumerate() {
            let (row, step) = (index / depth, index % depth);
            if (row / GROUP).is_multiple_of(7) {
                *number = if step == 0 { -T::min_positive_value() * T::epsilon() } else { T::zero() };
            } else if !(row / 5 * 7 + step / 6).is_multiple_of(3) {
                *number = if index % 2 > 0 { -T::zero() } else { T::zero() };
            } else if index % 11 == 0 {
                *number = T::zero();
            } else if index % 4999 == 0 {
                *number = T::infinity();
            }
        }
    }

    /// Every number by its definition: a chain of multiply-adds for each part of the depth, zeros and all.
    fn slowly<T: Vectors>([a, b, bias, old]: [&[T]; 4], [m, n, k]: [usize; 3], store: Store<T>) -> Vec<T> {
        let deep = even_part(k, MAX_DEPTH);
        let mut c = old.to_vec();
        for (index, to) in c.iter_mut().enumerate() {
            let (row, column) = (index / n, index % n);
            for first in (0..k).step_by(deep) {
                let end = k.min(first + deep);
                let chain = |sum: T, step: usize| b[step * n + column].mul_add(a[row * k + step], sum);
                let sum = (first..end).fold(T::zero(), chain) + T::zero();
                let sum = if end == k { sum + bias[column] } else { sum };
                match store {
                    Store::Replace if first > 0 => Store::Add(T::one()).put(sum, to),
                    store => store.put(sum, to),
                }
            }
        }
        assert_eq!(c.len(), m * n);
        c
    }

    /// A matrix row by row, column by column, or every other number of rows in reverse; with its strides, and
    /// where it begins.
    fn laid_out<T: Vectors>(
        matrix: &[T],
        [rows, columns]: [usize; 2],
        how: usize,
    ) -> (Vec<T>, Strides, usize) {
        let ([down, right], start) = match how {
            0 => ([columns as isize, 1], 0),
            1 => ([1, rows as isize], 0),
            _ => ([-2 * columns as isize, 2], 2 * (rows - 1) * columns),
        };
        let mut to = vec![T::zero(); matrix.len() * if how < 2 { 1 } else { 2 }];
        for (index, &number) in matrix.iter().enumerate() {
            let at = (index / columns) as isize * down + (index % columns) as isize * right;
            to[start.checked_add_signed(at).unwrap()] = number;
        }
        (to, [down, right], start)
    }

    /// A product that skips the zeros of its rows, whether it is worth it or not.
    struct Skipping<'a, W, T>(W, Product<T>, &'a mut [T]);

    impl<W: Width, T: Vectors> WithSimd for Skipping<'_, W, T> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) {
            Plan { product: self.1, nonzero: Some(0.3) }.in_panels(self.0, self.2);
        }
    }

    fn skipping_changes_no_bit<T: Vectors, W: Width>(simd: W, number: fn(f64) -> T) {
        for [rows, lanes, k] in [[64, 128, 784], [37, 50, 300], [100, 98, 1500], [784, 66, 64]] {
            let mut sparse = numbers(rows * k, 1, number);
            strew_zeros(&mut sparse, k);
            for infinite in [false, true] {
                let mut dense = numbers(lanes * k, 4, number);
                if infinite {
                    (dense[lanes / 3 * k + k / 2], dense[k / 3]) = (T::infinity(), T::nan());
                }
                // Row by row along the depth; transposed column by column.
                let transpose = |matrix: &[T]| -> Vec<T> {
                    let rows = matrix.len() / k;
                    (0..matrix.len()).map(|i| matrix[i % rows * k + i / rows]).collect()
                };
                for sparse_first in [true, false] {
                    let ([m, n], a, b) = match sparse_first {
                        true => ([rows, lanes], sparse.clone(), transpose(&dense)),
                        false => ([lanes, rows], dense.clone(), transpose(&sparse)),
                    };
                    let (bias, old) = (numbers(n, 2, number), numbers(m * n, 3, number));
                    for (store, with_bias) in
                        [(Store::Replace, true), (Store::Add(number(-0.3)), true), (Store::Replace, false)]
                    {
                        let none = vec![T::zero(); n];
                        let expected =
                            slowly([&a, &b, if with_bias { &bias } else { &none }, &old], [m, n, k], store);
                        for how in 0..27 {
                            let (a, [a_row, a_col], a_start) = laid_out(&a, [m, k], how % 3);
                            let (b, [b_row, b_col], b_start) = laid_out(&b, [k, n], how / 3 % 3);
                            let (mut c, [c_row, c_col], c_start) = laid_out(&old, [m, n], how / 9);
                            T::with_buffer(MAX_LANES * MAX_DEPTH, |buffer| {
                                // SAFETY: as many numbers as sizes and strides reach.
                                let product = unsafe {
                                    let to = c.as_mut_ptr().wrapping_add(c_start);
                                    Product::new(
                                        [m, n, k],
                                        store,
                                        with_bias.then_some(&bias[..]),
                                        (to, [c_row, c_col]),
                                        (&a[a_start], [a_row, a_col]),
                                        (&b[b_start], [b_row, b_col]),
                                    )
                                };
                                if rows == 64 {
                                    let chosen = cheapest(simd, product);
                                    let skips = chosen.nonzero.is_some();
                                    assert!(skips && chosen.product.lanes() == lanes, "{how}");
                                }
                                let skipping = if sparse_first { product } else { product.transposed() };
                                simd.vectorize(Skipping(simd, skipping, buffer));
                            });
                            for (index, expected) in expected.iter().enumerate() {
                                let at = (index / n) as isize * c_row + (index % n) as isize * c_col;
                                let c = c[c_start.checked_add_signed(at).unwrap()];
                                let same =
                                    c == *expected && c.is_sign_negative() == expected.is_sign_negative();
                                assert!(
                                    same || c.is_nan() && expected.is_nan(),
                                    "[{m}, {k}] [{k}, {n}] {how} {store:?}: {c} is not {expected}"
                                );
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn to_skip_zeros_changes_no_bit_with_avx2() {
        if let Some(simd) = pulp::x86::V3::try_new() {
            skipping_changes_no_bit(simd, |x| x as f32);
            skipping_changes_no_bit(simd, |x| x);
        }
    }

    #[cfg(feature = "avx512")]
    #[test]
    fn to_skip_zeros_changes_no_bit_with_avx512() {
        if let Some(simd) = pulp::x86::V4::try_new() {
            skipping_changes_no_bit(simd, |x| x as f32);
            skipping_changes_no_bit(simd, |x| x);
        }
    }

    #[cfg(feature = "avx512")]
    #[test]
    fn the_bits_are_the_same_in_vectors_of_eight_and_of_sixteen() {
        let (Some(eight), Some(sixteen)) = (pulp::x86::V3::try_new(), pulp::x86::V4::try_new()) else {
            return;
        };
        let numbers = |len, salt| numbers(len, salt, |x| x as f32);
        for [m, n, k] in [[64, 128, 784], [13, 50, 1500], [100, 7, 64], [1, 300, 33]] {
            for zeros in [false, true] {
                let (mut a, b) = (numbers(m * k, 1), numbers(k * n, 2));
                if zeros {
                    strew_zeros(&mut a, k);
                }
                let bias = numbers(n, 4);
                for ([a_at, b_at], store, bias) in [
                    ([[k as isize, 1], [n as isize, 1]], Store::Replace, None),
                    ([[k as isize, 1], [1, k as isize]], Store::Add(-0.3), Some(&bias[..])),
                    ([[1, m as isize], [n as isize, 1]], Store::Add(-0.3), None),
                ] {
                    let (mut c, mut d) = (numbers(m * n, 3), numbers(m * n, 3));
                    let at = [n as isize, 1];
                    // SAFETY: as many numbers as sizes and strides reach.
                    unsafe {
                        let (a, b) = ((a.as_ptr(), a_at), (b.as_ptr(), b_at));
                        let product = |c: &mut Vec<f32>| {
                            Product::new([m, n, k], store, bias, (c.as_mut_ptr(), at), a, b)
                        };
                        multiply_with(eight, product(&mut c));
                        multiply_with(sixteen, product(&mut d));
                    }
                    let same = |(c, d): (&f32, &f32)| c.to_bits() == d.to_bits() || c.is_nan() && d.is_nan();
                    assert!(c.iter().zip(&d).all(same), "{m} {n} {k} {store:?}");
                }
            }
        }
    }
}
