//! How a network is trained.

use super::numbers::{count, not_negative, positive, share};
use super::one_of;
use super::optimizer::{OptimizerName, Settings};
use crate::interrupt::INTERRUPTED;
use clap::Args;
use gradlens::Trainer;
use gradlens::train::{schedule, schedule_forms};
use serde_json::{Value, json};

/// Checks a schedule's name while the flags are read, and writes it as it is printed.
fn schedule_name(text: &str) -> Result<String, String> {
    schedule(text).map(|schedule| schedule.name()).map_err(|error| error.to_string())
}

/// How the network is trained.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Training")]
pub struct TrainingFlags {
    /// The rule that turns gradients into steps
    #[arg(long, value_name = "NAME", default_value = "adam")]
    pub optimizer: OptimizerName,
    /// Learning rate [default: 0.1 for sgd, 0.001 for the others]
    #[arg(long, value_name = "RATE", value_parser = not_negative, allow_negative_numbers = true)]
    pub lr: Option<f64>,
    /// Momentum of sgd
    #[arg(long, value_name = "SHARE", default_value = "0", value_parser = share, allow_negative_numbers = true)]
    pub momentum: f64,
    /// Nesterov's form of the momentum
    #[arg(long)]
    pub nesterov: bool,
    #[arg(long, value_name = "NAME", default_value = "cosine", value_parser = schedule_name,
        help = format!("How the rate changes over the run: {}, every and share being shares of the run",
            one_of(&schedule_forms())))]
    pub schedule: String,
    /// Weight decay: an L2 penalty, or for adamw the decoupled kind [default: 0.01 for adamw, 0 for
    /// the others]
    #[arg(long, value_name = "NUMBER", value_parser = not_negative, allow_negative_numbers = true)]
    pub weight_decay: Option<f64>,
    /// Scales gradients down to this norm over all parameters [default: off]
    #[arg(long, value_name = "NORM", value_parser = positive, allow_negative_numbers = true)]
    pub clip_norm: Option<f64>,
    /// Passes over the training set
    #[arg(long, value_name = "COUNT", default_value = "10", value_parser = count, allow_negative_numbers = true)]
    pub epochs: usize,
    /// Samples a step
    #[arg(long, value_name = "COUNT", default_value = "64", value_parser = count, allow_negative_numbers = true)]
    pub batch: usize,
    /// Share of the training set that is set aside to measure progress on
    #[arg(long, value_name = "SHARE", default_value = "0.1", value_parser = share, allow_negative_numbers = true)]
    pub validation: f64,
    /// Stop when the validation loss has not improved for so many epochs, and restore the best
    /// weights [default: off]
    #[arg(long, value_name = "EPOCHS", value_parser = count, allow_negative_numbers = true)]
    pub patience: Option<usize>,
}

impl TrainingFlags {
    /// A trainer that Ctrl-C ends.
    pub fn trainer(&self) -> anyhow::Result<Trainer<'static>> {
        anyhow::ensure!(
            self.optimizer == OptimizerName::Sgd || (self.momentum == 0.0 && !self.nesterov),
            "--momentum and --nesterov belong to --optimizer sgd"
        );
        let settings = Settings {
            lr: self.lr,
            weight_decay: self.weight_decay,
            momentum: self.momentum,
            nesterov: self.nesterov,
        };
        let mut trainer = Trainer::new(self.optimizer.with(settings))
            .schedule(schedule(&self.schedule)?)
            .epochs(self.epochs)
            .batch(self.batch)
            .validation(self.validation)
            .interrupt(&INTERRUPTED);
        if let Some(patience) = self.patience {
            trainer = trainer.patience(patience);
        }
        if let Some(norm) = self.clip_norm {
            trainer = trainer.clip_norm(norm);
        }
        Ok(trainer)
    }

    /// What was asked for.
    pub fn json(&self) -> Value {
        let sgd = self.optimizer == OptimizerName::Sgd;
        json!({
            "optimizer": format!("{:?}", self.optimizer).to_lowercase(),
            "lr": self.optimizer.rate(self.lr),
            "momentum": sgd.then_some(self.momentum),
            "nesterov": sgd.then_some(self.nesterov),
            "weight_decay": self.optimizer.weight_decay(self.weight_decay),
            "schedule": self.schedule,
            "clip_norm": self.clip_norm,
            "epochs": self.epochs,
            "batch": self.batch,
            "validation": self.validation,
            "patience": self.patience,
        })
    }
}
