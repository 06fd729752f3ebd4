//! The examples do what their help says, and say what is wrong when they cannot.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// An example's program, which `cargo test` builds beside the tests.
fn program(name: &str) -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let path = here.ancestors().nth(2).unwrap().join("examples").join(name);
    assert!(
        path.exists(),
        "{} is not built: run cargo test, or cargo build --examples, first",
        path.display()
    );
    path
}

fn mnist(flags: &[&str]) -> Output {
    Command::new(program("mnist")).args(flags).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

const SMALL: [&str; 6] = ["--samples", "1000", "--epochs", "2", "--hidden", "16x2"];

#[track_caller]
fn succeeds(output: &Output) -> &str {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn mnist_prints_the_network_a_line_an_epoch_and_the_test_result_under_either_head() {
    for (head, sum) in
        [("softmax", "they sum to 1 whatever the image shows"), ("sigmoid", "probability of its own")]
    {
        let output = mnist(&[&SMALL[..], &["--head", head]].concat());
        let printed = succeeds(&output);
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
    let output = mnist(&[&SMALL[..], &["--head", "sigmoid", "--json", "-", "--validation", "0.2"]].concat());
    let json: Value = serde_json::from_str(succeeds(&output)).unwrap();
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

#[test]
fn the_same_seed_gives_the_same_losses_for_any_number_of_threads() {
    let run = |threads: &str| {
        let output = mnist(
            &[&SMALL[..], &["--json", "-", "--quiet", "--dropout", "0.1", "--threads", threads]].concat(),
        );
        let json: Value = serde_json::from_str(succeeds(&output)).unwrap();
        (json["test"].clone(), json["epochs"][1]["train_loss"].clone())
    };
    assert_eq!(run("1"), run("2"));
}

#[test]
fn quiet_prints_the_test_result_and_nothing_else() {
    let output = mnist(&[&SMALL[..], &["--quiet"]].concat());
    let printed = succeeds(&output);
    assert!(printed.lines().count() == 1 && printed.starts_with("test accuracy"), "{printed}");
}

#[test]
fn json_goes_into_a_file_whole_and_leaves_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.json");
    fs::write(&path, "old").unwrap();
    succeeds(&mnist(&[&SMALL[..], &["--quiet", "--json", path.to_str().unwrap()]].concat()));
    assert!(serde_json::from_str::<Value>(&fs::read_to_string(&path).unwrap()).is_ok());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_json_file_that_cannot_be_written_is_said_before_training() {
    let output = mnist(&[&SMALL[..], &["--json", "/no/such/folder/run.json"]].concat());
    let error = text(&output.stderr);
    assert!(
        !output.status.success() && error.contains("/no/such/folder/run.json: cannot write this file"),
        "{error}"
    );
    assert_eq!(text(&output.stdout), "");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error_after_the_result_was_printed() {
    let output = mnist(&[&SMALL[..], &["--json", "/dev/full"]].concat());
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("/dev/full: cannot write this file"), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("test accuracy"));
    assert!(!fs::metadata(Path::new("/dev/full")).unwrap().is_file());
}

#[test]
fn wrong_flags_say_what_is_wrong() {
    let cases: [(&[&str], &str); 28] = [
        (&["--no-such-flag"], "unexpected argument '--no-such-flag'"),
        (&["--head", "softmin"], "possible values: softmax, sigmoid"),
        (&["--batch", "0"], "it is 0, but must be at least 1"),
        (&["--epochs", "0"], "it is 0, but must be at least 1"),
        (&["--epochs", "ten"], "expected a whole number"),
        (&["--epochs", "18446744073709551615"], "must be at most"),
        (&["--batch", "-1"], "it is -1, but must be at least 1"),
        (&["--threads", "40000"], "must be at most 1024"),
        (&["--hidden", "18446744073709551615"], "must be at most 1000000"),
        (&["--hidden", "1,1x18446744073709551615"], "must be at most 9999"),
        (&["--seed", "x"], "expected a whole number"),
        (&["--clip-norm", "0"], "finite and above 0"),
        (&["--samples", "60001"], "there are 60000"),
        (&["--lr", "-0.1"], "it is -0.1, but must be finite and at least 0"),
        (&["--lr", "fast"], "expected a number"),
        (&["--hidden", "0"], "the width of a hidden layer is 0"),
        (&["--hidden", "100x0"], "the number of layers is 0"),
        (&["--hidden", "12,,3"], "is not such a number"),
        (&["--hidden", "1x99999999"], "must be at most 10000"),
        (&["--activation", "rellu"], "one of identity, sigmoid, tanh, relu"),
        (&["--init", "xavier"], "glorot-uniform"),
        (&["--init", "normal:-1"], "at least 0 for normal"),
        (&["--bias-init", "orthogonal"], "the initialiser of a bias is orthogonal"),
        (&["--dropout", "1"], "at least 0 and below 1"),
        (&["--schedule", "cosinus"], "one-cycle"),
        (&["--patience", "2", "--validation", "0"], "no samples set aside"),
        (&["--momentum", "0.9"], "belong to --optimizer sgd"),
        (&["--data", "no/such/folder"], "no/such/folder: found no such folder"),
    ];
    for (flags, expected) in cases {
        let output = mnist(flags);
        let error = text(&output.stderr);
        assert!(!output.status.success(), "{flags:?}");
        assert!(error.contains(expected), "{flags:?}: {expected:?} is not in: {error}");
        assert!(!error.contains("panicked"), "{error}");
        assert_eq!(error.matches(expected).count(), 1, "each cause once: {error}");
    }
}

#[test]
fn a_run_that_fails_leaves_its_finished_epochs_and_the_reason_in_the_json_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.json");
    let flags =
        ["--samples", "100", "--epochs", "9", "--batch", "100", "--validation", "0", "--hidden", "100x8"];
    let more =
        ["--activation", "identity", "--optimizer", "sgd", "--lr", "10", "--schedule", "constant", "--json"];
    let output = mnist(&[&flags[..], &more[..], &[path.to_str().unwrap()]].concat());
    assert_eq!(output.status.code(), Some(1));
    let json: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert!(json["error"].as_str().unwrap().contains("is not finite"), "{json}");
    assert!(!json["epochs"].as_array().unwrap().is_empty() && json.get("test").is_none(), "{json}");
}

#[test]
#[cfg(unix)]
fn json_is_written_when_nobody_reads_the_text_and_through_links_without_replacing_them() {
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("real.json"), folder.path().join("link.json"));
    fs::write(&file, "old").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    let script = format!(
        "'{}' --samples 1000 --epochs 2 --json '{}' | head -n 1",
        program("mnist").display(),
        link.display()
    );
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert_eq!(text(&output.stdout).lines().count(), 1);
    let json: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(json["epochs"].as_array().unwrap().len(), 2);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[test]
#[cfg(target_os = "linux")]
fn standard_output_by_its_name_in_dev_is_written_and_not_replaced() {
    let before = fs::read_link("/dev/stdout").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out");
    let script = format!(
        "'{}' --samples 1000 --epochs 1 --quiet --json /dev/stdout > '{}'",
        program("mnist").display(),
        file.display()
    );
    assert!(Command::new("sh").args(["-c", &script]).status().unwrap().success());
    assert_eq!(fs::read_link("/dev/stdout").unwrap(), before);
    assert!(fs::read_to_string(&file).unwrap().contains("seconds_total"));
}

#[test]
fn help_lists_every_flag() {
    let output = mnist(&["--help"]);
    let help = succeeds(&output);
    for flag in [
        "head",
        "hidden",
        "activation",
        "init",
        "dropout",
        "optimizer",
        "lr",
        "schedule",
        "weight-decay",
        "epochs",
        "batch",
        "validation",
        "patience",
        "seed",
        "threads",
        "data",
        "quiet",
        "json",
    ] {
        assert!(help.contains(&format!("--{flag} ")) || help.contains(&format!("--{flag}\n")), "--{flag}");
    }
}

#[test]
fn every_optimiser_schedule_and_initialiser_can_be_named() {
    let flags = [
        "--optimizer sgd --momentum 0.9 --nesterov --lr 0.05 --schedule one-cycle --init orthogonal",
        "--optimizer rmsprop --schedule step:0.5:0.1 --init lecun-normal --activation selu --standardise",
        "--optimizer adamw --weight-decay 0.05 --schedule warmup:0.1 --init constant:0.1 --activation leaky-relu:0.1",
        "--optimizer adam --clip-norm 1 --init normal:0.5 --bias-init standard --activation gelu --hidden none",
    ];
    for flags in flags {
        let flags: Vec<&str> =
            flags.split(' ').chain(["--samples", "200", "--epochs", "1", "--quiet"]).collect();
        succeeds(&mnist(&flags));
    }
}

#[test]
fn a_rate_that_is_too_high_ends_in_an_error_with_its_cause() {
    let output = mnist(&[&SMALL[..], &["--optimizer", "sgd", "--lr", "1e30"]].concat());
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        error.contains("training stopped at epoch 1, step 2") && error.contains("learning rate"),
        "{error}"
    );
}

#[test]
#[cfg(unix)]
fn a_reader_that_has_read_enough_ends_the_program_quietly() {
    let program = program("mnist");
    // So many epochs that it would never end by itself.
    let script = format!("'{}' --samples 1000 --epochs 1000000 | head -n 1", program.display());
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    let complaints: Vec<&str> = text(&output.stderr)
        .lines()
        .filter(|line| !line.starts_with("note: this is a debug build"))
        .collect();
    assert_eq!((text(&output.stdout).lines().count(), complaints), (1, vec![]));
}

#[test]
#[cfg(unix)]
fn ctrl_c_ends_the_run_with_what_was_learned_so_far() {
    use std::io::{BufRead, BufReader, Read};
    let mut child = Command::new(program("mnist"))
        .args(["--epochs", "100000", "--samples", "2000", "--hidden", "16"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("epoch") {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "it ended before the first epoch");
    }
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(rest.contains("interrupted in epoch") && rest.contains("test accuracy"), "{rest}");
}

#[test]
fn both_heads_are_compared_over_seeds() {
    let output = mnist(
        &"--head both --seeds 3 --samples 2000 --epochs 1 --hidden 16 --json -"
            .split(' ')
            .collect::<Vec<_>>(),
    );
    assert!(output.status.success(), "{}", text(&output.stderr));
    let found: serde_json::Value = serde_json::from_str(text(&output.stdout)).unwrap();
    let runs = found["runs"].as_array().unwrap();
    assert_eq!((runs.len(), &found["metrics"][1]), (3, &"log loss".into()));
    // The paired t-test, slowly: 4.303 is Student's 0.975 quantile for 2 degrees of freedom.
    let difference =
        |run: &serde_json::Value| run["sigmoid"][1].as_f64().unwrap() - run["softmax"][1].as_f64().unwrap();
    let d: Vec<f64> = runs.iter().map(difference).collect();
    let mean = (d[0] + d[1] + d[2]) / 3.0;
    let spread = (d.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / 2.0).sqrt();
    let comparison = &found["comparisons"][1];
    assert!((comparison["difference"].as_f64().unwrap() - mean).abs() < 1e-12);
    let half = 4.303 * spread / 3.0_f64.sqrt();
    assert!((comparison["half_width_95"].as_f64().unwrap() - half).abs() < 1e-12);
    assert_eq!(comparison["larger_than_noise"], mean.abs() > half);
    let output = mnist(&["--seeds", "3"]);
    assert!(!output.status.success() && text(&output.stderr).contains("--seeds belongs to --head both"));
}
