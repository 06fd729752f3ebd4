//! What was learned of labels.

use super::{Learned, SHOWN};
use crate::results::verdict::Verdict;
use crate::results::{labels, reliability};
use gradlens::Link;
use gradlens::metrics::LabelScores;
use gradlens::report::{Bars, Page};
use ndarray::{Array2, ArrayView1, Zip};

impl Learned<'_> {
    pub(super) fn title_of_labels(&self) -> String {
        let right = labels::label_accuracy(self.evaluation, self.samples);
        format!("{:.2} % of the labels of the {} are right", 100.0 * right, self.what)
    }

    pub(super) fn labels(&self, page: &mut Page) {
        let Some(truth) = self.samples.target_rows() else { return };
        let names = &self.session.data.target_names;
        let scores =
            labels::scores(self.evaluation, self.samples, self.net.head().spec().link == Link::Sigmoid);
        let truth = truth.mapv(|truth| truth >= 0.5);
        let said = self.evaluation.predictions.mapv(|p| p >= 0.5);
        let right = Zip::from(&truth).and(&said).map_collect(|truth, said| truth == said);
        // What would be right if every label were said of all samples, or of none.
        let mostly: Vec<bool> = truth.columns().into_iter().map(|label| share(label) >= 0.5).collect();
        let alike: Vec<f64> = truth
            .rows()
            .into_iter()
            .map(|row| row.iter().zip(&mostly).filter(|(truth, mostly)| truth == mostly).count())
            .map(|count| count as f64 / names.len().max(1) as f64)
            .collect();
        let of_samples: Vec<f64> = right.rows().into_iter().map(share).collect();
        Verdict::of_labels(&of_samples, &alike).show(page);
        let some = match names.len() {
            count if count > SHOWN => format!(" The first {SHOWN} of {count} labels."),
            _ => String::new(),
        };
        let bars = |y: &str| Bars::new("label", y, names.iter().take(SHOWN).map(String::as_str));
        let shares =
            |of: &Array2<bool>| -> Vec<f64> { of.columns().into_iter().take(SHOWN).map(share).collect() };
        let has = shares(&truth);
        let constant = has.iter().map(|&share| share.max(1.0 - share));
        page.figure(
            &bars("share of samples")
                .bars("is right", shares(&right))
                .bars("would be, if the same were said of all", constant)
                .figure("How often each label is right.", format!("Of the {}.{some}", self.what)),
        );
        page.details("How often each label holds, and how often it is said to", false, |page| {
            page.figure(
                &bars("share of samples")
                    .bars("has it", has.iter().copied())
                    .bars("is said to have it", shares(&said))
                    .figure("How often each label holds.", format!("Of the {}.{some}", self.what)),
            );
        });
        page.details("Whether labels hold as often as it says", false, |page| {
            let bins = reliability::pooled(&scores.labels);
            page.figure(&reliability::picture(&bins, "probability of a label", "share that has it"));
        });
        page.details("Every label", false, |page| {
            let row = |(name, label): (&String, &LabelScores)| {
                let numbers = [label.precision, label.recall, label.f1, label.roc_auc].map(labels::shown);
                [name.clone()]
                    .into_iter()
                    .chain(numbers)
                    .chain([label.support.to_string()])
                    .collect::<Vec<_>>()
            };
            let rows: Vec<Vec<String>> = names.iter().zip(&scores.labels).map(row).collect();
            let header = ["label", "precision", "recall", "F1", "ROC-AUC", "samples"];
            page.table("Said from a probability of 1/2 on.", 1, &header, &rows);
        });
        page.details("All scores of the labels", false, |page| {
            let row = |(name, value): &(&str, f64)| vec![name.to_string(), labels::shown(*value)];
            let rows: Vec<Vec<String>> = scores.metrics().iter().map(row).collect();
            page.table("Over all labels.", 1, &["score", "value"], &rows);
        });
    }
}

fn share(of: ArrayView1<bool>) -> f64 {
    of.iter().filter(|&&holds| holds).count() as f64 / of.len().max(1) as f64
}
