//! Where a layer puts the gradient of its parameters.

use gradlens_kernel::{Mat, Scalar, Store, Threads, product, sum_rows};
use ndarray::ArrayViewMut2;
use std::cell::Cell;

/// The gradient dL/dw of a layer's parameters, to be written by
/// [`Layer::backward_params`](crate::nn::Layer::backward_params).
///
/// Each number is put there once, as a whole sum. It either takes the place of what was there, or is
/// added to it with a factor (BLAS's alpha and beta): a step of plain gradient descent adds -rate times
/// the gradient to the weights themselves. The layer does not see which. How many numbers were put is
/// counted, so that a layer that forgets some is refused.
///
/// ```
/// use gradlens::nn::Gradient;
/// let mut weights = [1.0, 2.0];
/// Gradient::write(&mut weights, |gradient| {
///     gradient.put(0, 0.5);
///     gradient.put(1, -0.5);
/// });
/// assert_eq!(weights, [0.5, -0.5]);
/// Gradient::add(-0.1, &mut weights, |gradient| gradient.put_all(&[10.0, 20.0]));
/// assert_eq!(weights, [-0.5, -2.5]);
/// ```
#[derive(Debug)]
pub struct Gradient<'a, T: Scalar = f32> {
    to: &'a mut [T],
    store: Store<T>,
    /// Numbers that were put, by this one and by all that it was split into.
    written: &'a Cell<usize>,
}

impl<T: Scalar> Gradient<'_, T> {
    /// Runs a task whose gradient takes the place of the numbers in `to`. Returns how many it put.
    pub fn write(to: &mut [T], task: impl FnOnce(&mut Gradient<T>)) -> usize {
        Self::with(Store::Replace, to, task)
    }

    /// Runs a task whose gradient is added, `factor` times, to the numbers in `to`. Returns how many it
    /// put.
    pub fn add(factor: T, to: &mut [T], task: impl FnOnce(&mut Gradient<T>)) -> usize {
        Self::with(Store::Add(factor), to, task)
    }

    pub(crate) fn with(store: Store<T>, to: &mut [T], task: impl FnOnce(&mut Gradient<T>)) -> usize {
        let written = Cell::new(0);
        task(&mut Gradient { to, store, written: &written });
        written.get()
    }

    /// How many numbers there are.
    pub fn len(&self) -> usize {
        self.to.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.to.is_empty()
    }

    /// The first `len` numbers, and the others.
    ///
    /// # Panics
    /// If there are not so many.
    #[track_caller]
    pub fn split_at(&mut self, len: usize) -> [Gradient<'_, T>; 2] {
        let (first, rest) = self.to.split_at_mut(len);
        [first, rest].map(|to| Gradient { to, store: self.store, written: self.written })
    }

    /// Puts one number.
    ///
    /// # Panics
    /// If there is no such place.
    #[track_caller]
    #[inline]
    pub fn put(&mut self, index: usize, number: T) {
        self.store.put(number, &mut self.to[index]);
        self.count(1);
    }

    /// Puts all numbers.
    ///
    /// # Panics
    /// If they are not as many.
    #[track_caller]
    pub fn put_all(&mut self, numbers: &[T]) {
        assert_eq!(numbers.len(), self.len(), "a gradient of another length");
        self.to.iter_mut().zip(numbers).for_each(|(to, &number)| self.store.put(number, to));
        self.count(self.len());
    }

    /// Puts the matrix product `a b` of shapes `[m, k] [k, n]`, row after row. With `dy.t()` and `x` that
    /// is the gradient of the weights of a dense layer.
    ///
    /// # Panics
    /// If it does not have as many numbers.
    #[track_caller]
    pub fn put_product(&mut self, threads: &Threads, a: &Mat<T>, b: &Mat<T>) {
        let shape = (a.nrows(), b.ncols());
        let mut to =
            ArrayViewMut2::from_shape(shape, &mut *self.to).expect("as many numbers as the gradient");
        product(threads, a, b, None, self.store, &mut to);
        self.count(self.len());
    }

    /// Puts the sum over the rows of each column. With dy that is the gradient of a bias.
    ///
    /// # Panics
    /// If there are not as many columns as numbers.
    #[track_caller]
    pub fn put_column_sums(&mut self, threads: &Threads, rows: &Mat<T>) {
        sum_rows(threads, rows, self.store, self.to);
        self.count(self.len());
    }

    fn count(&self, numbers: usize) {
        self.written.set(self.written.get() + numbers);
    }
}
