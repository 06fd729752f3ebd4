//! The settings of a training run.

use crate::error::{Error, Result};
use crate::random::{self, Purpose};
use crate::train::observers::{Event, Observer, watch, watch_gradients};
use crate::train::optimizer::Optimizer;
use crate::train::schedule::Schedule;
use crate::train::schedules::Constant;
use crate::train::state::RunState;
use gradlens_kernel::Scalar;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Trains a network on a data set.
///
/// Defaults: 10 epochs, batches of 64, every epoch shuffled by the network's seed, no validation, a
/// constant rate, no clipping. The last batch of an epoch holds what is left.
///
/// ```
/// use gradlens::{Adam, Dataset, Dense, Sequential, SoftmaxCrossEntropy, Tanh, Trainer};
/// use ndarray::array;
/// let xor = Dataset::classes(array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], vec![0, 1, 1, 0], 2)?;
/// let mut net = Sequential::input(2)
///     .layer(Dense::new(8))
///     .layer(Tanh)
///     .layer(Dense::new(2))
///     .head(SoftmaxCrossEntropy::default())
///     .build()?;
/// let report = Trainer::new(Adam::new(0.05)).epochs(200).fit(&mut net, &xor)?;
/// assert_eq!(report.epochs.last().unwrap().train_accuracy, Some(1.0));
/// # Ok::<(), gradlens::Error>(())
/// ```
pub struct Trainer<'a, T: Scalar = f32> {
    pub(super) optimizer: Box<dyn Optimizer<T>>,
    pub(super) schedule: Box<dyn Schedule>,
    pub(super) epochs: usize,
    pub(super) max_steps: u64,
    pub(super) batch: usize,
    pub(super) shuffle: bool,
    validation: f64,
    pub(super) patience: Option<usize>,
    pub(super) clip_norm: Option<f64>,
    interrupt: Option<&'a AtomicBool>,
    observers: Vec<Watch<'a, T>>,
    pub(super) begin: Begin<T>,
}

struct Watch<'a, T: Scalar> {
    when: Box<dyn Fn(u64) -> bool + 'a>,
    observer: Box<dyn Observer<T> + 'a>,
}

/// How a run begins.
#[derive(Debug, Clone)]
pub(super) enum Begin<T: Scalar> {
    /// With a network that no run has trained.
    New,
    /// With step 1, whatever the network has seen.
    Anew,
    /// Where another run was.
    From(Box<RunState<T>>),
}

impl<T: Scalar> fmt::Debug for Trainer<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Trainer")
            .field("optimizer", &self.optimizer)
            .field("schedule", &self.schedule)
            .field("epochs", &self.epochs)
            .field("batch", &self.batch)
            .field("observers", &self.observers.len())
            .finish_non_exhaustive()
    }
}

impl<'a, T: Scalar> Trainer<'a, T> {
    /// A trainer with this optimiser.
    pub fn new(optimizer: impl Into<Box<dyn Optimizer<T>>>) -> Self {
        Trainer {
            optimizer: optimizer.into(),
            schedule: Box::new(Constant),
            epochs: 10,
            max_steps: u64::MAX,
            batch: 64,
            shuffle: true,
            validation: 0.0,
            patience: None,
            clip_norm: None,
            interrupt: None,
            observers: vec![],
            begin: Begin::New,
        }
    }

    /// Passes over the training set. Default: 10.
    pub fn epochs(self, epochs: usize) -> Self {
        Trainer { epochs, ..self }
    }

    /// Ends the run after so many steps, in the middle of an epoch if need be; schedules are laid over as
    /// many. Default: when all epochs are done.
    pub fn steps(self, steps: u64) -> Self {
        Trainer { max_steps: steps, ..self }
    }

    /// Samples a step. Default: 64.
    pub fn batch(self, batch: usize) -> Self {
        Trainer { batch, ..self }
    }

    /// How the learning rate changes over the run. Default: not.
    pub fn schedule(self, schedule: impl Into<Box<dyn Schedule>>) -> Self {
        Trainer { schedule: schedule.into(), ..self }
    }

    /// Whether every epoch takes the samples in a new order, drawn from the network's seed.
    /// Default: yes.
    pub fn shuffle(self, shuffle: bool) -> Self {
        Trainer { shuffle, ..self }
    }

    /// Share of the samples that is set aside, drawn from the network's seed, to measure the progress
    /// on. Default: none.
    pub fn validation(self, share: f64) -> Self {
        Trainer { validation: share, ..self }
    }

    /// Ends the run when the validation loss has not improved for so many epochs. However the run ends,
    /// but for an error, the network then has the weights of the best epoch. Needs
    /// [`validation`](Self::validation). Default: off.
    pub fn patience(self, epochs: usize) -> Self {
        Trainer { patience: Some(epochs), ..self }
    }

    /// Scales gradients down to this norm, taken over all parameters (Pascanu, Mikolov and Bengio,
    /// ICML 2013, algorithm 1). Default: off.
    pub fn clip_norm(self, norm: f64) -> Self {
        Trainer { clip_norm: Some(norm), ..self }
    }

    /// Ends the run after the current step once this becomes true; the network keeps what it
    /// learned. Set it from a signal handler, say.
    pub fn interrupt(self, flag: &'a AtomicBool) -> Self {
        Trainer { interrupt: Some(flag), ..self }
    }

    /// Lets an observer watch the run: every event, and of the steps those for which `when` is true. With a
    /// function for all steps, [`on_event`](Self::on_event) or [`on_gradients`](Self::on_gradients) is
    /// shorter.
    pub fn observe(mut self, when: impl Fn(u64) -> bool + 'a, observer: impl Observer<T> + 'a) -> Self {
        self.observers.push(Watch { when: Box::new(when), observer: Box::new(observer) });
        self
    }

    /// As [`observe`](Self::observe), for every step, with a function that is not told of gradients.
    ///
    /// ```
    /// # use gradlens::{Dataset, Dense, Event, Sequential, Sgd, SoftmaxCrossEntropy, Trainer};
    /// # let data = Dataset::classes(ndarray::array![[0.0], [1.0]], vec![0, 1], 2)?;
    /// # let mut net = Sequential::input(1).layer(Dense::new(2)).head(SoftmaxCrossEntropy::default()).build()?;
    /// let mut losses = vec![];
    /// Trainer::new(Sgd::default())
    ///     .epochs(3)
    ///     .on_event(|event| {
    ///         if let Event::Step(at) = event {
    ///             losses.push(at.loss);
    ///         }
    ///     })
    ///     .fit(&mut net, &data)?;
    /// assert_eq!(losses.len(), 3);
    /// # Ok::<(), gradlens::Error>(())
    /// ```
    pub fn on_event(self, function: impl FnMut(&Event<'_, T>) + 'a) -> Self {
        self.observe(|_| true, watch(function))
    }

    /// As [`on_event`](Self::on_event), with a function that is told of [`Event::Gradients`] too.
    pub fn on_gradients(self, function: impl FnMut(&Event<'_, T>) + 'a) -> Self {
        self.observe(|_| true, watch_gradients(function))
    }

    /// Begins anew with a network that was trained before: with step 1, an optimiser that remembers nothing,
    /// and the weights as they are. Without this or [`resume`](Self::resume) such a network is refused.
    pub fn restart(self) -> Self {
        Trainer { begin: Begin::Anew, ..self }
    }

    /// Goes on where another run of the same network ended or was left, in the middle of an epoch if need be:
    /// with its step, its order of samples and what its optimiser remembers. The result is the same, bit for
    /// bit, as if the run had not been left. Epochs and steps are those of both runs together.
    pub fn resume(self, state: RunState<T>) -> Self {
        Trainer { begin: Begin::From(Box::new(state)), ..self }
    }

    pub(crate) fn check(&self) -> Result<()> {
        self.optimizer.check()?;
        self.schedule.check()?;
        if !T::of(self.optimizer.rate()).is_finite() {
            return Err(Error::setting(
                "the learning rate",
                self.optimizer.rate(),
                "a number that the network can hold",
            ));
        }
        let steps = self.max_steps.min(1) as usize;
        for (name, value) in [
            ("the number of epochs", self.epochs),
            ("the number of steps", steps),
            ("the batch size", self.batch),
        ] {
            if value == 0 {
                return Err(Error::setting(name, 0, "at least 1"));
            }
        }
        if !(0.0..1.0).contains(&self.validation) {
            return Err(Error::setting("the validation share", self.validation, "at least 0 and below 1"));
        }
        match (self.patience, self.clip_norm) {
            (Some(_), _) if self.validation == 0.0 => {
                let found = "set, with no samples set aside for validation";
                Err(Error::setting(
                    "the patience of early stopping",
                    found,
                    "used with a validation share above 0",
                ))
            }
            (Some(0), _) => Err(Error::setting("the patience of early stopping", 0, "at least 1 epoch")),
            (_, Some(norm)) if !(norm.is_finite() && norm > 0.0) => {
                Err(Error::setting("the norm that gradients are clipped to", norm, "finite and above 0"))
            }
            _ => Ok(()),
        }
    }

    /// The rows that a run of a network with this seed trains on, of so many samples, and those that it sets aside for
    /// validation; both in order.
    ///
    /// # Errors
    /// [`Error::Setting`] for too few samples.
    ///
    /// ```
    /// use gradlens::{Sgd, Trainer};
    /// let (train, validation) = Trainer::<f32>::new(Sgd::default()).validation(0.25).split(8, 0)?;
    /// assert_eq!((train.len(), validation.len()), (6, 2));
    /// # Ok::<(), gradlens::Error>(())
    /// ```
    pub fn split(&self, samples: usize, seed: u64) -> Result<(Vec<usize>, Vec<usize>)> {
        let mut rows: Vec<usize> = (0..samples).collect();
        if self.validation == 0.0 {
            return match samples {
                0 => Err(Error::setting("the number of samples to train on", 0, "at least 1")),
                _ => Ok((rows, vec![])),
            };
        }
        if samples < 2 {
            return Err(Error::setting(
                "the number of samples",
                samples,
                "at least 2 to set some aside for validation",
            ));
        }
        random::shuffle(&mut rows, &mut random::stream(seed, Purpose::Split, 0));
        let count = ((samples as f64 * self.validation).round() as usize).clamp(1, samples - 1);
        let mut held_out = rows.split_off(samples - count);
        rows.sort_unstable();
        held_out.sort_unstable();
        Ok((rows, held_out))
    }

    /// Leaves it to the caller to end the run when it is interrupted.
    #[cfg(feature = "models")]
    pub(crate) fn take_interrupt(&mut self) -> Option<&'a AtomicBool> {
        self.interrupt.take()
    }

    /// Everything that a run's result depends on beside the network and the data, by name.
    #[cfg(feature = "models")]
    pub(crate) fn settings(&self) -> Vec<(&'static str, String)> {
        let off = || "off".to_string();
        vec![
            ("optimizer", self.optimizer.name()),
            ("schedule", self.schedule.name()),
            ("epochs", self.epochs.to_string()),
            ("steps", if self.max_steps == u64::MAX { off() } else { self.max_steps.to_string() }),
            ("batch", self.batch.to_string()),
            ("shuffle", self.shuffle.to_string()),
            ("validation", self.validation.to_string()),
            ("patience", self.patience.map_or_else(off, |patience| patience.to_string())),
            ("clip_norm", self.clip_norm.map_or_else(off, |norm| norm.to_string())),
        ]
    }

    pub(super) fn interrupted(&self) -> bool {
        self.interrupt.is_some_and(|flag| flag.load(Relaxed))
    }

    pub(super) fn wants_gradients(&self, step: u64) -> bool {
        self.observers.iter().any(|watch| watch.observer.wants_gradients() && (watch.when)(step))
    }

    pub(super) fn tell(&mut self, event: &Event<'_, T>) {
        for watch in &mut self.observers {
            let wanted = match event {
                Event::Gradients(at) => watch.observer.wants_gradients() && (watch.when)(at.step),
                Event::Step(at) => (watch.when)(at.step),
                _ => true,
            };
            if wanted {
                watch.observer.observe(event);
            }
        }
    }
}
