//! How good predictions are.

mod classification;

pub(crate) use classification::agreement;
pub use classification::{Bin, ClassScores, Classification};
