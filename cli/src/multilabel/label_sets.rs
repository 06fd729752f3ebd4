//! A softmax over sets of labels, for data where thresholded marginals cannot give the right set.

use gradlens::{Dataset, Labelled};
use ndarray::Array2;

/// The number of a set: the sum of 2^k over its labels.
fn number(set: impl Iterator<Item = f32>) -> usize {
    set.enumerate().filter(|(_, y)| *y > 0.5).map(|(k, _)| 1 << k).sum()
}

/// The same samples with each set of labels as a class of its own.
pub fn as_classes(labelled: &Labelled) -> gradlens::Result<Dataset> {
    let targets = super::source::targets(labelled);
    let classes = targets.rows().into_iter().map(|row| number(row.iter().copied())).collect();
    Dataset::classes(labelled.data.inputs(), classes, 1 << targets.ncols())
}

/// The marginals that logits of sets `[samples, 2^labels]` imply, as logits, and the most probable set of every
/// sample.
pub fn marginals(sets: &Array2<f64>, labels: usize) -> (Array2<f64>, Array2<f64>) {
    let shape = (sets.nrows(), labels);
    let holds = |set: usize, k: usize| set >> k & 1 == 1;
    // ln of the sum of exp over the sets with this label, or over those without.
    let ln_sum = |row: usize, k: usize, with: bool| {
        let row = sets.row(row);
        let chosen = || row.iter().enumerate().filter(|(set, _)| holds(*set, k) == with).map(|(_, &z)| z);
        let greatest = chosen().fold(f64::NEG_INFINITY, f64::max);
        greatest + chosen().map(|z| (z - greatest).exp()).sum::<f64>().ln()
    };
    let marginals = Array2::from_shape_fn(shape, |(row, k)| ln_sum(row, k, true) - ln_sum(row, k, false));
    let best: Vec<usize> = sets
        .rows()
        .into_iter()
        .map(|row| row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(set, _)| set))
        .collect();
    (marginals, Array2::from_shape_fn(shape, |(row, k)| if holds(best[row], k) { 1.0 } else { 0.0 }))
}
