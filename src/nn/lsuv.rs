//! Weights that start by what the data are: layer-sequential unit variance.

use crate::error::Result;
use crate::nn::layer::Mode;
use crate::nn::network::{EVALUATION_ROWS, Sequential};
use crate::nn::workspace::check_room;
use gradlens_kernel::{Mat, Scalar};
use ndarray::Slice;

/// From how near 1 on a variance is left as it is, and how often a layer is scaled at most: the paper's.
const NEAR: f64 = 0.1;
const MOST: usize = 10;

impl<T: Scalar> Sequential<T> {
    /// Scales the weights of every layer that has a matrix of them, from the lowest up, until what it puts out for these
    /// inputs `[samples, input_len]` has a variance of 1, to within a tenth: layer-sequential unit variance, LSUV (Mishkin and Matas,
    /// ICLR 2016, algorithm 1). Meant for weights that start [orthogonal](crate::Init::Orthogonal). Of the inputs the
    /// first 256 are taken. Layers whose outputs do not vary are left as they are.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    ///
    /// ```
    /// use gradlens::{Dense, Init, Relu, Sequential, SoftmaxCrossEntropy};
    /// use ndarray::Array2;
    /// let x = Array2::from_shape_fn((100, 20), |(i, j)| ((i * 20 + j) as f32).sin());
    /// let mut net = Sequential::input(20)
    ///     .layer(Dense::new(50).init(Init::Orthogonal))
    ///     .layer(Relu)
    ///     .layer(Dense::new(10).init(Init::Orthogonal))
    ///     .head(SoftmaxCrossEntropy::default())
    ///     .build()?;
    /// net.scale_to_unit_variance(&x)?;
    /// let variance = net.logits(&x)?.std(0.0).powi(2);
    /// assert!((variance - 1.0).abs() < 0.1);
    /// # Ok::<(), gradlens::Error>(())
    /// ```
    pub fn scale_to_unit_variance(&mut self, inputs: &Mat<T>) -> Result<()> {
        self.check_input_len(inputs.ncols())?;
        let rows = inputs.nrows().min(EVALUATION_ROWS);
        check_room(&self.layers, rows, false, Some(0))?;
        let mut workspace = self.workspace_for_evaluation(rows);
        workspace.input_mut().assign(&inputs.slice_axis(ndarray::Axis(0), Slice::from(..rows)));
        for l in 0..self.layers.len() {
            let slot = &self.layers[l];
            let mut start = slot.range().start;
            let mut matrices = vec![];
            for param in &slot.spec().params {
                if param.shape.len() > 1 {
                    matrices.push(start..start + param.len());
                }
                start += param.len();
            }
            for _ in 0..if matrices.is_empty() { 0 } else { MOST } {
                self.forward(&mut workspace, Mode::Probe);
                let variance = variance(&workspace.output(l));
                if !(variance > 0.0 && variance.is_finite()) || (variance - 1.0).abs() < NEAR {
                    break;
                }
                let factor = T::of(variance.sqrt().recip());
                matrices.iter().for_each(|range| {
                    self.params[range.clone()].iter_mut().for_each(|w| *w *= factor);
                });
            }
        }
        Ok(())
    }
}

/// The variance of all numbers, in f64.
fn variance<T: Scalar>(numbers: &Mat<T>) -> f64 {
    let count = numbers.len() as f64;
    let mean = numbers.iter().map(|x| x.f64()).sum::<f64>() / count;
    numbers.iter().map(|x| (x.f64() - mean).powi(2)).sum::<f64>() / count
}
