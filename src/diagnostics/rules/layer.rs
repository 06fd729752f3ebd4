//! A verdict on every single layer.

use super::gradient::{illness_of, shares};
use super::{Run, hidden_where};
use crate::diagnostics::{Finding, Illness, LayerRecord, LayerVerdict, Severity, Snapshot, Verdict};

/// What a verdict on the network says of a layer; where none names it, what its own numbers say.
pub(super) fn layer_verdicts(run: &Run, found: &[Verdict]) -> Vec<LayerVerdict> {
    let layers = run.last.layers.iter().enumerate();
    layers
        .map(|(l, record)| {
            let named = found.iter().find(|verdict| verdict.layers.contains(&l));
            let (illness, severity, since_step, evidence) = match named {
                Some(verdict) => {
                    let own = verdict.evidence.iter().filter(|finding| finding.layer == Some(l));
                    (verdict.illness, verdict.severity, verdict.since_step, own.cloned().collect())
                }
                None => own(run, l),
            };
            LayerVerdict { layer: l, name: record.name.clone(), illness, severity, since_step, evidence }
        })
        .collect()
}

type Judgement = (Illness, Severity, Option<u64>, Vec<Finding>);

/// A layer by its own numbers at the last snapshot. In a network that learns nothing of this does harm.
fn own(run: &Run, l: usize) -> Judgement {
    let ill =
        if run.learns() { None } else { flat(run, l).or_else(|| ratio(run, l)).or_else(|| update(run, l)) };
    ill.unwrap_or((Illness::Healthy, Severity::None, None, vec![]))
}

/// A warning, since the first snapshot at which the layer is among those that `holds` of.
fn warning(
    run: &Run,
    l: usize,
    illness: Illness,
    (quantity, value, limit): (&'static str, f64, f64),
    holds: impl Fn(&LayerRecord) -> bool,
) -> Judgement {
    let since = run.since(|snapshot: &Snapshot| hidden_where(snapshot, &holds).contains(&l));
    (illness, Severity::Warning, since, vec![Finding::of(run.last, l, quantity, value, Some(limit))])
}

fn flat(run: &Run, l: usize) -> Option<Judgement> {
    let (record, limits) = (run.last.hidden().get(l)?, run.limits);
    let (dead, saturated) = (record.dead_share, record.saturated_share);
    if record.one_sided {
        (run.enough(run.last) && dead >= limits.dead).then(|| {
            warning(run, l, Illness::DeadUnits, ("dead_share", dead, limits.dead), |layer| {
                layer.dead_share >= limits.dead
            })
        })
    } else {
        (saturated >= limits.saturated).then(|| {
            warning(run, l, Illness::Saturated, ("saturated_share", saturated, limits.saturated), |layer| {
                layer.saturated_share >= limits.saturated
            })
        })
    }
}

fn ratio(run: &Run, l: usize) -> Option<Judgement> {
    let (record, limits) = (run.last.hidden().get(l)?, run.limits);
    let ratio = record.delta_ratio?;
    if ratio >= limits.layer_exploding {
        let number = ("delta_ratio", ratio, limits.layer_exploding);
        return Some(warning(run, l, Illness::Exploding, number, |layer| {
            layer.delta_ratio.is_some_and(|ratio| ratio >= limits.layer_exploding)
        }));
    }
    if ratio > limits.layer_vanishing {
        return None;
    }
    let saturated = !record.one_sided && record.saturated_share > limits.saturated_some;
    let illness = illness_of(shares(record)?, saturated);
    Some(warning(run, l, illness, ("delta_ratio", ratio, limits.layer_vanishing), |layer| {
        layer.delta_ratio.is_some_and(|ratio| ratio <= limits.layer_vanishing)
    }))
}

/// Updates of this layer's weights that are too large or too small at most snapshots.
fn update(run: &Run, l: usize) -> Option<Judgement> {
    let of = |snapshot: &Snapshot| snapshot.layers.get(l)?.params.first()?.update_log10;
    let last = of(run.last).filter(|update| update.is_finite())?;
    let (low, high) = (run.limits.update_low, run.limits.update_high);
    let judgement = |illness, limit, since| {
        let finding = Finding::of(run.last, l, "update_log10", last, Some(limit));
        Some((illness, Severity::Warning, since, vec![finding]))
    };
    let (is_high, is_low) = (
        |snapshot: &Snapshot| of(snapshot).is_some_and(|update| update > high),
        |snapshot: &Snapshot| of(snapshot).is_some_and(|update| update < low),
    );
    if run.mostly(is_high) {
        return judgement(Illness::RateTooHigh, high, run.since(is_high));
    }
    if run.mostly(is_low) {
        return judgement(Illness::RateTooLow, low, run.since(is_low));
    }
    None
}
