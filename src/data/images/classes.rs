//! Which class an image is of, from the numbers that a file has as labels.

use super::array::{Array, times};
use super::known::Known;
use super::samples::Samples;
use crate::error::{Error, Result};

/// More classes than any set of images has.
const MAX_CLASSES: usize = 1 << 16;

/// A class for every image, from 0 on.
pub(super) fn classes(samples: &Samples, known: &Known) -> Result<Vec<usize>> {
    let Samples { images, images_path, labels, labels_path } = samples;
    let (images, found) = (images.shape[0], labels.shape.first().copied().unwrap_or(0));
    if images != found {
        let expected = format!("{images}, one for each image of {}", images_path.display());
        let remedy = "take images and labels of the same part of the same set";
        return Err(Error::file(labels_path, format!("{found} labels"), expected, remedy));
    }
    let column = match labels.shape[..] {
        [_] | [_, 1] => 1,
        // QMNIST has eight numbers an image, the class and where the image comes from.
        [_, 8] if !is_one_hot(labels, 8) => 8,
        [_, columns] if is_one_hot(labels, columns) => {
            let class =
                |row| (0..columns).position(|column| labels.values.get(row * columns + column) == 1.0);
            return Ok((0..images).map(|row| class(row).expect("each row has a 1")).collect());
        }
        _ => {
            let found = format!("an array of {}", times(&labels.shape));
            let expected = "a label for each image, or a row with a 1 for its class and 0 for the others";
            let remedy = "give each image one class; images with several labels are no set of this kind";
            return Err(Error::file(labels_path, found, expected, remedy));
        }
    };
    let last = match &known.classes {
        Some(classes) if known.is_certain => known.first + classes.len() - 1,
        _ => known.first + MAX_CLASSES - 1,
    };
    let class = |row: usize| {
        let label = labels.values.get(row * column);
        if label >= known.first as f64 && label <= last as f64 && label.fract() == 0.0 {
            return Ok(label as usize - known.first);
        }
        let expected = format!("labels from {} to {last}", known.first);
        let remedy = match known.is_certain {
            true => "fetch the file again, or rename the files if they are those of another set",
            false => "number the classes from 0 on",
        };
        Err(Error::file(labels_path, format!("the label {label} at position {row}"), expected, remedy))
    };
    (0..images).map(class).collect()
}

/// Whether every row has a single 1 and zeros else.
fn is_one_hot(labels: &Array, columns: usize) -> bool {
    columns > 1
        && (0..labels.shape[0]).all(|row| {
            let row = (0..columns).map(|column| labels.values.get(row * columns + column));
            let (ones, others) = row.fold((0, 0), |(ones, others), value| match value {
                1.0 => (ones + 1, others),
                0.0 => (ones, others),
                _ => (ones, others + 1),
            });
            (ones, others) == (1, 0)
        })
}
