//! The network between input and head.

use super::hidden::Hidden;
use super::numbers::{seed, share, thread_count};
use super::one_of;
use clap::Args;
use gradlens::nn::{activation, activation_forms, initialiser_forms};
use gradlens::{Builder, Dense, Dropout, Init, Result, Sequential};
use serde_json::{Value, json};

/// Checks an activation's name while the flags are read.
fn activation_name(text: &str) -> std::result::Result<String, String> {
    activation::<f32>(text).map(|_| text.to_string()).map_err(|error| error.to_string())
}

/// The network between input and head.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Network")]
pub struct NetworkFlags {
    /// Widths of the hidden layers: 128,64 or 100x8 (eight of 100) or none
    #[arg(long, value_name = "WIDTHS", default_value = "128,64")]
    pub hidden: Hidden,
    #[arg(long, value_name = "NAME", default_value = "relu", value_parser = activation_name,
        help = one_of(&activation_forms()))]
    pub activation: String,
    #[arg(long, value_name = "NAME", help = format!("How weights start: {} [default: as suits the activation]",
        one_of(&initialiser_forms())))]
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
    pub fn builder(&self, inputs: usize, outputs: usize) -> Result<Builder> {
        let dense = |units| Dense::new(units).init(self.init).bias_init(self.bias_init);
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
    pub fn json(&self, net: &Sequential) -> Value {
        let mut value = self.config();
        value["threads"] = net.threads().count().into();
        value["parameters"] = net.params().len().into();
        let layers = net.layers().iter().map(|slot| {
            json!({
                "name": slot.layer().name(),
                "inputs": slot.input_len(),
                "outputs": slot.output_len(),
                "parameters": slot.range().len(),
                "init": slot.spec().params.iter().filter_map(|s| s.init.map(|i| i.to_string())).collect::<Vec<_>>(),
            })
        });
        value["layers"] = layers.collect();
        value
    }
}
