//! What comes out of a sweep.

use super::{GRID, RUNS, ends_with, fails, folder, read, sweep};
use crate::{text, title};
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
    for axes in ["lr,lr", "seed,seeds", "lr,hidden,lr"] {
        let error = fails(&folder, &format!("--report out --axes {axes}"));
        assert!(error.contains("it is named twice"), "{axes}: {error}");
    }
    let error = fails(&folder, "--report out --axes depth");
    assert!(error.contains("the grid has no such key, but hidden, lr, seed"), "{error}");
}

/// The page on a grid, once it is swept.
fn page(grid: &str) -> String {
    let folder = folder(grid);
    sweep(&folder, "grid.toml --out out");
    sweep(&folder, "--report out");
    read(&folder, "out/report.html")
}

#[test]
fn the_title_is_what_makes_the_greatest_difference_between_the_runs() {
    let moons = |network: &str, steps: u32, grid: &str| {
        format!(
            "[data]\nmade = \"moons\"\nsamples = 200\ntest_share = 0.25\n[network]\n{network}\n[training]\nsteps = {steps}\n[grid]\n{grid}"
        )
    };
    // Depth takes the gradient of sigmoids, and not that of rectifiers.
    let deep = page(&moons(
        "head = \"softmax\"",
        2,
        "hidden = [\"12x2\", \"12x10\"]\nactivation = [\"relu\", \"sigmoid\"]\ninit = [\"he-normal\"]\nseeds = 2",
    ));
    let deep_title = title(&deep);
    assert!(deep_title.starts_with("g1/gL at initialisation falls from "), "{deep_title}");
    assert!(deep_title.contains("activation") && deep_title.contains("sigmoid"), "{deep_title}");
    let unfolded = deep[..deep.find("<details>").unwrap()].matches("<svg").count();
    assert_eq!(unfolded, 1, "the picture that proves it comes first, alone");
    // One layer: what counts is the rate.
    let rate = page(&moons("hidden = [16]", 100, "lr = [0.00001, 0.1]\nbatch = [16, 32]\nseeds = 4"));
    let rate = title(&rate);
    assert!(rate.starts_with("Accuracy rises from ") && rate.contains(" at lr "), "{rate}");
    // A single setting, and a single run.
    let seeds = page(&moons("hidden = [4]", 20, "seeds = 3"));
    assert!(
        title(&seeds).contains("on average, from ") && title(&seeds).ends_with("by the seed"),
        "{}",
        title(&seeds)
    );
    let one = page(&moons("hidden = [4]", 20, "lr = [0.1]"));
    assert!(title(&one).ends_with("in the only run"), "{}", title(&one));
    // What changes nothing is not called a finding.
    let nothing = page(&moons("hidden = [4]", 20, "lr = [0.01, 0.0100001]\nseeds = 3"));
    assert!(
        title(&nothing).starts_with("Accuracy depends on lr no more than on the seed"),
        "{}",
        title(&nothing)
    );
}

#[test]
fn scores_of_several_tasks_are_never_drawn_as_one() {
    let tasks = "\"targets,task\" = [[[\"moon\"], \"classes\"], [[\"x\"], \"regression\"]]\nseeds = 1";
    let folder = folder(&GRID.replace("targets = \"moon\"\n", "").replace("seeds = 4", tasks));
    sweep(&folder, "grid.toml --out out");
    let error = fails(&folder, "--report out");
    assert!(error.contains("several tasks, classes (") && error.contains(") and regression ("), "{error}");
    assert!(!folder.path().join("out/report.html").exists());
    let table = read(&folder, "out/results.csv");
    let header = table.lines().next().unwrap();
    assert!(header.contains(",accuracy,") && header.contains(",r2,"), "{header}");
}

#[test]
fn the_table_is_written_where_every_run_failed() {
    let folder = folder("[data]\nmade = \"moons\"\n[grid]\nlr = [0.1, 0.2]\nmomentum = [0.5]\n");
    ends_with(3, &folder, "grid.toml --out out");
    let error = fails(&folder, "--report out");
    assert!(error.contains("of 2 runs 2 failed") && error.contains("results.csv has the errors"), "{error}");
    let table = read(&folder, "out/results.csv");
    assert!(table.lines().count() == 3 && table.contains("momentum is set for adam"), "{table}");
}

#[test]
fn a_page_stays_small_however_many_values_there_are_and_says_what_it_leaves_out() {
    let grid = "[data]\nmade = \"moons\"\nsamples = 20\n[network]\nhidden = [2]\n[training]\nsteps = 1\n[grid]\n\
        lr = { log = [0.001, 1.0], count = 2000 }\nbatch = { linear = [1, 20], count = 20 }\n";
    let folder = folder(grid);
    // Of both keys every value.
    sweep(&folder, "grid.toml --out out --shard 1/19");
    sweep(&folder, "--report out --pictures pictures");
    let (page, picture) = (read(&folder, "out/report.html"), read(&folder, "pictures/score-1.svg"));
    let expected = "Drawn are 50 of 2000 values of lr, evenly spread.";
    assert!(
        page.contains(&format!("{expected} results.csv has all of them.")) && picture.contains(expected),
        "{picture}"
    );
    assert!(page.len() < 600_000, "{} bytes", page.len());
}
