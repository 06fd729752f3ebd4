//! A parameter of a layer: its name, its shape and how it starts.

use crate::error::Result;
use crate::nn::initialisers::Init;
use gradlens_kernel::Scalar;
use rand::RngCore;

/// One parameter of a layer: its name, its shape and how it starts.
///
/// ```
/// use gradlens::{Init, Param};
/// let gain = Param::bias("gain", 8, Init::Constant(1.0), 8, 8);
/// assert_eq!((gain.shape.as_slice(), gain.decay), (&[8][..], false));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Param {
    /// Name within the layer, "weight" or "bias" as in PyTorch.
    pub name: String,
    /// Shape, row-major. A weight is `[out, in, ...]`, as in PyTorch.
    pub shape: Vec<usize>,
    /// How it starts; `None` leaves it to the activation that follows the layer.
    pub init: Option<Init>,
    /// Number of inputs that feed one unit, fan-in.
    pub fan_in: usize,
    /// Number of units that one input feeds, fan-out.
    pub fan_out: usize,
    /// Whether weight decay applies: to weights, and not to biases (Goodfellow, Bengio and Courville,
    /// *Deep Learning*, 2016, section 7.1).
    pub decay: bool,
}

impl Param {
    /// A weight of shape `[out, in, ...]`: fan-in is the product of all but the first
    /// dimension, fan-out of all but the second.
    ///
    /// ```
    /// let kernel = gradlens::Param::weight("weight", &[8, 3, 5, 5], None);
    /// assert_eq!((kernel.fan_in, kernel.fan_out, kernel.len()), (75, 200, 600));
    /// ```
    pub fn weight(name: &str, shape: &[usize], init: Option<Init>) -> Self {
        let fan_in = shape.iter().skip(1).product();
        let fan_out = shape.iter().enumerate().filter(|&(axis, _)| axis != 1).map(|(_, n)| n).product();
        Param { name: name.into(), shape: shape.to_vec(), init, fan_in, fan_out, decay: true }
    }

    /// A bias, a gain, or any other vector without weight decay, of `len` numbers for a layer whose weight
    /// has these fans.
    pub fn bias(name: &str, len: usize, init: Init, fan_in: usize, fan_out: usize) -> Self {
        Param { name: name.into(), shape: vec![len], init: Some(init), fan_in, fan_out, decay: false }
    }

    /// Fills `values`, row-major in this shape, with starting values: those of [`init`](Param::init), or
    /// zeros.
    ///
    /// # Errors
    /// As [`Init::fill`].
    pub fn fill<T: Scalar>(&self, values: &mut [T], rng: &mut impl RngCore) -> Result<()> {
        let init = self.init.unwrap_or(Init::Zeros);
        init.fill(&self.shape, [self.fan_in, self.fan_out], values, rng)
    }

    /// How many numbers it holds.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
