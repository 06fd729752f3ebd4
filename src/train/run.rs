//! A training run: a value that can be stepped, left and gone on with.

use crate::data::dataset::Dataset;
use crate::error::{Error, Result};
use crate::nn::layer::Mode;
use crate::nn::network::Sequential;
use crate::nn::workspace::{Workspace, check_room, has_accuracy};
use crate::random::{self, Purpose};
use crate::train::clock::Clock;
use crate::train::diverged;
use crate::train::evaluation::evaluate_rows;
use crate::train::not_finite::{self, Found};
use crate::train::observers::{At, Event};
use crate::train::optimisers::Sgd;
use crate::train::optimizer::Step;
use crate::train::record::{EpochRecord, Report, StepRecord, Stopped};
use crate::train::state::{Cut, EpochSoFar, Origin, RunState, Weights};
use crate::train::trainer::{Begin, Trainer};
use crate::train::update::update_params;
use gradlens_kernel::Scalar;
use std::any::Any;

/// A training run. [`Trainer::start`] makes one.
///
/// [`step`](Self::step) and [`epoch`](Self::epoch) take it further, [`report`](Self::report) says how it
/// went. [`into_state`](Self::into_state) gives what [`Trainer::resume`] needs to go on another time.
///
/// ```
/// # use gradlens::{Dataset, Dense, Sequential, Sgd, SoftmaxCrossEntropy, Trainer};
/// # let data = Dataset::classes(ndarray::array![[0.0], [1.0]], vec![0, 1], 2)?;
/// # let mut net = Sequential::input(1).layer(Dense::new(2)).head(SoftmaxCrossEntropy::default()).build()?;
/// let mut run = Trainer::new(Sgd::new(0.5)).epochs(3).batch(1).start(&mut net, &data)?;
/// while let Some(step) = run.step()? {
///     if step.loss < 0.1 {
///         break;
///     }
/// }
/// assert_eq!(run.report().steps, 6);
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug)]
pub struct Run<'a, T: Scalar = f32> {
    trainer: Trainer<'a, T>,
    net: &'a mut Sequential<T>,
    data: &'a Dataset<T>,
    /// Samples to train on, and those set aside.
    rows: Vec<usize>,
    held_out: Vec<usize>,
    /// Steps planned, which the schedule is laid over.
    steps: u64,
    /// The samples to train on, in the order of the current epoch.
    order: Vec<usize>,
    workspace: Workspace<T>,
    state: RunState<T>,
    /// Since the run was begun or resumed.
    clock: Clock,
    /// Whether each layer is known to put a gradient for each of its parameters.
    gradients_checked: bool,
}

impl<'a, T: Scalar> Run<'a, T> {
    pub(super) fn new(
        mut trainer: Trainer<'a, T>,
        net: &'a mut Sequential<T>,
        data: &'a Dataset<T>,
    ) -> Result<Self> {
        let clock = Clock::start();
        trainer.check()?;
        net.check(data)?;
        let (rows, held_out) = trainer.split(data.len(), net.seed())?;
        trainer.batch = trainer.batch.min(rows.len());
        let steps_per_epoch = rows.len().div_ceil(trainer.batch);
        let steps = (trainer.epochs as u64).saturating_mul(steps_per_epoch as u64).min(trainer.max_steps);
        // A gradient, and two numbers for each weight that the optimiser may remember.
        check_room(net.layers(), trainer.batch, true, net.params().len().checked_mul(3))?;
        let state = begin(&mut trainer, net, rows.len())?;
        let workspace = net.workspace(trainer.batch);
        trainer.tell(&Event::Start { net, epochs: trainer.epochs, steps_per_epoch, samples: rows.len() });
        let order = rows.clone();
        let gradients_checked = false;
        let mut run = Run {
            trainer,
            net,
            data,
            rows,
            held_out,
            steps,
            order,
            workspace,
            state,
            clock,
            gradients_checked,
        };
        if run.state.epoch_so_far.is_some() {
            run.trainer.tell(&Event::EpochStart { epoch: run.state.epoch });
            run.put_in_order();
        }
        Ok(run)
    }

    /// Takes one step: forward, loss, backward, update. With the last step of an epoch the epoch ends, and
    /// with the last epoch the run. `None` if the run has ended.
    ///
    /// # Errors
    /// [`Error::NotFinite`] when the loss or a gradient is NaN or infinite, with the weights as they were
    /// before the step, or when the steps of the epoch were so large that weights are; [`Error::Diverged`] when
    /// the run ends with a loss far beyond that of a network that knows nothing; [`Error::Layer`] for a
    /// layer that does not put a gradient for each of its parameters. The run has then ended.
    pub fn step(&mut self) -> Result<Option<StepRecord>> {
        if self.state.stopped != Stopped::Running {
            return Ok(None);
        }
        if let Some(reason) = self.early().or_else(|| self.asked_to_stop()).or_else(|| self.all_epochs_done())
        {
            let result = self.end_asked(reason);
            self.or_failed(result)?;
            return Ok(None);
        }
        if self.state.epoch_so_far.is_none() {
            self.begin_epoch();
        }
        let result = self.one_step();
        let record = self.or_failed(result)?;
        let seen = self.state.epoch_so_far.as_ref().map_or(0, |epoch| epoch.samples);
        let asked = self.asked_to_stop();
        if seen == self.rows.len() || asked.is_some() {
            let result = self.end_epoch(asked);
            self.or_failed(result)?;
        }
        Ok(Some(record))
    }

    /// Takes the steps up to the end of an epoch. `None` if the run has ended.
    ///
    /// # Errors
    /// As [`step`](Self::step).
    pub fn epoch(&mut self) -> Result<Option<EpochRecord>> {
        while self.step()?.is_some() {
            if self.state.epoch_so_far.is_none() {
                return Ok(self.state.records.last().cloned());
            }
        }
        Ok(None)
    }

    /// The network as it is now.
    pub fn net(&self) -> &Sequential<T> {
        self.net
    }

    /// The last step's pass through the network.
    pub fn workspace(&self) -> &Workspace<T> {
        &self.workspace
    }

    /// What the run has come to so far.
    pub fn report(&self) -> Report {
        Report {
            epochs: self.state.records.clone(),
            stopped: self.state.stopped,
            best_epoch: self.state.best.as_ref().map(|best| best.epoch),
            validation_samples: self.held_out.len(),
            steps: self.state.step,
            seconds: self.seconds(),
        }
    }

    /// Leaves the run. The state is what [`Trainer::resume`] needs to go on with the network as it is now. Where
    /// the run has ended and the network has the best weights, the state has the last ones and puts them back.
    ///
    /// ```
    /// # use gradlens::{Adam, Dataset, Dense, Sequential, SoftmaxCrossEntropy, Trainer};
    /// # let data = Dataset::classes(ndarray::array![[0.0], [1.0]], vec![0, 1], 2)?;
    /// # let mut net = Sequential::input(1).layer(Dense::new(2)).head(SoftmaxCrossEntropy::default()).build()?;
    /// let trainer = || Trainer::new(Adam::default()).epochs(5);
    /// let mut run = trainer().start(&mut net, &data)?;
    /// run.epoch()?;
    /// let state = run.into_state();
    /// let report = trainer().resume(state).fit(&mut net, &data)?;
    /// assert_eq!(report.epochs.len(), 5);
    /// # Ok::<(), gradlens::Error>(())
    /// ```
    pub fn into_state(mut self) -> RunState<T> {
        self.state.seconds = self.seconds();
        self.state.origin.net_steps = self.net.steps();
        self.state
    }

    /// Everything that a file needs to go on from here: parameters and state of the network with its last weights, and
    /// the rest.
    #[cfg(feature = "models")]
    pub(crate) fn capture(&self) -> (Sequential<T>, RunState<T>) {
        let mut net = self.net.clone();
        let mut state = self.state.clone();
        state.seconds = self.seconds();
        state.origin.net_steps = net.steps();
        if let Some(last) = state.go_on() {
            last.restore(&mut net);
        }
        (net, state)
    }

    /// Ends the run now, as [`Trainer::interrupt`] does.
    ///
    /// ```
    /// # use gradlens::{Dataset, Dense, Sequential, Sgd, SoftmaxCrossEntropy, Stopped, Trainer};
    /// # let data = Dataset::classes(ndarray::array![[0.0], [1.0]], vec![0, 1], 2)?;
    /// # let mut net = Sequential::input(1).layer(Dense::new(2)).head(SoftmaxCrossEntropy::default()).build()?;
    /// let mut run = Trainer::new(Sgd::new(0.5)).epochs(100).start(&mut net, &data)?;
    /// run.epoch()?;
    /// run.stop()?;
    /// assert_eq!((run.report().steps, run.report().stopped), (1, Stopped::Interrupted));
    /// # Ok::<(), gradlens::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`step`](Self::step).
    pub fn stop(&mut self) -> Result<()> {
        if self.state.stopped != Stopped::Running {
            return Ok(());
        }
        let result = self.end_asked(Stopped::Interrupted);
        self.or_failed(result)
    }

    /// Wall-clock time up to now, or to the end of the run.
    fn seconds(&self) -> f64 {
        let running = self.state.stopped == Stopped::Running;
        self.state.seconds + if running { self.clock.seconds() } else { 0.0 }
    }

    /// Why no step is to be taken any more, whatever there is left of the epoch.
    fn asked_to_stop(&self) -> Option<Stopped> {
        if self.trainer.interrupted() {
            Some(Stopped::Interrupted)
        } else {
            (self.state.step >= self.trainer.max_steps).then_some(Stopped::Completed)
        }
    }

    /// Whether the validation loss has not improved for too long, as of a whole epoch.
    fn early(&self) -> Option<Stopped> {
        let waited = self.state.best.as_ref().map_or(0, |best| self.state.epoch - best.epoch);
        let too_long = self.trainer.patience.is_some_and(|patience| waited >= patience);
        (self.state.epoch_so_far.is_none() && too_long).then_some(Stopped::Early)
    }

    /// Whether no epoch is left to begin.
    fn all_epochs_done(&self) -> Option<Stopped> {
        let done = self.state.epoch_so_far.is_none() && self.state.epoch >= self.trainer.epochs;
        done.then_some(Stopped::Completed)
    }

    fn begin_epoch(&mut self) {
        self.state.epoch += 1;
        self.trainer.tell(&Event::EpochStart { epoch: self.state.epoch });
        let clock = Clock::start();
        self.put_in_order();
        self.state.epoch_so_far = Some(EpochSoFar { seconds: clock.seconds(), ..EpochSoFar::default() });
    }

    /// Puts the samples into the order of the current epoch, which does not depend on those before it.
    fn put_in_order(&mut self) {
        self.order.copy_from_slice(&self.rows);
        if self.trainer.shuffle {
            let epoch = self.state.epoch as u64;
            random::shuffle(&mut self.order, &mut random::stream(self.net.seed(), Purpose::Shuffle, epoch));
        }
    }

    /// One step of the current epoch.
    fn one_step(&mut self) -> Result<StepRecord> {
        let clock = Clock::start();
        let first = self.state.epoch_so_far.as_ref().map_or(0, |epoch| epoch.samples);
        let samples = self.trainer.batch.min(self.rows.len() - first);
        let rate = self.trainer.optimizer.rate() * self.trainer.schedule.factor(self.state.step, self.steps);
        let (epoch, step) = (self.state.epoch, self.state.step + 1);
        let mode = Mode::Training { step };

        let rows = &self.order[first..][..samples];
        let loss = self.net.forward_backward(&mut self.workspace, self.data, rows, mode);
        if !loss.is_finite() {
            return Err(self.not_finite(step, rate, Found::Loss));
        }
        self.update(mode, step, loss, rate)?;
        self.state.step = step;
        self.state.first_loss.get_or_insert(loss);
        self.net.update_state(&self.workspace);
        self.net.count_step();
        let at = At { epoch, step, loss, rate, net: self.net, workspace: &self.workspace };
        self.trainer.tell(&Event::Step(at));

        let so_far = self.state.epoch_so_far.get_or_insert_default();
        so_far.samples += samples;
        so_far.loss += loss * samples as f64;
        so_far.right += self.workspace.accuracy(self.net.head()).unwrap_or(0.0) * samples as f64;
        so_far.rate = rate;
        so_far.seconds += clock.seconds();
        Ok(StepRecord { epoch, step, loss, rate })
    }

    /// Updates the parameters, after the backward pass.
    fn update(&mut self, mode: Mode, step: u64, loss: f64, rate: f64) -> Result<()> {
        let epoch = self.state.epoch;
        let mut how = Step::new(step, rate);
        let bounded = self.workspace.gradients_are_bounded();
        let watched = self.trainer.wants_gradients(step);
        let stored = !self.gradients_checked || watched || self.trainer.clip_norm.is_some();
        if bounded && !stored && self.is_plain(how) {
            return self.net.descend(&mut self.workspace, mode, rate);
        }
        self.net.param_gradients(&mut self.workspace, mode)?;
        self.gradients_checked = true;
        if watched {
            let at = At { epoch, step, loss, rate, net: self.net, workspace: &self.workspace };
            self.trainer.tell(&Event::Gradients(at));
        }
        let gradients = self.workspace.gradients();
        if !bounded && !not_finite::all_finite(self.net.threads(), gradients) {
            return Err(self.not_finite(step, rate, Found::Gradient));
        }
        if let Some(limit) = self.trainer.clip_norm {
            let norm = gradients.iter().map(|g| g.f64() * g.f64()).sum::<f64>().sqrt();
            how.scale = if norm > limit { limit / norm } else { 1.0 };
        }
        update_params(self.net, gradients, &mut self.state.memory, &*self.trainer.optimizer, how);
        Ok(())
    }

    /// Whether the step is plain gradient descent, for all parameters and a batch of this size.
    fn is_plain(&self, step: Step) -> bool {
        let optimizer: &dyn Any = &*self.trainer.optimizer;
        optimizer.downcast_ref::<Sgd>().is_some_and(|sgd| sgd.is_plain(step))
            && self.net.can_descend(self.workspace.rows())
    }

    /// Ends the run between two steps, and the epoch if there is one that has no record yet.
    fn end_asked(&mut self, reason: Stopped) -> Result<()> {
        let recorded = self.state.records.last().is_some_and(|record| record.step == self.state.step);
        if self.state.epoch_so_far.is_some() && !recorded {
            return self.end_epoch(Some(reason));
        }
        let (so_far, before) = (self.state.epoch_so_far.take(), self.state.best.clone());
        // Those of an epoch that was cut short count for what the run ends with, as they did the first time.
        let loss = self.state.records.last().and_then(|record| record.validation_loss);
        if let Some(loss) = loss.filter(|_| so_far.is_some()) {
            self.remember_best(loss);
        }
        self.end(reason, so_far, before)
    }

    /// Ends the epoch, and the run if it is asked to stop, out of patience or done.
    fn end_epoch(&mut self, asked: Option<Stopped>) -> Result<()> {
        let so_far = self.state.epoch_so_far.take().unwrap_or_default();
        let cut_short = so_far.samples < self.rows.len();
        let samples = so_far.samples as f64;
        let mut record = EpochRecord {
            epoch: self.state.epoch,
            step: self.state.step,
            train_loss: so_far.loss / samples,
            train_accuracy: has_accuracy(self.net.head(), self.data).then_some(so_far.right / samples),
            validation_loss: None,
            validation_accuracy: None,
            rate: so_far.rate,
            samples_per_second: samples / so_far.seconds,
            seconds: so_far.seconds,
        };
        if !self.held_out.is_empty() {
            let (loss, accuracy, _) = evaluate_rows(self.net, self.data, &self.held_out);
            record.validation_loss = Some(loss);
            record.validation_accuracy = accuracy;
        }
        self.trainer.tell(&Event::Epoch { record: &record, net: self.net });
        let (validation, rate) = (record.validation_loss, record.rate);
        // In place of that of a run before, in which the epoch was cut short.
        self.state.records.retain(|before| before.epoch < record.epoch);
        self.state.records.push(record);
        let finite = not_finite::all_finite(self.net.threads(), self.net.params());
        if !finite || validation.is_some_and(|loss| !loss.is_finite()) {
            return Err(self.not_finite(self.state.step, rate, Found::Weights));
        }
        let before = if cut_short { self.state.best.clone() } else { None };
        if let Some(loss) = validation {
            self.remember_best(loss);
        }
        let early = if cut_short { None } else { self.early() };
        let Some(stopped) = early.or(asked).or_else(|| self.all_epochs_done()) else { return Ok(()) };
        let (so_far, best) = if cut_short { (Some(so_far), before) } else { (None, self.state.best.clone()) };
        self.end(stopped, so_far, best)
    }

    /// Remembers the weights if none had a lower validation loss.
    fn remember_best(&mut self, loss: f64) {
        let better = self.state.best.as_ref().is_none_or(|best| best.loss > loss);
        if self.trainer.patience.is_some() && better {
            self.state.best = Some(Weights::of(self.net, self.state.epoch, loss));
        }
    }

    /// Ends the run, with the best weights if there are any. To go on needs the rest of an epoch that was cut
    /// short, and the best weights without it.
    fn end(
        &mut self,
        stopped: Stopped,
        epoch_so_far: Option<EpochSoFar>,
        best: Option<Weights<T>>,
    ) -> Result<()> {
        self.state.seconds = self.seconds();
        let last = self.state.best.as_ref().map(|found| {
            let last = Weights::of(self.net, self.state.epoch, f64::NAN);
            found.restore(self.net);
            last
        });
        self.state.cut = Some(Cut { epoch_so_far, best, last });
        if stopped != Stopped::Interrupted {
            self.check_loss()?;
        }
        self.state.stopped = stopped;
        let report = self.report();
        self.trainer.tell(&Event::End { report: &report });
        Ok(())
    }

    /// Refuses to end with weights whose loss is beyond all bounds, or far beyond that of a network that knows nothing.
    fn check_loss(&self) -> Result<()> {
        let Some(first) = self.state.first_loss else { return Ok(()) };
        let Some(found) = diverged::judge(self.net, self.data, &self.rows, first) else { return Ok(()) };
        let (epoch, step) = (self.state.epoch, self.state.step);
        let rate = self.state.records.last().map_or(0.0, |record| record.rate);
        if found.loss.is_finite() {
            Err(found.error(epoch, step, first, rate))
        } else {
            Err(self.not_finite(step, rate, Found::LastLoss))
        }
    }

    /// Ends the run if this is an error.
    fn or_failed<R>(&mut self, result: Result<R>) -> Result<R> {
        result.inspect_err(|error| {
            self.state.seconds = self.seconds();
            self.state.stopped = Stopped::Failed;
            self.trainer.tell(&Event::Failed { error });
        })
    }

    fn not_finite(&self, step: u64, rate: f64, found: Found) -> Error {
        not_finite::error(self.net, &self.workspace, self.state.epoch, step, rate, found)
    }
}

impl<'a, T: Scalar> Trainer<'a, T> {
    /// Starts a run, to be stepped by hand. Nothing is computed yet.
    ///
    /// ```
    /// # use gradlens::{Dataset, Dense, Sequential, Sgd, SoftmaxCrossEntropy, Trainer};
    /// # let data = Dataset::classes(ndarray::array![[0.0], [1.0]], vec![0, 1], 2)?;
    /// # let mut net = Sequential::input(1).layer(Dense::new(2)).head(SoftmaxCrossEntropy::default()).build()?;
    /// let mut run = Trainer::new(Sgd::new(0.1)).epochs(3).batch(1).start(&mut net, &data)?;
    /// let first = run.step()?.unwrap();
    /// assert_eq!((first.epoch, first.step), (1, 1));
    /// while let Some(epoch) = run.epoch()? {
    ///     println!("epoch {}: loss {:.3}", epoch.epoch, epoch.train_loss);
    /// }
    /// assert_eq!(run.report().steps, 6);
    /// # Ok::<(), gradlens::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Setting`] for a setting out of range, and for a network that was trained before without a
    /// word on how to go on; what [`Sequential::check`] finds.
    pub fn start(self, net: &'a mut Sequential<T>, data: &'a Dataset<T>) -> Result<Run<'a, T>> {
        Run::new(self, net, data)
    }

    /// Trains: a run from beginning to end.
    ///
    /// A run begins with step 1 and an optimiser that remembers nothing: networks that are built alike and trained
    /// alike are the same, bit for bit.
    ///
    /// # Errors
    /// As [`start`](Self::start), and [`Error::NotFinite`] when the loss or a gradient is NaN or infinite,
    /// with the weights as they were after the step before, or when a step was so large that weights are;
    /// [`Error::Diverged`] when the run ends with a loss more than a hundred times what it was at the first step and
    /// what the best constant output has; [`Error::Layer`] for a layer that does not put a gradient for each of its parameters.
    pub fn fit(self, net: &mut Sequential<T>, data: &Dataset<T>) -> Result<Report> {
        let mut run = self.start(net, data)?;
        while run.epoch()?.is_some() {}
        Ok(run.report())
    }
}

/// The state that a run begins with.
fn begin<T: Scalar>(
    trainer: &mut Trainer<T>,
    net: &mut Sequential<T>,
    samples: usize,
) -> Result<RunState<T>> {
    let optimizer = trainer.optimizer.name();
    let here = Origin {
        params: net.params().len(),
        layer_state: net.state().len(),
        net_steps: net.steps(),
        seed: net.seed(),
        samples,
        batch: trainer.batch,
        shuffle: trainer.shuffle,
        optimizer: optimizer.split([' ', '(', ':']).next().unwrap_or_default().into(),
    };
    let mut state = match std::mem::replace(&mut trainer.begin, Begin::New) {
        Begin::New if net.steps() > 0 => {
            return Err(Error::setting(
                "the network",
                format!("one that was trained, for {} steps", net.steps()),
                "new, unless the trainer says how to go on: restart(), or resume(state)",
            ));
        }
        Begin::New | Begin::Anew => return Ok(RunState::new(here)),
        Begin::From(state) => *state,
    };
    state.origin.check(&here)?;
    if state.stopped == Stopped::Failed {
        let expected = "of one that did not; build the network anew, or go on with restart()";
        return Err(Error::setting("the state to resume", "of a run that failed", expected));
    }
    if let Some(last) = state.go_on() {
        last.restore(net);
    }
    Ok(state)
}
