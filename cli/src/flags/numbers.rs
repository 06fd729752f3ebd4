//! Numbers, checked while the flags are read.

/// A whole number of at least `least` and at most `most`.
fn whole(text: &str, least: u64, most: u64) -> Result<u64, String> {
    match text.parse::<i128>() {
        Ok(number) if number < i128::from(least) => {
            Err(format!("it is {number}, but must be at least {least}"))
        }
        Ok(number) if number > i128::from(most) => Err(format!("it is {number}, but must be at most {most}")),
        Ok(number) => Ok(number as u64),
        Err(_) => Err("expected a whole number".into()),
    }
}

/// Larger than any useful count, and small enough to add and multiply without overflow.
const MOST: u64 = 1_000_000_000;

pub fn count(text: &str) -> Result<usize, String> {
    whole(text, 1, MOST).map(|number| number as usize)
}

fn real(text: &str, expected: &str, fits: impl Fn(f64) -> bool) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if fits(number) => Ok(number),
        Ok(number) => Err(format!("it is {number:?}, but must be {expected}")),
        Err(_) => Err("expected a number".into()),
    }
}

pub fn not_negative(text: &str) -> Result<f64, String> {
    real(text, "finite and at least 0", |number| number.is_finite() && number >= 0.0)
}

pub fn positive(text: &str) -> Result<f64, String> {
    real(text, "finite and above 0", |number| number.is_finite() && number > 0.0)
}

pub fn probability(text: &str) -> Result<f64, String> {
    real(text, "between 0 and 1", |number| (0.0..=1.0).contains(&number))
}

pub fn finite(text: &str) -> Result<f64, String> {
    real(text, "finite", f64::is_finite)
}
