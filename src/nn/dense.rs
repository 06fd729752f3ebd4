//! The fully connected layer.

use crate::error::{Error, Result};
use crate::nn::gradient::Gradient;
use crate::nn::initialisers::Init;
use crate::nn::layer::{Layer, Pass, Spec};
use crate::nn::param::Param;
use gradlens_kernel::{Mat, Scalar, Store, matmul, product};
use ndarray::ArrayView2;

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

    /// How the weights start. Default, and `None`: as suits the activation that follows.
    pub fn init(self, init: impl Into<Option<Init>>) -> Self {
        Dense { init: init.into(), ..self }
    }

    /// How the biases start. Default: at zero.
    pub fn bias_init(self, bias_init: Init) -> Self {
        Dense { bias_init, ..self }
    }

    /// W as a matrix, and b (empty where there is none).
    fn split<'a, T: Scalar>(&self, params: &'a [T]) -> (ArrayView2<'a, T>, &'a [T]) {
        let (weight, bias) = params.split_at(params.len() - if self.bias { self.units } else { 0 });
        let shape = (self.units, weight.len() / self.units);
        (ArrayView2::from_shape(shape, weight).expect("as many weights as spec() asks for"), bias)
    }
}

impl<T: Scalar> Layer<T> for Dense {
    fn spec(&self, input_len: usize) -> Result<Spec> {
        for (name, number) in [("the number of units", self.units), ("the number of inputs", input_len)] {
            if number == 0 {
                return Err(Error::setting(name, 0, "at least 1"));
            }
        }
        let mut params = vec![Param::weight("weight", &[self.units, input_len], self.init)];
        if self.bias {
            params.push(Param::bias("bias", self.units, self.bias_init, input_len, self.units));
        }
        Ok(Spec::new(self.units).params(params).row_by_row().linear())
    }

    /// y = x W' + b.
    fn forward(&self, pass: &Pass<T>, x: &Mat<T>, y: &mut Mat<T>, _: &mut [T]) {
        let (weight, bias) = self.split(pass.params);
        let bias = self.bias.then_some(bias);
        product(pass.threads, x, &weight.t(), bias, Store::Replace, y);
    }

    /// dx = dy W.
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

    /// dW = dy' x, db = sum of dy over the rows.
    fn backward_params(
        &self,
        pass: &Pass<T>,
        x: &Mat<T>,
        _: &Mat<T>,
        dy: &Mat<T>,
        dw: &mut Gradient<T>,
        _: &mut [T],
    ) {
        let [mut weight, mut bias] = dw.split_at(self.units * x.ncols());
        weight.put_product(pass.threads, &dy.t(), x);
        if self.bias {
            bias.put_column_sums(pass.threads, dy);
        }
    }
}
