//! What a layer is: a description, and the formulas of its two passes.

use crate::error::Result;
use crate::nn::initialisers::Init;
use crate::nn::param::Param;
use crate::random;
use crate::random::Purpose;
use gradlens_kernel::{Mat, Scalar, Store, Threads};
use rand_chacha::ChaCha8Rng;
use std::fmt::Debug;
use std::ops::Range;

/// One layer of a [`Sequential`](crate::Sequential) network.
///
/// A layer is a description: it owns no weights, gradients or buffers. Those live in the
/// network, which hands them in, so that every pass takes `&self` and one flat vector of
/// parameters serves the optimiser, clipping and the gradient check in one loop each.
///
/// In every matrix, rows are samples and columns are units. With x the input, y the output,
/// L the loss, and `dv` short for dL/dv:
///
/// 1. [`forward`](Layer::forward) computes y from x;
/// 2. [`backward_params`](Layer::backward_params) computes dw from x, y and dy, where there are
///    parameters;
/// 3. [`backward_input`](Layer::backward_input) computes dx from x, y and dy, where a
///    layer below needs it.
///
/// The three are called in this order (but see [`by_rows`](Layer::by_rows) and
/// [`by_units`](Layer::by_units)), with the same `scratch`, whose contents survive between them: what
/// the forward pass leaves there (a dropout mask, the statistics of the batch), the backward passes
/// find. Outputs are overwritten, never added to (but see [`backward_units`](Layer::backward_units)), and hold old
/// numbers on entry: there is nothing to zero. A pass that computes parts of dx on its way to dw (a layer made of
/// layers does) may keep them in `scratch`.
///
/// Layers from outside the crate are equals of those inside: `tests/outside_layers.rs` adds a
/// convolution, a batch normalisation and a residual block. [`check::layer`](crate::check::layer)
/// compares the formulas of any layer with finite differences.
///
/// ```
/// use gradlens::{check, Layer, Mat, Pass, Scalar};
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
/// assert!(check::layer(&Scale(3.0), 4, 7)?.worst() < 1e-6);
/// # Ok::<(), gradlens::Error>(())
/// ```
pub trait Layer<T: Scalar = f32>: Debug + Send + Sync {
    /// What the layer calls itself when the network is printed and in errors.
    /// Default: the name of its type.
    fn name(&self) -> String {
        type_name::<Self>()
    }

    /// Number of columns of the output for `input_len` columns of input. Asked once, when the
    /// network is built. Default: the same.
    ///
    /// # Errors
    /// If the layer cannot take such an input, or is itself not possible.
    fn output_len(&self, input_len: usize) -> Result<usize> {
        Ok(input_len)
    }

    /// The parameters that training changes, in the order in which they lie in `pass.params`.
    /// Default: none.
    fn params(&self, input_len: usize) -> Vec<Param> {
        let _ = input_len;
        vec![]
    }

    /// Numbers that belong to the layer, are kept with its parameters and
    /// not trained, in the order in which they lie in `pass.state`: the running statistics of a batch
    /// normalisation, say. Default: none.
    fn state(&self, input_len: usize) -> Vec<Param> {
        let _ = input_len;
        vec![]
    }

    /// Length of the scratch space for `rows` samples. Default: 0.
    fn scratch_len(&self, rows: usize, input_len: usize) -> usize {
        let _ = (rows, input_len);
        0
    }

    /// Whether every row of y and of dx depends on the same row of the others alone, and the scratch space
    /// is as many numbers for each row, row after row. The network may then cut a batch into blocks of
    /// rows and compute all layers for a block on one thread, without waiting for the others:
    /// `forward` and `backward_input` are called for each block, the first row of which is
    /// [`pass.first_row`](Pass::first_row), and after that `backward_params` once for the batch.
    /// Default: no.
    fn by_rows(&self) -> bool {
        false
    }

    /// Whether the first dimension of every parameter is that of the units, the columns of y, and every
    /// number of a unit's gradient is the sum over the rows of products of a number of x and one of that
    /// unit's column of dy, or of the latter alone. The network may then ask for the gradients of some
    /// units at a time, with [`backward_units`](Layer::backward_units) in place of `backward_params`,
    /// and change their parameters before it asks for the next; that the gradients are finite it knows
    /// from x and dy. The lowest layer of a network may be given a whole batch to `forward`, on all
    /// threads, although it works by rows. Default: no.
    fn by_units(&self) -> bool {
        false
    }

    /// Computes y `[rows, output_len]` from x `[rows, input_len]`.
    fn forward(&self, pass: &Pass<T>, x: &Mat<T>, y: &mut Mat<T>, scratch: &mut [T]);

    /// Computes dL/dw, in the order of `pass.params`, the sum over all rows. Default: no parameters.
    fn backward_params(
        &self,
        pass: &Pass<T>,
        x: &Mat<T>,
        y: &Mat<T>,
        dy: &Mat<T>,
        dparams: &mut [T],
        scratch: &mut [T],
    ) {
        let _ = (pass, x, y, dy, dparams, scratch);
    }

    /// Computes dL/dw, the sum over all rows, for one parameter of some units: `to` is
    /// `[units, ...]`, as in the parameter, and each number of the gradient is put there as `store`
    /// says, once. (A plain gradient step adds it to the parameter itself.) There is no scratch
    /// space, and `pass.params` is empty, as other units' parameters may be changing. Asked only of layers
    /// that work [by units](Layer::by_units), which have to define it.
    ///
    /// # Panics
    /// By default.
    fn backward_units(
        &self,
        pass: &Pass<T>,
        slice: &ParamSlice,
        x: &Mat<T>,
        dy: &Mat<T>,
        store: Store<T>,
        to: &mut [T],
    ) {
        let _ = (pass, slice, x, dy, store, to);
        panic!("the layer {} says that it works by units, and does not define backward_units", self.name());
    }

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

    /// Brings the state up to date after a training step, from what the
    /// forward pass left in `scratch`. (The forward pass itself cannot: evaluation shares the network.)
    /// Default: nothing.
    fn update_state(&self, scratch: &[T], state: &mut [T]) {
        let _ = (scratch, state);
    }

    /// For an elementwise activation, the greatest absolute value of its slope; `None` for
    /// every other layer. Without it the diagnostics take the layer for no activation, and see neither
    /// saturation nor dead units. Default: `None`.
    fn max_slope(&self) -> Option<f64> {
        None
    }

    /// The initialiser that suits weights which feed this layer; `None` if it does not matter
    /// and the next layer up should be asked. Default: `None`.
    fn preferred_init(&self) -> Option<Init> {
        None
    }
}

/// The name of a type without its path and parameters.
pub(crate) fn type_name<A: ?Sized>() -> String {
    let path = std::any::type_name::<A>();
    let path = path.split('<').next().unwrap_or(path);
    path.rsplit("::").next().unwrap_or(path).to_string()
}

/// A layer that was chosen when the program ran is a layer.
impl<T: Scalar> Layer<T> for Box<dyn Layer<T>> {
    fn name(&self) -> String {
        (**self).name()
    }
    fn output_len(&self, input_len: usize) -> Result<usize> {
        (**self).output_len(input_len)
    }
    fn params(&self, input_len: usize) -> Vec<Param> {
        (**self).params(input_len)
    }
    fn state(&self, input_len: usize) -> Vec<Param> {
        (**self).state(input_len)
    }
    fn scratch_len(&self, rows: usize, input_len: usize) -> usize {
        (**self).scratch_len(rows, input_len)
    }
    fn by_rows(&self) -> bool {
        (**self).by_rows()
    }
    fn by_units(&self) -> bool {
        (**self).by_units()
    }
    fn forward(&self, pass: &Pass<T>, x: &Mat<T>, y: &mut Mat<T>, scratch: &mut [T]) {
        (**self).forward(pass, x, y, scratch);
    }
    fn backward_units(
        &self,
        pass: &Pass<T>,
        slice: &ParamSlice,
        x: &Mat<T>,
        dy: &Mat<T>,
        store: Store<T>,
        to: &mut [T],
    ) {
        (**self).backward_units(pass, slice, x, dy, store, to);
    }
    fn backward_params(
        &self,
        pass: &Pass<T>,
        x: &Mat<T>,
        y: &Mat<T>,
        dy: &Mat<T>,
        dparams: &mut [T],
        scratch: &mut [T],
    ) {
        (**self).backward_params(pass, x, y, dy, dparams, scratch);
    }
    fn backward_input(
        &self,
        pass: &Pass<T>,
        x: &Mat<T>,
        y: &Mat<T>,
        dy: &Mat<T>,
        dx: &mut Mat<T>,
        scratch: &mut [T],
    ) {
        (**self).backward_input(pass, x, y, dy, dx, scratch);
    }
    fn update_state(&self, scratch: &[T], state: &mut [T]) {
        (**self).update_state(scratch, state);
    }
    fn max_slope(&self) -> Option<f64> {
        (**self).max_slope()
    }
    fn preferred_init(&self) -> Option<Init> {
        (**self).preferred_init()
    }
}

/// What the network hands to a layer for one pass.
#[derive(Debug, Clone, Copy)]
pub struct Pass<'a, T: Scalar = f32> {
    /// The layer's parameters.
    pub params: &'a [T],
    /// The layer's state.
    pub state: &'a [T],
    /// Whether this is a training step: dropout drops, batch statistics are those of the batch.
    pub training: bool,
    /// The threads to compute on.
    pub threads: &'a Threads,
    /// Where in the batch the first of these rows stands; 0 but for layers that work
    /// [by rows](Layer::by_rows).
    pub first_row: usize,
    pub(crate) seed: u64,
    pub(crate) step: u64,
    /// Which layer this is; layers within layers have places of their own.
    pub(crate) place: u64,
}

impl<'a, T: Scalar> Pass<'a, T> {
    /// The pass for layer `index` of a network with these parameters and this state.
    pub(crate) fn of_layer(
        index: usize,
        mode: Mode,
        seed: u64,
        (params, state): (&'a [T], &'a [T]),
        threads: &'a Threads,
    ) -> Self {
        let (training, step) = match mode {
            Mode::Training { step } => (true, step),
            Mode::Evaluation => (false, 0),
        };
        // From 1, so that layers within layers, at multiples of 2^16 and above, have places of their own.
        let place = index as u64 + 1;
        Pass { params, state, training, threads, first_row: 0, seed, step, place }
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
}

/// Some units' part of one parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParamSlice {
    /// Which of the layer's parameters, by their order.
    pub param: usize,
    /// Which units.
    pub units: Range<usize>,
}

/// What a pass is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A training step; the number decides what layers draw.
    Training {
        /// Counted from 1.
        step: u64,
    },
    /// Nothing is drawn, nothing dropped.
    Evaluation,
}
