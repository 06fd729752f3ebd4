//! What the heads compute from rows of logits and targets, for all rows at once.

use gradlens_kernel::widest;
use gradlens_kernel::{Mat, Scalar};

/// The weights, one for each output, or none.
#[track_caller]
pub(super) fn weights_of(weights: &Option<Vec<f64>>, outputs: usize) -> &[f64] {
    let weights = weights.as_deref().unwrap_or_default();
    assert!(weights.is_empty() || weights.len() == outputs, "{} weights, {outputs} outputs", weights.len());
    weights
}

/// Runs the task on the matrices' numbers, row after row; on copies of those that lie otherwise. A loop over
/// all rows becomes vectors, where one over the few outputs of a row does not.
#[inline(always)]
pub(super) fn contiguous<T: Scalar, const N: usize>(
    inputs: [&Mat<T>; N],
    output: &mut Mat<T>,
    task: impl FnOnce([&[T]; N], &mut [T]),
) {
    let fit = inputs.iter().all(|matrix| matrix.dim() == output.dim());
    assert!(fit, "a head was given matrices of different shapes");
    let inputs = inputs.map(|matrix| matrix.as_standard_layout());
    let inputs = inputs.each_ref().map(|matrix| matrix.as_slice().expect("row after row"));
    let task = |output: &mut [T]| {
        widest(
            #[inline(always)]
            || task(inputs, output),
        )
    };
    match output.as_slice_mut() {
        Some(output) => task(output),
        None => {
            let mut copy = output.as_standard_layout().into_owned();
            task(copy.as_slice_mut().expect("row after row"));
            output.assign(&copy);
        }
    }
}

/// Losses that are sums over the outputs, and their gradient, by a formula that gives both from the weight of
/// an output, if there are weights, its logit and its target.
#[inline(always)]
pub(super) fn by_output<T: Scalar>(
    [logits, targets]: [&Mat<T>; 2],
    dlogits: &mut Mat<T>,
    losses: &mut [T],
    weights: &[f64],
    formula: impl Fn(T, T, T) -> (T, T),
) {
    let outputs = logits.ncols().max(1);
    contiguous(
        [logits, targets],
        dlogits,
        #[inline(always)]
        |[logits, targets], buffer| {
            // The gradient's buffer is that of the weights and of the losses' terms too.
            let weigh = |buffer: &mut [T]| {
                for row in buffer.chunks_exact_mut(outputs) {
                    row.iter_mut().zip(weights).for_each(|(w, &weight)| *w = T::of(weight));
                }
            };
            weigh(buffer);
            for ((x, &z), &t) in buffer.iter_mut().zip(logits).zip(targets) {
                *x = formula(*x, z, t).0;
            }
            for (loss, terms) in losses.iter_mut().zip(buffer.chunks_exact(outputs)) {
                *loss = terms.iter().copied().sum();
            }
            weigh(buffer);
            for ((x, &z), &t) in buffer.iter_mut().zip(logits).zip(targets) {
                *x = formula(*x, z, t).1;
            }
        },
    );
}

/// 1/2 sum (p - t)^2 for each row, and its gradient, with p and dp/dz from `link`.
#[inline(always)]
pub(super) fn squared<T: Scalar>(
    matrices: [&Mat<T>; 2],
    dlogits: &mut Mat<T>,
    losses: &mut [T],
    link: impl Fn(T) -> (T, T),
) {
    by_output(
        matrices,
        dlogits,
        losses,
        &[],
        #[inline(always)]
        |_, z, t| {
            let (p, slope) = link(z);
            (T::of(0.5) * (p - t) * (p - t), (p - t) * slope)
        },
    );
}

/// The greatest of some numbers; NaN is left out.
#[inline(always)]
pub(super) fn greatest<T: Scalar>(row: &[T]) -> T {
    row.iter().fold(T::neg_infinity(), |max, &z| if z > max { z } else { max })
}

/// Makes exp(z - greatest) of every row of logits. Shifted by the greatest of its row, exp cannot overflow.
#[inline(always)]
pub(super) fn exponentials<T: Scalar>(logits: &mut [T], outputs: usize) {
    for row in logits.chunks_exact_mut(outputs) {
        let max = greatest(row);
        row.iter_mut().for_each(|z| *z -= max);
        // Where one logit is +inf it is alone in the softmax. (inf - inf would be NaN, which two of them stay.)
        if max == T::infinity() {
            let mut certain = row.iter_mut().filter(|z| z.is_nan());
            if let (Some(one), None) = (certain.next(), certain.next()) {
                *one = T::zero();
            }
        }
    }
    logits.iter_mut().for_each(|z| *z = z.quick_exp());
}

/// Scales a row so that it sums to 1, and returns what it summed to.
#[inline(always)]
pub(super) fn normalise<T: Scalar>(row: &mut [T]) -> T {
    let sum = row.iter().fold(T::zero(), |sum, &e| sum + e);
    let scale = T::one() / sum;
    row.iter_mut().for_each(|p| *p *= scale);
    sum
}

/// Turns every row of logits into probabilities that sum to 1.
pub(super) fn softmax<T: Scalar>(logits: &mut Mat<T>) {
    let outputs = logits.ncols().max(1);
    contiguous(
        [],
        logits,
        #[inline(always)]
        |[], p| {
            exponentials(p, outputs);
            p.chunks_exact_mut(outputs).for_each(|p| {
                normalise(p);
            });
        },
    );
}

/// Losses of softmax heads, and their gradients, by a task that is given a row's logits, its targets and
/// exp(z - greatest), which it turns into the gradient.
#[inline(always)]
pub(super) fn by_row<T: Scalar>(
    [logits, targets]: [&Mat<T>; 2],
    dlogits: &mut Mat<T>,
    losses: &mut [T],
    task: impl Fn(&[T], &[T], &mut [T]) -> T,
) {
    let outputs = logits.ncols().max(1);
    dlogits.assign(logits);
    contiguous(
        [logits, targets],
        dlogits,
        #[inline(always)]
        |[logits, targets], p| {
            exponentials(p, outputs);
            let rows = logits.chunks_exact(outputs).zip(targets.chunks_exact(outputs));
            for (((logits, targets), p), loss) in rows.zip(p.chunks_exact_mut(outputs)).zip(losses) {
                *loss = task(logits, targets, p);
            }
        },
    );
}
