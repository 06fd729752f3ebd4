//! The numbers as a page with pictures.

use super::Outcome;
use super::finding::{Finding, Proof};
use super::text;
use crate::flags::files::story;
use crate::results::labels::{is_a_loss, shown};
use crate::results::reliability::{DIAGONAL, MEANING, curve, gap, pooled};
use crate::table::capital;
use gradlens::report::{Bars, Figure, Lines, Page, Tone, image};

pub fn page(outcome: &Outcome) -> String {
    let finding = Finding::of(outcome);
    let title = finding.as_ref().map_or("Nothing was learned".into(), Finding::title);
    story(&title, |page| {
        let about = text::about_the_data(&outcome.source, &outcome.statistics);
        let sentences: Vec<String> = about.lines().map(|line| format!("{}.", capital(line))).collect();
        page.paragraph(&sentences.join(" "));
        page.callout(Tone::Neutral, "What the numbers mean", "", |page| {
            page.list(text::meaning(outcome).lines());
        });
        let pictures = [
            (Proof::Sets, outcome.source.is_xor.then(|| sets(outcome))),
            (Proof::Labels, Some(by_label(outcome))),
            (Proof::Reliability, Some(reliability(outcome))),
        ];
        let proof = finding.as_ref().map(Finding::proof);
        let (proving, others): (Vec<_>, Vec<_>) =
            pictures.into_iter().partition(|(name, _)| Some(*name) == proof);
        let drawn =
            |pictures: Vec<(Proof, Option<Figure>)>| pictures.into_iter().filter_map(|(_, figure)| figure);
        drawn(proving).for_each(|figure| page.figure(&figure));
        page.details("More pictures", false, |page| {
            page.figures(&drawn(others).chain([sums(outcome)]).collect::<Vec<_>>());
        });
        page.details("All scores", false, |page| scores(page, outcome));
        page.details("Reliability by label (the first 30)", false, |page| {
            page.figures(&reliability_by_label(outcome));
        });
        if outcome.source.image_width.is_some() {
            page.details("Images of the test set", false, |page| page.thumbnails(&images(outcome)));
        }
        for model in &outcome.models {
            if let Some(seen) = &model.seen {
                let summary = format!("Where the gradient goes, {} head", model.title);
                page.details(&summary, false, |page| seen.describe(page));
            }
        }
    })
}

fn scores(page: &mut Page, outcome: &Outcome) {
    let (decided, others) = text::grouped(outcome);
    metrics_table(page, outcome, "Decisions on the test samples.", &decided);
    metrics_table(page, outcome, "Probabilities of the test samples, and their order.", &others);
    if let Some(reason) = text::about_undefined(outcome) {
        page.paragraph(&reason);
    }
}

fn metrics_table(page: &mut Page, outcome: &Outcome, caption: &str, metrics: &[&str]) {
    let titles = outcome.models.iter().map(|model| model.title);
    let header: Vec<&str> = ["metric"].into_iter().chain(titles).chain(["better is"]).collect();
    let rows: Vec<Vec<String>> = metrics
        .iter()
        .map(|metric| {
            let better = if is_a_loss(metric) { "less" } else { "more" };
            let values = outcome.models.iter().map(|model| shown(model.metric(metric)));
            [metric.to_string()].into_iter().chain(values).chain([better.to_string()]).collect()
        })
        .collect();
    page.table(caption, 1, &header, &rows);
}

fn reliability(outcome: &Outcome) -> Figure {
    let mut lines = Lines::new("predicted probability", "share that came true");
    for model in &outcome.models {
        lines = lines.line(model.title, curve(&pooled(&model.scores.labels)));
    }
    let words: Vec<String> = outcome
        .models
        .iter()
        .map(|model| format!("{} {:.4}", model.title, gap(&pooled(&model.scores.labels))))
        .collect();
    lines.line("perfect", DIAGONAL).figure(
        "Reliability, all labels together.",
        format!("{MEANING} Calibration error of all labels pooled: {}.", words.join(", ")),
    )
}

fn reliability_by_label(outcome: &Outcome) -> Vec<Figure> {
    let label = |(k, name): (usize, &String)| {
        let mut lines = Lines::new("predicted probability", "share that came true");
        let mut words = vec![];
        for model in &outcome.models {
            lines = lines.line(model.title, curve(&model.scores.labels[k].bins));
            words.push(format!("{} {:.4}", model.title, model.scores.labels[k].ece));
        }
        let caption = format!("Calibration error: {}.", words.join(", "));
        lines.line("perfect", DIAGONAL).figure(format!("Reliability of label {name}."), caption)
    };
    outcome.source.labels.iter().enumerate().take(30).map(label).collect()
}

fn by_label(outcome: &Outcome) -> Figure {
    let mut bars = Bars::new("label", "F1", outcome.source.labels.iter().take(30).map(|name| short(name)));
    let mut words = vec![];
    for model in &outcome.models {
        let f1 = || model.scores.labels.iter().take(30).map(|label| label.f1);
        let least = f1().fold(f64::INFINITY, f64::min);
        words.push(format!("{} from {least:.3} to {:.3}", model.title, f1().fold(0.0, f64::max)));
        bars = bars.bars(model.title, f1());
    }
    let shown = if outcome.source.labels.len() > 30 { "The first 30 labels: " } else { "" };
    bars.figure("F1 by label.", format!("{shown}{}.", words.join(", ")))
}

/// How often a whole set of labels is right.
fn sets(outcome: &Outcome) -> Figure {
    let right = outcome.models.iter().map(|model| model.metric("accuracy_score"));
    Bars::new("", "share of the test samples", outcome.models.iter().map(|model| model.title)).bars("", right).figure(
        "Whole sets that are right.",
        "The sigmoid head and the plain softmax decide each label by its threshold, the softmax over sets decides for the most \
         probable set. Bayes: thresholds on the true probabilities.",
    )
}

/// A name that fits below a bar.
fn short(name: &str) -> String {
    match name.char_indices().nth(8) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_string(),
    }
}

/// How many of the test samples have outputs that sum to so much.
fn sums(outcome: &Outcome) -> Figure {
    const BINS: usize = 20;
    let sums: Vec<Vec<f64>> = outcome
        .models
        .iter()
        .map(|model| model.probabilities.rows().into_iter().map(|row| row.sum()).collect())
        .collect();
    let top = sums.iter().flatten().fold(1.0, |a: f64, &b| a.max(b)) * (1.0 + 1e-9);
    let width = top / BINS as f64;
    let names = (0..BINS).map(|bin| format!("{:.1}", width * (bin as f64 + 0.5)));
    let mut bars = Bars::new("sum of a sample's outputs", "share of the samples", names);
    let mut words = vec![];
    for (model, sums) in outcome.models.iter().zip(&sums) {
        let mut counts = [0usize; BINS];
        sums.iter().for_each(|sum| counts[((sum / width) as usize).min(BINS - 1)] += 1);
        bars = bars.bars(model.title, counts.map(|count| count as f64 / sums.len() as f64));
        let (mean, std) = (model.scores.output_sum_mean, model.scores.output_sum_std);
        words.push(format!("{} {mean:.2} with a standard deviation of {std:.2}", model.title));
    }
    bars.figure(
        "Sum of the outputs.",
        format!(
            "The sum of probabilities is the number of labels expected. Mean: {}. There are {:.2}.",
            words.join(", "),
            outcome.source.truth.sum() / outcome.source.truth.nrows() as f32
        ),
    )
}

/// The first test images, with the labels that hold and those that either head predicts.
fn images(outcome: &Outcome) -> Vec<Figure> {
    let source = &outcome.source;
    let rows: Vec<usize> = (0..source.truth.nrows().min(36)).collect();
    let pixels = source.test.data.select(&rows).inputs();
    let set = |holds: &dyn Fn(usize) -> bool| {
        let names: Vec<&str> = source
            .labels
            .iter()
            .enumerate()
            .filter(|(k, _)| holds(*k))
            .map(|(_, name)| name.as_str())
            .collect();
        if names.is_empty() { "none".to_string() } else { names.join(" ") }
    };
    rows.iter()
        .map(|&row| {
            let ink: Vec<f64> = pixels.row(row).iter().map(|&pixel| f64::from(pixel)).collect();
            let truth = set(&|k| source.truth[[row, k]] > 0.5);
            let mut caption = String::new();
            for model in &outcome.models {
                let predicted = set(&|k| model.predicts(row, k));
                let mark = if predicted == truth { "" } else { " (wrong)" };
                caption += &format!("{}: {predicted}{mark}. ", model.title);
            }
            image(source.image_width.unwrap_or(1), &ink, format!("{truth}."), caption)
        })
        .collect()
}
