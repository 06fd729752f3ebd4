//! Illnesses that come in with the data.

use super::Run;
use super::steps::greatest_update;
use crate::diagnostics::{ColumnRecord, Finding, Illness, Remedy, Severity, Verdict};
use crate::plain::short;

fn verdict(
    run: &Run,
    illness: Illness,
    cause: String,
    evidence: Vec<Finding>,
    remedies: Vec<Remedy>,
) -> Verdict {
    Verdict {
        illness,
        severity: if run.learns() { Severity::Warning } else { Severity::Failure },
        cause,
        evidence,
        layers: vec![],
        since_step: Some(run.first.step),
        remedies,
    }
}

pub(super) fn constant(run: &Run) -> Option<Verdict> {
    let cause = "every sample has the same inputs, so nothing can be learned but how often the classes occur";
    (run.first.constant_inputs == 1.0 && run.first.samples > 1).then(|| Verdict {
        severity: Severity::Failure,
        ..verdict(
            run,
            Illness::ConstantInputs,
            cause.into(),
            vec![Finding::at(run.first, "constant_inputs", run.first.constant_inputs, Some(1.0))],
            vec![Remedy::Other(
                "check how the inputs are read and scaled: columns, not rows, are to be standardised".into(),
            )],
        )
    })
}

/// Every sample has the same target: whatever is learned, it says nothing.
pub(super) fn constant_targets(run: &Run) -> Option<Verdict> {
    let data = run.history.data.as_ref().filter(|data| data.constant_targets)?;
    let remedies =
        vec![Remedy::Other("check how the targets are read, and add samples with other targets".into())];
    Some(Verdict {
        severity: Severity::Failure,
        ..verdict(
            run,
            Illness::ConstantTargets,
            format!(
                "all {} samples looked at have the same target, so there is nothing to tell apart",
                data.samples
            ),
            vec![Finding::at(run.first, "data.constant_targets", 1.0, None)],
            remedies,
        )
    })
}

/// What the layers behind the last weights cannot put out.
pub(super) fn output_range(run: &Run) -> Option<Verdict> {
    outputs(run, true)
}

/// Where they let no gradient through.
pub(super) fn stuck_outputs(run: &Run) -> Option<Verdict> {
    outputs(run, false)
}

fn outputs(run: &Run, by_targets: bool) -> Option<Verdict> {
    let head = &run.last.head;
    let ((least, greatest), (low, high)) = (run.first.head.range?, run.first.head.targets);
    if head.link.gives_probabilities() {
        return None; // the head takes no such logits at all, which another rule says
    }
    let margin = run.limits.out_of_range * (high - low);
    let beyond = low < least - margin || high > greatest + margin;
    let stuck = head.at_bound > run.limits.at_bound && !run.learns();
    if !(if by_targets { beyond } else { stuck && !beyond }) {
        return None;
    }
    let between = head.after_output.join(", ");
    let cause = match beyond {
        true => format!(
            "{between} stands behind the last weights and puts out numbers from {} to {} only, and targets lie between {} and {}",
            short(least),
            short(greatest),
            short(low),
            short(high)
        ),
        false => format!(
            "{:.0} % of the outputs lie where {between}, behind the last weights, is flat: no gradient passes there",
            100.0 * head.at_bound
        ),
    };
    let evidence = vec![
        Finding::at(run.first, "head.targets, least", low, Some(least)),
        Finding::at(run.first, "head.targets, greatest", high, Some(greatest)),
        Finding::at(run.last, "head.at_bound", head.at_bound, Some(run.limits.at_bound)),
    ];
    Some(verdict(run, Illness::OutputRange, cause, evidence, vec![Remedy::PlainLogits]))
}

/// How a column is off the scale that initialisers and rates are made for, in words.
fn off(run: &Run, column: &ColumnRecord) -> Option<&'static str> {
    let limits = run.limits;
    match column {
        column if column.deviation == 0.0 => None,
        column if column.rms() > limits.input_high => Some("large"),
        column if column.deviation < limits.column_low => Some("small"),
        column if column.mean.abs() > limits.column_far * column.deviation => Some("far from 0"),
        _ => None,
    }
}

/// Whether the first step would be too large even if inputs and targets had a usual scale: then that is not what makes
/// it so. Gradients grow with the targets of a regression, and with the inputs twice: in the first layer, and again in
/// what comes of them.
fn too_large_all_the_same(run: &Run) -> bool {
    let rms = run.first.input.rms;
    let inputs = if rms > run.limits.input_high { rms * rms } else { 1.0 };
    let targets = target_scale(run).map_or(1.0, |verdict| verdict.evidence[0].value);
    greatest_update(run.first)
        .is_some_and(|update| update - (inputs * targets).log10() > run.limits.update_high)
}

/// Inputs off scale, where steps are not too large whatever the inputs.
pub(super) fn scale_first(run: &Run) -> Option<Verdict> {
    scale(run).filter(|_| run.first.input.rms < run.limits.input_high || !too_large_all_the_same(run))
}

/// Targets likewise.
pub(super) fn target_scale_first(run: &Run) -> Option<Verdict> {
    target_scale(run).filter(|_| !too_large_all_the_same(run))
}

pub(super) fn scale(run: &Run) -> Option<Verdict> {
    let input = &run.first.input;
    let (low, high) = (run.limits.input_low, run.limits.input_high);
    // Inputs that are mostly 0, as one-hot ones are, are not small.
    let typical = input.rms / (1.0 - run.first.zero_inputs).sqrt();
    if (typical >= low && input.rms <= high) || input.std == 0.0 {
        return None;
    }
    let limit = if input.rms > high { high } else { low };
    let columns = run.history.data.as_ref().map(|data| {
        let words: Vec<&str> = data.inputs.iter().filter_map(|column| off(run, column)).collect();
        let count = |what: &str| words.iter().filter(|word| **word == what).count();
        let parts = ["large", "small", "far from 0"].map(|what| (count(what), what));
        let parts =
            parts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
        format!("; of {} columns are {}", data.inputs.len(), parts.collect::<Vec<_>>().join(", "))
    });
    Some(Verdict {
        layers: if run.first.hidden().is_empty() { vec![] } else { vec![0] },
        ..verdict(
            run,
            Illness::InputScale,
            format!(
                "inputs have a root mean square of {} and lie between {} and {}{}; initialisers and rates are made for about 1",
                short(input.rms),
                short(input.min),
                short(input.max),
                columns.unwrap_or_default()
            ),
            vec![Finding::at(run.first, "input.rms", input.rms, Some(limit))],
            if run.history.data.is_some() {
                vec![Remedy::Standardise, Remedy::ScaleInput(1.0 / input.rms)]
            } else if input.mean.abs() > input.std {
                vec![Remedy::Standardise]
            } else {
                vec![Remedy::ScaleInput(1.0 / input.rms)]
            },
        )
    })
}

/// The targets of a regression are far from what outputs start at, and the network does not get there.
pub(super) fn target_scale(run: &Run) -> Option<Verdict> {
    let data = run.history.data.as_ref()?;
    // One that was trained before may have gone the way.
    let is_there = run.history.trained && run.first.loss < run.limits.better * run.first.head.plateau;
    if run.first.head.link.gives_probabilities() || run.learns() || is_there {
        return None;
    }
    let widest = data.targets.iter().max_by(|a, b| a.rms().total_cmp(&b.rms()))?;
    (widest.rms() > run.limits.target_high).then(|| {
        let cause = format!(
            "targets have mean {} and standard deviation {}, where outputs start at about 1: gradients are as much too large as the way is far",
            short(widest.mean),
            short(widest.deviation)
        );
        let evidence = vec![Finding::at(run.first, "data.targets, rms", widest.rms(), Some(run.limits.target_high))];
        verdict(run, Illness::TargetScale, cause, evidence, vec![Remedy::StandardiseTargets])
    })
}

/// Samples come in the order of their classes, so that most batches hold one class.
pub(super) fn unshuffled(run: &Run) -> Option<Verdict> {
    let (data, batch) = (run.history.data.as_ref()?, run.history.batch.filter(|_| run.history.in_order)?);
    let (same, most) = (data.same_neighbours?, data.most_frequent?);
    // Of shuffled samples neighbours have the same class about as often as classes are frequent.
    let alone = same.powi(batch.saturating_sub(1).min(1 << 20) as i32);
    if most > 0.99 || same < 0.5 + most / 2.0 || alone < 0.1 {
        return None;
    }
    let cause = format!(
        "samples come in the order of their classes: {:.1} % of neighbours have the same class, so most batches of {batch} hold one class",
        100.0 * same
    );
    let evidence = vec![Finding::at(run.first, "data.same_neighbours", same, Some(0.5 + most / 2.0))];
    Some(verdict(run, Illness::Unshuffled, cause, evidence, vec![Remedy::Shuffle]))
}

/// Layer upon layer of weights with nothing between them is a single one.
pub(super) fn linear_network(run: &Run) -> Option<Verdict> {
    // Of a run whose samples are known it is asked whether it is at its end.
    let far = run.history.data.is_some() && run.last.loss > run.limits.linear * run.last.head.plateau;
    if !run.first.affine || !run.last.affine || run.done(run.last) || run.learns() && !far {
        return None;
    }
    let cause = format!(
        "{} layers of weights with no activation between them compute what a single one can: a linear function",
        run.first.layers.len()
    );
    let evidence = vec![Finding::at(run.last, "affine", 1.0, None)];
    Some(verdict(run, Illness::LinearNetwork, cause, evidence, vec![Remedy::Activation("relu".into())]))
}
