//! One operand of a product.

/// Numbers of one operand: `len` rows, or lanes, of `depth` numbers each.
///
/// Invariant: all of them are readable, and nobody writes them, while the operand is in use.
#[derive(Clone, Copy)]
pub struct Operand<T> {
    from: *const T,
    len: usize,
    depth: usize,
    across: isize,
    along_depth: isize,
}

impl<T: Copy> Operand<T> {
    /// `len` times `depth` numbers, and how far it is from one row or lane to the next and along the depth.
    ///
    /// # Safety
    /// All numbers that lengths and strides reach must be readable, and nobody may write them, while the
    /// operand or a part of it is in use.
    #[inline(always)]
    pub unsafe fn new(from: *const T, [len, depth]: [usize; 2], [across, along_depth]: [isize; 2]) -> Self {
        Operand { from, len, depth, across, along_depth }
    }

    /// Rows, or lanes.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len
    }

    #[inline(always)]
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// The distance of two rows, or lanes.
    #[inline(always)]
    pub fn across(&self) -> isize {
        self.across
    }

    #[inline(always)]
    pub fn along_depth(&self) -> isize {
        self.along_depth
    }

    /// Where a number lies: it is readable for an index below `len` and a `k` below `depth`.
    #[inline(always)]
    pub fn at(&self, index: usize, k: usize) -> *const T {
        self.from.wrapping_offset(index as isize * self.across + k as isize * self.along_depth)
    }

    /// One row, or lane, whose numbers are neighbours.
    ///
    /// # Panics
    /// If they are not, or there is no such row.
    #[inline(always)]
    pub fn row(&self, index: usize) -> &[T] {
        assert!(
            index < self.len && (self.along_depth == 1 || self.depth == 1),
            "operand: no row in one piece"
        );
        // SAFETY: readable by the type's invariant, and neighbours.
        unsafe { std::slice::from_raw_parts(self.at(index, 0), self.depth) }
    }

    /// `len` rows or lanes from `first` on.
    ///
    /// # Panics
    /// If there are not as many.
    #[inline(always)]
    pub fn part(self, first: usize, len: usize) -> Self {
        assert!(first <= self.len && len <= self.len - first, "operand: a part beyond its end");
        Operand { from: self.at(first, 0), len, ..self }
    }

    /// `depth` numbers of each row or lane from `first` on.
    ///
    /// # Panics
    /// If there are not as many.
    #[inline(always)]
    pub fn part_of_depth(self, first: usize, depth: usize) -> Self {
        assert!(first <= self.depth && depth <= self.depth - first, "operand: a part beyond its depth");
        Operand { from: self.at(0, first), depth, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "operand: a part beyond its end")]
    fn no_part_goes_beyond_the_end() {
        // SAFETY: two rows of three numbers.
        unsafe { Operand::new([0.0; 6].as_ptr(), [2, 3], [3, 1]) }.part(1, 2);
    }

    #[test]
    #[should_panic(expected = "operand: a part beyond its depth")]
    fn no_part_goes_beyond_the_depth() {
        // SAFETY: two rows of three numbers.
        unsafe { Operand::new([0.0; 6].as_ptr(), [2, 3], [3, 1]) }.part_of_depth(3, 1);
    }
}
