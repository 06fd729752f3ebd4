//! Illnesses of the steps: too large, too small, to nowhere, beyond all bounds.

use super::Run;
use super::units::{dead, saturated};
use crate::diagnostics::{Finding, Illness, LayerRecord, Remedy, Severity, Snapshot, Verdict};
use crate::plain::short;

/// The greatest log10 dW/W over the weights of a snapshot.
pub(super) fn greatest_update(snapshot: &Snapshot) -> Option<f64> {
    let weights = snapshot.layers.iter().filter_map(|layer| layer.params.first()?.update_log10);
    weights.filter(|update| !update.is_nan()).max_by(f64::total_cmp)
}

/// "10^-3.0 of their size", of the log10 of an update beside the weights.
fn in_words(update: f64) -> String {
    match update {
        f64::INFINITY => "more than a number can hold".into(),
        f64::NEG_INFINITY => "less than their number format can hold, or not at all,".into(),
        update => format!("10^{update:.1} of their size"),
    }
}

pub(super) fn failed(step: u64, message: &str, remedies: Vec<Remedy>) -> Verdict {
    Verdict {
        illness: Illness::NotFinite,
        severity: Severity::Failure,
        cause: message.to_string(),
        evidence: vec![],
        layers: vec![],
        since_step: Some(step),
        remedies,
    }
}

/// What helps where nothing else is known: before the first update it is not the rate.
pub(super) fn after_failure(step: u64) -> Vec<Remedy> {
    let init = Remedy::Init("default".into());
    if step > 1 { vec![init, Remedy::Rate(0.1)] } else { vec![init] }
}

pub(super) fn not_finite(run: &Run) -> Option<Verdict> {
    let failure = run.history.failure.as_ref().filter(|failure| !failure.diverged)?;
    let largest = run
        .snapshots
        .iter()
        .filter_map(|snapshot| {
            Some((snapshot, greatest_update(snapshot).filter(|update| update.is_finite())?))
        })
        .max_by(|a, b| a.1.total_cmp(&b.1));
    match largest {
        Some((snapshot, high)) if failure.step > 1 && high > run.limits.update_high => Some(Verdict {
            illness: Illness::RateTooHigh,
            remedies: vec![slower(run)],
            cause: format!("one step changed the weights by 10^{high:.1} of their size; {}", failure.message),
            evidence: vec![Finding::at(snapshot, "update_log10", high, Some(run.limits.update_high))],
            ..failed(failure.step, "", vec![])
        }),
        _ => Some(failed(failure.step, &failure.message, after_failure(failure.step))),
    }
}

/// The rate that would have made the first update of a usual size; at most a tenth. Later updates are of
/// weights that are lost already.
fn slower(run: &Run) -> Remedy {
    let first = greatest_update(run.first).filter(|update| update.is_finite()).unwrap_or(-1.0);
    Remedy::Rate(10f64.powf((-2.5 - first).clamp(-30.0, -1.0)))
}

pub(super) fn rate_too_high(run: &Run) -> Option<Verdict> {
    let high =
        |snapshot: &Snapshot| greatest_update(snapshot).is_some_and(|update| update > run.limits.update_high);
    let count = run.snapshots.iter().filter(|snapshot| high(snapshot)).count();
    let (start, end, plateau) = (run.first.loss, run.last.loss, run.last.head.plateau);
    let diverged = end > 2.0 * plateau && end > start;
    // Large steps that bring the loss down are large, and not too large.
    let harm = end > run.limits.harm * start.min(plateau);
    let killed = |found: fn(&Run, &Snapshot) -> Vec<usize>| {
        found(run, run.first).is_empty() && !found(run, run.last).is_empty()
    };
    let lasting = diverged || 3 * count >= run.snapshots.len() || killed(dead) || killed(saturated);
    // Weights that start at 0 are changed by all of their size at first, which does no harm.
    let falls = run.snapshots.windows(2).all(|pair| pair[1].loss <= pair[0].loss);
    if count == 0 || !harm || !lasting || falls || run.learned() {
        return None;
    }
    let worst = run
        .snapshots
        .iter()
        .filter_map(|snapshot| Some((snapshot, greatest_update(snapshot)?)))
        .max_by(|a, b| a.1.total_cmp(&b.1))?;
    Some(Verdict {
        illness: Illness::RateTooHigh,
        severity: if diverged { Severity::Failure } else { Severity::Warning },
        cause: format!(
            "a step changes weights by up to {} (10^-3 is usual), and the loss went from {} to {}",
            in_words(worst.1),
            short(start),
            short(end)
        ),
        evidence: vec![
            Finding::at(worst.0, "update_log10", worst.1, Some(run.limits.update_high)),
            Finding::at(run.last, "loss", end, Some(run.limits.harm * start.min(plateau))),
        ],
        layers: vec![],
        since_step: run.since(high),
        remedies: [slower(run)]
            .into_iter()
            .chain(run.history.batch.filter(|&batch| batch <= run.limits.few).map(|_| Remedy::Batch(32)))
            .collect(),
    })
}

/// The loss stands where a constant output stands: because steps are too small, or because only biases learn.
pub(super) fn learning_nothing(run: &Run) -> Option<Verdict> {
    if run.snapshots.len() < 3 {
        return None;
    }
    rate_too_low(run).or_else(|| plateau(run))
}

/// The loss is no better than that of the best constant output, and no other rule says why: it was still falling, or
/// nothing was learned.
pub(super) fn no_better_than_a_constant(run: &Run) -> Option<Verdict> {
    let (last, limits) = (run.last, run.limits);
    let trained = run.snapshots.len() >= 3 && run.first.step < last.step;
    let (end, plateau) = (last.loss, last.head.plateau);
    // Of a run whose samples are known it is asked whether it is at its end; others may be a look at the first steps.
    let unfinished = run.history.data.is_some() && end >= limits.well * plateau;
    let nothing = end >= limits.better * plateau;
    if !trained || !(nothing || unfinished) || run.done(last) || plateau <= f64::MIN_POSITIVE {
        return None;
    }
    if nothing && last.affine_or_single() {
        return Some(single_layer(run));
    }
    let half = half_way(run);
    let falls = late_fall(run);
    // Of a loss that has a floor, as that of noisy targets has, progress tells more than the loss itself.
    let late = (half.loss - end) / (plateau - end);
    let falling = if nothing {
        falls > limits.moved
    } else {
        falls > limits.still_falling || late > limits.late_progress && half.loss < plateau
    };
    let travel = travel(run);
    let short_way = nothing && !falling && travel < limits.travel;
    if !nothing && !falling {
        return None;
    }
    let few_steps = few_steps(run);
    let ends = format!(
        "at the end the loss is {}, where the best constant output has {}",
        short(end),
        short(plateau)
    );
    let mut cause = match (falling, short_way) {
        (true, _) => {
            format!(
                "{ends}, and it was still falling: by {} % since step {}",
                short(100.0 * falls),
                half.step
            )
        }
        (_, true) => format!(
            "{ends}: in {} steps the weights have moved by {} of their size at most, which is too short a way to have learned anything",
            last.step,
            short(travel)
        ),
        _ => format!("{ends}: nothing was learned, and no measurement says why"),
    };
    if let Some((steps, samples)) = few_steps {
        cause += &format!(
            ". An epoch is {steps} {} of {samples} samples: smaller batches make more steps of the same work",
            if steps == 1 { "step" } else { "steps" }
        );
    }
    let undertrained = falling || short_way;
    let remedies = match undertrained {
        true => vec![longer(last.step), Remedy::Rate(10.0)],
        false => vec![Remedy::Rate(0.1), Remedy::Rate(10.0), longer(last.step)],
    };
    Some(Verdict {
        illness: if undertrained { Illness::Undertrained } else { Illness::NotLearning },
        severity: Severity::Failure,
        cause,
        evidence: vec![
            Finding::at(last, "loss", end, Some(limits.better * plateau)),
            Finding::at(last, "loss, fall over half of the steps", falls, Some(limits.moved)),
            Finding::at(last, "way of the weights over their size, at most", travel, Some(limits.travel)),
        ],
        layers: vec![],
        since_step: Some(last.step),
        remedies: few_steps.map(|_| Remedy::Batch(32)).into_iter().chain(remedies).collect(),
    })
}

/// The look that half of the steps were enough for.
fn half_way<'a>(run: &Run<'a>) -> &'a Snapshot {
    run.snapshots.iter().rfind(|snapshot| 2 * snapshot.step <= run.last.step).unwrap_or(run.first)
}

/// The share of the loss that the second half of the steps took away.
fn late_fall(run: &Run) -> f64 {
    let half = half_way(run).loss;
    (half - run.last.loss) / half.abs().max(f64::MIN_POSITIVE)
}

/// Ten times as long, and of a run of a few steps so long that it has a thousand.
fn longer(steps: u64) -> Remedy {
    Remedy::Longer((1000.0 / steps.max(1) as f64).clamp(10.0, 1000.0).round())
}

/// How far the weights can have moved, over their size: every step as far as the greatest at the snapshot before it.
fn travel(run: &Run) -> f64 {
    let gaps = run.snapshots.windows(2).map(|pair| (pair[1].step - pair[0].step) as f64).chain([1.0]);
    let steps = run.snapshots.iter().zip(gaps);
    steps.filter_map(|(snapshot, gap)| Some(gap * 10f64.powf(greatest_update(snapshot)?))).sum()
}

/// Steps of an epoch and samples of a step, where these are many and those few.
fn few_steps(run: &Run) -> Option<(u64, u64)> {
    let epoch = run.history.epochs.first()?;
    let steps = epoch.step;
    let samples = run.history.batch? as u64;
    (steps <= 4 && samples >= 128).then_some((steps, samples))
}

/// A linear function of the inputs is not enough.
fn single_layer(run: &Run) -> Verdict {
    Verdict {
        illness: Illness::LinearNetwork,
        severity: Severity::Failure,
        cause: format!(
            "the network is a linear function of its inputs and ends at a loss of {}, where the best constant output has {}: targets that \
             depend on inputs together, as XOR does, need a hidden layer",
            short(run.last.loss),
            short(run.last.head.plateau)
        ),
        evidence: vec![Finding::at(
            run.last,
            "loss",
            run.last.loss,
            Some(run.limits.better * run.last.head.plateau),
        )],
        layers: vec![],
        since_step: Some(run.last.step),
        remedies: vec![Remedy::Hidden(16), Remedy::Rate(10.0)],
    }
}

/// The middle one of the greatest updates at the snapshots.
fn median_update(run: &Run) -> Option<f64> {
    let mut updates: Vec<f64> = run.snapshots.iter().filter_map(greatest_update).collect();
    updates.sort_by(f64::total_cmp);
    updates.get(updates.len() / 2).copied()
}

fn rate_too_low(run: &Run) -> Option<Verdict> {
    let (first, last, limits) = (run.first, run.last, run.limits);
    let median = median_update(run)?;
    let moved = (first.loss - last.loss) / first.loss.abs().max(f64::MIN_POSITIVE);
    let params = || last.layers.iter().flat_map(|layer| &layer.params);
    if !params().any(|param| param.gradient_rms > 0.0)
        || median >= limits.update_low
        || moved >= limits.moved
        || run.done(last)
    {
        return None;
    }
    let unchanged =
        last.layers.iter().filter_map(|layer| layer.params.first()?.unchanged).fold(0.0, f64::max);
    let mut evidence = vec![
        Finding::at(last, "loss taken away", moved, Some(limits.moved)),
        Finding::at(last, "unchanged", unchanged, None),
    ];
    if median.is_finite() {
        evidence.push(Finding::at(last, "update_log10, median", median, Some(limits.update_low)));
    }
    let lost = match unchanged {
        share if share > 0.5 => {
            format!(
                "; {:.0} % of a layer's weights the last step left as they were, to the bit",
                100.0 * share
            )
        }
        _ => String::new(),
    };
    Some(Verdict {
        illness: Illness::RateTooLow,
        severity: Severity::Failure,
        cause: format!(
            "a step changes weights by {} (10^-3 is usual), and from step {} to {} the loss went from {:.4} to {:.4}{lost}",
            in_words(median),
            first.step,
            last.step,
            first.loss,
            last.loss
        ),
        evidence,
        layers: vec![],
        since_step: Some(first.step),
        remedies: vec![if median.is_finite() {
            Remedy::Rate(10f64.powf(-3.0 - median))
        } else {
            Remedy::Other("set a larger learning rate: 0.1 is usual for SGD, 0.001 for Adam".into())
        }],
    })
}

fn plateau(run: &Run) -> Option<Verdict> {
    let (last, limits) = (run.last, run.limits);
    let distance = |snapshot: &Snapshot| (snapshot.loss / snapshot.head.plateau - 1.0).abs();
    let on_plateau = |snapshot: &Snapshot| distance(snapshot) < limits.plateau;
    let flat = run.snapshots.iter().rev().take(3).all(on_plateau);
    // Early on a network may differ between samples by how it was initialised; later that is what it learned.
    let alike = last.head.logit_spread < limits.plateau_logits || last.step >= limits.plateau_steps;
    if !(flat && alike && last.step >= 50 && run.enough(last)) || run.learned() {
        return None;
    }
    // Of a run whose samples are known more can be said: that a line is not enough, or that it has only begun.
    let begun = late_fall(run) > limits.moved || travel(run) < limits.travel;
    if run.history.data.is_some() && (begun || last.affine_or_single()) {
        return None;
    }
    // Activations that are nowhere steep keep a good deal of the gradient, even where it does not vanish.
    let shallow = |layer: &LayerRecord| layer.slope_ceiling.is_some_and(|ceiling| ceiling < 0.5);
    let steeper = run.first.hidden().iter().any(shallow).then(|| Remedy::Activation("relu".into()));
    Some(Verdict {
        illness: Illness::BiasPlateau,
        severity: Severity::Failure,
        cause: format!(
            "the loss stands at {:.4}, where the best constant output stands at {:.4}, and outputs hardly differ between samples \
             (standard deviation of the logits {}): the network knows how often the classes occur and nothing else",
            last.loss,
            last.head.plateau,
            short(last.head.logit_spread)
        ),
        evidence: vec![
            Finding::at(last, "distance of the loss from head.plateau", distance(last), Some(limits.plateau)),
            Finding::at(last, "head.logit_spread", last.head.logit_spread, Some(limits.plateau_logits)),
        ],
        layers: vec![],
        since_step: run.since(on_plateau),
        remedies: run.history.kept.map(|_| Remedy::Dropout(0.0)).into_iter().chain(steeper).chain([Remedy::Other(
            "see whether inputs and targets belong together and differ between samples, and whether weight decay or dropout leave anything to learn with".into(),
        )]).collect(),
    })
}
