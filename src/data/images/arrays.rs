//! Arrays without labels.

use super::array::{Array, times};
use super::idx::What;
use super::reader;
use super::source::FETCH_AGAIN;
use crate::error::{Error, Result};
use crate::file;
use ndarray::Array2;
use std::io::{Cursor, Write};
use std::path::Path;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// The numbers of a file, a sample a row: IDX, NumPy's `.npy`, or `.npz` with one array; each as it is or packed with gzip.
/// An array of more than two dimensions has a sample for each index of the first, and one of a single dimension is one
/// sample.
///
/// # Errors
/// [`Error::Io`] and [`Error::File`], naming the file: missing, cut short, damaged, in another format, empty.
///
/// ```
/// use gradlens::data::{read_array, write_array};
/// # let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("numbers.npy");
/// write_array(&path, &ndarray::array![[1.0, 2.5], [3.0, -1.0]])?;
/// assert_eq!(read_array(&path)?, ndarray::array![[1.0, 2.5], [3.0, -1.0]]);
/// # Ok::<(), gradlens::Error>(())
/// ```
pub fn read_array(path: impl AsRef<Path>) -> Result<Array2<f64>> {
    let path = path.as_ref();
    let Array { shape, values } = reader::array(path, What::Images)?;
    if values.is_empty() {
        let found = format!("{} numbers", times(&shape));
        return Err(Error::file(path, found, "at least one sample of one", FETCH_AGAIN));
    }
    let shape = match shape[..] {
        [columns] => (1, columns),
        [rows, ..] => (rows, values.len() / rows),
        [] => (1, values.len()),
    };
    let numbers = (0..values.len()).map(|at| values.get(at)).collect();
    Ok(Array2::from_shape_vec(shape, numbers).expect("as many as the shape says"))
}

/// Writes numbers as NumPy reads them, `[rows, columns]` of f64: a `.npy` file, or, if the name ends in `.npz`, an archive
/// with the array `outputs`; whole or not at all.
///
/// # Errors
/// [`Error::Io`] if it cannot be written; an old file then stays as it was.
pub fn write_array(path: impl AsRef<Path>, array: &Array2<f64>) -> Result<()> {
    let path = path.as_ref();
    let bytes = npy(array);
    if path.extension().is_none_or(|ending| !ending.eq_ignore_ascii_case("npz")) {
        return file::write(path, &bytes);
    }
    let mut archive = ZipWriter::new(Cursor::new(vec![]));
    let written = archive
        .start_file("outputs.npy", SimpleFileOptions::default())
        .and_then(|()| Ok(archive.write_all(&bytes)?))
        .and_then(|()| archive.finish());
    let whole = written.map_err(|error| Error::Io {
        path: path.into(),
        action: "write this file",
        error: error.into(),
        remedy: "choose another place".into(),
    })?;
    file::write(path, &whole.into_inner())
}

/// Version 1.0 of the format of `numpy.lib.format`: a head of text, filled with blanks so that the numbers begin at a
/// multiple of 64 bytes.
fn npy(array: &Array2<f64>) -> Vec<u8> {
    let (rows, columns) = array.dim();
    let head = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    let len = (10 + head.len() + 1).next_multiple_of(64) - 10;
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((len as u16).to_le_bytes());
    bytes.extend(format!("{head:<0$}\n", len - 1).bytes());
    bytes.extend(array.iter().flat_map(|number| number.to_le_bytes()));
    bytes
}
