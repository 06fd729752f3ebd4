//! Singular values of a layer's Jacobian.

use super::stage::Stage;
use super::theory;
use crate::nn::network::Sequential;
use crate::nn::workspace::Workspace;
use gradlens_kernel::Scalar;
use ndarray::{Array2, Axis};
use serde::{Deserialize, Serialize};

/// Mean and largest singular value of d(activation)/d(input) = diag(phi'(s)) W, mean over some
/// samples of the batch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SingularValues {
    /// Mean over the singular values.
    pub mean: f64,
    /// The largest.
    pub max: f64,
}

/// Samples that are measured: each takes some n^3 steps for n units.
const SAMPLES: usize = 4;

/// The singular values for a dense stage; `None` for others.
pub(super) fn of_stage<T: Scalar>(
    net: &Sequential<T>,
    workspace: &Workspace<T>,
    stage: &Stage,
) -> Option<SingularValues> {
    let slot = &net.layers()[stage.linear];
    let shape = (slot.output_len(), slot.input_len());
    let spec = slot.spec().params.first().filter(|spec| spec.shape == [shape.0, shape.1])?;
    let start = slot.range().start;
    let weight = Array2::from_shape_fn(shape, |(i, j)| net.params()[start + i * shape.1 + j].f64());
    debug_assert_eq!(spec.len(), weight.len());
    let rows = workspace.rows().min(SAMPLES);
    let output = workspace.output(stage.linear);
    let pre = output.slice_axis(Axis(0), (..rows).into());
    let mut slope = Array2::from_elem(pre.dim(), T::one());
    if let Some(index) = stage.activation {
        let mut y = slope.clone();
        theory::evaluate(net.layers()[index].layer(), &pre, &mut y, &mut slope);
    }
    let (mut mean, mut max) = (0.0, 0.0);
    for slope in slope.rows() {
        let jacobian = Array2::from_shape_fn(shape, |(i, j)| slope[i].f64() * weight[[i, j]]);
        let values = singular_values(jacobian);
        mean += values.iter().sum::<f64>() / values.len() as f64 / rows as f64;
        max += values.iter().fold(0.0, |a: f64, &b| a.max(b)) / rows as f64;
    }
    Some(SingularValues { mean, max })
}

/// All singular values, by one-sided Jacobi rotations (Hestenes 1958; Golub and Van Loan, *Matrix
/// Computations*, section 8.6.3): rows are turned against one another until they are orthogonal;
/// their lengths are the values.
pub(super) fn singular_values(matrix: Array2<f64>) -> Vec<f64> {
    // The shorter side makes the rows.
    let mut rows: Vec<Vec<f64>> = if matrix.nrows() <= matrix.ncols() {
        matrix.rows().into_iter().map(|row| row.to_vec()).collect()
    } else {
        matrix.columns().into_iter().map(|column| column.to_vec()).collect()
    };
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    for _sweep in 0..30 {
        let mut turned = false;
        for i in 0..rows.len() {
            for j in i + 1..rows.len() {
                let (upper, lower) = rows.split_at_mut(j);
                let (a, b) = (&mut upper[i], &mut lower[0]);
                let (aa, bb, ab) = (dot(a, a), dot(b, b), dot(a, b));
                if ab.abs() <= 1e-10 * (aa * bb).sqrt() {
                    continue;
                }
                turned = true;
                let zeta = (bb - aa) / (2.0 * ab);
                let t = zeta.signum() / (zeta.abs() + (1.0 + zeta * zeta).sqrt());
                let t = if zeta == 0.0 { 1.0 } else { t };
                let c = 1.0 / (1.0 + t * t).sqrt();
                for (a, b) in a.iter_mut().zip(b.iter_mut()) {
                    (*a, *b) = (c * *a - c * t * *b, c * t * *a + c * *b);
                }
            }
        }
        if !turned {
            break;
        }
    }
    rows.iter().map(|row| dot(row, row).sqrt()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn singular_values_are_those_of_a_matrix_that_is_known() {
        // [[3, 0], [4, 5]] has the singular values sqrt(45) and sqrt(5).
        let mut values = singular_values(array![[3.0, 0.0], [4.0, 5.0]]);
        values.sort_by(f64::total_cmp);
        assert!((values[0] - 5.0_f64.sqrt()).abs() < 1e-12 && (values[1] - 45.0_f64.sqrt()).abs() < 1e-12);
        // Their squares sum to the squared Frobenius norm, and their product is the determinant.
        let matrix = Array2::from_shape_fn((3, 3), |(i, j)| ((i * 3 + j * 5 + i * j) as f64).sin());
        let values = singular_values(matrix.clone());
        let m = &matrix;
        let determinant = m[[0, 0]] * (m[[1, 1]] * m[[2, 2]] - m[[1, 2]] * m[[2, 1]])
            - m[[0, 1]] * (m[[1, 0]] * m[[2, 2]] - m[[1, 2]] * m[[2, 0]])
            + m[[0, 2]] * (m[[1, 0]] * m[[2, 1]] - m[[1, 1]] * m[[2, 0]]);
        assert!((values.iter().map(|v| v * v).sum::<f64>() - m.mapv(|v| v * v).sum()).abs() < 1e-12);
        assert!((values.iter().product::<f64>() - determinant.abs()).abs() < 1e-12);
        let wide = Array2::from_shape_fn((2, 5), |(i, j)| (i + 2 * j) as f64);
        let (mut a, mut b) = (singular_values(wide.clone()), singular_values(wide.reversed_axes()));
        a.sort_by(f64::total_cmp);
        b.sort_by(f64::total_cmp);
        assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-9));
    }
}
