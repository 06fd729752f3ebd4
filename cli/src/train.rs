//! `gradlens train` and `evaluate`: what a config describes, or a table asks for.

use crate::flags::config::{Base, ConfigFlags, json as config_json};
use crate::flags::{Kept, RunFlags, SaveFlags, ShownFlags};
use crate::output::{self, Text, text};
use crate::results::page::{Learned, Origin};
use crate::results::{classes, ending, labels, regression};
use crate::session::{Session, is_model, run_config, score};
use crate::watch::Watch;
use clap::Args;
use gradlens::config::{Key, RunConfig};
use gradlens::data::Task;
use gradlens::diagnostics::Diagnostics;
use gradlens::model::Model;
use gradlens::runs::RunFolder;
use gradlens::{Dataset, EpochRecord, Evaluation, Event, Progress, Report, Sequential, evaluate};
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What holds without flags: what a config does not say is not done.
#[derive(Debug)]
pub struct Plain;

impl Base for Plain {
    fn config() -> RunConfig {
        RunConfig::default()
    }

    fn has(_: &Key) -> bool {
        true
    }
}

/// Train what a config describes, or a network on a table, and see what it learned.
///
/// Of a table, task, columns and settings that suit it are found out and said, with the config that repeats the run.
#[derive(Debug, Clone, Args)]
pub struct TrainFlags {
    /// A config (.toml), or a table (.csv, .arff) to find settings for
    #[arg(value_name = "RUN")]
    run: Option<PathBuf>,
    #[command(flatten)]
    config: ConfigFlags<Plain>,
    /// Print the result and nothing else
    #[arg(long, help_heading = "Output")]
    quiet: bool,
    /// Write everything that is printed to this file, as JSON; - is standard output
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    json: Option<PathBuf>,
    #[command(flatten)]
    shown: ShownFlags,
    #[command(flatten)]
    save: SaveFlags,
    #[command(flatten)]
    kept: RunFlags,
}

/// Measure a saved network (.safetensors, .onnx, with --test FILE), or train what a config describes and print its scores
#[derive(Debug, Clone, Args)]
pub struct EvaluateFlags {
    #[command(flatten)]
    train: TrainFlags,
}

/// A run to its end.
pub struct Trained {
    pub net: Sequential,
    pub report: Report,
    /// What was seen, where the run is kept.
    pub seen: Diagnostics,
}

impl Session {
    /// Trains, with progress on `lines` if there are any, and in a folder if there is one; `epochs` gets the records of
    /// those that end, whatever comes after them.
    pub fn train(
        &self,
        lines: Option<Text>,
        watch: bool,
        folder: Option<&mut RunFolder>,
        epochs: &mut Vec<EpochRecord>,
    ) -> anyhow::Result<Trained> {
        let mut net = self.network()?;
        let mut trainer = self.trainer()?;
        if let Some(mut out) = lines {
            text(writeln!(out, "{net}\n"))?;
            let progress = Progress::new(out).bar(out.is_terminal());
            if watch && out.is_terminal() {
                trainer = trainer.observe(Watch::steps(), Watch::new(progress.below()));
            }
            trainer = trainer.observe(|_| true, progress);
        }
        let remember = |event: &Event| {
            if let Event::Epoch { record, .. } = event {
                epochs.push((*record).clone());
            }
        };
        let trainer = trainer.observe(|_| false, gradlens::train::watch(remember));
        let training = &self.config.training;
        let mut seen = Diagnostics::new();
        let report = match folder {
            None => trainer.fit(&mut net, &self.data.train)?,
            Some(folder) => {
                seen = seen.samples(&self.data.train).batches(training.batch, training.shuffle);
                let report = folder.fit(trainer, &mut net, &self.data.train, &mut seen);
                // With those from before it was left.
                *epochs = seen.epochs().to_vec();
                report?
            }
        };
        anyhow::ensure!(report.steps > 0, "interrupted before the first step: nothing was learned");
        Ok(Trained { net, report, seen })
    }

    /// The samples that scores are of, and what they are called.
    fn scored(&self) -> (&Dataset, &'static str) {
        match &self.data.test {
            Some(test) => (test, "test samples"),
            None => (&self.data.train, "training samples"),
        }
    }

    /// Everything that was found out of the samples.
    fn about_the_data(&self) -> String {
        let data = &self.data;
        let (train, task) = (&data.train, data.task);
        let mut text = format!(
            "{task}: {} samples of {} to train on{}\n",
            train.len(),
            match train.input_len() {
                1 => "1 input".into(),
                inputs => format!("{inputs} inputs"),
            },
            data.test.as_ref().map_or(String::new(), |test| format!(", {} to measure on", test.len()))
        );
        let counts: Vec<f64> = match (train.labels(), train.target_rows()) {
            (Some(labels), _) => {
                (0..train.output_len()).map(|k| labels.iter().filter(|&&l| l == k).count() as f64).collect()
            }
            (None, Some(rows)) if task == Task::Labels => {
                rows.columns().into_iter().map(|column| f64::from(column.sum())).collect()
            }
            _ => vec![],
        };
        let named: Vec<String> =
            data.target_names.iter().zip(&counts).map(|(name, count)| format!("{name} {count}")).collect();
        if !named.is_empty() && named.len() <= 50 {
            let what =
                if task == Task::Classes { "samples of each class" } else { "samples with each label" };
            text += &format!("{what}: {}\n", named.join(", "));
        }
        data.notes.iter().for_each(|note| text += &format!("note: {note}\n"));
        text
    }
}

/// Scores on some samples, by the task.
enum Scores {
    Classes,
    Labels(gradlens::metrics::MultiLabel),
    /// Of all targets together, and of each.
    Regression(gradlens::metrics::Regression, Vec<(String, gradlens::metrics::Regression)>),
}

impl Scores {
    fn of(session: &Session, evaluation: &Evaluation, samples: &Dataset) -> Self {
        match session.data.task {
            Task::Classes => Scores::Classes,
            Task::Labels => Scores::Labels(labels::scores(
                evaluation,
                samples,
                session.config.network.head.as_deref() == Some("sigmoid"),
            )),
            _ => Scores::Regression(
                regression::scores(evaluation, samples, &session.data),
                regression::by_target(evaluation, samples, &session.data),
            ),
        }
    }

    fn tables(&self, evaluation: &Evaluation, names: &[String], what: &str) -> String {
        match self {
            Scores::Classes => classes::tables(classes::scores(evaluation), names, what),
            Scores::Labels(scores) => labels::tables(scores, names, what),
            Scores::Regression(scores, each) if each.is_empty() => regression::tables(scores, names, what),
            Scores::Regression(scores, each) => {
                format!("{}\n{}\n", regression::tables(scores, names, what), regression::rows(each))
            }
        }
    }

    fn line(&self, evaluation: &Evaluation, samples: &Dataset, what: &str) -> String {
        match self {
            Scores::Classes => classes::line(evaluation, what),
            Scores::Labels(scores) => labels::line(evaluation, scores, samples, what),
            Scores::Regression(scores, _) => regression::line(evaluation, scores, what),
        }
    }

    fn json(&self, evaluation: &Evaluation, samples: &Dataset, names: &[String]) -> Value {
        match self {
            Scores::Classes => classes::json(evaluation, names),
            Scores::Labels(scores) => labels::json(evaluation, scores, samples, names),
            Scores::Regression(scores, each) => regression::json(evaluation, scores, each),
        }
    }
}

/// The files of samples that a config names, and others that are read.
pub fn inputs<'a>(config: &RunConfig, read: impl IntoIterator<Item = &'a PathBuf>) -> Vec<PathBuf> {
    let data = &config.data;
    let named = [&data.file, &data.test, &data.images].into_iter().flatten();
    named.map(|file| config.path(file)).chain(read.into_iter().cloned()).collect()
}

/// Refuses outputs that cannot be written, are one file, or are read.
pub fn check<'a>(outputs: impl IntoIterator<Item = &'a Path>, inputs: &[PathBuf]) -> anyhow::Result<()> {
    output::check_outputs(outputs, &inputs.iter().map(PathBuf::as_path).collect::<Vec<_>>())
}

pub fn train(flags: &TrainFlags) -> anyhow::Result<()> {
    train_and_score(flags, true)
}

pub fn evaluate_run(flags: &EvaluateFlags) -> anyhow::Result<()> {
    match flags.train.run.as_deref().filter(|run| is_model(run)) {
        Some(model) => score_model(&flags.train, model),
        None => train_and_score(&flags.train, false),
    }
}

/// How good a saved network is on the samples of `--test` or `--images`.
fn score_model(flags: &TrainFlags, path: &Path) -> anyhow::Result<()> {
    anyhow::ensure!(
        flags.save.files().next().is_none() && !flags.kept.is_wanted(),
        "--save, --onnx, --run: nothing is trained"
    );
    let mut config = flags.config.config()?;
    let written = || flags.json.as_deref().into_iter().chain(flags.shown.files());
    check(written(), &inputs(&config, [&path.to_path_buf()]))?;
    if config.data.file.is_none() {
        config.data.file = config.data.test.take();
    }
    anyhow::ensure!(
        config.data.file.is_some()
            || config.data.mnist
            || config.data.images.is_some()
            || config.data.made.is_some(),
        "{}: name samples to measure it on, --test FILE say",
        path.display()
    );
    let model = Model::open(path)?;
    let session = Session::of_model(&model, &config, None)?;
    let mut out = Text::beside(written());
    if !flags.quiet {
        session.data.notes.iter().try_for_each(|note| text(writeln!(out, "note: {note}")))?;
    }
    let samples = session.data.test.as_ref().unwrap_or(&session.data.train);
    let net = session.network()?;
    let evaluation = evaluate(&net, samples)?;
    let scores = Scores::of(&session, &evaluation, samples);
    let names = &session.data.target_names;
    if !flags.quiet {
        text(writeln!(out, "{}", scores.tables(&evaluation, names, "test samples")))?;
    }
    let line = scores.line(&evaluation, samples, "test");
    text(writeln!(out, "{line}"))?;
    let origin = Origin::Saved(path);
    let learned = Learned {
        session: &session,
        net: &net,
        origin,
        evaluation: &evaluation,
        samples,
        what: "test samples",
        line: &line,
    };
    let page = flags.shown.write(|| learned.html());
    let document = || {
        json!({
            "task": session.data.task, "targets": names, "notes": session.data.notes,
            "samples": samples.len(), "scores": scores.json(&evaluation, samples, names),
        })
    };
    let write = |file: &PathBuf| output::write_file(file, format!("{:#}\n", document()).as_bytes());
    flags.json.as_ref().map_or(Ok(()), write).and(page)?;
    if flags.quiet { Ok(()) } else { flags.shown.tell(&mut out) }
}

fn train_and_score(flags: &TrainFlags, progress: bool) -> anyhow::Result<()> {
    let began = Instant::now();
    let file = flags.json.as_deref();
    flags.save.check()?;
    let files = file.into_iter().chain(flags.shown.files()).chain(flags.save.files());
    let mut out = Text::beside(files).with_more(flags.kept.is_wanted());
    let (config, table) = run_config(flags.run.as_deref(), &flags.config)?;
    let read = inputs(&config, flags.run.iter().chain(flags.config.file()));
    check(file.into_iter().chain(flags.save.files()).chain(flags.shown.files()), &read)?;
    let session = Session::of(&config, table, None)?;
    if flags.config.print {
        return session.print_config();
    }
    let talks = progress && !flags.quiet;
    if !progress && !flags.quiet {
        session.data.notes.iter().try_for_each(|note| text(writeln!(out, "note: {note}")))?;
    }
    if talks {
        text(writeln!(out, "{}", session.about_the_data()))?;
        if table {
            let lines: String =
                session.config.to_toml().lines().map(|line| format!("    {line}\n")).collect();
            text(writeln!(
                out,
                "This config repeats the run, by gradlens train run.toml:\n\n{}",
                lines.replace("    \n", "\n")
            ))?;
        }
    }
    let mut folder = flags.kept.open(&session.config)?;
    let mut epochs = vec![];
    let lines = talks.then_some(out);
    let outcome = session.train(lines, flags.shown.watch, folder.as_mut(), &mut epochs).and_then(|trained| {
        let (samples, what) = session.scored();
        let evaluation = score(&trained.net, samples, what)?;
        let scores = Scores::of(&session, &evaluation, samples);
        Ok((trained, evaluation, scores))
    });
    let (samples, what) = session.scored();
    let mut written = Ok(());
    if let Some(path) = file {
        let mut document = json!({
            "config": config_json(&session.config, &["data", "network", "training"]),
            "task": session.data.task,
            "targets": session.data.target_names,
            "notes": session.data.notes,
            "train_samples": session.data.train.len(),
            "epochs": epochs,
            "seconds_total": began.elapsed().as_secs_f64(),
        });
        match &outcome {
            Err(error) => document["error"] = format!("{error:#}").into(),
            Ok((trained, evaluation, scores)) => {
                document["stopped"] = json!(trained.report.stopped);
                document["best_epoch"] = json!(trained.report.best_epoch);
                document["steps"] = trained.report.steps.into();
                document["scores"] = scores.json(evaluation, samples, &session.data.target_names);
                document["scored"] = what.into();
            }
        }
        written = output::write_file(path, format!("{document:#}\n").as_bytes());
    }
    let (trained, evaluation, scores) = outcome?;
    let line = scores.line(&evaluation, samples, what.split(' ').next().unwrap_or(what));
    let learned = Learned {
        session: &session,
        net: &trained.net,
        origin: Origin::Trained(&epochs),
        evaluation: &evaluation,
        samples,
        what,
        line: &line,
    };
    let page = flags.shown.write(|| learned.html());
    let model = Model::new(trained.net, &session.config, &session.data)?;
    let kept = Kept::write(&flags.kept, &flags.save, folder, model, &trained.seen);
    let printed = (|| {
        if !flags.quiet {
            text(writeln!(out, "{}{}", ending(&trained.report), if progress { "\n" } else { "" }))?;
            text(writeln!(out, "{}", scores.tables(&evaluation, &session.data.target_names, what)))?;
        }
        text(writeln!(out, "{line}  ({:.1} s in all)", began.elapsed().as_secs_f64()))?;
        if flags.quiet { Ok(()) } else { kept.tell(&mut out).and_then(|()| flags.shown.tell(&mut out)) }
    })();
    kept.result().and(written).and(page).and(printed)
}
