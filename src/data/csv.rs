//! Sets of labels from CSV files.

use crate::data::table::{LabelledFile, Place, Table, counted, line_ends, quoted};
use crate::error::Result;
use ::csv::{ReaderBuilder, StringRecord};
use gradlens_kernel::Scalar;
use std::path::Path;

/// The samples in `text`, which is what the file holds, with the last `labels` columns as labels.
pub(super) fn read<T: Scalar>(path: &Path, text: &str, labels: usize) -> Result<LabelledFile<T>> {
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    let mut table = None;
    let mut names = None;
    // The line of the first row, and how far lines were counted. (The parser's own line is that of the
    // end of the row before: too low after CR LF and after blank lines.)
    let (mut first, mut line, mut counted_to) = (1, 1, 0);
    loop {
        let before = reader.position().byte() as usize;
        let more = reader.read_record(&mut record).map_err(|error| {
            let place = Place { path, line, column: 1 };
            place.error(error.to_string(), "a row of fields", "mend the row")
        })?;
        if !more {
            break;
        }
        let start = text.len() - text[before..].trim_start_matches(['\r', '\n']).len();
        line += line_ends(&text[counted_to..start]);
        counted_to = start;
        if record.len() == 1 && record[0].trim().is_empty() {
            continue;
        }
        let table = match &mut table {
            Some(table) => table,
            none => {
                first = line;
                let table =
                    none.insert(Table::new(Place { path, line, column: 1 }, record.len(), labels, false)?);
                if is_header(Place { path, line, column: 1 }, &record)? {
                    names = Some(record.iter().map(|name| name.trim().to_string()).collect());
                    continue;
                }
                table
            }
        };
        table.begin();
        let mut place = Place { path, line, column: 0 };
        for field in &record {
            place.column += 1;
            if place.column > table.columns {
                break;
            }
            table.set(place, field.trim())?;
            place.line += line_ends(field);
        }
        if record.len() != table.columns {
            let column = record.len().min(table.columns) + 1;
            let expected = format!("{}, as in line {first}", table.columns);
            let remedy = "give every row the same number of fields";
            return Err(Place { column, ..place }.error(counted(record.len(), "field"), expected, remedy));
        }
    }
    let end = Place { path, line: 1 + line_ends(text.trim_end()), column: 1 };
    match table {
        Some(table) => table.finish(names, end),
        None => Err(end.error("no field", "a row for each sample", "fetch or write the file again")),
    }
}

/// Whether the first row is a header: no field of it is a number.
fn is_header(mut place: Place, record: &StringRecord) -> Result<bool> {
    let is_name = |field: &str| field.trim().parse::<f64>().is_err();
    let names = record.iter().filter(|field| is_name(field)).count();
    if names == 0 || names == record.len() {
        return Ok(names > 0);
    }
    for field in record {
        if is_name(field) {
            let expected = "a number, or in a header no number at all";
            let remedy = "put a number there, or change the names in the header that are numbers";
            return Err(place.error(quoted(field.trim()), expected, remedy));
        }
        place.column += 1;
        place.line += line_ends(field);
    }
    Ok(false)
}
