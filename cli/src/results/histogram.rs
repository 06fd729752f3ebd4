//! How numbers are spread.

use gradlens::report::{Bars, Figure};
use gradlens::short;

/// Bars of equal width.
const BARS: usize = 12;

/// How many of the finite numbers lie where, under the middles of intervals of equal width.
pub fn histogram(numbers: &[f64], x: &str, y: &str, title: String, caption: String) -> Figure {
    let finite = || numbers.iter().copied().filter(|number| number.is_finite());
    let least = finite().fold(f64::INFINITY, f64::min);
    let greatest = finite().fold(f64::NEG_INFINITY, f64::max);
    // In halves, as the difference of two great numbers may be infinite.
    let half = greatest / 2.0 - least / 2.0;
    let bars = match half > 0.0 {
        true => BARS,
        false => usize::from(least.is_finite()),
    };
    let mut counts = vec![0.0; bars];
    for number in finite() {
        let share = if half > 0.0 { (number / 2.0 - least / 2.0) / half } else { 0.0 };
        counts[((share * bars as f64) as usize).min(bars - 1)] += 1.0;
    }
    let middle = |bar: usize| least + 2.0 * half * ((bar as f64 + 0.5) / bars as f64);
    Bars::new(x, y, (0..bars).map(|bar| short(middle(bar)))).bars("", counts).figure(title, caption)
}
