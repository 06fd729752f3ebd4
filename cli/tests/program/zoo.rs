//! `gradlens zoo` scores the diagnosis.

use crate::{PROGRAM, json, printed, refused, text};
use serde_json::Value;
use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

#[test]
fn one_seed_of_the_zoo_keeps_the_gate() {
    let found = json("zoo --seeds 1");
    assert_eq!(found["complete"], true);
    let all = &found["scores"][2];
    let rate = |key: &str| all[key]["hits"].as_f64().unwrap() / all[key]["of"].as_f64().unwrap();
    assert!(rate("found") >= 0.95 && rate("cause") >= 0.90 && rate("false_alarms") <= 0.02, "{all}");
}

#[test]
#[cfg(unix)]
fn ctrl_c_ends_the_zoo_with_the_runs_that_were_finished() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zoo.json");
    let child = Command::new(PROGRAM)
        .args(["zoo".as_ref(), "--known".as_ref(), "--json".as_ref(), path.as_os_str()])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // It takes minutes in all, and a part of a second until Ctrl-C is heard.
    std::thread::sleep(Duration::from_secs(5));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let found: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let runs = found["runs"].as_array().unwrap().len();
    assert_eq!((output.status.code(), &found["complete"]), (Some(130), &false.into()));
    let printed = text(&output.stdout);
    assert!(printed.contains(&format!("incomplete: {runs} of ")), "{printed}");
    assert!(!printed.contains("NaN"), "{printed}");
}

#[test]
fn the_help_lists_no_flag_that_is_refused() {
    let help = printed("zoo --help");
    assert!(help.contains("--json") && !help.contains("--html"), "{help}");
}

#[test]
fn flags_that_make_no_sense_say_so() {
    for (flags, expected) in [
        ("--html page.html", "unexpected argument '--html'"),
        ("--seeds 0", "must be at least 1"),
        ("--only unicorn", "no kind has this in its name"),
    ] {
        refused(&format!("zoo {flags}"), expected);
    }
}
