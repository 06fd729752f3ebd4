//! Sets of labels from files: what every format shares.

use crate::data::dataset::Dataset;
use crate::error::{Error, Result};
use gradlens_kernel::Scalar;
use ndarray::Array2;
use std::ops::Range;
use std::path::Path;

/// Samples with sets of labels, read from a CSV or ARFF file.
///
/// **CSV** (RFC 4180): a row for each sample, features first, label columns last. Fields are separated by
/// commas and may be quoted; blanks around them, blank lines and a byte order mark are ignored. The first
/// row is a header of names if none of its fields is a number. If only some are numbers it counts as data
/// and is an error, so that a slip in the first row is not taken for a header.
///
/// **ARFF** (Weka) as the public multi-label sets use it, rows dense or sparse, `{index value, ...}`.
/// Labels are the last attributes (Mulan: Tsoumakas et al., JMLR 12, 2011), or those that `-C n` in the name
/// of the relation names (MEKA: Read et al., JMLR 17, 2016): the first n, or for n < 0 the last |n|.
/// Attributes are numeric (or real, or integer), or nominal with values that are numbers, which stand
/// for themselves. What a sparse row leaves out is 0.
///
/// A label is 0 or 1. A missing value, or one that is not finite, is an error: nothing is guessed, and
/// nothing half read. Bytes that are not UTF-8 can stand in names and comments.
///
/// ```
/// use gradlens::LabelledFile;
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("moods.csv");
/// std::fs::write(&path, "tempo,volume,happy,calm\n120,0.7,1,0\n60,0.2,0,1\n")?;
/// let file = LabelledFile::<f32>::read(&path, Some(2))?;
/// assert_eq!((file.data.len(), file.data.input_len(), file.data.output_len()), (2, 2, 2));
/// assert_eq!(file.labels.unwrap(), ["happy", "calm"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LabelledFile<T: Scalar = f32> {
    /// The samples: inputs `[rows, features]`, multi-hot targets `[rows, labels]`.
    pub data: Dataset<T>,
    /// The names of the features, if the file has names.
    pub features: Option<Vec<String>>,
    /// The names of the labels, if the file has names.
    pub labels: Option<Vec<String>>,
}

/// How many lines end in `text`: with LF, CR LF or CR.
pub(super) fn line_ends(text: &str) -> usize {
    let bytes = text.as_bytes();
    let ends =
        |&(i, &byte): &(usize, &u8)| byte == b'\n' || (byte == b'\r' && bytes.get(i + 1) != Some(&b'\n'));
    bytes.iter().enumerate().filter(ends).count()
}

/// `text` in quotes, cut short if it is long.
pub(super) fn quoted(text: &str) -> String {
    const MOST: usize = 40;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{:?} and more", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// One of `count` things, or several.
pub(super) fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

/// Where in a file: line and column are counted from 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub path: &'a Path,
    pub line: usize,
    pub column: usize,
}

impl Place<'_> {
    pub fn error(&self, found: impl Into<String>, expected: impl Into<String>, remedy: &str) -> Error {
        Error::Cell {
            path: self.path.into(),
            line: self.line,
            column: self.column,
            found: found.into(),
            expected: expected.into(),
            remedy: remedy.into(),
        }
    }

    /// The number that stands here.
    fn number<T: Scalar>(&self, text: &str) -> Result<f64> {
        let wrong = |found: String, expected: &str| {
            self.error(found, expected, "put a number there, or leave the row or the column out")
        };
        match (text, text.parse::<f64>()) {
            ("", _) => Err(wrong("an empty field".into(), "a number")),
            ("?", _) => Err(wrong("a missing value, \"?\"".into(), "a number")),
            (_, Err(_)) => Err(wrong(quoted(text), "a number")),
            (_, Ok(number)) if !number.is_finite() => Err(wrong(quoted(text), "a finite number")),
            (_, Ok(number)) if !T::of(number).is_finite() => {
                Err(wrong(quoted(text), &format!("a number that an {} can hold", std::any::type_name::<T>())))
            }
            (_, Ok(number)) => Ok(number),
        }
    }
}

/// The rows read so far.
pub(super) struct Table<T> {
    pub columns: usize,
    /// Which columns are labels: the first or the last.
    labels: Range<usize>,
    inputs: Vec<T>,
    targets: Vec<T>,
    rows: usize,
}

impl<T: Scalar> Table<T> {
    /// A table of `columns`, of which the first or the last `labels` are labels.
    ///
    /// `place` is where the number of columns can be seen.
    pub fn new(place: Place, columns: usize, labels: usize, first: bool) -> Result<Self> {
        if labels >= columns {
            let found = counted(columns, "column");
            let expected = format!("more than the {}, to have a feature", counted(labels, "label column"));
            let remedy = "ask for fewer label columns, or check that fields are separated by commas";
            return Err(Place { column: columns, ..place }.error(found, expected, remedy));
        }
        let labels = if first { 0..labels } else { columns - labels..columns };
        Ok(Table { columns, labels, inputs: vec![], targets: vec![], rows: 0 })
    }

    /// Whether a column, counted from 0, is one of labels.
    pub fn is_label(&self, column: usize) -> bool {
        self.labels.contains(&column)
    }

    /// Begins a row, of zeros.
    pub fn begin(&mut self) {
        self.rows += 1;
        self.inputs.resize(self.rows * (self.columns - self.labels.len()), T::zero());
        self.targets.resize(self.rows * self.labels.len(), T::zero());
    }

    /// Puts the number that stands at `place` into its column of the row begun last.
    pub fn set(&mut self, place: Place, text: &str) -> Result<f64> {
        let column = place.column - 1;
        let number = place.number::<T>(text)?;
        if self.is_label(column) {
            if number != 0.0 && number != 1.0 {
                let remedy = "check the number of label columns, or put 0 or 1 there";
                return Err(place.error(quoted(text), "0 or 1, as in every label column", remedy));
            }
            let at = (self.rows - 1) * self.labels.len() + column - self.labels.start;
            self.targets[at] = T::of(number);
        } else {
            let before = if column < self.labels.start { 0 } else { self.labels.len() };
            let at = (self.rows - 1) * (self.columns - self.labels.len()) + column - before;
            self.inputs[at] = T::of(number);
        }
        Ok(number)
    }

    /// The rows as a data set. `end` is the end of the file.
    pub fn finish(self, names: Option<Vec<String>>, end: Place) -> Result<LabelledFile<T>> {
        if self.rows == 0 {
            let remedy = "put a row for each sample into the file";
            return Err(end.error("the end of the file", "at least one row of numbers", remedy));
        }
        let matrix = |values: Vec<T>, columns| {
            Array2::from_shape_vec((self.rows, columns), values).expect("every row is begun in full")
        };
        let inputs = matrix(self.inputs, self.columns - self.labels.len());
        let targets = matrix(self.targets, self.labels.len());
        let (features, labels) = match names {
            None => (None, None),
            Some(mut features) => {
                let labels = features.drain(self.labels).collect();
                (Some(features), Some(labels))
            }
        };
        Ok(LabelledFile { data: Dataset::new(inputs, targets)?, features, labels })
    }
}
