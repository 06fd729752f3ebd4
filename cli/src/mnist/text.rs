//! What the terminal says of one run.

use super::{Flags, HeadName, Results, scores};
use crate::output::Text;
use gradlens::metrics::Classification;
use gradlens::{Report, Stopped};
use std::io::{self, Write};
use std::time::Instant;

pub fn print(
    flags: &Flags,
    names: &[String],
    out: &mut Text,
    results: &Results,
    began: Instant,
) -> io::Result<()> {
    let (report, evaluation) = results;
    let scores = scores(evaluation);
    if !flags.quiet {
        write!(out, "{}", ending(report))?;
        write!(out, "{}", tables(scores, names))?;
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

/// Greatest number of classes of which the whole confusion is shown: as many columns fit on a terminal.
const SQUARE: usize = 20;
/// How many mistakes are shown of more classes.
const MISTAKES: usize = 10;

fn tables(scores: &Classification, names: &[String]) -> String {
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let mut text = if names.len() <= SQUARE { square(scores, names, width) } else { mistakes(scores, names) };
    let (column, name) = (width.max(5), "class");
    text += &format!("\n\n{name:<column$}  precision  recall      F1  samples\n");
    for (name, scores) in names.iter().zip(&scores.classes) {
        text += &format!(
            "{name:>column$}  {:>9.4}  {:>6.4}  {:>6.4}  {:>7}\n",
            scores.precision, scores.recall, scores.f1, scores.support
        );
    }
    if names.len() > 3 {
        text += &format!("\ntop-3 accuracy {:.2} %\n", 100.0 * scores.top_k(3));
    }
    text
}

/// How often each class was taken for each.
fn square(scores: &Classification, names: &[String], width: usize) -> String {
    let row = width.max(4);
    let mut text = String::from("confusion on the test set (row: true class, column: predicted)\n");
    text += &" ".repeat(row);
    text.extend(names.iter().map(|name| format!("{:>6}", name.chars().take(5).collect::<String>())));
    for (name, counts) in names.iter().zip(scores.confusion.rows()) {
        text += &format!("\n{name:>row$}");
        text.extend(
            counts
                .iter()
                .map(|count| if *count == 0 { format!("{:>6}", ".") } else { format!("{count:>6}") }),
        );
    }
    text
}

/// Which classes were most often taken for which.
fn mistakes(scores: &Classification, names: &[String]) -> String {
    let wrong =
        scores.confusion.indexed_iter().filter(|((class, found), count)| class != found && **count > 0);
    let mut wrong: Vec<_> = wrong.collect();
    wrong.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let mut text = String::from("most frequent mistakes on the test set (true class, predicted, how often)");
    for ((class, found), count) in wrong.into_iter().take(MISTAKES) {
        text += &format!("\n{:>12} {:>12} {count:>7}", names[class], names[found]);
    }
    text
}

fn about_the_sum(head: HeadName, scores: &Classification) -> String {
    let (mean, std) = (scores.output_sum_mean, scores.output_sum_std);
    let outputs = match scores.classes.len() {
        10 => "ten".to_string(),
        outputs => outputs.to_string(),
    };
    let measured =
        format!("sum of an image's {outputs} outputs: mean {mean:.4}, standard deviation {std:.4}.");
    let meaning = match head {
        HeadName::Softmax => {
            "Softmax makes them one distribution over classes that exclude one another:\n\
             they sum to 1 whatever the image shows."
        }
        _ if (mean - 1.0).abs() < 0.1 => {
            "Each sigmoid is a probability of its own, and nothing makes them sum to 1.\n\
             That they nearly do is learned, from images that all have one label; the\n\
             spread shows where the network doubts."
        }
        _ => {
            "Each sigmoid is a probability of its own, and nothing makes them sum to 1.\n\
             Images that all have one label teach them to, nearly; this network has not\n\
             learned it."
        }
    };
    format!("{measured}\n{meaning}")
}
