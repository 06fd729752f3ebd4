//! Where the gradient goes in a deep network: the same depth and width, once with sigmoids, once with ReLU.
//!
//! Diagnostics watch the run from outside. They print a table with a row for each layer, and a verdict.
//!
//! ```text
//! cargo run --release --example gradients
//! ```

use gradlens::diagnostics::{Diagnostics, powers_of_two};
use gradlens::nn::activation;
use gradlens::{Dataset, Dense, Mnist, Result, Sequential, Sgd, SoftmaxCrossEntropy, Trainer};

/// Trains eight hidden layers of 100 units for 200 steps, and returns what was seen.
fn watch(name: &str, data: &Dataset) -> Result<Diagnostics> {
    let mut builder = Sequential::input(data.input_len()).seed(1);
    for _ in 0..8 {
        builder = builder.layer(Dense::new(100)).layer(activation(name)?);
    }
    let head = SoftmaxCrossEntropy::default();
    let mut net = builder.layer(Dense::new(data.output_len())).head(head).build()?;

    let mut seen = Diagnostics::new();
    let trainer = Trainer::new(Sgd::new(0.05)).steps(200);
    trainer.observe(powers_of_two(), &mut seen).fit(&mut net, data)?;
    Ok(seen)
}

fn main() -> Result<()> {
    let mnist = Mnist::load(concat!(env!("CARGO_MANIFEST_DIR"), "/data/mnist"))?;
    for name in ["sigmoid", "relu"] {
        let seen = watch(name, &mnist.train)?;
        let last = seen.snapshots().len() - 1;
        let profile = seen.snapshots()[0].profile().expect("there are several hidden layers");
        println!("== {name}");
        println!(
            "at the start, the gradient at the first hidden layer is {profile:.6} of that at the last\n"
        );
        println!("step {}:\n{}\n", seen.snapshots()[last].step, seen.table(last));
        println!("{}\n", seen.diagnosis());
    }
    Ok(())
}
