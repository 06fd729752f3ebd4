//! Trained networks as files: weights, what the network is, and what its inputs and outputs mean.

mod chain;
mod describe;
mod from_onnx;
mod onnx;
pub(crate) mod tensors;

use crate::config::{NetworkConfig, RunConfig, RunData};
use crate::data::{Preprocessor, Targets, Task};
use crate::error::{Error, Result};
use crate::file;
use crate::nn::Sequential;
use describe::describe;
use gradlens_kernel::Scalar;
use serde::{Deserialize, Serialize};
use std::path::Path;
use tensors::{Group, MOST_HEADER, Tensors, hex};

/// A trained network with everything that is needed to use it, as one file.
///
/// The file is a [safetensors](https://github.com/huggingface/safetensors) file whose tensors have the names and shapes
/// of `torch.nn.Sequential`, so that `net.load_state_dict(safetensors.torch.load_file(path))` loads it there. What else
/// there is to know stands in its metadata, under the one key `gradlens`, as a JSON object.
///
/// ```
/// use gradlens::model::Model;
/// use gradlens::{Dense, Relu, Sequential, SoftmaxCrossEntropy};
/// # let folder = std::env::temp_dir();
/// # let path = folder.join("gradlens-model-example.safetensors");
/// let net = Sequential::input(4)
///     .layer(Dense::new(8))
///     .layer(Relu)
///     .layer(Dense::new(3))
///     .head(SoftmaxCrossEntropy::default())
///     .build()?;
/// net.save(&path)?;
/// let same = Sequential::<f32>::load(&path)?;
/// assert_eq!((same.params(), same.to_string()), (net.params(), net.to_string()));
/// # std::fs::remove_file(path).unwrap();
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Model<T: Scalar = f32> {
    /// The network.
    pub net: Sequential<T>,
    /// What is known of its samples and outputs.
    pub about: About,
    network: NetworkConfig,
}

/// What is known of a network's samples and outputs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct About {
    /// What the targets are.
    pub task: Option<Task>,
    /// The name of every output: a class, a label, a column.
    pub targets: Vec<String>,
    /// What becomes of a table before it is an input, where samples come from tables.
    pub preprocessor: Option<Preprocessor>,
    /// The mean that is subtracted from pixels, taken from 0 to 1, and the deviation that they are divided by, where
    /// samples are images.
    pub pixels: Option<[f64; 2]>,
    /// The mean that is subtracted from each input and the deviation that it is divided by, where nothing else is known
    /// of the samples.
    pub moments: Option<Vec<[f64; 2]>>,
    /// From which probability on a label is predicted, one for each; 1/2 where there are none.
    pub thresholds: Option<Vec<f64>>,
    /// What logits are divided by before they become probabilities (Guo et al., ICML 2017); 1 where it is not there.
    pub temperature: Option<f64>,
}

/// What stands under the key `gradlens`.
#[derive(Serialize, Deserialize)]
struct Description {
    /// The version of the crate that wrote it.
    version: String,
    inputs: usize,
    outputs: usize,
    /// The section `[network]` of a config.
    network: serde_json::Value,
    #[serde(flatten)]
    about: About,
    /// SHA-256 of everything behind the header.
    digest: String,
}

impl About {
    /// The mean and deviation of each of so many inputs that are subtracted and divided by before they reach the network;
    /// `None` where they reach it as they are.
    pub fn input_moments(&self, inputs: usize) -> Option<Vec<[f64; 2]>> {
        if self.moments.is_some() {
            return self.moments.clone();
        }
        if let Some(pixels) = self.pixels.filter(|&pixels| pixels != [0.0, 1.0]) {
            return Some(vec![pixels; inputs]);
        }
        let learned = self.preprocessor.as_ref()?;
        let factor = learned.scale_inputs;
        match &learned.moments {
            Some(moments) => {
                // An input that was always the same is 0, whatever it is divided by.
                let divisor = |deviation| if deviation > 0.0 { deviation / factor } else { 1.0 };
                Some(moments.iter().map(|&[mean, deviation]| [mean / factor, divisor(deviation)]).collect())
            }
            None => (factor != 1.0).then(|| vec![[0.0, 1.0 / factor]; inputs]),
        }
    }

    /// The mean and deviation that turn each output into the units of its column, where targets were standardised.
    pub fn target_moments(&self) -> Option<Vec<[f64; 2]>> {
        match &self.preprocessor.as_ref()?.targets {
            Targets::Regression { moments, .. } => moments.clone(),
            _ => None,
        }
    }
}

impl<T: Scalar> Model<T> {
    /// A network that a config describes, trained on these samples.
    ///
    /// # Errors
    /// As [`RunConfig::complete`].
    pub fn new(net: Sequential<T>, config: &RunConfig, data: &RunData) -> Result<Self> {
        let network = config.complete(data)?.network;
        let about = About {
            task: Some(data.task),
            targets: data.target_names.clone(),
            preprocessor: data.preprocessor.clone(),
            pixels: data.pixels,
            ..About::default()
        };
        Ok(Model { net, about, network })
    }

    /// A network of which nothing is known but itself.
    ///
    /// # Errors
    /// [`Error::Setting`] where a layer or the head is none that a config can name.
    pub fn of(net: Sequential<T>) -> Result<Self> {
        let network = describe(&net)?;
        Ok(Model { net, about: About::default(), network })
    }

    /// Writes it to a file, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be written; an old file then stays as it was.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        file::write(path, &self.to_bytes()?)
    }

    /// The bytes of the file. The same model gives the same bytes.
    ///
    /// # Errors
    /// [`Error::Setting`] where a number is not one that JSON has.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let config = RunConfig { network: self.network.clone(), ..RunConfig::default() };
        let all = Group { prefix: "", params: self.net.params(), state: self.net.state() };
        tensors::write(&self.net, &[all], &[], |digest| {
            let description = Description {
                version: env!("CARGO_PKG_VERSION").into(),
                inputs: self.net.input_len(),
                outputs: self.net.output_len(),
                network: config.section_to_json("network"),
                about: self.about.clone(),
                digest: hex(digest.clone()),
            };
            serde_json::to_string(&description)
                .map_err(|error| Error::setting("the model", error, "numbers that JSON has"))
        })
    }

    /// Reads it from a file. Numbers in half precision are widened; an f64 file becomes f32 in a network of f32.
    ///
    /// # Errors
    /// [`Error::Io`] for a file that cannot be read; [`Error::File`] for one that is damaged or holds another network
    /// than it says, with everything that is missing, unexpected or of another shape.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = tensors::read(path)?;
        let tensors = Tensors::of(path, &bytes, MOST_HEADER)?;
        let text = tensors.description().ok_or_else(|| {
            Error::file(
                path,
                "no description of a network (the metadata key gradlens)",
                "a model that gradlens saved",
                "build the network and load the weights into it with load_params, or export it as ONNX",
            )
        })?;
        let description: Description = serde_json::from_str(text).map_err(|error| {
            let remedy = "save the model again, with this version";
            Error::file(
                path,
                format!("a description that cannot be read: {error}"),
                "what gradlens writes",
                remedy,
            )
        })?;
        tensors.check(tensors.digest(), &description.digest)?;
        let mut config = RunConfig::default();
        let build = |config: &mut RunConfig| {
            config.set_section_json("network", &description.network)?;
            config.data.task = description.about.task;
            let head = config.head::<T>()?;
            config.builder(description.inputs, description.outputs)?.head(head).build()
        };
        let mut net = build(&mut config).map_err(|error| {
            let remedy = "save the model again, with this version";
            Error::file(
                path,
                format!("a network that cannot be built: {error}"),
                "what gradlens writes",
                remedy,
            )
        })?;
        tensors.load_into(&mut net)?;
        Ok(Model { net, about: description.about, network: config.network })
    }

    /// Reads a network from a file that [`save`](Self::save) wrote, or, where its name ends so, from an ONNX file.
    ///
    /// # Errors
    /// As [`load`](Self::load) and [`from_onnx`](Self::from_onnx).
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        match path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("onnx")) {
            true => Self::from_onnx(path),
            false => Self::load(path),
        }
    }

    /// A config of its network, to train on with.
    pub fn config(&self) -> RunConfig {
        let mut config = RunConfig { network: self.network.clone(), ..RunConfig::default() };
        config.data.task = self.about.task;
        config
    }
}

impl<T: Scalar> Sequential<T> {
    /// Writes the network to a safetensors file, whole or not at all; see [`Model`].
    ///
    /// # Errors
    /// As [`Model::of`] and [`Model::save`].
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        Model::of(self.clone())?.save(path)
    }

    /// Reads a network from a file that [`save`](Self::save) or [`Model::save`] wrote. No other file is needed.
    ///
    /// # Errors
    /// As [`Model::load`].
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        Ok(Model::load(path)?.net)
    }

    /// Reads all parameters from any safetensors file with their names and shapes, as `safetensors.torch.save_file` writes
    /// them of a `torch.nn.Sequential` with the same layers. All of them, or none.
    ///
    /// # Errors
    /// [`Error::Io`] for a file that cannot be read; [`Error::File`] naming *every* parameter that is missing, that is
    /// not the network's, or that has another shape. The network then stays as it was.
    pub fn load_params(&mut self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let bytes = tensors::read(path)?;
        let tensors = Tensors::of(path, &bytes, MOST_HEADER)?;
        if let Some(description) = tensors.description()
            && let Ok(description) = serde_json::from_str::<Description>(description)
        {
            tensors.check(tensors.digest(), &description.digest)?;
        }
        tensors.load_into(self)
    }
}
