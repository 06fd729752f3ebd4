//! What the next step of a run depends on.

use crate::error::{Error, Result};
use crate::nn::network::Sequential;
use crate::train::record::{EpochRecord, Stopped};
use gradlens_kernel::{Aligned, Scalar};
use serde::{Deserialize, Serialize};

/// Everything that the next step of a run depends on, beside the network, the data and the settings.
///
/// As JSON it lacks the numbers of parameters and memory, and the records: a checkpoint holds them apart.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct RunState<T: Scalar = f32> {
    /// Steps taken.
    pub(super) step: u64,
    /// The current epoch, from 1; 0 before the first.
    pub(super) epoch: usize,
    /// The optimiser's memory, two numbers for each parameter.
    #[serde(skip, default = "no_memory")]
    pub(super) memory: [Aligned<T>; 2],
    /// What the current epoch has seen, if it has not ended.
    pub(super) epoch_so_far: Option<EpochSoFar>,
    pub(super) best: Option<Weights<T>>,
    /// What to go on from, if the run has ended and may be resumed.
    #[serde(skip)]
    pub(super) cut: Option<Cut<T>>,
    /// The loss of the first step, before which nothing was learned.
    pub(super) first_loss: Option<f64>,
    #[serde(skip)]
    pub(super) records: Vec<EpochRecord>,
    pub(super) stopped: Stopped,
    /// Wall-clock time up to now.
    pub(super) seconds: f64,
    pub(super) origin: Origin,
}

/// What a state belongs to: with anything else the next step would be another.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Origin {
    pub params: usize,
    /// Numbers that layers keep and that are not trained.
    pub layer_state: usize,
    /// Steps that the network had taken.
    pub net_steps: u64,
    pub seed: u64,
    /// Samples to train on.
    pub samples: usize,
    pub batch: usize,
    pub shuffle: bool,
    /// The optimiser's type; its settings may differ.
    pub optimizer: String,
}

impl Origin {
    /// What is compared, in words.
    fn words(&self) -> [(&'static str, String); 8] {
        [
            ("parameters", self.params.to_string()),
            ("numbers of layer state", self.layer_state.to_string()),
            ("steps of the network", self.net_steps.to_string()),
            ("the seed", self.seed.to_string()),
            ("samples to train on", self.samples.to_string()),
            ("samples a batch", self.batch.to_string()),
            ("shuffling", self.shuffle.to_string()),
            ("the optimiser", self.optimizer.clone()),
        ]
    }

    /// Refuses to go on with anything else.
    pub fn check(&self, here: &Origin) -> Result<()> {
        let pairs = self.words().into_iter().zip(here.words());
        match pairs.into_iter().find(|(ours, theirs)| ours != theirs) {
            None => Ok(()),
            Some(((what, ours), (_, theirs))) => {
                let found = format!("of a run with {what}: {ours}");
                let expected = format!("of one with {what}: {theirs}, or used with what it came from");
                Err(Error::setting("the state to resume", found, expected))
            }
        }
    }
}

/// Sums over the steps of an epoch.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct EpochSoFar {
    pub(super) samples: usize,
    pub(super) loss: f64,
    pub(super) right: f64,
    pub(super) rate: f64,
    pub(super) seconds: f64,
}

/// The weights of a network after an epoch, with its validation loss.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound = "")]
pub(super) struct Weights<T> {
    pub epoch: usize,
    pub loss: f64,
    #[serde(skip)]
    params: Vec<T>,
    #[serde(skip)]
    state: Vec<T>,
}

/// Where a run was when it ended, to go on from there.
#[derive(Debug, Clone)]
pub(super) struct Cut<T> {
    /// What was seen of an epoch that was cut short.
    pub(super) epoch_so_far: Option<EpochSoFar>,
    /// The best weights, without those of an epoch that was cut short.
    pub(super) best: Option<Weights<T>>,
    /// The last weights, where the network was given the best.
    pub(super) last: Option<Weights<T>>,
}

fn no_memory<T: Scalar>() -> [Aligned<T>; 2] {
    [0; 2].map(Aligned::zeros)
}

impl<T: Scalar> Weights<T> {
    pub fn of(net: &Sequential<T>, epoch: usize, loss: f64) -> Self {
        Weights { epoch, loss, params: net.params().to_vec(), state: net.state().to_vec() }
    }

    pub fn restore(&self, net: &mut Sequential<T>) {
        net.params_mut().copy_from_slice(&self.params);
        net.state_mut().copy_from_slice(&self.state);
    }
}

impl<T: Scalar> RunState<T> {
    /// Before the first step.
    pub(super) fn new(origin: Origin) -> Self {
        RunState {
            step: 0,
            epoch: 0,
            memory: [0; 2].map(|_| Aligned::zeros(origin.params)),
            epoch_so_far: None,
            best: None,
            cut: None,
            first_loss: None,
            records: vec![],
            stopped: Stopped::Running,
            seconds: 0.0,
            origin,
        }
    }

    /// Makes a run that has ended one that goes on. Returns the last weights, where the network was given others.
    pub(super) fn go_on(&mut self) -> Option<Weights<T>> {
        self.stopped = Stopped::Running;
        let cut = self.cut.take()?;
        (self.best, self.epoch_so_far) = (cut.best, cut.epoch_so_far);
        cut.last
    }

    /// Steps taken.
    pub fn steps(&self) -> u64 {
        self.step
    }

    /// A record for each epoch that has ended, or was cut short.
    pub fn epochs(&self) -> &[EpochRecord] {
        &self.records
    }

    /// What JSON lacks of it, each with the numbers of layer state that belong to it: the memory of the optimiser, and the
    /// best weights.
    #[cfg(feature = "models")]
    pub(crate) fn numbers(&self) -> Vec<(&'static str, &[T], &[T])> {
        let [first, second] = &self.memory;
        let mut all: Vec<(_, &[T], &[T])> = vec![("optimizer.0.", first, &[]), ("optimizer.1.", second, &[])];
        all.extend(self.best.as_ref().map(|best| ("best.", &*best.params, &*best.state)));
        all
    }

    /// Completes one that was read from JSON. `numbers` finds those of a name, with so many of layer state.
    #[cfg(feature = "models")]
    pub(crate) fn complete<E>(
        &mut self,
        records: Vec<EpochRecord>,
        mut numbers: impl FnMut(&str, bool) -> std::result::Result<(Vec<T>, Vec<T>), E>,
    ) -> std::result::Result<(), E> {
        self.records = records;
        for (number, memory) in self.memory.iter_mut().enumerate() {
            let (found, _) = numbers(&format!("optimizer.{number}."), false)?;
            *memory = Aligned::zeros(found.len());
            memory.copy_from_slice(&found);
        }
        if let Some(best) = &mut self.best {
            (best.params, best.state) = numbers("best.", true)?;
        }
        Ok(())
    }

    /// Steps that the network has taken.
    #[cfg(feature = "models")]
    pub(crate) fn net_steps(&self) -> u64 {
        self.origin.net_steps
    }
}
