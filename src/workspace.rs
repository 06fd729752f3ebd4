//! Everything that one pass through a network computes, kept where others can read it.

use crate::metrics::agreement;
use crate::{Dataset, Link, Scalar, Sequential};
use ndarray::{Array2, ArrayView2, ArrayViewMut2, s};
use std::ops::Range;

/// The numbers of one pass: the input, every layer's output, the gradient at every output, the
/// gradients of the parameters. Allocated once, overwritten at every step.
///
/// Rows are the samples of the batch at hand, [`rows`](Self::rows) of them.
///
/// ```
/// use gradlens::{Dense, Mode, Sequential, SoftmaxCrossEntropy, Workspace};
/// let net = Sequential::input(3)
///     .layer(Dense::new(2))
///     .head(SoftmaxCrossEntropy::default())
///     .build()?;
/// let mut workspace = Workspace::new(&net, 4);
/// workspace.input_mut().fill(1.0);
/// workspace.targets_mut().column_mut(0).fill(1.0);
/// net.forward(&mut workspace, Mode::Evaluation);
/// let loss = net.loss(&mut workspace);
/// net.backward(&mut workspace, Mode::Evaluation);
/// assert_eq!(workspace.output(0).dim(), (4, 2));
/// assert_eq!(workspace.gradients().len(), net.params().len());
/// assert!(loss > 0.0);
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug)]
pub struct Workspace<T: Scalar = f32> {
    rows: usize,
    input: Array2<T>,
    targets: Array2<T>,
    outputs: Vec<Array2<T>>,
    /// dL/d(output) of every layer; in evaluation only that of the last has room.
    deltas: Vec<Array2<T>>,
    gradients: Vec<T>,
    scratch: Vec<Vec<T>>,
    /// Whether the targets are classes, of which a sample has one.
    exclusive: bool,
}

impl<T: Scalar> Workspace<T> {
    /// Room for up to `rows` samples, forward and backward.
    pub fn new(net: &Sequential<T>, rows: usize) -> Self {
        Self::with(net, rows, true)
    }

    /// Room for the forward pass and the loss.
    pub(crate) fn for_evaluation(net: &Sequential<T>, rows: usize) -> Self {
        Self::with(net, rows, false)
    }

    fn with(net: &Sequential<T>, rows: usize, backward: bool) -> Self {
        let layers = net.layers();
        let scratch: Vec<Vec<T>> = layers
            .iter()
            .map(|placed| vec![T::zero(); placed.layer().scratch_len(rows, placed.input_len())])
            .collect();
        Workspace {
            rows,
            input: Array2::zeros((rows, net.input_len())),
            targets: Array2::zeros((rows, net.output_len())),
            outputs: layers.iter().map(|placed| Array2::zeros((rows, placed.output_len()))).collect(),
            deltas: layers
                .iter()
                .enumerate()
                .map(|(index, placed)| {
                    let needed = backward || index + 1 == layers.len();
                    Array2::zeros(if needed { (rows, placed.output_len()) } else { (0, 0) })
                })
                .collect(),
            gradients: vec![T::zero(); if backward { net.params().len() } else { 0 }],
            scratch,
            exclusive: true,
        }
    }

    /// Samples in the batch at hand.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Most samples that there is room for.
    pub fn capacity(&self) -> usize {
        self.input.nrows()
    }

    /// Changes the number of samples in the batch at hand; at most the [`capacity`](Self::capacity).
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
        self.input.slice(s![..self.rows, ..])
    }

    /// The input, to fill.
    pub fn input_mut(&mut self) -> ArrayViewMut2<'_, T> {
        self.input.slice_mut(s![..self.rows, ..])
    }

    /// The targets, `[rows, output_len]`.
    pub fn targets(&self) -> ArrayView2<'_, T> {
        self.targets.slice(s![..self.rows, ..])
    }

    /// The targets, to fill.
    pub fn targets_mut(&mut self) -> ArrayViewMut2<'_, T> {
        self.targets.slice_mut(s![..self.rows, ..])
    }

    /// Puts these rows of a data set into the input and the targets.
    pub(crate) fn load(&mut self, net: &Sequential<T>, data: &Dataset<T>, rows: &[usize]) {
        self.set_rows(rows.len());
        self.exclusive = data.labels().is_some();
        let mut input = self.input.slice_mut(s![..rows.len(), ..]);
        let mut targets = self.targets.slice_mut(s![..rows.len(), ..]);
        data.gather(rows, net.threads(), &mut input, &mut targets);
    }

    /// What layer `index` put out.
    pub fn output(&self, index: usize) -> ArrayView2<'_, T> {
        self.outputs[index].slice(s![..self.rows, ..])
    }

    /// What went into layer `index`.
    pub fn input_of(&self, index: usize) -> ArrayView2<'_, T> {
        if index == 0 { self.input() } else { self.output(index - 1) }
    }

    /// What the last layer put out.
    pub fn logits(&self) -> ArrayView2<'_, T> {
        self.output(self.outputs.len() - 1)
    }

    /// dL/d(output) of layer `index`; for the last, the gradient at the logits. Layers below the
    /// lowest with parameters have none, and zeros stand here.
    pub fn delta(&self, index: usize) -> ArrayView2<'_, T> {
        self.deltas[index].slice(s![..self.rows, ..])
    }

    /// dL/dw for every parameter, in the order of [`Sequential::params`].
    pub fn gradients(&self) -> &[T] {
        &self.gradients
    }

    /// Share of the batch's samples that are predicted right; of labels that do not exclude one another
    /// the share of (sample, label) pairs, which is 1 - the Hamming loss.
    pub(crate) fn accuracy(&self, net: &Sequential<T>) -> f64 {
        if !self.exclusive && net.head().link() == Link::Sigmoid {
            // A probability is above 1/2 where its logit is above 0.
            let (half, targets) = (T::of(0.5), self.targets());
            let right = |(&z, &t): (&T, &T)| !z.is_nan() && (z >= T::zero()) == (t > half);
            let right = self.logits().iter().zip(&targets).filter(|pair| right(*pair)).count();
            return right as f64 / targets.len() as f64;
        }
        if net.output_len() > 1 {
            // A head keeps the order of its outputs.
            return agreement(&self.logits(), &self.targets());
        }
        let mut predictions = self.logits().to_owned();
        net.head().predict(&mut predictions);
        agreement(&predictions, &self.targets())
    }

    pub(crate) fn scratch(&self, index: usize, len: usize) -> &[T] {
        &self.scratch[index][..len]
    }

    pub(crate) fn forward_views(
        &mut self,
        index: usize,
        scratch_len: usize,
    ) -> (ArrayView2<'_, T>, ArrayViewMut2<'_, T>, &mut [T]) {
        let rows = self.rows;
        let (below, above) = self.outputs.split_at_mut(index);
        let x = below.last().unwrap_or(&self.input).slice(s![..rows, ..]);
        (x, above[0].slice_mut(s![..rows, ..]), &mut self.scratch[index][..scratch_len])
    }

    pub(crate) fn head_views(&mut self) -> (ArrayView2<'_, T>, ArrayView2<'_, T>, ArrayViewMut2<'_, T>) {
        let (rows, last) = (self.rows, self.outputs.len() - 1);
        (
            self.outputs[last].slice(s![..rows, ..]),
            self.targets.slice(s![..rows, ..]),
            self.deltas[last].slice_mut(s![..rows, ..]),
        )
    }

    #[allow(clippy::type_complexity)] // one view for each argument of the backward passes
    pub(crate) fn backward_views(
        &mut self,
        index: usize,
        params: Range<usize>,
        scratch_len: usize,
    ) -> (
        ArrayView2<'_, T>,
        ArrayView2<'_, T>,
        ArrayView2<'_, T>,
        Option<ArrayViewMut2<'_, T>>,
        &mut [T],
        &mut [T],
    ) {
        let rows = self.rows;
        let (below, at) = self.deltas.split_at_mut(index);
        let x = if index == 0 { &self.input } else { &self.outputs[index - 1] };
        (
            x.slice(s![..rows, ..]),
            self.outputs[index].slice(s![..rows, ..]),
            at[0].slice(s![..rows, ..]),
            below.last_mut().map(|dx| dx.slice_mut(s![..rows, ..])),
            &mut self.gradients[params],
            &mut self.scratch[index][..scratch_len],
        )
    }
}
