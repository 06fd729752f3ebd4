//! `gradlens head`: what the pairing of output and loss does to the gradient at the logits.

use crate::flags::files::ReportFlags;
use crate::output::text;
use clap::Args;
use gradlens::nn::mean_loss;
use gradlens::report::{Bars, Lines, Page};
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

fn pairings() -> [(&'static str, Box<dyn Loss<f64>>, usize); 4] {
    [
        ("sigmoid+mse", Box::new(SigmoidMse), 1),
        ("sigmoid+bce", Box::new(SigmoidBinaryCrossEntropy::default()), 1),
        ("softmax+mse", Box::new(SoftmaxMse), 2),
        ("softmax+ce", Box::new(SoftmaxCrossEntropy::default()), 2),
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

pub fn run(flags: &Flags) -> anyhow::Result<()> {
    let mut out = flags.report.open(&[], &[])?;
    let pairings = pairings();
    let mut table = String::from("|dL/dz| of a logit that should be low, by how high it is\n\n       z");
    for (name, ..) in &pairings {
        table += &format!("  {name:>11}");
    }
    let mut rows = vec![];
    for z in WRONG_BY {
        table += &format!("\n{z:>8}");
        let mut row = json!({ "z": z });
        for (name, head, outputs) in &pairings {
            let gradient = pull(&**head, *outputs, z);
            table += &format!("  {gradient:>11.4e}");
            row[*name] = gradient.into();
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
    for logit in STARTS {
        let (start, mse) = escape(&SigmoidMse, logit, RATE);
        let (_, bce) = escape(&SigmoidBinaryCrossEntropy::default(), logit, RATE);
        let steps = |steps: Option<usize>| steps.map_or("> 1000000".to_string(), |steps| steps.to_string());
        table += &format!("\n{logit:>8}  {start:>7.4}  {:>13}  {:>13}", steps(mse), steps(bce));
        escapes.push(json!({ "logit": logit, "output": start, "steps_mse": mse, "steps_bce": bce }));
    }
    text(writeln!(out, "{table}"))?;
    flags.report.write_page(page, &mut out)?;
    flags.report.write_json(&json!({ "gradient": rows, "escape": escapes }))
}

/// The two tables as pictures.
fn page() -> String {
    let mut pulls = Lines::new("logit of an output that should be low", "log10 |dL/dz|");
    for (name, head, outputs) in pairings() {
        let points = (-40..=40).map(|i| f64::from(i) / 4.0);
        pulls = pulls.line(name, points.map(|z| (z, pull(&*head, outputs, z).log10())));
    }
    let steps = |head: &dyn Loss<f64>| {
        STARTS.map(|logit| escape(head, logit, RATE).1.map_or(f64::NAN, |n| (n as f64).log10()))
    };
    let escapes = Bars::new("starting logit", "log10 steps", STARTS.map(|logit| logit.to_string()))
        .bars("squared error", steps(&SigmoidMse))
        .bars("cross-entropy", steps(&SigmoidBinaryCrossEntropy::default()));
    let mut page = Page::new("What the pairing of output and loss does to the gradient");
    page.paragraph(
        "The loss hands the logits their gradient. With the matched loss it is p - t: it grows to 1 and stays, however wrong \
         the output is. The squared error multiplies it by the slope of the output, which fades as the output saturates: \
         under softmax as under sigmoid.",
    );
    page.figures(&[
        pulls.figure(
            "Pull on a logit, by how wrong it is.",
            "log10 |dL/dz| for sigmoid and softmax (of two classes), each with the squared error and with its matched \
             cross-entropy. To the right, where the output is wrong, the cross-entropies (one line on the other) reach 1 and the \
             squared errors fall.",
        ),
        escapes.figure(
            "Steps of one neuron to the right answer.",
            format!(
                "log10 of the steps until its output is below 0.1, input 1, target 0, rate {RATE}, by the logit that it starts \
                 with. No bar: more than a million."
            ),
        ),
    ]);
    page.finish()
}
