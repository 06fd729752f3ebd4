//! The matrix product on one thread, for processors with AVX2 or AVX-512.
//!
//! A *tile* of the result is kept in registers while its sums run over the depth: up to three vectors of *lanes*
//! along one side, times up to twelve *rows* along the other, as many as the registers hold. At each step of the depth
//! the tile takes the vectors from a *panel* and the number of each row from where it lies, for all lanes at once. Panels
//! are copies, in which the vectors are neighbours, unless they do as well where they are.
//!
//! (Goto and van de Geijn, *Anatomy of high-performance matrix multiplication*, ACM TOMS 34, 2008; tiles and panels
//! as in Van Zee and van de Geijn, *BLIS*, ACM TOMS 41, 2015, but at least one side is read in place: batches
//! are so small that to copy both would cost more than it saves.)
//!
//! Every number of the result is one chain of multiply-adds for each part of the depth, with the bias added to the last,
//! and how the depth is cut depends on nothing else: the bits are the same however the other sides are cut.

use super::Strides;
use super::aligned::{Aligned, LINE};
use super::side::Side;
use super::turn::{Turn, turn_over};
use super::zeros::{Steps, TOGETHER, Zeros, share};
use crate::Store;
use pulp::{Simd, WithSimd};
use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
use std::cell::RefCell;
use std::mem::MaybeUninit;

/// Terms of a sum that a tile adds up at once, at most: a panel of them stays in the second cache.
pub(super) const MAX_DEPTH: usize = 1024;
/// Bytes after which lines meet in the same set of the first cache, on all processors with AVX2.
const WAY: usize = 4096;
/// Lines of a set that a panel may take: there are eight, or twelve.
const LINES_OF_SET: usize = 6;
/// Vectors of lanes in a tile, at most.
const MAX_VECTORS: usize = 3;
/// Lanes in a tile, at most: of f32, in AVX-512.
const MAX_LANES: usize = LINE / size_of::<f32>() * MAX_VECTORS;
/// Rows of a tile, at most.
const MAX_ROWS: usize = 12;

// What a product costs besides, in numbers copied, to choose its lanes by: as measured on Zen 5, roughly.

/// A number turned over.
const TURNED: usize = 2;
/// A vector's multiply-add.
const MULTIPLY_ADD: usize = 4;
/// So many numbers read out of a cache line each.
const GATHERED: usize = 4;
/// A number looked at, whether it is zero.
const LOOKED_AT: usize = 5;
/// A tile of steps that are not zero, besides these.
const TILE: usize = 400;
/// Such a step, besides its multiply-adds.
const STEP: usize = 10;
/// Multiply-adds that a step takes the time of, at least: those of the next one wait for its sums.
const WAITING: usize = 10;
/// Multiply-adds of vectors, to begin with, for which it is worth looking for zeros.
const WORTH_A_LOOK: usize = 1 << 16;

/// The vectors of one number type.
pub(super) trait Vectors: Turn + Zeros {
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

/// Whether this processor can.
pub(super) fn available() -> bool {
    pulp::x86::V3::is_available()
}

/// The product `[m, k] [k, n] -> [m, n]`, plus a bias for each column, put into `c` as `store` says.
///
/// # Safety
/// Every element that the sizes, at least 1, and strides reach must be readable, or writable in `c`, which must
/// overlap neither operand nor the bias; there must be `n` biases or none; the processor must be one that is
/// [`available`].
pub(super) unsafe fn multiply<T: Vectors>(
    size: [usize; 3],
    store: Store<T>,
    bias: Option<&[T]>,
    c: (*mut T, Strides),
    a: (*const T, Strides),
    b: (*const T, Strides),
) {
    // SAFETY: the caller's promise.
    unsafe {
        #[cfg(feature = "avx512")]
        if let Some(simd) = pulp::x86::V4::try_new() {
            return multiply_with(simd, size, store, bias, c, a, b);
        }
        let simd = pulp::x86::V3::try_new().expect("the caller asked whether it is available");
        multiply_with(simd, size, store, bias, c, a, b);
    }
}

/// The same with these vectors.
///
/// # Safety
/// As for [`multiply`].
unsafe fn multiply_with<T: Vectors, S: Simd>(
    simd: S,
    [m, n, k]: [usize; 3],
    store: Store<T>,
    bias: Option<&[T]>,
    (to, [c_row, c_col]): (*mut T, Strides),
    (a, [a_row, a_col]): (*const T, Strides),
    (b, [b_row, b_col]): (*const T, Strides),
) {
    let a = Side { from: a, across: a_row, along_depth: a_col };
    let b = Side { from: b, across: b_col, along_depth: b_row };
    T::with_room(MAX_LANES * k.min(MAX_DEPTH), |room| {
        let along_n = Product {
            lanes: n,
            rows: m,
            depth: k,
            share: None,
            store,
            bias: bias.map_or(Bias::None, |bias| Bias::OfLanes(bias.as_ptr())),
            panel: b,
            numbers: a,
            to,
            lane: c_col,
            row: c_row,
            room,
        };
        simd.vectorize(Either(along_n, along_n.other_way(bias)));
    });
}

/// What is added to the sums.
#[derive(Clone, Copy)]
enum Bias<T> {
    None,
    /// A number to those of each lane.
    OfLanes(*const T),
    /// A number to those of each row.
    OfRows(*const T),
}

impl<T> Bias<T> {
    /// The bias of the lanes and rows from these on.
    #[inline(always)]
    fn beyond(self, lane: usize, row: usize) -> Self {
        match self {
            Bias::None => Bias::None,
            Bias::OfLanes(from) => Bias::OfLanes(from.wrapping_add(lane)),
            Bias::OfRows(from) => Bias::OfRows(from.wrapping_add(row)),
        }
    }
}

/// A product, or the part of it that is computed next.
#[derive(Clone, Copy)]
struct Product<T> {
    lanes: usize,
    rows: usize,
    depth: usize,
    /// Where zeros among the numbers of the rows are left out: the share of the steps that stay, roughly.
    share: Option<f64>,
    store: Store<T>,
    bias: Bias<T>,
    /// The operand that has the lanes.
    panel: Side<T>,
    /// The one that has the rows.
    numbers: Side<T>,
    to: *mut T,
    /// How far it is in the result from one lane to the next.
    lane: isize,
    /// And from one row to the next.
    row: isize,
    room: *mut T,
}

/// The length of as few parts as it takes, each of them at most so long, and all but the last the same.
#[inline(always)]
fn even_part(whole: usize, most: usize) -> usize {
    whole.div_ceil(whole.div_ceil(most))
}

impl<T: Vectors> Product<T> {
    /// The same product with the lanes along the other side.
    fn other_way(&self, bias: Option<&[T]>) -> Self {
        Product {
            lanes: self.rows,
            rows: self.lanes,
            bias: bias.map_or(Bias::None, |bias| Bias::OfRows(bias.as_ptr())),
            panel: self.numbers,
            numbers: self.panel,
            lane: self.row,
            row: self.lane,
            ..*self
        }
    }

    /// The same product without the zeros among the numbers of the rows, if it is worth looking for them.
    ///
    /// # Safety
    /// As for [`multiply`].
    #[inline(always)]
    unsafe fn fewer<S: Simd>(&self) -> Option<Self> {
        let products = self.lanes.div_ceil(lanes::<T, S>()) * self.rows * self.depth;
        (products >= WORTH_A_LOOK && self.rows >= BLOCK_ROWS).then(|| {
            // SAFETY: the numbers of the operand.
            let share = unsafe { share(sixteen::<S>(), self.numbers, [self.rows, self.depth]) };
            Product { share: Some(share), ..*self }
        })
    }

    /// What the product costs, in numbers copied.
    fn effort<S: Simd>(&self) -> usize {
        let turned = |stride: isize| if stride == 1 { 1 } else { TURNED };
        let vectors = self.lanes.div_ceil(lanes::<T, S>());
        let sums = match self.share {
            None => vectors * self.rows * self.depth * MULTIPLY_ADD,
            Some(share) => {
                let in_tile = even_part(vectors, most_vectors::<S>());
                let tiles = vectors.div_ceil(in_tile) * self.rows.div_ceil(TOGETHER);
                let step = MULTIPLY_ADD * (in_tile * TOGETHER).max(WAITING) + STEP;
                tiles * (TILE + (self.depth as f64 * share) as usize * step)
                    + self.rows * self.depth * LOOKED_AT
            }
        };
        let copied = if self.in_place() { 0 } else { self.lanes * self.depth * turned(self.panel.across) };
        let written = self.lanes * self.rows * turned(self.lane);
        // Out of as many cache lines as there are numbers.
        let apart = self.numbers.along_depth != 1;
        let gathered =
            if apart { self.rows * self.depth * vectors.div_ceil(most_vectors::<S>()) / GATHERED } else { 0 };
        sums + copied + written + gathered
    }

    /// Whether panels are read where they lie: to copy them for so few rows would be most of the work, or they stay in
    /// the cache all the same.
    fn in_place(&self) -> bool {
        self.panel.across == 1 && (self.rows <= MAX_ROWS || self.stays_in_cache())
    }

    /// Whether a panel stays in the first cache where it lies. It does not if a large power of two divides the distance
    /// of its steps: they then share few sets of the cache.
    fn stays_in_cache(&self) -> bool {
        let apart = self.panel.along_depth.unsigned_abs().wrapping_mul(size_of::<T>());
        // The greatest power of two that divides it.
        let power = (apart & apart.wrapping_neg()).clamp(LINE, WAY);
        self.depth.div_ceil(WAY / power) * MAX_VECTORS <= LINES_OF_SET
    }

    /// The product, a part of the depth and a panel at a time.
    ///
    /// # Safety
    /// As for [`multiply`].
    #[inline(always)]
    unsafe fn in_panels<S: Simd>(self, simd: S) {
        let width = lanes::<T, S>();
        let deep = even_part(self.depth, MAX_DEPTH);
        let wide = width * even_part(self.lanes.div_ceil(width), most_vectors::<S>());
        for first in (0..self.depth).step_by(deep) {
            let depth = deep.min(self.depth - first);
            let store = match self.store {
                Store::Replace if first > 0 => Store::Add(T::one()),
                store => store,
            };
            // With the last of its parts.
            let bias = if first + depth == self.depth { self.bias } else { Bias::None };
            // SAFETY: parts of what the caller vouches for.
            unsafe {
                let (panel, numbers) = (self.panel.beyond(0, first), self.numbers.beyond(0, first));
                let of_depth = Product { depth, store, bias, panel, numbers, ..self };
                let steps = self.share.map(|_| Steps::find(sixteen::<S>(), numbers, [self.rows, depth]));
                for first in (0..self.lanes).step_by(wide) {
                    let lanes = wide.min(self.lanes - first);
                    let to = self.to.offset(first as isize * self.lane);
                    let (panel, bias) = (of_depth.panel.beyond(first, 0), bias.beyond(first, 0));
                    let some = Product { lanes, panel, bias, to, ..of_depth };
                    match lanes.div_ceil(width) {
                        1 => some.in_panel::<S, 1>(simd, steps.as_ref()),
                        2 => some.in_panel::<S, 2>(simd, steps.as_ref()),
                        _ => some.in_panel::<S, 3>(simd, steps.as_ref()),
                    }
                }
                if let Some(steps) = steps {
                    steps.done();
                }
            }
        }
    }

    /// Some lanes, copied to a panel.
    ///
    /// # Safety
    /// As for [`multiply`]; there must be at most `V` vectors of lanes.
    #[inline(always)]
    unsafe fn in_panel<S: Simd, const V: usize>(self, simd: S, steps: Option<&Steps>) {
        let width = V * lanes::<T, S>();
        let full = self.lanes == width;
        // SAFETY: the caller's promise.
        unsafe {
            if full && self.in_place() {
                return self.of_panel::<S, V>(simd, steps);
            }
            if self.panel.across == 1 {
                for step in 0..self.depth {
                    let (from, to) = (self.panel.at(0, step), self.room.add(step * width));
                    if full {
                        let vectors = from.cast::<[T::Vector<S>; V]>().read_unaligned();
                        to.cast::<[T::Vector<S>; V]>().write_unaligned(vectors);
                    } else {
                        from.copy_to_nonoverlapping(to, self.lanes);
                    }
                }
            } else if self.panel.along_depth == 1 {
                let from = (self.panel.from, self.panel.across);
                turn_over(sixteen::<S>(), [self.lanes, self.depth], from, (self.room, width as isize));
            } else {
                for step in 0..self.depth {
                    for lane in 0..self.lanes {
                        *self.room.add(step * width + lane) = *self.panel.at(lane, step);
                    }
                }
            }
            if !full {
                // What is left of the last vector is computed and not written; with old numbers, which may be
                // subnormal, that could be slow.
                for step in 0..self.depth {
                    self.room.add(step * width + self.lanes).write_bytes(0, width - self.lanes);
                }
            }
            let panel = Side { from: self.room.cast_const(), across: 1, along_depth: width as isize };
            Product { panel, ..self }.of_panel::<S, V>(simd, steps);
        }
    }

    /// All rows for the lanes of a panel.
    ///
    /// # Safety
    /// As for [`in_tiles`](Self::in_tiles).
    #[inline(always)]
    unsafe fn of_panel<S: Simd, const V: usize>(self, simd: S, steps: Option<&Steps>) {
        match steps {
            Some(steps) => simd.vectorize(WithoutZeros::<T, V>(self, steps)),
            // SAFETY: the caller's promise.
            None => unsafe { self.in_tiles::<S, V>(simd) },
        }
    }

    /// The same at these steps alone, where that is as good.
    ///
    /// # Safety
    /// As for [`in_tiles`](Self::in_tiles).
    #[inline(always)]
    unsafe fn without_zeros<S: Simd, const V: usize>(self, simd: S, steps: &Steps) {
        // SAFETY: the caller's promise.
        unsafe {
            if self.is_finite::<S, V>(simd) {
                self.in_blocks::<S, V>(simd, steps);
            } else {
                self.in_tiles::<S, V>(simd);
            }
        }
    }

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

    /// All rows for the lanes of a panel, at these steps alone.
    ///
    /// # Safety
    /// As for [`in_tiles`](Self::in_tiles).
    #[inline(always)]
    unsafe fn in_blocks<S: Simd, const V: usize>(self, simd: S, steps: &Steps) {
        let width = V * lanes::<T, S>();
        let straight = self.lane == 1 && self.lanes == width;
        let mut block = Block([T::zero(); BLOCK_ROWS * MAX_LANES]);
        for first in (0..self.rows).step_by(BLOCK_ROWS) {
            let rows = BLOCK_ROWS.min(self.rows - first);
            // SAFETY: some of the rows; the block has room for so many, of all lanes.
            unsafe {
                let (numbers, bias) = (self.numbers.beyond(first, 0), self.bias.beyond(0, first));
                let to = self.to.offset(first as isize * self.row);
                let some = Product { rows, numbers, bias, to, ..self };
                if straight {
                    some.in_groups::<S, V>(simd, steps, first / TOGETHER);
                    continue;
                }
                if self.row == 1 {
                    for lane in 0..self.lanes {
                        soon(some.to.wrapping_offset(lane as isize * self.lane));
                    }
                }
                let (to, row) = (block.0.as_mut_ptr(), width as isize);
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
                some.put::<S, V>(simd, &block);
            }
        }
    }

    /// The rows of some groups.
    ///
    /// # Safety
    /// As for [`in_tiles`](Self::in_tiles); the result has room for all vectors of lanes, which are neighbours.
    #[inline(always)]
    unsafe fn in_groups<S: Simd, const V: usize>(self, simd: S, steps: &Steps, group: usize) {
        for (index, first) in (0..self.rows).step_by(TOGETHER).enumerate() {
            // SAFETY: some of the rows.
            unsafe {
                let numbers = self.numbers.beyond(first, 0);
                let to = self.to.offset(first as isize * self.row);
                let (rows, bias) = (TOGETHER.min(self.rows - first), self.bias.beyond(0, first));
                let part = Product { rows, bias, numbers, to, ..self };
                let steps = steps.of(group + index);
                match part.rows {
                    1 => simd.vectorize(LiveTile::<T, V, 1>(part, steps)),
                    2 => simd.vectorize(LiveTile::<T, V, 2>(part, steps)),
                    3 => simd.vectorize(LiveTile::<T, V, 3>(part, steps)),
                    _ => simd.vectorize(LiveTile::<T, V, TOGETHER>(part, steps)),
                }
            }
        }
    }

    /// Puts a vector of numbers where they belong.
    ///
    /// # Safety
    /// There must be as many numbers of the result.
    #[inline(always)]
    unsafe fn put_vector<S: Simd>(&self, simd: S, numbers: T::Vector<S>, to: *mut T) {
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

    /// Puts the numbers of a block where they belong, with the bias.
    ///
    /// # Safety
    /// As for [`multiply`]; there must be at most [`BLOCK_ROWS`] rows and `V` vectors of lanes.
    #[inline(always)]
    unsafe fn put<S: Simd, const V: usize>(self, simd: S, block: &Block<T>) {
        let width = V * lanes::<T, S>();
        // SAFETY: numbers of the result, each once; what is read was written before.
        unsafe {
            if let (1, BLOCK_ROWS, Bias::None) = (self.row, self.rows, self.bias) {
                let mut turned = MaybeUninit::<Block<T>>::uninit();
                let (from, to) = ((block.0.as_ptr(), width as isize), turned.as_mut_ptr().cast::<T>());
                turn_over(sixteen::<S>(), [BLOCK_ROWS, width], from, (to, BLOCK_ROWS as isize));
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
                    self.store.put(block.0[row * width + lane] + bias, &mut *to);
                }
            }
        }
    }

    /// All rows for the lanes of a panel.
    ///
    /// # Safety
    /// As for [`multiply`]; all vectors of the panel must be readable.
    #[inline(always)]
    unsafe fn in_tiles<S: Simd, const V: usize>(self, simd: S) {
        let height = even_part(self.rows, (sums_in_registers::<S>() / V).min(MAX_ROWS));
        for first in (0..self.rows).step_by(height) {
            // SAFETY: some of the rows.
            unsafe {
                let numbers = self.numbers.beyond(first, 0);
                let to = self.to.offset(first as isize * self.row);
                let (rows, bias) = (height.min(self.rows - first), self.bias.beyond(0, first));
                let part = Product { rows, bias, numbers, to, ..self };
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
    /// As for [`multiply`]; there must be `R` rows and all vectors of the panel.
    #[inline(always)]
    unsafe fn tile<S: Simd, const V: usize, const R: usize>(self, simd: S, steps: Option<&[u32]>) {
        let width = lanes::<T, S>();
        let of_result = |row: usize, vector: usize| {
            self.to.wrapping_offset(row as isize * self.row).wrapping_add(vector * width)
        };
        if self.lane == 1 {
            // They will be there when the sums are.
            for row in 0..R {
                for vector in 0..V {
                    // SAFETY: only a hint.
                    unsafe { _mm_prefetch::<_MM_HINT_T0>(of_result(row, vector).cast_const().cast()) };
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
        let mut all = [T::zero(); MAX_ROWS * MAX_LANES];
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
                let mut turned = [T::zero(); MAX_ROWS * MAX_LANES];
                let (from, to) = ((all.as_ptr(), (V * width) as isize), (turned.as_mut_ptr(), R as isize));
                turn_over(sixteen::<S>(), [R, V * width], from, to);
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

/// Vectors in a panel. Of sixteen registers three times four sums and three vectors would leave one, and the compiler
/// wants two.
#[inline(always)]
const fn most_vectors<S: Simd>() -> usize {
    if S::REGISTER_COUNT < 32 { 2 } else { MAX_VECTORS }
}

/// Vectors of sums that a tile has; the other registers are for the panel's vectors and the number of a row.
#[inline(always)]
const fn sums_in_registers<S: Simd>() -> usize {
    S::REGISTER_COUNT * 3 / 4
}

/// Whether numbers are turned over sixteen rows at a time: where a vector holds as many, with AVX-512.
#[inline(always)]
const fn sixteen<S: Simd>() -> bool {
    size_of::<S::f32s>() == LINE
}

/// A tile as a function of its own, which compiles faster than all in one.
struct Tile<T, const V: usize, const R: usize>(Product<T>);

impl<T: Vectors, const V: usize, const R: usize> WithSimd for Tile<T, V, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if V <= most_vectors::<S>() && R * V <= sums_in_registers::<S>() {
            // SAFETY: so promised who made it.
            unsafe { self.0.tile::<S, V, R>(simd, None) };
        } else {
            unreachable!("{R} rows of {V} vectors do not fit into the registers");
        }
    }
}

/// The rows for a panel without zeros, as a function of its own.
struct WithoutZeros<'a, T, const V: usize>(Product<T>, &'a Steps);

impl<T: Vectors, const V: usize> WithSimd for WithoutZeros<'_, T, V> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if V <= most_vectors::<S>() {
            // SAFETY: so promised who made it.
            unsafe { self.0.without_zeros::<S, V>(simd, self.1) };
        } else {
            unreachable!("{V} vectors and their sums do not fit into the registers");
        }
    }
}

/// A tile of which these steps of the depth alone are computed.
struct LiveTile<'a, T, const V: usize, const R: usize>(Product<T>, &'a [u32]);

impl<T: Vectors, const V: usize, const R: usize> WithSimd for LiveTile<'_, T, V, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if V <= most_vectors::<S>() && R * V <= sums_in_registers::<S>() {
            // SAFETY: so promised who made it.
            unsafe { self.0.tile::<S, V, R>(simd, Some(self.1)) };
        } else {
            unreachable!("{R} rows of {V} vectors do not fit into the registers");
        }
    }
}

/// Rows of all lanes of a panel, which are put where they belong when all are there: where rows are neighbours, so
/// many fill a cache line.
#[repr(align(64))]
struct Block<T>([T; BLOCK_ROWS * MAX_LANES]);

/// Rows in a block, at most: some groups.
const BLOCK_ROWS: usize = 4 * TOGETHER;

/// Asks for the cache line of a number; the pointer may be any.
#[inline(always)]
fn soon<T>(number: *const T) {
    // SAFETY: only a hint, and all processors that come here have it.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(number.cast()) };
}

/// Numbers in a vector.
#[inline(always)]
const fn lanes<T: Vectors, S: Simd>() -> usize {
    size_of::<T::Vector<S>>() / size_of::<T>()
}

/// The same product with the lanes along either side.
struct Either<T>(Product<T>, Product<T>);

impl<T: Vectors> WithSimd for Either<T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // SAFETY: what the caller of `multiply` vouches for.
        unsafe { self.best::<S>().in_panels(simd) };
    }
}

impl<T: Vectors> Either<T> {
    /// The cheapest way.
    ///
    /// # Safety
    /// As for [`multiply`].
    #[inline(always)]
    unsafe fn best<S: Simd>(self) -> Product<T> {
        let Either(first, second) = self;
        let better = |a: Product<T>, b: Product<T>| if b.effort::<S>() < a.effort::<S>() { b } else { a };
        let best = better(first, second);
        // SAFETY: the caller's promise.
        let [first, second] = unsafe { [first.fewer::<S>(), second.fewer::<S>()] };
        first.into_iter().chain(second).fold(best, better)
    }
}

#[cfg(test)]
mod zero_tests {
    use super::*;

    /// Every number by its definition: a chain of multiply-adds for each part of the depth, zeros and all.
    fn slowly<T: Vectors>([a, b, bias, old]: [&[T]; 4], [m, n, k]: [usize; 3], store: Store<T>) -> Vec<T> {
        let deep = even_part(k, MAX_DEPTH);
        let mut c = old.to_vec();
        for (index, to) in c.iter_mut().enumerate() {
            let (row, column) = (index / n, index % n);
            for first in (0..k).step_by(deep) {
                let end = k.min(first + deep);
                let chain = |sum: T, step: usize| a[row * k + step].mul_add(b[step * n + column], sum);
                let sum = (first..end).fold(T::zero(), chain);
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

    fn zeros_change_nothing<T: Vectors, S: Simd>(simd: S, number: fn(f64) -> T) {
        for [m, n, k] in [[64, 128, 784], [37, 50, 300], [100, 98, 1500], [784, 66, 64]] {
            let numbers = |len: usize, salt: usize| -> Vec<T> {
                (0..len).map(|i| number(((i * 31 + salt) as f64).sin())).collect()
            };
            let mut a = numbers(m * k, 1);
            for (index, a) in a.iter_mut().enumerate() {
                // Two in three blocks of rows and steps are zeros, and some others.
                if (index / k / 5 * 7 + index % k / 6) % 3 > 0 || index % 11 == 0 {
                    *a = T::zero();
                }
            }
            let (bias, old) = (numbers(n, 2), numbers(m * n, 3));
            for infinite in [false, true] {
                let mut b = numbers(k * n, 4);
                if infinite {
                    b[k / 2 * n + n / 3] = T::infinity();
                    b[k / 3 * n] = T::nan();
                }
                for store in [Store::Replace, Store::Add(number(-0.3))] {
                    let expected = slowly([&a, &b, &bias, &old], [m, n, k], store);
                    // The zeros in either operand, every matrix row by row or column by column.
                    for flips in 0..16 {
                        let laid_out = |numbers: &[T], rows: usize, columns: usize, flip: bool| {
                            let by_columns = || {
                                (0..rows * columns).map(|i| numbers[i % rows * columns + i / rows]).collect()
                            };
                            let strides = if flip { [1, rows as isize] } else { [columns as isize, 1] };
                            (if flip { by_columns() } else { numbers.to_vec() }, strides)
                        };
                        let (a, [a_row, a_col]) = laid_out(&a, m, k, flips & 1 > 0);
                        let (b, [b_row, b_col]) = laid_out(&b, k, n, flips & 2 > 0);
                        let (mut c, [c_row, c_col]) = laid_out(&old, m, n, flips & 4 > 0);
                        T::with_room(MAX_LANES * MAX_DEPTH, |room| {
                            let along_n = Product {
                                lanes: n,
                                rows: m,
                                depth: k,
                                share: None,
                                store,
                                bias: Bias::OfLanes(bias.as_ptr()),
                                panel: Side { from: b.as_ptr(), across: b_col, along_depth: b_row },
                                numbers: Side { from: a.as_ptr(), across: a_row, along_depth: a_col },
                                to: c.as_mut_ptr(),
                                lane: c_col,
                                row: c_row,
                                room,
                            };
                            let along_m = along_n.other_way(Some(&bias));
                            if m == 64 {
                                // SAFETY: as many numbers as sizes and strides reach.
                                let chosen = unsafe { Either(along_n, along_m).best::<S>() };
                                assert!(chosen.share.is_some() && chosen.lanes == n, "[{m}, {k}] [{k}, {n}]");
                            }
                            // With lanes along the other side it is the other operand's zeros that count: there are none.
                            let product = if flips & 8 > 0 { along_m } else { along_n };
                            simd.vectorize(Forced(Product { share: Some(0.3), ..product }));
                        });
                        for (index, &expected) in expected.iter().enumerate() {
                            let (row, column) = (index / n, index % n);
                            let c = c[row * c_row as usize + column * c_col as usize];
                            let same = c == expected || c.is_nan() && expected.is_nan();
                            assert!(same, "[{m}, {k}] [{k}, {n}] {flips} {store:?}: {c} is not {expected}");
                        }
                    }
                }
            }
        }
    }

    struct Forced<T>(Product<T>);

    impl<T: Vectors> WithSimd for Forced<T> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            // SAFETY: as many numbers as sizes and strides reach.
            unsafe { self.0.in_panels(simd) }
        }
    }

    #[test]
    fn to_leave_zeros_out_changes_no_number() {
        if let Some(simd) = pulp::x86::V3::try_new() {
            zeros_change_nothing(simd, |x| x as f32);
            zeros_change_nothing(simd, |x| x);
        }
        #[cfg(feature = "avx512")]
        if let Some(simd) = pulp::x86::V4::try_new() {
            zeros_change_nothing(simd, |x| x as f32);
            zeros_change_nothing(simd, |x| x);
        }
    }
}

#[cfg(all(test, feature = "avx512"))]
mod tests {
    use super::*;

    #[test]
    fn the_bits_are_the_same_in_vectors_of_eight_and_of_sixteen() {
        let (Some(eight), Some(sixteen)) = (pulp::x86::V3::try_new(), pulp::x86::V4::try_new()) else {
            return;
        };
        let numbers =
            |len: usize, salt: usize| (0..len).map(|i| ((i * 31 + salt) as f32).sin()).collect::<Vec<_>>();
        for [m, n, k] in [[64, 128, 784], [13, 50, 1500], [100, 7, 64], [1, 300, 33]] {
            let (a, b) = (numbers(m * k, 1), numbers(k * n, 2));
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
                    multiply_with(eight, [m, n, k], store, bias, (c.as_mut_ptr(), at), a, b);
                    multiply_with(sixteen, [m, n, k], store, bias, (d.as_mut_ptr(), at), a, b);
                }
                assert!(c.iter().zip(&d).all(|(c, d)| c.to_bits() == d.to_bits()), "{m} {n} {k} {store:?}");
            }
        }
    }
}
