//! Legal tables, whose values are known, in every dialect.

use crate::files::put;
use arbitrary::{Result, Unstructured};
use gradlens::data::{Reading, Table, Values};
use std::fmt::Write;

/// A value as it should be read.
#[derive(Debug, Clone)]
enum Cell {
    Number(f64),
    Word(String),
    Missing,
}

/// A number as text, of at most six decimals, and its value.
fn number(bytes: &mut Unstructured, decimal: char) -> Result<(String, f64)> {
    let whole = i64::from(bytes.arbitrary::<i32>()?);
    let places = bytes.int_in_range(0..=6usize)?;
    let digits = format!("{:0>1$}", whole.unsigned_abs(), places + 1);
    let (front, behind) = digits.split_at(digits.len() - places);
    let sign = if whole < 0 { "-" } else { "" };
    let point = if places > 0 { "." } else { "" };
    let text = format!("{sign}{front}{point}{behind}");
    let value = text.parse().expect("a number");
    Ok((text.replace('.', &decimal.to_string()), value))
}

/// A word with what makes tables hard: quotes, separators, line ends, letters of all kinds.
fn word(bytes: &mut Unstructured) -> Result<String> {
    const PARTS: [&str; 16] =
        ["a", "Bee", "ü", "世", "x y", ",", ";", "\t", "|", "\"", "\n", "'", "#", "1", "😀", "%"];
    let mut text = String::from("w");
    for _ in 0..bytes.int_in_range(0..=4u8)? {
        text += PARTS[bytes.choose_index(PARTS.len())?];
    }
    text += "v"; // no blanks at the end, which readers cut
    Ok(text)
}

fn column(bytes: &mut Unstructured, rows: usize, decimal: char) -> Result<Vec<(String, Cell)>> {
    let words: bool = bytes.arbitrary()?;
    let mut cells = vec![];
    for row in 0..rows {
        // The first is never missing: a column of nothing but missing values has no type.
        cells.push(if row > 0 && bytes.ratio(1, 8)? {
            (["", "NA", "?"][bytes.choose_index(3)?].to_string(), Cell::Missing)
        } else if words {
            let word = word(bytes)?;
            (word.clone(), Cell::Word(word))
        } else {
            let (text, value) = number(bytes, decimal)?;
            (text, Cell::Number(value))
        });
    }
    Ok(cells)
}

fn compare(table: &Table, names: &[String], columns: &[Vec<(String, Cell)>], text: &str) {
    assert_eq!(table.columns().len(), columns.len(), "{text}");
    for ((column, name), cells) in table.columns().iter().zip(names).zip(columns) {
        assert_eq!(column.name, *name, "{text}");
        for (row, (_, cell)) in cells.iter().enumerate() {
            let same = match (&column.values, cell) {
                (Values::Numbers(numbers), Cell::Number(value)) => numbers[row] == *value,
                (Values::Numbers(numbers), Cell::Missing) => numbers[row].is_nan(),
                (Values::Words { codes, words, .. }, Cell::Word(word)) => {
                    words.get(codes[row] as usize) == Some(word)
                }
                (Values::Words { codes, .. }, Cell::Missing) => codes[row] == Values::MISSING,
                _ => false,
            };
            assert!(same, "row {row} of {name:?} is not {cell:?} in {:?}, of\n{text}", column.values);
        }
    }
}

fn csv(bytes: &mut Unstructured) -> Result<()> {
    let separator = [',', ';', '\t', '|'][bytes.choose_index(4)?];
    let decimal = if separator == ',' { '.' } else { ['.', ','][bytes.choose_index(2)?] };
    let end = ["\n", "\r\n", "\r"][bytes.choose_index(3)?];
    let always: bool = bytes.arbitrary()?;
    let (rows, width) = (bytes.int_in_range(1..=6usize)?, bytes.int_in_range(2..=5usize)?);
    let columns: Vec<_> = (0..width).map(|_| column(bytes, rows, decimal)).collect::<Result<_>>()?;
    let names: Vec<String> = (0..width).map(|i| Ok(format!("{}{i}", word(bytes)?))).collect::<Result<_>>()?;
    // RFC 4180: a field in quotes may hold anything, with its quotes doubled.
    let field = |text: &str| {
        let must = text.contains(['"', '\n', '\r', '#', '%', '\'', separator]);
        if must || always { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_string() }
    };
    let join = |fields: Vec<String>| fields.join(&separator.to_string());
    let mut text = join(names.iter().map(|name| field(name)).collect());
    for row in 0..rows {
        text += end;
        text += &join(columns.iter().map(|column| field(&column[row].0)).collect());
    }
    if bytes.arbitrary()? {
        text += end;
    }
    let encoded = match bytes.int_in_range(0..=3u8)? {
        0 => text.clone().into_bytes(),
        1 => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        2 => std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect(),
        _ => std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect(),
    };
    let reading = Reading::default().header(true).separator(separator).decimal(decimal);
    let table = reading.read(put("legal.csv", &encoded)).unwrap_or_else(|error| panic!("{error}\n{text}"));
    compare(&table, &names, &columns, &text);
    Ok(())
}

fn arff(bytes: &mut Unstructured) -> Result<()> {
    let (rows, width) = (bytes.int_in_range(1..=6usize)?, bytes.int_in_range(1..=5usize)?);
    let columns: Vec<_> = (0..width).map(|_| column(bytes, rows, '.')).collect::<Result<_>>()?;
    let names: Vec<String> = (0..width).map(|i| format!("name {i}")).collect();
    // As Weka writes it: in quotes, with a backslash before quotes and for line ends.
    let quoted = |text: &str| {
        let inside =
            text.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n").replace('\t', "\\t");
        format!("'{}'", inside.replace('%', "\\%").replace('"', "\\\""))
    };
    let value = |(text, cell): &(String, Cell)| match cell {
        Cell::Missing => "?".to_string(),
        Cell::Number(_) => text.clone(),
        Cell::Word(word) => quoted(word),
    };
    let mut text = "% a table\n@relation 'a b'\n\n".to_string();
    for (name, column) in names.iter().zip(&columns) {
        let mut words: Vec<String> = vec![];
        for cell in column {
            if let Cell::Word(word) = &cell.1
                && !words.contains(&quoted(word))
            {
                words.push(quoted(word));
            }
        }
        let kind = if words.is_empty() { "numeric".into() } else { format!("{{{}}}", words.join(",")) };
        let _ = writeln!(text, "@attribute {} {kind}", quoted(name));
    }
    text += "@data\n";
    for row in 0..rows {
        let cells: Vec<String> = columns.iter().map(|column| value(&column[row])).collect();
        text += &(cells.join(",") + "\n");
    }
    let table =
        Table::read(put("legal.arff", text.as_bytes())).unwrap_or_else(|error| panic!("{error}\n{text}"));
    compare(&table, &names, &columns, &text);
    Ok(())
}

/// A table is written as its standard says, and read: every value is what was written.
pub fn tables(bytes: &[u8]) {
    let mut bytes = Unstructured::new(bytes);
    let _ = if bytes.arbitrary().unwrap_or_default() { csv(&mut bytes) } else { arff(&mut bytes) };
}
