//! What came of many runs: files of JSON lines, a line for each run that has ended.

use crate::config::RunConfig;
use crate::error::{Error, Result};
use crate::runs::samples::Samples;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs::{File, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, Instant};

/// The id of a run: 16 hexadecimal digits of the SHA-256 of its config, with all that holds by default. It does not depend on
/// the order in which keys were given, nor on the number of threads, nor on how a path is written: `./p.csv` is `p.csv`. What is
/// in the file it does not say; [`Samples`] do.
///
/// ```
/// use gradlens::config::RunConfig;
/// use gradlens::runs::run_id;
/// let id = |text| RunConfig::from_toml(text).map(|config| run_id(&config));
/// assert_eq!(id("[training]\nlr = 0.1\nbatch = 8\n")?, id("[training]\nthreads = 2\nbatch = 8\nlr = 0.1\n")?);
/// assert_eq!(id("[data]\nfile = 'p.csv'\n")?, id("[data]\nfile = './a/../p.csv'\n")?);
/// assert_ne!(id("[training]\nlr = 0.1\n")?, id("[training]\nlr = 0.2\n")?);
/// # Ok::<(), gradlens::Error>(())
/// ```
pub fn run_id(config: &RunConfig) -> String {
    let mut config = config.clone();
    let data = &mut config.data;
    for path in [&mut data.file, &mut data.test, &mut data.images].into_iter().flatten() {
        *path = plain(path);
    }
    digest(config)
}

fn digest(mut config: RunConfig) -> String {
    config.training.threads = None;
    Sha256::digest(config.to_toml()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// A path without `.`, and without `..` where it leads back.
fn plain(path: &str) -> String {
    let mut plain = PathBuf::new();
    for part in Path::new(path).components() {
        match (part, plain.components().next_back()) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => drop(plain.pop()),
            (Component::ParentDir, Some(Component::RootDir)) => {}
            _ => plain.push(part),
        }
    }
    plain.to_string_lossy().into_owned()
}

/// A run that has ended, as a line of results has it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RunLine {
    /// Its [`run_id`].
    pub id: String,
    /// What wrote it, "gradlens 0.1.0"; the first programs did not say.
    pub program: Option<String>,
    /// The samples, of a run that did not fail; the first programs did not say.
    pub samples: Option<Samples>,
    /// Why it failed, if it did.
    pub error: Option<String>,
    /// Whether it failed for want of memory or of a file, say, so that it is to be run again.
    pub retry: bool,
    /// The whole line.
    pub json: Value,
}

impl RunLine {
    /// Reads a line. It has to be a JSON object with `id` and `config`, and `metrics` or `error`; a line of anything else, or of
    /// a part of it, is no run that has ended.
    ///
    /// # Errors
    /// A few words that say what is wrong.
    ///
    /// ```
    /// use gradlens::runs::RunLine;
    /// let line = r#"{"id":"0123456789abcdef","config":{},"metrics":{"accuracy":0.9}}"#;
    /// assert_eq!(RunLine::parse(line.as_bytes()).unwrap().json["metrics"]["accuracy"], 0.9);
    /// assert!(RunLine::parse(&line.as_bytes()[..40]).is_err());
    /// ```
    pub fn parse(line: &[u8]) -> std::result::Result<Self, String> {
        let json: Value = serde_json::from_slice(line).map_err(|error| format!("no JSON ({error})"))?;
        let id = json["id"].as_str().ok_or("without an id")?.to_string();
        let hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if id.len() != 16 || !id.bytes().all(hexadecimal) {
            return Err("with an id that is not 16 hexadecimal digits".into());
        }
        if !json["config"].is_object() {
            return Err("without a config".into());
        }
        let error = match (&json["error"], &json["metrics"]) {
            (Value::String(error), Value::Null) => Some(error.clone()),
            (Value::Null, Value::Object(_)) => None,
            _ => return Err("without one of metrics and error".into()),
        };
        let samples = Option::deserialize(&json["samples"])
            .map_err(|error| format!("with samples that are none ({error})"))?;
        let retry = error.is_some() && json["retry"] == true;
        let program = json["program"].as_str().map(String::from);
        Ok(RunLine { id, program, samples, error, retry, json })
    }

    /// The id of the config that stands in the line, if that is the one that it has.
    ///
    /// # Errors
    /// A few words that say what is wrong: one of the two was changed.
    ///
    /// ```
    /// use gradlens::config::RunConfig;
    /// use gradlens::runs::{RunLine, run_id};
    /// let id = run_id(&RunConfig::from_toml("[training]\nlr = 0.1\n")?);
    /// let of = |lr| format!(r#"{{"id":"{id}","config":{{"training":{{"lr":{lr}}}}},"metrics":{{}}}}"#);
    /// let check = |lr| RunLine::parse(of(lr).as_bytes()).unwrap().check_id();
    /// assert_eq!(check("0.1"), Ok(id.clone()));
    /// assert!(check("0.2").unwrap_err().starts_with("its config has the id "));
    /// # Ok::<(), gradlens::Error>(())
    /// ```
    pub fn check_id(&self) -> std::result::Result<String, String> {
        let mut config = RunConfig::default();
        for (section, json) in self.json["config"].as_object().into_iter().flatten() {
            config
                .set_section_json(section, json)
                .map_err(|error| format!("this version does not read its config ({error})"))?;
        }
        let id = run_id(&config);
        // The first programs took a path by its letters.
        if id == self.id || (self.program.is_none() && digest(config) == self.id) {
            return Ok(id);
        }
        Err(format!("its config has the id {id}, and not {}", self.id))
    }
}

/// A line of a file of results, and where it stands.
#[derive(Debug)]
#[non_exhaustive]
pub struct Found {
    /// Its number, from 1.
    pub number: usize,
    /// Where it begins, in bytes.
    pub start: u64,
    /// How long it is, without its end.
    pub length: usize,
    /// Whether its end is there. A line without is torn, or being written.
    pub ended: bool,
    /// The run, or what is wrong with the line.
    pub run: std::result::Result<RunLine, String>,
}

/// The lines of results, one after the other, of which only one is in memory.
#[derive(Debug)]
pub struct RunLines<R> {
    from: R,
    number: usize,
    start: u64,
    line: Vec<u8>,
}

impl<R: BufRead> RunLines<R> {
    /// The lines of what is read.
    pub fn new(from: R) -> Self {
        RunLines { from, number: 0, start: 0, line: vec![] }
    }
}

impl<R: BufRead> Iterator for RunLines<R> {
    type Item = io::Result<Found>;

    fn next(&mut self) -> Option<Self::Item> {
        self.line.clear();
        let read = match self.from.read_until(b'\n', &mut self.line) {
            Ok(0) => return None,
            Ok(read) => read,
            Err(error) => return Some(Err(error)),
        };
        let ended = self.line.pop_if(|last| *last == b'\n').is_some();
        let run = if ended { RunLine::parse(&self.line) } else { Err("torn".into()) };
        let (start, length) = (self.start, self.line.len());
        self.number += 1;
        self.start += read as u64;
        Some(Ok(Found { number: self.number, start, length, ended, run }))
    }
}

/// How long a line may be only in the system's memory, and lost in a power cut.
const SYNC: Duration = Duration::from_secs(1);

/// A file of results to which runs are appended, by one process at a time.
///
/// A process that is killed while it writes leaves a torn line: it is cut off when the file is opened again, so that its run
/// counts as one that has not ended.
///
/// ```
/// use gradlens::runs::Results;
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("results.jsonl");
/// std::fs::write(&path, "{\"id\":\"0123456789abcdef\",\"config\":{},\"metrics\":{}}\n{\"id\":\"01").unwrap();
/// let (mut results, torn) = Results::open(&path)?;
/// assert!(torn);
/// results.append(r#"{"id":"fedcba9876543210","config":{},"error":"no samples"}"#)?;
/// let runs: Vec<_> = Results::read(&path)?.map(|found| found.unwrap().run.unwrap().id).collect();
/// assert_eq!(runs, ["0123456789abcdef", "fedcba9876543210"]);
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug)]
pub struct Results {
    path: PathBuf,
    /// Locked as long as this value is.
    file: File,
    length: u64,
    synced: Instant,
}

impl Results {
    /// Opens a file, or makes it, and says whether its last line was torn.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be written; [`Error::File`] where another process writes it, and where it holds something else.
    pub fn open(path: impl Into<PathBuf>) -> Result<(Self, bool)> {
        let path = path.into();
        let cannot = |error| cannot_write(&path, error);
        let opened = File::options().read(true).append(true).create(true).open(&path);
        let mut file = opened.map_err(cannot)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let remedy = "wait for it, or choose another folder or shard";
                return Err(Error::file(&path, "another process that writes it", "none", remedy));
            }
            // Some file systems of clusters know no locks.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => return Err(cannot(error)),
        }
        let mut first = [0];
        let is_other = file.read(&mut first).map_err(cannot)? == 1 && first != *b"{";
        // One damaged line is no other file.
        if is_other && !Self::read(&path)?.any(|line| line.is_ok_and(|line| line.run.is_ok())) {
            let remedy = "choose another folder";
            return Err(Error::file(&path, "something that is no results", "JSON lines", remedy));
        }
        let length = file.metadata().map_err(cannot)?.len();
        let whole = whole_lines(&mut file, length).map_err(cannot)?;
        let mut torn = whole < length;
        let mut end = whole;
        if torn {
            let mut last = vec![];
            file.seek(SeekFrom::Start(whole)).and_then(|_| file.read_to_end(&mut last)).map_err(cannot)?;
            // A line that lacks its end alone is a whole one.
            if RunLine::parse(&last).is_ok() {
                file.write_all(b"\n").map_err(cannot)?;
                (torn, end) = (false, length + 1);
            } else {
                file.set_len(whole).map_err(cannot)?;
            }
            file.sync_data().map_err(cannot)?;
        }
        Ok((Results { path, file, length: end, synced: Instant::now() }, torn))
    }

    /// The lines of a file that another process may be writing.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be opened.
    pub fn read(path: impl AsRef<Path>) -> Result<RunLines<BufReader<File>>> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|error| Error::Io {
            path: path.into(),
            action: "read these results",
            error,
            remedy: "check its name and permissions".into(),
        })?;
        Ok(RunLines::new(BufReader::with_capacity(1 << 16, file)))
    }

    /// Appends a line, which has no end yet.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be written whole; nothing of it is then left in the file.
    pub fn append(&mut self, line: &str) -> Result<()> {
        let line = format!("{line}\n");
        if let Err(error) = self.file.write_all(line.as_bytes()) {
            let _ = self.file.set_len(self.length); // the first error says more
            return Err(cannot_write(&self.path, error));
        }
        self.length += line.len() as u64;
        if self.synced.elapsed() >= SYNC {
            self.sync()?;
        }
        Ok(())
    }

    /// Waits until everything would outlast a power cut.
    ///
    /// # Errors
    /// [`Error::Io`] if the system says that it did not.
    pub fn sync(&mut self) -> Result<()> {
        self.synced = Instant::now();
        self.file.sync_data().map_err(|error| cannot_write(&self.path, error))
    }
}

fn cannot_write(path: &Path, error: io::Error) -> Error {
    Error::Io {
        path: path.into(),
        action: "write these results",
        error,
        remedy: "make room or choose another folder".into(),
    }
}

/// How many bytes of a file are whole lines.
fn whole_lines(file: &mut File, length: u64) -> io::Result<u64> {
    let mut end = length;
    let mut piece = vec![0; 1 << 16];
    while end > 0 {
        let start = end.saturating_sub(piece.len() as u64);
        let piece = &mut piece[..(end - start) as usize];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(piece)?;
        if let Some(place) = piece.iter().rposition(|&byte| byte == b'\n') {
            return Ok(start + place as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Results of years stand under these: a new key has no value where it is not set, so that they stay what they are.
    #[test]
    fn a_new_key_of_the_config_changes_no_id() {
        let id = |text: &str| run_id(&RunConfig::from_toml(text).unwrap());
        assert_eq!(id(""), "7aaa46dd8ee577de");
        assert_eq!(id("[data]\nfile = \"p.csv\"\n[network]\nlayers = [{ dense = 2 }]\n"), "3d73829d89b156ae");
    }

    #[test]
    fn a_path_is_known_however_it_is_written() {
        for (path, expected) in [
            ("p.csv", "p.csv"),
            ("./p.csv", "p.csv"),
            ("a/.//b/../p.csv", "a/p.csv"),
            ("../p.csv", "../p.csv"),
            ("a/../../p.csv", "../p.csv"),
            ("/../p.csv", "/p.csv"),
            ("", ""),
        ] {
            assert_eq!(Path::new(&plain(path)), Path::new(expected), "{path}");
        }
    }

    #[test]
    fn an_id_of_the_first_programs_is_still_one() {
        let config = RunConfig::from_toml("[data]\nfile = \"./p.csv\"\n").unwrap();
        let line = |program: &str| {
            let before = digest(config.clone());
            let text = format!(
                r#"{{"id":"{before}",{program}"config":{{"data":{{"file":"./p.csv"}}}},"metrics":{{}}}}"#
            );
            RunLine::parse(text.as_bytes()).unwrap().check_id()
        };
        assert_eq!(line(""), Ok(run_id(&config)));
        assert!(line(r#""program":"gradlens 0.1.0","#).is_err());
    }
}
