//! The fully connected layer.

use crate::error::{Error, Result};
use crate::nn::initialisers::Init;
use crate::nn::layer::{Layer, ParamSlice, Pass};
use crate::nn::param::Param;
use gradlens_kernel::product;
use gradlens_kernel::widest;
use gradlens_kernel::{Mat, Scalar, Store, matmul};
use ndarray::{ArrayView2, ArrayViewMut2, Axis};

/// Fully connected layer: y = x W' + b.
///
/// * x: `[rows, in]`; y: `[rows, units]`; `in` is inferred from the layer below.
/// * Parameters: `weight` W `[units, in]`, `bias` b `[units]`, laid out as in PyTorch's `Linear`.
/// * Defaults: with bias; weights start as suits the activation that follows (He for the ReLU
///   family, LeCun for SELU, Glorot otherwise); biases start at 0.
///
/// Gradients: dW = dy' x, db = sum of dy over the rows, dx = dy W.
///
/// ```
/// use gradlens::{Dense, Init, Relu, Sequential, SoftmaxCrossEntropy};
/// let net = Sequential::input(784)
///     .layer(Dense::new(128))
///     .layer(Relu)
///     .layer(Dense::new(10).bias(false).init(Init::Standard))
///     .head(SoftmaxCrossEntropy::default())
///     .build()?;
/// assert_eq!(net.param("0.weight").unwrap().shape(), [128, 784]);
/// assert_eq!(net.params().len(), 784 * 128 + 128 + 128 * 10);
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Dense {
    units: usize,
    bias: bool,
    init: Option<Init>,
    bias_init: Init,
}

impl Dense {
    /// A layer of `units` units.
    pub fn new(units: usize) -> Self {
        Dense { units, bias: true, init: None, bias_init: Init::Zeros }
    }

    /// Whether there is a bias. Default: yes.
    pub fn bias(self, bias: bool) -> Self {
        Dense { bias, ..self }
    }

    /// How the weights start. Default: as suits the activation that follows.
    pub fn init(self, init: Init) -> Self {
        Dense { init: Some(init), ..self }
    }

    /// How the biases start. Default: at zero.
    pub fn bias_init(self, bias_init: Init) -> Self {
        Dense { bias_init, ..self }
    }

    /// W as a matrix, and b (empty where there is none).
    fn split<'a, T: Scalar>(&self, params: &'a [T]) -> (ArrayView2<'a, T>, &'a [T]) {
        let (weight, bias) = params.split_at(params.len() - if self.bias { self.units } else { 0 });
        let shape = (self.units, weight.len() / self.units);
        (ArrayView2::from_shape(shape, weight).expect("as many weights as params() asks for"), bias)
    }
}

/// The sums over the rows, row after row.
fn sum_rows<T: Scalar>(rows: &Mat<T>, store: Store<T>, to: &mut [T]) {
    const AT_ONCE: usize = 64;
    for (part, to) in to.chunks_mut(AT_ONCE).enumerate() {
        let mut sums = [T::zero(); AT_ONCE];
        let sums = &mut sums[..to.len()];
        let first = part * AT_ONCE;
        for row in rows.slice_axis(Axis(1), (first..first + to.len()).into()).rows() {
            match row.to_slice() {
                Some(row) => widest(|| sums.iter_mut().zip(row).for_each(|(sum, &x)| *sum += x)),
                None => sums.iter_mut().zip(row).for_each(|(sum, &x)| *sum += x),
            }
        }
        to.iter_mut().zip(sums).for_each(|(to, &mut sum)| store.put(sum, to));
    }
}

/// Units whose bias gradients one thread sums.
const UNITS_PER_PIECE: usize = 256;

impl<T: Scalar> Layer<T> for Dense {
    fn output_len(&self, input_len: usize) -> Result<usize> {
        match (self.units, input_len) {
            (0, _) => Err(Error::setting("the number of units", 0, "at least 1")),
            (_, 0) => Err(Error::setting("the number of inputs", 0, "at least 1")),
            (units, _) => Ok(units),
        }
    }

    fn params(&self, input_len: usize) -> Vec<Param> {
        let mut params = vec![Param::weight("weight", &[self.units, input_len], self.init)];
        if self.bias {
            params.push(Param::bias("bias", self.units, self.bias_init, input_len, self.units));
        }
        params
    }

    fn by_rows(&self) -> bool {
        true
    }

    fn forward(&self, pass: &Pass<T>, x: &Mat<T>, y: &mut Mat<T>, _: &mut [T]) {
        let (weight, bias) = self.split(pass.params);
        let bias = self.bias.then_some(bias);
        product(pass.threads, x, &weight.t(), bias, Store::Replace, y);
    }

    fn backward_params(
        &self,
        pass: &Pass<T>,
        x: &Mat<T>,
        _: &Mat<T>,
        dy: &Mat<T>,
        dparams: &mut [T],
        _: &mut [T],
    ) {
        let (dweight, dbias) = dparams.split_at_mut(self.units * x.ncols());
        let mut dweight =
            ArrayViewMut2::from_shape((self.units, x.ncols()), dweight).expect("laid out as the weights");
        matmul(pass.threads, &dy.t(), x, &mut dweight);
        if self.bias {
            pass.threads.pieces(UNITS_PER_PIECE, [dbias], |from, [dbias]| {
                sum_rows(&dy.slice_axis(Axis(1), (from..from + dbias.len()).into()), Store::Replace, dbias);
            });
        }
    }

    fn by_units(&self) -> bool {
        true
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
        let dy = dy.slice_axis(Axis(1), slice.units.clone().into());
        if slice.param == 0 {
            let mut to =
                ArrayViewMut2::from_shape((dy.ncols(), x.ncols()), to).expect("laid out as the weights");
            product(pass.threads, &dy.t(), x, None, store, &mut to);
        } else {
            sum_rows(&dy, store, to);
        }
    }

    fn backward_input(
        &self,
        pass: &Pass<T>,
        _: &Mat<T>,
        _: &Mat<T>,
        dy: &Mat<T>,
        dx: &mut Mat<T>,
        _: &mut [T],
    ) {
        matmul(pass.threads, dy, &self.split(pass.params).0, dx);
    }
}
