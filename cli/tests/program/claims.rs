//! `gradlens claims` judges numbers by its rules, whatever they are.

use crate::{PROGRAM, text, title};
use serde_json::{Value, json};
use std::fs;
use std::process::{Command, Output};

/// What `gradlens claims --quick` measured once.
fn measured() -> Value {
    serde_json::from_str(include_str!("claims.json")).unwrap()
}

/// What the program says of these numbers.
fn judge(numbers: &str) -> (Output, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("numbers.json"), numbers).unwrap();
    let flags = ["claims", "--from", "numbers.json", "--json", "judged.json", "--pictures", "pictures"];
    (Command::new(PROGRAM).args(flags).current_dir(&folder).output().unwrap(), folder)
}

/// The claims, judged.
#[track_caller]
fn claims(numbers: &Value) -> Vec<Value> {
    let (output, folder) = judge(&numbers.to_string());
    assert!(output.status.success(), "{}", text(&output.stderr));
    let judged: Value =
        serde_json::from_slice(&fs::read(folder.path().join("judged.json")).unwrap()).unwrap();
    assert_eq!(judged["evidence"], numbers["evidence"], "what is read is what is written");
    judged["claims"].as_array().unwrap().clone()
}

fn holds(claims: &[Value]) -> Vec<Vec<bool>> {
    let statements = claims.iter().map(|claim| claim["statements"].as_array().unwrap());
    statements.map(|all| all.iter().map(|one| one["holds"].as_bool().unwrap()).collect()).collect()
}

#[test]
fn every_statement_would_be_decided_otherwise_if_the_numbers_were_others() {
    let numbers = measured();
    let before = holds(&claims(&numbers));
    let [low, high] = [[0.80, 0.9, 0.1], [0.81, 0.9, 0.1]].map(|scores| json!([scores, scores, scores]));
    let better = json!([[0.99, 0.01, 0.01], [0.99, 0.01, 0.01], [0.99, 0.01, 0.01]]);
    let scores = |all_right: f64, ranking: f64| {
        let one = json!({
            "error": 0.01, "hamming_loss": 0.1, "subset_accuracy": all_right, "f1_macro": 0.5, "log_loss": 0.3, "ranking": ranking,
        });
        json!([one, one])
    };
    let (much, little) = (scores(0.5, 0.9), scores(0.1, 0.5));
    let still = |accuracy: f64| json!([[accuracy], [accuracy], [accuracy], [accuracy]]);
    let twins = |difference: f64| json!({ "steps": [0, 1, 2000], "differences": [0.0, 0.0, difference] });
    let depth = |softmax: f64, sigmoid: f64, saturated: f64| json!([{ "activation": "sigmoid", "hidden": 12, "softmax": softmax, "sigmoid": sigmoid, "saturated": saturated }]);
    let pulls = json!([{ "margin": 2.0, "norms": [1.0, 1.0, 1.0, 1.0, 1.0] }, { "margin": 12.0, "norms": [0.1, 1.0, 1.0, 1.0, 1.0] }]);
    let strangers = |softmax: f64, sigmoid: f64| json!([{ "name": "noise", "softmax": softmax, "sigmoid": sigmoid, "none": 0.5 }]);
    // The claim and the statement that changes, and the numbers that are put in place of others.
    type Edit<'a> = (usize, usize, Vec<(&'a str, Value)>);
    let edits: Vec<Edit> = vec![
        (1, 0, vec![("/distribution/softmax_sum_error", json!(0.5))]),
        (1, 1, vec![("/distribution/sigmoid_sum", json!([1.0, 0.0]))]),
        (1, 2, vec![("/distribution/sigmoid", low), ("/distribution/softmax", high)]),
        (1, 3, vec![("/distribution/sigmoid", better)]),
        (2, 0, vec![("/labels/teacher/sigmoid/0/error", json!(0.4))]),
        (
            2,
            1,
            ["teacher", "overlays"]
                .into_iter()
                .flat_map(|set| [(set, "sigmoid", scores(0.5, 0.9)), (set, "softmax", scores(0.1, 0.9))])
                .map(|(set, head, scores)| {
                    let place = match (set, head) {
                        ("teacher", "sigmoid") => "/labels/teacher/sigmoid",
                        ("teacher", _) => "/labels/teacher/softmax",
                        (_, "sigmoid") => "/labels/overlays/sigmoid",
                        _ => "/labels/overlays/softmax",
                    };
                    (place, scores)
                })
                .collect(),
        ),
        (2, 3, vec![("/labels/xor/error", json!(0.3))]),
        (2, 4, vec![("/labels/xor/by_thresholds", json!(0.6))]),
        (3, 0, vec![("/outliers/derivative_error", json!(0.1))]),
        (3, 1, vec![("/outliers/sharpest", json!(0.5))]),
        (3, 2, vec![("/outliers/noise/0/accuracy", still(0.98))]),
        (3, 3, vec![("/outliers/pulls", pulls)]),
        (3, 4, vec![("/outliers/scaled/softmax", json!(1.2))]),
        (4, 0, vec![("/saturation/pulls/sigmoid_mse", json!(0.5))]),
        (4, 1, vec![("/saturation/pulls/sigmoid_bce", json!(0.01))]),
        (4, 2, vec![("/saturation/pulls/softmax_mse", json!(0.9))]),
        (4, 3, vec![("/saturation/pulls/softmax_ce", json!(0.01))]),
        (4, 4, vec![("/saturation/depths", depth(0.9, 0.9, 0.0))]),
        (4, 5, vec![("/saturation/depths", depth(1e-7, 1e-7, 0.5))]),
        (4, 6, vec![("/saturation/depths", depth(1e-4, 1e-7, 0.0))]),
        (5, 0, vec![("/two_classes/function", json!(0.1))]),
        (5, 1, vec![("/two_classes/one_rate", twins(1e-9))]),
        (5, 2, vec![("/two_classes/f32", twins(0.2))]),
        (6, 0, vec![("/calibration/fitted/ece", json!(0.2))]),
        (6, 1, vec![("/calibration/overfitted/ece", json!(0.001))]),
        (6, 2, vec![("/calibration/underfitted/ece", json!(0.001))]),
        (6, 3, vec![("/calibration/teacher", json!(0.2))]),
        (6, 4, vec![("/calibration/strangers", strangers(0.0, 0.0))]),
        (6, 5, vec![("/calibration/strangers", strangers(0.9, 0.0))]),
    ];
    let order: Vec<(&str, Value)> = vec![
        ("/labels/teacher/sigmoid", much.clone()),
        ("/labels/teacher/softmax", little.clone()),
        ("/labels/overlays/sigmoid", much),
        ("/labels/overlays/softmax", little),
    ];
    let with = |edits: &[(&str, Value)]| {
        let mut numbers = numbers.clone();
        for (place, value) in edits {
            *numbers.pointer_mut(&format!("/evidence{place}")).unwrap_or_else(|| panic!("no {place}")) =
                value.clone();
        }
        claims(&numbers)
    };
    for (claim, statement, edits) in &edits {
        let after = holds(&with(edits));
        assert_eq!(
            after[claim - 1][*statement],
            !before[claim - 1][*statement],
            "claim {claim}, {statement}"
        );
        let others = |all: &[Vec<bool>]| {
            (1..=6).filter(|other| other != claim).map(|other| all[other - 1].clone()).collect::<Vec<_>>()
        };
        assert_eq!(others(&after), others(&before), "the other claims stay as they were");
    }
    assert!(holds(&with(&order))[1][2], "the order of the labels");
}

#[test]
fn a_claim_holds_if_all_of_its_statements_do_and_does_not_hold_if_none_does() {
    let mut numbers = measured();
    let verdicts = |numbers: &Value| {
        claims(numbers).iter().map(|claim| claim["verdict"].as_str().unwrap().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(verdicts(&numbers)[4], "holds in part");
    let evidence = &mut numbers["evidence"]["two_classes"];
    evidence["one_rate"]["differences"] = json!([0.0]);
    assert_eq!(verdicts(&numbers)[4], "holds");
    let evidence = &mut numbers["evidence"]["two_classes"];
    for twins in ["one_rate", "f64", "f32"] {
        evidence[twins]["differences"] = json!([1.0]);
    }
    evidence["function"] = json!(1.0);
    assert_eq!(verdicts(&numbers)[4], "does not hold");
}

#[test]
fn what_follows_is_said_of_the_numbers_and_stands_on_the_page() {
    let numbers = measured();
    let (output, folder) = judge(&numbers.to_string());
    let printed = text(&output.stdout);
    assert!(printed.lines().any(|line| line == "   HOLDS IN PART"), "{printed}");
    let page = fs::read_to_string(folder.path().join("claims.html")).unwrap();
    for claim in claims(&numbers) {
        assert!(page.contains(claim["title"].as_str().unwrap()));
        let follows = claim["follows"].as_str().unwrap();
        assert!(!follows.is_empty() && page.contains(&follows.replace('>', "&gt;")), "{follows}");
    }
    assert_eq!(page.matches("<svg").count(), 1 + 10);
    let pictures: Vec<_> = fs::read_dir(folder.path().join("pictures")).unwrap().collect();
    assert_eq!(pictures.len(), 10);
    let picture = fs::read_to_string(folder.path().join("pictures/claim3-1.svg")).unwrap();
    assert!(picture.starts_with("<svg") && picture.contains("Huberised cross-entropy"), "{picture}");
}

#[test]
fn the_title_counts_the_verdicts_whichever_way_they_fall() {
    let mut numbers = measured();
    let page = |numbers: &Value| {
        let (_, folder) = judge(&numbers.to_string());
        fs::read_to_string(folder.path().join("claims.html")).unwrap()
    };
    let before = page(&numbers);
    assert_eq!(
        title(&before),
        "Softmax or sigmoid? All 6 usual claims hold in part: 14 of 30 statements are right"
    );
    let unfolded = before[..before.find("<details>").unwrap()].matches("<svg").count();
    assert_eq!(unfolded, 1, "the picture of all statements comes first");
    numbers["evidence"]["two_classes"]["one_rate"]["differences"] = json!([0.0]);
    let holds = "Of the 6 usual claims 5 hold in part, 1 holds (5): 15 of 30 statements are right";
    assert!(title(&page(&numbers)).ends_with(holds), "{}", title(&page(&numbers)));
    for twins in ["one_rate", "f64", "f32"] {
        numbers["evidence"]["two_classes"][twins]["differences"] = json!([1.0]);
    }
    numbers["evidence"]["two_classes"]["function"] = json!(1.0);
    let fails = "5 hold in part, 1 does not hold (5): 12 of 30 statements are right";
    assert!(title(&page(&numbers)).ends_with(fails), "{}", title(&page(&numbers)));
    for part in ["distribution", "labels", "outliers", "saturation", "calibration"] {
        numbers["evidence"][part] = Value::Null;
    }
    let one = "The one claim that was tested does not hold: 0 of 3 statements are right";
    assert!(title(&page(&numbers)).ends_with(one), "{}", title(&page(&numbers)));
    numbers["evidence"]["two_classes"] = Value::Null;
    assert_eq!(title(&page(&numbers)), "Softmax or sigmoid? No claim was tested");
}

#[test]
fn numbers_that_are_not_those_of_a_run_are_refused_and_missing_ones_left_out() {
    for (numbers, expected) in
        [("no json", "not what `gradlens claims --json` writes"), ("{}", "missing field `evidence`")]
    {
        let (output, _folder) = judge(numbers);
        assert!(!output.status.success());
        assert!(text(&output.stderr).contains(expected), "{}", text(&output.stderr));
    }
    let mut numbers = measured();
    numbers["evidence"]["labels"] = Value::Null;
    assert_eq!(claims(&numbers).len(), 5);
    let (_, folder) = judge(&numbers.to_string());
    let page = fs::read_to_string(folder.path().join("claims.html")).unwrap();
    assert!(page.contains("This is not complete: 5 of the 6 claims"), "a page says what it lacks");
    crate::refused("claims --from numbers.json --quick", "cannot be used with");
    // Lists without numbers.
    for place in [
        "/outliers/noise",
        "/outliers/pulls",
        "/saturation/depths",
        "/saturation/remedies",
        "/distribution/softmax",
        "/two_classes/f64/steps",
        "/calibration/strangers",
        "/calibration/fitted/bins",
    ] {
        let mut numbers = measured();
        *numbers.pointer_mut(&format!("/evidence{place}")).unwrap() = json!([]);
        assert_eq!(claims(&numbers).len(), 6, "{place}");
    }
}

#[test]
fn a_part_of_the_claims_takes_no_place_of_a_whole_page() {
    let mut numbers = measured();
    numbers["evidence"]["calibration"] = Value::Null;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("numbers.json"), numbers.to_string()).unwrap();
    fs::write(at("whole.html"), "the whole page").unwrap();
    let run = |page: &str| {
        let flags = ["claims", "--from", "numbers.json", "--html", page];
        Command::new(PROGRAM).args(flags).current_dir(&folder).output().unwrap()
    };
    let said = text(&run("whole.html").stderr).to_string();
    assert_eq!(fs::read_to_string(at("whole.html")).unwrap(), "the whole page");
    assert!(said.contains("whole.html: left as it was, as 5 of 6 claims were measured"), "{said}");
    assert!(run("part.html").status.success() && at("part.html").is_file());
}
