//! One description of a run, as a value and as TOML: what flags of a program, files and saved models share.

#[cfg(feature = "data")]
mod data;
mod file;
mod grid;
mod head;
mod json;
mod keys;
mod layer;
mod located;
mod network;
mod places;
#[cfg(feature = "data")]
mod rate;
mod remedy;
mod run;
mod value;

#[cfg(feature = "data")]
pub use data::RunData;
pub use grid::{Axis, Grid};
pub use head::{LINKS, LOSSES};
pub use keys::{KEYS, Key, key};
pub use layer::{LayerConfig, Norm, NormKind};
pub use run::{DataConfig, NetworkConfig, RunConfig, TrainingConfig};
pub use value::{Item, Value};
