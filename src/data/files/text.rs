//! The text of a file, whatever its encoding.

use crate::data::files::place::Place;
use crate::error::{Error, Result};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::fs;
use std::path::Path;

/// The whole file as text, without byte order mark, and a note where its encoding had to be guessed.
///
/// A byte order mark decides; then the encoding that is asked for; then UTF-8, where the bytes are that; then
/// UTF-16 where every other byte is 0, as in a text of Latin letters; else Windows-1252, which holds Latin-1.
pub(super) fn read(path: &Path, encoding: Option<&str>) -> Result<(String, Option<String>)> {
    let bytes = fs::read(path).map_err(|error| Error::Io {
        path: path.into(),
        action: "read the file",
        error,
        remedy: "check its name and permissions".into(),
    })?;
    text(path, bytes, encoding)
}

/// The same of a file's bytes.
pub(super) fn text(path: &Path, bytes: Vec<u8>, encoding: Option<&str>) -> Result<(String, Option<String>)> {
    let (text, note) = decode(path, bytes, encoding)?;
    if text.trim().is_empty() {
        let place = Place { path, line: 1, column: 1 };
        return Err(place.error("an empty file", "a row for each sample", "write the rows into it"));
    }
    Ok((text, note))
}

fn decode(path: &Path, bytes: Vec<u8>, label: Option<&str>) -> Result<(String, Option<String>)> {
    let marked = Encoding::for_bom(&bytes).map(|(encoding, _)| encoding);
    let asked = match label {
        None => None,
        Some(label) => Some(Encoding::for_label(label.as_bytes()).ok_or_else(|| {
            let expected = "a name as in web pages: utf-8, utf-16le, latin1, windows-1250, shift_jis, ...";
            Error::setting("the encoding", format!("{label:?}"), expected)
        })?),
    };
    if let Some(encoding) = marked.or(asked).filter(|&encoding| encoding != UTF_8) {
        return decode_as(path, &bytes, encoding).map(|text| (text, None));
    }
    let bytes = match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => {
            return Ok((text.strip_prefix('\u{feff}').map(String::from).unwrap_or(text), None));
        }
        Ok(text) => text.into_bytes(),
        Err(error) => error.into_bytes(),
    };
    if let Some(encoding) = utf_16(&bytes) {
        let note = format!("the file is read as {}, which it is without saying so", encoding.name());
        return decode_as(path, &bytes, encoding).map(|text| (text, Some(note)));
    }
    if bytes.contains(&0) {
        return Err(Error::File {
            path: path.into(),
            found: "bytes that are no text".into(),
            expected: "a table as text".into(),
            remedy: "export it from the program that wrote it as CSV in UTF-8".into(),
        });
    }
    if asked.is_some() {
        return decode_as(path, &bytes, UTF_8).map(|text| (text, None));
    }
    let note =
        "the file is not UTF-8 and is read as Windows-1252 (Latin-1); set the encoding if it is another";
    decode_as(path, &bytes, WINDOWS_1252).map(|text| (text, Some(note.into())))
}

fn decode_as(path: &Path, bytes: &[u8], encoding: &'static Encoding) -> Result<String> {
    let (text, _, malformed) = encoding.decode(bytes);
    if malformed {
        return Err(Error::File {
            path: path.into(),
            found: format!("bytes that are not {}", encoding.name()),
            expected: format!("text in {}", encoding.name()),
            remedy: "set the encoding that it was written in, or save it as UTF-8".into(),
        });
    }
    Ok(text.into_owned())
}

/// Which UTF-16 these bytes are: where most characters are below 256, every other byte is 0.
fn utf_16(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(4096) & !1];
    let zeros = |from: usize| sample.iter().skip(from).step_by(2).filter(|&&byte| byte == 0).count();
    let most = sample.len() * 2 / 5;
    match (zeros(0), zeros(1)) {
        (0, odd) if odd > most => Some(UTF_16LE),
        (even, 0) if even > most => Some(UTF_16BE),
        _ => None,
    }
}
