//! How the program ends.

use crate::interrupt::{catch_signals, exit_code, interrupted};
use crate::output;
use std::fmt;
use std::process::ExitCode;

/// What was asked for is done, and has been told, and a script should know of something: the program ends with this code.
#[derive(Debug)]
pub struct Code(pub u8);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "ended with the exit code {}", self.0)
    }
}

impl std::error::Error for Code {}

/// Runs a command: its errors go to standard error. The first Ctrl-C or SIGTERM ends it after the current step, a
/// second one at once.
pub fn main(run: impl FnOnce() -> anyhow::Result<()>) -> ExitCode {
    if let Err(error) = catch_signals() {
        output::note(&format!("note: Ctrl-C will lose what was learned ({error})"));
    }
    if cfg!(debug_assertions) {
        output::note("note: this is a debug build and many times slower; build it with --release");
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
            let code = error.downcast_ref();
            if code.is_none() {
                output::note(&format!("error: {error:#}"));
            }
            if interrupted() {
                exit_code().into()
            } else {
                code.map_or(ExitCode::FAILURE, |Code(code)| (*code).into())
            }
        }
    }
}
