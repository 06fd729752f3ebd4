//! Confidence put right after training.

use crate::nn::loss::{Loss, mean_loss};
use gradlens_kernel::{Mat, Scalar};
use ndarray::{Array2, Zip};

/// The temperature T by which logits z are divided for the loss of z/T to be least (Guo et al., ICML
/// 2017, section 4.2). Above 1 the network was too sure of itself, below 1 not sure enough; the order of
/// the outputs stays. Take validation data, never those that are tested on.
///
/// Made for the cross-entropies, which are convex in 1/T: the place is where the slope, the sum of
/// z dL/dz, changes its sign, found by bisection between 1/1000 and 1000. `None` if it does not change
/// there: outputs that are all right would be made ever surer, outputs that tell nothing never unsure
/// enough, and logits that are all 0 stay so.
///
/// ```
/// use gradlens::{SigmoidBinaryCrossEntropy, temperature};
/// use ndarray::array;
/// // Logits of 2 claim 0.88, and are right three times in four: ln 3 would be honest.
/// let (logits, targets) = (array![[2.0_f64], [2.0], [2.0], [2.0]], array![[1.0], [1.0], [1.0], [0.0]]);
/// let t = temperature(&SigmoidBinaryCrossEntropy::default(), &logits, &targets).unwrap();
/// assert!((2.0 / t - 3.0_f64.ln()).abs() < 1e-8);
/// // All right: the surer the better.
/// assert_eq!(temperature(&SigmoidBinaryCrossEntropy::default(), &array![[2.0_f64]], &array![[1.0]]), None);
/// ```
///
/// # Panics
/// If the shapes differ.
#[track_caller]
pub fn temperature<T: Scalar>(head: &dyn Loss<T>, logits: &Mat<T>, targets: &Mat<T>) -> Option<f64> {
    assert_eq!(logits.dim(), targets.dim(), "as many targets as logits");
    let (mut scaled, mut gradient) = (Array2::zeros(logits.dim()), Array2::zeros(logits.dim()));
    let mut slope = |inverse: f64| {
        scaled.zip_mut_with(logits, |scaled: &mut T, &z| *scaled = T::of(inverse) * z);
        mean_loss(head, &scaled, targets, &mut gradient);
        Zip::from(&gradient).and(logits).fold(0.0, |sum, &g: &T, &z| sum + g.f64() * z.f64())
    };
    let (mut low, mut high) = (1e-3_f64.ln(), 1e3_f64.ln());
    // NaN is neither.
    if !(slope(low.exp()) < 0.0 && slope(high.exp()) > 0.0) {
        return None;
    }
    // Each step halves the distance of 13.8.
    for _ in 0..34 {
        let middle = 0.5 * (low + high);
        if slope(middle.exp()) > 0.0 { high = middle } else { low = middle }
    }
    Some((-0.5 * (low + high)).exp())
}
