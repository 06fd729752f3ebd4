//! Data sets: samples, their targets, and where they come from.

mod arff;
mod csv;
mod dataset;
mod file;
mod idx;
mod label_statistics;
mod labelled;
mod mnist;
mod overlay;
mod teacher;
mod xor;

pub use dataset::Dataset;
pub use file::LabelledFile;
pub use label_statistics::LabelStatistics;
pub use labelled::{Labelled, Part};
pub use mnist::Mnist;
pub use overlay::Overlay;
pub use teacher::Teacher;
pub use xor::Xor;
