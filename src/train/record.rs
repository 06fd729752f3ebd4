//! What a run, an epoch and a step came to.

use serde::{Deserialize, Serialize};

/// What a run came to.
///
/// ```
/// # use gradlens::{Dataset, Dense, Sequential, Sgd, SoftmaxCrossEntropy, Trainer};
/// # let data = Dataset::classes(ndarray::array![[0.0], [1.0]], vec![0, 1], 2)?;
/// # let mut net = Sequential::input(1).layer(Dense::new(2)).head(SoftmaxCrossEntropy::default()).build()?;
/// let report = Trainer::new(Sgd::new(0.5)).epochs(3).fit(&mut net, &data)?;
/// for epoch in &report.epochs {
///     println!("epoch {}: loss {:.3}, accuracy {:?}", epoch.epoch, epoch.train_loss, epoch.train_accuracy);
/// }
/// assert_eq!((report.epochs.len(), report.steps), (3, 3));
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// A record an epoch.
    pub epochs: Vec<EpochRecord>,
    /// Whether and why it ended.
    pub stopped: Stopped,
    /// With early stopping, the best epoch. The network has its weights when the run has ended without an error.
    pub best_epoch: Option<usize>,
    /// Samples that were set aside for validation.
    pub validation_samples: usize,
    /// Steps taken.
    pub steps: u64,
    /// Wall-clock time.
    pub seconds: f64,
}

/// Whether and why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Stopped {
    /// It has not ended.
    Running,
    /// All epochs, or as many steps as were asked for, are done.
    Completed,
    /// The validation loss had not improved for as many epochs as the patience lasts.
    Early,
    /// Somebody asked it to stop.
    Interrupted,
    /// With an error.
    Failed,
}

/// What a step came to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StepRecord {
    /// From 1.
    pub epoch: usize,
    /// From 1, since the beginning of the run.
    pub step: u64,
    /// Loss of the batch, mean over its samples.
    pub loss: f64,
    /// Learning rate.
    pub rate: f64,
}

/// What an epoch came to.
///
/// Training loss and accuracy are the running means over the epoch's batches, as the weights were
/// at each batch and with dropout on; so the first epoch's are worse than those of the network at
/// its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EpochRecord {
    /// From 1.
    pub epoch: usize,
    /// The last step of it, from 1 since the beginning of the run.
    pub step: u64,
    /// Mean loss over the samples of the epoch.
    pub train_loss: f64,
    /// Share of them whose greatest output stands where the greatest target does. Where the targets are no
    /// classes and the head is a sigmoid, the share of (sample, label) pairs that lie on the same side of 1/2:
    /// 1 - the Hamming loss. `None` in a regression, where the targets are no classes and the outputs no
    /// probabilities.
    pub train_accuracy: Option<f64>,
    /// Loss on the samples set aside.
    pub validation_loss: Option<f64>,
    /// Accuracy on them; `None` in a regression.
    pub validation_accuracy: Option<f64>,
    /// Learning rate of the last step.
    pub rate: f64,
    /// Training samples a second, validation not counted.
    pub samples_per_second: f64,
    /// Seconds of training, with the shuffle, validation not counted.
    pub seconds: f64,
}
