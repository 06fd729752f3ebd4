//! Trains on MNIST until 98 % of the test images are right, and prints a line of JSON when the data
//! are there, and the accuracy after every epoch: `cargo bench -p gradlens-benches --bench to_98 -- --seed 1`.
//!
//! One hidden layer of rectifiers, softmax + cross-entropy, Adam with a one-cycle schedule over the epochs.
//! `peers/to_98.py` starts it beside JAX and PyTorch and takes the time from the start of
//! the process, which this program cannot know.

use clap::Parser;
use gradlens::train::OneCycle;
use gradlens::train::watch;
use gradlens::{Adam, Dense, Event, Mnist, Relu, Sequential, SoftmaxCrossEntropy, Trainer, evaluate};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

#[derive(Parser)]
struct Flags {
    /// Units of the hidden layer
    #[arg(long, default_value_t = 256)]
    width: usize,
    /// Samples a step
    #[arg(long, default_value_t = 128)]
    batch: usize,
    /// Epochs that the schedule is laid over
    #[arg(long, default_value_t = 3)]
    epochs: usize,
    /// Learning rate at the height of the schedule
    #[arg(long, default_value_t = 0.008)]
    rate: f64,
    /// Seed of weights and order
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Passed by cargo bench; without it a short run is enough
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> gradlens::Result<()> {
    let flags = Flags::parse();
    let mut data = Mnist::<f32>::load(concat!(env!("CARGO_MANIFEST_DIR"), "/../data/mnist"))?;
    if !flags.bench {
        data.train = data.train.select(&(0..512).collect::<Vec<_>>());
    }
    println!(r#"{{"ready": true}}"#);
    let mut net = Sequential::input(data.train.input_len())
        .layer(Dense::new(flags.width))
        .layer(Relu)
        .layer(Dense::new(10))
        .head(SoftmaxCrossEntropy::default())
        .seed(flags.seed)
        .build()?;
    let (reached, mut failure) = (AtomicBool::new(false), None);
    let watch_accuracy = |event: &Event| {
        let Event::Epoch { record, net } = event else { return };
        match evaluate(net, &data.test) {
            Ok(evaluation) => {
                let accuracy = evaluation.classification.map_or(f64::NAN, |scores| scores.accuracy);
                println!(r#"{{"epoch": {}, "accuracy": {accuracy:.4}}}"#, record.epoch);
                reached.store(accuracy >= 0.98, Relaxed);
            }
            Err(error) => failure = Some(error),
        }
    };
    Trainer::new(Adam::new(flags.rate))
        .epochs(flags.epochs)
        .batch(flags.batch)
        .schedule(OneCycle)
        .interrupt(&reached)
        .observe(|_| false, watch(watch_accuracy))
        .fit(&mut net, &data.train)?;
    failure.map_or(Ok(()), Err)
}
