//! What fails for want of a file or of memory is not done: the same command again runs it.

use super::{GRID, command, ends_with, fails, folder, line, read, sweep};
use crate::text;
use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

#[test]
fn samples_that_cannot_be_read_stop_a_sweep_before_its_first_line() {
    let folder = folder(GRID);
    let grid =
        GRID.replace("[grid]", "[grid]\n\"file,test_share\" = [[\"moons.csv\", 0.25], [\"suns.csv\", 0.25]]");
    fs::write(
        folder.path().join("two.toml"),
        grid.replace("file = \"moons.csv\"\n", "").replace("test_share = 0.25\n", ""),
    )
    .unwrap();
    // One of two sources is enough.
    let error = fails(&folder, "two.toml --out out");
    assert!(
        error.contains("suns.csv: cannot read these samples: ") && error.contains("; no run was begun"),
        "{error}"
    );
    assert!(!folder.path().join("out").exists());
    fs::rename(folder.path().join("moons.csv"), folder.path().join("away.csv")).unwrap();
    let error = fails(&folder, "grid.toml --out out");
    assert!(
        error.contains("moons.csv: cannot read these samples: ") && !folder.path().join("out").exists(),
        "{error}"
    );
    // Nor are images read that are not there, nor a table that is none.
    fs::write(folder.path().join("images.toml"), "[data]\nimages = \"none\"\n[grid]\nseeds = 2\n").unwrap();
    assert!(fails(&folder, "images.toml --out out").contains("no such file or folder"));
    fs::write(folder.path().join("moons.csv"), "x,y,moon\n1,2\n").unwrap();
    assert!(fails(&folder, "grid.toml --out out").contains("no run was begun"));
    assert!(!folder.path().join("out").exists());
    fs::rename(folder.path().join("away.csv"), folder.path().join("moons.csv")).unwrap();
    sweep(&folder, "grid.toml --out out");
    // Where nothing is left to run, nothing has to be there.
    fs::remove_file(folder.path().join("moons.csv")).unwrap();
    sweep(&folder, "grid.toml --out out");
}

#[test]
fn what_could_not_be_read_in_the_middle_is_run_by_the_same_command_again() {
    let folder = folder(&GRID.replace("seeds = 4", "seeds = 100"));
    let results = folder.path().join("out/results.jsonl");
    let child = command(folder.path(), "grid.toml --out out --jobs 1").spawn().unwrap();
    let began = Instant::now();
    while fs::read_to_string(&results).unwrap_or_default().lines().count() < 5 {
        assert!(began.elapsed() < Duration::from_secs(60), "no results");
        sleep(Duration::from_millis(1));
    }
    fs::rename(folder.path().join("moons.csv"), folder.path().join("away.csv")).unwrap();
    let output = child.wait_with_output().unwrap();
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("could not be run for want of memory or of a file, the first of them"), "{error}");
    let lines = read(&folder, "out/results.jsonl");
    let failed = lines.lines().map(line).filter(|line| line["retry"] == true).count();
    assert!(failed > 0 && lines.lines().count() == 900);
    let error = fails(&folder, "--collect out");
    assert!(error.contains(&format!("{failed} of 900 runs are missing")), "{error}");
    fs::rename(folder.path().join("away.csv"), folder.path().join("moons.csv")).unwrap();
    let dry = sweep(&folder, "grid.toml --out out --dry-run");
    assert!(text(&dry.stdout).contains(&format!("{failed} missing")), "{}", text(&dry.stdout));
    let output = sweep(&folder, "grid.toml --out out");
    assert!(
        text(&output.stdout).contains(&format!("{failed} runs done, 0 of them failed")),
        "{}",
        text(&output.stdout)
    );
    let output = sweep(&folder, "--collect out");
    assert!(text(&output.stdout).starts_with("900 runs, 0 of them failed, nothing missing, nothing double"));
}

#[test]
fn a_run_that_is_refused_memory_is_run_by_the_same_command_again() {
    let folder = folder(
        "[data]\nmade = \"moons\"\n[training]\nsteps = 1\n[grid]\nhidden = [[4], [1000000, 1000000]]\n",
    );
    for before in ["", "1 done before"] {
        let output = ends_with(1, &folder, "grid.toml --out out");
        assert!(text(&output.stderr).contains("there is no room for that"), "{}", text(&output.stderr));
        assert!(text(&output.stdout).contains(before), "{}", text(&output.stdout));
    }
    let lines = read(&folder, "out/results.jsonl");
    let retry: Vec<bool> = lines.lines().map(|text| line(text)["retry"] == true).collect();
    assert_eq!(retry, [false, true, true]);
    assert!(fails(&folder, "--collect out").contains("1 of 2 runs are missing"));
}

#[test]
fn a_sweep_ends_with_an_exit_code_that_says_whether_runs_failed() {
    let momentum = "[data]\nmade = \"moons\"\n[training]\nsteps = 1\n[grid]\noptimizer = [\"sgd\", \"adam\"]\nmomentum = [0.5]\n";
    let folder = folder(momentum);
    for flags in ["grid.toml --out out", "grid.toml --out out --quiet", "--collect out"] {
        ends_with(3, &folder, flags);
    }
    // A shard without a run that failed ends well.
    ends_with(0, &folder, "grid.toml --out parts --shard 1/2");
    ends_with(3, &folder, "grid.toml --out parts --shard 2/2");
    ends_with(2, &folder, "grid.toml");
    let help = sweep(&folder, "--help");
    assert!(text(&help.stdout).contains("3    every run is done, and some have failed"));
}
