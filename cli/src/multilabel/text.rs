//! What the terminal says: tables, and three sentences on what the numbers mean.

use super::Outcome;
use super::model::{Model, is_decided};
use super::source::Source;
use crate::results::labels::{self, is_a_loss, one_kind, shown};
use crate::results::{right_aligned, table as new_table};
use gradlens::LabelStatistics;

pub fn about_the_data(source: &Source, statistics: &LabelStatistics) -> String {
    let most = statistics.frequencies.iter().fold(0.0, |a: f64, &b| a.max(b));
    let least = statistics.frequencies.iter().fold(1.0, |a: f64, &b| a.min(b));
    format!(
        "{}: {} samples to train on, {} to choose by, {} to measure on\n\
         labels of a training sample: {:.2} of {} on average (density {:.3}), none in {:.1} %; the rarest holds in {:.1} %, the most \
         frequent in {:.1} %",
        source.name,
        source.train.data.len(),
        source.validation.data.len(),
        source.truth.nrows(),
        statistics.cardinality,
        statistics.frequencies.len(),
        statistics.density,
        100.0 * statistics.empty,
        100.0 * least,
        100.0 * most
    )
}

/// The labels without ROC-AUC, each with the reason. They are the same for every model.
pub fn without_roc_auc(outcome: &Outcome) -> Vec<(&str, &'static str)> {
    let labels = outcome.models.first().map_or(vec![], |model| model.scores.without_roc_auc());
    labels.into_iter().map(|(k, all)| (outcome.source.labels[k].as_str(), one_kind(all))).collect()
}

/// Why `roc_auc_macro` is undefined, if it is.
pub fn about_undefined(outcome: &Outcome) -> Option<String> {
    labels::about_undefined(&outcome.models.first()?.scores, &outcome.source.labels)
}

pub fn table(outcome: &Outcome) -> String {
    let mut header = vec!["on the test samples".to_string()];
    header.extend(outcome.models.iter().map(|model| model.title.to_string()));
    header.push("better is".into());
    let mut table = new_table(header);
    for (metric, _) in &outcome.models[0].metrics {
        let mut row = vec![metric.to_string()];
        row.extend(outcome.models.iter().map(|model| shown(model.metric(metric))));
        row.push(if is_a_loss(metric) { "less" } else { "more" }.into());
        table.add_row(row);
    }
    right_aligned(table, 1..=outcome.models.len())
}

pub fn calibration(outcome: &Outcome) -> String {
    let mut text = String::new();
    for model in &outcome.models {
        if let Some(calibration) = &model.calibration {
            let Some(temperature) = calibration.temperature else {
                text +=
                    &format!("{}: no finite temperature suits the validation samples best\n", model.title);
                continue;
            };
            text += &format!(
                "{}: temperature {temperature:.3} by the validation samples takes the ECE from {:.4} to {:.4}, the log loss from {:.4} to {:.4}\n",
                model.title,
                model.scores.ece,
                calibration.ece_after,
                model.scores.log_loss,
                calibration.log_loss_after
            );
        }
    }
    text
}

/// The greatest number of labels in the table.
const SHOWN: usize = 30;

pub fn per_label(outcome: &Outcome) -> String {
    let mut table = new_table([
        "label",
        "samples",
        "model",
        "threshold",
        "precision",
        "recall",
        "F1",
        "ROC-AUC",
        "AP",
        "ECE",
    ]);
    let labels = &outcome.source.labels;
    for (k, name) in labels.iter().enumerate().take(SHOWN) {
        for (index, model) in outcome.models.iter().enumerate() {
            let scores = &model.scores.labels[k];
            let mut row = match index {
                0 => vec![name.clone(), scores.support.to_string()],
                _ => vec![String::new(), String::new()],
            };
            row.extend([model.title.to_string(), format!("{:.3}", model.thresholds[k])]);
            row.extend(
                [
                    scores.precision,
                    scores.recall,
                    scores.f1,
                    scores.roc_auc,
                    scores.average_precision,
                    scores.ece,
                ]
                .map(shown),
            );
            table.add_row(row);
        }
    }
    let text = right_aligned(table, [1, 3, 4, 5, 6, 7, 8, 9]);
    match labels.len() {
        count if count > SHOWN => {
            format!("{text}\n... and {} labels more, in the file of --json", count - SHOWN)
        }
        _ => text,
    }
}

/// The mean number of labels that a model predicts.
fn predicted(model: &Model) -> f64 {
    let (rows, labels) = model.probabilities.dim();
    let count = (0..rows).map(|row| (0..labels).filter(|&k| model.predicts(row, k)).count()).sum::<usize>();
    count as f64 / rows as f64
}

/// The sentences, a line each, from the numbers as they are.
pub fn meaning(outcome: &Outcome) -> String {
    let complete = |name| outcome.model(name).filter(|model| model.is_complete);
    let (Some(sigmoid), Some(softmax)) = (complete("sigmoid"), complete("softmax")) else {
        return "Not both heads were trained to the end, so there is nothing to compare.".into();
    };
    if let Some(sets) = outcome.model("sets") {
        return about_sets(outcome, sigmoid, softmax, sets);
    }
    [
        about_decisions(outcome, sigmoid, softmax),
        about_probabilities(outcome, sigmoid, softmax),
        about_the_ranking(outcome, sigmoid, softmax),
    ]
    .join("\n")
}

/// The metric of the true marginals, where they are known.
fn truth(outcome: &Outcome, metric: &str) -> String {
    outcome
        .model("bayes")
        .map_or(String::new(), |bayes| format!(", with the true probabilities {:.4}", bayes.metric(metric)))
}

/// A metric under either head and for the true marginals.
fn three(outcome: &Outcome, metric: &str) -> String {
    let of = |name| outcome.model(name).map_or(f64::NAN, |model| model.metric(metric));
    format!(
        "{:.4} under the sigmoid head and {:.4} under the softmax{}",
        of("sigmoid"),
        of("softmax"),
        truth(outcome, metric)
    )
}

fn about_decisions(outcome: &Outcome, sigmoid: &Model, softmax: &Model) -> String {
    let labels = outcome.source.truth.sum() / outcome.source.truth.nrows() as f32;
    let least = softmax.thresholds.iter().fold(1.0, |a: f64, &b| a.min(b));
    let start = format!("Decisions: F1 (micro) is {}", three(outcome, "f1_micro"));
    let counts = format!(
        "it predicts {:.2} labels a sample (sigmoid {:.2}) where there are {labels:.2}",
        predicted(softmax),
        predicted(sigmoid)
    );
    if least >= 0.5 {
        let bound = match labels > 1.0 {
            true => format!(
                ", and its recall cannot exceed 1/{labels:.2} = {:.3} (it is {:.3})",
                1.0 / labels,
                softmax.metric("recall_micro")
            ),
            false => String::new(),
        };
        format!(
            "{start}: the softmax's outputs share a sum of 1, so at most one of them can pass 0.5; {counts}{bound}."
        )
    } else {
        format!(
            "{start}: the softmax's outputs share a sum of 1, so at most one of them can pass 0.5, and thresholds below that (the least is \
             {least:.3}) let it predict more labels; {counts}."
        )
    }
}

fn about_probabilities(outcome: &Outcome, sigmoid: &Model, softmax: &Model) -> String {
    format!(
        "Probabilities: the log loss is {}, the calibration error {}: a softmax output is a share of one whole and not the probability that \
         a label holds (a sample's outputs sum to {:.2} on average, the sigmoid's to {:.2}).",
        three(outcome, "log_loss"),
        three(outcome, "ece"),
        softmax.scores.output_sum_mean,
        sigmoid.scores.output_sum_mean,
    )
}

fn about_the_ranking(outcome: &Outcome, sigmoid: &Model, softmax: &Model) -> String {
    let lrap = "label_ranking_average_precision_score";
    let difference = (sigmoid.metric(lrap) - softmax.metric(lrap)).abs();
    format!(
        "Ranking: which label comes before which within a sample {}: label-ranking average precision is {}.",
        if difference < 0.02 {
            format!("changes by {difference:.4}, so hardly")
        } else {
            format!("changes as well, by {difference:.4}")
        },
        three(outcome, lrap),
    )
}

fn about_sets(outcome: &Outcome, sigmoid: &Model, softmax: &Model, sets: &Model) -> String {
    let right = |model: &Model| 100.0 * model.metric("accuracy_score");
    format!(
        "Sets: exactly one of the two labels holds, each in half of the samples. Thresholds on the marginals are right in {:.1} % of the \
         samples (sigmoid){}, a softmax over the four sets in {:.1} %, where half is the most that can be expected of anyone: marginals do not say \
         which labels go together.\n\
         Head: the plain softmax is right in {:.1} %; labels that exclude one another are what it is for, with thresholds of 1/2.\n\
         Probabilities: the log loss is {}, over sets {:.4}; the least that can be expected is ln 2 = 0.6931. Metrics that decide or \
         rank say little of the true marginals here, which are all 1/2 and tie.",
        right(sigmoid),
        outcome
            .model("bayes")
            .map_or(String::new(), |bayes| format!(" or {:.1} % (the true marginals)", right(bayes))),
        right(sets),
        right(softmax),
        three(outcome, "log_loss"),
        sets.metric("log_loss"),
    )
}

/// Names of metrics that rest on decisions, and those that do not.
pub fn grouped(outcome: &Outcome) -> (Vec<&'static str>, Vec<&'static str>) {
    outcome.models[0].metrics.iter().map(|(name, _)| *name).partition(|name| is_decided(name))
}
