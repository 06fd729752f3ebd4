//! The threads of the main crate, the very same file, built from loom's doubles: see `models.rs`.

pub mod sync;
#[path = "../src/threads.rs"]
mod threads;

pub use threads::Threads;
