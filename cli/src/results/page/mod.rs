//! What a trained network has learned, as a page.

mod classes;
mod labels;
mod regression;

use crate::flags::files::story;
use crate::session::Session;
use crate::table::capital;
use gradlens::data::Task;
use gradlens::report::{Figure, Lines};
use gradlens::{Dataset, EpochRecord, Evaluation, Sequential, short};
use std::path::Path;

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
            match (&self.evaluation.classification, self.session.data.task) {
                (Some(classes), _) => self.classes(page, classes),
                (None, Task::Labels) => self.labels(page),
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
        match (&self.evaluation.classification, self.session.data.task) {
            (Some(classes), _) => self.title_of_classes(classes),
            (None, Task::Labels) => self.title_of_labels(),
            _ => self.title_of_numbers(),
        }
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
