//! Illnesses of the gradient on its way down: it vanishes or explodes.

use super::{Run, hidden_where, of_layers};
use crate::diagnostics::{Finding, Illness, LayerRecord, Remedy, Severity, Snapshot, Verdict};
use crate::plain::short;

pub(super) fn exploding_from_the_start(run: &Run) -> Option<Verdict> {
    run.starts_at_initialisation()?;
    let first = run.first;
    let profile = first.profile().unwrap_or(1.0);
    let start = first.loss / first.head.plateau;
    let grows = profile > run.limits.exploding; // false for a gradient of 0 everywhere, whose ratio is NaN
    let large = start > run.limits.start_loss && first.head.logit_spread > run.limits.start_logits;
    if !grows && !large {
        return None;
    }
    Some(Verdict {
        cause: match first.profile() {
            Some(profile) => format!(
                "the gradient at the first hidden layer is {} times that at the last, and the start loss {} times that \
                 of the best constant output: the weights are too large",
                short(profile),
                short(start)
            ),
            None => format!(
                "the start loss is {start:.1} times that of the best constant output, with logits that spread by {:.1}: they are too large",
                first.head.logit_spread
            ),
        },
        ..exploding(run, first)
    })
}

/// At most of the later snapshots, of a network that does not learn: weights grew.
pub(super) fn exploding_later(run: &Run) -> Option<Verdict> {
    let explodes = |snapshot: &Snapshot| snapshot.profile().is_some_and(|p| p > run.limits.exploding);
    let first = run.snapshots.iter().find(|snapshot| explodes(snapshot))?;
    if run.learns() || !run.mostly(explodes) {
        return None;
    }
    Some(Verdict {
        cause: format!(
            "at step {} the gradient at the first hidden layer has become {} times that at the last: the weights have grown too large",
            first.step,
            short(first.profile()?)
        ),
        remedies: vec![Remedy::Rate(0.1), Remedy::Init("default".into())],
        ..exploding(run, first)
    })
}

fn exploding(run: &Run, snapshot: &Snapshot) -> Verdict {
    let layers = hidden_where(snapshot, |layer| layer.delta_ratio.is_some_and(|ratio| ratio > 1.2));
    let whole = [
        ("profile", snapshot.profile(), run.limits.exploding),
        ("loss over plateau", Some(snapshot.loss / snapshot.head.plateau), run.limits.start_loss),
        ("head.logit_spread", Some(snapshot.head.logit_spread), run.limits.start_logits),
    ]
    .into_iter()
    .filter_map(|(quantity, value, limit)| Some(Finding::at(snapshot, quantity, value?, Some(limit))));
    let evidence = whole.chain(ratios(snapshot, &layers)).collect();
    Verdict {
        illness: Illness::Exploding,
        severity: Severity::Failure,
        cause: String::new(),
        evidence,
        layers,
        since_step: Some(snapshot.step),
        remedies: vec![Remedy::Init("default".into()), Remedy::Normalise("batch".into())],
    }
}

/// The ratio of every one of these layers, and its factors.
fn ratios(snapshot: &Snapshot, layers: &[usize]) -> Vec<Finding> {
    type Factor = fn(&LayerRecord) -> Option<f64>;
    let factors: [(&'static str, Factor); 4] = [
        ("delta_ratio", |layer| layer.delta_ratio),
        ("weight_gain", |layer| layer.weight_gain),
        ("slope_ceiling", |layer| layer.slope_ceiling),
        ("slope_taken", |layer| layer.slope_taken),
    ];
    factors.iter().flat_map(|(name, factor)| of_layers(snapshot, layers, name, None, factor)).collect()
}

/// What makes the ratio of a layer small, as logarithms: ceiling, weights (and the gating that weights
/// are to make good), saturation. `None` where the gradient is 0, which tells nothing.
pub(super) fn shares(layer: &LayerRecord) -> Option<[f64; 3]> {
    let (ceiling, taken, weights) =
        (layer.slope_ceiling?.ln(), layer.slope_taken?.ln(), layer.weight_gain?.ln());
    let gating = if layer.one_sided { taken } else { 0.0 };
    let shares = [ceiling, weights + gating, taken - gating];
    shares.iter().all(|share| share.is_finite()).then_some(shares)
}

/// The mean of [`shares`] over the layers that the profile spans.
fn causes(snapshot: &Snapshot) -> Option<[f64; 3]> {
    // The last hidden layer's ratio is to the output, and not part of the profile.
    let (_, inner) = snapshot.hidden().split_last()?;
    let known: Vec<[f64; 3]> = inner.iter().filter_map(shares).collect();
    let mean = |i: usize| known.iter().map(|shares| shares[i]).sum::<f64>() / known.len() as f64;
    (!known.is_empty()).then(|| [mean(0), mean(1), mean(2)])
}

/// The illness that the least of these shares stands for.
pub(super) fn illness_of(shares: [f64; 3], saturated: bool) -> Illness {
    // Slopes below the ceiling are saturation only if something is saturated.
    let worst = (0..if saturated { 3 } else { 2 }).min_by(|&a, &b| shares[a].total_cmp(&shares[b]));
    match worst {
        Some(0) | None => Illness::VanishingSlope,
        Some(1) => Illness::VanishingWeights,
        Some(_) => Illness::Saturated,
    }
}

fn vanishes(run: &Run, snapshot: &Snapshot) -> bool {
    let flat = |layer: &LayerRecord| layer.slope_ceiling.is_some_and(|ceiling| ceiling < 0.5);
    let limit = match !run.learns() && snapshot.hidden().iter().all(flat) {
        true => run.limits.vanishing_flat,
        false => run.limits.vanishing,
    };
    snapshot.profile().is_some_and(|profile| profile < limit) && !run.done(snapshot)
}

pub(super) fn vanishing_from_the_start(run: &Run) -> Option<Verdict> {
    run.starts_at_initialisation()?;
    vanishes(run, run.first).then(|| vanishing(run, run.first)).flatten()
}

/// At most of the later snapshots, as the trend can reverse soon after the start.
pub(super) fn vanishing_later(run: &Run) -> Option<Verdict> {
    let first = run.snapshots.iter().find(|snapshot| vanishes(run, snapshot))?;
    run.mostly(|snapshot| vanishes(run, snapshot)).then(|| vanishing(run, first)).flatten()
}

fn vanishing(run: &Run, snapshot: &Snapshot) -> Option<Verdict> {
    let profile = snapshot.profile()?;
    let depth = snapshot.hidden().len();
    let per_layer = profile.powf(1.0 / (depth - 1) as f64);
    let saturated =
        |layer: &LayerRecord| !layer.one_sided && layer.saturated_share > run.limits.saturated_some;
    let means = causes(snapshot);
    let illness = match means {
        Some(means) => illness_of(means, snapshot.hidden().iter().any(saturated)),
        // Nothing arrives anywhere, so there is nothing to split: by what the activations can do at best.
        None if snapshot
            .hidden()
            .iter()
            .all(|layer| layer.slope_ceiling.is_some_and(|ceiling| ceiling < 0.5)) =>
        {
            Illness::VanishingSlope
        }
        None => Illness::VanishingWeights,
    };
    let (why, remedies) = match illness {
        Illness::VanishingSlope => (
            "the activation's slope is small everywhere",
            vec![
                Remedy::Activation("relu".into()),
                Remedy::Activation("tanh".into()),
                Remedy::Normalise("batch".into()),
            ],
        ),
        Illness::VanishingWeights => (
            "the weights are too small",
            vec![
                Remedy::Init("default".into()),
                Remedy::Activation("relu".into()),
                Remedy::Normalise("batch".into()),
            ],
        ),
        _ => ("units are saturated", vec![Remedy::Init("default".into()), Remedy::BiasInit("zeros".into())]),
    };
    let shares = means.map_or(String::new(), |means| {
        let [ceiling, weights, below] = means.map(f64::exp);
        format!(
            ": of this, the activation's greatest slope gives {ceiling:.3}, weights and gating {weights:.3}, slopes below the greatest {below:.3}"
        )
    });
    let layers: Vec<usize> = (0..depth - 1).collect();
    let mut evidence = vec![Finding::at(snapshot, "profile", profile, Some(run.limits.vanishing))];
    evidence.extend(ratios(snapshot, &layers));
    // Where the activation gates nothing, what is 0 or subnormal was lost to rounding.
    let lost =
        |layer: &LayerRecord| if layer.one_sided { 0.0 } else { layer.delta_zero } + layer.delta_subnormal;
    let underflow = hidden_where(snapshot, |layer| lost(layer) > 0.0);
    evidence.extend(of_layers(snapshot, &underflow, "delta_zero + delta_subnormal", None, |layer| {
        Some(lost(layer))
    }));
    let beyond = match underflow.len() {
        0 => String::new(),
        count => format!("; in {count} of the layers it is beyond what the number format holds"),
    };
    Some(Verdict {
        illness,
        severity: if profile < run.limits.vanishing_failure { Severity::Failure } else { Severity::Warning },
        cause: format!(
            "the gradient at the first of {depth} hidden layers is {} of that at the last, {} a layer, because {why}{shares}{beyond}",
            short(profile),
            short(per_layer)
        ),
        evidence,
        layers,
        since_step: Some(snapshot.step),
        remedies,
    })
}
