//! Lists of ranges of a slice, each list for one thread.

use crate::threads::{Shared, Threads};
use std::ops::Range;

/// Ranges of a slice that do not overlap, in shares for [`Threads::shares`], which has an example.
#[derive(Debug)]
pub struct Shares {
    ranges: Vec<Vec<Range<usize>>>,
    /// Where the last of them ends.
    end: usize,
}

impl Shares {
    /// A share is a list of ranges.
    ///
    /// # Panics
    /// If ranges overlap, or one ends before it begins.
    pub fn new(ranges: Vec<Vec<Range<usize>>>) -> Self {
        let mut in_order: Vec<_> = ranges.iter().flatten().collect();
        in_order.sort_unstable_by_key(|range| (range.start, range.end));
        let apart = in_order.windows(2).all(|pair| pair[0].end <= pair[1].start);
        assert!(
            apart && in_order.iter().all(|range| range.start <= range.end),
            "shares: ranges that overlap"
        );
        let end = in_order.last().map_or(0, |range| range.end);
        Shares { ranges, end }
    }
}

impl Threads {
    /// Cuts these ranges out of slices and calls `task` for each of them: with the number of the share, the
    /// number of the range within the share, and the range's piece of every slice. A share is computed by one
    /// thread.
    ///
    /// # Panics
    /// If a slice is too short, or a task panics.
    ///
    /// ```
    /// use gradlens_kernel::{Shares, Threads};
    /// let shares = Shares::new(vec![vec![0..1, 3..4], vec![1..3]]);
    /// let mut numbers = [0; 4];
    /// Threads::new(2).shares(&shares, [&mut numbers], |share, _, [piece]| piece.fill(share));
    /// assert_eq!(numbers, [0, 1, 1, 0]);
    /// ```
    #[track_caller]
    pub fn shares<T: Send, const N: usize>(
        &self,
        shares: &Shares,
        slices: [&mut [T]; N],
        task: impl Fn(usize, usize, [&mut [T]; N]) + Sync,
    ) {
        assert!(slices.iter().all(|slice| slice.len() >= shares.end), "shares: a slice is too short");
        let slices = slices.map(|slice| Shared(slice.as_mut_ptr()));
        self.run(shares.ranges.len(), &|share| {
            for (index, range) in shares.ranges[share].iter().enumerate() {
                let piece = slices.map(|slice| {
                    // SAFETY: within the slice, which is borrowed mutably for this whole call; no two ranges
                    // overlap.
                    unsafe { std::slice::from_raw_parts_mut(slice.get().add(range.start), range.len()) }
                });
                task(share, index, piece);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_cover_their_ranges_once_and_in_place() {
        let shares = Shares::new(vec![vec![0..3, 7..9], vec![], vec![9..9, 3..7]]);
        let mut numbers = vec![0; 10];
        Threads::new(2).shares(&shares, [&mut numbers], |share, index, [piece]| {
            piece.iter_mut().for_each(|number| *number += 10 * share + index + 1);
        });
        assert_eq!(numbers, [1, 1, 1, 22, 22, 22, 22, 2, 2, 0]);
    }

    #[test]
    #[should_panic(expected = "shares: ranges that overlap")]
    fn no_number_is_in_two_shares() {
        Shares::new(vec![vec![0..3], vec![5..9, 2..4]]);
    }

    #[test]
    #[should_panic(expected = "shares: a slice is too short")]
    fn no_share_goes_beyond_its_slice() {
        Threads::new(1).shares(&Shares::new(vec![vec![0..3]]), [&mut [0; 2]], |_, _, _| ());
    }
}
