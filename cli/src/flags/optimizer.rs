//! Optimisers by name.

use clap::ValueEnum;
use gradlens::{Adam, AdamW, Optimizer, RmsProp, Scalar, Sgd};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OptimizerName {
    Sgd,
    Rmsprop,
    Adam,
    Adamw,
}

/// Settings of an optimiser; `None` is its default.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    pub lr: Option<f64>,
    pub weight_decay: Option<f64>,
    /// For sgd only.
    pub momentum: f64,
    /// For sgd only.
    pub nesterov: bool,
}

impl OptimizerName {
    /// The learning rate and the weight decay that it has by default.
    fn defaults(self) -> (f64, f64) {
        match self {
            OptimizerName::Sgd => (Sgd::default().lr, Sgd::default().weight_decay),
            OptimizerName::Rmsprop => (RmsProp::default().lr, RmsProp::default().weight_decay),
            OptimizerName::Adam => (Adam::default().lr, Adam::default().weight_decay),
            OptimizerName::Adamw => (AdamW::default().lr, AdamW::default().weight_decay),
        }
    }

    /// The learning rate, or the default one.
    pub fn rate(self, lr: Option<f64>) -> f64 {
        lr.unwrap_or(self.defaults().0)
    }

    /// The weight decay, or the default one.
    pub fn weight_decay(self, weight_decay: Option<f64>) -> f64 {
        weight_decay.unwrap_or(self.defaults().1)
    }

    /// The optimiser with these settings.
    pub fn with<T: Scalar>(self, settings: Settings) -> Box<dyn Optimizer<T>> {
        let Settings { momentum, nesterov, .. } = settings;
        let (lr, weight_decay) = (self.rate(settings.lr), self.weight_decay(settings.weight_decay));
        match self {
            OptimizerName::Sgd => {
                Box::new(Sgd::new(lr).momentum(momentum).nesterov(nesterov).weight_decay(weight_decay))
            }
            OptimizerName::Rmsprop => Box::new(RmsProp::new(lr).weight_decay(weight_decay)),
            OptimizerName::Adam => Box::new(Adam::new(lr).weight_decay(weight_decay)),
            OptimizerName::Adamw => Box::new(AdamW::new(lr).weight_decay(weight_decay)),
        }
    }
}
