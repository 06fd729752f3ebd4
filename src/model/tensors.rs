//! Parameters as a safetensors file.

use crate::by_name;
use crate::error::{Error, Result};
use crate::nn::Sequential;
use gradlens_kernel::Scalar;
use half::{bf16, f16};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The greatest header of a model that is read: of a network it has some hundred bytes a layer.
pub(crate) const MOST_HEADER: u64 = 1 << 20;

/// A file's bytes.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| Error::Io {
        path: path.into(),
        action: "read the model",
        error,
        remedy: "check its name and permissions".into(),
    })
}

/// Everything of a network that is kept: its name, its shape, and whether it is a parameter or state with the place there.
fn kept<T: Scalar>(net: &Sequential<T>) -> Vec<(String, Vec<usize>, bool, Range<usize>)> {
    let params = net.named_params().map(|(name, spec, range)| (name, spec.shape.clone(), true, range));
    let state = net.named_state().map(|(name, spec, range)| (name, spec.shape.clone(), false, range));
    params.chain(state).collect()
}

/// A digest as it is written.
pub(crate) fn hex(digest: Sha256) -> String {
    digest.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The data behind the header, which has its length in the first eight bytes.
fn data_part(bytes: &[u8]) -> &[u8] {
    let header = bytes.first_chunk().map_or(0, |length| u64::from_le_bytes(*length) as usize);
    bytes.get(8 + header..).unwrap_or_default()
}

/// Numbers of a network, one for each parameter and one for each number of layer state, or none of these.
pub(crate) struct Group<'a, T> {
    /// What stands before the names of the parameters.
    pub prefix: &'a str,
    pub params: &'a [T],
    pub state: &'a [T],
}

/// The bytes of a file with groups of numbers of a network, and with bytes under names of their own. The description is
/// made when the digest of the data is known.
pub(crate) fn write<T: Scalar>(
    net: &Sequential<T>,
    groups: &[Group<T>],
    others: &[(&str, Vec<u8>)],
    describe: impl FnOnce(&Sha256) -> Result<String>,
) -> Result<Vec<u8>> {
    let wide = size_of::<T>() == 8;
    let bytes = |numbers: &[T]| -> Vec<u8> {
        match wide {
            true => numbers.iter().flat_map(|number| number.f64().to_le_bytes()).collect(),
            false => numbers.iter().flat_map(|number| (number.f64() as f32).to_le_bytes()).collect(),
        }
    };
    let dtype = if wide { Dtype::F64 } else { Dtype::F32 };
    let kept = kept(net);
    let mut tensors: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = vec![];
    for Group { prefix, params, state } in groups {
        for (name, shape, is_param, range) in &kept {
            let numbers = if *is_param { params } else { state };
            if let Some(numbers) = numbers.get(range.clone()) {
                tensors.push((format!("{prefix}{name}"), dtype, shape.clone(), bytes(numbers)));
            }
        }
    }
    tensors.extend(
        others.iter().map(|(name, bytes)| (name.to_string(), Dtype::U8, vec![bytes.len()], bytes.clone())),
    );
    let file = |description: Option<String>| {
        let mut views = vec![];
        for (name, dtype, shape, bytes) in &tensors {
            views.push((name.clone(), TensorView::new(*dtype, shape.clone(), bytes)?));
        }
        let metadata = description.map(|text| [("gradlens".to_string(), text)].into_iter().collect());
        safetensors::serialize(views, metadata)
    };
    // Shapes are those of the parameters, so there is nothing that the format could refuse.
    let refused = |error| Error::setting("the model", error, "tensors that safetensors can hold");
    let bare = file(None).map_err(refused)?;
    let description = describe(&Sha256::new_with_prefix(data_part(&bare)))?;
    file(Some(description)).map_err(refused)
}

/// A file that was read.
pub(crate) struct Tensors<'a> {
    path: PathBuf,
    bytes: &'a [u8],
    tensors: SafeTensors<'a>,
    description: Option<String>,
}

impl<'a> Tensors<'a> {
    /// A file whose header has at most so many bytes.
    pub fn of(path: &Path, bytes: &'a [u8], most_header: u64) -> Result<Self> {
        let remedy = "save or fetch the file again";
        let header = bytes.first_chunk().map(|length| u64::from_le_bytes(*length));
        if let Some(length) = header.filter(|&length| length > most_header) {
            let found = format!("a header of {length} bytes");
            return Err(Error::file(
                path,
                found,
                format!("a safetensors file with at most {most_header}"),
                remedy,
            ));
        }
        let damaged = |error: safetensors::SafeTensorError| {
            Error::file(path, format!("no whole safetensors file: {error}"), "one", remedy)
        };
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
        let tensors = SafeTensors::deserialize(bytes).map_err(damaged)?;
        let description = header.metadata().as_ref().and_then(|entries| entries.get("gradlens").cloned());
        Ok(Tensors { path: path.into(), bytes, tensors, description })
    }

    /// What stands under the metadata key `gradlens`.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The digest of the data.
    pub fn digest(&self) -> Sha256 {
        Sha256::new_with_prefix(data_part(self.bytes))
    }

    /// Whether the data, with what was added to it, have this digest.
    pub fn check(&self, found: Sha256, digest: &str) -> Result<()> {
        match hex(found) == digest {
            true => Ok(()),
            false => Err(Error::file(
                &self.path,
                "data that are not what was saved (their SHA-256 differs)",
                "an undamaged file",
                "copy or save it again",
            )),
        }
    }

    /// Bytes under a name of their own.
    pub fn bytes(&self, name: &str) -> Option<&'a [u8]> {
        Some(self.tensors.tensor(name).ok()?.data())
    }

    /// The numbers of a group, or what is wrong with them.
    pub fn group<T: Scalar>(
        &self,
        net: &Sequential<T>,
        prefix: &str,
        with_state: bool,
    ) -> Result<(Vec<T>, Vec<T>)> {
        let (mut params, mut state) = (vec![], vec![]);
        for (name, shape, is_param, _) in kept(net).into_iter().filter(|kept| kept.2 || with_state) {
            let name = format!("{prefix}{name}");
            let view = self.tensors.tensor(&name).ok().filter(|view| view.shape() == shape);
            let numbers = view.and_then(|view| self.numbers::<T>(&view)).ok_or_else(|| {
                let expected = format!("{name} of shape {shape:?}");
                Error::file(&self.path, "another network", expected, "use it with the network it is of")
            })?;
            if is_param { params.extend(numbers) } else { state.extend(numbers) }
        }
        Ok((params, state))
    }

    fn numbers<T: Scalar>(&self, view: &TensorView) -> Option<Vec<T>> {
        fn chunks<const N: usize>(data: &[u8]) -> impl Iterator<Item = [u8; N]> {
            data.as_chunks().0.iter().copied()
        }
        let data = view.data();
        Some(match view.dtype() {
            Dtype::F64 => chunks(data).map(|b| T::of(f64::from_le_bytes(b))).collect(),
            Dtype::F32 => chunks(data).map(|b| T::of(f32::from_le_bytes(b).into())).collect(),
            Dtype::F16 => chunks(data).map(|b| T::of(f16::from_le_bytes(b).into())).collect(),
            Dtype::BF16 => chunks(data).map(|b| T::of(bf16::from_le_bytes(b).into())).collect(),
            _ => return None,
        })
    }

    /// Puts all numbers into a network, or none.
    pub fn load_into<T: Scalar>(&self, net: &mut Sequential<T>) -> Result<()> {
        let kept = kept(net);
        let mut faults = vec![];
        let mut found: Vec<(bool, Range<usize>, Vec<T>)> = vec![];
        let mut theirs = self.tensors.names();
        theirs.sort_by_key(|name| name.split('.').next().and_then(|n| n.parse::<usize>().ok()).unwrap_or(0));
        // PyTorch counts the batches beside the running statistics, and does without the count where momentum is set.
        let counts = |name: &str| {
            let beside = name.strip_suffix("num_batches_tracked").map(|layer| format!("{layer}running_mean"));
            beside.is_some_and(|beside| kept.iter().any(|(own, ..)| *own == beside))
        };
        let unexpected: Vec<&str> = theirs
            .into_iter()
            .filter(|name| kept.iter().all(|(own, ..)| own != name) && !counts(name))
            .collect();
        for (name, shape, is_param, range) in kept.iter().cloned() {
            let Ok(view) = self.tensors.tensor(&name) else {
                let near = by_name::nearest(&name, unexpected.iter().copied());
                let near = near.map_or(String::new(), |near| format!(" (did you mean {near}?)"));
                faults.push(format!("{name} {shape:?} is missing{near}"));
                continue;
            };
            if view.shape() != shape {
                faults.push(format!("{name} is {:?}, and the network's {shape:?}", view.shape()));
                continue;
            }
            match self.numbers(&view) {
                Some(numbers) => found.push((is_param, range, numbers)),
                None => {
                    faults.push(format!("{name} holds {:?}, and not f64, f32, f16 or bf16", view.dtype()))
                }
            }
        }
        faults.extend(unexpected.iter().map(|name| {
            let shape = self.tensors.tensor(name).map(|view| format!(" {:?}", view.shape()));
            format!("{name}{} is none of the network's", shape.unwrap_or_default())
        }));
        if !faults.is_empty() {
            let expected = format!("the {} parameters of the network", kept.len());
            let remedy = "build the network that the file was saved from; nothing was loaded";
            return Err(Error::file(&self.path, faults.join("; "), expected, remedy));
        }
        for (is_param, range, numbers) in found {
            let place = if is_param { &mut net.params_mut()[range] } else { &mut net.state_mut()[range] };
            place.copy_from_slice(&numbers);
        }
        Ok(())
    }
}
