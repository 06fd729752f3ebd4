//! Parts of a sweep, run apart and collected.

use super::{GRID, RUNS, append, command, fails, folder, ids, line, read, sorted, sweep};
use crate::text;
use std::fs;

#[test]
fn shards_together_leave_what_one_process_leaves_however_many_runs_there_are_at_once() {
    let folder = folder(GRID);
    sweep(&folder, "grid.toml --out whole --jobs 1");
    let whole = read(&folder, "whole/results.jsonl");
    assert_eq!(whole.lines().count(), RUNS);
    sweep(&folder, "grid.toml --out jobs --jobs 3");
    assert_eq!(sorted(&read(&folder, "jobs/results.jsonl")), sorted(&whole));
    for number in 1..=5 {
        sweep(&folder, &format!("grid.toml --out parts --shard {number}/5"));
    }
    let mut parts = String::new();
    (1..=5).for_each(|number| parts += &read(&folder, &format!("parts/results-{number}-of-5.jsonl")));
    assert_eq!(sorted(&parts), sorted(&whole));
    let output = sweep(&folder, "--collect parts");
    assert!(text(&output.stdout).starts_with("36 runs, 0 of them failed, nothing missing, nothing double: "));
    let collected = read(&folder, "parts/collected.jsonl");
    assert_eq!(sorted(&collected), sorted(&whole));
    let in_order: Vec<String> =
        collected.lines().map(|text| line(text)["id"].as_str().unwrap().into()).collect();
    assert_eq!(in_order, ids(&folder, "grid.toml"));
}

#[test]
fn a_task_of_a_slurm_array_takes_its_own_part() {
    let folder = folder(GRID);
    let task = |id: &str, count: &str, min: &str, step: Option<&str>| {
        let mut command = command(folder.path(), "grid.toml --out out");
        command
            .env("SLURM_ARRAY_TASK_ID", id)
            .env("SLURM_ARRAY_TASK_COUNT", count)
            .env("SLURM_ARRAY_TASK_MIN", min);
        command.envs(step.map(|step| ("SLURM_ARRAY_TASK_STEP", step))).output().unwrap()
    };
    for id in ["10", "12", "14"] {
        let output = task(id, "3", "10", Some("2"));
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    assert_eq!(read(&folder, "out/results-3-of-3.jsonl").lines().count(), 12);
    sweep(&folder, "--collect out");
    // Only two tasks of ten were submitted: taken for two halves, they would do another's work.
    let output = task("7", "2", "3", None);
    assert!(text(&output.stderr).contains("as the array has gaps"), "{}", text(&output.stderr));
    let output = task("x", "2", "3", None);
    assert!(text(&output.stderr).contains("SLURM_ARRAY_TASK_ID is \"x\""), "{}", text(&output.stderr));
}

#[test]
fn collecting_says_what_is_missing_and_what_is_double() {
    let folder = folder(GRID);
    for number in [1, 2, 4] {
        sweep(&folder, &format!("grid.toml --out out --shard {number}/4"));
    }
    let output = command(folder.path(), "--collect out").output().unwrap();
    assert!(text(&output.stderr).contains("9 of 36 runs are missing; run again: --shard 3/4 (9)"));
    assert!(text(&output.stdout).contains("hidden=8 lr=0.001 seed=2"), "{}", text(&output.stdout));
    assert!(!folder.path().join("out/collected.jsonl").exists());
    sweep(&folder, "grid.toml --out out --shard 3/4");
    // The same again is told of; something else is refused.
    let third = read(&folder, "out/results-3-of-4.jsonl");
    let twice = third.lines().next().unwrap().to_string() + "\n";
    append(&folder, "out/results-1-of-4.jsonl", &twice);
    let output = sweep(&folder, "--collect out");
    assert!(text(&output.stderr).contains("1 line is there twice"), "{}", text(&output.stderr));
    assert_eq!(read(&folder, "out/collected.jsonl").lines().count(), RUNS);
    append(
        &folder,
        "out/results-1-of-4.jsonl",
        &twice.replace("\"steps\":40,\"stopped", "\"steps\":39,\"stopped"),
    );
    let error = fails(&folder, "--collect out");
    assert!(
        error.contains("results-1-of-4.jsonl, line ") && error.contains("say something else of"),
        "{error}"
    );
    // A line of another sweep does not count.
    fs::write(folder.path().join("other.toml"), GRID.replace("steps = 40", "steps = 1")).unwrap();
    sweep(&folder, "other.toml --out other --shard 1/36");
    let other = read(&folder, "other/results-1-of-36.jsonl");
    fs::write(folder.path().join("out/results-1-of-4.jsonl"), other).unwrap();
    let error = fails(&folder, "--collect out");
    assert!(error.contains("note: 1 line is of no run of the grid"), "{error}");
}
