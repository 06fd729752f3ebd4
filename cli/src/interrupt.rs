//! Ctrl-C.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Becomes true at the first Ctrl-C, and when the reader of the output has gone.
pub static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Whether the work should end.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Relaxed)
}

/// Ends the work after the current step.
pub fn interrupt() {
    INTERRUPTED.store(true, Relaxed);
}
