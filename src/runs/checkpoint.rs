//! Everything that a run needs to go on, as one file.

use crate::data::Dataset;
use crate::diagnostics::History;
use crate::error::{Error, Result};
use crate::file;
use crate::model::tensors::{self, Group, Tensors, hex};
use crate::nn::Sequential;
use crate::runs::differences::same;
use crate::train::{EpochRecord, RunState};
use gradlens_kernel::{Scalar, vectors};
use ndarray::Array2;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

/// Everything that a run needs to go on: one safetensors file, so that nothing can be out of step. The parameters have
/// the names that they have in a saved model, with `optimizer.0.`, `optimizer.1.` and `best.` before them for the two
/// memories of the optimiser and the best weights. What happened so far is one tensor of bytes, `history`, as MessagePack,
/// since JSON has no infinities and a header no room for it.
#[derive(Debug)]
pub(super) struct Checkpoint<T: Scalar> {
    pub net: Sequential<T>,
    pub state: RunState<T>,
    pub seen: History,
    pub about: About,
}

/// What is compared when a run goes on, and how long its logs were.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct About {
    /// The settings of the trainer, and the network.
    pub settings: BTreeMap<String, String>,
    /// SHA-256 of the samples.
    pub data: String,
    /// Length of each log, by name.
    pub logs: BTreeMap<String, u64>,
    /// What products were computed with.
    pub vectors: String,
}

/// What stands under the key `gradlens`.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
struct Description<T: Scalar> {
    /// The version of the crate that wrote it.
    version: String,
    #[serde(flatten)]
    about: About,
    run: RunState<T>,
    /// SHA-256 of everything behind the header, and of this object with an empty digest.
    digest: String,
}

impl<T: Scalar> Description<T> {
    fn json(&self) -> Result<String> {
        serde_json::to_string(self)
            .map_err(|error| Error::setting("the checkpoint", error, "numbers that JSON has"))
    }
}

/// Why a checkpoint is not used.
pub(super) enum Unusable {
    /// It is not whole; there may be one before it.
    Damaged(Error),
    /// It is of another run.
    Other(Error),
}

/// The history: what was seen, and the records of the epochs.
type Seen = (History, Vec<EpochRecord>);

impl About {
    /// Of a run that begins or goes on here.
    pub fn here<T: Scalar>(settings: Vec<(&str, String)>, net: &Sequential<T>, data: &Dataset<T>) -> Self {
        // What a layer prints may leave out what its result depends on.
        let layers = net
            .layers()
            .iter()
            .fold(Sha256::new(), |sum, slot| sum.chain_update(format!("{:?}", slot.layer())));
        let network = [
            ("network", net.to_string()),
            ("head", format!("{:?}", net.head())),
            ("SHA-256 of the layers", hex(layers)),
            ("seed", net.seed().to_string()),
            ("numbers", std::any::type_name::<T>().to_string()),
        ];
        let settings = settings.into_iter().chain(network).map(|(name, value)| (name.to_string(), value));
        let vectors = vectors().to_string();
        About { settings: settings.collect(), data: digest(data), logs: BTreeMap::new(), vectors }
    }
}

impl About {
    /// Refuses to go on with other settings or samples.
    pub fn check(&self, here: &About, folder: &Path) -> Result<()> {
        same(folder, &self.settings, &here.settings)?;
        if self.data == here.data {
            return Ok(());
        }
        let remedy = "give the same samples, or choose another folder";
        Err(Error::file(folder, "a run on other samples (their SHA-256 differs)", "these", remedy))
    }

    /// Whether results may differ in their bits from those on the machine that the run began on.
    pub fn may_differ(&self, here: &About) -> bool {
        (self.vectors == "portable") != (here.vectors == "portable")
    }
}

/// SHA-256 of samples with their targets.
fn digest<T: Scalar>(data: &Dataset<T>) -> String {
    const ROWS: usize = 1024;
    let (mut sum, threads) = (Sha256::new(), gradlens_kernel::Threads::new(1));
    let all: Vec<usize> = (0..data.len()).collect();
    let mut bytes = vec![];
    if let Some(distortion) = data.distortion() {
        sum.update(format!("{distortion:?}"));
    }
    for rows in all.chunks(ROWS) {
        let mut x = Array2::zeros((rows.len(), data.input_len()));
        let mut t = Array2::zeros((rows.len(), data.output_len()));
        data.gather(rows, &threads, &mut x, &mut t);
        bytes.clear();
        x.iter().chain(&t).for_each(|number| match size_of::<T>() {
            4 => bytes.extend((number.f64() as f32).to_le_bytes()),
            _ => bytes.extend(number.f64().to_le_bytes()),
        });
        sum.update(&bytes);
    }
    hex(sum)
}

impl<T: Scalar> Checkpoint<T> {
    /// Writes it, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let seen = rmp_serde::to_vec_named(&(&self.seen, self.state.epochs()))
            .map_err(|error| Error::setting("the checkpoint", error, "records that MessagePack holds"))?;
        let mut groups = vec![Group { prefix: "", params: self.net.params(), state: self.net.state() }];
        groups.extend(self.state.numbers().into_iter().map(|(prefix, params, state)| Group {
            prefix,
            params,
            state,
        }));
        let bytes = tensors::write(&self.net, &groups, &[("history", seen)], |data| {
            let mut description = Description {
                version: env!("CARGO_PKG_VERSION").into(),
                about: self.about.clone(),
                run: self.state.clone(),
                digest: String::new(),
            };
            let digest = data.clone().chain_update(description.json()?);
            description.digest = hex(digest);
            description.json()
        })?;
        file::write(path, &bytes)
    }

    /// Reads one of a network like this, if `check` has nothing against it.
    pub fn read(
        path: &Path,
        like: &Sequential<T>,
        check: impl FnOnce(&About) -> Result<()>,
    ) -> std::result::Result<Self, Unusable> {
        let damaged = |error: &dyn std::fmt::Display| {
            let found = format!("a damaged checkpoint: {error}");
            Unusable::Damaged(Error::file(path, found, "a whole one", "the one before is tried"))
        };
        let inner = |error: Error| match error {
            Error::File { found, .. } => damaged(&found),
            error => damaged(&error),
        };
        let bytes = tensors::read(path).map_err(inner)?;
        let tensors = Tensors::of(path, &bytes, bytes.len() as u64).map_err(inner)?;
        let text = tensors.description().ok_or_else(|| damaged(&"it has no description"))?;
        let mut description: Description<T> = serde_json::from_str(text).map_err(|error| damaged(&error))?;
        let expected = std::mem::take(&mut description.digest);
        let all = tensors.digest().chain_update(description.json().map_err(inner)?);
        tensors.check(all, &expected).map_err(inner)?;
        check(&description.about).map_err(Unusable::Other)?;
        let seen = tensors.bytes("history").ok_or_else(|| damaged(&"it has no history"))?;
        let (seen, records): Seen = rmp_serde::from_slice(seen).map_err(|error| damaged(&error))?;
        let mut net = like.clone();
        let (params, state) = tensors.group(like, "", true).map_err(inner)?;
        net.params_mut().copy_from_slice(&params);
        net.state_mut().copy_from_slice(&state);
        let mut run = description.run;
        run.complete(records, |prefix, with_state| tensors.group(like, prefix, with_state)).map_err(inner)?;
        net.set_steps(run.net_steps());
        Ok(Checkpoint { net, state: run, seen, about: description.about })
    }
}
