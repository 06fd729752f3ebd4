//! What a trained network has learned, as a page.

use super::{labels, regression};
use crate::flags::files::story;
use crate::session::Session;
use gradlens::data::Task;
use gradlens::metrics::Classification;
use gradlens::report::{Bars, Figure, HeatMap, Lines, Page, Scale, image};
use gradlens::{Dataset, EpochRecord, Evaluation, Link, Sequential, short};
use ndarray::{ArrayView1, Axis};

/// The worst mistakes that are shown.
const MISTAKES: usize = 24;
/// Classes of which the confusion is drawn, at most.
const DRAWN: usize = 20;
/// Numbers of a regression that are drawn, at most.
const POINTS: usize = 200;

/// What there is to be shown.
pub struct Learned<'a> {
    pub session: &'a Session,
    pub net: &'a Sequential,
    pub epochs: &'a [EpochRecord],
    pub evaluation: &'a Evaluation,
    pub samples: &'a Dataset,
    /// What the samples are called, and what was found in a line.
    pub what: &'a str,
    pub line: &'a str,
}

impl Learned<'_> {
    /// The page.
    pub fn html(&self) -> String {
        story(&self.title(), |page| {
            page.paragraph(&format!(
                "A network of {} weights, trained on {} samples for {} epochs and measured on {} {}. {}.",
                self.net.params().len(),
                self.session.data.train.len(),
                self.epochs.len(),
                self.samples.len(),
                self.what,
                self.line.trim()
            ));
            match (&self.evaluation.classification, self.samples.target_rows()) {
                (Some(classes), _) => self.classes(page, classes),
                (None, Some(_)) if self.session.data.task == Task::Labels => self.labels(page),
                _ => self.regression(page),
            }
            page.heading(2, "How it was learned");
            page.figure(&self.loss());
            page.heading(2, "The network and its settings");
            page.details("The network", false, |page| page.preformatted(&self.net.to_string()));
            page.details("The config that repeats the run: gradlens train run.toml", false, |page| {
                page.preformatted(&self.session.config.to_toml());
            });
        })
    }

    fn title(&self) -> String {
        let what = self.what;
        match (&self.evaluation.classification, self.session.data.task) {
            (Some(classes), _) => {
                let wrong = (self.samples.len() as f64 * (1.0 - classes.accuracy)).round();
                format!(
                    "{:.2} % of the {what} are right, {wrong} of {} are not",
                    100.0 * classes.accuracy,
                    self.samples.len()
                )
            }
            (None, Task::Labels) => {
                let right = labels::label_accuracy(self.evaluation, self.samples);
                format!("{:.2} % of the labels of the {what} are right", 100.0 * right)
            }
            _ => format!("What was learned: {}", self.line.trim()),
        }
    }

    /// Loss by epoch, in training and on what was set aside.
    fn loss(&self) -> Figure {
        let by = |value: fn(&EpochRecord) -> Option<f64>| {
            self.epochs.iter().filter_map(move |epoch| Some((epoch.epoch as f64, value(epoch)?)))
        };
        let mut lines =
            Lines::new("epoch", "loss").whole_x().line("training", by(|epoch| Some(epoch.train_loss)));
        if self.epochs.iter().any(|epoch| epoch.validation_loss.is_some()) {
            lines = lines.line("validation", by(|epoch| epoch.validation_loss));
        }
        let ends = match (self.epochs.first(), self.epochs.last()) {
            (Some(first), Some(last)) => {
                format!(
                    "From {} in the first epoch to {} in the last.",
                    short(first.train_loss),
                    short(last.train_loss)
                )
            }
            _ => String::new(),
        };
        lines.figure("Loss by epoch.", ends)
    }

    fn classes(&self, page: &mut Page, classes: &Classification) {
        let names = &self.session.data.target_names;
        if names.len() <= DRAWN {
            page.figure(&confusion(classes, names, self.what));
        }
        page.heading(2, "The worst mistakes");
        let wrong = self.worst();
        match self.session.data.pixels.is_some() && is_square(self.samples.input_len()) {
            _ if wrong.is_empty() => page.paragraph("There are none."),
            true => page.thumbnails(&self.images(&wrong)),
            false => self.rows(page, &wrong),
        }
        page.heading(2, "Every class");
        let row = |(name, class): (&String, &gradlens::metrics::ClassScores)| {
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
        page.table(caption, 1, &["class", "precision", "recall", "F1", "samples"], &rows);
    }

    /// Samples that are taken for another class, the surest first: row, true class, said class, its probability.
    fn worst(&self) -> Vec<(usize, usize, usize, f32)> {
        let truth = self.samples.labels().unwrap_or_default();
        let said = self.evaluation.predictions.rows().into_iter().map(|row| {
            let best =
                |best: (usize, f32), (class, &p): (usize, &f32)| if p > best.1 { (class, p) } else { best };
            row.iter().enumerate().fold((0, f32::NEG_INFINITY), best)
        });
        let all = truth.iter().zip(said).enumerate().map(|(row, (&class, (said, p)))| (row, class, said, p));
        let mut wrong: Vec<_> = all.filter(|(_, class, said, _)| class != said).collect();
        wrong.sort_by(|a, b| b.3.total_cmp(&a.3));
        wrong.truncate(MISTAKES);
        wrong
    }

    fn images(&self, wrong: &[(usize, usize, usize, f32)]) -> Vec<Figure> {
        let names = &self.session.data.target_names;
        let picture = |&(row, class, said, p): &(usize, usize, usize, f32)| {
            let pixels = self.samples.select(&[row]).inputs();
            let caption = format!("said {} with {:.0} %", names[said], 100.0 * p);
            picture(pixels.row(0), format!("{}:", names[class]), caption)
        };
        wrong.iter().map(picture).collect()
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

    fn labels(&self, page: &mut Page) {
        let names = &self.session.data.target_names;
        let scores =
            labels::scores(self.evaluation, self.samples, self.net.head().spec().link == Link::Sigmoid);
        let figure = Bars::new("label", "share of samples", names.iter().map(String::as_str));
        let truth = self.samples.target_rows().map(|rows| rows.mean_axis(Axis(0)).unwrap_or_default());
        let said = self.evaluation.predictions.mapv(|p| f32::from(u8::from(p >= 0.5))).mean_axis(Axis(0));
        let share = |mean: Option<ndarray::Array1<f32>>| -> Vec<f64> {
            mean.unwrap_or_default().iter().map(|&share| f64::from(share)).collect()
        };
        let figure = figure.bars("has it", share(truth)).bars("is said to have it", share(said));
        page.figure(&figure.figure("How often each label holds, and how often it is said to.", ""));
        let rows: Vec<Vec<String>> = scores
            .metrics()
            .iter()
            .map(|(name, value)| vec![name.to_string(), labels::shown(*value)])
            .collect();
        page.table("All scores of the labels.", 1, &["score", "value"], &rows);
    }

    fn regression(&self, page: &mut Page) {
        if self.samples.target_rows().is_none() {
            return;
        }
        let [predictions, truth] = regression::in_units(self.evaluation, self.samples, &self.session.data);
        for (column, name) in self.session.data.target_names.iter().enumerate().take(truth.ncols()) {
            let mut pairs: Vec<(f64, f64)> =
                truth.column(column).iter().zip(predictions.column(column)).map(|(&t, &p)| (t, p)).collect();
            pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
            let every = pairs.len().div_ceil(POINTS).max(1);
            let shown: Vec<(f64, f64)> = pairs.into_iter().step_by(every).collect();
            let at = |(place, value): (usize, f64)| ((place * every) as f64, value);
            let lines = Lines::new("sample, by its true value", name)
                .line("truth", shown.iter().map(|pair| pair.0).enumerate().map(at))
                .line("prediction", shown.iter().map(|pair| pair.1).enumerate().map(at));
            let caption =
                format!("The {} in the order of the truth; a good prediction follows it.", self.what);
            page.figure(&lines.figure(format!("{name}, true and predicted."), caption));
        }
    }
}

/// A square image of inputs, its least one as paper and its greatest as ink.
pub fn picture(pixels: ArrayView1<f32>, title: String, caption: String) -> Figure {
    let least = pixels.iter().copied().fold(f32::INFINITY, f32::min);
    let span = pixels.iter().copied().fold(f32::NEG_INFINITY, f32::max) - least;
    let ink: Vec<f64> = pixels.iter().map(|x| f64::from((x - least) / span.max(f32::MIN_POSITIVE))).collect();
    image(pixels.len().isqrt(), &ink, title, caption)
}

/// Whether so many pixels are those of a square, which can be shown. (Of other images their size is not known here.)
pub fn is_square(pixels: usize) -> bool {
    pixels.isqrt().pow(2) == pixels
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
