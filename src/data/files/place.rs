//! Where in a file something stands, for errors.

use crate::error::Error;
use std::path::Path;

/// Where in a file: line and column are counted from 1.
#[derive(Debug, Clone, Copy)]
pub(in crate::data) struct Place<'a> {
    pub path: &'a Path,
    pub line: usize,
    pub column: usize,
}

impl Place<'_> {
    pub fn error(&self, found: impl Into<String>, expected: impl Into<String>, remedy: &str) -> Error {
        Error::Cell {
            path: self.path.into(),
            line: self.line,
            column: self.column,
            found: found.into(),
            expected: expected.into(),
            remedy: remedy.into(),
        }
    }
}

/// How many lines end in `text`: with LF, CR LF or CR.
pub(super) fn line_ends(text: &str) -> usize {
    let bytes = text.as_bytes();
    if !bytes.contains(&b'\r') {
        return bytes.iter().filter(|&&byte| byte == b'\n').count();
    }
    let ends =
        |&(i, &byte): &(usize, &u8)| byte == b'\n' || (byte == b'\r' && bytes.get(i + 1) != Some(&b'\n'));
    bytes.iter().enumerate().filter(ends).count()
}

/// `text` in quotes, cut short if it is long.
pub(in crate::data) fn quoted(text: &str) -> String {
    const MOST: usize = 40;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{:?} and more", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// One of `count` things, or several.
pub(in crate::data) fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}
