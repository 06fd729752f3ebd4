//! One operand of a product.

/// Numbers of one operand, and how far it is from one to the next.
#[derive(Clone, Copy)]
pub(super) struct Operand<T> {
    pub from: *const T,
    /// Along the lanes, or along the rows.
    pub across: isize,
    pub along_depth: isize,
}

impl<T: Copy> Operand<T> {
    /// # Safety
    /// The number must be there.
    #[inline(always)]
    pub unsafe fn at(self, across: usize, depth: usize) -> *const T {
        // SAFETY: the caller's promise.
        unsafe { self.from.offset(across as isize * self.across + depth as isize * self.along_depth) }
    }

    /// The side from this number on.
    ///
    /// # Safety
    /// The number must be there.
    #[inline(always)]
    pub unsafe fn beyond(self, across: usize, depth: usize) -> Self {
        // SAFETY: the caller's promise.
        Operand { from: unsafe { self.at(across, depth) }, ..self }
    }
}
