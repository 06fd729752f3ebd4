//! Everything that one pass through a network computes, kept where others can read it.

use crate::data::dataset::Dataset;
use crate::error::Result;
use crate::memory;
use crate::metrics::agree;
use crate::nn::layer::Mode;
use crate::nn::loss::{Link, Loss};
use crate::nn::slot::LayerSlot;
use gradlens_kernel::widest;
use gradlens_kernel::{Aligned, Block, Blocks};
use gradlens_kernel::{Mat, Scalar, Threads};
use ndarray::{ArrayView2, ArrayViewMut2};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// The numbers of one pass: the input, every layer's output, the gradient at every output, the
/// gradients of the parameters. Allocated once, overwritten at every step.
///
/// Rows are the samples of the current batch, [`rows`](Self::rows) of them.
///
/// ```
/// use gradlens::{Dense, Mode, Sequential, SoftmaxCrossEntropy};
/// let net = Sequential::input(3)
///     .layer(Dense::new(2))
///     .head(SoftmaxCrossEntropy::default())
///     .build()?;
/// let mut workspace = net.workspace(4);
/// workspace.input_mut().fill(1.0);
/// workspace.targets_mut().column_mut(0).fill(1.0);
/// net.forward(&mut workspace, Mode::Evaluation);
/// let loss = net.loss(&mut workspace);
/// net.backward(&mut workspace, Mode::Evaluation)?;
/// assert_eq!(workspace.output(0).dim(), (4, 2));
/// assert_eq!(workspace.gradients().len(), net.params().len());
/// assert!(loss > 0.0);
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug)]
pub struct Workspace<T: Scalar = f32> {
    rows: usize,
    capacity: usize,
    layers: usize,
    /// Everything that has a row for each sample; see the numbers below.
    matrices: Blocks<T>,
    gradients: Aligned<T>,
    /// Whether the targets are classes, of which a sample has one.
    exclusive: bool,
    /// Whether a gradient could overflow in the last training pass, see [`Samples::check_bounds`].
    unbounded: AtomicBool,
}

// The numbers of the matrices.
const INPUT: usize = 0;
const TARGETS: usize = 1;
/// The loss of every sample.
const LOSSES: usize = 2;
/// How many predictions are right for every sample.
const RIGHT: usize = 3;
/// What layer `index` put out.
const fn output(index: usize) -> usize {
    4 + 3 * index
}
/// dL/d(output) of layer `index`; in evaluation only that of the last has room.
const fn delta(index: usize) -> usize {
    5 + 3 * index
}
/// What layer `index` leaves for itself.
const fn scratch(index: usize) -> usize {
    6 + 3 * index
}
/// What goes into layer `index`.
const fn input_of(index: usize) -> usize {
    if index == 0 { INPUT } else { output(index - 1) }
}

/// Fails where there is no room for a workspace for so many rows, and for `more` numbers beside it.
pub(crate) fn check_room<T: Scalar>(
    layers: &[LayerSlot<T>],
    rows: usize,
    backward: bool,
    more: Option<usize>,
) -> Result<()> {
    let of_layer = |slot: &LayerSlot<T>| {
        let outputs = slot.output_len().checked_mul(if backward { 2 } else { 1 })?;
        outputs.checked_add(slot.spec().scratch_per_row)
    };
    let inputs = layers.first().map_or(0, |slot| slot.input_len());
    let row = layers.iter().try_fold(inputs, |sum, slot| sum.checked_add(of_layer(slot)?));
    let count = row.and_then(|row| row.checked_mul(rows)?.checked_add(more?));
    let what = match backward {
        true => format!("training on batches of {rows}, with what the optimiser remembers,"),
        false => format!("the outputs of all layers for {rows} samples"),
    };
    memory::check(what, count, size_of::<T>(), "take fewer units or smaller batches")
}

impl<T: Scalar> Workspace<T> {
    /// For up to `rows` samples through these layers, with or without what the backward pass needs.
    pub(super) fn new(layers: &[LayerSlot<T>], rows: usize, backward: bool) -> Self {
        let (input_len, output_len) = match layers {
            [] => (0, 0),
            [lowest, ..] => (lowest.input_len(), layers[layers.len() - 1].output_len()),
        };
        let mut matrices = Blocks::new();
        for width in [input_len, output_len, 1, 1] {
            matrices.add(rows, width);
        }
        for (index, slot) in layers.iter().enumerate() {
            matrices.add(rows, slot.output_len());
            let needed = backward || index + 1 == layers.len();
            matrices.add(if needed { rows } else { 0 }, slot.output_len());
            if slot.spec().row_by_row {
                matrices.add(rows, slot.spec().scratch_per_row);
            } else {
                matrices.add_uncut(slot.spec().scratch_len(rows));
            }
        }
        let gradients =
            Aligned::zeros(if backward { layers.iter().map(|slot| slot.range().len()).sum() } else { 0 });
        let (layers, unbounded) = (layers.len(), AtomicBool::new(false));
        Workspace { rows, capacity: rows, layers, matrices, gradients, exclusive: true, unbounded }
    }

    /// Samples in the current batch.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Most samples that there is room for.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Changes the number of samples in the current batch; at most the [`capacity`](Self::capacity).
    ///
    /// # Panics
    /// If there is no room for so many.
    #[track_caller]
    pub fn set_rows(&mut self, rows: usize) {
        assert!(rows <= self.capacity(), "{rows} rows do not fit into a workspace for {}", self.capacity());
        self.rows = rows;
    }

    /// The input, `[rows, input_len]`.
    pub fn input(&self) -> ArrayView2<'_, T> {
        self.matrices.view(INPUT, self.rows)
    }

    /// The input, to fill.
    pub fn input_mut(&mut self) -> ArrayViewMut2<'_, T> {
        self.matrices.view_mut(INPUT, self.rows)
    }

    /// The targets, `[rows, output_len]`.
    pub fn targets(&self) -> ArrayView2<'_, T> {
        self.matrices.view(TARGETS, self.rows)
    }

    /// The targets, to fill.
    pub fn targets_mut(&mut self) -> ArrayViewMut2<'_, T> {
        self.matrices.view_mut(TARGETS, self.rows)
    }

    /// Says what is to come: so many samples, with classes for targets or without.
    pub(crate) fn prepare(&mut self, rows: usize, data: &Dataset<T>) {
        self.set_rows(rows);
        self.exclusive = data.labels().is_some();
        self.unbounded = AtomicBool::new(false);
    }

    /// What layer `index` put out.
    pub fn output(&self, index: usize) -> ArrayView2<'_, T> {
        self.matrices.view(output(index), self.rows)
    }

    /// What went into layer `index`.
    pub fn input_of(&self, index: usize) -> ArrayView2<'_, T> {
        self.matrices.view(input_of(index), self.rows)
    }

    /// What the last layer put out.
    pub fn logits(&self) -> ArrayView2<'_, T> {
        self.output(self.layers - 1)
    }

    /// dL/d(output) of layer `index`; for the last, the gradient at the logits. Layers below the
    /// lowest with parameters have none, and zeros stand here.
    pub fn delta(&self, index: usize) -> ArrayView2<'_, T> {
        self.matrices.view(delta(index), self.rows)
    }

    /// dL/dw for every parameter, in the order of [`Sequential::params`](crate::nn::Sequential::params):
    /// those that were stored last. A training step may change weights without, if no
    /// [observer](crate::train::Observer::wants_gradients) wants them.
    pub fn gradients(&self) -> &[T] {
        &self.gradients
    }

    /// The loss, mean over the samples.
    pub(crate) fn loss(&self) -> f64 {
        self.mean(LOSSES)
    }

    /// Share of the samples that were predicted right; of labels that do not exclude one another
    /// the share of (sample, label) pairs, which is 1 - the Hamming loss. `None` where nothing is right or wrong.
    pub(crate) fn accuracy(&self, head: &dyn Loss<T>) -> Option<f64> {
        let of = if counted_by_label(head, self.exclusive) { self.targets().ncols() as f64 } else { 1.0 };
        decides(head, self.exclusive).then(|| self.mean(RIGHT) / of)
    }

    fn mean(&self, number: usize) -> f64 {
        // In the order of the samples, however they were shared out.
        self.matrices.view(number, self.rows).iter().map(|x| x.f64()).sum::<f64>() / self.rows as f64
    }

    pub(crate) fn scratch(&self, index: usize, len: usize) -> &[T] {
        &self.matrices.view(scratch(index), self.rows).to_slice().expect("in one piece")[..len]
    }

    /// Whether no gradient of the last training pass can be infinite or NaN.
    pub(crate) fn gradients_are_bounded(&self) -> bool {
        !self.unbounded.load(Relaxed)
    }

    /// All samples, and the gradients of the parameters.
    pub(super) fn whole<'a>(&'a mut self, mode: Mode, threads: &'a Threads) -> (Samples<'a, T>, &'a mut [T]) {
        let block = self.matrices.whole(self.rows);
        let (of, exclusive, unbounded, layers) = (self.rows, self.exclusive, &self.unbounded, self.layers);
        (Samples { block, of, exclusive, unbounded, layers, mode, threads }, &mut self.gradients)
    }

    /// Cuts the samples into as many blocks and runs the task on each of them, spread over the threads. A
    /// block is computed in this mode, on these threads of its own.
    pub(super) fn in_blocks(
        &mut self,
        threads: &Threads,
        blocks: usize,
        (mode, threads_of_block): (Mode, &Threads),
        task: impl Fn(&mut Samples<T>) + Sync,
    ) {
        let (of, exclusive, unbounded, layers) = (self.rows, self.exclusive, &self.unbounded, self.layers);
        self.matrices.run(threads, self.rows, blocks, |block| {
            task(&mut Samples { block, of, exclusive, unbounded, layers, mode, threads: threads_of_block });
        });
    }
}

/// Whether a prediction is right or wrong: of classes, and of probabilities. In a regression it is near or far.
fn decides<T: Scalar>(head: &dyn Loss<T>, exclusive: bool) -> bool {
    exclusive || head.spec().link.gives_probabilities()
}

/// Whether predictions of this head for these data are right or wrong.
pub(crate) fn has_accuracy<T: Scalar>(head: &dyn Loss<T>, data: &Dataset<T>) -> bool {
    decides(head, data.labels().is_some())
}

/// Whether right and wrong are counted label by label and not sample by sample.
fn counted_by_label<T: Scalar>(head: &dyn Loss<T>, exclusive: bool) -> bool {
    !exclusive && head.spec().link == Link::Sigmoid
}

/// The numbers of some samples of the batch, for one thread to compute.
pub(crate) struct Samples<'a, T: Scalar> {
    block: Block<'a, T>,
    /// Samples in the batch.
    of: usize,
    exclusive: bool,
    unbounded: &'a AtomicBool,
    layers: usize,
    /// What the pass is for.
    pub mode: Mode,
    /// The threads to compute on.
    pub threads: &'a Threads,
}

impl<T: Scalar> Samples<'_, T> {
    /// Which samples of the batch these are.
    pub fn rows(&self) -> Range<usize> {
        self.block.rows()
    }

    /// Puts into the input and the targets what these samples have of the batch, whose rows in a data set are
    /// given.
    pub fn load(&mut self, data: &Dataset<T>, rows: &[usize]) {
        let rows = &rows[self.rows()];
        let [mut input, mut targets] = self.block.get([INPUT, TARGETS]);
        data.gather(rows, self.threads, &mut input, &mut targets);
        if let Mode::Training { step } = self.mode {
            data.distort(rows, step, self.threads, &mut input);
        }
    }

    /// Copies these inputs into the workspace.
    pub fn put_input(&mut self, inputs: &Mat<T>) {
        let [mut input] = self.block.get([INPUT]);
        input.assign(inputs);
    }

    /// Input, output and scratch of layer `index`.
    pub fn layer(&mut self, index: usize) -> [ArrayViewMut2<'_, T>; 3] {
        self.block.get([input_of(index), output(index), scratch(index)])
    }

    /// The same, and the gradient at its output.
    pub fn layer_and_delta(&mut self, index: usize) -> [ArrayViewMut2<'_, T>; 4] {
        self.block.get([input_of(index), output(index), scratch(index), delta(index)])
    }

    /// The same, and the gradient at its input, which is that at the output of the layer below.
    pub fn layer_and_deltas(&mut self, index: usize) -> [ArrayViewMut2<'_, T>; 5] {
        self.block.get([input_of(index), output(index), scratch(index), delta(index), delta(index - 1)])
    }

    /// Adds to the output of layer `end` what went into layer `begin`.
    pub fn add_input(&mut self, end: usize, begin: usize) {
        let [mut y, x] = self.block.get([output(end), input_of(begin)]);
        y += &x;
    }

    /// Adds to the gradient at the input of layer `begin` the one at the output of layer `end`.
    pub fn add_delta(&mut self, begin: usize, end: usize) {
        let [mut dx, dy] = self.block.get([delta(begin - 1), delta(end)]);
        dx += &dy;
    }

    /// Checks whether all numbers that the gradients of linear layers are computed from are so small that no
    /// sum over the batch can overflow: their inputs, and the gradients at their outputs. Inputs of the
    /// network need no check where they are known to stay within a `bound`. Gradients of other layers
    /// count as unbounded.
    pub fn check_bounds(&mut self, layers: &[LayerSlot<T>], bound: Option<T>) {
        // |sum of x dy| <= samples limit^2 = MAX / 4.
        let limit = T::of((T::max_value().f64() / (4.0 * self.of as f64)).sqrt());
        // NaN is not at most anything. Counted, as `all` would end at the first and so not become vectors.
        let small = |numbers: &[T]| {
            let count = widest(|| numbers.iter().map(|x| u32::from(x.abs() <= limit)).sum::<u32>());
            count as usize == numbers.len()
        };
        let mut with_params = (0..layers.len()).filter(|&l| !layers[l].range().is_empty());
        let bounded = layers.iter().all(|slot| slot.spec().row_by_row)
            && with_params.all(|l| {
                let known = input_of(l) == INPUT && bound.is_some_and(|bound| bound <= limit);
                let matrices = self.block.get([delta(l), input_of(l)]);
                let unknown = &matrices[..if known { 1 } else { 2 }];
                layers[l].spec().linear
                    && unknown.iter().all(|matrix| small(matrix.as_slice().expect("a block is in one piece")))
            });
        if !bounded {
            self.unbounded.store(true, Relaxed);
        }
    }

    /// Losses, gradient at the logits, and how many predictions are right.
    pub fn loss(&mut self, head: &dyn Loss<T>) {
        let last = self.layers - 1;
        let [logits, targets, mut dlogits, mut losses, mut right] =
            self.block.get([output(last), TARGETS, delta(last), LOSSES, RIGHT]);
        let losses = losses.as_slice_mut().expect("a column");
        let (logits, targets) = (logits.view(), targets.view());
        head.losses(&logits, &targets, &mut dlogits, losses);
        let scale = T::of(1.0 / self.of as f64);
        dlogits.mapv_inplace(|gradient| scale * gradient);

        if counted_by_label(head, self.exclusive) {
            // A probability is above 1/2 where its logit is above 0.
            let half = T::of(0.5);
            let agree = |(&z, &t): (&T, &T)| !z.is_nan() & ((z >= T::zero()) == (t > half));
            let labels = |z: &[T], t: &[T]| z.iter().zip(t).filter(|pair| agree(*pair)).count();
            count(&logits, &targets, &mut right, labels);
            return;
        }
        // A head keeps the order of its outputs, and a single one has none.
        if logits.ncols() == 1 {
            right.assign(&logits);
            head.predict(&mut right);
            right.zip_mut_with(&targets, |p, &t| *p = T::of(f64::from(u8::from(agree(&[*p], &[t])))));
            return;
        }
        count(&logits, &targets, &mut right, |p, t| usize::from(agree(p, t)));
    }
}

/// Counts how many predictions of each row are right.
#[inline(always)]
fn count<T: Scalar>(p: &Mat<T>, targets: &Mat<T>, right: &mut Mat<T>, of_row: impl Fn(&[T], &[T]) -> usize) {
    let outputs = p.ncols().max(1);
    let [p, t] = [p, targets].map(|matrix| matrix.as_slice().expect("a block is in one piece"));
    widest(
        #[inline(always)]
        || {
            for ((p, t), right) in p.chunks_exact(outputs).zip(t.chunks_exact(outputs)).zip(right) {
                *right = T::of(of_row(p, t) as f64);
            }
        },
    );
}
