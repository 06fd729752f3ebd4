//! Layer normalisation.

use crate::error::Result;
use crate::nn::batch_norm::{EPS, check_eps};
use crate::nn::gradient::Gradient;
use crate::nn::initialisers::Init;
use crate::nn::layer::{Layer, Pass, Spec};
use crate::nn::param::Param;
use gradlens_kernel::{Mat, Scalar, widest};
use ndarray::{Array2, ArrayView1, azip};

/// Layer normalisation (Ba, Kiros and Hinton, arXiv:1607.06450, 2016), sample by sample:
///
/// ```text
/// y = weight (x - mean) / sqrt(var + eps) + bias
/// ```
///
/// with mean and var (divided by the number of units) over the units of one sample, in training and in evaluation
/// alike. Names, defaults and formulas are those of `torch.nn.LayerNorm`: weight starts at 1, bias at 0, eps is 1e-5.
///
/// ```
/// use gradlens::{Dense, LayerNorm, Sequential, SoftmaxCrossEntropy, Tanh};
/// let net = Sequential::input(784)
///     .layer(Dense::new(128))
///     .layer(LayerNorm::default())
///     .layer(Tanh)
///     .layer(Dense::new(10))
///     .head(SoftmaxCrossEntropy::default())
///     .build()?;
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerNorm {
    eps: f64,
}

impl Default for LayerNorm {
    fn default() -> Self {
        LayerNorm { eps: EPS }
    }
}

impl LayerNorm {
    /// What is added to the variance, above 0 (checked when the network is built).
    pub fn eps(self, eps: f64) -> Self {
        LayerNorm { eps }
    }
}

/// What the scratch space holds for each row: the mean and 1 / sqrt(var + eps).
const SCRATCH: usize = 2;

const LANES: usize = 16;

/// The mean of so many terms, summed in lanes, which vectors can.
#[inline(always)]
fn mean<T: Scalar>(count: usize, term: impl Fn(usize) -> T) -> T {
    let mut sums = [T::zero(); LANES];
    let whole = count / LANES * LANES;
    for first in (0..whole).step_by(LANES) {
        for (lane, sum) in sums.iter_mut().enumerate() {
            *sum += term(first + lane);
        }
    }
    for (sum, index) in sums.iter_mut().zip(whole..count) {
        *sum += term(index);
    }
    sums.into_iter().sum::<T>() / T::of(count as f64)
}

impl<T: Scalar> Layer<T> for LayerNorm {
    fn name(&self) -> String {
        match *self == LayerNorm::default() {
            true => "LayerNorm".into(),
            false => format!("LayerNorm({})", self.eps),
        }
    }

    fn spec(&self, units: usize) -> Result<Spec> {
        check_eps::<T>(self.eps)?;
        let vector = |name, start| Param::bias(name, units, Init::Constant(start), units, units);
        Ok(Spec::new(units)
            .params(vec![vector("weight", 1.0), vector("bias", 0.0)])
            .scratch(SCRATCH, 0)
            .row_by_row())
    }

    fn forward(&self, pass: &Pass<T>, x: &Mat<T>, y: &mut Mat<T>, scratch: &mut [T]) {
        let units = x.ncols();
        let (weight, bias) = pass.params.split_at(units);
        let [weight, bias] = [weight, bias].map(ArrayView1::from);
        let x = x.as_standard_layout();
        for ((y, x), kept) in y.rows_mut().into_iter().zip(x.rows()).zip(scratch.as_chunks_mut::<SCRATCH>().0)
        {
            let of_row = x.as_slice().expect("in standard layout");
            widest(
                #[inline(always)]
                || {
                    let centre = mean(units, |unit| of_row[unit]);
                    let var = mean(units, |unit| (of_row[unit] - centre) * (of_row[unit] - centre));
                    let inverse = (var + T::of(self.eps)).sqrt().recip();
                    *kept = [centre, inverse];
                    azip!((y in y, &x in x, &weight in weight, &bias in bias) *y = (x - centre) * inverse * weight + bias);
                },
            );
        }
    }

    /// dweight = sum over the rows of dy (x - mean) / sqrt(var + eps), dbias = sum of dy.
    fn backward_params(
        &self,
        pass: &Pass<T>,
        x: &Mat<T>,
        _: &Mat<T>,
        dy: &Mat<T>,
        dw: &mut Gradient<T>,
        scratch: &mut [T],
    ) {
        let mut terms = Array2::zeros(x.dim());
        for (row, &[mean, inverse]) in scratch.as_chunks::<SCRATCH>().0.iter().enumerate() {
            azip!((term in terms.row_mut(row), &x in x.row(row), &dy in dy.row(row))
                *term = dy * (x - mean) * inverse);
        }
        let [mut weight, mut bias] = dw.split_at(x.ncols());
        weight.put_column_sums(pass.threads, &terms);
        bias.put_column_sums(pass.threads, dy);
    }

    /// With x' the normalised x, g = weight dy and means over the units: dx = (g - mean(g) - x' mean(g x')) / sqrt(var + eps).
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
        let weight = &pass.params[..units];
        let (x, dy) = (x.as_standard_layout(), dy.as_standard_layout());
        let kept = scratch.as_chunks::<SCRATCH>().0;
        for (((dx, x), dy), &[centre, inverse]) in
            dx.rows_mut().into_iter().zip(x.rows()).zip(dy.rows()).zip(kept)
        {
            let [of_x, of_dy] = [x, dy].map(|row| row.to_slice().expect("in standard layout"));
            widest(
                #[inline(always)]
                || {
                    let mean_g = mean(units, |unit| weight[unit] * of_dy[unit]);
                    let mean_g_x =
                        mean(units, |unit| weight[unit] * of_dy[unit] * (of_x[unit] - centre) * inverse);
                    azip!((dx in dx, &x in x, &dy in dy, &weight in ArrayView1::from(weight))
                        *dx = inverse * (weight * dy - mean_g - (x - centre) * inverse * mean_g_x));
                },
            );
        }
    }
}
