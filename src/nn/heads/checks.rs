//! What heads check: their targets, and settings with a number for each output.

use crate::error::{Error, Result};
use crate::nn::loss::TargetError;
use gradlens_kernel::Scalar;

/// The first of `target` for which `fits` is false, as an error.
pub(super) fn every<T: Scalar>(
    target: &[T],
    expected: &str,
    fits: impl Fn(f64) -> bool,
) -> std::result::Result<(), TargetError> {
    match target.iter().position(|&t| !fits(t.f64())) {
        Some(column) => Err(TargetError::new(format!("{} in column {column}", target[column]), expected)),
        None => Ok(()),
    }
}

/// A distribution, to within what f32 rounding of a thousand classes can do.
pub(super) fn is_distribution<T: Scalar>(target: &[T]) -> std::result::Result<(), TargetError> {
    every(target, "probabilities between 0 and 1", |t| (0.0..=1.0).contains(&t))?;
    let sum: f64 = target.iter().map(|t| t.f64()).sum();
    if (sum - 1.0).abs() <= 1e-4 {
        Ok(())
    } else {
        Err(TargetError::new(
            format!("a row that sums to {sum}"),
            "a class or a distribution, which sums to 1 (labels that do not exclude one another need the \
                sigmoid head)",
        ))
    }
}

pub(super) fn is_between_0_and_1<T: Scalar>(target: &[T]) -> std::result::Result<(), TargetError> {
    every(target, "values between 0 and 1", |t| (0.0..=1.0).contains(&t))
}

/// Refuses a softmax of a single output.
pub(super) fn check_softmax(outputs: usize) -> Result<()> {
    if outputs == 1 {
        let expected = "at least 2: a softmax of one output is always 1, so that nothing is learned; use a sigmoid \
                        head for yes or no, or an output for each class";
        return Err(Error::setting("the number of outputs under a softmax", outputs, expected));
    }
    Ok(())
}

/// Checks one positive number per output.
pub(super) fn check_per_output(name: &str, values: Option<&Vec<f64>>, outputs: usize) -> Result<()> {
    let Some(values) = values else { return Ok(()) };
    if values.len() != outputs {
        let expected = format!("{outputs} numbers, one for each output");
        return Err(Error::setting(name, format!("{} numbers", values.len()), expected));
    }
    match values.iter().find(|value| !(value.is_finite() && **value >= 0.0)) {
        Some(value) => Err(Error::setting(name, value, "finite and at least 0")),
        None => Ok(()),
    }
}
