//! Which runs a grid stands for.

use super::{GRID, RUNS, fails, folder, ids, read, sweep};
use crate::{PROGRAM, refused, text};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn a_dry_run_counts_and_lists_and_leaves_nothing() {
    let folder = folder(GRID);
    let output = sweep(&folder, "grid.toml --dry-run --list --out out");
    let printed = text(&output.stdout);
    assert!(printed.contains("     6  ") && printed.contains("hidden=8 lr=0.01 seed=1"), "{printed}");
    assert!(printed.ends_with("36 runs: hidden x3, lr x3, seed x4\n"), "{printed}");
    assert_eq!(ids(&folder, "grid.toml").len(), RUNS);
    assert!(!folder.path().join("out").exists());
    sweep(&folder, "grid.toml --out out --shard 1/6");
    let output = sweep(&folder, "grid.toml --dry-run --out out");
    assert!(text(&output.stdout).ends_with("out: 6 done, 0 of them failed, 30 missing\n"));
}

#[test]
fn the_order_of_keys_and_the_way_a_value_is_written_change_no_id() {
    let folder = folder(GRID);
    let other = "[grid]\nseeds = 4\nlr = [0.001, 0.01, 1e-1]\nhidden = [[8], [8, 8], \"8,4\"]\n\
        [training]\nsteps = 40\nthreads = 1\nbatch = 32\n\
        [data]\nstandardise = true\ntest_share = 0.25\ntargets = \"moon\"\nfile = \"moons.csv\"\n";
    fs::write(folder.path().join("other.toml"), other).unwrap();
    assert_eq!(ids(&folder, "grid.toml"), ids(&folder, "other.toml"));
    fs::write(folder.path().join("other.toml"), GRID.replace("batch = 32", "batch = 33")).unwrap();
    let both: BTreeSet<String> =
        ids(&folder, "grid.toml").into_iter().chain(ids(&folder, "other.toml")).collect();
    assert_eq!(both.len(), 2 * RUNS);
}

#[test]
fn a_grid_that_makes_no_sense_is_refused_with_its_line() {
    for (grid, expected) in [
        ("[grid]\nthreads = [1, 2]\n", "line 2: threads of [grid] is [1, 2], but must be left out"),
        (
            "[grid]\nlr = 0.1\n",
            "line 2: lr of [grid] is 0.1, but must be a list of values, [0.1] say, or a range",
        ),
        ("[grid]\nlr = []\n", "line 2: lr of [grid] is [], but must be a list of values"),
        (
            "[grid]\nlr = [0.1,\n 1e-1]\n",
            "line 3: lr of [grid] is 0.1, but must be another value than those before it",
        ),
        ("[grid]\nhidden = [128, [128]]\n", "but must be another value"),
        ("[grid]\nlearning = [1]\n", "line 2: learning of [grid] is unknown (learning)"),
        (
            "[grid]\n\"head,loss\" = [\"softmax\"]\n",
            "a list of lists, in each a value for head and one for loss",
        ),
        (
            "[grid]\n\"optimizer,lr\" = [[\"sgd\", 1]]\nlr = [1]\n",
            "a second one with lr, but must be named once",
        ),
        ("[grid]\n\"lr,lr\" = [[0.1, 0.2]]\n", "but must be for keys that differ; lr stands there twice"),
        ("[grid]\nbatch = [8, 0]\n", "line 2: batch of [grid] is 0, but must be at least 1"),
        ("[grid]\nlr = { log = [0, 1], count = 3 }\n", "but must be two numbers above 0"),
        ("[grid]\nlr = { log = [0.1, 1], steps = 3 }\n", "is steps, but must be log or linear"),
        ("[grid]\nlr = { log = [0.1, 1] }\n", "with one of count and random"),
        ("[grid]\nseeds = 0\n", "line 2: seeds of [grid] is 0, but must be at least 1"),
        ("[grid]\nseeds = 2\nseed = [1]\n", "one of seed and seeds"),
        ("[grid]\nseeds = 10_000\nbatch = { linear = [1, 9000], count = 9000 }\n", "at most 1000000 of them"),
        ("[grid]\nlayers = [[{ dense = 2 }]]\nhidden = [8]\n", "hidden of [grid] is given beside layers"),
        ("grid = 3\n", "a section, [grid]"),
        ("", "the grid is empty, but must be a config, made = \"moons\" below [data] say"),
    ] {
        let folder = folder(grid);
        let error = fails(&folder, "grid.toml --dry-run");
        assert!(error.contains(expected), "{grid}: {error}");
    }
    refused(
        "sweep depths --dry-run",
        "of the sweeps that come with the program there are depth, heads, rates",
    );
    refused("sweep depth", "arguments were not provided");
    refused("sweep depth --dry-run --shard 5/4", "expected I/N");
    let folder = folder(GRID);
    let output = Command::new(PROGRAM).args(["train", "grid.toml"]).current_dir(&folder).output().unwrap();
    assert!(text(&output.stderr).contains("gradlens sweep trains a grid"), "{}", text(&output.stderr));
}

#[test]
fn keys_that_stand_in_one_name_change_together() {
    let folder = folder("[grid]\n\"optimizer,lr\" = [[\"sgd\", 0.1], [\"adam\", 0.001]]\nseeds = 2\n");
    let printed = sweep(&folder, "grid.toml --dry-run --list");
    let printed = text(&printed.stdout);
    assert!(printed.contains("optimizer,lr=adam/0.001 seed=1"), "{printed}");
    assert!(printed.ends_with("4 runs: optimizer,lr x2, seed x2\n"), "{printed}");
}

#[test]
fn the_last_seed_is_a_seed_like_others() {
    let grid = |seed: &str, seeds: u32| {
        folder(&format!(
            "[data]\nmade = \"moons\"\n[training]\nsteps = 1\nseed = {seed}\n[grid]\nseeds = {seeds}\n"
        ))
    };
    for (seed, seeds) in [("18446744073709551615", 1), ("18446744073709551614", 2)] {
        let folder = grid(seed, seeds);
        sweep(&folder, "grid.toml --out out");
        // Read again, from the grid of the folder and from the lines.
        let output = sweep(&folder, "grid.toml --out out");
        assert!(text(&output.stdout).contains(&format!("{seeds} done before")), "{}", text(&output.stdout));
        sweep(&folder, "--collect out");
        sweep(&folder, "--report out");
        assert!(read(&folder, "out/results.csv").contains("18446744073709551615"));
    }
    let error = fails(&grid("18446744073709551614", 3), "grid.toml --dry-run");
    assert!(
        error.contains("seeds of [grid] is 3, but must be at most 2, from the seed 18446744073709551614 on"),
        "{error}"
    );
}

#[test]
fn ranges_are_even_or_drawn_by_their_seed() {
    let folder =
        folder("[grid]\nbatch = { log = [1, 64], count = 7 }\nlr = { linear = [0.1, 0.3], count = 3 }\n");
    let listed = sweep(&folder, "grid.toml --dry-run --list");
    for batch in [1, 2, 4, 8, 16, 32, 64] {
        assert!(
            text(&listed.stdout).contains(&format!("lr=0.2 batch={batch}\n")),
            "{}",
            text(&listed.stdout)
        );
    }
    let drawn = |seed: u32| {
        let grid = format!("[grid]\nlr = {{ log = [0.001, 1.0], random = 50, seed = {seed} }}\n");
        fs::write(folder.path().join("drawn.toml"), grid).unwrap();
        ids(&folder, "drawn.toml")
    };
    assert_eq!(drawn(1), drawn(1));
    assert_ne!(drawn(1), drawn(2));
    let listed = sweep(&folder, "drawn.toml --dry-run --list");
    let rates = text(&listed.stdout).lines().filter_map(|line| line.split_once("lr=")?.1.parse::<f64>().ok());
    let below = rates.filter(|&rate| (0.001..0.0316).contains(&rate)).count();
    assert!((15..35).contains(&below), "{below} of 50 below the middle of a log range");
}

#[test]
fn the_sweeps_that_come_with_the_program_are_those_of_the_sources() {
    let folder = folder("");
    for (name, runs) in [("depth", 2160), ("heads", 560), ("rates", 450)] {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../sweeps/{name}.toml"));
        assert_eq!(ids(&folder, name), ids(&folder, source.to_str().unwrap()));
        assert_eq!(ids(&folder, name).len(), runs, "{name}");
    }
    // Results have gone to a folder of that name.
    fs::create_dir(folder.path().join("depth")).unwrap();
    assert_eq!(ids(&folder, "depth").len(), 2160);
    // A config without a grid is one run.
    fs::write(folder.path().join("grid.toml"), GRID.split("[grid]").next().unwrap()).unwrap();
    sweep(&folder, "grid.toml --out out");
    sweep(&folder, "--collect out");
    sweep(&folder, "--report out");
    assert_eq!(read(&folder, "out/collected.jsonl").lines().count(), 1);
}
