//! However a sweep ends, what is done is kept.

use super::{FEW, GRID, command, folder, line, read, sorted, sweep};
use crate::{PROGRAM, text};
use std::fs;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

#[cfg(unix)]
#[test]
fn killed_at_random_moments_nothing_done_is_lost_and_nothing_is_done_twice() {
    let folder = folder(GRID);
    sweep(&folder, "grid.toml --out whole");
    let whole = read(&folder, "whole/results.jsonl");
    let (mut kills, mut random, mut out) = (0, 1_u64, 0);
    while kills < 25 {
        out += 1;
        let results = folder.path().join(format!("out{out}/results.jsonl"));
        let mut before = String::new();
        loop {
            let mut child = command(folder.path(), &format!("grid.toml --out out{out}")).spawn().unwrap();
            // Knuth's generator: from 0 to 63 ms.
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            sleep(Duration::from_millis(random >> 58));
            let ended = kills == 25 || child.try_wait().unwrap().is_some();
            if !ended {
                child.kill().unwrap(); // SIGKILL
                kills += 1;
            }
            let output = child.wait_with_output().unwrap();
            assert!(!ended || output.status.success(), "{}", text(&output.stderr));
            let after = fs::read_to_string(&results).unwrap_or_default();
            let kept = &before[..before.rfind('\n').map_or(0, |end| end + 1)];
            assert!(after.starts_with(kept), "a line that was there is gone");
            before = after;
            if ended {
                break;
            }
        }
        assert_eq!(sorted(&before), sorted(&whole), "after {kills} kills");
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_is_done_and_leaves_with_130() {
    let folder = folder(&GRID.replace("seeds = 4", "seeds = 400"));
    let results = folder.path().join("out/results.jsonl");
    let child = command(folder.path(), "grid.toml --out out").spawn().unwrap();
    let began = Instant::now();
    while fs::read_to_string(&results).unwrap_or_default().lines().count() < 5 {
        assert!(began.elapsed() < Duration::from_secs(60), "no results");
        sleep(Duration::from_millis(1));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("left; the same command goes on"), "{}", text(&output.stdout));
    let done = fs::read_to_string(&results).unwrap();
    assert!(done.ends_with('\n') && done.lines().count() < 3600);
    // None of them was ended before its time.
    assert!(done.lines().map(line).all(|line| line["metrics"]["steps"] == 40));
}

#[test]
fn a_reader_who_goes_away_does_not_end_a_sweep() {
    let folder = folder(FEW);
    let shell = format!("{PROGRAM} sweep grid.toml --out out | true");
    let output = Command::new("sh").args(["-c", &shell]).current_dir(&folder).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(read(&folder, "out/results.jsonl").lines().count(), 3);
}
