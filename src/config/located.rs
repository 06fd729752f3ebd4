//! Errors about a config that say where it was read, and its paths from another folder.

use crate::config::run::RunConfig;
use crate::error::{Error, Result};
use std::path::{Component, Path, PathBuf};

/// What errors call settings that are keys, where that is another name.
const OTHER_NAMES: [(&str, &[&str]); 7] = [
    ("head and loss", &["loss", "head"]),
    ("the patience of early stopping", &["patience"]),
    ("the validation share", &["validation"]),
    ("the learning rate", &["lr"]),
    ("the norm that gradients are clipped to", &["clip_norm"]),
    ("the last dense layer", &["layers"]),
    ("[data]", &["images", "file", "made", "mnist"]),
];

/// A path as it is named from a folder, so that both can be moved together; absolute if it was.
fn relative(path: &Path, folder: &Path) -> PathBuf {
    if folder.as_os_str().is_empty() || path.is_absolute() {
        return path.into();
    }
    if let Ok(rest) = path.strip_prefix(folder) {
        return rest.into();
    }
    // As they lie on the disk: `..` leads out of where a symbolic link leads to.
    let (Ok(whole), Ok(folder)) = (path.canonicalize(), folder.canonicalize()) else {
        return std::path::absolute(path).unwrap_or_else(|_| path.into());
    };
    let common = whole.components().zip(folder.components()).take_while(|(a, b)| a == b).count();
    let up = folder.components().skip(common).map(|_| Component::ParentDir);
    up.chain(whole.components().skip(common)).collect()
}

impl RunConfig {
    /// A result whose error, where it is about a key that was read from a file, says so.
    pub(crate) fn located<V>(&self, result: Result<V>) -> Result<V> {
        result.map_err(|error| match error {
            Error::Setting { name, found, expected } => {
                let own = [name.as_str()];
                let other = OTHER_NAMES.iter().find(|(other, _)| *other == name);
                let keys = other.map_or(&own[..], |(_, keys)| keys);
                let line = keys.iter().find_map(|key| self.places.lines.get(key));
                let place = line.map_or(String::new(), |line| format!("{}line {line}: ", self.places.origin));
                Error::Setting { name: format!("{place}{name}"), found, expected }
            }
            error => error,
        })
    }

    /// The same config with paths that are relative to another folder.
    pub fn moved_to(mut self, folder: &Path) -> Self {
        let own = self.folder.clone();
        let data = &mut self.data;
        for path in [&mut data.file, &mut data.test, &mut data.images].into_iter().flatten() {
            let whole = own.join(&*path);
            *path = relative(&whole, folder).to_string_lossy().into_owned();
        }
        self.folder = folder.into();
        self
    }
}
