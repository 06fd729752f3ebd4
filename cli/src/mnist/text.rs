//! What the terminal says of one run.

use super::Flags;
use crate::output::Text;
use crate::results::{classes, ending};
use crate::session::Session;
use gradlens::metrics::Classification;
use gradlens::{Evaluation, Report};
use std::io::{self, Write};
use std::time::Instant;

pub fn print(
    flags: &Flags,
    session: &Session,
    out: &mut Text,
    (report, evaluation): (&Report, &Evaluation),
    began: Instant,
) -> io::Result<()> {
    let scores = classes::scores(evaluation);
    if !flags.quiet {
        writeln!(out, "{}", ending(report))?;
        write!(out, "{}", classes::tables(scores, &session.data.target_names, "test set"))?;
        let softmax = session.config.network.head.as_deref() == Some("softmax");
        writeln!(out, "{}\n", about_the_sum(softmax, scores))?;
    }
    let line = classes::line(evaluation, "test");
    writeln!(out, "{line}  ({:.1} s in all)", began.elapsed().as_secs_f64())?;
    out.flush()
}

/// What the sum of an image's outputs says of the head.
fn about_the_sum(softmax: bool, scores: &Classification) -> String {
    let (mean, std) = (scores.output_sum_mean, scores.output_sum_std);
    let outputs = match scores.classes.len() {
        10 => "ten".to_string(),
        outputs => outputs.to_string(),
    };
    let measured =
        format!("sum of an image's {outputs} outputs: mean {mean:.4}, standard deviation {std:.4}.");
    let meaning = match softmax {
        true => {
            "Softmax makes them one distribution over classes that exclude one another:\n\
             they sum to 1 whatever the image shows."
        }
        false if (mean - 1.0).abs() < 0.1 => {
            "Each sigmoid is a probability of its own, and nothing makes them sum to 1.\n\
             That they nearly do is learned, from images that all have one label; the\n\
             spread shows where the network doubts."
        }
        false => {
            "Each sigmoid is a probability of its own, and nothing makes them sum to 1.\n\
             Images that all have one label teach them to, nearly; this network has not\n\
             learned it."
        }
    };
    format!("{measured}\n{meaning}")
}
