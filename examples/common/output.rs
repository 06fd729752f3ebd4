//! Where the examples write.

use super::INTERRUPTED;
use anyhow::Context;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;

/// Text for people: on standard output, or on standard error when standard output carries JSON.
pub struct Text {
    to_stderr: bool,
    /// Whether a file is wanted too, so that the work goes on when nobody reads the text any more.
    work_goes_on: bool,
}

impl Text {
    /// `json` is the value of `--json`.
    pub fn beside(json: Option<&Path>) -> Self {
        Text { to_stderr: json == Some(Path::new("-")), work_goes_on: json.is_some() }
    }

    /// Whether the lines go to a terminal.
    pub fn is_terminal(&self) -> bool {
        if self.to_stderr { io::stderr().is_terminal() } else { io::stdout().is_terminal() }
    }
}

impl Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = if self.to_stderr { io::stderr().write(bytes) } else { io::stdout().write(bytes) };
        if result.as_ref().is_err_and(|error| error.kind() == ErrorKind::BrokenPipe) {
            if self.work_goes_on {
                return Ok(bytes.len());
            }
            INTERRUPTED.store(true, Relaxed);
        }
        result
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.to_stderr { io::stderr().flush() } else { io::stdout().flush() }
    }
}

/// Whether an error says that nobody reads any more, as with `| head`.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let is = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
    };
    error.chain().any(is)
}

/// Says that text for people could not be written.
pub fn text<R>(result: io::Result<R>) -> anyhow::Result<R> {
    result.context("cannot write the results to the terminal or pipe")
}

/// Fails now rather than after the work, if `path` cannot be written.
pub fn check_writable(path: &Path) -> anyhow::Result<()> {
    if path == Path::new("-") {
        return Ok(());
    }
    anyhow::ensure!(
        !path.is_dir(),
        "{}: cannot write this file: it is a folder; name a file in it",
        path.display()
    );
    let tried = match Target::of(path) {
        Target::InPlace(path) => OpenOptions::new().append(true).open(path).map(drop),
        Target::Renamed { temporary, .. } => {
            File::create(&temporary).and_then(|_| fs::remove_file(&temporary))
        }
    };
    tried.with_context(|| format!("{}: cannot write this file; choose another place", path.display()))
}

/// Writes a whole file, or leaves the old one as it was. `-` is standard output.
pub fn write_file(path: &Path, contents: &[u8]) -> anyhow::Result<()> {
    if path == Path::new("-") {
        return text(io::stdout().write_all(contents).and_then(|()| io::stdout().flush()));
    }
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
    written.with_context(|| {
        format!("{}: cannot write this file; make room or choose another place", path.display())
    })
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
