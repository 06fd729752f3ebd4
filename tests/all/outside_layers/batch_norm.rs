//! A batch normalisation with statistics that are not trained.

use gradlens::nn::Gradient;
use gradlens::{Init, Layer, Mat, Param, Pass, Result, Scalar, Spec};

/// Batch normalisation (Ioffe and Szegedy, ICML 2015): statistics of the batch in training, running
/// ones in evaluation.
#[derive(Debug)]
pub struct BatchNorm;

const MOMENTUM: f64 = 0.1;
const EPS: f64 = 1e-5;

impl<T: Scalar> Layer<T> for BatchNorm {
    /// With mean and variance of the batch as scratch space.
    fn spec(&self, units: usize) -> Result<Spec> {
        let vector = |name, start| Param::bias(name, units, Init::Constant(start), units, units);
        Ok(Spec::new(units)
            .params(vec![vector("weight", 1.0), vector("bias", 0.0)])
            .state(vec![vector("running_mean", 0.0), vector("running_var", 1.0)])
            .scratch(0, 2 * units))
    }

    fn forward(&self, pass: &Pass<T>, x: &Mat<T>, y: &mut Mat<T>, scratch: &mut [T]) {
        let (units, rows) = (x.ncols(), T::of(x.nrows() as f64));
        for unit in 0..units {
            let x = x.column(unit);
            let (mean, var) = if pass.training {
                let mean = x.sum() / rows;
                (mean, x.mapv(|x| (x - mean) * (x - mean)).sum() / rows)
            } else {
                (pass.state[unit], pass.state[units + unit])
            };
            (scratch[unit], scratch[units + unit]) = (mean, var);
            let (gamma, beta) = (pass.params[unit], pass.params[units + unit]);
            let scale = gamma / (var + T::of(EPS)).sqrt();
            y.column_mut(unit).zip_mut_with(&x, |y, &x| *y = (x - mean) * scale + beta);
        }
    }

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
        for unit in 0..units {
            let (mean, deviation) = (scratch[unit], (scratch[units + unit] + T::of(EPS)).sqrt());
            let pairs = || x.column(unit).into_iter().zip(dy.column(unit));
            dw.put(unit, pairs().map(|(&x, &dy)| (x - mean) / deviation * dy).sum());
            dw.put(units + unit, dy.column(unit).sum());
        }
    }

    fn backward_input(
        &self,
        pass: &Pass<T>,
        x: &Mat<T>,
        _: &Mat<T>,
        dy: &Mat<T>,
        dx: &mut Mat<T>,
        scratch: &mut [T],
    ) {
        let (units, rows) = (x.ncols(), T::of(x.nrows() as f64));
        for unit in 0..units {
            let (mean, deviation) = (scratch[unit], (scratch[units + unit] + T::of(EPS)).sqrt());
            let scaled = x.column(unit).mapv(|x| (x - mean) / deviation);
            let dy = dy.column(unit);
            let (mean_dy, mean_xdy) = (dy.sum() / rows, (&scaled * &dy).sum() / rows);
            for ((dx, &dy), &x) in dx.column_mut(unit).iter_mut().zip(dy).zip(&scaled) {
                *dx = pass.params[unit] / deviation * (dy - mean_dy - x * mean_xdy);
            }
        }
    }

    fn update_state(&self, scratch: &[T], state: &mut [T]) {
        for (running, &batch) in state.iter_mut().zip(scratch) {
            *running += T::of(MOMENTUM) * (batch - *running);
        }
    }
}
