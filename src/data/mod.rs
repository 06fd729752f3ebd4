//! Data sets: samples, their targets, and where they come from.

mod arff;
mod csv;
pub(crate) mod dataset;
mod idx;
mod label_statistics;
pub(crate) mod labelled;
mod mnist;
mod overlay;
mod table;
mod teacher;
mod xor;

pub use dataset::Dataset;
pub use label_statistics::LabelStatistics;
pub use labelled::{Labelled, Part};
pub use mnist::Mnist;
pub use overlay::Overlay;
pub use table::LabelledFile;
pub use teacher::Teacher;
pub use xor::Xor;
