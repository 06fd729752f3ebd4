//! Training samples a second on real MNIST: `cargo bench`, or `cargo bench -- S 1` for one size on
//! one thread.
//!
//! Plain SGD, softmax + cross-entropy, shuffled, evaluation not counted; three sizes. The best of
//! the epochs is printed beside the median: on a machine that others use too, the best is what the
//! program can do.

use gradlens::{Dense, Mnist, Relu, Sequential, Sgd, SoftmaxCrossEntropy, Trainer};

/// Name, widths of the hidden layers, batch, epochs.
const SIZES: [(&str, &[usize], usize, usize); 3] =
    [("S", &[128], 64, 10), ("M", &[512, 512], 128, 6), ("L", &[2048, 2048], 512, 2)];

fn main() -> gradlens::Result<()> {
    // cargo bench passes --bench; cargo test does not, and then a quick look is enough.
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let quick = !arguments.iter().any(|argument| argument == "--bench");
    let wanted =
        |name: &str| match arguments.iter().find(|argument| argument.len() == 1 && argument.as_str() > "A") {
            Some(size) => size == name,
            None => true,
        };
    let threads = arguments.iter().find_map(|argument| argument.parse::<usize>().ok());

    let mut data = Mnist::<f32>::load(concat!(env!("CARGO_MANIFEST_DIR"), "/data/mnist"))?.train;
    if quick {
        data = data.select(&(0..512).collect::<Vec<_>>());
    }
    println!("size  threads  samples/s: best    median");
    for (name, hidden, batch, epochs) in SIZES.into_iter().filter(|size| wanted(size.0)) {
        let mut builder = Sequential::input(data.input_len());
        if let Some(threads) = threads {
            builder = builder.threads(threads);
        }
        for &width in hidden {
            builder = builder.layer(Dense::new(width)).layer(Relu);
        }
        let mut net = builder.layer(Dense::new(10)).head(SoftmaxCrossEntropy::default()).build()?;
        let trainer = Trainer::new(Sgd::default()).epochs(if quick { 1 } else { epochs }).batch(batch);
        let report = trainer.fit(&mut net, &data)?;
        let mut rates: Vec<f64> = report.epochs.iter().map(|record| record.samples_per_second).collect();
        rates.sort_by(f64::total_cmp);
        let (best, median) = (rates[rates.len() - 1], rates[rates.len() / 2]);
        println!("{name:<4}  {:>7}  {best:>15.0}  {median:>8.0}", net.threads().count());
    }
    Ok(())
}
