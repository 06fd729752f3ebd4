//! The built-in learning-rate schedules.
//!
//! | | name | factor at step s of S, from 0 | source |
//! |---|---|---|---|
//! | [`Constant`] | `constant` | 1 | |
//! | [`StepDecay`] | `step:every:factor` | factor^floor(s / (every S)) | |
//! | [`Cosine`] | `cosine` | (1 + cos(pi s / S)) / 2 | Loshchilov and Hutter, ICLR 2017, eq. 5 |
//! | [`Warmup`] | `warmup:share` | rises evenly over the first share of the steps, then 1 | Goyal et al., 2017, section 2.2 |
//! | [`OneCycle`] | `one-cycle` | cosine from 1/25 up to 1 over the first 30 %, cosine down to 1/250000 | Smith and Topin, 2018; PyTorch's `OneCycleLR` |

use crate::by_name::{self, Choice};
use crate::error::{Error, Result};
use crate::train::schedule::Schedule;
use std::f64::consts::PI;

/// Every built-in schedule. To add one is a line here.
const CHOICES: &[Choice<Box<dyn Schedule>>] = &[
    Choice { form: "constant", make: |_| Box::new(Constant) },
    Choice {
        form: "step:every:factor",
        make: |numbers| Box::new(StepDecay::new(numbers.required("every"), numbers.required("factor"))),
    },
    Choice { form: "cosine", make: |_| Box::new(Cosine) },
    Choice { form: "warmup:share", make: |numbers| Box::new(Warmup::new(numbers.required("share"))) },
    Choice { form: "one-cycle", make: |_| Box::new(OneCycle) },
];

/// The schedule of this name, its numbers after colons: `step:0.5:0.1` divides the rate by ten at half
/// time, `warmup:0.1` warms up over a tenth of the run.
///
/// # Errors
/// [`Error::Setting`] for another name, or numbers that do not belong there.
///
/// ```
/// let schedule = gradlens::train::schedule("cosine")?;
/// assert_eq!(schedule.factor(0, 100), 1.0);
/// assert!((schedule.factor(50, 100) - 0.5).abs() < 1e-12);
/// # Ok::<(), gradlens::Error>(())
/// ```
pub fn schedule(text: &str) -> Result<Box<dyn Schedule>> {
    let schedule = by_name::choose("the schedule", CHOICES, text)?;
    schedule.check()?;
    Ok(schedule)
}

/// The names that [`schedule`] knows.
pub fn schedule_names() -> Vec<&'static str> {
    by_name::names(CHOICES)
}

/// How each of them is written, with the numbers that may follow, for help texts.
pub fn schedule_forms() -> Vec<&'static str> {
    by_name::forms(CHOICES)
}

/// The same rate throughout. The default of a [`Trainer`](crate::train::Trainer).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Constant;

impl Schedule for Constant {
    fn name(&self) -> String {
        "constant".into()
    }
    fn factor(&self, _: u64, _: u64) -> f64 {
        1.0
    }
}

/// Multiplied by a factor after each share of the run.
///
/// ```
/// use gradlens::train::{Schedule, StepDecay};
/// let tenth_at_half_time = StepDecay::new(0.5, 0.1);
/// assert_eq!((tenth_at_half_time.factor(49, 100), tenth_at_half_time.factor(50, 100)), (1.0, 0.1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepDecay {
    every: f64,
    factor: f64,
}

impl StepDecay {
    /// Multiplied by `factor`, above 0, after each share `every` of the run, above 0 and at most 1.
    pub fn new(every: f64, factor: f64) -> Self {
        StepDecay { every, factor }
    }
}

impl Schedule for StepDecay {
    fn name(&self) -> String {
        format!("step:{}:{}", self.every, self.factor)
    }
    fn factor(&self, step: u64, steps: u64) -> f64 {
        libm::pow(self.factor, (share_done(step, steps) / self.every + 1e-9).floor())
    }
    fn check(&self) -> Result<()> {
        let every = self.every > 0.0 && self.every <= 1.0;
        check(self, every && self.factor > 0.0 && self.factor.is_finite())
    }
}

/// Down to 0 along half a cosine: (1 + cos(pi s / S)) / 2 at step s of S.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cosine;

impl Schedule for Cosine {
    fn name(&self) -> String {
        "cosine".into()
    }
    fn factor(&self, step: u64, steps: u64) -> f64 {
        half_cosine(1.0, 0.0, share_done(step, steps))
    }
}

/// Up from nearly 0 over a share of the run, evenly, and then constant: min(1, (s + 1) / (share S)).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Warmup {
    share: f64,
}

impl Warmup {
    /// Rises over this share of the run, 0 to 1.
    pub fn new(share: f64) -> Self {
        Warmup { share }
    }
}

impl Schedule for Warmup {
    fn name(&self) -> String {
        format!("warmup:{}", self.share)
    }
    fn factor(&self, step: u64, steps: u64) -> f64 {
        let rising = (self.share * steps as f64).round();
        ((step + 1) as f64 / rising.max(1.0)).min(1.0)
    }
    fn check(&self) -> Result<()> {
        check(self, (0.0..=1.0).contains(&self.share))
    }
}

/// Up and down again: half a cosine from 1/25 up to 1 over the first 30 % of the run, and one down to
/// 1/250000 over the rest.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct OneCycle;

impl Schedule for OneCycle {
    fn name(&self) -> String {
        "one-cycle".into()
    }
    fn factor(&self, step: u64, steps: u64) -> f64 {
        // PyTorch's steps: the top at 0.3 S - 1, the end at S - 1.
        let (top, end) = (0.3 * steps as f64 - 1.0, steps as f64 - 1.0);
        let step = step as f64;
        if step <= top {
            half_cosine(1.0 / 25.0, 1.0, step / top)
        } else {
            half_cosine(1.0, 1.0 / 250_000.0, ((step - top) / (end - top)).min(1.0))
        }
    }
}

fn share_done(step: u64, steps: u64) -> f64 {
    step as f64 / steps.max(1) as f64
}

/// Half a cosine from one value to another.
fn half_cosine(from: f64, to: f64, done: f64) -> f64 {
    to + (from - to) * (1.0 + libm::cos(PI * done)) / 2.0
}

fn check(schedule: &dyn Schedule, fits: bool) -> Result<()> {
    let expected = "made of shares between 0 and 1 and factors above 0";
    if fits { Ok(()) } else { Err(Error::setting("the schedule", schedule.name(), expected)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_pass_through_their_known_points() {
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} is not {b}");
        let step = StepDecay::new(0.25, 0.1);
        near(step.factor(24, 100), 1.0);
        near(step.factor(25, 100), 0.1);
        near(step.factor(75, 100), 0.001);
        near(Cosine.factor(25, 100), (1.0 + (PI / 4.0).cos()) / 2.0);
        near(Warmup::new(0.1).factor(0, 100), 0.1);
        near(Warmup::new(0.1).factor(9, 100), 1.0);
        near(Warmup::new(0.0).factor(0, 100), 1.0);
        near(OneCycle.factor(0, 100), 0.04);
        near(OneCycle.factor(29, 100), 1.0);
        near(OneCycle.factor(99, 100), 4e-6);
    }

    #[test]
    fn names_and_schedules_are_one_to_one() {
        for name in ["constant", "step:0.5:0.1", "cosine", "warmup:0.1", "one-cycle"] {
            assert_eq!(schedule(name).unwrap().name(), name);
        }
        for wrong in ["", "Cosine", "step", "step:0:0.1", "step:0.5:-1", "warmup:2", "cosine:1", "warmup:nan"]
        {
            let error = schedule(wrong).unwrap_err().to_string();
            assert!(error.starts_with("the schedule is"), "{wrong}: {error}");
        }
    }
}
