//! One description of a run.

use crate::config::layer::{LayerConfig, NormKind};
use crate::config::places::Places;
use crate::data::{Missing, Task};
use crate::nn::Init;
use std::path::PathBuf;

/// One description of a run: its data, its network, its training.
///
/// As TOML it has the sections `[data]`, `[network]` and `[training]`; [`KEYS`](crate::config::KEYS) has every key
/// with what it takes. What a config does not say is not done: nothing is scaled, weighted or stopped early by itself.
///
/// ```
/// use gradlens::config::RunConfig;
/// let config = RunConfig::from_toml(r#"
///     [network]
///     layers = [{ dense = 30, init = "normal:1" }, "sigmoid", { dense = 10 }]
///     head = "softmax"
///     [training]
///     optimizer = "sgd"
///     lr = 0.5
/// "#)?;
/// assert_eq!(config.training.lr, Some(0.5));
/// // Printed, read and printed again it is the same.
/// assert_eq!(RunConfig::from_toml(&config.to_toml())?.to_toml(), config.to_toml());
///
/// let error = RunConfig::from_toml("[training]\nepoch = 3\n").unwrap_err().to_string();
/// assert!(error.starts_with("line 2: the key epoch of [training] is unknown"), "{error}");
/// assert!(error.ends_with("did you mean epochs?"), "{error}");
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct RunConfig {
    /// The samples.
    pub data: DataConfig,
    /// The network.
    pub network: NetworkConfig,
    /// The training.
    pub training: TrainingConfig,
    /// The folder that paths are relative to. Default: the current one.
    pub folder: PathBuf,
    pub(crate) places: Places,
}

/// The section `[data]`: the samples.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct DataConfig {
    /// A table of samples.
    pub file: Option<String>,
    /// A table of other samples, to measure on.
    pub test: Option<String>,
    /// Share of the table's rows that is set aside to measure on.
    pub test_share: f64,
    /// Whether the samples are the images of MNIST that come with the sources.
    pub mnist: bool,
    /// Images: a folder or a file.
    pub images: Option<String>,
    /// Samples that are made, by the name of the set.
    pub made: Option<String>,
    /// The standard deviation of the noise in made points; `None` for 0.1.
    pub noise: Option<f64>,
    /// What the targets are.
    pub task: Option<Task>,
    /// Target columns.
    pub targets: Vec<String>,
    /// Feature columns; empty for all others.
    pub features: Vec<String>,
    /// Columns that are not used.
    pub ignore: Vec<String>,
    /// Columns whose numbers are names.
    pub categories: Vec<String>,
    /// Whether the first line is a header.
    pub header: Option<bool>,
    /// How many lines stand above the table.
    pub skip: usize,
    /// What stands between fields.
    pub separator: Option<char>,
    /// What stands before decimals.
    pub decimal: Option<char>,
    /// What lines to skip begin with.
    pub comment: Option<char>,
    /// The encoding.
    pub encoding: Option<String>,
    /// What to do about missing values.
    pub missing: Missing,
    /// The most words of a column that become inputs.
    pub max_categories: Option<usize>,
    /// The first so many samples.
    pub samples: Option<usize>,
    /// What inputs are multiplied with.
    pub scale_inputs: Option<f64>,
    /// Whether inputs get mean 0 and deviation 1.
    pub standardise: bool,
    /// The same for the targets of a regression.
    pub standardise_targets: bool,
    /// How much images are bent where they are trained on, see [`Distortion`](crate::data::Distortion::elastic).
    pub elastic: f64,
    /// How far they are turned, in degrees.
    pub rotate: f64,
    /// By what share they are stretched.
    pub rescale: f64,
}

/// The section `[network]`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NetworkConfig {
    /// All layers; `None` for those that the next fields describe.
    pub layers: Option<Vec<LayerConfig>>,
    /// Widths of the hidden layers.
    pub hidden: Vec<usize>,
    /// Their activation.
    pub activation: String,
    /// How weights start; `None` is as suits the activation.
    pub init: Option<Init>,
    /// How biases start.
    pub bias_init: Init,
    /// Share of every hidden layer's outputs that a training step drops.
    pub dropout: f64,
    /// What is normalised before every hidden activation, if anything is.
    pub norm: Option<NormKind>,
    /// Whether what goes into a hidden layer is added to what comes out, where both are as wide.
    pub residual: bool,
    /// The link of the head: softmax, sigmoid or identity.
    pub head: Option<String>,
    /// The loss.
    pub loss: Option<String>,
    /// Whether the loss is the mean over the outputs, as other frameworks have it, and not the sum.
    pub mean_over_outputs: bool,
}

impl Default for NetworkConfig {
    fn default() -> Self {
        NetworkConfig {
            layers: None,
            hidden: vec![64],
            activation: "relu".into(),
            init: None,
            bias_init: Init::Zeros,
            dropout: 0.0,
            norm: None,
            residual: false,
            head: None,
            loss: None,
            mean_over_outputs: false,
        }
    }
}

/// The section `[training]`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TrainingConfig {
    /// The optimiser's name.
    pub optimizer: String,
    /// Its learning rate; `None` for its default, as below.
    pub lr: Option<f64>,
    /// Momentum, of sgd.
    pub momentum: Option<f64>,
    /// Nesterov's form of it.
    pub nesterov: Option<bool>,
    /// How slowly the mean square forgets, of rmsprop.
    pub rho: Option<f64>,
    /// How slowly the mean forgets, of adam and adamw.
    pub beta1: Option<f64>,
    /// How slowly the mean square forgets, of adam and adamw.
    pub beta2: Option<f64>,
    /// Added to the root, of all but sgd.
    pub eps: Option<f64>,
    /// Weight decay.
    pub weight_decay: Option<f64>,
    /// The schedule's name.
    pub schedule: String,
    /// The norm that gradients are scaled down to.
    pub clip_norm: Option<f64>,
    /// How samples are weighted by class.
    pub class_weights: Option<String>,
    /// Samples a step.
    pub batch: usize,
    /// Passes over the samples; `None` for 10, or for as many as the steps need.
    pub epochs: Option<usize>,
    /// At most so many steps.
    pub steps: Option<u64>,
    /// Whether every epoch has a new order.
    pub shuffle: bool,
    /// Share of the samples to measure progress on.
    pub validation: f64,
    /// Epochs without progress after which to stop.
    pub patience: Option<usize>,
    /// Seed of everything random.
    pub seed: u64,
    /// Threads to compute on; `None` for all.
    pub threads: Option<usize>,
}

impl Default for TrainingConfig {
    fn default() -> Self {
        TrainingConfig {
            optimizer: "adam".into(),
            lr: None,
            momentum: None,
            nesterov: None,
            rho: None,
            beta1: None,
            beta2: None,
            eps: None,
            weight_decay: None,
            schedule: "constant".into(),
            clip_norm: None,
            class_weights: None,
            batch: 64,
            epochs: None,
            steps: None,
            shuffle: true,
            validation: 0.0,
            patience: None,
            seed: 0,
            threads: None,
        }
    }
}
