//! Where measurements become verdicts.

use serde::Serialize;

/// The limits of measurements and rules, each with its default and the source of that: ratios and shares,
/// log10 of ratios (`update_*`), logits (`*_logits`), counts (`samples`, `plateau_steps`). Where there is
/// no source, the default is a round number beside the one that is named. "Zoo" is the program's command
/// `gradlens zoo`: the default was chosen, or confirmed, on the kinds of networks that rules were set on.
///
/// ```
/// use gradlens::diagnostics::{Diagnostics, Thresholds};
/// // Half of a layer's units must be dead before that is worth a word; by default it is 70 %.
/// let diagnostics = Diagnostics::new().thresholds(Thresholds::default().with(|limits| limits.dead = 0.5));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Thresholds {
    /// A unit and sample is saturated where the slope is below this share of the activation's
    /// greatest: for the sigmoid |s| > 4.4, for tanh |s| > 2.2, for ReLU s < 0. 0.05. (Glorot and
    /// Bengio 2010, section 3, show that the harm begins where tanh is at 0.97, a slope of 0.06.)
    pub flat: f64,
    /// A unit is saturated if it is so for this share of the samples. 0.99, so that an odd sample does
    /// not hide a stuck unit.
    pub flat_unit: f64,
    /// A unit is dead if its slope is below this share of the greatest on every sample. 1e-3: below
    /// it no learning rate in use moves the unit, and leaky rectifiers (0.01) stay above.
    pub dead_slope: f64,
    /// Samples that must be observed before units are called dead or saturated and a loss a plateau.
    /// 16: a healthy rectifier is off for 16 samples running once in 65 536 times.
    pub samples: usize,
    /// Vanishing: rms(dL/ds) at the first hidden layer over the last, at most. 1e-2. (Glorot and
    /// Bengio 2010 call a factor of 3 a layer vanishing; five sigmoid layers have 4e-4, three
    /// healthy ones with Glorot's weights 6e-2.)
    pub vanishing: f64,
    /// Vanishing, of a network that did not learn, with an activation whose slope is nowhere above a half: 0.03. Two
    /// steps down through sigmoids, whose slope is at most 1/4, leave 1/16 at best, and three 1/64.
    pub vanishing_flat: f64,
    /// The same as a failure. 1e-3.
    pub vanishing_failure: f64,
    /// A single layer vanishes: rms(dL/ds) over that of the next, at most. 0.1 (a sigmoid with PyTorch's
    /// default weights has 0.14, and a few of those do no harm).
    pub layer_vanishing: f64,
    /// Exploding: rms(dL/ds) at the first hidden layer over the last, at least. 70 (AUTOTRAINER, ICSE
    /// 2021, takes this for the gradients of the weights).
    pub exploding: f64,
    /// A single layer explodes: rms(dL/ds) over that of the next, at least. 10 (zoo).
    pub layer_exploding: f64,
    /// Exploding: start loss over that of the best constant output, at least. 5. (Karpathy,
    /// makemore part 3: a start loss far from ln K means logits that are too large.)
    pub start_loss: f64,
    /// Exploding: standard deviation over samples of the logits that goes with such a loss, at
    /// least. 5: softmax of logits 5 apart is at 0.993.
    pub start_logits: f64,
    /// Saturated: share of (unit, sample) pairs of a layer with a two-sided activation. 0.5 (zoo).
    pub saturated: f64,
    /// The same as a failure. 0.8 (zoo).
    pub saturated_failure: f64,
    /// Saturated, as a cause of vanishing: share of pairs that some layer must have. 0.1 (zoo: below it
    /// slopes under the ceiling are those of units at work).
    pub saturated_some: f64,
    /// Dead: share of a layer's units. 0.7 (AUTOTRAINER's default; half the units of a very deep
    /// and healthy ReLU network can be off for all samples, as those look alike up there).
    pub dead: f64,
    /// The same as a failure. 0.9 (zoo).
    pub dead_failure: f64,
    /// Symmetric: share of a layer's units with the weights of the unit before. 0.99: exact equality
    /// does not come about by chance, so the rest is one odd unit in a wide layer.
    pub identical: f64,
    /// Head: |dL/dz| of a wrong output below this share of |p - t| is blocked. 0.1: the slope p (1 - p)
    /// of an output at 0.89.
    pub blocked_pull: f64,
    /// Head: share of the wrong outputs that are blocked. 0.5 (zoo).
    pub blocked: f64,
    /// Head: share of the samples that must have a wrong output before these are judged. 0.1 (zoo).
    pub wrong: f64,
    /// Head: E|dL/dz| / E|p - t|, at most. 0.3; matched heads have 1.
    pub efficiency: f64,
    /// Head: the same for a mere warning, where nothing is stuck. 0.25: the greatest that a squared
    /// error behind a sigmoid can have.
    pub efficiency_warning: f64,
    /// Head: the same as a failure. 0.05 (a sigmoid at 0.95 has this slope).
    pub efficiency_failure: f64,
    /// Rate too high: log10 rms(dW)/rms(W), at least. -1 (Karpathy: -3 is about right).
    pub update_high: f64,
    /// Rate too high: the last loss over the lesser of start and plateau, at least. 0.7 (zoo: a run
    /// that takes large steps and gets below this is learning).
    pub harm: f64,
    /// Rate too low: log10 rms(dW)/rms(W), at most. -5 (a hundredth of what is usual).
    pub update_low: f64,
    /// Rate too low: share of the start loss that a run took away, at most. 0.02 (zoo).
    pub moved: f64,
    /// Inputs too large: their rms. 5; standardised inputs have 1.
    pub input_high: f64,
    /// Inputs too small: their rms. 0.02; MNIST in [0, 1] has 0.33.
    pub input_low: f64,
    /// Output range: how far beyond what outputs can reach a target may lie, as a share of the targets' range. 0.05.
    pub out_of_range: f64,
    /// Output range: share of the outputs at a bound, at least. 0.5.
    pub at_bound: f64,
    /// Inputs by column: a standard deviation below this is small. 0.02, as `input_low`.
    pub column_low: f64,
    /// Inputs by column: a mean of so many standard deviations is far from 0. 5.
    pub column_far: f64,
    /// Target scale: root mean square of the targets of a regression, at least. 10: outputs start at about 1, and
    /// gradients grow as the distance does.
    pub target_high: f64,
    /// Learning something: the last loss over that of the best constant output, below. 0.95.
    pub better: f64,
    /// Undertrained: the last loss over that of the best constant output, at least. 0.3: R2 is then below 0.7.
    pub well: f64,
    /// Undertrained: the share of the loss that the second half of the steps took away, at least. 0.1.
    pub still_falling: f64,
    /// Undertrained: share of what was gained on the best constant that the second half of the steps gained, at least.
    /// 0.3: of a gain that grows as the logarithm of the steps do, every doubling has the same.
    pub late_progress: f64,
    /// Undertrained: how far weights moved over their size, below, where nothing was learned. 1.
    pub travel: f64,
    /// Dropout leaves too little: units of a layer that are kept, on average, below. 4: each of them is then missing
    /// in one of two steps or more, and nothing else says what it said.
    pub kept_units: f64,
    /// Dropout leaves too little: the product of the shares kept, over the layers, below. 0.1.
    pub kept: f64,
    /// Imbalance: share of the most frequent class, at least. 0.75.
    pub imbalance: f64,
    /// Imbalance: share of the way from that to 1 that the accuracy has gone, below. 0.1.
    pub beyond_most_frequent: f64,
    /// Batches: at most so many samples are few for large steps. 4.
    pub few: usize,
    /// Overfitting: the last validation loss over the least, at least. 1.1.
    pub overfitting: f64,
    /// Samples to measure on differ: how many deviations means lie apart, at least. 1; a tenth of the factor by which
    /// deviations differ.
    pub shift: f64,
    /// Linear network, of several layers, that learns something: the last loss over that of the best constant output, at
    /// least. 0.1.
    pub linear: f64,
    /// Plateau: distance of the loss from that of the best constant output, relative. 0.05.
    pub plateau: f64,
    /// Plateau: standard deviation over samples of the logits, at most. 0.3 (zoo: networks that begin
    /// to learn are above).
    pub plateau_logits: f64,
    /// Plateau: steps after which outputs may differ by more, as that is then what was learned. 512 (zoo).
    pub plateau_steps: u64,
    /// A network whose loss is below this share of the plateau learns: saturation late in the run does
    /// it no harm. 0.5 (zoo: sigmoids of a network that classifies well are saturated because it does).
    pub learns: f64,
    /// A network whose E|p - t| is below this share of that of the best constant output is done, and small
    /// gradients are no illness. 0.05 (of ten classes, an E|p - t| of 0.009).
    pub converged: f64,
}

impl Thresholds {
    /// The same with some of them changed.
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

impl Default for Thresholds {
    fn default() -> Self {
        Thresholds {
            flat: 0.05,
            flat_unit: 0.99,
            dead_slope: 1e-3,
            samples: 16,
            vanishing: 1e-2,
            vanishing_flat: 0.03,
            vanishing_failure: 1e-3,
            layer_vanishing: 0.1,
            exploding: 70.0,
            layer_exploding: 10.0,
            start_loss: 5.0,
            start_logits: 5.0,
            saturated: 0.5,
            saturated_failure: 0.8,
            saturated_some: 0.1,
            dead: 0.7,
            dead_failure: 0.9,
            identical: 0.99,
            blocked_pull: 0.1,
            blocked: 0.5,
            wrong: 0.1,
            efficiency: 0.3,
            efficiency_warning: 0.25,
            efficiency_failure: 0.05,
            update_high: -1.0,
            harm: 0.7,
            update_low: -5.0,
            moved: 0.02,
            input_high: 5.0,
            input_low: 0.02,
            out_of_range: 0.05,
            at_bound: 0.5,
            column_low: 0.02,
            column_far: 5.0,
            target_high: 10.0,
            better: 0.95,
            well: 0.3,
            still_falling: 0.1,
            late_progress: 0.3,
            travel: 1.0,
            kept_units: 4.0,
            kept: 0.1,
            imbalance: 0.75,
            beyond_most_frequent: 0.1,
            few: 4,
            overfitting: 1.1,
            shift: 1.0,
            linear: 0.1,
            plateau: 0.05,
            plateau_logits: 0.3,
            plateau_steps: 512,
            learns: 0.5,
            converged: 0.05,
        }
    }
}
