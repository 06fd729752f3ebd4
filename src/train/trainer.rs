//! The training loop.

use crate::data::dataset::Dataset;
use crate::error::{Error, Result};
use crate::nn::layer::Mode;
use crate::nn::network::Sequential;
use crate::nn::parts::{Part, Parts};
use crate::nn::workspace::Workspace;
use crate::random;
use crate::random::Purpose;
use crate::train::evaluation::evaluate_rows;
use crate::train::not_finite;
use crate::train::observers::watch;
use crate::train::observers::{At, Event, Observer};
use crate::train::optimisers::Optimizer;
use crate::train::optimisers::Step;
use crate::train::schedules::Schedule;
use gradlens_kernel::Aligned;
use gradlens_kernel::{Scalar, can_add};
use rand::seq::SliceRandom;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Instant;

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
/// let report = Trainer::new(Adam { lr: 0.05, ..Adam::default() }).epochs(200).fit(&mut net, &xor)?;
/// assert_eq!(report.epochs.last().unwrap().train_accuracy, 1.0);
/// # Ok::<(), gradlens::Error>(())
/// ```
pub struct Trainer<'a, T: Scalar = f32> {
    optimizer: Box<dyn Optimizer<T>>,
    schedule: Schedule,
    epochs: usize,
    most_steps: u64,
    batch: usize,
    shuffle: bool,
    validation: f64,
    patience: Option<usize>,
    clip_norm: Option<f64>,
    interrupt: Option<&'a AtomicBool>,
    observers: Vec<Watch<'a, T>>,
}

struct Watch<'a, T: Scalar> {
    when: Box<dyn Fn(u64) -> bool + 'a>,
    observer: Box<dyn Observer<T> + 'a>,
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// A record an epoch.
    pub epochs: Vec<EpochRecord>,
    /// Why it ended.
    pub stopped: Stopped,
    /// With early stopping, the epoch whose weights the network has now.
    pub best_epoch: Option<usize>,
    /// Samples that were set aside for validation.
    pub validation_samples: usize,
    /// Steps taken.
    pub steps: u64,
    /// Wall-clock time.
    pub seconds: f64,
}

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// All epochs are done.
    Completed,
    /// The validation loss had not improved for as many epochs as the patience lasts.
    Early,
    /// Somebody asked it to stop.
    Interrupted,
}

/// What an epoch came to.
///
/// Training loss and accuracy are the running means over the epoch's batches, as the weights were
/// at each batch and with dropout on; so the first epoch's are worse than those of the network at
/// its end.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct EpochRecord {
    /// From 1.
    pub epoch: usize,
    /// The last step of it, from 1 since the beginning of the run.
    pub step: u64,
    /// Mean loss over the samples of the epoch.
    pub train_loss: f64,
    /// Share of them whose greatest output stands where the greatest target does. Where the targets are no
    /// classes and the head is a sigmoid, the share of (sample, label) pairs that lie on the same side of
    /// 1/2: 1 - the Hamming loss.
    pub train_accuracy: f64,
    /// Loss on the samples set aside.
    pub validation_loss: Option<f64>,
    /// Accuracy on them.
    pub validation_accuracy: Option<f64>,
    /// Learning rate of the last step.
    pub rate: f64,
    /// Training samples a second, validation not counted.
    pub samples_per_second: f64,
    /// Seconds of training, with the shuffle, validation not counted.
    pub seconds: f64,
}

impl<'a, T: Scalar> Trainer<'a, T> {
    /// A trainer with this optimiser.
    pub fn new(optimizer: impl Optimizer<T> + 'static) -> Self {
        Trainer {
            optimizer: Box::new(optimizer),
            schedule: Schedule::Constant,
            epochs: 10,
            most_steps: u64::MAX,
            batch: 64,
            shuffle: true,
            validation: 0.0,
            patience: None,
            clip_norm: None,
            interrupt: None,
            observers: vec![],
        }
    }

    /// Passes over the training set. Default: 10.
    pub fn epochs(self, epochs: usize) -> Self {
        Trainer { epochs, ..self }
    }

    /// Ends the run after so many steps, in the midst of an epoch if need be; schedules are laid over as
    /// many. Default: when all epochs are done.
    pub fn steps(self, steps: u64) -> Self {
        Trainer { most_steps: steps, ..self }
    }

    /// Samples a step. Default: 64.
    pub fn batch(self, batch: usize) -> Self {
        Trainer { batch, ..self }
    }

    /// How the learning rate changes over the run. Default: not.
    pub fn schedule(self, schedule: Schedule) -> Self {
        Trainer { schedule, ..self }
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

    /// Lets somebody watch the run: every event, and of the steps those for which `when` is true.
    pub fn observe(mut self, when: impl Fn(u64) -> bool + 'a, observer: impl Observer<T> + 'a) -> Self {
        self.observers.push(Watch { when: Box::new(when), observer: Box::new(observer) });
        self
    }

    /// As [`observe`](Self::observe), for every step, with a function.
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

    /// Trains.
    ///
    /// A run begins with step 1 and an optimiser that remembers nothing: the same network trained
    /// twice sees the same order of samples and the same dropout twice.
    ///
    /// # Errors
    /// [`Error::Setting`] for a setting out of range; what [`Sequential::check`] finds;
    /// [`Error::NotFinite`] when the loss or a gradient is NaN or infinite, with the weights
    /// as they were after the step before, or when a step was so large that weights are.
    pub fn fit(mut self, net: &mut Sequential<T>, data: &Dataset<T>) -> Result<Report> {
        self.check()?;
        net.check(data)?;
        let (rows, held_out) = self.split(data.len(), net.seed())?;
        let began = Instant::now();
        let batch = self.batch.min(rows.len());
        let steps_per_epoch = rows.len().div_ceil(batch);
        let first = Step { number: 1, rate: self.optimizer.rate(), scale: 1.0, decay: true };
        let stored = self.optimizer.plain_rate(first).is_none() || !can_add(batch);
        let mut run = Run {
            workspace: Workspace::new(net, batch),
            memory: [0; 2].map(|_| Aligned::zeros(net.params().len())),
            parts: Parts::new(net, batch, stored),
            order: rows.clone(),
            steps: (self.epochs as u64).saturating_mul(steps_per_epoch as u64).min(self.most_steps),
            step: 0,
        };
        let mut report = Report {
            epochs: vec![],
            stopped: Stopped::Completed,
            best_epoch: None,
            validation_samples: held_out.len(),
            steps: 0,
            seconds: 0.0,
        };
        let mut best: Option<Best<T>> = None;
        self.tell(&Event::Start { net, epochs: self.epochs, steps_per_epoch, samples: rows.len() });

        for epoch in 1..=self.epochs {
            if self.interrupted() {
                report.stopped = Stopped::Interrupted;
                break;
            }
            self.tell(&Event::EpochStart { epoch });
            let result = self.epoch(epoch, net, data, &rows, batch, &mut run);
            let mut record = result.inspect_err(|error| self.tell(&Event::Failed { error }))?;
            if !held_out.is_empty() {
                let (loss, accuracy, _) = evaluate_rows(net, data, &held_out);
                record.validation_loss = Some(loss);
                record.validation_accuracy = Some(accuracy);
            }
            self.tell(&Event::Epoch { record: &record, net });
            let loss = record.validation_loss.unwrap_or(f64::NAN);
            let rate = record.rate;
            report.epochs.push(record);
            if !not_finite::all_finite(net.threads(), net.params())
                || (!held_out.is_empty() && !loss.is_finite())
            {
                let found = not_finite::Found::Weights;
                let error = not_finite::error(net, &run.workspace, epoch, run.step, rate, found);
                self.tell(&Event::Failed { error: &error });
                return Err(error);
            }
            if let Some(patience) = self.patience {
                if best.as_ref().is_none_or(|best| loss < best.loss) {
                    best = Some(Best {
                        epoch,
                        loss,
                        params: net.params().to_vec(),
                        state: net.state().to_vec(),
                    });
                } else if best.as_ref().is_some_and(|best| epoch - best.epoch >= patience) {
                    report.stopped = Stopped::Early;
                }
            }
            if self.interrupted() {
                report.stopped = Stopped::Interrupted;
            }
            if report.stopped != Stopped::Completed || run.step >= self.most_steps {
                break;
            }
        }
        if let Some(best) = best {
            net.params_mut().copy_from_slice(&best.params);
            net.state_mut().copy_from_slice(&best.state);
            report.best_epoch = Some(best.epoch);
        }
        report.steps = run.step;
        report.seconds = began.elapsed().as_secs_f64();
        self.tell(&Event::End { report: &report });
        Ok(report)
    }

    fn check(&self) -> Result<()> {
        self.optimizer.check()?;
        self.schedule.check()?;
        if !T::of(self.optimizer.rate()).is_finite() {
            return Err(Error::setting(
                "the learning rate",
                self.optimizer.rate(),
                "a number that the network can hold",
            ));
        }
        let steps = self.most_steps.min(1) as usize;
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

    /// The rows to train on, and those set aside.
    fn split(&self, samples: usize, seed: u64) -> Result<(Vec<usize>, Vec<usize>)> {
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
        rows.shuffle(&mut random::stream(seed, Purpose::Split, 0));
        let count = ((samples as f64 * self.validation).round() as usize).clamp(1, samples - 1);
        let mut held_out = rows.split_off(samples - count);
        rows.sort_unstable();
        held_out.sort_unstable();
        Ok((rows, held_out))
    }

    fn interrupted(&self) -> bool {
        self.interrupt.is_some_and(|flag| flag.load(Relaxed))
    }

    /// What gradients are to be multiplied with.
    fn scale(&self, gradients: &[T]) -> f64 {
        self.clip_norm.map_or(1.0, |limit| {
            let norm = gradients.iter().map(|g| g.f64() * g.f64()).sum::<f64>().sqrt();
            if norm > limit { limit / norm } else { 1.0 }
        })
    }

    fn want_gradients(&self, step: u64) -> bool {
        self.observers.iter().any(|watch| watch.observer.wants_gradients() && (watch.when)(step))
    }

    fn tell(&mut self, event: &Event<'_, T>) {
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

    /// One pass over `rows`, or as much of it as there is before an interruption.
    fn epoch(
        &mut self,
        epoch: usize,
        net: &mut Sequential<T>,
        data: &Dataset<T>,
        rows: &[usize],
        batch: usize,
        run: &mut Run<T>,
    ) -> Result<EpochRecord> {
        let began = Instant::now();
        // From the same beginning every time, so that an epoch's order does not depend on those before it.
        run.order.copy_from_slice(rows);
        if self.shuffle {
            run.order.shuffle(&mut random::stream(net.seed(), Purpose::Shuffle, epoch as u64));
        }
        let (mut loss_sum, mut right, mut seen, mut rate) = (0.0, 0.0, 0, 0.0);
        for first in (0..rows.len()).step_by(batch) {
            let samples = batch.min(rows.len() - first);
            let rows = &run.order[first..][..samples];
            rate = self.optimizer.rate() * self.schedule.factor(run.step, run.steps);
            run.step += 1;
            let (step, mode) = (run.step, Mode::Training { step: run.step });

            let loss = net.deltas(&mut run.workspace, data, rows, mode);
            if !loss.is_finite() {
                return Err(not_finite::error(
                    net,
                    &run.workspace,
                    epoch,
                    step,
                    rate,
                    not_finite::Found::Loss,
                ));
            }
            // Each gradient may be used as soon as it is known, where nobody has to see all of them first:
            // no observer, no norm, and no look for those that are not finite, as there can be none.
            let at_once = self.clip_norm.is_none() && !self.want_gradients(step) && net.by_units();
            let (scale, pass) = if at_once && run.workspace.is_tame() {
                (1.0, Some(mode))
            } else {
                net.backward_params(&mut run.workspace, mode);
                self.tell(&Event::Gradients(At { epoch, step, loss, rate, net, workspace: &run.workspace }));
                let gradients = run.workspace.gradients();
                if !not_finite::all_finite(net.threads(), gradients) {
                    return Err(not_finite::error(
                        net,
                        &run.workspace,
                        epoch,
                        step,
                        rate,
                        not_finite::Found::Gradient,
                    ));
                }
                (self.scale(gradients), None)
            };
            run.descend(net, pass, &*self.optimizer, Step { number: step, rate, scale, decay: false });
            net.update_state(&run.workspace);

            self.tell(&Event::Step(At { epoch, step, loss, rate, net, workspace: &run.workspace }));
            loss_sum += loss * samples as f64;
            right += run.workspace.accuracy(net) * samples as f64;
            seen += samples;
            if self.interrupted() || run.step >= self.most_steps {
                break;
            }
        }
        let seconds = began.elapsed().as_secs_f64();
        Ok(EpochRecord {
            epoch,
            step: run.step,
            train_loss: loss_sum / seen as f64,
            train_accuracy: right / seen as f64,
            validation_loss: None,
            validation_accuracy: None,
            rate,
            samples_per_second: seen as f64 / seconds,
            seconds,
        })
    }
}

/// What lives as long as a run.
struct Run<T: Scalar> {
    workspace: Workspace<T>,
    memory: [Aligned<T>; 2],
    parts: Parts,
    /// The rows to train on, in an epoch's order.
    order: Vec<usize>,
    steps: u64,
    step: u64,
}

/// The weights of the best epoch so far.
struct Best<T> {
    epoch: usize,
    loss: f64,
    params: Vec<T>,
    state: Vec<T>,
}

impl<T: Scalar> Run<T> {
    /// Changes the weights, by the gradients in the workspace or, after a pass, by those that are computed
    /// on the way.
    fn descend(
        &mut self,
        net: &mut Sequential<T>,
        pass: Option<Mode>,
        optimizer: &dyn Optimizer<T>,
        step: Step,
    ) {
        let memory = self.memory.each_mut().map(|memory| &mut memory[..]);
        let step = |part: &Part| Step { decay: part.decay, ..step };
        let plain = |part: &Part| optimizer.plain_rate(step(part));
        let update = |part: &Part, weights: &mut [T], gradient: &[T], memory: [&mut [T]; 2]| {
            optimizer.update(step(part), weights, gradient, memory);
        };
        net.descend(&mut self.workspace, &self.parts, pass, plain, memory, update);
    }
}
