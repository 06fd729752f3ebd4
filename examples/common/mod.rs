//! What the examples share: flags, output that survives pipes, files that are whole or not there,
//! Ctrl-C.
#![allow(dead_code)] // each example uses a part of it

pub mod flags;
pub mod output;

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Becomes true at the first Ctrl-C.
pub static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// The usual exit code of a program that Ctrl-C ended.
const EXIT_INTERRUPTED: u8 = 130;

/// Runs an example: its errors go to standard error, and Ctrl-C ends it after the current step, a
/// second one at once.
pub fn main(run: impl FnOnce() -> anyhow::Result<()>) -> ExitCode {
    let handler = || {
        if INTERRUPTED.swap(true, Relaxed) {
            std::process::exit(EXIT_INTERRUPTED.into());
        }
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        note(&format!("note: Ctrl-C will lose what was learned ({error})"));
    }
    if cfg!(debug_assertions) {
        note("note: this is a debug build and many times slower; run it with cargo run --release");
    }
    match run() {
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS, // whoever read has read enough
        Ok(()) if INTERRUPTED.load(Relaxed) => EXIT_INTERRUPTED.into(),
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            note(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// A line on standard error, if there is one.
pub fn note(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{line}");
}
