//! Which samples a run had, so that results of others by the same name are noticed.

use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::model::tensors::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Which samples there were: how many bytes they are, and their SHA-256.
///
/// ```
/// use gradlens::runs::Samples;
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("moods.csv");
/// std::fs::write(&path, "abc").unwrap();
/// let samples = Samples::of_files([&path])?;
/// assert_eq!(samples.bytes, 3);
/// assert!(samples.sha256.starts_with("ba7816bf")); // as sha256sum has it
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Samples {
    /// How many bytes they are.
    pub bytes: u64,
    /// 64 hexadecimal digits.
    pub sha256: String,
}

impl Samples {
    /// Of files, one after the other. Where there are several, their lengths are a part of the digest.
    ///
    /// # Errors
    /// [`Error::Io`] for a file that cannot be read.
    pub fn of_files<P: AsRef<Path>>(paths: impl IntoIterator<Item = P>) -> Result<Self> {
        let (mut sum, mut lengths) = (Sha256::new(), vec![]);
        let mut piece = vec![0; 1 << 16];
        for path in paths {
            let path = path.as_ref();
            let cannot = |error| Error::Io {
                path: path.into(),
                action: "read these samples",
                error,
                remedy: "check its name and permissions".into(),
            };
            let (mut file, mut length) = (File::open(path).map_err(cannot)?, 0_u64);
            loop {
                let read = file.read(&mut piece).map_err(cannot)?;
                if read == 0 {
                    break;
                }
                sum.update(&piece[..read]);
                length += read as u64;
            }
            lengths.push(length);
        }
        if lengths.len() > 1 {
            lengths.iter().for_each(|length| sum.update(length.to_le_bytes()));
        }
        Ok(Samples { bytes: lengths.iter().sum(), sha256: hex(sum) })
    }

    /// Of samples in memory, with their targets.
    pub fn of<'a>(sets: impl IntoIterator<Item = &'a Dataset>) -> Self {
        let (mut sum, mut bytes) = (Sha256::new(), 0);
        for data in sets {
            data.raw(|piece| {
                sum.update(piece);
                bytes += piece.len() as u64;
            });
        }
        Samples { bytes, sha256: hex(sum) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn samples_that_differ_in_anything_have_another_digest() {
        let classes = |inputs, labels| Dataset::classes(inputs, labels, 3).unwrap();
        let inputs = array![[0.0_f32, 1.0], [2.0, 3.0]];
        let bytes = |scale| Dataset::bytes(array![[0, 1], [2, 3]], (scale, 0.0), vec![0, 1], 3).unwrap();
        let one = classes(inputs.clone(), vec![0, 1]);
        let all = [
            Samples::of([&one]),
            Samples::of([&one, &one]),
            Samples::of([&classes(inputs.clone(), vec![0, 2])]),
            Samples::of([&classes(array![[0.0, 1.0], [2.0, 4.0]], vec![0, 1])]),
            Samples::of([&classes(array![[0.0], [1.0], [2.0], [3.0]], vec![0, 1, 0, 1])]),
            Samples::of([&Dataset::new(inputs, array![[0.0], [1.0]]).unwrap()]),
            Samples::of([&bytes(1.0)]),
            Samples::of([&bytes(0.5)]),
        ];
        for (place, samples) in all.iter().enumerate() {
            assert!(!all[..place].contains(samples), "{place}");
        }
        assert_eq!(all[0], Samples::of([&one.clone()]));
    }

    #[test]
    fn a_line_moved_from_one_file_to_the_next_is_another_digest() {
        let folder = tempfile::tempdir().unwrap();
        let of = |texts: [&str; 2]| {
            let paths = ["a", "b"].map(|name| folder.path().join(name));
            paths.iter().zip(texts).for_each(|(path, text)| std::fs::write(path, text).unwrap());
            Samples::of_files(&paths).unwrap()
        };
        assert_ne!(of(["1\n2\n", "3\n"]), of(["1\n", "2\n3\n"]));
        let error = Samples::of_files([folder.path().join("c")]).unwrap_err().to_string();
        assert!(error.contains("cannot read these samples"), "{error}");
    }
}
