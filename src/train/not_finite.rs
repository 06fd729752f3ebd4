//! When a loss or a gradient is NaN or infinite: where it began, and why that is likely.

use crate::error::Error;
use crate::nn::network::Sequential;
use crate::nn::workspace::Workspace;
use crate::plain::short;
use gradlens_kernel::widest;
use gradlens_kernel::{Scalar, Threads};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// What was found not to be finite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    Loss,
    Gradient,
    /// At the end of an epoch.
    Weights,
    /// At the end of the run, of the samples it was trained on.
    LastLoss,
}

/// Whether every number is finite.
pub(crate) fn all_finite<T: Scalar>(threads: &Threads, numbers: &[T]) -> bool {
    let found = AtomicBool::new(false);
    let piece = 1 << 13;
    threads.run(numbers.len().div_ceil(piece), &|index| {
        let numbers = &numbers[index * piece..numbers.len().min((index + 1) * piece)];
        if !widest(|| slice_is_finite(numbers)) {
            found.store(true, Relaxed);
        }
    });
    !found.into_inner()
}

#[inline(always)]
fn slice_is_finite<T: Scalar>(numbers: &[T]) -> bool {
    // 0 x is 0 for every finite x and NaN for all others. Sixteen sums, as a single one would wait
    // for itself.
    let mut sums = [T::zero(); 16];
    let (chunks, rest) = numbers.as_chunks::<16>();
    for chunk in chunks {
        for (sum, &x) in sums.iter_mut().zip(chunk) {
            *sum += x * T::zero();
        }
    }
    sums.iter().chain(rest).all(|x| x.is_finite())
}

/// Says where the first number that is not finite stands, in the order of computation, and what the
/// likely cause is.
pub(crate) fn error<T: Scalar>(
    net: &Sequential<T>,
    workspace: &Workspace<T>,
    epoch: usize,
    step: u64,
    rate: f64,
    found: Found,
) -> Error {
    let what = match found {
        Found::Loss => "the loss",
        Found::Gradient => "a gradient",
        Found::Weights => "a weight or the validation loss",
        Found::LastLoss => "the loss after the last step",
    };
    Error::NotFinite {
        epoch,
        step,
        what: what.into(),
        place: place(net, workspace, found),
        cause: cause(net, workspace, step, rate),
    }
}

fn place<T: Scalar>(net: &Sequential<T>, workspace: &Workspace<T>, found: Found) -> String {
    let finite = |mut numbers: ndarray::iter::Iter<'_, T, ndarray::Ix2>| numbers.all(|x| x.is_finite());
    let named =
        |index: usize, what: &str| format!("{what} layer {index} ({})", net.layers()[index].layer().name());
    if !finite(workspace.input().iter()) {
        return "the inputs".into();
    }
    for index in 0..net.layers().len() {
        let params = &net.params()[net.layers()[index].range()];
        if !params.iter().all(|w| w.is_finite()) {
            return named(index, "the weights of");
        }
        if !finite(workspace.output(index).iter()) {
            return named(index, "the output of");
        }
    }
    if found == Found::Loss {
        return format!("the head ({})", net.head().name());
    }
    if found == Found::Weights {
        return "what the network computes from the validation samples".into();
    }
    if found == Found::LastLoss {
        return "what the network computes from the samples that it was trained on".into();
    }
    for index in (0..net.layers().len()).rev() {
        if !finite(workspace.delta(index).iter()) {
            return named(index, "the gradient at the output of");
        }
        let gradients = &workspace.gradients()[net.layers()[index].range()];
        if !gradients.iter().all(|g| g.is_finite()) {
            return named(index, "the weight gradient of");
        }
    }
    unreachable!("a gradient was found not to be finite")
}

/// Weights up to this size are not what makes numbers overflow.
const SMALL: f64 = 1e3;

fn cause<T: Scalar>(net: &Sequential<T>, workspace: &Workspace<T>, step: u64, rate: f64) -> String {
    let greatest = |numbers: &mut dyn Iterator<Item = T>| numbers.map(|x| x.f64().abs()).fold(0.0, f64::max);
    let weight = greatest(&mut net.params().iter().copied());
    let input = greatest(&mut workspace.input().iter().copied());
    let kept = "The weights are those of the step before";
    if !net.params().iter().all(|w| w.is_finite()) {
        return format!(
            "a step at a learning rate of {} took weights beyond all bounds: lower the rate or the \
             weight decay, and begin anew",
            short(rate)
        );
    }
    if step > 1 && weight > SMALL {
        return format!(
            "weights have grown to {} at a learning rate of {}: it is probably too high; \
             try a tenth of it, or clip the gradient's norm. {kept}",
            short(weight),
            short(rate)
        );
    }
    let why = if input > 1e3 {
        "scale the inputs, to [0, 1] or to mean 0 and standard deviation 1"
    } else if weight > SMALL {
        "start with smaller weights (another initialiser)"
    } else {
        "check the targets, and the class weights of the head"
    };
    format!(
        "{} inputs are up to {} and weights up to {}, which is {}: {why}. {kept}",
        if step == 1 { "it is the first step;" } else { "the rate is not to blame:" },
        short(input),
        short(weight),
        if weight > SMALL { "large" } else { "small" }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_not_finite_is_found_wherever_it_stands() {
        let threads = Threads::new(2);
        let mut numbers = vec![1.0_f32; (1 << 17) + 5];
        numbers[7] = f32::MAX;
        assert!(all_finite(&threads, &numbers));
        for place in [0, 15, 16, 70_000, (1 << 17) + 4] {
            for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                let good = std::mem::replace(&mut numbers[place], bad);
                assert!(!all_finite(&threads, &numbers), "{bad} at {place}");
                numbers[place] = good;
            }
        }
    }
}
