//! Samples that many runs share.

use super::fault::Fault;
use super::index::Index;
use super::plan::Plan;
use super::source::{Source, contents, in_words, name};
use crate::digits;
use gradlens::Images;
use gradlens::config::{RunConfig, RunData};
use gradlens::runs::Samples;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// How many sets of samples are kept; runs of one set come one after the other.
const KEPT: usize = 4;

/// Samples as they were read, and which they are.
#[derive(Clone)]
pub struct Loaded {
    pub data: Arc<RunData>,
    pub samples: Samples,
}

type Slot = Arc<OnceLock<Result<Loaded, Fault>>>;

/// Samples that many runs share: read once, by the first that needs them.
#[derive(Default)]
pub struct Shared {
    /// The last ones come last.
    slots: Mutex<Vec<(String, Slot)>>,
    /// Of each source what it was when it was read first, and by whom.
    known: Mutex<HashMap<String, (Samples, String)>>,
}

fn read(config: &RunConfig) -> Result<Loaded, Fault> {
    let data = &config.data;
    let images = if data.mnist {
        Some(digits::place(None))
    } else {
        data.images.as_ref().map(|path| config.path(path))
    };
    let (data, samples) = match (images, &data.file) {
        (Some(place), None) if data.made.is_none() && !(data.mnist && data.images.is_some()) => {
            // No key of the config has a say in it.
            let images = Images::load(place).map_err(|error| Fault::Around(error.to_string()))?;
            let samples = Samples::of([&images.train, &images.test]);
            (config.load_from_images(images)?, samples)
        }
        (None, Some(file)) => {
            let files = [Some(file), data.test.as_ref()];
            let samples = Samples::of_files(files.into_iter().flatten().map(|file| config.path(file)))?;
            (config.load(&digits::place(None))?, samples)
        }
        _ => {
            let data = config.load(&digits::place(None))?;
            let samples = Samples::of([&data.train].into_iter().chain(&data.test));
            (data, samples)
        }
    };
    Ok(Loaded { data: Arc::new(data), samples })
}

impl Shared {
    /// The samples of a run, which have to be those that other runs of their source have had.
    pub fn load(&self, config: &RunConfig) -> Result<Loaded, Fault> {
        let slot = self.slot(name(config));
        let loaded = slot.get_or_init(|| read(config)).clone()?;
        self.compare(Source::of(config).name, &loaded.samples)?;
        Ok(loaded)
    }

    /// Reads the files that the samples of these runs come from, so that what cannot be read is told before anything is begun. A
    /// file that only some of the runs go well with is none of it: they have lines of their own.
    pub fn check(&self, plan: &Plan, runs: &[usize]) -> anyhow::Result<()> {
        let (mut good, mut tried, mut faults) = (HashSet::new(), HashSet::new(), vec![]);
        for &run in runs {
            let source = plan.source(run);
            if !source.is_read || good.contains(source) {
                continue;
            }
            let config = plan.config(run)?;
            if tried.insert(contents(&config)) {
                match self.load(&config) {
                    Ok(_) => _ = good.insert(source),
                    Err(fault @ Fault::Run(_)) => faults.push((source, fault)),
                    Err(fault) => return Err(stops(&fault)),
                }
            }
        }
        match faults.iter().find(|(source, _)| !good.contains(source)) {
            Some((_, fault)) => Err(stops(fault)),
            None => Ok(()),
        }
    }

    /// The lines that are there say which samples are expected.
    pub fn expect(&self, index: &Index) -> anyhow::Result<()> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for (source, samples, line) in index.samples() {
            if let Some((now, _)) = known.insert(source.name.clone(), (samples.clone(), line.into())) {
                anyhow::ensure!(now == *samples, others(&source.name, &now, samples, line));
            }
        }
        Ok(())
    }

    fn compare(&self, source: String, samples: &Samples) -> Result<(), Fault> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let whose = || (samples.clone(), "the runs before".into());
        let (before, whose) = known.entry(source.clone()).or_insert_with(whose);
        if before == samples {
            return Ok(());
        }
        Err(Fault::Samples(others(&source, samples, before, whose)))
    }

    fn slot(&self, name: String) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = match slots.iter().position(|(known, _)| *known == name) {
            Some(place) => slots.remove(place).1,
            None => Slot::default(),
        };
        slots.push((name, Arc::clone(&slot)));
        if slots.len() > KEPT {
            slots.remove(0);
        }
        slot
    }
}

/// That a source is not what it was.
fn others(source: &str, found: &Samples, expected: &Samples, whose: &str) -> String {
    let (found, expected) = (in_words(found), in_words(expected));
    format!(
        "{source}: found samples of {found}, expected {expected}, which are those of {whose}; put these back, or choose another \
         folder for the results"
    )
}

/// What is wrong before the first run.
fn stops(fault: &Fault) -> anyhow::Error {
    anyhow::anyhow!("{}; no run was begun", fault.text())
}
