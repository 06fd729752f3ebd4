//! Batch normalisation.

use crate::error::{Error, Result};
use crate::nn::gradient::Gradient;
use crate::nn::initialisers::Init;
use crate::nn::layer::{Layer, Pass, Spec};
use crate::nn::param::Param;
use gradlens_kernel::{Mat, Scalar, widest};
use ndarray::{ArrayView1, azip};

/// Batch normalisation (Ioffe and Szegedy, ICML 2015, algorithms 1 and 2), unit by unit:
///
/// ```text
/// y = weight (x - mean) / sqrt(var + eps) + bias
/// ```
///
/// In training, and where a probe looks at it, mean and var (divided by the number n of samples) are those of the batch, and the running ones
/// follow: `running <- running + momentum (batch - running)`, with the variance divided by n - 1. In evaluation they are
/// the running ones. Names, defaults and formulas are those of `torch.nn.BatchNorm1d`: weight starts at 1, bias at 0,
/// running_mean at 0, running_var at 1, eps is 1e-5 and momentum 0.1.
///
/// A batch of one sample, which has no variance, is normalised by the running statistics and leaves them as they are
/// (PyTorch refuses it).
///
/// A network that holds one trains on whole batches, so its threads meet at every layer.
///
/// ```
/// use gradlens::{BatchNorm, Dense, Relu, Sequential, SoftmaxCrossEntropy};
/// let net = Sequential::input(784)
///     .layer(Dense::new(128))
///     .layer(BatchNorm::default())
///     .layer(Relu)
///     .layer(Dense::new(10))
///     .head(SoftmaxCrossEntropy::default())
///     .build()?;
/// assert_eq!(net.state().len(), 2 * 128);
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BatchNorm {
    eps: f64,
    momentum: f64,
}

impl Default for BatchNorm {
    fn default() -> Self {
        BatchNorm { eps: EPS, momentum: 0.1 }
    }
}

impl BatchNorm {
    /// What is added to the variance, above 0 (checked when the network is built).
    pub fn eps(self, eps: f64) -> Self {
        BatchNorm { eps, ..self }
    }

    /// The share of the running statistics that a step replaces, from 0 to 1 (checked when the network is built).
    pub fn momentum(self, momentum: f64) -> Self {
        BatchNorm { momentum, ..self }
    }
}

/// What is added to a variance by default: PyTorch's.
pub(crate) const EPS: f64 = 1e-5;

// What the scratch space holds, a number for each unit.
const MEAN: usize = 0;
/// 1 / sqrt(var + eps).
const INVERSE: usize = 1;
/// The variance divided by n - 1.
const UNBIASED: usize = 2;
/// The mean of dy over the samples.
const MEAN_DY: usize = 3;
/// The mean of dy times normalised x.
const MEAN_DY_X: usize = 4;
const SCRATCH: usize = 5;

/// Whether these are statistics of the batch.
fn of_batch<T: Scalar>(pass: &Pass<T>, rows: usize) -> bool {
    pass.batch_statistics && rows > 1
}

/// A number for each unit.
fn number<T>(which: usize, units: usize, numbers: &[T]) -> &[T] {
    &numbers[which * units..][..units]
}

/// Rows that are summed before their sum is added to the others', so that rounding grows with the root of their number.
const AT_ONCE: usize = 64;

/// The mean over the rows of a function of each number, the one beside it in another matrix, and the numbers of its
/// column.
fn means<T: Scalar>(
    [a, b]: [&Mat<T>; 2],
    [of_column, other]: [&[T]; 2],
    to: &mut [T],
    term: impl Fn(T, T, T, T) -> T,
) {
    let (of_column, other) = (ArrayView1::from(of_column), ArrayView1::from(other));
    to.fill(T::zero());
    let mut part = vec![T::zero(); to.len()];
    for (index, (a, b)) in a.rows().into_iter().zip(b.rows()).enumerate() {
        if index % AT_ONCE == 0 {
            add(&mut part, to);
        }
        widest(
            #[inline(always)]
            || {
                let part = ndarray::ArrayViewMut1::from(&mut part[..]);
                azip!((sum in part, &a in a, &b in b, &c in of_column, &d in other) *sum += term(a, b, c, d));
            },
        );
    }
    add(&mut part, to);
    let rows = T::of(a.nrows() as f64);
    to.iter_mut().for_each(|sum| *sum /= rows);
}

/// Adds a part of the sums to the whole, and begins the next.
fn add<T: Scalar>(part: &mut [T], to: &mut [T]) {
    for (part, to) in part.iter_mut().zip(to) {
        *to += std::mem::replace(part, T::zero());
    }
}

impl<T: Scalar> Layer<T> for BatchNorm {
    fn name(&self) -> String {
        match *self == BatchNorm::default() {
            true => "BatchNorm".into(),
            false => format!("BatchNorm({}, {})", self.momentum, self.eps),
        }
    }

    fn spec(&self, units: usize) -> Result<Spec> {
        check_eps::<T>(self.eps)?;
        if !(0.0..=1.0).contains(&self.momentum) {
            return Err(Error::setting(
                "the momentum of the running statistics",
                self.momentum,
                "from 0 to 1",
            ));
        }
        let vector = |name, start| Param::bias(name, units, Init::Constant(start), units, units);
        Ok(Spec::new(units)
            .params(vec![vector("weight", 1.0), vector("bias", 0.0)])
            .state(vec![vector("running_mean", 0.0), vector("running_var", 1.0)])
            .scratch(0, SCRATCH * units))
    }

    fn forward(&self, pass: &Pass<T>, x: &Mat<T>, y: &mut Mat<T>, scratch: &mut [T]) {
        let units = x.ncols();
        let eps = T::of(self.eps);
        let (mean, rest) = scratch.split_at_mut(units);
        let (inverse, unbiased) = rest.split_at_mut(units);
        let unbiased = &mut unbiased[..units];
        if of_batch(pass, x.nrows()) {
            means([x, x], [&pass.params[..units]; 2], mean, |x, _, _, _| x);
            means([x, x], [mean, mean], unbiased, |x, _, mean, _| (x - mean) * (x - mean));
            let more = T::of(x.nrows() as f64 / (x.nrows() - 1) as f64);
            for (inverse, var) in inverse.iter_mut().zip(unbiased) {
                *inverse = (*var + eps).sqrt().recip();
                *var *= more;
            }
        } else {
            mean.copy_from_slice(number(0, units, pass.state));
            unbiased.copy_from_slice(number(1, units, pass.state));
            inverse
                .iter_mut()
                .zip(unbiased)
                .for_each(|(inverse, var)| *inverse = (*var + eps).sqrt().recip());
        }
        let (weight, bias) = pass.params.split_at(units);
        let scale: Vec<T> =
            weight.iter().zip(&*inverse).map(|(&weight, &inverse)| weight * inverse).collect();
        let [mean, scale, bias] = [&*mean, &scale, bias].map(ArrayView1::from);
        for (y, x) in y.rows_mut().into_iter().zip(x.rows()) {
            widest(
                #[inline(always)]
                || azip!((y in y, &x in x, &mean in mean, &scale in scale, &bias in bias) *y = (x - mean) * scale + bias),
            );
        }
    }

    /// dweight = sum of dy (x - mean) / sqrt(var + eps), dbias = sum of dy.
    fn backward_params(
        &self,
        _: &Pass<T>,
        x: &Mat<T>,
        _: &Mat<T>,
        dy: &Mat<T>,
        dw: &mut Gradient<T>,
        scratch: &mut [T],
    ) {
        let units = x.ncols();
        let (known, sums) = scratch.split_at_mut(MEAN_DY * units);
        let [mean, inverse] = [MEAN, INVERSE].map(|which| number(which, units, known));
        let (mean_dy, mean_dy_x) = sums.split_at_mut(units);
        means([dy, x], [mean, inverse], mean_dy, |dy, _, _, _| dy);
        means([dy, x], [mean, inverse], mean_dy_x, |dy, x, mean, inverse| dy * (x - mean) * inverse);
        let rows = T::of(x.nrows() as f64);
        for unit in 0..units {
            dw.put(unit, rows * mean_dy_x[unit]);
            dw.put(units + unit, rows * mean_dy[unit]);
        }
    }

    /// With x' the normalised x and means over the batch:
    /// dx = weight / sqrt(var + eps) (dy - mean(dy) - x' mean(dy x')); where the statistics are not the batch's, the
    /// first term alone.
    fn backward_input(
        &self,
        pass: &Pass<T>,
        x: &Mat<T>,
        _: &Mat<T>,
        dy: &Mat<T>,
        dx: &mut Mat<T>,
        scratch: &mut [T],
    ) {
        let units = x.ncols();
        let [mean, inverse, mean_dy, mean_dy_x] =
            [MEAN, INVERSE, MEAN_DY, MEAN_DY_X].map(|which| number(which, units, scratch));
        let scale: Vec<T> =
            pass.params.iter().zip(inverse).map(|(&weight, &inverse)| weight * inverse).collect();
        let scale = ArrayView1::from(&scale);
        if !of_batch(pass, x.nrows()) {
            for (dx, dy) in dx.rows_mut().into_iter().zip(dy.rows()) {
                azip!((dx in dx, &dy in dy, &scale in scale) *dx = scale * dy);
            }
            return;
        }
        let slope: Vec<T> = inverse.iter().zip(mean_dy_x).map(|(&inverse, &mean)| inverse * mean).collect();
        let [mean, mean_dy, slope] = [mean, mean_dy, &slope].map(ArrayView1::from);
        for ((mut dx, dy), x) in dx.rows_mut().into_iter().zip(dy.rows()).zip(x.rows()) {
            widest(
                #[inline(always)]
                || {
                    azip!((dx in &mut dx, &x in x, &mean in mean, &slope in slope) *dx = (x - mean) * slope);
                    azip!((dx in &mut dx, &dy in dy, &mean in mean_dy, &scale in scale) *dx = scale * (dy - mean - *dx));
                },
            );
        }
    }

    /// The running statistics follow those of the batch; those of a batch of one sample are the running ones.
    fn update_state(&self, scratch: &[T], state: &mut [T]) {
        let units = state.len() / 2;
        let batch = [MEAN, UNBIASED].into_iter().flat_map(|which| number(which, units, scratch));
        for (running, &batch) in state.iter_mut().zip(batch) {
            *running += T::of(self.momentum) * (batch - *running);
        }
    }
}

/// Refuses an eps that does not keep a root from 0.
pub(super) fn check_eps<T: Scalar>(eps: f64) -> Result<()> {
    match T::of(eps) > T::zero() && T::of(eps).is_finite() {
        true => Ok(()),
        false => Err(Error::setting("eps, which is added to the variance,", eps, "above 0")),
    }
}
