//! A sweep loses nothing, repeats nothing, and says the same on whatever runs it.

mod ends;
mod folders;
mod grids;
mod lines;
mod report;
mod samples;
mod shards;
mod surroundings;

use crate::{PROGRAM, text};
use serde_json::Value;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const GRID: &str = r#"
[data]
file = "moons.csv"
targets = ["moon"]
test_share = 0.25
standardise = true

[training]
batch = 32
steps = 40

[grid]
hidden = ["8", "8x2", [8, 4]]
lr = { log = [0.001, 0.1], count = 3 }
seeds = 4
"#;
const RUNS: usize = 36;

/// A few runs, of a few steps each.
const FEW: &str = r#"
[data]
made = "moons"
samples = 40

[network]
hidden = [4]

[training]
steps = 3

[grid]
lr = [0.1, 0.2, 0.3]
"#;

/// A folder with a table of two moons, and a grid.
fn folder(grid: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = String::from("x,y,moon\n");
    for i in 0..200 {
        let (moon, angle) = (i % 2, f64::from(i) * 0.0314);
        let (x, y) = (angle.cos() + f64::from(moon), angle.sin() * (1.0 - 2.0 * f64::from(moon)));
        let noise = (f64::from(i) * 12.9898).sin() * 0.3;
        writeln!(rows, "{},{},{}", x + noise, y - noise, ["upper", "lower"][moon as usize]).unwrap();
    }
    fs::write(folder.path().join("moons.csv"), rows).unwrap();
    fs::write(folder.path().join("grid.toml"), grid).unwrap();
    folder
}

fn command(folder: &Path, flags: &str) -> Command {
    let mut command = Command::new(PROGRAM);
    command.arg("sweep").args(flags.split_whitespace()).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs `gradlens sweep`, which has to succeed.
#[track_caller]
fn sweep(folder: &TempDir, flags: &str) -> Output {
    let output = command(folder.path(), flags).output().unwrap();
    assert!(output.status.success(), "{flags}: {}", text(&output.stderr));
    output
}

/// Runs it where it has to fail, and returns what it says.
#[track_caller]
fn fails(folder: &TempDir, flags: &str) -> String {
    text(&ends_with(1, folder, flags).stderr).to_string()
}

/// Runs it where it has to end with this exit code.
#[track_caller]
fn ends_with(code: i32, folder: &TempDir, flags: &str) -> Output {
    let output = command(folder.path(), flags).output().unwrap();
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{flags}: {error}");
    assert!(!error.contains("panicked"), "{flags}: {error}");
    output
}

fn read(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

fn append(folder: &TempDir, name: &str, text: &str) {
    File::options().append(true).open(folder.path().join(name)).unwrap().write_all(text.as_bytes()).unwrap();
}

/// Lines without their times, sorted; times come last.
fn sorted(lines: &str) -> Vec<&str> {
    let mut lines: Vec<&str> =
        lines.lines().map(|line| line.rsplit_once(",\"seconds\":").unwrap().0).collect();
    lines.sort_unstable();
    lines
}

fn line(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Ids, as `--list` prints them.
fn ids(folder: &TempDir, grid: &str) -> Vec<String> {
    let listed = sweep(folder, &format!("{grid} --dry-run --list"));
    let lines = text(&listed.stdout).lines().filter(|line| line.starts_with(' '));
    lines.map(|line| line.split_whitespace().nth(1).unwrap().to_string()).collect()
}
