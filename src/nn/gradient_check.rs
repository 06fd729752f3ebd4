//! The gradient check: is what a layer, a head or a network calls its gradient the derivative of
//! what it computes?
//!
//! Everything is in f64. A finite-difference check in f32 cannot tell a wrong formula from
//! rounding: on one and the same network the worst deviation is 3e-2 in f32 and 4e-8 in f64.
//!
//! Each number x is moved by h = e^(1/3) max(1, |x|), with e the machine epsilon, which balances
//! the error of the central difference (f(x + h) - f(x - h)) / 2h, of order h^2, against rounding,
//! of order e / h (Press et al., *Numerical Recipes*, section 5.7). A difference cannot resolve
//! less than 16 e |f(x)| / h, so as much is forgiven everywhere: gradients that are exactly zero
//! pass. Where a function has a kink within h of x, as ReLU at 0, no difference tells its slope:
//! then draw other numbers with another seed.

use crate::data::dataset::Dataset;
use crate::error::Result;
use crate::nn::gradient::Gradient;
use crate::nn::layer::{Layer, Mode, Pass, Spec};
use crate::nn::loss::{Loss, mean_loss};
use crate::nn::network::Sequential;
use crate::nn::slot::check_written;
use crate::random::{self, Purpose};
use gradlens_kernel::{Mat, Threads};
use ndarray::{Array1, Array2, ArrayView2, Axis, Slice};
use ndarray_rand::RandomExt;
use ndarray_rand::rand_distr::{Normal, Uniform};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

/// What a gradient check found, a part for the input and for every parameter.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct GradientCheck {
    /// One for each gradient that was compared.
    pub parts: Vec<Comparison>,
}

/// The comparison of one gradient.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Comparison {
    /// What the gradient is taken with respect to: "input", "logits" or the name of a parameter; with ",
    /// added" where it was added to numbers.
    pub name: String,
    /// Position of the worst element, in row-major order.
    pub index: usize,
    /// What the formula says there. NaN where it wrote nothing, or added to what was there.
    pub formula: f64,
    /// What the differences say there.
    pub difference: f64,
    /// 0 where the two differ by no more than the differences can resolve, as they usually do; else
    /// |formula - difference| / max(|formula|, |difference|, 1e-3 m), with m the greatest element of
    /// the gradient by either account: elements that are tiny beside others are judged beside
    /// those, as the differences carry the rounding of the whole loss.
    pub error: f64,
}

impl GradientCheck {
    /// The greatest relative error of all parts; NaN counts as infinite.
    pub fn worst(&self) -> f64 {
        self.parts
            .iter()
            .map(|part| if part.error.is_nan() { f64::INFINITY } else { part.error })
            .fold(0.0, f64::max)
    }
}

/// Samples in the batch of a check; odd, and more than one, as statistics of the batch need.
const ROWS: usize = 5;

/// Numeric derivatives, and how much less than they say can be meant.
struct Differences {
    values: Vec<f64>,
    resolution: f64,
}

fn compare(name: impl Into<String>, formula: &[f64], difference: &[f64], resolution: f64) -> Comparison {
    let floor = 1e-3 * formula.iter().chain(difference).fold(0.0, |m: f64, g| m.max(g.abs()));
    let error = |i: usize| {
        let (a, b) = (formula[i], difference[i]);
        if (a - b).abs() <= resolution { 0.0 } else { (a - b).abs() / a.abs().max(b.abs()).max(floor) }
    };
    let rank = |i: usize| if error(i).is_nan() { f64::INFINITY } else { error(i) };
    let index = (0..formula.len()).max_by(|&a, &b| rank(a).total_cmp(&rank(b))).unwrap_or(0);
    let at = |values: &[f64]| values.get(index).copied().unwrap_or(0.0);
    let error = if formula.is_empty() { 0.0 } else { error(index) };
    Comparison { name: name.into(), index, formula: at(formula), difference: at(difference), error }
}

/// The derivative of `f` at `x`, element by element.
fn differences(x: &[f64], mut f: impl FnMut(&[f64]) -> f64) -> Differences {
    let (mut x, step) = (x.to_vec(), f64::EPSILON.cbrt());
    let mut greatest: f64 = 0.0;
    let values = (0..x.len())
        .map(|i| {
            let here = x[i];
            let (above, below) = (here + step * here.abs().max(1.0), here - step * here.abs().max(1.0));
            x[i] = above;
            let up = f(&x);
            x[i] = below;
            let down = f(&x);
            x[i] = here;
            greatest = greatest.max(up.abs()).max(down.abs());
            (up - down) / (above - below)
        })
        .collect();
    Differences { values, resolution: 16.0 * f64::EPSILON * greatest / step }
}

fn normal(shape: (usize, usize), rng: &mut ChaCha8Rng) -> Array2<f64> {
    Array2::random_using(shape, Normal::new(0.0, 1.0).expect("1 is a standard deviation"), rng)
}

/// Checks both backward passes of a layer, in training mode, at random numbers.
///
/// The layer gets a batch of 5 samples of `input_len` numbers drawn from N(0, 1). All parameters are
/// drawn too, from U[-1/sqrt n, 1/sqrt n] with n the fan-in, so that no formula hides behind a zero.
/// The loss is a random linear function of the output. For a layer that says that it works
/// [row by row](Spec::row_by_row) the formulas are computed for the first two samples and for the others
/// apart, the differences for all together: if it does not, they differ. For a layer that says that it is
/// [linear](Spec::linear) the gradient is added to numbers as well, without the parameters.
///
/// # Errors
/// What the layer says of the input length; [`Error::Layer`](crate::Error::Layer) if it does not put a
/// gradient for each parameter.
///
/// ```
/// use gradlens::nn::{Dense, gradient_check};
/// let check = gradient_check::layer(&Dense::new(3), 4, 7)?;
/// assert!(check.worst() < 1e-6, "{check:?}");
/// # Ok::<(), gradlens::Error>(())
/// ```
pub fn layer(layer: &dyn Layer<f64>, input_len: usize, seed: u64) -> Result<GradientCheck> {
    let spec = layer.spec(input_len).and_then(Spec::check)?;
    let case = Case::draw(layer, spec, input_len, seed)?;
    let (by_params, by_input) = case.differences();
    let mut dx = Array2::from_elem((ROWS, input_len), f64::NAN);
    let gradients = case.formulas(&mut dx)?;

    let dx = dx.as_slice().expect("made in standard layout");
    let mut parts = vec![compare("input", dx, &by_input.values, by_input.resolution)];
    let mut start = 0;
    for param in &case.spec.params {
        let range = start..start + param.len();
        let difference = &by_params.values[range.clone()];
        for (suffix, gradient) in [", added", ""].iter().zip(&gradients).skip(usize::from(!case.spec.linear))
        {
            let name = format!("{}{suffix}", param.name);
            parts.push(compare(name, &gradient[range.clone()], difference, by_params.resolution));
        }
        start = range.end;
    }
    Ok(GradientCheck { parts })
}

/// A layer with everything that its passes need.
struct Case<'a> {
    layer: &'a dyn Layer<f64>,
    spec: Spec,
    params: Vec<f64>,
    state: Vec<f64>,
    x: Array2<f64>,
    dy: Array2<f64>,
    threads: Threads,
    seed: u64,
}

impl<'a> Case<'a> {
    fn draw(layer: &'a dyn Layer<f64>, spec: Spec, input_len: usize, seed: u64) -> Result<Self> {
        let mut rng = random::stream(seed, Purpose::Init, 0);
        let mut params = vec![];
        for param in &spec.params {
            let limit = (1.0 / param.fan_in.max(1) as f64).sqrt();
            let limits = Uniform::new_inclusive(-limit, limit).expect("the limits are finite");
            params.extend(Array1::random_using(param.len(), limits, &mut rng));
        }
        let mut state = vec![];
        for param in &spec.state {
            let start = state.len();
            state.resize(start + param.len(), 0.0);
            param.fill(&mut state[start..], &mut rng)?;
        }
        let x = normal((ROWS, input_len), &mut rng);
        let dy = normal((ROWS, spec.output_len), &mut rng);
        Ok(Case { layer, spec, params, state, x, dy, threads: Threads::new(1), seed })
    }

    /// The pass with these parameters.
    fn pass<'p>(&'p self, params: &'p [f64]) -> Pass<'p, f64> {
        Pass::new(0, Mode::Training { step: 1 }, self.seed, (params, &self.state), &self.threads)
    }

    fn scratch(&self) -> Vec<f64> {
        vec![0.0; self.spec.scratch_len(ROWS)]
    }

    /// What the differences of the loss sum(y dy) say, with respect to the parameters and to the input.
    fn differences(&self) -> (Differences, Differences) {
        let mut scratch = self.scratch();
        let mut loss = |params: &[f64], x: &Mat<f64>| {
            let mut y = Array2::from_elem(self.dy.dim(), f64::NAN); // finds a layer that adds instead of writing
            self.layer.forward(&self.pass(params), x, &mut y, &mut scratch);
            (&y * &self.dy).sum()
        };
        let by_params = differences(&self.params, |params| loss(params, &self.x));
        let by_input = differences(self.x.as_slice().expect("drawn in standard layout"), |x| {
            loss(&self.params, &ArrayView2::from_shape(self.x.dim(), x).expect("as many as drawn"))
        });
        (by_params, by_input)
    }

    /// What the formulas say: with respect to the input into `dx`, and with respect to the parameters, once
    /// added to numbers, for a linear layer, and once written.
    fn formulas(&self, dx: &mut Array2<f64>) -> Result<[Vec<f64>; 2]> {
        let (mut y, mut scratch) = (Array2::zeros(self.dy.dim()), self.scratch());
        let pass = self.pass(&self.params);
        if !self.spec.row_by_row {
            self.layer.forward(&pass, &self.x, &mut y, &mut scratch);
            let gradients = self.param_gradients(&y, &mut scratch)?;
            self.layer.backward_input(&pass, &self.x, &y, &self.dy, dx, &mut scratch);
            return Ok(gradients);
        }
        for rows in [0..2, 2..ROWS] {
            let part = Slice::from(rows.clone());
            let (x, dy) = (self.x.slice_axis(Axis(0), part), self.dy.slice_axis(Axis(0), part));
            let (mut y, mut dx) = (y.slice_axis_mut(Axis(0), part), dx.slice_axis_mut(Axis(0), part));
            let scratch = &mut scratch[self.spec.scratch_len(rows.start)..self.spec.scratch_len(rows.end)];
            let pass = pass.starting_at(rows.start);
            self.layer.forward(&pass, &x, &mut y, scratch);
            self.layer.backward_input(&pass, &x, &y.view(), &dy, &mut dx, scratch);
        }
        self.param_gradients(&y, &mut scratch)
    }

    fn param_gradients(&self, y: &Array2<f64>, scratch: &mut [f64]) -> Result<[Vec<f64>; 2]> {
        let [mut added, mut written] = [(); 2].map(|()| vec![f64::NAN; self.params.len()]);
        if self.params.is_empty() {
            return Ok([added, written]);
        }
        let mut backward = |pass: &Pass<f64>, dw: &mut Gradient<f64>| {
            self.layer.backward_params(pass, &self.x, y, &self.dy, dw, scratch);
        };
        if self.spec.linear {
            // Three times added to the gradient, of which this is a quarter: a layer that replaced what it
            // should add to would end elsewhere, and so would one that adds in parts.
            let pass = self.pass(&[]);
            Gradient::write(&mut added, |dw| backward(&pass, dw));
            Gradient::add(3.0, &mut added, |dw| backward(&pass, dw));
            added.iter_mut().for_each(|gradient| *gradient *= 0.25);
        }
        let count = Gradient::write(&mut written, |dw| backward(&self.pass(&self.params), dw));
        check_written(0, self.layer, count, self.params.len())?;
        Ok([added, written])
    }
}

/// Checks the gradient of a head at these logits and targets, both `[samples, outputs]`.
///
/// ```
/// use gradlens::nn::{SoftmaxCrossEntropy, gradient_check};
/// use ndarray::array;
/// let check = gradient_check::loss(&SoftmaxCrossEntropy::default(), &array![[1.0, -2.0, 0.5]], &array![[0.0, 1.0, 0.0]]);
/// assert!(check.worst() < 1e-6, "{check:?}");
/// ```
pub fn loss(head: &dyn Loss<f64>, logits: &Mat<f64>, targets: &Mat<f64>) -> GradientCheck {
    let mut gradient = Array2::from_elem(logits.dim(), f64::NAN);
    mean_loss(head, logits, targets, &mut gradient);
    let mut unused = gradient.clone();
    let flat: Vec<f64> = logits.iter().copied().collect();
    let difference = differences(&flat, |z| {
        let z = ArrayView2::from_shape(logits.dim(), z).expect("as many as given");
        mean_loss(head, &z, targets, &mut unused)
    });
    let formula: Vec<f64> = gradient.iter().copied().collect();
    GradientCheck { parts: vec![compare("logits", &formula, &difference.values, difference.resolution)] }
}

/// Checks the gradient of every parameter of a network for one batch: the layers, the head and how they
/// are put together.
///
/// # Errors
/// What [`Sequential::check`] finds.
///
/// ```
/// use gradlens::Dataset;
/// use gradlens::nn::{Builder, Dense, SigmoidBinaryCrossEntropy, Tanh, gradient_check};
/// use ndarray::array;
/// let mut net = Builder::<f64>::new(2)
///     .layer(Dense::new(3))
///     .layer(Tanh)
///     .layer(Dense::new(2))
///     .head(SigmoidBinaryCrossEntropy::default())
///     .build()?;
/// let data = Dataset::new(array![[0.1, 0.9], [0.8, -0.3]], array![[1.0, 0.0], [1.0, 1.0]])?;
/// let check = gradient_check::network(&mut net, &data)?;
/// assert!(check.worst() < 1e-6, "{check:?}");
/// # Ok::<(), gradlens::Error>(())
/// ```
pub fn network(net: &mut Sequential<f64>, data: &Dataset<f64>) -> Result<GradientCheck> {
    net.check(data)?;
    let rows: Vec<usize> = (0..data.len()).collect();
    let mode = Mode::Training { step: 1 };
    let mut workspace = net.workspace(rows.len());
    net.forward_backward(&mut workspace, data, &rows, mode);
    net.param_gradients(&mut workspace, mode)?;
    let formula = workspace.gradients().to_vec();
    let params = net.params().to_vec();
    let difference = differences(&params, |params| {
        net.params_mut().copy_from_slice(params);
        net.forward(&mut workspace, mode);
        net.loss(&mut workspace)
    });
    net.params_mut().copy_from_slice(&params);
    let part = |(name, _, range): (String, _, std::ops::Range<usize>)| {
        compare(name, &formula[range.clone()], &difference.values[range], difference.resolution)
    };
    Ok(GradientCheck { parts: net.named_params().map(part).collect() })
}
