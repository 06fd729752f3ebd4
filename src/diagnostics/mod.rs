//! Where the gradient goes: measured at the steps of a run, explained, and shown.
//!
//! [`Diagnostics`] watches a [`Trainer`](crate::Trainer). It reads the network's buffers after a
//! backward pass; layers know nothing of it, and steps that are not observed pay nothing. What it
//! measured stands in [`Snapshot`]s, and [`Diagnostics::diagnosis`] says which of the known
//! illnesses they show.
//!
//! ```
//! use gradlens::diagnostics::{Diagnostics, powers_of_two};
//! use gradlens::{Dataset, Dense, Init, Sequential, Sgd, Sigmoid, SoftmaxCrossEntropy, Trainer};
//! use ndarray::Array2;
//!
//! // Ten layers of sigmoids: every one takes three quarters of the gradient and more.
//! let mut builder = Sequential::input(20);
//! for _ in 0..10 {
//!     builder = builder.layer(Dense::new(30)).layer(Sigmoid);
//! }
//! let mut net = builder.layer(Dense::new(3)).head(SoftmaxCrossEntropy::default()).build()?;
//! let inputs = Array2::from_shape_fn((90, 20), |(i, j)| ((i * 20 + j) as f32).sin());
//! let data = Dataset::classes(inputs, (0..90).map(|i| i % 3).collect(), 3)?;
//!
//! let mut report = Diagnostics::new();
//! Trainer::new(Sgd::default()).epochs(3).observe(powers_of_two(), &mut report).fit(&mut net, &data)?;
//! let diagnosis = report.diagnosis();
//! assert_eq!(diagnosis.verdict.illness.to_string(), "vanishing-slope");
//! println!("{diagnosis}");
//! # Ok::<(), gradlens::Error>(())
//! ```

mod data_record;
mod distribution;
mod jacobian;
mod measure;
mod record;
mod rules;
mod stage;
mod table;
mod theory;
mod thresholds;
mod verdict;

pub use data_record::{ColumnRecord, DataRecord};
pub use distribution::{Distribution, QUANTILES};
pub use jacobian::SingularValues;
pub use record::{HeadRecord, LayerRecord, ParamRecord, Snapshot};
pub use thresholds::Thresholds;
pub use verdict::{Diagnosis, Finding, Illness, LayerVerdict, Remedy, Severity, Verdict};

use crate::data::dataset::Dataset;
use crate::error::{Error, Result};
use crate::file;
use crate::nn::layer::Mode;
use crate::train::observers::{At, Event, Observer};
use crate::train::record::EpochRecord;
use gradlens_kernel::Scalar;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Observes the steps 1, 2, 4, 8 and so on: much at the beginning, where most happens, and little later.
///
/// ```
/// let when = gradlens::diagnostics::powers_of_two();
/// assert_eq!((1..20).filter(|&step| when(step)).collect::<Vec<_>>(), [1, 2, 4, 8, 16]);
/// ```
pub fn powers_of_two() -> impl Fn(u64) -> bool {
    |step| step.is_power_of_two()
}

/// Observes the first step only: the network as it was initialised.
pub fn at_initialisation() -> impl Fn(u64) -> bool {
    |step| step == 1
}

/// Observes the first `count` steps of every epoch.
///
/// ```
/// let when = gradlens::diagnostics::first_of_epochs(2, 5);
/// assert_eq!((1..14).filter(|&step| when(step)).collect::<Vec<_>>(), [1, 2, 6, 7, 11, 12]);
/// ```
pub fn first_of_epochs(count: u64, steps_per_epoch: u64) -> impl Fn(u64) -> bool {
    move |step| (step - 1) % steps_per_epoch.max(1) < count
}

/// Watches a run and remembers what it saw.
///
/// Snapshots are of the current batch, as training computes it, or of a fixed [`probe`](Self::probe) set.
///
/// ```
/// # use gradlens::diagnostics::{Diagnostics, powers_of_two};
/// # use gradlens::{Dataset, Dense, Sequential, Sgd, Sigmoid, SoftmaxCrossEntropy, Trainer};
/// # let inputs = ndarray::Array2::from_shape_fn((90, 20), |(i, j)| ((i * 20 + j) as f32).sin());
/// # let data = Dataset::classes(inputs, (0..90).map(|i| i % 3).collect(), 3)?;
/// # let mut builder = Sequential::input(20);
/// # for _ in 0..10 {
/// #     builder = builder.layer(Dense::new(30)).layer(Sigmoid);
/// # }
/// # let mut net = builder.layer(Dense::new(3)).head(SoftmaxCrossEntropy::default()).build()?;
/// let mut seen = Diagnostics::new();
/// Trainer::new(Sgd::new(0.1)).epochs(3).observe(powers_of_two(), &mut seen).fit(&mut net, &data)?;
/// for snapshot in seen.snapshots() {
///     println!("step {}: loss {:.3}", snapshot.step, snapshot.loss);
/// }
/// println!("{}\n{}", seen.table(0), seen.diagnosis());
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Diagnostics<T: Scalar = f32> {
    probe: Option<Dataset<T>>,
    jacobian: bool,
    most: usize,
    thresholds: Thresholds,
    pub(crate) history: History,
    /// What was seen of the same run before it was left.
    before_it_was_left: Option<History>,
    /// The weights before the step that is being observed.
    before: Vec<T>,
}

/// Everything that was seen.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct History {
    /// The network, printed.
    pub(crate) network: String,
    pub(crate) parameters: usize,
    /// What dropout leaves, where there is any.
    #[serde(skip)]
    kept: Option<Kept>,
    pub(crate) snapshots: Vec<Snapshot>,
    pub(crate) epochs: Vec<EpochRecord>,
    failure: Option<Failure>,
    /// What is known of all samples.
    data: Option<DataRecord>,
    /// The same of the samples to measure on.
    test: Option<DataRecord>,
    /// Whether the network was trained before.
    #[serde(skip)]
    trained: bool,
    /// How many samples a step takes, where that is known.
    #[serde(skip)]
    batch: Option<usize>,
    /// Whether they come in the order of the file.
    #[serde(skip)]
    in_order: bool,
}

/// How many snapshots are kept: at 20 kB for one of a deep network, 5 MB.
const MOST_SNAPSHOTS: usize = 256;

impl History {
    /// If there are more than `most`, every other one goes, but for those at powers of two and the last. What is old has been
    /// thinned out often, what is new seldom.
    fn thin_out(&mut self, most: usize) {
        if self.snapshots.len() <= most {
            return;
        }
        let last = self.snapshots.last().map_or(0, |snapshot| snapshot.step);
        let mut stays = false;
        self.snapshots.retain(|snapshot| {
            if snapshot.step.is_power_of_two() || snapshot.step == last {
                return true;
            }
            stays = !stays;
            stays
        });
    }
}

/// The diagnostics as a document.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    history: &'a History,
    diagnosis: Diagnosis,
}

/// What dropout leaves.
#[derive(Debug, Clone, Copy)]
struct Kept {
    /// Units of the layer that keeps the fewest, on average.
    units: f64,
    /// The product of the shares, over the layers.
    share: f64,
}

impl Kept {
    fn of<T: Scalar>(net: &crate::nn::Sequential<T>) -> Option<Self> {
        // Past a residual block there is a way that nothing is dropped from.
        let passed = |index: &usize| {
            (index + 1..net.layers().len())
                .filter_map(|end| net.block_below(end))
                .any(|block| block.contains(index))
        };
        let layers = (0..net.layers().len()).filter(|index| !passed(index));
        let dropping = layers.map(|index| net.layers()[index].spec()).filter(|spec| spec.drops > 0.0);
        dropping.fold(None, |kept, spec| {
            let (units, share) = kept.map_or((f64::INFINITY, 1.0), |kept: Kept| (kept.units, kept.share));
            let here = 1.0 - spec.drops;
            Some(Kept { units: units.min(here * spec.output_len as f64), share: share * here })
        })
    }
}

/// How a run failed.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Failure {
    step: u64,
    message: String,
    /// Whether all numbers are finite. Snapshots then show what is wrong.
    #[serde(skip)]
    diverged: bool,
}

impl<T: Scalar> Default for Diagnostics<T> {
    fn default() -> Self {
        Diagnostics {
            probe: None,
            jacobian: false,
            most: MOST_SNAPSHOTS,
            thresholds: Thresholds::default(),
            history: History::default(),
            before_it_was_left: None,
            before: vec![],
        }
    }
}

impl Diagnostics<f32> {
    /// Diagnostics of a network in f32; for f64 use `Diagnostics::default()`.
    pub fn new() -> Self {
        Self::default()
    }
}

impl<T: Scalar> Diagnostics<T> {
    /// Measures these samples, without dropout, rather than the current batch. A few hundred make
    /// the shares of dead and saturated units reliable.
    pub fn probe(self, samples: Dataset<T>) -> Self {
        Diagnostics { probe: Some(samples), ..self }
    }

    /// Judges the samples as well: the scale of every column, targets that are all the same or far from what outputs
    /// start at.
    pub fn samples(mut self, samples: &Dataset<T>) -> Self {
        self.history.data = Some(DataRecord::of(samples));
        self
    }

    /// Compares the samples to train on with these to measure on, column by column: were they prepared alike?
    pub fn compare(mut self, test: &Dataset<T>) -> Self {
        self.history.test = Some(DataRecord::of(test));
        self
    }

    /// Says that the network was trained before: its first step is not one at initialisation.
    pub fn trained(mut self) -> Self {
        self.history.trained = true;
        self
    }

    /// Says how many samples a step takes, and whether every epoch takes them in a new order.
    pub fn batches(mut self, samples: usize, shuffled: bool) -> Self {
        self.history.batch = Some(samples);
        self.history.in_order = !shuffled;
        self
    }

    /// How many snapshots are kept at most. Beyond, every other one goes, but for those at steps that are powers of two (64 at
    /// most) and the last one. Default: 256.
    ///
    /// A snapshot takes about a kilobyte for each layer.
    ///
    /// ```
    /// # use gradlens::diagnostics::{Diagnostics, at_initialisation};
    /// # use gradlens::{Dataset, Dense, IdentityMse, Sequential, Sgd, Trainer, every};
    /// # let data = Dataset::new(ndarray::array![[0.0_f32], [1.0]], ndarray::array![[0.0], [1.0]])?;
    /// # let mut net = Sequential::input(1).layer(Dense::new(1)).head(IdentityMse).build()?;
    /// let mut seen = Diagnostics::new().keep(20);
    /// Trainer::new(Sgd::new(0.1)).epochs(500).observe(every(1), &mut seen).fit(&mut net, &data)?;
    /// let steps: Vec<u64> = seen.snapshots().iter().map(|snapshot| snapshot.step).collect();
    /// assert!(steps.len() <= 20 && steps.contains(&256) && steps.last() == Some(&500));
    /// # Ok::<(), gradlens::Error>(())
    /// ```
    pub fn keep(self, snapshots: usize) -> Self {
        Diagnostics { most: snapshots.max(1), ..self }
    }

    /// Measures the singular values of every dense layer's Jacobian as well, which takes some n^3
    /// operations for n units. Default: off.
    pub fn jacobian(self, wanted: bool) -> Self {
        Diagnostics { jacobian: wanted, ..self }
    }

    /// Judges by other thresholds than the default ones.
    pub fn thresholds(self, thresholds: Thresholds) -> Self {
        Diagnostics { thresholds, ..self }
    }

    /// Keeps what was seen when the next run begins, which goes on where the one that was seen was left.
    ///
    /// ```
    /// # use gradlens::diagnostics::Diagnostics;
    /// # use gradlens::{Adam, Dataset, Dense, Sequential, SoftmaxCrossEntropy, Trainer, every};
    /// # let data = Dataset::classes(ndarray::array![[0.0], [1.0]], vec![0, 1], 2)?;
    /// # let mut net = Sequential::input(1).layer(Dense::new(2)).head(SoftmaxCrossEntropy::default()).build()?;
    /// let trainer = || Trainer::new(Adam::default()).epochs(5);
    /// let mut seen = Diagnostics::new();
    /// let mut run = trainer().observe(every(1), &mut seen).start(&mut net, &data)?;
    /// run.step()?;
    /// let state = run.into_state();
    /// seen.go_on();
    /// trainer().resume(state).observe(every(1), &mut seen).fit(&mut net, &data)?;
    /// assert_eq!(seen.snapshots().len(), 5);
    /// # Ok::<(), gradlens::Error>(())
    /// ```
    pub fn go_on(&mut self) {
        let (snapshots, epochs) = (self.history.snapshots.clone(), self.history.epochs.clone());
        self.before_it_was_left = Some(History { snapshots, epochs, ..History::default() });
    }

    /// Goes on with what was seen of the run before it was left.
    #[cfg(feature = "models")]
    pub(crate) fn go_on_with(&mut self, history: History) {
        self.before_it_was_left = Some(history);
    }

    /// What was measured, in the order of the steps.
    pub fn snapshots(&self) -> &[Snapshot] {
        &self.history.snapshots
    }

    /// What the run reported at the end of every epoch.
    pub fn epochs(&self) -> &[EpochRecord] {
        &self.history.epochs
    }

    /// Which illness the snapshots show, and what to do.
    pub fn diagnosis(&self) -> Diagnosis {
        rules::diagnose(&self.history, &self.thresholds)
    }

    /// A table of one snapshot, a row a layer; empty if there is no such snapshot.
    pub fn table(&self, snapshot: usize) -> String {
        self.table_within(snapshot, usize::MAX)
    }

    /// The same in lines of at most so many characters: columns that are needed least are left out, down to layer, saturation,
    /// gradient, ratio and verdict.
    pub fn table_within(&self, snapshot: usize, columns: usize) -> String {
        let table = |snapshot| table::table_within(snapshot, &self.diagnosis(), columns);
        self.history.snapshots.get(snapshot).map(table).unwrap_or_default()
    }

    /// Everything measured, and the diagnosis, as one JSON value, an object for each record with the fields
    /// of the type that stands behind it. Numbers that are not finite become null.
    ///
    /// | where | what | fields |
    /// |---|---|---|
    /// | `network` | the network, printed | text |
    /// | `parameters` | how many | number |
    /// | `snapshots[]` | each snapshot | [`Snapshot`] |
    /// | `snapshots[].input` | the inputs | [`Distribution`] |
    /// | `snapshots[].layers[]` | each layer with weights, the output last | [`LayerRecord`] |
    /// | `snapshots[].layers[].pre`, `post`, `delta` | pre-activations, activations, gradients | [`Distribution`] |
    /// | `snapshots[].layers[].params[]` | weights, then biases | [`ParamRecord`] |
    /// | `snapshots[].head` | the output head | [`HeadRecord`] |
    /// | `epochs[]` | each epoch | [`EpochRecord`] |
    /// | `data`, `test` | the samples, if they are known | [`DataRecord`] |
    /// | `failure` | how the run failed, or null | `step`, `message` |
    /// | `diagnosis.verdict`, `also[]` | what is wrong | [`Verdict`] |
    /// | `diagnosis.layers[]` | the same of each layer | [`LayerVerdict`] |
    /// | `...evidence[]` | the numbers it rests on | [`Finding`] |
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self.document()).unwrap_or_default()
    }

    /// Writes [`to_json`](Self::to_json) to a file.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be written whole; an old one then stays as it was.
    pub fn write_json(&self, path: impl AsRef<Path>) -> Result<()> {
        file::write_by(path, |out| {
            // Straight from the records: a tree of JSON values takes ten times their room.
            serde_json::to_writer_pretty(&mut *out, &self.document())?;
            out.write_all(b"\n")
        })
    }

    fn document(&self) -> Document<'_> {
        Document { history: &self.history, diagnosis: self.diagnosis() }
    }

    fn take_snapshot(&mut self, at: &At<'_, T>) {
        let snapshot = match &self.probe {
            None => measure::snapshot(at, self.jacobian, &self.thresholds),
            Some(probe) => {
                let rows: Vec<usize> = (0..probe.len()).collect();
                let mut workspace = at.net.workspace(rows.len());
                let loss = at.net.forward_backward(&mut workspace, probe, &rows, Mode::Probe);
                let written = at.net.param_gradients(&mut workspace, Mode::Probe);
                written.expect("the run has computed them before");
                measure::snapshot(&At { loss, workspace: &workspace, ..*at }, self.jacobian, &self.thresholds)
            }
        };
        self.history.snapshots.push(snapshot);
        self.history.thin_out(self.most);
        self.before.clear();
        self.before.extend_from_slice(at.net.params());
    }
}

impl<T: Scalar> Observer<T> for Diagnostics<T> {
    fn observe(&mut self, event: &Event<'_, T>) {
        match event {
            Event::Start { net, .. } => {
                let seen = self.before_it_was_left.take().unwrap_or_default();
                self.history = History {
                    data: self.history.data.take(),
                    test: self.history.test.take(),
                    batch: self.history.batch,
                    trained: self.history.trained,
                    in_order: self.history.in_order,
                    network: net.to_string(),
                    parameters: net.params().len(),
                    kept: Kept::of(net),
                    snapshots: seen.snapshots,
                    epochs: seen.epochs,
                    failure: None,
                };
            }
            Event::Gradients(at) => self.take_snapshot(at),
            Event::Step(at) => {
                if let Some(snapshot) =
                    self.history.snapshots.last_mut().filter(|snapshot| snapshot.step == at.step)
                {
                    measure::add_updates(snapshot, at.net, &self.before);
                }
            }
            Event::Epoch { record, .. } => self.history.epochs.push((*record).clone()),
            Event::Failed { error } => {
                let step = match error {
                    Error::NotFinite { step, .. } | Error::Diverged { step, .. } => *step,
                    _ => 0,
                };
                let diverged = matches!(error, Error::Diverged { .. });
                self.history.failure = Some(Failure { step, message: error.to_string(), diverged });
            }
            Event::EpochStart { .. } | Event::End { .. } => {}
        }
    }

    fn wants_gradients(&self) -> bool {
        true
    }
}
