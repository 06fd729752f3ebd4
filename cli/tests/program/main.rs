//! The program does what its help says, and says what is wrong when it cannot.

mod claims;
mod diagnose;
mod explain;
mod flags;
mod head;
mod help;
mod mnist;
mod models;
mod multilabel;
mod outside;
mod papers;
mod pipes;
mod real;
mod runs;
mod shown;
mod study;
mod sweep;
mod train;
mod zoo;

use serde_json::Value;
use std::process::{Command, Output, Stdio};

/// The program that cargo built for these tests.
const PROGRAM: &str = env!("CARGO_BIN_EXE_gradlens");

/// Runs the program in a folder of its own, so that nothing it writes stays behind.
fn gradlens(flags: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    Command::new(PROGRAM)
        .args(flags.split_whitespace())
        .current_dir(&folder)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// What a run that has to succeed printed.
#[track_caller]
fn printed(flags: &str) -> String {
    let output = gradlens(flags);
    assert!(output.status.success(), "{flags}: {}", text(&output.stderr));
    text(&output.stdout).to_string()
}

/// What `--json -` printed.
#[track_caller]
fn json(flags: &str) -> Value {
    serde_json::from_str(&printed(&format!("{flags} --json -"))).unwrap()
}

/// The title of a page.
#[track_caller]
fn title(page: &str) -> &str {
    page.split_once("<title>")
        .and_then(|(_, rest)| rest.split_once("</title>"))
        .expect("a page has a title")
        .0
}

/// Runs the program with flags that make no sense; it has to say why, once, and not panic.
#[track_caller]
fn refused(flags: &str, expected: &str) {
    let output = gradlens(flags);
    let error = text(&output.stderr);
    assert!(!output.status.success(), "{flags}");
    assert_eq!(error.matches(expected).count(), 1, "{flags}: {expected:?} is not once in: {error}");
    assert!(!error.contains("panicked"), "{flags}: {error}");
}
