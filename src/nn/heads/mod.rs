//! The built-in heads, a link and a loss each.
//!
//! Every head takes the **sum over outputs** and the **mean over samples**. Averaging over the
//! outputs as well, as some frameworks do for the binary cross-entropy, makes the sigmoid head look
//! K times slower than the softmax head with K outputs, which is a property of the average and not
//! of the head. [`MeanOverOutputs`] takes it all the same, where a program of another framework is to be said.
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
//! | [`IdentityMae`] | sum \|z - t\| | sign(z - t) |
//! | [`SoftmaxMae`] | 2 sum t (1 - p) | p_i sum_k c_k - c_i with c = 2 t p |
//! | [`SoftmaxGeneralisedCrossEntropy`] | sum t (1 - p^q) / q | the same with c = t p^q |
//! | [`SoftmaxHuberisedCrossEntropy`] | - sum t ln p, but linear below p = 1/tau | the same with c = t min(1, tau p) |
//! | [`IdentityCategoricalCrossEntropy`] | - sum t ln (z / sum z) | sum t / sum z - t / z |
//! | [`IdentityHuber`] | sum of 1/2 e^2 up to \|e\| = d, d (\|e\| - d/2) beyond, e = z - t | e, between -d and d |
//!
//! (Bishop, *Pattern Recognition and Machine Learning*, 2006, sections 4.3 and 5.2; Goodfellow,
//! Bengio and Courville, *Deep Learning*, 2016, section 6.2.2, which also says why the pairings
//! with the squared error vanish when they are wrong and confident.)

mod absolute_error;
mod categorical_cross_entropy;
mod checks;
mod cross_entropy;
mod mean_over_outputs;
mod robust;
mod rows;
mod squared_error;

pub use absolute_error::{IdentityHuber, IdentityMae, SigmoidMae};
pub use categorical_cross_entropy::IdentityCategoricalCrossEntropy;
pub use cross_entropy::{SigmoidBinaryCrossEntropy, SoftmaxCrossEntropy};
pub use mean_over_outputs::MeanOverOutputs;
pub use robust::{SoftmaxGeneralisedCrossEntropy, SoftmaxHuberisedCrossEntropy, SoftmaxMae};
pub use squared_error::{IdentityMse, SigmoidMse, SoftmaxMse};

use crate::by_name::{self, Choice};
use crate::error::Result;
use crate::nn::loss::Loss;
use gradlens_kernel::Scalar;

/// Every built-in head. To add one is a line here.
fn choices<T: Scalar>() -> Vec<Choice<Box<dyn Loss<T>>>> {
    vec![
        Choice {
            form: "softmax[:label-smoothing]",
            make: |numbers| {
                let smoothing = numbers.optional("label-smoothing").unwrap_or(0.0);
                Box::new(SoftmaxCrossEntropy::default().label_smoothing(smoothing))
            },
        },
        Choice { form: "sigmoid", make: |_| Box::new(SigmoidBinaryCrossEntropy::default()) },
        Choice { form: "softmax-labels", make: |_| Box::new(SoftmaxCrossEntropy::default().of_labels()) },
        Choice { form: "softmax-mse", make: |_| Box::new(SoftmaxMse) },
        Choice { form: "softmax-mae", make: |_| Box::new(SoftmaxMae) },
        Choice {
            form: "softmax-gce[:q]",
            make: |numbers| {
                let usual = SoftmaxGeneralisedCrossEntropy::default();
                Box::new(numbers.optional("q").map_or(usual, |q| usual.q(q)))
            },
        },
        Choice {
            form: "softmax-huberised[:tau]",
            make: |numbers| {
                let usual = SoftmaxHuberisedCrossEntropy::default();
                Box::new(numbers.optional("tau").map_or(usual, |tau| usual.tau(tau)))
            },
        },
        Choice { form: "sigmoid-mse", make: |_| Box::new(SigmoidMse) },
        Choice { form: "identity-mse", make: |_| Box::new(IdentityMse) },
        Choice { form: "sigmoid-mae", make: |_| Box::new(SigmoidMae) },
        Choice { form: "identity-cce", make: |_| Box::new(IdentityCategoricalCrossEntropy) },
        Choice { form: "identity-mae", make: |_| Box::new(IdentityMae) },
        Choice {
            form: "identity-huber[:delta]",
            make: |numbers| {
                let usual = IdentityHuber::default();
                Box::new(numbers.optional("delta").map_or(usual, |delta| usual.delta(delta)))
            },
        },
    ]
}

/// The head of this name: `softmax` and `sigmoid` with their cross-entropies, with the squared error
/// `softmax-mse`, `sigmoid-mse` and `identity-mse`, for classes of which some are wrong `softmax-gce`,
/// `softmax-huberised` and `softmax-mae`, and for regression with outliers `identity-mae` and
/// `identity-huber`; `sigmoid-mae` and `identity-cce` are there for study.
///
/// # Errors
/// [`Error::Setting`](crate::Error::Setting) for another name, or a number where none belongs.
///
/// ```
/// assert_eq!(gradlens::nn::head::<f32>("softmax")?.name(), "softmax + cross-entropy");
/// # Ok::<(), gradlens::Error>(())
/// ```
pub fn head<T: Scalar>(text: &str) -> Result<Box<dyn Loss<T>>> {
    by_name::choose("the head", &choices(), text)
}

/// The names that [`head`] knows.
pub fn head_names() -> Vec<&'static str> {
    by_name::names(&choices::<f32>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use gradlens_kernel::Mat;
    use ndarray::{Array2, Axis, Slice};

    /// Losses, gradient and predictions, as bits.
    fn bits(head: &dyn Loss, logits: &Mat<f32>, targets: &Mat<f32>, buffer: &mut Mat<f32>) -> Vec<Vec<u32>> {
        let mut losses = vec![0.0; logits.nrows()];
        head.losses(logits, targets, buffer, &mut losses);
        let gradient: Vec<f32> = buffer.iter().copied().collect();
        buffer.assign(logits);
        head.predict(buffer);
        let of_rows = [gradient, buffer.iter().copied().collect()];
        let rows = losses.iter().enumerate().map(|(i, loss)| {
            let row = i * logits.ncols()..(i + 1) * logits.ncols();
            let numbers = of_rows.iter().flat_map(|numbers| &numbers[row.clone()]);
            [loss].into_iter().chain(numbers).map(|x| x.to_bits()).collect()
        });
        rows.collect()
    }

    #[test]
    fn a_rows_bits_depend_neither_on_where_it_is_nor_on_how_the_matrices_lie() {
        let heads: [Box<dyn Loss>; 15] = [
            Box::new(SoftmaxCrossEntropy::default()),
            Box::new(SoftmaxCrossEntropy::default().label_smoothing(0.1).class_weights(vec![0.5, 1.5, 2.0])),
            Box::new(SoftmaxMse),
            Box::new(SigmoidBinaryCrossEntropy::default()),
            Box::new(SigmoidBinaryCrossEntropy::default().pos_weight(vec![0.5, 1.5, 2.0])),
            Box::new(SigmoidMse),
            Box::new(IdentityMse),
            Box::new(IdentityMae),
            Box::new(SigmoidMae),
            Box::new(SoftmaxMae),
            Box::new(SoftmaxGeneralisedCrossEntropy::default()),
            Box::new(SoftmaxHuberisedCrossEntropy::default().tau(2.5)),
            Box::new(IdentityHuber::default().delta(2.5)),
            Box::new(IdentityCategoricalCrossEntropy),
            Box::new(MeanOverOutputs::new(SigmoidMse)),
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
            let mut buffer = Array2::zeros((3, 37)).reversed_axes();
            let backwards: Vec<_> = all.iter().rev().cloned().collect();
            let upside_down = logits.slice_axis(Axis(0), Slice::new(0, None, -1));
            assert_eq!(backwards, bits(head, &upside_down, &turned, &mut buffer), "{head:?}");
        }
    }
}
