//! Networks and trainers from a config.

use crate::config::head;
use crate::config::layer::{LayerConfig, Norm};
use crate::config::run::{NetworkConfig, RunConfig, TrainingConfig};
use crate::config::value::expected_by;
use crate::data::{Dataset, Task};
use crate::error::{Error, Result};
use crate::nn::{Builder, Loss, Sequential};
use crate::train::{Optimizer, Trainer, optimizer, schedule};
use gradlens_kernel::Scalar;
use std::fmt::Write;

impl NetworkConfig {
    /// All layers, for so many outputs.
    pub fn all_layers(&self, outputs: usize) -> Vec<LayerConfig> {
        if let Some(layers) = &self.layers {
            return layers.clone();
        }
        let dense = |units| LayerConfig::Dense { units, init: self.init, bias_init: self.bias_init };
        let (mut layers, mut below) = (vec![], None);
        for &width in &self.hidden {
            let mut block = vec![dense(width)];
            block.extend(self.norm.map(|kind| LayerConfig::Norm(Norm::new(kind))));
            block.push(LayerConfig::Activation(self.activation.clone()));
            if self.dropout > 0.0 {
                block.push(LayerConfig::Dropout(self.dropout));
            }
            match self.residual && below.replace(width) == Some(width) {
                true => layers.push(LayerConfig::Residual(block)),
                false => layers.extend(block),
            }
        }
        layers.push(dense(outputs));
        layers
    }

    /// Units of the last dense layer, if the layers are listed.
    pub fn outputs(&self) -> Option<usize> {
        self.layers.iter().flatten().rev().find_map(LayerConfig::outputs)
    }
}

impl RunConfig {
    /// The head, without weights of classes.
    ///
    /// # Errors
    /// [`Error::Setting`] for head and loss that do not go together.
    pub fn head<T: Scalar>(&self) -> Result<Box<dyn Loss<T>>> {
        head::build(&self.network, self.data.task, None)
    }

    /// The layers of the network, from `inputs` numbers to `outputs` logits, waiting for a head.
    ///
    /// # Errors
    /// [`Error::Setting`] for a layer that there is not.
    pub fn builder<T: Scalar>(&self, inputs: usize, outputs: usize) -> Result<Builder<T>> {
        let mut builder = Builder::new(inputs).seed(self.training.seed);
        if let Some(threads) = self.training.threads {
            builder = builder.threads(threads);
        }
        for layer in self.network.all_layers(outputs) {
            builder = layer.layers()?.into_iter().fold(builder, Builder::layer);
        }
        Ok(builder)
    }
}

impl<T: Scalar> Sequential<T> {
    /// The network that a config describes, for samples like these: they say how many inputs and outputs there are,
    /// and how often each class occurs, where that is to be weighted.
    ///
    /// # Errors
    /// [`Error::Setting`] for head and loss that do not go together, and a last layer that has
    /// another number of units than the samples have targets; [`Error::Layer`] for a layer that does not fit.
    ///
    /// ```
    /// use gradlens::config::RunConfig;
    /// use gradlens::{Dataset, Sequential, Trainer};
    /// let config = RunConfig::from_toml(r#"
    ///     [data]
    ///     task = "classes"
    ///     [network]
    ///     layers = [{ dense = 8 }, "tanh", { dense = 2 }]
    ///     [training]
    ///     lr = 0.05
    ///     epochs = 200
    /// "#)?;
    /// let x = ndarray::array![[0.0_f32, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    /// let xor = Dataset::classes(x, vec![0, 1, 1, 0], 2)?;
    /// let mut net = Sequential::from_config(&config, &xor)?;
    /// let report = Trainer::from_config(&config)?.fit(&mut net, &xor)?;
    /// assert_eq!(net.head().name(), "softmax + cross-entropy");
    /// assert!(report.epochs.last().unwrap().train_loss < 0.1);
    /// # Ok::<(), gradlens::Error>(())
    /// ```
    pub fn from_config(config: &RunConfig, data: &Dataset<T>) -> Result<Self> {
        config.located(network(config, data))
    }
}

fn network<T: Scalar>(config: &RunConfig, data: &Dataset<T>) -> Result<Sequential<T>> {
    let weights = match &config.training.class_weights {
        Some(_) => Some(balanced(data)?),
        None => None,
    };
    let head: Box<dyn Loss<T>> = head::build(&config.network, config.data.task, weights)?;
    let outputs = data.output_len();
    if let Some(found) = config.network.outputs().filter(|&found| found != outputs) {
        let expected = match (config.data.task, data.labels()) {
            (_, Some(_)) | (Some(Task::Classes), _) => {
                format!(
                    "{outputs}, one a class (for numbers and labels: task = \"regression\" or \"labels\")"
                )
            }
            (Some(Task::Labels), _) => format!("{outputs}, one a label"),
            _ => format!("{outputs}, one a target column"),
        };
        let unit = if found == 1 { "unit" } else { "units" };
        return Err(Error::setting("the last dense layer", format!("of {found} {unit}"), expected));
    }
    config.builder(data.input_len(), outputs)?.head(head).build()
}

/// Weights that make classes, or labels, that are rare count as much as the others: of classes N / (K n_k), for N
/// samples of which n_k belong to class k of K (King and Zeng, *Political Analysis* 9, 2001; scikit-learn's
/// "balanced"); of labels (N - n_k) / n_k for the samples that have it.
fn balanced<T: Scalar>(data: &Dataset<T>) -> Result<Vec<f64>> {
    let samples = data.len() as f64;
    let outputs = data.output_len();
    let mut counts = vec![0.0; outputs];
    match (data.labels(), data.target_rows()) {
        (Some(labels), _) => labels.iter().for_each(|&label| counts[label] += 1.0),
        (None, Some(rows)) => {
            counts
                .iter_mut()
                .zip(rows.columns())
                .for_each(|(n, column)| *n = column.iter().map(|t| t.f64()).sum());
        }
        _ => {}
    }
    let weight = |&count: &f64| match data.labels() {
        // A class that does not occur has no weight, and needs none.
        _ if count == 0.0 => 1.0,
        Some(_) => samples / (outputs as f64 * count),
        None => (samples - count) / count,
    };
    Ok(counts.iter().map(weight).collect())
}

impl TrainingConfig {
    /// What the optimiser is set to, as [`optimizer`](crate::train::optimizer) reads it.
    fn optimizer_text(&self) -> String {
        let mut text = self.optimizer.clone();
        let numbers = [
            ("lr", self.lr),
            ("momentum", self.momentum),
            ("rho", self.rho),
            ("beta1", self.beta1),
            ("beta2", self.beta2),
            ("eps", self.eps),
            ("weight-decay", self.weight_decay),
        ];
        for (name, number) in numbers {
            if let Some(number) = number {
                let _ = write!(text, ":{name}={number:?}");
            }
        }
        if let Some(nesterov) = self.nesterov {
            let _ = write!(text, ":nesterov={nesterov}");
        }
        text
    }

    /// The optimiser.
    ///
    /// # Errors
    /// [`Error::Setting`] for a setting that it does not have, or that is out of range.
    pub fn optimizer<T: Scalar>(&self) -> Result<Box<dyn Optimizer<T>>> {
        let settings = [
            ("momentum", self.momentum.is_some_and(|m| m != 0.0), &["sgd"][..]),
            ("nesterov", self.nesterov == Some(true), &["sgd"]),
            ("rho", self.rho.is_some(), &["rmsprop"]),
            ("beta1", self.beta1.is_some(), &["adam", "adamw"]),
            ("beta2", self.beta2.is_some(), &["adam", "adamw"]),
            ("eps", self.eps.is_some(), &["rmsprop", "adam", "adamw"]),
        ];
        for (name, is_set, owners) in settings {
            if is_set && !owners.contains(&self.optimizer.as_str()) {
                let expected = format!("left out, as it belongs to {}", owners.join(" and "));
                return Err(Error::setting(name, format!("set for {}", self.optimizer), expected));
            }
        }
        let mut own = self.clone();
        if self.optimizer != "sgd" {
            (own.momentum, own.nesterov) = (None, None);
        }
        optimizer(&own.optimizer_text())
    }

    /// Sets what is left to the optimiser's defaults.
    ///
    /// # Errors
    /// As [`optimizer`](Self::optimizer).
    pub fn complete(&mut self) -> Result<()> {
        let name = self.optimizer::<f32>()?.name();
        for setting in name.split(':').skip(1) {
            let Some((key, text)) = setting.split_once('=') else { continue };
            let number = text.parse::<f64>().ok();
            match key {
                "lr" => self.lr = number,
                "momentum" => self.momentum = number,
                "nesterov" => self.nesterov = text.parse().ok(),
                "rho" => self.rho = number,
                "beta1" => self.beta1 = number,
                "beta2" => self.beta2 = number,
                "eps" => self.eps = number,
                "weight-decay" => self.weight_decay = number,
                _ => {}
            }
        }
        Ok(())
    }
}

impl<T: Scalar> Trainer<'_, T> {
    /// The trainer that a config describes.
    ///
    /// # Errors
    /// [`Error::Setting`] for settings that do not go together.
    pub fn from_config(config: &RunConfig) -> Result<Self> {
        config.located(Self::of(config))
    }

    fn of(config: &RunConfig) -> Result<Self> {
        let training = &config.training;
        let schedule = schedule(&training.schedule)
            .map_err(|error| Error::setting("schedule", &training.schedule, expected_by(&error)))?;
        let mut trainer = Trainer::new(training.optimizer()?)
            .schedule(schedule)
            .epochs(training.epochs.unwrap_or(match training.steps {
                Some(steps) => steps.max(1) as usize,
                None => 10,
            }))
            .batch(training.batch)
            .shuffle(training.shuffle)
            .validation(training.validation);
        if let Some(steps) = training.steps {
            trainer = trainer.steps(steps);
        }
        if let Some(epochs) = training.patience {
            trainer = trainer.patience(epochs);
        }
        if let Some(norm) = training.clip_norm {
            trainer = trainer.clip_norm(norm);
        }
        trainer.check()?;
        Ok(trainer)
    }
}
