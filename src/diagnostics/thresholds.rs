//! Where measurements become verdicts.

use serde::Serialize;

/// The limits of the rules. Ratios and shares without a unit; each with the source of its default,
/// which the zoo (`gradients zoo`) then moved or confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Thresholds {
    /// Vanishing: rms(dL/ds) at the first hidden layer over the last, at most. 1e-2. (Glorot and
    /// Bengio 2010 call a factor of 3 a layer vanishing; five sigmoid layers have 4e-4, three
    /// healthy ones with Glorot's weights 6e-2.)
    pub vanishing: f64,
    /// The same as a failure: 1e-3.
    pub vanishing_failure: f64,
    /// Exploding: the same ratio, at least. 70 (AUTOTRAINER, ICSE 2021, takes this for neighbouring layers).
    pub exploding: f64,
    /// Exploding: start loss over that of the best constant output, at least. 5. (Karpathy,
    /// makemore part 3: a start loss far from ln K means logits that are too large.)
    pub start_loss: f64,
    /// Saturated: share of (unit, sample) pairs of a layer with a two-sided activation. 0.5.
    pub saturated: f64,
    /// Dead: share of a layer's units. 0.7 (AUTOTRAINER's default; half the units of a very deep
    /// and healthy ReLU network can be off for all samples, as those look alike up there).
    pub dead: f64,
    /// Head: |dL/dz| of a wrong output below a tenth of |p - t| for this share of the wrong outputs. 0.5.
    pub blocked: f64,
    /// Head: E|dL/dz| / E|p - t|, at most. 0.3; matched heads have 1.
    pub efficiency: f64,
    /// Head: the same for a mere warning, where nothing is stuck. 0.25: the greatest that a squared
    /// error behind a sigmoid can have.
    pub efficiency_warning: f64,
    /// Rate too high: log10 rms(dW)/rms(W), at least. -1 (Karpathy: -3 is about right).
    pub update_high: f64,
    /// Rate too low: the same, at most. -5.
    pub update_low: f64,
    /// Inputs too large: their rms. 5; standardised inputs have 1.
    pub input_high: f64,
    /// Inputs too small: their rms. 0.02; MNIST in [0, 1] has 0.33.
    pub input_low: f64,
    /// Plateau: distance of the loss from that of the best constant output, relative. 0.05.
    pub plateau: f64,
    /// A network whose E|p - t| is below this is done, and small gradients are no illness. 1e-2.
    pub converged: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Thresholds {
            vanishing: 1e-2,
            vanishing_failure: 1e-3,
            exploding: 70.0,
            start_loss: 5.0,
            saturated: 0.5,
            dead: 0.7,
            blocked: 0.5,
            efficiency: 0.3,
            efficiency_warning: 0.25,
            update_high: -1.0,
            update_low: -5.0,
            input_high: 5.0,
            input_low: 0.02,
            plateau: 0.05,
            converged: 1e-2,
        }
    }
}
