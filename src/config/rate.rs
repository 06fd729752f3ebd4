//! A learning rate, found by trying.

use crate::config::data::RunData;
use crate::config::run::RunConfig;
use crate::error::{Error, Result};
use crate::nn::Sequential;
use crate::train::{Trainer, evaluate};

/// Steps of a trial, at most.
const STEPS: u64 = 300;
/// Samples that a trial is judged by, at most.
const SAMPLES: usize = 1000;

impl RunConfig {
    /// The learning rate under which the loss falls furthest in a few hundred steps from the same start, among rates
    /// that are half a decade apart: from 1e-5 to 10, for optimisers that adapt to 0.1. `None` where it falls under none
    /// of them.
    ///
    /// (Smith, WACV 2017, section 3.3, lets the rate rise within one run; trials from the same start do not depend on
    /// what the rates before have done.)
    ///
    /// # Errors
    /// As [`Sequential::from_config`] and [`Trainer::fit`](crate::Trainer::fit), but for losses that are not finite.
    pub fn find_rate(&self, data: &RunData) -> Result<Option<f64>> {
        let greatest = if self.training.optimizer == "sgd" { 2 } else { -2 };
        let judged = data.train.select(&(0..data.train.len().min(SAMPLES)).collect::<Vec<_>>());
        let mut trial = self.clone();
        let steps = self.training.steps.unwrap_or(u64::MAX).min(STEPS);
        (trial.training.steps, trial.training.epochs) = (Some(steps), None);
        (trial.training.validation, trial.training.patience) = (0.0, None);
        trial.training.schedule = "constant".into();
        let start = evaluate(&Sequential::from_config(&trial, &data.train)?, &judged)?.loss;
        let mut best: Option<(f64, f64)> = None;
        for halves in -10..=greatest {
            let rate = 10f64.powf(f64::from(halves) / 2.0);
            // Two digits are all that is meant.
            let rate: f64 = format!("{rate:.1e}").parse().unwrap_or(rate);
            trial.training.lr = Some(rate);
            let mut net = Sequential::from_config(&trial, &data.train)?;
            let loss = match Trainer::from_config(&trial)?.fit(&mut net, &data.train) {
                Ok(_) => evaluate(&net, &judged)?.loss,
                Err(Error::NotFinite { .. } | Error::Diverged { .. }) => continue,
                Err(error) => return Err(error),
            };
            if loss < best.map_or(start, |(least, _)| least) {
                best = Some((loss, rate));
            }
        }
        Ok(best.map(|(_, rate)| rate))
    }
}
