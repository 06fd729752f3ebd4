//! The parameters of a network, cut into what a thread computes and changes at a time.

use super::Sequential;
use crate::layer::ParamSlice;
use crate::{Scalar, Threads};
use std::ops::Range;

/// All parameters in parts, the parts in shares of about the same size, one for each thread. It is the
/// same thread that changes a weight at every step: the weight stays in its cache.
#[derive(Debug)]
pub(crate) struct Parts {
    parts: Vec<Part>,
    /// Which parts make up each share.
    shares: Vec<Range<usize>>,
    /// Where the shares begin in [`Sequential::params`], and where the last ends.
    bounds: Vec<usize>,
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

/// Numbers of a part, at most, unless some units have more: what lies in the second cache together with the
/// weights and an optimiser's memory of them.
const MOST: usize = 1 << 16;
/// Units of a part, where there are as many: the kernel's registers hold some.
const STEP: usize = 4;
/// With fewer numbers than these times 1 + the samples of a batch, another thread is not worth it.
const LEAST_WORK: usize = 200_000;

/// Units that a part may have whatever their size: for each part the kernel copies the inputs of the layer, and
/// that is to be a small share of the work. The more samples, the less it matters where the update finds
/// the gradient.
fn wide_part(rows: usize) -> usize {
    rows.clamp(128, 256)
}

impl Parts {
    /// Cuts the parameters for batches of so many samples.
    pub fn new<T: Scalar>(net: &Sequential<T>, rows: usize) -> Self {
        let total = net.params().len();
        let count = (total * (1 + rows) / LEAST_WORK).clamp(1, net.threads().count());
        let mut all = Parts { parts: vec![], shares: vec![], bounds: vec![0] };
        let (mut first, mut end) = (0, total / count);
        for (layer, placed) in net.layers().iter().enumerate() {
            let mut start = placed.range().start;
            for (param, spec) in placed.specs().iter().enumerate() {
                let units = spec.shape.first().map_or(1, |&units| units.max(1));
                let width = (spec.len() / units).max(1);
                let most = (MOST / width / STEP * STEP).max(wide_part(rows));
                let mut unit = 0;
                while unit < units {
                    let from = start + unit * width;
                    // To the step that is nearest to the end of the share.
                    let left = (end.saturating_sub(from) / width + STEP / 2) / STEP * STEP;
                    let slice = ParamSlice { param, units: unit..units.min(unit + left.clamp(STEP, most)) };
                    unit = slice.units.end;
                    let range = from..start + unit * width;
                    if range.end + STEP / 2 * width >= end && all.bounds.len() < count {
                        all.shares.push(first..all.parts.len() + 1);
                        all.bounds.push(range.end);
                        (first, end) = (all.parts.len() + 1, total * (all.bounds.len()) / count);
                    }
                    all.parts.push(Part { layer, slice, range, decay: spec.decay });
                }
                start += spec.len();
            }
        }
        all.shares.push(first..all.parts.len());
        all.bounds.push(total);
        all
    }

    /// Cuts slices that lie as the parameters do, and runs the task on each part of them, a share on each
    /// thread.
    pub fn run<T: Send, const N: usize>(
        &self,
        threads: &Threads,
        slices: [&mut [T]; N],
        task: impl Fn(&Part, [&mut [T]; N]) + Sync,
    ) {
        threads.cut(&self.bounds, slices, |share, slices| {
            let mut slices = slices.map(Some);
            for part in &self.parts[self.shares[share].clone()] {
                let piece = slices.each_mut().map(|slice| {
                    let (piece, rest) = slice.take().expect("put back").split_at_mut(part.range.len());
                    *slice = Some(rest);
                    piece
                });
                task(part, piece);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dense, Relu, SoftmaxCrossEntropy};

    #[test]
    fn every_parameter_is_in_one_part_whatever_the_shapes_and_threads() {
        for widths in [vec![1], vec![3, 2], vec![128], vec![512, 512], vec![5, 700, 9, 2000]] {
            for threads in [1, 2, 3, 16] {
                let mut builder = Sequential::input(784).threads(threads);
                for &width in &widths {
                    builder = builder.layer(Dense::new(width)).layer(Relu);
                }
                let net = builder.layer(Dense::new(10)).head(SoftmaxCrossEntropy::default()).build().unwrap();
                let parts = Parts::new(&net, 64);
                let mut next = 0;
                for part in &parts.parts {
                    let placed = &net.layers()[part.layer];
                    let spec = &placed.specs()[part.slice.param];
                    let before: usize =
                        placed.specs()[..part.slice.param].iter().map(|spec| spec.len()).sum();
                    let width = spec.len() / spec.shape[0];
                    let start = placed.range().start + before;
                    let units = &part.slice.units;
                    assert_eq!(part.range, start + units.start * width..start + units.end * width);
                    assert_eq!((part.range.start, part.decay), (next, spec.decay));
                    assert!(part.range.len() <= MOST.max(wide_part(64) * width) && !part.range.is_empty());
                    next = part.range.end;
                }
                assert_eq!(next, net.params().len());
                // Shares are made of whole parts and differ by a few units.
                let least = net.params().len() / parts.shares.len();
                for (share, bounds) in parts.shares.iter().zip(parts.bounds.windows(2)) {
                    let ranges = parts.parts[share.clone()].iter().map(|part| part.range.len());
                    assert_eq!(ranges.sum::<usize>(), bounds[1] - bounds[0]);
                    assert!((bounds[1] - bounds[0]).abs_diff(least) <= 2 * STEP * 2000, "{bounds:?} {least}");
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
        Parts::new(&net, 1).run(net.threads(), [&mut [0.0; 0]], |_, _| panic!("there is no part"));
    }
}
