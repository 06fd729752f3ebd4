//! Where a computed number goes: it replaces another or is added to it.

use ndarray::NdFloat;

/// Whether a number takes the place of another or is added to it.
///
/// ```
/// use gradlens_kernel::Store;
/// let mut weight = 3.0;
/// Store::Add(-0.5).put(4.0, &mut weight);
/// assert_eq!(weight, 1.0);
/// Store::Replace.put(4.0, &mut weight);
/// assert_eq!(weight, 4.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Store<T> {
    /// It takes the place of what was there.
    Replace,
    /// So many times the number is added to what was there.
    Add(T),
}

impl<T: NdFloat> Store<T> {
    /// Puts a number there. Call it once for each, with the whole sum: parts that are added one by one are
    /// rounded differently. The type has an example.
    #[inline(always)]
    pub fn put(self, number: T, to: &mut T) {
        match self {
            Store::Replace => *to = number,
            Store::Add(scale) => *to += scale * number,
        }
    }
}
