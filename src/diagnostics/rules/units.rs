//! Illnesses of a layer's units: the same, dead, saturated.

use super::{Run, hidden_where, of_layers};
use crate::diagnostics::{Finding, Illness, LayerRecord, Remedy, Severity, Snapshot, Verdict};
use crate::plain::short;

pub(super) fn symmetric(run: &Run) -> Option<Verdict> {
    let same = |layer: &LayerRecord| layer.units > 1 && layer.identical_units > run.limits.identical;
    let frozen = |layer: &LayerRecord| {
        layer.params[0].rms == 0.0 && layer.params.iter().all(|param| param.gradient_norm == 0.0)
    };
    let layers = hidden_where(run.last, same);
    if layers.is_empty() {
        let layers = hidden_where(run.last, frozen);
        return (!layers.is_empty()).then(|| Verdict {
            illness: Illness::Symmetric,
            severity: Severity::Failure,
            cause: "all weights of a layer are 0 and get no gradient, so they stay so".into(),
            evidence: of_layers(run.last, &layers, "params.rms", None, |layer| Some(layer.params[0].rms)),
            layers,
            since_step: Some(run.first.step),
            remedies: vec![Remedy::Init("default".into())],
        });
    }
    Some(Verdict {
        illness: Illness::Symmetric,
        severity: Severity::Failure,
        cause: "all units of a layer have the same weights, so they compute the same and get the same gradient: the layer is worth one unit"
            .into(),
        evidence: of_layers(run.last, &layers, "identical_units", Some(run.limits.identical), |layer| {
            Some(layer.identical_units)
        }),
        layers,
        since_step: run.since(|snapshot| !hidden_where(snapshot, same).is_empty()),
        remedies: vec![Remedy::Init("default".into())],
    })
}

pub(super) fn dead(run: &Run, snapshot: &Snapshot) -> Vec<usize> {
    if !run.enough(snapshot) {
        return vec![];
    }
    hidden_where(snapshot, |layer| layer.one_sided && layer.dead_share >= run.limits.dead)
}

pub(super) fn saturated(run: &Run, snapshot: &Snapshot) -> Vec<usize> {
    hidden_where(snapshot, |layer| !layer.one_sided && layer.saturated_share >= run.limits.saturated)
}

fn dead_verdict(run: &Run, snapshot: &Snapshot) -> Option<Verdict> {
    let layers = dead(run, snapshot);
    let worst = layers.iter().map(|&l| snapshot.hidden()[l].dead_share).fold(0.0, f64::max);
    (!layers.is_empty()).then(|| Verdict {
        illness: Illness::DeadUnits,
        severity: if worst > run.limits.dead_failure { Severity::Failure } else { Severity::Warning },
        cause: format!(
            "{:.0} % of a layer's units are off for every sample that was observed; no gradient passes them, so none will bring them back",
            100.0 * worst
        ),
        evidence: of_layers(snapshot, &layers, "dead_share", Some(run.limits.dead), |layer| Some(layer.dead_share)),
        layers,
        since_step: run.since(|snapshot| !dead(run, snapshot).is_empty()),
        remedies: vec![
            Remedy::BiasInit("zeros".into()),
            Remedy::Activation("leaky-relu".into()),
        ],
    })
}

/// Where the saturated activations of a layer are.
pub(super) fn side(layer: &LayerRecord) -> &'static str {
    match layer.saturated_low / layer.saturated_share.max(f64::MIN_POSITIVE) {
        low if low > 0.8 => "on the low side",
        low if low < 0.2 => "on the high side",
        _ => "on both sides",
    }
}

fn saturated_verdict(run: &Run, snapshot: &Snapshot) -> Option<Verdict> {
    let layers = saturated(run, snapshot);
    let worst = layers
        .iter()
        .map(|&l| &snapshot.hidden()[l])
        .max_by(|a, b| a.saturated_share.total_cmp(&b.saturated_share))?;
    let limit = Some(run.limits.saturated);
    let share = |quantity, of: fn(&LayerRecord) -> f64, limit| {
        of_layers(snapshot, &layers, quantity, limit, move |layer| Some(of(layer)))
    };
    let evidence = [
        share("saturated_share", |layer| layer.saturated_share, limit),
        share("saturated_low", |layer| layer.saturated_low, None),
        share("saturated_high", |layer| layer.saturated_high, None),
    ]
    .concat();
    Some(Verdict {
        illness: Illness::Saturated,
        severity: if worst.saturated_share > run.limits.saturated_failure {
            Severity::Failure
        } else {
            Severity::Warning
        },
        cause: format!(
            "{:.0} % of the activations of {} are where the slope is below a twentieth of its greatest, {}; pre-activations have a \
             root mean square of {:.2}",
            100.0 * worst.saturated_share,
            worst.name,
            side(worst),
            worst.pre.rms
        ),
        evidence,
        layers,
        since_step: run.since(|snapshot| !saturated(run, snapshot).is_empty()),
        remedies: vec![
            Remedy::Init("default".into()),
            Remedy::BiasInit("zeros".into()),
            Remedy::Normalise("batch".into()),
        ],
    })
}

pub(super) fn dead_from_the_start(run: &Run) -> Option<Verdict> {
    run.starts_at_initialisation()?;
    dead_verdict(run, run.first)
}

pub(super) fn saturated_from_the_start(run: &Run) -> Option<Verdict> {
    run.starts_at_initialisation()?;
    saturated_verdict(run, run.first)
}

pub(super) fn saturated_or_dead_later(run: &Run) -> Option<Verdict> {
    if run.learns() || run.snapshots.len() < 2 {
        return None;
    }
    let verdict = dead_verdict(run, run.last).or_else(|| saturated_verdict(run, run.last))?;
    Some(Verdict { remedies: [vec![Remedy::Rate(0.1)], verdict.remedies].concat(), ..verdict })
}

/// So few units are kept, of some layer or over all of them, that little gets through.
pub(super) fn dropped(run: &Run) -> Option<Verdict> {
    let (kept, limits) = (run.history.kept?, run.limits);
    let few = kept.units < limits.kept_units || kept.share < limits.kept;
    (few && !run.learns()).then(|| Verdict {
        illness: Illness::Dropout,
        severity: Severity::Failure,
        cause: format!(
            "dropout keeps {} units of a layer and, over all layers, {} of the signal's paths: too little gets through to learn from",
            short(kept.units),
            short(kept.share)
        ),
        evidence: vec![
            Finding::at(run.first, "dropout, units kept", kept.units, Some(limits.kept_units)),
            Finding::at(run.first, "dropout, share kept", kept.share, Some(limits.kept)),
        ],
        layers: vec![],
        since_step: Some(run.first.step),
        remedies: vec![Remedy::Dropout(0.0)],
    })
}
