//! Results of other samples by the same name are never taken for one another.

use super::{FEW, GRID, RUNS, ends_with, fails, folder, ids, line, read, sweep};
use crate::{PROGRAM, text};
use std::fs;
use std::process::Command;
use tempfile::TempDir;

/// Other samples by the same name.
fn change(folder: &TempDir) {
    let rows = read(folder, "moons.csv");
    fs::write(folder.path().join("moons.csv"), rows.replacen('1', "2", 1)).unwrap();
}

#[test]
fn every_line_says_which_samples_it_is_of() {
    let folder = folder(GRID);
    sweep(&folder, "grid.toml --out out");
    let sum = Command::new("sha256sum").arg(folder.path().join("moons.csv")).output();
    for line in read(&folder, "out/results.jsonl").lines().map(line) {
        assert_eq!(line["samples"]["bytes"], read(&folder, "moons.csv").len());
        let sha256 = line["samples"]["sha256"].as_str().unwrap();
        assert_eq!(sha256.len(), 64);
        if let Ok(sum) = &sum {
            assert!(text(&sum.stdout).starts_with(sha256));
        }
    }
    // Samples that are made depend on their seed.
    fs::write(
        folder.path().join("made.toml"),
        FEW.replace("lr = [0.1, 0.2, 0.3]", "lr = [0.1, 0.2]\nseeds = 2"),
    )
    .unwrap();
    sweep(&folder, "made.toml --out made");
    let made = read(&folder, "made/results.jsonl");
    let made: Vec<_> = made
        .lines()
        .map(|text| (line(text)["config"]["training"]["seed"].clone(), line(text)["samples"].clone()))
        .collect();
    for (seed, samples) in &made {
        assert!(made.iter().all(|(other, others)| (other == seed) == (others == samples)), "{made:?}");
    }
}

#[test]
fn a_sweep_does_not_go_on_with_other_samples_by_the_same_name() {
    let folder = folder(GRID);
    sweep(&folder, "grid.toml --out out --shard 1/2");
    sweep(&folder, "grid.toml --out whole");
    let before = [read(&folder, "out/results-1-of-2.jsonl"), read(&folder, "whole/results.jsonl")];
    change(&folder);
    // Where something is left to do, and where nothing is.
    for (flags, line) in [
        ("grid.toml --out out", "out/results-1-of-2.jsonl, line 1"),
        ("grid.toml --out out --shard 1/2", "out/results-1-of-2.jsonl, line 1"),
        ("grid.toml --out whole", "whole/results.jsonl, line 1"),
    ] {
        let error = fails(&folder, flags);
        assert!(
            error.contains("moons.csv: found samples of ") && error.contains(" bytes with the SHA-256 "),
            "{error}"
        );
        assert!(error.contains(&format!("which are those of {line}; put these back, or choose")), "{error}");
    }
    assert_eq!(before, [read(&folder, "out/results-1-of-2.jsonl"), read(&folder, "whole/results.jsonl")]);
}

#[test]
fn shards_of_other_samples_by_the_same_name_are_neither_collected_nor_reported() {
    let folder = folder(GRID);
    // Each shard has seeds of its own, so that no two have the same rows to train on.
    sweep(&folder, "grid.toml --out out --shard 1/4");
    change(&folder);
    for number in 2..=4 {
        sweep(&folder, &format!("grid.toml --out out --shard {number}/4"));
    }
    for flags in ["--collect out", "--report out"] {
        let error = fails(&folder, flags);
        assert!(
            error.contains("moons.csv: out/results-2-of-4.jsonl, line 1 is of samples of "),
            "{flags}: {error}"
        );
        assert!(error.contains("and out/results-1-of-4.jsonl, line 1, of "), "{flags}: {error}");
    }
    assert!(!folder.path().join("out/collected.jsonl").exists());
    // What the error says to do.
    fs::remove_file(folder.path().join("out/results-1-of-4.jsonl")).unwrap();
    sweep(&folder, "grid.toml --out out --shard 1/4");
    sweep(&folder, "--collect out");
}

#[test]
fn samples_that_change_while_a_sweep_runs_stop_it() {
    let folder = folder(&GRID.replace("seeds = 4", "seeds = 400"));
    let results = folder.path().join("out/results.jsonl");
    let child = super::command(folder.path(), "grid.toml --out out --jobs 1").spawn().unwrap();
    let began = std::time::Instant::now();
    while fs::read_to_string(&results).unwrap_or_default().lines().count() < 5 {
        assert!(began.elapsed().as_secs() < 60, "no results");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    change(&folder);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("moons.csv: found samples of "), "{}", text(&output.stderr));
    let samples: std::collections::BTreeSet<String> =
        fs::read_to_string(&results).unwrap().lines().map(|text| line(text)["samples"].to_string()).collect();
    assert_eq!(samples.len(), 1);
}

#[test]
fn a_file_has_one_id_however_its_path_is_written_and_wherever_the_command_is_run() {
    let folder = folder(GRID);
    let expected = ids(&folder, "grid.toml");
    for path in ["./moons.csv", "a/../moons.csv", ".//moons.csv"] {
        fs::write(folder.path().join("other.toml"), GRID.replace("moons.csv", path)).unwrap();
        assert_eq!(ids(&folder, "other.toml"), expected, "{path}");
    }
    sweep(&folder, "grid.toml --out out --shard 1/2");
    fs::create_dir(folder.path().join("below")).unwrap();
    let output = Command::new(PROGRAM)
        .args(["sweep", "../grid.toml", "--out", "../out"])
        .current_dir(folder.path().join("below"))
        .output()
        .unwrap();
    assert!(text(&output.stdout).contains("18 done before"), "{}", text(&output.stderr));
    let output = sweep(&folder, "--collect out");
    assert!(text(&output.stdout).starts_with(&format!("{RUNS} runs, 0 of them failed")));
    // Two ways to write it are one file, and so one run.
    let twice = GRID
        .replace("file = \"moons.csv\"\n", "")
        .replace("[grid]", "[grid]\nfile = [\"moons.csv\", \"./moons.csv\"]");
    fs::write(folder.path().join("other.toml"), twice).unwrap();
    assert!(fails(&folder, "other.toml --dry-run").contains("are one"));
}

#[test]
fn a_run_that_failed_does_not_hold_on_to_the_samples_it_failed_of() {
    // In the first table no column has that name.
    let grid = GRID
        .replace("targets = \"moon\"\n", "")
        .replace("seeds = 4", "seeds = 1\ntargets = [[\"moon\"], [\"sun\"]]");
    let folder = folder(&grid);
    ends_with(3, &folder, "grid.toml --out out");
    let rows = read(&folder, "moons.csv");
    let failed: String = read(&folder, "out/results.jsonl")
        .lines()
        .filter(|text| text.contains("\"error\":\""))
        .map(|text| format!("{text}\n"))
        .collect();
    fs::write(folder.path().join("out/results.jsonl"), failed).unwrap();
    let rows: Vec<String> = rows
        .lines()
        .zip(0..)
        .map(|(row, i)| if i == 0 { format!("{row},sun") } else { format!("{row},{}", i % 2) })
        .collect();
    fs::write(folder.path().join("moons.csv"), rows.join("\n")).unwrap();
    sweep(&folder, "grid.toml --out out --retry");
    sweep(&folder, "--collect out");
}
