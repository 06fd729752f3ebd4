//! Means over seeds, and whether a difference is more than chance.

use serde::{Deserialize, Serialize};

/// Quantiles 0.975 of Student's t with 1, 2, ... degrees of freedom (as in any handbook).
const T: [f64; 30] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/// The quantile for any number of degrees of freedom. Beyond the table it is that of the normal
/// distribution with the first term in 1/degrees (Abramowitz and Stegun, 26.7.5).
fn t_quantile(degrees: usize) -> f64 {
    let z: f64 = 1.959_964;
    T.get(degrees - 1).copied().unwrap_or(z + (z.powi(3) + z) / (4.0 * degrees as f64))
}

/// Mean and standard deviation (of a sample).
pub fn moments(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    (mean, (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt())
}

/// The mean of some numbers.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// A mean, and half the width of its 95 % confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    pub mean: f64,
    pub half_width: f64,
}

impl Interval {
    /// Of some numbers, a seed each: Student's t. The interval of a single number is all numbers.
    pub fn of(values: &[f64]) -> Self {
        if values.len() < 2 {
            return Interval { mean: mean(values), half_width: f64::INFINITY };
        }
        let (mean, spread) = moments(values);
        let t = t_quantile(values.len() - 1);
        Interval { mean, half_width: t * spread / (values.len() as f64).sqrt() }
    }

    /// Of the differences `one - other`, seed by seed: the paired t-test.
    pub fn of_difference(one: &[f64], other: &[f64]) -> Self {
        Self::of(&one.iter().zip(other).map(|(one, other)| one - other).collect::<Vec<_>>())
    }

    /// Whether 0 lies outside.
    pub fn is_larger_than_noise(&self) -> bool {
        self.mean.abs() > self.half_width
    }

    /// Whether all of it lies below 0.
    pub fn is_below_0(&self) -> bool {
        self.mean < -self.half_width
    }

    /// Whether all of it lies above 0.
    pub fn is_above_0(&self) -> bool {
        self.mean > self.half_width
    }
}
