//! Tables are read as their authors mean them, and whatever may be wrong with a file ends in an error with file, line
//! and column, and a remedy.

mod arff;
mod csv;
mod dialects;

use gradlens::Result;
use gradlens::data::{Table, Values};
use std::fs;

/// The table that a file of this name and contents holds.
fn table(name: &str, contents: impl AsRef<[u8]>) -> Result<Table> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, contents).unwrap();
    Table::read(path)
}

fn read_csv(contents: impl AsRef<[u8]>) -> Table {
    table("x.csv", contents).unwrap()
}

fn names(table: &Table) -> Vec<&str> {
    table.columns().iter().map(|column| column.name.as_str()).collect()
}

/// The numbers of a column.
fn numbers(table: &Table, column: usize) -> &[f64] {
    match &table.columns()[column].values {
        Values::Numbers(numbers) => numbers,
        other => panic!("column {column} holds {other:?}"),
    }
}

/// The words of a column, row by row.
fn words(table: &Table, column: usize) -> Vec<&str> {
    match &table.columns()[column].values {
        Values::Words { codes, words, .. } => {
            codes.iter().map(|&code| words[code as usize].as_str()).collect()
        }
        other => panic!("column {column} holds {other:?}"),
    }
}

fn says(table: &Table, what: &str) -> bool {
    table.notes().iter().any(|note| note.contains(what))
}

/// What follows the name of the file in the message of an error.
fn message<T: std::fmt::Debug>(name: &str, result: Result<T>) -> String {
    let message = result.unwrap_err().to_string();
    let at = message.find(name).unwrap_or_else(|| panic!("the file is not named in: {message}"));
    message[at + name.len()..].to_string()
}
