//! Files that are whole or not there.

use crate::{Error, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes a whole file, or leaves the old one as it was: beside it first, then in its place. A
/// symbolic link is followed, permissions stay; a device or pipe is written to as it is.
///
/// ```
/// # let folder = std::env::temp_dir();
/// let path = folder.join("gradlens-whole-file.txt");
/// gradlens::file::write(&path, b"all of it")?;
/// assert_eq!(std::fs::read(&path).unwrap(), b"all of it");
/// # std::fs::remove_file(path).unwrap();
/// # Ok::<(), gradlens::Error>(())
/// ```
///
/// # Errors
/// [`Error::Io`] if it cannot be written: the disk is full, the folder is missing.
pub fn write(path: impl AsRef<Path>, contents: &[u8]) -> Result<()> {
    let path = path.as_ref();
    let written = match Target::of(path) {
        // Not cut short first: a file behind /dev/stdout may hold text already.
        Target::InPlace(path) if path.starts_with("/dev") => {
            OpenOptions::new().append(true).open(path).and_then(|mut file| file.write_all(contents))
        }
        Target::InPlace(path) => fs::write(path, contents),
        Target::Renamed { temporary, path } => {
            let written = (|| {
                fs::write(&temporary, contents)?;
                if let Ok(old) = fs::metadata(&path) {
                    fs::set_permissions(&temporary, old.permissions())?;
                }
                fs::rename(&temporary, &path)
            })();
            if written.is_err() {
                let _ = fs::remove_file(&temporary); // the first error says more
            }
            written
        }
    };
    written.map_err(|error| cannot_write(path, error, "make room or choose another place"))
}

/// Fails now rather than after the work, if a file cannot be written. Leaves no trace.
///
/// # Errors
/// [`Error::Io`] if [`write`] could not write it.
pub fn check_writable(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    if path.is_dir() {
        return Err(cannot_write(path, io::ErrorKind::IsADirectory.into(), "name a file in this folder"));
    }
    let tried = match Target::of(path) {
        Target::InPlace(path) => OpenOptions::new().append(true).open(path).map(drop),
        Target::Renamed { temporary, .. } => {
            File::create(&temporary).and_then(|_| fs::remove_file(&temporary))
        }
    };
    tried.map_err(|error| cannot_write(path, error, "choose another place"))
}

fn cannot_write(path: &Path, error: io::Error, remedy: &str) -> Error {
    Error::Io { path: path.into(), action: "write this file", error, remedy: remedy.into() }
}

/// How a file is written.
enum Target {
    /// A device, a pipe, or a file in a folder that cannot be written.
    InPlace(PathBuf),
    /// Beside itself first, so that nobody ever sees half of it. Symbolic links are followed.
    Renamed { temporary: PathBuf, path: PathBuf },
}

impl Target {
    fn of(path: &Path) -> Self {
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.into());
        let is_file = fs::metadata(&real).map_or(true, |metadata| metadata.is_file());
        let mut temporary = real.clone().into_os_string();
        temporary.push(format!(".{}.tmp", std::process::id()));
        let temporary = PathBuf::from(temporary);
        // What stands in /dev is a way to something else, even if that is a file at the moment.
        if path.starts_with("/dev") || !is_file {
            return Target::InPlace(path.into());
        }
        let beside = File::create(&temporary).and_then(|_| fs::remove_file(&temporary));
        if beside.is_err() && real.exists() {
            return Target::InPlace(real);
        }
        Target::Renamed { temporary, path: real }
    }
}
