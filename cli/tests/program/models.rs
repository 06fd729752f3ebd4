//! Networks that were saved: predicted from, measured, diagnosed.

use crate::{gradlens, json, printed, refused, text};
use std::fs;
use std::path::Path;

/// A folder with a table of two kinds and a network that was trained on it.
fn saved() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..200)
        .map(|i| {
            let (x, y) = ((i * 37 % 101) as f64 / 50.0 - 1.0, (i * 59 % 101) as f64 * 3.0);
            format!(
                "{x},{},{y},{}\n",
                ["red", "blue"][i % 2],
                if x + y / 150.0 > 1.0 { "up" } else { "down" }
            )
        })
        .collect();
    fs::write(folder.path().join("t.csv"), format!("x,colour,y,kind\n{rows}")).unwrap();
    let [table, model] = ["t.csv", "m.safetensors"].map(|name| at(&folder, name));
    let output = gradlens(&format!("train {table} --targets kind --save {model} --quiet"));
    assert!(output.status.success(), "{}", text(&output.stderr));
    folder
}

fn at(folder: &tempfile::TempDir, name: &str) -> String {
    folder.path().join(name).display().to_string()
}

#[test]
fn a_saved_network_predicts_what_it_predicted_when_it_was_trained() {
    let folder = saved();
    let [table, model] = ["t.csv", "m.safetensors"].map(|name| at(&folder, name));
    let by_model = printed(&format!("predict {model} {table}"));
    assert_eq!(by_model, printed(&format!("predict {table} {table} --targets kind")));
    assert!(by_model.starts_with("kind,down,up\n"), "{by_model}");
    let scores = json(&format!("evaluate {model} --test {table}"));
    assert!(scores["scores"]["accuracy"].as_f64().unwrap() > 0.9, "{scores}");
}

#[test]
fn an_onnx_file_of_standardised_data_says_what_it_wants() {
    let folder = saved();
    let [table, onnx] = ["t.csv", "m.onnx"].map(|name| at(&folder, name));
    let told = |flags: &str| {
        let output =
            gradlens(&format!("train {table} --ignore kind --targets y --onnx {onnx} --quiet{flags}"));
        assert!(output.status.success(), "{}", text(&output.stderr));
        let file = fs::read(&onnx).unwrap();
        let holds = |key: &str| file.windows(key.len()).any(|bytes| bytes == key.as_bytes());
        (
            text(&output.stderr).matches("in its metadata").count(),
            holds("input_moments"),
            holds("target_moments"),
        )
    };
    assert_eq!(told(""), (2, true, true));
    assert_eq!(told(" --standardise=false --standardise-targets=false"), (0, false, false));
}

#[test]
fn a_saved_network_is_diagnosed_as_it_is_and_as_it_goes_on() {
    let folder = saved();
    let [table, model] = ["t.csv", "m.safetensors"].map(|name| at(&folder, name));
    let found = json(&format!("diagnose {table} --model {model}"));
    assert_eq!((&found["initial"]["step"], &found["final"]["step"]), (&1.into(), &1.into()));
    assert_eq!(found["healthy"], true, "{}", found["verdict"]);
    let on = json(&format!("diagnose {table} --model {model} --steps 40"));
    assert_eq!(on["final"]["step"], 40);
    assert!(on["final"]["loss"].as_f64() < found["initial"]["loss"].as_f64());
    let shown = printed(&format!("diagnose {table} --model {model}"));
    assert!(shown.starts_with("as it was saved: loss "), "{shown}");
}

#[test]
fn a_network_and_samples_that_do_not_fit_are_refused() {
    let folder = saved();
    let [table, model] = ["t.csv", "m.safetensors"].map(|name| at(&folder, name));
    let names = fs::read_to_string(&table).unwrap().replacen("x,colour", "z,colour", 1);
    fs::write(folder.path().join("other.csv"), names).unwrap();
    refused(&format!("predict {model} {}", at(&folder, "other.csv")), "found no column \"x\"");
    refused(&format!("diagnose --model {model}"), "the last dense layer is of 2 units, but must be 10");
    refused(&format!("evaluate {model}"), "name samples to measure it on");
    refused(
        &format!("predict {model} {table} --out {model}"),
        "this file is read, and would be written over",
    );
    refused(&format!("train {table} --targets kind --json {table}"), "this file is read");
    refused(&format!("train {table} --targets kind --save {table}"), "let the name end in .safetensors");
    let mut bytes = fs::read(&model).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&model, bytes).unwrap();
    refused(&format!("predict {model} {table}"), "their SHA-256 differs");
    assert!(Path::new(&table).exists());
}
