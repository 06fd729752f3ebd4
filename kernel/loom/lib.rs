//! The threads of the kernel, the very same files, built from loom's doubles: see `models.rs`.

#[path = "../src/pace.rs"]
mod pace;
pub mod sync;
#[path = "../src/threads.rs"]
mod threads;

pub use threads::Threads;
