//! A file of samples with sets of labels, in any format.

use crate::data::table::{LabelledFile, Place};
use crate::data::{arff, csv};
use crate::error::{Error, Result};
use gradlens_kernel::Scalar;
use std::fs;
use std::path::Path;

impl<T: Scalar> LabelledFile<T> {
    /// Reads the file, in the format that its ending names: `.csv` or `.arff`.
    ///
    /// `labels` is the number of label columns. A CSV file needs it; an ARFF file only if its relation
    /// has no `-C`.
    ///
    /// # Errors
    /// [`Error::Cell`], naming file, line and column, for whatever is wrong in the file;
    /// [`Error::File`] for another ending, [`Error::Io`] for a file that cannot be read, and
    /// [`Error::Setting`] for a number of labels that is 0, or missing where it is needed.
    pub fn read(path: impl AsRef<Path>, labels: Option<usize>) -> Result<Self> {
        let path = path.as_ref();
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let setting = |found: &str, expected: &str| {
            Err(Error::setting(format!("the number of label columns of {}", path.display()), found, expected))
        };
        if labels == Some(0) {
            return setting("0", "at least 1");
        }
        match (ending.as_str(), labels) {
            ("csv", None) => setting("not given", "given, as a CSV file does not tell features from labels"),
            ("csv", Some(labels)) => csv::read(path, &text(path)?, labels),
            ("arff", labels) => arff::read(path, &text(path)?, labels),
            _ => Err(Error::File {
                path: path.into(),
                found: if ending.is_empty() { "no ending".into() } else { format!("the ending .{ending}") },
                expected: ".csv or .arff".into(),
                remedy: "name the file by its format, or convert it to one of these".into(),
            }),
        }
    }
}

/// The whole file, without byte order mark.
fn text(path: &Path) -> Result<String> {
    let bytes = fs::read(path).map_err(|error| Error::Io {
        path: path.into(),
        action: "read the file",
        error,
        remedy: "check its name and permissions".into(),
    })?;
    let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes)).into_owned();
    let place = Place { path, line: 1, column: 1 };
    if text.trim().is_empty() {
        return Err(place.error("an empty file", "a row for each sample", "fetch or write the file again"));
    }
    Ok(text)
}
