//! IDX files, the format of MNIST: found packed or unpacked, unpacked where need be, and checked
//! in full before anybody parses them.

use crate::error::{Error, Result};
use flate2::Crc;
use flate2::read::GzDecoder;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{SystemTime, UNIX_EPOCH};

/// Magic number of a file of bytes in one dimension: labels.
const LABELS: u32 = 0x0801;
/// Magic number of a file of bytes in three dimensions: images.
const IMAGES: u32 = 0x0803;
/// Width and height of an image.
const SIDE: u32 = 28;
/// Classes of MNIST and of its relatives in the same format.
const CLASSES: u8 = 10;

fn io_error(path: &Path, action: &'static str, remedy: &str) -> impl FnOnce(io::Error) -> Error {
    move |error| Error::Io { path: path.into(), action, error, remedy: remedy.into() }
}

fn file_error(path: &Path, found: impl Into<String>, expected: impl Into<String>, remedy: &str) -> Error {
    Error::File { path: path.into(), found: found.into(), expected: expected.into(), remedy: remedy.into() }
}

const FETCH_AGAIN: &str = "fetch the file again, or choose a folder with the whole set";

/// Whether a file is there; an error if that cannot be told, or if it is something else.
fn is_there(path: &Path) -> Result<bool> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(true),
        Ok(_) => Err(file_error(path, "a folder", "a file", "move the file of this name out of it")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => {
            Err(io_error(path, "read the file", "check the permissions of it and its folder")(error))
        }
    }
}

/// The unpacked form of the file `name` in `folder`: itself, or `name.gz` unpacked beside it, or,
/// where that cannot be written, unpacked into `spare`.
///
/// Where both stand in the folder they must agree, by the length and checksum that the packed one
/// records: which of two that differ is meant, nobody but the user knows.
pub(super) fn unpacked(folder: &Path, name: &str, spare: &Path) -> Result<PathBuf> {
    let plain = folder.join(name);
    let packed = folder.join(format!("{name}.gz"));
    match (is_there(&plain)?, is_there(&packed)?) {
        (false, false) => {
            return Err(file_error(
                &plain,
                "no such file",
                format!("this file, or {name}.gz beside it"),
                "put the four MNIST files into the folder, or choose another folder",
            ));
        }
        (true, false) => return Ok(plain),
        (true, true) if Trailer::read(&packed)?.fits(&plain) => return Ok(plain),
        (true, true) => {
            let expected = format!("the contents of {name}.gz, or one of the two alone");
            return Err(file_error(
                &plain,
                "other contents than in the .gz beside it",
                expected,
                "delete the one you do not mean",
            ));
        }
        (false, true) => {}
    }
    let trailer = Trailer::read(&packed)?;
    let cached = spare.join(format!("gradlens-{:08x}-{name}", trailer.crc));
    if is_there(&cached)? && trailer.fits(&cached) {
        return Ok(cached);
    }
    unpack_into(&packed, &trailer, &plain, &cached)
}

/// Unpacks to `plain` or, where that cannot be written, to `spare`; says where.
fn unpack_into(packed: &Path, trailer: &Trailer, plain: &Path, spare: &Path) -> Result<PathBuf> {
    match unpack(packed, trailer, plain) {
        Err(Error::Io { .. }) => unpack(packed, trailer, spare).map(|()| spare.into()),
        result => result.map(|()| plain.into()),
    }
}

/// The end of a gzip file (RFC 1952): what the contents should be.
struct Trailer {
    crc: u32,
    /// Length modulo 2^32.
    len: u32,
}

impl Trailer {
    fn read(packed: &Path) -> Result<Self> {
        let read = || -> io::Result<Option<[u8; 8]>> {
            let mut file = File::open(packed)?;
            let mut bytes = [0; 8];
            // A header takes 10 bytes.
            if file.metadata()?.len() < 18 {
                return Ok(None);
            }
            file.seek(SeekFrom::End(-8))?;
            file.read_exact(&mut bytes)?;
            Ok(Some(bytes))
        };
        let found = read().map_err(io_error(packed, "read the file", "check its permissions"))?;
        let [a, b, c, d, e, f, g, h] = found
            .ok_or_else(|| file_error(packed, "fewer than 18 bytes", "a whole gzip file", FETCH_AGAIN))?;
        Ok(Trailer { crc: u32::from_le_bytes([a, b, c, d]), len: u32::from_le_bytes([e, f, g, h]) })
    }

    fn fits(&self, plain: &Path) -> bool {
        let fits = || -> io::Result<bool> {
            let mut file = File::open(plain)?;
            if file.metadata()?.len() as u32 != self.len {
                return Ok(false);
            }
            let (mut crc, mut buffer) = (Crc::new(), vec![0; 1 << 18]);
            loop {
                match file.read(&mut buffer)? {
                    0 => return Ok(crc.sum() == self.crc),
                    count => crc.update(&buffer[..count]),
                }
            }
        };
        fits().unwrap_or(false)
    }
}

/// Unpacks into a temporary file beside `plain` and renames it, so that nobody ever sees half a file.
fn unpack(packed: &Path, trailer: &Trailer, plain: &Path) -> Result<()> {
    // Several threads, processes and containers may unpack at the same time; whoever is last wins,
    // with the same contents.
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let mut temporary: OsString = plain.into();
    temporary.push(format!(".{}-{now}-{}.tmp", std::process::id(), COUNT.fetch_add(1, Relaxed)));
    let temporary = PathBuf::from(temporary);
    let remedy = "make room or make the folder writable, or unpack the .gz files by hand with gunzip";
    let result = (|| {
        let mut from = GzDecoder::new(BufReader::with_capacity(
            1 << 18,
            File::open(packed).map_err(io_error(packed, "read the file", "check its permissions"))?,
        ));
        let to = OpenOptions::new().write(true).create_new(true).open(&temporary);
        let mut to = BufWriter::with_capacity(
            1 << 18,
            to.map_err(io_error(&temporary, "unpack to this file", remedy))?,
        );
        let mut buffer = vec![0; 1 << 18];
        loop {
            let count = from.read(&mut buffer).map_err(|error| {
                let found = match error.kind() {
                    io::ErrorKind::UnexpectedEof => "a gzip file that ends early".to_string(),
                    _ => format!("a damaged gzip file ({error})"),
                };
                file_error(packed, found, "a whole one", FETCH_AGAIN)
            })?;
            if count == 0 {
                break;
            }
            to.write_all(&buffer[..count]).map_err(io_error(&temporary, "unpack to this file", remedy))?;
        }
        to.flush().map_err(io_error(&temporary, "unpack to this file", remedy))?;
        if !trailer.fits(&temporary) {
            let found = "a gzip file with something behind its end";
            return Err(file_error(
                packed,
                found,
                "a whole one, of one part",
                "unpack it by hand with gunzip",
            ));
        }
        fs::rename(&temporary, plain).map_err(io_error(plain, "rename the unpacked file to this", remedy))
    })();
    if result.is_err() {
        let _ = fs::remove_file(&temporary); // the error at hand says more than one about this
    }
    result
}

/// Reads the numbers at the head of an IDX file, and checks magic number, count and length.
fn check_head(path: &Path, magic: u32, what: &str, count: u32, tail: &[u32]) -> Result<File> {
    let wrong = |found: String, expected: String| Err(file_error(path, found, expected, FETCH_AGAIN));
    let mut file = File::open(path).map_err(io_error(path, "read the file", "check its permissions"))?;
    let len = file.metadata().map_err(io_error(path, "read the file", "check its permissions"))?.len();
    let numbers = 2 + tail.len();
    let mut head = vec![0; 4 * numbers];
    if let Err(error) = file.read_exact(&mut head) {
        return match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                wrong(format!("{len} bytes"), format!("a head of {} bytes", head.len()))
            }
            _ => Err(io_error(path, "read the file", "check the disk")(error)),
        };
    }
    let numbers: Vec<u32> =
        head.chunks_exact(4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]])).collect();
    if numbers[0] != magic {
        return wrong(
            format!("the magic number {:#010x}", numbers[0]),
            format!("{magic:#010x}, an IDX file of {what}"),
        );
    }
    if numbers[1] != count {
        let remedy =
            "the set must be of the size of MNIST and Fashion-MNIST: 60000 to train on and 10000 to test on";
        return Err(file_error(path, format!("{} {what}", numbers[1]), format!("{count}"), remedy));
    }
    if numbers[2..] != *tail {
        let sizes = |numbers: &[u32]| numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(" x ");
        return wrong(format!("images of {} pixels", sizes(&numbers[2..])), sizes(tail));
    }
    let expected = head.len() as u64 + tail.iter().fold(u64::from(count), |n, &side| n * u64::from(side));
    if len != expected {
        return wrong(format!("{len} bytes"), format!("{expected}, which {count} {what} take"));
    }
    Ok(file)
}

/// Checks a file of `count` images in full.
pub(super) fn check_images(path: &Path, count: u32) -> Result<()> {
    check_head(path, IMAGES, "images", count, &[SIDE, SIDE]).map(drop)
}

/// Checks a file of `count` labels in full.
pub(super) fn check_labels(path: &Path, count: u32) -> Result<()> {
    let mut file = check_head(path, LABELS, "labels", count, &[])?;
    let mut labels = vec![];
    file.read_to_end(&mut labels).map_err(io_error(path, "read the file", "check the disk"))?;
    match labels.iter().position(|&label| label >= CLASSES) {
        Some(row) => {
            let found = format!("the label {} at position {row}", labels[row]);
            Err(file_error(path, found, format!("labels from 0 to {}", CLASSES - 1), FETCH_AGAIN))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;

    fn pack(path: &Path, contents: &[u8]) {
        let mut encoder = GzEncoder::new(File::create(path).unwrap(), Compression::fast());
        encoder.write_all(contents).unwrap();
        encoder.finish().unwrap();
    }

    fn folders() -> (tempfile::TempDir, tempfile::TempDir) {
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap())
    }

    #[test]
    fn a_packed_file_is_unpacked_beside_itself_once_and_no_temporary_file_stays() {
        let (folder, spare) = folders();
        pack(&folder.path().join("a.gz"), b"contents");
        for _ in 0..2 {
            let path = unpacked(folder.path(), "a", spare.path()).unwrap();
            assert_eq!(path, folder.path().join("a"));
            assert_eq!(fs::read(path).unwrap(), b"contents");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn threads_that_unpack_at_the_same_time_all_get_the_whole_file() {
        let (folder, spare) = folders();
        let contents: Vec<u8> = (0..3_000_000u32).map(|i| (i % 251) as u8).collect();
        pack(&folder.path().join("a.gz"), &contents);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let path = unpacked(folder.path(), "a", spare.path()).unwrap();
                    assert!(fs::read(path).unwrap() == contents);
                });
            }
        });
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn where_the_folder_cannot_be_written_the_spare_one_is_used() {
        let (folder, spare) = folders();
        let (packed, spare) = (folder.path().join("a.gz"), spare.path().join("a"));
        pack(&packed, b"contents");
        let trailer = Trailer::read(&packed).unwrap();
        // A folder that is not there cannot be written by anybody, not even by an administrator.
        let path = unpack_into(&packed, &trailer, Path::new("/no/such/folder/a"), &spare).unwrap();
        assert_eq!((fs::read(&path).unwrap().as_slice(), &path), (&b"contents"[..], &spare));
    }

    #[test]
    fn what_was_unpacked_into_the_spare_folder_is_used_again() {
        let (folder, spare) = folders();
        let packed = folder.path().join("a.gz");
        pack(&packed, b"contents");
        let trailer = Trailer::read(&packed).unwrap();
        let cached = spare.path().join(format!("gradlens-{:08x}-a", trailer.crc));
        unpack(&packed, &trailer, &cached).unwrap();
        assert_eq!(unpacked(folder.path(), "a", spare.path()).unwrap(), cached);
        // But not if somebody changed it.
        fs::write(&cached, b"contentS").unwrap();
        assert_eq!(unpacked(folder.path(), "a", spare.path()).unwrap(), folder.path().join("a"));
    }

    #[test]
    fn a_packed_file_with_something_behind_its_end_is_refused() {
        let (folder, spare) = folders();
        let packed = folder.path().join("a.gz");
        pack(&packed, b"contents");
        let twice = fs::read(&packed).unwrap().repeat(2);
        fs::write(&packed, twice).unwrap();
        pack(&folder.path().join("b"), b"more");
        let mut longer = fs::read(&packed).unwrap();
        longer.extend(fs::read(folder.path().join("b")).unwrap());
        fs::write(&packed, longer).unwrap();
        let error = unpacked(folder.path(), "a", spare.path()).unwrap_err().to_string();
        assert!(error.contains("something behind its end") && error.contains("gunzip"), "{error}");
    }

    #[test]
    fn an_unpacked_file_that_disagrees_with_its_packed_twin_is_an_error_and_stays() {
        let (folder, spare) = folders();
        pack(&folder.path().join("a.gz"), b"contents");
        fs::write(folder.path().join("a"), b"somebody").unwrap();
        let error = unpacked(folder.path(), "a", spare.path()).unwrap_err().to_string();
        assert!(
            error.contains("other contents than in the .gz")
                && error.contains("delete the one you do not mean"),
            "{error}"
        );
        assert_eq!(fs::read(folder.path().join("a")).unwrap(), b"somebody");
    }

    #[test]
    fn a_folder_in_the_place_of_a_file_is_named() {
        let (folder, spare) = folders();
        fs::create_dir(folder.path().join("a")).unwrap();
        let error = unpacked(folder.path(), "a", spare.path()).unwrap_err().to_string();
        assert!(error.contains("found a folder, expected a file"), "{error}");
    }

    #[test]
    fn an_unpacked_file_alone_is_used_as_it_is() {
        let (folder, spare) = folders();
        fs::write(folder.path().join("a"), b"contents").unwrap();
        assert_eq!(unpacked(folder.path(), "a", spare.path()).unwrap(), folder.path().join("a"));
    }

    #[test]
    fn when_no_place_can_be_written_the_error_names_the_file_and_the_remedy() {
        let (folder, _) = folders();
        let packed = folder.path().join("a.gz");
        pack(&packed, b"contents");
        let nowhere = Path::new("/no/such/folder/a");
        let trailer = Trailer::read(&packed).unwrap();
        let error = unpack_into(&packed, &trailer, nowhere, nowhere).unwrap_err().to_string();
        assert!(error.contains("cannot unpack to this file") && error.contains("gunzip"), "{error}");
    }
}
