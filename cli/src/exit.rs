//! How the program ends.

use crate::interrupt::{catch_signals, exit_code, interrupted};
use crate::output;
use std::process::ExitCode;

/// Runs a command: its errors go to standard error. The first Ctrl-C or SIGTERM ends it after the current step, a
/// second one at once.
pub fn main(run: impl FnOnce() -> anyhow::Result<()>) -> ExitCode {
    if let Err(error) = catch_signals() {
        output::note(&format!("note: Ctrl-C will lose what was learned ({error})"));
    }
    if cfg!(debug_assertions) {
        output::note("note: this is a debug build and many times slower; run it with cargo run --release");
    }
    if !gradlens::vectors_are_known() {
        let variable = gradlens::VECTORS_VARIABLE;
        let found = std::env::var_os(variable).unwrap_or_default();
        output::note(&format!(
            "error: {variable} is {}, but must be portable, avx2 or avx512, or not be set",
            found.to_string_lossy()
        ));
        return ExitCode::FAILURE;
    }
    match run() {
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS, // the reader has read enough
        Ok(()) if interrupted() => exit_code().into(),
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::note(&format!("error: {error:#}"));
            if interrupted() { exit_code().into() } else { ExitCode::FAILURE }
        }
    }
}
