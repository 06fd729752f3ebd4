//! Activations: two scalar formulas each, and one blanket `impl` that makes them layers.

use crate::error::Result;
use crate::nn::initialisers::Init;
use crate::nn::layer::{Layer, Pass, Spec, type_name};
use gradlens_kernel::{Mat, Scalar, widest};
use std::fmt::Debug;

/// An elementwise activation y = phi(x): its value, its slope, and the greatest slope.
///
/// Whoever implements it gets [`Layer`] for free, with dx = phi'(x) dy. The methods are generic
/// rather than the trait, so that one `impl` serves f32 and f64.
///
/// ```
/// use gradlens::nn::{Activation, gradient_check};
/// use gradlens::Scalar;
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
/// assert!(gradient_check::layer(&Cube, 4, 7)?.worst() < 1e-6);
/// # Ok::<(), gradlens::Error>(())
/// ```
pub trait Activation: Debug + Send + Sync {
    /// phi(x).
    fn value<T: Scalar>(&self, x: T) -> T;

    /// phi'(x), given x and y = phi(x).
    fn slope<T: Scalar>(&self, x: T, y: T) -> T;

    /// Checks its numbers, if it has any, when a network is built. `T` is the scalar of the network, which has to
    /// hold them. Default: nothing to check.
    ///
    /// # Errors
    /// [`Error::Setting`](crate::Error::Setting) if one is out of range.
    fn check<T: Scalar>(&self) -> Result<()> {
        Ok(())
    }

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

    fn spec(&self, input_len: usize) -> Result<Spec> {
        self.check::<T>()?;
        Ok(Spec::new(input_len)
            .row_by_row()
            .activation(Activation::max_slope(self), Activation::preferred_init(self)))
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
}
