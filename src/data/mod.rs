//! Data sets: samples, their targets, and where they come from.

pub(crate) mod dataset;
mod distortion;
#[cfg(feature = "data")]
mod files;
#[cfg(feature = "mnist")]
mod images;
mod label_statistics;
pub(crate) mod labelled;
#[cfg(feature = "data")]
pub(crate) mod made;
#[cfg(feature = "mnist")]
mod mnist;
mod moments;
mod overlay;
mod planar;
mod preprocessing;
mod preprocessor;
mod reading;
mod table;
mod targets;
mod teacher;
mod words;
mod xor;

pub use dataset::Dataset;
pub use distortion::Distortion;
#[cfg(feature = "mnist")]
pub use images::Images;
#[cfg(feature = "data")]
pub use images::{read_array, write_array};
pub use label_statistics::LabelStatistics;
pub use labelled::{Labelled, Part};
#[cfg(feature = "data")]
pub use made::made_names;
#[cfg(feature = "mnist")]
pub use mnist::Mnist;
pub use overlay::Overlay;
pub use planar::Planar;
pub use preprocessing::{Missing, Preprocessing, Task};
pub use preprocessor::{Feature, Preprocessor};
pub use reading::Reading;
pub use table::{Column, Table, Values};
pub use targets::Targets;
pub use teacher::Teacher;
pub use xor::Xor;
