//! Scores of numbers.

use gradlens::config::RunData;
use gradlens::metrics::Regression;
use gradlens::{Dataset, Evaluation};
use serde_json::{Value, json};

/// The scores of predictions on a data set, in the units of the table.
pub fn scores(evaluation: &Evaluation, samples: &Dataset, data: &RunData) -> Regression {
    let in_units = |numbers: ndarray::Array2<f32>| match &data.preprocessor {
        Some(preprocessor) => preprocessor.in_units(numbers),
        None => numbers,
    };
    let targets = samples.target_rows().expect("numbers are rows of targets").to_owned();
    Regression::new(&in_units(evaluation.predictions.clone()), &in_units(targets))
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
    if value == 0.0 {
        return "0".into();
    }
    if !(1e-4..1e9).contains(&size) {
        return format!("{value:.3e}");
    }
    let decimals = (4 - size.log10().floor() as i32).clamp(0, 8) as usize;
    format!("{value:.decimals$}")
}

pub fn json(evaluation: &Evaluation, scores: &Regression) -> Value {
    let mut value = json!(scores);
    value["loss"] = evaluation.loss.into();
    value
}
