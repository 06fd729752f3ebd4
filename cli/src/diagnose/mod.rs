//! `gradlens diagnose`: train a network, say what is wrong with it, and show what the remedy changes.

mod fix;

use crate::flags::files::ReportFlags;
use crate::flags::{Base, ConfigFlags, SaveFlags};
use crate::interrupt::interrupted;
use crate::output::{Text, Tone, text};
use crate::results::{classes, labels, regression};
use crate::session::{Session, run_config};
use crate::train::inputs;
use clap::Args;
use gradlens::config::{Key, RunConfig};
use gradlens::data::Task;
use gradlens::diagnostics::{
    Diagnosis, Diagnostics, Illness, LayerRecord, Severity, Snapshot, powers_of_two,
};
use gradlens::model::Model;
use gradlens::{Dataset, Error, Evaluation, Observer, Report, Sequential, evaluate};
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Train a network, say what is wrong with it, and show what the remedy changes.
///
/// Of a config or a table, or with neither a network on MNIST.
#[derive(Debug, Clone, Args)]
pub struct Flags {
    /// A config (.toml) or a table (.csv, .arff) [default: 300 steps on MNIST]
    #[arg(value_name = "RUN")]
    run: Option<PathBuf>,
    #[command(flatten)]
    config: ConfigFlags<Usual>,
    /// A saved network (.safetensors, .onnx) to look at as it is, or, with --steps or --epochs, as it goes on training
    #[arg(long, value_name = "FILE", conflicts_with = "fix")]
    model: Option<PathBuf>,
    /// Apply remedies in turn until the verdict is healthy or none helps, and show what each changes
    #[arg(long)]
    fix: bool,
    /// Folder with a set of images, or a file of one [default: MNIST, which comes with the sources]
    #[arg(long, value_name = "PATH", help_heading = "Data")]
    data: Option<PathBuf>,
    /// Print the verdicts and nothing else
    #[arg(long, help_heading = "Output")]
    quiet: bool,
    #[command(flatten)]
    report: ReportFlags,
    #[command(flatten)]
    save: SaveFlags,
}

/// What holds without flags.
#[derive(Debug)]
pub struct Usual;

impl Base for Usual {
    fn config() -> RunConfig {
        let mut config = RunConfig::default();
        config.data.mnist = true;
        config.network.hidden = vec![128, 64];
        config.training.optimizer = "sgd".into();
        config.training.steps = Some(300);
        config
    }

    fn has(_: &Key) -> bool {
        true
    }
}

/// Samples that the measurements are made on, where there are as many.
const PROBE: usize = 512;
/// Samples that the score is of.
const SCORED: usize = 2000;

/// What came of a run.
pub struct Measured {
    pub diagnostics: Diagnostics,
    pub diagnosis: Diagnosis,
    /// What became of the training: an error is one that the diagnosis has seen too.
    pub ended: Result<Report, Error>,
    /// Accuracy, share of labels that are right, or R2, on the training samples; `None` where it is not a number.
    pub score: Option<f64>,
    /// Whether it was trained before.
    goes_on: bool,
    /// The network as it was left.
    pub model: Model,
}

/// The first so many samples.
fn first(data: &Dataset, count: usize) -> Dataset {
    data.select(&(0..data.len().min(count)).collect::<Vec<_>>())
}

/// Trains and measures.
pub fn measure(session: &Session) -> anyhow::Result<Measured> {
    measure_beside(session, None)
}

/// The same beside another observer of the same steps.
pub fn measure_beside(session: &Session, beside: Option<&mut dyn Observer>) -> anyhow::Result<Measured> {
    let data = &session.data.train;
    let training = &session.config.training;
    let mut net = session.network()?;
    // What is judged is whether it learns what it is trained on, so validation samples are left out.
    let (rows, _) = session.trainer()?.split(data.len(), net.seed())?;
    let judged = data.select(&rows);
    let mut diagnostics = Diagnostics::new()
        .probe(first(&judged, PROBE))
        .samples(&judged)
        .batches(training.batch, training.shuffle);
    if session.goes_on() {
        diagnostics = diagnostics.trained();
    }
    if let Some(test) = &session.data.test {
        diagnostics = diagnostics.compare(test);
    }
    let steps_per_epoch = rows.len().div_ceil(training.batch).max(1) as u64;
    let last = training.epochs.map_or(u64::MAX, |epochs| epochs as u64 * steps_per_epoch);
    let last = last.min(training.steps.unwrap_or(u64::MAX));
    let when = powers_of_two();
    let mut trainer = session.trainer()?;
    if let Some(beside) = beside {
        trainer = trainer.observe(powers_of_two(), beside);
    }
    let trainer = trainer.observe(move |step| when(step) || step == last, &mut diagnostics);
    let ended = match trainer.fit(&mut net, data) {
        ended @ (Ok(_) | Err(Error::NotFinite { .. } | Error::Diverged { .. })) => ended,
        Err(error) => return Err(error.into()),
    };
    if training.lr == Some(0.0) {
        // A look at the network as it is leaves running statistics as they are.
        net.state_mut().copy_from_slice(session.network()?.state());
    }
    let score = score(session, &judged, &net)?;
    let diagnosis = diagnostics.diagnosis();
    let model = Model::new(net, &session.config, &session.data)?;
    Ok(Measured { diagnostics, diagnosis, ended, score, goes_on: session.goes_on(), model })
}

/// How good the network is on its training samples.
fn score(session: &Session, judged: &Dataset, net: &Sequential) -> anyhow::Result<Option<f64>> {
    let samples = first(judged, SCORED);
    Ok(score_of(session, &evaluate(net, &samples)?, &samples))
}

/// Accuracy, share of labels that are right, or R2, where it is a number.
pub fn score_of(session: &Session, evaluation: &Evaluation, samples: &Dataset) -> Option<f64> {
    let score = match session.data.task {
        Task::Classes => Some(classes::scores(evaluation).accuracy),
        Task::Labels => Some(labels::label_accuracy(evaluation, samples)),
        _ => regression::scores(evaluation, samples, &session.data).r2,
    };
    score.filter(|score| score.is_finite())
}

/// A saved network. Where it does not say how a table becomes inputs, the table is taken as it stands.
fn model(path: &Path, flags: &Flags, config: &mut RunConfig) -> anyhow::Result<Model> {
    let model = Model::open(path)?;
    if model.about.preprocessor.is_none()
        && !flags.config.gives("standardise")
        && flags.config.file().is_none()
    {
        let is_config =
            flags.run.as_ref().and_then(|run| run.extension()).is_some_and(|ending| ending == "toml");
        config.data.standardise &= is_config;
    }
    Ok(model)
}

pub fn run(flags: &Flags) -> anyhow::Result<()> {
    flags.save.check()?;
    let (mut config, table) = run_config(flags.run.as_deref(), &flags.config)?;
    let read = flags.run.iter().chain(&flags.model).chain(&flags.data).chain(flags.config.file());
    let read = inputs(&config, read);
    let saved: Vec<&Path> = flags.save.files().collect();
    let mut out = flags.report.open(&saved, &read.iter().map(PathBuf::as_path).collect::<Vec<_>>())?;
    if flags.data.is_some() {
        (config.data.mnist, config.data.images) = (true, None);
    }
    if flags.model.is_some() && !["steps", "epochs"].iter().any(|key| flags.config.gives(key)) {
        config.training.steps = Some(0);
    }
    // The network as it is initialised is measured at a step that changes nothing.
    let untrained = config.training.steps == Some(0);
    if untrained {
        (config.training.steps, config.training.lr) = (Some(1), Some(0.0));
    }
    let session = match &flags.model {
        Some(path) => Session::of_model(&model(path, flags, &mut config)?, &config, flags.data.as_deref())?,
        None => Session::of(&config, table, flags.data.as_deref())?,
    };
    if flags.config.print {
        return session.print_config();
    }
    let before = measure(&session)?;
    show(&before, !untrained, flags.quiet, &mut out)?;
    if flags.model.is_some() && !flags.quiet {
        text(writeln!(
            out,
            "\n{} is {} on these samples.",
            score_name(session.data.task),
            shown(session.data.task, before.score)
        ))?;
    }
    let mut document = to_json(&before);
    let first = before.diagnosis.verdict.remedies.first();
    if !flags.fix {
        if let Some(remedy) = first.filter(|_| flags.model.is_none()) {
            text(writeln!(out, "\n--fix applies remedies in turn ({remedy}) and shows what each changes."))?;
        }
        flags.report.write_runs(&[("", &before.diagnostics)], Some(&session.config.to_toml()), &mut out)?;
        save(flags, &before, &mut out)?;
        return flags.report.write_json(&document);
    }
    let (task, settings) = (session.data.task, session.config.to_toml());
    let fixed = fix::fix(session, &before, flags.data.as_deref(), &mut out)?;
    let after = fixed.after.as_ref().unwrap_or(&before);
    if !untrained {
        text(writeln!(
            out,
            "\nThe remedies take {} from {} to {}, and the verdict from {} to {}.",
            score_name(task),
            shown(task, before.score),
            shown(task, after.score),
            before.diagnosis.verdict.illness,
            after.diagnosis.verdict.illness
        ))?;
    }
    if fixed.after.is_some() && !flags.quiet {
        text(writeln!(out))?;
        show(after, !untrained, false, &mut out)?;
    }
    document["fixed"] = to_json(after);
    document["fixed"]["score"] = json!(after.score);
    document["remedy"] = json!(fixed.tried.iter().find(|tried| tried.kept).map(|tried| &tried.remedies[0]));
    document["remedies"] = fixed.tried.iter().map(|tried| tried.json()).collect();
    if interrupted() {
        document["complete"] = false.into();
    }
    let pages = [("Before", &before.diagnostics), ("After", &after.diagnostics)];
    flags.report.write_runs(
        &pages[..if fixed.after.is_some() { 2 } else { 1 }],
        Some(&settings),
        &mut out,
    )?;
    save(flags, after, &mut out)?;
    flags.report.write_json(&document)
}

/// Saves the network of a run, where that is wanted.
fn save(flags: &Flags, run: &Measured, out: &mut Text) -> anyhow::Result<()> {
    flags.save.write(|| Ok(run.model.clone()))?;
    flags.save.tell(out)
}

fn score_name(task: Task) -> &'static str {
    match task {
        Task::Classes => "the accuracy",
        Task::Labels => "the share of labels that are right",
        _ => "R2",
    }
}

fn shown(task: Task, score: Option<f64>) -> String {
    match (task, score) {
        (_, None) => "no number".into(),
        (Task::Regression, Some(r2)) => format!("{r2:.3}"),
        (_, Some(share)) => format!("{:.1} %", 100.0 * share),
    }
}

fn show(
    Measured { diagnostics, diagnosis, goes_on, .. }: &Measured,
    trained: bool,
    quiet: bool,
    out: &mut Text,
) -> anyhow::Result<()> {
    let verdict = &diagnosis.verdict;
    let tone = match verdict.severity {
        _ if verdict.illness == Illness::NotJudged => Tone::Neutral,
        Severity::None => Tone::Good,
        Severity::Warning => Tone::Warning,
        _ => Tone::Bad,
    };
    let word = verdict.illness.to_string();
    if quiet {
        return text(out.say(tone, &word, &diagnosis.to_string()));
    }
    let columns = out.columns();
    let begin = if *goes_on { "as it was saved" } else { "at initialisation" };
    let snapshots = diagnostics.snapshots();
    if let Some(last) = snapshots.len().checked_sub(1) {
        text(writeln!(
            out,
            "{begin}: loss {:.4}\n{}",
            snapshots[0].loss,
            diagnostics.table_within(0, columns)
        ))?;
        if trained && last > 0 {
            let at = &snapshots[last];
            let table = diagnostics.table_within(last, columns);
            text(writeln!(out, "\nat step {}: loss {:.4}\n{table}", at.step, at.loss))?;
        }
    }
    text(writeln!(out).and_then(|()| out.say(tone, &word, &diagnosis.to_string())))
}

fn to_json(Measured { diagnostics, diagnosis, score, .. }: &Measured) -> Value {
    let at = |snapshot: Option<&Snapshot>| match snapshot {
        None => json!({}),
        Some(snapshot) => json!({
            "step": snapshot.step,
            "loss": snapshot.loss,
            "layers": snapshot.hidden().iter().map(layer).collect::<Vec<_>>(),
            "head": snapshot.head,
        }),
    };
    let mut last = at(diagnostics.snapshots().last());
    last["score"] = json!(score);
    json!({
        "initial": at(diagnostics.snapshots().first()),
        "final": last,
        "verdict": diagnosis.verdict,
        "also": diagnosis.also,
        "notes": diagnosis.notes,
        "layer_verdicts": diagnosis.layers,
        "healthy": diagnosis.verdict.illness == Illness::Healthy,
    })
}

/// The record of a layer, with its most important numbers under short names.
fn layer(record: &LayerRecord) -> Value {
    let mut value = json!(record);
    value["delta_rms"] = record.delta.rms.into();
    value["update_log10"] = record.params.first().and_then(|param| param.update_log10).into();
    value
}
