//! Files that are whole or not there, pipes that end early, and Ctrl-C.

use crate::{PROGRAM, gradlens, printed, text};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

const SMALL: &str = "mnist --samples 1000 --epochs 2 --hidden 16x2";

#[test]
fn json_goes_into_a_file_whole_and_leaves_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.json");
    fs::write(&path, "old").unwrap();
    printed(&format!("{SMALL} --quiet --json {}", path.display()));
    assert!(serde_json::from_str::<Value>(&fs::read_to_string(&path).unwrap()).is_ok());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_json_file_that_cannot_be_written_is_said_before_training() {
    let output = gradlens(&format!("{SMALL} --json /no/such/folder/run.json"));
    let error = text(&output.stderr);
    assert!(
        !output.status.success() && error.contains("/no/such/folder/run.json: cannot write this file"),
        "{error}"
    );
    assert_eq!(text(&output.stdout), "");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error_after_the_result_was_printed() {
    let output = gradlens(&format!("{SMALL} --json /dev/full"));
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("/dev/full: cannot write this file"), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("test accuracy"));
    assert!(!fs::metadata(Path::new("/dev/full")).unwrap().is_file());
}

#[test]
#[cfg(unix)]
fn json_is_written_when_nobody_reads_the_text_and_through_links_without_replacing_them() {
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("real.json"), folder.path().join("link.json"));
    fs::write(&file, "old").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    let script = format!("'{PROGRAM}' {SMALL} --json '{}' | head -n 1", link.display());
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert_eq!(text(&output.stdout).lines().count(), 1);
    let json: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(json["epochs"].as_array().unwrap().len(), 2);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[test]
#[cfg(target_os = "linux")]
fn standard_output_by_its_name_in_dev_is_written_and_not_replaced() {
    let before = fs::read_link("/dev/stdout").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out");
    let script = format!("'{PROGRAM}' {SMALL} --quiet --json /dev/stdout > '{}'", file.display());
    assert!(Command::new("sh").args(["-c", &script]).status().unwrap().success());
    assert_eq!(fs::read_link("/dev/stdout").unwrap(), before);
    assert!(fs::read_to_string(&file).unwrap().contains("seconds_total"));
}

#[test]
#[cfg(unix)]
fn a_reader_that_has_read_enough_ends_the_program_quietly() {
    // So many epochs that it would never end by itself.
    let script = format!("'{PROGRAM}' mnist --samples 1000 --epochs 1000000 | head -n 1");
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    let complaints: Vec<&str> = text(&output.stderr)
        .lines()
        .filter(|line| !line.starts_with("note: this is a debug build"))
        .collect();
    assert_eq!((text(&output.stdout).lines().count(), complaints), (1, vec![]));
}

#[test]
#[cfg(unix)]
fn ctrl_c_ends_the_run_with_what_was_learned_so_far() {
    use std::io::{BufRead, BufReader, Read};
    let mut child = Command::new(PROGRAM)
        .args(["mnist", "--epochs", "100000", "--samples", "2000", "--hidden", "16"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("epoch") {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "it ended before the first epoch");
    }
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(rest.contains("interrupted in epoch") && rest.contains("test accuracy"), "{rest}");
}

/// Starts the program, waits for a line of its text that starts like this, sends Ctrl-C, and returns its exit code, the
/// rest of the text and the file of `--json`.
#[cfg(unix)]
fn interrupted_after(flags: &str, start: &str) -> (Option<i32>, String, Value) {
    use std::io::{BufRead, BufReader, Read};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.json");
    let mut child = Command::new(PROGRAM)
        .args(flags.split_whitespace())
        .args(["--json".as_ref(), path.as_os_str()])
        .current_dir(&folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.starts_with(start) {
        line.clear();
        assert!(start.is_empty() || lines.read_line(&mut line).unwrap() > 0, "it ended before {start:?}");
    }
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    let code = child.wait().unwrap().code();
    (code, rest, serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap())
}

#[test]
#[cfg(unix)]
fn ctrl_c_ends_a_study_with_the_rows_that_were_finished() {
    let (code, text, json) = interrupted_after("study", "sigmoid     standard            6");
    assert_eq!((code, &json["complete"]), (Some(130), &false.into()));
    let rows = json["study"].as_array().unwrap();
    assert!((2..27).contains(&rows.len()) && rows[1]["depth"] == 6, "{rows:?}");
    assert!(json["trained"].as_array().unwrap().is_empty());
    let expected = format!("incomplete: {} of 27 rows, 0 of 3 networks", rows.len());
    assert!(text.contains(&expected), "{expected} is not in {text}");
}

#[test]
fn outputs_that_would_be_one_file_or_an_input_are_refused_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let table = at("t.csv");
    let text = format!("x,y,a,b\n{}", "1,2,0,1\n2,1,1,0\n3,1,1,1\n".repeat(20));
    std::fs::write(&table, &text).unwrap();
    let (one, same) = (at("one"), at("./one"));
    let labels = format!("multilabel --data {table} --targets a,b");
    for (flags, expected) in [
        (format!("{labels} --json {one} --html {one}"), "two outputs would be one file"),
        (format!("{labels} --json {one} --predictions {same}"), "two outputs would be one file"),
        (format!("{labels} --predictions {table}"), "this file is read"),
        (format!("diagnose {table} --targets y --json {one} --html {same}"), "two outputs would be one file"),
        (format!("diagnose {table} --targets y --html {table}"), "this file is read"),
        (format!("train {table} --targets y --json {table}"), "this file is read"),
        (
            format!("predict {table} {table} --targets y --out {one} --json {same}"),
            "two outputs would be one file",
        ),
        (format!("head --json {one} --html {same}"), "two outputs would be one file"),
    ] {
        crate::refused(&flags, expected);
    }
    assert_eq!(std::fs::read_to_string(&table).unwrap(), text);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
