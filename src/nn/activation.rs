//! Activations: two scalar formulas each, and one blanket `impl` that makes them layers.

use crate::error::{Error, Result};
use crate::nn::initialisers::Init;
use crate::nn::layer::type_name;
use crate::nn::layer::{Layer, Pass};
use gradlens_kernel::widest;
use gradlens_kernel::{Mat, Scalar};
use std::fmt::Debug;

/// An elementwise activation y = phi(x): its value, its slope, and the greatest slope.
///
/// Whoever implements it gets [`Layer`] for free, with dx = phi'(x) dy. The methods are generic
/// rather than the trait, so that one `impl` serves f32 and f64.
///
/// ```
/// use gradlens::{check, Activation, Scalar};
///
/// /// y = x^3
/// #[derive(Debug)]
/// struct Cube;
///
/// impl Activation for Cube {
///     fn value<T: Scalar>(&self, x: T) -> T {
///         x * x * x
///     }
///     fn slope<T: Scalar>(&self, x: T, _: T) -> T {
///         T::of(3.0) * x * x
///     }
///     fn max_slope(&self) -> f64 {
///         f64::INFINITY
///     }
/// }
/// assert!(check::layer(&Cube, 4, 7)?.worst() < 1e-6);
/// # Ok::<(), gradlens::Error>(())
/// ```
pub trait Activation: Debug + Send + Sync {
    /// phi(x).
    fn value<T: Scalar>(&self, x: T) -> T;

    /// phi'(x), given x and y = phi(x).
    fn slope<T: Scalar>(&self, x: T, y: T) -> T;

    /// The greatest absolute value of the slope. Saturation is measured against it. Default: 1.
    fn max_slope(&self) -> f64 {
        1.0
    }

    /// How weights that feed it should start. Default: [`Init::GlorotUniform`].
    fn preferred_init(&self) -> Init {
        Init::GlorotUniform
    }

    /// What it calls itself. Default: the name of its type.
    fn name(&self) -> String {
        type_name::<Self>()
    }
}

/// Pieces of work for one thread; about ten microseconds of the cheaper formulas.
const PIECE: usize = 8 * 1024;

impl<T: Scalar, A: Activation> Layer<T> for A {
    fn name(&self) -> String {
        Activation::name(self)
    }

    fn by_rows(&self) -> bool {
        true
    }

    fn forward(&self, pass: &Pass<T>, x: &Mat<T>, y: &mut Mat<T>, _: &mut [T]) {
        match (x.as_slice(), y.as_slice_mut()) {
            (Some(x), Some(y)) => pass.threads.pieces(PIECE, [y], |from, [y]| {
                let x = &x[from..][..y.len()];
                widest(|| {
                    for (y, &x) in y.iter_mut().zip(x) {
                        *y = self.value(x);
                    }
                });
            }),
            _ => y.zip_mut_with(x, |y, &x| *y = self.value(x)),
        }
    }

    fn backward_input(
        &self,
        pass: &Pass<T>,
        x: &Mat<T>,
        y: &Mat<T>,
        dy: &Mat<T>,
        dx: &mut Mat<T>,
        _: &mut [T],
    ) {
        match (x.as_slice(), y.as_slice(), dy.as_slice(), dx.as_slice_mut()) {
            (Some(x), Some(y), Some(dy), Some(dx)) => pass.threads.pieces(PIECE, [dx], |from, [dx]| {
                let [x, y, dy] = [x, y, dy].map(|all| &all[from..][..dx.len()]);
                widest(|| {
                    for (((dx, &dy), &x), &y) in dx.iter_mut().zip(dy).zip(x).zip(y) {
                        *dx = self.slope(x, y) * dy;
                    }
                });
            }),
            _ => ndarray::Zip::from(dx)
                .and(x)
                .and(y)
                .and(dy)
                .for_each(|dx, &x, &y, &dy| *dx = self.slope(x, y) * dy),
        }
    }

    fn max_slope(&self) -> Option<f64> {
        Some(Activation::max_slope(self))
    }

    fn preferred_init(&self) -> Option<Init> {
        Some(Activation::preferred_init(self))
    }
}

/// 1 / (1 + exp(-x)), written so that exp never overflows.
#[inline(always)]
pub(crate) fn sigmoid<T: Scalar>(x: T) -> T {
    let e = (-x.abs()).quick_exp();
    let small = e / (T::one() + e);
    if x < T::zero() { small } else { T::one() / (T::one() + e) }
}

/// ln(1 + exp(x)), written so that exp never overflows and small values keep their digits.
pub(crate) fn softplus<T: Scalar>(x: T) -> T {
    x.max(T::zero()) + (-x.abs()).exp().ln_1p()
}

/// The identity: y = x, slope 1.
///
/// A network whose layers are linear says so with it; the last layer needs none.
#[derive(Debug, Clone, Copy, Default)]
pub struct Identity;

impl Activation for Identity {
    #[inline(always)]
    fn value<T: Scalar>(&self, x: T) -> T {
        x
    }
    #[inline(always)]
    fn slope<T: Scalar>(&self, _: T, _: T) -> T {
        T::one()
    }
}

/// The logistic sigmoid: y = 1 / (1 + exp(-x)), slope y (1 - y), at most 1/4.
///
/// (Rumelhart, Hinton and Williams, Nature 323, 1986.) In f32, y is exactly 1 and the
/// slope exactly 0 from x = 16.6 on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sigmoid;

impl Activation for Sigmoid {
    #[inline(always)]
    fn value<T: Scalar>(&self, x: T) -> T {
        sigmoid(x)
    }
    #[inline(always)]
    fn slope<T: Scalar>(&self, _: T, y: T) -> T {
        y * (T::one() - y)
    }
    fn max_slope(&self) -> f64 {
        0.25
    }
}

/// The hyperbolic tangent: y = tanh(x), slope 1 - y^2 = (1 - y) (1 + y).
///
/// (LeCun et al., *Efficient BackProp*, 1998.)
#[derive(Debug, Clone, Copy, Default)]
pub struct Tanh;

impl Activation for Tanh {
    #[inline(always)]
    fn value<T: Scalar>(&self, x: T) -> T {
        x.quick_tanh()
    }
    #[inline(always)]
    fn slope<T: Scalar>(&self, _: T, y: T) -> T {
        (T::one() - y) * (T::one() + y)
    }
}

/// The rectifier: y = max(x, 0), slope 1 for x > 0 and 0 elsewhere, at 0 too (as in PyTorch).
///
/// (Nair and Hinton, ICML 2010; Glorot, Bordes and Bengio, AISTATS 2011.)
#[derive(Debug, Clone, Copy, Default)]
pub struct Relu;

impl Activation for Relu {
    #[inline(always)]
    fn value<T: Scalar>(&self, x: T) -> T {
        // A comparison rather than max(), which would turn NaN into 0 and hide it.
        if x <= T::zero() { T::zero() } else { x }
    }
    #[inline(always)]
    fn slope<T: Scalar>(&self, x: T, _: T) -> T {
        if x > T::zero() { T::one() } else { T::zero() }
    }
    fn preferred_init(&self) -> Init {
        Init::HeNormal
    }
}

/// The leaky rectifier: y = x for x > 0, a x elsewhere, slope 1 or a; a = 0.01 by default.
///
/// (Maas, Hannun and Ng, ICML workshop 2013.)
#[derive(Debug, Clone, Copy)]
pub struct LeakyRelu(
    /// The slope a for negative x.
    pub f64,
);

impl Default for LeakyRelu {
    fn default() -> Self {
        LeakyRelu(0.01)
    }
}

impl Activation for LeakyRelu {
    #[inline(always)]
    fn value<T: Scalar>(&self, x: T) -> T {
        if x > T::zero() { x } else { T::of(self.0) * x }
    }
    #[inline(always)]
    fn slope<T: Scalar>(&self, x: T, _: T) -> T {
        if x > T::zero() { T::one() } else { T::of(self.0) }
    }
    fn max_slope(&self) -> f64 {
        self.0.abs().max(1.0)
    }
    fn preferred_init(&self) -> Init {
        Init::HeNormal
    }
    fn name(&self) -> String {
        format!("LeakyRelu({})", self.0)
    }
}

/// The exponential linear unit: y = x for x > 0, a (exp(x) - 1) elsewhere, slope 1 or
/// a exp(x) = y + a; a = 1 by default.
///
/// (Clevert, Unterthiner and Hochreiter, ICLR 2016.)
#[derive(Debug, Clone, Copy)]
pub struct Elu(
    /// The limit -a for large negative x.
    pub f64,
);

impl Default for Elu {
    fn default() -> Self {
        Elu(1.0)
    }
}

impl Activation for Elu {
    #[inline(always)]
    fn value<T: Scalar>(&self, x: T) -> T {
        if x > T::zero() { x } else { T::of(self.0) * x.exp_m1() }
    }
    #[inline(always)]
    fn slope<T: Scalar>(&self, x: T, y: T) -> T {
        if x > T::zero() { T::one() } else { y + T::of(self.0) }
    }
    fn max_slope(&self) -> f64 {
        self.0.abs().max(1.0)
    }
    fn preferred_init(&self) -> Init {
        Init::HeNormal
    }
    fn name(&self) -> String {
        format!("Elu({})", self.0)
    }
}

/// The self-normalising unit: y = l x for x > 0, l a (exp(x) - 1) elsewhere, slope l or y + l a,
/// with l = 1.0507 and a = 1.6733, for which mean 0 and variance 1 are a fixed point.
///
/// (Klambauer, Unterthiner, Mayr and Hochreiter, NeurIPS 2017, eq. 2 and 14.)
#[derive(Debug, Clone, Copy, Default)]
pub struct Selu;

impl Selu {
    const SCALE: f64 = 1.050_700_987_355_480_5;
    const SCALE_ALPHA: f64 = 1.758_099_340_847_376_6;
}

impl Activation for Selu {
    #[inline(always)]
    fn value<T: Scalar>(&self, x: T) -> T {
        if x > T::zero() { T::of(Self::SCALE) * x } else { T::of(Self::SCALE_ALPHA) * x.exp_m1() }
    }
    #[inline(always)]
    fn slope<T: Scalar>(&self, x: T, y: T) -> T {
        if x > T::zero() { T::of(Self::SCALE) } else { y + T::of(Self::SCALE_ALPHA) }
    }
    fn max_slope(&self) -> f64 {
        Self::SCALE_ALPHA
    }
    fn preferred_init(&self) -> Init {
        Init::LecunNormal
    }
}

/// The Gaussian error linear unit, exact: y = x F(x), slope F(x) + x f(x), with
/// F(x) = erfc(-x / sqrt 2) / 2 the normal distribution function and f its density.
///
/// (Hendrycks and Gimpel, 2016.) The slope is greatest at x = sqrt 2.
#[derive(Debug, Clone, Copy, Default)]
pub struct Gelu;

impl Gelu {
    fn distribution<T: Scalar>(x: T) -> T {
        T::of(0.5) * (-x * T::of(std::f64::consts::FRAC_1_SQRT_2)).erfc()
    }
}

impl Activation for Gelu {
    #[inline(always)]
    fn value<T: Scalar>(&self, x: T) -> T {
        x * Self::distribution(x)
    }
    #[inline(always)]
    fn slope<T: Scalar>(&self, x: T, _: T) -> T {
        let density = T::of(0.398_942_280_401_432_7) * (-T::of(0.5) * x * x).exp(); // 1 / sqrt(2 pi)
        Self::distribution(x) + x * density
    }
    fn max_slope(&self) -> f64 {
        1.128_904_145_185_154_8
    }
    fn preferred_init(&self) -> Init {
        Init::HeNormal
    }
}

/// The sigmoid-weighted linear unit, also called swish: y = x s(x), slope s(x) (1 + x (1 - s(x))),
/// with s the sigmoid.
///
/// (Hendrycks and Gimpel, 2016; Elfwing, Uchibe and Doya, 2018.)
#[derive(Debug, Clone, Copy, Default)]
pub struct Silu;

impl Activation for Silu {
    #[inline(always)]
    fn value<T: Scalar>(&self, x: T) -> T {
        x * sigmoid(x)
    }
    #[inline(always)]
    fn slope<T: Scalar>(&self, x: T, _: T) -> T {
        sigmoid(x) * (T::one() + x * sigmoid(-x))
    }
    fn max_slope(&self) -> f64 {
        1.099_839_320_128_867_4
    }
    fn preferred_init(&self) -> Init {
        Init::HeNormal
    }
}

/// Softsign: y = x / (1 + |x|), slope 1 / (1 + |x|)^2.
///
/// (Bergstra, Desjardins, Lamblin and Bengio, 2009; Glorot and Bengio, AISTATS 2010.)
#[derive(Debug, Clone, Copy, Default)]
pub struct Softsign;

impl Activation for Softsign {
    #[inline(always)]
    fn value<T: Scalar>(&self, x: T) -> T {
        x / (T::one() + x.abs())
    }
    #[inline(always)]
    fn slope<T: Scalar>(&self, x: T, _: T) -> T {
        let r = T::one() / (T::one() + x.abs());
        r * r
    }
}

/// Softplus: y = ln(1 + exp(x)), slope 1 / (1 + exp(-x)).
///
/// (Dugas et al., NeurIPS 2000; Glorot, Bordes and Bengio, AISTATS 2011.)
#[derive(Debug, Clone, Copy, Default)]
pub struct Softplus;

impl Activation for Softplus {
    #[inline(always)]
    fn value<T: Scalar>(&self, x: T) -> T {
        softplus(x)
    }
    #[inline(always)]
    fn slope<T: Scalar>(&self, x: T, _: T) -> T {
        sigmoid(x)
    }
    fn preferred_init(&self) -> Init {
        Init::HeNormal
    }
}

/// The names that [`activation`] knows, each as it is written without a number.
pub const ACTIVATIONS: [&str; 11] = [
    "identity",
    "sigmoid",
    "tanh",
    "relu",
    "leaky-relu",
    "elu",
    "selu",
    "gelu",
    "silu",
    "softsign",
    "softplus",
];

/// The activation of this name, kebab-case, its number after a colon: `relu`, `leaky-relu:0.1`,
/// `elu:0.5`.
///
/// # Errors
/// [`Error::Setting`] for a name that is not one of [`ACTIVATIONS`] or a number where none belongs.
///
/// ```
/// assert_eq!(gradlens::activation::<f32>("leaky-relu:0.1")?.name(), "LeakyRelu(0.1)");
/// assert!(gradlens::activation::<f32>("rellu").is_err());
/// # Ok::<(), gradlens::Error>(())
/// ```
pub fn activation<T: Scalar>(text: &str) -> Result<Box<dyn Layer<T>>> {
    let wrong = || {
        let expected = format!(
            "{} (leaky-relu and elu may take a number, as in leaky-relu:0.1)",
            ACTIVATIONS.join(", ")
        );
        Error::setting("the activation", format!("{text:?}"), format!("one of {expected}"))
    };
    let (name, number) = text.split_once(':').map_or((text, None), |(name, number)| (name, Some(number)));
    let number = number
        .map(|number| number.parse::<f64>().ok().filter(|n| n.is_finite()).ok_or_else(wrong))
        .transpose()?;
    Ok(match (name, number) {
        ("identity", None) => Box::new(Identity),
        ("sigmoid", None) => Box::new(Sigmoid),
        ("tanh", None) => Box::new(Tanh),
        ("relu", None) => Box::new(Relu),
        ("leaky-relu", slope) => Box::new(slope.map_or_else(LeakyRelu::default, LeakyRelu)),
        ("elu", alpha) => Box::new(alpha.map_or_else(Elu::default, Elu)),
        ("selu", None) => Box::new(Selu),
        ("gelu", None) => Box::new(Gelu),
        ("silu", None) => Box::new(Silu),
        ("softsign", None) => Box::new(Softsign),
        ("softplus", None) => Box::new(Softplus),
        _ => return Err(wrong()),
    })
}
