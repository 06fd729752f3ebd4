//! The matrix product on one thread, for processors with AVX2 or AVX-512: a part of the depth and a panel at a time, in
//! [tiles](super::tile).
//!
//! (Goto and van de Geijn, *Anatomy of high-performance matrix multiplication*, ACM TOMS 34, 2008; tiles and panels
//! as in Van Zee and van de Geijn, *BLIS*, ACM TOMS 41, 2015, but at least one side is read in place: batches
//! are so small that to copy both would cost more than it saves.)

use super::Strides;
use super::nonzero::{Steps, TOGETHER, live_share};
use super::operand::Operand;
use super::skip::AtSteps;
use super::tile::{
    Bias, MAX_DEPTH, MAX_LANES, MAX_ROWS, MAX_VECTORS, Product, Vectors, even_part, lanes, most_vectors,
    sixteen,
};
use super::transpose::transpose;
use crate::aligned::LINE;
use crate::store::Store;
use pulp::{Simd, WithSimd};

/// Bytes after which lines meet in the same set of the first cache, on all processors with AVX2.
const WAY: usize = 4096;
/// Lines of a set that a panel may take: there are eight, or twelve.
const LINES_OF_SET: usize = 6;
// What a product costs, in numbers copied, to choose its lanes by and whether to skip zeros: as measured on Zen 5,
// roughly.

/// A number turned over.
const TURNED: usize = 2;
/// A vector's multiply-add.
const MULTIPLY_ADD: usize = 4;
/// So many numbers read out of a cache line each.
const GATHERED: usize = 4;
/// A number looked at, whether it is zero.
const LOOKED_AT: usize = 1;
/// A tile of steps that are not zero, besides these.
const TILE: usize = 400;
/// Such a step, besides its multiply-adds.
const STEP: usize = 10;
/// What a step takes at least: the multiply-adds of the next one wait for its sums.
const WAITING: usize = 8 * MULTIPLY_ADD;
/// Multiply-adds of vectors, to begin with, for which it is worth looking for zeros.
const WORTH_A_LOOK: usize = 1 << 16;
/// Rows of which the zeros are looked for at a time, at most: what is written down takes two bytes for a step of four rows.
const HIGHEST: usize = 2048;

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
    let a = Operand { from: a, across: a_row, along_depth: a_col };
    let b = Operand { from: b, across: b_col, along_depth: b_row };
    T::with_room(MAX_LANES * k.min(MAX_DEPTH), |room| {
        let along_n = Product {
            lanes: n,
            rows: m,
            depth: k,
            live: None,
            store,
            bias: bias.map_or(Bias::None, |bias| Bias::OfLanes(bias.as_ptr())),
            panel: b,
            numbers: a,
            to,
            lane: c_col,
            row: c_row,
            room,
        };
        simd.vectorize(Either(along_n, along_n.other_way()));
    });
}

impl<T: Vectors> Product<T> {
    /// The same product with the lanes along the other side.
    fn other_way(&self) -> Self {
        Product {
            lanes: self.rows,
            rows: self.lanes,
            bias: match self.bias {
                Bias::None => Bias::None,
                Bias::OfLanes(from) => Bias::OfRows(from),
                Bias::OfRows(from) => Bias::OfLanes(from),
            },
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
        if products < WORTH_A_LOOK {
            return None;
        }
        // Now, so that nothing is allocated in the middle of a run, when a layer's outputs have become zeros.
        Steps::make_room(self.rows.min(HIGHEST), self.depth.min(MAX_DEPTH));
        // SAFETY: the numbers of the operand. (Not in a closure, which would be compiled without the vectors.)
        let live = unsafe { live_share(sixteen::<S>(), self.numbers, [self.rows, self.depth]) };
        Some(Product { live: Some(live), ..*self })
    }

    /// What the product costs, in numbers copied.
    fn effort<S: Simd>(&self) -> usize {
        let turned = |stride: isize| if stride == 1 { 1 } else { TURNED };
        let vectors = self.lanes.div_ceil(lanes::<T, S>());
        let sums = match self.live {
            None => vectors * self.rows * self.depth * MULTIPLY_ADD,
            Some(live) => {
                let in_tile = even_part(vectors, most_vectors::<S>(true));
                let tiles = vectors.div_ceil(in_tile) * self.rows.div_ceil(TOGETHER);
                let step = (MULTIPLY_ADD * in_tile * TOGETHER + STEP).max(WAITING);
                tiles * (TILE + (self.depth as f64 * live) as usize * step)
                    + self.rows * self.depth * LOOKED_AT
            }
        };
        let copied =
            if self.in_place::<S>() { 0 } else { self.lanes * self.depth * turned(self.panel.across) };
        let written = self.lanes * self.rows * turned(self.lane);
        // Out of as many cache lines as there are numbers.
        let apart = self.numbers.along_depth != 1;
        let panels = vectors.div_ceil(most_vectors::<S>(self.live.is_some()));
        let gathered = if apart { self.rows * self.depth * panels / GATHERED } else { 0 };
        sums + copied + written + gathered
    }

    /// Whether panels are read where they lie: to copy them for so few rows would be most of the work, or they stay in
    /// the cache all the same.
    fn in_place<S: Simd>(&self) -> bool {
        self.panel.across == 1 && (self.rows <= MAX_ROWS || self.stays_in_cache::<S>())
    }

    /// Whether a panel stays in the first cache where it lies. It does not if a large power of two divides the distance
    /// of its steps: they then share few sets of the cache.
    fn stays_in_cache<S: Simd>(&self) -> bool {
        let apart = self.panel.along_depth.unsigned_abs().wrapping_mul(size_of::<T>());
        // The greatest power of two that divides it.
        let power = (apart & apart.wrapping_neg()).clamp(LINE, WAY);
        let lines = (most_vectors::<S>(self.live.is_some()) * size_of::<S::f32s>()).div_ceil(LINE);
        self.depth.div_ceil(WAY / power) * lines <= LINES_OF_SET
    }

    /// The product, a part of the depth and a panel at a time.
    ///
    /// # Safety
    /// As for [`multiply`].
    #[inline(always)]
    unsafe fn in_panels<S: Simd>(self, simd: S) {
        let width = lanes::<T, S>();
        let deep = even_part(self.depth, MAX_DEPTH);
        let most = most_vectors::<S>(self.live.is_some());
        let wide = width * even_part(self.lanes.div_ceil(width), most);
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
                let mut steps = self.live.map(|_| Steps::none(self.rows, depth));
                for first in (0..self.lanes).step_by(wide) {
                    let lanes = wide.min(self.lanes - first);
                    let to = self.to.offset(first as isize * self.lane);
                    let (panel, bias) = (of_depth.panel.beyond(first, 0), bias.beyond(first, 0));
                    let some = Product { lanes, panel, bias, to, ..of_depth };
                    match lanes.div_ceil(width) {
                        1 => some.in_panel::<S, 1>(simd, steps.as_mut()),
                        2 => some.in_panel::<S, 2>(simd, steps.as_mut()),
                        3 => some.in_panel::<S, 3>(simd, steps.as_mut()),
                        _ => some.in_panel::<S, MAX_VECTORS>(simd, steps.as_mut()),
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
    /// As for [`multiply`]; there must be at most `V` vectors of lanes, and the steps must be none yet, with room for
    /// those of the rows, or theirs.
    #[inline(always)]
    unsafe fn in_panel<S: Simd, const V: usize>(self, simd: S, steps: Option<&mut Steps>) {
        let width = V * lanes::<T, S>();
        let full = self.lanes == width;
        // SAFETY: the caller's promise.
        unsafe {
            if full && self.in_place::<S>() {
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
                transpose(sixteen::<S>(), [self.lanes, self.depth], from, (self.room, width as isize));
            } else {
                for step in 0..self.depth {
                    for lane in 0..self.lanes {
                        *self.room.add(step * width + lane) = *self.panel.at(lane, step);
                    }
                }
            }
            if !full {
                // What is left of the last vector is computed and not written; with old numbers, which may be
                // subnormal, that could be slow, and one that is not finite would be taken for the panel's.
                for step in 0..self.depth {
                    self.room.add(step * width + self.lanes).write_bytes(0, width - self.lanes);
                }
            }
            let panel = Operand { from: self.room.cast_const(), across: 1, along_depth: width as isize };
            Product { panel, ..self }.of_panel::<S, V>(simd, steps);
        }
    }

    /// All rows for the lanes of a panel, at the steps that are or will be found for them, or at all steps.
    ///
    /// # Safety
    /// As for [`in_tiles`](Self::in_tiles).
    #[inline(always)]
    unsafe fn of_panel<S: Simd, const V: usize>(self, simd: S, steps: Option<&mut Steps>) {
        match steps {
            Some(steps) => simd.vectorize(AtSteps::<T, V>(self, steps)),
            // SAFETY: the caller's promise.
            None => unsafe { self.in_tiles::<S, V>(simd) },
        }
    }
}

/// The same product with the lanes along either side.
struct Either<T>(Product<T>, Product<T>);

impl<T: Vectors> WithSimd for Either<T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // SAFETY: what the caller of `multiply` vouches for.
        unsafe {
            let best = self.best::<S>();
            let high = if best.live.is_some() { HIGHEST } else { best.rows };
            for first in (0..best.rows).step_by(high) {
                best.some_rows(first, high.min(best.rows - first)).in_panels(simd);
            }
        }
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
mod tests {
    use super::*;

    /// So many numbers between -1 and 1.
    fn numbers<T: Vectors>(len: usize, salt: usize, number: fn(f64) -> T) -> Vec<T> {
        (0..len).map(|i| number(((i * 31 + salt) as f64).sin())).collect()
    }

    /// Two in three blocks of five rows and six steps become zeros, and some other numbers; a few become infinite. Every
    /// seventh group of rows has numbers at one step alone, too small for most of their products to be any.
    fn strew_zeros<T: Vectors>(numbers: &mut [T], depth: usize) {
        for (index, number) in numbers.iter_mut().enumerate() {
            let (row, step) = (index / depth, index % depth);
            if (row / TOGETHER).is_multiple_of(7) {
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

    /// A matrix row by row, column by column, or every other number of rows in reverse; with its strides, and where it
    /// begins.
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

    /// A product with its lanes along the other side than that with the zeros, at their steps.
    struct Skipping<T>(Product<T>);

    impl<T: Vectors> WithSimd for Skipping<T> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            // SAFETY: as many numbers as sizes and strides reach.
            unsafe { Product { live: Some(0.3), ..self.0 }.in_panels(simd) }
        }
    }

    fn skipping_changes_no_bit<T: Vectors, S: Simd>(simd: S, number: fn(f64) -> T) {
        for [rows, lanes, k] in [[64, 128, 784], [37, 50, 300], [100, 98, 1500], [784, 66, 64]] {
            let mut sparse = numbers(rows * k, 1, number);
            strew_zeros(&mut sparse, k);
            for infinite in [false, true] {
                let mut dense = numbers(lanes * k, 4, number);
                if infinite {
                    (dense[lanes / 3 * k + k / 2], dense[k / 3]) = (T::infinity(), T::nan());
                }
                // Row by row along the depth; `turned` is column by column.
                let turned = |matrix: &[T]| -> Vec<T> {
                    let rows = matrix.len() / k;
                    (0..matrix.len()).map(|i| matrix[i % rows * k + i / rows]).collect()
                };
                for sparse_first in [true, false] {
                    let ([m, n], a, b) = match sparse_first {
                        true => ([rows, lanes], sparse.clone(), turned(&dense)),
                        false => ([lanes, rows], dense.clone(), turned(&sparse)),
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
                            T::with_room(MAX_LANES * MAX_DEPTH, |room| {
                                let product = Product {
                                    lanes: n,
                                    rows: m,
                                    depth: k,
                                    live: None,
                                    store,
                                    bias: if with_bias { Bias::OfLanes(bias.as_ptr()) } else { Bias::None },
                                    panel: Operand { from: &b[b_start], across: b_col, along_depth: b_row },
                                    numbers: Operand { from: &a[a_start], across: a_row, along_depth: a_col },
                                    to: c.as_mut_ptr().wrapping_add(c_start),
                                    lane: c_col,
                                    row: c_row,
                                    room,
                                };
                                if rows == 64 {
                                    // SAFETY: as many numbers as sizes and strides reach.
                                    let chosen = unsafe { Either(product, product.other_way()).best::<S>() };
                                    assert!(chosen.live.is_some() && chosen.lanes == lanes, "{how}");
                                }
                                let skipping = if sparse_first { product } else { product.other_way() };
                                simd.vectorize(Skipping(skipping));
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
                        multiply_with(eight, [m, n, k], store, bias, (c.as_mut_ptr(), at), a, b);
                        multiply_with(sixteen, [m, n, k], store, bias, (d.as_mut_ptr(), at), a, b);
                    }
                    let same = |(c, d): (&f32, &f32)| c.to_bits() == d.to_bits() || c.is_nan() && d.is_nan();
                    assert!(c.iter().zip(&d).all(same), "{m} {n} {k} {store:?}");
                }
            }
        }
    }
}
