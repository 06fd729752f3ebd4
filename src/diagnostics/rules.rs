//! From measurements to a verdict: one rule for each way of being sick.

use super::{Diagnosis, History, Illness, LayerRecord, Remedy, Severity, Snapshot, Thresholds, Verdict};

/// Everything a rule may look at.
struct Evidence<'a> {
    history: &'a History,
    first: &'a Snapshot,
    last: &'a Snapshot,
    limits: &'a Thresholds,
}

type Rule = fn(&Evidence) -> Option<Verdict>;

/// In the order of explanation: what stands first can bring about what stands below it.
const RULES: [Rule; 15] = [
    no_logits,
    constant_inputs,
    symmetric,
    input_scale,
    dead_from_the_start,
    saturated_from_the_start,
    head_loss_mismatch,
    exploding,
    vanishing_from_the_start,
    not_finite,
    rate_too_high,
    vanishing_later,
    saturated_or_dead_later,
    learning_nothing,
    loss_that_fades,
];

pub(super) fn diagnose(history: &History, limits: &Thresholds) -> Diagnosis {
    let healthy = |cause: String| Verdict {
        illness: Illness::Healthy,
        severity: Severity::None,
        cause,
        layers: vec![],
        since_step: None,
        remedies: vec![],
    };
    let (Some(first), Some(last)) = (history.snapshots.first(), history.snapshots.last()) else {
        let cause = match &history.failure {
            Some(failure) => return alone(failed(failure.step, &failure.message, vec![])),
            None => "no step was observed, so nothing is known; observe the first step at least".to_string(),
        };
        return alone(healthy(cause));
    };
    let evidence = Evidence { history, first, last, limits };
    let mut found: Vec<Verdict> = RULES.iter().filter_map(|rule| rule(&evidence)).collect();
    if found.is_empty() {
        return alone(healthy(in_order(&evidence)));
    }
    let verdict = found.remove(0);
    let mut told = vec![verdict.illness];
    found.retain(|other| {
        let new = !told.contains(&other.illness);
        told.push(other.illness);
        new
    });
    Diagnosis { verdict, also: found }
}

fn alone(verdict: Verdict) -> Diagnosis {
    Diagnosis { verdict, also: vec![] }
}

/// What makes a healthy network look healthy.
fn in_order(evidence: &Evidence) -> String {
    let profile = match evidence.first.profile() {
        Some(profile) => {
            format!("the gradient at the first hidden layer is {profile:.3} of that at the last")
        }
        None => "there are too few hidden layers for a gradient to vanish between them".into(),
    };
    let last = evidence.last;
    match (saturated(evidence, last).len(), dead(evidence, last).len()) {
        (0, 0) => format!("{profile}, and no layer is saturated or dead"),
        (saturated, dead) => format!(
            "{profile}; saturated layers: {saturated}, layers of mostly dead units: {dead}, which does no harm here: it has learned"
        ),
    }
}

fn failed(step: u64, message: &str, remedies: Vec<Remedy>) -> Verdict {
    Verdict {
        illness: Illness::NotFinite,
        severity: Severity::Failure,
        cause: message.to_string(),
        layers: vec![],
        since_step: Some(step),
        remedies,
    }
}

/// Three decimals, or an exponent where the number is large.
fn short(number: f64) -> String {
    if number.abs() < 1e5 { format!("{number:.3}") } else { format!("{number:.3e}") }
}

/// Indices of the hidden layers for which `holds`.
fn hidden_where(snapshot: &Snapshot, holds: impl Fn(&LayerRecord) -> bool) -> Vec<usize> {
    snapshot.hidden().iter().enumerate().filter(|(_, layer)| holds(layer)).map(|(index, _)| index).collect()
}

impl Evidence<'_> {
    /// Something, if the first look was at the network as it was initialised.
    fn starts_at_initialisation(&self) -> Option<()> {
        (self.first.step == 1).then_some(())
    }

    /// The first observed step for which `holds`.
    fn since(&self, holds: impl Fn(&Snapshot) -> bool) -> Option<u64> {
        self.history.snapshots.iter().find(|snapshot| holds(snapshot)).map(|snapshot| snapshot.step)
    }

    /// The greatest log10 dW/W over the weights of a snapshot.
    fn greatest_update(snapshot: &Snapshot) -> Option<f64> {
        let weights = snapshot.layers.iter().filter_map(|layer| layer.params.first()?.update_log10);
        weights.filter(|update| !update.is_nan()).max_by(f64::total_cmp)
    }

    /// Whether the steps are of a size that moves nothing: the greatest update of every snapshot is
    /// too small.
    fn median_update(&self) -> Option<f64> {
        let mut updates: Vec<f64> = self.history.snapshots.iter().filter_map(Self::greatest_update).collect();
        updates.sort_by(f64::total_cmp);
        updates.get(updates.len() / 2).copied()
    }

    fn learned(&self) -> bool {
        self.last.head.error < self.limits.converged
    }

    /// Whether the loss is well below that of the best constant output: then what would be a
    /// symptom elsewhere does no harm here. Sigmoids of a network that classifies well are
    /// saturated because it does.
    fn learns(&self) -> bool {
        self.learned() || self.last.loss < 0.5 * self.last.head.plateau
    }
}

fn not_finite(evidence: &Evidence) -> Option<Verdict> {
    let failure = evidence.history.failure.as_ref()?;
    let updates =
        evidence.history.snapshots.iter().filter_map(Evidence::greatest_update).filter(|u| u.is_finite());
    let high = updates.fold(f64::NEG_INFINITY, f64::max);
    if failure.step > 1 && high > evidence.limits.update_high {
        return Some(Verdict {
            illness: Illness::RateTooHigh,
            remedies: vec![Remedy::Rate(10f64.powf(-2.0 - high.min(30.0)))],
            cause: format!("one step changed the weights by 10^{high:.1} of their size; {}", failure.message),
            ..failed(failure.step, "", vec![])
        });
    }
    Some(failed(failure.step, &failure.message, vec![Remedy::Init("default".into()), Remedy::Rate(0.1)]))
}

fn no_logits(evidence: &Evidence) -> Option<Verdict> {
    let head = &evidence.first.head;
    let verdict = |cause, remedies| {
        Some(Verdict {
            illness: Illness::HeadLossMismatch,
            severity: Severity::Failure,
            cause,
            layers: vec![],
            since_step: Some(evidence.first.step),
            remedies,
        })
    };
    if head.name.starts_with("softmax") && head.outputs == 1 {
        let cause =
            "softmax over a single output is 1 whatever the network computes, so its gradient is 0".into();
        return verdict(cause, vec![Remedy::Loss("sigmoid + binary cross-entropy".into())]);
    }
    if !head.after_output.is_empty() {
        let between = head.after_output.join(", ");
        let cause = format!(
            "{between} stands between the last weights and the head, which takes logits of any size and sign"
        );
        return verdict(cause, vec![Remedy::PlainLogits]);
    }
    None
}

fn symmetric(evidence: &Evidence) -> Option<Verdict> {
    let same = |layer: &LayerRecord| layer.units > 1 && layer.identical_units > 0.99;
    let layers = hidden_where(evidence.last, same);
    let frozen = || {
        let gradient =
            |layer: &LayerRecord| layer.params.iter().map(|param| param.gradient_norm).sum::<f64>();
        let silent =
            hidden_where(evidence.last, |layer| gradient(layer) == 0.0 && layer.params[0].rms == 0.0);
        (!silent.is_empty()).then_some(silent)
    };
    let layers = if layers.is_empty() { frozen()? } else { layers };
    Some(Verdict {
        illness: Illness::Symmetric,
        severity: Severity::Failure,
        cause: "all units of a layer have the same weights, so they compute the same and get the same gradient: the layer is worth one unit"
            .into(),
        layers,
        since_step: evidence.since(|snapshot| !hidden_where(snapshot, same).is_empty()).or(Some(evidence.first.step)),
        remedies: vec![Remedy::Init("default".into())],
    })
}

fn constant_inputs(evidence: &Evidence) -> Option<Verdict> {
    (evidence.first.constant_inputs == 1.0 && evidence.first.samples > 1).then(|| Verdict {
        illness: Illness::BiasPlateau,
        severity: Severity::Failure,
        cause: "every sample has the same inputs, so nothing can be learned but how often the classes occur"
            .into(),
        layers: vec![],
        since_step: Some(evidence.first.step),
        remedies: vec![Remedy::Other("look at how the inputs are read".into())],
    })
}

fn input_scale(evidence: &Evidence) -> Option<Verdict> {
    let input = &evidence.first.input;
    let (low, high) = (evidence.limits.input_low, evidence.limits.input_high);
    // Inputs that are mostly 0, as one-hot ones are, are not small.
    let typical = input.rms / (1.0 - evidence.first.zero_inputs).sqrt();
    if (typical >= low && input.rms <= high) || input.std == 0.0 {
        return None;
    }
    Some(Verdict {
        illness: Illness::InputScale,
        severity: if evidence.learns() { Severity::Warning } else { Severity::Failure },
        cause: format!(
            "inputs have a root mean square of {:.3e} and lie between {:.3e} and {:.3e}; initialisers and rates are made for about 1",
            input.rms, input.min, input.max
        ),
        layers: if evidence.first.hidden().is_empty() { vec![] } else { vec![0] },
        since_step: Some(evidence.first.step),
        remedies: vec![Remedy::ScaleInput(1.0 / input.rms)],
    })
}

fn dead(evidence: &Evidence, snapshot: &Snapshot) -> Vec<usize> {
    hidden_where(snapshot, |layer| layer.one_sided && layer.dead_share >= evidence.limits.dead)
}

fn saturated(evidence: &Evidence, snapshot: &Snapshot) -> Vec<usize> {
    hidden_where(snapshot, |layer| !layer.one_sided && layer.saturated_share >= evidence.limits.saturated)
}

fn dead_verdict(evidence: &Evidence, snapshot: &Snapshot) -> Option<Verdict> {
    let layers = dead(evidence, snapshot);
    let worst = layers.iter().map(|&l| snapshot.hidden()[l].dead_share).fold(0.0, f64::max);
    let since = evidence.since(|snapshot| !dead(evidence, snapshot).is_empty());
    (!layers.is_empty()).then(|| Verdict {
        illness: Illness::DeadUnits,
        severity: if worst > 0.9 { Severity::Failure } else { Severity::Warning },
        cause: format!(
            "{:.0} % of a layer's units are off for every sample that was looked at; no gradient passes them, so none will bring them back",
            100.0 * worst
        ),
        layers,
        since_step: since,
        remedies: vec![
            Remedy::BiasInit("zeros".into()),
            Remedy::Activation("leaky-relu".into()),
        ],
    })
}

fn saturated_verdict(evidence: &Evidence, snapshot: &Snapshot) -> Option<Verdict> {
    let layers = saturated(evidence, snapshot);
    let worst = layers
        .iter()
        .map(|&l| &snapshot.hidden()[l])
        .max_by(|a, b| a.saturated_share.total_cmp(&b.saturated_share))?;
    let side = match worst.saturated_low / worst.saturated_share.max(f64::MIN_POSITIVE) {
        low if low > 0.8 => "on the low side",
        low if low < 0.2 => "on the high side",
        _ => "on both sides",
    };
    Some(Verdict {
        illness: Illness::Saturated,
        severity: if worst.saturated_share > 0.8 { Severity::Failure } else { Severity::Warning },
        cause: format!(
            "{:.0} % of the activations of {} are where the slope is below a twentieth of its greatest, {side}; pre-activations have a \
             root mean square of {:.2}",
            100.0 * worst.saturated_share,
            worst.name,
            worst.pre.rms
        ),
        layers,
        since_step: evidence.since(|snapshot| !saturated(evidence, snapshot).is_empty()),
        remedies: vec![Remedy::Init("default".into()), Remedy::BiasInit("zeros".into())],
    })
}

fn dead_from_the_start(evidence: &Evidence) -> Option<Verdict> {
    evidence.starts_at_initialisation()?;
    dead_verdict(evidence, evidence.first)
}

fn saturated_from_the_start(evidence: &Evidence) -> Option<Verdict> {
    evidence.starts_at_initialisation()?;
    saturated_verdict(evidence, evidence.first)
}

fn saturated_or_dead_later(evidence: &Evidence) -> Option<Verdict> {
    if evidence.learns() || evidence.history.snapshots.len() < 2 {
        return None;
    }
    let verdict =
        dead_verdict(evidence, evidence.last).or_else(|| saturated_verdict(evidence, evidence.last))?;
    Some(Verdict { remedies: [vec![Remedy::Rate(0.1)], verdict.remedies].concat(), ..verdict })
}

fn exploding(evidence: &Evidence) -> Option<Verdict> {
    evidence.starts_at_initialisation()?;
    let first = evidence.first;
    let profile = first.profile().unwrap_or(1.0);
    let start = first.loss / first.head.plateau;
    let grows = profile > evidence.limits.exploding;
    let large = start > evidence.limits.start_loss && first.head.logit_spread > 5.0;
    if !grows && !large {
        return None;
    }
    Some(Verdict {
        illness: Illness::Exploding,
        severity: Severity::Failure,
        cause: format!(
            "the gradient at the first hidden layer is {profile:.3e} times that at the last, and the start loss {start:.1} times that of \
             the best constant output: the weights are too large"
        ),
        layers: hidden_where(first, |layer| layer.delta_ratio.is_some_and(|ratio| ratio > 1.2)),
        since_step: Some(first.step),
        remedies: vec![Remedy::Init("default".into())],
    })
}

/// The share of each factor in the shrinking of the gradient, as mean logarithms: ceiling, weights
/// (and the gating that weights are to make good), saturation. Layers whose gradient is 0 in f32
/// tell nothing, and are left out.
fn causes(snapshot: &Snapshot) -> Option<[f64; 3]> {
    let (mut sums, mut count) = ([0.0; 3], 0);
    // The last hidden layer's ratio is to the output, and not part of the profile.
    let (_, inner) = snapshot.hidden().split_last()?;
    for layer in inner {
        let (ceiling, taken, weights) =
            (layer.slope_ceiling?.ln(), layer.slope_taken?.ln(), layer.weight_gain?.ln());
        if !(ceiling.is_finite() && taken.is_finite() && weights.is_finite()) {
            continue;
        }
        let gating = if layer.one_sided { taken } else { 0.0 };
        count += 1;
        sums[0] += ceiling;
        sums[1] += weights + gating;
        sums[2] += taken - gating;
    }
    (count > 0).then(|| sums.map(|sum| sum / f64::from(count)))
}

fn vanishes(evidence: &Evidence, snapshot: &Snapshot) -> bool {
    snapshot.profile().is_some_and(|profile| profile < evidence.limits.vanishing)
        && snapshot.head.error >= evidence.limits.converged
}

fn vanishing_from_the_start(evidence: &Evidence) -> Option<Verdict> {
    evidence.starts_at_initialisation()?;
    vanishes(evidence, evidence.first).then(|| vanishing(evidence, evidence.first)).flatten()
}

/// At most of the later looks, as the trend can reverse soon after the start.
fn vanishing_later(evidence: &Evidence) -> Option<Verdict> {
    let looks = &evidence.history.snapshots;
    let count = looks.iter().filter(|snapshot| vanishes(evidence, snapshot)).count();
    let first = looks.iter().find(|snapshot| vanishes(evidence, snapshot))?;
    (2 * count > looks.len()).then(|| vanishing(evidence, first)).flatten()
}

fn vanishing(evidence: &Evidence, snapshot: &Snapshot) -> Option<Verdict> {
    let profile = snapshot.profile()?;
    let depth = snapshot.hidden().len();
    let per_layer = profile.powf(1.0 / (depth - 1) as f64);
    let means = causes(snapshot)?;
    // Slopes below the ceiling are saturation only if something is saturated.
    let any_saturated = snapshot.hidden().iter().any(|layer| !layer.one_sided && layer.saturated_share > 0.1);
    let worst =
        (0..if any_saturated { 3 } else { 2 }).min_by(|&a, &b| means[a].total_cmp(&means[b])).unwrap_or(0);
    let each = means.map(f64::exp);
    let shares = format!(
        "the activation's greatest slope gives {:.3}, weights and gating {:.3}, slopes below the greatest {:.3}",
        each[0], each[1], each[2]
    );
    let (illness, why, remedies) = match worst {
        0 => (
            Illness::VanishingSlope,
            "the activation's slope is small everywhere",
            vec![Remedy::Activation("relu".into()), Remedy::Activation("tanh".into())],
        ),
        1 => (
            Illness::VanishingWeights,
            "the weights are too small",
            vec![Remedy::Init("default".into()), Remedy::Activation("relu".into())],
        ),
        _ => (
            Illness::Saturated,
            "units are saturated",
            vec![Remedy::Init("default".into()), Remedy::BiasInit("zeros".into())],
        ),
    };
    Some(Verdict {
        illness,
        severity: if profile < evidence.limits.vanishing_failure {
            Severity::Failure
        } else {
            Severity::Warning
        },
        cause: format!(
            "the gradient at the first of {depth} hidden layers is {profile:.2e} of that at the last, {per_layer:.3} a layer, because {why}: of this, {shares}"
        ),
        layers: (0..depth - 1).collect(),
        since_step: Some(snapshot.step),
        remedies,
    })
}

fn head_loss_mismatch(evidence: &Evidence) -> Option<Verdict> {
    let limits = evidence.limits;
    let stuck = |snapshot: &Snapshot| {
        let head = &snapshot.head;
        !is_fused(snapshot)
            && head.wrong > 0.01
            && head.blocked >= limits.blocked
            && head.efficiency < limits.efficiency
    };
    let count = evidence.history.snapshots.iter().filter(|snapshot| stuck(snapshot)).count();
    if 2 * count < evidence.history.snapshots.len() || count == 0 {
        return None;
    }
    let worst = evidence
        .history
        .snapshots
        .iter()
        .filter(|s| stuck(s))
        .min_by(|a, b| a.head.efficiency.total_cmp(&b.head.efficiency))?;
    let head = &worst.head;
    Some(Verdict {
        illness: Illness::HeadLossMismatch,
        severity: if head.efficiency < 0.05 { Severity::Failure } else { Severity::Warning },
        cause: format!(
            "{:.1} % of the outputs are wrong by more than 1/2, and for {:.0} % of these less than a tenth of the error arrives at the logits: \
             the slope of the output takes the gradient of {} (efficiency {:.3}, a matched loss has 1)",
            100.0 * head.wrong,
            100.0 * head.blocked,
            head.name,
            head.efficiency
        ),
        layers: vec![],
        since_step: evidence.since(stuck),
        remedies: vec![Remedy::Loss(matched_loss(&head.name).into())],
    })
}

/// A loss that lets less than a quarter of the error through even where nothing is stuck: all that
/// a squared error behind a sigmoid can do.
fn loss_that_fades(evidence: &Evidence) -> Option<Verdict> {
    let fades = |snapshot: &Snapshot| {
        !is_fused(snapshot) && snapshot.head.efficiency < evidence.limits.efficiency_warning
    };
    let looks = &evidence.history.snapshots;
    if 2 * looks.iter().filter(|snapshot| fades(snapshot)).count() < looks.len() || evidence.learned() {
        return None;
    }
    let head = &evidence.last.head;
    Some(Verdict {
        illness: Illness::HeadLossMismatch,
        severity: Severity::Warning,
        cause: format!(
            "of the error at the outputs {:.3} arrives at the logits of {}, and less the more an output is saturated; a matched loss lets \
             all of it through",
            head.efficiency, head.name
        ),
        layers: vec![],
        since_step: evidence.since(fades),
        remedies: vec![Remedy::Loss(matched_loss(&head.name).into())],
    })
}

/// Whether link and loss belong together: then class weights or smoothing may move the efficiency
/// away from 1, but nothing is lost.
fn is_fused(snapshot: &Snapshot) -> bool {
    snapshot.head.name.ends_with("cross-entropy")
}

/// The loss that belongs to the output of a head.
fn matched_loss(head: &str) -> &'static str {
    if head.starts_with("softmax") { "cross-entropy" } else { "binary cross-entropy" }
}

fn rate_too_high(evidence: &Evidence) -> Option<Verdict> {
    let high = |snapshot: &Snapshot| {
        Evidence::greatest_update(snapshot).is_some_and(|update| update > evidence.limits.update_high)
    };
    let looks = evidence.history.snapshots.len();
    let count = evidence.history.snapshots.iter().filter(|snapshot| high(snapshot)).count();
    let (start, end, plateau) = (evidence.first.loss, evidence.last.loss, evidence.last.head.plateau);
    let diverged = end > 2.0 * plateau && end > start;
    // Large steps that bring the loss down are large, and not too large.
    let harm = end > 0.7 * start.min(plateau);
    let killed = |found: fn(&Evidence, &Snapshot) -> Vec<usize>| {
        found(evidence, evidence.first).is_empty() && !found(evidence, evidence.last).is_empty()
    };
    let lasting = diverged || 3 * count >= looks || killed(dead) || killed(saturated);
    if count == 0 || !harm || !lasting || evidence.learned() {
        return None;
    }
    let worst = evidence
        .history
        .snapshots
        .iter()
        .filter_map(Evidence::greatest_update)
        .fold(f64::NEG_INFINITY, f64::max);
    let begin = evidence
        .history
        .snapshots
        .iter()
        .find(|s| high(s))
        .and_then(Evidence::greatest_update)
        .unwrap_or(worst);
    Some(Verdict {
        illness: Illness::RateTooHigh,
        severity: if diverged { Severity::Failure } else { Severity::Warning },
        cause: format!(
            "a step changes weights by up to 10^{worst:.1} of their size (10^-3 is usual), and the loss went from {} to {}",
            short(evidence.first.loss),
            short(evidence.last.loss)
        ),
        layers: vec![],
        since_step: evidence.since(high),
        // By the first such step: those after it are of a network that is lost already.
        remedies: vec![Remedy::Rate(10f64.powf(-2.5 - begin.clamp(-1.0, 30.0)))],
    })
}

/// The loss stands where a constant output stands: because steps are too small, or because only biases learn.
fn learning_nothing(evidence: &Evidence) -> Option<Verdict> {
    let (first, last, limits) = (evidence.first, evidence.last, evidence.limits);
    if evidence.history.snapshots.len() < 3 {
        return None;
    }
    let median = evidence.median_update()?;
    let moved = (first.loss - last.loss) / first.loss.abs().max(f64::MIN_POSITIVE);
    let has_gradient =
        last.layers.iter().flat_map(|layer| &layer.params).any(|param| param.gradient_rms > 0.0);
    if has_gradient && median < limits.update_low && moved < 0.02 && last.head.error >= limits.converged {
        return Some(Verdict {
            illness: Illness::RateTooLow,
            severity: Severity::Failure,
            cause: format!(
                "a step changes weights by {} (10^-3 is usual), and in {} steps the loss went from {:.4} to {:.4}",
                if median.is_finite() {
                    format!("10^{median:.1} of their size")
                } else {
                    "less than f32 can hold".into()
                },
                last.step,
                first.loss,
                last.loss
            ),
            layers: vec![],
            since_step: Some(first.step),
            remedies: vec![if median.is_finite() {
                Remedy::Rate(10f64.powf(-3.0 - median))
            } else {
                Remedy::Other("set a larger learning rate: 0.1 is usual for SGD, 0.001 for Adam".into())
            }],
        });
    }
    let on_plateau =
        |snapshot: &Snapshot| (snapshot.loss / snapshot.head.plateau - 1.0).abs() < limits.plateau;
    let flat = evidence.history.snapshots.iter().rev().take(3).all(on_plateau);
    // Early on a network may differ between samples by how it was initialised; later that is what it learned.
    let alike = last.head.logit_spread < 0.3 || last.step >= 512;
    if flat && alike && last.step >= 50 && !evidence.learned() {
        return Some(Verdict {
            illness: Illness::BiasPlateau,
            severity: Severity::Failure,
            cause: format!(
                "the loss stands at {:.4}, where the best constant output stands at {:.4}, and outputs hardly differ between samples \
                 (standard deviation of the logits {:.1e}): the network knows how often the classes occur and nothing else",
                last.loss, last.head.plateau, last.head.logit_spread
            ),
            layers: vec![],
            since_step: evidence.since(on_plateau),
            remedies: vec![Remedy::Other(
                "see whether inputs and targets belong together and differ between samples, and whether weight decay or dropout leave anything to learn with".into(),
            )],
        });
    }
    None
}
