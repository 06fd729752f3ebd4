//! A tile of a product, on one thread, for processors with AVX2 or AVX-512.
//!
//! A *tile* of the result is kept in registers while its sums run over the depth: up to four vectors of
//! *lanes* along one side, times up to twelve *rows* along the other, as many as the registers hold. At each
//! index `k` of the depth the tile takes the vectors from a *panel*, and the number of each row from where it
//! lies, for all lanes at once. A panel is a copy in which the vectors are neighbours, unless they do as well
//! in place.
//!
//! Every number of the result is one chain of multiply-adds for each part of the depth, with the bias added
//! to the last. How the depth is cut depends on nothing else, so the bits are the same however the other
//! sides are cut. Indices at which the numbers of all rows are zero can be left out, see
//! [`skip`](super::skip).

use super::nonzero::{Indices, Zeros};
use super::product::{Bias, Product};
use super::transpose::{Transpose, transpose};
use super::width::Width;
use crate::aligned::{Aligned, LINE};
use crate::store::Store;
use pulp::{Simd, WithSimd};
use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
use std::cell::RefCell;

/// Vectors of lanes in a tile, at most.
pub(super) const MAX_VECTORS: usize = 4;
/// Lanes in a tile, at most: of f32, in AVX-512.
pub(super) const MAX_LANES: usize = LINE / size_of::<f32>() * MAX_VECTORS;
/// Rows of a tile, at most.
pub(super) const MAX_ROWS: usize = 12;
/// Numbers of a tile, at most: vectors in 24 of 32 registers.
const MAX_SUMS: usize = 24 * LINE / size_of::<f32>();

/// The vectors of one number type.
pub(super) trait Vectors: Transpose + Zeros {
    /// As many numbers as a register holds.
    type Vector<S: Simd>: Copy;
    /// The number in all lanes.
    fn splat<S: Simd>(simd: S, number: Self) -> Self::Vector<S>;
    fn times<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    fn plus<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `len` numbers from the beginning of a cache line on, the thread's own and kept from one call to the
    /// next; they hold anything.
    fn with_buffer(len: usize, task: impl FnOnce(&mut [Self]));
    /// a b + c, rounded once.
    fn multiply_add<S: Simd>(
        simd: S,
        a: Self::Vector<S>,
        b: Self::Vector<S>,
        c: Self::Vector<S>,
    ) -> Self::Vector<S>;
}

macro_rules! vectors {
    ($number:ty, $vector:ident, $splat:ident, $multiply:ident, $add:ident, $multiply_add:ident) => {
        impl Vectors for $number {
            type Vector<S: Simd> = S::$vector;
            fn with_buffer(len: usize, task: impl FnOnce(&mut [Self])) {
                thread_local! {
                    static BUFFER: RefCell<Aligned<$number>> = RefCell::new(Aligned::zeros(0));
                }
                BUFFER.with_borrow_mut(|buffer| {
                    if buffer.len() < len {
                        *buffer = Aligned::zeros(len);
                    }
                    task(&mut buffer[..len]);
                });
            }
            #[inline(always)]
            fn splat<S: Simd>(simd: S, number: Self) -> S::$vector {
                simd.$splat(number)
            }
            #[inline(always)]
            fn times<S: Simd>(simd: S, a: S::$vector, b: S::$vector) -> S::$vector {
                simd.$multiply(a, b)
            }
            #[inline(always)]
            fn plus<S: Simd>(simd: S, a: S::$vector, b: S::$vector) -> S::$vector {
                simd.$add(a, b)
            }
            #[inline(always)]
            fn multiply_add<S: Simd>(simd: S, a: S::$vector, b: S::$vector, c: S::$vector) -> S::$vector {
                simd.$multiply_add(a, b, c)
            }
        }
    };
}
vectors!(f32, f32s, splat_f32s, mul_f32s, add_f32s, mul_add_f32s);
vectors!(f64, f64s, splat_f64s, mul_f64s, add_f64s, mul_add_f64s);

/// The length of as few parts as it takes, each of them at most `max` long, and all but the last the same.
#[inline(always)]
pub(super) fn even_part(whole: usize, max: usize) -> usize {
    whole.div_ceil(whole.div_ceil(max))
}

/// All rows of a product for the lanes of one panel.
///
/// Invariant: `V` vectors of the panel are neighbours, and readable, at every index of the depth; there are
/// no more lanes.
#[derive(Clone, Copy)]
pub(super) struct Panel<W, T, const V: usize> {
    simd: W,
    product: Product<T>,
}

impl<W: Width, T: Vectors, const V: usize> Panel<W, T, V> {
    /// Numbers in a row of the panel.
    pub const WIDTH: usize = V * lanes::<T, W>();

    /// # Panics
    /// If the product's panel does not have as many vectors, or more lanes.
    #[inline(always)]
    pub fn new(simd: W, product: Product<T>) -> Self {
        let panel = product.panel();
        assert!(
            panel.across() == 1 && panel.len() == Self::WIDTH && product.lanes() <= Self::WIDTH,
            "panel: not as many vectors"
        );
        Panel { simd, product }
    }

    #[inline(always)]
    pub fn simd(&self) -> W {
        self.simd
    }

    #[inline(always)]
    pub fn product(&self) -> &Product<T> {
        &self.product
    }

    /// The panel for some of the rows.
    #[inline(always)]
    pub fn some_rows(self, first: usize, rows: usize) -> Self {
        Panel { product: self.product.some_rows(first, rows), ..self }
    }

    /// Whether the vectors of lanes are vectors of the result.
    #[inline(always)]
    pub fn is_straight(&self) -> bool {
        self.product.strides()[1] == 1 && self.product.lanes() == Self::WIDTH
    }

    /// The vectors of the panel at an index of the depth.
    ///
    /// # Safety
    /// `from` must be where they begin.
    #[inline(always)]
    pub unsafe fn vectors(from: *const T) -> [T::Vector<W>; V] {
        // SAFETY: as many numbers are readable by the type's invariant.
        unsafe { from.cast::<[T::Vector<W>; V]>().read_unaligned() }
    }

    /// Puts a vector of numbers where they belong.
    ///
    /// # Safety
    /// They must be neighbours in the result, from `to` on.
    #[inline(always)]
    pub unsafe fn put_vector(&self, numbers: T::Vector<W>, to: *mut T) {
        let (simd, to) = (self.simd, to.cast::<T::Vector<W>>());
        // SAFETY: writable by the invariant of `Product`.
        unsafe {
            to.write_unaligned(match self.product.store() {
                Store::Replace => numbers,
                Store::Add(scale) => {
                    let added = T::times(simd, numbers, T::splat(simd, scale));
                    T::plus(simd, to.read_unaligned(), added)
                }
            });
        }
    }

    /// All rows, at all indices of the depth.
    #[inline(always)]
    pub fn in_tiles(self) {
        let (simd, rows) = (self.simd, self.product.rows());
        let height = even_part(rows, (sums_in_registers::<W>() / V).min(MAX_ROWS));
        for first in (0..rows).step_by(height) {
            let part = self.some_rows(first, height.min(rows - first));
            match part.product.rows() {
                1 => apart(simd, Tile::<W, T, V, 1>(&part)),
                2 => apart(simd, Tile::<W, T, V, 2>(&part)),
                3 => apart(simd, Tile::<W, T, V, 3>(&part)),
                4 => apart(simd, Tile::<W, T, V, 4>(&part)),
                5 => apart(simd, Tile::<W, T, V, 5>(&part)),
                6 => apart(simd, Tile::<W, T, V, 6>(&part)),
                7 => apart(simd, Tile::<W, T, V, 7>(&part)),
                8 => apart(simd, Tile::<W, T, V, 8>(&part)),
                9 => apart(simd, Tile::<W, T, V, 9>(&part)),
                10 => apart(simd, Tile::<W, T, V, 10>(&part)),
                11 => apart(simd, Tile::<W, T, V, 11>(&part)),
                _ => apart(simd, Tile::<W, T, V, 12>(&part)),
            }
        }
    }

    /// Adds the products of one index of the depth to a tile's sums.
    ///
    /// # Safety
    /// The index's vectors must begin at `vectors`, the numbers of `R` rows at `numbers`.
    #[inline(always)]
    unsafe fn add<const R: usize>(
        &self,
        sums: &mut [[T::Vector<W>; V]; R],
        vectors: *const T,
        numbers: *const T,
    ) {
        let (simd, across) = (self.simd, self.product.numbers().across());
        // SAFETY: readable by the invariants of the panel and of the operand.
        unsafe {
            let vectors = Self::vectors(vectors);
            for (row, sums) in sums.iter_mut().enumerate() {
                let number = T::splat(simd, *numbers.offset(row as isize * across));
                for (sum, &vector) in sums.iter_mut().zip(&vectors) {
                    *sum = T::multiply_add(simd, vector, number, *sum);
                }
            }
        }
    }

    /// One tile, of all `R` rows, at some indices of the depth or at all.
    #[inline(always)]
    fn tile<const R: usize>(&self, indices: Option<Indices>) {
        let (simd, product) = (self.simd, &self.product);
        let (panel, numbers, [row_stride, lane_stride]) =
            (product.panel(), product.numbers(), product.strides());
        assert!(product.rows() == R && indices.is_none_or(|indices| indices.depth() == product.depth()));
        let width = lanes::<T, W>();
        let to = |row: usize, vector: usize| product.to(row, 0).wrapping_add(vector * width);
        if lane_stride == 1 {
            // They will be there when the sums are.
            for row in 0..R {
                for vector in 0..V {
                    prefetch(to(row, vector));
                }
            }
        }
        let mut sums = [[T::splat(simd, T::zero()); V]; R];
        if let Some(indices) = indices {
            for &k in indices.get() {
                let k = k as usize;
                // SAFETY: an index below the depth.
                unsafe { self.add(&mut sums, panel.at(0, k), numbers.at(0, k)) };
            }
        } else {
            let (mut vectors, mut number) = (panel.at(0, 0), numbers.at(0, 0));
            for _ in 0..product.depth() {
                // SAFETY: an index below the depth.
                unsafe { self.add(&mut sums, vectors, number) };
                vectors = vectors.wrapping_offset(panel.along_depth());
                number = number.wrapping_offset(numbers.along_depth());
            }
        }
        // A sum of products too small for any number can be -0, which the zeros that are left out could make
        // 0.
        for sum in sums.as_flattened_mut() {
            *sum = T::plus(simd, *sum, T::splat(simd, T::zero()));
        }
        match product.bias() {
            Bias::None => {}
            Bias::Lanes(from) => {
                let mut bias = [T::zero(); MAX_LANES];
                // SAFETY: as many numbers as there are lanes; the array holds all of the vectors'.
                let bias = unsafe {
                    from.copy_to_nonoverlapping(bias.as_mut_ptr(), product.lanes());
                    bias.as_ptr().cast::<[T::Vector<W>; V]>().read_unaligned()
                };
                for sums in &mut sums {
                    for (sum, &bias) in sums.iter_mut().zip(&bias) {
                        *sum = T::plus(simd, *sum, bias);
                    }
                }
            }
            Bias::Rows(from) => {
                for (row, sums) in sums.iter_mut().enumerate() {
                    // SAFETY: one of the rows.
                    let bias = T::splat(simd, unsafe { *from.add(row) });
                    for sum in sums {
                        *sum = T::plus(simd, *sum, bias);
                    }
                }
            }
        }
        if self.is_straight() {
            for (row, sums) in sums.iter().enumerate() {
                for (vector, &sum) in sums.iter().enumerate() {
                    // SAFETY: lanes are neighbours, and all vectors are full.
                    unsafe { self.put_vector(sum, to(row, vector)) };
                }
            }
            return;
        }
        assert!(R * V * width <= MAX_SUMS);
        let mut all = [T::zero(); MAX_SUMS];
        for (row, sums) in sums.iter().enumerate() {
            // SAFETY: `R` rows of `V` vectors are no more than the array holds.
            unsafe {
                all.as_mut_ptr().add(row * V * width).cast::<[T::Vector<W>; V]>().write_unaligned(*sums)
            };
        }
        // SAFETY: numbers of the result, each once.
        unsafe {
            let put = |to: *mut T, number: T| product.store().put(number, &mut *to);
            if row_stride == 1 {
                let mut transposed = [T::zero(); MAX_SUMS];
                let (from, to) =
                    ((all.as_ptr(), (V * width) as isize), (transposed.as_mut_ptr(), R as isize));
                transpose(simd, [R, V * width], from, to);
                for lane in 0..product.lanes() {
                    let to = product.to(0, lane);
                    for row in 0..R {
                        put(to.add(row), transposed[lane * R + row]);
                    }
                }
            } else {
                for row in 0..R {
                    let to = product.to(row, 0);
                    for lane in 0..product.lanes() {
                        put(to.offset(lane as isize * lane_stride), all[row * V * width + lane]);
                    }
                }
            }
        }
    }
}

/// Vectors in a panel, at most. Where zeros are skipped there are fewer rows, so more vectors fit. Of sixteen
/// registers, three vectors and the sums of four rows would leave one, and the compiler wants two.
#[inline(always)]
pub(super) const fn max_vectors<S: Simd>(skipping: bool) -> usize {
    match S::REGISTER_COUNT < 32 {
        true => 2,
        false if skipping => MAX_VECTORS,
        false => 3,
    }
}

/// Vectors of sums that a tile has; the other registers are for the panel's vectors and the number of a row.
#[inline(always)]
const fn sums_in_registers<S: Simd>() -> usize {
    S::REGISTER_COUNT * 3 / 4
}

/// Runs a task as a function of its own. In one function for all tiles the compiler would not find registers
/// for what each of them needs.
#[inline(never)]
pub(super) fn apart<W: Width, O: WithSimd>(simd: W, task: O) -> O::Output {
    simd.vectorize(task)
}

/// All `R` rows of a panel, at all indices of the depth.
struct Tile<'a, W, T, const V: usize, const R: usize>(&'a Panel<W, T, V>);

impl<W: Width, T: Vectors, const V: usize, const R: usize> WithSimd for Tile<'_, W, T, V, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        if const { V <= max_vectors::<W>(false) && R * V <= sums_in_registers::<W>() } {
            self.0.tile::<R>(None);
        } else {
            unreachable!("{R} rows of {V} vectors do not fit into the registers");
        }
    }
}

/// The same at these indices of the depth alone.
pub(super) struct SparseTile<'a, W, T, const V: usize, const R: usize>(
    pub &'a Panel<W, T, V>,
    pub Indices<'a>,
);

impl<W: Width, T: Vectors, const V: usize, const R: usize> WithSimd for SparseTile<'_, W, T, V, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        if const { V <= max_vectors::<W>(true) && R * V <= sums_in_registers::<W>() } {
            self.0.tile::<R>(Some(self.1));
        } else {
            unreachable!("{R} rows of {V} vectors do not fit into the registers");
        }
    }
}

/// Asks for the cache line of a number; the pointer may be any.
#[inline(always)]
pub(super) fn prefetch<T>(number: *const T) {
    // SAFETY: only a hint, and all processors that come here have it.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(number.cast()) };
}

/// Numbers in a vector.
#[inline(always)]
pub(super) const fn lanes<T: Vectors, S: Simd>() -> usize {
    size_of::<T::Vector<S>>() / size_of::<T>()
}
