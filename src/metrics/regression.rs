//! Metrics where targets are numbers.

use gradlens_kernel::{Mat, Scalar};
use serde::Serialize;

/// What the predictions of a regression are worth, over all samples and all columns.
///
/// With e = prediction - target, in the units that both are given in, N samples and K columns:
///
/// | | formula | of the best constant |
/// |---|---|---|
/// | `mae` | mean of \|e\| over N K | predictions are each column's median |
/// | `rmse` | square root of the mean of e^2 over N K | predictions are each column's mean |
/// | `r2` | 1 - (sum of e^2) / (sum of squares about each column's mean) | 0 |
///
/// (R2 as in Draper and Smith, *Applied Regression Analysis*, section 1.3; of several columns all squares are taken
/// together. It is `None` where every target of every column is the same.)
///
/// ```
/// use gradlens::metrics::Regression;
/// use ndarray::array;
/// let scores = Regression::new(&array![[1.0], [2.0], [6.0]], &array![[1.0], [3.0], [5.0]]);
/// assert_eq!(scores.mae, 2.0 / 3.0);
/// assert_eq!(scores.rmse, (2.0_f64 / 3.0).sqrt());
/// assert_eq!(scores.r2, Some(0.75));
/// assert_eq!(scores.constant_mae, 4.0 / 3.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Regression {
    /// Mean absolute error.
    pub mae: f64,
    /// Root of the mean squared error.
    pub rmse: f64,
    /// Share of the targets' variance that the predictions explain.
    pub r2: Option<f64>,
    /// Mean absolute error of the best constant.
    pub constant_mae: f64,
    /// Root of the mean squared error of the best constant: the targets' standard deviation.
    pub constant_rmse: f64,
}

impl Regression {
    /// Of predictions and targets `[samples, columns]`.
    ///
    /// # Panics
    /// If their shapes differ, or there is no sample.
    pub fn new<T: Scalar>(predictions: &Mat<T>, targets: &Mat<T>) -> Self {
        assert_eq!(predictions.dim(), targets.dim(), "regression: predictions and targets differ in shape");
        assert!(!targets.is_empty(), "regression: no sample");
        let count = targets.len() as f64;
        let (mut absolute, mut squared, mut constant_absolute, mut about_mean) = (0.0, 0.0, 0.0, 0.0);
        for (predicted, target) in predictions.columns().into_iter().zip(targets.columns()) {
            let mut target: Vec<f64> = target.iter().map(|t| t.f64()).collect();
            for (p, t) in predicted.iter().zip(&target) {
                absolute += (p.f64() - t).abs();
                squared += (p.f64() - t).powi(2);
            }
            let rows = target.len() as f64;
            // Twice, so that a large mean leaves no rounding error.
            let rough = target.iter().sum::<f64>() / rows;
            let mean = rough + target.iter().map(|t| t - rough).sum::<f64>() / rows;
            about_mean += target.iter().map(|t| (t - mean).powi(2)).sum::<f64>();
            target.sort_by(f64::total_cmp);
            let median = target[target.len() / 2];
            constant_absolute += target.iter().map(|t| (t - median).abs()).sum::<f64>();
        }
        Regression {
            mae: absolute / count,
            rmse: (squared / count).sqrt(),
            r2: (about_mean > 0.0).then(|| 1.0 - squared / about_mean),
            constant_mae: constant_absolute / count,
            constant_rmse: (about_mean / count).sqrt(),
        }
    }
}
