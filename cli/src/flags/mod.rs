//! Flags that several commands understand.

pub mod files;
mod hidden;
mod network;
pub mod numbers;
mod optimizer;
mod training;

pub use network::NetworkFlags;
pub use optimizer::{OptimizerName, Settings};
pub use training::TrainingFlags;
