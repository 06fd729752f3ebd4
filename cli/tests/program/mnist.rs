//! `gradlens mnist` trains under either head and says what it learned.

use crate::{gradlens, json, printed, refused, text};
use serde_json::Value;
use std::fs;

const SMALL: &str = "mnist --samples 1000 --epochs 2 --hidden 16x2";

#[test]
fn mnist_prints_the_network_a_line_an_epoch_and_the_test_result_under_either_head() {
    for (head, sum) in
        [("softmax", "they sum to 1 whatever the image shows"), ("sigmoid", "probability of its own")]
    {
        let output = gradlens(&format!("{SMALL} --head {head}"));
        assert!(output.status.success(), "{}", text(&output.stderr));
        let printed = text(&output.stdout);
        for part in [
            "784 -> 16",
            "he-normal",
            head,
            "epoch 1/2",
            "epoch 2/2",
            "/s  ",
            "confusion",
            "precision",
            sum,
            "test accuracy",
        ] {
            assert!(printed.contains(part), "{part:?} is not in: {printed}");
        }
        assert!(
            !printed.contains('\x1b') && !text(&output.stderr).contains('\x1b'),
            "no control codes in a pipe"
        );
    }
}

#[test]
fn json_on_standard_output_is_one_object_with_everything_and_text_goes_to_standard_error() {
    let output = gradlens(&format!("{SMALL} --head sigmoid --json - --validation 0.2"));
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(text(&output.stderr).contains("test accuracy"));
    let number = |path: &str| json.pointer(path).unwrap_or_else(|| panic!("no {path}")).as_f64().unwrap();
    for key in [
        "epoch",
        "train_loss",
        "train_accuracy",
        "validation_loss",
        "validation_accuracy",
        "samples_per_second",
        "seconds",
    ] {
        assert!(number(&format!("/epochs/1/{key}")) > 0.0, "{key}");
    }
    for key in ["accuracy", "loss", "ece", "output_sum_mean", "output_sum_std", "top_3_accuracy"] {
        assert!(number(&format!("/test/{key}")) > 0.0, "{key}");
    }
    assert_eq!(json["config"]["head"], "sigmoid + binary cross-entropy");
    assert_eq!(json["config"]["hidden"], serde_json::json!([16, 16]));
    assert!(number("/seconds_total") > 0.0);
    let confusion = json["test"]["confusion"].as_array().unwrap();
    let total: u64 =
        confusion.iter().flat_map(|row| row.as_array().unwrap()).map(|n| n.as_u64().unwrap()).sum();
    assert_eq!((confusion.len(), total), (10, 10_000));
    assert_eq!(json["test"]["classes"].as_array().unwrap().len(), 10);
}

/// Six images of 4 x 3 pixels to train on and four to test on, of three classes.
const KERAS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/images/keras.npz");

#[test]
fn images_of_any_size_and_number_of_classes_are_trained_on() {
    let found = printed(&format!("mnist --data {KERAS} --epochs 2"));
    for part in ["12 -> 128", "64 -> 3", "2     .", "sum of an image's 3 outputs", "test accuracy"] {
        assert!(found.contains(part), "{part:?} is not in: {found}");
    }
    assert!(!found.contains("top-3") && !found.contains("no test set"), "{found}");
    let found = json(&format!("mnist --data {KERAS} --epochs 2 --quiet"));
    assert_eq!(
        (&found["test"]["classes"][2]["name"], &found["config"]["test_set_aside"]),
        (&"2".into(), &false.into())
    );
    for command in ["mnist --head both --seeds 2 --epochs 2", "diagnose --steps 4"] {
        assert!(gradlens(&format!("{command} --data {KERAS}")).status.success(), "{command}");
    }
    refused(&format!("zoo --data {KERAS}"), "expected the folder with the four MNIST files");
}

#[test]
fn of_many_classes_the_most_frequent_mistakes_are_shown_and_a_set_without_a_test_set_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("emnist-balanced-train.csv");
    let rows = (0..470).map(|row| format!("{},0,{},100,200\n", row % 47, row % 7));
    fs::write(&path, rows.collect::<String>()).unwrap();
    let found = printed(&format!("mnist --data {} --epochs 1", path.display()));
    let parts = ["no test set: 68 images are set aside to test on, 402 are left", "4 -> 128", "64 -> 47"];
    for part in parts.iter().chain(&["most frequent mistakes on the test set", "\n    t  "]) {
        assert!(found.contains(part), "{part:?} is not in: {found}");
    }
    assert!(!found.contains("confusion"), "{found}");
}

#[test]
fn the_same_seed_gives_the_same_losses_for_any_number_of_threads() {
    let run = |threads: u32| {
        let json = json(&format!("{SMALL} --quiet --dropout 0.1 --threads {threads}"));
        (json["test"].clone(), json["epochs"][1]["train_loss"].clone())
    };
    assert_eq!(run(1), run(2));
}

#[test]
fn quiet_prints_the_test_result_and_nothing_else() {
    let printed = printed(&format!("{SMALL} --quiet"));
    assert!(printed.lines().count() == 1 && printed.starts_with("test accuracy"), "{printed}");
}

#[test]
fn a_run_that_fails_leaves_its_finished_epochs_and_the_reason_in_the_json_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.json");
    let output = gradlens(&format!(
        "mnist --samples 100 --epochs 9 --batch 100 --validation 0 --hidden 100x8 --activation identity \
         --optimizer sgd --lr 10 --schedule constant --json {}",
        path.display()
    ));
    assert_eq!(output.status.code(), Some(1));
    let json: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert!(json["error"].as_str().unwrap().contains("is not finite"), "{json}");
    assert!(!json["epochs"].as_array().unwrap().is_empty() && json.get("test").is_none(), "{json}");
}

#[test]
fn a_rate_that_is_too_high_ends_in_an_error_with_its_cause() {
    let output = gradlens(&format!("{SMALL} --optimizer sgd --lr 1e30"));
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        error.contains("training stopped at epoch 1, step 2") && error.contains("learning rate"),
        "{error}"
    );
}

#[test]
fn a_run_that_has_diverged_ends_in_an_error_though_all_numbers_are_finite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.json");
    let output = gradlens(&format!("{SMALL} --lr 1e9 --json {}", path.display()));
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    assert!(error.contains("it has diverged; the learning rate, ") && error.contains("too high"), "{error}");
    assert!(!text(&output.stdout).contains("test accuracy"));
    let json: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert!(json["error"].as_str().unwrap().contains("it has diverged"), "{json}");
    assert_eq!((json["epochs"].as_array().unwrap().len(), json.get("test")), (2, None));
}

#[test]
fn both_heads_are_compared_over_seeds() {
    let found = json("mnist --head both --seeds 3 --samples 2000 --epochs 1 --hidden 16");
    let runs = found["runs"].as_array().unwrap();
    assert_eq!((runs.len(), &found["metrics"][1]), (3, &"log loss".into()));
    // The paired t-test, slowly: 4.303 is Student's 0.975 quantile for 2 degrees of freedom.
    let difference = |run: &Value| run["sigmoid"][1].as_f64().unwrap() - run["softmax"][1].as_f64().unwrap();
    let d: Vec<f64> = runs.iter().map(difference).collect();
    let mean = (d[0] + d[1] + d[2]) / 3.0;
    let spread = (d.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / 2.0).sqrt();
    let comparison = &found["comparisons"][1];
    assert!((comparison["difference"].as_f64().unwrap() - mean).abs() < 1e-12);
    let half = 4.303 * spread / 3.0_f64.sqrt();
    assert!((comparison["half_width_95"].as_f64().unwrap() - half).abs() < 1e-12);
    assert_eq!(comparison["larger_than_noise"], mean.abs() > half);
    refused("mnist --seeds 3", "--seeds belongs to --head both");
}
