//! Illnesses of the output: no logits, or a loss that does not belong to its link.

use super::Run;
use crate::diagnostics::{Finding, HeadRecord, Illness, Remedy, Severity, Snapshot, Verdict};
use crate::nn::loss::Link;

pub(super) fn no_logits(run: &Run) -> Option<Verdict> {
    let head = &run.first.head;
    let (cause, quantity, value, remedy) = if head.link == Link::Softmax && head.outputs == 1 {
        let cause = "softmax over a single output is 1 whatever the network computes, so its gradient is 0";
        (cause.into(), "head.outputs", 1.0, Remedy::Loss("sigmoid + binary cross-entropy".into()))
    } else if !head.after_output.is_empty() && head.link.gives_probabilities() {
        let between = head.after_output.join(", ");
        let cause = format!(
            "{between} stands between the last weights and the head, which takes logits of any size and sign"
        );
        (cause, "head.after_output", head.after_output.len() as f64, Remedy::PlainLogits)
    } else {
        return None;
    };
    Some(Verdict {
        severity: Severity::Failure,
        cause,
        evidence: vec![Finding::at(run.first, quantity, value, None)],
        since_step: Some(run.first.step),
        remedies: vec![remedy],
        ..mismatched(head)
    })
}

/// Labels that do not exclude one another, under a head whose outputs share out 1.
pub(super) fn labels_under_a_softmax(run: &Run) -> Option<Verdict> {
    let head = &run.first.head;
    (head.link == Link::Softmax && head.several > 0.0).then(|| Verdict {
        severity: Severity::Failure,
        cause: format!(
            "{:.0} % of the samples have several labels, and the outputs of a softmax sum to 1: where two labels hold, neither can come \
             near 1, and where none holds the outputs still sum to 1",
            100.0 * head.several
        ),
        evidence: vec![Finding::at(run.first, "head.several", head.several, Some(0.0))],
        since_step: Some(run.first.step),
        remedies: vec![Remedy::Loss("sigmoid + binary cross-entropy".into())],
        ..mismatched(head)
    })
}

fn mismatched(head: &HeadRecord) -> Verdict {
    Verdict {
        illness: Illness::HeadLossMismatch,
        severity: Severity::Warning,
        cause: String::new(),
        evidence: vec![],
        layers: vec![],
        since_step: None,
        remedies: vec![Remedy::Loss(
            match head.link {
                Link::Softmax => "cross-entropy",
                Link::Sigmoid => "binary cross-entropy",
                Link::Identity | Link::Other => "squared error",
            }
            .into(),
        )],
    }
}

pub(super) fn mismatch(run: &Run) -> Option<Verdict> {
    let limits = run.limits;
    let stuck = |snapshot: &&Snapshot| {
        let head = &snapshot.head;
        !head.matched
            && head.link.gives_probabilities()
            && head.wrong_samples > limits.wrong
            && head.blocked >= limits.blocked
            && head.efficiency < limits.efficiency
    };
    let count = run.snapshots.iter().filter(stuck).count();
    if 2 * count < run.snapshots.len() || count == 0 {
        return None;
    }
    let worst =
        run.snapshots.iter().filter(stuck).min_by(|a, b| a.head.efficiency.total_cmp(&b.head.efficiency))?;
    let head = &worst.head;
    let numbers = [
        ("head.wrong_samples", Some(head.wrong_samples), Some(limits.wrong)),
        ("head.wrong", Some(head.wrong), None),
        ("head.blocked", Some(head.blocked), Some(limits.blocked)),
        ("head.efficiency", Some(head.efficiency), Some(limits.efficiency)),
        ("head.saturated_wrong", head.saturated_wrong, None),
        ("head.gradient_saturated_wrong", head.gradient_saturated_wrong, None),
        ("head.output_gradient_saturated_wrong", head.output_gradient_saturated_wrong, None),
    ];
    let finding =
        |(quantity, value, limit): (_, Option<f64>, _)| Some(Finding::at(worst, quantity, value?, limit));
    Some(Verdict {
        severity: if head.efficiency < limits.efficiency_failure {
            Severity::Failure
        } else {
            Severity::Warning
        },
        cause: format!(
            "{:.1} % of the outputs are wrong by more than 1/2, and for {:.0} % of these less than a tenth of the error arrives at the logits: \
             the slope of the output takes the gradient of {} (efficiency {:.3}, a matched loss has 1)",
            100.0 * head.wrong,
            100.0 * head.blocked,
            head.name,
            head.efficiency
        ),
        evidence: numbers.into_iter().filter_map(finding).collect(),
        since_step: run.since(|snapshot| stuck(&snapshot)),
        ..mismatched(head)
    })
}

/// A loss that lets less than a quarter of the error through even where nothing is stuck: all that
/// a squared error behind a sigmoid can do.
pub(super) fn loss_that_fades(run: &Run) -> Option<Verdict> {
    let fades = |snapshot: &Snapshot| {
        let head = &snapshot.head;
        !head.matched
            && head.link.gives_probabilities()
            && snapshot.head.efficiency < run.limits.efficiency_warning
    };
    let count = run.snapshots.iter().filter(|snapshot| fades(snapshot)).count();
    if 2 * count < run.snapshots.len() || run.learned() {
        return None;
    }
    let head = &run.last.head;
    Some(Verdict {
        cause: format!(
            "of the error at the outputs {:.3} arrives at the logits of {}, and less the more an output is saturated; a matched loss lets \
             all of it through",
            head.efficiency, head.name
        ),
        evidence: vec![Finding::at(
            run.last,
            "head.efficiency",
            head.efficiency,
            Some(run.limits.efficiency_warning),
        )],
        since_step: run.since(fades),
        ..mismatched(head)
    })
}

/// The accuracy is hardly better than that of always saying the most frequent class.
pub(super) fn imbalance(run: &Run) -> Option<Verdict> {
    let (accuracy, most) = (run.last.head.accuracy?, run.history.data.as_ref()?.most_frequent?);
    let beyond = (accuracy - most) / (1.0 - most);
    let holds = (run.limits.imbalance..1.0).contains(&most) && beyond < run.limits.beyond_most_frequent;
    (holds && !run.learns() && run.snapshots.len() > 2).then(|| Verdict {
        illness: Illness::ClassImbalance,
        severity: Severity::Warning,
        cause: format!(
            "{:.1} % of the samples belong to one class, and an accuracy of {:.1} % is little more than always saying that one: look at the \
             recall of every class",
            100.0 * most,
            100.0 * accuracy
        ),
        evidence: vec![
            Finding::at(run.last, "head.accuracy", accuracy, Some(most)),
            Finding::at(run.last, "data.most_frequent", most, Some(run.limits.imbalance)),
        ],
        layers: vec![],
        since_step: Some(run.last.step),
        remedies: vec![Remedy::BalancedClasses],
    })
}
