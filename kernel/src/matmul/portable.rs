//! The matrix product on one thread, for any processor: plain loops over small tiles, which the compiler turns into what
//! vectors there are.
//!
//! Products and sums are rounded each for itself, in the order of the depth. So the bits are the same on every
//! processor, in a browser too, but not those of [AVX2](super::panel), where a product and its sum are rounded once.

use super::product::Product;
use ndarray::NdFloat;

/// Rows and lanes of a tile: its sums stay in sixteen vectors of four f32, with room for the numbers of a term.
const ROWS: usize = 4;
const LANES: usize = 8;

/// Computes a product.
pub(super) fn multiply<T: NdFloat>(product: Product<T>) {
    // The side that has fewer numbers than a tile is read number by number.
    let product = if product.lanes() < LANES { product.transposed() } else { product };
    let mut panel = vec![[T::zero(); LANES]; product.depth()];
    for first in (0..product.lanes()).step_by(LANES) {
        let lanes = LANES.min(product.lanes() - first);
        let part = product.some_lanes(first, lanes);
        copy(part, &mut panel);
        for row in (0..part.rows()).step_by(ROWS) {
            match part.rows() - row {
                1 => tile::<T, 1>(part.some_rows(row, 1), &panel),
                2 => tile::<T, 2>(part.some_rows(row, 2), &panel),
                3 => tile::<T, 3>(part.some_rows(row, 3), &panel),
                _ => tile::<T, ROWS>(part.some_rows(row, ROWS), &panel),
            }
        }
    }
}

/// Copies the lanes of a part, side by side; of lanes that there are not, zeros stay.
fn copy<T: NdFloat>(part: Product<T>, panel: &mut [[T; LANES]]) {
    let from = part.panel();
    for (k, to) in panel.iter_mut().enumerate() {
        *to = [T::zero(); LANES];
        for (lane, to) in to[..part.lanes()].iter_mut().enumerate() {
            // SAFETY: readable, as lane and depth are within the product.
            *to = unsafe { *from.at(lane, k) };
        }
    }
}

/// Computes the numbers of so many rows.
fn tile<T: NdFloat, const N: usize>(part: Product<T>, panel: &[[T; LANES]]) {
    let numbers = part.numbers();
    assert!(part.rows() == N && panel.len() == part.depth(), "portable: another tile");
    let mut sums = [[T::zero(); LANES]; N];
    for (k, terms) in panel.iter().enumerate() {
        for (row, sums) in sums.iter_mut().enumerate() {
            // SAFETY: readable, as row and depth are within the product.
            let number = unsafe { *numbers.at(row, k) };
            for (sum, &term) in sums.iter_mut().zip(terms) {
                *sum += number * term;
            }
        }
    }
    for (row, sums) in sums.iter().enumerate() {
        for (lane, &sum) in sums[..part.lanes()].iter().enumerate() {
            part.put(row, lane, sum);
        }
    }
}
