//! Runs that survive whatever happens to them: a [`RunFolder`] holds checkpoints, from which a run goes on to the same bits,
//! and logs that other tools read.

mod checkpoint;
mod differences;
mod events;
mod folder;
mod log;
mod recorder;

pub use folder::RunFolder;
