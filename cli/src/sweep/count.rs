//! How many runs have ended.

/// What came of the runs.
#[derive(Default)]
pub struct Count {
    pub ended: usize,
    pub failed: usize,
    /// The first that failed, and why.
    pub first_failure: Option<(usize, String)>,
}
