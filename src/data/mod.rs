//! Data sets: samples, their targets, and where they come from.

#[cfg(feature = "data")]
mod arff;
#[cfg(feature = "data")]
mod csv;
pub(crate) mod dataset;
#[cfg(feature = "data")]
mod images;
mod label_statistics;
pub(crate) mod labelled;
#[cfg(feature = "data")]
mod labelled_file;
#[cfg(feature = "data")]
mod mnist;
mod overlay;
#[cfg(feature = "data")]
mod table;
mod teacher;
mod xor;

pub use dataset::Dataset;
#[cfg(feature = "data")]
pub use images::Images;
pub use label_statistics::LabelStatistics;
pub use labelled::{Labelled, Part};
#[cfg(feature = "data")]
pub use mnist::Mnist;
pub use overlay::Overlay;
#[cfg(feature = "data")]
pub use table::LabelledFile;
pub use teacher::Teacher;
pub use xor::Xor;
