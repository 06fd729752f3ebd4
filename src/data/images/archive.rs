//! NumPy's `.npz` files: zip archives of `.npy` files.

use super::array::Array;
use super::npy;
use super::source::{FETCH_AGAIN, MOST_UNPACKED, Source, cannot_read};
use crate::error::{Error, Result};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use zip::ZipArchive;

/// An archive of arrays.
pub(super) struct Archive<'a> {
    path: &'a Path,
    zip: ZipArchive<BufReader<File>>,
    /// More bytes than this are not in it, unpacked.
    limit: u64,
}

impl<'a> Archive<'a> {
    pub fn open(path: &'a Path) -> Result<Self> {
        let file = File::open(path).map_err(|error| cannot_read(path, error))?;
        let len = file.metadata().map_err(|error| cannot_read(path, error))?.len();
        let zip = ZipArchive::new(BufReader::new(file)).map_err(|error| damaged(path, &error))?;
        Ok(Archive { path, zip, limit: len.saturating_mul(MOST_UNPACKED) })
    }

    /// The names of the arrays, in the order of the file.
    pub fn names(&self) -> Vec<String> {
        self.zip.file_names().filter_map(|name| Some(name.strip_suffix(".npy")?.to_string())).collect()
    }

    /// Reads the array of this name.
    pub fn read(&mut self, name: &str) -> Result<Array> {
        let file = format!("{name}.npy");
        let entry = self.zip.by_name(&file).map_err(|error| damaged(self.path, &error))?;
        let size = entry.size().min(self.limit);
        npy::read(Source::of_archive(self.path.join(file), entry, size)?)
    }
}

fn damaged(path: &Path, error: &zip::result::ZipError) -> Error {
    Error::file(
        path,
        format!("a damaged zip file ({error})"),
        "a whole one, as np.savez writes it",
        FETCH_AGAIN,
    )
}
