//! What a trained network has learned, as a page.

use super::{labels, regression};
use crate::flags::files::story;
use crate::session::Session;
use crate::table::capital;
use gradlens::data::Task;
use gradlens::metrics::{ClassScores, Classification, LabelScores, Regression};
use gradlens::report::{Bars, Figure, HeatMap, Lines, Page, Scale, image};
use gradlens::{Dataset, EpochRecord, Evaluation, Link, Sequential, short};
use ndarray::ArrayView1;
use std::path::Path;

/// The worst mistakes that are shown.
const MISTAKES: usize = 24;
/// Classes of which the confusion is drawn, at most.
const DRAWN: usize = 20;
/// Numbers of a regression that are drawn, at most.
const POINTS: usize = 200;

/// Labels and targets that are shown, at most.
const SHOWN: usize = 30;

/// Where a network comes from.
pub enum Origin<'a> {
    /// It was trained, with these epochs.
    Trained(&'a [EpochRecord]),
    /// It was saved in this file.
    Saved(&'a Path),
}

/// What there is to be shown.
pub struct Learned<'a> {
    pub session: &'a Session,
    pub net: &'a Sequential,
    pub origin: Origin<'a>,
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
            page.paragraph(&self.about());
            match (&self.evaluation.classification, self.samples.target_rows()) {
                (Some(classes), _) => self.classes(page, classes),
                (None, Some(_)) if self.session.data.task == Task::Labels => self.labels(page),
                _ => self.regression(page),
            }
            if let Origin::Trained(epochs) = self.origin {
                page.details("How it was learned", false, |page| page.figure(&loss(epochs)));
            }
            page.details("The network", false, |page| page.preformatted(&self.net.to_string()));
            if let Origin::Trained(_) = self.origin {
                page.details("The config that repeats the run: gradlens train run.toml", false, |page| {
                    page.preformatted(&self.session.config.to_toml());
                });
            }
        })
    }

    /// What was measured, in two sentences.
    fn about(&self) -> String {
        let (weights, samples) = (self.net.params().len(), format!("{} {}", self.samples.len(), self.what));
        let network = match self.origin {
            Origin::Trained(epochs) => format!(
                "A network of {weights} weights, trained on {} samples for {} epochs and measured on {samples}",
                self.session.data.train.len(),
                epochs.len()
            ),
            Origin::Saved(path) => {
                format!("The network of {}, {weights} weights, measured on {samples}", path.display())
            }
        };
        format!("{network}. {}.", capital(&self.line.trim().replace("  ", ", ")))
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
            _ if self.samples.target_rows().is_none() => format!("What was learned: {}", self.line.trim()),
            _ => {
                let targets = self.targets();
                let Some((name, scores)) = targets.first() else { return self.line.trim().into() };
                let which = match targets.len() {
                    1 => name.clone(),
                    count => format!("{name}, the worst of {count} targets,"),
                };
                let [error, constant] = [scores.rmse, scores.constant_rmse].map(short);
                format!(
                    "On the {what} {which} is off by {error} (root mean square), where the best constant is off by {constant}"
                )
            }
        }
    }

    /// Each target of a regression with its scores, the one first that gains least on the best constant.
    fn targets(&self) -> Vec<(String, Regression)> {
        let mut each = regression::by_target(self.evaluation, self.samples, &self.session.data);
        if each.is_empty() {
            let scores = regression::scores(self.evaluation, self.samples, &self.session.data);
            each.extend(self.session.data.target_names.first().map(|name| (name.clone(), scores)));
        }
        let gain = |scores: &Regression| scores.rmse / scores.constant_rmse;
        each.sort_by(|a, b| gain(&b.1).total_cmp(&gain(&a.1)));
        each
    }

    fn classes(&self, page: &mut Page, classes: &Classification) {
        let names = &self.session.data.target_names;
        if names.len() <= DRAWN {
            page.figure(&confusion(classes, names, self.what));
        }
        let wrong = self.worst();
        page.details("The worst mistakes", true, |page| {
            match self.session.data.pixels.and_then(|_| side(self.samples.input_len())) {
                _ if wrong.is_empty() => page.paragraph("There are none."),
                Some(side) => page.thumbnails(&self.images(&wrong, side)),
                None => self.rows(page, &wrong),
            }
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

    fn images(&self, wrong: &[(usize, usize, usize, f32)], side: usize) -> Vec<Figure> {
        let names = &self.session.data.target_names;
        let picture = |&(row, class, said, p): &(usize, usize, usize, f32)| {
            let pixels = self.samples.select(&[row]).inputs();
            let caption = format!("said {} with {:.0} %", names[said], 100.0 * p);
            picture(pixels.row(0), side, format!("{}:", names[class]), caption)
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
        let some = match names.len() {
            count if count > SHOWN => format!(" The first {SHOWN} of {count} labels."),
            _ => String::new(),
        };
        let shown = || names.iter().take(SHOWN).map(String::as_str);
        if let Some(truth) = self.samples.target_rows() {
            let said = self.evaluation.predictions.mapv(|p| p >= 0.5);
            let share = |column: usize, holds: &dyn Fn(bool, bool) -> bool| {
                let pairs = truth.column(column).into_iter().zip(said.column(column));
                let count = pairs.filter(|(truth, said)| holds(**truth >= 0.5, **said)).count();
                count as f64 / truth.nrows().max(1) as f64
            };
            let bars = |holds: &dyn Fn(bool, bool) -> bool| -> Vec<f64> {
                (0..names.len().min(SHOWN)).map(|column| share(column, holds)).collect()
            };
            let has = bars(&|truth, _| truth);
            let constant = has.iter().map(|&share| share.max(1.0 - share));
            let right = Bars::new("label", "share of samples", shown())
                .bars("is right", bars(&|truth, said| truth == said))
                .bars("would be, if the same were said of all", constant);
            page.figure(
                &right.figure("How often each label is right.", format!("Of the {}.{some}", self.what)),
            );
            let often = Bars::new("label", "share of samples", shown())
                .bars("has it", has.iter().copied())
                .bars("is said to have it", bars(&|_, said| said));
            page.details("How often each label holds, and how often it is said to", false, |page| {
                page.figure(
                    &often.figure("How often each label holds.", format!("Of the {}.{some}", self.what)),
                );
            });
        }
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
            page.table(
                "Of every label; predicted are those with a probability of 1/2 or more.",
                1,
                &header,
                &rows,
            );
        });
        page.details("All scores of the labels", false, |page| {
            let row = |(name, value): &(&str, f64)| vec![name.to_string(), labels::shown(*value)];
            let rows: Vec<Vec<String>> = scores.metrics().iter().map(row).collect();
            page.table("Over all labels.", 1, &["score", "value"], &rows);
        });
    }

    fn regression(&self, page: &mut Page) {
        if self.samples.target_rows().is_none() {
            return;
        }
        let names = &self.session.data.target_names;
        let [predictions, truth] = regression::in_units(self.evaluation, self.samples, &self.session.data);
        let targets = self.targets();
        let picture = |(name, _): &(String, Regression)| {
            let column = names.iter().position(|other| other == name)?;
            Some(follows(truth.column(column), predictions.column(column), name, self.what))
        };
        let mut figures = targets.iter().take(SHOWN).filter_map(picture);
        figures.next().iter().for_each(|figure| page.figure(figure));
        let others: Vec<Figure> = figures.collect();
        if !others.is_empty() {
            page.details("The other targets", false, |page| page.figures(&others));
        }
        let row = |(name, scores): &(String, Regression)| {
            let numbers = [scores.mae, scores.constant_mae, scores.rmse, scores.constant_rmse];
            let r2 = scores.r2.map_or("not known".into(), |r2| format!("{r2:.4}"));
            [name.clone()].into_iter().chain(numbers.map(regression::number)).chain([r2]).collect::<Vec<_>>()
        };
        let rows: Vec<Vec<String>> = targets.iter().map(row).collect();
        page.details("All scores", false, |page| {
            let header = ["target", "MAE", "of a constant", "RMSE", "of a constant", "R2"];
            let caption = "Errors in the units of the table, beside those of the best constant.";
            page.table(caption, 1, &header, &rows);
        });
    }
}

/// Loss by epoch, in training and on what was set aside.
fn loss(epochs: &[EpochRecord]) -> Figure {
    let by = |value: fn(&EpochRecord) -> Option<f64>| {
        epochs.iter().filter_map(move |epoch| Some((epoch.epoch as f64, value(epoch)?)))
    };
    let mut lines =
        Lines::new("epoch", "loss").whole_x().line("training", by(|epoch| Some(epoch.train_loss)));
    if epochs.iter().any(|epoch| epoch.validation_loss.is_some()) {
        lines = lines.line("validation", by(|epoch| epoch.validation_loss));
    }
    let ends = match (epochs.first(), epochs.last()) {
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

/// How predictions follow the truth.
fn follows(truth: ArrayView1<f64>, said: ArrayView1<f64>, name: &str, what: &str) -> Figure {
    let mut pairs: Vec<(f64, f64)> = truth.iter().copied().zip(said.iter().copied()).collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let every = pairs.len().div_ceil(POINTS).max(1);
    let shown: Vec<(f64, f64)> = pairs.into_iter().step_by(every).collect();
    let at = |(place, value): (usize, f64)| ((place * every) as f64, value);
    let lines = Lines::new("sample, by its true value", name)
        .line("truth", shown.iter().map(|pair| pair.0).enumerate().map(at))
        .line("prediction", shown.iter().map(|pair| pair.1).enumerate().map(at));
    let caption = format!("The {what} in the order of the truth; a good prediction follows it.");
    lines.figure(format!("{name}, true and predicted."), caption)
}

/// An image of inputs, so wide, its least one as paper and its greatest as ink.
pub fn picture(pixels: ArrayView1<f32>, width: usize, title: String, caption: String) -> Figure {
    let least = pixels.iter().copied().fold(f32::INFINITY, f32::min);
    let span = pixels.iter().copied().fold(f32::NEG_INFINITY, f32::max) - least;
    let ink: Vec<f64> = pixels.iter().map(|x| f64::from((x - least) / span.max(f32::MIN_POSITIVE))).collect();
    image(width, &ink, title, caption)
}

/// The side of an image of so many pixels, if it is a square. (Of other images the size is not kept.)
pub fn side(pixels: usize) -> Option<usize> {
    Some(pixels.isqrt()).filter(|side| side.pow(2) == pixels)
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
