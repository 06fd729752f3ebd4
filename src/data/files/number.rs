//! Numbers as people and programs write them.

/// How numbers are written in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NumberStyle {
    /// What stands before decimals: a point or a comma.
    pub decimal: char,
    /// Whether the other one stands before thousands even where it could be taken for a decimal comma, as in
    /// `1,234`.
    pub groups: bool,
}

/// Powers of ten that f64 holds exactly.
const POWERS: [f64; 16] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// The number, where it is a few digits, with decimals or without. Most numbers of a table are, and this is several
/// times as fast as the general way: of at most 15 digits both the digits as a whole number and the power of ten are
/// exact, so their quotient is rounded once and as it should be (Clinger, *PLDI* 1990).
#[inline]
pub(super) fn few_digits(text: &[u8], decimal: u8) -> Option<f64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let (mut number, mut count, mut decimals, mut after) = (0_u64, 0, 0, false);
    for &byte in digits {
        match byte {
            b'0'..=b'9' if count < 15 => {
                number = 10 * number + u64::from(byte - b'0');
                count += 1;
                decimals += usize::from(after);
            }
            _ if byte == decimal && !after => after = true,
            _ => return None,
        }
    }
    let value = number as f64 / POWERS[decimals];
    (count > 0).then_some(if negative { -value } else { value })
}

/// The number that `text` stands for.
///
/// Beside what Rust reads: a decimal comma, a minus sign as typographers set it (U+2212), Fortran's exponents
/// (`1.5D-3`), hexadecimal integers (`0x1A`), a percent sign (`10%` is 0.1), groups of thousands (`1,234.5` or
/// `1,234,567`).
pub(super) fn number(text: &str, style: NumberStyle) -> Option<f64> {
    let decimal = style.decimal;
    let plain = text.as_bytes().iter().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E'));
    if plain && (decimal == '.' || !text.contains('.')) {
        return text.parse().ok();
    }
    match text.to_ascii_lowercase().trim_start_matches(['+', '-']) {
        "inf" | "infinity" => return text.parse().ok(),
        "nan" => return None,
        _ => {}
    }
    let (sign, rest) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    // A sign or a word after the sign is no number.
    if !rest.starts_with(|c: char| c.is_ascii_digit() || c == decimal) {
        return None;
    }
    if let Some(digits) = rest.strip_prefix("0x").or_else(|| rest.strip_prefix("0X")) {
        let digits_only = digits.bytes().all(|b| b.is_ascii_hexdigit());
        return u64::from_str_radix(digits, 16).ok().filter(|_| digits_only).map(|n| sign * n as f64);
    }
    let (rest, scale) = match rest.strip_suffix('%') {
        Some(rest) => (rest.trim_end(), 100.0),
        None => (rest, 1.0),
    };
    let group = if decimal == ',' { '.' } else { ',' };
    let rest = if rest.contains(group) { without_groups(rest, group, style)? } else { rest.to_string() };
    let rest = rest.replace(decimal, ".").replace(['d', 'D'], "e");
    let known = |b: u8| matches!(b, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E');
    rest.bytes().all(known).then(|| rest.parse::<f64>().ok()).flatten().map(|number| sign * number / scale)
}

/// `1,234,567.8` without its commas. `None` for groups that are not of three digits, and for a single group with
/// no decimals behind it, which may as well be decimals, unless the style says that it is a group.
fn without_groups(text: &str, group: char, style: NumberStyle) -> Option<String> {
    let whole = text.split(style.decimal).next()?;
    if text[whole.len()..].contains(group) {
        return None;
    }
    let mut groups = whole.split(group);
    let first = groups.next()?;
    let count = groups.clone().count();
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let fits = (1..=3).contains(&first.len()) && digits(first);
    let unambiguous = style.groups || count >= 2 || whole.len() < text.len();
    (fits && unambiguous && groups.all(|g| g.len() == 3 && digits(g))).then(|| text.replace(group, ""))
}

/// What a number says of the sign before decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Evidence {
    /// It is a comma: `1,5`, `1.234,5`, `1.234.567`.
    Comma,
    /// It is a point: `1.5`, `1,234.5`, `1,234,567`.
    Point,
    /// The comma may as well stand before thousands: `1,234`.
    EitherComma,
    /// The point may as well stand before thousands: `1.234`.
    EitherPoint,
}

/// What this number says of the sign before decimals, if it is one and says anything.
pub(super) fn evidence(text: &str) -> Option<Evidence> {
    let text = text.strip_prefix(['-', '+', '\u{2212}']).unwrap_or(text);
    let text = text.strip_suffix('%').map_or(text, str::trim_end);
    let mantissa = text.split(['e', 'E']).next()?;
    let exponent = &text[mantissa.len()..];
    let has_exponent = !exponent.is_empty();
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !exponent.bytes().skip(1).all(|b| matches!(b, b'0'..=b'9' | b'-' | b'+')) {
        return None;
    }
    let (points, commas) = (mantissa.matches('.').count(), mantissa.matches(',').count());
    let grouped = |whole: &str, group: char| {
        let mut groups = whole.split(group);
        groups.next().is_some_and(|first| (1..=3).contains(&first.len()) && digits(first))
            && groups.all(|group| group.len() == 3 && digits(group))
    };
    let (decimal, group, found) = match mantissa.rfind([',', '.'])? {
        at if mantissa[at..].starts_with(',') => (',', '.', Evidence::Comma),
        _ => ('.', ',', Evidence::Point),
    };
    match (points, commas) {
        (1, 0) | (0, 1) => {
            let (whole, decimals) = mantissa.split_once(decimal)?;
            if !digits(whole) || !digits(decimals) || whole.is_empty() && decimals.is_empty() {
                return None;
            }
            let either = decimals.len() == 3
                && (1..=3).contains(&whole.len())
                && !whole.starts_with('0')
                && !has_exponent;
            Some(match (found, either) {
                (Evidence::Comma, true) => Evidence::EitherComma,
                (_, true) => Evidence::EitherPoint,
                (found, false) => found,
            })
        }
        // Two and more of a kind and none of the other stand before thousands.
        (0, _) if !has_exponent => grouped(mantissa, ',').then_some(Evidence::Point),
        (_, 0) if !has_exponent => grouped(mantissa, '.').then_some(Evidence::Comma),
        _ => {
            let (whole, decimals) = mantissa.rsplit_once(decimal)?;
            (grouped(whole, group) && digits(decimals)).then_some(found)
        }
    }
}

/// Whether `text` says that there is no value: nothing, `NA`, `N/A`, `#N/A`, `NaN`, `null`, `?` or `-`.
pub(super) fn is_missing(text: &str) -> bool {
    matches!(text, "" | "?" | "-" | "NA" | "N/A" | "#N/A" | "NaN" | "nan" | "NAN" | "null" | "NULL")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, decimal, expected) in [
            ("1", '.', Some(1.0)),
            ("-1.5e-3", '.', Some(-0.0015)),
            (".5", '.', Some(0.5)),
            ("+2", '.', Some(2.0)),
            ("1,5", ',', Some(1.5)),
            ("-1.234,5", ',', Some(-1234.5)),
            ("1.234", ',', None),
            ("1.234.567", ',', Some(1_234_567.0)),
            ("1,234", '.', None),
            ("1,234.5", '.', Some(1234.5)),
            ("1,23,456", '.', None),
            ("2.013,37", '.', None),
            ("2.013,37", ',', Some(2013.37)),
            ("1,234.5", ',', None),
            ("\u{2212}1", '.', Some(-1.0)),
            ("1D3", '.', Some(1000.0)),
            ("1.5D-3", '.', Some(0.0015)),
            ("0x1A", '.', Some(26.0)),
            ("10%", '.', Some(0.1)),
            ("1,5 %", ',', Some(0.015)),
            ("inf", '.', Some(f64::INFINITY)),
            ("-inf", '.', Some(f64::NEG_INFINITY)),
            ("nan", '.', None),
            ("--1", '.', None),
            ("1-2", '.', None),
            ("1e", '.', None),
            ("e5", '.', None),
            ("2019-01-02", '.', None),
            ("1.2.3", '.', None),
            ("0x", '.', None),
            ("%", '.', None),
            ("", '.', None),
        ] {
            assert_eq!(number(text, NumberStyle { decimal, groups: false }), expected, "{text:?}");
        }
        assert_eq!(number("1,234", NumberStyle { decimal: '.', groups: true }), Some(1234.0));
        assert_eq!(number("1,23", NumberStyle { decimal: '.', groups: true }), None);
    }

    #[test]
    fn a_few_digits_are_read_as_the_general_way_reads_them() {
        for text in
            ["0", "-0", "1", "-1.5", ".5", "5.", "0.1", "123456.789012345", "999999999999999", "-0.000001"]
        {
            let expected: f64 = text.parse().unwrap();
            assert_eq!(
                few_digits(text.as_bytes(), b'.').map(f64::to_bits),
                Some(expected.to_bits()),
                "{text}"
            );
        }
        let mut state = 1_u64;
        for _ in 0..20_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (digits, decimals) = (state >> 15, (state % 12) as usize);
            let text = format!("{:.decimals$}", digits as f64 / 1e9);
            if let Some(found) = few_digits(text.as_bytes(), b'.') {
                assert_eq!(found.to_bits(), text.parse::<f64>().unwrap().to_bits(), "{text}");
            }
        }
        for text in ["", "-", ".", "1.2.3", "1e5", "+1", "1 ", "x", "1234567890123456"] {
            assert_eq!(few_digits(text.as_bytes(), b'.'), None, "{text}");
        }
        assert_eq!(few_digits(b"1,5", b','), Some(1.5));
    }

    #[test]
    fn a_number_says_what_stands_before_its_decimals_where_it_can() {
        use Evidence::*;
        for (text, expected) in [
            ("1,5", Some(Comma)),
            ("1,234", Some(EitherComma)),
            ("0,234", Some(Comma)),
            ("1234,567", Some(Comma)),
            ("-1,5e-3", Some(Comma)),
            ("2.013,37", Some(Comma)),
            ("4.237.168,68", Some(Comma)),
            ("1.234.567", Some(Comma)),
            ("1.5", Some(Point)),
            ("1.234", Some(EitherPoint)),
            ("0.234", Some(Point)),
            ("1,234.5", Some(Point)),
            ("1,234,567", Some(Point)),
            ("1,2,3", None),
            ("1.2.3", None),
            ("192.168.1.1", None),
            ("01.02.2020", None),
            ("a,b", None),
            ("12", None),
            (",", None),
        ] {
            assert_eq!(evidence(text), expected, "{text:?}");
        }
    }
}
