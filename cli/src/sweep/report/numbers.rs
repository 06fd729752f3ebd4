//! Numbers as they are shown.

use gradlens::config::{Axis, Value};

/// Two digits: 0.1, 3.2e-4, 12.
pub fn short(number: f64) -> String {
    let size = number.abs();
    if !number.is_finite() {
        "-".into()
    } else if number == 0.0 {
        "0".into()
    } else if !(1e-2..1e5).contains(&size) {
        format!("{number:.1e}").replace(".0e", "e")
    } else {
        let decimals = (1 - size.log10().floor() as i32).clamp(0, 3) as usize;
        let text = format!("{number:.decimals$}");
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
    }
}

/// The values of an axis, each in a few letters.
pub fn names(axis: &Axis) -> Vec<String> {
    let name = |(place, values): (usize, &Vec<Value>)| match values[..] {
        [Value::Number(number)] => short(number),
        _ => axis.label(place),
    };
    axis.values.iter().enumerate().map(name).collect()
}

/// The name of a score as a title.
pub fn score_title(score: &str) -> String {
    score.replace('_', " ").replace("r2", "R2")
}

/// A score: shares in percent.
pub fn score(value: f64, score: &str) -> String {
    match score {
        "r2" => format!("{value:.3}"),
        _ => format!("{:.1} %", 100.0 * value),
    }
}
