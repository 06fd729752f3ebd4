//! The targets of a table: classes, labels, numbers.

use crate::data::dataset::Dataset;
use crate::data::moments::moments_of;
use crate::data::preprocessing::{Preprocessing, Task};
use crate::data::table::{Column, Table, Values, listed};
use crate::data::words::{sort_words, truth};
use crate::error::{Error, Result};
use gradlens_kernel::Scalar;
use ndarray::Array2;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};

/// The targets that were learned from a training table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Targets {
    /// Classes that exclude one another.
    Classes {
        /// The column.
        column: String,
        /// What stands in it for each class, in the order of the outputs.
        classes: Vec<String>,
    },
    /// Independent labels, a column each.
    Labels {
        /// The columns.
        columns: Vec<String>,
    },
    /// Independent labels, those that hold in a list in one column.
    LabelLists {
        /// The column.
        column: String,
        /// What stands between the labels.
        separator: char,
        /// The labels, in the order of the outputs.
        labels: Vec<String>,
    },
    /// Numbers.
    Regression {
        /// The columns.
        columns: Vec<String>,
        /// Mean and standard deviation of each, where they are standardised.
        moments: Option<Vec<[f64; 2]>>,
    },
}

/// Different whole numbers in a column up to which they are taken for classes where nobody says so.
const MOST_CLASSES: usize = 20;

/// What can stand between labels in a list.
const BETWEEN_LABELS: [char; 3] = [';', '|', ','];

impl Targets {
    pub(super) fn fit(
        settings: &Preprocessing,
        table: &Table,
        columns: &[usize],
        notes: &mut Vec<String>,
    ) -> Result<Self> {
        let task = match settings.task {
            Some(task) => task,
            None => {
                let task = guess(table, columns)?;
                notes.push(format!(
                    "the task is {task}, by what stands in {} (if it is another, set task)",
                    names(table, columns)
                ));
                task
            }
        };
        let column_names = || columns.iter().map(|&column| table.columns[column].name.clone()).collect();
        match (task, columns) {
            (Task::Classes, &[column]) if classes(table, column)?.len() < 2 => {
                let classes = classes(table, column)?;
                let found = format!(
                    "one class, {}, in every row, all the same,",
                    listed(classes.iter().map(String::as_str))
                );
                Err(table.column_error(
                    column,
                    &found,
                    "at least two",
                    "name another target, or add rows of other classes",
                ))
            }
            (Task::Classes, &[column]) => Ok(Targets::Classes {
                column: table.columns[column].name.clone(),
                classes: classes(table, column)?,
            }),
            (Task::Classes, _) => {
                let found = format!("{} targets", columns.len());
                Err(table.file_error(
                    found,
                    "one column of classes",
                    "name one column, or set the task to labels or regression",
                ))
            }
            (Task::Labels, &[column]) if separator(table, column).is_some() => {
                let separator = separator(table, column).unwrap_or(';');
                let Values::Words { words, .. } = &table.columns[column].values else {
                    unreachable!("it holds words")
                };
                let labels: BTreeSet<&str> = words.iter().flat_map(|word| split(word, separator)).collect();
                notes.push(format!(
                    "labels stand in lists with {separator:?} between them: {}",
                    listed(labels.iter().copied().collect::<Vec<_>>().into_iter())
                ));
                Ok(Targets::LabelLists {
                    column: table.columns[column].name.clone(),
                    separator,
                    labels: labels.into_iter().map(String::from).collect(),
                })
            }
            (Task::Labels, _) => Ok(Targets::Labels { columns: column_names() }),
            (Task::Regression, _) => Ok(Targets::Regression { columns: column_names(), moments: None }),
        }
    }

    pub(super) fn fit_numbers(
        &mut self,
        settings: &Preprocessing,
        table: &Table,
        places: &[usize],
        rows: &[usize],
    ) -> Result<()> {
        match self {
            Targets::Regression { moments, .. } => {
                let mut found = vec![];
                for &place in places {
                    let numbers = numbers(table, place)?;
                    found.push(moments_of(&rows.iter().map(|&row| numbers[row]).collect::<Vec<_>>()));
                }
                if settings.standardise_targets {
                    *moments = Some(found);
                }
                Ok(())
            }
            _ if settings.standardise_targets => Err(Error::setting(
                "standardise_targets",
                true,
                format!("false, as the task is {}", self.task()),
            )),
            _ => Ok(()),
        }
    }

    /// Whether a single target will be read as lists of labels, in which nothing stands for no label.
    pub(super) fn will_be_lists(settings: &Preprocessing, table: &Table, columns: &[usize]) -> bool {
        let &[column] = columns else { return false };
        let task = settings.task.or_else(|| guess(table, columns).ok());
        task == Some(Task::Labels) && separator(table, column).is_some()
    }

    /// The task.
    pub fn task(&self) -> Task {
        match self {
            Targets::Classes { .. } => Task::Classes,
            Targets::Labels { .. } | Targets::LabelLists { .. } => Task::Labels,
            Targets::Regression { .. } => Task::Regression,
        }
    }

    /// The columns in the file.
    pub fn columns(&self) -> Vec<&str> {
        match self {
            Targets::Classes { column, .. } | Targets::LabelLists { column, .. } => vec![column],
            Targets::Labels { columns } | Targets::Regression { columns, .. } => {
                columns.iter().map(String::as_str).collect()
            }
        }
    }

    /// The name of every output.
    pub fn names(&self) -> Vec<String> {
        match self {
            Targets::Classes { classes, .. } => classes.clone(),
            Targets::LabelLists { labels, .. } => labels.clone(),
            Targets::Labels { columns } | Targets::Regression { columns, .. } => columns.clone(),
        }
    }

    /// The targets of these rows, beside their inputs.
    pub(super) fn dataset<T: Scalar>(
        &self,
        inputs: Array2<T>,
        table: &Table,
        places: &[usize],
        rows: &[usize],
    ) -> Result<Dataset<T>> {
        let matrix = |values: Vec<Vec<f64>>| {
            Array2::from_shape_fn((rows.len(), values.len()), |(row, column)| {
                T::of(values[column][rows[row]])
            })
        };
        let all = |value: &dyn Fn(&Table, usize) -> Result<Vec<f64>>| {
            places.iter().map(|&place| value(table, place)).collect::<Result<Vec<_>>>()
        };
        match self {
            Targets::Classes { classes, .. } => {
                let known = class_of(table, places[0], classes)?;
                let labels = rows.iter().map(|&row| known[row]).collect();
                Dataset::classes(inputs, labels, classes.len())
            }
            Targets::Labels { .. } => Dataset::new(inputs, matrix(all(&label_column)?)),
            Targets::LabelLists { separator, labels, .. } => {
                Dataset::new(inputs, matrix(label_lists(table, places[0], *separator, labels)?))
            }
            Targets::Regression { moments, .. } => {
                let mut values = all(&numbers)?;
                for (column, [mean, deviation]) in values.iter_mut().zip(moments.iter().flatten()) {
                    let standard = |x: f64| if *deviation > 0.0 { (x - mean) / deviation } else { 0.0 };
                    column.iter_mut().for_each(|value| *value = standard(*value));
                }
                for ((&place, values), name) in places.iter().zip(&values).zip(self.names()) {
                    let of = |row: &usize| (*row, values[*row], T::of(values[*row]).f64());
                    let deviation = moments_of(&rows.iter().map(|&row| values[row]).collect::<Vec<_>>())[1];
                    // Of targets that are all the same there is no difference to lose.
                    let differ = rows.iter().any(|&row| values[row] != values[rows[0]]);
                    let lost = |(_, value, kept): &(usize, f64, f64)| {
                        !kept.is_finite() || differ && (kept - value).abs() > 1e-3 * deviation
                    };
                    if let Some((row, value, _)) = rows.iter().map(of).find(lost) {
                        let expected =
                            format!("targets whose differences an {} can hold", std::any::type_name::<T>());
                        let remedy =
                            format!("set standardise_targets = true, or subtract a constant from {name:?}");
                        return Err(table.cell(row, place, written(value), expected, &remedy));
                    }
                }
                Dataset::new(inputs, matrix(values))
            }
        }
    }

    pub(super) fn in_units<T: Scalar>(&self, predictions: &Array2<T>) -> Array2<f64> {
        let mut predictions = predictions.mapv(Scalar::f64);
        if let Targets::Regression { moments: Some(moments), .. } = self {
            for (mut column, [mean, deviation]) in predictions.columns_mut().into_iter().zip(moments) {
                column.mapv_inplace(|value| value * deviation + mean);
            }
        }
        predictions
    }

    pub(super) fn widen_classes(&mut self, outputs: usize) {
        if let Targets::Classes { classes, .. } = self {
            let whole: Option<Vec<usize>> = classes.iter().map(|class| class.parse().ok()).collect();
            if whole.is_some_and(|whole| whole.len() < outputs && whole.iter().all(|&class| class < outputs))
            {
                *classes = (0..outputs).map(|class| class.to_string()).collect();
            }
        }
    }
}

fn names(table: &Table, columns: &[usize]) -> String {
    listed(columns.iter().map(|&column| table.columns[column].name.as_str()))
}

/// The different numbers of a column, up to one more than would be classes.
fn different(values: &Values) -> Vec<f64> {
    let Values::Numbers(numbers) = values else { return vec![] };
    let mut found: Vec<f64> = vec![];
    for &number in numbers.iter().filter(|number| !number.is_nan()) {
        if found.len() <= MOST_CLASSES && !found.contains(&number) {
            found.push(number);
        }
    }
    found
}

fn guess(table: &Table, columns: &[usize]) -> Result<Task> {
    let values = |&column: &usize| &table.columns[column].values;
    let is_label = |column: &usize| match values(column) {
        Values::Words { words, .. } => words.len() <= 2 && words.iter().all(|word| truth(word).is_some()),
        numbers => {
            different(numbers).iter().all(|n| [0.0, 1.0].contains(n))
                || different(numbers).iter().all(|n| [-1.0, 1.0].contains(n))
        }
    };
    match columns {
        [column] if matches!(values(column), Values::Words { .. }) => Ok(match separator(table, *column) {
            Some(separator) if are_lists(values(column), separator) => Task::Labels,
            _ => Task::Classes,
        }),
        [column] => {
            let different = different(values(column));
            let whole = different.iter().all(|number| number.fract() == 0.0);
            Ok(if whole && different.len() <= MOST_CLASSES { Task::Classes } else { Task::Regression })
        }
        _ if columns.iter().all(is_label) => Ok(Task::Labels),
        _ if columns.iter().all(|column| matches!(values(column), Values::Numbers(_))) => {
            Ok(Task::Regression)
        }
        _ => Err(table.file_error(
            format!("the targets {}, words among them", names(table, columns)),
            "one column of classes, several of 0 and 1, or numbers",
            "name other targets",
        )),
    }
}

/// What is written for a whole number.
fn written(number: f64) -> String {
    format!("{number}")
}

/// The classes in a column, in order.
fn classes(table: &Table, column: usize) -> Result<Vec<String>> {
    match &table.columns[column].values {
        Values::Words { words, codes, declared } => {
            let mut used: Vec<String> = words.clone();
            if !declared {
                let there: BTreeSet<u32> = codes.iter().copied().collect();
                used = there.iter().filter_map(|&code| words.get(code as usize).cloned()).collect();
            }
            sort_words(&mut used, *declared);
            Ok(used)
        }
        Values::Numbers(numbers) => {
            if let Some(row) = numbers.iter().position(|number| !(number.is_nan() || number.fract() == 0.0)) {
                let remedy = "set the task to regression, or write classes as words or whole numbers";
                return Err(table.cell(
                    row,
                    column,
                    written(numbers[row]),
                    "a class: a word or a whole number",
                    remedy,
                ));
            }
            let mut different: Vec<f64> = numbers.iter().copied().filter(|number| !number.is_nan()).collect();
            different.sort_by(f64::total_cmp);
            different.dedup();
            let greatest = different.last().copied().unwrap_or(0.0);
            // Numbers from 0 with few gaps count the classes.
            let counts = different.first().is_some_and(|&first| first >= 0.0)
                && different.contains(&0.0)
                && greatest < (2 * different.len()) as f64;
            Ok(match counts {
                true => (0..=greatest as usize).map(|class| class.to_string()).collect(),
                false => different.into_iter().map(written).collect(),
            })
        }
        Values::Mixed { .. } => Err(table.mixed(column)),
    }
}

/// The class of every row.
fn class_of(table: &Table, column: usize, classes: &[String]) -> Result<Vec<usize>> {
    let places: HashMap<&str, usize> =
        classes.iter().enumerate().map(|(place, class)| (class.as_str(), place)).collect();
    let wrong = |row: usize, found: &str| {
        let expected =
            format!("a class of the training table: {}", listed(classes.iter().map(String::as_str)));
        table.cell(
            row,
            column,
            format!("{found:?}"),
            expected,
            "mend the class, or add it to the training table",
        )
    };
    // A missing one stands in a row that is not used.
    match &table.columns[column].values {
        Values::Words { codes, words, .. } => {
            let known: Vec<Option<usize>> =
                words.iter().map(|word| places.get(word.as_str()).copied()).collect();
            let class = |(row, &code): (usize, &u32)| match code {
                Values::MISSING => Ok(0),
                code => known[code as usize].ok_or_else(|| wrong(row, &words[code as usize])),
            };
            codes.iter().enumerate().map(class).collect()
        }
        Values::Numbers(numbers) => {
            let class = |(row, &number): (usize, &f64)| match number.is_nan() {
                true => Ok(0),
                false => {
                    places.get(written(number).as_str()).copied().ok_or_else(|| wrong(row, &written(number)))
                }
            };
            numbers.iter().enumerate().map(class).collect()
        }
        Values::Mixed { .. } => Err(table.mixed(column)),
    }
}

/// A column of labels as 0 and 1.
fn label_column(table: &Table, column: usize) -> Result<Vec<f64>> {
    let Column { values, .. } = &table.columns[column];
    let remedy = "write 0 or 1 there, or check which columns are labels";
    let expected = "0 or 1, -1 or 1, no or yes, false or true";
    match values {
        Values::Numbers(numbers) => {
            let has_zero = numbers.contains(&0.0);
            let label = |(row, &number): (usize, &f64)| match number {
                n if n.is_nan() => Ok(0.0),
                0.0 | 1.0 => Ok(number),
                -1.0 if !has_zero => Ok(0.0),
                _ => Err(table.cell(row, column, written(number), expected, remedy)),
            };
            numbers.iter().enumerate().map(label).collect()
        }
        Values::Words { codes, words, .. } => {
            let truths: Vec<Option<bool>> = words.iter().map(|word| truth(word)).collect();
            let label = |(row, &code): (usize, &u32)| match code {
                Values::MISSING => Ok(0.0),
                code => match truths[code as usize] {
                    Some(holds) => Ok(f64::from(holds)),
                    None => {
                        Err(table.cell(row, column, format!("{:?}", words[code as usize]), expected, remedy))
                    }
                },
            };
            codes.iter().enumerate().map(label).collect()
        }
        Values::Mixed { .. } => Err(table.mixed(column)),
    }
}

/// What stands between the labels, where a column holds lists of them.
fn separator(table: &Table, column: usize) -> Option<char> {
    let Values::Words { words, .. } = &table.columns[column].values else { return None };
    BETWEEN_LABELS.into_iter().find(|&separator| words.iter().any(|word| word.contains(separator)))
}

/// The labels of a list, which may stand in brackets and quotes, as Python writes lists.
fn split(word: &str, separator: char) -> impl Iterator<Item = &str> {
    let word = word.strip_prefix('[').and_then(|word| word.strip_suffix(']')).unwrap_or(word);
    word.split(separator)
        .map(|label| label.trim().trim_matches(['\'', '"']))
        .filter(|label| !label.is_empty())
}

/// Whether words are lists: a label of one comes again in another, which parts of a name do not.
fn are_lists(values: &Values, separator: char) -> bool {
    let Values::Words { words, .. } = values else { return false };
    let mut lists: HashMap<&str, usize> = HashMap::new();
    words
        .iter()
        .flat_map(|word| split(word, separator))
        .for_each(|label| *lists.entry(label).or_default() += 1);
    let shared = |word: &&&String| split(word, separator).any(|label| lists[label] > 1);
    let several: Vec<&String> = words.iter().filter(|word| split(word, separator).count() > 1).collect();
    !several.is_empty() && 2 * several.iter().filter(shared).count() >= several.len()
}

/// A column for each label, of lists of labels.
fn label_lists(table: &Table, column: usize, separator: char, labels: &[String]) -> Result<Vec<Vec<f64>>> {
    let mut values = vec![vec![0.0; table.rows()]; labels.len()];
    let Values::Words { codes, words, .. } = &table.columns[column].values else {
        return Err(table.column_error(
            column,
            "numbers",
            "lists of labels, as in the training table",
            "write the labels' names",
        ));
    };
    for (row, &code) in codes.iter().enumerate().filter(|(_, code)| **code != Values::MISSING) {
        for label in split(&words[code as usize], separator) {
            let place = labels.iter().position(|known| known == label).ok_or_else(|| {
                let expected =
                    format!("a label of the training table: {}", listed(labels.iter().map(String::as_str)));
                table.cell(
                    row,
                    column,
                    format!("{label:?}"),
                    expected,
                    "mend the label, or add it to the training table",
                )
            })?;
            values[place][row] = 1.0;
        }
    }
    Ok(values)
}

/// The numbers of a target.
fn numbers(table: &Table, column: usize) -> Result<Vec<f64>> {
    match &table.columns[column].values {
        Values::Numbers(numbers) => match numbers.iter().position(|number| number.is_infinite()) {
            Some(row) => Err(table.cell(
                row,
                column,
                written(numbers[row]),
                "a finite number",
                "put a number there, or leave the row out",
            )),
            None => Ok(numbers.clone()),
        },
        Values::Words { .. } => {
            let row = (0..table.rows()).find(|&row| !table.columns[column].is_missing(row)).unwrap_or(0);
            Err(table.cell(
                row,
                column,
                "a word",
                "a number, as the task is regression",
                "set the task to classes, or name another target",
            ))
        }
        Values::Mixed { .. } => Err(table.mixed(column)),
    }
}
