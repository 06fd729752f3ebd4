//! `gradlens predict`: new rows by a saved network, or by one that is trained first.

mod page;
mod rows;

use crate::flags::config::ConfigFlags;
use crate::output::{self, Text, note, text};
use crate::results::images::Layout;
use crate::results::{right_aligned, table};
use crate::session::{Session, is_model, run_config};
use crate::train::{Plain, check, inputs};
use clap::Args;
use gradlens::data::{Task, write_array};
use gradlens::model::{About, Model};
use gradlens::{Link, Sequential};
use ndarray::{Array2, ArrayView1};
use rows::Rows;
use serde_json::{Value, json};
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

/// Predict new rows, with a saved network or one that is trained first: names and probabilities, or numbers in their units
#[derive(Debug, Clone, Args)]
pub struct PredictFlags {
    /// A saved network (.safetensors, .onnx); or a config (.toml) or a table (.csv, .arff) to train on first
    #[arg(value_name = "MODEL|RUN")]
    run: PathBuf,
    /// New samples: a table with the same features by name, which may lack the targets, or - for one on standard input;
    /// IDX, .npy or .npz; or PNG, a file an image
    #[arg(value_name = "ROWS", required = true)]
    rows: Vec<PathBuf>,
    #[command(flatten)]
    config: ConfigFlags<Plain>,
    /// Write the predictions to this file: CSV, or the outputs alone as .npy or .npz; - is standard output, where a
    /// terminal gets a table [default: - without --json]
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    out: Option<PathBuf>,
    /// Write them to this file, as JSON; - is standard output
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    json: Option<PathBuf>,
    /// Write them to this file as a page: how often each is said, the worst mistakes where the rows have their targets, else
    /// what the network is least sure of
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    html: Option<PathBuf>,
    /// Leave out the notes on how tables are read, on standard error
    #[arg(long, help_heading = "Output")]
    quiet: bool,
}

/// What a network says of rows.
struct Predicted {
    outputs: Array2<f64>,
    about: About,
    inputs: Array2<f32>,
    /// What each is as an image, where the network takes images.
    layout: Option<Layout>,
    /// The class of each row, where the rows have it.
    truth: Option<Vec<usize>>,
}

impl Predicted {
    /// `size` is that of the images that the network was trained on, where it is known.
    fn of(
        net: &Sequential,
        mut about: About,
        (rows, inputs): (&Rows, Array2<f32>),
        size: Option<[usize; 3]>,
    ) -> anyhow::Result<Self> {
        let outputs = predictions(net, &about, &inputs)?;
        if about.targets.is_empty() {
            // A file from elsewhere has no names.
            about.targets = (0..outputs.ncols()).map(|output| output.to_string()).collect();
        }
        let truth = rows.classes(&about).filter(|classes| classes.len() == outputs.nrows());
        let layout = about.pixels.and_then(|_| match rows.size().or(size) {
            Some(size) => Layout::of(size, inputs.ncols()),
            None => Layout::square(inputs.ncols()),
        });
        Ok(Predicted { outputs, about, inputs, layout, truth })
    }
}

pub fn predict(flags: &PredictFlags) -> anyhow::Result<()> {
    let stdout = PathBuf::from("-");
    let on_stdout = flags.html.as_ref() == Some(&stdout);
    let csv = flags.out.as_ref().or(if flags.json.is_none() && !on_stdout { Some(&stdout) } else { None });
    anyhow::ensure!(
        !(csv == Some(&stdout) && flags.json.as_ref() == Some(&stdout)),
        "--out - and --json -: only one of them can have standard output"
    );
    let written: Vec<&PathBuf> = csv.into_iter().chain(&flags.json).chain(&flags.html).collect();
    let predicted = match is_model(&flags.run) {
        true => predict_by_model(flags, &written)?,
        false => match predict_by_training(flags, &written)? {
            Some(found) => found,
            None => return Ok(()),
        },
    };
    let Predicted { outputs: predictions, about, .. } = &predicted;
    let names = &about.targets;
    let task = about.task.unwrap_or(Task::Regression);
    let decided: Vec<Vec<&str>> = predictions.rows().into_iter().map(|row| decision(about, row)).collect();
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
    if let Some(path) = &flags.html {
        output::write_file(path, predicted.html(&decided).as_bytes())?;
    }
    let Some(path) = csv else { return Ok(()) };
    if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("npy") || end.eq_ignore_ascii_case("npz"))
    {
        return Ok(write_array(path, predictions)?);
    }
    let for_eyes = path == &stdout && std::io::stdout().is_terminal();
    let first = match task {
        Task::Regression => None,
        Task::Labels => Some("labels".to_string()),
        _ => about
            .preprocessor
            .as_ref()
            .map(|learned| learned.targets.columns().concat())
            .or(Some("class".into())),
    };
    if for_eyes && names.len() > MOST_SHOWN && task == Task::Classes {
        return show_best(first.unwrap_or_default(), names, predictions);
    }
    let header: Vec<String> = first.iter().cloned().chain(names.iter().cloned()).collect();
    let number = |p: &f64| match task {
        Task::Regression if for_eyes => format!("{p:.4}"),
        _ if for_eyes => format!("{p:.3}"),
        // As many digits as an f32 has, unless it is in the units of the table.
        Task::Regression => p.to_string(),
        _ => (*p as f32).to_string(),
    };
    let lines = predictions.rows().into_iter().zip(&decided).map(|(row, decided)| {
        let first = first.as_ref().map(|_| output::cell(&decided.join(";")));
        first.into_iter().chain(row.iter().map(number)).collect::<Vec<String>>()
    });
    if for_eyes {
        let numbers = usize::from(first.is_some())..header.len();
        let mut shown = table(header);
        for line in lines {
            shown.add_row(line);
        }
        return text(writeln!(Text::beside([]), "{}", right_aligned(shown, numbers)));
    }
    let mut out = csv::Writer::from_writer(vec![]);
    out.write_record(header.iter().map(|name| output::cell(name)))?;
    lines.into_iter().try_for_each(|fields| out.write_record(fields))?;
    output::write_file(path, &out.into_inner()?)
}

/// As many probabilities fit into a line of 80 columns.
const MOST_SHOWN: usize = 10;

/// A table of the classes that are the most probable, where there are too many to show all.
fn show_best(title: String, names: &[String], predictions: &Array2<f64>) -> anyhow::Result<()> {
    let mut shown = table([title, "p".into(), "second".into(), "p".into(), "third".into(), "p".into()]);
    for row in predictions.rows() {
        let mut order: Vec<usize> = (0..row.len()).collect();
        order.sort_by(|&a, &b| row[b].total_cmp(&row[a]));
        shown.add_row(order[..3].iter().flat_map(|&k| [names[k].clone(), format!("{:.3}", row[k])]));
    }
    text(writeln!(Text::beside([]), "{}", right_aligned(shown, [1, 3, 5])))
}

/// Refuses to write over what is read.
fn check_written(
    flags: &PredictFlags,
    config: &gradlens::config::RunConfig,
    written: &[&PathBuf],
) -> anyhow::Result<()> {
    let read = std::iter::once(&flags.run).chain(&flags.rows).chain(flags.config.file());
    check(written.iter().map(|path| path.as_path()), &inputs(config, read))
}

/// What a saved network says of the rows.
fn predict_by_model(flags: &PredictFlags, written: &[&PathBuf]) -> anyhow::Result<Predicted> {
    anyhow::ensure!(!flags.config.print, "--print-config: {} is no run", flags.run.display());
    let config = flags.config.config()?;
    check_written(flags, &config, written)?;
    let model = Model::<f32>::open(&flags.run)?;
    let rows = Rows::read(&flags.rows, &config)?;
    if !flags.quiet {
        rows.tell();
    }
    let mut about = model.about;
    let inputs = rows.inputs(&about, &config, model.net.input_len())?;
    about.task.get_or_insert_with(|| task(&model.net));
    Predicted::of(&model.net, about, (&rows, inputs), None)
}

/// What the outputs of a network are that does not say so.
fn task(net: &Sequential) -> Task {
    match net.head().spec().link {
        Link::Softmax => Task::Classes,
        Link::Sigmoid => Task::Labels,
        _ => Task::Regression,
    }
}

/// The outputs, in the units of the table where there was one.
fn predictions(net: &Sequential, about: &About, inputs: &Array2<f32>) -> anyhow::Result<Array2<f64>> {
    let mut outputs = net.logits(inputs)? / about.temperature.unwrap_or(1.0) as f32;
    net.head().predict(&mut outputs);
    Ok(match &about.preprocessor {
        Some(preprocessor) => preprocessor.in_units(&outputs),
        None => outputs.mapv(f64::from),
    })
}

/// What a network that is trained first says of the rows; `None` where the config was printed in its place.
fn predict_by_training(flags: &PredictFlags, written: &[&PathBuf]) -> anyhow::Result<Option<Predicted>> {
    let (config, table) = run_config(Some(&flags.run), &flags.config)?;
    check_written(flags, &config, written)?;
    let session = Session::of(&config, table, None)?;
    if flags.config.print {
        session.print_config()?;
        return Ok(None);
    }
    // What is wrong with the rows is said before the training.
    let rows = Rows::read(&flags.rows, &config)?;
    if !flags.quiet {
        session.data.notes.iter().for_each(|line| note(&format!("note: {line}")));
        rows.tell();
    }
    let about = Model::new(session.network()?, &session.config, &session.data)?.about;
    let inputs = rows.inputs(&about, &config, session.data.train.input_len())?;
    let net = session.train(None, false, None, &mut vec![])?.net;
    Predicted::of(&net, about, (&rows, inputs), session.data.image_size).map(Some)
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
