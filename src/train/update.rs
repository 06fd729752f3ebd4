//! How an optimiser's step is shared out among the threads.

use crate::nn::network::Sequential;
use crate::train::optimizer::{Optimizer, Step};
use gradlens_kernel::{Aligned, PIECE_STEP, Scalar};

/// With fewer numbers than these another thread is not worth it.
const MIN_NUMBERS: usize = 1 << 14;

/// Updates all parameters of a network by their gradients. A thread updates the rows of a weight matrix whose
/// gradient it computed, which are still in its cache.
pub(super) fn update_params<T: Scalar>(
    net: &mut Sequential<T>,
    gradients: &[T],
    memory: &mut [Aligned<T>; 2],
    optimizer: &dyn Optimizer<T>,
    step: Step,
) {
    let [first, second] = memory;
    net.each_param_mut(|threads, spec, range, weights| {
        let (len, rows) = (spec.len(), spec.shape.first().map_or(1, |&rows| rows.max(1)));
        // Where a product over the rows is cut too; of narrow matrices several such steps.
        let step_len = (len / rows * PIECE_STEP).max(1);
        let piece = if len < MIN_NUMBERS { len } else { step_len * (MIN_NUMBERS / 4).div_ceil(step_len) };
        let step = Step { decay: spec.decay, ..step };
        let gradients = &gradients[range.clone()];
        let slices = [weights, &mut first[range.clone()], &mut second[range]];
        threads.pieces(piece, slices, |from, [weights, first, second]| {
            let gradients = &gradients[from..][..weights.len()];
            optimizer.update(step, weights, gradients, [first, second]);
        });
    });
}
