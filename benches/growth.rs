//! Samples a second of one configuration, as one line of JSON: `cargo bench -p gradlens-benches --bench growth -- train --width
//! 512 --depth 2 --batch 128`, or `-- predict` for the forward pass alone.
//!
//! Trains on MNIST, plain SGD, softmax + cross-entropy, shuffled, for some seconds after a warm-up; or
//! predicts, one call of `Sequential::predict` after another, test images that lie in memory. It computes on
//! as many threads as there are cores that the process is bound to. `peers/growth.py` runs it beside JAX and
//! PyTorch.

use clap::{Parser, ValueEnum};
use gradlens::{
    Dense, Event, Mnist, Observer, Relu, Result, Sequential, Sgd, SoftmaxCrossEntropy, Threads, Trainer,
};
use ndarray::s;
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

#[derive(Parser)]
struct Flags {
    #[arg(default_value = "train")]
    work: Work,
    /// Units of a hidden layer
    #[arg(long, default_value_t = 512)]
    width: usize,
    /// Hidden layers
    #[arg(long, default_value_t = 2)]
    depth: usize,
    /// Samples a step, or a call
    #[arg(long, default_value_t = 128)]
    batch: usize,
    /// Learning rate; a low one, for no network to diverge
    #[arg(long, default_value_t = 0.001)]
    rate: f64,
    /// Threads to compute on [default: as many as there are cores]
    #[arg(long)]
    threads: Option<usize>,
    /// Seconds to measure, after a quarter of them for warming up
    #[arg(long, default_value_t = 1.5, value_parser = positive)]
    seconds: f64,
    /// Passed by cargo bench; without it a short run is enough
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Work {
    Train,
    Predict,
}

fn positive(text: &str) -> std::result::Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(number),
        _ => Err("expected a number above 0".into()),
    }
}

fn main() -> gradlens::Result<()> {
    let mut flags = Flags::parse();
    if !flags.bench {
        (flags.width, flags.seconds) = (32, 0.01);
    }
    let threads = flags.threads.map_or_else(Threads::available, Threads::new).count();
    let data = Mnist::<f32>::load(concat!(env!("CARGO_MANIFEST_DIR"), "/../data/mnist"))?;
    let mut builder = Sequential::input(data.train.input_len()).threads(threads);
    for _ in 0..flags.depth {
        builder = builder.layer(Dense::new(flags.width)).layer(Relu);
    }
    let mut net = builder.layer(Dense::new(10)).head(SoftmaxCrossEntropy::default()).build()?;
    let rate = match flags.work {
        Work::Train => train(&flags, &mut net, &data)?,
        Work::Predict => predict(&flags, &net, &data)?,
    };
    println!(r#"{{"samples_per_s": {rate:.1}}}"#);
    Ok(())
}

fn train(flags: &Flags, net: &mut Sequential, data: &Mnist) -> Result<f64> {
    let mut clock = Clock::new(flags.seconds);
    let enough = AtomicBool::new(false);
    let count = Count(|samples| enough.store(clock.count(samples), Relaxed));
    Trainer::new(Sgd::new(flags.rate))
        .epochs(usize::MAX)
        .batch(flags.batch)
        .interrupt(&enough)
        .observe(|_| true, count)
        .fit(net, &data.train)?;
    Ok(clock.rate())
}

/// Counts steps, and does not ask to see gradients before weights change.
struct Count<F>(F);

impl<F: FnMut(usize)> Observer for Count<F> {
    fn observe(&mut self, event: &Event) {
        if let Event::Step(at) = event {
            (self.0)(at.workspace.rows());
        }
    }

    fn wants_gradients(&self) -> bool {
        false
    }
}

fn predict(flags: &Flags, net: &Sequential, data: &Mnist) -> Result<f64> {
    let inputs = data.test.inputs();
    let batch = flags.batch.clamp(1, inputs.nrows());
    let mut clock = Clock::new(flags.seconds);
    for call in 0.. {
        let start = call % (inputs.nrows() / batch).min(1000) * batch;
        black_box(net.predict(&inputs.slice(s![start..start + batch, ..]))?);
        if clock.count(batch) {
            break;
        }
    }
    Ok(clock.rate())
}

/// Counts samples for some seconds, those of the warm-up apart.
struct Clock {
    began: Instant,
    warm: Option<Instant>,
    samples: usize,
    seconds: f64,
    elapsed: Duration,
}

impl Clock {
    fn new(seconds: f64) -> Self {
        Clock { began: Instant::now(), warm: None, samples: 0, seconds, elapsed: Duration::ZERO }
    }

    /// Counts; true when the time is over.
    fn count(&mut self, samples: usize) -> bool {
        let now = Instant::now();
        match self.warm {
            None if (now - self.began).as_secs_f64() < self.seconds / 4.0 => {}
            None => self.warm = Some(now),
            Some(warm) => {
                self.samples += samples;
                self.elapsed = now - warm;
            }
        }
        self.elapsed.as_secs_f64() >= self.seconds
    }

    fn rate(&self) -> f64 {
        self.samples as f64 / self.elapsed.as_secs_f64()
    }
}
