//! An axis: which numbers it has room for, where each of them lies, and which are written beside it.

/// What lies between the ends of an axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Linear,
    /// Powers of ten at equal distances.
    Log,
    /// Linear, and written are whole numbers alone.
    Whole,
}

/// An axis.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    kind: Kind,
    low: f64,
    high: f64,
}

/// A number as it can be placed: what is beyond 1e100 stands there, and what is nearer to 0 than 1e-100 at 0, so that no
/// length of an axis is infinite or no number.
pub(super) fn placed(value: f64) -> f64 {
    if value.abs() < 1e-100 { 0.0 } else { value.clamp(-1e100, 1e100) }
}

/// Numbers that are written beside an axis, at most.
const MOST: f64 = 6.0;

impl Axis {
    /// With room for these numbers, and a margin of this share of them; what cannot be placed is left out.
    pub fn around(kind: Kind, values: impl Iterator<Item = f64>, margin: f64) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.filter_map(|value| place(kind, value)) {
            (low, high) = (low.min(value), high.max(value));
        }
        if low > high {
            return Axis { kind, low: 0.0, high: 1.0 };
        }
        // Where the values are one number, or nearly, as much of it as an f64 can tell apart.
        let room = if high > low { margin * (high - low) } else { 0.5 };
        let room = room.max(1e-9 * low.abs().max(high.abs()));
        Axis { kind, low: low - room, high: high + room }
    }

    /// From one number to another, which is greater.
    pub fn between(low: f64, high: f64) -> Self {
        Axis { kind: Kind::Linear, low, high }
    }

    /// Where a number lies, from 0 to 1 along the axis.
    pub fn share(&self, value: f64) -> Option<f64> {
        let share = (place(self.kind, value)? - self.low) / (self.high - self.low);
        share.is_finite().then_some(share)
    }

    /// The share of the axis and the words of every number that is written beside it.
    pub fn ticks(&self) -> Vec<(f64, String)> {
        let span = self.high - self.low;
        let at = |placed: f64| (placed - self.low) / span;
        match self.kind {
            // Powers of ten where there are several of them, else 1, 2 and 5 of each.
            Kind::Log if span >= 1.5 => {
                let every = (span / MOST).ceil().max(1.0);
                let first = (self.low / every).ceil() as i64;
                let powers = (first..).map(|n| n as f64 * every).take_while(|&power| power <= self.high);
                powers.map(|power| (at(power), power_of_ten(power as i32))).collect()
            }
            Kind::Log => {
                let (first, last) = (self.low.floor() as i32, self.high.ceil() as i32);
                let tens = (first..=last).flat_map(|power| [1.0, 2.0, 5.0].map(|n| n * 10f64.powi(power)));
                let inside = tens.filter(|number| (self.low..=self.high).contains(&number.log10()));
                let ticks: Vec<_> = inside.map(|number| (at(number.log10()), tidy(number))).collect();
                if ticks.len() > 1 { ticks } else { self.few() }
            }
            Kind::Linear | Kind::Whole => {
                let least = if self.kind == Kind::Whole { 1.0 } else { 0.0 };
                let step = step(span).max(least);
                let first = (self.low / step).ceil();
                let numbers = (0..=2 * MOST as usize).map(|n| (first + n as f64) * step);
                let inside = numbers.take_while(|&number| number <= self.high);
                let round = |number: f64| if number.abs() < 1e-9 * span { 0.0 } else { number };
                inside.map(|number| (at(number), counted(round(number), step))).collect()
            }
        }
    }

    /// The ends of a logarithmic axis that has no round number to show.
    fn few(&self) -> Vec<(f64, String)> {
        [0.15, 0.85]
            .map(|share| (share, tidy(10f64.powf(self.low + share * (self.high - self.low)))))
            .to_vec()
    }
}

/// Where a number lies on an axis without ends.
fn place(kind: Kind, value: f64) -> Option<f64> {
    let placed = if kind == Kind::Log { value.log10() } else { placed(value) };
    placed.is_finite().then_some(placed)
}

/// A distance of 1, 2 or 5 times a power of ten, a few of which make up this length.
fn step(span: f64) -> f64 {
    let power = 10f64.powf((span / MOST).log10().floor());
    let times = [1.0, 2.0, 5.0, 10.0].into_iter().find(|times| times * power * MOST >= span);
    times.unwrap_or(10.0) * power
}

/// 10 to the power of this, as people write it.
fn power_of_ten(power: i32) -> String {
    match power {
        0..=4 => format!("{}", 10u32.pow(power as u32)),
        -3..0 => format!("{:.1$}", 10f64.powi(power), power.unsigned_abs() as usize),
        _ => format!("10{}", power.to_string().chars().map(raised).collect::<String>()),
    }
}

fn raised(c: char) -> char {
    match c {
        '-' => '⁻',
        digit => "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth(digit.to_digit(10).unwrap_or(0) as usize).unwrap_or(digit),
    }
}

/// A number with three digits behind the point at most, or as a product with a power of ten.
pub(super) fn tidy(value: f64) -> String {
    match value.abs() {
        0.0 => "0".into(),
        size if (1e-3..1e5).contains(&size) => trimmed(&format!("{value:.3}")),
        _ => times_power(value, 1),
    }
}

/// A number of an axis that is counted in such steps, with the digits that tell it from its neighbours.
fn counted(value: f64, step: f64) -> String {
    let places = -step.log10().floor();
    match value.abs() {
        0.0 => "0".into(),
        size if size < 1e6 && places <= 4.0 => trimmed(&format!("{value:.0$}", places.max(0.0) as usize)),
        size => times_power(value, (size.log10().floor() + places).clamp(0.0, 9.0) as usize),
    }
}

fn trimmed(text: &str) -> String {
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').into(),
        false => text.into(),
    }
}

/// A number as a product with a power of ten, to so many digits behind the point.
fn times_power(value: f64, digits: usize) -> String {
    // Rust's own exponent, as a number that is rounded up to 10 has the next one.
    let text = format!("{value:.digits$e}");
    let (number, power) = text.split_once('e').unwrap_or((&text, "0"));
    let raised: String = power.chars().map(raised).collect();
    match trimmed(number).as_str() {
        "1" => power.parse().map_or(text.clone(), power_of_ten),
        "-1" => format!("-10{raised}"),
        number => format!("{number}·10{raised}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Axis, Kind, tidy};

    fn words(kind: Kind, low: f64, high: f64) -> Vec<String> {
        let axis = Axis::around(kind, [low, high].into_iter(), 0.0);
        let ticks = axis.ticks();
        assert!(ticks.iter().all(|(share, _)| (-1e-9..=1.0 + 1e-9).contains(share)), "{ticks:?}");
        ticks.into_iter().map(|(_, words)| words).collect()
    }

    fn words_of(low: f64, high: f64) -> Vec<String> {
        words(Kind::Linear, low, high)
    }

    #[test]
    fn an_axis_is_written_in_numbers_that_people_count_in() {
        assert_eq!(words(Kind::Linear, 0.0, 1.0), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        assert_eq!(words(Kind::Linear, -3.0, 42.0), ["0", "10", "20", "30", "40"]);
        assert_eq!(words(Kind::Whole, 0.0, 3.0), ["0", "1", "2", "3"]);
        assert_eq!(words(Kind::Whole, 1.0, 1.4), ["1"]);
        assert_eq!(words(Kind::Log, 1.0, 512.0), ["1", "10", "100"]);
        assert_eq!(words(Kind::Log, 1e-7, 1.0), ["10⁻⁶", "10⁻⁴", "0.01", "1"]);
        assert_eq!(words(Kind::Log, 1.5, 6.0), ["2", "5"]);
    }

    #[test]
    fn an_axis_has_ends_whatever_the_numbers() {
        for kind in [Kind::Linear, Kind::Log, Kind::Whole] {
            for numbers in
                [&[][..], &[0.0], &[3.0, 3.0], &[f64::NAN, f64::INFINITY], &[-1e308, 1e308], &[5e-324, 1e308]]
            {
                let axis = Axis::around(kind, numbers.iter().copied(), 0.05);
                assert!(axis.ticks().len() < 20, "{kind:?} {numbers:?}");
                assert!(numbers.iter().all(|&n| axis.share(n).is_none_or(f64::is_finite)));
            }
        }
    }

    #[test]
    fn a_number_has_the_digits_that_it_needs() {
        let numbers = [0.0, 0.25, -3.0, 1e5, 2.5e-7, 1e-9, 9.96e5, -1e5];
        let words = ["0", "0.25", "-3", "10⁵", "2.5·10⁻⁷", "10⁻⁹", "10⁶", "-10⁵"];
        assert_eq!(numbers.map(tidy), words);
        assert_eq!(words_of(2.302, 2.303), ["2.302", "2.3022", "2.3024", "2.3026", "2.3028", "2.303"]);
        assert_eq!(
            words_of(120_000.0, 130_000.0),
            ["120000", "122000", "124000", "126000", "128000", "130000"]
        );
        assert_eq!(
            words_of(1.7e-6, 1.701e-6).len(),
            words_of(1.7e-6, 1.701e-6).iter().collect::<std::collections::HashSet<_>>().len()
        );
    }
}
