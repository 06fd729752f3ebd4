//! Sets of labels from ARFF files (Weka manual, chapter "ARFF").

use crate::data::table::{LabelledFile, Place, Table, counted, quoted};
use crate::error::{Error, Result};
use gradlens_kernel::Scalar;
use std::path::Path;

/// A column as the head of the file declares it.
struct Attribute {
    name: String,
    line: usize,
    /// The values of a nominal attribute.
    values: Option<Vec<f64>>,
}

/// What `-C` in the name of a relation declares: how many labels, and whether they come first.
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

/// The samples in `text`, which is what the file holds.
pub(super) fn read<T: Scalar>(path: &Path, text: &str, labels: Option<usize>) -> Result<LabelledFile<T>> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines = text
        .trim_end()
        .split('\n')
        .zip(1..)
        .map(|(text, line)| (text.trim(), Place { path, line, column: 1 }));
    let Head { attributes, declared, data } = head(&mut lines, Place { path, line: 1, column: 1 })?;
    let (labels, first) = match (labels, declared) {
        (None, None) => {
            let name = format!("the number of label columns of {}", path.display());
            return Err(Error::setting(name, "not given", "given, as the relation has no -C to tell it"));
        }
        (Some(labels), None) => (labels, false),
        (Some(labels), Some(declared)) if labels != declared.labels => {
            let found = format!("-C for {}", counted(declared.labels, "label"));
            let expected = format!("{labels}, the number asked for");
            return Err(declared.place.error(found, expected, "leave the number out, or ask for the same"));
        }
        (_, Some(declared)) => (declared.labels, declared.first),
    };
    let mut table = Table::<T>::new(data, attributes.len(), labels, first)?;
    for (column, attribute) in attributes.iter().enumerate().filter(|&(column, _)| table.is_label(column)) {
        let wrong = |values: &Vec<f64>| values.iter().any(|&value| value != 0.0 && value != 1.0);
        if attribute.values.as_ref().is_some_and(wrong) {
            let place = Place { path, line: attribute.line, column: column + 1 };
            let found = format!("the label {} with other values than 0 and 1", quoted(&attribute.name));
            let remedy = "check the number of labels, or write the labels as {0,1}";
            return Err(place.error(found, "{0,1}", remedy));
        }
    }
    // What a sparse row leaves out is the first value of a nominal attribute.
    let not_zero = |attribute: &Attribute| attribute.values.as_ref().is_some_and(|values| values[0] != 0.0);
    let not_zero: Vec<_> = (0..attributes.len()).filter(|&i| not_zero(&attributes[i])).collect();
    let mut end = data;
    for (text, place) in lines {
        end = place;
        let mut words = Words { rest: text, place };
        if words.at_end() {
            continue;
        }
        table.begin();
        if words.take('{') {
            sparse(&mut words, &attributes, &not_zero, &mut table)?;
        } else {
            dense(&mut words, &attributes, &mut table)?;
        }
    }
    table.finish(Some(attributes.into_iter().map(|attribute| attribute.name).collect()), end)
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

/// The `-C` after `@relation`, if there is one.
fn option<'a>(place: Place<'a>, rest: &str) -> Result<Option<Declared<'a>>> {
    let mut words =
        rest.split(|c: char| c.is_whitespace() || "'\":".contains(c)).filter(|word| !word.is_empty());
    if words.find(|&word| word == "-C").is_none() {
        return Ok(None);
    }
    let text = words.next().unwrap_or_default();
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
    let mut words = Words { rest, place };
    if words.at_end() {
        return Err(place.error("an attribute without a name", "a name and a type", "fetch the file again"));
    }
    let name = words.word()?;
    let wrong = |found: String| {
        let expected = "numeric, real, integer, or values in braces that are numbers";
        Err(place.error(found, expected, "write the attribute as numbers, or leave it out"))
    };
    let values = if words.take('{') {
        let mut values = vec![];
        while !words.take('}') {
            if words.at_end() {
                return wrong(format!("the attribute {} with a brace left open", quoted(&name)));
            }
            let text = words.word()?;
            words.take(',');
            match text.trim().parse::<f64>() {
                Ok(value) if value.is_finite() => values.push(value),
                _ => {
                    let found = format!("the attribute {} with the value {}", quoted(&name), quoted(&text));
                    return wrong(found);
                }
            }
        }
        if values.is_empty() {
            return wrong(format!("the attribute {} without values", quoted(&name)));
        }
        Some(values)
    } else {
        let kind = if words.at_end() { String::new() } else { words.word()? };
        if !["numeric", "real", "integer"].contains(&kind.to_lowercase().as_str()) {
            return wrong(format!("the attribute {} of type {}", quoted(&name), quoted(&kind)));
        }
        None
    };
    Ok(Attribute { name, line: place.line, values })
}

/// Puts what stands at `place` into the table, if its attribute allows it.
fn set<T: Scalar>(place: Place, text: &str, attributes: &[Attribute], table: &mut Table<T>) -> Result<()> {
    let number = table.set(place, text)?;
    match &attributes[place.column - 1] {
        Attribute { name, line, values: Some(values) } if !values.contains(&number) => {
            let expected = format!("a value of {}, declared in line {line}", quoted(name));
            Err(place.error(quoted(text), expected, "mend the value, or declare it"))
        }
        _ => Ok(()),
    }
}

/// A row with a value for every attribute.
fn dense<T: Scalar>(words: &mut Words, attributes: &[Attribute], table: &mut Table<T>) -> Result<()> {
    let mut place = words.place;
    let expected = format!("{}, one for each attribute", attributes.len());
    let remedy = "give every row a value for each attribute";
    let mut count = 0;
    loop {
        let text = words.word()?;
        count += 1;
        if count <= attributes.len() {
            place.column = count;
            set(place, &text, attributes, table)?;
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
    Err(place.error(counted(count, "value"), expected, remedy))
}

/// A row of `index value` pairs, its brace taken.
fn sparse<T: Scalar>(
    words: &mut Words,
    attributes: &[Attribute],
    not_zero: &[usize],
    table: &mut Table<T>,
) -> Result<()> {
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
        let text = if words.at_end() { String::new() } else { words.word()? };
        set(Place { column: column + 1, ..words.place }, &text, attributes, table)?;
        words.take(',');
        words.place.column += 1;
    }
    if !words.at_end() {
        let found = quoted(words.rest);
        return Err(words.place.error(
            found,
            "the end of the row after }",
            "put each row on a line of its own",
        ));
    }
    match not_zero.iter().find(|&&column| !given[column]) {
        Some(&column) => {
            let found = format!("a sparse row without the attribute {}", quoted(&attributes[column].name));
            let expected = "its value, as its first value, which a sparse row leaves out, is not 0";
            let remedy = "write the value into the row, or declare 0 first";
            Err(Place { column: column + 1, ..words.place }.error(found, expected, remedy))
        }
        None => Ok(()),
    }
}

/// The words of a line, as they are read; `place` is that of the next.
struct Words<'a> {
    rest: &'a str,
    place: Place<'a>,
}

impl Words<'_> {
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
