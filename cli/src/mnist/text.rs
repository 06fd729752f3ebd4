//! What the terminal says of one run.

use super::{Flags, HeadName, Results, scores};
use crate::output::Text;
use gradlens::metrics::Classification;
use gradlens::{Report, Stopped};
use std::io::{self, Write};
use std::time::Instant;

pub fn print(flags: &Flags, out: &mut Text, results: &Results, began: Instant) -> io::Result<()> {
    let (report, evaluation) = results;
    let scores = scores(evaluation);
    if !flags.quiet {
        write!(out, "{}", ending(report))?;
        write!(out, "{}", tables(scores))?;
        writeln!(out, "{}\n", about_the_sum(flags.head, scores))?;
    }
    writeln!(
        out,
        "test accuracy {:.2} %  loss {:.4}  ECE {:.4}  ({:.1} s in all)",
        100.0 * scores.accuracy,
        evaluation.loss,
        scores.ece,
        began.elapsed().as_secs_f64(),
    )?;
    out.flush()
}

/// How the training ended, unless it ran to the last epoch.
fn ending(report: &Report) -> String {
    let epochs = report.epochs.len();
    let mut text = match report.stopped {
        Stopped::Early => {
            format!("stopped early after epoch {epochs}: the validation loss no longer improves\n")
        }
        Stopped::Interrupted => format!("interrupted in epoch {epochs}; this is what was learned so far\n"),
        _ => String::new(),
    };
    if let Some(best) = report.best_epoch {
        text += &format!("the weights are those of epoch {best}, the best on the validation samples\n");
    }
    text + "\n"
}

fn tables(scores: &Classification) -> String {
    let mut text = String::from("confusion on the test set (row: true class, column: predicted)\n    ");
    let classes = scores.classes.len();
    text.extend((0..classes).map(|class| format!("{class:>6}")));
    for (class, row) in scores.confusion.rows().into_iter().enumerate() {
        text += &format!("\n{class:>4}");
        text.extend(
            row.iter().map(|count| if *count == 0 { format!("{:>6}", ".") } else { format!("{count:>6}") }),
        );
    }
    text += "\n\nclass  precision  recall      F1  samples\n";
    for (class, scores) in scores.classes.iter().enumerate() {
        text += &format!(
            "{class:>5}  {:>9.4}  {:>6.4}  {:>6.4}  {:>7}\n",
            scores.precision, scores.recall, scores.f1, scores.support
        );
    }
    text += &format!("\ntop-3 accuracy {:.2} %\n", 100.0 * scores.top_k(3));
    text
}

fn about_the_sum(head: HeadName, scores: &Classification) -> String {
    let (mean, std) = (scores.output_sum_mean, scores.output_sum_std);
    let measured = format!("sum of an image's ten outputs: mean {mean:.4}, standard deviation {std:.4}.");
    let meaning = match head {
        HeadName::Softmax => {
            "Softmax makes them one distribution over classes that exclude one another:\n\
             they sum to 1 whatever the image shows."
        }
        _ if (mean - 1.0).abs() < 0.1 => {
            "Each sigmoid is a probability of its own, and nothing makes the ten sum to 1.\n\
             That they nearly do is learned, from images that all have one label; the\n\
             spread shows where the network doubts."
        }
        _ => {
            "Each sigmoid is a probability of its own, and nothing makes the ten sum to 1.\n\
             Images that all have one label teach them to, nearly; this network has not\n\
             learned it."
        }
    };
    format!("{measured}\n{meaning}")
}
