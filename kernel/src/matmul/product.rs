//! A product, or the part of it that is computed next: where its numbers are and where they go.

use super::Strides;
use super::operand::Operand;
use crate::store::Store;
use ndarray::NdFloat;

/// Terms of a sum that a tile adds up in one chain, at most: a panel of as many stays in the second cache.
#[cfg(target_arch = "x86_64")]
pub(super) const MAX_DEPTH: usize = 1024;

/// What is added to the sums.
#[derive(Clone, Copy)]
pub enum Bias<T> {
    None,
    /// A number to those of each lane.
    Lanes(*const T),
    /// A number to those of each row.
    Rows(*const T),
}

/// A product of `rows` times `lanes` numbers, each the sum of `depth` products.
///
/// Invariant, vouched for by the one who called [`new`](Self::new): while the product is in use, both
/// operands have all numbers, the bias has one for each row or lane, and every number of the result is
/// writable and overlaps none of these. So methods that stay within rows, lanes and depth are safe. It is a
/// bundle of pointers: copies of it are for one thread.
#[derive(Clone, Copy)]
pub struct Product<T> {
    rows: usize,
    lanes: usize,
    /// The operand that has the rows, at least as many.
    numbers: Operand<T>,
    /// The operand that has the lanes, at least as many.
    panel: Operand<T>,
    store: Store<T>,
    bias: Bias<T>,
    to: *mut T,
    /// The distance in the result from one row to the next.
    row: isize,
    /// And from one lane to the next.
    lane: isize,
}

impl<T: NdFloat> Product<T> {
    /// The product `lhs rhs` of an `m x k` and a `k x n` matrix, strides in elements, plus a bias for each
    /// column where there is one, put into `dst`. Its rows are those of `dst`, its lanes the columns.
    ///
    /// # Safety
    /// Every element that the sizes and strides reach must be readable (`lhs`, `rhs`, the bias) or writable
    /// (`dst`) while the product or a part of it is in use; `dst` must overlap neither operand nor the bias,
    /// nobody else may use it meanwhile, and nobody may write the others.
    ///
    /// # Panics
    /// If there are biases, but not one for each column.
    pub unsafe fn new(
        [m, n, k]: [usize; 3],
        store: Store<T>,
        bias: Option<&[T]>,
        (to, [row, lane]): (*mut T, Strides),
        (lhs, [lhs_row, lhs_column]): (*const T, Strides),
        (rhs, [rhs_row, rhs_column]): (*const T, Strides),
    ) -> Self {
        assert!(bias.is_none_or(|bias| bias.len() == n), "product: one bias for each column");
        // SAFETY: the caller's promise, for each of the operands.
        let (numbers, panel) = unsafe {
            (
                Operand::new(lhs, [m, k], [lhs_row, lhs_column]),
                Operand::new(rhs, [n, k], [rhs_column, rhs_row]),
            )
        };
        let bias = bias.map_or(Bias::None, |bias| Bias::Lanes(bias.as_ptr()));
        Product { rows: m, lanes: n, numbers, panel, store, bias, to, row, lane }
    }

    #[inline(always)]
    pub fn rows(&self) -> usize {
        self.rows
    }

    #[inline(always)]
    pub fn lanes(&self) -> usize {
        self.lanes
    }

    #[inline(always)]
    pub fn depth(&self) -> usize {
        self.numbers.depth()
    }

    /// The operand that has the rows, at least as many.
    #[inline(always)]
    pub fn numbers(&self) -> Operand<T> {
        self.numbers
    }

    /// The operand that has the lanes, at least as many.
    #[inline(always)]
    pub fn panel(&self) -> Operand<T> {
        self.panel
    }

    #[inline(always)]
    pub fn store(&self) -> Store<T> {
        self.store
    }

    #[inline(always)]
    pub fn bias(&self) -> Bias<T> {
        self.bias
    }

    /// The distances in the result from one row and from one lane to the next.
    #[inline(always)]
    pub fn strides(&self) -> Strides {
        [self.row, self.lane]
    }

    /// Where a number of the result goes: writable for a row below `rows` and a lane below `lanes`.
    #[inline(always)]
    pub fn to(&self, row: usize, lane: usize) -> *mut T {
        self.to.wrapping_offset(row as isize * self.row + lane as isize * self.lane)
    }

    /// Puts a sum where it belongs, with the bias.
    ///
    /// # Panics
    /// If there is no such row or lane.
    #[inline(always)]
    pub fn put(&self, row: usize, lane: usize, sum: T) {
        assert!(row < self.rows && lane < self.lanes, "product: no such number");
        // SAFETY: there and writable by the type's invariant; nobody else has a reference to it.
        unsafe {
            let bias = match self.bias {
                Bias::None => T::zero(),
                Bias::Lanes(from) => *from.add(lane),
                Bias::Rows(from) => *from.add(row),
            };
            self.store.put(sum + bias, &mut *self.to(row, lane));
        }
    }

    /// The same product, added to what is there.
    pub fn adding(self, scale: T) -> Self {
        Product { store: Store::Add(scale), ..self }
    }

    /// The same product with rows and lanes exchanged.
    #[inline(always)]
    pub fn transposed(self) -> Self {
        Product {
            rows: self.lanes,
            lanes: self.rows,
            bias: match self.bias {
                Bias::None => Bias::None,
                Bias::Lanes(from) => Bias::Rows(from),
                Bias::Rows(from) => Bias::Lanes(from),
            },
            numbers: self.panel,
            panel: self.numbers,
            row: self.lane,
            lane: self.row,
            ..self
        }
    }

    /// The part that has `rows` rows from `first` on.
    ///
    /// # Panics
    /// If there are not as many.
    #[inline(always)]
    pub fn some_rows(self, first: usize, rows: usize) -> Self {
        assert!(first <= self.rows && rows <= self.rows - first, "product: rows beyond its end");
        let bias = match self.bias {
            Bias::Rows(from) => Bias::Rows(from.wrapping_add(first)),
            bias => bias,
        };
        Product { rows, numbers: self.numbers.part(first, rows), bias, to: self.to(first, 0), ..self }
    }

    /// The part that has `lanes` lanes from `first` on.
    ///
    /// # Panics
    /// If there are not as many.
    #[inline(always)]
    pub fn some_lanes(self, first: usize, lanes: usize) -> Self {
        assert!(first <= self.lanes && lanes <= self.lanes - first, "product: lanes beyond its end");
        let bias = match self.bias {
            Bias::Lanes(from) => Bias::Lanes(from.wrapping_add(first)),
            bias => bias,
        };
        Product { lanes, panel: self.panel.part(first, lanes), bias, to: self.to(0, first), ..self }
    }

    /// The terms of the sums from `first` on: they are added to the terms before, and the bias with the last.
    ///
    /// # Panics
    /// If there are not as many.
    #[inline(always)]
    pub fn some_depth(self, first: usize, depth: usize) -> Self {
        let store = match self.store {
            Store::Replace if first > 0 => Store::Add(T::one()),
            store => store,
        };
        let bias = if first + depth == self.depth() { self.bias } else { Bias::None };
        let [numbers, panel] = [self.numbers, self.panel].map(|side| side.part_of_depth(first, depth));
        Product { store, bias, numbers, panel, ..self }
    }

    /// The same product with its lanes read from here.
    ///
    /// # Panics
    /// If there are fewer, or another depth.
    #[inline(always)]
    pub fn with_panel(self, panel: Operand<T>) -> Self {
        assert!(
            panel.len() >= self.lanes && panel.depth() == self.depth(),
            "product: a panel that is too small"
        );
        Product { panel, ..self }
    }

    /// The bare sums, for all lanes that the panel has, row by row in place of what is there.
    ///
    /// # Safety
    /// There must be as many writable numbers, which overlap no operand and nobody else uses meanwhile.
    #[inline(always)]
    pub unsafe fn onto(self, to: *mut T) -> Self {
        let lanes = self.panel.len();
        Product { lanes, store: Store::Replace, bias: Bias::None, to, row: lanes as isize, lane: 1, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a task on a product of 2 x 3 numbers of depth 4.
    fn product(task: impl FnOnce(Product<f64>)) {
        let (a, b, mut c) = ([1.0; 8], [1.0; 12], [0.0; 6]);
        // SAFETY: as many numbers as sizes and strides reach, alive until the task has ended.
        task(unsafe {
            let c = (c.as_mut_ptr(), [3, 1]);
            Product::new([2, 3, 4], Store::Replace, None, c, (a.as_ptr(), [4, 1]), (b.as_ptr(), [3, 1]))
        });
    }

    #[test]
    #[should_panic(expected = "product: one bias for each column")]
    fn every_column_has_a_bias_or_none_has() {
        let (a, mut c) = ([1.0; 4], [0.0; 4]);
        // SAFETY: as many numbers as sizes and strides reach.
        unsafe {
            let (a, c) = ((a.as_ptr(), [2, 1]), (c.as_mut_ptr(), [2, 1]));
            Product::new([2, 2, 2], Store::Replace, Some(&[1.0]), c, a, a);
        }
    }

    #[test]
    #[should_panic(expected = "product: rows beyond its end")]
    fn no_part_has_rows_that_there_are_not() {
        product(|product| _ = product.some_rows(1, 2));
    }

    #[test]
    #[should_panic(expected = "product: lanes beyond its end")]
    fn no_part_has_lanes_that_there_are_not() {
        product(|product| _ = product.transposed().some_lanes(0, 3));
    }

    #[test]
    #[should_panic(expected = "operand: a part beyond its depth")]
    fn no_part_has_terms_that_there_are_not() {
        product(|product| _ = product.some_depth(3, 2));
    }

    #[test]
    #[should_panic(expected = "product: no such number")]
    fn no_number_is_put_beyond_the_result() {
        product(|product| product.some_lanes(0, 2).put(0, 2, 1.0));
    }

    #[test]
    #[should_panic(expected = "product: a panel that is too small")]
    fn no_panel_has_fewer_lanes_than_the_product() {
        product(|product| _ = product.with_panel(product.numbers()));
    }
}
