//! `gradlens multilabel`: train on sets of labels under either head, and say how far each is from the best
//! possible.

mod defaults;
mod files;
mod finding;
mod label_sets;
mod model;
mod page;
mod pos_weight;
mod saved;
mod source;
mod text;
mod training;

use crate::flags::numbers::probability;
use crate::flags::{ConfigFlags, SaveFlags};
use crate::output::{self, Text};
use crate::train::check;
use clap::Args;
use defaults::Usual;
use gradlens::LabelStatistics;
use gradlens::config::RunConfig;
use gradlens::metrics::ThresholdMetric;
use model::Model;
use pos_weight::PosWeight;
use source::{Source, SourceFlags};
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

/// Train on samples with any number of labels, under a sigmoid head and under a softmax head, and see
/// what the wrong head costs.
///
/// With no flags: a teacher whose probabilities are known, so that the best that anyone could reach
/// stands beside what was reached.
#[derive(Debug, Args)]
pub struct Flags {
    #[command(flatten)]
    source: SourceFlags,
    #[command(flatten)]
    config: ConfigFlags<Usual>,
    /// Weight of the positive samples of every label under the sigmoid head: a number, or balanced,
    /// which makes up for labels that are rare
    #[arg(long, value_name = "WEIGHT", help_heading = "Training", allow_negative_numbers = true)]
    pos_weight: Option<PosWeight>,
    /// Probability from which on a label is predicted
    #[arg(long, value_name = "SHARE", default_value = "0.5", value_parser = probability, help_heading = "Decisions", allow_negative_numbers = true)]
    threshold: f64,
    /// Tune a threshold for each label on the validation samples, for the best f1 (macro), hamming
    /// (loss) or balanced (accuracy)
    #[arg(long, value_name = "METRIC", conflicts_with = "threshold", help_heading = "Decisions")]
    tune: Option<ThresholdMetric>,
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
    #[command(flatten)]
    save: SaveFlags,
}

/// A data set and the models trained on it.
pub struct Outcome {
    pub config: RunConfig,
    pub source: Source,
    pub statistics: LabelStatistics,
    pub models: Vec<Model>,
}

impl Outcome {
    pub fn model(&self, name: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.name == name)
    }
}

pub fn run(flags: &Flags) -> anyhow::Result<()> {
    let began = Instant::now();
    let to_stdout = |path: &Option<PathBuf>| path.as_deref() == Some("-".as_ref());
    anyhow::ensure!(
        [&flags.json, &flags.predictions, &flags.html].into_iter().filter(|path| to_stdout(path)).count()
            <= 1,
        "--json, --predictions, --html: only one of them can have standard output, -"
    );
    flags.save.check()?;
    let written = flags.json.iter().chain(&flags.html).chain(&flags.predictions).map(PathBuf::as_path);
    let read: Vec<PathBuf> = flags.source.files().into_iter().chain(flags.config.file().cloned()).collect();
    check(written.chain(flags.save.files()), &read)?;
    let files = [&flags.json, &flags.predictions, &flags.html];
    let on_stdout = files.iter().find(|path| to_stdout(path)).or(files.iter().find(|path| path.is_some()));
    let mut out = Text::beside(on_stdout.and_then(|path| path.as_deref()));
    let config = flags.run_config()?;
    if flags.config.print {
        return output::text(write!(out, "{}", config.to_toml()));
    }
    let source = flags.source.load(config.training.seed)?;
    let statistics = LabelStatistics::of(&source.train.data)?;
    if !flags.quiet {
        output::text(writeln!(out, "{}\n", text::about_the_data(&source, &statistics)))?;
    }
    let mut outcome = Outcome { config, source, statistics, models: vec![] };
    outcome.models = training::train_all(flags, &outcome, &mut out)?;

    // The files come first: they are wanted even if the reader of the text has gone. Errors of files are
    // reported at the end, after the results.
    let document =
        flags.json.as_ref().map(|path| (path, format!("{:#}\n", files::json(flags, &outcome, began))));
    let table = flags.predictions.as_ref().map(|path| (path, files::predictions(&outcome)));
    let page = flags.html.as_ref().map(|path| (path, page::page(&outcome)));
    let mut written: Vec<anyhow::Result<()>> = [table, document, page]
        .into_iter()
        .flatten()
        .map(|(path, contents)| output::write_file(path, contents.as_bytes()))
        .collect();
    written.push(flags.save.write(|| saved::model(&outcome)));
    let all_written = written.iter().all(Result::is_ok);
    output::text(writeln!(out, "{}", text::table(&outcome)))?;
    if let Some(reason) = text::about_undefined(&outcome) {
        output::text(writeln!(out, "\n{reason}"))?;
    }
    if !flags.quiet {
        output::text(writeln!(out, "\n{}", text::calibration(&outcome)))?;
        output::text(writeln!(out, "{}", text::per_label(&outcome)))?;
        output::text(writeln!(out, "\n{}", text::meaning(&outcome)))?;
    }
    for (what, path) in [("Pictures", &flags.html), ("Predictions", &flags.predictions)] {
        if let Some(path) = path.as_deref().filter(|path| all_written && *path != "-") {
            output::text(writeln!(out, "\n{what}: {}", path.display()))?;
        }
    }
    if all_written {
        flags.save.tell(&mut out)?;
    }
    output::text(writeln!(out, "\n{:.1} s in all", began.elapsed().as_secs_f64()))?;
    written.into_iter().collect()
}
