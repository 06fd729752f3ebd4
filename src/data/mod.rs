//! Data sets: samples, their targets, and where they come from.

mod dataset;
mod idx;
mod mnist;

pub use dataset::Dataset;
pub use mnist::Mnist;
