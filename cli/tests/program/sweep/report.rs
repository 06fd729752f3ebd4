//! What comes out of a sweep.

use super::{GRID, RUNS, fails, folder, read, sweep};
use crate::text;
use std::collections::BTreeSet;

#[test]
fn the_report_has_pictures_and_a_table_of_everything() {
    let folder = folder(GRID);
    sweep(&folder, "grid.toml --out out --shard 1/2");
    let output = sweep(&folder, "--report out --axes lr,hidden --pictures pictures");
    assert!(text(&output.stdout).contains("18 of 36 runs are missing; the page says so"));
    sweep(&folder, "grid.toml --out out");
    let output = sweep(&folder, "--report out --axes lr,hidden --pictures pictures");
    assert!(!text(&output.stdout).contains("missing"), "{}", text(&output.stdout));
    let page = read(&folder, "out/report.html");
    for expected in [
        "36 runs: hidden x3, lr x3, seed x4",
        "g1/gL at initialisation",
        "Accuracy",
        "Share of verdicts",
        "8x2",
    ] {
        assert!(page.contains(expected), "{expected}");
    }
    assert!(read(&folder, "pictures/score-1.svg").contains("Mean over seeds, in percent."));
    let table = read(&folder, "out/results.csv");
    assert_eq!(table.lines().count(), 1 + RUNS);
    let header: Vec<&str> = table.lines().next().unwrap().split(',').collect();
    for column in [
        "id",
        "hidden",
        "lr",
        "seed",
        "accuracy",
        "train_accuracy",
        "g1_gl_initial",
        "verdict",
        "error",
        "seconds",
    ] {
        assert!(header.contains(&column), "{column} is not in {header:?}");
    }
    let names: BTreeSet<&str> = header.iter().copied().collect();
    assert_eq!(names.len(), header.len(), "two columns of one name: {header:?}");
    assert!(names.contains("training.steps") && names.contains("steps"), "{header:?}");
    let error = fails(&folder, "--report out --axes depth");
    assert!(error.contains("the grid has no such key, but hidden, lr, seed"), "{error}");
}
