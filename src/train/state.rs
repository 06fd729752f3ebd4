//! What the next step of a run depends on.

use crate::error::{Error, Result};
use crate::nn::network::Sequential;
use crate::train::record::{EpochRecord, Stopped};
use gradlens_kernel::{Aligned, Scalar};

/// Everything that the next step of a run depends on, beside the network, the data and the settings. It stays
/// in memory: nothing is written to a file.
#[derive(Debug, Clone)]
pub struct RunState<T: Scalar = f32> {
    /// Steps taken.
    pub(super) step: u64,
    /// The current epoch, from 1; 0 before the first.
    pub(super) epoch: usize,
    /// The optimiser's memory, two numbers for each parameter.
    pub(super) memory: [Aligned<T>; 2],
    /// What the current epoch has seen, if it has not ended.
    pub(super) epoch_so_far: Option<EpochSoFar>,
    pub(super) best: Option<Weights<T>>,
    /// What to go on from, if the run has ended and may be resumed.
    pub(super) cut: Option<Cut<T>>,
    /// The loss of the first step, before which nothing was learned.
    pub(super) first_loss: Option<f64>,
    pub(super) records: Vec<EpochRecord>,
    pub(super) stopped: Stopped,
    /// Wall-clock time up to now.
    pub(super) seconds: f64,
    pub(super) origin: Origin,
}

/// What a state belongs to: with anything else the next step would be another.
#[derive(Debug, Clone)]
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
#[derive(Debug, Clone, Default)]
pub(super) struct EpochSoFar {
    pub(super) samples: usize,
    pub(super) loss: f64,
    pub(super) right: f64,
    pub(super) rate: f64,
    pub(super) seconds: f64,
}

/// The weights of a network after an epoch, with its validation loss.
#[derive(Debug, Clone)]
pub(super) struct Weights<T> {
    pub epoch: usize,
    pub loss: f64,
    params: Vec<T>,
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

    /// Steps taken.
    pub fn steps(&self) -> u64 {
        self.step
    }

    /// A record for each epoch that has ended, or was cut short.
    pub fn epochs(&self) -> &[EpochRecord] {
        &self.records
    }
}
