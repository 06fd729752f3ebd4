//! NumPy's `.npy` files.
//!
//! The format: `numpy.lib.format` in NumPy's documentation. The head is read here: `ndarray-npy` 0.10 aborts,
//! for want of memory, on a head whose sizes are damaged, `npyz` 0.9 multiplies them without a look at
//! overflow, and both bring a parser generator that builds with a C compiler, for a line with three entries.

use super::array::{Array, Element, Kind};
use super::source::{FETCH_AGAIN, Source};
use crate::error::{Error, Result};
use std::path::Path;

/// NumPy reads no longer ones either, unless it is told to.
const LONGEST_HEAD: u64 = 10_000;

/// Reads an array of numbers of any type and order.
pub(super) fn read(mut source: Source) -> Result<Array> {
    let damaged = |path: &Path, found: String| {
        Error::file(path, found, "the head of a .npy file, as np.save writes it", FETCH_AGAIN)
    };
    let start = source.take(8)?;
    let width = match start.as_slice() {
        [0x93, b'N', b'U', b'M', b'P', b'Y', 1, _] => 2,
        [0x93, b'N', b'U', b'M', b'P', b'Y', 2 | 3, _] => 4,
        [0x93, b'N', b'U', b'M', b'P', b'Y', major, minor] => {
            let found = format!("version {major}.{minor} of the .npy format");
            return Err(Error::file(
                &source.path,
                found,
                "version 1, 2 or 3",
                "save it again with np.save, in a version of NumPy from 1 to 2",
            ));
        }
        _ => return Err(damaged(&source.path, format!("a start of {start:02x?}"))),
    };
    let len = source.take(width)?;
    let len_value = len.iter().rev().fold(0, |n, &byte| n << 8 | u64::from(byte));
    let head =
        if len.len() as u64 == width && len_value <= LONGEST_HEAD { source.take(len_value)? } else { vec![] };
    if head.is_empty() || (head.len() as u64) < len_value {
        let found = format!("a head of {len_value} bytes of which {} are there", head.len());
        return Err(damaged(&source.path, found));
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let (Some(descr), Some(order), Some(shape)) =
        (entry(&text, "descr"), entry(&text, "fortran_order"), entry(&text, "shape").and_then(sizes))
    else {
        return Err(damaged(&source.path, format!("the head {:?}", text.trim())));
    };
    let element = element(descr).ok_or_else(|| {
        let found = match descr.find('}') {
            Some(end) => descr[..end].split(", 'fortran_order'").next().unwrap_or_default().trim(),
            None => descr.trim(),
        };
        Error::file(
            &source.path,
            format!("numbers of the type {found}"),
            "whole numbers of 8 to 64 bits, or floats of 16, 32 or 64",
            "convert the array before it is saved, as in np.save(file, array.astype(np.float32))",
        )
    })?;
    let array = Array::read(source, 8 + len.len() + head.len(), shape, element)?;
    Ok(if order.starts_with("True") { array.of_fortran_order() } else { array })
}

/// What follows a key in the head, which is a dictionary of Python such as
/// `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
fn entry<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let after = [format!("'{key}'"), format!("\"{key}\"")]
        .iter()
        .find_map(|key| Some(&text[text.find(key.as_str())? + key.len()..]))?;
    Some(after.trim_start().strip_prefix(':')?.trim_start())
}

/// The sizes in `(3, 4), ...`.
fn sizes(text: &str) -> Option<Vec<usize>> {
    let (inside, _) = text.strip_prefix('(')?.split_once(')')?;
    let sizes = inside.split(',').map(str::trim).filter(|size| !size.is_empty());
    sizes.map(|size| size.trim_end_matches('L').parse().ok()).collect() // 3L, as Python 2 wrote it
}

/// The type in `'<f4', ...`.
fn element(text: &str) -> Option<Element> {
    let quote = text.chars().next().filter(|quote| "'\"".contains(*quote))?;
    let (descr, _) = text[1..].split_once(quote)?;
    let (descr, big_endian) = match descr.strip_prefix('>') {
        Some(rest) => (rest, true),
        None => (descr.trim_start_matches(['<', '|', '=']), false),
    };
    let (kind, size) = descr.split_at_checked(1)?;
    let kind = match kind {
        "u" | "b" => Kind::Unsigned, // b is bool, a byte of 0 or 1
        "i" => Kind::Signed,
        "f" => Kind::Float,
        _ => return None,
    };
    Some(Element { kind, size: size.parse().ok()?, big_endian }).filter(|element| element.is_known())
}
