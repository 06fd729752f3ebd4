//! What is shown beyond lines: pages, colours, the table below the bar, and which vectors it was computed with.

use crate::{PROGRAM, gradlens, json, printed, refused, text};
use std::fs;
use std::process::{Command, Output};

/// The page that a command writes.
fn page(flags: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.html");
    printed(&format!("{flags} --html {}", path.display()));
    let page = fs::read_to_string(path).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"), "{flags}");
    assert!(!page.contains("NaN"), "{flags}");
    for address in ["http:", "https:", "src=\"", "@import", "url("] {
        let outside = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!outside.contains(address), "{flags}: the page asks for {address}");
    }
    page
}

#[test]
fn every_command_that_learns_writes_a_page_that_begins_with_what_was_found() {
    let trained = page("train --made blobs --epochs 20 --test-share 0.2 --noise 0.4");
    assert!(trained.contains("of the test samples are right"), "{trained}");
    assert!(trained.contains("What is taken for what.") && trained.contains("The worst mistakes"));
    let labels = page("train --made teacher --epochs 3 --test-share 0.2");
    assert!(labels.contains("of the labels of the test samples are right"));
    let seen = page("diagnose --made circles --hidden 8x12 --activation sigmoid --epochs 5");
    assert!(seen.contains("<h1>Vanishing slope: the gradient at the first of 12 hidden layers is"), "{seen}");
    assert!(seen.contains("What the words mean"));
    // A single hidden layer loses nothing between layers, and has no pictures of that.
    let one = page("diagnose --made circles --hidden 8 --epochs 5");
    assert!(!one.contains("The gradient at every hidden layer"), "{one}");
}

#[test]
fn a_page_compares_before_and_after_on_common_axes() {
    let page = page("diagnose --made circles --hidden 8x12 --activation sigmoid --epochs 20 --fix");
    assert!(page.contains("Where the gradient goes before the first step."), "{page}");
    assert!(page.contains(">Before</h2>") && page.contains(">After</h2>"));
    assert!(page.len() < 600_000, "{} bytes", page.len());
}

#[test]
fn predictions_are_a_page_with_the_worst_mistakes_where_the_truth_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let rows: String = (0..60)
        .map(|i| format!("{},{}\n", f64::from(i) / 10.0, if i % 7 < 4 { "a" } else { "<b>" }))
        .collect();
    fs::write(at("t.csv"), format!("x,kind\n{rows}")).unwrap();
    printed(&format!(
        "predict {} {} --targets kind --out {} --html {}",
        at("t.csv"),
        at("t.csv"),
        at("p.csv"),
        at("p.html")
    ));
    let page = fs::read_to_string(at("p.html")).unwrap();
    assert!(
        page.contains("The worst mistakes") && page.contains("&lt;b&gt;") && !page.contains("<b>"),
        "{page}"
    );
    refused(
        &format!("predict {} {} --targets kind --html {}", at("t.csv"), at("t.csv"), at("t.csv")),
        "would be written over",
    );
}

/// Runs the program with a variable of the environment.
fn with(variable: &str, value: &str, flags: &str) -> Output {
    Command::new(PROGRAM).args(flags.split_whitespace()).env(variable, value).output().unwrap()
}

#[test]
fn asked_for_other_vectors_the_program_computes_with_them_or_says_that_there_are_none() {
    let flags = "train --made spiral --epochs 3 --quiet --json -";
    let scores = |value: &str| {
        let output = with("GRADLENS_VECTORS", value, flags);
        assert!(output.status.success(), "{value}: {}", text(&output.stderr));
        let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        found["epochs"][2]["train_loss"].as_f64().unwrap()
    };
    let usual = json("train --made spiral --epochs 3 --quiet")["epochs"][2]["train_loss"].as_f64().unwrap();
    assert!((scores("portable") - usual).abs() < 1e-3);
    assert_eq!(scores("portable"), scores("portable"));
    assert_eq!(scores("avx2"), usual, "AVX2 and AVX-512 give the same bits");
    let wrong = with("GRADLENS_VECTORS", "avx3", flags);
    assert!(!wrong.status.success());
    assert!(text(&wrong.stderr).contains("GRADLENS_VECTORS is avx3, but must be portable, avx2 or avx512"));
}

#[test]
fn through_a_pipe_there_is_no_colour_and_no_line_is_broken() {
    let output = gradlens("diagnose --made circles --hidden 8x12 --activation sigmoid --epochs 5");
    let out = text(&output.stdout);
    assert!(!out.contains('\u{1b}'), "{out}");
    assert!(out.lines().any(|line| line.starts_with("vanishing-slope") && line.len() > 120), "{out}");
}

/// Runs the program on a terminal; `None` where there is nothing that makes one.
fn on_a_terminal(flags: &str) -> Option<String> {
    let command = format!("stty rows 40 cols 80; {PROGRAM} {flags}");
    let output =
        Command::new("script").args(["-qec", &command, "/dev/null"]).env_remove("NO_COLOR").output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn watching_shows_the_layers_and_changes_no_bit_of_what_is_learned() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let flags = "train --made moons --hidden 12x3 --epochs 4";
    let Some(shown) = on_a_terminal(&format!("{flags} --watch --json {}", at("watched.json"))) else {
        eprintln!("skipped: no `script` to make a terminal");
        return;
    };
    assert!(shown.contains("rms dL/ds"), "{shown}");
    let watched: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(at("watched.json")).unwrap()).unwrap();
    assert_eq!(json(flags)["scores"], watched["scores"]);
}

#[test]
fn on_a_terminal_the_verdict_has_a_colour_and_no_line_is_wider_than_it() {
    // Without what a debug build says of itself.
    let flags = "diagnose --made circles --hidden 8x12 --activation sigmoid --epochs 5 2>/dev/null";
    let Some(shown) = on_a_terminal(flags) else { return };
    assert!(shown.contains("\u{1b}[1;31mvanishing-slope\u{1b}[0m"), "{shown}");
    let wide = shown
        .lines()
        .map(|line| line.trim_end())
        .find(|line| line.replace("\u{1b}[1;31m", "").replace("\u{1b}[0m", "").chars().count() > 80);
    assert!(wide.is_none(), "{wide:?}");
}

#[test]
fn a_reader_who_goes_away_loses_no_file_that_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let command = format!(
        "{PROGRAM} diagnose --made circles --hidden 8x6 --epochs 20 --html {} | head -1",
        page.display()
    );
    assert!(Command::new("sh").args(["-c", &command]).output().unwrap().status.success());
    assert!(fs::read_to_string(page).unwrap().ends_with("</html>\n"));
}
