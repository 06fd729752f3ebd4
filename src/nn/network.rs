//! A network: layers one after another, an output head, and the numbers that they share.

use crate::data::dataset::Dataset;
use crate::error::{Error, Result};
use crate::nn::heads::Loss;
use crate::nn::initialisers::Init;
use crate::nn::layer::{Layer, Mode, Pass};
use crate::nn::param::Param;
use crate::nn::workspace::Workspace;
use crate::random;
use crate::random::Purpose;
use gradlens_kernel::{Aligned, Mat, Scalar, Threads};
use ndarray::{Array2, ArrayViewD, ArrayViewMutD, Axis};
use std::fmt;
use std::ops::Range;

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
#[derive(Debug)]
pub struct Sequential<T: Scalar = f32> {
    input_len: usize,
    pub(super) layers: Vec<Placed<T>>,
    pub(super) head: Box<dyn Loss<T>>,
    pub(super) params: Aligned<T>,
    pub(super) state: Vec<T>,
    pub(super) seed: u64,
    pub(super) threads: Threads,
    /// The caller's thread, for what is shared out already.
    pub(super) alone: Threads,
}

/// A layer at its place in a network.
#[derive(Debug)]
pub struct Placed<T: Scalar = f32> {
    pub(super) layer: Box<dyn Layer<T>>,
    input_len: usize,
    pub(super) output_len: usize,
    specs: Vec<Param>,
    pub(super) params: Range<usize>,
    pub(super) state: Range<usize>,
}

impl<T: Scalar> Placed<T> {
    /// The layer.
    pub fn layer(&self) -> &dyn Layer<T> {
        &*self.layer
    }
    /// Columns of its input.
    pub fn input_len(&self) -> usize {
        self.input_len
    }
    /// Columns of its output.
    pub fn output_len(&self) -> usize {
        self.output_len
    }
    /// Its parameters, each with the initialiser that was used.
    pub fn specs(&self) -> &[Param] {
        &self.specs
    }
    /// Where they lie in [`Sequential::params`].
    pub fn range(&self) -> Range<usize> {
        self.params.clone()
    }
    pub(crate) fn scratch_len(&self, rows: usize) -> usize {
        self.layer.scratch_len(rows, self.input_len)
    }
}

impl Sequential<f32> {
    /// Begins a network in f32 for inputs of `input_len` numbers. For f64 begin with [`Builder::new`].
    pub fn input(input_len: usize) -> Builder<f32> {
        Builder::new(input_len)
    }
}

/// A network in the making.
///
/// ```
/// use gradlens::{Builder, Dense, SigmoidBinaryCrossEntropy};
/// let net = Builder::<f64>::new(20)
///     .layer(Dense::new(10))
///     .head(SigmoidBinaryCrossEntropy::default())
///     .build()?;
/// assert_eq!(net.params().len(), 210);
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug)]
pub struct Builder<T: Scalar = f32> {
    input_len: usize,
    layers: Vec<Box<dyn Layer<T>>>,
    head: Option<Box<dyn Loss<T>>>,
    seed: u64,
    threads: Threads,
}

impl<T: Scalar> Builder<T> {
    /// Begins a network for inputs of `input_len` numbers.
    pub fn new(input_len: usize) -> Self {
        Builder { input_len, layers: vec![], head: None, seed: 0, threads: Threads::default() }
    }

    /// Puts a layer on top.
    pub fn layer(mut self, layer: impl Layer<T> + 'static) -> Self {
        self.layers.push(Box::new(layer));
        self
    }

    /// Chooses the output head.
    pub fn head(mut self, head: impl Loss<T> + 'static) -> Self {
        self.head = Some(Box::new(head));
        self
    }

    /// The seed of the starting weights and of what layers draw. Default: 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The number of threads to compute on, which changes the time and not a bit of the result.
    /// Default: as many as the process may use.
    pub fn threads(mut self, count: usize) -> Self {
        self.threads = Threads::new(count);
        self
    }

    /// Checks that everything fits, and draws the starting weights.
    ///
    /// # Errors
    /// [`Error::Setting`] without inputs, layers or head, or where the head does not fit the outputs;
    /// [`Error::Layer`], naming the layer, where one does not fit.
    pub fn build(self) -> Result<Sequential<T>> {
        let Builder { input_len, layers, head, seed, threads } = self;
        if input_len == 0 {
            return Err(Error::setting("the number of inputs", 0, "at least 1"));
        }
        if layers.is_empty() {
            return Err(Error::setting("the number of layers", 0, "at least 1"));
        }
        let head =
            head.ok_or_else(|| Error::setting("the output head", "not chosen", "chosen with head(...)"))?;

        let (mut params, mut state) = (vec![], vec![]);
        let (mut placed, mut width) = (Vec::with_capacity(layers.len()), input_len);
        let inits: Vec<Init> = (0..layers.len()).map(|index| init_for(&layers[index + 1..])).collect();
        for ((index, layer), init) in layers.into_iter().enumerate().zip(inits) {
            let place = |error| Error::Layer { index, layer: layer.name(), error: Box::new(error) };
            let output_len = layer.output_len(width).map_err(place)?;
            check_scratch(&*layer, width).map_err(place)?;
            let mut specs = layer.params(width);
            let starts = (params.len(), state.len());
            for (number, spec) in specs.iter_mut().enumerate() {
                spec.init.get_or_insert(init);
                fill(spec, &mut params, seed, index, number).map_err(place)?;
            }
            for (number, spec) in layer.state(width).iter().enumerate() {
                fill(spec, &mut state, seed, index, 128 + number).map_err(place)?;
            }
            let (params, state) = (starts.0..params.len(), starts.1..state.len());
            placed.push(Placed { layer, input_len: width, output_len, specs, params, state });
            width = output_len;
        }
        head.check_outputs(width)?;
        Ok(Sequential {
            input_len,
            layers: placed,
            head,
            params: params.into(),
            state,
            seed,
            threads,
            alone: Threads::new(1),
        })
    }
}

/// The initialiser for weights below these layers, which the first of them that cares decides.
fn init_for<T: Scalar>(above: &[Box<dyn Layer<T>>]) -> Init {
    above.iter().find_map(|layer| layer.preferred_init()).unwrap_or(Init::GlorotUniform)
}

/// A layer that works by rows needs as much scratch space for each row.
pub(crate) fn check_scratch<T: Scalar>(layer: &dyn Layer<T>, input_len: usize) -> Result<()> {
    let len = |rows| layer.scratch_len(rows, input_len);
    if layer.by_rows() && len(2) != 2 * len(1) {
        let expected = format!("twice that for one, {}, as it works by rows", len(1));
        return Err(Error::setting("the scratch space for two rows", len(2), expected));
    }
    Ok(())
}

/// Appends a parameter with its starting values.
fn fill<T: Scalar>(spec: &Param, values: &mut Vec<T>, seed: u64, layer: usize, number: usize) -> Result<()> {
    let start = values.len();
    let too_large = || {
        Error::setting(
            format!("the size of {}", spec.name),
            format!("{:?}", spec.shape),
            "small enough for the memory",
        )
    };
    let len = spec.shape.iter().try_fold(1usize, |len, &side| len.checked_mul(side)).ok_or_else(too_large)?;
    values.try_reserve(len).map_err(|_| too_large())?;
    values.resize(start + spec.len(), T::zero());
    let mut rng = random::stream(seed, Purpose::Init, ((layer as u64) << 16) + number as u64);
    spec.init.unwrap_or(Init::Zeros).fill(spec, &mut values[start..], &mut rng)
}

impl<T: Scalar> Sequential<T> {
    /// Columns of the input.
    pub fn input_len(&self) -> usize {
        self.input_len
    }

    /// Columns of the output.
    pub fn output_len(&self) -> usize {
        self.layers.last().map_or(self.input_len, |top| top.output_len)
    }

    /// The layers, the one nearest the input first.
    pub fn layers(&self) -> &[Placed<T>] {
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

    /// What layers keep beside their parameters (see [`Layer::state`]).
    pub fn state(&self) -> &[T] {
        &self.state
    }

    pub(crate) fn state_mut(&mut self) -> &mut [T] {
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
        self.layers.iter().enumerate().flat_map(|(index, placed)| {
            placed.specs.iter().scan(placed.params.start, move |end, spec| {
                let start = *end;
                *end += spec.len();
                Some((format!("{index}.{}", spec.name), spec, start..*end))
            })
        })
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
        let mut outputs = Array2::zeros((inputs.nrows(), self.output_len()));
        let mut workspace = Workspace::for_evaluation(self, inputs.nrows().min(EVALUATION_ROWS));
        for start in (0..inputs.nrows()).step_by(EVALUATION_ROWS) {
            let end = inputs.nrows().min(start + EVALUATION_ROWS);
            workspace.set_rows(end - start);
            self.forward_from(&mut workspace, &inputs.slice_axis(Axis(0), (start..end).into()));
            outputs.slice_axis_mut(Axis(0), (start..end).into()).assign(&workspace.logits());
        }
        Ok(outputs)
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

    fn check_input_len(&self, found: usize) -> Result<()> {
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

    pub(crate) fn pass(&self, index: usize, mode: Mode) -> Pass<'_, T> {
        self.pass_on(&self.threads, index, mode, 0)
    }

    pub(super) fn pass_on<'a>(
        &'a self,
        threads: &'a Threads,
        index: usize,
        mode: Mode,
        first_row: usize,
    ) -> Pass<'a, T> {
        let placed = &self.layers[index];
        let numbers = (&self.params[placed.params.clone()], &self.state[placed.state.clone()]);
        Pass { first_row, ..Pass::of_layer(index, mode, self.seed, numbers, threads) }
    }

    /// Lets layers bring their state up to date after a training step.
    pub(crate) fn update_state(&mut self, workspace: &Workspace<T>) {
        for (index, placed) in self.layers.iter().enumerate() {
            if !placed.state.is_empty() {
                placed.layer.update_state(
                    workspace.scratch(index, placed.scratch_len(workspace.rows())),
                    &mut self.state[placed.state.clone()],
                );
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
            .map(|(index, placed)| {
                let inits: Vec<String> =
                    placed.specs.iter().filter_map(|s| s.init.map(|i| i.to_string())).collect();
                [
                    index.to_string(),
                    placed.layer.name(),
                    format!("{} -> {}", placed.input_len, placed.output_len),
                    if placed.params.is_empty() { String::new() } else { grouped(placed.params.len()) },
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
