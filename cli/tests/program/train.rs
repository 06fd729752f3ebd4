//! `gradlens train`, `evaluate` and `predict` on people's own tables: what they print, what they refuse, and that a
//! config repeats the run.

use crate::{gradlens, json, printed, refused, text};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A folder with tables of classes, labels and numbers.
fn tables() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, contents: String| fs::write(folder.path().join(name), contents).unwrap();
    let row = |i: usize| (f64::from((i * 37 % 100) as u32) / 100.0, f64::from((i * 61 % 100) as u32) / 100.0);
    let rows = |of: &dyn Fn(f64, f64) -> String| -> String {
        (0..200).map(row).map(|(x, y)| format!("{x},{y},{}\n", of(x, y))).collect()
    };
    let kind = |x: f64, y: f64| if x > y { "above" } else { "below" }.to_string();
    write("kinds.csv", format!("x,y,kind\n{}", rows(&kind)));
    write(
        "labels.csv",
        format!("x,y,left,low\n{}", rows(&|x, y| format!("{},{}", u8::from(x < 0.5), u8::from(y < 0.5)))),
    );
    write(
        "prices.csv",
        format!("x,y,price\n{}", rows(&|x, y| format!("{}", 1000.0 + 500.0 * x - 200.0 * y))),
    );
    write("new.csv", "y,x\n0.1,0.9\n0.9,0.1\n".into());
    folder
}

fn at(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).display().to_string()
}

#[test]
fn a_table_and_its_target_are_enough() {
    let folder = tables();
    for (table, targets, task, line, least) in [
        ("kinds.csv", "kind", "classes", "test accuracy", "accuracy"),
        ("labels.csv", "left,low", "labels", "test labels right", "label_accuracy"),
        ("prices.csv", "price", "regression", "test R2", "r2"),
    ] {
        let flags = format!("train {} --targets {targets}", at(&folder, table));
        let out = printed(&flags);
        assert!(
            out.starts_with(&format!("{task}: 160 samples of 2 inputs to train on, 40 to measure on")),
            "{out}"
        );
        assert!(out.contains("This config repeats the run") && out.contains(line), "{out}");
        let found = json(&flags);
        assert_eq!((&found["task"], &found["scored"]), (&task.into(), &"test samples".into()));
        assert!(found["scores"][least].as_f64().unwrap() > 0.9, "{table}: {}", found["scores"]);
        assert!(task != "regression" || !out.contains("accuracy"), "{out}");
    }
}

#[test]
fn the_config_that_is_printed_repeats_the_run_to_the_byte() {
    let folder = tables();
    let table = at(&folder, "prices.csv");
    let config = printed(&format!("train {table} --targets price --hidden 8x2 --dropout 0.1 --print-config"));
    let path = folder.path().join("run.toml");
    fs::write(&path, &config).unwrap();
    let run = path.display();
    assert_eq!(printed(&format!("train {run} --print-config")), config);
    refused(&format!("train {run} --dropout 0.5"), "layers says everything");
    refused(&format!("train {run} --json {table}"), "this file is read");
    let scores = |flags: &str| json(flags)["scores"].clone();
    assert_eq!(
        scores(&format!("train {run}")),
        scores(&format!("train {table} --targets price --hidden 8x2 --dropout 0.1"))
    );
    assert_eq!(scores(&format!("evaluate {run}")), scores(&format!("train {run}")));
    let kept = printed(&format!("train {table} --targets price --standardise-targets=false --print-config"));
    assert!(kept.contains("standardise_targets = false"), "{kept}");
    // A flag comes before the file.
    assert_eq!(json(&format!("train {run} --lr 0.5"))["config"]["lr"], 0.5);
    assert_eq!(json(&format!("train --config {run} --lr 0.5"))["config"]["lr"], 0.5);
}

#[test]
fn paths_are_relative_to_the_config() {
    let folder = tables();
    let path = folder.path().join("run.toml");
    let text =
        "[data]\nfile = \"kinds.csv\"\ntest = \"kinds.csv\"\ntargets = \"kind\"\n[training]\nepochs = 3\n";
    fs::write(&path, text).unwrap();
    let found = json(&format!("train {}", path.display()));
    assert_eq!((&found["train_samples"], &found["scored"]), (&200.into(), &"test samples".into()));
}

#[test]
fn new_rows_are_predicted_by_name_and_in_their_units() {
    let folder = tables();
    let predict = |table: &str, targets: &str| {
        printed(&format!("predict {} {} --targets {targets}", at(&folder, table), at(&folder, "new.csv")))
    };
    let kinds = predict("kinds.csv", "kind");
    let lines: Vec<&str> = kinds.lines().collect();
    assert_eq!(lines[0], "kind,above,below");
    assert!(lines[1].starts_with("above,") && lines[2].starts_with("below,"), "{kinds}");
    let labels = predict("labels.csv", "left,low");
    assert!(labels.starts_with("labels,left,low\nlow,") && labels.contains("\nleft,"), "{labels}");
    let as_json =
        json(&format!("predict {} {} --targets kind", at(&folder, "kinds.csv"), at(&folder, "new.csv")));
    assert_eq!((&as_json["task"], &as_json["rows"][0]["class"]), (&"classes".into(), &"above".into()));
    let prices = predict("prices.csv", "price");
    let price = |line: usize| prices.lines().nth(line).unwrap().parse::<f64>().unwrap();
    assert!((price(1) - 1430.0).abs() < 40.0 && (price(2) - 870.0).abs() < 40.0, "{prices}");
}

#[test]
fn what_cannot_be_trained_is_refused_before_the_training() {
    let folder = tables();
    let kinds = at(&folder, "kinds.csv");
    for (flags, expected) in [
        (format!("train {kinds}"), "name the target columns"),
        (format!("train {kinds} --targets knd"), "did you mean \"kind\"?"),
        (format!("train {kinds} --targets kind --task regression"), "a number, as the task is regression"),
        (format!("train {kinds} --targets kind --loss huber"), "head and loss is"),
        (
            format!("train {kinds} --targets kind --test {}", at(&folder, "new.csv")),
            "found no column \"kind\"",
        ),
        (
            format!("predict {kinds} {} --targets kind --ignore x", at(&folder, "prices.csv")),
            "unknown columns \"price\"",
        ),
        ("train".into(), "[data] is without samples"),
        ("train no/such.toml".into(), "no/such.toml: cannot read the config"),
    ] {
        refused(&flags, expected);
    }
    let path = folder.path().join("run.toml");
    fs::write(&path, "[training]\nlerning_rate = 1\n").unwrap();
    let run = format!("train {}", path.display());
    refused(&run, "line 2: the key lerning_rate of [training] is unknown");
    let data = "[data]\nfile = \"kinds.csv\"\ntargets = \"kind\"\n";
    for (rest, expected) in [
        ("[training]\nbatch = 5\nmomentum = 0.9\n", "run.toml, line 6: momentum is set for adam"),
        ("[training]\npatience = 3\n", "run.toml, line 5: the patience of early stopping is set"),
        ("[network]\nlayers = [{ dense = 5 }]\n", "run.toml, line 5: the last dense layer is of 5 units"),
        ("[network]\nhead = \"softmax\"\nloss = \"bce\"\n", "run.toml, line 6: head and loss"),
    ] {
        fs::write(&path, format!("{data}{rest}")).unwrap();
        refused(&run, expected);
    }
    refused(&format!("{run} --head softmax --loss bce"), "error: head and loss");
}

#[test]
fn paths_are_relative_to_the_config_in_it_and_to_the_working_directory_in_flags_and_what_is_printed() {
    let folder = tables();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    fs::rename(folder.path().join("kinds.csv"), inner.join("kinds.csv")).unwrap();
    fs::copy(inner.join("kinds.csv"), folder.path().join("others.csv")).unwrap();
    fs::write(inner.join("run.toml"), "[data]\nfile = \"kinds.csv\"\ntargets = \"kind\"\n").unwrap();
    let run = |arguments: &str| {
        let arguments = arguments.split(' ');
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_gradlens"))
            .current_dir(&folder)
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let printed = run("train inner/run.toml --test others.csv --print-config");
    assert!(printed.contains("file = \"inner/kinds.csv\"\ntest = \"others.csv\"\n"), "{printed}");
    fs::write(folder.path().join("printed.toml"), &printed).unwrap();
    assert_eq!(run("train printed.toml --print-config"), printed);
}

#[test]
fn diagnose_takes_a_config_and_gives_a_score() {
    let folder = tables();
    let path = folder.path().join("run.toml");
    let text = "[data]\nfile = \"prices.csv\"\ntargets = \"price\"\nstandardise_targets = true\n[network]\nlayers = [{ dense = 8 }, \"tanh\", { dense = 1 }]\n[training]\noptimizer = \"sgd\"\nlr = 50\nepochs = 5\n";
    fs::write(&path, text).unwrap();
    let found = json(&format!("diagnose {} --fix", path.display()));
    assert_ne!(found["verdict"]["illness"], "healthy");
    assert!(found["final"]["score"].is_null() || found["final"]["score"].as_f64().unwrap() < 0.5);
    assert!(found["fixed"]["score"].as_f64().is_some(), "{}", found["fixed"]["verdict"]);
    let output = gradlens(&format!("diagnose {} --fix", path.display()));
    assert!(text_of(&output.stdout).contains("The remedies take R2 from"), "{}", text_of(&output.stdout));
}

fn text_of(bytes: &[u8]) -> &str {
    text(bytes)
}

#[test]
fn a_finished_file_is_whole_and_nothing_is_left_beside_it() {
    let folder = tables();
    let out = folder.path().join("out.csv");
    let flags = format!(
        "predict {} {} --targets kind --out {}",
        at(&folder, "kinds.csv"),
        at(&folder, "new.csv"),
        out.display()
    );
    assert_eq!(printed(&flags), "");
    assert_eq!(fs::read_to_string(&out).unwrap().lines().count(), 3);
    assert!(!Path::new(&format!("{}.part", out.display())).exists());
}
