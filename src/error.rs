//! What can go wrong by no fault of the program: every message names the thing, what was
//! found, what was expected and what to do.

use crate::plain::{bytes_in_words, short, visible};
use std::path::{Path, PathBuf};

/// The result of everything that takes data, files or settings from outside.
pub type Result<T> = std::result::Result<T, Error>;

/// An error that a user can act on.
///
/// ```
/// use gradlens::{Dense, Sequential, SoftmaxCrossEntropy};
/// let error = Sequential::input(784)
///     .layer(Dense::new(0))
///     .head(SoftmaxCrossEntropy::default())
///     .build()
///     .unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "layer 0 (Dense): the number of units is 0, but must be at least 1"
/// );
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting outside its range.
    #[error("{} is {}, but must be {}", visible(name), visible(found), visible(expected))]
    Setting {
        /// The setting, as its user knows it.
        name: String,
        /// The value given.
        found: String,
        /// The values that are possible.
        expected: String,
    },

    /// A layer that does not fit the one below it, or is itself not possible.
    #[error("layer {index} ({}): {error}", visible(layer))]
    Layer {
        /// Position in the network, 0 nearest the input.
        index: usize,
        /// What the layer calls itself.
        layer: String,
        /// What is wrong with it. (Part of the message, so not also its source.)
        error: Box<Error>,
    },

    /// Two things whose sizes should agree and do not.
    #[error(
        "{}: found {}, expected {}; {}",
        visible(what),
        visible(found),
        visible(expected),
        visible(remedy)
    )]
    Shape {
        /// The thing whose size is wrong.
        what: String,
        /// Its size.
        found: String,
        /// The size that would fit.
        expected: String,
        /// What to do.
        remedy: String,
    },

    /// A target that the output head cannot learn from.
    #[error(
        "row {row} of the targets does not fit the {} head: found {}, expected {}",
        visible(head),
        visible(found),
        visible(expected)
    )]
    Target {
        /// Row in the data set, counted from 0.
        row: usize,
        /// The head.
        head: String,
        /// What stands in the row.
        found: String,
        /// What the head asks for.
        expected: String,
    },

    /// An input value that is NaN or infinite.
    #[error(
        "row {row}, column {column} of the inputs is {value}: a network cannot learn from it; remove the row or replace the value"
    )]
    Input {
        /// Row in the data set, counted from 0.
        row: usize,
        /// Column, counted from 0.
        column: usize,
        /// The value.
        value: f64,
    },

    /// A file whose contents are not what they should be.
    #[error("{}: found {}, expected {}; {}", shown(path), visible(found), visible(expected), visible(remedy))]
    File {
        /// The file.
        path: PathBuf,
        /// What it holds.
        found: String,
        /// What it should hold.
        expected: String,
        /// What to do.
        remedy: String,
    },

    /// A place in a file of rows where something stands that should not.
    #[error(
        "{}, line {line}, column {column}: found {}, expected {}; {}",
        shown(path),
        visible(found),
        visible(expected),
        visible(remedy)
    )]
    Cell {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// Column, which is to say the number of the field or attribute, counted from 1.
        column: usize,
        /// What stands there.
        found: String,
        /// What should stand there.
        expected: String,
        /// What to do.
        remedy: String,
    },

    /// A file or folder that cannot be read or written.
    #[error("{}: cannot {action}: {error}; {}", shown(path), visible(remedy))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the operating system said. (Part of the message, so not also its source.)
        error: std::io::Error,
        /// What to do.
        remedy: String,
    },

    /// More numbers than there is room for.
    #[error("{} would take {}, and there is no room for that; {}", visible(what), bytes_in_words(*bytes), visible(remedy))]
    Memory {
        /// What was asked for.
        what: String,
        /// Its size; `None` for more than 2^64.
        bytes: Option<u64>,
        /// How to ask for less.
        remedy: String,
    },

    /// A loss or a gradient that is NaN or infinite. Training stopped before it reached the
    /// weights, which stay as they were after the step before; where that step itself took them
    /// beyond all bounds, the place is "the weights of" a layer.
    #[error(
        "training stopped at epoch {epoch}, step {step}: {what} is not finite, first in {}; {}",
        visible(place),
        visible(cause)
    )]
    NotFinite {
        /// Epoch, counted from 1.
        epoch: usize,
        /// Step since the start of training, counted from 1.
        step: u64,
        /// "the loss" or "a gradient".
        what: String,
        /// The first layer in the order of computation where a value is not finite.
        place: String,
        /// The likely cause and its remedy.
        cause: String,
    },

    /// A run that ended with a loss that is finite, and more than a hundred times what it was at the first step and
    /// what the best constant output has. The weights are those that it ended with.
    #[error(
        "training ended at epoch {epoch}, step {step} with a loss of {}, where it began with {} and the best constant output has {}: it has diverged; {cause}",
        short(*loss),
        short(*first),
        short(*constant)
    )]
    Diverged {
        /// Epoch, counted from 1.
        epoch: usize,
        /// Step since the start of training, counted from 1.
        step: u64,
        /// The loss of the samples it was trained on, of some of them where they are many.
        loss: f64,
        /// The loss of the first step.
        first: f64,
        /// The loss of the best constant output, see [`Loss::best_constant`](crate::Loss::best_constant).
        constant: f64,
        /// The likely cause and its remedy.
        cause: String,
    },
}

/// A path as it may be shown.
fn shown(path: &Path) -> String {
    visible(&path.display().to_string()).into_owned()
}

impl Error {
    /// A file that holds `found` where `expected` is asked for.
    #[cfg(feature = "mnist")]
    pub(crate) fn file(
        path: &std::path::Path,
        found: impl Into<String>,
        expected: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Error::File {
            path: path.into(),
            found: found.into(),
            expected: expected.into(),
            remedy: remedy.into(),
        }
    }

    /// A setting `name` that is `found` where `expected` is asked for.
    ///
    /// ```
    /// let error = gradlens::Error::setting("batch size", 0, "at least 1");
    /// assert_eq!(error.to_string(), "batch size is 0, but must be at least 1");
    /// ```
    pub fn setting(name: impl Into<String>, found: impl ToString, expected: impl Into<String>) -> Self {
        Error::Setting { name: name.into(), found: found.to_string(), expected: expected.into() }
    }
}
