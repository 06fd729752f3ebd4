//! `gradlens multilabel` comes close to the best possible and says what the softmax costs. Its files hold
//! what it prints.

use crate::{refused, title};
use serde_json::Value;
use std::path::Path;

/// What `--json -` printed.
#[track_caller]
fn json(flags: &str) -> Value {
    crate::json(&format!("multilabel {flags}"))
}

#[track_caller]
fn metric(document: &Value, model: &str, name: &str) -> f64 {
    document["models"][model][name].as_f64().unwrap_or_else(|| panic!("{model}.{name}"))
}

#[test]
fn the_sigmoid_head_comes_close_to_bayes_with_and_without_a_hidden_layer() {
    for flags in ["", "--hidden none --lr 0.01", "--seed 1", "--hidden none --lr 0.01 --seed 1"] {
        let found = json(flags);
        let gap = metric(&found, "sigmoid", "log_loss") - metric(&found, "bayes", "log_loss");
        assert!(gap < 0.005, "{flags}: {gap} above Bayes");
        let distance = metric(&found, "sigmoid", "mean_absolute_error");
        assert!(distance < 0.02, "{flags}: {distance} from the marginals");
    }
}

#[test]
fn the_softmax_head_loses_decisions_and_calibration_and_keeps_the_ranking() {
    let found = json("");
    let of = |model, name| metric(&found, model, name);
    assert!(of("softmax", "f1_micro") < 0.1 && of("sigmoid", "f1_micro") > 0.8);
    assert!(of("softmax", "log_loss") > 2.0 * of("sigmoid", "log_loss"));
    assert!(of("softmax", "ece") > 0.2 && of("sigmoid", "ece") < 0.02);
    let lrap = "label_ranking_average_precision_score";
    assert!((of("softmax", lrap) - of("sigmoid", lrap)).abs() < 0.02);
    // At most one output can pass one half.
    assert!(of("softmax", "recall_micro") <= 1.0 / found["label_cardinality"].as_f64().unwrap());
    assert!((of("softmax", "output_sum_mean") - 1.0).abs() < 1e-5);
    assert_eq!(found["sentences"].as_array().unwrap().len(), 3);
    assert_eq!(found["models"]["sigmoid"]["diagnosis"]["illness"], "healthy");
}

#[test]
fn marginals_cannot_tell_the_set_where_exactly_one_of_two_labels_holds() {
    let found = json("--data xor");
    assert!(metric(&found, "bayes", "accuracy_score") < 0.01);
    assert!((metric(&found, "sets", "accuracy_score") - 0.5).abs() < 0.03);
    assert!(metric(&found, "sigmoid", "mean_absolute_error") < 0.05);
}

/// The columns of a CSV file by their names.
fn columns(path: &Path) -> Vec<(String, Vec<f64>)> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let mut columns: Vec<(String, Vec<f64>)> =
        lines.next().unwrap().split(',').map(|name| (name.to_string(), vec![])).collect();
    for line in lines {
        for (column, cell) in columns.iter_mut().zip(line.split(',')) {
            column.1.push(cell.parse().unwrap());
        }
    }
    columns
}

#[test]
fn anyone_can_recompute_the_metrics_from_the_predictions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("predictions.csv");
    let found = json(&format!(
        "--samples 2000 --test-samples 500 --epochs 3 --labels 4 --predictions {}",
        path.display()
    ));
    let columns = columns(&path);
    assert_eq!((columns.len(), columns[0].1.len()), (4 * 4, 500));
    let of = |start: &str| -> Vec<f64> {
        (0..4)
            .flat_map(|k| columns.iter().find(|(name, _)| *name == format!("{start}{k}")).unwrap().1.clone())
            .collect()
    };
    let (y, truth) = (of("y"), of("bayes"));
    for model in ["sigmoid", "softmax", "bayes"] {
        let p = of(model);
        let mean = |value: &dyn Fn(usize) -> f64| (0..2000).map(value).sum::<f64>() / 2000.0;
        let hamming = mean(&|i| f64::from((p[i] >= 0.5) != (y[i] > 0.5)));
        let log_loss = mean(&|i| -(if y[i] > 0.5 { p[i] } else { 1.0 - p[i] }).clamp(f64::EPSILON, 1.0).ln());
        let distance = mean(&|i| (p[i] - truth[i]).abs());
        for (name, slow) in
            [("hamming_loss", hamming), ("log_loss", log_loss), ("mean_absolute_error", distance)]
        {
            assert!((metric(&found, model, name) - slow).abs() < 1e-12, "{model} {name}");
        }
    }
}

#[test]
fn thresholds_are_tuned_on_validation_samples_and_help_on_others() {
    let (plain, tuned) = (json("--epochs 10"), json("--epochs 10 --tune f1"));
    let f1 = |document: &Value, model: &str| metric(document, model, "f1_macro");
    assert!(f1(&tuned, "softmax") > f1(&plain, "softmax") + 0.5);
    assert!(f1(&tuned, "sigmoid") > f1(&plain, "sigmoid"));
    let thresholds = tuned["models"]["softmax"]["thresholds"].as_array().unwrap();
    assert!(thresholds.iter().all(|t| t.as_f64().unwrap() < 0.5));
    assert_eq!((&tuned["tuned_for"], &tuned["threshold"]), (&"f1".into(), &Value::Null));
}

#[test]
fn weights_of_the_positive_samples_make_rare_labels_found() {
    let rare = "--bias-mean -6 --epochs 10";
    let (plain, weighted) = (json(rare), json(&format!("{rare} --pos-weight balanced")));
    let recall = |document: &Value| metric(document, "sigmoid", "recall_macro");
    assert!(recall(&weighted) > recall(&plain) + 0.1, "{} and {}", recall(&plain), recall(&weighted));
    assert!(plain["empty_share"].as_f64().unwrap() > 0.2, "rows without labels are there, for both heads");
}

#[test]
fn the_page_begins_with_what_the_heads_come_to_in_this_run_and_the_picture_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.html");
    let page = |flags: &str| {
        let found = json(&format!("{flags} --html {}", path.display()));
        (found, std::fs::read_to_string(&path).unwrap())
    };
    let first_picture = |page: &str| {
        let (_, caption) = page.split_once("<figcaption><strong>").unwrap();
        caption.split_once("</strong>").unwrap().0.to_string()
    };
    let (found, decided) = page("--samples 4000 --epochs 5");
    let [sigmoid, softmax] = ["sigmoid", "softmax"].map(|head| metric(&found, head, "f1_micro"));
    assert_eq!(
        title(&decided),
        format!(
            "The sigmoid head finds the labels with an F1 of {sigmoid:.4}, the softmax head with {softmax:.4}"
        )
    );
    assert_eq!(first_picture(&decided), "F1 by label.");
    // Thresholds make up for the decisions, not for the probabilities.
    let (found, alike) = page("--samples 4000 --epochs 5 --tune f1");
    let [sigmoid, softmax] = ["sigmoid", "softmax"].map(|head| metric(&found, head, "f1_micro"));
    match (sigmoid - softmax).abs() < 0.02 {
        true => assert!(title(&alike).starts_with("Both heads decide alike"), "{}", title(&alike)),
        false => {
            assert!(title(&alike).contains(&format!("{:.4}", sigmoid.max(softmax))), "{}", title(&alike))
        }
    }
    assert_ne!(title(&alike), title(&decided));
    let (found, sets) = page("--data xor --samples 4000 --epochs 5");
    let right = 100.0 * metric(&found, "sets", "accuracy_score");
    assert!(
        title(&sets)
            .starts_with(&format!("Of whole sets of labels a softmax over sets gets {right:.1} % right"))
    );
    assert_eq!(first_picture(&sets), "Whole sets that are right.");
    let (_, one) = page("--labels 1 --samples 1000 --epochs 1");
    assert!(title(&one).ends_with("no other head was trained to the end"), "{}", title(&one));
}

#[test]
fn digits_laid_over_one_another_are_told_apart_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let found = json(&format!(
        "--data overlay --samples 4000 --test-samples 400 --hidden 64 --epochs 4 --most 2 --canvas 30 --html {}",
        page.display()
    ));
    assert!(metric(&found, "sigmoid", "roc_auc_macro") > 0.75);
    assert!(found["models"]["bayes"].is_null());
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("Images of the test set") && page.ends_with("</html>\n"));
    for forbidden in ["src=", "https://", "NaN"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn files_are_read_and_what_is_wrong_in_them_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("set.csv");
    let rows: String =
        (0..200).map(|i| format!("{}.5,{},{},{}\n", i % 7, i % 3 % 2, i % 2, i % 3 / 2)).collect();
    std::fs::write(&path, format!("a,b,even,third\n{rows}")).unwrap();
    let found = json(&format!("--data {} --labels 2 --epochs 2", path.display()));
    assert_eq!((&found["features"], &found["labels"]), (&2.into(), &serde_json::json!(["even", "third"])));
    assert_eq!(found["test_samples"], 40);
    let named = json(&format!("--data {} --targets third,2 --epochs 2", path.display()));
    assert_eq!((&named["features"], &named["labels"]), (&2.into(), &serde_json::json!(["third", "b"])));
    std::fs::write(&path, format!("{rows}1,2,3,1\n")).unwrap();
    refused(&format!("multilabel --data {} --labels 2", path.display()), "line 201, column 3");
}

#[test]
fn labels_of_one_kind_are_named_where_the_roc_auc_is_undefined() {
    let folder = tempfile::tempdir().unwrap();
    let (train, test) = (folder.path().join("train.csv"), folder.path().join("test.csv"));
    let rows = |never: &str, always: &str| -> String {
        (0..100).map(|i| format!("{}.5,{},{never},{always}\n", i % 7, i % 2)).collect()
    };
    std::fs::write(&train, format!("a,even,rare,common\n{}{}", rows("0", "1"), rows("1", "0"))).unwrap();
    std::fs::write(&test, format!("a,even,rare,common\n{}", rows("0", "1"))).unwrap();
    let flags = format!("--data {} --test-data {} --labels 3 --epochs 1", train.display(), test.display());
    let found = json(&flags);
    assert!(found["models"]["sigmoid"]["roc_auc_macro"].is_null());
    assert_eq!(
        found["without_roc_auc"],
        serde_json::json!([
            { "label": "rare", "reason": "no test sample has it" },
            { "label": "common", "reason": "every test sample has it" },
        ])
    );
    let printed = crate::printed(&format!("multilabel {flags}"));
    assert!(
        printed
            .contains("which is not so for rare (no test sample has it), common (every test sample has it).")
    );
    assert!(!printed.contains("NaN"), "{printed}");
    let whole = json("--samples 200 --test-samples 200 --epochs 1");
    assert_eq!(whole["without_roc_auc"], serde_json::json!([]));
}

#[test]
fn flags_that_make_no_sense_say_so() {
    for (flags, expected) in [
        ("--data nothing", "expected teacher, overlay, xor, or a .csv or .arff file"),
        ("--data nothing.csv", "nothing.csv: there is no such file"),
        (concat!("--data ", env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"), "expected .csv, .tsv"),
        ("--canvas 30", "belong to --data overlay"),
        ("--data xor --bias-mean 0", "belong to --data teacher"),
        ("--standardise", "--standardise belongs to --data FILE"),
        ("--html - --json -", "only one of them"),
        ("--data xor --labels 3", "--labels belongs to"),
        ("--test-data a.csv", "--test-data belongs to --data FILE"),
        ("--threshold 2", "between 0 and 1"),
        ("--tune beauty", "f1, hamming or balanced"),
        ("--pos-weight -1", "a number above 0, or balanced"),
        ("--data overlay --canvas 50", "28 to 40"),
        ("--data overlay --mnist no/such/folder", "another set: --mnist PATH"),
        ("--json - --predictions -", "only one of them"),
        ("--html /no/such/folder/page.html", "/no/such/folder/page.html: cannot write this file"),
    ] {
        refused(&format!("multilabel {flags}"), expected);
    }
}
