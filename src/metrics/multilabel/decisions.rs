//! Metrics of yes and no.

use crate::metrics::{mean, ratio};
use serde::Serialize;
use std::iter::Sum;

/// What precision, recall and F1 need of a set of decisions.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    /// Predicted and true.
    pub both: usize,
    /// Predicted.
    pub predicted: usize,
    /// True.
    pub support: usize,
}

impl Counts {
    pub fn add(&mut self, predicted: bool, truth: bool) {
        self.both += usize::from(predicted && truth);
        self.predicted += usize::from(predicted);
        self.support += usize::from(truth);
    }

    /// TP / (TP + FP), or 0 for 0 / 0.
    pub fn precision(&self) -> f64 {
        ratio(self.both, self.predicted)
    }

    /// TP / (TP + FN), or 0 for 0 / 0.
    pub fn recall(&self) -> f64 {
        ratio(self.both, self.support)
    }

    /// 2 TP / (2 TP + FP + FN), or 0 for 0 / 0.
    pub fn f1(&self) -> f64 {
        ratio(2 * self.both, self.predicted + self.support)
    }

    /// FP + FN.
    pub fn wrong(&self) -> usize {
        self.predicted + self.support - 2 * self.both
    }
}

impl<'a> Sum<&'a Counts> for Counts {
    fn sum<I: Iterator<Item = &'a Counts>>(counts: I) -> Counts {
        counts.fold(Counts::default(), |sum, counts| Counts {
            both: sum.both + counts.both,
            predicted: sum.predicted + counts.predicted,
            support: sum.support + counts.support,
        })
    }
}

/// One metric, averaged over labels in three ways and over samples: scikit-learn's `average`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Averages {
    /// The metric of all (sample, label) pairs as one set of decisions.
    pub micro: f64,
    /// Mean over labels.
    pub macro_: f64,
    /// Mean over labels, weighted by the samples that have the label; 0 if no sample has one.
    pub weighted: f64,
    /// Mean over samples, of the metric of a sample's decisions.
    pub samples: f64,
}

impl Averages {
    pub(super) fn new(labels: &[Counts], samples: &[Counts], metric: fn(&Counts) -> f64) -> Self {
        let all: Counts = labels.iter().sum();
        let weighted: f64 = labels.iter().map(|label| label.support as f64 * metric(label)).sum();
        Averages {
            micro: metric(&all),
            macro_: mean(labels.iter().map(metric)),
            weighted: weighted / all.support.max(1) as f64,
            samples: mean(samples.iter().map(metric)),
        }
    }
}
