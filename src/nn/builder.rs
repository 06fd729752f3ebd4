//! A network in the making.

use crate::error::{Error, Result};
use crate::memory;
use crate::nn::initialisers::Init;
use crate::nn::layer::{Layer, Spec};
use crate::nn::loss::Loss;
use crate::nn::network::Sequential;
use crate::nn::param::Param;
use crate::nn::slot::LayerSlot;
use crate::random::{self, Purpose};
use gradlens_kernel::{Scalar, Threads};

/// A network in the making.
///
/// ```
/// use gradlens::nn::{Builder, Dense, SigmoidBinaryCrossEntropy};
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
    pub fn layer(mut self, layer: impl Into<Box<dyn Layer<T>>>) -> Self {
        self.layers.push(layer.into());
        self
    }

    /// Chooses the output head: a loss together with its link.
    pub fn head(mut self, head: impl Into<Box<dyn Loss<T>>>) -> Self {
        self.head = Some(head.into());
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
        let (mut slots, mut specs, mut width) = (vec![], vec![], input_len);
        for (index, layer) in layers.iter().enumerate() {
            let place = |error| Error::Layer { index, layer: layer.name(), error: Box::new(error) };
            let spec = layer.spec(width).and_then(Spec::check).map_err(place)?;
            check_block(&specs, index, &spec).map_err(place)?;
            let output_len = spec.output_len;
            specs.push((std::mem::replace(&mut width, output_len), spec));
        }
        head.check_outputs(width)?;
        let numbers = specs.iter().flat_map(|(_, spec)| spec.params.iter().chain(&spec.state));
        let count = numbers
            .map(|param| memory::product(&param.shape))
            .try_fold(0, |sum: usize, n| sum.checked_add(n?));
        memory::check("the weights of the network", count, size_of::<T>(), "take fewer units")?;
        let inits: Vec<Init> = (0..specs.len()).map(|index| init_for(&specs[index + 1..])).collect();
        for (index, ((layer, (input_len, mut spec)), init)) in
            layers.into_iter().zip(specs).zip(inits).enumerate()
        {
            let place = |error| Error::Layer { index, layer: layer.name(), error: Box::new(error) };
            let starts = (params.len(), state.len());
            for (number, param) in spec.params.iter_mut().enumerate() {
                param.init.get_or_insert(init);
                fill(param, &mut params, seed, index, number).map_err(place)?;
            }
            for (number, param) in spec.state.iter().enumerate() {
                fill(param, &mut state, seed, index, 128 + number).map_err(place)?;
            }
            let (params, state) = (starts.0..params.len(), starts.1..state.len());
            slots.push(LayerSlot::new(layer.into(), spec, input_len, params, state));
        }
        Ok(Sequential::new(input_len, slots, head.into(), (params, state), seed, threads))
    }
}

/// Whether layer `index` can add the input of the layer that its spec says.
fn check_block(below: &[(usize, Spec)], index: usize, spec: &Spec) -> Result<()> {
    let layers = spec.adds_input_of;
    if layers == 0 {
        return Ok(());
    }
    let Some(begin) = index.checked_sub(layers) else {
        let expected = format!("at most {index}, the layers below it");
        return Err(Error::setting("the layers of the residual block", layers, expected));
    };
    match below[begin].0 {
        columns if columns == spec.output_len => Ok(()),
        columns => Err(Error::setting(
            "what the residual block computes",
            format!("{} columns wide", spec.output_len),
            format!("{columns}, as wide as its input, which is added"),
        )),
    }
}

/// The initialiser for weights below these layers, which the first of them that cares decides.
fn init_for(above: &[(usize, Spec)]) -> Init {
    above.iter().find_map(|(_, spec)| spec.preferred_init).unwrap_or(Init::GlorotUniform)
}

/// Appends a parameter with its starting values.
fn fill<T: Scalar>(spec: &Param, values: &mut Vec<T>, seed: u64, layer: usize, number: usize) -> Result<()> {
    let start = values.len();
    values.resize(start + spec.len(), T::zero());
    let mut rng = random::stream(seed, Purpose::Init, ((layer as u64) << 16) + number as u64);
    spec.fill(&mut values[start..], &mut rng)
}

impl Sequential<f32> {
    /// Begins a network in f32 for inputs of `input_len` numbers. For f64 begin with [`Builder::new`].
    pub fn input(input_len: usize) -> Builder<f32> {
        Builder::new(input_len)
    }
}
