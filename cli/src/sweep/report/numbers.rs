//! Numbers as they are shown.

use gradlens::config::{Axis, Value};
use std::collections::HashSet;

/// Digits of a number that are shown where two do not matter more.
const FEW: usize = 2;
/// Digits that tell any two numbers apart.
const ALL: usize = 17;
/// Letters of a name that a picture has room for.
const LONGEST: usize = 20;

/// Two digits: 0.1, 3.2e-4, 12.
pub fn short(number: f64) -> String {
    with_digits(number, FEW)
}

fn with_digits(number: f64, digits: usize) -> String {
    let size = number.abs();
    let trimmed = |text: &str| {
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').into()
        } else {
            text.to_string()
        }
    };
    let (text, exact) = if !number.is_finite() {
        return "-".into();
    } else if number == 0.0 {
        return "0".into();
    } else if !(1e-2..1e5).contains(&size) {
        let text = format!("{number:.*e}", digits - 1);
        let shown = text
            .split_once('e')
            .map_or(text.clone(), |(number, power)| format!("{}e{power}", trimmed(number)));
        (shown, format!("{number:e}"))
    } else {
        let decimals = (digits as i32 - 1 - size.log10().floor() as i32).max(0) as usize;
        (trimmed(&format!("{number:.decimals$}")), number.to_string())
    };
    // More digits than a number has say nothing more.
    if exact.len() < text.len() { exact } else { text }
}

/// The values of an axis, each in as few letters as tell all of them apart.
pub fn names(axis: &Axis) -> Vec<String> {
    let with = |digits: usize| -> Vec<String> {
        let name = |(place, values): (usize, &Vec<Value>)| match values[..] {
            [Value::Number(number)] => with_digits(number, digits),
            _ => axis.label(place),
        };
        axis.values.iter().enumerate().map(name).collect()
    };
    let tells_apart = |names: &Vec<String>| names.iter().collect::<HashSet<_>>().len() == names.len();
    let names = (FEW..=ALL).map(with).find(tells_apart).unwrap_or_else(|| with(ALL));
    // What is cut in a picture has a number in front.
    let cut: HashSet<String> = names.iter().map(|name| name.chars().take(LONGEST - 1).collect()).collect();
    if cut.len() == names.len() {
        return names;
    }
    names.into_iter().zip(1..).map(|(name, number): (String, usize)| format!("{number}: {name}")).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use gradlens::config::Grid;

    #[test]
    fn values_of_an_axis_are_told_apart_by_as_few_digits_as_that_takes() {
        let names = |grid: &str| names(&Grid::from_toml(&format!("[grid]\n{grid}\n")).unwrap().axes()[0]);
        assert_eq!(names("lr = [0.1, 0.01, 1e-4, 1]"), ["0.1", "0.01", "1e-4", "1"]);
        assert_eq!(names("lr = [0.1, 0.101, 0.25]"), ["0.1", "0.101", "0.25"]);
        assert_eq!(names("lr = [0.00012345, 0.00012346, 3]"), ["1.234e-4", "1.235e-4", "3"]);
        assert_eq!(names("lr = [0.1, 0.10000000000000002]"), ["0.1", "0.10000000000000002"]);
        assert_eq!(names("batch = [100, 101]"), ["100", "101"]);
        let layers =
            r#"layers = [[{ dense = 8 }, "relu", { dense = 2 }], [{ dense = 8 }, "relu", { dense = 3 }]]"#;
        let cut: HashSet<String> =
            names(layers).iter().map(|name| name.chars().take(LONGEST - 1).collect()).collect();
        assert_eq!(cut.len(), 2);
    }
}
