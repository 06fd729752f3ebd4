//! The help: complete, narrow enough for a terminal, and right about defaults.

use crate::{PROGRAM, printed, text};
use serde_json::Value;
use std::process::Command;

const COMMANDS: [&str; 10] =
    ["train", "evaluate", "predict", "mnist", "multilabel", "diagnose", "study", "sweep", "head", "zoo"];

/// The help in a terminal of 80 columns.
fn help(command: &str) -> String {
    let output = Command::new(PROGRAM).args([command, "--help"]).env("COLUMNS", "80").output().unwrap();
    text(&output.stdout).to_string()
}

/// The flags of a help text with what is said of each, in one line.
fn flags(help: &str) -> Vec<(String, String)> {
    let mut flags: Vec<(String, String)> = vec![];
    for line in help.lines() {
        let words = line.trim_start();
        let is_flag = words.starts_with('-') && line.len() - words.len() < 8;
        match flags.last_mut() {
            _ if is_flag => {
                let name =
                    words.split([' ', ',', '[']).find(|word| word.starts_with("--")).unwrap_or("--help");
                let described = words.split_once("  ").map_or("", |(_, text)| text.trim());
                flags.push((name.to_string(), described.to_string()));
            }
            Some((_, described)) if line.starts_with("        ") => {
                *described = format!("{described} {words}").trim().to_string();
            }
            _ => {}
        }
    }
    flags
}

/// What stands between `[default: ` and `]`.
fn default(described: &str) -> Option<&str> {
    described.split_once("[default: ")?.1.split(']').next()
}

#[test]
fn help_fits_80_columns_and_describes_every_flag() {
    for command in COMMANDS {
        let help = help(command);
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{command}: {line}");
        }
        let flags = flags(&help);
        assert!(flags.len() >= 3, "{command}: {flags:?}");
        for (name, described) in flags {
            let own_words = described.split('[').next().unwrap_or("");
            assert!(own_words.split_whitespace().count() >= 2, "{command} {name}: {described:?}");
        }
    }
}

#[test]
fn without_a_command_there_is_help_that_names_them_all() {
    let help = printed("");
    for command in COMMANDS {
        assert!(help.lines().any(|line| line.trim_start().starts_with(command)), "{command}: {help}");
    }
    assert!(help.contains("Usage: gradlens"));
}

/// What was asked for and what came of it, without times.
fn outcome(flags: &str) -> Value {
    let mut found = crate::json(flags);
    for epoch in found["epochs"].as_array_mut().into_iter().flatten() {
        epoch["seconds"] = 0.into();
        epoch["samples_per_second"] = 0.into();
    }
    found["seconds_total"] = 0.into();
    found
}

#[test]
fn the_defaults_that_the_help_of_mnist_names_are_those_of_a_run_without_flags() {
    let small = "mnist --samples 500 --epochs 1 --quiet";
    let mut given = String::new();
    for (name, described) in flags(&help("mnist")) {
        let Some(default) = default(&described).filter(|_| !small.contains(&name)) else { continue };
        // As in "0.1 for sgd, 0.001 for the others".
        let of_adam = default.split(", ").find_map(|part| part.strip_suffix(" for the others"));
        let value = of_adam.unwrap_or(default);
        // What is off or left to the program has no value; --seeds belongs to --head both.
        if !value.contains(' ') && value != "off" && name != "--seeds" {
            given += &format!(" {name}={value}");
        }
    }
    for name in ["--hidden", "--lr", "--weight-decay", "--schedule", "--validation"] {
        assert!(given.contains(&format!(" {name}=")), "{name} is not in {given}");
    }
    assert_eq!(outcome(small), outcome(&format!("{small}{given}")));
}

#[test]
fn the_defaults_that_the_help_of_multilabel_names_for_each_kind_of_data_are_those_that_are_taken() {
    let flags = flags(&help("multilabel"));
    let described = |name: &str| {
        let found = flags.iter().find(|(flag, _)| flag == name).unwrap();
        default(&found.1).unwrap().to_string()
    };
    for data in ["teacher", "xor", "overlay"] {
        let value = |name: &str| {
            let described = described(name).replace("for the others ", "");
            let found = described.split(';').find_map(|part| part.trim().strip_prefix(data)).unwrap();
            found.trim().to_string()
        };
        let config =
            crate::json(&format!("multilabel --data {data} --samples 100 --test-samples 100 --quiet"));
        let hidden: Vec<usize> = value("--hidden").split(',').map(|width| width.parse().unwrap()).collect();
        assert_eq!(config["network"]["hidden"], serde_json::json!(hidden), "{data}");
        assert_eq!(config["training"]["epochs"].to_string(), value("--epochs"), "{data}");
        assert_eq!(config["training"]["lr"].to_string(), value("--lr"), "{data}");
    }
}
