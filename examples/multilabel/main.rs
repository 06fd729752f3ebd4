//! Trains on sets of labels under either head, and says how far each is from the best possible.

#[path = "../common/mod.rs"]
mod common;
mod model;
mod page;
mod sets;
mod source;
mod words;

use clap::parser::ValueSource;
use clap::{CommandFactory, FromArgMatches, Parser};
use common::flags::{NetworkFlags, OptimizerName, TrainingFlags};
use common::output::{self, Text};
use gradlens::LabelStatistics;
use gradlens::metrics::Tuned;
use model::{Model, PosWeight};
use serde_json::{Map, Value, json};
use source::{Source, SourceFlags};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// Train on samples with any number of labels, under a sigmoid head and under a softmax head, and see
/// what the wrong head costs.
///
/// With no flags: a teacher whose probabilities are known, so that the best that anyone could reach
/// stands beside what was reached.
#[derive(Debug, Parser)]
#[command(name = "multilabel", version, max_term_width = 100)]
struct Flags {
    #[command(flatten)]
    source: SourceFlags,
    #[command(flatten)]
    network: NetworkFlags,
    #[command(flatten)]
    training: TrainingFlags,
    /// Weight of the positive samples of every label under the sigmoid head: a number, or balanced,
    /// which makes up for labels that are rare
    #[arg(long, value_name = "WEIGHT", help_heading = "Training", allow_negative_numbers = true)]
    pos_weight: Option<PosWeight>,
    /// Probability from which on a label is predicted
    #[arg(long, value_name = "SHARE", default_value = "0.5", value_parser = common::flags::probability, help_heading = "Decisions", allow_negative_numbers = true)]
    threshold: f64,
    /// Tune a threshold for each label on the validation samples, for the best f1 (macro), hamming
    /// (loss) or balanced (accuracy)
    #[arg(long, value_name = "METRIC", conflicts_with = "threshold", help_heading = "Decisions")]
    tune: Option<Tuned>,
    /// Write true labels, probabilities and, where known, true marginals of the test samples to this
    /// CSV file; - is standard output
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    predictions: Option<PathBuf>,
    /// Write everything that is printed to this file, as JSON; - is standard output
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    json: Option<PathBuf>,
    /// Write a page with pictures to this file
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    html: Option<PathBuf>,
    /// Print the table and nothing else
    #[arg(long, help_heading = "Output")]
    quiet: bool,
}

fn main() -> ExitCode {
    // What is taken for a default depends on the data, so it is not clap's.
    let [teacher, xor, overlay, file] = ["teacher", "xor", "overlay", ""].map(Recipe::of);
    let by_data = |of: fn(&Recipe) -> String| {
        format!("teacher {}; xor {}; overlay {}; files {}", of(&teacher), of(&xor), of(&overlay), of(&file))
    };
    let command = Flags::command()
        .mut_arg("hidden", |arg| {
            arg.hide_default_value(true).help(format!(
                "Widths of the hidden layers: 128,64 or 100x8 (eight of 100) or none [default: {}]",
                by_data(|recipe| recipe.hidden.into())
            ))
        })
        .mut_arg("epochs", |arg| {
            arg.hide_default_value(true).help(format!(
                "Passes over the training set [default: {}]",
                by_data(|recipe| recipe.epochs.to_string())
            ))
        })
        .mut_arg("lr", |arg| {
            arg.help(format!(
                "Learning rate [default: 0.1 for sgd; for the others {}]",
                by_data(|recipe| recipe.lr.to_string())
            ))
        })
        .mut_arg("validation", |arg| arg.default_value("0"));
    let matches = command.get_matches();
    let given = |flag| matches.value_source(flag) == Some(ValueSource::CommandLine);
    let mut flags = Flags::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let recipe = Recipe::of(&flags.source.data);
    if !given("hidden") {
        flags.network.hidden = recipe.hidden.parse().expect("widths as the flag takes them");
    }
    if !given("epochs") {
        flags.training.epochs = recipe.epochs;
    }
    if flags.training.lr.is_none() && !matches!(flags.training.optimizer, OptimizerName::Sgd) {
        flags.training.lr = Some(recipe.lr);
    }
    common::main(|| run(&flags))
}

/// What suits the data.
struct Recipe {
    hidden: &'static str,
    epochs: usize,
    /// For optimisers that adapt.
    lr: f64,
}

impl Recipe {
    fn of(data: &str) -> Self {
        match data {
            "teacher" => Recipe { hidden: "16", epochs: 30, lr: 0.003 },
            "xor" => Recipe { hidden: "16", epochs: 5, lr: 0.003 },
            "overlay" => Recipe { hidden: "256,128", epochs: 10, lr: 0.001 },
            _ => Recipe { hidden: "64", epochs: 30, lr: 0.001 },
        }
    }
}

/// What was learned of a set, and how good it is.
pub struct Outcome {
    pub source: Source,
    pub statistics: LabelStatistics,
    pub models: Vec<Model>,
}

impl Outcome {
    pub fn model(&self, name: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.name == name)
    }
}

fn run(flags: &Flags) -> anyhow::Result<()> {
    let began = Instant::now();
    let to_stdout = |path: &Option<PathBuf>| path.as_deref() == Some("-".as_ref());
    anyhow::ensure!(
        [&flags.json, &flags.predictions, &flags.html].into_iter().filter(|path| to_stdout(path)).count()
            <= 1,
        "--json, --predictions, --html: only one of them can have standard output, -"
    );
    for path in flags.json.iter().chain(&flags.html).chain(&flags.predictions) {
        output::check_writable(path)?;
    }
    let files = [&flags.json, &flags.predictions, &flags.html];
    let on_stdout = files.iter().find(|path| to_stdout(path)).or(files.iter().find(|path| path.is_some()));
    let mut text = Text::beside(on_stdout.and_then(|path| path.as_deref()));
    let source = flags.source.load(flags.network.seed)?;
    let statistics = LabelStatistics::of(&source.train.data)?;
    if !flags.quiet {
        output::text(writeln!(text, "{}\n", words::about_the_data(&source, &statistics)))?;
    }
    let mut outcome = Outcome { source, statistics, models: vec![] };
    outcome.models = model::train_all(flags, &outcome.source, &outcome.statistics, &mut text)?;

    // The files first: they are wanted even if nobody reads the text any more. What cannot be written is said
    // at the end, when all else has been shown.
    let document = flags.json.as_ref().map(|path| (path, format!("{:#}\n", to_json(flags, &outcome, began))));
    let table = flags.predictions.as_ref().map(|path| (path, predictions(&outcome)));
    let page = flags.html.as_ref().map(|path| (path, page::page(&outcome)));
    let written: Vec<anyhow::Result<()>> = [table, document, page]
        .into_iter()
        .flatten()
        .map(|(path, contents)| output::write_file(path, contents.as_bytes()))
        .collect();
    let all_written = written.iter().all(Result::is_ok);
    output::text(writeln!(text, "{}", words::table(&outcome)))?;
    if !flags.quiet {
        output::text(writeln!(text, "\n{}", words::calibration(&outcome)))?;
        output::text(writeln!(text, "{}", words::per_label(&outcome)))?;
        output::text(writeln!(text, "\n{}", words::meaning(&outcome)))?;
    }
    for (what, path) in [("Pictures", &flags.html), ("Predictions", &flags.predictions)] {
        if let Some(path) = path.as_deref().filter(|path| all_written && *path != "-") {
            output::text(writeln!(text, "\n{what}: {}", path.display()))?;
        }
    }
    output::text(writeln!(text, "\n{:.1} s in all", began.elapsed().as_secs_f64()))?;
    written.into_iter().collect()
}

/// A row for each test sample: the true labels, every model's probabilities, the true marginals.
fn predictions(outcome: &Outcome) -> String {
    let labels = outcome.source.truth.ncols();
    let mut header: Vec<String> = (0..labels).map(|k| format!("y{k}")).collect();
    for model in &outcome.models {
        header.extend((0..labels).map(|k| format!("{}{k}", model.name)));
    }
    let mut text = header.join(",") + "\n";
    for row in 0..outcome.source.truth.nrows() {
        let truth = outcome.source.truth.row(row);
        let mut cells: Vec<String> = truth.iter().map(|y| y.to_string()).collect();
        for model in &outcome.models {
            cells.extend(model.probabilities.row(row).iter().map(|p| p.to_string()));
        }
        text += &(cells.join(",") + "\n");
    }
    text
}

fn to_json(flags: &Flags, outcome: &Outcome, began: Instant) -> Value {
    let models: Map<String, Value> =
        outcome.models.iter().map(|model| (model.name.to_string(), model.json())).collect();
    let statistics = &outcome.statistics;
    json!({
        "data": outcome.source.name,
        "train_samples": outcome.source.train.data.len(),
        "validation_samples": outcome.source.validation.data.len(),
        "test_samples": outcome.source.truth.nrows(),
        "features": outcome.source.train.data.input_len(),
        "labels": outcome.source.labels,
        "label_cardinality": statistics.cardinality,
        "label_density": statistics.density,
        "empty_share": statistics.empty,
        "label_frequencies": statistics.frequencies,
        "source": flags.source.json(),
        "training": flags.training.json(),
        "network": flags.network.config(),
        "pos_weight": flags.pos_weight.map(|weight| weight.to_string()),
        "threshold": flags.tune.is_none().then_some(flags.threshold),
        "tuned_for": flags.tune.map(|metric| metric.to_string()),
        "models": models,
        "sentences": words::meaning(outcome).lines().collect::<Vec<_>>(),
        "seconds_total": began.elapsed().as_secs_f64(),
    })
}
