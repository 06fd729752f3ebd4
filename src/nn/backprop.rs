//! How a batch goes through a network, forward and backward, and how it is shared out among the threads.

use crate::data::dataset::Dataset;
use crate::nn::layer::Mode;
use crate::nn::layer::Pass;
use crate::nn::network::Sequential;
use crate::nn::parts::{Part, Parts};
use crate::nn::workspace::Samples;
use crate::nn::workspace::Workspace;
use gradlens_kernel::{LEAST_ROWS, Mat, Scalar, Store, Threads, can_add};
use ndarray::{ArrayViewMut2, Axis};
use std::ops::Range;

impl<T: Scalar> Sequential<T> {
    /// Computes every layer's output from the workspace's input.
    pub fn forward(&self, workspace: &mut Workspace<T>, mode: Mode) {
        self.share_out(workspace, |mut samples, threads| self.forward_of(&mut samples, mode, threads));
    }

    /// The same from these inputs, without training. The workspace's own input is left alone, unless the rows of
    /// these are not in one piece.
    pub(super) fn forward_from(&self, workspace: &mut Workspace<T>, inputs: &Mat<T>) {
        let mode = Mode::Evaluation;
        self.share_out(workspace, |mut samples, threads| {
            let x = inputs.slice_axis(Axis(0), samples.rows().into());
            if x.is_standard_layout() {
                self.forward_layer(0, Some(&x), &mut samples, mode, threads);
                self.forward_through(1..self.layers.len(), &mut samples, mode, threads);
            } else {
                samples.put(&x);
                self.forward_of(&mut samples, mode, threads);
            }
        });
    }

    /// The head's loss for the workspace's logits and targets, mean over samples; its gradient goes
    /// into the workspace.
    pub fn loss(&self, workspace: &mut Workspace<T>) -> f64 {
        self.share_out(workspace, |mut samples, _| samples.judge(self));
        workspace.loss()
    }

    /// Computes every gradient from the one at the logits. After [`forward`](Self::forward), in the
    /// same mode, and [`loss`](Self::loss).
    pub fn backward(&self, workspace: &mut Workspace<T>, mode: Mode) {
        if self.by_rows() {
            self.share_out(workspace, |mut samples, threads| self.deltas_of(&mut samples, mode, threads));
        }
        self.backward_params(workspace, mode);
    }

    /// Loads these rows of a data set and computes outputs and loss.
    pub(crate) fn judge(&self, workspace: &mut Workspace<T>, data: &Dataset<T>, rows: &[usize]) -> f64 {
        workspace.prepare(rows.len(), data);
        self.share_out(workspace, |mut samples, threads| {
            samples.load(data, &rows[samples.rows()], threads);
            self.forward_of(&mut samples, Mode::Evaluation, threads);
            samples.judge(self);
        });
        workspace.loss()
    }

    /// Loads these rows of a data set and computes outputs, loss and, if layers work by rows, the gradients at
    /// their outputs.
    ///
    /// A thread takes some samples all the way, so that the threads meet once and not at every layer; but
    /// for a lowest layer of many weights and more units than there are samples. There each thread
    /// computes some of the units: those of which it changes the weights, which so stay in its cache.
    pub(crate) fn deltas(
        &self,
        workspace: &mut Workspace<T>,
        data: &Dataset<T>,
        rows: &[usize],
        mode: Mode,
    ) -> f64 {
        workspace.prepare(rows.len(), data);
        let (by_rows, by_units) = (self.by_rows(), self.by_units());
        let load = |samples: &mut Samples<T>, threads: &_| samples.load(data, &rows[samples.rows()], threads);
        let lowest = &self.layers[0];
        let large = lowest.params.len() >= MANY_WEIGHTS && lowest.output_len > rows.len();
        let together = usize::from(large && lowest.layer.by_units());
        if together > 0 {
            self.share_out(workspace, |mut samples, threads| load(&mut samples, threads));
            workspace.share_out(&self.alone, 1, |mut samples| {
                self.forward_through(0..together, &mut samples, mode, &self.threads);
            });
        }
        self.share_out(workspace, |mut samples, threads| {
            if together == 0 {
                load(&mut samples, threads);
            }
            self.forward_through(together..self.layers.len(), &mut samples, mode, threads);
            samples.judge(self);
            if by_rows {
                self.deltas_of(&mut samples, mode, threads);
            }
            if by_units {
                samples.tame(self.with_params(), data.bound());
            }
        });
        workspace.loss()
    }

    /// Whether [`descend`](Self::descend) can compute the gradients.
    pub(crate) fn by_units(&self) -> bool {
        self.by_rows() && self.with_params().all(|index| self.layers[index].layer.by_units())
    }

    /// The layers that have parameters.
    fn with_params(&self) -> impl Iterator<Item = usize> {
        (0..self.layers.len()).filter(|&index| !self.layers[index].params.is_empty())
    }

    /// Changes the parameters by an update that works weight by weight, a part on each thread at a time; it
    /// is given the part's weights, their gradients and their piece of `memory`.
    ///
    /// The gradients are those in the workspace. Or, in the `mode` of a pass, each part's are computed first, after
    /// [`deltas`](Self::deltas) and if [`by_units`](Self::by_units) says so: they are still in the
    /// cache when the update reads them. Where the update is nothing but w -= rate g, with the rate that `plain`
    /// gives for a part, the gradient is added to the weights as it is computed, and stored nowhere.
    pub(crate) fn descend(
        &mut self,
        workspace: &mut Workspace<T>,
        parts: &Parts,
        mode: Option<Mode>,
        plain: impl Fn(&Part) -> Option<f64> + Sync,
        [first, second]: [&mut [T]; 2],
        update: impl Fn(&Part, &mut [T], &[T], [&mut [T]; 2]) + Sync,
    ) {
        let Sequential { layers, params, state, threads, alone, seed, .. } = self;
        let can_add = can_add(workspace.rows());
        let (of_layer, gradients) = workspace.for_gradients();
        parts.run(threads, [params, gradients, first, second], |part, pieces| {
            let [weights, gradient, first, second] = pieces;
            if let Some(mode) = mode {
                let placed = &layers[part.layer];
                let numbers = (&[][..], &state[placed.state.clone()]);
                let pass = Pass::of_layer(part.layer, mode, *seed, numbers, alone);
                let [x, dy] = of_layer(part.layer);
                let compute = |store, to: &mut [T]| {
                    placed.layer.backward_units(&pass, &part.slice, &x, &dy, store, to);
                };
                if let (Some(rate), true) = (plain(part), can_add) {
                    return compute(Store::Add(T::of(-rate)), weights);
                }
                compute(Store::Replace, gradient);
            }
            update(part, weights, gradient, [first, second]);
        });
    }

    /// Loads these rows of a data set and computes outputs, loss and every gradient.
    pub(crate) fn learn(
        &self,
        workspace: &mut Workspace<T>,
        data: &Dataset<T>,
        rows: &[usize],
        mode: Mode,
    ) -> f64 {
        let loss = self.deltas(workspace, data, rows, mode);
        self.backward_params(workspace, mode);
        loss
    }

    fn forward_of(&self, samples: &mut Samples<T>, mode: Mode, threads: &Threads) {
        self.forward_through(0..self.layers.len(), samples, mode, threads);
    }

    fn forward_through(&self, layers: Range<usize>, samples: &mut Samples<T>, mode: Mode, threads: &Threads) {
        for index in layers {
            self.forward_layer(index, None, samples, mode, threads);
        }
    }

    /// Computes a layer's output from these inputs, or from those that the workspace has for it.
    fn forward_layer(
        &self,
        index: usize,
        inputs: Option<&Mat<T>>,
        samples: &mut Samples<T>,
        mode: Mode,
        threads: &Threads,
    ) {
        let (placed, rows) = (&self.layers[index], samples.rows());
        let [x, mut y, scratch] = samples.layer(index);
        let scratch = &mut in_one_piece(scratch)[..placed.scratch_len(rows.len())];
        let pass = self.pass_on(threads, index, mode, rows.start);
        placed.layer.forward(&pass, inputs.unwrap_or(&x.view()), &mut y, scratch);
    }

    /// The gradients at the outputs of all layers but the last.
    fn deltas_of(&self, samples: &mut Samples<T>, mode: Mode, threads: &Threads) {
        for index in (self.lowest() + 1..self.layers.len()).rev() {
            self.delta_below(samples, index, mode, threads);
        }
    }

    fn delta_below(&self, samples: &mut Samples<T>, index: usize, mode: Mode, threads: &Threads) {
        let (placed, rows) = (&self.layers[index], samples.rows());
        let [x, y, scratch, dy, mut dx] = samples.layer_and_deltas(index);
        let scratch = &mut in_one_piece(scratch)[..placed.scratch_len(rows.len())];
        let pass = self.pass_on(threads, index, mode, rows.start);
        placed.layer.backward_input(&pass, &x.view(), &y.view(), &dy.view(), &mut dx, scratch);
    }

    /// The gradients of the parameters; those at the outputs too, unless they were computed by rows.
    pub(crate) fn backward_params(&self, workspace: &mut Workspace<T>, mode: Mode) {
        let lowest = self.lowest();
        let (mut samples, gradients) = workspace.whole();
        for (index, placed) in self.layers.iter().enumerate().skip(lowest).rev() {
            if !placed.params.is_empty() {
                let rows = samples.rows().len();
                let [x, y, scratch, dy] = samples.layer_and_delta(index);
                let scratch = &mut in_one_piece(scratch)[..placed.scratch_len(rows)];
                let dparams = &mut gradients[placed.params.clone()];
                let pass = self.pass(index, mode);
                placed.layer.backward_params(&pass, &x.view(), &y.view(), &dy.view(), dparams, scratch);
            }
            if index > lowest && !self.by_rows() {
                self.delta_below(&mut samples, index, mode, &self.threads);
            }
        }
    }

    /// The lowest layer with parameters: below it nobody needs a gradient.
    fn lowest(&self) -> usize {
        self.layers.iter().position(|placed| !placed.params.is_empty()).unwrap_or(self.layers.len())
    }

    fn by_rows(&self) -> bool {
        self.layers.iter().all(|placed| placed.layer.by_rows())
    }

    /// Runs the task on blocks of the batch, a thread each, or on the whole batch on all threads where
    /// there is too little to share out.
    fn share_out(&self, workspace: &mut Workspace<T>, task: impl Fn(Samples<T>, &Threads) + Sync) {
        let (rows, threads) = (workspace.rows(), self.threads.count());
        let worth = rows * self.params.len() >= MIN_PRODUCTS;
        if threads > 1 && worth && self.by_rows() && rows >= threads * LEAST_ROWS {
            workspace.share_out(&self.threads, threads, |samples| task(samples, &self.alone));
        } else {
            workspace.share_out(&self.alone, 1, |samples| task(samples, &self.threads));
        }
    }
}

/// Numbers in one piece, as a workspace keeps them.
fn in_one_piece<T>(numbers: ArrayViewMut2<'_, T>) -> &mut [T] {
    numbers.into_slice().expect("a workspace keeps its numbers together")
}

/// To move as many weights between the threads' caches takes longer than to meet once more.
const MANY_WEIGHTS: usize = 1 << 15;

/// With fewer products than these a batch is not cut into blocks: a microsecond's work.
const MIN_PRODUCTS: usize = 50_000;
