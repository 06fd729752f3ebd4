//! How many runs have ended.

/// What came of the runs.
#[derive(Default)]
pub struct Count {
    pub ended: usize,
    pub failed: usize,
    /// Of those that failed the ones that are to be run again.
    pub retry: usize,
    /// The first that failed, and why; and the first that is to be run again.
    pub first: [Option<(usize, String)>; 2],
}

impl Count {
    /// A run more, with why it failed and whether it is to be run again.
    pub fn add(&mut self, run: usize, failed: Option<(&str, bool)>) {
        self.ended += 1;
        let Some((error, retry)) = failed else { return };
        self.failed += 1;
        self.retry += usize::from(retry);
        self.first[usize::from(retry)].get_or_insert_with(|| (run, error.into()));
    }
}
