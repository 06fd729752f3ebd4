//! Files with images and labels in one: tables, and archives of arrays.

use super::archive::Archive;
use super::array::Array;
use super::idx::What;
use super::names::{Name, Part};
use super::samples::{Samples, Sets};
use super::source::Source;
use super::table;
use crate::error::{Error, Result};
use std::path::Path;

/// The samples of a table in CSV.
pub(super) fn of_table(path: &Path) -> Result<Samples> {
    let (images, labels) = table::read(Source::open(path)?)?;
    Ok(Samples { images, images_path: path.into(), labels, labels_path: path.into() })
}

/// The array of an archive that has one.
pub(super) fn only_array(path: &Path, what: What) -> Result<Array> {
    let mut archive = Archive::open(path)?;
    match archive.names().as_slice() {
        [name] => archive.read(name),
        names => {
            let found = format!("{} arrays ({})", names.len(), names.join(", "));
            let expected = format!("one, of {}", what.plural());
            let remedy = "save images and labels in a file each, or all in one whose name does not speak of images \
                          or labels";
            Err(Error::file(path, found, expected, remedy))
        }
    }
}

/// The samples of an archive with arrays for all: `x_train` and the like.
pub(super) fn of_archive(path: &Path) -> Result<Sets> {
    let mut archive = Archive::open(path)?;
    let names = archive.names();
    let find = |part: Option<Part>, what: What| {
        names.iter().find(|name| {
            let name = Name::of(name);
            (name.part, name.what) == (part, Some(what)) && name.set.is_empty()
        })
    };
    let mut samples = |part| -> Result<Option<Samples>> {
        let (Some(images), Some(labels)) = (find(part, What::Images), find(part, What::Labels)) else {
            return Ok(None);
        };
        Ok(Some(Samples {
            images: archive.read(images)?,
            images_path: path.join(images),
            labels: archive.read(labels)?,
            labels_path: path.join(labels),
        }))
    };
    let train = match samples(Some(Part::Train))? {
        Some(train) => Some(train),
        None => samples(None)?,
    };
    match train {
        Some(train) => Ok((train, samples(Some(Part::Test))?)),
        None => {
            let found = format!("the arrays {}", names.join(", "));
            let expected = "x_train, y_train, x_test and y_test, or train_images and so on";
            let remedy = "save them under such names, as in np.savez(file, x_train=images, y_train=labels)";
            Err(Error::file(path, found, expected, remedy))
        }
    }
}
