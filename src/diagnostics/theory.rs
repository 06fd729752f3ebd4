//! What the mean-field theory of wide networks predicts.

use crate::nn::layer::{Layer, Mode, Pass};
use gradlens_kernel::{Mat, Scalar, Threads};
use ndarray::Array2;

/// E[phi(sqrt(q) Z)^2] and E[phi'(sqrt(q) Z)^2] for Z ~ N(0, 1), by the trapezoidal rule over
/// 12 standard deviations, which for smooth functions is exact to rounding and for ReLU to 1e-5.
pub(super) fn gaussian_moments<T: Scalar>(activation: Option<&dyn Layer<T>>, q: f64) -> (f64, f64) {
    let Some(activation) = activation else { return (q, 1.0) };
    // Steps of at most a twentieth in the argument of phi, up to a hundred thousand of them.
    let points = (12.0 * q.sqrt() / 0.05).clamp(2000.0, 1e5) as usize + 1;
    let step = 12.0 / (points - 1) as f64;
    let z = |i: usize| -6.0 + step * i as f64;
    let x = Array2::from_shape_fn((points, 1), |(i, _)| T::of(q.sqrt() * z(i)));
    let (mut y, mut slope) = (x.clone(), x.clone());
    evaluate(activation, &x, &mut y, &mut slope);
    let (mut value_square, mut slope_square, mut mass) = (0.0, 0.0, 0.0);
    for i in 0..points {
        let weight = (-0.5 * z(i) * z(i)).exp();
        mass += weight;
        value_square += weight * y[[i, 0]].f64().powi(2);
        slope_square += weight * slope[[i, 0]].f64().powi(2);
    }
    (value_square / mass, slope_square / mass)
}

/// Value and slope of an elementwise activation; the slope is what becomes of gradients of 1.
pub(super) fn evaluate<T: Scalar>(
    activation: &dyn Layer<T>,
    x: &Mat<T>,
    y: &mut Array2<T>,
    slope: &mut Array2<T>,
) {
    let threads = Threads::new(1);
    let pass = Pass::new(0, Mode::Evaluation, 0, (&[], &[]), &threads);
    let ones = Array2::from_elem(x.dim(), T::one());
    activation.forward(&pass, x, y, &mut []);
    activation.backward_input(&pass, x, y, &ones, slope, &mut []);
}
