//! An activation of your own is two formulas: its value and its slope.
//!
//! From these it becomes a layer, its gradient is checked, weights start as it prefers, and the diagnostics
//! know when it is saturated.
//!
//! ```text
//! cargo run --release --example own_activation
//! ```

use gradlens::diagnostics::{Diagnostics, powers_of_two};
use gradlens::nn::gradient_check;
use gradlens::{
    Activation, Adam, Dense, Init, Layer, Mnist, Relu, Result, Scalar, Sequential, SoftmaxCrossEntropy, Tanh,
    Trainer, evaluate,
};

/// y = x / sqrt(1 + x^2), an s-shaped curve without an exponential (Carlile et al., 2017, with alpha 1).
#[derive(Debug)]
struct Isru;

impl Activation for Isru {
    fn value<T: Scalar>(&self, x: T) -> T {
        x / (T::one() + x * x).sqrt()
    }

    /// (1 + x^2)^(-3/2)
    fn slope<T: Scalar>(&self, x: T, _: T) -> T {
        let root = (T::one() + x * x).sqrt();
        T::one() / (root * root * root)
    }

    fn max_slope(&self) -> f64 {
        1.0
    }

    fn preferred_init(&self) -> Init {
        Init::GlorotUniform
    }
}

fn main() -> Result<()> {
    for part in gradient_check::layer(&Isru, 6, 1)?.parts {
        println!(
            "gradient of {}: formula {:.9}, finite differences {:.9}",
            part.name, part.formula, part.difference
        );
    }

    let mnist = Mnist::load(concat!(env!("CARGO_MANIFEST_DIR"), "/data/mnist"))?;
    let activations: [fn() -> Box<dyn Layer>; 3] = [|| Box::new(Relu), || Box::new(Tanh), || Box::new(Isru)];
    for activation in activations {
        let name = activation().name();
        let mut net = Sequential::input(mnist.train.input_len())
            .layer(Dense::new(100))
            .layer(activation())
            .layer(Dense::new(100))
            .layer(activation())
            .layer(Dense::new(10))
            .head(SoftmaxCrossEntropy::default())
            .seed(1)
            .build()?;
        let mut seen = Diagnostics::new();
        let trainer = Trainer::new(Adam::default()).epochs(2).observe(powers_of_two(), &mut seen);
        trainer.fit(&mut net, &mnist.train)?;
        let accuracy = evaluate(&net, &mnist.test)?.classification.expect("classes").accuracy;
        let last = seen.snapshots().last().expect("the run was watched");
        println!(
            "{name}: test accuracy {:.2} %, {:.1} % saturated in the first layer; {}",
            100.0 * accuracy,
            100.0 * last.layers[0].saturated_share,
            seen.diagnosis().verdict.illness
        );
    }
    Ok(())
}
