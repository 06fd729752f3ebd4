//! Trains a network on MNIST with either output head, and says what it learned.

mod common;

use clap::{Parser, ValueEnum};
use common::flags::{NetworkFlags, TrainingFlags};
use common::output::{self, Text};
use gradlens::metrics::Classification;
use gradlens::{
    EpochRecord, Evaluation, Loss, Mnist, Progress, Report, Sequential, SigmoidBinaryCrossEntropy,
    SoftmaxCrossEntropy, Stopped, evaluate,
};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// Train a network on MNIST with either output head, and see what it learned.
///
/// With no flags: 784-128-64-10, ReLU, softmax + cross-entropy, Adam with a cosine schedule, ten
/// epochs.
#[derive(Debug, Parser)]
#[command(name = "mnist", version, max_term_width = 100)]
struct Flags {
    /// The output head: softmax + cross-entropy, for classes that exclude one another, or sigmoid +
    /// binary cross-entropy, for labels that are independent
    #[arg(long, value_name = "HEAD", default_value = "softmax")]
    head: HeadName,
    #[command(flatten)]
    network: NetworkFlags,
    #[command(flatten)]
    training: TrainingFlags,
    /// Folder with the four IDX files, packed or not; Fashion-MNIST works too [default: the data
    /// that come with the sources]
    #[arg(long, value_name = "DIR", help_heading = "Data")]
    data: Option<PathBuf>,
    /// Train on the first so many images only [default: all 60000]
    #[arg(long, value_name = "COUNT", help_heading = "Data")]
    samples: Option<usize>,
    /// Give pixels mean 0 and standard deviation 1 rather than the range from 0 to 1
    #[arg(long, help_heading = "Data")]
    standardise: bool,
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
}

impl HeadName {
    fn head(self) -> Box<dyn Loss> {
        match self {
            HeadName::Softmax => Box::new(SoftmaxCrossEntropy::default()),
            HeadName::Sigmoid => Box::new(SigmoidBinaryCrossEntropy::default()),
        }
    }
}

fn main() -> ExitCode {
    let flags = Flags::parse();
    common::main(|| run(&flags))
}

fn run(flags: &Flags) -> anyhow::Result<()> {
    let began = Instant::now();
    if let Some(path) = &flags.json {
        output::check_writable(path)?;
    }
    let mut text = Text::beside(flags.json.as_deref());
    let trainer = flags.training.trainer()?;

    let folder =
        flags.data.clone().unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/data/mnist").into());
    let mut mnist = Mnist::<f32>::load(folder)?;
    if flags.standardise {
        mnist = mnist.standardised()?;
    }
    if let Some(count) = flags.samples {
        anyhow::ensure!(
            (1..=mnist.train.len()).contains(&count),
            "--samples {count}: expected 1 to {}",
            mnist.train.len()
        );
        mnist.train = mnist.train.select(&(0..count).collect::<Vec<_>>());
    }
    let (inputs, outputs) = (mnist.train.input_len(), mnist.train.output_len());
    let mut net = flags.network.builder(inputs, outputs)?.head(flags.head.head()).build()?;
    if !flags.quiet {
        writeln!(text, "{net}\n")?;
    }

    let lines: Box<dyn Write> =
        if flags.quiet { Box::new(io::sink()) } else { Box::new(Text::beside(flags.json.as_deref())) };
    let trainer = if flags.quiet { trainer } else { trainer.observe(|_| true, Progress::new(lines)) };
    let report = trainer.fit(&mut net, &mnist.train)?;
    let evaluation = evaluate(&net, &mnist.test)?;
    let scores = evaluation.classification.as_ref().expect("MNIST has classes");

    if !flags.quiet {
        write!(text, "{}", ending(&report))?;
        write!(text, "{}", tables(scores))?;
        writeln!(text, "{}\n", about_the_sum(flags.head, scores))?;
    }
    writeln!(
        text,
        "test accuracy {:.2} %  loss {:.4}  ECE {:.4}  ({:.1} s in all)",
        100.0 * scores.accuracy,
        evaluation.loss,
        scores.ece,
        began.elapsed().as_secs_f64(),
    )?;
    text.flush()?;
    if let Some(path) = &flags.json {
        let mut document = to_json(flags, &net, &report, &evaluation, scores);
        document["seconds_total"] = began.elapsed().as_secs_f64().into();
        output::write_file(path, format!("{document:#}\n").as_bytes())?;
    }
    Ok(())
}

/// How the training ended, where that is not simply the last epoch.
fn ending(report: &Report) -> String {
    let epochs = report.epochs.len();
    let mut text = match report.stopped {
        Stopped::Completed => String::new(),
        Stopped::Early => {
            format!("stopped early after epoch {epochs}: the validation loss no longer improves\n")
        }
        Stopped::Interrupted => format!("interrupted in epoch {epochs}; this is what was learned so far\n"),
    };
    if let Some(best) = report.best_epoch {
        text += &format!("the weights are those of epoch {best}, the best on the validation samples\n");
    }
    text + "\n"
}

fn tables(scores: &Classification) -> String {
    let mut text = String::from("confusion on the test set (row: true class, column: predicted)\n    ");
    let classes = scores.classes.len();
    text.extend((0..classes).map(|class| format!("{class:>6}")));
    for (class, row) in scores.confusion.rows().into_iter().enumerate() {
        text += &format!("\n{class:>4}");
        text.extend(
            row.iter().map(|count| if *count == 0 { format!("{:>6}", ".") } else { format!("{count:>6}") }),
        );
    }
    text += "\n\nclass  precision  recall      F1  samples\n";
    for (class, scores) in scores.classes.iter().enumerate() {
        text += &format!(
            "{class:>5}  {:>9.4}  {:>6.4}  {:>6.4}  {:>7}\n",
            scores.precision, scores.recall, scores.f1, scores.support
        );
    }
    text += &format!("\ntop-3 accuracy {:.2} %\n", 100.0 * scores.top_k(3));
    text
}

fn about_the_sum(head: HeadName, scores: &Classification) -> String {
    let (mean, std) = (scores.output_sum_mean, scores.output_sum_std);
    let measured = format!("sum of an image's ten outputs: mean {mean:.4}, standard deviation {std:.4}.");
    let meaning = match head {
        HeadName::Softmax => {
            "Softmax makes them one distribution over classes that exclude one another: they sum to 1\n\
             whatever the image shows."
        }
        HeadName::Sigmoid => {
            "Each sigmoid is a probability of its own, and nothing makes the ten sum to 1. That they nearly\n\
             do is learned, from images that all have one label; the spread shows where the network doubts."
        }
    };
    format!("{measured}\n{meaning}")
}

fn to_json(
    flags: &Flags,
    net: &Sequential,
    report: &Report,
    evaluation: &Evaluation,
    scores: &Classification,
) -> Value {
    let mut config = flags.network.json(net);
    merge(&mut config, flags.training.json());
    merge(
        &mut config,
        json!({
            "head": net.head().name(),
            "data": flags.data,
            "samples": flags.samples,
            "standardise": flags.standardise,
        }),
    );
    json!({
        "config": config,
        "epochs": report.epochs.iter().map(epoch_to_json).collect::<Vec<_>>(),
        "stopped": format!("{:?}", report.stopped).to_lowercase(),
        "best_epoch": report.best_epoch,
        "steps": report.steps,
        "test": {
            "accuracy": scores.accuracy,
            "loss": evaluation.loss,
            "ece": scores.ece,
            "output_sum_mean": scores.output_sum_mean,
            "output_sum_std": scores.output_sum_std,
            "top_3_accuracy": scores.top_k(3),
            "confusion": scores.confusion.rows().into_iter().map(|row| row.to_vec()).collect::<Vec<_>>(),
            "classes": scores.classes.iter().map(|class| json!({
                "precision": class.precision, "recall": class.recall, "f1": class.f1, "samples": class.support,
            })).collect::<Vec<_>>(),
            "calibration": scores.bins.iter().map(|bin| json!({
                "samples": bin.count, "confidence": bin.confidence, "accuracy": bin.accuracy,
            })).collect::<Vec<_>>(),
        },
    })
}

fn epoch_to_json(record: &EpochRecord) -> Value {
    json!({
        "epoch": record.epoch,
        "train_loss": record.train_loss,
        "train_accuracy": record.train_accuracy,
        "validation_loss": record.validation_loss,
        "validation_accuracy": record.validation_accuracy,
        "rate": record.rate,
        "samples_per_second": record.samples_per_second,
        "seconds": record.seconds,
    })
}

/// Adds the keys of one object to another.
fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}
