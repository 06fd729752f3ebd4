//! Runs that survive whatever happens to them: a [`RunFolder`] holds checkpoints, from which a run goes on to the same bits,
//! and logs that other tools read. [`Results`] hold what came of many runs, a line each.

mod checkpoint;
mod differences;
mod events;
mod folder;
mod log;
mod recorder;
mod results;
mod samples;

pub use folder::RunFolder;
pub use results::{Found, Results, RunLine, RunLines, run_id};
pub use samples::Samples;
