//! Ctrl-C, and SIGTERM.

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::{register, register_conditional_shutdown, register_usize};
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, LazyLock};

/// Becomes true at the first signal, and when the reader of the output has gone.
static INTERRUPTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// The signal that came last.
static SIGNAL: LazyLock<Arc<AtomicUsize>> = LazyLock::new(Arc::default);

/// Whether there is nothing yet that a signal could lose: it then ends the program at once, which may be waiting for a
/// pipe that nobody writes into.
static NOTHING_TO_LOSE: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| Arc::new(true.into()));

/// Lets a signal end the program at once; from when work looks at a [`flag`] on, the first one ends the work after the current
/// step, and a second one at once.
pub fn catch_signals() -> io::Result<()> {
    for signal in [SIGINT, SIGTERM] {
        // What is registered first acts first: at the first signal the flag is not yet set.
        for at_once in [&NOTHING_TO_LOSE, &INTERRUPTED] {
            register_conditional_shutdown(signal, 128 + signal, Arc::clone(at_once))?;
        }
        register(signal, Arc::clone(&INTERRUPTED))?;
        register_usize(signal, Arc::clone(&SIGNAL), signal.unsigned_abs() as usize)?;
    }
    Ok(())
}

/// What says that the work should end, for work that looks at it.
pub fn flag() -> &'static AtomicBool {
    NOTHING_TO_LOSE.store(false, Relaxed);
    &INTERRUPTED
}

/// Whether the work should end, for work that asks.
pub fn interrupted() -> bool {
    flag().load(Relaxed)
}

/// Ends the work after the current step.
pub fn interrupt() {
    INTERRUPTED.store(true, Relaxed);
}

/// The usual exit code of a program that a signal ended: 130 after Ctrl-C, 143 after SIGTERM.
pub fn exit_code() -> u8 {
    match SIGNAL.load(Relaxed) {
        0 => 130,
        signal => 128 + signal as u8,
    }
}
