//! How an optimiser's step is shared out among the threads.

use crate::nn::network::Sequential;
use crate::train::optimizer::{Optimizer, Step};
use gradlens_kernel::{Aligned, Scalar};

/// Numbers that a thread updates at a time: a few microseconds' work.
const PIECE: usize = 1 << 13;

/// Updates all parameters of a network by their gradients. The threads meet once.
pub(super) fn update_params<T: Scalar>(
    net: &mut Sequential<T>,
    gradients: &[T],
    [first, second]: &mut [Aligned<T>; 2],
    optimizer: &dyn Optimizer<T>,
    step: Step,
) {
    let (threads, layers, params) = net.parts_mut();
    threads.pieces(PIECE, [params, first, second], |from, [weights, first, second]| {
        let mut end = 0;
        for spec in layers.iter().flat_map(|slot| &slot.spec().params) {
            let start = end;
            end += spec.len();
            // What the piece has of this parameter.
            let part = start.max(from)..end.min(from + weights.len());
            if !part.is_empty() {
                let here = part.start - from..part.end - from;
                let memory = [&mut first[here.clone()], &mut second[here.clone()]];
                let step = Step { decay: spec.decay, ..step };
                optimizer.update(step, &mut weights[here], &gradients[part], memory);
            }
        }
    });
}
