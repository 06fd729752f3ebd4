//! Matrices with a row for each sample, cut alike into blocks of rows, one for each thread.

use crate::aligned::{before_line, max_before};
use crate::threads::Threads;
use ndarray::{ArrayView2, ArrayViewMut2, NdFloat};
use std::cell::UnsafeCell;
use std::fmt;
use std::ops::Range;

/// Some matrices, by number. Between two runs they are one piece each; during a run every task has
/// some rows of all of them to itself.
///
/// ```
/// use gradlens_kernel::{Blocks, Threads};
/// let mut batch = Blocks::new();
/// let (x, y) = (batch.add(100, 3), batch.add(100, 1));
/// batch.view_mut(x, 100).fill(2.0);
/// batch.run(&Threads::new(2), 100, 2, |mut block| {
///     let [x, mut y] = block.get([x, y]);
///     for (x, mut y) in x.rows().into_iter().zip(y.rows_mut()) {
///         y[0] = x.sum();
///     }
/// });
/// assert_eq!(batch.view(y, 100).sum(), 600.0);
/// ```
pub struct Blocks<T> {
    matrices: Vec<Matrix<T>>,
}

struct Matrix<T> {
    /// With some in front that are not used, so that the first begins with a cache line.
    numbers: Box<[UnsafeCell<T>]>,
    start: usize,
    len: usize,
    /// Numbers in a row; `None` where the numbers are not in rows, and are not cut.
    width: Option<usize>,
}

// SAFETY: numbers are written through `&mut Blocks` or by blocks, whose rows are disjoint, and which borrow
// `Blocks` mutably. A thread that shares a matrix gets `&mut T` of its rows, so `T` has to be `Send`; views
// of one matrix on several threads are `&T`, so it has to be `Sync`.
unsafe impl<T: Send + Sync> Sync for Matrix<T> {}

impl<T: NdFloat> Default for Blocks<T> {
    /// No matrices.
    fn default() -> Self {
        Self::new()
    }
}

impl<T: NdFloat> Blocks<T> {
    /// No matrices.
    pub fn new() -> Self {
        Blocks { matrices: vec![] }
    }

    /// Adds a matrix of zeros and returns its number.
    ///
    /// ```
    /// let mut batch = gradlens_kernel::Blocks::<f32>::new();
    /// let x = batch.add(5, 3);
    /// assert_eq!(batch.view(x, 4).dim(), (4, 3));
    /// ```
    pub fn add(&mut self, rows: usize, width: usize) -> usize {
        self.push(rows * width, Some(width))
    }

    /// Adds zeros that are not in rows. Only a block of all rows has them, as one row.
    ///
    /// ```
    /// let mut batch = gradlens_kernel::Blocks::<f32>::new();
    /// let state = batch.add_uncut(7);
    /// assert_eq!(batch.whole(5).get([state])[0].dim(), (1, 7));
    /// ```
    pub fn add_uncut(&mut self, len: usize) -> usize {
        self.push(len, None)
    }

    fn push(&mut self, len: usize, width: Option<usize>) -> usize {
        // So the system hands out zeros when they are first touched, and those that are not cost nothing.
        let zeros = Box::into_raw(vec![T::zero(); len + max_before::<T>()].into_boxed_slice());
        // SAFETY: `UnsafeCell<T>` is laid out as `T` is, and the box is whole and nobody else's.
        let numbers = unsafe { Box::from_raw(zeros as *mut [UnsafeCell<T>]) };
        let start = before_line(numbers.as_ptr());
        self.matrices.push(Matrix { numbers, start, len, width });
        self.matrices.len() - 1
    }

    /// The first rows of a matrix.
    ///
    /// # Panics
    /// If there are not so many, or no such matrix.
    pub fn view(&self, number: usize, rows: usize) -> ArrayView2<'_, T> {
        let (shape, start) = self.matrices[number].part(0..rows);
        // SAFETY: within the matrix, and nobody writes while `self` is borrowed.
        unsafe { ArrayView2::from_shape_ptr(shape, start) }
    }

    /// The first rows of a matrix, to change.
    ///
    /// # Panics
    /// If there are not so many, or no such matrix.
    ///
    /// ```
    /// let mut batch = gradlens_kernel::Blocks::new();
    /// let x = batch.add(2, 2);
    /// batch.view_mut(x, 1).fill(1.0);
    /// assert_eq!(batch.view(x, 2), ndarray::array![[1.0, 1.0], [0.0, 0.0]]);
    /// ```
    pub fn view_mut(&mut self, number: usize, rows: usize) -> ArrayViewMut2<'_, T> {
        let (shape, start) = self.matrices[number].part(0..rows);
        // SAFETY: within the matrix, and `self` is borrowed mutably.
        unsafe { ArrayViewMut2::from_shape_ptr(shape, start) }
    }

    /// The first rows of all matrices as one block.
    ///
    /// ```
    /// let mut batch = gradlens_kernel::Blocks::<f32>::new();
    /// batch.add(9, 1);
    /// assert_eq!(batch.whole(8).rows(), 0..8);
    /// ```
    pub fn whole(&mut self, rows: usize) -> Block<'_, T> {
        Block { matrices: &self.matrices, rows: 0..rows, whole: true }
    }

    /// Cuts the first rows into as many blocks, or fewer where not all threads are [ready](Threads::ready),
    /// and runs the task on each of them, spread over the threads. The type has an example.
    ///
    /// # Panics
    /// If a task does.
    pub fn run(&mut self, threads: &Threads, rows: usize, blocks: usize, task: impl Fn(Block<T>) + Sync) {
        let ready = threads.ready();
        let blocks = if ready < threads.count() { blocks.min(ready) } else { blocks };
        // At multiples of this, where it leaves something for each: the kernel's registers hold as many.
        let step = if rows >= 16 * blocks { 16 } else { 1 };
        let begin = |block| if block == blocks { rows } else { rows / step * block / blocks * step };
        let matrices = &*self.matrices;
        threads.run(blocks, &|block| {
            // The rows of two blocks are disjoint.
            let rows = begin(block)..begin(block + 1);
            task(Block { matrices, rows, whole: blocks == 1 });
        });
    }
}

impl<T> Matrix<T> {
    /// Shape and beginning of some rows.
    ///
    /// # Panics
    /// If there are not so many.
    fn part(&self, rows: Range<usize>) -> ([usize; 2], *mut T) {
        let shape = self.width.map_or([1, self.len], |width| [rows.len(), width]);
        let start = self.width.map_or(0, |width| rows.start * width);
        let numbers = &self.numbers[self.start..self.start + self.len];
        let part = &numbers[start..start + shape[0] * shape[1]];
        (shape, UnsafeCell::raw_get(part.as_ptr()))
    }
}

/// Some rows of all matrices, which nobody else has.
pub struct Block<'a, T> {
    matrices: &'a [Matrix<T>],
    rows: Range<usize>,
    whole: bool,
}

impl<T: NdFloat> Block<'_, T> {
    /// Which rows these are.
    pub fn rows(&self) -> Range<usize> {
        self.rows.clone()
    }

    /// The block's rows of different matrices.
    ///
    /// # Panics
    /// If a number is given twice or there is no such matrix, if the matrix has not so many rows, or if its
    /// numbers are not in rows and the block is not all of them.
    #[track_caller]
    pub fn get<const N: usize>(&mut self, numbers: [usize; N]) -> [ArrayViewMut2<'_, T>; N] {
        for (i, number) in numbers.iter().enumerate() {
            assert!(!numbers[..i].contains(number), "matrix {number} is asked for twice");
            assert!(self.whole || self.matrices[*number].width.is_some(), "matrix {number} is not cut");
        }
        numbers.map(|number| {
            let (shape, start) = self.matrices[number].part(self.rows.clone());
            // SAFETY: within the matrix; no other block has these rows, this one is borrowed mutably, and
            // the matrices are different ones.
            unsafe { ArrayViewMut2::from_shape_ptr(shape, start) }
        })
    }
}

impl<T> fmt::Debug for Blocks<T> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Blocks({} matrices)", self.matrices.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_has_its_own_rows_and_all_are_had_once() {
        for (rows, blocks) in [(0, 1), (1, 1), (3, 2), (64, 2), (100, 3), (70, 5), (2, 7)] {
            let mut all = Blocks::<f64>::new();
            let (a, b) = (all.add(rows, 3), all.add(rows, 1));
            all.run(&Threads::new(blocks.min(3)), rows, blocks, |mut block| {
                let first = block.rows().start;
                let [mut a, mut b] = block.get([a, b]);
                for (i, mut row) in a.rows_mut().into_iter().enumerate() {
                    row += (first + i) as f64;
                }
                b += 1.0;
            });
            assert!(all.view(a, rows).indexed_iter().all(|((i, _), &x)| x == i as f64), "{rows} {blocks}");
            assert!(all.view(b, rows).iter().all(|&x| x == 1.0), "{rows} rows in {blocks} blocks");
        }
    }

    #[test]
    #[should_panic(expected = "matrix 0 is asked for twice")]
    fn nobody_has_a_matrix_twice() {
        let mut all = Blocks::<f64>::new();
        let number = all.add(4, 4);
        all.whole(4).get([number, number]);
    }

    #[test]
    #[should_panic(expected = "range end index 12 out of range")]
    fn nobody_has_rows_that_there_are_not() {
        let mut all = Blocks::<f64>::new();
        let number = all.add(2, 4);
        all.whole(3).get([number]);
    }

    #[test]
    fn what_is_not_in_rows_goes_to_the_block_of_all_rows_alone() {
        let mut all = Blocks::<f64>::new();
        let number = all.add_uncut(5);
        assert_eq!(all.whole(2).get([number])[0].dim(), (1, 5));
        let run = |all: &mut Blocks<f64>| {
            all.run(&Threads::new(1), 8, 2, |mut block| {
                block.get([number]);
            })
        };
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(&mut all))).is_err());
    }
}
