//! The widths of the hidden layers.

use std::str::FromStr;

/// The hidden layers: `128,64`, `100x8` for eight of 100, `none`.
#[derive(Debug, Clone)]
pub struct Hidden(pub Vec<usize>);

impl FromStr for Hidden {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Hidden(vec![]));
        }
        let number = |part: &str, what: &str, most: usize| match part.trim().parse::<usize>() {
            Ok(0) => Err(format!("{what} is 0, but must be at least 1 (for no hidden layer say none)")),
            Ok(number) if number > most => Err(format!("{what} is {number}, but must be at most {most}")),
            Ok(number) => Ok(number),
            Err(_) => Err(format!("{part:?} is not such a number; expected widths as in 128,64 or 100x8")),
        };
        let mut widths = vec![];
        for part in text.split(',') {
            let (width, times) = part.split_once('x').unwrap_or((part, "1"));
            let width = number(width, "the width of a hidden layer", 1_000_000)?;
            let times = number(times, "the number of layers", 10_000 - widths.len())?;
            widths.extend(std::iter::repeat_n(width, times));
        }
        Ok(Hidden(widths))
    }
}
