//! `gradlens head`: what the pairing of output and loss does to the gradient at the logits.

mod page;

use crate::flags::files::ReportFlags;
use crate::output::text;
use clap::Args;
use gradlens::nn::mean_loss;
use gradlens::{Loss, SigmoidBinaryCrossEntropy, SigmoidMse, SoftmaxCrossEntropy, SoftmaxMse};
use ndarray::Array2;
use serde_json::json;
use std::io::Write;

/// Show what the pairing of output and loss does to the gradient at the logits
#[derive(Debug, Args)]
pub struct Flags {
    #[command(flatten)]
    report: ReportFlags,
}

/// Logits at which the neuron starts.
const STARTS: [f64; 5] = [1.5, 3.0, 5.0, 8.0, 10.0];
/// Its learning rate.
const RATE: f64 = 0.15;
/// Errors of a logit.
const WRONG_BY: [f64; 11] = [-10.0, -6.0, -4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 4.0, 6.0, 10.0];

/// Each link with the squared error and with its matched loss.
const PAIRINGS: [&str; 4] = ["sigmoid+mse", "sigmoid+bce", "softmax+mse", "softmax+ce"];

/// The heads of [`PAIRINGS`], and how many outputs each has.
fn pairings() -> [(Box<dyn Loss<f64>>, usize); 4] {
    [
        (Box::new(SigmoidMse), 1),
        (Box::new(SigmoidBinaryCrossEntropy::default()), 1),
        (Box::new(SoftmaxMse), 2),
        (Box::new(SoftmaxCrossEntropy::default()), 2),
    ]
}

/// The greatest |dL/dz| for a logit `z` that should be low. Under the sigmoid the target is 0. Under
/// softmax `z` belongs to the first of two classes, and the second is the target.
pub fn pull(head: &dyn Loss<f64>, outputs: usize, z: f64) -> f64 {
    let mut logits = Array2::zeros((1, outputs));
    logits[[0, 0]] = z;
    let mut target = Array2::zeros((1, outputs));
    if outputs > 1 {
        target[[0, 1]] = 1.0;
    }
    let mut gradient = logits.clone();
    mean_loss(head, &logits, &target, &mut gradient);
    gradient.iter().fold(0.0, |greatest: f64, g| greatest.max(g.abs()))
}

/// The first output of a sigmoid neuron with input 1 and target 0, and the steps until its output is below
/// 0.1; `None` if a million are not enough. Weight and bias start at half the logit each.
pub fn escape(head: &dyn Loss<f64>, logit: f64, rate: f64) -> (f64, Option<usize>) {
    let output = |z: f64| {
        let mut p = Array2::from_elem((1, 1), z);
        head.predict(&mut p);
        p[[0, 0]]
    };
    let (mut weight, mut bias) = (logit / 2.0, logit / 2.0);
    for step in 1..=1_000_000 {
        let logits = Array2::from_elem((1, 1), weight + bias);
        let mut gradient = logits.clone();
        mean_loss(head, &logits, &Array2::zeros((1, 1)), &mut gradient);
        weight -= rate * gradient[[0, 0]];
        bias -= rate * gradient[[0, 0]];
        if output(weight + bias) < 0.1 {
            return (output(logit), Some(step));
        }
    }
    (output(logit), None)
}

/// What is measured of the pairings.
struct Measured {
    /// How far a logit is off, and the pull on it under each of [`PAIRINGS`].
    pulls: Vec<(f64, [f64; 4])>,
    escapes: Vec<Escape>,
}

/// A neuron that starts wrong.
struct Escape {
    logit: f64,
    output: f64,
    /// The steps until it is right, under the squared error and under the cross-entropy; `None` if a million are not enough.
    steps: [Option<usize>; 2],
}

impl Measured {
    fn new() -> Self {
        let pairings = pairings();
        let pulls = |z: f64| (z, pairings.each_ref().map(|(head, outputs)| pull(&**head, *outputs, z)));
        let escapes = STARTS.map(|logit| {
            let (output, mse) = escape(&SigmoidMse, logit, RATE);
            let (_, bce) = escape(&SigmoidBinaryCrossEntropy::default(), logit, RATE);
            Escape { logit, output, steps: [mse, bce] }
        });
        Measured { pulls: WRONG_BY.map(pulls).into(), escapes: escapes.into() }
    }
}

pub fn run(flags: &Flags) -> anyhow::Result<()> {
    let mut out = flags.report.open(&[], &[])?;
    let measured = Measured::new();
    let mut table = String::from("|dL/dz| of a logit that should be low, by how high it is\n\n       z");
    for name in PAIRINGS {
        table += &format!("  {name:>11}");
    }
    let mut rows = vec![];
    for (z, pulls) in &measured.pulls {
        table += &format!("\n{z:>8}");
        let mut row = json!({ "z": z });
        for (name, gradient) in PAIRINGS.into_iter().zip(pulls) {
            table += &format!("  {gradient:>11.4e}");
            row[name] = (*gradient).into();
        }
        rows.push(row);
    }
    text(writeln!(out, "{table}\n"))?;
    text(writeln!(
        out,
        "With the matched loss the pull grows to 1 and stays, however wrong the output is. With the\n\
         squared error it fades as the output saturates, under softmax as under sigmoid.\n"
    ))?;

    let mut table = String::from(
        "one neuron, input 1, target 0, rate 0.15: steps until its output is below 0.1\n\n   logit   output  squared error  cross-entropy",
    );
    let mut escapes = vec![];
    for Escape { logit, output, steps: [mse, bce] } in &measured.escapes {
        table += &format!("\n{logit:>8}  {output:>7.4}  {:>13}  {:>13}", in_words(*mse), in_words(*bce));
        escapes.push(json!({ "logit": logit, "output": output, "steps_mse": mse, "steps_bce": bce }));
    }
    text(writeln!(out, "{table}"))?;
    flags.report.write_page(|| page::page(&measured), &mut out)?;
    flags.report.write_json(&json!({ "gradient": rows, "escape": escapes }))
}

fn in_words(steps: Option<usize>) -> String {
    steps.map_or("> 1000000".into(), |steps| steps.to_string())
}
