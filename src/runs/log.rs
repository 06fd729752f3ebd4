//! A file that grows.

use crate::error::{Error, Result};
use crate::file::{Identity, identity};
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
    /// Which file it is, whatever it is called by now.
    identity: Option<Identity>,
    /// Whether it was deleted, moved or cut by somebody else. Nothing is written any more.
    gone: bool,
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
            io::Result::Ok((written, identity(&file.metadata()?)))
        };
        let (written, identity) = open().map_err(|error| cannot_write(&path, error))?;
        Ok(Log { path, written, waiting: vec![], identity, gone: false })
    }

    pub fn add(&mut self, bytes: &[u8]) {
        if !self.gone {
            self.waiting.extend_from_slice(bytes);
        }
    }

    /// The length with everything that was added.
    pub fn len(&self) -> u64 {
        self.written + self.waiting.len() as u64
    }

    /// Writes what waits, and if it is to last waits for the disk.
    ///
    /// # Errors
    /// [`Error::Io`] if that does not succeed. It is tried again the next time. [`Error::File`] where the file is not what
    /// was written before: then it is left alone.
    pub fn flush(&mut self, lasting: bool) -> Result<()> {
        if !self.gone {
            match self.try_flush(lasting) {
                Ok(()) => return Ok(()),
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(cannot_write(&self.path, error));
                }
                Err(_) => {
                    self.gone = true;
                    self.waiting.clear();
                }
            }
        }
        let expected = "the file with what was written before";
        Err(Error::file(&self.path, "it deleted, moved or cut", expected, "its further lines are lost"))
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
        let found = file.metadata()?;
        if found.len() < self.written || identity(&found) != self.identity {
            return Err(io::ErrorKind::NotFound.into());
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
        // Half of it was written, and the rest could not be.
        log.add(b"four\n");
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"fo").unwrap();
        log.add(b"five\n");
        log.flush(true).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntwo\nthree\nfour\nfive\n");
        assert_eq!(log.len(), 24);
    }

    #[test]
    fn a_log_that_cannot_be_written_for_a_while_is_whole_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut log = Log::open(path.clone(), 0).unwrap();
        log.add(b"one\n");
        log.flush(false).unwrap();
        // What opens for writing fails on a folder of this name.
        let away = folder.path().join("away");
        fs::rename(&path, &away).unwrap();
        fs::create_dir(&path).unwrap();
        log.add(b"two\n");
        let error = log.flush(true).unwrap_err().to_string();
        assert!(error.contains("log") && error.contains("make room"), "{error}");
        fs::remove_dir(&path).unwrap();
        fs::rename(&away, &path).unwrap();
        log.add(b"three\n");
        log.flush(true).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntwo\nthree\n");
    }

    #[test]
    fn a_file_of_somebody_else_in_its_place_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut log = Log::open(path.clone(), 0).unwrap();
        log.add(b"ours\n");
        log.flush(false).unwrap();
        let theirs = folder.path().join("theirs");
        fs::write(&theirs, "theirs, and longer\n").unwrap();
        fs::rename(&theirs, &path).unwrap();
        for _ in 0..2 {
            log.add(b"more\n");
            let error = log.flush(false).unwrap_err().to_string();
            assert!(error.contains("deleted, moved or cut"), "{error}");
        }
        assert_eq!((log.len(), fs::read_to_string(&path).unwrap().as_str()), (5, "theirs, and longer\n"));
    }
}
