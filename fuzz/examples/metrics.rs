//! Metrics of cases that come as JSON, a line each, on standard input; a line of numbers for each goes out. For
//! `fuzz/scikit_learn.py`.

use gradlens::metrics::{Classification, MultiLabel, Regression};
use ndarray::Array2;
use serde_json::{Value, json};
use std::io::{BufRead, stdin};

fn matrix(value: &Value) -> Array2<f64> {
    let rows: Vec<Vec<f64>> = serde_json::from_value(value.clone()).expect("rows of numbers");
    let shape = (rows.len(), rows.first().map_or(0, Vec::len));
    Array2::from_shape_vec(shape, rows.concat()).expect("rows of one length")
}

fn metrics(case: &Value) -> Value {
    let (truth, outputs) = (&case["truth"], matrix(&case["outputs"]));
    match case["task"].as_str() {
        Some("classes") => {
            let labels: Vec<usize> = serde_json::from_value(truth.clone()).expect("classes");
            let found = Classification::new(&outputs, &labels);
            let of = |score: fn(&gradlens::metrics::ClassScores) -> f64| {
                found.classes.iter().map(score).collect::<Vec<_>>()
            };
            json!({
                "accuracy": found.accuracy, "precision": of(|class| class.precision),
                "recall": of(|class| class.recall), "f1": of(|class| class.f1),
                "confusion": found.confusion.rows().into_iter().map(|row| row.to_vec()).collect::<Vec<_>>(),
            })
        }
        Some("labels") => {
            let thresholds = vec![0.5; outputs.ncols()];
            let found = MultiLabel::new(&outputs, &matrix(truth), &thresholds);
            found.metrics().into_iter().map(|(name, value)| (name.to_string(), json!(value))).collect()
        }
        _ => {
            let found = Regression::new(&outputs, &matrix(truth));
            json!({ "mae": found.mae, "rmse": found.rmse, "r2": found.r2 })
        }
    }
}

fn main() {
    for line in stdin().lock().lines() {
        let case: Value = serde_json::from_str(&line.expect("a line")).expect("a case");
        println!("{}", metrics(&case));
    }
}
