//! What is measured is what theory, papers and slow, obvious computations say it is.

mod data_rules;
mod measurements;
mod theory;
mod verdicts;

use gradlens::diagnostics::{
    Diagnostics, Illness, Severity, Snapshot, Thresholds, at_initialisation, first_of_epochs, powers_of_two,
};
use gradlens::nn::activation;
use gradlens::{
    Adam, Builder, Dataset, Dense, Event, Init, LeakyRelu, Loss, Mnist, Mode, Relu, Scalar, Sequential, Sgd,
    Sigmoid, SigmoidBinaryCrossEntropy, SigmoidMse, SoftmaxCrossEntropy, Tanh, Trainer, Workspace,
};
use ndarray::{Array2, array};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Nearly normal numbers.
fn noise(rows: usize, cols: usize, seed: u64) -> Array2<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    Array2::from_shape_fn((rows, cols), |_| (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0)
}

fn classes<T: Scalar>(rows: usize, cols: usize, count: usize, seed: u64) -> Dataset<T> {
    let inputs = noise(rows, cols, seed).mapv(T::of);
    Dataset::classes(inputs, (0..rows).map(|i| i % count).collect(), count).unwrap()
}

/// The first snapshot at a network on all of its data.
fn first_snapshot<T: Scalar>(net: &mut Sequential<T>, data: &Dataset<T>, jacobian: bool) -> Snapshot {
    let mut diagnostics = Diagnostics::default().jacobian(jacobian);
    let optimizer: Box<dyn gradlens::Optimizer<T>> = Box::new(Sgd::new(0.0));
    let trainer = Trainer::new(optimizer).epochs(1).batch(data.len()).shuffle(false);
    trainer.observe(at_initialisation(), &mut diagnostics).fit(net, data).unwrap();
    diagnostics.snapshots()[0].clone()
}

fn deep(
    name: &str,
    init: Init,
    (width, depth): (usize, usize),
    head: impl Loss + 'static,
    seed: u64,
) -> Sequential {
    let mut builder = Sequential::input(width).seed(seed);
    for _ in 0..depth {
        builder = builder.layer(Dense::new(width).init(init)).layer(activation(name).unwrap());
    }
    builder.layer(Dense::new(10).init(init)).head(head).build().unwrap()
}

/// The geometric mean of the ratios between hidden layers, measured and predicted, but for the
/// first, whose input is no activation.
fn per_layer(snapshot: &Snapshot) -> (f64, f64) {
    let hidden = snapshot.hidden();
    let inner = &hidden[1..hidden.len() - 1];
    let mean = |of: &dyn Fn(usize) -> f64| {
        ((1..hidden.len() - 1).map(|l| of(l).ln()).sum::<f64>() / inner.len() as f64).exp()
    };
    (mean(&|l| hidden[l].delta_ratio.unwrap()), mean(&|l| hidden[l].predicted_ratio.unwrap()))
}

#[track_caller]
fn near(what: &str, ours: f64, slow: f64) {
    assert!((ours - slow).abs() <= 1e-9 * slow.abs().max(1e-12), "{what}: {ours}, slowly {slow}");
}
