//! Bytes of a file, unpacked where they are packed.

use crate::error::{Error, Result};
use flate2::bufread::MultiGzDecoder;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

/// Capacity of a buffer.
const BUFFER: usize = 1 << 18;
/// Greatest ratio of what DEFLATE (RFC 1951) unpacks to what it packed: 258 bytes in two bits.
pub(super) const MOST_UNPACKED: u64 = 1032;
/// Greatest ratio that is believed of a text.
const MOST_TEXT: u64 = 64;

pub(super) const FETCH_AGAIN: &str = "fetch the file again";

pub(super) fn cannot_read(path: &Path, error: io::Error) -> Error {
    Error::Io {
        path: path.into(),
        action: "read this",
        error,
        remedy: "check its name and permissions".into(),
    }
}

/// What a file is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Idx,
    Npy,
    Zip,
    /// Or anything else.
    Text,
}

/// What bytes are packed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    None,
    Gzip,
    Zip,
}

/// A file, or an array in a file, that is read once from its beginning.
pub(super) struct Source<'a> {
    pub path: PathBuf,
    /// The first bytes, [`START`] of them where there are as many. `reader` gives them again.
    pub start: Vec<u8>,
    reader: Box<dyn Read + 'a>,
    packing: Packing,
    /// More bytes than this cannot come.
    limit: u64,
}

/// Enough to tell formats, and to show a text by its beginning.
const START: u64 = 40;

impl Source<'static> {
    /// Opens a file. One that begins as gzip (RFC 1952) does is unpacked, whatever its name; all its members
    /// are, one after the other.
    pub fn open(path: &Path) -> Result<Self> {
        let metadata = fs::metadata(path).map_err(|error| cannot_read(path, error))?;
        if metadata.is_dir() {
            return Err(Error::file(path, "a folder", "a file", "move the folder of this name away"));
        }
        if !metadata.is_file() {
            // What it holds is looked at first, and read then.
            let found = "a pipe or a device";
            return Err(Error::file(
                path,
                found,
                "a file, which can be read twice",
                "save what comes out of it",
            ));
        }
        let file = File::open(path).map_err(|error| cannot_read(path, error))?;
        let mut file = BufReader::with_capacity(BUFFER, file);
        let head = file.fill_buf().map_err(|error| cannot_read(path, error))?;
        let (path, limit) = (path.into(), metadata.len());
        if head.starts_with(&[0x1f, 0x8b]) {
            let limit = limit.saturating_mul(MOST_UNPACKED);
            Source::new(path, MultiGzDecoder::new(file), Packing::Gzip, limit)
        } else {
            Source::new(path, file, Packing::None, limit)
        }
    }
}

impl<'a> Source<'a> {
    /// A file in a zip archive, which unpacks to no more than `limit` bytes.
    pub fn of_archive(path: PathBuf, reader: impl Read + 'a, limit: u64) -> Result<Self> {
        Source::new(path, reader, Packing::Zip, limit)
    }

    fn new(path: PathBuf, reader: impl Read + 'a, packing: Packing, limit: u64) -> Result<Self> {
        let mut source = Source { path, start: vec![], reader: Box::new(reader), packing, limit };
        source.start = source.take(START)?;
        let start = Cursor::new(source.start.clone());
        Ok(Source { reader: Box::new(start.chain(source.reader)), ..source })
    }

    /// Whether the file holds what is read, byte by byte.
    pub fn is_plain(&self) -> bool {
        self.packing == Packing::None
    }

    pub fn format(&self) -> Format {
        match self.start.as_slice() {
            [0, 0, ..] => Format::Idx,
            [b'P', b'K', 3, 4, ..] => Format::Zip,
            start if start.starts_with(b"\x93NUMPY") => Format::Npy,
            _ => Format::Text,
        }
    }

    /// The next `count` bytes, or fewer where the file ends.
    pub fn take(&mut self, count: u64) -> Result<Vec<u8>> {
        // No more than can come: a damaged head must not ask for all the memory there is.
        let (room, mut bytes) = (count.min(self.limit), Vec::new());
        if bytes.try_reserve_exact(usize::try_from(room).unwrap_or(usize::MAX)).is_err() {
            let found = format!("a head that speaks of {count} bytes");
            return Err(Error::file(&self.path, found, "no more than memory has room for", FETCH_AGAIN));
        }
        match self.reader.by_ref().take(count).read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(error) => Err(self.error(error)),
        }
    }

    /// All the rest, which is text. Text packs to a tenth and less, and hardly to one in [`MOST_TEXT`].
    pub fn text(&mut self) -> Result<Vec<u8>> {
        let most = match self.packing {
            Packing::None => u64::MAX,
            Packing::Gzip | Packing::Zip => self.limit / MOST_UNPACKED * MOST_TEXT + (1 << 20),
        };
        let mut text = vec![];
        match self.reader.by_ref().take(most.saturating_add(1)).read_to_end(&mut text) {
            Ok(_) if text.len() as u64 <= most => Ok(text),
            Ok(_) => {
                let found = format!("a text that unpacks to more than {most} bytes");
                Err(Error::file(&self.path, found, "a table of images", "unpack it, and look at what it is"))
            }
            Err(error) => Err(self.error(error)),
        }
    }

    /// Reads on to the end, where gzip and zip check their sums, and fails where there is more than what was read, `read`
    /// bytes in all.
    pub fn end(&mut self, read: u64, expected: &str) -> Result<()> {
        // Farther than a byte, as a stream that is damaged shows it a little later.
        if self.take(1 << 20)?.is_empty() {
            return Ok(());
        }
        let found = match self.packing {
            Packing::None => format!("{} bytes", self.limit),
            Packing::Gzip | Packing::Zip => format!("more than {read} bytes"),
        };
        Err(Error::file(&self.path, found, expected, FETCH_AGAIN))
    }

    fn error(&self, error: io::Error) -> Error {
        let name = match self.packing {
            _ if error.raw_os_error().is_some() => return cannot_read(&self.path, error),
            Packing::None => return cannot_read(&self.path, error),
            Packing::Gzip => "gzip file",
            Packing::Zip => "part of a zip file",
        };
        let found = match error.kind() {
            io::ErrorKind::UnexpectedEof => format!("a {name} that ends early"),
            _ => format!("a damaged {name} ({error})"),
        };
        Error::file(&self.path, found, "a whole one", FETCH_AGAIN)
    }
}
