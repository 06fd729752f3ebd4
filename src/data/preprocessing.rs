//! How a table becomes samples: what is to be learned from the training table.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What the targets of a table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Task {
    /// Classes that exclude one another: one column of words or whole numbers.
    Classes,
    /// Labels that are independent: a column of 0 and 1 each, or lists of words in one column.
    Labels,
    /// Numbers.
    Regression,
}

/// What to do about missing values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Missing {
    /// Refuse the table, with the number of missing values in each column.
    #[default]
    Error,
    /// Take the column's mean over the training rows, or its most frequent word.
    Mean,
    /// Leave out the rows that lack a value, in the targets too.
    Drop,
    /// As `Mean`, and an input more for each such column, which is 1 where the value is missing.
    Indicator,
}

macro_rules! by_word {
    ($kind:ident, $what:literal, $($word:literal => $value:expr),+) => {
        impl FromStr for $kind {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self> {
                match text {
                    $($word => Ok($value),)+
                    _ => Err(Error::setting($what, format!("{text:?}"), [$($word),+].join(", "))),
                }
            }
        }

        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.pad(match self {
                    $(value if *value == $value => $word,)+
                    _ => "?",
                })
            }
        }
    };
}

by_word!(Task, "the task", "classes" => Task::Classes, "labels" => Task::Labels, "regression" => Task::Regression);
by_word!(Missing, "what to do about missing values", "error" => Missing::Error, "mean" => Missing::Mean,
    "drop" => Missing::Drop, "indicator" => Missing::Indicator);

/// How a table becomes samples. [`fit`](Self::fit) learns from the training table what this needs: names, words,
/// means.
///
/// Columns are named, or numbered from 1 (see [`Table::find`](crate::data::Table::find)).
///
/// ```
/// use gradlens::Preprocessing;
/// use gradlens::data::Table;
/// use ndarray::array;
/// let folder = tempfile::tempdir()?;
/// let (train, test) = (folder.path().join("train.csv"), folder.path().join("test.csv"));
/// std::fs::write(&train, "size,colour,kind\n1,red,cat\n3,blue,dog\n")?;
/// std::fs::write(&test, "kind,colour,size\ndog,red,2\n")?;
///
/// let table = Table::read(&train)?;
/// let preprocessor = Preprocessing::new(["kind"]).standardise(true).fit(&table)?;
/// let data = preprocessor.dataset::<f32>(&table)?;
/// assert_eq!(data.inputs(), array![[-1.0, 1.0], [1.0, -1.0]]);
/// assert_eq!(preprocessor.target_names(), ["cat", "dog"]);
/// // The test table is matched by name, and standardised as the training table was.
/// let test = preprocessor.dataset::<f32>(&Table::read(&test)?)?;
/// assert_eq!((test.inputs(), test.labels()), (array![[0.0, 1.0]], Some(&[1][..])));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Preprocessing {
    /// Set with [`task`](Self::task).
    pub task: Option<Task>,
    /// Set with [`new`](Self::new).
    pub targets: Vec<String>,
    /// Set with [`features`](Self::features).
    pub features: Vec<String>,
    /// Set with [`ignore`](Self::ignore).
    pub ignore: Vec<String>,
    /// Set with [`missing`](Self::missing).
    pub missing: Missing,
    /// Set with [`max_categories`](Self::max_categories).
    pub max_categories: usize,
    /// Set with [`scale_inputs`](Self::scale_inputs).
    pub scale_inputs: f64,
    /// Set with [`standardise`](Self::standardise).
    pub standardise: bool,
    /// Set with [`standardise_targets`](Self::standardise_targets).
    pub standardise_targets: bool,
}

impl Default for Preprocessing {
    fn default() -> Self {
        Preprocessing {
            task: None,
            targets: vec![],
            features: vec![],
            ignore: vec![],
            missing: Missing::Error,
            max_categories: 50,
            scale_inputs: 1.0,
            standardise: false,
            standardise_targets: false,
        }
    }
}

fn strings<C: Into<String>>(columns: impl IntoIterator<Item = C>) -> Vec<String> {
    columns.into_iter().map(Into::into).collect()
}

impl Preprocessing {
    /// With these columns as targets. With none they are the labels that the file declares.
    pub fn new<C: Into<String>>(targets: impl IntoIterator<Item = C>) -> Self {
        Preprocessing { targets: strings(targets), ..Self::default() }
    }

    /// What the targets are. Default: found out. Words are classes, and so are at most 20 different whole numbers
    /// in one column; several columns of 0 and 1 are labels; other numbers are a regression.
    pub fn task(self, task: Task) -> Self {
        Preprocessing { task: Some(task), ..self }
    }

    /// The columns that are features. Default: all that are neither targets nor ignored.
    pub fn features<C: Into<String>>(self, columns: impl IntoIterator<Item = C>) -> Self {
        Preprocessing { features: strings(columns), ..self }
    }

    /// Columns that are not used. A column without a name, as it numbers rows, is not used either, unless it is
    /// among the [`features`](Self::features). Default: none.
    pub fn ignore<C: Into<String>>(self, columns: impl IntoIterator<Item = C>) -> Self {
        Preprocessing { ignore: strings(columns), ..self }
    }

    /// What to do about missing values. Default: refuse the table.
    pub fn missing(self, missing: Missing) -> Self {
        Preprocessing { missing, ..self }
    }

    /// A column of words becomes an input a word, 1 where it stands and 0 elsewhere ("one-hot"), or with two words
    /// a single input. A column of more different words than this is refused. Default: 50.
    pub fn max_categories(self, max_categories: usize) -> Self {
        Preprocessing { max_categories, ..self }
    }

    /// Multiplies every input with this. Default: 1.
    pub fn scale_inputs(self, scale_inputs: f64) -> Self {
        Preprocessing { scale_inputs, ..self }
    }

    /// Gives every input mean 0 and standard deviation 1 over the training rows, computed in f64 before anything
    /// is rounded. An input that is always the same becomes 0. Default: no.
    pub fn standardise(self, standardise: bool) -> Self {
        Preprocessing { standardise, ..self }
    }

    /// The same for the targets of a regression. Default: no.
    pub fn standardise_targets(self, standardise_targets: bool) -> Self {
        Preprocessing { standardise_targets, ..self }
    }
}
