//! How weights and biases start, each with its source.

use crate::by_name::{self, Choice};
use crate::error::{Error, Result};
use crate::memory;
use gradlens_kernel::Scalar;
use ndarray::{Array1, Array2, ArrayViewMut1};
use ndarray_rand::RandomExt;
use ndarray_rand::rand_distr::{Distribution, Normal, Uniform};
use rand::RngCore;
use std::fmt;
use std::str::FromStr;

/// An initialiser. With n the fan-in and m the fan-out of the layer, every weight is drawn
/// independently:
///
/// | | formula | source |
/// |---|---|---|
/// | `Zeros` | 0 | |
/// | `Constant(c)` | c | |
/// | `Normal(s)` | N(0, s^2) | |
/// | `NormalShifted(s, m)` | N(m, s^2) | |
/// | `Uniform(a)` | U[-a, a] | |
/// | `UniformRange(a, b)` | U[a, b] | |
/// | `Standard` | U[-1/sqrt n, 1/sqrt n] | LeCun et al., *Efficient BackProp*, 1998; "standard" in Glorot and Bengio 2010; PyTorch's default |
/// | `GlorotUniform` | U[-a, a], a = sqrt(6/(n + m)) | Glorot and Bengio, AISTATS 2010, eq. 16 |
/// | `GlorotNormal` | N(0, 2/(n + m)) | the same, eq. 12 |
/// | `HeUniform` | U[-a, a], a = sqrt(6/n) | He et al., ICCV 2015, eq. 10 |
/// | `HeNormal` | N(0, 2/n) | the same |
/// | `LecunNormal` | N(0, 1/n) | Klambauer et al., NeurIPS 2017 (SELU) |
/// | `Orthogonal` | rows (or columns, if there are fewer) orthonormal | Saxe, McClelland and Ganguli, ICLR 2014 |
///
/// Normal distributions are not truncated (as in PyTorch; Keras cuts at two standard deviations).
/// A bias uses the fans of its layer, so `Standard` for a bias is PyTorch's default as well.
/// Orthogonal takes n m min(n, m) steps: 0.1 s for 784 x 512, some seconds for 2048 x 2048.
///
/// Names are kebab-case, with their number after a colon:
///
/// ```
/// use gradlens::Init;
/// assert_eq!("glorot-uniform".parse::<Init>()?, Init::GlorotUniform);
/// assert_eq!("normal:0.5".parse::<Init>()?, Init::Normal(0.5));
/// assert_eq!(Init::Constant(0.1).to_string(), "constant:0.1");
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Init {
    /// All zero.
    Zeros,
    /// All the same.
    Constant(f64),
    /// Normal with this standard deviation.
    Normal(f64),
    /// Normal with this standard deviation and this mean.
    NormalShifted(f64, f64),
    /// Uniform between minus and plus this limit.
    Uniform(f64),
    /// Uniform between these limits.
    UniformRange(f64, f64),
    /// Uniform, limit 1/sqrt(fan-in).
    Standard,
    /// Uniform, variance 2/(fan-in + fan-out).
    GlorotUniform,
    /// Normal, variance 2/(fan-in + fan-out).
    GlorotNormal,
    /// Uniform, variance 2/fan-in.
    HeUniform,
    /// Normal, variance 2/fan-in.
    HeNormal,
    /// Normal, variance 1/fan-in.
    LecunNormal,
    /// Orthonormal rows or columns.
    Orthogonal,
}

use Init::*;

/// Every initialiser. To add one is a line here.
const CHOICES: &[Choice<Init>] = &[
    Choice { form: "zeros", make: |_| Zeros },
    Choice { form: "constant:value", make: |numbers| Constant(numbers.required("value")) },
    Choice { form: "normal:deviation", make: |numbers| Normal(numbers.required("deviation")) },
    Choice {
        form: "normal-shifted:deviation,mean",
        make: |numbers| NormalShifted(numbers.required("deviation"), numbers.required("mean")),
    },
    Choice {
        form: "uniform-range:from,to",
        make: |numbers| UniformRange(numbers.required("from"), numbers.required("to")),
    },
    Choice { form: "uniform:limit", make: |numbers| Uniform(numbers.required("limit")) },
    Choice { form: "standard", make: |_| Standard },
    Choice { form: "glorot-uniform", make: |_| GlorotUniform },
    Choice { form: "glorot-normal", make: |_| GlorotNormal },
    Choice { form: "he-uniform", make: |_| HeUniform },
    Choice { form: "he-normal", make: |_| HeNormal },
    Choice { form: "lecun-normal", make: |_| LecunNormal },
    Choice { form: "orthogonal", make: |_| Orthogonal },
];

/// The names that [`Init`] can be parsed from; `constant`, `normal` and `uniform` need a number,
/// `normal-shifted` and `uniform-range` two.
///
/// ```
/// assert!(gradlens::nn::initialiser_names().contains(&"he-normal"));
/// ```
pub fn initialiser_names() -> Vec<&'static str> {
    by_name::names(CHOICES)
}

/// How each of them is written, with the numbers that may follow, for help texts.
pub fn initialiser_forms() -> Vec<&'static str> {
    by_name::forms(CHOICES)
}

impl Init {
    /// Fills `values`, row-major in this shape, with starting values for a layer of these fans, in and
    /// out.
    ///
    /// # Errors
    /// [`Error::Setting`] for a standard deviation or limit that is negative or not finite, and for
    /// orthogonal numbers in a vector.
    pub fn fill<T: Scalar>(
        self,
        shape: &[usize],
        [fan_in, fan_out]: [usize; 2],
        values: &mut [T],
        rng: &mut impl RngCore,
    ) -> Result<()> {
        self.check()?;
        let (n, m) = (fan_in.max(1) as f64, fan_out as f64);
        let spread = match self {
            Zeros => {
                values.fill(T::zero());
                return Ok(());
            }
            Constant(value) => {
                values.fill(T::of(value));
                return self.check_finite(values);
            }
            Orthogonal if shape.len() < 2 => {
                return Err(Error::setting("the initialiser of a bias", self, "any but orthogonal"));
            }
            Orthogonal => {
                let rows = shape[0];
                let count = values.len().checked_mul(2); // the rows, and their copy in order
                memory::check(
                    "orthogonal weights",
                    count,
                    size_of::<f64>(),
                    "take fewer units or another start",
                )?;
                let matrix = orthogonal(rows, values.len() / rows.max(1), rng);
                for (value, drawn) in values.iter_mut().zip(&matrix) {
                    *value = T::of(*drawn);
                }
                return Ok(());
            }
            Uniform(limit) => Spread::Limit(limit),
            UniformRange(from, to) => Spread::Range(from, to),
            NormalShifted(deviation, mean) => Spread::Shifted(deviation, mean),
            Standard => Spread::Limit((1.0 / n).sqrt()),
            GlorotUniform => Spread::Limit((6.0 / (n + m)).sqrt()),
            HeUniform => Spread::Limit((6.0 / n).sqrt()),
            Normal(deviation) => Spread::Deviation(deviation),
            GlorotNormal => Spread::Deviation((2.0 / (n + m)).sqrt()),
            HeNormal => Spread::Deviation((2.0 / n).sqrt()),
            LecunNormal => Spread::Deviation((1.0 / n).sqrt()),
        };
        let out_of_range = |_| self.out_of_range();
        match spread {
            Spread::Limit(limit) => {
                draw(values, Uniform::new_inclusive(-limit, limit).map_err(|_| self.out_of_range())?, rng);
            }
            Spread::Range(from, to) => {
                draw(values, Uniform::new_inclusive(from, to).map_err(|_| self.out_of_range())?, rng);
            }
            Spread::Deviation(deviation) => {
                draw(values, Normal::new(0.0, deviation).map_err(out_of_range)?, rng);
            }
            Spread::Shifted(deviation, mean) => {
                draw(values, Normal::new(mean, deviation).map_err(out_of_range)?, rng);
            }
        }
        self.check_finite(values)
    }

    /// Refuses numbers that are finite in f64 and not here.
    fn check_finite<T: Scalar>(self, values: &[T]) -> Result<()> {
        if values.iter().all(|value| value.is_finite()) {
            return Ok(());
        }
        let expected = format!("small enough that every number of {} is finite", std::any::type_name::<T>());
        Err(Error::setting("the number of the initialiser", self, expected))
    }

    fn out_of_range(self) -> Error {
        Error::setting(
            "the number of the initialiser",
            self,
            "finite, at least 0 for normal and uniform, and in order for a range",
        )
    }

    fn check(self) -> Result<()> {
        match self {
            Constant(value) if !value.is_finite() => Err(self.out_of_range()),
            NormalShifted(value, mean) if !(value.is_finite() && value >= 0.0 && mean.is_finite()) => {
                Err(self.out_of_range())
            }
            UniformRange(from, to) if !(from.is_finite() && to.is_finite() && from <= to) => {
                Err(self.out_of_range())
            }
            Normal(value) | Uniform(value) if !(value.is_finite() && value >= 0.0) => {
                Err(self.out_of_range())
            }
            _ => Ok(()),
        }
    }
}

/// Draws in f64 for either scalar, so that a network is the same in both but for rounding; a few at a time, which takes no
/// room to speak of.
fn draw<T: Scalar>(values: &mut [T], distribution: impl Distribution<f64> + Copy, rng: &mut impl RngCore) {
    for values in values.chunks_mut(1 << 10) {
        let drawn = Array1::random_using(values.len(), distribution, rng);
        ArrayViewMut1::from(values).zip_mut_with(&drawn, |value, &drawn| *value = T::of(drawn));
    }
}

/// Two families of distributions, around 0 and elsewhere.
enum Spread {
    Limit(f64),
    Range(f64, f64),
    Deviation(f64),
    Shifted(f64, f64),
}

/// A random matrix with orthonormal rows, or columns if there are fewer columns: the Gram-Schmidt
/// process, each vector projected twice ("twice is enough": Giraud, Langou and Rozložník, 2005).
/// Vectors that start Gaussian give the uniform distribution over such matrices.
fn orthogonal(rows: usize, cols: usize, rng: &mut impl RngCore) -> Array2<f64> {
    let (count, len) = (rows.min(cols), rows.max(cols));
    let mut q =
        Array2::random_using((count, len), Normal::new(0.0, 1.0).expect("1 is a standard deviation"), rng);
    for i in 0..count {
        let (done, mut rest) = q.view_mut().split_at(ndarray::Axis(0), i);
        let mut vector = rest.row_mut(0);
        for _ in 0..2 {
            let projections: Array1<f64> = done.dot(&vector);
            vector -= &projections.dot(&done);
        }
        let norm = vector.pow2().sum().sqrt();
        vector /= norm;
    }
    if rows <= cols { q } else { q.reversed_axes().as_standard_layout().into_owned() }
}

impl fmt::Display for Init {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Zeros => f.pad("zeros"),
            Constant(value) => f.pad(&format!("constant:{value}")),
            Normal(deviation) => f.pad(&format!("normal:{deviation}")),
            NormalShifted(deviation, mean) => f.pad(&format!("normal-shifted:{deviation},{mean}")),
            UniformRange(from, to) => f.pad(&format!("uniform-range:{from},{to}")),
            Uniform(limit) => f.pad(&format!("uniform:{limit}")),
            Standard => f.pad("standard"),
            GlorotUniform => f.pad("glorot-uniform"),
            GlorotNormal => f.pad("glorot-normal"),
            HeUniform => f.pad("he-uniform"),
            HeNormal => f.pad("he-normal"),
            LecunNormal => f.pad("lecun-normal"),
            Orthogonal => f.pad("orthogonal"),
        }
    }
}

impl FromStr for Init {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let init = by_name::choose("the initialiser", CHOICES, text)?;
        init.check()?;
        Ok(init)
    }
}
