//! How the program ends.

use crate::interrupt::{INTERRUPTED, interrupted};
use crate::output;
use std::process::ExitCode;
use std::sync::atomic::Ordering::Relaxed;

/// The usual exit code of a program that Ctrl-C ended.
const EXIT_INTERRUPTED: u8 = 130;

/// Runs a command: its errors go to standard error. The first Ctrl-C ends it after the current step, a
/// second one at once.
pub fn main(run: impl FnOnce() -> anyhow::Result<()>) -> ExitCode {
    let handler = || {
        if INTERRUPTED.swap(true, Relaxed) {
            std::process::exit(EXIT_INTERRUPTED.into());
        }
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        output::note(&format!("note: Ctrl-C will lose what was learned ({error})"));
    }
    if cfg!(debug_assertions) {
        output::note("note: this is a debug build and many times slower; run it with cargo run --release");
    }
    match run() {
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS, // the reader has read enough
        Ok(()) if interrupted() => EXIT_INTERRUPTED.into(),
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::note(&format!("error: {error:#}"));
            if interrupted() { EXIT_INTERRUPTED.into() } else { ExitCode::FAILURE }
        }
    }
}
