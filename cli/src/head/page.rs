//! The two tables as pictures, under what they come to.

use super::{Escape, Measured, PAIRINGS, RATE, in_words, pairings, pull};
use crate::flags::files::story;
use gradlens::report::{Bars, Figure, Lines, Page, Tone};
use gradlens::short;

/// How much less the squared error pulls than the matched loss, under sigmoid and under softmax, where the logit is most wrong.
struct Weaker {
    z: f64,
    pulls: [f64; 4],
    times: [f64; 2],
}

impl Weaker {
    fn of(measured: &Measured) -> Option<Self> {
        let (z, pulls) = *measured.pulls.iter().max_by(|a, b| a.0.total_cmp(&b.0))?;
        let [sigmoid_mse, sigmoid_bce, softmax_mse, softmax_ce] = pulls;
        Some(Weaker { z, pulls, times: [sigmoid_bce / sigmoid_mse, softmax_ce / softmax_mse] })
    }

    /// At any logit the slope of the output is a factor of 1/4 at most under sigmoid, so that there is no other way.
    fn title(&self) -> String {
        let [sigmoid, softmax] = self.times.map(thousands);
        format!(
            "A logit that is wrong by {} is pulled {sigmoid} times less by the squared error than by cross-entropy under sigmoid, \
             {softmax} times less under softmax",
            self.z
        )
    }

    fn verdict(&self, escapes: &[Escape]) -> String {
        let [sigmoid_mse, sigmoid_bce, softmax_mse, softmax_ce] = self.pulls.map(short);
        let pulls = format!(
            " |dL/dz| is {sigmoid_mse} for sigmoid with the squared error and {sigmoid_bce} with cross-entropy, for softmax {softmax_mse} and \
             {softmax_ce}."
        );
        let latest = escapes.iter().max_by(|a, b| a.logit.total_cmp(&b.logit));
        latest.map_or(pulls.clone(), |Escape { logit, steps: [mse, bce], .. }| {
            format!(
                "{pulls} One neuron that starts at {} is right after {} steps with the squared error, and after {} with cross-entropy.",
                logit,
                in_words(*mse),
                in_words(*bce)
            )
        })
    }
}

/// How often, as a title has it: three digits, and thousands apart.
fn thousands(times: f64) -> String {
    match (times / 1e3).round() {
        thousands @ 10.0..1e6 => format!("{thousands:.0}\u{202f}000"),
        _ => short(times),
    }
}

/// What was measured, as a page.
pub fn page(measured: &Measured) -> String {
    let weaker = Weaker::of(measured);
    let title = weaker.as_ref().map_or("Nothing was measured".into(), Weaker::title);
    story(&title, |page| {
        page.paragraph(
            "The loss hands the logits their gradient. With the matched loss it is p - t; the squared error multiplies it by the slope \
             of the output, which is next to nothing where the output is saturated.",
        );
        if let Some(weaker) = &weaker {
            page.callout(
                Tone::Neutral,
                "The pull on a wrong logit:",
                &weaker.verdict(&measured.escapes),
                |_| (),
            );
        }
        page.figure(&pulls());
        page.details("How long a neuron takes to be right", false, |page| page.figure(&escapes(measured)));
        page.details("Tables", false, |page| tables(page, measured));
    })
}

fn pulls() -> Figure {
    let mut lines = Lines::new("logit that should be low", "|dL/dz|").log_y();
    for (name, (head, outputs)) in PAIRINGS.into_iter().zip(pairings()) {
        let points = (-40..=40).map(|i| f64::from(i) / 4.0);
        lines = lines.line(name, points.map(|z| (z, pull(&*head, outputs, z))));
    }
    lines.figure(
        "Pull on a logit, by how wrong it is.",
        "|dL/dz| for sigmoid and softmax (of two classes), each with the squared error and with its matched cross-entropy. The output \
         is the more wrong the farther to the right. The cross-entropies lie one on the other.",
    )
}

fn escapes(Measured { escapes, .. }: &Measured) -> Figure {
    let steps = |at: usize| {
        escapes.iter().map(move |escape| escape.steps[at].map_or(f64::NAN, |steps| (steps as f64).log10()))
    };
    Bars::new("starting logit", "log10 steps", escapes.iter().map(|escape| escape.logit.to_string()))
        .bars("squared error", steps(0))
        .bars("cross-entropy", steps(1))
        .figure(
            "Steps of one neuron to the right answer.",
            format!(
                "log10 of the steps until its output is below 0.1, input 1, target 0, rate {RATE}, by the logit that it starts with. \
                 No bar: more than a million."
            ),
        )
}

fn tables(page: &mut Page, measured: &Measured) {
    let header: Vec<&str> = ["logit"].into_iter().chain(PAIRINGS).collect();
    let row = |(z, pulls): &(f64, [f64; 4])| {
        [z.to_string()].into_iter().chain(pulls.map(short)).collect::<Vec<String>>()
    };
    let rows: Vec<Vec<String>> = measured.pulls.iter().map(row).collect();
    page.table("|dL/dz| of a logit that should be low, by how high it is.", 0, &header, &rows);
    let row = |Escape { logit, output, steps: [mse, bce] }: &Escape| {
        vec![logit.to_string(), short(*output), in_words(*mse), in_words(*bce)]
    };
    let rows: Vec<Vec<String>> = measured.escapes.iter().map(row).collect();
    let header = ["starting logit", "output", "steps, squared error", "steps, cross-entropy"];
    page.table("Steps of one neuron until its output is below 0.1.", 0, &header, &rows);
}
