//! Zeros that a product leaves out: steps of the depth at which all numbers of a few rows are zero.

use super::side::Side;
use ndarray::NdFloat;
use std::cell::RefCell;

/// Rows that are looked at together: more of them share what is read, and have fewer zeros in common.
pub(super) const TOGETHER: usize = 4;
/// Numbers that are looked at at a time.
const AT_ONCE: usize = 16;
/// Steps that the looks take, roughly; there are two at least.
const LOOK: usize = 512;

/// Telling zeros from other numbers, for one number type.
pub(super) trait Zeros: NdFloat {
    /// A bit for each of sixteen numbers, the first the lowest: whether it is not zero. NaN is not.
    ///
    /// # Safety
    /// They must be readable; the processor must have AVX, and AVX-512 if the vectors are to be `sixteen` wide.
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

    /// Finds them, in room that the thread keeps: to be given back by [`done`](Self::done).
    ///
    /// # Safety
    /// All numbers of so many rows and steps must be readable; `sixteen` as for [`Zeros::not_zero`].
    #[inline(always)]
    pub unsafe fn find<T: Zeros>(sixteen: bool, numbers: Side<T>, [rows, depth]: [usize; 2]) -> Steps {
        debug_assert!(depth <= 1 << u16::BITS);
        Self::make_room(rows, depth);
        let mut found = ROOM.take();
        found.depth = depth;
        found.counts.clear();
        let mut first = 0;
        while first < rows {
            // SAFETY: rows and steps that are there.
            unsafe {
                let numbers = numbers.beyond(first, 0);
                let to = &mut found.steps[first / TOGETHER * depth..];
                if numbers.across == 1 && rows - first >= AT_ONCE {
                    found.counts.extend(of_neighbours(sixteen, numbers, depth, to));
                    first += AT_ONCE;
                } else {
                    let rows = TOGETHER.min(rows - first);
                    found.counts.push(match rows {
                        TOGETHER => of_group::<T, TOGETHER>(sixteen, numbers, depth, to),
                        3 => of_group::<T, 3>(sixteen, numbers, depth, to),
                        2 => of_group::<T, 2>(sixteen, numbers, depth, to),
                        1 => of_group::<T, 1>(sixteen, numbers, depth, to),
                        more => unreachable!("{more} rows in a group"),
                    });
                    first += rows;
                }
            }
        }
        found
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
/// them where these have few zeros.
///
/// # Safety
/// As for [`Steps::find`].
#[inline(always)]
pub(super) unsafe fn live_share<T: Zeros>(sixteen: bool, numbers: Side<T>, [rows, depth]: [usize; 2]) -> f64 {
    let neighbours = numbers.across == 1 && rows >= AT_ONCE;
    let height = if neighbours { AT_ONCE } else { TOGETHER };
    let places = rows / height;
    let looks = (LOOK / depth).max(2).min(places);
    let (mut found, mut seen) = (0, 0);
    for look in 0..looks {
        // The middle one of so many: at the edge of a picture there is less than elsewhere.
        let first = places * (2 * look + 1) / (2 * looks) * height;
        // SAFETY: rows and steps that are there.
        found += unsafe {
            let numbers = numbers.beyond(first, 0);
            if neighbours {
                count_neighbours(sixteen, numbers, depth)
            } else {
                count(sixteen, numbers, depth)
            }
        };
        seen += depth * height / TOGETHER;
        // Not worth more looks.
        if found * 4 > seen * 3 {
            break;
        }
    }
    if seen == 0 { 1.0 } else { found as f64 / seen as f64 }
}

/// At how many steps one of [`TOGETHER`] rows is not zero, for all groups of sixteen rows that are neighbours.
///
/// # Safety
/// As for [`Steps::find`].
#[inline(always)]
unsafe fn count_neighbours<T: Zeros>(sixteen: bool, numbers: Side<T>, depth: usize) -> usize {
    // SAFETY: rows and steps that are there.
    let groups = (0..depth).map(|step| unsafe { any_of_four(T::not_zero(sixteen, numbers.at(0, step))) });
    groups.map(|bits| bits.count_ones() as usize).sum()
}

/// Whether one of every four bits is set, in the lowest of them.
#[inline(always)]
fn any_of_four(bits: u16) -> u16 {
    const { assert!(TOGETHER == 4) };
    let pairs = bits | bits >> 1;
    (pairs | pairs >> 2) & 0x1111
}

/// At how many steps one of [`TOGETHER`] rows is not zero.
///
/// # Safety
/// As for [`Steps::find`].
#[inline(always)]
unsafe fn count<T: Zeros>(sixteen: bool, numbers: Side<T>, depth: usize) -> usize {
    let vectors = if numbers.along_depth == 1 { depth / AT_ONCE * AT_ONCE } else { 0 };
    // SAFETY: rows and steps that are there.
    unsafe {
        let in_vectors = (0..vectors).step_by(AT_ONCE).map(|first| {
            let row = |row| T::not_zero(sixteen, numbers.at(row, first));
            (0..TOGETHER).fold(0, |bits, index| bits | row(index)).count_ones() as usize
        });
        let others = (vectors..depth).map(|step| usize::from(is_live::<T, TOGETHER>(numbers, step)));
        in_vectors.sum::<usize>() + others.sum::<usize>()
    }
}

/// The steps at which one of `R` rows is not zero; returns how many there are.
///
/// # Safety
/// As for [`Steps::find`].
#[inline(always)]
unsafe fn of_group<T: Zeros, const R: usize>(
    sixteen: bool,
    numbers: Side<T>,
    depth: usize,
    to: &mut [u16],
) -> usize {
    const PARTS: usize = u64::BITS as usize / AT_ONCE;
    let mut count = 0;
    let vectors = if numbers.along_depth == 1 { depth / (PARTS * AT_ONCE) * PARTS * AT_ONCE } else { 0 };
    for first in (0..vectors).step_by(PARTS * AT_ONCE) {
        let mut bits = 0;
        for part in 0..PARTS {
            for row in 0..R {
                // SAFETY: steps and a row that are there.
                let some = unsafe { T::not_zero(sixteen, numbers.at(row, first + part * AT_ONCE)) };
                bits |= u64::from(some) << (part * AT_ONCE);
            }
        }
        while bits != 0 {
            to[count] = (first as u32 + bits.trailing_zeros()) as u16;
            count += 1;
            bits &= bits - 1;
        }
    }
    for step in vectors..depth {
        // Written in any case: which it is cannot be foretold.
        to[count] = step as u16;
        // SAFETY: a step that is there.
        count += usize::from(unsafe { is_live::<T, R>(numbers, step) });
    }
    count
}

/// The same for the groups of sixteen rows that are neighbours.
///
/// # Safety
/// As for [`Steps::find`].
#[inline(always)]
unsafe fn of_neighbours<T: Zeros>(
    sixteen: bool,
    numbers: Side<T>,
    depth: usize,
    to: &mut [u16],
) -> [usize; AT_ONCE / TOGETHER] {
    let mut counts = [0; AT_ONCE / TOGETHER];
    let mut ends: [*mut u16; AT_ONCE / TOGETHER] = {
        let mut rooms = to[..AT_ONCE / TOGETHER * depth].chunks_exact_mut(depth);
        std::array::from_fn(|_| rooms.next().expect("room for every group").as_mut_ptr())
    };
    let starts = ends;
    for step in 0..depth {
        // SAFETY: a step that is there; no group has more of them than its room.
        unsafe {
            let bits = T::not_zero(sixteen, numbers.at(0, step));
            let groups = any_of_four(bits);
            for (group, end) in ends.iter_mut().enumerate() {
                end.write(step as u16);
                *end = end.add(usize::from(groups >> (group * TOGETHER) & 1));
            }
        }
    }
    for (count, (end, start)) in counts.iter_mut().zip(ends.into_iter().zip(starts)) {
        // SAFETY: of the same room, the later one first.
        *count = unsafe { end.offset_from_unsigned(start) };
    }
    counts
}

/// Whether one of `R` rows is not zero at this step.
///
/// # Safety
/// The numbers must be readable.
#[inline(always)]
unsafe fn is_live<T: Zeros, const R: usize>(numbers: Side<T>, step: usize) -> bool {
    // SAFETY: the caller's promise.
    (0..R).fold(false, |any, row| any | unsafe { *numbers.at(row, step) != T::zero() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps_of<T: Zeros>(number: fn(f32) -> T) {
        if !is_x86_feature_detected!("avx") {
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
                let numbers =
                    Side { from: all.as_ptr(), across: across as isize, along_depth: along_depth as isize };
                for sixteen in [false, is_x86_feature_detected!("avx512f")] {
                    // SAFETY: so many numbers are there; the processor was asked.
                    let found = unsafe { Steps::find(sixteen, numbers, [rows, depth]) };
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
