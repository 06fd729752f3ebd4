//! `gradlens study`: depth, activation, initialiser and head, measured and predicted.

use crate::flags::files::{DataFlag, ReportFlags, story};
use crate::interrupt::{self, interrupted};
use crate::output::{Text, text};
use crate::table::wrapped;
use clap::Args;
use gradlens::diagnostics::{Diagnostics, at_initialisation, powers_of_two};
use gradlens::nn::activation;
use gradlens::report::{Page, compare as compare_runs};
use gradlens::short;
use gradlens::{
    Dataset, Dense, Images, Init, Loss, Sequential, Sgd, SigmoidBinaryCrossEntropy, SoftmaxCrossEntropy,
    Stopped, Trainer,
};
use serde_json::{Value, json};
use std::io::Write;

const WIDTH: usize = 300;
const DEPTHS: [usize; 3] = [3, 6, 12];
/// Images that the measurements are made on.
const PROBE: usize = 512;
/// Activation and initialiser.
const CASES: [(&str, Init); 9] = [
    ("sigmoid", Init::Standard),
    ("sigmoid", Init::GlorotUniform),
    ("tanh", Init::Standard),
    ("tanh", Init::GlorotUniform),
    ("softsign", Init::GlorotUniform),
    ("relu", Init::Standard),
    ("relu", Init::GlorotUniform),
    ("relu", Init::HeUniform),
    ("selu", Init::LecunNormal),
];

/// Networks that are trained, each with its activation and initialiser.
const TRAINED: [(&str, &str, Init); 3] = [
    ("Six layers of 100 sigmoids", "sigmoid", Init::GlorotUniform),
    ("Six layers of 100 tanh units", "tanh", Init::GlorotUniform),
    ("Six layers of 100 rectifiers", "relu", Init::HeNormal),
];

/// Measure how depth, activation, initialiser and head change the gradient, against theory
#[derive(Debug, Args)]
#[command(mut_arg("html", |arg| arg.default_value("gradients.html")))]
pub struct Flags {
    #[command(flatten)]
    data: DataFlag,
    #[command(flatten)]
    report: ReportFlags,
}

pub fn run(flags: &Flags) -> anyhow::Result<()> {
    let mut out = flags.report.open(&[], &flags.data.path().into_iter().collect::<Vec<_>>())?;
    let images = flags.data.load()?;
    let rows = compare(&images, &mut out)?;
    let mut trained = vec![];
    for (title, name, init) in TRAINED {
        if let Some(run) = train(&images, name, init)? {
            trained.push((title, run));
        }
    }
    let runs: Vec<(&str, &Diagnostics)> = trained.iter().map(|(name, run)| (*name, run)).collect();
    let complete = rows.len() == CASES.len() * DEPTHS.len() && runs.len() == TRAINED.len();
    if !complete {
        text(writeln!(
            out,
            "\nInterrupted, so this is incomplete: {} of {} rows, {} of {} networks trained.",
            rows.len(),
            CASES.len() * DEPTHS.len(),
            runs.len(),
            TRAINED.len()
        ))?;
    }
    // A page without a picture would take the place of one with pictures.
    if !runs.is_empty() {
        flags.report.write_page(|| story(&title(&rows), |page| {
            page.paragraph(
                "Three networks of six hidden layers that differ in their activation alone were trained on the same images, and nine \
                 kinds were measured as they are initialised, at three depths.",
            );
            compare_runs(page, &runs);
            page.heading(2, "Every kind, as it is initialised");
            study_table(page, &rows);
            page.paragraph(CLOSING);
        }), &mut out)?;
    }
    let trained: Vec<Value> =
        runs.iter().map(|(name, run)| json!({ "name": name, "run": run.to_json() })).collect();
    flags.report.write_json(&json!({ "complete": complete, "study": rows, "trained": trained }))
}

/// The first so many images, or all.
fn first(data: &Dataset, count: usize) -> Dataset {
    data.select(&(0..count.min(data.len())).collect::<Vec<_>>())
}

/// Prints every case at every depth as it is initialised, until it is interrupted; returns the rows.
fn compare(images: &Images<f32>, out: &mut Text) -> anyhow::Result<Vec<Value>> {
    let batch = first(&images.train, PROBE);
    text(writeln!(
        out,
        "Networks of {WIDTH} units a layer on {} images, as they are initialised. g1/gL: rms of\n\
         dL/ds (s the pre-activations) at the first hidden layer over that at the last; a layer: its share\n\
         for one layer, measured, and as mean-field theory predicts it from the weights.\n",
        batch.len()
    ))?;
    // Room for less on a narrow terminal.
    let narrow = out.columns() < 100;
    text(match narrow {
        true => writeln!(out, "activation start          depth   softmax   sigmoid a layer verdict"),
        false => writeln!(
            out,
            "activation  start           depth  g1/gL softmax  g1/gL sigmoid  a layer  predicted  verdict"
        ),
    })?;
    let mut rows = vec![];
    for (name, init) in CASES {
        for depth in DEPTHS {
            if interrupted() {
                return Ok(rows);
            }
            let softmax = measure(&batch, name, init, depth, SoftmaxCrossEntropy::default())?;
            let sigmoid = measure(&batch, name, init, depth, SigmoidBinaryCrossEntropy::default())?;
            let profile =
                |d: &Diagnostics| d.snapshots().first().and_then(|s| s.profile()).unwrap_or(f64::NAN);
            let (by_softmax, by_sigmoid) = (profile(&softmax), profile(&sigmoid));
            let per_layer = by_softmax.powf(1.0 / (depth - 1) as f64);
            let predicted = predicted(&softmax);
            let verdict = softmax.diagnosis().verdict.illness;
            let found = if verdict.is_sick() { verdict.to_string() } else { "nothing found".into() };
            if narrow {
                text(writeln!(
                    out,
                    "{name:<10} {init:<14} {depth:>5} {by_softmax:>9.2e} {by_sigmoid:>9.2e} {per_layer:>7.3} {found}"
                ))?;
            } else {
                text(writeln!(
                    out,
                    "{name:<10}  {init:<14}  {depth:>5}  {by_softmax:>13.2e}  {by_sigmoid:>13.2e}  {per_layer:>7.3}  {predicted:>9.3}  {found}"
                ))?;
            }
            rows.push(json!({
                "activation": name, "init": init.to_string(), "depth": depth, "g1_gl_softmax": by_softmax,
                "g1_gl_sigmoid": by_sigmoid, "per_layer": per_layer, "predicted_per_layer": predicted, "verdict": verdict,
            }));
        }
    }
    text(writeln!(out, "\n{}", wrapped(CLOSING, "", "")))?;
    Ok(rows)
}

/// What the study comes to.
const CLOSING: &str = "The head does not decide it: under softmax and sigmoid the same share arrives. Sigmoids take three quarters of the \
     gradient and more at every layer although none is saturated; tanh and ReLU keep it if their weights are started right.";

/// What is left of the gradient through the deepest networks, where it is changed most and where least, and what the head
/// changes.
fn title(rows: &[Value]) -> String {
    let number = |row: &Value, key: &str| row[key].as_f64().unwrap_or(f64::NAN);
    let deepest = rows.iter().filter_map(|row| row["depth"].as_u64()).max();
    let change = |row: &&Value| number(row, "g1_gl_softmax").ln().abs();
    let deep = || rows.iter().filter(|row| row["depth"].as_u64() == deepest && change(row).is_finite());
    let least = deep().min_by(|a, b| change(a).total_cmp(&change(b)));
    let most = deep().max_by(|a, b| change(a).total_cmp(&change(b)));
    let (Some(depth), Some(least), Some(most)) = (deepest, least, most) else {
        return "Three networks that differ in their activation alone".into();
    };
    let by_head = deep().map(|row| (number(row, "g1_gl_softmax") / number(row, "g1_gl_sigmoid")).ln().abs());
    let kind = |row: &Value| {
        let word = |key: &str| row[key].as_str().unwrap_or_default();
        (short(number(row, "g1_gl_softmax")), format!("{} from {}", word("activation"), word("init")))
    };
    let ((little, one), (much, other)) = (kind(most), kind(least));
    format!(
        "{depth} hidden layers make {little} of the gradient with {one}, and {much} with {other}; the head changes that {:.1} times at most",
        by_head.fold(0.0, f64::max).exp()
    )
}

/// Every case at every depth, as a table of a page.
fn study_table(page: &mut Page, rows: &[Value]) {
    let header = [
        "activation",
        "start",
        "depth",
        "g1/gL, softmax",
        "g1/gL, sigmoid",
        "a layer",
        "predicted",
        "verdict",
    ];
    let number = |row: &Value, key: &str| row[key].as_f64().map_or("-".into(), short);
    let cells = |row: &Value| {
        let word = |key: &str| row[key].as_str().unwrap_or_default().to_string();
        let verdict = word("verdict");
        vec![
            word("activation"),
            word("init"),
            row["depth"].to_string(),
            number(row, "g1_gl_softmax"),
            number(row, "g1_gl_sigmoid"),
            number(row, "per_layer"),
            number(row, "predicted_per_layer"),
            if ["healthy", "not-judged"].contains(&verdict.as_str()) {
                "nothing found".into()
            } else {
                verdict
            },
        ]
    };
    let caption = "The gradient at the first hidden layer over that at the last, g1/gL, under either head; the share that one layer leaves, \
                   and what mean-field theory predicts for it.";
    page.table(caption, 2, &header, &rows.iter().map(cells).collect::<Vec<_>>());
}

/// 512 steps, where there are as many images, for the pictures; nothing if it is interrupted.
fn train(images: &Images<f32>, name: &str, init: Init) -> anyhow::Result<Option<Diagnostics>> {
    if interrupted() {
        return Ok(None);
    }
    let data = first(&images.train, 512 * 64);
    let mut builder = Sequential::input(data.input_len());
    for _ in 0..6 {
        builder = builder.layer(Dense::new(100).init(init)).layer(activation(name)?);
    }
    let head = SoftmaxCrossEntropy::default();
    let mut net = builder.layer(Dense::new(data.output_len())).head(head).build()?;
    let mut diagnostics = Diagnostics::new().probe(first(&data, PROBE));
    let trainer = Trainer::new(Sgd::default()).epochs(1).batch(64).interrupt(interrupt::flag());
    let report = trainer.observe(powers_of_two(), &mut diagnostics).fit(&mut net, &data)?;
    Ok((report.stopped == Stopped::Completed).then_some(diagnostics))
}

/// The geometric mean of the predicted ratios between hidden layers.
fn predicted(diagnostics: &Diagnostics) -> f64 {
    let Some(snapshot) = diagnostics.snapshots().first() else { return f64::NAN };
    let Some((_, inner)) = snapshot.hidden().split_last() else { return f64::NAN };
    let logs: f64 = inner.iter().filter_map(|layer| layer.predicted_ratio).map(f64::ln).sum();
    (logs / inner.len() as f64).exp()
}

/// What is seen of a network before it is trained.
fn measure(
    batch: &Dataset,
    name: &str,
    init: Init,
    depth: usize,
    head: impl Loss + 'static,
) -> anyhow::Result<Diagnostics> {
    let mut builder = Sequential::input(batch.input_len());
    for _ in 0..depth {
        builder = builder.layer(Dense::new(WIDTH).init(init)).layer(activation(name)?);
    }
    let mut net = builder.layer(Dense::new(batch.output_len()).init(init)).head(head).build()?;
    let mut diagnostics = Diagnostics::new();
    let trainer = Trainer::new(Sgd::new(0.0)).epochs(1).batch(batch.len());
    trainer.observe(at_initialisation(), &mut diagnostics).fit(&mut net, batch)?;
    Ok(diagnostics)
}
