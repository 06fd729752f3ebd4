//! Sums over the rows of a matrix.

use crate::Mat;
use crate::simd::widest;
use crate::store::Store;
use crate::threads::Threads;
use ndarray::{Axis, NdFloat};

/// Columns that are summed at a time.
const AT_ONCE: usize = 64;
/// Columns that are worth another thread.
const COLUMNS_PER_PIECE: usize = 256;

/// The sum of each column, row after row, which takes the place of what is in `to` or is added to it with a
/// factor, as `store` says.
///
/// # Panics
/// If there are not as many columns as numbers in `to`.
///
/// ```
/// use gradlens_kernel::{Store, Threads, sum_rows};
/// let mut sums = [0.0; 2];
/// sum_rows(&Threads::new(1), &ndarray::array![[1.0, 2.0], [3.0, 4.0]], Store::Replace, &mut sums);
/// assert_eq!(sums, [4.0, 6.0]);
/// ```
#[track_caller]
pub fn sum_rows<T: NdFloat>(threads: &Threads, rows: &Mat<T>, store: Store<T>, to: &mut [T]) {
    assert_eq!(rows.ncols(), to.len(), "sum_rows: a sum for each column");
    threads.pieces(COLUMNS_PER_PIECE, [to], |from, [to]| {
        for (part, to) in to.chunks_mut(AT_ONCE).enumerate() {
            let mut sums = [T::zero(); AT_ONCE];
            let sums = &mut sums[..to.len()];
            let first = from + part * AT_ONCE;
            for row in rows.slice_axis(Axis(1), (first..first + to.len()).into()).rows() {
                match row.to_slice() {
                    Some(row) => widest(|| sums.iter_mut().zip(row).for_each(|(sum, &x)| *sum += x)),
                    None => sums.iter_mut().zip(row).for_each(|(sum, &x)| *sum += x),
                }
            }
            to.iter_mut().zip(sums).for_each(|(to, &mut sum)| store.put(sum, to));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    #[test]
    fn every_column_is_summed_once_whatever_the_threads_and_the_layout() {
        let rows = Array2::from_shape_fn((5, 700), |(i, j)| (i * 700 + j) as f64);
        let expected = rows.sum_axis(Axis(0));
        let by_columns = rows.t().as_standard_layout().into_owned().reversed_axes();
        for threads in [1, 3] {
            for rows in [&rows, &by_columns] {
                let mut sums = vec![1.0; 700];
                sum_rows(&Threads::new(threads), rows, Store::Add(2.0), &mut sums);
                assert!(sums.iter().zip(&expected).all(|(&sum, &expected)| sum == 1.0 + 2.0 * expected));
            }
        }
    }
}
