//! What a learning-rate schedule is.

use crate::error::Result;
use std::fmt::Debug;

/// How the learning rate changes over a run: a factor for the optimiser's rate at each step.
///
/// ```
/// use gradlens::train::Schedule;
///
/// /// Falls evenly to 0.
/// #[derive(Debug)]
/// struct Linear;
///
/// impl Schedule for Linear {
///     fn name(&self) -> String {
///         "linear".into()
///     }
///     fn factor(&self, step: u64, steps: u64) -> f64 {
///         1.0 - step as f64 / steps as f64
///     }
/// }
/// assert_eq!(Linear.factor(25, 100), 0.75);
/// ```
pub trait Schedule: Debug + Send + Sync {
    /// The name, with its numbers: `step:0.5:0.1`.
    fn name(&self) -> String;

    /// The factor at step `step`, from 0, of `steps`.
    fn factor(&self, step: u64, steps: u64) -> f64;

    /// Checks the numbers. Default: nothing to check.
    ///
    /// # Errors
    /// [`Error::Setting`](crate::Error::Setting) for one that is out of range.
    fn check(&self) -> Result<()> {
        Ok(())
    }
}

/// Every schedule is one that a trainer can hold.
impl<S: Schedule + 'static> From<S> for Box<dyn Schedule> {
    fn from(schedule: S) -> Self {
        Box::new(schedule)
    }
}
