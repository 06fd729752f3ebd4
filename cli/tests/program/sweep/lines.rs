//! A line of results for each run that has ended: none is lost, none is double.

use super::{FEW, GRID, ends_with, fails, folder, line, read, sorted, sweep};
use crate::{PROGRAM, text};
use serde_json::Value;
use std::fs;
use std::process::Command;

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
fn a_whole_line_without_its_end_counts_and_one_damaged_line_is_no_other_file() {
    let folder = folder(FEW);
    sweep(&folder, "grid.toml --out out");
    let whole = read(&folder, "out/results.jsonl");
    let write = |text: &str| fs::write(folder.path().join("out/results.jsonl"), text).unwrap();
    write(whole.trim_end());
    let output = sweep(&folder, "grid.toml --out out");
    assert!(text(&output.stdout).contains("3 done before"), "{}", text(&output.stdout));
    assert_eq!(read(&folder, "out/results.jsonl"), whole);
    write(&format!("xx{}", &whole[2..]));
    sweep(&folder, "grid.toml --out out");
    // The damaged one stays, and its run stands behind the other two.
    assert_eq!(read(&folder, "out/results.jsonl").lines().count(), 4);
}

#[test]
fn a_run_that_fails_is_a_line_and_stops_no_other() {
    // Adam has no momentum.
    let grid = GRID.replace("seeds = 4", "optimizer = [\"sgd\", \"adam\"]\nmomentum = [0.5]\nseeds = 1");
    let folder = folder(&grid);
    let output = ends_with(3, &folder, "grid.toml --out out");
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
    ends_with(3, &folder, "grid.toml --out out");
    assert_eq!(read(&folder, "out/results.jsonl"), results, "they are done");
    let output = ends_with(3, &folder, "grid.toml --out out --retry");
    assert!(text(&output.stdout).contains("9 runs done, 9 of them failed"), "{}", text(&output.stdout));
    let output = ends_with(3, &folder, "--collect out");
    assert!(text(&output.stdout).starts_with("18 runs, 9 of them failed"), "{}", text(&output.stdout));
    assert_eq!(sorted(&read(&folder, "out/collected.jsonl")), sorted(&results));
    sweep(&folder, "--report out");
    assert!(read(&folder, "out/report.html").contains("Runs that failed"));
}

#[test]
fn lines_of_one_run_that_say_different_things_are_refused_by_every_command() {
    let folder = folder(FEW);
    sweep(&folder, "grid.toml --out out");
    let first = read(&folder, "out/results.jsonl").lines().next().unwrap().to_string();
    let other = first.replace("\"steps\":3,\"stopped\"", "\"steps\":2,\"stopped\"");
    assert_ne!(first, other);
    fs::write(folder.path().join("out/results.jsonl"), format!("{first}\n{other}\n")).unwrap();
    for flags in ["grid.toml --out out", "--collect out", "--report out"] {
        let error = fails(&folder, flags);
        let expected = "out/results.jsonl, line 1 and out/results.jsonl, line 2 say something else of lr=0.";
        assert!(error.contains(expected), "{flags}: {error}");
    }
}

#[test]
fn a_config_or_an_id_that_was_changed_is_told_by_its_line() {
    let folder = folder(FEW);
    sweep(&folder, "grid.toml --out out");
    let whole = read(&folder, "out/results.jsonl");
    let id = line(whole.lines().nth(1).unwrap())["id"].as_str().unwrap().to_string();
    let config = whole.lines().nth(1).unwrap();
    for changed in [
        whole.replace(&id, "0123456789abcdef"),
        whole.replace(config, &config.replace("\"batch\":64", "\"batch\":65")),
        whole.replace(config, &config.replace("\"batch\":64", "\"bitch\":64")),
    ] {
        assert_ne!(changed, whole);
        fs::write(folder.path().join("out/results.jsonl"), changed).unwrap();
        for flags in ["grid.toml --out out", "--collect out", "--report out"] {
            let error = fails(&folder, flags);
            assert!(error.contains("out/results.jsonl, line 2: "), "{flags}: {error}");
            assert!(error.contains("its config"), "{flags}: {error}");
        }
    }
}

#[test]
fn lines_say_which_program_wrote_them_and_older_ones_without_it_are_read() {
    let folder = folder(FEW);
    sweep(&folder, "grid.toml --out out");
    let whole = read(&folder, "out/results.jsonl");
    let program = format!("gradlens {}", env!("CARGO_PKG_VERSION"));
    assert!(whole.lines().map(line).all(|line| line["program"] == program.as_str()));
    // As the first programs wrote them: without program and samples.
    let older: String = whole
        .lines()
        .map(|text| {
            let mut line = line(text);
            for name in ["program", "samples"] {
                line.as_object_mut().unwrap().remove(name).unwrap();
            }
            format!("{line}\n")
        })
        .collect();
    fs::write(folder.path().join("out/results.jsonl"), &older).unwrap();
    let output = sweep(&folder, "grid.toml --out out");
    assert!(text(&output.stdout).contains("3 done before"), "{}", text(&output.stdout));
    sweep(&folder, "--collect out");
    // Results are the same whatever wrote them; that there are two programs is told.
    let both = older + &whole.replace(&program, "gradlens 9.9.9");
    fs::write(folder.path().join("out/results.jsonl"), both).unwrap();
    let output = sweep(&folder, "--collect out");
    let told = text(&output.stderr);
    assert!(told.contains("3 lines are there twice"), "{told}");
    assert!(told.contains("gradlens 9.9.9, which may have computed differently"), "{told}");
}
