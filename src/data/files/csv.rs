//! Tables from CSV files (RFC 4180, and what people make of it).

use crate::data::files::dialect::{Dialect, parser};
use crate::data::files::growing::{Growing, Words};
use crate::data::files::names::rename_doubles;
use crate::data::files::number::few_digits;
use crate::data::files::place::{Place, counted, line_ends};
use crate::data::reading::Reading;
use crate::data::table::{Column, Table, Values};
use crate::error::Result;
use ::csv::ByteRecord;
use std::borrow::Cow;
use std::path::Path;

/// The table in `text`, which is what the file holds.
pub(super) fn read(path: &Path, text: &str, reading: &Reading) -> Result<Table> {
    let dialect = Dialect::of(path, text, reading)?;
    let mut rows = Rows::new(path, &dialect);
    let mut table = Table {
        path: path.into(),
        named: dialect.has_header,
        columns: vec![],
        lines: vec![],
        notes: dialect.notes.clone(),
        labels: None,
    };
    let mut names: Vec<String> = vec![];
    if dialect.has_header && rows.next()? {
        names = rows.record.iter().map(|name| text_of(name).trim().to_string()).collect();
    }
    let end = |line| Place { path, line, column: 1 };
    if !rows.next()? {
        let expected =
            if names.is_empty() { "a row for each sample" } else { "at least one row below the header" };
        return Err(end(rows.line).error(
            "the end of the file",
            expected,
            "put a row for each sample into the file",
        ));
    }
    let width = rows.record.len();
    // A separator at the end of the header is no name.
    while names.len() > width && names.last().is_some_and(String::is_empty) {
        names.pop();
    }
    if dialect.has_row_names {
        names.insert(0, String::new());
    }
    if !dialect.has_header {
        names = (1..=width).map(|number| number.to_string()).collect();
    }
    let columns = names.len();
    rename_doubles(&mut names, &mut table.notes);
    table.columns = names.into_iter().map(|name| Column { name, values: Values::Numbers(vec![]) }).collect();
    let mut growing = vec![Growing::new(); columns];
    for column in &reading.categories {
        growing[table.find(column)?] = Growing::Words(Words::forced());
    }
    let first = rows.line;
    let decimal = dialect.style.decimal as u8;
    loop {
        let record = &rows.record;
        // A separator at the end of a row is no field.
        let surplus = record.iter().skip(columns).all(is_blank);
        if record.len() < columns || !(surplus && record.len() <= columns + 1) {
            let column = record.len().min(columns) + 1;
            let as_in = if dialect.has_header { "the header" } else { &format!("line {first}") };
            let expected = format!("{columns}, as in {as_in}");
            let remedy =
                "give every row the same number of fields; a field that holds the separator needs quotes";
            return Err(Place { column, ..end(rows.line) }.error(
                counted(record.len(), "field"),
                expected,
                remedy,
            ));
        }
        for (field, column) in record.iter().zip(&mut growing) {
            match (column, few_digits(field, decimal)) {
                (Growing::Numbers(numbers), Some(number)) => numbers.push(number),
                (column, _) => {
                    let _ = column.push(text_of(field).trim(), rows.line, dialect.style);
                }
            }
        }
        table.lines.push(rows.line as u32);
        if !rows.next()? {
            break;
        }
    }
    for (column, growing) in table.columns.iter_mut().zip(growing) {
        column.values = growing.finish();
    }
    leave_out_empty(&mut table);
    Ok(table)
}

/// A field as text. It was text before it was cut out of it.
fn text_of(field: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(field)
}

fn is_blank(field: &[u8]) -> bool {
    field.iter().all(u8::is_ascii_whitespace)
}

/// The records that are not blank, with the line that each begins in.
struct Rows<'t> {
    path: &'t Path,
    text: &'t str,
    comment: Option<u8>,
    reader: ::csv::Reader<&'t [u8]>,
    record: ByteRecord,
    line: usize,
    /// How far lines were counted. (The parser's own line is that of the end of the row before: too low after CR
    /// LF and after blank lines.)
    counted_to: usize,
}

impl<'t> Rows<'t> {
    fn new(path: &'t Path, dialect: &'t Dialect) -> Self {
        Rows {
            path,
            text: &dialect.text,
            comment: dialect.comment,
            reader: parser(&dialect.text, dialect.separator, dialect.comment),
            record: ByteRecord::new(),
            line: dialect.line,
            counted_to: 0,
        }
    }

    /// Reads the next one; `false` at the end.
    fn next(&mut self) -> Result<bool> {
        loop {
            let before = self.reader.position().byte() as usize;
            let more = self.reader.read_byte_record(&mut self.record).map_err(|error| {
                let place = Place { path: self.path, line: self.line, column: 1 };
                place.error(error.to_string(), "a row of fields", "mend the row")
            })?;
            if !more {
                return Ok(false);
            }
            let mut start = &self.text[before..];
            loop {
                start = start.trim_start_matches(['\r', '\n']);
                match self.comment {
                    Some(comment) if start.as_bytes().first() == Some(&comment) => {
                        start = &start[start.find(['\r', '\n']).unwrap_or(start.len())..];
                    }
                    _ => break,
                }
            }
            let start = self.text.len() - start.len();
            self.line += line_ends(&self.text[self.counted_to..start]);
            self.counted_to = start;
            if !(self.record.len() == 1 && is_blank(&self.record[0])) {
                return Ok(true);
            }
        }
    }
}

/// Leaves out columns without a name in which nothing stands, as separators at the ends of rows make them.
fn leave_out_empty(table: &mut Table) {
    let rows = table.rows();
    if table.named {
        table.columns.retain(|column| !(column.name.is_empty() && column.values.missing() == rows));
    } else if table.columns.last().is_some_and(|column| column.values.missing() == rows)
        && table.columns.len() > 1
    {
        table.columns.pop();
    }
}
