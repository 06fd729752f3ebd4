//! What a run tells those who watch it.

use crate::error::Error;
use crate::nn::network::Sequential;
use crate::nn::workspace::Workspace;
use crate::train::record::{EpochRecord, Report};
use gradlens_kernel::Scalar;

/// Watches a run. Observers see everything and change nothing.
///
/// ```
/// use gradlens::train::{Event, Observer, every};
/// # use gradlens::{Dataset, Dense, Sequential, Sgd, SoftmaxCrossEntropy, Trainer};
/// # let data = Dataset::classes(ndarray::array![[0.0], [1.0]], vec![0, 1], 2)?;
/// # let mut net = Sequential::input(1).layer(Dense::new(2)).head(SoftmaxCrossEntropy::default()).build()?;
///
/// /// Keeps the greatest gradient of each step.
/// struct Greatest(Vec<f32>);
///
/// impl Observer for Greatest {
///     fn observe(&mut self, event: &Event) {
///         if let Event::Gradients(at) = event {
///             self.0.push(at.workspace.gradients().iter().fold(0.0, |max, g| max.max(g.abs())));
///         }
///     }
///     fn wants_gradients(&self) -> bool {
///         true
///     }
/// }
/// let mut greatest = Greatest(vec![]);
/// Trainer::new(Sgd::default()).epochs(10).observe(every(5), &mut greatest).fit(&mut net, &data)?;
/// assert_eq!(greatest.0.len(), 2);
/// # Ok::<(), gradlens::Error>(())
/// ```
pub trait Observer<T: Scalar = f32> {
    /// Something happened.
    fn observe(&mut self, event: &Event<'_, T>);

    /// Whether it wants to be told of [`Event::Gradients`]. For that event all gradients have to be stored
    /// before the first weight changes, which takes longer. Default: no.
    fn wants_gradients(&self) -> bool {
        false
    }
}

impl<T: Scalar, O: Observer<T> + ?Sized> Observer<T> for &mut O {
    fn observe(&mut self, event: &Event<'_, T>) {
        (**self).observe(event);
    }
    fn wants_gradients(&self) -> bool {
        (**self).wants_gradients()
    }
}

/// What happens in a run, in this order: `Start`, then for each epoch `EpochStart`, for each step that the
/// observer asked for `Gradients` (before clipping) and `Step`, and `Epoch`; at last `End`, or `Failed` in a
/// run that fails. An observer cannot end a run; [`Trainer::interrupt`](crate::train::Trainer::interrupt)
/// does. A run that goes on in the middle of an epoch begins it once more, with `EpochStart`.
///
/// ```
/// # use gradlens::{Dataset, Dense, Sequential, Sgd, SoftmaxCrossEntropy, Trainer, train::Event};
/// # let data = Dataset::classes(ndarray::array![[0.0], [1.0]], vec![0, 1], 2)?;
/// # let mut net = Sequential::input(1).layer(Dense::new(2)).head(SoftmaxCrossEntropy::default()).build()?;
/// Trainer::new(Sgd::default())
///     .epochs(2)
///     .on_event(|event| match event {
///         Event::Step(at) => println!("step {}: loss {:.3}", at.step, at.loss),
///         Event::Epoch { record, .. } => println!("epoch {}: {:.3}", record.epoch, record.train_loss),
///         _ => {}
///     })
///     .fit(&mut net, &data)?;
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Event<'a, T: Scalar = f32> {
    /// The run begins.
    Start {
        /// The network before the first step.
        net: &'a Sequential<T>,
        /// Epochs planned.
        epochs: usize,
        /// Steps in each.
        steps_per_epoch: usize,
        /// Samples to train on.
        samples: usize,
    },
    /// An epoch begins.
    EpochStart {
        /// From 1.
        epoch: usize,
    },
    /// The gradients of a step are known, and the weights are still those that they belong to.
    Gradients(At<'a, T>),
    /// The weights have changed; the workspace still holds the pass before.
    Step(At<'a, T>),
    /// An epoch ended.
    Epoch {
        /// What came of it.
        record: &'a EpochRecord,
        /// The network after it.
        net: &'a Sequential<T>,
    },
    /// The run ended with an error.
    Failed {
        /// What went wrong.
        error: &'a Error,
    },
    /// The run ended.
    End {
        /// What came of it.
        report: &'a Report,
    },
}

/// Where a run is.
///
/// ```
/// # use gradlens::{Dataset, Dense, Sequential, Sgd, SoftmaxCrossEntropy, Trainer, train::Event};
/// # let data = Dataset::classes(ndarray::array![[0.0], [1.0]], vec![0, 1], 2)?;
/// # let mut net = Sequential::input(1).layer(Dense::new(2)).head(SoftmaxCrossEntropy::default()).build()?;
/// Trainer::new(Sgd::new(0.5))
///     .epochs(3)
///     .on_gradients(|event| {
///         if let Event::Gradients(at) = event {
///             let delta = at.workspace.delta(0);
///             println!("step {}: loss {:.3}, dL/dz of the first sample {}", at.step, at.loss, delta.row(0));
///         }
///     })
///     .fit(&mut net, &data)?;
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct At<'a, T: Scalar = f32> {
    /// From 1.
    pub epoch: usize,
    /// From 1, since the beginning of the run.
    pub step: u64,
    /// Loss of the batch.
    pub loss: f64,
    /// Learning rate of the step.
    pub rate: f64,
    /// The network.
    pub net: &'a Sequential<T>,
    /// Its last pass. The gradients are among it for those who [want](Observer::wants_gradients) them: a
    /// plain gradient step stores none otherwise.
    pub workspace: &'a Workspace<T>,
}

/// A schedule of observation: every `n`th step, the first included.
///
/// ```
/// let when = gradlens::train::every(100);
/// assert!(when(1) && when(101) && !when(100));
/// ```
pub fn every(n: u64) -> impl Fn(u64) -> bool + Send {
    move |step| (step - 1) % n.max(1) == 0
}

/// A function as an observer, which is not told of gradients.
///
/// ```
/// # use gradlens::{Dataset, Dense, Sequential, Sgd, SoftmaxCrossEntropy, Trainer};
/// # use gradlens::train::{Event, every, watch};
/// # let data = Dataset::classes(ndarray::array![[0.0], [1.0]], vec![0, 1], 2)?;
/// # let mut net = Sequential::input(1).layer(Dense::new(2)).head(SoftmaxCrossEntropy::default()).build()?;
/// let mut count = 0;
/// let watcher = watch(|event: &Event| count += usize::from(matches!(event, Event::Step(_))));
/// Trainer::new(Sgd::default()).epochs(10).observe(every(5), watcher).fit(&mut net, &data)?;
/// assert_eq!(count, 2);
/// # Ok::<(), gradlens::Error>(())
/// ```
pub fn watch<T: Scalar, F: FnMut(&Event<'_, T>)>(function: F) -> impl Observer<T> {
    Function { function, gradients: false }
}

/// A function as an observer, which is told of gradients too.
pub fn watch_gradients<T: Scalar, F: FnMut(&Event<'_, T>)>(function: F) -> impl Observer<T> {
    Function { function, gradients: true }
}

struct Function<F> {
    function: F,
    gradients: bool,
}

impl<T: Scalar, F: FnMut(&Event<'_, T>)> Observer<T> for Function<F> {
    fn observe(&mut self, event: &Event<'_, T>) {
        (self.function)(event);
    }
    fn wants_gradients(&self) -> bool {
        self.gradients
    }
}
