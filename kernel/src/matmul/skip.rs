//! A product that skips zeros: indices of the depth at which the numbers of a few rows are all zero.
//!
//! Zero times what is finite adds zero, so the numbers are the same, to the bit. A panel with anything else
//! is multiplied at all indices. Of the pixels of MNIST four in five are zero, and groups of four rows skip
//! six or seven indices of ten.

use super::nonzero::{AT_ONCE, GROUP, Indices, NonzeroK};
use super::product::Bias;
use super::tile::{MAX_LANES, Panel, SparseTile, Vectors, apart, lanes, max_vectors, prefetch};
use super::transpose::transpose;
use super::width::Width;
use pulp::{Simd, WithSimd};
use std::mem::MaybeUninit;

/// All rows of a panel, at the indices that are or will be found for them.
pub(super) struct SkippingZeros<'a, W, T, const V: usize>(pub Panel<W, T, V>, pub &'a mut NonzeroK);

impl<W: Width, T: Vectors, const V: usize> WithSimd for SkippingZeros<'_, W, T, V> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        if const { V <= max_vectors::<W>(true) } {
            self.0.skipping_zeros(self.1);
        } else {
            unreachable!("{V} vectors and their sums do not fit into the registers");
        }
    }
}

/// Rows of all lanes of a panel, which are put where they belong when all are there: where rows are
/// neighbours, so many fill a cache line.
#[repr(align(64))]
struct Block<T>([T; BLOCK_ROWS * MAX_LANES]);

/// Rows in a block, at most.
const BLOCK_ROWS: usize = AT_ONCE;

impl<W: Width, T: Vectors, const V: usize> Panel<W, T, V> {
    /// Whether all numbers of the panel are finite: zero times any other is NaN.
    #[inline(always)]
    fn is_finite(&self) -> bool {
        let (simd, product) = (self.simd(), self.product());
        let zero = T::splat(simd, T::zero());
        let mut sums = [zero; V];
        for k in 0..product.depth() {
            // SAFETY: an index below the depth.
            let vectors = unsafe { Self::vectors(product.panel().at(0, k)) };
            for (sum, vector) in sums.iter_mut().zip(vectors) {
                *sum = T::multiply_add(simd, vector, zero, *sum);
            }
        }
        let mut all = [T::zero(); MAX_LANES];
        // SAFETY: the array holds so many vectors.
        unsafe { all.as_mut_ptr().cast::<[T::Vector<W>; V]>().write_unaligned(sums) };
        all.iter().all(|&sum| sum == T::zero())
    }

    /// All rows, at their nonzero indices alone, which are found now unless they are known, or at all indices
    /// if the panel has a number that is not finite.
    #[inline(always)]
    fn skipping_zeros(self, nonzero: &mut NonzeroK) {
        let (rows, [row_stride, _]) = (self.product().rows(), self.product().strides());
        let (straight, finite) = (self.is_straight(), self.is_finite());
        for first in (0..rows).step_by(BLOCK_ROWS) {
            let some = self.some_rows(first, BLOCK_ROWS.min(rows - first));
            if finite {
                nonzero.find(self.simd(), first / GROUP, some.product().numbers());
            }
            let nonzero = if finite { Some(&*nonzero) } else { None };
            if straight {
                some.in_groups(nonzero, first / GROUP);
                continue;
            }
            if row_stride == 1 {
                for lane in 0..self.product().lanes() {
                    prefetch(some.product().to(0, lane));
                }
            }
            some.through_block(nonzero, first / GROUP);
        }
    }

    /// The rows of some groups, at the indices of those from this one on, or at all indices.
    #[inline(always)]
    fn in_groups(self, nonzero: Option<&NonzeroK>, group: usize) {
        let (simd, rows) = (self.simd(), self.product().rows());
        for (index, first) in (0..rows).step_by(GROUP).enumerate() {
            let part = self.some_rows(first, GROUP.min(rows - first));
            let all = || Indices::all(part.product().depth());
            let indices = nonzero.map_or_else(all, |nonzero| nonzero.of(group + index));
            match part.product().rows() {
                1 => apart(simd, SparseTile::<W, T, V, 1>(&part, indices)),
                2 => apart(simd, SparseTile::<W, T, V, 2>(&part, indices)),
                3 => apart(simd, SparseTile::<W, T, V, 3>(&part, indices)),
                GROUP => apart(simd, SparseTile::<W, T, V, GROUP>(&part, indices)),
                more => unreachable!("{more} rows in a group"),
            }
        }
    }

    /// The same, but all sums are computed before they are put where they belong, with the bias. At most
    /// [`BLOCK_ROWS`] rows.
    #[inline(always)]
    fn through_block(self, nonzero: Option<&NonzeroK>, group: usize) {
        let (simd, width, product) = (self.simd(), Self::WIDTH, self.product());
        let (rows, lanes_of_product, [row_stride, lane_stride]) =
            (product.rows(), product.lanes(), product.strides());
        assert!(rows <= BLOCK_ROWS && width <= MAX_LANES);
        let mut block = MaybeUninit::<Block<T>>::uninit();
        let block = block.as_mut_ptr().cast::<T>();
        // SAFETY: the block holds so many rows and lanes.
        Panel::<W, T, V>::new(simd, unsafe { product.onto(block) }).in_groups(nonzero, group);
        if let (1, BLOCK_ROWS, Bias::None) = (row_stride, rows, product.bias()) {
            let mut transposed = MaybeUninit::<Block<T>>::uninit();
            let transposed = transposed.as_mut_ptr().cast::<T>();
            // SAFETY: both blocks hold as many; what is read was written; rows are neighbours in the result.
            unsafe {
                transpose(
                    simd,
                    [BLOCK_ROWS, width],
                    (block, width as isize),
                    (transposed, BLOCK_ROWS as isize),
                );
                for lane in 0..lanes_of_product {
                    let from = transposed.add(lane * BLOCK_ROWS);
                    let to = product.to(0, 0).offset(lane as isize * lane_stride);
                    for first in (0..BLOCK_ROWS).step_by(lanes::<T, W>()) {
                        let numbers = from.add(first).cast::<T::Vector<W>>().read();
                        self.put_vector(numbers, to.add(first));
                    }
                }
            }
            return;
        }
        for row in 0..rows {
            for lane in 0..lanes_of_product {
                // SAFETY: a row and a lane that were written.
                product.put(row, lane, unsafe { *block.add(row * width + lane) });
            }
        }
    }
}
