//! Illnesses that come in with the data.

use super::Run;
use crate::diagnostics::{Finding, Illness, Remedy, Severity, Verdict};

pub(super) fn constant(run: &Run) -> Option<Verdict> {
    (run.first.constant_inputs == 1.0 && run.first.samples > 1).then(|| Verdict {
        illness: Illness::BiasPlateau,
        severity: Severity::Failure,
        cause: "every sample has the same inputs, so nothing can be learned but how often the classes occur"
            .into(),
        evidence: vec![Finding::at(run.first, "constant_inputs", run.first.constant_inputs, Some(1.0))],
        layers: vec![],
        since_step: Some(run.first.step),
        remedies: vec![Remedy::Other("check how the inputs are read".into())],
    })
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
    Some(Verdict {
        illness: Illness::InputScale,
        severity: if run.learns() { Severity::Warning } else { Severity::Failure },
        cause: format!(
            "inputs have a root mean square of {:.3e} and lie between {:.3e} and {:.3e}; initialisers and rates are made for about 1",
            input.rms, input.min, input.max
        ),
        evidence: vec![Finding::at(run.first, "input.rms", input.rms, Some(limit))],
        layers: if run.first.hidden().is_empty() { vec![] } else { vec![0] },
        since_step: Some(run.first.step),
        remedies: vec![if input.mean.abs() > input.std {
            Remedy::Other(
                "subtract the mean from every input column and divide it by its standard deviation".into(),
            )
        } else {
            Remedy::ScaleInput(1.0 / input.rms)
        }],
    })
}
