//! A table as it stands in a file: columns of numbers and of words, with names.

use crate::by_name;
use crate::error::{Error, Result};
use std::path::{Path, PathBuf};

/// A table, read from a file: nothing is encoded, scaled or left out yet.
///
/// [`Table::read`] says which files are understood. A [`Preprocessing`](crate::data::Preprocessing) makes a
/// [`Dataset`](crate::Dataset) of it.
///
/// ```
/// use gradlens::data::{Table, Values};
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("moods.csv");
/// std::fs::write(&path, "tempo;volume;mood\n120;0,7;happy\n60;0,2;calm\n")?;
/// let table = Table::read(&path)?;
/// assert_eq!(table.rows(), 2);
/// let names: Vec<&str> = table.columns().iter().map(|column| column.name.as_str()).collect();
/// assert_eq!(names, ["tempo", "volume", "mood"]);
/// assert!(matches!(&table.columns()[1].values, Values::Numbers(numbers) if *numbers == [0.7, 0.2]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Table {
    pub(super) path: PathBuf,
    pub(super) named: bool,
    pub(super) columns: Vec<Column>,
    /// The line that each row begins in, counted from 1.
    pub(super) lines: Vec<u32>,
    pub(super) notes: Vec<String>,
    pub(super) labels: Option<Vec<usize>>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Column {
    /// Its name, or its number, counted from 1, where the file has no names.
    pub name: String,
    /// What stands in it, a value a row.
    pub values: Values,
}

/// What stands in a column.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Values {
    /// Numbers; a missing one is NaN.
    Numbers(Vec<f64>),
    /// Words, each by its place in a list of the different ones; a missing one is [`Values::MISSING`].
    Words {
        /// The word of each row.
        codes: Vec<u32>,
        /// The different words: as an ARFF file declares them, else in the order in which they come.
        words: Vec<String>,
        /// Whether the file declares that there are no others.
        declared: bool,
    },
    /// Numbers and words. Such a column can be ignored, or be read as words
    /// ([`Reading::categories`](crate::data::Reading::categories)).
    Mixed {
        /// The line of the first word among numbers, counted from 1; where words came first, of the first number.
        line: usize,
        /// What stands there.
        found: String,
        /// Whether it is a word among numbers.
        is_word: bool,
    },
}

impl Values {
    /// The code of a word that is missing.
    pub const MISSING: u32 = u32::MAX;

    /// How many values are missing.
    pub fn missing(&self) -> usize {
        match self {
            Values::Numbers(numbers) => numbers.iter().filter(|number| number.is_nan()).count(),
            Values::Words { codes, .. } => codes.iter().filter(|&&code| code == Self::MISSING).count(),
            Values::Mixed { .. } => 0,
        }
    }
}

impl Column {
    /// Whether its value in a row is missing.
    pub(super) fn is_missing(&self, row: usize) -> bool {
        match &self.values {
            Values::Numbers(numbers) => numbers[row].is_nan(),
            Values::Words { codes, .. } => codes[row] == Values::MISSING,
            Values::Mixed { .. } => false,
        }
    }
}

impl Table {
    /// The file it was read from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file gives its columns names.
    pub fn named(&self) -> bool {
        self.named
    }

    /// Number of rows, the header not counted.
    pub fn rows(&self) -> usize {
        self.lines.len()
    }

    /// The columns, in the order of the file.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// What was found out or taken for granted in reading, a sentence each, for the user to see.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The columns, counted from 0, that the file itself declares to be labels: an ARFF file by `-C` in the name
    /// of its relation, or by the XML file beside it.
    pub fn labels(&self) -> Option<&[usize]> {
        self.labels.as_deref()
    }

    /// The line that a row, counted from 0, begins in, counted from 1.
    pub fn line(&self, row: usize) -> usize {
        self.lines.get(row).map_or(0, |&line| line as usize)
    }

    /// The place, counted from 0, of the column with this name, or else of this number, counted from 1.
    ///
    /// # Errors
    /// [`Error::File`] where there is none, with the columns that there are.
    pub fn find(&self, column: &str) -> Result<usize> {
        let by_name = || self.columns.iter().position(|c| c.name == column && self.named);
        let by_number =
            || column.parse::<usize>().ok().filter(|n| (1..=self.columns.len()).contains(n)).map(|n| n - 1);
        by_name().or_else(by_number).ok_or_else(|| {
            let names = self.columns.iter().map(|column| column.name.as_str());
            let near = by_name::nearest(column, names);
            Error::File {
                path: self.path.clone(),
                found: format!("no column {column:?}"),
                expected: format!("one of {}", listed(self.columns.iter().map(|c| c.name.as_str()))),
                remedy: match near {
                    Some(near) => format!("did you mean {near:?}?"),
                    None => "name a column of the file, or give its number, counted from 1".into(),
                },
            }
        })
    }

    /// The places of several columns: names and numbers as [`find`](Self::find) takes them, and ranges of numbers,
    /// `"1-14"`.
    ///
    /// # Errors
    /// As [`find`](Self::find), and for a column that comes twice.
    pub fn find_all(&self, columns: &[String]) -> Result<Vec<usize>> {
        let range = |text: &str| {
            let (from, to) = text.split_once('-')?;
            let (from, to): (usize, usize) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
            (1 <= from && from <= to && to <= self.columns.len()).then(|| from - 1..to)
        };
        let mut places = vec![];
        for column in columns {
            match (self.find(column), range(column)) {
                (Err(_), Some(range)) => places.extend(range),
                (place, _) => places.push(place?),
            }
        }
        let twice = (1..places.len()).find(|&i| places[..i].contains(&places[i]));
        match twice {
            Some(i) => {
                Err(self.column_error(places[i], "a second mention", "each column once", "name it once"))
            }
            None => Ok(places),
        }
    }

    /// These rows, counted from 0, in this order.
    ///
    /// # Panics
    /// If one does not exist.
    pub fn select(&self, rows: &[usize]) -> Self {
        let values = |values: &Values| match values {
            Values::Numbers(numbers) => Values::Numbers(rows.iter().map(|&row| numbers[row]).collect()),
            Values::Words { codes, words, declared } => Values::Words {
                codes: rows.iter().map(|&row| codes[row]).collect(),
                words: words.clone(),
                declared: *declared,
            },
            mixed => mixed.clone(),
        };
        let column = |column: &Column| Column { name: column.name.clone(), values: values(&column.values) };
        Table {
            path: self.path.clone(),
            named: self.named,
            columns: self.columns.iter().map(column).collect(),
            lines: rows.iter().map(|&row| self.lines[row]).collect(),
            notes: self.notes.clone(),
            labels: self.labels.clone(),
        }
    }

    /// An error about what stands in a column of a row.
    pub(super) fn cell(
        &self,
        row: usize,
        column: usize,
        found: impl Into<String>,
        expected: impl Into<String>,
        remedy: &str,
    ) -> Error {
        Error::Cell {
            path: self.path.clone(),
            line: self.line(row),
            column: column + 1,
            found: found.into(),
            expected: expected.into(),
            remedy: format!("{remedy} (column {:?})", self.columns[column].name),
        }
    }

    /// An error about the whole file.
    pub(super) fn file_error(&self, found: String, expected: &str, remedy: &str) -> Error {
        Error::File { path: self.path.clone(), found, expected: expected.into(), remedy: remedy.into() }
    }

    /// An error about a whole column.
    pub(super) fn column_error(&self, column: usize, found: &str, expected: &str, remedy: &str) -> Error {
        let found = format!("{found} in column {:?}", self.columns[column].name);
        self.file_error(found, expected, remedy)
    }

    /// An error about a column of numbers and words.
    pub(super) fn mixed(&self, column: usize) -> Error {
        let Column { name, values: Values::Mixed { line, found, is_word } } = &self.columns[column] else {
            unreachable!("called for mixed columns")
        };
        let (expected, first) = match is_word {
            true => ("a number, as above it", "put a number there"),
            false => ("a word, as above it", "put a word there"),
        };
        Error::Cell {
            path: self.path.clone(),
            line: *line,
            column: column + 1,
            found: found.clone(),
            expected: expected.into(),
            remedy: format!(
                "{first} or nothing where the value is missing; or list {name:?} under categories, if its numbers are names, or under ignore"
            ),
        }
    }
}

/// Names in quotes, cut short if they are many.
pub(super) fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    const MOST: usize = 20;
    let count = names.len();
    let mut text = names.take(MOST).map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
    if count > MOST {
        text += &format!(" and {} more", count - MOST);
    }
    text
}
