//! What the heads come to, in a title, and which picture proves it.

use super::Outcome;
use super::model::Model;
use crate::results::labels::shown;

/// By how much F1 must differ to be called different.
const CLEARLY: f64 = 0.02;
/// By how much a log loss must exceed another to be called worse.
const WORSE: f64 = 1.05;

/// What the heads come to. The first of these that holds is the title of the page.
pub enum Finding<'a> {
    /// Sets were learned as such: the two ways to decide a set, the better one first.
    Sets([(&'static str, f64); 2]),
    /// The heads decide differently: the better one first.
    Decisions([&'a Model; 2]),
    /// They decide alike, and the probabilities of the second are worse.
    Probabilities([&'a Model; 2]),
    /// They do alike.
    Alike([&'a Model; 2]),
    /// There is but one to speak of.
    One(&'a Model),
}

/// The picture that proves a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    Sets,
    Labels,
    Reliability,
}

impl<'a> Finding<'a> {
    /// `None` where there are no models.
    pub fn of(outcome: &'a Outcome) -> Option<Self> {
        let complete = |name| outcome.model(name).filter(|model| model.is_complete);
        let (Some(sigmoid), Some(softmax)) = (complete("sigmoid"), complete("softmax")) else {
            let whole = outcome.models.iter().find(|model| model.is_complete && model.net.is_some());
            return whole.or(outcome.models.first()).map(Finding::One);
        };
        // The one with more of a metric first.
        let ordered = |metric: &str| match sigmoid.metric(metric) < softmax.metric(metric) {
            true => [softmax, sigmoid],
            false => [sigmoid, softmax],
        };
        if let Some(sets) = complete("sets") {
            let right = |model: &Model| model.metric("accuracy_score");
            let mut ways = [
                ("a softmax over sets", right(sets)),
                ("thresholds on the probabilities of the labels", right(sigmoid)),
            ];
            ways.sort_by(|a, b| b.1.total_cmp(&a.1));
            return Some(Finding::Sets(ways));
        }
        let [better, other] = ordered("f1_micro");
        let [worse, less] = ordered("log_loss");
        Some(if better.metric("f1_micro") - other.metric("f1_micro") >= CLEARLY {
            Finding::Decisions([better, other])
        } else if worse.metric("log_loss") >= WORSE * less.metric("log_loss") {
            Finding::Probabilities([less, worse])
        } else {
            Finding::Alike([sigmoid, softmax])
        })
    }

    pub fn title(&self) -> String {
        let f1 = |model: &Model| shown(model.metric("f1_micro"));
        let log_loss = |model: &Model| shown(model.metric("log_loss"));
        match self {
            Finding::Sets([(better, share), (other, less)]) => format!(
                "Of whole sets of labels {better} gets {:.1} % right, {other} {:.1} %",
                100.0 * share,
                100.0 * less
            ),
            Finding::Decisions([better, other]) => format!(
                "The {} head finds the labels with an F1 of {}, the {} head with {}",
                better.title,
                f1(better),
                other.title,
                f1(other)
            ),
            Finding::Probabilities([less, worse]) => format!(
                "Both heads decide alike, with an F1 of {} and {}, but the probabilities of the {} are worse: a log loss of {} in place of {}",
                f1(less),
                f1(worse),
                worse.title,
                log_loss(worse),
                log_loss(less)
            ),
            Finding::Alike([one, other]) => format!(
                "Both heads do alike: an F1 of {} under {} and {} under {}, a log loss of {} and {}",
                f1(one),
                one.title,
                f1(other),
                other.title,
                log_loss(one),
                log_loss(other)
            ),
            Finding::One(model) if model.is_complete => format!(
                "The {} head finds the labels with an F1 of {}; no other head was trained to the end",
                model.title,
                f1(model)
            ),
            Finding::One(model) => format!(
                "Interrupted: so far the {} head finds the labels with an F1 of {}",
                model.title,
                f1(model)
            ),
        }
    }

    pub fn proof(&self) -> Proof {
        match self {
            Finding::Sets(_) => Proof::Sets,
            Finding::Decisions(_) => Proof::Labels,
            _ => Proof::Reliability,
        }
    }
}
