//! Learning-rate schedules: the share of the optimiser's rate at each step.

use crate::error::{Error, Result};
use std::f64::consts::PI;
use std::fmt;
use std::str::FromStr;

/// How the learning rate changes over a run. Each gives a factor for the optimiser's rate
/// at step s of S, counted from 0.
///
/// | | factor | source |
/// |---|---|---|
/// | `Constant` | 1 | |
/// | `Step { every, factor }` | factor^floor(s / (every S)) | |
/// | `Cosine` | (1 + cos(pi s / S)) / 2 | Loshchilov and Hutter, ICLR 2017, eq. 5 |
/// | `Warmup(share)` | rises evenly over the first share of the steps, then 1 | Goyal et al., 2017, section 2.2 |
/// | `OneCycle` | cosine from 1/25 up to 1 over the first 30 %, cosine down to 1/250000 | Smith and Topin, 2018; PyTorch's `OneCycleLR` |
///
/// Names take their numbers after colons: `step:0.5:0.1` divides the rate by ten at half time,
/// `warmup:0.1` warms up over a tenth of the run.
///
/// ```
/// use gradlens::Schedule;
/// let schedule: Schedule = "cosine".parse()?;
/// assert_eq!(schedule.factor(0, 100), 1.0);
/// assert!((schedule.factor(50, 100) - 0.5).abs() < 1e-12);
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Schedule {
    /// The same rate throughout. The default.
    #[default]
    Constant,
    /// Multiplied by `factor` after each share `every` of the run.
    Step {
        /// Share of the run between two changes, above 0 and at most 1.
        every: f64,
        /// What the rate is multiplied with, above 0.
        factor: f64,
    },
    /// Down to 0 along half a cosine.
    Cosine,
    /// Up from nearly 0 over this share of the run, 0 to 1, and then constant.
    Warmup(f64),
    /// Up and down again.
    OneCycle,
}

/// What can follow `--schedule`.
const NAMES: &str =
    "constant, step:EVERY:FACTOR (as in step:0.5:0.1), cosine, warmup:SHARE (as in warmup:0.1) or one-cycle";

impl Schedule {
    /// The factor at step `step`, from 0, of `steps`.
    pub fn factor(self, step: u64, steps: u64) -> f64 {
        let done = step as f64 / steps.max(1) as f64;
        match self {
            Schedule::Constant => 1.0,
            Schedule::Step { every, factor } => factor.powf((done / every + 1e-9).floor()),
            Schedule::Cosine => between(1.0, 0.0, done),
            Schedule::Warmup(share) => {
                let rising = (share * steps as f64).round();
                ((step + 1) as f64 / rising.max(1.0)).min(1.0)
            }
            Schedule::OneCycle => {
                // PyTorch's steps: the top at 0.3 S - 1, the end at S - 1.
                let (top, end) = (0.3 * steps as f64 - 1.0, steps as f64 - 1.0);
                let step = step as f64;
                if step <= top {
                    between(1.0 / 25.0, 1.0, step / top)
                } else {
                    between(1.0, 1.0 / 250_000.0, ((step - top) / (end - top)).min(1.0))
                }
            }
        }
    }

    /// Checks the numbers.
    ///
    /// # Errors
    /// [`Error::Setting`] for one that is out of range.
    pub fn check(self) -> Result<()> {
        let fits = match self {
            Schedule::Step { every, factor } => {
                every > 0.0 && every <= 1.0 && factor > 0.0 && factor.is_finite()
            }
            Schedule::Warmup(share) => (0.0..=1.0).contains(&share),
            _ => true,
        };
        let expected = "made of shares between 0 and 1 and factors above 0";
        if fits { Ok(()) } else { Err(Error::setting("the schedule", self, expected)) }
    }
}

/// Half a cosine from one value to another.
fn between(from: f64, to: f64, done: f64) -> f64 {
    to + (from - to) * (1.0 + (PI * done).cos()) / 2.0
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Schedule::Constant => f.write_str("constant"),
            Schedule::Step { every, factor } => write!(f, "step:{every}:{factor}"),
            Schedule::Cosine => f.write_str("cosine"),
            Schedule::Warmup(share) => write!(f, "warmup:{share}"),
            Schedule::OneCycle => f.write_str("one-cycle"),
        }
    }
}

impl FromStr for Schedule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || Error::setting("the schedule", format!("{text:?}"), NAMES);
        let mut parts = text.split(':');
        let name = parts.next().unwrap_or_default();
        let numbers: Vec<f64> = parts.map(|part| part.parse().map_err(|_| wrong())).collect::<Result<_>>()?;
        let schedule = match (name, numbers[..].as_ref()) {
            ("constant", []) => Schedule::Constant,
            ("step", &[every, factor]) => Schedule::Step { every, factor },
            ("cosine", []) => Schedule::Cosine,
            ("warmup", &[share]) => Schedule::Warmup(share),
            ("one-cycle", []) => Schedule::OneCycle,
            _ => return Err(wrong()),
        };
        schedule.check()?;
        Ok(schedule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_pass_through_their_known_points() {
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} is not {b}");
        let step = Schedule::Step { every: 0.25, factor: 0.1 };
        near(step.factor(24, 100), 1.0);
        near(step.factor(25, 100), 0.1);
        near(step.factor(75, 100), 0.001);
        near(Schedule::Cosine.factor(25, 100), (1.0 + (PI / 4.0).cos()) / 2.0);
        near(Schedule::Warmup(0.1).factor(0, 100), 0.1);
        near(Schedule::Warmup(0.1).factor(9, 100), 1.0);
        near(Schedule::Warmup(0.0).factor(0, 100), 1.0);
        near(Schedule::OneCycle.factor(0, 100), 0.04);
        near(Schedule::OneCycle.factor(29, 100), 1.0);
        near(Schedule::OneCycle.factor(99, 100), 4e-6);
    }

    #[test]
    fn names_and_schedules_are_one_to_one() {
        for name in ["constant", "step:0.5:0.1", "cosine", "warmup:0.1", "one-cycle"] {
            assert_eq!(name.parse::<Schedule>().unwrap().to_string(), name);
        }
        for wrong in ["", "Cosine", "step", "step:0:0.1", "step:0.5:-1", "warmup:2", "cosine:1", "warmup:nan"]
        {
            let error = wrong.parse::<Schedule>().unwrap_err().to_string();
            assert!(error.starts_with("the schedule is"), "{wrong}: {error}");
        }
    }
}
