//! An optimiser of your own: Lion, which steps by the sign of a mean gradient.
//!
//! ```text
//! cargo run --release --example own_optimizer
//! ```

use gradlens::train::Cosine;
use gradlens::train::Step;
use gradlens::{
    Adam, Dense, Error, Mnist, Optimizer, Relu, Result, Scalar, Sequential, Sgd, SoftmaxCrossEntropy,
    Trainer, evaluate,
};

/// w -= rate sign(0.9 m + 0.1 g); m = 0.99 m + 0.01 g (Chen et al., NeurIPS 2023, algorithm 2, without
/// weight decay).
#[derive(Debug)]
struct Lion {
    lr: f64,
}

impl<T: Scalar> Optimizer<T> for Lion {
    fn rate(&self) -> f64 {
        self.lr
    }

    fn check(&self) -> Result<()> {
        let fits = self.lr.is_finite() && self.lr >= 0.0;
        if fits { Ok(()) } else { Err(Error::setting("the learning rate", self.lr, "at least 0")) }
    }

    /// Of the two numbers of memory that the trainer keeps for every weight, one is enough.
    fn update(&self, step: Step, weights: &mut [T], gradient: &[T], [mean, _]: [&mut [T]; 2]) {
        let (rate, scale) = (T::of(step.rate), T::of(step.scale));
        for ((w, &g), m) in weights.iter_mut().zip(gradient).zip(mean) {
            let g = scale * g;
            let direction = T::of(0.9) * *m + T::of(0.1) * g;
            // signum is 1 at 0, where nothing is to change.
            if direction != T::zero() {
                *w -= rate * direction.signum();
            }
            *m = T::of(0.99) * *m + T::of(0.01) * g;
        }
    }
}

fn main() -> Result<()> {
    let mnist = Mnist::load(concat!(env!("CARGO_MANIFEST_DIR"), "/data/mnist"))?;
    let optimizers: [Box<dyn Optimizer>; 3] =
        [Box::new(Sgd::default()), Box::new(Adam::default()), Box::new(Lion { lr: 3e-4 })];
    for optimizer in optimizers {
        let name = optimizer.name();
        let mut net = Sequential::input(mnist.train.input_len())
            .layer(Dense::new(128))
            .layer(Relu)
            .layer(Dense::new(10))
            .head(SoftmaxCrossEntropy::default())
            .seed(1)
            .build()?;
        Trainer::new(optimizer).epochs(3).schedule(Cosine).fit(&mut net, &mnist.train)?;
        let evaluation = evaluate(&net, &mnist.test)?;
        let accuracy = evaluation.classification.expect("classes").accuracy;
        println!("loss {:.4}, accuracy {:.2} %: {name}", evaluation.loss, 100.0 * accuracy);
    }
    Ok(())
}
