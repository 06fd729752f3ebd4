//! Trains a network on MNIST with either output head, and says what it learned.

mod both;
#[path = "../common/mod.rs"]
mod common;

use clap::{Parser, ValueEnum};
use common::flags::{NetworkFlags, TrainingFlags, count};
use common::output::{self, Text};
use gradlens::metrics::Classification;
use gradlens::{
    EpochRecord, Evaluation, Event, Loss, Mnist, Progress, Report, Sequential, SigmoidBinaryCrossEntropy,
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
#[derive(Debug, Clone, Parser)]
#[command(name = "mnist", version, max_term_width = 100)]
struct Flags {
    /// The output head: softmax + cross-entropy, for classes that exclude one another, or sigmoid +
    /// binary cross-entropy, for labels that are independent; both trains one after the other from the
    /// same weights on the same batches, over several seeds, and says whether they differ
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

impl Flags {
    fn folder(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/data/mnist").into())
    }
}

fn main() -> ExitCode {
    let flags = Flags::parse();
    common::main(|| run(&flags))
}

fn run(flags: &Flags) -> anyhow::Result<()> {
    let began = Instant::now();
    let json = flags.json.as_deref();
    if let Some(path) = json {
        output::check_writable(path)?;
    }
    let mut text = Text::beside(json);
    anyhow::ensure!(flags.head == HeadName::Both || flags.seeds.is_none(), "--seeds belongs to --head both");

    let mut mnist = Mnist::<f32>::load(flags.folder())?;
    if flags.standardise {
        mnist = mnist.standardised()?;
    }
    if let Some(count) = flags.samples {
        anyhow::ensure!(count <= mnist.train.len(), "--samples {count}: there are {}", mnist.train.len());
        mnist.train = mnist.train.select(&(0..count).collect::<Vec<_>>());
    }
    let head = match flags.head {
        HeadName::Softmax => softmax(),
        HeadName::Sigmoid => sigmoid(),
        HeadName::Both => return both::run(flags, &mnist, &mut text, began),
    };
    let mut trainer = flags.training.trainer()?;
    let (inputs, outputs) = (mnist.train.input_len(), mnist.train.output_len());
    let mut net = flags.network.builder(inputs, outputs)?.head(head).build()?;
    if !flags.quiet {
        output::text(writeln!(text, "{net}\n"))?;
        let bar = text.is_terminal();
        trainer = trainer.observe(|_| true, Progress::new(Text::beside(json)).bar(bar));
    }

    // Kept here as well, for the file to hold what there is when the run fails.
    let mut epochs: Vec<EpochRecord> = vec![];
    let remember = |event: &Event| {
        if let Event::Epoch { record, .. } = event {
            epochs.push((*record).clone());
        }
    };
    let trained = trainer.observe(|_| false, gradlens::watch(remember)).fit(&mut net, &mnist.train);
    let outcome = trained.map_err(anyhow::Error::from).and_then(|report| {
        anyhow::ensure!(report.steps > 0, "interrupted before the first step: nothing was learned");
        let evaluation = evaluate(&net, &mnist.test)?;
        anyhow::ensure!(
            evaluation.loss.is_finite(),
            "the loss on the test set is {}: the weights have grown too large; try a tenth of the learning rate",
            evaluation.loss
        );
        Ok((report, evaluation))
    });
    // The file first: it is wanted even if nobody reads the text any more.
    if let Some(path) = json {
        let mut document = to_json(flags, &net, &epochs, &outcome);
        document["seconds_total"] = began.elapsed().as_secs_f64().into();
        output::write_file(path, format!("{document:#}\n").as_bytes()).or_else(|error| match &outcome {
            // The result is printed all the same, and the error after it.
            Ok(results) => output::text(print(flags, &mut text, results, began)).and(Err(error)),
            Err(_) => Err(error),
        })?;
    }
    output::text(print(flags, &mut text, &outcome?, began))
}

fn print(flags: &Flags, text: &mut Text, results: &(Report, Evaluation), began: Instant) -> io::Result<()> {
    let (report, evaluation) = results;
    let scores = scores(evaluation);
    if !flags.quiet {
        write!(text, "{}", ending(report))?;
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
    text.flush()
}

fn scores(evaluation: &Evaluation) -> &Classification {
    evaluation.classification.as_ref().expect("MNIST has classes")
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
            "Softmax makes them one distribution over classes that exclude one another:\n\
             they sum to 1 whatever the image shows."
        }
        _ if (mean - 1.0).abs() < 0.1 => {
            "Each sigmoid is a probability of its own, and nothing makes the ten sum to 1.\n\
             That they nearly do is learned, from images that all have one label; the\n\
             spread shows where the network doubts."
        }
        _ => {
            "Each sigmoid is a probability of its own, and nothing makes the ten sum to 1.\n\
             Images that all have one label teach them to, nearly; this network has not\n\
             learned it."
        }
    };
    format!("{measured}\n{meaning}")
}

fn to_json(
    flags: &Flags,
    net: &Sequential,
    epochs: &[EpochRecord],
    outcome: &anyhow::Result<(Report, Evaluation)>,
) -> Value {
    let config = config(flags, net, &net.head().name());
    let mut document = json!({ "config": config, "epochs": epochs });
    match outcome {
        Err(error) => document["error"] = error.to_string().into(),
        Ok((report, evaluation)) => merge(
            &mut document,
            json!({
                "stopped": format!("{:?}", report.stopped).to_lowercase(),
                "best_epoch": report.best_epoch,
                "steps": report.steps,
                "test": test_to_json(evaluation),
            }),
        ),
    }
    document
}

/// What was asked for.
fn config(flags: &Flags, net: &Sequential, head: &str) -> Value {
    let mut config = flags.network.json(net);
    merge(&mut config, flags.training.json());
    let data = json!({
        "head": head,
        "data": flags.folder(),
        "samples": flags.samples,
        "standardise": flags.standardise,
    });
    merge(&mut config, data);
    config
}

fn test_to_json(evaluation: &Evaluation) -> Value {
    let scores = scores(evaluation);
    let classes = scores.classes.iter().map(|class| {
        json!({ "precision": class.precision, "recall": class.recall, "f1": class.f1, "samples": class.support })
    });
    let bins = scores
        .bins
        .iter()
        .map(|bin| json!({ "samples": bin.count, "confidence": bin.confidence, "accuracy": bin.accuracy }));
    json!({
        "accuracy": scores.accuracy,
        "loss": evaluation.loss,
        "ece": scores.ece,
        "output_sum_mean": scores.output_sum_mean,
        "output_sum_std": scores.output_sum_std,
        "top_3_accuracy": scores.top_k(3),
        "confusion": scores.confusion.rows().into_iter().map(|row| row.to_vec()).collect::<Vec<_>>(),
        "classes": classes.collect::<Vec<_>>(),
        "calibration": bins.collect::<Vec<_>>(),
    })
}

/// Adds the keys of one object to another.
fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}
