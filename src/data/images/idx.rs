//! IDX files: the format of MNIST and of most sets after it.
//!
//! Two zeros, a byte for the type of the numbers, a byte for how many dimensions there are, four bytes for
//! the size of each, and the numbers, all of it big-endian.

use super::array::{Array, Element, Kind};
use super::source::{FETCH_AGAIN, Format, Source};
use crate::error::{Error, Result};

/// What a file is to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Images,
    Labels,
}

impl What {
    pub fn plural(self) -> &'static str {
        match self {
            What::Images => "images",
            What::Labels => "labels",
        }
    }

    /// How many dimensions MNIST's file has.
    fn dimensions(self) -> usize {
        match self {
            What::Images => 3,
            What::Labels => 1,
        }
    }
}

/// What an IDX file says of itself.
pub(super) struct Head {
    pub shape: Vec<usize>,
    element: Element,
}

impl Head {
    /// Reads the head, which must be one of images or of labels.
    pub fn read(source: &mut Source, what: What) -> Result<Self> {
        let expected = |dimensions: usize| format!("a head of {} bytes", 4 + 4 * dimensions);
        if !source.start.is_empty() && source.format() != Format::Idx {
            return Err(not_idx(source, what));
        }
        let magic = source.take(4)?;
        let &[_, _, kind, dimensions] = magic.as_slice() else {
            let found = format!("{} bytes", magic.len());
            return Err(Error::file(&source.path, found, expected(what.dimensions()), FETCH_AGAIN));
        };
        let magic = u32::from_be_bytes([0, 0, kind, dimensions]);
        let dimensions = usize::from(dimensions);
        let fits = match what {
            What::Images => dimensions >= 2,
            What::Labels => dimensions == 1 || dimensions == 2,
        };
        let element = element(kind).filter(|_| fits).ok_or_else(|| {
            let usual = format!("0x0000080{}, an IDX file of {}", what.dimensions(), what.plural());
            let remedy = "images and labels may have changed places; if not, fetch the file again";
            Error::file(&source.path, format!("the magic number {magic:#010x}"), usual, remedy)
        })?;
        let sizes = source.take(4 * dimensions as u64)?;
        if sizes.len() < 4 * dimensions {
            let found = format!("{} bytes", 4 + sizes.len());
            return Err(Error::file(&source.path, found, expected(dimensions), FETCH_AGAIN));
        }
        let (sizes, _) = sizes.as_chunks();
        Ok(Head { shape: sizes.iter().map(|&size| u32::from_be_bytes(size) as usize).collect(), element })
    }

    /// Whether the numbers are bytes from 0 to 255.
    pub fn is_of_bytes(&self) -> bool {
        (self.element.kind, self.element.size) == (Kind::Unsigned, 1)
    }

    /// The numbers behind the head.
    pub fn numbers(self, source: Source) -> Result<Array> {
        Array::read(source, 4 + 4 * self.shape.len(), self.shape, self.element)
    }
}

/// The error for a file of another format.
fn not_idx(source: &Source, what: What) -> crate::Error {
    let start = source.start.as_slice();
    let is_text = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    let (found, remedy) = if start.iter().all(is_text) {
        let line = String::from_utf8_lossy(start).lines().next().unwrap_or_default().trim().to_string();
        let page = line.to_lowercase().starts_with("<!doctype") || line.starts_with('<');
        let remedy = if page {
            "this is a web page, perhaps in place of the download: fetch the file again"
        } else {
            "fetch the file again; a table of pixels is read if its name ends in .csv"
        };
        (format!("text that begins with {line:?}"), remedy)
    } else {
        let start: String = start.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        (format!("a file that begins with the bytes 0x{start}"), "fetch the file again, or unpack it first")
    };
    let expected = format!("an IDX or .npy file of {}, or one packed with gzip", what.plural());
    Error::file(&source.path, found, expected, remedy)
}

fn element(kind: u8) -> Option<Element> {
    let (kind, size) = match kind {
        0x08 => (Kind::Unsigned, 1),
        0x09 => (Kind::Signed, 1),
        0x0b => (Kind::Signed, 2),
        0x0c => (Kind::Signed, 4),
        0x0d => (Kind::Float, 4),
        0x0e => (Kind::Float, 8),
        _ => return None,
    };
    Some(Element { kind, size, big_endian: true })
}
