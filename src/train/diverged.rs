//! When a run ends with a loss that is finite, and far beyond what it costs to know nothing.

use crate::data::dataset::Dataset;
use crate::error::Error;
use crate::nn::loss::constant_loss;
use crate::nn::network::Sequential;
use crate::plain::short;
use crate::train::evaluation::evaluate_rows;
use gradlens_kernel::Scalar;
use ndarray::Array2;

/// How many times as large as at the first step, and as that of the best constant output, the loss may be with the
/// weights that a run ends with.
///
/// The loss over that of the best constant output is 1 - R^2, for cross-entropies McFadden's R^2 (1974). It is 1 for a
/// network that ignores its inputs, which every network can reach with its biases alone, and nothing bounds it from
/// above. So a network beyond 1 is worse than none, and the factor leaves two orders of magnitude for runs that were
/// cut short, samples that are few, and heads whose best constant output is not known. The healthy networks of
/// `gradlens zoo --seeds 2` all end below 0.9, and of the sick ones those that are not beyond 200 below 40.
const MOST: f64 = 100.0;

/// Samples that the loss is measured on: enough for a mean, and little beside an epoch.
const SAMPLES: usize = 1024;

/// The loss of a network, if it is too large for a run that began with a loss of `first`, or not finite.
#[derive(Debug, Clone, Copy)]
pub(super) struct Diverged {
    pub loss: f64,
    /// That of the best constant output.
    pub constant: f64,
}

/// Judges a network after a run, on the rows it was trained on.
pub(super) fn judge<T: Scalar>(
    net: &Sequential<T>,
    data: &Dataset<T>,
    rows: &[usize],
    first: f64,
) -> Option<Diverged> {
    // From everywhere, as the rows may be in the order of their classes.
    let rows: Vec<usize> = rows.iter().copied().step_by(rows.len().div_ceil(SAMPLES).max(1)).collect();
    let (loss, ..) = evaluate_rows(net, data, &rows);
    if loss <= MOST * first {
        return None;
    }
    let (mut inputs, mut targets) =
        (Array2::zeros((rows.len(), net.input_len())), Array2::zeros((rows.len(), net.output_len())));
    data.gather(&rows, net.threads(), &mut inputs.view_mut(), &mut targets.view_mut());
    let constant = constant_loss(net.head(), &targets);
    // Losses of one's own may be negative, and then have no such scale. NaN is not at most anything.
    let absurd = first.max(constant) > 0.0 && loss > MOST * first.max(constant);
    (absurd || !loss.is_finite()).then_some(Diverged { loss, constant })
}

impl Diverged {
    pub fn error(self, epoch: usize, step: u64, first: f64, rate: f64) -> Error {
        let cause = format!(
            "the learning rate, {} at the last step, is probably too high: try a tenth of it, or clip the \
             gradient's norm",
            short(rate)
        );
        Error::Diverged { epoch, step, loss: self.loss, first, constant: self.constant, cause }
    }
}
