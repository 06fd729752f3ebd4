//! `gradlens study` compares depths, activations, initialisers and heads.

use crate::{PROGRAM, text, title};
use serde_json::Value;
use std::process::Command;

#[test]
fn the_study_measures_what_theory_predicts_and_writes_its_page_where_it_is_run() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(PROGRAM).args(["study", "--json", "-"]).current_dir(&folder).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = found["study"].as_array().unwrap();
    assert_eq!(found["complete"], true);
    assert_eq!((rows.len(), found["trained"].as_array().unwrap().len()), (27, 3));
    for row in rows {
        let [measured, predicted, softmax, sigmoid] =
            ["per_layer", "predicted_per_layer", "g1_gl_softmax", "g1_gl_sigmoid"]
                .map(|key| row[key].as_f64().unwrap());
        assert!((measured / predicted - 1.0).abs() < 0.05, "{row}");
        assert!((0.5..2.0).contains(&(softmax / sigmoid)), "the head hardly matters: {row}");
    }
    assert!(text(&output.stderr).contains("Pictures: gradients.html"));
    let page = std::fs::read_to_string(folder.path().join("gradients.html")).unwrap();
    assert!(page.contains("<svg"));
    // The title is of the numbers of this run.
    let deepest =
        rows.iter().filter(|row| row["depth"] == 12).map(|row| row["g1_gl_softmax"].as_f64().unwrap());
    let least = gradlens::short(deepest.fold(f64::INFINITY, f64::min));
    assert!(
        title(&page).starts_with(&format!("12 hidden layers make {least} of the gradient")),
        "{}",
        title(&page)
    );
}
