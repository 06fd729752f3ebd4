//! What was learned of classes.

use super::Learned;
use crate::results::images::Layout;
use crate::results::reliability;
use crate::results::verdict::Verdict;
use gradlens::metrics::{ClassScores, Classification};
use gradlens::report::{Bars, Figure, HeatMap, Page, Scale};
use gradlens::{Link, short};

/// The worst mistakes that are shown.
const MISTAKES: usize = 24;
/// Classes that are drawn, at most.
const DRAWN: usize = 20;

impl Learned<'_> {
    pub(super) fn title_of_classes(&self, classes: &Classification) -> String {
        let wrong = (self.samples.len() as f64 * (1.0 - classes.accuracy)).round();
        format!(
            "{:.2} % of the {} are right, {wrong} of {} are not",
            100.0 * classes.accuracy,
            self.what,
            self.samples.len()
        )
    }

    pub(super) fn classes(&self, page: &mut Page, classes: &Classification) {
        let names = &self.session.data.target_names;
        let truth = self.samples.labels().unwrap_or_default();
        let right: Vec<bool> =
            truth.iter().zip(self.said()).map(|(&class, (said, p))| class == said && p.is_finite()).collect();
        Verdict::of_classes(truth, &right, names).show(page);
        page.figure(&match names.len() <= DRAWN {
            true => confusion(classes, names, self.what),
            false => least_found(classes, names, self.what),
        });
        let wrong = self.worst();
        let size = self.session.data.image_size;
        let layout = size.and_then(|size| Layout::of(size, self.samples.input_len()));
        page.details("The worst mistakes", false, |page| match layout {
            _ if wrong.is_empty() => page.paragraph("There are none."),
            Some(layout) => self.images(page, &wrong, layout),
            None => self.rows(page, &wrong),
        });
        let row = |(name, class): (&String, &ClassScores)| {
            vec![
                name.clone(),
                short(class.precision),
                short(class.recall),
                short(class.f1),
                class.support.to_string(),
            ]
        };
        let rows: Vec<Vec<String>> = names.iter().zip(&classes.classes).map(row).collect();
        let caption = "Precision: of those said to be of the class, the share that is. Recall: of those of the class, the share that is \
                       found. F1: their harmonic mean.";
        page.details("Every class", false, |page| {
            page.table(caption, 1, &["class", "precision", "recall", "F1", "samples"], &rows);
        });
        if matches!(self.net.head().spec().link, Link::Softmax | Link::Sigmoid) {
            page.details("Whether it is right as often as it says", false, |page| {
                page.figure(&reliability::picture(
                    &classes.bins,
                    "probability that it gives",
                    "share that is right",
                ));
            });
        }
    }

    /// The class that is said of every sample, and its output.
    fn said(&self) -> impl Iterator<Item = (usize, f32)> {
        self.evaluation.predictions.rows().into_iter().map(|row| {
            let best =
                |best: (usize, f32), (class, &p): (usize, &f32)| if p > best.1 { (class, p) } else { best };
            row.iter().enumerate().fold((0, f32::NEG_INFINITY), best)
        })
    }

    /// Samples that are taken for another class, the surest first: row, true class, said class, its probability.
    fn worst(&self) -> Vec<(usize, usize, usize, f32)> {
        let truth = self.samples.labels().unwrap_or_default();
        let all =
            truth.iter().zip(self.said()).enumerate().map(|(row, (&class, (said, p)))| (row, class, said, p));
        let mut wrong: Vec<_> = all.filter(|(_, class, said, _)| class != said).collect();
        wrong.sort_by(|a, b| b.3.total_cmp(&a.3));
        wrong.truncate(MISTAKES);
        wrong
    }

    fn images(&self, page: &mut Page, wrong: &[(usize, usize, usize, f32)], layout: Layout) {
        let names = &self.session.data.target_names;
        let rows: Vec<usize> = wrong.iter().map(|wrong| wrong.0).collect();
        let inputs = self.samples.select(&rows).inputs();
        let image = |(inputs, &(_, class, said, p))| {
            let caption = format!("said {} with {:.0} %", names[said], 100.0 * p);
            (inputs, format!("{}:", names[class]), caption)
        };
        layout.show(page, inputs.rows().into_iter().zip(wrong).map(image));
    }

    fn rows(&self, page: &mut Page, wrong: &[(usize, usize, usize, f32)]) {
        let names = &self.session.data.target_names;
        let row = |&(row, class, said, p): &(usize, usize, usize, f32)| {
            vec![
                names[class].clone(),
                names[said].clone(),
                (row + 1).to_string(),
                format!("{:.1} %", 100.0 * p),
            ]
        };
        let caption = format!("Of the {}, the surest first; counted from 1.", self.what);
        let header = ["truth", "said", "sample", "said with"];
        page.table(&caption, 2, &header, &wrong.iter().map(row).collect::<Vec<_>>());
    }
}

/// Which class is taken for which, as shares of the true one.
fn confusion(classes: &Classification, names: &[String], what: &str) -> Figure {
    let rows: Vec<Vec<f64>> = classes
        .confusion
        .rows()
        .into_iter()
        .map(|row| {
            let all: usize = row.iter().sum();
            row.iter().map(|&count| if all == 0 { f64::NAN } else { count as f64 / all as f64 }).collect()
        })
        .collect();
    let words = |share: f64| if share < 0.005 { String::new() } else { format!("{:.0}", 100.0 * share) };
    HeatMap::new("said", "truth", names.iter().map(String::as_str), names.iter().map(String::as_str)).numbers(
        &rows,
        Scale::Share,
        words,
        "What is taken for what.",
        format!("Of the {what} of each class, the percentage that is said to be of each. On the diagonal is what is right."),
    )
}

/// Of many classes those that are found least often.
fn least_found(classes: &Classification, names: &[String], what: &str) -> Figure {
    let mut found: Vec<(&str, f64)> = names
        .iter()
        .zip(&classes.classes)
        .filter(|(_, class)| class.support > 0)
        .map(|(name, class)| (name.as_str(), class.recall))
        .collect();
    let all = found.len();
    found.sort_by(|a, b| a.1.total_cmp(&b.1));
    found.truncate(DRAWN);
    Bars::new("class", "recall", found.iter().map(|(name, _)| *name))
        .bars("", found.iter().map(|(_, recall)| *recall))
        .figure(
            "The classes that are found least often.",
            format!(
                "Of the {what} of each class, the share that is found: {} of {all} classes.",
                found.len()
            ),
        )
}
