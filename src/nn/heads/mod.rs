//! Output heads: a link function and a loss that belong together, computed from logits.
//!
//! Every head takes the **sum over outputs** and the **mean over samples**. Averaging over the
//! outputs as well, as some frameworks do for the binary cross-entropy, makes the sigmoid head look
//! K times slower than the softmax head with K outputs, which is a property of the average and not
//! of the head.
//!
//! With z the logits, t the targets, N the number of samples, p = softmax(z), s = sigmoid(z):
//!
//! | head | loss of one sample | N times its gradient at the logits |
//! |---|---|---|
//! | [`SoftmaxCrossEntropy`] | - sum t ln p | p - t |
//! | [`SigmoidBinaryCrossEntropy`] | - sum t ln s + (1 - t) ln(1 - s) | s - t |
//! | [`SigmoidMse`] | 1/2 sum (s - t)^2 | (s - t) s (1 - s) |
//! | [`SoftmaxMse`] | 1/2 sum (p - t)^2 | p_i [(p_i - t_i) - sum_j p_j (p_j - t_j)] |
//! | [`IdentityMse`] | 1/2 sum (z - t)^2 | z - t |
//!
//! (Bishop, *Pattern Recognition and Machine Learning*, 2006, sections 4.3 and 5.2; Goodfellow,
//! Bengio and Courville, *Deep Learning*, 2016, section 6.2.2, which also says why the pairings
//! with the squared error vanish when they are wrong and confident.)

mod cross_entropy;
mod rows;
mod squared_error;

pub use cross_entropy::{SigmoidBinaryCrossEntropy, SoftmaxCrossEntropy};
pub use squared_error::{IdentityMse, SigmoidMse, SoftmaxMse};

use crate::error::{Error, Result};
use gradlens_kernel::{Mat, Scalar};
use serde::Serialize;
use std::fmt::Debug;

/// An output head: what the logits mean, and how wrong they are.
///
/// Matrices are `[samples, outputs]`. An outside crate can implement it;
/// [`check::loss`](crate::check::loss) compares its gradient with finite differences.
///
/// ```
/// use gradlens::{Loss, SoftmaxCrossEntropy};
/// use ndarray::array;
/// let head = SoftmaxCrossEntropy::default();
/// let (logits, targets) = (array![[2.0_f64, 0.0, 0.0]], array![[0.0, 1.0, 0.0]]);
/// let mut gradient = logits.clone();
/// let loss = head.loss(&logits, &targets, &mut gradient);
/// let mut p = logits.clone();
/// head.predict(&mut p);
/// assert!((loss + p[[0, 1]].ln()).abs() < 1e-12);
/// assert!((&gradient - (&p - &targets)).iter().all(|d| d.abs() < 1e-12));
/// ```
pub trait Loss<T: Scalar = f32>: Debug + Send + Sync {
    /// What the head calls itself.
    fn name(&self) -> String;

    /// Turns logits into predictions, in place; of two outputs of a sample the greater one stays so.
    fn predict(&self, logits: &mut Mat<T>);

    /// The loss of each sample, into `losses`, and its gradient at the sample's logits. One sample does
    /// not look at another: the network cuts a batch into blocks of samples, one for each thread.
    fn losses(&self, logits: &Mat<T>, targets: &Mat<T>, dlogits: &mut Mat<T>, losses: &mut [T]);

    /// The loss, mean over samples, and its gradient with respect to the logits: [`losses`](Self::losses)
    /// by the number of samples.
    fn loss(&self, logits: &Mat<T>, targets: &Mat<T>, dlogits: &mut Mat<T>) -> f64 {
        let mut losses = vec![T::zero(); logits.nrows()];
        self.losses(logits, targets, dlogits, &mut losses);
        let scale = T::of(1.0 / logits.nrows() as f64);
        dlogits.mapv_inplace(|gradient| scale * gradient);
        losses.iter().map(|loss| loss.f64()).sum::<f64>() / logits.nrows() as f64
    }

    /// What turns logits into predictions; the diagnostics ask. Default: nothing.
    fn link(&self) -> Link {
        Link::Identity
    }

    /// Whether link and loss belong together, so that the whole error p - t reaches the logits
    /// (weighted or smoothed, perhaps). Default: no, or not known; the diagnostics then measure it.
    fn is_matched(&self) -> bool {
        false
    }

    /// The logits of the best constant output where the targets have this mean, one for each output:
    /// what a network that learned only its biases would put out. Default: those that predict the mean,
    /// as is right for every proper loss and for the squared error.
    fn best_constant(&self, mean: &[f64]) -> Vec<f64> {
        mean.iter().map(|&mean| self.link().logit(mean)).collect()
    }

    /// dL/dp of one output with respect to its prediction p, for target t: what a look at the
    /// outputs alone would show. `None` where the head does not tell. Default: `None`.
    fn output_gradient(&self, p: f64, t: f64) -> Option<f64> {
        let _ = (p, t);
        None
    }

    /// Whether the head can stand on so many outputs. Default: it can.
    ///
    /// # Errors
    /// [`Error::Setting`] if a setting of the head does not fit.
    fn check_outputs(&self, outputs: usize) -> Result<()> {
        let _ = outputs;
        Ok(())
    }

    /// Whether the head can learn from the target of one sample. Default: it can.
    ///
    /// # Errors
    /// What was found and what was expected.
    fn check_target(&self, target: &[T]) -> std::result::Result<(), Misfit> {
        let _ = target;
        Ok(())
    }
}

/// What a head makes of its logits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Link {
    /// One distribution over the outputs of a sample.
    Softmax,
    /// A probability for each output.
    Sigmoid,
    /// The logits themselves.
    Identity,
}

impl Link {
    /// A logit that predicts `p`, whatever the other outputs predict: ln p, ln p/(1 - p), p.
    /// Probabilities of 0 and 1 are taken for 1e-12 and 1 - 1e-12.
    ///
    /// ```
    /// assert_eq!(gradlens::Link::Sigmoid.logit(0.5), 0.0);
    /// ```
    pub fn logit(self, p: f64) -> f64 {
        let inner = p.clamp(1e-12, 1.0 - 1e-12);
        match self {
            Link::Softmax => inner.ln(),
            Link::Sigmoid => (inner / (1.0 - inner)).ln(),
            Link::Identity => p,
        }
    }
}

/// Why a target does not fit a head.
#[derive(Debug, Clone, PartialEq)]
pub struct Misfit {
    /// What the target holds.
    pub found: String,
    /// What the head asks for.
    pub expected: String,
}

impl<T: Scalar> Loss<T> for Box<dyn Loss<T>> {
    fn name(&self) -> String {
        (**self).name()
    }
    fn predict(&self, logits: &mut Mat<T>) {
        (**self).predict(logits);
    }
    fn losses(&self, logits: &Mat<T>, targets: &Mat<T>, dlogits: &mut Mat<T>, losses: &mut [T]) {
        (**self).losses(logits, targets, dlogits, losses);
    }
    fn link(&self) -> Link {
        (**self).link()
    }
    fn is_matched(&self) -> bool {
        (**self).is_matched()
    }
    fn best_constant(&self, mean: &[f64]) -> Vec<f64> {
        (**self).best_constant(mean)
    }
    fn output_gradient(&self, p: f64, t: f64) -> Option<f64> {
        (**self).output_gradient(p, t)
    }
    fn check_outputs(&self, outputs: usize) -> Result<()> {
        (**self).check_outputs(outputs)
    }
    fn check_target(&self, target: &[T]) -> std::result::Result<(), Misfit> {
        (**self).check_target(target)
    }
}

/// The first of `target` for which `fits` is false, as a misfit.
fn every<T: Scalar>(
    target: &[T],
    expected: &str,
    fits: impl Fn(f64) -> bool,
) -> std::result::Result<(), Misfit> {
    match target.iter().position(|&t| !fits(t.f64())) {
        Some(column) => {
            Err(Misfit { found: format!("{} in column {column}", target[column]), expected: expected.into() })
        }
        None => Ok(()),
    }
}

/// A distribution, to within what f32 rounding of a thousand classes can do.
fn is_distribution<T: Scalar>(target: &[T]) -> std::result::Result<(), Misfit> {
    every(target, "probabilities between 0 and 1", |t| (0.0..=1.0).contains(&t))?;
    let sum: f64 = target.iter().map(|t| t.f64()).sum();
    if (sum - 1.0).abs() <= 1e-4 {
        Ok(())
    } else {
        Err(Misfit {
            found: format!("a row that sums to {sum}"),
            expected:
                "a class or a distribution, which sums to 1 (labels that do not exclude one another need the \
                sigmoid head)"
                    .into(),
        })
    }
}

fn is_between_0_and_1<T: Scalar>(target: &[T]) -> std::result::Result<(), Misfit> {
    every(target, "values between 0 and 1", |t| (0.0..=1.0).contains(&t))
}

/// Checks one positive number per output.
fn check_per_output(name: &str, values: Option<&Vec<f64>>, outputs: usize) -> Result<()> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, Axis, Slice};

    /// Losses, gradient and predictions, as bits.
    fn bits(head: &dyn Loss, logits: &Mat<f32>, targets: &Mat<f32>, room: &mut Mat<f32>) -> Vec<Vec<u32>> {
        let mut losses = vec![0.0; logits.nrows()];
        head.losses(logits, targets, room, &mut losses);
        let gradient: Vec<f32> = room.iter().copied().collect();
        room.assign(logits);
        head.predict(room);
        let of_rows = [gradient, room.iter().copied().collect()];
        let rows = losses.iter().enumerate().map(|(i, loss)| {
            let row = i * logits.ncols()..(i + 1) * logits.ncols();
            let numbers = of_rows.iter().flat_map(|numbers| &numbers[row.clone()]);
            [loss].into_iter().chain(numbers).map(|x| x.to_bits()).collect()
        });
        rows.collect()
    }

    #[test]
    fn a_rows_bits_depend_neither_on_where_it_is_nor_on_how_the_matrices_lie() {
        let heads: [Box<dyn Loss>; 7] = [
            Box::new(SoftmaxCrossEntropy::default()),
            Box::new(SoftmaxCrossEntropy { label_smoothing: 0.1, class_weights: Some(vec![0.5, 1.5, 2.0]) }),
            Box::new(SoftmaxMse),
            Box::new(SigmoidBinaryCrossEntropy::default()),
            Box::new(SigmoidBinaryCrossEntropy { pos_weight: Some(vec![0.5, 1.5, 2.0]) }),
            Box::new(SigmoidMse),
            Box::new(IdentityMse),
        ];
        // More rows than a vector has numbers, and not a multiple of them.
        let logits = Array2::from_shape_fn((37, 3), |(i, k)| ((i * 7 + k * 5) % 23) as f32 - 11.0);
        let targets = Array2::from_shape_fn((37, 3), |(i, k)| f32::from(i % 3 == k));
        for head in &heads {
            let head = head.as_ref();
            let all = bits(head, &logits, &targets, &mut Array2::zeros((37, 3)));
            for (i, row) in all.iter().enumerate() {
                let [z, t] = [&logits, &targets].map(|matrix| matrix.slice_axis(Axis(0), (i..=i).into()));
                assert_eq!(row, &bits(head, &z, &t, &mut Array2::zeros((1, 3)))[0], "{head:?}, row {i}");
            }
            let [by_column, mut turned] = [&logits, &targets].map(|matrix| {
                let mut other = Array2::zeros((3, 37)).reversed_axes();
                other.assign(matrix);
                other
            });
            let mut wide = Array2::zeros((37, 6));
            assert_eq!(
                all,
                bits(head, &by_column, &targets, &mut wide.slice_axis_mut(Axis(1), Slice::new(0, None, 2))),
                "{head:?}"
            );
            turned.invert_axis(Axis(0));
            let mut room = Array2::zeros((3, 37)).reversed_axes();
            let backwards: Vec<_> = all.iter().rev().cloned().collect();
            let upside_down = logits.slice_axis(Axis(0), Slice::new(0, None, -1));
            assert_eq!(backwards, bits(head, &upside_down, &turned, &mut room), "{head:?}");
        }
    }
}
