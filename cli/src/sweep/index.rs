//! Where the line of each run stands.

use super::folder::Folder;
use super::plan::Plan;
use super::shard::Shard;
use anyhow::Context;
use gradlens::runs::{Results, RunLine};
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

/// Where a line stands.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    file: usize,
    start: u64,
    length: usize,
    pub failed: bool,
    /// Of everything but the time.
    digest: u64,
}

/// Where the line of each run stands; the lines themselves stay in their files.
pub struct Index {
    files: Vec<PathBuf>,
    /// Of each run, its line if it has ended.
    pub places: Vec<Option<Place>>,
    /// Runs with two lines that say the same.
    pub doubles: Vec<usize>,
    /// Runs with two lines that say something else.
    pub conflicts: Vec<(usize, PathBuf, PathBuf)>,
    /// Lines that are damaged: file, number, what is wrong.
    pub damaged: Vec<(PathBuf, usize, String)>,
    /// Lines of runs that are not in the grid.
    pub foreign: usize,
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
        };
        for (file, path) in index.files.clone().iter().enumerate() {
            for found in Results::read(path)? {
                let found = found.with_context(|| path.display().to_string())?;
                match found.run {
                    // Another process may be writing it.
                    Err(_) if !found.ended => {}
                    Err(wrong) => index.damaged.push((path.clone(), found.number, wrong)),
                    Ok(line) => {
                        let (failed, digest) = (line.error.is_some(), digest(&line));
                        let place = Place { file, start: found.start, length: found.length, failed, digest };
                        index.add(plan.run(&line.id), place);
                    }
                }
            }
        }
        Ok(index)
    }

    fn add(&mut self, run: Option<usize>, place: Place) {
        let Some(run) = run else {
            self.foreign += 1;
            return;
        };
        match self.places[run] {
            // It was tried again.
            Some(before) if before.failed && !place.failed => self.places[run] = Some(place),
            Some(before) if !before.failed && place.failed => {}
            Some(before) if before.digest == place.digest => self.doubles.push(run),
            // Causes of failures may differ.
            Some(before) if before.failed => {}
            Some(before) => {
                self.conflicts.push((run, self.files[before.file].clone(), self.files[place.file].clone()));
            }
            None => self.places[run] = Some(place),
        }
    }

    /// The runs without a line.
    pub fn missing(&self) -> impl Iterator<Item = usize> {
        self.places.iter().enumerate().filter(|(_, place)| place.is_none()).map(|(run, _)| run)
    }

    /// The runs that failed.
    pub fn failed(&self) -> impl Iterator<Item = usize> {
        self.places
            .iter()
            .enumerate()
            .filter(|(_, place)| place.is_some_and(|place| place.failed))
            .map(|(run, _)| run)
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

/// A number that differs where two lines say something else, times aside.
fn digest(line: &RunLine) -> u64 {
    let mut json = line.json.clone();
    if let Some(fields) = json.as_object_mut() {
        fields.remove("seconds");
    }
    let mut hasher = DefaultHasher::new();
    json.to_string().hash(&mut hasher);
    hasher.finish()
}
