//! A network: layers one after another, an output head, and the numbers that they share.

use crate::data::dataset::Dataset;
use crate::error::{Error, Result};
use crate::memory;
use crate::nn::layer::{Mode, Pass, Spec};
use crate::nn::loss::Loss;
use crate::nn::param::Param;
use crate::nn::slot::LayerSlot;
use crate::nn::workspace::{Samples, Workspace, check_room};
use gradlens_kernel::{Aligned, Mat, Scalar, Threads};
use ndarray::{Array2, ArrayViewD, ArrayViewMutD, Axis};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A network of layers, each feeding the next, under an output head.
///
/// All parameters lie in one vector, layer after layer. Names and shapes are those of
/// `torch.nn.Sequential`: `"0.weight"` is `[out, in]`, `"0.bias"` is `[out]`, and layers
/// without parameters take an index too.
///
/// ```
/// use gradlens::{Dense, Relu, Sequential, SoftmaxCrossEntropy};
/// use ndarray::Array2;
/// let net = Sequential::input(784)
///     .layer(Dense::new(128))
///     .layer(Relu)
///     .layer(Dense::new(10))
///     .head(SoftmaxCrossEntropy::default())
///     .seed(7)
///     .build()?;
/// let p = net.predict(&Array2::zeros((3, 784)))?;
/// assert_eq!(p.dim(), (3, 10));
/// assert!((p.row(0).sum() - 1.0).abs() < 1e-6);
/// println!("{net}");
/// # Ok::<(), gradlens::Error>(())
/// ```
///
/// A clone has its own weights.
#[derive(Debug, Clone)]
pub struct Sequential<T: Scalar = f32> {
    input_len: usize,
    pub(super) layers: Vec<LayerSlot<T>>,
    pub(super) head: Arc<dyn Loss<T>>,
    pub(super) params: Aligned<T>,
    pub(super) state: Vec<T>,
    pub(super) seed: u64,
    pub(super) threads: Threads,
    /// Training steps that it has taken.
    steps: u64,
}

impl<T: Scalar> Sequential<T> {
    pub(super) fn new(
        input_len: usize,
        layers: Vec<LayerSlot<T>>,
        head: Arc<dyn Loss<T>>,
        (params, state): (Vec<T>, Vec<T>),
        seed: u64,
        threads: Threads,
    ) -> Self {
        Sequential { input_len, layers, head, params: params.into(), state, seed, threads, steps: 0 }
    }

    /// Columns of the input.
    pub fn input_len(&self) -> usize {
        self.input_len
    }

    /// Columns of the output.
    pub fn output_len(&self) -> usize {
        self.layers.last().map_or(self.input_len, |top| top.output_len())
    }

    /// The layers, the one nearest the input first.
    pub fn layers(&self) -> &[LayerSlot<T>] {
        &self.layers
    }

    /// The output head.
    pub fn head(&self) -> &dyn Loss<T> {
        &*self.head
    }

    /// The seed it was built with.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The threads it computes on.
    pub fn threads(&self) -> &Threads {
        &self.threads
    }

    /// All parameters, layer after layer.
    pub fn params(&self) -> &[T] {
        &self.params
    }

    /// All parameters, to change.
    pub fn params_mut(&mut self) -> &mut [T] {
        &mut self.params
    }

    /// What layers keep beside their parameters (see [`Spec::state`](crate::nn::Spec::state)).
    pub fn state(&self) -> &[T] {
        &self.state
    }

    /// How many training steps it has taken, in all runs.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    pub(crate) fn count_step(&mut self) {
        self.steps += 1;
    }

    /// Makes it one that has taken so many.
    #[cfg(feature = "models")]
    pub(crate) fn set_steps(&mut self, steps: u64) {
        self.steps = steps;
    }

    /// The same, to change.
    pub fn state_mut(&mut self) -> &mut [T] {
        &mut self.state
    }

    /// Every parameter: its name, what is known of it, and where it lies in [`params`](Self::params).
    ///
    /// ```
    /// # use gradlens::{Dense, Relu, Sequential, SoftmaxCrossEntropy};
    /// let net = Sequential::input(2)
    ///     .layer(Dense::new(3))
    ///     .layer(Relu)
    ///     .layer(Dense::new(2))
    ///     .head(SoftmaxCrossEntropy::default())
    ///     .build()?;
    /// let names: Vec<String> = net.named_params().map(|(name, ..)| name).collect();
    /// assert_eq!(names, ["0.weight", "0.bias", "2.weight", "2.bias"]);
    /// # Ok::<(), gradlens::Error>(())
    /// ```
    pub fn named_params(&self) -> impl Iterator<Item = (String, &Param, Range<usize>)> {
        self.named(|spec| &spec.params)
    }

    /// All that layers keep beside: its name, what is known of it, and where it lies in [`state`](Self::state).
    pub fn named_state(&self) -> impl Iterator<Item = (String, &Param, Range<usize>)> {
        self.named(|spec| &spec.state)
    }

    fn named(&self, of: fn(&Spec) -> &Vec<Param>) -> impl Iterator<Item = (String, &Param, Range<usize>)> {
        let all = self.layers.iter().enumerate().flat_map(move |(index, slot)| {
            of(slot.spec()).iter().map(move |spec| (format!("{index}.{}", spec.name), spec))
        });
        all.scan(0, |end, (name, spec)| {
            let start = *end;
            *end += spec.len();
            Some((name, spec, start..*end))
        })
    }

    /// The threads, the layers, and all parameters to change.
    pub(crate) fn parts_mut(&mut self) -> (&Threads, &[LayerSlot<T>], &mut [T]) {
        (&self.threads, &self.layers, &mut self.params)
    }

    fn find(&self, name: &str) -> Option<(Vec<usize>, Range<usize>)> {
        self.named_params()
            .find(|(found, ..)| found == name)
            .map(|(_, spec, range)| (spec.shape.clone(), range))
    }

    /// The parameter of this name, `"0.weight"` say, in its shape.
    pub fn param(&self, name: &str) -> Option<ArrayViewD<'_, T>> {
        let (shape, range) = self.find(name)?;
        ArrayViewD::from_shape(shape, &self.params[range]).ok()
    }

    /// The parameter of this name, to change.
    pub fn param_mut(&mut self, name: &str) -> Option<ArrayViewMutD<'_, T>> {
        let (shape, range) = self.find(name)?;
        ArrayViewMutD::from_shape(shape, &mut self.params[range]).ok()
    }

    /// What the head makes of the inputs `[samples, input_len]`: probabilities `[samples, output_len]`.
    ///
    /// # Errors
    /// [`Error::Shape`] if the inputs have another number of columns.
    pub fn predict(&self, inputs: &Mat<T>) -> Result<Array2<T>> {
        let mut outputs = self.logits(inputs)?;
        self.head.predict(&mut outputs);
        Ok(outputs)
    }

    /// What the last layer computes from the inputs, before the head.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn logits(&self, inputs: &Mat<T>) -> Result<Array2<T>> {
        self.check_input_len(inputs.ncols())?;
        let outputs = memory::product(&[inputs.nrows(), self.output_len()]);
        check_room(&self.layers, inputs.nrows().min(EVALUATION_ROWS), false, outputs)?;
        let mut outputs = Array2::zeros((inputs.nrows(), self.output_len()));
        let mut workspace = self.workspace_for_evaluation(inputs.nrows().min(EVALUATION_ROWS));
        for start in (0..inputs.nrows()).step_by(EVALUATION_ROWS) {
            let end = inputs.nrows().min(start + EVALUATION_ROWS);
            workspace.set_rows(end - start);
            self.forward_from(&mut workspace, &inputs.slice_axis(Axis(0), (start..end).into()));
            outputs.slice_axis_mut(Axis(0), (start..end).into()).assign(&workspace.logits());
        }
        Ok(outputs)
    }

    /// A workspace for up to `rows` samples, forward and backward.
    pub fn workspace(&self, rows: usize) -> Workspace<T> {
        Workspace::new(&self.layers, rows, true)
    }

    /// The same for the forward pass and the loss alone.
    pub(crate) fn workspace_for_evaluation(&self, rows: usize) -> Workspace<T> {
        Workspace::new(&self.layers, rows, false)
    }

    /// Step 1 of [backpropagation](crate::nn) from these inputs, without training. They are copied into the
    /// workspace only where their rows are not contiguous, or a residual block adds them.
    fn forward_from(&self, workspace: &mut Workspace<T>, inputs: &Mat<T>) {
        let added = (0..self.layers.len()).any(|l| self.block_below(l).is_some_and(|block| block.start == 0));
        self.in_blocks(workspace, Mode::Evaluation, |batch| {
            let x = inputs.slice_axis(Axis(0), batch.rows().into());
            if x.is_standard_layout() && !added {
                self.forward_layer(0, Some(&x), batch);
                self.forward_through(1..self.layers.len(), batch);
            } else {
                batch.put_input(&x);
                self.forward_through(0..self.layers.len(), batch);
            }
        });
    }

    /// Loads these rows of a data set and computes outputs and loss.
    pub(crate) fn evaluate_batch(
        &self,
        workspace: &mut Workspace<T>,
        data: &Dataset<T>,
        rows: &[usize],
    ) -> f64 {
        workspace.prepare(rows.len(), data);
        self.in_blocks(workspace, Mode::Evaluation, |batch| {
            batch.load(data, rows);
            self.forward_through(0..self.layers.len(), batch);
            batch.loss(self.head());
        });
        workspace.loss()
    }

    /// Computes every layer's output from the workspace's input.
    pub fn forward(&self, workspace: &mut Workspace<T>, mode: Mode) {
        self.in_blocks(workspace, mode, |batch| self.forward_through(0..self.layers.len(), batch));
    }

    /// The head's loss for the workspace's logits and targets, mean over samples. Its gradient at the logits
    /// goes into the workspace.
    pub fn loss(&self, workspace: &mut Workspace<T>) -> f64 {
        self.in_blocks(workspace, Mode::Evaluation, |batch| batch.loss(self.head()));
        workspace.loss()
    }

    /// Computes every gradient from the one at the logits. After [`forward`](Self::forward), in the
    /// same mode, and [`loss`](Self::loss).
    ///
    /// # Errors
    /// [`Error::Layer`] if a layer does not put a gradient for each of its parameters.
    pub fn backward(&self, workspace: &mut Workspace<T>, mode: Mode) -> Result<()> {
        if self.row_by_row() {
            self.in_blocks(workspace, mode, |batch| self.backward_through(batch));
        }
        self.param_gradients(workspace, mode)
    }

    /// Checks that this network can learn from, or be tested on, a data set: the sizes, every
    /// target against the head, every input for NaN.
    ///
    /// # Errors
    /// [`Error::Shape`], [`Error::Target`] or [`Error::Input`], naming the row.
    pub fn check(&self, data: &Dataset<T>) -> Result<()> {
        self.check_input_len(data.input_len())?;
        if data.output_len() != self.output_len() {
            return Err(Error::Shape {
                what: "the targets".into(),
                found: format!("{} columns (or classes)", data.output_len()),
                expected: format!("{}, the outputs of the network", self.output_len()),
                remedy: "change the width of the last layer or the data".into(),
            });
        }
        data.check_inputs()?;
        check_targets(&*self.head, data)
    }

    pub(super) fn check_input_len(&self, found: usize) -> Result<()> {
        if found == self.input_len {
            return Ok(());
        }
        Err(Error::Shape {
            what: "the inputs".into(),
            found: format!("{found} columns"),
            expected: format!("{}, the inputs of the network", self.input_len),
            remedy: format!("build the network with input({found}) or change the data"),
        })
    }

    /// The pass of layer `l` for these samples.
    pub(super) fn pass<'a>(&'a self, l: usize, batch: &Samples<'a, T>) -> Pass<'a, T> {
        let numbers = (&self.params[..], &self.state[..]);
        self.layers[l].pass(l, batch.mode, self.seed, numbers, batch.threads).starting_at(batch.rows().start)
    }

    /// The same for the gradients of its parameters, which a linear layer does not see.
    pub(super) fn pass_of_params<'a>(&'a self, l: usize, batch: &Samples<'a, T>) -> Pass<'a, T> {
        match self.layers[l].spec().linear {
            true => self.layers[l].pass_without_params(l, batch.mode, self.seed, &self.state, batch.threads),
            false => self.pass(l, batch),
        }
    }

    /// The pass of layer `l` for evaluation, on any samples.
    pub(crate) fn evaluation_pass(&self, l: usize) -> Pass<'_, T> {
        self.layers[l].pass(l, Mode::Evaluation, self.seed, (&self.params, &self.state), &self.threads)
    }

    /// Lets layers update their state after a training step.
    pub(crate) fn update_state(&mut self, workspace: &Workspace<T>) {
        for (l, slot) in self.layers.iter().enumerate() {
            if !slot.state_range().is_empty() {
                let scratch = workspace.scratch(l, slot.spec().scratch_len(workspace.rows()));
                slot.layer().update_state(scratch, &mut self.state[slot.state_range()]);
            }
        }
    }
}

/// Whether a head can learn from every target.
fn check_targets<T: Scalar>(head: &dyn Loss<T>, data: &Dataset<T>) -> Result<()> {
    data.each_target(|row, target| {
        head.check_target(target).map_err(|misfit| Error::Target {
            row,
            head: head.name(),
            found: misfit.found,
            expected: misfit.expected,
        })
    })
}

/// Samples that are evaluated at a time: more would not be faster, and need more room.
pub(crate) const EVALUATION_ROWS: usize = 256;

/// A row a layer: what it is, its widths, its parameters and how they start; then the total and the
/// head.
impl<T: Scalar> fmt::Display for Sequential<T> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let rows: Vec<[String; 5]> = self
            .layers
            .iter()
            .enumerate()
            .map(|(index, slot)| {
                let inits: Vec<String> =
                    slot.spec().params.iter().filter_map(|s| s.init.map(|i| i.to_string())).collect();
                [
                    index.to_string(),
                    slot.layer().name(),
                    format!("{} -> {}", slot.input_len(), slot.output_len()),
                    if slot.range().is_empty() { String::new() } else { grouped(slot.range().len()) },
                    inits.join(", "),
                ]
            })
            .collect();
        let titles = ["", "layer", "width", "parameters", "start (weight, bias)"].map(String::from);
        let widths: Vec<usize> = (0..5)
            .map(|c| rows.iter().chain([&titles]).map(|row| row[c].chars().count()).max().unwrap_or(0))
            .collect();
        for row in [&titles].into_iter().chain(&rows) {
            let line = format!(
                "{:>w0$}  {:<w1$}  {:<w2$}  {:>w3$}  {}",
                row[0],
                row[1],
                row[2],
                row[3],
                row[4],
                w0 = widths[0],
                w1 = widths[1],
                w2 = widths[2],
                w3 = widths[3],
            );
            writeln!(f, "{}", line.trim_end())?;
        }
        write!(f, "{} parameters, head: {}", grouped(self.params.len()), self.head.name())
    }
}

/// 101770 as "101 770".
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}
