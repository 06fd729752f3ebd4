//! A sweep loses nothing, repeats nothing, and says the same on whatever runs it.

use crate::{PROGRAM, printed, refused, text};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const GRID: &str = r#"
[data]
file = "moons.csv"
targets = ["moon"]
test_share = 0.25
standardise = true

[training]
batch = 32
steps = 40

[grid]
hidden = ["8", "8x2", [8, 4]]
lr = { log = [0.001, 0.1], count = 3 }
seeds = 4
"#;
const RUNS: usize = 36;

/// A folder with a table of two moons, and a grid.
fn folder(grid: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = String::from("x,y,moon\n");
    for i in 0..200 {
        let (moon, angle) = (i % 2, f64::from(i) * 0.0314);
        let (x, y) = (angle.cos() + f64::from(moon), angle.sin() * (1.0 - 2.0 * f64::from(moon)));
        let noise = (f64::from(i) * 12.9898).sin() * 0.3;
        writeln!(rows, "{},{},{}", x + noise, y - noise, ["upper", "lower"][moon as usize]).unwrap();
    }
    fs::write(folder.path().join("moons.csv"), rows).unwrap();
    fs::write(folder.path().join("grid.toml"), grid).unwrap();
    folder
}

fn command(folder: &Path, flags: &str) -> Command {
    let mut command = Command::new(PROGRAM);
    command.arg("sweep").args(flags.split_whitespace()).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs `gradlens sweep`, which has to succeed.
#[track_caller]
fn sweep(folder: &TempDir, flags: &str) -> Output {
    let output = command(folder.path(), flags).output().unwrap();
    assert!(output.status.success(), "{flags}: {}", text(&output.stderr));
    output
}

/// Runs it where it has to fail, and returns what it says.
#[track_caller]
fn fails(folder: &TempDir, flags: &str) -> String {
    let output = command(folder.path(), flags).output().unwrap();
    let error = text(&output.stderr).to_string();
    assert_eq!(output.status.code(), Some(1), "{flags}: {error}");
    assert!(!error.contains("panicked"), "{flags}: {error}");
    error
}

fn read(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

fn append(folder: &TempDir, name: &str, text: &str) {
    File::options().append(true).open(folder.path().join(name)).unwrap().write_all(text.as_bytes()).unwrap();
}

/// Lines without their times, sorted; times come last.
fn sorted(lines: &str) -> Vec<&str> {
    let mut lines: Vec<&str> =
        lines.lines().map(|line| line.rsplit_once(",\"seconds\":").unwrap().0).collect();
    lines.sort_unstable();
    lines
}

fn line(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Ids, as `--list` prints them.
fn ids(folder: &TempDir, grid: &str) -> Vec<String> {
    let listed = sweep(folder, &format!("{grid} --dry-run --list"));
    let lines = text(&listed.stdout).lines().filter(|line| line.starts_with(' '));
    lines.map(|line| line.split_whitespace().nth(1).unwrap().to_string()).collect()
}

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
        ("[grid]\nbatch = [8, 0]\n", "line 2: batch of [grid] is 0, but must be at least 1"),
        ("[grid]\nlr = { log = [0, 1], count = 3 }\n", "but must be two numbers above 0"),
        ("[grid]\nlr = { log = [0.1, 1], steps = 3 }\n", "is steps, but must be log or linear"),
        ("[grid]\nlr = { log = [0.1, 1] }\n", "with one of count and random"),
        ("[grid]\nseeds = 0\n", "line 2: seeds of [grid] is 0, but must be at least 1"),
        ("[grid]\nseeds = 2\nseed = [1]\n", "one of seed and seeds"),
        ("[grid]\nseeds = 10_000\nbatch = { linear = [1, 9000], count = 9000 }\n", "at most 1000000 of them"),
        ("[grid]\nlayers = [[{ dense = 2 }]]\nhidden = [8]\n", "hidden of [grid] is given beside layers"),
        ("grid = 3\n", "a section, [grid]"),
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
fn a_run_has_the_numbers_of_diagnose_and_train_of_its_config() {
    let folder = folder(GRID);
    sweep(&folder, "grid.toml --out out");
    let config = GRID.split("[grid]").next().unwrap().to_string()
        + "lr = 0.01\nseed = 2\n[network]\nhidden = [8, 4]\n";
    fs::write(folder.path().join("run.toml"), config).unwrap();
    let of = |command: &str| -> Value {
        let output = Command::new(PROGRAM)
            .args([command, "run.toml", "--json", "-"])
            .current_dir(&folder)
            .output()
            .unwrap();
        line(text(&output.stdout))
    };
    let (diagnosed, trained) = (of("diagnose"), of("train"));
    let results = read(&folder, "out/results.jsonl");
    let run = results.lines().map(line).find(|line| {
        let (network, training) = (&line["config"]["network"], &line["config"]["training"]);
        network["hidden"] == serde_json::json!([8, 4]) && training["lr"] == 0.01 && training["seed"] == 2
    });
    let run = run.unwrap();
    assert_eq!(run["verdict"], diagnosed["verdict"]);
    assert_eq!(run["metrics"]["train_accuracy"], diagnosed["final"]["score"]);
    assert_eq!(run["gradient"]["final"]["rms"][0], diagnosed["final"]["layers"][0]["delta_rms"]);
    assert_eq!(run["metrics"]["accuracy"], trained["scores"]["accuracy"]);
    assert_eq!(
        run["metrics"]["train_loss"],
        trained["epochs"].as_array().unwrap().last().unwrap()["train_loss"]
    );
}

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

#[test]
fn the_same_command_again_runs_what_is_missing_and_nothing_else() {
    let folder = folder(GRID);
    sweep(&folder, "grid.toml --out out");
    let whole = read(&folder, "out/results.jsonl");
    let output = sweep(&folder, "grid.toml --out out");
    assert!(text(&output.stdout).contains("; 36 done before"), "{}", text(&output.stdout));
    assert_eq!(read(&folder, "out/results.jsonl"), whole);
    let (kept, gone): (Vec<_>, Vec<_>) = whole.lines().enumerate().partition(|(number, _)| number % 3 > 0);
    let kept: String = kept.iter().map(|(_, line)| format!("{line}\n")).collect();
    fs::write(folder.path().join("out/results.jsonl"), &kept).unwrap();
    let output = sweep(&folder, "grid.toml --out out");
    assert!(text(&output.stdout).contains(&format!("{} runs done", gone.len())), "{}", text(&output.stdout));
    let again = read(&folder, "out/results.jsonl");
    assert!(again.starts_with(&kept));
    assert_eq!(sorted(&again), sorted(&whole));
    // By shards as well, although the files have other names.
    sweep(&folder, "grid.toml --out out --shard 2/7");
    assert_eq!(read(&folder, "out/results-2-of-7.jsonl"), "");
}

#[test]
fn a_line_that_is_torn_or_damaged_is_noticed_and_its_run_is_run_again() {
    let folder = folder(GRID);
    sweep(&folder, "grid.toml --out out");
    let whole = read(&folder, "out/results.jsonl");
    let lines: Vec<&str> = whole.lines().collect();
    let short = whole.trim_end().trim_end_matches('}');
    fs::write(folder.path().join("out/results.jsonl"), short).unwrap();
    let output = sweep(&folder, "grid.toml --out out");
    assert!(text(&output.stderr).contains("the last line was torn; its run is run again"));
    assert_eq!(sorted(&read(&folder, "out/results.jsonl")), sorted(&whole));
    for torn in [1, 40, lines[35].len() - 1] {
        let text = lines[..35].join("\n") + "\n" + &lines[35][..torn];
        fs::write(folder.path().join("out/results.jsonl"), text).unwrap();
        sweep(&folder, "grid.toml --out out");
        assert_eq!(sorted(&read(&folder, "out/results.jsonl")), sorted(&whole), "{torn}");
    }
    let damaged = whole.replacen("\"metrics\"", "\"metr\u{0}cs\"", 1);
    fs::write(folder.path().join("out/results.jsonl"), damaged).unwrap();
    let output = sweep(&folder, "grid.toml --out out");
    assert!(text(&output.stderr).contains("results.jsonl, line 1: no JSON"), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("1 run done"), "{}", text(&output.stdout));
    sweep(&folder, "--collect out");
    assert_eq!(sorted(&read(&folder, "out/collected.jsonl")), sorted(&whole));
}

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
fn a_run_that_fails_is_a_line_and_stops_no_other() {
    // Adam has no momentum.
    let grid = GRID.replace("seeds = 4", "optimizer = [\"sgd\", \"adam\"]\nmomentum = [0.5]\nseeds = 1");
    let folder = folder(&grid);
    let output = sweep(&folder, "grid.toml --out out");
    assert!(text(&output.stdout).contains("18 runs done, 9 of them failed"), "{}", text(&output.stdout));
    assert!(
        text(&output.stderr).contains("9 of 18 runs failed, the first of them"),
        "{}",
        text(&output.stderr)
    );
    let results = read(&folder, "out/results.jsonl");
    let failed: Vec<Value> = results.lines().map(line).filter(|line| line.get("error").is_some()).collect();
    assert_eq!(failed.len(), 9);
    assert!(failed.iter().all(|line| line["error"].as_str().unwrap().contains("momentum")), "{}", failed[0]);
    assert!(
        failed
            .iter()
            .all(|line| line["config"]["training"]["optimizer"] == "adam" && line["seconds"].is_number())
    );
    sweep(&folder, "grid.toml --out out");
    assert_eq!(read(&folder, "out/results.jsonl"), results, "they are done");
    let output = sweep(&folder, "grid.toml --out out --retry");
    assert!(text(&output.stdout).contains("9 runs done, 9 of them failed"), "{}", text(&output.stdout));
    let output = sweep(&folder, "--collect out");
    assert!(text(&output.stdout).starts_with("18 runs, 9 of them failed"), "{}", text(&output.stdout));
    assert_eq!(sorted(&read(&folder, "out/collected.jsonl")), sorted(&results));
    sweep(&folder, "--report out");
    assert!(read(&folder, "out/report.html").contains("Runs that failed"));
}

#[test]
fn what_could_not_be_read_once_is_read_with_retry() {
    let folder = folder(GRID);
    fs::rename(folder.path().join("moons.csv"), folder.path().join("away.csv")).unwrap();
    let output = sweep(&folder, "grid.toml --out out");
    assert!(text(&output.stdout).contains("36 runs done, 36 of them failed"), "{}", text(&output.stdout));
    fs::rename(folder.path().join("away.csv"), folder.path().join("moons.csv")).unwrap();
    sweep(&folder, "grid.toml --out out --retry");
    let output = sweep(&folder, "--collect out");
    assert!(text(&output.stdout).starts_with("36 runs, 0 of them failed"), "{}", text(&output.stdout));
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
    append(&folder, "out/results-1-of-4.jsonl", &twice.replace("\"steps\":40", "\"steps\":39"));
    let error = fails(&folder, "--collect out");
    assert!(error.contains("results-1-of-4.jsonl and") && error.contains("say something else of"), "{error}");
    // A line of another sweep does not count.
    let id = line(&twice)["id"].as_str().unwrap().to_string();
    fs::write(folder.path().join("out/results-1-of-4.jsonl"), twice.replace(&id, "0123456789abcdef"))
        .unwrap();
    let error = fails(&folder, "--collect out");
    assert!(error.contains("note: 1 line is of no run of the grid"), "{error}");
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
    let error = fails(&folder, "--report out --axes depth");
    assert!(error.contains("the grid has no such key, but hidden, lr, seed"), "{error}");
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

/// A sweep of a few tiny runs of made samples, over these rates.
fn tiny(folder: &TempDir, name: &str, rates: &str) -> String {
    let path = folder.path().join(name);
    let grid = format!(
        "[data]\nmade = \"moons\"\nsamples = 40\n[network]\nhidden = [4]\n[training]\nsteps = 3\n[grid]\nlr = [{rates}]\n"
    );
    fs::write(&path, grid).unwrap();
    path.display().to_string()
}

#[test]
fn a_reader_who_goes_away_does_not_end_a_sweep() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let grid = tiny(&folder, "grid.toml", "0.1, 0.2, 0.3, 0.4");
    let command = format!("{} sweep {grid} --out {} | true", PROGRAM, out.display());
    assert!(Command::new("sh").args(["-c", &command]).output().unwrap().status.success());
    assert_eq!(fs::read_to_string(out.join("results.jsonl")).unwrap().lines().count(), 4);
}

#[test]
fn an_extension_that_is_refused_leaves_the_grid_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let small = tiny(&folder, "small.toml", "0.1, 0.2");
    printed(&format!("sweep {small} --out {}", out.display()));
    let grid = fs::read(out.join("sweep.toml")).unwrap();
    let results = fs::File::options().append(true).open(out.join("results.jsonl")).unwrap();
    results.lock().unwrap();
    let large = tiny(&folder, "large.toml", "0.1, 0.2, 0.3");
    refused(&format!("sweep {large} --out {} --extend", out.display()), "another process");
    assert_eq!(fs::read(out.join("sweep.toml")).unwrap(), grid);
    drop(results);
    printed(&format!("sweep {large} --out {} --extend", out.display()));
    assert_eq!(fs::read_to_string(out.join("results.jsonl")).unwrap().lines().count(), 3);
}

#[test]
fn a_whole_line_without_its_end_counts_and_one_damaged_line_is_no_other_file() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let grid = tiny(&folder, "grid.toml", "0.1, 0.2, 0.3");
    printed(&format!("sweep {grid} --out {}", out.display()));
    let path = out.join("results.jsonl");
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&path, whole.trim_end()).unwrap();
    assert!(printed(&format!("sweep {grid} --out {}", out.display())).contains("3 done before"));
    assert_eq!(fs::read_to_string(&path).unwrap(), whole);
    fs::write(&path, format!("xx{}", &whole[2..])).unwrap();
    printed(&format!("sweep {grid} --out {}", out.display()));
    assert_eq!(
        fs::read_to_string(&path).unwrap().lines().count(),
        4,
        "the damaged one, two old ones and a new one"
    );
}

#[test]
fn every_column_of_the_table_has_a_name_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let grid = tiny(&folder, "grid.toml", "0.1, 0.2");
    printed(&format!("sweep {grid} --out {}", out.display()));
    printed(&format!("sweep --report {}", out.display()));
    let table = fs::read_to_string(out.join("results.csv")).unwrap();
    let names: Vec<&str> = table.lines().next().unwrap().split(',').collect();
    let different: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(different.len(), names.len(), "{names:?}");
    assert!(different.contains("training.steps") && different.contains("steps"));
}
