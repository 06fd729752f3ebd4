//! Where the line of each run stands.

use super::folder::Folder;
use super::plan::Plan;
use super::shard::Shard;
use super::source::{Source, in_words};
use anyhow::Context;
use gradlens::runs::{Results, RunLine, Samples};
use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

/// What came of a run; what comes later takes the place of what comes before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// It failed of what is around it, and is to be run again.
    Retry,
    /// It failed of itself.
    Failed,
    Ended,
}

/// Where a line stands.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    file: usize,
    /// From 1.
    number: usize,
    start: u64,
    length: usize,
    outcome: Outcome,
    /// Of everything but the time, and what says by which config, samples and program it came.
    digest: u64,
}

impl Place {
    pub fn is_failed(self) -> bool {
        self.outcome != Outcome::Ended
    }

    /// Whether the same command runs it again.
    pub fn is_to_retry(self) -> bool {
        self.outcome == Outcome::Retry
    }
}

/// Where the line of each run stands; the lines themselves stay in their files.
pub struct Index {
    files: Vec<PathBuf>,
    /// Of each run, its line if it has ended.
    pub places: Vec<Option<Place>>,
    /// Runs with two lines that say the same.
    pub doubles: Vec<usize>,
    /// What cannot all be true, a sentence each.
    pub conflicts: Vec<String>,
    /// Lines that are damaged: file, number, what is wrong.
    pub damaged: Vec<(PathBuf, usize, String)>,
    /// Lines of runs that are not in the grid.
    pub foreign: usize,
    /// What wrote the lines.
    pub programs: BTreeSet<String>,
    /// Of each source its samples, and the first line that has them.
    samples: HashMap<Source, (Samples, String)>,
}

impl Index {
    /// Reads every line, one at a time. Of several lines of a run the first counts that has not failed.
    pub fn read(folder: &Folder, plan: &Plan) -> anyhow::Result<Self> {
        Self::of_files(folder.files()?, plan)
    }

    /// The same for the runs of a shard: the other shards of as many have none of them.
    pub fn read_shard(folder: &Folder, plan: &Plan, shard: Option<Shard>) -> anyhow::Result<Self> {
        let mut files = folder.files()?;
        if let Some(own) = shard {
            let is_beside = |other: Shard| other.of == own.of && other.number != own.number;
            files.retain(|path| !Shard::of_path(path).is_some_and(is_beside));
        }
        Self::of_files(files, plan)
    }

    fn of_files(files: Vec<PathBuf>, plan: &Plan) -> anyhow::Result<Self> {
        let mut index = Index {
            files,
            places: vec![None; plan.runs()],
            doubles: vec![],
            conflicts: vec![],
            damaged: vec![],
            foreign: 0,
            programs: BTreeSet::new(),
            samples: HashMap::new(),
        };
        for (file, path) in index.files.clone().iter().enumerate() {
            for found in Results::read(path)? {
                let found = found.with_context(|| path.display().to_string())?;
                match found.run {
                    // Another process may be writing it.
                    Err(_) if !found.ended => {}
                    Err(wrong) => index.damaged.push((path.clone(), found.number, wrong)),
                    Ok(line) => {
                        let outcome = match (&line.error, line.retry) {
                            (None, _) => Outcome::Ended,
                            (_, true) => Outcome::Retry,
                            _ => Outcome::Failed,
                        };
                        let (number, start, length) = (found.number, found.start, found.length);
                        let place = Place { file, number, start, length, outcome, digest: digest(&line) };
                        index.add(plan, &line, place);
                    }
                }
            }
        }
        Ok(index)
    }

    fn add(&mut self, plan: &Plan, line: &RunLine, place: Place) {
        let id = match line.check_id() {
            Ok(id) => id,
            Err(wrong) => {
                let line = self.line(place);
                return self
                    .conflicts
                    .push(format!("{line}: {wrong}; put back what was changed, or delete the line"));
            }
        };
        let Some(run) = plan.run(&id) else {
            self.foreign += 1;
            return;
        };
        self.programs.insert(
            line.program.clone().unwrap_or_else(|| "a gradlens that does not say its version".into()),
        );
        if let Some(samples) = &line.samples {
            self.compare(plan.source(run), samples, place);
        }
        match self.places[run] {
            // It was tried again.
            Some(before) if before.outcome < place.outcome => self.places[run] = Some(place),
            Some(before) if before.outcome > place.outcome => {}
            // It failed again.
            Some(before) if before.is_failed() => {}
            Some(before) if before.digest == place.digest => self.doubles.push(run),
            Some(before) => self.conflicts.push(format!(
                "{} and {} say something else of {}: they are of different data or programs; delete one of them",
                self.line(before),
                self.line(place),
                plan.grid.label(run)
            )),
            None => self.places[run] = Some(place),
        }
    }

    /// Notes which samples a line is of, and whether others of their source are.
    fn compare(&mut self, source: &Source, samples: &Samples, place: Place) {
        let Some((before, other)) = self.samples.get(source) else {
            self.samples.insert(source.clone(), (samples.clone(), self.line(place)));
            return;
        };
        if before != samples {
            self.conflicts.push(format!(
                "{}: {} is of samples of {}, and {other}, of {}; delete the lines that are of other samples than you want, and \
                 run the command that made the folder",
                source.name,
                self.line(place),
                in_words(samples),
                in_words(before)
            ));
        }
    }

    /// A line, as it is named to a user.
    fn line(&self, place: Place) -> String {
        format!("{}, line {}", self.files[place.file].display(), place.number)
    }

    /// Fails where lines cannot all be true.
    pub fn refuse_conflicts(&self) -> anyhow::Result<()> {
        match &self.conflicts[..] {
            [] => Ok(()),
            [one] => anyhow::bail!("{one}"),
            [first, ..] => anyhow::bail!("{first} ({} such lines)", self.conflicts.len()),
        }
    }

    /// Of each source the samples that lines have, and the first of these lines.
    pub fn samples(&self) -> impl Iterator<Item = (&Source, &Samples, &str)> {
        self.samples.iter().map(|(source, (samples, line))| (source, samples, line.as_str()))
    }

    /// The runs without a line.
    pub fn missing(&self) -> impl Iterator<Item = usize> {
        self.of(|place| place.is_none())
    }

    /// The runs that are not done: without a line, or with one that says that it is to be run again.
    pub fn to_do(&self) -> impl Iterator<Item = usize> {
        self.of(|place| place.is_none_or(Place::is_to_retry))
    }

    /// The runs that failed.
    pub fn failed(&self) -> impl Iterator<Item = usize> {
        self.of(|place| place.is_some_and(Place::is_failed))
    }

    fn of(&self, is_one: impl Fn(Option<Place>) -> bool) -> impl Iterator<Item = usize> {
        self.places.iter().enumerate().filter(move |(_, place)| is_one(**place)).map(|(run, _)| run)
    }

    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// Hands over the lines of all runs that have one, in the order of the grid, as bytes without an end.
    pub fn lines(&self, mut take: impl FnMut(usize, &[u8]) -> anyhow::Result<()>) -> anyhow::Result<()> {
        // There may be more files than a process may have open.
        let mut open: Option<(usize, File)> = None;
        let mut line = vec![];
        for (run, place) in self.places.iter().enumerate().filter_map(|(run, place)| Some((run, (*place)?))) {
            line.resize(place.length, 0);
            let path = &self.files[place.file];
            let mut file = match open.take() {
                Some((number, file)) if number == place.file => file,
                _ => File::open(path).with_context(|| path.display().to_string())?,
            };
            let read = file.seek(SeekFrom::Start(place.start)).and_then(|_| file.read_exact(&mut line));
            read.with_context(|| path.display().to_string())?;
            open = Some((place.file, file));
            take(run, &line)?;
        }
        Ok(())
    }
}

/// A number that differs where two lines of a run say something else.
fn digest(line: &RunLine) -> u64 {
    let mut json = line.json.clone();
    if let Some(fields) = json.as_object_mut() {
        ["id", "program", "config", "samples", "seconds"].iter().for_each(|name| _ = fields.remove(*name));
    }
    let mut hasher = DefaultHasher::new();
    json.to_string().hash(&mut hasher);
    hasher.finish()
}
