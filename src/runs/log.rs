//! A file that grows.

use crate::error::{Error, Result};
use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A file that grows, and whose length is known: what could not be written yet is kept, so that a disk that was full for
/// a while leaves no gap.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    /// Bytes that are in the file.
    written: u64,
    /// Bytes that are not.
    waiting: Vec<u8>,
}

impl Log {
    /// A log that goes on at this length: what stands behind it is cut off. Where the file is shorter, at its end.
    ///
    /// # Errors
    /// [`Error::Io`] for a file that cannot be read or cut.
    pub fn open(path: PathBuf, length: u64) -> Result<Self> {
        let open = || {
            let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path)?;
            let written = file.metadata()?.len().min(length);
            file.set_len(written)?;
            io::Result::Ok(written)
        };
        let written = open().map_err(|error| cannot_write(&path, error))?;
        Ok(Log { path, written, waiting: vec![] })
    }

    pub fn add(&mut self, bytes: &[u8]) {
        self.waiting.extend_from_slice(bytes);
    }

    /// The length with everything that was added.
    pub fn len(&self) -> u64 {
        self.written + self.waiting.len() as u64
    }

    /// Writes what waits, and if it is to last waits for the disk.
    ///
    /// # Errors
    /// [`Error::Io`] if that does not succeed. It is tried again the next time.
    pub fn flush(&mut self, lasting: bool) -> Result<()> {
        let written = self.try_flush(lasting);
        written.map_err(|error| cannot_write(&self.path, error))
    }

    fn try_flush(&mut self, lasting: bool) -> io::Result<()> {
        if self.waiting.is_empty() && !lasting {
            return Ok(());
        }
        let mut file = self.file()?;
        file.write_all(&self.waiting)?;
        if lasting {
            file.sync_data()?;
        }
        self.written = self.len();
        self.waiting.clear();
        Ok(())
    }

    /// The file, at the place to go on from, behind which a write that failed may have left something.
    fn file(&self) -> io::Result<File> {
        let mut file = OpenOptions::new().write(true).open(&self.path)?;
        let found = file.metadata()?.len();
        if found < self.written {
            let message = format!("it has {found} bytes, and {} were written before", self.written);
            return Err(io::Error::other(message));
        }
        file.set_len(self.written)?;
        file.seek(SeekFrom::Start(self.written))?;
        Ok(file)
    }
}

fn cannot_write(path: &Path, error: io::Error) -> Error {
    let remedy = "make room, or choose another folder".into();
    Error::Io { path: path.into(), action: "write this file", error, remedy }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_log_goes_on_at_its_length_and_leaves_no_gap_after_a_write_that_failed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, "one\ntwo\nthr").unwrap();
        let mut log = Log::open(path.clone(), 8).unwrap();
        log.add(b"three\n");
        log.flush(false).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntwo\nthree\n");
        // It cannot be opened for a while.
        let away = folder.path().join("away");
        fs::rename(&path, &away).unwrap();
        log.add(b"four\n");
        let error = log.flush(true).unwrap_err().to_string();
        assert!(error.contains("log") && error.contains("make room"), "{error}");
        // Half of it was written.
        fs::rename(&away, &path).unwrap();
        fs::write(&path, "one\ntwo\nthree\nfo").unwrap();
        log.add(b"five\n");
        log.flush(true).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntwo\nthree\nfour\nfive\n");
        assert_eq!(log.len(), 24);
        // Somebody cut it.
        fs::write(&path, "one\n").unwrap();
        log.add(b"six\n");
        let error = log.flush(false).unwrap_err().to_string();
        assert!(error.contains("it has 4 bytes, and 24 were written before"), "{error}");
    }
}
