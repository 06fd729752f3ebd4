//! Zeros that a product leaves out: indices k of the depth at which all numbers of a few rows are zero.

use super::operand::Operand;
use super::product::MAX_DEPTH;
use super::width::Width;
use ndarray::NdFloat;
use std::cell::RefCell;

/// Rows of a group, which share their indices: more rows share what is read, and have fewer zeros in common.
pub(super) const GROUP: usize = 4;
/// Numbers that are compared with zero at a time.
pub(super) const AT_ONCE: usize = 16;
/// Groups in sixteen rows.
const GROUPS: usize = AT_ONCE / GROUP;
/// Indices that an estimate samples, roughly; at two places at least, where there are two.
const SAMPLED: usize = 512;

/// Telling zeros from other numbers, for one number type.
pub(super) trait Zeros: NdFloat {
    /// A bit for each of sixteen numbers, the first the lowest: whether it is not zero. NaN is not.
    fn not_zero<W: Width>(simd: W, numbers: &[Self; AT_ONCE]) -> u16;
}

impl Zeros for f32 {
    #[inline(always)]
    fn not_zero<W: Width>(_: W, numbers: &[Self; AT_ONCE]) -> u16 {
        use std::arch::x86_64::*;
        let from = numbers.as_ptr();
        // SAFETY: sixteen numbers; a `Width` is the proof that the processor has these instructions.
        unsafe {
            if W::AVX512 {
                return _mm512_cmp_ps_mask::<_CMP_NEQ_UQ>(_mm512_loadu_ps(from), _mm512_setzero_ps());
            }
            let eight = |from: *const f32| {
                let not = _mm256_cmp_ps::<_CMP_NEQ_UQ>(_mm256_loadu_ps(from), _mm256_setzero_ps());
                _mm256_movemask_ps(not) as u16
            };
            eight(from) | eight(from.add(8)) << 8
        }
    }
}

impl Zeros for f64 {
    #[inline(always)]
    fn not_zero<W: Width>(_: W, numbers: &[Self; AT_ONCE]) -> u16 {
        use std::arch::x86_64::*;
        let from = numbers.as_ptr();
        // SAFETY: as for f32.
        unsafe {
            let four = |from: *const f64| {
                let not = _mm256_cmp_pd::<_CMP_NEQ_UQ>(_mm256_loadu_pd(from), _mm256_setzero_pd());
                _mm256_movemask_pd(not) as u16
            };
            four(from) | four(from.add(4)) << 4 | four(from.add(8)) << 8 | four(from.add(12)) << 12
        }
    }
}

/// Indices k, all below `depth`.
#[derive(Clone, Copy)]
pub(super) struct Indices<'a> {
    indices: &'a [u16],
    depth: usize,
}

impl<'a> Indices<'a> {
    /// All below `depth`, at most [`MAX_DEPTH`].
    #[inline(always)]
    pub fn all(depth: usize) -> Indices<'static> {
        static ALL: [u16; MAX_DEPTH] = {
            let mut all = [0; MAX_DEPTH];
            let mut k = 0;
            while k < MAX_DEPTH {
                all[k] = k as u16;
                k += 1;
            }
            all
        };
        Indices { indices: &ALL[..depth], depth }
    }

    /// They are below this.
    #[inline(always)]
    pub fn depth(self) -> usize {
        self.depth
    }

    #[inline(always)]
    pub fn get(self) -> &'a [u16] {
        self.indices
    }
}

/// For every group of rows the indices k at which one of them is not zero.
#[derive(Debug, Default)]
pub(super) struct NonzeroK {
    /// Space for all indices of every group. Those that were found are below `depth`; what lies behind them
    /// is old.
    indices: Vec<u16>,
    depth: usize,
    /// How many were found for each group.
    counts: Vec<usize>,
}

thread_local! {
    static BUFFER: RefCell<NonzeroK> = RefCell::default();
}

impl NonzeroK {
    /// Allocates what so many rows need, unless the thread has it.
    pub fn reserve(rows: usize, depth: usize) {
        let groups = rows.div_ceil(GROUP);
        BUFFER.with_borrow_mut(|buffer| {
            if buffer.indices.len() < groups * depth {
                buffer.indices.resize(groups * depth, 0);
            }
            buffer.counts.clear();
            buffer.counts.reserve(groups);
        });
    }

    /// None found yet, in the thread's buffer, which [`done`](Self::done) gives back.
    pub fn none(rows: usize, depth: usize) -> NonzeroK {
        assert!(depth <= 1 << u16::BITS, "an index has sixteen bits");
        Self::reserve(rows, depth);
        let mut none = BUFFER.take();
        none.depth = depth;
        none
    }

    /// Finds the indices of the groups from this one on, for [`AT_ONCE`] rows or the last, unless they were
    /// found before. Groups are found in order, from the first on.
    #[inline(always)]
    pub fn find<W: Width, T: Zeros>(&mut self, simd: W, group: usize, numbers: Operand<T>) {
        if group < self.counts.len() {
            return;
        }
        let (rows, depth) = (numbers.len(), self.depth);
        assert!(group == self.counts.len() && depth == numbers.depth(), "groups in order, of one depth");
        let to = &mut self.indices[group * depth..][..rows.div_ceil(GROUP) * depth];
        if numbers.across() == 1 && rows == AT_ONCE {
            self.counts.extend(find_in_columns(simd, numbers, to));
            return;
        }
        for (first, to) in (0..rows).step_by(GROUP).zip(to.chunks_exact_mut(depth)) {
            let rows = GROUP.min(rows - first);
            let numbers = numbers.part(first, rows);
            self.counts.push(match rows {
                1 => find_in_rows::<W, T, 1>(simd, numbers, to),
                2 => find_in_rows::<W, T, 2>(simd, numbers, to),
                3 => find_in_rows::<W, T, 3>(simd, numbers, to),
                _ => find_in_rows::<W, T, GROUP>(simd, numbers, to),
            });
        }
    }

    /// The indices of a group, the lowest first.
    #[inline(always)]
    pub fn of(&self, group: usize) -> Indices<'_> {
        Indices { indices: &self.indices[group * self.depth..][..self.counts[group]], depth: self.depth }
    }

    /// Keeps the buffer for the next product.
    pub fn done(self) {
        BUFFER.set(self);
    }
}

/// The fraction of the indices that [`NonzeroK::find`] would find, roughly: by some groups of rows, evenly
/// apart, or by the first of them where these have few zeros; at most at the first [`MAX_DEPTH`] indices.
#[inline(always)]
pub(super) fn nonzero_fraction<W: Width, T: Zeros>(simd: W, numbers: Operand<T>) -> f64 {
    let rows = numbers.len();
    let in_columns = numbers.across() == 1 && rows >= AT_ONCE;
    let height = if in_columns { AT_ONCE } else { GROUP };
    let (places, depth) = (rows / height, numbers.depth().min(MAX_DEPTH));
    let samples = (SAMPLED / depth).max(2).min(places);
    let mut nonzero = NonzeroK::none(height, depth);
    let (mut found, mut seen) = (0, 0);
    for sample in 0..samples {
        // The middle one of so many: at the edge of a picture there is less than elsewhere.
        let first = places * (2 * sample + 1) / (2 * samples) * height;
        nonzero.counts.clear();
        nonzero.find(simd, 0, numbers.part(first, height).part_of_depth(0, depth));
        found += nonzero.counts.iter().sum::<usize>();
        seen += depth * height / GROUP;
        // Not worth more samples.
        if found * 4 > seen * 3 {
            break;
        }
    }
    nonzero.done();
    if seen == 0 { 1.0 } else { found as f64 / seen as f64 }
}

/// The indices at which one of `R` rows is not zero; returns how many there are.
#[inline(always)]
fn find_in_rows<W: Width, T: Zeros, const R: usize>(simd: W, numbers: Operand<T>, to: &mut [u16]) -> usize {
    let depth = numbers.depth();
    assert!(numbers.len() == R && to.len() >= depth, "as many rows, and space for all indices");
    let mut count = 0;
    let vectors = if numbers.along_depth() == 1 { depth / AT_ONCE * AT_ONCE } else { 0 };
    for first in (0..vectors).step_by(AT_ONCE) {
        let mut bits = 0;
        // A loop and no closure, which would be compiled without the vectors.
        for row in 0..R {
            // SAFETY: `R` rows, and sixteen indices below the depth, whose numbers are neighbours.
            bits |= T::not_zero(simd, unsafe { &*numbers.at(row, first).cast() });
        }
        count += write_indices(simd, bits, first, &mut to[count..]);
    }
    for k in vectors..depth {
        let mut any = false;
        for row in 0..R {
            // SAFETY: a row and an index that are there.
            any |= unsafe { *numbers.at(row, k) != T::zero() };
        }
        // Written in any case: which it is cannot be predicted.
        to[count] = k as u16;
        count += usize::from(any);
    }
    count
}

/// The same for the groups of sixteen rows that are neighbours.
#[inline(always)]
fn find_in_columns<W: Width, T: Zeros>(simd: W, numbers: Operand<T>, to: &mut [u16]) -> [usize; GROUPS] {
    let depth = numbers.depth();
    assert!(numbers.len() == AT_ONCE && numbers.across() == 1 && to.len() >= GROUPS * depth);
    let mut counts = [0; GROUPS];
    // Several, as vectors of bits just written would be waited for.
    let mut bits = [[0; AT_ONCE]; 4];
    for first in (0..depth).step_by(bits.as_flattened().len()) {
        let len = bits.as_flattened().len().min(depth - first);
        for (index, bits) in bits.as_flattened_mut()[..len].iter_mut().enumerate() {
            // SAFETY: an index below the depth, for which sixteen numbers are neighbours.
            *bits = T::not_zero(simd, unsafe { &*numbers.at(0, first + index).cast() });
        }
        for (bits, start) in bits.iter().zip((0..len).step_by(AT_ONCE)) {
            let left = len - start;
            for (group, count) in counts.iter_mut().enumerate() {
                let to = &mut to[group * depth + *count..(group + 1) * depth];
                let nonzero = any_of_group(simd, bits, group);
                *count += if left >= AT_ONCE {
                    write_indices(simd, nonzero, first + start, to)
                } else {
                    write_one_by_one(nonzero & ((1 << left) - 1), first + start, to)
                };
            }
        }
    }
    counts
}

/// A bit for each of sixteen indices: whether one of those is set that the index has for the rows of a group.
#[inline(always)]
fn any_of_group<W: Width>(_: W, indices: &[u16; AT_ONCE], group: usize) -> u16 {
    use std::arch::x86_64::*;
    const { assert!(GROUP == 4) };
    // SAFETY: a vector has as many numbers; a `Width` is the proof that the processor has these instructions.
    unsafe {
        let mask = _mm256_set1_epi16(0xf << (group * GROUP));
        let bits = _mm256_and_si256(_mm256_loadu_si256(indices.as_ptr().cast()), mask);
        let none = _mm256_cmpeq_epi16(bits, _mm256_setzero_si256());
        let none = _mm_packs_epi16(_mm256_castsi256_si128(none), _mm256_extracti128_si256::<1>(none));
        !(_mm_movemask_epi8(none) as u16)
    }
}

/// Writes down which of the sixteen indices from the first on have a bit, and returns how many. There must be
/// space for sixteen.
#[inline(always)]
fn write_indices<W: Width>(_: W, bits: u16, first: usize, to: &mut [u16]) -> usize {
    use std::arch::x86_64::*;
    if !W::AVX512 {
        return write_one_by_one(bits, first, to);
    }
    let to = to.first_chunk_mut::<AT_ONCE>().expect("space for sixteen");
    // SAFETY: space for sixteen; a `Width` is the proof that the processor has these instructions.
    unsafe {
        let indices = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        let indices = _mm512_add_epi32(indices, _mm512_set1_epi32(first as i32));
        let nonzero = _mm512_maskz_compress_epi32(bits, indices);
        _mm256_storeu_si256(to.as_mut_ptr().cast(), _mm512_cvtepi32_epi16(nonzero));
    }
    bits.count_ones() as usize
}

#[inline(always)]
fn write_one_by_one(mut bits: u16, first: usize, to: &mut [u16]) -> usize {
    let count = bits.count_ones() as usize;
    for to in &mut to[..count] {
        *to = (first as u32 + bits.trailing_zeros()) as u16;
        bits &= bits - 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds_the_indices<W: Width, T: Zeros>(simd: W, number: fn(f32) -> T) {
        for (rows, depth) in [(1, 1), (4, 16), (16, 64), (19, 65), (37, 200), (64, 130)] {
            for (across, along_depth) in [(1, rows), (depth, 1), (2 * depth, 2)] {
                let all: Vec<T> = (0..2 * rows * depth)
                    .map(|i| match i * 7919 % 101 {
                        0..12 => number(i as f32 - 50.0),
                        12 => number(f32::NAN),
                        13 => number(-0.0),
                        14 => number(1e-45),
                        _ => number(0.0),
                    })
                    .collect();
                // SAFETY: so many numbers are there.
                let numbers = unsafe {
                    Operand::new(all.as_ptr(), [rows, depth], [across as isize, along_depth as isize])
                };
                let mut found = NonzeroK::none(rows, depth);
                for first in (0..rows).step_by(AT_ONCE) {
                    found.find(simd, first / GROUP, numbers.part(first, AT_ONCE.min(rows - first)));
                }
                let mut nonzero = 0;
                for group in 0..rows.div_ceil(GROUP) {
                    let rows = group * GROUP..rows.min((group + 1) * GROUP);
                    let expected: Vec<u16> = (0..depth)
                        .filter(|k| rows.clone().any(|row| all[row * across + k * along_depth] != T::zero()))
                        .map(|k| k as u16)
                        .collect();
                    assert_eq!(found.of(group).get(), expected, "{rows:?} of depth {depth}, {across} apart");
                    nonzero += expected.len();
                }
                found.done();
                if rows == AT_ONCE {
                    let expected = nonzero as f64 / (rows / GROUP * depth) as f64;
                    assert_eq!(nonzero_fraction(simd, numbers), expected);
                }
            }
        }
    }

    #[test]
    fn the_indices_found_are_those_at_which_a_row_is_not_zero() {
        if let Some(simd) = pulp::x86::V3::try_new() {
            finds_the_indices::<_, f32>(simd, |x| x);
            finds_the_indices::<_, f64>(simd, f64::from);
        }
        #[cfg(feature = "avx512")]
        if let Some(simd) = pulp::x86::V4::try_new() {
            finds_the_indices::<_, f32>(simd, |x| x);
            finds_the_indices::<_, f64>(simd, f64::from);
        }
    }
}
