//! Files that are whole or not there.

use crate::error::{Error, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

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
    write_by(path, |out| out.write_all(contents))
}

/// The same, where the contents come piece by piece and are never in memory as a whole.
///
/// # Errors
/// As [`write()`](fn@write); what `contents` returns.
pub fn write_by(
    path: impl AsRef<Path>,
    contents: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<()> {
    let path = path.as_ref();
    let put = |file: &mut File| {
        let mut out = BufWriter::new(file);
        contents(&mut out).and_then(|()| out.flush())
    };
    let written = match Target::of(path) {
        // Not cut short first: a file behind /dev/stdout may hold text already.
        Target::Appended(path) => {
            OpenOptions::new().append(true).open(path).and_then(|mut file| put(&mut file))
        }
        Target::InPlace(path) => File::create(path).and_then(|mut file| put(&mut file)),
        Target::Renamed { temporary, path } => {
            let written = (|| {
                let mut file = File::create_new(&temporary)?;
                put(&mut file)?;
                file.sync_all()?; // or a power cut may leave the new name on an empty file
                if let Ok(old) = fs::metadata(&path) {
                    fs::set_permissions(&temporary, old.permissions())?;
                }
                fs::rename(&temporary, &path)
            })();
            sync_folder(&path);
            if written.is_err() {
                let _ = fs::remove_file(&temporary); // the first error says more
            }
            written
        }
    };
    written.map_err(|error| cannot_write(path, error, "make room or choose another place"))
}

/// Which file it is on its machine, whatever its name: device and number. `None` where the system does not say.
#[cfg(feature = "models")]
pub(crate) type Identity = (u64, u64);

#[cfg(all(unix, feature = "models"))]
pub(crate) fn identity(metadata: &fs::Metadata) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(all(not(unix), feature = "models"))]
pub(crate) fn identity(_: &fs::Metadata) -> Option<Identity> {
    None
}

/// Makes the name of a file last through a power cut, where the system lets a folder be opened for that.
fn sync_folder(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all(); // the file is there in any case
    }
}

/// Fails now rather than after the work, if a file cannot be written. Leaves no trace.
///
/// # Errors
/// [`Error::Io`] if [`write()`](fn@write) could not write it.
pub fn check_writable(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    if path.is_dir() {
        return Err(cannot_write(path, io::ErrorKind::IsADirectory.into(), "name a file in this folder"));
    }
    let tried = match Target::of(path) {
        Target::InPlace(path) | Target::Appended(path) => fs::metadata(&path).and_then(|metadata| {
            // As it will be written. A pipe that was opened and closed would tell its reader that all is said.
            match metadata.is_file() {
                true => OpenOptions::new().append(true).open(&path).map(drop),
                false if metadata.permissions().readonly() => Err(io::ErrorKind::PermissionDenied.into()),
                false => Ok(()),
            }
        }),
        Target::Renamed { temporary, path } => {
            remove_left(&path);
            File::create(&temporary).and_then(|_| fs::remove_file(&temporary))
        }
    };
    tried.map_err(|error| cannot_write(path, error, "choose another place"))
}

/// How old a temporary file is that nobody writes any more.
const LEFT: Duration = Duration::from_secs(3600);

/// Removes what processes that were killed while they wrote this file have left beside it.
fn remove_left(path: &Path) {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let age = entry.metadata().and_then(|metadata| metadata.modified()).ok();
        let is_old = age.and_then(|time| time.elapsed().ok()).is_some_and(|age| age > LEFT);
        if is_old && temporary_of(&entry.path()).is_some_and(|of| of == name.to_string_lossy()) {
            let _ = fs::remove_file(entry.path()); // it only takes room
        }
    }
}

/// Whether two names stand for one file, or would once both are written. Devices and pipes are never the same.
///
/// ```
/// use gradlens::file::is_same;
/// assert!(is_same("here.json", "./here.json") && !is_same("here.json", "there.json"));
/// ```
pub fn is_same(a: impl AsRef<Path>, b: impl AsRef<Path>) -> bool {
    let place = |path: &Path| {
        let path = followed(path);
        if fs::metadata(&path).is_ok_and(|metadata| !metadata.is_file()) {
            return None;
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Some(fs::canonicalize(folder).ok()?.join(path.file_name()?))
    };
    matches!((place(a.as_ref()), place(b.as_ref())), (Some(a), Some(b)) if a == b)
}

fn cannot_write(path: &Path, error: io::Error, remedy: &str) -> Error {
    Error::Io { path: path.into(), action: "write this file", error, remedy: remedy.into() }
}

/// How a file is written.
enum Target {
    /// A way to a stream that is open already.
    Appended(PathBuf),
    /// A device, a pipe, or a file in a folder that cannot be written.
    InPlace(PathBuf),
    /// Beside itself first, so that nobody ever sees half of it. Symbolic links are followed.
    Renamed { temporary: PathBuf, path: PathBuf },
}

impl Target {
    fn of(path: &Path) -> Self {
        if ["/dev/std", "/dev/fd", "/proc/self/fd"].iter().any(|way| path.to_string_lossy().starts_with(way))
        {
            return Target::Appended(path.into());
        }
        let real = followed(path);
        if fs::metadata(&real).is_ok_and(|metadata| !metadata.is_file()) {
            return Target::InPlace(real);
        }
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let mut temporary = real.clone().into_os_string();
        temporary.push(format!(".{}-{}.tmp", std::process::id(), COUNT.fetch_add(1, Relaxed)));
        let temporary = PathBuf::from(temporary);
        let beside = File::create_new(&temporary).and_then(|_| fs::remove_file(&temporary));
        // In place only where nothing can be written beside it; on a full disk the old file would be lost.
        let closed = |error: &io::Error| {
            matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
        };
        if beside.is_err_and(|error| closed(&error)) && real.exists() {
            return Target::InPlace(real);
        }
        Target::Renamed { temporary, path: real }
    }
}

/// What a temporary file was to be renamed to, by its name, which goes on with a process, a number and `tmp`; `None` for
/// any other file.
pub(crate) fn temporary_of(path: &Path) -> Option<String> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let (of, numbers) = name.strip_suffix(".tmp")?.rsplit_once('.')?;
    let (process, count) = numbers.split_once('-')?;
    (digits(process) && digits(count)).then(|| of.to_string())
}

/// Where a symbolic link leads, even if nothing is there yet.
fn followed(path: &Path) -> PathBuf {
    let mut path = path.to_path_buf();
    // As many as Linux follows.
    for _ in 0..40 {
        match fs::read_link(&path) {
            Ok(to) => path = path.parent().unwrap_or(Path::new("")).join(to),
            Err(_) => break,
        }
    }
    fs::canonicalize(&path).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    #[test]
    fn what_a_killed_process_left_beside_a_file_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str, age: Duration| {
            let path = folder.path().join(name);
            File::create(&path).unwrap().set_modified(SystemTime::now() - age).unwrap();
            path
        };
        let (old, new) = (2 * LEFT, Duration::ZERO);
        let left = make("result.json.4711-0.tmp", old);
        let kept = [
            make("result.json.4712-3.tmp", new), // somebody may be writing it
            make("result.json.tmp", old),
            make("other.json.4711-0.tmp", old),
            make("result.json.mine-1.tmp", old),
        ];
        check_writable(folder.path().join("result.json")).unwrap();
        assert!(!left.exists());
        kept.iter().for_each(|path| assert!(path.exists(), "{}", path.display()));
    }

    #[test]
    fn names_of_one_file_are_known_by_where_they_lead() {
        let folder = tempfile::tempdir().unwrap();
        let [a, b] = ["a.json", "b.json"].map(|name| folder.path().join(name));
        assert!(is_same(&a, folder.path().join(".").join("a.json")) && !is_same(&a, &b));
        #[cfg(unix)]
        {
            // A link to a file that is not there yet, and a device, which takes any number of outputs.
            std::os::unix::fs::symlink(&a, &b).unwrap();
            assert!(is_same(&a, &b));
            assert!(!is_same("/dev/null", "/dev/null"));
        }
    }
}
