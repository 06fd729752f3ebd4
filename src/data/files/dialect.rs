//! How a CSV file is written: its separator, its numbers, whether it has a header.

use crate::data::files::number::{Evidence, NumberStyle, evidence, is_missing, number};
use crate::data::files::place::{Place, counted, line_ends, quoted};
use crate::data::reading::Reading;
use crate::error::Result;
use ::csv::{Reader, ReaderBuilder, StringRecord};
use std::borrow::Cow;
use std::path::Path;

/// How a CSV file is written.
#[derive(Debug)]
pub(super) struct Dialect<'a> {
    /// What is to be parsed: the file without what stands before the table.
    pub text: Cow<'a, str>,
    /// The line that it begins in, counted from 1.
    pub line: usize,
    pub separator: u8,
    /// What lines that are to be skipped begin with.
    pub comment: Option<u8>,
    pub style: NumberStyle,
    pub has_header: bool,
    /// Whether rows have a name that the header does not, as R writes them.
    pub has_row_names: bool,
    /// What was found out or guessed.
    pub notes: Vec<String>,
}

/// What can stand between fields, beside blanks.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Bytes and records that are looked at to find out.
const SAMPLE: usize = 1 << 16;
const RECORDS: usize = 200;

pub(super) fn parser(text: &str, separator: u8, comment: Option<u8>) -> Reader<&[u8]> {
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .comment(comment)
        .from_reader(text.as_bytes())
}

impl<'a> Dialect<'a> {
    /// Finds out what `reading` does not say.
    pub fn of(path: &'a Path, text: &'a str, reading: &Reading) -> Result<Self> {
        let mut notes = vec![];
        let Start { text, line, comment, separator } = Start::of(text, reading);
        let mut text = Cow::Borrowed(text);
        let records = |text: &str, separator: u8| sample(text, separator, comment);
        let separator = match reading.separator.or(separator) {
            Some(' ') => {
                text = Cow::Owned(tabs_for_blanks(&text));
                b'\t'
            }
            Some(separator) => u8::try_from(separator).map_err(|_| {
                let expected = "one character of ASCII: , ; | or a tab";
                crate::error::Error::setting("the separator", format!("{separator:?}"), expected)
            })?,
            None => match separator_of(|separator| records(&text, separator)) {
                Some((100, separator)) => separator,
                _ if is_set_by_blanks(&text) => {
                    notes.push("columns are separated by blanks".into());
                    text = Cow::Owned(tabs_for_blanks(&text));
                    b'\t'
                }
                found => found.map_or(b',', |(_, separator)| separator),
            },
        };
        match separator {
            _ if reading.separator.is_some() || separator == b',' => {}
            b'\t' if matches!(text, Cow::Owned(_)) => {}
            b'\t' => notes.push("columns are separated by tabs".into()),
            other => notes.push(format!("columns are separated by {:?}", char::from(other))),
        }
        let records = records(&text, separator);
        let place = Place { path, line, column: 1 };
        check_titles(place, &text, &records)?;
        let style = style_of(place, &records, reading.decimal, separator, &mut notes)?;
        let has_header = match reading.header {
            Some(has_header) => has_header,
            None if names_columns(&records, &reading.names) => true,
            None => has_header(&records, style, &mut notes),
        };
        let has_row_names = has_header && has_row_names(&records);
        if has_row_names {
            notes.push("the header has a name less than the rows have fields: the first field is the name of the row".into());
        }
        Ok(Dialect { text, line, separator, comment, style, has_header, has_row_names, notes })
    }
}

/// Where the table begins in a text, and what stands before it.
struct Start<'a> {
    text: &'a str,
    line: usize,
    comment: Option<u8>,
    separator: Option<char>,
}

impl<'a> Start<'a> {
    fn of(text: &'a str, reading: &Reading) -> Self {
        let mut start = Start { text, line: 1, comment: None, separator: None };
        for _ in 0..reading.skip {
            (start.text, start.line) = (first_line(start.text).1, start.line + 1);
        }
        start.comment = reading.comment.and_then(|comment| u8::try_from(comment).ok());
        start.skip_blank_lines();
        // Excel's own way to name the separator.
        let (first, rest) = first_line(start.text);
        let mut after = first.trim().strip_prefix("sep=").unwrap_or_default().chars();
        if let (Some(separator), None) = (after.next(), after.next()) {
            (start.text, start.line, start.separator) = (rest, start.line + 1, Some(separator));
            start.skip_blank_lines();
        }
        if start.comment.is_none() && start.text.starts_with('#') {
            start.skip_comments();
        }
        start
    }

    fn skip_blank_lines(&mut self) {
        loop {
            let (line, rest) = first_line(self.text);
            if !line.trim().is_empty() || rest.len() == self.text.len() {
                return;
            }
            (self.text, self.line) = (rest, self.line + 1);
        }
    }

    /// Lines at the top that begin with `#` are comments, but for the last where it has as many fields as the
    /// row below: that is a header, as NumPy writes it.
    fn skip_comments(&mut self) {
        let mut last = (self.text, self.line);
        while self.text.starts_with('#') {
            last = (self.text, self.line);
            (self.text, self.line) = (first_line(self.text).1, self.line + 1);
        }
        let (comment, below) = (first_line(last.0).0, first_line(self.text).0);
        let fields = |line: &str, separator| line.split(separator).filter(|field| !field.is_empty()).count();
        let header = [',', ';', '\t', '|', ' ']
            .into_iter()
            .any(|c| fields(below, c) > 1 && fields(comment.trim_start_matches('#'), c) == fields(below, c));
        match header {
            true => (self.text, self.line) = (last.0.trim_start_matches(['#', ' ']), last.1),
            false => self.comment = Some(b'#'),
        }
    }
}

/// The first line, without its end, and what follows.
fn first_line(text: &str) -> (&str, &str) {
    match text.find(['\n', '\r']) {
        Some(end) => {
            let rest = &text[end..];
            (&text[..end], rest.strip_prefix("\r\n").unwrap_or(&rest[1..]))
        }
        None => (text, ""),
    }
}

/// The first records, if fields are separated so.
fn sample(text: &str, separator: u8, comment: Option<u8>) -> Vec<StringRecord> {
    let mut end = text.len().min(SAMPLE);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let end = if end < text.len() { text[..end].rfind(['\n', '\r']).map_or(end, |at| at + 1) } else { end };
    let is_blank = |record: &StringRecord| record.len() == 1 && record[0].trim().is_empty();
    let records = parser(&text[..end], separator, comment).into_records();
    records.map_while(|record| record.ok()).filter(|record| !is_blank(record)).take(RECORDS).collect()
}

/// The separator that gives most records the same number of fields, and to how many of a hundred; of those that do
/// so alike, the one whose fields hold other separators least often; then the one whose fields are numbers most often;
/// then the one with most fields.
fn separator_of(records: impl Fn(u8) -> Vec<StringRecord>) -> Option<(usize, u8)> {
    let rate = |separator: u8| {
        let records = records(separator);
        let widths: Vec<usize> = records.iter().map(StringRecord::len).collect();
        let alike = |width: usize| widths.iter().filter(|&&other| other == width).count();
        let (alike, width) = widths.iter().filter(|&&w| w > 1).map(|&w| (alike(w), w)).max()?;
        let styles = ['.', ','].map(|decimal| NumberStyle { decimal, groups: false });
        let is_number = |text: &str| styles.iter().any(|&style| number(text, style).is_some());
        let fields = records.iter().flat_map(|record| record.iter()).map(str::trim);
        let known = fields.filter(|field| !is_missing(field));
        let numbers = known.clone().filter(|field| is_number(field)).count();
        let others = |c: char| c != char::from(separator) && SEPARATORS.map(char::from).contains(&c);
        let clean = known.clone().filter(|field| is_number(field) || !field.contains(others)).count();
        let known = known.count();
        let percent = |part: usize, whole: usize| 100 * part / whole.max(1);
        Some((percent(alike, records.len()), percent(clean, known), percent(numbers, known), width))
    };
    let rated = SEPARATORS.into_iter().filter_map(|separator| Some((rate(separator)?, separator)));
    rated.max_by_key(|&(rate, _)| rate).map(|((alike, ..), separator)| (alike, separator))
}

/// The words of a line, with their quotes.
fn words(line: &str) -> Vec<&str> {
    let (mut words, mut start, mut quote) = (vec![], None, None);
    for (at, c) in line.char_indices() {
        match (quote, start) {
            (Some(mark), _) if c == mark => quote = None,
            (Some(_), _) => {}
            (None, Some(from)) if c.is_whitespace() => {
                words.push(&line[from..at]);
                start = None;
            }
            (None, None) if !c.is_whitespace() => {
                start = Some(at);
                quote = Some(c).filter(|&c| c == '"');
            }
            _ => {}
        }
    }
    words.extend(start.map(|from| &line[from..]));
    words
}

/// Whether all lines have the same number of words, more than one, some of them numbers; the first may have one less, as
/// R writes headers.
fn is_set_by_blanks(text: &str) -> bool {
    let lines = || text.lines().filter(|line| !line.trim().is_empty()).take(RECORDS);
    let width = |line: &str| words(line).len();
    let Some(last) = lines().last().map(width) else { return false };
    let has_number = |line: &str| words(line).iter().any(|word| word.parse::<f64>().is_ok());
    let first = lines().next().map_or(0, width);
    last > 1
        && (first == last || first + 1 == last && lines().count() > 2)
        && lines().skip(1).all(|line| width(line) == last)
        && lines().any(has_number)
}

/// The text with a single tab for every run of blanks that is not within quotes.
fn tabs_for_blanks(text: &str) -> String {
    text.lines().map(|line| words(line).join("\t") + "\n").collect()
}

/// Lines above the table are to be skipped, and not taken for a header.
fn check_titles(place: Place, text: &str, records: &[StringRecord]) -> Result<()> {
    let Some(width) = records.last().map(StringRecord::len) else { return Ok(()) };
    // A separator at the end of a header is no field.
    let fits = |record: &StringRecord| {
        record.len() == width || record.len() == width + 1 && record[width].trim().is_empty()
    };
    let above = records.iter().take_while(|record| !fits(record)).count();
    let below = &records[above..];
    let is_title = above > 0 && below.len() > 2 * above && below.iter().all(fits);
    // A header with a name less is that of R.
    if !is_title || above == 1 && records[0].len() + 1 == width {
        return Ok(());
    }
    // Where a record is said to begin, blank lines before it are its own.
    let start = records[above].position().map_or(0, |at| at.byte() as usize);
    let blank = text[start..].len() - text[start..].trim_start_matches(['\r', '\n']).len();
    let line = place.line + line_ends(&text[..start + blank]);
    Err(place.error(
        counted(records[0].len(), "field"),
        format!("{width}, as in line {line} and below"),
        &format!("if what stands above line {line} is a title, set skip = {}", line - 1),
    ))
}

/// How numbers are written.
fn style_of(
    place: Place,
    records: &[StringRecord],
    decimal: Option<char>,
    separator: u8,
    notes: &mut Vec<String>,
) -> Result<NumberStyle> {
    if let Some(decimal) = decimal {
        return Ok(NumberStyle { decimal, groups: true });
    }
    let fields = || records.iter().flat_map(|record| record.iter()).map(str::trim);
    let first = |kind: Evidence| fields().find(|field| evidence(field) == Some(kind));
    let point = first(Evidence::Point);
    let ask = |number: &str, other: Option<&str>| {
        let found = match other {
            Some(other) => format!("numbers like {} and numbers like {}", quoted(number), quoted(other)),
            None => format!("numbers like {}", quoted(number)),
        };
        let remedy =
            "set decimal to \",\" if a comma stands before decimals, to \".\" if it stands before thousands";
        Err(place.error(found, "numbers whose comma can only be one thing", remedy))
    };
    let (comma, either) = (first(Evidence::Comma), first(Evidence::EitherComma));
    if let (None, None, None, Some(number), true) =
        (comma, either, point, first(Evidence::EitherPoint), separator != b',')
    {
        notes.push(format!("numbers have a decimal point, {number:?} among them; if it stands before thousands, set decimal to \",\""));
    }
    let point = point.or_else(|| first(Evidence::EitherPoint).filter(|_| comma.is_none()));
    match (comma, either, point) {
        (None, None, _) => Ok(NumberStyle { decimal: '.', groups: false }),
        (None, Some(number), Some(_)) => {
            notes.push(format!("a comma stands before thousands, in {number:?} for instance; if it stands before decimals, set decimal to \",\""));
            Ok(NumberStyle { decimal: '.', groups: true })
        }
        (Some(_), _, None) => {
            notes.push("numbers have a decimal comma".into());
            Ok(NumberStyle { decimal: ',', groups: true })
        }
        (None, Some(number), None) if separator != b',' => {
            notes.push(format!("numbers have a decimal comma, {number:?} among them; if it stands before thousands, set decimal to \".\""));
            Ok(NumberStyle { decimal: ',', groups: false })
        }
        (Some(number), _, Some(other)) => ask(number, Some(other)),
        (None, Some(number), None) => ask(number, None),
    }
}

/// Whether the first record has one of these names.
fn names_columns(records: &[StringRecord], names: &[String]) -> bool {
    let Some(first) = records.first() else { return false };
    let is_name = |field: &str| field.parse::<f64>().is_err() && names.iter().any(|name| name == field);
    first.iter().any(|field| is_name(field.trim()))
}

/// Whether the first record is a header, by how it differs from the others.
///
/// A column votes for a header where a name stands above numbers. Where no column can tell, as all hold words, the
/// first record is a header if none of its words comes again below.
fn has_header(records: &[StringRecord], style: NumberStyle, notes: &mut Vec<String>) -> bool {
    let Some((first, rest)) = records.split_first() else { return false };
    let is_number = |field: &str| number(field.trim(), style).is_some_and(f64::is_finite);
    let is_name = |field: &str| !is_number(field) && !field.trim().is_empty();
    if rest.is_empty() {
        return !first.iter().any(is_number);
    }
    let mostly_numbers = |column: usize| {
        let fields = rest.iter().filter_map(|record| record.get(column)).map(str::trim);
        let known = fields.filter(|field| !is_missing(field));
        let (numbers, all) =
            known.fold((0, 0), |(n, all), field| (n + usize::from(is_number(field)), all + 1));
        all > 0 && 2 * numbers > all
    };
    let columns: Vec<bool> = (0..first.len()).map(mostly_numbers).collect();
    let count = |holds: &dyn Fn(usize) -> bool| (0..first.len()).filter(|&c| holds(c)).count();
    let names_over_numbers = count(&|c| columns[c] && is_name(&first[c]));
    let numbers_over_numbers = count(&|c| columns[c] && is_number(&first[c]));
    if names_over_numbers + numbers_over_numbers > 0 {
        if names_over_numbers > numbers_over_numbers {
            return true;
        }
        return numbers_as_names(first, rest, &columns, notes);
    }
    let again = |c: usize| rest.iter().any(|record| record.get(c) == Some(&first[c]));
    let header = !(0..first.len()).any(again);
    let (is, otherwise) = if header { ("a header", "false") } else { ("a row", "true") };
    notes.push(format!(
        "no column holds numbers; the first line is taken for {is} (if it is not, set header = {otherwise})"
    ));
    header
}

/// Whether numbers in the first record are names: they count on by one, as years do, and those of no other record do;
/// or they are whole where no other number is. A name among them, as in `0,1,2,y`, does not speak against it; words in
/// other columns must not come again below.
fn numbers_as_names(
    first: &StringRecord,
    rest: &[StringRecord],
    columns: &[bool],
    notes: &mut Vec<String>,
) -> bool {
    let is_number = |c: usize| first[c].trim().parse::<f64>().is_ok_and(f64::is_finite);
    let filled = |c: usize| !first[c].trim().is_empty();
    let all = || 0..first.len();
    let numeric: Vec<usize> = all().filter(|&c| columns[c] && is_number(c)).collect();
    let named = all().any(|c| columns[c] && filled(c) && !is_number(c));
    let words = all().any(|c| !columns[c] && filled(c));
    let again = |c: usize| !columns[c] && rest.iter().any(|record| record.get(c) == Some(&first[c]));
    if all().any(again) {
        return false;
    }
    let whole = |record: &StringRecord| -> Option<Vec<i64>> {
        numeric.iter().map(|&c| record.get(c)?.trim().parse().ok()).collect()
    };
    let counts = |numbers: &[i64]| numbers.len() > 2 && numbers.windows(2).all(|pair| pair[1] == pair[0] + 1);
    let fraction = |field: &str| field.contains(['.', ',', 'e', 'E']);
    let names = whole(first).is_some_and(|numbers| {
        let counts_on =
            counts(&numbers) && !rest.iter().any(|record| whole(record).is_some_and(|n| counts(&n)));
        let differ = numbers.iter().collect::<std::collections::BTreeSet<_>>().len() == numbers.len();
        let elsewhere = rest.iter().all(|record| record.iter().all(fraction));
        counts_on || !named && numbers.len() > 2 && differ && elsewhere
    });
    let fractions = || whole(first).is_some() && rest.iter().all(|record| record.iter().any(fraction));
    if names {
        notes.push(
            "the first line holds numbers and is taken for a header (if it is a row, set header = false)"
                .into(),
        );
    } else if named || words || fractions() {
        notes.push(
            "the first line holds numbers and is taken for a row (if it is a header, set header = true)"
                .into(),
        );
    }
    names
}

/// Whether every row has a field more than the header, and the first fields are words or count the rows.
fn has_row_names(records: &[StringRecord]) -> bool {
    let Some((header, rest)) = records.split_first() else { return false };
    let counts = || rest.iter().zip(1..).all(|(record, row)| record[0].trim().parse() == Ok(row));
    let words = || rest.iter().all(|record| record[0].trim().parse::<f64>().is_err());
    rest.len() > 1
        && rest.iter().all(|record| record.len() == header.len() + 1)
        && rest.iter().any(|record| !record[header.len()].trim().is_empty())
        && (counts() || words())
}
