//! A layer of your own: RMS normalisation, with its backward pass checked against finite differences. Ten hidden
//! layers whose weights start far too small learn with it and not without: `cargo run --release --example own_layer`.

use gradlens::nn::{Gradient, gradient_check};
use gradlens::{
    Adam, Dense, Init, Layer, Mat, Mnist, Param, Pass, Relu, Result, Scalar, Sequential, SoftmaxCrossEntropy,
    Spec, Trainer, evaluate,
};

/// y = g x / r, with r the root mean square of a sample's x (Zhang and Sennrich, NeurIPS 2019).
#[derive(Debug)]
struct RmsNorm;

fn root_mean_squares<T: Scalar>(x: &Mat<T>) -> Vec<T> {
    x.rows().into_iter().map(|x| (x.dot(&x) / T::of(x.len() as f64) + T::of(1e-12)).sqrt()).collect()
}

impl<T: Scalar> Layer<T> for RmsNorm {
    fn spec(&self, units: usize) -> Result<Spec> {
        let gain = vec![Param::bias("gain", units, Init::Constant(1.0), units, units)];
        Ok(Spec::new(units).params(gain).row_by_row())
    }

    fn forward(&self, pass: &Pass<T>, x: &Mat<T>, y: &mut Mat<T>, _: &mut [T]) {
        let r = root_mean_squares(x);
        y.indexed_iter_mut().for_each(|((i, j), y)| *y = pass.params[j] * x[[i, j]] / r[i]);
    }

    /// dg = sum over samples of dy x / r
    fn backward_params(
        &self,
        _: &Pass<T>,
        x: &Mat<T>,
        _: &Mat<T>,
        dy: &Mat<T>,
        dg: &mut Gradient<T>,
        _: &mut [T],
    ) {
        let r = root_mean_squares(x);
        let sum = |j: usize| (0..x.nrows()).map(|i| dy[[i, j]] * x[[i, j]] / r[i]).sum();
        (0..dg.len()).for_each(|j| dg.put(j, sum(j)));
    }

    /// dx = (g dy - x sum(g dy x) / (n r^2)) / r
    fn backward_input(
        &self,
        pass: &Pass<T>,
        x: &Mat<T>,
        y: &Mat<T>,
        dy: &Mat<T>,
        dx: &mut Mat<T>,
        _: &mut [T],
    ) {
        let r = root_mean_squares(x);
        for (i, mut dx) in dx.rows_mut().into_iter().enumerate() {
            let pull = y.row(i).dot(&dy.row(i)) / (T::of(x.ncols() as f64) * r[i]);
            for (j, dx) in dx.iter_mut().enumerate() {
                *dx = (pass.params[j] * dy[[i, j]] - x[[i, j]] * pull) / r[i];
            }
        }
    }
}

fn main() -> Result<()> {
    for part in gradient_check::layer(&RmsNorm, 6, 1)?.parts {
        println!("{}: formula {:.9}, finite differences {:.9}", part.name, part.formula, part.difference);
    }
    let mnist = Mnist::load(concat!(env!("CARGO_MANIFEST_DIR"), "/data/mnist"))?;
    for normalised in [false, true] {
        let mut builder = Sequential::input(mnist.train.input_len()).seed(1);
        for _ in 0..10 {
            builder = builder.layer(Dense::new(64).init(Init::Normal(0.02)));
            builder = if normalised { builder.layer(RmsNorm).layer(Relu) } else { builder.layer(Relu) };
        }
        let mut net = builder.layer(Dense::new(10)).head(SoftmaxCrossEntropy::default()).build()?;
        Trainer::new(Adam::default()).epochs(1).fit(&mut net, &mnist.train)?;
        println!("normalised: {normalised}, test loss {:.3}", evaluate(&net, &mnist.test)?.loss);
    }
    Ok(())
}
