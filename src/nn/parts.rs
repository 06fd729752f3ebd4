//! The parameters of a network, cut into what a thread computes and changes at a time.

use crate::nn::layer::ParamSlice;
use crate::nn::network::Sequential;
use gradlens_kernel::{PIECE_STEP, Shares};
use gradlens_kernel::{Scalar, Threads};
use std::ops::Range;

/// All parameters in parts, and these in shares, one for each thread: as many of the units of every layer. It is
/// the same thread that changes a weight at every step: the weight stays in its cache.
#[derive(Debug)]
pub(crate) struct Parts {
    shares: Vec<Vec<Part>>,
    ranges: Shares,
}

/// Some units' rows of one parameter.
#[derive(Debug)]
pub(crate) struct Part {
    pub layer: usize,
    pub slice: ParamSlice,
    /// Where it lies in [`Sequential::params`].
    pub range: Range<usize>,
    /// Whether weight decay applies.
    pub decay: bool,
}

/// Numbers of a part, at most, unless some units have more: a gradient that lies in the second cache together with the
/// weights and an optimiser's memory of them.
const MOST: usize = 1 << 16;
/// With fewer numbers than these times 1 + the samples of a batch, another thread is not worth it.
const LEAST_WORK: usize = 200_000;

/// Units that a part may have whatever their size: for each part the kernel copies the inputs of the layer, and
/// that is to be a small share of the work. The more samples, the less it matters where the update finds
/// the gradient.
fn wide_part(rows: usize) -> usize {
    rows.clamp(128, 256)
}

impl Parts {
    /// Cuts the parameters for batches of so many samples. Where the gradient is `stored` before it is used, a
    /// part is no larger than what stays in the cache meanwhile.
    pub fn new<T: Scalar>(net: &Sequential<T>, rows: usize, stored: bool) -> Self {
        let total = net.params().len();
        let count = (total * (1 + rows) / LEAST_WORK).clamp(1, net.threads().count());
        let mut shares: Vec<Vec<Part>> = (0..count).map(|_| vec![]).collect();
        for (layer, placed) in net.layers().iter().enumerate() {
            let mut start = placed.range().start;
            for (param, spec) in placed.specs().iter().enumerate() {
                if spec.is_empty() {
                    continue;
                }
                let units = spec.shape.first().map_or(1, |&units| units);
                let width = spec.len() / units;
                let in_cache = (MOST / width).next_multiple_of(PIECE_STEP).max(wide_part(rows));
                let most = if stored { in_cache } else { units };
                // Where a product over the units is cut too; few units are the last thread's.
                let steps = units / PIECE_STEP;
                let begin = |share| if share == count { units } else { steps * share / count * PIECE_STEP };
                for (share, parts) in shares.iter_mut().enumerate() {
                    let end = begin(share + 1);
                    for unit in (begin(share)..end).step_by(most) {
                        let slice = ParamSlice { param, units: unit..end.min(unit + most) };
                        let range = start + slice.units.start * width..start + slice.units.end * width;
                        parts.push(Part { layer, slice, range, decay: spec.decay });
                    }
                }
                start += spec.len();
            }
        }
        let ranges = shares.iter().map(|parts| parts.iter().map(|part| part.range.clone()).collect());
        Parts { ranges: Shares::new(ranges.collect()), shares }
    }

    /// Cuts slices that lie as the parameters do, and runs the task on each part of them, a share on each
    /// thread.
    pub fn run<T: Send, const N: usize>(
        &self,
        threads: &Threads,
        slices: [&mut [T]; N],
        task: impl Fn(&Part, [&mut [T]; N]) + Sync,
    ) {
        threads.shares(&self.ranges, slices, |share, index, pieces| task(&self.shares[share][index], pieces));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::activation::Relu;
    use crate::nn::dense::Dense;
    use crate::nn::heads::SoftmaxCrossEntropy;

    #[test]
    fn every_parameter_is_in_one_part_whatever_the_shapes_and_threads() {
        for widths in [vec![1], vec![3, 2], vec![128], vec![512, 512], vec![5, 700, 9, 2000]] {
            for (threads, stored) in [(1, true), (2, true), (3, true), (16, true), (2, false), (3, false)] {
                let mut builder = Sequential::input(784).threads(threads);
                for &width in &widths {
                    builder = builder.layer(Dense::new(width)).layer(Relu);
                }
                let net = builder.layer(Dense::new(10)).head(SoftmaxCrossEntropy::default()).build().unwrap();
                let parts = Parts::new(&net, 64, stored);
                let mut all: Vec<&Part> = parts.shares.iter().flatten().collect();
                all.sort_by_key(|part| part.range.start);
                let mut next = 0;
                for part in all {
                    let placed = &net.layers()[part.layer];
                    let spec = &placed.specs()[part.slice.param];
                    let before: usize =
                        placed.specs()[..part.slice.param].iter().map(|spec| spec.len()).sum();
                    let width = spec.len() / spec.shape[0];
                    let start = placed.range().start + before;
                    let units = &part.slice.units;
                    assert_eq!(part.range, start + units.start * width..start + units.end * width);
                    assert_eq!((part.range.start, part.decay), (next, spec.decay));
                    assert!(
                        !stored || part.range.len() <= (MOST + PIECE_STEP * width).max(wide_part(64) * width)
                    );
                    assert!(!part.range.is_empty());
                    next = part.range.end;
                }
                assert_eq!(next, net.params().len());
                // Every share has as many units of a layer, but for a few.
                for (layer, placed) in net.layers().iter().enumerate() {
                    for share in &parts.shares {
                        let units = share.iter().filter(|part| part.layer == layer && part.slice.param == 0);
                        let units: usize = units.map(|part| part.slice.units.len()).sum();
                        let least = placed.output_len() / parts.shares.len();
                        assert!(placed.specs().is_empty() || units.abs_diff(least) <= 2 * PIECE_STEP);
                    }
                }
                let mut seen = vec![0; net.params().len()];
                parts.run(net.threads(), [&mut seen], |part, [seen]| {
                    assert_eq!(seen.len(), part.range.len());
                    seen.iter_mut().enumerate().for_each(|(i, seen)| *seen += part.range.start + i + 1);
                });
                assert!(seen.iter().enumerate().all(|(i, &seen)| seen == i + 1));
            }
        }
    }

    #[test]
    fn a_network_without_parameters_has_nothing_to_cut() {
        let net = Sequential::input(2).layer(Relu).head(SoftmaxCrossEntropy::default()).build().unwrap();
        Parts::new(&net, 1, true).run(net.threads(), [&mut [0.0; 0]], |_, _| panic!("there is no part"));
    }
}
