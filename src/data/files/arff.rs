//! Tables from ARFF files (Weka manual, chapter "ARFF").

use crate::data::files::growing::{Growing, Words};
use crate::data::files::labels_xml::labels_beside;
use crate::data::files::names::rename_doubles;
use crate::data::files::number::{NumberStyle, is_missing, number};
use crate::data::files::place::{Place, counted, quoted};
use crate::data::reading::Reading;
use crate::data::table::{Column, Table, Values};
use crate::error::{Error, Result};
use std::ops::Range;
use std::path::Path;

const STYLE: NumberStyle = NumberStyle { decimal: '.', groups: false };

/// A column as the head of the file declares it.
struct Attribute {
    name: String,
    line: usize,
    kind: Kind,
}

enum Kind {
    Numeric,
    /// Words, which may be any: a string or a date.
    Text,
    Nominal(Vec<String>),
}

/// What `-C` at the end of the relation's name declares: how many labels, and whether they come first.
struct Declared<'a> {
    place: Place<'a>,
    labels: usize,
    first: bool,
}

/// What stands before the rows.
struct Head<'a> {
    attributes: Vec<Attribute>,
    declared: Option<Declared<'a>>,
    /// Where it ends.
    data: Place<'a>,
}

/// How many numbers sparse rows may become, of eight bytes each: 1 GiB, or half a kilobyte a byte of the file.
const MOST_NUMBERS: usize = 1 << 27;
const MOST_PER_BYTE: usize = 64;

/// The table in `text`, which is what the file holds.
pub(super) fn read(path: &Path, text: &str, reading: &Reading) -> Result<Table> {
    let text_len = text.len();
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines = text
        .trim_end()
        .split('\n')
        .zip(1..)
        .map(|(text, line)| (text.trim(), Place { path, line, column: 1 }));
    let Head { attributes, declared, data } = head(&mut lines, Place { path, line: 1, column: 1 })?;
    let (mut names, mut notes) = (attributes.iter().map(|a| a.name.clone()).collect::<Vec<_>>(), vec![]);
    rename_doubles(&mut names, &mut notes);
    let column = |name| Column { name, values: Values::Numbers(vec![]) };
    let mut table = Table {
        path: path.into(),
        named: true,
        columns: names.into_iter().map(column).collect(),
        lines: vec![],
        notes,
        labels: None,
    };
    labels(&mut table, declared)?;
    let mut columns: Vec<Growing> = attributes
        .iter()
        .map(|attribute| match &attribute.kind {
            Kind::Numeric => Growing::Numbers(vec![]),
            Kind::Text => Growing::Words(Words::forced()),
            Kind::Nominal(words) => Growing::Words(Words::declared(words.iter().cloned())),
        })
        .collect();
    for column in &reading.categories {
        let column = table.find(column)?;
        if matches!(attributes[column].kind, Kind::Numeric) {
            columns[column] = Growing::Words(Words::forced());
        }
    }
    let mut end = data;
    for (text, place) in lines {
        end = place;
        let mut words = Line { rest: text, place };
        if words.at_end() {
            continue;
        }
        if words.take('{') {
            let numbers = (table.lines.len() + 1).saturating_mul(attributes.len());
            if numbers > MOST_NUMBERS.max(text_len.saturating_mul(MOST_PER_BYTE)) {
                let found =
                    format!("a sparse row that makes {numbers} numbers of a file of {text_len} bytes");
                let expected = format!("at most {MOST_NUMBERS}, or {MOST_PER_BYTE} a byte");
                return Err(place.error(found, expected, "take fewer rows, or fewer attributes"));
            }
            sparse(&mut words, &attributes, &mut columns)?;
        } else {
            dense(&mut words, &attributes, &mut columns)?;
        }
        table.lines.push(place.line as u32);
    }
    if table.lines.is_empty() {
        let remedy = "put a row for each sample into the file";
        return Err(end.error("the end of the file", "at least one row after @data", remedy));
    }
    for (column, growing) in table.columns.iter_mut().zip(columns) {
        column.values = growing.finish();
    }
    Ok(table)
}

/// Which columns are labels: what the XML file beside it says, or else `-C`.
fn labels(table: &mut Table, declared: Option<Declared>) -> Result<()> {
    if let Some((xml, names)) = labels_beside(&table.path)? {
        let places: Result<Vec<usize>> = names.iter().map(|name| table.find(name)).collect();
        table.labels = Some(places.map_err(|error| Error::File {
            path: xml.clone(),
            found: error.to_string(),
            expected: "labels that the ARFF file has".into(),
            remedy:
                "move the XML file away if it belongs to another table, and name the labels yourself".into(),
        })?);
        table.notes.push(format!("{} says which columns are labels", xml.display()));
    } else if let Some(Declared { place, labels, first }) = declared {
        let columns = table.columns.len();
        if labels >= columns {
            let found = format!("-C for {}", counted(labels, "label"));
            let expected = format!("fewer than the {}, to have a feature", counted(columns, "attribute"));
            return Err(place.error(
                found,
                expected,
                "mend the -C, or leave it out and name the labels yourself",
            ));
        }
        let range: Range<usize> = if first { 0..labels } else { columns - labels..columns };
        table.notes.push(format!("-C in the relation's name declares {}", counted(labels, "label")));
        table.labels = Some(range.collect());
    }
    Ok(())
}

/// Everything up to `@data`, which `lines` begin with at `end`.
fn head<'a>(lines: &mut impl Iterator<Item = (&'a str, Place<'a>)>, mut end: Place<'a>) -> Result<Head<'a>> {
    let (mut attributes, mut declared) = (vec![], None);
    for (text, place) in lines {
        end = place;
        if text.is_empty() || text.starts_with('%') {
            continue;
        }
        let (keyword, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        match keyword.to_lowercase().as_str() {
            "@relation" => declared = option(place, rest)?,
            "@attribute" => {
                attributes.push(attribute(Place { column: attributes.len() + 1, ..place }, rest)?);
            }
            "@data" if attributes.is_empty() => {
                let expected = "@attribute for each column before it";
                return Err(place.error("@data", expected, "fetch the file again"));
            }
            "@data" => return Ok(Head { attributes, declared, data: place }),
            _ => {
                let expected = "@relation, @attribute or @data";
                return Err(place.error(quoted(keyword), expected, "mend the head of the file"));
            }
        }
    }
    Err(end.error("the end of the file", "@data and rows after it", "fetch the file again"))
}

/// The `-C` at the end of the relation's name, if there is one.
///
/// Only the last option counts, and only after it MEKA's own `-split-number n` and the like: filters of Weka append
/// their names, and a `-C` before those is what an earlier table had.
fn option<'a>(place: Place<'a>, rest: &str) -> Result<Option<Declared<'a>>> {
    let name = rest.trim().trim_matches(['\'', '"']);
    let mut words: Vec<&str> =
        name.split(|c: char| c.is_whitespace() || c == ':').filter(|word| !word.is_empty()).collect();
    while let [.., option, number] = words[..]
        && option.starts_with("-split")
        && number.parse::<f64>().is_ok()
    {
        words.truncate(words.len() - 2);
    }
    let text = match words[..] {
        [.., "-C"] => "",
        [.., "-C", text] => text,
        _ => return Ok(None),
    };
    match text.parse::<i64>() {
        Ok(count) if count != 0 => {
            let labels = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
            Ok(Some(Declared { place, labels, first: count > 0 }))
        }
        _ => {
            let expected = "a number of labels that is not 0";
            Err(place.error(format!("-C {text}").trim_end(), expected, "mend the -C, or leave it out"))
        }
    }
}

/// The attribute that `rest`, what follows `@attribute`, declares.
fn attribute(place: Place, rest: &str) -> Result<Attribute> {
    let mut words = Line { rest, place };
    if words.at_end() {
        return Err(place.error("an attribute without a name", "a name and a type", "name it"));
    }
    let name = words.word()?;
    let wrong = |found: String| {
        let expected = "numeric, real, integer, string, date, or values in braces";
        Err(place.error(found, expected, "mend the attribute, or leave it out"))
    };
    let kind = if words.take('{') {
        let mut values = vec![];
        while !words.take('}') {
            if words.at_end() {
                return wrong(format!("the attribute {} with a brace left open", quoted(&name)));
            }
            values.push(words.word()?.trim().to_string());
            words.take(',');
        }
        if values.is_empty() {
            return wrong(format!("the attribute {} without values", quoted(&name)));
        }
        Kind::Nominal(values)
    } else {
        let kind = if words.at_end() { String::new() } else { words.word()? };
        match kind.to_lowercase().as_str() {
            "numeric" | "real" | "integer" => Kind::Numeric,
            "string" | "date" => Kind::Text,
            _ => return wrong(format!("the attribute {} of type {}", quoted(&name), quoted(&kind))),
        }
    };
    Ok(Attribute { name, line: place.line, kind })
}

/// Puts what stands at `place` into its column, if its attribute allows it.
fn set(place: Place, text: &str, attribute: &Attribute, column: &mut Growing) -> Result<()> {
    let text = text.trim();
    if matches!(attribute.kind, Kind::Numeric) && !is_missing(text) && number(text, STYLE).is_none() {
        let remedy = "put a number there, or declare the attribute as a string";
        return Err(place.error(quoted(text), "a number", remedy));
    }
    if !column.push(text, place.line, STYLE) {
        let expected = format!("a value of {}, declared in line {}", quoted(&attribute.name), attribute.line);
        return Err(place.error(quoted(text), expected, "mend the value, or declare it"));
    }
    Ok(())
}

/// What follows a row in braces is the weight of the instance.
fn weight(words: &Line) -> Error {
    let remedy = "take the weights out; where a sample counts twice, write its row twice";
    words.place.error(
        format!("an instance weight, {}", quoted(words.rest)),
        "rows that all weigh the same",
        remedy,
    )
}

/// A row with a value for every attribute.
fn dense(words: &mut Line, attributes: &[Attribute], columns: &mut [Growing]) -> Result<()> {
    let mut place = words.place;
    let mut count = 0;
    loop {
        if count == attributes.len() && words.rest.trim_start().starts_with('{') {
            return Err(weight(words));
        }
        let text = words.word()?;
        count += 1;
        if count <= attributes.len() {
            place.column = count;
            set(place, &text, &attributes[count - 1], &mut columns[count - 1])?;
        }
        let comma = words.take(',');
        if !comma && words.at_end() {
            break;
        }
        words.place.column += 1;
    }
    if count == attributes.len() {
        return Ok(());
    }
    place.column = count.min(attributes.len()) + 1;
    let expected = format!("{}, one for each attribute", attributes.len());
    Err(place.error(counted(count, "value"), expected, "give every row a value for each attribute"))
}

/// A row of `index value` pairs, its brace taken.
fn sparse(words: &mut Line, attributes: &[Attribute], columns: &mut [Growing]) -> Result<()> {
    let mut given = vec![false; attributes.len()];
    while !words.take('}') {
        if words.at_end() {
            return Err(words.place.error("a row with its brace left open", "}", "close the brace"));
        }
        let index = words.word()?;
        let expected = format!("the number of an attribute, 0 to {}, once a row", attributes.len() - 1);
        let column = match index.parse::<usize>() {
            Ok(column) if given.get(column) == Some(&false) => column,
            _ => {
                let found = format!("the index {}", quoted(&index));
                return Err(words.place.error(found, expected, "write a sparse row as {index value, ...}"));
            }
        };
        given[column] = true;
        let text =
            if words.at_end() || words.rest.starts_with('}') { String::new() } else { words.word()? };
        set(Place { column: column + 1, ..words.place }, &text, &attributes[column], &mut columns[column])?;
        words.take(',');
        words.place.column += 1;
    }
    words.take(',');
    if words.rest.trim_start().starts_with('{') {
        return Err(weight(words));
    }
    if !words.at_end() {
        let found = quoted(words.rest);
        let remedy = "put each row on a line of its own";
        return Err(words.place.error(found, "the end of the row after }", remedy));
    }
    for (column, attribute) in attributes.iter().enumerate().filter(|&(column, _)| !given[column]) {
        // Of a nominal attribute the first value is left out, and by other programs 0.
        if let Kind::Nominal(values) = &attribute.kind
            && values[0].parse::<f64>().is_ok_and(|first| first != 0.0)
        {
            let found = format!("a sparse row without the attribute {}", quoted(&attribute.name));
            let expected = "its value, as its first value, which a sparse row leaves out, is not 0";
            let remedy = "write the value into the row, or declare 0 first";
            return Err(Place { column: column + 1, ..words.place }.error(found, expected, remedy));
        }
        columns[column].push_default();
    }
    Ok(())
}

/// A line whose words are read; `place` is that of the next.
struct Line<'a> {
    rest: &'a str,
    place: Place<'a>,
}

impl Line<'_> {
    /// Whether nothing follows but a comment.
    fn at_end(&mut self) -> bool {
        self.rest = self.rest.trim_start();
        self.rest.is_empty() || self.rest.starts_with('%')
    }

    /// Takes `mark` if it comes next.
    fn take(&mut self, mark: char) -> bool {
        self.rest = self.rest.trim_start();
        self.rest.strip_prefix(mark).map(|rest| self.rest = rest).is_some()
    }

    /// The next word: quoted, its escapes resolved, or up to a blank, comma or brace.
    fn word(&mut self) -> Result<String> {
        self.rest = self.rest.trim_start();
        let Some(quote) = self.rest.chars().next().filter(|c| "'\"".contains(*c)) else {
            let end = |c: char| c.is_whitespace() || ",{}".contains(c);
            // A brace that stands alone is a word, so that there is always one.
            let braces = self.rest.len() - self.rest.trim_start_matches(['{', '}']).len();
            let len = braces.max(self.rest.find(end).unwrap_or(self.rest.len()));
            let (word, rest) = self.rest.split_at(len);
            self.rest = rest;
            return Ok(word.to_string());
        };
        let mut word = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((i, c)) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some((_, 't')) => word.push('\t'),
                    Some((_, 'n')) => word.push('\n'),
                    Some((_, 'r')) => word.push('\r'),
                    Some((_, c)) => word.push(c),
                    None => break,
                },
                c if c == quote => {
                    self.rest = &self.rest[i + 1..];
                    return Ok(word);
                }
                c => word.push(c),
            }
        }
        let expected = format!("{quote} at its end");
        Err(self.place.error(quoted(self.rest), expected, "close the quotation mark"))
    }
}
