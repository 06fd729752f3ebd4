//! Images as CSV: a line an image, its label and its pixels from 0 to 255.

use super::array::{Array, Values, is_square};
use super::source::{FETCH_AGAIN, Source};
use crate::error::{Error, Result};
use ::csv::{ByteRecord, ReaderBuilder};
use std::path::Path;

/// Names of a column of labels, in lower case.
const LABEL_NAMES: [&str; 5] = ["label", "labels", "class", "target", "y"];

/// The images `[images, pixels]` and the labels `[images]` of a file, with a header or without.
///
/// Labels are in the column that a header calls so, or else in the first, as those who publish MNIST as CSV have it, or
/// the last, as scikit-learn's digits have it: see [`Rows::settle`].
pub(super) fn read(mut source: Source) -> Result<(Array, Array)> {
    let path = source.path.clone();
    let text = source.text()?;
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text); // as Excel writes before UTF-8
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
    let mut record = ByteRecord::new();
    let mut rows =
        Rows { path: &path, text, columns: 0, label: 0, named: false, pixels: vec![], labels: vec![] };
    loop {
        let start = reader.position().byte() as usize;
        // Bytes in any number of fields are never an error of the parser.
        if !reader
            .read_byte_record(&mut record)
            .map_err(|error| rows.cell(start, 0, error.to_string(), "a row"))?
        {
            break;
        }
        if record.len() == 1 && record[0].trim_ascii().is_empty() {
            continue;
        }
        if rows.columns > 0 {
            rows.push(start, &record)?;
        } else {
            rows.begin(&record)?;
            rows.named = is_header(&record);
            if !rows.named {
                rows.push(start, &record)?;
            }
        }
    }
    if rows.labels.is_empty() {
        let found = if rows.columns == 0 { "no field" } else { "a header and no row" };
        return Err(Error::file(&path, found, "a row for each image: its label and its pixels", FETCH_AGAIN));
    }
    rows.settle();
    let Rows { columns, pixels, labels, .. } = rows;
    Ok((
        Array { shape: vec![labels.len(), columns - 1], values: Values::Bytes(pixels) },
        Array { shape: vec![labels.len()], values: Values::Integers(labels) },
    ))
}

/// A header names the column of labels, or has no number in it.
fn is_header(record: &ByteRecord) -> bool {
    label_column(record).is_some() || record.iter().all(|field| number(field).is_none())
}

fn label_column(header: &ByteRecord) -> Option<usize> {
    let name = |field| String::from_utf8_lossy(field).trim().to_lowercase();
    header.iter().position(|field| LABEL_NAMES.contains(&name(field).as_str()))
}

/// A whole number, also where it is written as 7.0 is.
fn number(field: &[u8]) -> Option<i64> {
    let field = field.trim_ascii();
    let whole = field.strip_suffix(b".0").unwrap_or(field);
    if whole.is_empty() || whole.len() > 18 || !whole.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(whole.iter().fold(0, |n, digit| 10 * n + i64::from(digit - b'0')))
}

struct Rows<'a> {
    path: &'a Path,
    text: &'a [u8],
    /// How many columns there are; 0 before the first row.
    columns: usize,
    /// Which of them the label is in.
    label: usize,
    /// Whether a header says so.
    named: bool,
    pixels: Vec<u8>,
    labels: Vec<i64>,
}

/// What a column holds.
struct Column {
    /// One value alone.
    constant: bool,
    /// All values between the least and the greatest.
    whole: bool,
}

impl Column {
    fn of(values: impl Iterator<Item = i64>) -> Self {
        let values: std::collections::BTreeSet<i64> = values.collect();
        let span = values.last().zip(values.first()).map_or(0, |(most, least)| most - least + 1);
        Column { constant: values.len() <= 1, whole: span == values.len() as i64 }
    }
}

impl Rows<'_> {
    /// Finds the column of labels.
    fn begin(&mut self, first: &ByteRecord) -> Result<()> {
        let columns = first.len();
        let no_labels = |found: String| {
            let remedy = "images without labels teach nothing and score nothing; of Kaggle's digits, name \
                          train.csv itself: one image in seven is then set aside to test on";
            Err(Error::file(
                self.path,
                found,
                "a column of labels, called label or without a header the first",
                remedy,
            ))
        };
        if is_header(first) {
            match label_column(first) {
                Some(column) => self.label = column,
                None => {
                    let ends = [&first[0], &first[columns - 1]].map(|field| String::from_utf8_lossy(field));
                    return no_labels(format!("{columns} columns from {} to {}", ends[0], ends[1]));
                }
            }
        } else if is_square(columns) && !is_square(columns - 1) {
            return no_labels(format!("{columns} columns, which are all pixels of a square image"));
        }
        if columns < 2 {
            let found = "a single column";
            return Err(Error::file(
                self.path,
                found,
                "a label and pixels, with commas between them",
                FETCH_AGAIN,
            ));
        }
        self.columns = columns;
        // A pixel takes two bytes of text or more.
        self.pixels.reserve(self.text.len() / 2);
        Ok(())
    }

    /// Adds an image, whose row starts behind `start`.
    fn push(&mut self, start: usize, record: &ByteRecord) -> Result<()> {
        if record.len() != self.columns {
            let found = format!("{} fields", record.len());
            let expected = format!("{}, as in the first row", self.columns);
            return Err(self.cell(start, record.len().min(self.columns), found, &expected));
        }
        for (column, field) in record.iter().enumerate() {
            let number = number(field);
            if column == self.label {
                let label = number
                    .ok_or_else(|| self.cell(start, column, quoted(field), "a label: 0, 1, 2 and on"))?;
                self.labels.push(label);
            } else {
                let pixel = number.and_then(|number| u8::try_from(number).ok()).ok_or_else(|| {
                    self.cell(start, column, quoted(field), "a whole number from 0 to 255, a pixel")
                })?;
                self.pixels.push(pixel);
            }
        }
        Ok(())
    }

    /// Without a header, takes the last column for the labels and the first for a pixel where that is what they hold:
    /// the first has one value alone, as a pixel in a corner, or leaves out values in between, and the last does not.
    fn settle(&mut self) {
        let width = self.columns - 1;
        let last = || self.pixels.iter().skip(width - 1).step_by(width).map(|&pixel| i64::from(pixel));
        let first = Column::of(self.labels.iter().copied());
        let other = Column::of(last());
        let swap = first.constant && !other.constant || !first.whole && other.whole && !other.constant;
        if self.named || !swap || self.labels.iter().any(|&label| label > 255) {
            return;
        }
        let labels: Vec<i64> = last().collect();
        for (row, first) in
            self.pixels.chunks_exact_mut(width).zip(std::mem::replace(&mut self.labels, labels))
        {
            row.rotate_right(1);
            row[0] = first as u8; // checked above to fit
        }
    }

    fn cell(&self, start: usize, column: usize, found: String, expected: &str) -> Error {
        // Ends of lines before the row, which the parser may have left to it, do not belong to it.
        let rest = self.text[start..].trim_ascii_start();
        let before = &self.text[..self.text.len() - rest.len()];
        Error::Cell {
            path: self.path.into(),
            line: 1 + before.iter().filter(|&&byte| byte == b'\n').count(),
            column: column + 1,
            found,
            expected: expected.into(),
            remedy: "correct the row; pixels that are no whole numbers are read from .npy and .npz".into(),
        }
    }
}

fn quoted(field: &[u8]) -> String {
    format!("{:?}", String::from_utf8_lossy(field).trim())
}
