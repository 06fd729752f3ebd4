//! Where no rule found anything: what makes a network look healthy, and what could not be judged.

use super::{Run, units};
use crate::diagnostics::{Finding, Illness, Severity, Verdict};
use crate::plain::short;

pub(super) fn healthy(cause: String, evidence: Vec<Finding>) -> Verdict {
    Verdict {
        illness: Illness::Healthy,
        severity: Severity::None,
        cause,
        evidence,
        layers: vec![],
        since_step: None,
        remedies: vec![],
    }
}

pub(super) fn not_judged(cause: String, evidence: Vec<Finding>) -> Verdict {
    Verdict { illness: Illness::NotJudged, ..healthy(cause, evidence) }
}

/// What makes a healthy network look healthy, or what is not known.
pub(super) fn no_illness(run: &Run) -> Verdict {
    let mut evidence = vec![];
    let mut unknown = vec![];
    let profile = match run.first.profile() {
        Some(profile) if profile.is_nan() => "no gradient arrives at the hidden layers".into(),
        Some(profile) => {
            evidence.push(Finding::at(run.first, "profile", profile, Some(run.limits.vanishing)));
            format!("the gradient at the first hidden layer is {} of that at the last", short(profile))
        }
        None => {
            unknown.push("with fewer than two hidden layers no gradient can vanish between them".into());
            "there are too few hidden layers for a gradient to vanish between them".into()
        }
    };
    if run.snapshots.len() < 2 {
        unknown.push("a single look does not show whether it learns".to_string());
    }
    let flat = match (units::saturated(run, run.last).len(), units::dead(run, run.last).len()) {
        (0, 0) if run.enough(run.last) => {
            "no layer is dead, or saturated beyond the half of the time that rectifiers are off".to_string()
        }
        (0, 0) => {
            let few = format!("{} samples are too few to call a unit dead", run.last.samples);
            unknown.push(few.clone());
            format!("no layer is saturated; {few}")
        }
        (saturated, dead) => {
            format!(
                "saturated layers: {saturated}, layers of mostly dead units: {dead}, which does no harm here: it has learned"
            )
        }
    };
    evidence.push(Finding::at(run.last, "loss", run.last.loss, Some(run.last.head.plateau)));
    // What has learned is healthy, whatever else cannot be known.
    if run.learns() || unknown.is_empty() {
        return healthy(format!("{profile}, and {flat}"), evidence);
    }
    let said = match run.first.profile() {
        Some(_) => format!("{profile}, and {flat}"),
        None => flat,
    };
    not_judged(format!("nothing is found wrong ({said}), but {}", unknown.join(", and ")), evidence)
}
