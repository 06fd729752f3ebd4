//! A folder holds one grid, and each of its files is written by one process.

use super::{FEW, GRID, fails, folder, read, sweep};
use crate::text;
use std::fs::{self, File};

#[test]
fn another_grid_is_refused_and_a_larger_one_goes_on_with_extend() {
    let folder = folder(GRID);
    sweep(&folder, "grid.toml --out out");
    let before = read(&folder, "out/results.jsonl");
    let grid = |text: &str| fs::write(folder.path().join("grid.toml"), text).unwrap();
    grid(&GRID.replace("steps = 40", "steps = 41"));
    for flags in ["grid.toml --out out", "grid.toml --out out --extend"] {
        let error = fails(&folder, flags);
        assert!(error.contains("36 of its 36 runs are not in this one, and 36 are new"), "{error}");
    }
    grid(&GRID.replace("seeds = 4", "seeds = 5"));
    let error = fails(&folder, "grid.toml --out out");
    assert!(error.contains("9 of the 45 runs are new; --extend adds them"), "{error}");
    assert_eq!(read(&folder, "out/results.jsonl"), before);
    let output = sweep(&folder, "grid.toml --out out --extend");
    assert!(text(&output.stdout).contains("45 runs") && text(&output.stdout).contains("9 runs done"));
    assert!(read(&folder, "out/results.jsonl").starts_with(&before));
    sweep(&folder, "grid.toml --out out");
    sweep(&folder, "--collect out");
    // A folder of something else.
    fs::create_dir(folder.path().join("other")).unwrap();
    fs::write(folder.path().join("other/thesis.txt"), "").unwrap();
    assert!(fails(&folder, "grid.toml --out other").contains("it holds files of something else"));
    assert!(fails(&folder, "--collect other").contains("it is no folder of a sweep"));
}

#[test]
fn an_extension_that_is_refused_leaves_the_grid_as_it_was() {
    let folder = folder(FEW);
    sweep(&folder, "grid.toml --out out");
    let grid = read(&folder, "out/sweep.toml");
    fs::write(folder.path().join("grid.toml"), FEW.replace("lr = [", "lr = [0.4, ")).unwrap();
    let results = File::options().append(true).open(folder.path().join("out/results.jsonl")).unwrap();
    results.lock().unwrap();
    assert!(fails(&folder, "grid.toml --out out --extend").contains("another process"));
    assert_eq!(read(&folder, "out/sweep.toml"), grid);
    drop(results);
    sweep(&folder, "grid.toml --out out --extend");
    assert_eq!(read(&folder, "out/results.jsonl").lines().count(), 4);
}

#[test]
fn two_processes_do_not_write_one_file() {
    let folder = folder(GRID);
    sweep(&folder, "grid.toml --out out --shard 1/2");
    let held = File::options().append(true).open(folder.path().join("out/results-1-of-2.jsonl")).unwrap();
    held.lock().unwrap();
    let error = fails(&folder, "grid.toml --out out --shard 1/2");
    assert!(error.contains("another process that writes it"), "{error}");
    sweep(&folder, "grid.toml --out out --shard 2/2");
    // Nor is a file continued that is no results.
    fs::write(folder.path().join("out/results.jsonl"), "Dear diary").unwrap();
    let error = fails(&folder, "grid.toml --out out");
    assert!(error.contains("something that is no results"), "{error}");
    assert_eq!(read(&folder, "out/results.jsonl"), "Dear diary");
}

#[test]
fn the_grid_of_a_folder_says_what_the_folder_is_and_is_never_taken_for_another() {
    let folder = folder(FEW);
    sweep(&folder, "grid.toml --out out");
    let grid = read(&folder, "out/sweep.toml");
    for line in
        ["# This folder holds a sweep of gradlens", "gradlens sweep --collect FOLDER", "results.jsonl"]
    {
        assert!(grid.contains(line), "{grid}");
    }
    for empty in ["", "# nothing\n"] {
        fs::write(folder.path().join("out/sweep.toml"), empty).unwrap();
        for flags in ["grid.toml --out out", "--collect out", "--report out"] {
            let error = fails(&folder, flags);
            assert!(error.contains("the grid of out; copy the one that was run over it"), "{error}");
            assert!(
                error.contains("sweep.toml, the grid is empty, but must be a config, made = \"moons\""),
                "{error}"
            );
        }
    }
    // What the error says to do.
    fs::copy(folder.path().join("grid.toml"), folder.path().join("out/sweep.toml")).unwrap();
    sweep(&folder, "grid.toml --out out");
    sweep(&folder, "--collect out");
}
