//! A product that skips zeros: steps of the depth at which the numbers of a few rows are all zero.
//!
//! Zero times what is finite adds zero, so the numbers are the same, to the bit; a panel with anything else is multiplied at
//! all steps. Of the pixels of MNIST four in five are zero, and groups of four rows skip six or seven steps of ten.

use super::nonzero::{AT_ONCE, Steps, TOGETHER};
use super::tile::{
    Bias, LiveTile, MAX_DEPTH, MAX_LANES, Product, Vectors, lanes, most_vectors, sixteen, soon,
};
use super::transpose::transpose;
use crate::store::Store;
use pulp::{Simd, WithSimd};
use std::mem::MaybeUninit;

/// All rows of a product for the lanes of one panel, at the steps that are or will be found for them, as a function of its
/// own.
pub(super) struct AtSteps<'a, T, const V: usize>(pub Product<T>, pub &'a mut Steps);

impl<T: Vectors, const V: usize> WithSimd for AtSteps<'_, T, V> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if V <= most_vectors::<S>(true) {
            // SAFETY: so promised who made it.
            unsafe { self.0.at_steps::<S, V>(simd, self.1) };
        } else {
            unreachable!("{V} vectors and their sums do not fit into the registers");
        }
    }
}

/// Rows of all lanes of a panel, which are put where they belong when all are there: where rows are neighbours, so
/// many fill a cache line.
#[repr(align(64))]
struct Block<T>([T; BLOCK_ROWS * MAX_LANES]);

/// Rows in a block, at most.
const BLOCK_ROWS: usize = AT_ONCE;
/// The steps of a panel that has a number that is not finite.
static ALL_STEPS: [u16; MAX_DEPTH] = {
    let mut steps = [0; MAX_DEPTH];
    let mut step = 0;
    while step < MAX_DEPTH {
        steps[step] = step as u16;
        step += 1;
    }
    steps
};

impl<T: Vectors> Product<T> {
    /// Whether all numbers of the panel are finite: zero times any other is NaN.
    ///
    /// # Safety
    /// As for [`in_tiles`](Self::in_tiles).
    #[inline(always)]
    unsafe fn is_finite<S: Simd, const V: usize>(&self, simd: S) -> bool {
        let zero = T::splat(simd, T::zero());
        let mut sums = [zero; V];
        for step in 0..self.depth {
            // SAFETY: a step of the panel.
            let vectors = unsafe { self.panel.at(0, step).cast::<[T::Vector<S>; V]>().read_unaligned() };
            for (sum, vector) in sums.iter_mut().zip(vectors) {
                *sum = T::multiply_add(simd, vector, zero, *sum);
            }
        }
        let mut all = [T::zero(); MAX_LANES];
        // SAFETY: there is room for so many vectors.
        unsafe { all.as_mut_ptr().cast::<[T::Vector<S>; V]>().write_unaligned(sums) };
        all.iter().all(|&sum| sum == T::zero())
    }

    /// All rows for the lanes of a panel, at their steps alone, which are found now unless they are known, or at all
    /// steps if the panel has a number that is not finite.
    ///
    /// # Safety
    /// As for [`in_tiles`](Self::in_tiles); the steps must be none yet, with room for those of these rows, or theirs.
    #[inline(always)]
    unsafe fn at_steps<S: Simd, const V: usize>(self, simd: S, steps: &mut Steps) {
        let width = V * lanes::<T, S>();
        let straight = self.lane == 1 && self.lanes == width;
        // SAFETY: the caller's promise.
        let finite = unsafe { self.is_finite::<S, V>(simd) };
        let mut block = MaybeUninit::<Block<T>>::uninit();
        for first in (0..self.rows).step_by(BLOCK_ROWS) {
            let rows = BLOCK_ROWS.min(self.rows - first);
            // SAFETY: some of the rows; the block has room for so many, of all lanes.
            unsafe {
                let some = self.some_rows(first, rows);
                if finite {
                    steps.find(sixteen::<S>(), first / TOGETHER, some.numbers, rows);
                }
                let steps = if finite { Some(&*steps) } else { None };
                if straight {
                    some.in_groups::<S, V>(simd, steps, first / TOGETHER);
                    continue;
                }
                if self.row == 1 {
                    for lane in 0..self.lanes {
                        soon(some.to.wrapping_offset(lane as isize * self.lane));
                    }
                }
                let (to, row) = (block.as_mut_ptr().cast::<T>(), width as isize);
                let alone = Product {
                    to,
                    row,
                    lane: 1,
                    lanes: width,
                    store: Store::Replace,
                    bias: Bias::None,
                    ..some
                };
                alone.in_groups::<S, V>(simd, steps, first / TOGETHER);
                some.put::<S, V>(simd, to);
            }
        }
    }

    /// The rows of some groups, at the steps of those from this one on, or at all steps.
    ///
    /// # Safety
    /// As for [`at_steps`](Self::at_steps); the result has room for all vectors of lanes, which are neighbours.
    #[inline(always)]
    unsafe fn in_groups<S: Simd, const V: usize>(self, simd: S, steps: Option<&Steps>, group: usize) {
        for (index, first) in (0..self.rows).step_by(TOGETHER).enumerate() {
            // SAFETY: some of the rows.
            unsafe {
                let part = self.some_rows(first, TOGETHER.min(self.rows - first));
                let steps = steps.map_or(&ALL_STEPS[..self.depth], |steps| steps.of(group + index));
                match part.rows {
                    1 => simd.vectorize(LiveTile::<T, V, 1>(part, steps)),
                    2 => simd.vectorize(LiveTile::<T, V, 2>(part, steps)),
                    3 => simd.vectorize(LiveTile::<T, V, 3>(part, steps)),
                    TOGETHER => simd.vectorize(LiveTile::<T, V, TOGETHER>(part, steps)),
                    more => unreachable!("{more} rows in a group"),
                }
            }
        }
    }

    /// Puts the numbers of a block where they belong, with the bias.
    ///
    /// # Safety
    /// As for [`at_steps`](Self::at_steps); the block must have all rows, at most [`BLOCK_ROWS`], of `V` vectors of lanes.
    #[inline(always)]
    unsafe fn put<S: Simd, const V: usize>(self, simd: S, block: *const T) {
        let width = V * lanes::<T, S>();
        // SAFETY: numbers of the result, each once; what is read was written before.
        unsafe {
            if let (1, BLOCK_ROWS, Bias::None) = (self.row, self.rows, self.bias) {
                let mut turned = MaybeUninit::<Block<T>>::uninit();
                let (from, to) = ((block, width as isize), turned.as_mut_ptr().cast::<T>());
                transpose(sixteen::<S>(), [BLOCK_ROWS, width], from, (to, BLOCK_ROWS as isize));
                for lane in 0..self.lanes {
                    let (from, to) = (to.add(lane * BLOCK_ROWS), self.to.offset(lane as isize * self.lane));
                    for first in (0..BLOCK_ROWS).step_by(lanes::<T, S>()) {
                        let numbers = from.add(first).cast::<T::Vector<S>>().read();
                        self.put_vector(simd, numbers, to.add(first));
                    }
                }
                return;
            }
            for row in 0..self.rows {
                for lane in 0..self.lanes {
                    let bias = match self.bias {
                        Bias::None => T::zero(),
                        Bias::OfLanes(from) => *from.add(lane),
                        Bias::OfRows(from) => *from.add(row),
                    };
                    let to = self.to.offset(row as isize * self.row + lane as isize * self.lane);
                    self.store.put(*block.add(row * width + lane) + bias, &mut *to);
                }
            }
        }
    }
}
