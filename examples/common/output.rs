//! Where the examples write.

use anyhow::Context;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Text for people: on standard output, or on standard error when standard output carries JSON.
pub enum Text {
    Stdout,
    Stderr,
}

impl Text {
    /// `json` is the value of `--json`.
    pub fn beside(json: Option<&Path>) -> Self {
        if json == Some(Path::new("-")) { Text::Stderr } else { Text::Stdout }
    }
}

impl Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Text::Stdout => io::stdout().write(bytes),
            Text::Stderr => io::stderr().write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Text::Stdout => io::stdout().flush(),
            Text::Stderr => io::stderr().flush(),
        }
    }
}

/// Whether an error says that nobody reads any more, as with `| head`.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe))
}

/// Fails now rather than after the work, if `path` cannot be written.
pub fn check_writable(path: &Path) -> anyhow::Result<()> {
    if path == Path::new("-") || is_special(path) {
        return Ok(());
    }
    anyhow::ensure!(
        !path.is_dir(),
        "{}: cannot write this file: it is a folder; name a file in it",
        path.display()
    );
    let temporary = temporary(path);
    let created = fs::File::create(&temporary).and_then(|_| fs::remove_file(&temporary));
    created.with_context(|| format!("{}: cannot write this file; choose another place", path.display()))
}

/// Writes a whole file, or leaves the old one as it was. `-` is standard output.
pub fn write_file(path: &Path, contents: &[u8]) -> anyhow::Result<()> {
    if path == Path::new("-") {
        return Ok(io::stdout().write_all(contents).and_then(|()| io::stdout().flush())?);
    }
    let written = if is_special(path) {
        fs::write(path, contents)
    } else {
        let temporary = temporary(path);
        let written = fs::write(&temporary, contents).and_then(|()| fs::rename(&temporary, path));
        if written.is_err() {
            let _ = fs::remove_file(&temporary); // the first error says more
        }
        written
    };
    written.with_context(|| {
        format!("{}: cannot write this file; make room or choose another place", path.display())
    })
}

/// A device or a pipe, which must not be replaced by a file.
fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

fn temporary(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    name.into()
}
