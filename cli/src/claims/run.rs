//! How the experiments train.

use crate::interrupt::{self, interrupted};
use crate::output::note;
use gradlens::nn::activation;
use gradlens::train::schedule;
use gradlens::{Adam, Dataset, Dense, Loss, Mnist, Sequential, Stopped, Trainer};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What all experiments share.
pub struct Run {
    pub mnist: Mnist,
    pub quick: bool,
    pub seed: u64,
    bar: ProgressBar,
}

/// How long, and from where.
#[derive(Clone, Copy)]
pub struct How {
    pub epochs: usize,
    pub batch: usize,
    pub rate: f64,
    pub seed: u64,
}

impl How {
    /// Batches of 64 at Adam's usual rate, falling along a cosine.
    pub fn new(epochs: usize, seed: u64) -> Self {
        How { epochs, batch: 64, rate: 1e-3, seed }
    }
}

impl Run {
    /// With a bar for so many pieces of work.
    pub fn new(mnist: Mnist, quick: bool, seed: u64, pieces: u64, shown: bool) -> Self {
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(pieces), target);
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len}  {msg}  {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Run { mnist, quick, seed, bar }
    }

    /// One number for the full run and one for the quick one.
    pub fn pick<V>(&self, full: V, quick: V) -> V {
        if self.quick { quick } else { full }
    }

    /// Seeds, from the first on.
    pub fn seeds(&self, count: u64) -> impl Iterator<Item = u64> + use<> {
        let first = self.seed;
        (0..count).map(move |number| first.wrapping_add(number))
    }

    /// Says what is worked at: on the bar, or, where there is none, in a line.
    pub fn at(&self, what: &'static str) {
        self.bar.set_message(what);
        if self.bar.is_hidden() {
            note(&format!("{:>4.0} s  {what}", self.bar.elapsed().as_secs_f64()));
        }
    }

    /// A piece of work is done; fails where the work should end.
    pub fn done(&self) -> anyhow::Result<()> {
        self.bar.inc(1);
        anyhow::ensure!(!interrupted(), "interrupted");
        Ok(())
    }

    /// All is done.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }

    /// The first images to train on, at most so many.
    pub fn images(&self, most: usize) -> Dataset {
        first(&self.mnist.train, most)
    }

    /// Rectifiers of these widths under a head, trained; one piece of work.
    pub fn train(
        &self,
        data: &Dataset,
        hidden: &[usize],
        head: Box<dyn Loss>,
        how: How,
    ) -> anyhow::Result<Sequential> {
        let mut builder = Sequential::input(data.input_len());
        for &width in hidden {
            builder = builder.layer(Dense::new(width)).layer(activation("relu")?);
        }
        let mut net = builder.layer(Dense::new(data.output_len())).head(head).seed(how.seed).build()?;
        self.fit(&mut net, data, how)?;
        Ok(net)
    }

    /// Trains a network; one piece of work.
    pub fn fit(&self, net: &mut Sequential, data: &Dataset, how: How) -> anyhow::Result<()> {
        let trainer = Trainer::new(Adam::new(how.rate)).schedule(schedule("cosine")?);
        let trainer = trainer.epochs(how.epochs).batch(how.batch).interrupt(interrupt::flag());
        let report = trainer.fit(net, data)?;
        anyhow::ensure!(report.stopped != Stopped::Interrupted, "interrupted");
        self.done()
    }
}

/// The first samples, at most so many.
pub fn first(data: &Dataset, most: usize) -> Dataset {
    data.select(&(0..most.min(data.len())).collect::<Vec<_>>())
}
