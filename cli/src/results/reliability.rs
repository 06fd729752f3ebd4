//! How probabilities come true.

use gradlens::metrics::{Bin, LabelScores};
use gradlens::report::{Figure, Lines};

/// Where probabilities come true as often as they say.
pub const DIAGONAL: [(f64, f64); 2] = [(0.0, 0.0), (1.0, 1.0)];

/// What the diagonal means, for readers.
pub const MEANING: &str = "On the diagonal a probability of 0.8 comes true in 80 of 100 cases.";

/// Confidence and accuracy of the bins that are not empty.
pub fn curve(bins: &[Bin]) -> Vec<(f64, f64)> {
    bins.iter().filter(|bin| bin.count > 0).map(|bin| (bin.confidence, bin.accuracy)).collect()
}

/// The bins of all labels together.
pub fn pooled(labels: &[LabelScores]) -> Vec<Bin> {
    (0..labels.first().map_or(0, |label| label.bins.len()))
        .map(|bin| {
            let bins = || labels.iter().map(|label| label.bins[bin]);
            let count: usize = bins().map(|bin| bin.count).sum();
            let mean = |of: fn(&Bin) -> f64| {
                bins().map(|bin| bin.count as f64 * of(&bin)).sum::<f64>() / count.max(1) as f64
            };
            Bin::new(count, mean(|bin| bin.confidence), mean(|bin| bin.accuracy))
        })
        .collect()
}

/// The mean distance between confidence and accuracy: the expected calibration error.
pub fn gap(bins: &[Bin]) -> f64 {
    let gaps = bins.iter().map(|bin| bin.count as f64 * (bin.confidence - bin.accuracy).abs());
    gaps.sum::<f64>() / bins.iter().map(|bin| bin.count).sum::<usize>().max(1) as f64
}

/// The picture of one network. `x` and `y` say what is probable, and what comes true.
pub fn picture(bins: &[Bin], x: &str, y: &str) -> Figure {
    let caption = format!("{MEANING} The mean distance from it is {:.4} (ECE).", gap(bins));
    Lines::new(x, y)
        .line("the network", curve(bins))
        .line("perfect", DIAGONAL)
        .figure("Reliability.", caption)
}
