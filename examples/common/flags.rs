//! Flags that several examples understand.

use clap::Args;
use gradlens::{
    Adam, AdamW, Builder, Dense, Dropout, Init, Optimizer, Result, RmsProp, Scalar, Schedule, Sequential,
    Sgd, Trainer, activation,
};
use serde_json::{Value, json};
use std::str::FromStr;

/// The hidden layers: `128,64`, `100x8` for eight of 100, `none`.
#[derive(Debug, Clone)]
pub struct Hidden(pub Vec<usize>);

impl FromStr for Hidden {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        if text == "none" {
            return Ok(Hidden(vec![]));
        }
        let number = |part: &str, what: &str, most: usize| match part.trim().parse::<usize>() {
            Ok(0) => Err(format!("{what} is 0, but must be at least 1 (for no hidden layer say none)")),
            Ok(number) if number > most => Err(format!("{what} is {number}, but must be at most {most}")),
            Ok(number) => Ok(number),
            Err(_) => Err(format!("{part:?} is not such a number; expected widths as in 128,64 or 100x8")),
        };
        let mut widths = vec![];
        for part in text.split(',') {
            let (width, times) = part.split_once('x').unwrap_or((part, "1"));
            let width = number(width, "the width of a hidden layer", 1_000_000)?;
            let times = number(times, "the number of layers", 10_000 - widths.len())?;
            widths.extend(std::iter::repeat_n(width, times));
        }
        Ok(Hidden(widths))
    }
}

/// Checks an activation's name while the flags are read.
fn activation_name(text: &str) -> std::result::Result<String, String> {
    activation::<f32>(text).map(|_| text.to_string()).map_err(|error| error.to_string())
}

/// A whole number of at least `least` and at most `most`.
fn whole(text: &str, least: u64, most: u64) -> std::result::Result<u64, String> {
    match text.parse::<i128>() {
        Ok(number) if number < i128::from(least) => {
            Err(format!("it is {number}, but must be at least {least}"))
        }
        Ok(number) if number > i128::from(most) => Err(format!("it is {number}, but must be at most {most}")),
        Ok(number) => Ok(number as u64),
        Err(_) => Err("expected a whole number".into()),
    }
}

/// More than anybody wants, and little enough to be added and multiplied.
const MOST: u64 = 1_000_000_000;

pub fn count(text: &str) -> std::result::Result<usize, String> {
    whole(text, 1, MOST).map(|number| number as usize)
}

fn thread_count(text: &str) -> std::result::Result<usize, String> {
    whole(text, 1, 1024).map(|number| number as usize)
}

fn seed(text: &str) -> std::result::Result<u64, String> {
    whole(text, 0, u64::MAX)
}

fn real(text: &str, expected: &str, fits: impl Fn(f64) -> bool) -> std::result::Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if fits(number) => Ok(number),
        Ok(number) => Err(format!("it is {number:?}, but must be {expected}")),
        Err(_) => Err("expected a number".into()),
    }
}

pub fn not_negative(text: &str) -> std::result::Result<f64, String> {
    real(text, "finite and at least 0", |number| number.is_finite() && number >= 0.0)
}

pub fn positive(text: &str) -> std::result::Result<f64, String> {
    real(text, "finite and above 0", |number| number.is_finite() && number > 0.0)
}

pub fn probability(text: &str) -> std::result::Result<f64, String> {
    real(text, "between 0 and 1", |number| (0.0..=1.0).contains(&number))
}

pub fn finite(text: &str) -> std::result::Result<f64, String> {
    real(text, "finite", f64::is_finite)
}

fn share(text: &str) -> std::result::Result<f64, String> {
    real(text, "at least 0 and below 1", |number| (0.0..1.0).contains(&number))
}

/// The network between input and head.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Network")]
pub struct NetworkFlags {
    /// Widths of the hidden layers: 128,64 or 100x8 (eight of 100) or none
    #[arg(long, value_name = "WIDTHS", default_value = "128,64")]
    pub hidden: Hidden,
    /// identity, sigmoid, tanh, relu, leaky-relu[:SLOPE], elu[:ALPHA], selu, gelu, silu, softsign
    /// or softplus
    #[arg(long, value_name = "NAME", default_value = "relu", value_parser = activation_name)]
    pub activation: String,
    /// How weights start: zeros, constant:X, normal:SD, uniform:LIMIT, standard, glorot-uniform,
    /// glorot-normal, he-uniform, he-normal, lecun-normal or orthogonal [default: as suits the
    /// activation]
    #[arg(long, value_name = "NAME")]
    pub init: Option<Init>,
    /// How biases start; the same names but orthogonal
    #[arg(long, value_name = "NAME", default_value = "zeros")]
    pub bias_init: Init,
    /// Share of every hidden layer's outputs that a training step drops
    #[arg(long, value_name = "SHARE", default_value = "0", value_parser = share, allow_negative_numbers = true)]
    pub dropout: f64,
    /// Seed of everything random; the same seed gives the same bits
    #[arg(long, value_name = "NUMBER", default_value = "0", value_parser = seed, allow_negative_numbers = true)]
    pub seed: u64,
    /// Threads to compute on; changes the time, not the result [default: all there are]
    #[arg(long, value_name = "COUNT", value_parser = thread_count, allow_negative_numbers = true)]
    pub threads: Option<usize>,
}

impl NetworkFlags {
    /// The layers from `inputs` numbers to `outputs` logits, waiting for a head.
    pub fn builder<T: Scalar>(&self, inputs: usize, outputs: usize) -> Result<Builder<T>> {
        let dense = |units| {
            let dense = Dense::new(units).bias_init(self.bias_init);
            self.init.map_or(dense.clone(), |init| dense.init(init))
        };
        let mut builder = Builder::new(inputs).seed(self.seed);
        if let Some(threads) = self.threads {
            builder = builder.threads(threads);
        }
        for &width in &self.hidden.0 {
            builder = builder.layer(dense(width)).layer(activation(&self.activation)?);
            if self.dropout > 0.0 {
                builder = builder.layer(Dropout::new(self.dropout));
            }
        }
        Ok(builder.layer(dense(outputs)))
    }

    /// What was asked for.
    pub fn config(&self) -> Value {
        json!({
            "hidden": self.hidden.0,
            "activation": self.activation,
            "init": self.init.map(|init| init.to_string()),
            "bias_init": self.bias_init.to_string(),
            "dropout": self.dropout,
            "seed": self.seed,
        })
    }

    /// What was asked for, and what came of it.
    pub fn json<T: Scalar>(&self, net: &Sequential<T>) -> Value {
        let mut value = self.config();
        value["threads"] = net.threads().count().into();
        value["parameters"] = net.params().len().into();
        let layers = net.layers().iter().map(|placed| {
            json!({
                "name": placed.layer().name(),
                "inputs": placed.input_len(),
                "outputs": placed.output_len(),
                "parameters": placed.range().len(),
                "init": placed.specs().iter().filter_map(|s| s.init.map(|i| i.to_string())).collect::<Vec<_>>(),
            })
        });
        value["layers"] = layers.collect();
        value
    }
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum OptimizerName {
    Sgd,
    Rmsprop,
    Adam,
    Adamw,
}

/// How the network is trained.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Training")]
pub struct TrainingFlags {
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
    /// How the rate changes over the run: constant, step:EVERY:FACTOR, cosine, warmup:SHARE or
    /// one-cycle, EVERY and SHARE being shares of the run
    #[arg(long, value_name = "NAME", default_value = "cosine")]
    pub schedule: Schedule,
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

impl OptimizerName {
    /// The optimiser with this learning rate, or its default one, and its other defaults.
    pub fn with_rate<T: Scalar>(self, lr: Option<f64>) -> Box<dyn Optimizer<T>> {
        let lr = self.rate(lr);
        match self {
            OptimizerName::Sgd => Box::new(Sgd { lr, ..Sgd::default() }),
            OptimizerName::Rmsprop => Box::new(RmsProp { lr, ..RmsProp::default() }),
            OptimizerName::Adam => Box::new(Adam { lr, ..Adam::default() }),
            OptimizerName::Adamw => Box::new(AdamW { lr, ..AdamW::default() }),
        }
    }

    /// The learning rate, or the default one.
    pub fn rate(self, lr: Option<f64>) -> f64 {
        lr.unwrap_or(match self {
            OptimizerName::Sgd => Sgd::default().lr,
            OptimizerName::Rmsprop => RmsProp::default().lr,
            OptimizerName::Adam => Adam::default().lr,
            OptimizerName::Adamw => AdamW::default().lr,
        })
    }
}

impl TrainingFlags {
    fn optimizer<T: Scalar>(&self) -> Box<dyn Optimizer<T>> {
        let lr = self.optimizer.rate(self.lr);
        let decay = self.weight_decay;
        match self.optimizer {
            OptimizerName::Sgd => {
                let weight_decay = decay.unwrap_or(Sgd::default().weight_decay);
                Box::new(Sgd { lr, momentum: self.momentum, nesterov: self.nesterov, weight_decay })
            }
            OptimizerName::Rmsprop => {
                let default = RmsProp::default();
                Box::new(RmsProp { lr, weight_decay: decay.unwrap_or(default.weight_decay), ..default })
            }
            OptimizerName::Adam => {
                let default = Adam::default();
                Box::new(Adam { lr, weight_decay: decay.unwrap_or(default.weight_decay), ..default })
            }
            OptimizerName::Adamw => {
                let default = AdamW::default();
                Box::new(AdamW { lr, weight_decay: decay.unwrap_or(default.weight_decay), ..default })
            }
        }
    }

    /// A trainer that Ctrl-C ends.
    pub fn trainer<T: Scalar>(&self) -> anyhow::Result<Trainer<'static, T>> {
        let sgd = matches!(self.optimizer, OptimizerName::Sgd);
        anyhow::ensure!(
            sgd || (self.momentum == 0.0 && !self.nesterov),
            "--momentum and --nesterov belong to --optimizer sgd"
        );
        let mut trainer = Trainer::new(self.optimizer())
            .schedule(self.schedule)
            .epochs(self.epochs)
            .batch(self.batch)
            .validation(self.validation)
            .interrupt(&super::INTERRUPTED);
        if let Some(patience) = self.patience {
            trainer = trainer.patience(patience);
        }
        if let Some(norm) = self.clip_norm {
            trainer = trainer.clip_norm(norm);
        }
        Ok(trainer)
    }

    pub fn json(&self) -> Value {
        let sgd = matches!(self.optimizer, OptimizerName::Sgd);
        let decay_by_default =
            if matches!(self.optimizer, OptimizerName::Adamw) { AdamW::default().weight_decay } else { 0.0 };
        json!({
            "optimizer": format!("{:?}", self.optimizer).to_lowercase(),
            "lr": self.optimizer::<f32>().rate(),
            "momentum": sgd.then_some(self.momentum),
            "nesterov": sgd.then_some(self.nesterov),
            "weight_decay": self.weight_decay.unwrap_or(decay_by_default),
            "schedule": self.schedule.to_string(),
            "clip_norm": self.clip_norm,
            "epochs": self.epochs,
            "batch": self.batch,
            "validation": self.validation,
            "patience": self.patience,
        })
    }
}
