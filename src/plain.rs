//! Numbers as people write them, and text that only shows.

use std::borrow::Cow;

/// A number as pages and tables write it: three digits, 0.00081 or 4160; an exponent only where it is very small or large.
///
/// ```
/// assert_eq!([gradlens::short(0.25), gradlens::short(4160.4), gradlens::short(3e-7)], ["0.250", "4160", "3.00e-7"]);
/// ```
pub fn short(number: f64) -> String {
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

/// A size as people write it.
pub(crate) fn bytes_in_words(bytes: Option<u64>) -> String {
    match bytes {
        None => "more than a machine can address".into(),
        Some(bytes) if bytes < 1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        Some(bytes) => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

/// Text from outside as it may be shown: what would move a terminal's cursor, change its title or the direction in which
/// it writes is spelled out, `\u{1b}` say. Line ends and tabs stay.
///
/// Spelled out are the controls of Unicode (category Cc: C0, DEL and C1) and those of its bidirectional algorithm (UAX #9,
/// and "Trojan Source", Boucher and Anderson 2021).
///
/// ```
/// use gradlens::visible;
/// assert_eq!(visible("name\x1b[2J"), "name\\u{1b}[2J");
/// assert_eq!(visible("größe\tin cm"), "größe\tin cm");
/// ```
pub fn visible(text: &str) -> Cow<'_, str> {
    let is_control = |c: char| {
        let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        turns || c.is_control() && !['\n', '\t'].contains(&c)
    };
    if !text.contains(is_control) {
        return text.into();
    }
    let show = |c: char| if is_control(c) { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(show).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::{short, visible};

    #[test]
    fn nothing_that_is_shown_is_obeyed_by_a_terminal() {
        let every = (0..=0x2fff).filter_map(char::from_u32).collect::<String>();
        let shown = visible(&every);
        assert!(shown.chars().all(|c| c == '\n' || c == '\t' || !c.is_control()));
        assert!(!shown.contains(['\u{202e}', '\u{2066}']));
        assert_eq!(visible("\r\u{9b}2J\u{202e}a\nb"), "\\r\\u{9b}2J\\u{202e}a\nb");
    }

    #[test]
    fn three_digits_and_an_exponent_only_where_a_reader_would_count_zeros() {
        let numbers = [0.0, 8.09e-4, -0.25, 1.0, 4160.4, 99.96, 3e-7, 1.5e9, f64::NAN, f64::INFINITY];
        let words = ["0", "0.000809", "-0.250", "1.00", "4160", "100.0", "3.00e-7", "1.50e9", "NaN", "inf"];
        assert_eq!(numbers.map(short), words);
    }
}
