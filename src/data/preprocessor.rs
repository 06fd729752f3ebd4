//! What was learned from a training table, to be applied to others.

use crate::data::dataset::Dataset;
use crate::data::moments::{mean, moments_of};
use crate::data::preprocessing::{Missing, Preprocessing, Task};
use crate::data::table::{Column, Table, Values, listed};
use crate::data::targets::Targets;
use crate::data::words::sort_words;
use crate::error::{Error, Result};
use crate::memory;
use gradlens_kernel::Scalar;
use ndarray::Array2;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What was learned from a training table: which columns are features and targets, by name; the words that became
/// inputs; means and deviations. It makes data sets of that table and of others.
///
/// Columns are matched **by name**, never by position, where the files have names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Preprocessor {
    /// Whether the training file has names.
    pub named: bool,
    /// The columns of the training file that became inputs, in this order.
    pub features: Vec<Feature>,
    /// Those that became targets.
    pub targets: Targets,
    /// Those that were not used.
    pub ignored: Vec<String>,
    /// What to do about missing values.
    pub missing: Missing,
    /// What inputs are multiplied with.
    pub scale_inputs: f64,
    /// Mean and standard deviation of every input after that, where inputs are standardised; a deviation of 0
    /// stands for an input that was always the same.
    pub moments: Option<Vec<[f64; 2]>>,
    /// What was found out or taken for granted, a sentence each, for the user to see.
    pub notes: Vec<String>,
}

/// A column that became inputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Feature {
    /// Its name.
    pub name: String,
    /// Its words, where it holds words.
    pub words: Option<Vec<String>>,
    /// What stands for a missing value: a number, or the place of a word.
    pub fill: f64,
    /// Whether an input more says that the value is missing.
    pub indicator: bool,
}

impl Feature {
    fn new(name: &str, words: Option<Vec<String>>) -> Self {
        Feature { name: name.into(), words, fill: f64::NAN, indicator: false }
    }

    /// The names of its inputs.
    fn input_names(&self) -> Vec<String> {
        let name = &self.name;
        let mut names = match &self.words {
            None => vec![name.clone()],
            Some(words) if words.len() == 2 => vec![format!("{name} is {}", words[1])],
            Some(words) => words.iter().map(|word| format!("{name} is {word}")).collect(),
        };
        if self.indicator {
            names.push(format!("{name} is missing"));
        }
        names
    }

    /// Its numbers: those that stand there, or the places of words; NaN where none stands.
    fn numbers(&self, table: &Table, column: usize) -> Result<Vec<f64>> {
        match (&table.columns[column].values, &self.words) {
            (Values::Numbers(numbers), None) => {
                match numbers.iter().position(|number| number.is_infinite()) {
                    Some(row) => {
                        let remedy = "put a number there, or leave the row or the column out";
                        Err(table.cell(row, column, format!("{}", numbers[row]), "a finite number", remedy))
                    }
                    None => Ok(numbers.clone()),
                }
            }
            (Values::Words { codes, words, .. }, Some(known)) => {
                let places: HashMap<&str, f64> =
                    known.iter().enumerate().map(|(place, word)| (word.as_str(), place as f64)).collect();
                let places: Vec<Option<f64>> =
                    words.iter().map(|word| places.get(word.as_str()).copied()).collect();
                let number = |(row, &code): (usize, &u32)| match code {
                    Values::MISSING => Ok(f64::NAN),
                    code => places[code as usize].ok_or_else(|| {
                        let expected = format!(
                            "a word of the training table: {}",
                            listed(known.iter().map(String::as_str))
                        );
                        let remedy = "mend the word, or ignore the column";
                        table.cell(row, column, format!("{:?}", words[code as usize]), expected, remedy)
                    }),
                };
                codes.iter().enumerate().map(number).collect()
            }
            // A column of words that are numbers in this file, and one without a value.
            (Values::Numbers(numbers), Some(_)) if numbers.iter().all(|n| n.is_nan()) => Ok(numbers.clone()),
            (Values::Numbers(_), Some(_)) => Err(table.column_error(
                column,
                "numbers",
                "words, as in the training table",
                "write the words, or read the column of both files as categories",
            )),
            (Values::Words { codes, words, .. }, None) => {
                let row = codes.iter().position(|&code| code != Values::MISSING).unwrap_or(0);
                let word = words.get(codes[row] as usize).map_or("", String::as_str);
                Err(table.cell(
                    row,
                    column,
                    format!("{word:?}"),
                    "a number, as in the training table",
                    "put a number there",
                ))
            }
            (Values::Mixed { .. }, _) => Err(table.mixed(column)),
        }
    }
}

impl Preprocessing {
    /// Learns from the training table.
    ///
    /// # Errors
    /// [`Error::Cell`] or [`Error::File`], naming the file and what stands in it, for a column that does not exist
    /// or cannot be used, and for missing values that are not allowed; [`Error::Setting`] for a setting that is
    /// not possible.
    pub fn fit(&self, table: &Table) -> Result<Preprocessor> {
        Preprocessor::fit(self, table, &(0..table.rows()).collect::<Vec<_>>())
    }

    /// The same with means and deviations over these rows alone, counted from 0: others are there to measure on.
    /// Words are learned from all rows.
    ///
    /// # Errors
    /// As [`fit`](Self::fit).
    ///
    /// # Panics
    /// If a row does not exist.
    pub fn fit_on(&self, table: &Table, rows: &[usize]) -> Result<Preprocessor> {
        Preprocessor::fit(self, table, rows)
    }
}

impl Preprocessor {
    fn fit(settings: &Preprocessing, table: &Table, rows: &[usize]) -> Result<Self> {
        if !settings.scale_inputs.is_finite() {
            return Err(Error::setting("the scale of the inputs", settings.scale_inputs, "finite"));
        }
        let mut notes = vec![];
        let targets = target_columns(settings, table)?;
        let (asked, ignored) =
            (table.find_all(&settings.features)?, ignored_columns(settings, table, &mut notes)?);
        if let Some(both) = asked.iter().find(|column| targets.contains(column) || ignored.contains(column)) {
            return Err(table.column_error(
                *both,
                "a feature",
                "one of feature, target and ignored",
                "name it once",
            ));
        }
        let mut columns = asked.clone();
        if settings.features.is_empty() {
            columns =
                (0..table.columns.len()).filter(|c| !targets.contains(c) && !ignored.contains(c)).collect();
            columns.retain(|&column| {
                let name = &table.columns[column].name;
                let unnamed = table.named && (name.is_empty() || name.starts_with("Unnamed:"));
                if unnamed {
                    notes.push(format!(
                        "column {} has no name and is ignored; to use it, list it under features",
                        column + 1
                    ));
                }
                !unnamed
            });
        }
        if columns.is_empty() {
            return Err(table.file_error(
                "no column that can be a feature".into(),
                "at least one beside the targets",
                "name fewer targets, or ignore fewer columns",
            ));
        }
        for &column in columns.iter().chain(&targets) {
            if matches!(table.columns[column].values, Values::Mixed { .. }) {
                return Err(table.mixed(column));
            }
        }
        let lists = Targets::will_be_lists(settings, table, &targets);
        check_missing(settings.missing, table, &columns, if lists { &[] } else { &targets })?;
        let mut features = vec![];
        for &column in &columns {
            features.push(feature(settings, table, column, &mut notes)?);
        }
        let targets = Targets::fit(settings, table, &targets, &mut notes)?;
        let used: Vec<&str> = targets
            .columns()
            .into_iter()
            .chain(columns.iter().map(|&c| table.columns[c].name.as_str()))
            .collect();
        let ignored = table
            .columns
            .iter()
            .map(|c| c.name.clone())
            .filter(|name| !used.contains(&name.as_str()))
            .chain(settings.ignore.iter().filter(|name| table.named && table.find(name).is_err()).cloned())
            .collect();
        let mut learned = Preprocessor {
            named: table.named,
            features,
            targets,
            ignored,
            missing: settings.missing,
            scale_inputs: settings.scale_inputs,
            moments: None,
            notes,
        };
        learned.fit_numbers(settings, table, rows)?;
        Ok(learned)
    }

    /// Learns what stands for missing values, and means and deviations.
    fn fit_numbers(&mut self, settings: &Preprocessing, table: &Table, rows: &[usize]) -> Result<()> {
        let (columns, targets) = self.columns(table, true)?;
        let whole = self.rows(table, &columns, &targets);
        let rows: Vec<usize> = match whole.len() == table.rows() {
            true => rows.to_vec(),
            false => rows.iter().copied().filter(|row| whole.binary_search(row).is_ok()).collect(),
        };
        if whole.len() < table.rows() {
            let dropped = table.rows() - whole.len();
            self.notes.push(format!("{dropped} of {} rows lack a value and are left out", table.rows()));
        }
        if rows.is_empty() {
            return Err(table.file_error(
                "no row without a missing value".into(),
                "at least one",
                "fill values in, or set missing = \"mean\"",
            ));
        }
        for (feature, &column) in self.features.iter_mut().zip(&columns) {
            let numbers = feature.numbers(table, column)?;
            let known = || rows.iter().map(|&row| numbers[row]).filter(|number| !number.is_nan());
            feature.fill = match &feature.words {
                None => mean(known()),
                Some(words) => {
                    let mut counts = vec![0; words.len()];
                    known().for_each(|place| counts[place as usize] += 1);
                    let most = (0..words.len()).rev().max_by_key(|&place| counts[place]);
                    most.unwrap_or(0) as f64
                }
            };
            feature.indicator = settings.missing == Missing::Indicator && known().count() < rows.len();
        }
        if settings.standardise {
            let mut moments = vec![];
            self.each_input(table, &columns, &rows, |input| moments.push(moments_of(&input)))?;
            for (name, moments) in self.input_names().iter().zip(&moments) {
                if moments[1] == 0.0 {
                    self.notes.push(format!("{name:?} is always {:?} and becomes 0", moments[0]));
                }
            }
            self.moments = Some(moments);
        }
        self.targets.fit_numbers(settings, table, &targets, &rows)
    }

    /// The task.
    pub fn task(&self) -> Task {
        self.targets.task()
    }

    /// The names of the inputs, in their order.
    pub fn input_names(&self) -> Vec<String> {
        self.features.iter().flat_map(Feature::input_names).collect()
    }

    /// The names of the classes, of the labels, or of the columns of a regression, in the order of the outputs.
    pub fn target_names(&self) -> Vec<String> {
        self.targets.names()
    }

    /// The samples of a table with their targets.
    ///
    /// # Errors
    /// [`Error::File`] listing the columns that are missing and those that were not in the training table;
    /// [`Error::Cell`] for a value that the training table did not have or `T` cannot hold.
    pub fn dataset<T: Scalar>(&self, table: &Table) -> Result<Dataset<T>> {
        let (columns, targets) = self.columns(table, true)?;
        let lists = matches!(self.targets, Targets::LabelLists { .. });
        check_missing(self.missing, table, &columns, if lists { &[] } else { &targets })?;
        let rows = self.rows(table, &columns, &targets);
        let inputs = self.matrix(table, &columns, &rows)?;
        self.targets.dataset(inputs, table, &targets, &rows)
    }

    /// The inputs of a table `[rows, inputs]`; it may lack the targets.
    ///
    /// # Errors
    /// As [`dataset`](Self::dataset); and where rows with missing values would be dropped, for the first of them.
    pub fn inputs<T: Scalar>(&self, table: &Table) -> Result<Array2<T>> {
        let (columns, _) = self.columns(table, false)?;
        let all: Vec<usize> = (0..table.rows()).collect();
        if let (Missing::Drop | Missing::Error, Some(&column)) =
            (self.missing, columns.iter().find(|&&column| table.columns[column].values.missing() > 0))
        {
            let row = (0..table.rows()).find(|&row| table.columns[column].is_missing(row)).unwrap_or(0);
            return Err(table.cell(
                row,
                column,
                "a missing value",
                "a value, as nothing is predicted without",
                "fill it in, or leave the row out",
            ));
        }
        self.matrix(table, &columns, &all)
    }

    /// The places of features and targets in a table.
    fn columns(&self, table: &Table, with_targets: bool) -> Result<(Vec<usize>, Vec<usize>)> {
        let features: Vec<&str> = self.features.iter().map(|feature| feature.name.as_str()).collect();
        let targets = self.targets.columns();
        if self.named != table.named {
            let say = |named| if named { "a header of names" } else { "no header" };
            let expected = format!("{}, as in the training file", say(self.named));
            return Err(table.file_error(
                say(table.named).into(),
                &expected,
                "write both files alike, or say whether they have a header",
            ));
        }
        let place = |name: &&str| table.columns.iter().position(|column| column.name == **name);
        if !self.named {
            let width = features.len() + targets.len() + self.ignored.len();
            // New rows without targets.
            if !with_targets && table.columns.len() == features.len() {
                return Ok(((0..features.len()).collect(), vec![]));
            }
            if table.columns.len() != width {
                let expected = format!("{width}, as in the training file");
                return Err(table.file_error(
                    format!("{} columns", table.columns.len()),
                    &expected,
                    "give the file the same columns",
                ));
            }
        }
        let known = |name: &str| {
            features.contains(&name)
                || targets.contains(&name)
                || self.ignored.iter().any(|ignored| ignored == name)
        };
        let asked = || features.iter().chain(targets.iter().filter(|_| with_targets));
        let missing: Vec<&str> = asked().filter(|name| place(name).is_none()).copied().collect();
        let extra: Vec<&str> = table
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .filter(|name| !known(name) && !name.is_empty())
            .collect();
        if !missing.is_empty() || !extra.is_empty() {
            let part = |what: &str, names: &[&str]| {
                (!names.is_empty()).then(|| format!("{what} {}", listed(names.iter().copied())))
            };
            let found = [part("no column", &missing), part("unknown columns", &extra)];
            let found = found.into_iter().flatten().collect::<Vec<_>>().join(", and ");
            return Err(table.file_error(
                found,
                "the columns of the training file, in any order",
                "name the columns alike, or ignore those that only one of them has",
            ));
        }
        let places = |names: &[&str]| names.iter().filter_map(place).collect();
        Ok((places(&features), if with_targets { places(&targets) } else { vec![] }))
    }

    /// The rows to use, in order: all, or those without a missing value.
    fn rows(&self, table: &Table, columns: &[usize], targets: &[usize]) -> Vec<usize> {
        let all = 0..table.rows();
        if self.missing != Missing::Drop {
            return all.collect();
        }
        // Nothing in a list of labels is no label.
        let targets = if matches!(self.targets, Targets::LabelLists { .. }) { &[] } else { targets };
        let used: Vec<&Column> = columns
            .iter()
            .chain(targets)
            .map(|&column| &table.columns[column])
            .filter(|column| column.values.missing() > 0)
            .collect();
        all.filter(|&row| !used.iter().any(|column| column.is_missing(row))).collect()
    }

    /// Hands out input after input: the numbers of these rows, scaled, and standardised where that is known.
    fn each_input(
        &self,
        table: &Table,
        columns: &[usize],
        rows: &[usize],
        mut take: impl FnMut(Vec<f64>),
    ) -> Result<()> {
        let mut index = 0;
        let mut hand_out = |input: &dyn Fn(f64) -> f64, numbers: &[f64]| {
            let [mean, deviation] = self.moments.as_ref().map_or([0.0, 1.0], |moments| moments[index]);
            // Not times 1 / deviation, which may be infinite.
            let standard = |x: f64| if deviation > 0.0 { (x - mean) / deviation } else { 0.0 };
            index += 1;
            take(rows.iter().map(|&row| standard(input(numbers[row]) * self.scale_inputs)).collect());
        };
        for (feature, &column) in self.features.iter().zip(columns) {
            let numbers = feature.numbers(table, column)?;
            let known = |number: f64| if number.is_nan() { feature.fill } else { number };
            match &feature.words {
                Some(words) if words.len() != 2 => {
                    for place in 0..words.len() {
                        hand_out(&|number| f64::from(known(number) == place as f64), &numbers);
                    }
                }
                _ => hand_out(&known, &numbers),
            }
            if feature.indicator {
                hand_out(&|number| f64::from(number.is_nan()), &numbers);
            }
        }
        Ok(())
    }

    fn matrix<T: Scalar>(&self, table: &Table, columns: &[usize], rows: &[usize]) -> Result<Array2<T>> {
        let width = self.input_names().len();
        let what = format!("the inputs of {}, {} rows of {width} numbers,", table.path.display(), rows.len());
        let less = "take fewer rows (samples), or leave out columns with many words (ignore, max_categories)";
        memory::check(what, memory::product(&[rows.len(), width]), size_of::<T>(), less)?;
        let mut matrix = Array2::zeros((rows.len(), width));
        let mut index = 0;
        let mut beyond = None;
        self.each_input(table, columns, rows, |input| {
            for (row, (to, from)) in matrix.column_mut(index).iter_mut().zip(input).enumerate() {
                *to = T::of(from);
                if !to.is_finite() && beyond.is_none() {
                    beyond = Some((rows[row], index, from));
                }
            }
            index += 1;
        })?;
        match beyond {
            None => Ok(matrix),
            Some((row, input, value)) => {
                let name = &self.input_names()[input];
                let column = table.columns.iter().position(|column| column.name == *name).unwrap_or(0);
                let expected = format!("a number that an {} can hold", std::any::type_name::<T>());
                Err(table.cell(
                    row,
                    column,
                    format!("{value:e}"),
                    expected,
                    "standardise the inputs, or ignore the column",
                ))
            }
        }
    }

    /// Predictions of a regression in the units of the table; those of other tasks as they are.
    pub fn in_units<T: Scalar>(&self, predictions: &Array2<T>) -> Array2<f64> {
        self.targets.in_units(predictions)
    }

    /// Gives whole numbers from 0 as classes as many classes as a network has outputs, where the training table has
    /// not all of them. Other classes stay as they are.
    pub fn widen_classes(&mut self, outputs: usize) {
        self.targets.widen_classes(outputs);
    }
}

/// The columns that are ignored. One that the training table does not have may stand in another.
fn ignored_columns(settings: &Preprocessing, table: &Table, notes: &mut Vec<String>) -> Result<Vec<usize>> {
    let (mut known, mut unknown) = (vec![], vec![]);
    for column in &settings.ignore {
        match table.find_all(std::slice::from_ref(column)) {
            Ok(places) => known.extend(places),
            Err(error) if !table.named || column.parse::<f64>().is_ok() => return Err(error),
            Err(_) => unknown.push(column.as_str()),
        }
    }
    if !unknown.is_empty() {
        notes.push(format!("there is no column {} to ignore here", listed(unknown.into_iter())));
    }
    Ok(known)
}

/// The columns that are targets.
fn target_columns(settings: &Preprocessing, table: &Table) -> Result<Vec<usize>> {
    let mut columns = table.find_all(&settings.targets)?;
    if columns.is_empty() {
        columns = table.labels.clone().unwrap_or_default();
    }
    if columns.is_empty() {
        let names = listed(table.columns.iter().map(|column| column.name.as_str()));
        return Err(table.file_error(
            format!("the columns {names}"),
            "a word on which of them is the target",
            "name the target columns",
        ));
    }
    Ok(columns)
}

/// What helps where targets are missing.
const TARGETS: &str =
    "fill them in, or set missing to \"drop\" (which leaves out their rows): targets cannot be guessed";

/// Whether there may be missing values where they are.
fn check_missing(missing: Missing, table: &Table, columns: &[usize], targets: &[usize]) -> Result<()> {
    let (checked, remedy) = match missing {
        Missing::Drop => return Ok(()),
        Missing::Error => (
            columns.iter().chain(targets).copied().collect::<Vec<_>>(),
            "fill them in, ignore the columns, or set missing to \"mean\", \"indicator\" or \"drop\" (which leaves out their rows)",
        ),
        _ => (targets.to_vec(), TARGETS),
    };
    let lacks = |&&column: &&usize| table.columns[column].values.missing() > 0;
    let remedy =
        if checked.iter().filter(lacks).all(|column| targets.contains(column)) { TARGETS } else { remedy };
    let counts: Vec<String> = checked
        .iter()
        .map(|&column| &table.columns[column])
        .filter(|column| column.values.missing() > 0)
        .map(|column| format!("{} in {:?}", column.values.missing(), column.name))
        .collect();
    match counts.is_empty() {
        true => Ok(()),
        false => Err(table.file_error(
            format!("missing values: {}", counts.join(", ")),
            "a value everywhere",
            remedy,
        )),
    }
}

/// A column as a feature.
fn feature(
    settings: &Preprocessing,
    table: &Table,
    column: usize,
    notes: &mut Vec<String>,
) -> Result<Feature> {
    let Column { name, values } = &table.columns[column];
    if values.missing() == table.rows() {
        return Err(table.column_error(column, "no value", "a column with values", "ignore the column"));
    }
    let Values::Words { codes, words, declared } = values else { return Ok(Feature::new(name, None)) };
    let mut words = words.clone();
    if !declared {
        // Of rows that were cut off words are left.
        let mut used = vec![false; words.len()];
        codes.iter().filter(|&&code| code != Values::MISSING).for_each(|&code| used[code as usize] = true);
        let mut used = used.into_iter();
        words.retain(|_| used.next() == Some(true));
    }
    if words.len() > settings.max_categories {
        let found = format!("{} different words", words.len());
        let expected = format!("at most {}, as each becomes an input", settings.max_categories);
        return Err(table.column_error(
            column,
            &found,
            &expected,
            "ignore the column, or raise max_categories",
        ));
    }
    sort_words(&mut words, *declared);
    let one_hot =
        if words.len() == 2 { format!("1 where it is {:?}", words[1]) } else { "an input each".into() };
    notes.push(format!(
        "column {name:?} holds the words {}: {one_hot}",
        listed(words.iter().map(String::as_str))
    ));
    Ok(Feature::new(name, Some(words)))
}
