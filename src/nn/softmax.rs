//! Softmax as a layer.

use crate::error::Result;
use crate::nn::layer::{Layer, Pass, Spec};
use gradlens_kernel::{Mat, Scalar};

/// Softmax as a layer, over the units of each row: y_k = exp(x_k) / sum_j exp(x_j).
///
/// Shapes: x and y `[rows, units]`. Backward: dx_k = y_k (dy_k - sum_j y_j dy_j).
///
/// At the output of a network the softmax belongs into the head,
/// [`SoftmaxCrossEntropy`](crate::nn::SoftmaxCrossEntropy): a head with a softmax that follows this layer gets
/// probabilities where it expects logits. The layer is there to say networks that have one elsewhere.
///
/// (Bridle, NeurIPS 1989.)
///
/// ```
/// use gradlens::nn::{Softmax, gradient_check};
/// assert!(gradient_check::layer(&Softmax, 4, 7)?.worst() < 1e-6);
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Softmax;

impl<T: Scalar> Layer<T> for Softmax {
    fn name(&self) -> String {
        "Softmax".into()
    }

    fn spec(&self, input_len: usize) -> Result<Spec> {
        Ok(Spec::new(input_len).row_by_row())
    }

    fn forward(&self, _: &Pass<T>, x: &Mat<T>, y: &mut Mat<T>, _: &mut [T]) {
        for (x, mut y) in x.rows().into_iter().zip(y.rows_mut()) {
            let greatest = x.iter().copied().fold(T::neg_infinity(), T::max);
            y.zip_mut_with(&x, |y, &x| *y = (x - greatest).quick_exp());
            let sum = y.sum();
            y.mapv_inplace(|y| y / sum);
        }
    }

    fn backward_input(&self, _: &Pass<T>, _: &Mat<T>, y: &Mat<T>, dy: &Mat<T>, dx: &mut Mat<T>, _: &mut [T]) {
        for ((y, dy), mut dx) in y.rows().into_iter().zip(dy.rows()).zip(dx.rows_mut()) {
            let mean = y.iter().zip(&dy).map(|(&y, &dy)| y * dy).fold(T::zero(), |sum, term| sum + term);
            for ((dx, &y), &dy) in dx.iter_mut().zip(&y).zip(&dy) {
                *dx = y * (dy - mean);
            }
        }
    }
}
