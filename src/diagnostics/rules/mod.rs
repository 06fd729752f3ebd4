//! From measurements to a verdict: one rule for each way of being sick.

mod gradient;
mod head;
mod health;
mod inputs;
mod layer;
mod notes;
mod steps;
mod units;

use super::{Diagnosis, Finding, History, Illness, LayerRecord, Snapshot, Thresholds, Verdict};

/// Everything that a rule reads.
struct Run<'a> {
    history: &'a History,
    snapshots: &'a [Snapshot],
    first: &'a Snapshot,
    last: &'a Snapshot,
    limits: &'a Thresholds,
}

type Rule = fn(&Run) -> Option<Verdict>;

/// In the order of explanation: what stands first can bring about what stands below it.
const RULES: [Rule; 27] = [
    head::no_logits,
    head::labels_under_a_softmax,
    inputs::constant,
    inputs::constant_targets,
    inputs::output_range,
    units::symmetric,
    inputs::scale_first,
    inputs::target_scale_first,
    inputs::unshuffled,
    units::dead_from_the_start,
    units::saturated_from_the_start,
    head::mismatch,
    gradient::exploding_from_the_start,
    gradient::vanishing_from_the_start,
    inputs::linear_network,
    units::dropped,
    steps::not_finite,
    steps::rate_too_high,
    inputs::scale,
    inputs::target_scale,
    gradient::exploding_later,
    gradient::vanishing_later,
    units::saturated_or_dead_later,
    inputs::stuck_outputs,
    steps::learning_nothing,
    head::loss_that_fades,
    head::imbalance,
];

pub(super) fn diagnose(history: &History, limits: &Thresholds) -> Diagnosis {
    let (Some(first), Some(last)) = (history.snapshots.first(), history.snapshots.last()) else {
        let verdict = match &history.failure {
            Some(failure) => {
                let failed =
                    steps::failed(failure.step, &failure.message, steps::after_failure(failure.step));
                if failure.diverged { Verdict { illness: Illness::RateTooHigh, ..failed } } else { failed }
            }
            None => health::not_judged(
                "no step was observed, so nothing is known; observe the first step at least".into(),
                vec![],
            ),
        };
        return Diagnosis { verdict, also: vec![], layers: vec![], notes: vec![] };
    };
    let run = Run { history, snapshots: &history.snapshots, first, last, limits };
    let mut found: Vec<Verdict> = RULES.iter().filter_map(|rule| rule(&run)).collect();
    let mut told = vec![];
    found.retain(|verdict| {
        // Steps of a network that large ones have ruined are small beside its weights.
        let contrary = verdict.illness == Illness::RateTooLow && told.contains(&Illness::RateTooHigh);
        let new = !told.contains(&verdict.illness) && !contrary;
        told.push(verdict.illness);
        new
    });
    let layers = layer::layer_verdicts(&run, &found);
    if found.is_empty() {
        found.push(steps::no_better_than_a_constant(&run).unwrap_or_else(|| health::no_illness(&run)));
    }
    let verdict = found.remove(0);
    by_position(Diagnosis { verdict, also: found, layers, notes: notes::notes(&run) }, last)
}

/// Rules count the layers with weights; users count all layers.
fn by_position(mut diagnosis: Diagnosis, snapshot: &Snapshot) -> Diagnosis {
    let position = |l: &mut usize| *l = snapshot.layers[*l].position;
    let evidence = |findings: &mut [Finding]| {
        findings.iter_mut().filter_map(|finding| finding.layer.as_mut()).for_each(position)
    };
    for verdict in std::iter::once(&mut diagnosis.verdict).chain(&mut diagnosis.also) {
        verdict.layers.iter_mut().for_each(position);
        evidence(&mut verdict.evidence);
    }
    for layer in &mut diagnosis.layers {
        position(&mut layer.layer);
        evidence(&mut layer.evidence);
    }
    diagnosis
}

/// Indices of the hidden layers for which `holds`.
fn hidden_where(snapshot: &Snapshot, holds: impl Fn(&LayerRecord) -> bool) -> Vec<usize> {
    snapshot.hidden().iter().enumerate().filter(|(_, layer)| holds(layer)).map(|(index, _)| index).collect()
}

/// The same number of each of these layers, as evidence.
fn of_layers(
    snapshot: &Snapshot,
    layers: &[usize],
    quantity: &'static str,
    limit: Option<f64>,
    value: impl Fn(&LayerRecord) -> Option<f64>,
) -> Vec<Finding> {
    let finding = |&l: &usize| Some(Finding::of(snapshot, l, quantity, value(&snapshot.layers[l])?, limit));
    layers.iter().filter_map(finding).collect()
}

impl Run<'_> {
    /// Something, if the first snapshot was at the network as it was initialised.
    fn starts_at_initialisation(&self) -> Option<()> {
        (self.first.step == 1 && !self.history.trained).then_some(())
    }

    /// The first observed step for which `holds`.
    fn since(&self, holds: impl Fn(&Snapshot) -> bool) -> Option<u64> {
        self.snapshots.iter().find(|snapshot| holds(snapshot)).map(|snapshot| snapshot.step)
    }

    /// Whether `holds` at more than half of the snapshots.
    fn mostly(&self, holds: impl Fn(&Snapshot) -> bool) -> bool {
        2 * self.snapshots.iter().filter(|snapshot| holds(snapshot)).count() > self.snapshots.len()
    }

    /// Whether so many samples were observed that "never" means something.
    fn enough(&self, snapshot: &Snapshot) -> bool {
        snapshot.samples >= self.limits.samples
    }

    /// Whether outputs are so near to their targets that there is little left for a gradient to say.
    fn done(&self, snapshot: &Snapshot) -> bool {
        snapshot.head.error < self.limits.converged * snapshot.head.constant_error
    }

    fn learned(&self) -> bool {
        self.done(self.last)
    }

    /// Whether the loss is well below that of the best constant output: then what would be a
    /// symptom elsewhere does no harm here. Sigmoids of a network that classifies well are
    /// saturated because it does.
    fn learns(&self) -> bool {
        self.learned() || self.last.loss < self.limits.learns * self.last.head.plateau
    }
}
