//! `gradients` finds the fault that was put in, and its remedy cures it.

use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

fn gradients(flags: &str) -> Output {
    let here = std::env::current_exe().unwrap();
    let program: PathBuf = here.ancestors().nth(2).unwrap().join("examples").join("gradients");
    assert!(
        program.exists(),
        "{} is not built: run cargo test, or cargo build --examples, first",
        program.display()
    );
    Command::new(program).args(flags.split_whitespace()).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[track_caller]
fn json(flags: &str) -> Value {
    let output = gradients(&format!("{flags} --json -"));
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_str(text(&output.stdout)).unwrap()
}

#[test]
fn every_fault_is_found_and_the_first_remedy_cures_it() {
    let cases = [
        ("--hidden 60x7 --activation sigmoid", "vanishing-slope"),
        ("--hidden 60x12 --activation tanh --init standard", "vanishing-weights"),
        ("--hidden 60x3 --activation tanh --init normal:1", "saturated"),
        ("--hidden 60x10 --init normal:0.5", "exploding"),
        ("--hidden 60x2 --bias-init constant:-10", "dead-units"),
        ("--hidden 60x2 --activation tanh --init constant:0.01", "symmetric"),
        ("--hidden 60 --head sigmoid --loss mse", "head-loss-mismatch"),
        ("--hidden 60x2 --lr 10", "rate-too-high"),
        ("--hidden 100x4 --lr 2", "rate-too-high"),
        ("--hidden 100x4 --lr 1000", "rate-too-high"),
        ("--hidden 60x2 --lr 1e-8", "rate-too-low"),
        ("--hidden 60 --activation tanh --scale-input 100", "input-scale"),
        ("--hidden 60x2 --init normal:1e25", "not-finite"),
        ("--hidden 60x2 --dropout 0.98 --lr 0.01", "bias-plateau"),
    ];
    for (flags, illness) in cases {
        let found = json(&format!("diagnose {flags} --steps 200 --fix"));
        assert_eq!(found["verdict"]["illness"], illness, "{flags}: {}", found["verdict"]["cause"]);
        assert_eq!(
            found["fixed"]["verdict"]["illness"], "healthy",
            "{flags}: {}",
            found["fixed"]["verdict"]["cause"]
        );
        let accuracy = |at: &Value| at["final"]["head"]["accuracy"].as_f64().unwrap_or(0.0);
        let (before, after) = (accuracy(&found), accuracy(&found["fixed"]));
        assert!(after > 0.75 && after > before - 0.05, "{flags}: accuracy from {before} to {after}");
    }
}

#[test]
fn diagnose_reports_every_key_of_every_layer() {
    let found = json("diagnose --hidden 30x4 --activation tanh --steps 20");
    for when in ["initial", "final"] {
        let layers = found[when]["layers"].as_array().unwrap();
        assert_eq!(layers.len(), 4);
        for key in [
            "name",
            "activation",
            "saturated_share",
            "dead_share",
            "delta_rms",
            "delta_ratio",
            "predicted_ratio",
            "weight_gain",
            "slope_rms",
            "update_log10",
        ] {
            assert!(layers.iter().all(|layer| !layer[key].is_null()), "{when}: {key}");
        }
    }
    for key in ["illness", "severity", "cause", "layers", "remedies"] {
        assert!(!found["verdict"][key].is_null(), "{key}");
    }
    assert!(found["also"].is_array());
    assert_eq!(found["layer_verdicts"].as_array().unwrap().len(), 5);
    let evidence = &found["verdict"]["evidence"][0];
    assert!(evidence["value"].is_f64() && evidence["quantity"].is_string(), "{evidence}");
}

#[test]
fn gradients_that_f32_cannot_hold_and_rates_that_move_nothing_are_explained_without_nan() {
    for (flags, illness) in [
        ("--hidden 20x80 --activation sigmoid --steps 0", "vanishing-slope"),
        ("--hidden 60x16 --activation softsign --init standard --steps 0", "vanishing-weights"),
        ("--hidden 30 --lr 1e-12 --steps 100", "rate-too-low"),
        ("--hidden 30 --lr 0 --steps 100", "rate-too-low"),
        ("--hidden 30x2 --bias-init constant:-20 --steps 20", "dead-units"),
        ("--hidden none --init zeros --lr 0.01 --steps 64", "healthy"),
    ] {
        let found = json(&format!("diagnose {flags}"));
        assert_eq!(found["verdict"]["illness"], illness, "{flags}: {}", found["verdict"]["cause"]);
        let words = format!("{} {}", found["verdict"], found["also"]);
        assert!(!words.contains("NaN") && !words.contains("inf "), "{flags}: {words}");
    }
}

#[test]
fn as_many_steps_are_trained_as_were_asked_for() {
    assert_eq!(json("diagnose --hidden 10 --steps 1000")["final"]["step"], 1000);
}

#[test]
fn no_steps_measure_the_network_as_it_is_initialised() {
    let found = json("diagnose --hidden 40x12 --activation sigmoid --steps 0");
    assert_eq!(found["initial"], found["final"]);
    assert_eq!(
        (&found["verdict"]["illness"], &found["verdict"]["since_step"]),
        (&"vanishing-slope".into(), &1.into())
    );
}

#[test]
fn the_page_is_written_where_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.html");
    let output = gradients(&format!("diagnose --hidden 20x3 --steps 10 --html {}", path.display()));
    assert!(text(&output.stdout).contains(&format!("Pictures: {}", path.display())));
    assert!(std::fs::read_to_string(path).unwrap().contains("<svg"));
    let path = folder.path().join("head.html");
    let output = gradients(&format!("head --html {}", path.display()));
    assert!(text(&output.stdout).contains(&format!("Pictures: {}", path.display())));
    assert_eq!(std::fs::read_to_string(path).unwrap().matches("<svg").count(), 2);
    let output = gradients("diagnose --steps 1 --html /no/such/folder/page.html");
    assert!(
        !output.status.success() && text(&output.stderr).contains("/no/such/folder/page.html: cannot write")
    );
}

#[test]
fn the_pull_of_the_heads_is_that_of_the_formulas() {
    let found = json("head");
    let at_ten = found["gradient"].as_array().unwrap().iter().find(|row| row["z"] == 10.0).unwrap();
    let s = 1.0 / (1.0 + (-10.0_f64).exp());
    // Two classes under softmax: p (p - t) terms of both outputs add up to twice the sigmoid's.
    let expected = [
        ("sigmoid+mse", s * s * (1.0 - s)),
        ("sigmoid+bce", s),
        ("softmax+mse", 2.0 * s * s * (1.0 - s)),
        ("softmax+ce", s),
    ];
    for (name, expected) in expected {
        let found = at_ten[name].as_f64().unwrap();
        assert!((found - expected).abs() < 1e-6 * expected, "{name}: {found}, expected {expected}");
    }
    let escape = &found["escape"][0];
    assert!((escape["output"].as_f64().unwrap() - 0.8176).abs() < 5e-5);
    assert!(escape["steps_mse"].as_u64().unwrap() < 300 && escape["steps_bce"].as_u64().unwrap() < 60);
}

#[test]
fn one_seed_of_the_zoo_keeps_the_gate() {
    let found = json("zoo --seeds 1");
    let all = &found["scores"][2];
    let rate = |key: &str| all[key]["hits"].as_f64().unwrap() / all[key]["of"].as_f64().unwrap();
    assert!(rate("found") >= 0.95 && rate("cause") >= 0.90 && rate("false_alarms") <= 0.02, "{all}");
}

#[test]
fn flags_that_make_no_sense_say_so() {
    for (flags, expected) in [
        ("diagnose --head sigmoid --loss ce", "--loss bce"),
        ("diagnose --scale-input 0", "finite and above 0"),
        ("diagnose --steps -1", "invalid value"),
        ("zoo --html page.html", "--html belongs to the study, to diagnose and to head"),
        ("zoo --seeds 0", "must be at least 1"),
        ("zoo --only unicorn", "no kind has this in its name"),
    ] {
        let output = gradients(flags);
        let error = text(&output.stderr);
        assert!(!output.status.success() && error.contains(expected), "{flags}: {error}");
    }
}
