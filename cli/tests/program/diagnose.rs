//! `gradlens diagnose` finds the fault that was put in, and its remedy cures it.

use crate::{gradlens, json, refused, text};
use serde_json::Value;

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
        ("--hidden 60x2 --dropout 0.98 --lr 0.01", "dropout"),
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

/// Rows of a table with two inputs, and a config for it.
fn run_of(row: impl Fn(f64, f64, usize) -> String, rest: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let at = |i: usize, step: usize| ((i * step) % 101) as f64 / 50.5 - 1.0;
    let rows: String = (0..400).map(|i| row(at(i, 37), at(i, 59), i) + "\n").collect();
    std::fs::write(folder.path().join("t.csv"), format!("a,b,y\n{rows}")).unwrap();
    let config = format!("[data]\nfile = \"t.csv\"\ntargets = \"y\"\n{rest}");
    let path = folder.path().join("run.toml");
    std::fs::write(&path, config).unwrap();
    (folder, path.display().to_string())
}

#[test]
fn faults_of_tables_and_of_what_is_asked_of_them_are_found_and_cured() {
    let bowl = |a: f64, b: f64, _| format!("{a},{b},{}", a * a + b * b - 0.5);
    let far = |a: f64, b: f64, _| format!("{a},{b},{}", 900.0 + 100.0 * (a - b * b));
    let sorted = |a: f64, b: f64, i: usize| {
        let class = i / 134;
        format!("{},{},{}", a + 3.0 * class as f64, b - class as f64, ["p", "q", "r"][class])
    };
    let regression = "task = \"regression\"\n[network]\n";
    let tanh = "layers = [{ dense = 24 }, \"tanh\", { dense = 24 }, \"tanh\", { dense = 1 }";
    let [plain, bounded] = ["]\n", ", \"relu\"]\n"].map(|end| format!("{regression}{tanh}{end}"));
    let adam = "[training]\noptimizer = \"adam\"\nlr = 0.003\nbatch = 32\nepochs = 60\n";
    let cases = [
        (run_of(far, &format!("{plain}{adam}")), "target-scale"),
        (run_of(bowl, &format!("{bounded}{adam}")), "output-range"),
        (
            run_of(
                bowl,
                &format!(
                    "{regression}layers = [{{ dense = 24 }}, {{ dense = 24 }}, {{ dense = 1 }}]\n{adam}"
                ),
            ),
            "linear-network",
        ),
        (run_of(bowl, &format!("{plain}{}", adam.replace("0.003", "1e-5"))), "undertrained"),
        (
            run_of(
                sorted,
                "[network]\nhidden = [32]\n[training]\noptimizer = \"sgd\"\nlr = 0.3\nbatch = 16\nepochs = 3\nshuffle = false\n",
            ),
            "unshuffled",
        ),
    ];
    for ((_folder, path), illness) in cases {
        let found = json(&format!("diagnose {path} --fix"));
        assert_eq!(found["verdict"]["illness"], illness, "{}", found["verdict"]["cause"]);
        let fixed = &found["fixed"];
        assert_eq!(fixed["verdict"]["illness"], "healthy", "{illness}: {}", fixed["verdict"]["cause"]);
        let score = fixed["score"].as_f64().unwrap();
        assert!(score > 0.9, "{illness}: {score}");
    }
}

#[test]
fn rare_classes_overfitting_and_test_data_of_another_scale_are_said() {
    let lottery =
        |a: f64, b: f64, i: usize| format!("{a},{b},{}", if i % 20 == 7 { "rare" } else { "usual" });
    let (_folder, path) =
        run_of(lottery, "[network]\nhidden = [16]\n[training]\nlr = 0.003\nbatch = 32\nepochs = 20\n");
    let found = json(&format!("diagnose {path}"));
    assert_eq!(found["verdict"]["illness"], "class-imbalance", "{}", found["verdict"]);
    assert!(
        found["verdict"]["cause"].as_str().unwrap().contains("95.0 % of the samples belong to one class")
    );

    let noisy = |_: f64, _: f64, i: usize| {
        let (a, b) = ((i * 37 % 397) as f64 / 198.5 - 1.0, (i * 59 % 397) as f64 / 198.5 - 1.0);
        let class = usize::from((a > b) ^ (i * i / 7 + i / 3).is_multiple_of(4));
        format!("{a},{b},{}", ["p", "q"][class])
    };
    let wide =
        "[network]\nhidden = [100, 100]\n[training]\nlr = 0.01\nbatch = 16\nepochs = 200\nvalidation = 0.8\n";
    let (_folder, path) = run_of(noisy, wide);
    let found = json(&format!("diagnose {path}"));
    assert_eq!(found["verdict"]["illness"], "healthy", "{}", found["verdict"]["cause"]);
    let notes = found["notes"].to_string();
    assert!(notes.contains("overfitting, which is no illness of the gradient"), "{notes}");

    let bowl = |a: f64, b: f64, _| format!("{a},{b},{}", if a * a > b { "p" } else { "q" });
    let (folder, path) = run_of(bowl, "[network]\nhidden = [16]\n[training]\nlr = 0.01\nepochs = 30\n");
    let [same, scaled] = [1.0, 255.0].map(|factor| {
        let rows: String = (0..60)
            .map(|i| {
                let (a, b) = ((i % 13) as f64 / 6.5 - 1.0, (i % 7) as f64 / 3.5 - 1.0);
                format!("{},{b},{}\n", factor * a, if a * a > b { "p" } else { "q" })
            })
            .collect();
        let test = folder.path().join(format!("test{factor}.csv"));
        std::fs::write(&test, format!("a,b,y\n{rows}")).unwrap();
        json(&format!("diagnose {path} --test {}", test.display()))["notes"].to_string()
    });
    assert_eq!(same, "[]");
    // MNIST has pixels that are 0 in all images but a few.
    assert_eq!(json("diagnose --steps 20")["notes"].to_string(), "[]");
    assert!(scaled.contains("1 of 2 input columns differ, most of all input 1"), "{scaled}");
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
        ("--hidden none --init zeros --lr 0.01 --steps 64", "undertrained"),
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
    let mut last = found["final"].clone();
    last.as_object_mut().unwrap().remove("score");
    assert_eq!(found["initial"], last);
    assert_eq!(
        (&found["verdict"]["illness"], &found["verdict"]["since_step"]),
        (&"vanishing-slope".into(), &1.into())
    );
}

#[test]
fn what_was_not_measured_is_not_printed_as_a_number() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    for flags in ["--hidden 20x3 --steps 0", "--hidden none --steps 0", "--hidden 20 --lr 0 --steps 20"] {
        let output = gradlens(&format!("diagnose {flags} --html {}", page.display()));
        assert!(output.status.success(), "{flags}: {}", text(&output.stderr));
        let page = std::fs::read_to_string(&page).unwrap();
        let printed = format!("{} {page}", text(&output.stdout));
        let number = |word: &str| matches!(word.trim_matches(['-', '+', '^', ',', '.']), "inf" | "NaN");
        let words = printed.split(|c: char| c.is_whitespace() || "<>()\"".contains(c));
        let found: Vec<&str> = words.filter(|word| number(word) || word.contains("10^-inf")).collect();
        assert!(found.is_empty(), "{flags}: {found:?}");
    }
}

#[test]
fn the_page_is_written_where_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.html");
    let output = gradlens(&format!("diagnose --hidden 20x3 --steps 10 --html {}", path.display()));
    assert!(text(&output.stdout).contains(&format!("Pictures: {}", path.display())));
    assert!(std::fs::read_to_string(path).unwrap().contains("<svg"));
    refused("diagnose --steps 1 --html /no/such/folder/page.html", "/no/such/folder/page.html: cannot write");
}

#[test]
fn flags_that_make_no_sense_say_so() {
    for (flags, expected) in [
        ("--head sigmoid --loss ce", "the loss of sigmoid is binary-cross-entropy"),
        ("--scale-input 0", "finite and above 0"),
        ("--steps -1", "invalid value"),
        ("--json - --html -", "only one of them can have standard output"),
        ("--data no/such/folder", "another set: --data PATH"),
    ] {
        refused(&format!("diagnose {flags}"), expected);
    }
}
