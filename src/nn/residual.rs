//! Residual connections.

use crate::error::{Error, Result};
use crate::nn::layer::{Layer, Pass, Spec};
use gradlens_kernel::{Mat, Scalar};

/// The end of a residual block (He et al., CVPR 2016): adds what went into the lowest of the layers below it, so that they
/// learn what is to be added to their input:
///
/// ```text
/// y = x + f(x)
/// ```
///
/// with f the layers of the block. Blocks may stand within blocks. There are no parameters; x and f(x) have as many columns.
/// In backpropagation the gradient at y reaches x along both ways: dx = dy + (df/dx)' dy. The network adds both, as a layer
/// sees only what stands directly below it.
///
/// ```
/// use gradlens::{Dense, Relu, Residual, Sequential, SoftmaxCrossEntropy};
/// let net = Sequential::input(64)
///     .layer(Dense::new(64)) // f begins here,
///     .layer(Relu)
///     .layer(Dense::new(64)) // and is these three layers
///     .layer(Residual::over(3))
///     .layer(Dense::new(10))
///     .head(SoftmaxCrossEntropy::default())
///     .build()?;
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Residual {
    layers: usize,
}

impl Residual {
    /// The end of a block of so many layers, at least 1, which stand directly below it (checked when the network is built).
    pub fn over(layers: usize) -> Self {
        Residual { layers }
    }
}

impl<T: Scalar> Layer<T> for Residual {
    fn name(&self) -> String {
        format!("Residual({})", self.layers)
    }

    fn spec(&self, input_len: usize) -> Result<Spec> {
        match self.layers {
            0 => Err(Error::setting("the layers of the residual block", 0, "at least 1")),
            layers => Ok(Spec::new(input_len).adds_input_of(layers).row_by_row()),
        }
    }

    fn forward(&self, _: &Pass<T>, x: &Mat<T>, y: &mut Mat<T>, _: &mut [T]) {
        y.assign(x);
    }

    fn backward_input(&self, _: &Pass<T>, _: &Mat<T>, _: &Mat<T>, dy: &Mat<T>, dx: &mut Mat<T>, _: &mut [T]) {
        dx.assign(dy);
    }
}
