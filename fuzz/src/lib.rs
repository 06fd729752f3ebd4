//! Attacks on everything of gradlens that takes something from outside. Each takes bytes, does what a user would do with
//! them, and panics where a promise is broken: no panic, no NaN without an error, the same after writing and reading, the
//! same bits for any number of threads.

#![forbid(unsafe_code)]

mod figures;
mod files;
mod networks;
mod products;
mod results;
mod settings;
mod tables;

pub use figures::figures;
pub use files::{a_checkpoint, arff, checkpoint, csv, idx, numpy, onnx, safetensors};
pub use networks::{networks, trainings};
pub use products::products;
pub use results::results;
pub use settings::{config, flags, grid};
pub use tables::tables;

/// An attack by its name, which is also that of its program and of its corpus.
pub type Attack = (&'static str, fn(&[u8]));

/// All attacks.
pub const ATTACKS: [Attack; 16] = [
    ("idx", idx),
    ("numpy", numpy),
    ("csv", csv),
    ("arff", arff),
    ("config", config),
    ("flags", flags),
    ("grid", grid),
    ("results", results),
    ("safetensors", safetensors),
    ("onnx", onnx),
    ("checkpoint", checkpoint),
    ("figures", figures),
    ("products", products),
    ("networks", networks),
    ("trainings", trainings),
    ("tables", tables),
];
