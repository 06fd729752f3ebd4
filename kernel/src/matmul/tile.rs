//! A tile of a product, on one thread, for processors with AVX2 or AVX-512.
//!
//! A *tile* of the result is kept in registers while its sums run over the depth: up to four vectors of *lanes*
//! along one side, times up to twelve *rows* along the other, as many as the registers hold. At each step of the depth
//! the tile takes the vectors from a *panel* and the number of each row from where it lies, for all lanes at once. Panels
//! are copies, in which the vectors are neighbours, unless they do as well where they are.
//!
//! Every number of the result is one chain of multiply-adds for each part of the depth, with the bias added to the last,
//! and how the depth is cut depends on nothing else: the bits are the same however the other sides are cut. Steps at which
//! the numbers of all rows are zero can be left out, see [`skip`](super::skip).

use super::nonzero::Zeros;
use super::operand::Operand;
use super::transpose::{Transpose, transpose};
use crate::aligned::{Aligned, LINE};
use crate::store::Store;
use pulp::{Simd, WithSimd};
use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
use std::cell::RefCell;

/// Terms of a sum that a tile adds up at once, at most: a panel of them stays in the second cache.
pub(super) const MAX_DEPTH: usize = 1024;
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
    /// Room for `len` numbers that begins with a cache line, the thread's own and kept from one call to the next;
    /// they hold anything.
    fn with_room(len: usize, task: impl FnOnce(*mut Self));
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
            fn with_room(len: usize, task: impl FnOnce(*mut Self)) {
                thread_local! {
                    static ROOM: RefCell<Aligned<$number>> = RefCell::new(Aligned::zeros(0));
                }
                ROOM.with_borrow_mut(|room| {
                    if room.len() < len {
                        *room = Aligned::zeros(len);
                    }
                    task(room.as_mut_ptr());
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

/// What is added to the sums.
#[derive(Clone, Copy)]
pub(super) enum Bias<T> {
    None,
    /// A number to those of each lane.
    OfLanes(*const T),
    /// A number to those of each row.
    OfRows(*const T),
}

impl<T> Bias<T> {
    /// The bias of the lanes and rows from these on.
    #[inline(always)]
    pub fn beyond(self, lane: usize, row: usize) -> Self {
        match self {
            Bias::None => Bias::None,
            Bias::OfLanes(from) => Bias::OfLanes(from.wrapping_add(lane)),
            Bias::OfRows(from) => Bias::OfRows(from.wrapping_add(row)),
        }
    }
}

/// A product, or the part of it that is computed next.
#[derive(Clone, Copy)]
pub(super) struct Product<T> {
    pub lanes: usize,
    pub rows: usize,
    pub depth: usize,
    /// Where zeros among the numbers of the rows are left out: the share of the steps that stay, roughly.
    pub live: Option<f64>,
    pub store: Store<T>,
    pub bias: Bias<T>,
    /// The operand that has the lanes.
    pub panel: Operand<T>,
    /// The one that has the rows.
    pub numbers: Operand<T>,
    pub to: *mut T,
    /// How far it is in the result from one lane to the next.
    pub lane: isize,
    /// And from one row to the next.
    pub row: isize,
    pub room: *mut T,
}

/// The length of as few parts as it takes, each of them at most so long, and all but the last the same.
#[inline(always)]
pub(super) fn even_part(whole: usize, most: usize) -> usize {
    whole.div_ceil(whole.div_ceil(most))
}

impl<T: Vectors> Product<T> {
    /// The part of the product that has these rows.
    ///
    /// # Safety
    /// They must be among the rows.
    #[inline(always)]
    pub unsafe fn some_rows(self, first: usize, rows: usize) -> Self {
        // SAFETY: the caller's promise.
        unsafe {
            let (numbers, bias) = (self.numbers.beyond(first, 0), self.bias.beyond(0, first));
            Product { rows, numbers, bias, to: self.to.offset(first as isize * self.row), ..self }
        }
    }

    /// Puts a vector of numbers where they belong.
    ///
    /// # Safety
    /// There must be as many numbers of the result, which are neighbours.
    #[inline(always)]
    pub unsafe fn put_vector<S: Simd>(&self, simd: S, numbers: T::Vector<S>, to: *mut T) {
        let to = to.cast::<T::Vector<S>>();
        // SAFETY: the caller's promise.
        unsafe {
            to.write_unaligned(match self.store {
                Store::Replace => numbers,
                Store::Add(scale) => {
                    let added = T::times(simd, numbers, T::splat(simd, scale));
                    T::plus(simd, to.read_unaligned(), added)
                }
            });
        }
    }

    /// All rows for the lanes of a panel.
    ///
    /// # Safety
    /// As for [`multiply`](super::panel::multiply); all vectors of the panel must be readable.
    #[inline(always)]
    pub unsafe fn in_tiles<S: Simd, const V: usize>(self, simd: S) {
        let height = even_part(self.rows, (sums_in_registers::<S>() / V).min(MAX_ROWS));
        for first in (0..self.rows).step_by(height) {
            // SAFETY: some of the rows.
            unsafe {
                let part = self.some_rows(first, height.min(self.rows - first));
                match part.rows {
                    1 => simd.vectorize(Tile::<T, V, 1>(part)),
                    2 => simd.vectorize(Tile::<T, V, 2>(part)),
                    3 => simd.vectorize(Tile::<T, V, 3>(part)),
                    4 => simd.vectorize(Tile::<T, V, 4>(part)),
                    5 => simd.vectorize(Tile::<T, V, 5>(part)),
                    6 => simd.vectorize(Tile::<T, V, 6>(part)),
                    7 => simd.vectorize(Tile::<T, V, 7>(part)),
                    8 => simd.vectorize(Tile::<T, V, 8>(part)),
                    9 => simd.vectorize(Tile::<T, V, 9>(part)),
                    10 => simd.vectorize(Tile::<T, V, 10>(part)),
                    11 => simd.vectorize(Tile::<T, V, 11>(part)),
                    _ => simd.vectorize(Tile::<T, V, 12>(part)),
                }
            }
        }
    }

    /// Adds the products of one step of the depth to a tile's sums.
    ///
    /// # Safety
    /// The step's vectors and the numbers of all rows must be readable.
    #[inline(always)]
    unsafe fn add<S: Simd, const V: usize, const R: usize>(
        &self,
        simd: S,
        sums: &mut [[T::Vector<S>; V]; R],
        vectors: *const T,
        numbers: *const T,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            let vectors = vectors.cast::<[T::Vector<S>; V]>().read_unaligned();
            for (row, sums) in sums.iter_mut().enumerate() {
                let number = T::splat(simd, *numbers.offset(row as isize * self.numbers.across));
                for (sum, &vector) in sums.iter_mut().zip(&vectors) {
                    *sum = T::multiply_add(simd, vector, number, *sum);
                }
            }
        }
    }

    /// One tile.
    ///
    /// # Safety
    /// As for [`multiply`](super::panel::multiply); there must be `R` rows and all vectors of the panel, and all of the steps.
    #[inline(always)]
    unsafe fn tile<S: Simd, const V: usize, const R: usize>(self, simd: S, steps: Option<&[u16]>) {
        let width = lanes::<T, S>();
        let of_result = |row: usize, vector: usize| {
            self.to.wrapping_offset(row as isize * self.row).wrapping_add(vector * width)
        };
        if self.lane == 1 {
            // They will be there when the sums are.
            for row in 0..R {
                for vector in 0..V {
                    soon(of_result(row, vector));
                }
            }
        }
        let mut sums = [[T::splat(simd, T::zero()); V]; R];
        if let Some(steps) = steps {
            for &step in steps {
                let step = step as usize;
                // SAFETY: one of the steps.
                unsafe { self.add(simd, &mut sums, self.panel.at(0, step), self.numbers.at(0, step)) };
            }
        } else {
            let (mut vectors, mut numbers) = (self.panel.from, self.numbers.from);
            for _ in 0..self.depth {
                // SAFETY: a step that there is.
                unsafe { self.add(simd, &mut sums, vectors, numbers) };
                vectors = vectors.wrapping_offset(self.panel.along_depth);
                numbers = numbers.wrapping_offset(self.numbers.along_depth);
            }
        }
        // A sum of products too small for any number can be -0, which the zeros that are left out could make 0.
        for sum in sums.as_flattened_mut() {
            *sum = T::plus(simd, *sum, T::splat(simd, T::zero()));
        }
        match self.bias {
            Bias::None => {}
            Bias::OfLanes(from) => {
                let mut bias = [T::zero(); MAX_LANES];
                // SAFETY: as many numbers as there are lanes; there is room for all of the vectors'.
                let bias = unsafe {
                    from.copy_to_nonoverlapping(bias.as_mut_ptr(), self.lanes);
                    bias.as_ptr().cast::<[T::Vector<S>; V]>().read_unaligned()
                };
                for sums in &mut sums {
                    for (sum, &bias) in sums.iter_mut().zip(&bias) {
                        *sum = T::plus(simd, *sum, bias);
                    }
                }
            }
            Bias::OfRows(from) => {
                for (row, sums) in sums.iter_mut().enumerate() {
                    // SAFETY: one of the rows.
                    let bias = T::splat(simd, unsafe { *from.add(row) });
                    for sum in sums {
                        *sum = T::plus(simd, *sum, bias);
                    }
                }
            }
        }
        if self.lane == 1 && self.lanes == V * width {
            for (row, sums) in sums.iter().enumerate() {
                for (vector, &sum) in sums.iter().enumerate() {
                    // SAFETY: numbers of the result.
                    unsafe { self.put_vector(simd, sum, of_result(row, vector)) };
                }
            }
            return;
        }
        debug_assert!(R * V * width <= MAX_SUMS);
        let mut all = [T::zero(); MAX_SUMS];
        for (row, sums) in sums.iter().enumerate() {
            // SAFETY: `R` rows of `V` vectors are no more than there is room for.
            unsafe {
                all.as_mut_ptr().add(row * V * width).cast::<[T::Vector<S>; V]>().write_unaligned(*sums)
            };
        }
        // SAFETY: numbers of the result, each once.
        unsafe {
            let put = |to: *mut T, number: T| self.store.put(number, &mut *to);
            if self.row == 1 {
                let mut turned = [T::zero(); MAX_SUMS];
                let (from, to) = ((all.as_ptr(), (V * width) as isize), (turned.as_mut_ptr(), R as isize));
                transpose(sixteen::<S>(), [R, V * width], from, to);
                for lane in 0..self.lanes {
                    let to = self.to.offset(lane as isize * self.lane);
                    for row in 0..R {
                        put(to.add(row), turned[lane * R + row]);
                    }
                }
            } else {
                for row in 0..R {
                    let to = self.to.offset(row as isize * self.row);
                    for lane in 0..self.lanes {
                        put(to.offset(lane as isize * self.lane), all[row * V * width + lane]);
                    }
                }
            }
        }
    }
}

/// Vectors in a panel, at most: more where steps are skipped, as rows are fewer then. Of sixteen registers three times four sums
/// and three vectors would leave one, and the compiler wants two.
#[inline(always)]
pub(super) const fn most_vectors<S: Simd>(skipping: bool) -> usize {
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

/// Whether numbers are turned over sixteen rows at a time: where a vector holds as many, with AVX-512.
#[inline(always)]
pub(super) const fn sixteen<S: Simd>() -> bool {
    size_of::<S::f32s>() == LINE
}

/// A tile as a function of its own, which compiles faster than all in one.
struct Tile<T, const V: usize, const R: usize>(Product<T>);

impl<T: Vectors, const V: usize, const R: usize> WithSimd for Tile<T, V, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if V <= most_vectors::<S>(false) && R * V <= sums_in_registers::<S>() {
            // SAFETY: so promised who made it.
            unsafe { self.0.tile::<S, V, R>(simd, None) };
        } else {
            unreachable!("{R} rows of {V} vectors do not fit into the registers");
        }
    }
}

/// The same at these steps of the depth alone.
pub(super) struct LiveTile<'a, T, const V: usize, const R: usize>(pub Product<T>, pub &'a [u16]);

impl<T: Vectors, const V: usize, const R: usize> WithSimd for LiveTile<'_, T, V, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if V <= most_vectors::<S>(true) && R * V <= sums_in_registers::<S>() {
            // SAFETY: so promised who made it.
            unsafe { self.0.tile::<S, V, R>(simd, Some(self.1)) };
        } else {
            unreachable!("{R} rows of {V} vectors do not fit into the registers");
        }
    }
}

/// Asks for the cache line of a number; the pointer may be any.
#[inline(always)]
pub(super) fn soon<T>(number: *const T) {
    // SAFETY: only a hint, and all processors that come here have it.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(number.cast()) };
}

/// Numbers in a vector.
#[inline(always)]
pub(super) const fn lanes<T: Vectors, S: Simd>() -> usize {
    size_of::<T::Vector<S>>() / size_of::<T>()
}
