//! `gradlens predict`: new rows by a saved network, or by one that is trained first.

use crate::flags::config::ConfigFlags;
use crate::output::{self, Text, note};
use crate::session::{Session, is_model, run_config};
use crate::train::{Plain, not_an_input};
use clap::Args;
use gradlens::data::{Table, Task};
use gradlens::model::{About, Model};
use ndarray::{Array2, ArrayView1};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Predict new rows, with a saved network or one that is trained first: names and probabilities, or numbers in their units
#[derive(Debug, Clone, Args)]
pub struct PredictFlags {
    /// A saved network (.safetensors); or a config (.toml) or a table (.csv, .arff) to train on first
    #[arg(value_name = "MODEL|RUN")]
    run: PathBuf,
    /// A table of new rows, with the same features by name; it may lack the targets
    #[arg(value_name = "ROWS")]
    rows: PathBuf,
    #[command(flatten)]
    config: ConfigFlags<Plain>,
    /// Write the predictions to this CSV file; - is standard output [default: - without --json]
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    out: Option<PathBuf>,
    /// Write them to this file, as JSON; - is standard output
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    json: Option<PathBuf>,
    /// Leave out the notes on how tables are read, on standard error
    #[arg(long, help_heading = "Output")]
    quiet: bool,
}

pub fn predict(flags: &PredictFlags) -> anyhow::Result<()> {
    let stdout = PathBuf::from("-");
    let csv = flags.out.as_ref().or(if flags.json.is_none() { Some(&stdout) } else { None });
    anyhow::ensure!(
        !(csv == Some(&stdout) && flags.json.as_ref() == Some(&stdout)),
        "--out - and --json -: only one of them can have standard output"
    );
    for path in csv.into_iter().chain(&flags.json) {
        output::check_writable(path)?;
    }
    let written: Vec<&PathBuf> = csv.into_iter().chain(&flags.json).collect();
    let (predictions, about) = match is_model(&flags.run) {
        true => predict_by_model(flags, &written)?,
        false => match predict_by_training(flags, &written)? {
            Some(found) => found,
            None => return Ok(()),
        },
    };
    let names = &about.targets;
    let task = about.task.unwrap_or(Task::Regression);
    let decided: Vec<Vec<&str>> = predictions.rows().into_iter().map(|row| decision(&about, row)).collect();
    if let Some(path) = &flags.json {
        let rows = predictions.rows().into_iter().zip(&decided).map(|(row, decided)| {
            let outputs: Value = names.iter().zip(row).map(|(name, p)| (name.clone(), json!(p))).collect();
            match task {
                Task::Regression => json!({ "outputs": outputs }),
                Task::Labels => json!({ "labels": decided, "outputs": outputs }),
                _ => json!({ "class": decided.first(), "outputs": outputs }),
            }
        });
        let document = json!({ "task": task, "rows": rows.collect::<Vec<_>>() });
        output::write_file(path, format!("{document:#}\n").as_bytes())?;
    }
    let Some(path) = csv else { return Ok(()) };
    let first = match task {
        Task::Regression => None,
        Task::Labels => Some("labels".to_string()),
        _ => about.preprocessor.as_ref().map(|preprocessor| preprocessor.targets.columns().concat()),
    };
    let mut lines: Vec<Vec<String>> = vec![first.into_iter().chain(names.iter().cloned()).collect()];
    for (row, decided) in predictions.rows().into_iter().zip(&decided) {
        let first = (task != Task::Regression).then(|| decided.join(";"));
        lines.push(
            first
                .into_iter()
                .chain(row.iter().map(|p| match task {
                    // As many digits as an f32 has, unless it is in the units of the table.
                    Task::Regression => p.to_string(),
                    _ => (*p as f32).to_string(),
                }))
                .collect(),
        );
    }
    let mut out = csv::Writer::from_writer(vec![]);
    lines.iter().try_for_each(|fields| out.write_record(fields))?;
    output::write_file(path, &out.into_inner()?)
}

/// What a saved network says of the rows.
fn predict_by_model(flags: &PredictFlags, written: &[&PathBuf]) -> anyhow::Result<(Array2<f64>, About)> {
    anyhow::ensure!(!flags.config.print, "--print-config: {} is no run", flags.run.display());
    let config = flags.config.config()?;
    for path in written {
        not_an_input(path, &config, &[&flags.run, &flags.rows])?;
    }
    let model = Model::<f32>::open(&flags.run)?;
    let rows = config.table(&flags.rows)?;
    let Some(preprocessor) = &model.about.preprocessor else {
        anyhow::bail!(
            "{} does not say how a table becomes inputs; predict with the .safetensors file of a network that was trained on one",
            flags.run.display()
        );
    };
    if !flags.quiet {
        tell(&[], &rows);
    }
    let inputs = preprocessor.inputs::<f32>(&rows)?;
    let predictions = preprocessor.in_units(&model.net.predict(&inputs)?);
    Ok((predictions, model.about))
}

/// What a network that is trained first says of the rows; `None` where the config was printed in its place.
fn predict_by_training(
    flags: &PredictFlags,
    written: &[&PathBuf],
) -> anyhow::Result<Option<(Array2<f64>, About)>> {
    let (config, table) = run_config(Some(&flags.run), &flags.config)?;
    for path in written {
        not_an_input(path, &config, &[&flags.run, &flags.rows])?;
    }
    let session = Session::of(&config, table, None)?;
    if flags.config.print {
        session.print_config(Text::beside(None))?;
        return Ok(None);
    }
    let Some(preprocessor) = &session.data.preprocessor else {
        anyhow::bail!("predict reads rows of tables, and the run is on images");
    };
    // What is wrong with the rows is said before the training.
    let rows = config.table(&flags.rows)?;
    if !flags.quiet {
        tell(&session.data.notes, &rows);
    }
    let inputs = preprocessor.inputs::<f32>(&rows)?;
    let net = session.train(None, None, &mut vec![])?.net;
    let predictions = preprocessor.in_units(&net.predict(&inputs)?);
    Ok(Some((predictions, Model::new(net, &session.config, &session.data)?.about)))
}

/// Says what was found out of samples and rows, on standard error.
fn tell(notes: &[String], rows: &Table) {
    notes.iter().for_each(|line| note(&format!("note: {line}")));
    rows.notes().iter().for_each(|line| note(&format!("note: {}: {line}", rows.path().display())));
}

/// The class with the greatest output, or the labels that reach their threshold.
fn decision<'a>(about: &'a About, outputs: ArrayView1<f64>) -> Vec<&'a str> {
    let threshold = |k| about.thresholds.as_ref().map_or(0.5, |thresholds| thresholds[k]);
    let chosen: Vec<usize> = match about.task {
        None | Some(Task::Regression) => vec![],
        Some(Task::Labels) => (0..outputs.len()).filter(|&k| outputs[k] >= threshold(k)).collect(),
        _ => {
            (0..outputs.len()).rev().max_by(|&a, &b| outputs[a].total_cmp(&outputs[b])).into_iter().collect()
        }
    };
    chosen.into_iter().map(|k| about.targets[k].as_str()).collect()
}
