//! Scores of classes that exclude one another.

use gradlens::Evaluation;
use gradlens::metrics::Classification;
use serde_json::{Value, json};

/// The most classes whose whole confusion is shown: as many columns fit on a terminal.
const CONFUSION: usize = 20;
/// How many mistakes are shown of more classes.
const MISTAKES: usize = 10;

/// The scores of an evaluation on classes.
pub fn scores(evaluation: &Evaluation) -> &Classification {
    evaluation.classification.as_ref().expect("the targets are classes")
}

/// The confusion matrix, where it is not too wide, and the scores of every class. `samples` says which they are.
pub fn tables(scores: &Classification, names: &[String], samples: &str) -> String {
    let mut text = String::new();
    let classes = scores.classes.len();
    let title = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(4);
    if classes <= CONFUSION {
        text += &format!("confusion on the {samples} (row: true class, column: predicted)\n{:title$}", "");
        let width = if title <= 4 { 6 } else { title.min(10) + 2 };
        let shortened = |name: &String| name.chars().take(width - 2).collect::<String>();
        text.extend(names.iter().map(|name| format!("{:>width$}", shortened(name))));
        for (name, row) in names.iter().zip(scores.confusion.rows()) {
            text += &format!("\n{name:>title$}");
            text.extend(row.iter().map(|count| match count {
                0 => format!("{:>width$}", "."),
                count => format!("{count:>width$}"),
            }));
        }
        text += "\n\n";
    } else {
        text += &mistakes(scores, names, samples);
    }
    let title = title.max(5);
    text += &format!("{:<title$}  precision  recall      F1  samples\n", "class");
    for (name, scores) in names.iter().zip(&scores.classes) {
        text += &format!(
            "{name:>title$}  {:>9.4}  {:>6.4}  {:>6.4}  {:>7}\n",
            scores.precision, scores.recall, scores.f1, scores.support
        );
    }
    if classes > 3 {
        text += &format!("\ntop-3 accuracy {:.2} %\n", 100.0 * scores.top_k(3));
    }
    text
}

/// Which classes were most often taken for which.
fn mistakes(scores: &Classification, names: &[String], samples: &str) -> String {
    let wrong =
        scores.confusion.indexed_iter().filter(|((class, found), count)| class != found && **count > 0);
    let mut wrong: Vec<_> = wrong.collect();
    wrong.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let mut text = format!("most frequent mistakes on the {samples} (true class, predicted, how often)\n");
    for ((class, found), count) in wrong.into_iter().take(MISTAKES) {
        text += &format!("{:>12} {:>12} {count:>7}\n", names[class], names[found]);
    }
    text + "\n"
}

/// The line that says it all.
pub fn line(evaluation: &Evaluation, samples: &str) -> String {
    let scores = scores(evaluation);
    format!(
        "{samples} accuracy {:.2} %  loss {:.4}  ECE {:.4}",
        100.0 * scores.accuracy,
        evaluation.loss,
        scores.ece
    )
}

pub fn json(evaluation: &Evaluation, names: &[String]) -> Value {
    let scores = scores(evaluation);
    let classes = scores.classes.iter().zip(names).map(|(class, name)| {
        json!({ "name": name, "precision": class.precision, "recall": class.recall, "f1": class.f1, "samples": class.support })
    });
    let bins = scores
        .bins
        .iter()
        .map(|bin| json!({ "samples": bin.count, "confidence": bin.confidence, "accuracy": bin.accuracy }));
    json!({
        "accuracy": scores.accuracy,
        "loss": evaluation.loss,
        "ece": scores.ece,
        "output_sum_mean": scores.output_sum_mean,
        "output_sum_std": scores.output_sum_std,
        "top_3_accuracy": scores.top_k(3),
        "confusion": scores.confusion.rows().into_iter().map(|row| row.to_vec()).collect::<Vec<_>>(),
        "classes": classes.collect::<Vec<_>>(),
        "calibration": bins.collect::<Vec<_>>(),
    })
}
