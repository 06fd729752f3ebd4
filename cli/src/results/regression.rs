//! Scores of numbers.

use super::{right_aligned, table};
use gradlens::config::RunData;
use gradlens::metrics::Regression;
use gradlens::{Dataset, Evaluation};
use ndarray::{Array2, Axis};
use serde_json::{Value, json};

/// The scores of predictions on a data set, in the units of the table.
pub fn scores(evaluation: &Evaluation, samples: &Dataset, data: &RunData) -> Regression {
    let [predictions, targets] = in_units(evaluation, samples, data);
    Regression::new(&predictions, &targets)
}

/// Predictions and targets, in the units of the table.
pub fn in_units(evaluation: &Evaluation, samples: &Dataset, data: &RunData) -> [Array2<f64>; 2] {
    let in_units = |numbers: &Array2<f32>| match &data.preprocessor {
        Some(preprocessor) => preprocessor.in_units(numbers),
        None => numbers.mapv(f64::from),
    };
    let targets = samples.target_rows().expect("numbers are rows of targets").to_owned();
    [in_units(&evaluation.predictions), in_units(&targets)]
}

/// The scores of every target column by itself, where there are several.
pub fn by_target(evaluation: &Evaluation, samples: &Dataset, data: &RunData) -> Vec<(String, Regression)> {
    let [predictions, targets] = in_units(evaluation, samples, data);
    let column = |matrix: &Array2<f64>, k: usize| matrix.slice_axis(Axis(1), (k..k + 1).into()).to_owned();
    let scores = |k: usize| Regression::new(&column(&predictions, k), &column(&targets, k));
    let names = data.target_names.iter().cloned().enumerate();
    if targets.ncols() < 2 { vec![] } else { names.map(|(k, name)| (name, scores(k))).collect() }
}

/// A row for each of them.
pub fn rows(scores: &[(String, Regression)]) -> String {
    let mut rows = table(["target", "MAE", "RMSE", "R2", "MAE of a constant", "RMSE of a constant"]);
    for (name, scores) in scores {
        let numbers = [
            scores.mae,
            scores.rmse,
            scores.r2.unwrap_or(f64::NAN),
            scores.constant_mae,
            scores.constant_rmse,
        ];
        rows.add_row([name.clone()].into_iter().chain(numbers.map(number)));
    }
    right_aligned(rows, 1..6)
}

pub fn tables(scores: &Regression, names: &[String], samples: &str) -> String {
    let r2 = |value: Option<f64>| {
        value.map_or("not known, as all targets are the same".into(), |r2| format!("{r2:.4}"))
    };
    format!(
        "of {} on the {samples}  predictions  best constant\n\
         mean absolute error   {:>12}  {:>13}\n\
         root mean square      {:>12}  {:>13}\n\
         R2                    {:>12}  {:>13}\n",
        names.join(", "),
        number(scores.mae),
        number(scores.constant_mae),
        number(scores.rmse),
        number(scores.constant_rmse),
        r2(scores.r2),
        "0"
    )
}

/// The line that says it all.
pub fn line(evaluation: &Evaluation, scores: &Regression, samples: &str) -> String {
    let r2 = scores.r2.map_or("not known".into(), |r2| format!("{r2:.4}"));
    format!(
        "{samples} R2 {r2}  RMSE {}  MAE {}  loss {}",
        number(scores.rmse),
        number(scores.mae),
        number(evaluation.loss)
    )
}

/// Five digits, with an exponent only where the number is very small or very large.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if value.is_nan() {
        return "undefined".into();
    }
    if value == 0.0 {
        return "0".into();
    }
    if !(1e-4..1e9).contains(&size) {
        return format!("{value:.3e}");
    }
    let decimals = (4 - size.log10().floor() as i32).clamp(0, 8) as usize;
    format!("{value:.decimals$}")
}

pub fn json(evaluation: &Evaluation, scores: &Regression, each: &[(String, Regression)]) -> Value {
    let mut value = json!(scores);
    if !each.is_empty() {
        value["targets"] = each.iter().map(|(name, scores)| (name.clone(), json!(scores))).collect();
    }
    value["loss"] = evaluation.loss.into();
    value
}
