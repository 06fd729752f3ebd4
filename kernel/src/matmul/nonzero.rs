//! Zeros that a product leaves out: steps of the depth at which all numbers of a few rows are zero.

use super::operand::Operand;
use super::tile::MAX_DEPTH;
use ndarray::NdFloat;
use std::cell::RefCell;

/// Rows that are looked at together: more of them share what is read, and have fewer zeros in common.
pub(super) const TOGETHER: usize = 4;
/// Numbers that are looked at at a time.
pub(super) const AT_ONCE: usize = 16;
/// Steps that are looked at, roughly; at two places at least, where there are two.
const LOOK: usize = 512;

/// Telling zeros from other numbers, for one number type.
pub(super) trait Zeros: NdFloat {
    /// A bit for each of sixteen numbers, the first the lowest: whether it is not zero. NaN is not.
    ///
    /// # Safety
    /// They must be readable; the processor must have AVX2, and AVX-512 if the vectors are to be `sixteen` wide.
    unsafe fn not_zero(sixteen: bool, from: *const Self) -> u16;
}

impl Zeros for f32 {
    #[inline(always)]
    unsafe fn not_zero(sixteen: bool, from: *const Self) -> u16 {
        use std::arch::x86_64::*;
        // SAFETY: the caller's promises.
        unsafe {
            if sixteen {
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
    unsafe fn not_zero(_: bool, from: *const Self) -> u16 {
        use std::arch::x86_64::*;
        // SAFETY: the caller's promises.
        unsafe {
            let four = |from: *const f64| {
                let not = _mm256_cmp_pd::<_CMP_NEQ_UQ>(_mm256_loadu_pd(from), _mm256_setzero_pd());
                _mm256_movemask_pd(not) as u16
            };
            four(from) | four(from.add(4)) << 4 | four(from.add(8)) << 8 | four(from.add(12)) << 12
        }
    }
}

/// For every [`TOGETHER`] rows the steps of the depth at which one of them is not zero.
#[derive(Debug, Default)]
pub(super) struct Steps {
    /// Room for all steps of every group; what lies behind those that were found is old.
    steps: Vec<u16>,
    depth: usize,
    /// How many were found for each group.
    counts: Vec<usize>,
}

thread_local! {
    static ROOM: RefCell<Steps> = RefCell::default();
}

impl Steps {
    /// Makes room for all steps of so many rows.
    pub fn make_room(rows: usize, depth: usize) {
        let groups = rows.div_ceil(TOGETHER);
        ROOM.with_borrow_mut(|room| {
            if room.steps.len() < groups * depth {
                room.steps.resize(groups * depth, 0);
            }
            room.counts.clear();
            room.counts.reserve(groups);
        });
    }

    /// None yet, with room for those of so many rows that the thread keeps: to be given back by [`done`](Self::done).
    pub fn none(rows: usize, depth: usize) -> Steps {
        debug_assert!(depth <= 1 << u16::BITS);
        Self::make_room(rows, depth);
        let mut none = ROOM.take();
        none.depth = depth;
        none
    }

    /// Finds the steps of the groups from this one on, for as many rows as are looked at at once or the last, unless they
    /// were found before.
    ///
    /// # Safety
    /// All numbers of the rows and steps must be readable, and the rows the same as before; groups must be found in order, from
    /// the first on. `sixteen` as for [`Zeros::not_zero`].
    #[inline(always)]
    pub unsafe fn find<T: Zeros>(&mut self, sixteen: bool, group: usize, numbers: Operand<T>, rows: usize) {
        if group < self.counts.len() {
            return;
        }
        debug_assert_eq!(group, self.counts.len(), "groups in order");
        let depth = self.depth;
        let to = &mut self.steps[group * depth..][..rows.div_ceil(TOGETHER) * depth];
        // SAFETY: rows and steps that are there.
        unsafe {
            if numbers.across == 1 && rows == AT_ONCE {
                self.counts.extend(of_neighbours(sixteen, numbers, depth, to));
                return;
            }
            for (first, to) in (0..rows).step_by(TOGETHER).zip(to.chunks_exact_mut(depth)) {
                let numbers = numbers.beyond(first, 0);
                self.counts.push(match rows - first {
                    1 => of_group::<T, 1>(sixteen, numbers, depth, to),
                    2 => of_group::<T, 2>(sixteen, numbers, depth, to),
                    3 => of_group::<T, 3>(sixteen, numbers, depth, to),
                    _ => of_group::<T, TOGETHER>(sixteen, numbers, depth, to),
                });
            }
        }
    }

    /// The steps of a group, the lowest first.
    #[inline(always)]
    pub fn of(&self, group: usize) -> &[u16] {
        &self.steps[group * self.depth..][..self.counts[group]]
    }

    /// Keeps the room for the next to come.
    pub fn done(self) {
        ROOM.set(self);
    }
}

/// The share of the steps that [`Steps::find`] would find, roughly: by some groups of rows, evenly apart, or by the first of
/// them where these have few zeros; at most at the first [`MAX_DEPTH`] steps.
///
/// # Safety
/// As for [`Steps::find`].
#[inline(always)]
pub(super) unsafe fn live_share<T: Zeros>(
    sixteen: bool,
    numbers: Operand<T>,
    [rows, depth]: [usize; 2],
) -> f64 {
    let neighbours = numbers.across == 1 && rows >= AT_ONCE;
    let height = if neighbours { AT_ONCE } else { TOGETHER };
    let (places, depth) = (rows / height, depth.min(MAX_DEPTH));
    let looks = (LOOK / depth).max(2).min(places);
    let mut steps = Steps::none(height, depth);
    let (mut found, mut seen) = (0, 0);
    for look in 0..looks {
        // The middle one of so many: at the edge of a picture there is less than elsewhere.
        let first = places * (2 * look + 1) / (2 * looks) * height;
        steps.counts.clear();
        // SAFETY: rows and steps that are there.
        unsafe { steps.find(sixteen, 0, numbers.beyond(first, 0), height) };
        found += steps.counts.iter().sum::<usize>();
        seen += depth * height / TOGETHER;
        // Not worth more looks.
        if found * 4 > seen * 3 {
            break;
        }
    }
    steps.done();
    if seen == 0 { 1.0 } else { found as f64 / seen as f64 }
}

/// A bit for each of sixteen steps: whether one of `R` rows is not zero.
///
/// # Safety
/// As for [`Zeros::not_zero`]; the steps must be neighbours.
#[inline(always)]
unsafe fn any_not_zero<T: Zeros, const R: usize>(sixteen: bool, numbers: Operand<T>, first: usize) -> u16 {
    let mut bits = 0;
    // A loop and no closure, which would be compiled without the vectors.
    for row in 0..R {
        // SAFETY: the caller's promise.
        bits |= unsafe { T::not_zero(sixteen, numbers.at(row, first)) };
    }
    bits
}

/// The steps at which one of `R` rows is not zero; returns how many there are.
///
/// # Safety
/// As for [`Steps::find`]; there must be room for all steps.
#[inline(always)]
unsafe fn of_group<T: Zeros, const R: usize>(
    sixteen: bool,
    numbers: Operand<T>,
    depth: usize,
    to: &mut [u16],
) -> usize {
    let to = to[..depth].as_mut_ptr();
    let mut count = 0;
    let vectors = if numbers.along_depth == 1 { depth / AT_ONCE * AT_ONCE } else { 0 };
    // SAFETY: steps and rows that are there; as many steps as were looked at have room, and so have sixteen more before they are.
    unsafe {
        for first in (0..vectors).step_by(AT_ONCE) {
            let bits = any_not_zero::<T, R>(sixteen, numbers, first);
            count += write_down(sixteen, bits, first, to.add(count));
        }
        for step in vectors..depth {
            // Written in any case: which it is cannot be foretold.
            to.add(count).write(step as u16);
            count += usize::from(is_live::<T, R>(numbers, step));
        }
    }
    count
}

/// The same for the groups of sixteen rows that are neighbours.
///
/// # Safety
/// As for [`of_group`].
#[inline(always)]
unsafe fn of_neighbours<T: Zeros>(
    sixteen: bool,
    numbers: Operand<T>,
    depth: usize,
    to: &mut [u16],
) -> [usize; GROUPS] {
    let mut counts = [0; GROUPS];
    let to = to[..GROUPS * depth].as_mut_ptr();
    // Some, as vectors of bits just written would be waited for.
    let mut bits = [[0; AT_ONCE]; 4];
    for first in (0..depth).step_by(bits.as_flattened().len()) {
        let steps = bits.as_flattened().len().min(depth - first);
        // SAFETY: as for one group.
        unsafe {
            for (index, bits) in bits.as_flattened_mut()[..steps].iter_mut().enumerate() {
                *bits = T::not_zero(sixteen, numbers.at(0, first + index));
            }
            for (bits, start) in bits.iter().zip((0..steps).step_by(AT_ONCE)) {
                let steps = steps - start;
                for (group, count) in counts.iter_mut().enumerate() {
                    let to = to.add(group * depth + *count);
                    let live = any_of_group(bits, group);
                    *count += if steps >= AT_ONCE {
                        write_down(sixteen, live, first + start, to)
                    } else {
                        write_down(false, live & ((1 << steps) - 1), first + start, to)
                    };
                }
            }
        }
    }
    counts
}

/// Groups in sixteen rows.
const GROUPS: usize = AT_ONCE / TOGETHER;

/// A bit for each of sixteen steps: whether one of those is set that the step has for the rows of a group.
///
/// # Safety
/// The processor must have AVX2.
#[inline(always)]
unsafe fn any_of_group(steps: &[u16; AT_ONCE], group: usize) -> u16 {
    use std::arch::x86_64::*;
    const { assert!(TOGETHER == 4) };
    // SAFETY: the caller's promise; a vector has as many numbers.
    unsafe {
        let of_group = _mm256_set1_epi16(0xf << (group * TOGETHER));
        let bits = _mm256_and_si256(_mm256_loadu_si256(steps.as_ptr().cast()), of_group);
        let none = _mm256_cmpeq_epi16(bits, _mm256_setzero_si256());
        let none = _mm_packs_epi16(_mm256_castsi256_si128(none), _mm256_extracti128_si256::<1>(none));
        !(_mm_movemask_epi8(none) as u16)
    }
}

/// Writes down which of the sixteen steps from the first on have a bit, and returns how many.
///
/// # Safety
/// There must be room for them, and for sixteen where vectors are `sixteen` wide, as the processor must have them then.
#[inline(always)]
unsafe fn write_down(sixteen: bool, mut bits: u16, first: usize, to: *mut u16) -> usize {
    use std::arch::x86_64::*;
    let count = bits.count_ones() as usize;
    // SAFETY: the caller's promises.
    unsafe {
        if sixteen {
            let steps = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
            let steps = _mm512_add_epi32(steps, _mm512_set1_epi32(first as i32));
            let live = _mm512_maskz_compress_epi32(bits, steps);
            _mm256_storeu_si256(to.cast(), _mm512_cvtepi32_epi16(live));
            return count;
        }
        for index in 0..count {
            to.add(index).write((first as u32 + bits.trailing_zeros()) as u16);
            bits &= bits - 1;
        }
    }
    count
}

/// Whether one of `R` rows is not zero at this step.
///
/// # Safety
/// The numbers must be readable.
#[inline(always)]
unsafe fn is_live<T: Zeros, const R: usize>(numbers: Operand<T>, step: usize) -> bool {
    let mut any = false;
    for row in 0..R {
        // SAFETY: the caller's promise.
        any |= unsafe { *numbers.at(row, step) != T::zero() };
    }
    any
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps_of<T: Zeros>(number: fn(f32) -> T) {
        if !is_x86_feature_detected!("avx2") {
            return;
        }
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
                let numbers = Operand {
                    from: all.as_ptr(),
                    across: across as isize,
                    along_depth: along_depth as isize,
                };
                for sixteen in [false, is_x86_feature_detected!("avx512f")] {
                    let mut found = Steps::none(rows, depth);
                    for first in (0..rows).step_by(AT_ONCE) {
                        let rows = AT_ONCE.min(rows - first);
                        // SAFETY: so many numbers are there; the processor was asked.
                        unsafe { found.find(sixteen, first / TOGETHER, numbers.beyond(first, 0), rows) };
                    }
                    let mut live = 0;
                    for group in 0..rows.div_ceil(TOGETHER) {
                        let rows = group * TOGETHER..rows.min((group + 1) * TOGETHER);
                        let expected: Vec<u16> = (0..depth)
                            .filter(|step| {
                                rows.clone().any(|row| all[row * across + step * along_depth] != T::zero())
                            })
                            .map(|step| step as u16)
                            .collect();
                        assert_eq!(found.of(group), expected, "{rows:?} of depth {depth}, {across} apart");
                        live += expected.len();
                    }
                    found.done();
                    if rows == AT_ONCE {
                        let expected = live as f64 / (rows / TOGETHER * depth) as f64;
                        // SAFETY: as above.
                        assert_eq!(unsafe { live_share(sixteen, numbers, [rows, depth]) }, expected);
                    }
                }
            }
        }
    }

    #[test]
    fn the_steps_found_are_those_at_which_a_row_is_not_zero() {
        steps_of::<f32>(|x| x);
        steps_of::<f64>(f64::from);
    }
}
