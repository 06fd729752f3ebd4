//! How good predictions are.

mod classification;

pub(crate) use classification::argmax;
pub use classification::{Bin, ClassScores, Classification};
