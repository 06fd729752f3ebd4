//! Numbers as people write them.

/// Three digits, 0.00081 or 4160; an exponent only where the number is very small or large.
pub(crate) fn short(number: f64) -> String {
    let size = number.abs();
    if number == 0.0 {
        "0".into()
    } else if !(1e-5..1e7).contains(&size) {
        format!("{number:.2e}")
    } else {
        let decimals = (2 - size.log10().floor() as i32).clamp(0, 8) as usize;
        format!("{number:.decimals$}")
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn three_digits_and_an_exponent_only_where_a_reader_would_count_zeros() {
        let numbers = [0.0, 8.09e-4, -0.25, 1.0, 4160.4, 99.96, 3e-7, 1.5e9, f64::NAN, f64::INFINITY];
        let words = ["0", "0.000809", "-0.250", "1.00", "4160", "100.0", "3.00e-7", "1.50e9", "NaN", "inf"];
        assert_eq!(numbers.map(short), words);
    }
}
