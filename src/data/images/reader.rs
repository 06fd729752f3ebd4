//! The files of a set, read each by what it is.

use super::array::Array;
use super::idx::{Head, What};
use super::names::{Files, Kind, Part};
use super::samples::{Samples, Sets};
use super::source::{Format, Source};
use super::{containers, npy, standard};
use crate::error::{Error, Result};
use std::path::{Path, PathBuf};

/// Reads the files of a set, which is in `folder`.
pub(super) fn read(files: &Files, folder: &Path) -> Result<Sets> {
    match (files.kind, files.with_both(None)) {
        (Kind::Npz, [path]) => containers::of_archive(path),
        (Kind::Csv, [path]) => Ok((containers::of_table(path)?, None)),
        (Kind::Npz | Kind::Csv, [one, other, ..]) => Err(two_of(one, other)),
        (Kind::Npz | Kind::Csv, []) => {
            let part = |part| match files.with_both(Some(part)) {
                [path] if files.kind == Kind::Csv => containers::of_table(path).map(Some),
                [path] => Ok(Some(containers::of_archive(path)?.0)),
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
        Format::Zip => containers::only_array(path, what),
    }
}
