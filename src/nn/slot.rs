//! A layer at its place in a network.

use crate::error::{Error, Result};
use crate::nn::layer::{Layer, Mode, Pass, Spec};
use gradlens_kernel::{Scalar, Threads};
use ndarray::ArrayViewMut2;
use std::ops::Range;
use std::sync::Arc;

/// A layer at its place in a network. See [`Sequential::layers`](crate::nn::Sequential::layers).
///
/// ```
/// use gradlens::{Dense, Relu, Sequential, SoftmaxCrossEntropy};
/// let net = Sequential::input(4).layer(Dense::new(3)).layer(Relu).head(SoftmaxCrossEntropy::default()).build()?;
/// for slot in net.layers() {
///     println!("{}: {} -> {}", slot.layer().name(), slot.input_len(), slot.output_len());
/// }
/// assert_eq!(net.layers()[0].range(), 0..15);
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct LayerSlot<T: Scalar = f32> {
    /// A description, which clones of the network share.
    layer: Arc<dyn Layer<T>>,
    spec: Spec,
    input_len: usize,
    params: Range<usize>,
    state: Range<usize>,
}

impl<T: Scalar> LayerSlot<T> {
    pub(super) fn new(
        layer: Arc<dyn Layer<T>>,
        spec: Spec,
        input_len: usize,
        params: Range<usize>,
        state: Range<usize>,
    ) -> Self {
        LayerSlot { layer, spec, input_len, params, state }
    }

    /// The layer.
    pub fn layer(&self) -> &dyn Layer<T> {
        &*self.layer
    }

    /// What it says of itself; each parameter has the initialiser that was used.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// Columns of its input.
    pub fn input_len(&self) -> usize {
        self.input_len
    }

    /// Columns of its output.
    pub fn output_len(&self) -> usize {
        self.spec.output_len
    }

    /// Where its parameters lie in [`Sequential::params`](crate::nn::Sequential::params).
    pub fn range(&self) -> Range<usize> {
        self.params.clone()
    }

    /// Where its state lies in [`Sequential::state`](crate::nn::Sequential::state).
    pub fn state_range(&self) -> Range<usize> {
        self.state.clone()
    }

    /// The scratch space for so many rows.
    pub(super) fn scratch<'a>(&self, space: ArrayViewMut2<'a, T>, rows: usize) -> &'a mut [T] {
        &mut space.into_slice().expect("a workspace keeps its numbers together")
            [..self.spec.scratch_len(rows)]
    }

    /// The pass of this layer, number `l`, of a network with these parameters and this state.
    pub(super) fn pass<'a>(
        &self,
        l: usize,
        mode: Mode,
        seed: u64,
        (params, state): (&'a [T], &'a [T]),
        threads: &'a Threads,
    ) -> Pass<'a, T> {
        Pass::new(l, mode, seed, (&params[self.range()], &state[self.state_range()]), threads)
    }

    /// The same while the parameters are changing.
    pub(super) fn pass_without_params<'a>(
        &self,
        l: usize,
        mode: Mode,
        seed: u64,
        state: &'a [T],
        threads: &'a Threads,
    ) -> Pass<'a, T> {
        Pass::new(l, mode, seed, (&[], &state[self.state_range()]), threads)
    }

    /// Refuses a gradient of another length.
    pub(super) fn check_written(&self, l: usize, written: usize) -> Result<()> {
        check_written(l, self.layer(), written, self.params.len())
    }
}

/// Refuses a layer that put fewer or more numbers into its gradient than it has parameters.
pub(super) fn check_written<T: Scalar>(
    index: usize,
    layer: &dyn Layer<T>,
    written: usize,
    expected: usize,
) -> Result<()> {
    if written == expected {
        return Ok(());
    }
    let error = Error::setting(
        "the gradient that backward_params puts",
        format!("{written} numbers long"),
        format!("{expected}, one for each parameter"),
    );
    Err(Error::Layer { index, layer: layer.name(), error: Box::new(error) })
}
