//! MNIST's four files as they were published, which the crate `mnist` parses.

use super::array::{Array, Values, times};
use super::idx::{Head, What};
use super::names::{self, Files, Kind, Part};
use super::source::Source;
use crate::error::{Error, Result};
use ::mnist::MnistBuilder;
use std::fs;
use std::path::Path;

/// How many images there are to train on.
const TRAIN: usize = 60_000;
/// How many images there are to test on.
const TEST: usize = 10_000;
/// Height and width of an image.
const SIDE: usize = 28;
/// Its name, what is in it, and how many.
const FILES: [(&str, Part, What, usize); 4] = [
    ("train-images-idx3-ubyte", Part::Train, What::Images, TRAIN),
    ("train-labels-idx1-ubyte", Part::Train, What::Labels, TRAIN),
    ("t10k-images-idx3-ubyte", Part::Test, What::Images, TEST),
    ("t10k-labels-idx1-ubyte", Part::Test, What::Labels, TEST),
];

/// Images and labels to train on, then those to test on; `None` unless the four files are unpacked and just
/// of MNIST's sizes. (The crate stops the program where it cannot read, so everything is checked before.)
pub(super) fn read(paths: [&Path; 4]) -> Result<Option<[Array; 4]>> {
    for (path, (_, _, what, count)) in paths.iter().zip(FILES) {
        let (shape, head) = match what {
            What::Images => (vec![count, SIDE, SIDE], 16),
            What::Labels => (vec![count], 8),
        };
        let bytes = head + shape.iter().product::<usize>() as u64;
        let mut source = Source::open(path)?;
        let is_standard = source.is_plain()
            && fs::metadata(path).is_ok_and(|metadata| metadata.len() == bytes)
            && Head::read(&mut source, what).is_ok_and(|head| head.is_of_bytes() && head.shape == shape);
        if !is_standard {
            return Ok(None);
        }
        // The crate would stop the program where the disk fails.
        source.take(u64::MAX)?;
    }
    let [Some(train_images), Some(train_labels), Some(test_images), Some(test_labels)] =
        paths.map(Path::to_str)
    else {
        return Ok(None); // the crate takes paths in Unicode
    };
    let read = || {
        MnistBuilder::new()
            .base_path("")
            .training_images_filename(train_images)
            .training_labels_filename(train_labels)
            .test_images_filename(test_images)
            .test_labels_filename(test_labels)
            .training_set_length(TRAIN as u32)
            .validation_set_length(0)
            .test_set_length(TEST as u32)
            .finalize()
    };
    let Ok(mnist) = std::panic::catch_unwind(read) else {
        return Ok(None); // a file changed after it was checked: the other reader says how
    };
    let images =
        |bytes: Vec<u8>, count| Array { shape: vec![count, SIDE, SIDE], values: Values::Bytes(bytes) };
    let labels = |bytes: Vec<u8>, count| Array { shape: vec![count], values: Values::Bytes(bytes) };
    Ok(Some([
        images(mnist.trn_img, TRAIN),
        labels(mnist.trn_lbl, TRAIN),
        images(mnist.tst_img, TEST),
        labels(mnist.tst_lbl, TEST),
    ]))
}

/// The files of a set that has MNIST's names, and its sizes by the heads of the files.
pub(super) fn files(folder: &Path) -> Result<Files> {
    let files = names::of_name(folder, Kind::Idx, &[])?;
    for (name, part, what, count) in FILES {
        let paths = files.as_ref().map_or(&[][..], |files| files.of(part, what));
        if paths.is_empty() {
            let expected = format!("this file, or {name}.gz beside it");
            let remedy = "put the four MNIST files into the folder, or choose another folder";
            return Err(Error::file(&folder.join(name), "no such file", expected, remedy));
        }
        for path in paths {
            check(path, what, count)?;
        }
    }
    Ok(files.expect("it has four files"))
}

/// Checks the sizes that a file has by its head.
fn check(path: &Path, what: What, count: usize) -> Result<()> {
    let Head { shape, .. } = Head::read(&mut Source::open(path)?, what)?;
    if shape[0] != count {
        let remedy = "the set must be of the size of MNIST and Fashion-MNIST: 60000 to train on and 10000 to test \
                      on; `Images` reads sets of any size";
        let found = format!("{} {}", shape[0], what.plural());
        return Err(Error::file(path, found, count.to_string(), remedy));
    }
    let expected: &[usize] = if what == What::Images { &[SIDE, SIDE] } else { &[] };
    if shape[1..] != *expected {
        let found = format!("{} of {} pixels", what.plural(), times(&shape[1..]));
        let remedy = "fetch the files of MNIST; `Images` reads images of any size";
        return Err(Error::file(path, found, times(expected), remedy));
    }
    Ok(())
}
