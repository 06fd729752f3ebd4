//! A ring around a disc, learned in WebAssembly.

use gradlens::{Adam, Dataset, Dense, Sequential, SoftmaxCrossEntropy, Tanh, Trainer, evaluate};
use ndarray::Array2;

/// Trains 2-16-2 for so many epochs and returns the accuracy, or -1 for an error.
#[unsafe(no_mangle)]
pub extern "C" fn train(epochs: usize) -> f64 {
    accuracy(epochs).unwrap_or(-1.0)
}

fn accuracy(epochs: usize) -> gradlens::Result<f64> {
    let radius = |i: usize| if i % 2 == 0 { 0.4 } else { 1.0 };
    let inputs = Array2::from_shape_fn((256, 2), |(i, j)| {
        let angle = i as f32 * 0.7;
        radius(i) * if j == 0 { angle.cos() } else { angle.sin() }
    });
    let data = Dataset::classes(inputs, (0..256).map(|i| i % 2).collect(), 2)?;
    let mut net = Sequential::input(2)
        .layer(Dense::new(16))
        .layer(Tanh)
        .layer(Dense::new(2))
        .head(SoftmaxCrossEntropy::default())
        .build()?;
    Trainer::new(Adam::new(0.02)).epochs(epochs).batch(32).fit(&mut net, &data)?;
    Ok(evaluate(&net, &data)?.classification.map_or(0.0, |scores| scores.accuracy))
}
