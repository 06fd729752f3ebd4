//! Images and their labels, as the files of a set hold them.

use super::array::Array;
use super::idx::{Head, What};
use super::names::{Files, Kind, Name, Part};
use super::npy::{self, Archive};
use super::source::{Format, Source};
use super::{standard, table};
use crate::error::{Error, Result};
use std::path::{Path, PathBuf};

/// Images and their labels, and where they come from.
pub(super) struct Samples {
    pub images: Array,
    pub images_path: PathBuf,
    pub labels: Array,
    pub labels_path: PathBuf,
}

/// Those to train on and those to test on, if there are such.
pub(super) type Sets = (Samples, Option<Samples>);

/// Reads the files of a set, which is in `folder`.
pub(super) fn read(files: &Files, folder: &Path) -> Result<Sets> {
    match (files.kind, files.with_both(None)) {
        (Kind::Npz, [path]) => of_archive(path),
        (Kind::Csv, [path]) => Ok((of_table(path)?, None)),
        (Kind::Npz | Kind::Csv, [one, other, ..]) => Err(two_of(one, other)),
        (Kind::Npz | Kind::Csv, []) => {
            let part = |part| match files.with_both(Some(part)) {
                [path] if files.kind == Kind::Csv => of_table(path).map(Some),
                [path] => Ok(Some(of_archive(path)?.0)),
                [] => Ok(None),
                [one, other, ..] => Err(two_of(one, other)),
            };
            let train = part(Part::Train)?;
            Ok((train.ok_or_else(|| files.missing(folder, Part::Train, What::Images))?, part(Part::Test)?))
        }
        (Kind::Idx | Kind::Npy | Kind::NpzPair, _) => of_pairs(files, folder),
    }
}

fn two_of(one: &Path, other: &Path) -> Error {
    let name = other.file_name().unwrap_or_default().to_string_lossy();
    let remedy = "name the file you mean, or take the other one out of the folder";
    Error::file(one, format!("another file like it, {name}"), "one of the two", remedy)
}

/// The samples of a table in CSV.
fn of_table(path: &Path) -> Result<Samples> {
    let (images, labels) = table::read(Source::open(path)?)?;
    Ok(Samples { images, images_path: path.into(), labels, labels_path: path.into() })
}

/// The samples of files with images and of files with labels.
fn of_pairs(files: &Files, folder: &Path) -> Result<Sets> {
    let [train, test] = [Part::Train, Part::Test];
    let paths = [(train, What::Images), (train, What::Labels), (test, What::Images), (test, What::Labels)]
        .map(|(part, what)| files.of(part, what));
    let samples = |images, labels, paths: [&[PathBuf]; 2]| Samples {
        images,
        images_path: paths[0][0].clone(),
        labels,
        labels_path: paths[1][0].clone(),
    };
    if let ([[a], [b], [c], [d]], Kind::Idx) = (paths, files.kind)
        && let Some([train_images, train_labels, test_images, test_labels]) = standard::read([a, b, c, d])?
    {
        let train = samples(train_images, train_labels, [paths[0], paths[1]]);
        return Ok((train, Some(samples(test_images, test_labels, [paths[2], paths[3]]))));
    }
    let part = |part| -> Result<Samples> {
        for what in [What::Images, What::Labels] {
            if files.of(part, what).is_empty() {
                return Err(files.missing(folder, part, what));
            }
        }
        let [images, labels] = [What::Images, What::Labels].map(|what| files.of(part, what));
        Ok(samples(one_of(images, What::Images)?, one_of(labels, What::Labels)?, [images, labels]))
    };
    let test = files.has(Part::Test).then(|| part(Part::Test));
    Ok((part(Part::Train)?, test.transpose()?))
}

/// The array in files that must agree: which of two that differ is meant, nobody but the user knows.
fn one_of(paths: &[PathBuf], what: What) -> Result<Array> {
    let (first, others) = paths.split_first().expect("a part without files was refused");
    let array = array(first, what)?;
    for other in others {
        if self::array(other, what)? != array {
            let name = other.file_name().unwrap_or_default().to_string_lossy();
            let found = format!("other contents than in {name}");
            let expected = "the same contents, or one of the two files alone";
            return Err(Error::file(first, found, expected, "delete the one you do not mean"));
        }
    }
    Ok(array)
}

/// The array in a file, by what it is and not by its name.
pub(super) fn array(path: &Path, what: What) -> Result<Array> {
    let mut source = Source::open(path)?;
    match source.format() {
        Format::Npy => npy::read(source),
        Format::Idx | Format::Text => Head::read(&mut source, what)?.numbers(source),
        Format::Zip => {
            let mut archive = Archive::open(path)?;
            match archive.names().as_slice() {
                [name] => archive.read(name),
                names => {
                    let found = format!("{} arrays ({})", names.len(), names.join(", "));
                    let expected = format!("one, of {}", what.plural());
                    let remedy = "save images and labels in a file each, or all in one whose name does not speak of \
                                  images or labels";
                    Err(Error::file(path, found, expected, remedy))
                }
            }
        }
    }
}

/// The samples of an archive with arrays for all: `x_train` and the like.
fn of_archive(path: &Path) -> Result<Sets> {
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
