//! A folder that holds everything of a run, and from which it goes on.

use crate::config::{KEYS, RunConfig, Value};
use crate::data::Dataset;
use crate::diagnostics::{Diagnostics, powers_of_two};
use crate::error::{Error, Result};
use crate::file;
use crate::model::Model;
use crate::nn::Sequential;
use crate::runs::checkpoint::{About, Checkpoint, Unusable};
use crate::runs::differences::same;
use crate::runs::recorder::Recorder;
use crate::train::{Event, Observer, Report, Run, Trainer, watch};
use gradlens_kernel::Scalar;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

const LOCK: &str = "lock";
/// What the lock begins with.
const MARK: &str = "gradlens, process ";
const CONFIG: &str = "config.toml";
const CHECKPOINTS: &str = "checkpoints";
const MODEL: &str = "model.safetensors";
#[cfg(feature = "report")]
const REPORT: &str = "report.html";

/// How much time is lost at most, where checkpoints are not counted in steps.
const INTERVAL: Duration = Duration::from_secs(30);

/// A folder that holds everything of a run, and from which it goes on, however it was left: by an interruption, a signal
/// that nobody can catch, a power cut. The result is the same, bit for bit, as if it had not been left.
///
/// | file | what |
/// |---|---|
/// | `config.toml` | the config, where there is one; [`RunConfig::read`] repeats the run |
/// | `metrics.jsonl`, `metrics.csv` | an [`EpochRecord`](crate::EpochRecord) a line |
/// | `diagnostics.jsonl` | a [`Snapshot`](crate::diagnostics::Snapshot) a line, of the steps 1, 2, 4, 8, ... |
/// | `events.out.tfevents.gradlens` | the same for TensorBoard, with histograms of weights, gradients and activations |
/// | `checkpoints/` | the last few, by step |
/// | `model.safetensors`, `report.html` | the network and what was seen, when the run has ended |
/// | `lock` | keeps a second process out |
///
/// What cannot be written, as the disk is full, does not end the training: [`note`](Self::note) tells of it, it is tried
/// again, and [`finish`](Self::finish) returns the error if it still stands.
///
/// ```
/// use gradlens::diagnostics::Diagnostics;
/// use gradlens::runs::RunFolder;
/// # use gradlens::{Adam, Dataset, Dense, Sequential, SoftmaxCrossEntropy, Trainer};
/// # let data = Dataset::classes(ndarray::array![[0.0], [1.0]], vec![0, 1], 2)?;
/// # let temporary = tempfile::tempdir().unwrap();
/// # let path = temporary.path().join("run");
/// // The same lines, run again, go on where they were left.
/// let mut net = Sequential::input(1).layer(Dense::new(2)).head(SoftmaxCrossEntropy::default()).build()?;
/// let mut folder = RunFolder::open(&path)?.every(100);
/// let mut seen = Diagnostics::new();
/// let report = folder.fit(Trainer::new(Adam::default()).epochs(5), &mut net, &data, &mut seen)?;
/// folder.finish(None, &seen)?;
/// assert_eq!(std::fs::read_to_string(path.join("metrics.jsonl")).unwrap().lines().count(), 5);
/// # Ok::<(), gradlens::Error>(())
/// ```
pub struct RunFolder {
    path: PathBuf,
    /// Held as long as this value is.
    lock: File,
    every: Option<u64>,
    keep: usize,
    note: Box<dyn Fn(&str)>,
    settings: Vec<(String, Value)>,
    /// What could not be written, and still is not.
    trouble: Option<Error>,
    /// Whether that was told.
    told: bool,
}

impl fmt::Debug for RunFolder {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("RunFolder")
            .field("path", &self.path)
            .field("every", &self.every)
            .finish_non_exhaustive()
    }
}

impl RunFolder {
    /// Opens a folder, or makes it.
    ///
    /// # Errors
    /// [`Error::Io`] for one that cannot be written; [`Error::File`] where another process trains in it, or where it holds
    /// files of something else.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let cannot = |error| Error::Io {
            path: path.clone(),
            action: "use this folder for a run",
            error,
            remedy: "choose another".into(),
        };
        let checkpoints = path.join(CHECKPOINTS);
        fs::create_dir_all(&path).map_err(cannot)?;
        // A lock without a mark is of a process that is just making the folder its own.
        let is_lock = |entry: &fs::DirEntry| {
            entry.file_name() == LOCK && entry.metadata().is_ok_and(|metadata| metadata.len() == 0)
        };
        let others = || -> Result<bool> {
            Ok(fs::read_dir(&path).map_err(cannot)?.flatten().any(|entry| !is_lock(&entry)))
        };
        let is_ours = || fs::read_to_string(path.join(LOCK)).is_ok_and(|text| text.starts_with(MARK));
        if !is_ours() && others()? && !is_ours() {
            let expected = "an empty folder, a new one, or one of a run";
            return Err(Error::file(&path, "files of something else", expected, "choose another folder"));
        }
        let lock = File::options().write(true).create(true).truncate(false).open(path.join(LOCK));
        let mut lock = lock.map_err(cannot)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::Error(error)) => return Err(cannot(error)),
            Err(TryLockError::WouldBlock) => {
                let holder = fs::read_to_string(path.join(LOCK)).unwrap_or_default();
                let found = format!(
                    "another process ({}) that trains in this folder",
                    holder.trim_start_matches(MARK).trim()
                );
                return Err(Error::file(&path, found, "none", "wait for it, or choose another folder"));
            }
        }
        // Of one length, so that the mark is there all the time.
        let named = lock.write_all(format!("{MARK}{:>10}\n", std::process::id()).as_bytes());
        named.and_then(|()| fs::create_dir_all(&checkpoints)).map_err(cannot)?;
        for folder in [&path, &checkpoints] {
            for entry in fs::read_dir(folder).map_err(cannot)?.flatten() {
                if file::temporary_of(&entry.path()).is_some() {
                    let _ = fs::remove_file(entry.path()); // of a process that was killed; it does no harm
                }
            }
        }
        let note = Box::new(|_: &str| {});
        Ok(RunFolder { path, lock, every: None, keep: 3, note, settings: vec![], trouble: None, told: false })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a checkpoint after every so many steps. Default: after every half minute.
    pub fn every(self, steps: u64) -> Self {
        RunFolder { every: Some(steps.max(1)), ..self }
    }

    /// How many checkpoints stay. Default: 3.
    pub fn keep(self, checkpoints: usize) -> Self {
        RunFolder { keep: checkpoints.max(1), ..self }
    }

    /// Tells of what a user should know: a run that goes on, a checkpoint that is damaged, what could not be written.
    pub fn note(self, tell: impl Fn(&str) + 'static) -> Self {
        RunFolder { note: Box::new(tell), ..self }
    }

    /// Puts the config of the run into the folder, or compares it with the one that is there. How many threads there are
    /// does not count.
    ///
    /// # Errors
    /// [`Error::File`] naming every difference; [`Error::Io`] if it cannot be read or written.
    pub fn config(&mut self, config: &RunConfig) -> Result<()> {
        let path = self.path.join(CONFIG);
        let text = config.clone().moved_to(&self.path).to_toml();
        // What the file says, as the layers may say it in place of other keys.
        let known = |config: RunConfig| {
            let keys = KEYS.iter().filter(|key| key.name != "threads");
            keys.filter_map(|key| Some((key.name.to_string(), key.get(&config)?))).collect::<Vec<_>>()
        };
        self.settings = known(RunConfig::from_toml(&text)?);
        if !path.exists() {
            return file::write(&path, text.as_bytes());
        }
        let texts = |settings: &[(String, Value)]| {
            settings.iter().map(|(name, value)| (name.clone(), value.to_string())).collect::<BTreeMap<_, _>>()
        };
        same(&self.path, &texts(&known(RunConfig::read(&path)?)), &texts(&self.settings))
    }

    /// Trains, or goes on with the training that was left. The logs of the folder are written as it goes on; the
    /// diagnostics, too, have everything from the first step on.
    ///
    /// When the run is interrupted ([`Trainer::interrupt`]) a checkpoint is written first.
    ///
    /// # Errors
    /// As [`Trainer::fit`]; [`Error::File`] where the checkpoints are of a run with other settings or samples, with
    /// every difference, or where all are damaged.
    pub fn fit<'a, T: Scalar>(
        &mut self,
        mut trainer: Trainer<'a, T>,
        net: &mut Sequential<T>,
        data: &Dataset<T>,
        seen: &mut Diagnostics<T>,
    ) -> Result<Report> {
        let interrupt = trainer.take_interrupt();
        let mut about = About::here(trainer.settings(), net, data);
        let mut goes_on = None;
        if let Some(found) = self.newest(net, &about)? {
            goes_on =
                Some(format!("after step {}, epoch {}", found.state.steps(), found.state.epochs().len()));
            if found.about.may_differ(&about) {
                let (before, here) = (&found.about.vectors, &about.vectors);
                (self.note)(&format!(
                    "the run began on a processor with {before}, and this one has {here}: its bits may differ"
                ));
            }
            *net = found.net;
            seen.go_on_with(found.seen);
            trainer = trainer.resume(found.state);
            about.logs = found.about.logs;
        }
        let (recorder, shorter) = Recorder::open(&self.path, &about.logs, &self.settings, seen)?;
        for name in shorter {
            (self.note)(&format!(
                "{}: shorter than it was when the run was left; what is missing stays so",
                self.path.join(name).display()
            ));
        }
        let recorder = RefCell::new(recorder);
        let stride = Cell::new(1);
        let losses = watch(|event: &Event<'_, T>| match event {
            // A hundred points an epoch are more than a picture has room for.
            Event::Start { steps_per_epoch, .. } => stride.set((*steps_per_epoch as u64 / 100).max(1)),
            Event::Step(at) => recorder.borrow_mut().loss(at),
            _ => {}
        });
        let trainer = trainer
            .observe(powers_of_two(), Shared(&recorder))
            .observe(|step| step.is_multiple_of(stride.get()), losses);
        let mut run = trainer.start(net, data)?;
        let mut saved = Instant::now();
        let mut go_on = || -> Result<()> {
            loop {
                if interrupt.is_some_and(|flag| flag.load(Relaxed)) {
                    self.save(&run, &recorder, &about);
                    return run.stop();
                }
                let step = run.step()?;
                if let Some(place) = goes_on.take() {
                    let what = if step.is_some() { "goes on" } else { "the run had ended" };
                    (self.note)(&format!("{}: {what} {place}", self.path.display()));
                }
                let Some(step) = step else {
                    self.save(&run, &recorder, &about);
                    return Ok(());
                };
                let due = self
                    .every
                    .map_or_else(|| saved.elapsed() >= INTERVAL, |steps| step.step.is_multiple_of(steps));
                if due {
                    self.save(&run, &recorder, &about);
                    saved = Instant::now();
                }
            }
        };
        let result = go_on();
        let mut recorder = recorder.borrow_mut();
        recorder.end(result.is_ok());
        self.trouble = self.trouble.take().or(recorder.trouble.take());
        result.map(|()| run.report())
    }

    /// The newest checkpoint that can be used. Newer ones are set aside.
    fn newest<T: Scalar>(&self, net: &Sequential<T>, about: &About) -> Result<Option<Checkpoint<T>>> {
        let mut damaged = vec![];
        for (_, path) in self.checkpoints()?.into_iter().rev() {
            match Checkpoint::read(&path, net, |before| before.check(about, &self.path)) {
                Ok(found) => {
                    // Or they would count among the last few.
                    damaged
                        .iter()
                        .for_each(|path: &PathBuf| drop(fs::rename(path, path.with_extension("damaged"))));
                    return Ok(Some(found));
                }
                Err(Unusable::Other(error)) => return Err(error),
                Err(Unusable::Damaged(error)) => {
                    (self.note)(&error.to_string());
                    damaged.push(path);
                }
            }
        }
        if damaged.is_empty() {
            return Ok(None);
        }
        let remedy = "choose another folder, or delete the checkpoints to begin anew";
        Err(Error::file(&self.path.join(CHECKPOINTS), "no checkpoint that is whole", "one", remedy))
    }

    /// The checkpoints there are, by step.
    fn checkpoints(&self) -> Result<Vec<(u64, PathBuf)>> {
        let folder = self.path.join(CHECKPOINTS);
        let entries = fs::read_dir(&folder).map_err(|error| Error::Io {
            path: folder.clone(),
            action: "list the checkpoints",
            error,
            remedy: "check the folder's permissions".into(),
        })?;
        let step = |path: &Path| {
            path.file_name()?.to_str()?.strip_prefix("step-")?.strip_suffix(".safetensors")?.parse().ok()
        };
        let paths = entries.flatten().map(|entry| entry.path());
        let mut found: Vec<(u64, PathBuf)> = paths.filter_map(|path| Some((step(&path)?, path))).collect();
        found.sort();
        Ok(found)
    }

    /// Refuses a folder that is no longer there or no longer this process's own: somebody may have deleted it and begun
    /// another run in its place.
    fn held(&self) -> Result<()> {
        let same = |found: fs::Metadata| {
            let held = self.lock.metadata().ok();
            held.is_some_and(|held| file::identity(&held) == file::identity(&found))
        };
        match fs::metadata(self.path.join(LOCK)).is_ok_and(same) {
            true => Ok(()),
            false => {
                Err(Error::file(&self.path, "it deleted or moved", "the folder of the run", "let it stay"))
            }
        }
    }

    /// Writes a checkpoint, and lets the oldest go. What goes wrong is told, the first time.
    fn save<T: Scalar>(&mut self, run: &Run<'_, T>, recorder: &RefCell<Recorder<'_, T>>, about: &About) {
        let mut recorder = recorder.borrow_mut();
        recorder.flush(true);
        let (net, state) = run.capture();
        let about = About { logs: recorder.lengths(), ..about.clone() };
        let path = self.path.join(CHECKPOINTS).join(format!("step-{:012}.safetensors", state.steps()));
        let checkpoint = Checkpoint { net, state, seen: recorder.seen.history.clone(), about };
        let written = self.held().and_then(|()| checkpoint.write(&path)).and_then(|()| self.forget());
        self.trouble = written.err();
        let trouble = self.trouble.as_ref().or(recorder.trouble.as_ref());
        if let Some(error) = trouble.filter(|_| !self.told) {
            (self.note)(&format!("{error}; the training goes on, and it is tried again"));
        }
        self.told = trouble.is_some();
    }

    /// Deletes all checkpoints but the last few.
    fn forget(&self) -> Result<()> {
        let mut all = self.checkpoints()?;
        all.truncate(all.len().saturating_sub(self.keep));
        // What cannot be deleted only takes room.
        all.iter().for_each(|(_, path)| drop(fs::remove_file(path)));
        Ok(())
    }

    /// Writes the network and the report.
    ///
    /// # Errors
    /// [`Error::Io`] if they, or anything before, could not be written. Of several errors the others are
    /// [told](Self::note).
    pub fn finish<T: Scalar>(&mut self, model: Option<&Model<T>>, seen: &Diagnostics<T>) -> Result<()> {
        let mut errors: Vec<Error> = self.trouble.take().into_iter().collect();
        match self.held() {
            Err(gone) => errors = vec![gone],
            Ok(()) => {
                errors.extend(model.and_then(|model| model.save(self.path.join(MODEL)).err()));
                #[cfg(feature = "report")]
                errors.extend(seen.write_html(self.path.join(REPORT)).err());
            }
        }
        let _ = seen;
        let Some(last) = errors.pop() else { return Ok(()) };
        errors.iter().for_each(|error| (self.note)(&error.to_string()));
        Err(last)
    }
}

/// A recorder that is looked at between the steps.
struct Shared<'a, 'b, T: Scalar>(&'a RefCell<Recorder<'b, T>>);

impl<T: Scalar> Observer<T> for Shared<'_, '_, T> {
    fn observe(&mut self, event: &Event<'_, T>) {
        self.0.borrow_mut().observe(event);
    }

    fn wants_gradients(&self) -> bool {
        true
    }
}
