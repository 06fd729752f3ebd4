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

use crate::error::Result;
use crate::nn::heads::Loss;
use crate::nn::layer::{Layer, Mode, ParamSlice, Pass};
use crate::nn::network::Sequential;
use crate::nn::network::check_scratch;
use crate::nn::workspace::Workspace;
use crate::random;
use crate::random::Purpose;
use gradlens_kernel::{Mat, Store, Threads};
use ndarray::{Array1, Array2, ArrayView2, Axis, Slice};
use ndarray_rand::RandomExt;
use ndarray_rand::rand_distr::{Normal, Uniform};
use rand_chacha::ChaCha8Rng;

/// What a gradient check found, a part for the input and for every parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// One for each gradient that was compared.
    pub parts: Vec<Part>,
}

/// The comparison of one gradient.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// What the gradient is taken with respect to: "input", "logits" or the name of a parameter.
    pub name: String,
    /// Position of the worst element, in row-major order.
    pub index: usize,
    /// What the formula says there.
    pub formula: f64,
    /// What the differences say there.
    pub difference: f64,
    /// |formula - difference| / max(|formula|, |difference|, 1e-3 m), with m the greatest element of
    /// the gradient by either account: elements that are tiny beside others are judged beside
    /// those, as the differences carry the rounding of the whole loss.
    pub error: f64,
}

impl Check {
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

fn compare(name: impl Into<String>, formula: &[f64], difference: &[f64], resolution: f64) -> Part {
    let floor = 1e-3 * formula.iter().chain(difference).fold(0.0, |m: f64, g| m.max(g.abs()));
    let error = |i: usize| {
        let (a, b) = (formula[i], difference[i]);
        if (a - b).abs() <= resolution { 0.0 } else { (a - b).abs() / a.abs().max(b.abs()).max(floor) }
    };
    let rank = |i: usize| if error(i).is_nan() { f64::INFINITY } else { error(i) };
    let index = (0..formula.len()).max_by(|&a, &b| rank(a).total_cmp(&rank(b))).unwrap_or(0);
    let at = |values: &[f64]| values.get(index).copied().unwrap_or(0.0);
    let error = if formula.is_empty() { 0.0 } else { error(index) };
    Part { name: name.into(), index, formula: at(formula), difference: at(difference), error }
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
/// The layer gets a batch of 5 samples of `input_len` numbers drawn from N(0, 1); all
/// parameters are drawn too, from U[-1/sqrt n, 1/sqrt n] with n the fan-in, so that no formula hides
/// behind a zero.
/// The loss is a random linear function of the output. The formulas of a layer that says that it works
/// [by rows](Layer::by_rows) are computed for the first two samples and for the others apart, the
/// differences for all together: if it does not, they differ. For a layer that says that it works
/// [by units](Layer::by_units) the gradients of the first unit and of the others are checked too.
///
/// # Errors
/// What the layer says of the input length; [`Error::Setting`](crate::error::Error::Setting) if it works by rows and
/// its scratch space is not as long for each row.
///
/// ```
/// use gradlens::{check, Dense};
/// let check = check::layer(&Dense::new(3), 4, 7)?;
/// assert!(check.worst() < 1e-6, "{check:?}");
/// # Ok::<(), gradlens::Error>(())
/// ```
pub fn layer(layer: &dyn Layer<f64>, input_len: usize, seed: u64) -> Result<Check> {
    let mut rng = random::stream(seed, Purpose::Init, 0);
    let output_len = layer.output_len(input_len)?;
    check_scratch(layer, input_len)?;
    let specs = layer.params(input_len);
    let mut params = vec![];
    for spec in &specs {
        let limit = (1.0 / spec.fan_in.max(1) as f64).sqrt();
        let limits = Uniform::new_inclusive(-limit, limit).expect("the limits are finite");
        params.extend(Array1::random_using(spec.len(), limits, &mut rng));
    }
    let mut state = vec![];
    for spec in layer.state(input_len) {
        let start = state.len();
        state.resize(start + spec.len(), 0.0);
        spec.init.unwrap_or(crate::nn::initialisers::Init::Zeros).fill(
            &spec,
            &mut state[start..],
            &mut rng,
        )?;
    }
    let x = normal((ROWS, input_len), &mut rng);
    let dy = normal((ROWS, output_len), &mut rng);
    let threads = Threads::new(1);
    let base = Pass {
        params: &[],
        state: &state[..],
        training: true,
        threads: &threads,
        first_row: 0,
        seed,
        step: 1,
        place: 0,
    };

    let mut scratch = vec![0.0; layer.scratch_len(ROWS, input_len)];
    let mut y = Array2::zeros((ROWS, output_len));
    let mut loss = |params: &[f64], x: &Mat<f64>| {
        let mut y = Array2::from_elem((ROWS, output_len), f64::NAN); // whoever adds instead of writing is found
        layer.forward(&Pass { params, ..base }, x, &mut y, &mut scratch);
        (&y * &dy).sum()
    };
    let by_params = differences(&params, |params| loss(params, &x));
    let by_input = differences(x.as_slice().expect("drawn in standard layout"), |x| {
        loss(&params, &ArrayView2::from_shape((ROWS, input_len), x).expect("as many as drawn"))
    });

    let mut dparams = vec![f64::NAN; params.len()];
    let mut dx = Array2::from_elem((ROWS, input_len), f64::NAN);
    let whole = Pass { params: &params, ..base };
    if layer.by_rows() {
        let each = layer.scratch_len(1, input_len);
        for rows in [0..2, 2..ROWS] {
            let part = Slice::from(rows.clone());
            let (x, dy, mut y, mut dx) = (
                x.slice_axis(Axis(0), part),
                dy.slice_axis(Axis(0), part),
                y.slice_axis_mut(Axis(0), part),
                dx.slice_axis_mut(Axis(0), part),
            );
            let scratch = &mut scratch[each * rows.start..each * rows.end];
            let pass = Pass { first_row: rows.start, ..whole };
            layer.forward(&pass, &x, &mut y, scratch);
            layer.backward_input(&pass, &x, &y.view(), &dy, &mut dx, scratch);
        }
        if !params.is_empty() {
            layer.backward_params(&whole, &x, &y, &dy, &mut dparams, &mut scratch);
        }
    } else {
        layer.forward(&whole, &x, &mut y, &mut scratch);
        if !params.is_empty() {
            layer.backward_params(&whole, &x, &y, &dy, &mut dparams, &mut scratch);
        }
        layer.backward_input(&whole, &x, &y, &dy, &mut dx, &mut scratch);
    }

    let mut parts = vec![compare(
        "input",
        dx.as_slice().expect("made in standard layout"),
        &by_input.values,
        by_input.resolution,
    )];
    let mut start = 0;
    for (param, spec) in specs.iter().enumerate() {
        let range = start..start + spec.len();
        if layer.by_units() && !spec.is_empty() {
            let mut formula = vec![f64::NAN; spec.len()];
            let units = spec.shape.first().copied().unwrap_or(1);
            let (first, others) = formula.split_at_mut(spec.len() / units.max(1));
            for (units, dparam) in [(0..1, first), (1..units, others)] {
                let slice = ParamSlice { param, units };
                // Once and three times more, of which this is a quarter: a layer that replaced what it
                // should add to would end elsewhere.
                layer.backward_units(&base, &slice, &x, &dy, Store::Replace, dparam);
                layer.backward_units(&base, &slice, &x, &dy, Store::Add(3.0), dparam);
                dparam.iter_mut().for_each(|gradient| *gradient *= 0.25);
            }
            let difference = &by_params.values[range.clone()];
            let name = format!("{}, by units", spec.name);
            parts.push(compare(name, &formula, difference, by_params.resolution));
        }
        parts.push(compare(
            &spec.name,
            &dparams[range.clone()],
            &by_params.values[range],
            by_params.resolution,
        ));
        start += spec.len();
    }
    Ok(Check { parts })
}

/// Checks the gradient of a head at these logits and targets, both `[samples, outputs]`.
///
/// ```
/// use gradlens::{check, SoftmaxCrossEntropy};
/// use ndarray::array;
/// let check = check::loss(&SoftmaxCrossEntropy::default(), &array![[1.0, -2.0, 0.5]], &array![[0.0, 1.0, 0.0]]);
/// assert!(check.worst() < 1e-6, "{check:?}");
/// ```
pub fn loss(head: &dyn Loss<f64>, logits: &Mat<f64>, targets: &Mat<f64>) -> Check {
    let mut gradient = Array2::from_elem(logits.dim(), f64::NAN);
    head.loss(logits, targets, &mut gradient);
    let mut unused = gradient.clone();
    let flat: Vec<f64> = logits.iter().copied().collect();
    let difference = differences(&flat, |z| {
        let z = ArrayView2::from_shape(logits.dim(), z).expect("as many as given");
        head.loss(&z, targets, &mut unused)
    });
    let formula: Vec<f64> = gradient.iter().copied().collect();
    Check { parts: vec![compare("logits", &formula, &difference.values, difference.resolution)] }
}

/// Checks the gradient of every parameter of a network for one batch: the layers, the head and how they
/// are put together.
///
/// # Errors
/// What [`Sequential::check`] finds.
///
/// ```
/// use gradlens::{Builder, Dataset, Dense, SigmoidBinaryCrossEntropy, Tanh, check};
/// use ndarray::array;
/// let mut net = Builder::<f64>::new(2)
///     .layer(Dense::new(3))
///     .layer(Tanh)
///     .layer(Dense::new(2))
///     .head(SigmoidBinaryCrossEntropy::default())
///     .build()?;
/// let data = Dataset::new(array![[0.1, 0.9], [0.8, -0.3]], array![[1.0, 0.0], [1.0, 1.0]])?;
/// let check = check::network(&mut net, &data)?;
/// assert!(check.worst() < 1e-6, "{check:?}");
/// # Ok::<(), gradlens::Error>(())
/// ```
pub fn network(net: &mut Sequential<f64>, data: &crate::data::dataset::Dataset<f64>) -> Result<Check> {
    net.check(data)?;
    let rows: Vec<usize> = (0..data.len()).collect();
    let mode = Mode::Training { step: 1 };
    let mut workspace = Workspace::new(net, rows.len());
    net.learn(&mut workspace, data, &rows, mode);
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
    Ok(Check { parts: net.named_params().map(part).collect() })
}
