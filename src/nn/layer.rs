//! What a layer is: a description, and the formulas of its two passes.

use crate::error::{Error, Result};
use crate::nn::gradient::Gradient;
use crate::nn::initialisers::Init;
use crate::nn::param::Param;
use crate::random::{self, Purpose};
use gradlens_kernel::{Mat, Scalar, Threads};
use rand_chacha::ChaCha8Rng;
use std::fmt::Debug;

/// One layer of a [`Sequential`](crate::nn::Sequential) network.
///
/// A layer is a description: it owns no weights, gradients or buffers. Those live in the
/// network, which hands them in. So every pass takes `&self`, and one flat vector of
/// parameters serves the optimiser, clipping and the gradient check in one loop each.
///
/// **Required:** [`forward`](Layer::forward) and [`backward_input`](Layer::backward_input).
/// **With parameters:** [`spec`](Layer::spec), which says what they are, and
/// [`backward_params`](Layer::backward_params). The others are optional.
///
/// In every matrix, rows are samples and columns are units. With x the input, y the output, w the
/// parameters, L the loss, and `dv` short for dL/dv:
///
/// * `forward` computes y from x;
/// * `backward_params` computes dw from x, y and dy, where there are parameters;
/// * `backward_input` computes dx from x, y and dy, where a layer below needs it.
///
/// They are called in this order with the same `scratch`, whose contents survive between them: the
/// backward passes find there what the forward pass left, a dropout mask say. Only if all layers of a
/// network work [row by row](Spec::row_by_row) does `backward_input` come before `backward_params`.
/// Outputs hold old numbers on entry and are overwritten, never added to: there is nothing to zero.
///
/// [`gradient_check::layer`](crate::nn::gradient_check::layer) compares the formulas of any layer with finite
/// differences, in f64: implement the trait for all `T: Scalar`. `tests/all/outside_layers/` adds a
/// convolution and a residual block of its own.
///
/// ```
/// use gradlens::nn::{Layer, Pass, gradient_check};
/// use gradlens::{Mat, Scalar};
///
/// /// y = scale x
/// #[derive(Debug)]
/// struct Scale(f64);
///
/// impl<T: Scalar> Layer<T> for Scale {
///     fn forward(&self, _: &Pass<T>, x: &Mat<T>, y: &mut Mat<T>, _: &mut [T]) {
///         y.zip_mut_with(x, |y, &x| *y = T::of(self.0) * x);
///     }
///     fn backward_input(&self, _: &Pass<T>, _: &Mat<T>, _: &Mat<T>, dy: &Mat<T>, dx: &mut Mat<T>, _: &mut [T]) {
///         dx.zip_mut_with(dy, |dx, &dy| *dx = T::of(self.0) * dy);
///     }
/// }
/// assert!(gradient_check::layer(&Scale(3.0), 4, 7)?.worst() < 1e-6);
/// # Ok::<(), gradlens::Error>(())
/// ```
///
/// With a parameter (more in `examples/own_layer.rs`):
///
/// ```
/// use gradlens::nn::{Gradient, Layer, Param, Pass, Spec, gradient_check};
/// use gradlens::{Init, Mat, Result, Scalar};
///
/// /// y = gain x, one gain for all columns, which is learned.
/// #[derive(Debug)]
/// struct Gain;
///
/// impl<T: Scalar> Layer<T> for Gain {
///     fn spec(&self, input_len: usize) -> Result<Spec> {
///         let gain = Param::bias("gain", 1, Init::Constant(1.0), input_len, input_len);
///         Ok(Spec::new(input_len).params(vec![gain]).row_by_row())
///     }
///     fn forward(&self, pass: &Pass<T>, x: &Mat<T>, y: &mut Mat<T>, _: &mut [T]) {
///         y.zip_mut_with(x, |y, &x| *y = pass.params[0] * x);
///     }
///     fn backward_input(&self, pass: &Pass<T>, _: &Mat<T>, _: &Mat<T>, dy: &Mat<T>, dx: &mut Mat<T>, _: &mut [T]) {
///         dx.zip_mut_with(dy, |dx, &dy| *dx = pass.params[0] * dy);
///     }
///     /// dgain = sum of x dy over rows and columns.
///     fn backward_params(
///         &self,
///         _: &Pass<T>,
///         x: &Mat<T>,
///         _: &Mat<T>,
///         dy: &Mat<T>,
///         dw: &mut Gradient<T>,
///         _: &mut [T],
///     ) {
///         dw.put(0, x.iter().zip(dy).map(|(&x, &dy)| x * dy).sum());
///     }
/// }
/// assert!(gradient_check::layer(&Gain, 4, 7)?.worst() < 1e-6);
/// # Ok::<(), gradlens::Error>(())
/// ```
pub trait Layer<T: Scalar = f32>: Debug + Send + Sync {
    /// The name of the layer where the network is printed and in errors.
    /// Default: the name of its type.
    fn name(&self) -> String {
        type_name::<Self>()
    }

    /// What the network has to know of the layer, asked once when it is built. Default: as many columns
    /// out as in, and nothing else.
    ///
    /// # Errors
    /// If the layer cannot take such an input, or has a setting that is out of range.
    fn spec(&self, input_len: usize) -> Result<Spec> {
        Ok(Spec::new(input_len))
    }

    /// Computes y `[rows, output_len]` from x `[rows, input_len]`.
    fn forward(&self, pass: &Pass<T>, x: &Mat<T>, y: &mut Mat<T>, scratch: &mut [T]);

    /// Computes dx = dL/dx `[rows, input_len]` from dy = dL/dy `[rows, output_len]`.
    fn backward_input(
        &self,
        pass: &Pass<T>,
        x: &Mat<T>,
        y: &Mat<T>,
        dy: &Mat<T>,
        dx: &mut Mat<T>,
        scratch: &mut [T],
    );

    /// Computes dw = dL/dw, the sum over all rows, in the order of [`Spec::params`], and puts it into
    /// `dw`. Default: puts nothing there, which is an error for a layer with parameters.
    fn backward_params(
        &self,
        pass: &Pass<T>,
        x: &Mat<T>,
        y: &Mat<T>,
        dy: &Mat<T>,
        dw: &mut Gradient<T>,
        scratch: &mut [T],
    ) {
        let _ = (pass, x, y, dy, dw, scratch);
    }

    /// Updates the [state](Spec::state) after a training step, from what the forward pass left in
    /// `scratch`. (The forward pass itself cannot: evaluation shares the network.) Default: nothing.
    fn update_state(&self, scratch: &[T], state: &mut [T]) {
        let _ = (scratch, state);
    }
}

/// Every layer is one that a network can hold, so that a [`Builder`](crate::nn::Builder) takes either. (One
/// `impl` for all scalars would not be coherent; code that is generic over them boxes.)
macro_rules! into_box {
    ($scalar:ty) => {
        impl<L: Layer<$scalar> + 'static> From<L> for Box<dyn Layer<$scalar>> {
            fn from(layer: L) -> Self {
                Box::new(layer)
            }
        }
    };
}
into_box!(f32);
into_box!(f64);

/// What a network has to know of a layer, for one length of its input.
///
/// ```
/// use gradlens::nn::{Dense, Layer};
/// let spec = Layer::<f32>::spec(&Dense::new(3), 5)?;
/// assert_eq!((spec.output_len, spec.params[0].shape.as_slice()), (3, &[3, 5][..]));
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Spec {
    /// Columns of the output.
    pub output_len: usize,
    /// The parameters that training changes, in the order in which they lie in [`Pass::params`].
    pub params: Vec<Param>,
    /// Numbers that are kept with the parameters and not trained, in the order in which they lie in
    /// [`Pass::state`]: the running statistics of a batch normalisation, say.
    pub state: Vec<Param>,
    /// Scratch space, in numbers for each row.
    pub scratch_per_row: usize,
    /// Scratch space beside that, in numbers.
    pub scratch_fixed: usize,
    /// See [`row_by_row`](Spec::row_by_row).
    pub row_by_row: bool,
    /// See [`linear`](Spec::linear).
    pub linear: bool,
    /// See [`adds_input_of`](Spec::adds_input_of); 0 for no layer.
    pub adds_input_of: usize,
    /// Share of the units that the training pass drops at random; 0 for none.
    pub drops: f64,
    /// For an elementwise activation, the greatest absolute value of its slope. Without it the
    /// diagnostics take the layer for no activation, and see neither saturation nor dead units.
    pub max_slope: Option<f64>,
    /// The initialiser that suits weights which feed this layer. Without it the next layer up is asked.
    pub preferred_init: Option<Init>,
}

impl Spec {
    /// A layer with so many columns of output, and nothing else.
    pub fn new(output_len: usize) -> Self {
        Spec {
            output_len,
            params: vec![],
            state: vec![],
            scratch_per_row: 0,
            scratch_fixed: 0,
            row_by_row: false,
            linear: false,
            adds_input_of: 0,
            drops: 0.0,
            max_slope: None,
            preferred_init: None,
        }
    }

    /// With these [parameters](Spec::params).
    pub fn params(self, params: Vec<Param>) -> Self {
        Spec { params, ..self }
    }

    /// With this [state](Spec::state).
    pub fn state(self, state: Vec<Param>) -> Self {
        Spec { state, ..self }
    }

    /// With scratch space of `per_row` numbers for each row, and `fixed` numbers beside.
    pub fn scratch(self, per_row: usize, fixed: usize) -> Self {
        Spec { scratch_per_row: per_row, scratch_fixed: fixed, ..self }
    }

    /// Every row of y and of dx depends on the same row of the other matrices alone, and the scratch
    /// space is as many numbers for each row, row after row. The network may then cut a batch into blocks
    /// of rows, each for one thread: `forward` and `backward_input` are called for each block, whose first
    /// row is [`Pass::first_row`], and `backward_params` once for the batch after that.
    pub fn row_by_row(self) -> Self {
        Spec { row_by_row: true, ..self }
    }

    /// y is linear in the parameters, as `x W' + b` is: every number of dw is a sum over the rows, each
    /// term a number of dy or the product of a number of x and one of dy. `backward_params` reads
    /// no parameters. A step of plain gradient descent may then add the gradient to the
    /// parameters directly.
    pub fn linear(self) -> Self {
        Spec { linear: true, ..self }
    }

    /// The network adds to y what went into the layer so many below this one, and to the gradient there the
    /// one at y; y has to be x, and dx dy. See [`Residual`](crate::nn::Residual).
    pub fn adds_input_of(self, layers: usize) -> Self {
        Spec { adds_input_of: layers, ..self }
    }

    /// The training pass drops this share of the units at random.
    pub fn drops(self, share: f64) -> Self {
        Spec { drops: share, ..self }
    }

    /// An elementwise activation whose slope is at most so steep, and the initialiser that suits it.
    pub fn activation(self, max_slope: f64, preferred_init: Init) -> Self {
        Spec { max_slope: Some(max_slope), preferred_init: Some(preferred_init), ..self }
    }

    /// Length of the scratch space for so many rows.
    pub fn scratch_len(&self, rows: usize) -> usize {
        rows * self.scratch_per_row + self.scratch_fixed
    }

    /// Number of parameters.
    pub fn params_len(&self) -> usize {
        self.params.iter().map(Param::len).sum()
    }

    /// What holds for every layer.
    pub(crate) fn check(self) -> Result<Self> {
        if self.row_by_row && self.scratch_fixed > 0 {
            let (name, expected) = ("the scratch space beside that of the rows", "0, as it works row by row");
            return Err(Error::setting(name, self.scratch_fixed, expected));
        }
        Ok(self)
    }
}

/// What the network hands to a layer for one pass.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Pass<'a, T: Scalar = f32> {
    /// The layer's parameters. Empty in `backward_params` of a layer that is
    /// [linear](Spec::linear), as they may be changing.
    pub params: &'a [T],
    /// The layer's state.
    pub state: &'a [T],
    /// Whether this is a training step: dropout drops.
    pub training: bool,
    /// Whether statistics are those of the batch, as in a training step and in a look at what one does.
    pub batch_statistics: bool,
    /// The threads to compute on.
    pub threads: &'a Threads,
    /// Where in the batch the first of these rows stands; 0 but for layers that work
    /// [row by row](Spec::row_by_row).
    pub first_row: usize,
    seed: u64,
    step: u64,
    /// Which layer this is; layers within layers have places of their own.
    place: u64,
}

impl<'a, T: Scalar> Pass<'a, T> {
    /// The pass of the layer at `place`, with these parameters and this state.
    pub(crate) fn new(
        place: usize,
        mode: Mode,
        seed: u64,
        (params, state): (&'a [T], &'a [T]),
        threads: &'a Threads,
    ) -> Self {
        let (training, step) = match mode {
            Mode::Training { step } => (true, step),
            Mode::Probe | Mode::Evaluation => (false, 0),
        };
        let batch_statistics = mode != Mode::Evaluation;
        // From 1, so that layers within layers, at multiples of 2^16 and above, have places of their own.
        let place = place as u64 + 1;
        Pass { params, state, training, batch_statistics, threads, first_row: 0, seed, step, place }
    }

    /// A random generator for this layer and this step: the same for the same seed, and
    /// different for every layer and every step.
    pub fn rng(&self) -> ChaCha8Rng {
        random::stream_at(self.seed, Purpose::Layer, self.place, self.step)
    }

    /// The pass for a layer inside this one, number `index` (below 65 535).
    pub fn inner(&self, index: usize, params: &'a [T], state: &'a [T]) -> Self {
        Pass { params, state, place: (self.place << 16) + index as u64 + 1, ..*self }
    }

    pub(crate) fn starting_at(self, first_row: usize) -> Self {
        Pass { first_row, ..self }
    }
}

/// What a pass is for.
///
/// ```
/// use gradlens::{Dropout, Mode, Sequential, SoftmaxCrossEntropy};
/// let net = Sequential::input(100).layer(Dropout::new(0.5)).head(SoftmaxCrossEntropy::default()).build()?;
/// let mut workspace = net.workspace(1);
/// workspace.input_mut().fill(1.0);
/// net.forward(&mut workspace, Mode::Evaluation);
/// assert_eq!(workspace.output(0).sum(), 100.0);
/// net.forward(&mut workspace, Mode::Training { step: 1 });
/// assert!(workspace.output(0).iter().any(|&y| y == 0.0));
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mode {
    /// A training step; its number decides what layers draw.
    Training {
        /// Counted from 1.
        step: u64,
    },
    /// A look at what training does to a batch: nothing is drawn, nothing dropped, statistics are those of the batch.
    Probe,
    /// Nothing is drawn, nothing dropped, statistics are the running ones.
    Evaluation,
}

/// The name of a type without its path and parameters.
pub(crate) fn type_name<A: ?Sized>() -> String {
    let path = std::any::type_name::<A>();
    let path = path.split('<').next().unwrap_or(path);
    path.rsplit("::").next().unwrap_or(path).to_string()
}
