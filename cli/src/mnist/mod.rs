//! `gradlens mnist`: train a network on MNIST or other images with either output head, and say what it
//! learned.

mod both_heads;
mod json;
mod text;

use crate::digits;
use crate::flags::numbers::count;
use crate::flags::{NetworkFlags, TrainingFlags};
use crate::output::{self, Text};
use clap::{Args, ValueEnum};
use gradlens::metrics::Classification;
use gradlens::{
    EpochRecord, Evaluation, Event, Loss, Progress, Report, SigmoidBinaryCrossEntropy, SoftmaxCrossEntropy,
    evaluate,
};
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

/// Train a network on MNIST, or other images, with either output head, and see what it learned.
///
/// With no flags: MNIST, 784-128-64-10, ReLU, softmax + cross-entropy, Adam with a cosine schedule, ten
/// epochs.
#[derive(Debug, Clone, Args)]
pub struct Flags {
    /// The output head: softmax + cross-entropy, for classes that exclude one another, or sigmoid +
    /// binary cross-entropy, for labels that are independent; both trains one after the other from the
    /// same weights on the same batches, over several seeds, and says whether they differ
    #[arg(long, value_name = "HEAD", default_value = "softmax")]
    head: HeadName,
    #[command(flatten)]
    network: NetworkFlags,
    #[command(flatten)]
    training: TrainingFlags,
    /// Folder with a set of images, or a file of one: IDX as MNIST, Fashion-MNIST, EMNIST, KMNIST and QMNIST
    /// come, .npz, .npy or CSV [default: MNIST, which comes with the sources]
    #[arg(long, value_name = "PATH", help_heading = "Data")]
    data: Option<PathBuf>,
    /// Train on the first so many images only [default: all]
    #[arg(long, value_name = "COUNT", help_heading = "Data", value_parser = count, allow_negative_numbers = true)]
    samples: Option<usize>,
    /// Give pixels mean 0 and standard deviation 1 rather than the range from 0 to 1
    #[arg(long, help_heading = "Data")]
    standardise: bool,
    /// Seeds of --head both, from --seed on [default: 5]
    #[arg(long, value_name = "COUNT", value_parser = count, allow_negative_numbers = true)]
    seeds: Option<usize>,
    /// Print the test result and nothing else
    #[arg(long, help_heading = "Output")]
    quiet: bool,
    /// Write everything that is printed to this file, as JSON; - is standard output
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    json: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum HeadName {
    Softmax,
    Sigmoid,
    Both,
}

fn softmax() -> Box<dyn Loss> {
    Box::new(SoftmaxCrossEntropy::default())
}

fn sigmoid() -> Box<dyn Loss> {
    Box::new(SigmoidBinaryCrossEntropy::default())
}

/// How a run ended, and its scores on the test images.
type Results = (Report, Evaluation);

pub fn run(flags: &Flags) -> anyhow::Result<()> {
    let began = Instant::now();
    let file = flags.json.as_deref();
    if let Some(path) = file {
        output::check_writable(path)?;
    }
    let mut out = Text::beside(file);
    anyhow::ensure!(flags.head == HeadName::Both || flags.seeds.is_none(), "--seeds belongs to --head both");

    let mut images = digits::load(flags.data.as_deref(), "--data")?;
    if images.set_aside && !flags.quiet {
        let (train, test) = (images.train.len(), images.test.len());
        output::text(writeln!(
            out,
            "no test set: {test} images are set aside to test on, {train} are left to train on\n"
        ))?;
    }
    if flags.standardise {
        images = images.standardised()?;
    }
    if let Some(count) = flags.samples {
        anyhow::ensure!(count <= images.train.len(), "--samples {count}: there are {}", images.train.len());
        images.train = images.train.select(&(0..count).collect::<Vec<_>>());
    }
    let head = match flags.head {
        HeadName::Softmax => softmax(),
        HeadName::Sigmoid => sigmoid(),
        HeadName::Both => return both_heads::run(flags, &images, &mut out, began),
    };
    let mut trainer = flags.training.trainer()?;
    let (inputs, outputs) = (images.train.input_len(), images.train.output_len());
    let mut net = flags.network.builder(inputs, outputs)?.head(head).build()?;
    if !flags.quiet {
        output::text(writeln!(out, "{net}\n"))?;
        let bar = out.is_terminal();
        trainer = trainer.observe(|_| true, Progress::new(out).bar(bar));
    }

    // Kept here as well, so that the file has the finished epochs of a run that fails.
    let mut epochs: Vec<EpochRecord> = vec![];
    let remember = |event: &Event| {
        if let Event::Epoch { record, .. } = event {
            epochs.push((*record).clone());
        }
    };
    let trained = trainer.observe(|_| false, gradlens::train::watch(remember)).fit(&mut net, &images.train);
    let outcome = trained.map_err(anyhow::Error::from).and_then(|report| {
        anyhow::ensure!(report.steps > 0, "interrupted before the first step: nothing was learned");
        let evaluation = evaluate(&net, &images.test)?;
        anyhow::ensure!(
            evaluation.loss.is_finite(),
            "the loss on the test set is {}: the weights have grown too large; try a tenth of the learning rate",
            evaluation.loss
        );
        Ok((report, evaluation))
    });
    // The file comes first: it is wanted even if the reader of the text has gone.
    if let Some(path) = file {
        let mut document = json::document(flags, &images, &net, &epochs, &outcome);
        document["seconds_total"] = began.elapsed().as_secs_f64().into();
        output::write_file(path, format!("{document:#}\n").as_bytes()).or_else(|error| match &outcome {
            // The result is printed all the same, and the error after it.
            Ok(results) => {
                output::text(text::print(flags, &images.classes, &mut out, results, began)).and(Err(error))
            }
            Err(_) => Err(error),
        })?;
    }
    output::text(text::print(flags, &images.classes, &mut out, &outcome?, began))
}

fn scores(evaluation: &Evaluation) -> &Classification {
    evaluation.classification.as_ref().expect("images have classes")
}
