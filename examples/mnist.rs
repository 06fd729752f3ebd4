//! A network from data to test accuracy: load MNIST, build 784-128-10, train, evaluate.
//!
//! ```text
//! cargo run --release --example mnist
//! ```

use gradlens::train::Cosine;
use gradlens::{
    Adam, Dense, Mnist, Progress, Relu, Result, Sequential, SoftmaxCrossEntropy, Trainer, evaluate,
};

fn main() -> Result<()> {
    let Mnist { train, test } = Mnist::load(concat!(env!("CARGO_MANIFEST_DIR"), "/data/mnist"))?;

    let mut net = Sequential::input(train.input_len())
        .layer(Dense::new(128))
        .layer(Relu)
        .layer(Dense::new(train.output_len()))
        .head(SoftmaxCrossEntropy::default()) // or SigmoidBinaryCrossEntropy::default()
        .seed(1)
        .build()?;
    println!("{net}\n");

    Trainer::new(Adam::default())
        .epochs(5)
        .batch(64)
        .schedule(Cosine)
        .validation(0.1)
        .observe(|_| true, Progress::new(std::io::stdout()))
        .fit(&mut net, &train)?;

    let evaluation = evaluate(&net, &test)?;
    let scores = evaluation.classification.expect("MNIST has classes");
    println!("\ntest accuracy {:.2} %, loss {:.4}", 100.0 * scores.accuracy, evaluation.loss);
    for (digit, class) in scores.classes.iter().enumerate() {
        println!("{digit}: precision {:.3}, recall {:.3}", class.precision, class.recall);
    }
    Ok(())
}
