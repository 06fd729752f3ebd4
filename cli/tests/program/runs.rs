//! A run that is kept in a folder survives whatever happens to the process.

use crate::{PROGRAM, text};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Two moons, as a table.
fn table(folder: &Path) {
    let mut rows = String::from("x,y,moon\n");
    for i in 0..400 {
        let (moon, angle) = (i % 2, f64::from(i) * 0.0157);
        let (x, y) = (angle.cos() + f64::from(moon), angle.sin() * (1.0 - 2.0 * f64::from(moon)));
        let noise = (f64::from(i) * 12.9898).sin() * 0.3;
        writeln!(rows, "{},{},{}", x + noise, y - noise, ["upper", "lower"][moon as usize]).unwrap();
    }
    fs::write(folder.join("moons.csv"), rows).unwrap();
}

/// A run of 2250 steps, kept in a folder.
fn command(folder: &Path, run: &str) -> Command {
    let mut command = Command::new(PROGRAM);
    let flags = "train moons.csv --targets moon --hidden 24,24 --dropout 0.1 --epochs 250 --patience 1000 --schedule cosine --every 30";
    command.args(flags.split(' ')).args(["--run", run]).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn finished(folder: &Path, run: &str) -> Output {
    let output = command(folder, run).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    output
}

/// What a folder holds, without times.
fn kept(folder: &Path, run: &str) -> (Vec<u8>, String, Vec<serde_json::Value>) {
    let path = folder.join(run);
    let metrics = fs::read_to_string(path.join("metrics.jsonl")).unwrap();
    let without_times = |line: &str| {
        let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
        (line["seconds"], line["samples_per_second"]) = (0.into(), 0.into());
        line
    };
    (
        fs::read(path.join("model.safetensors")).unwrap(),
        fs::read_to_string(path.join("diagnostics.jsonl")).unwrap(),
        metrics.lines().map(without_times).collect(),
    )
}

fn signal(child: &Child, signal: &str) {
    let kill = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
}

/// Waits until there is a checkpoint.
fn wait_for_a_checkpoint(path: &Path) {
    let began = Instant::now();
    let checkpoints = path.join("checkpoints");
    let any = || fs::read_dir(&checkpoints).is_ok_and(|entries| entries.count() > 1);
    while !any() {
        assert!(began.elapsed() < Duration::from_secs(60), "no checkpoint");
        sleep(Duration::from_millis(1));
    }
}

#[cfg(unix)]
#[test]
fn killed_fifty_times_at_random_moments_a_run_ends_with_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    table(folder);
    finished(folder, "whole");
    let whole = kept(folder, "whole");
    let (mut kills, mut runs, mut random) = (0, 0, 1_u64);
    while kills < 50 {
        runs += 1;
        let run = format!("killed-{runs}");
        loop {
            let mut child = command(folder, &run).spawn().unwrap();
            // Knuth's generator: from 0 to 127 ms.
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            sleep(Duration::from_millis(random >> 57));
            if kills == 50 || child.try_wait().unwrap().is_some() {
                let output = child.wait_with_output().unwrap();
                assert!(output.status.success(), "{}", text(&output.stderr));
                break;
            }
            child.kill().unwrap(); // SIGKILL
            child.wait().unwrap();
            kills += 1;
        }
        assert!(kept(folder, &run) == whole, "after {kills} kills the run {run} is another");
    }
}

/// Lets a signal end a run in the middle, and then lets it go on.
#[cfg(unix)]
fn ended_by(name: &str, code: i32) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    table(folder);
    finished(folder, "whole");
    let child = command(folder, "left").spawn().unwrap();
    wait_for_a_checkpoint(&folder.join("left"));
    signal(&child, name);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("kept: left; the same command again goes on"));
    let goes_on = finished(folder, "left");
    assert!(text(&goes_on.stderr).contains("left: goes on after step "), "{}", text(&goes_on.stderr));
    assert!(kept(folder, "left") == kept(folder, "whole"), "another result");
}

#[cfg(unix)]
#[test]
fn ctrl_c_writes_a_checkpoint_and_leaves_with_130() {
    ended_by("-INT", 130);
}

#[cfg(unix)]
#[test]
fn sigterm_writes_a_checkpoint_and_leaves_with_143() {
    ended_by("-TERM", 143);
}

#[test]
fn the_config_in_the_folder_repeats_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    table(folder);
    finished(folder, "whole");
    let again = Command::new(PROGRAM)
        .args(["train", "--config", "whole/config.toml", "--save", "again.safetensors", "--quiet"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(again.status.success(), "{}", text(&again.stderr));
    // What was found out is said in the one and given in the other; all numbers are the same.
    let numbers =
        |file: &[u8]| file[8 + u64::from_le_bytes(file[..8].try_into().unwrap()) as usize..].to_vec();
    let saved = fs::read(folder.join("again.safetensors")).unwrap();
    assert!(numbers(&saved) == numbers(&kept(folder, "whole").0), "another network");
    let config = fs::read_to_string(folder.join("whole/config.toml")).unwrap();
    assert!(config.contains("file = \"../moons.csv\""), "{config}");
    for file in ["config.toml", "metrics.csv", "report.html", "events.out.tfevents.gradlens"] {
        assert!(folder.join("whole").join(file).exists(), "{file}");
    }
}

fn refused(command: &mut Command, expected: &[&str]) -> ExitStatus {
    let output = command.output().unwrap();
    let error = text(&output.stderr);
    assert!(!output.status.success());
    expected.iter().for_each(|part| assert!(error.contains(part), "{part:?} is not in {error}"));
    output.status
}

#[test]
fn another_config_and_a_second_process_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    table(folder);
    let mut child = command(folder, "left").spawn().unwrap();
    wait_for_a_checkpoint(&folder.join("left"));
    refused(&mut command(folder, "left"), &["left: found another process", "choose another folder"]);
    child.kill().unwrap();
    child.wait().unwrap();
    refused(
        command(folder, "left").args(["--lr", "0.01", "--batch", "16"]),
        &["left: found another run, with ", "lr = 0.003 (here 0.01)", "batch = 32 (here 16)"],
    );
    // More threads are no other run.
    let output = command(folder, "left").args(["--threads", "1"]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[test]
fn the_config_of_a_run_on_other_images_names_them() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(
        folder.join("shapes.csv"),
        "label,a,b,c,d\n".to_string() + &"0,0,255,0,51\n1,255,0,255,0\n".repeat(20),
    )
    .unwrap();
    let run = |arguments: &[&str]| {
        let output = Command::new(PROGRAM).args(arguments).current_dir(folder).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout).to_string()
    };
    let first = run(&["mnist", "--data", "shapes.csv", "--epochs", "2", "--quiet", "--run", "r"]);
    let again = run(&["train", "--config", "r/config.toml", "--quiet"]);
    let score = |text: &str| text.split("  (").next().unwrap().to_string();
    assert_eq!(score(&first), score(&again));
    assert!(fs::read_to_string(folder.join("r/config.toml")).unwrap().contains("images = \"../shapes.csv\""));
}
