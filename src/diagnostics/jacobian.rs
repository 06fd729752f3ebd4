//! Singular values of a layer's Jacobian.

use super::stage::Stage;
use super::theory;
use crate::nn::network::Sequential;
use crate::nn::workspace::Workspace;
use gradlens_kernel::Scalar;
use ndarray::{Array2, Axis, Slice};
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

/// The singular values for a dense stage; `None` for others, and where something else stands below the activation.
pub(super) fn of_stage<T: Scalar>(
    net: &Sequential<T>,
    workspace: &Workspace<T>,
    stage: &Stage,
) -> Option<SingularValues> {
    if stage.pre != stage.linear {
        return None;
    }
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

/// All singular values: the roots of the eigenvalues of the smaller of A A' and A' A. The least of them are right to
/// 1e-8 of the greatest, as what is squared has half the digits.
pub(super) fn singular_values(matrix: Array2<f64>) -> Vec<f64> {
    let greatest = matrix.iter().fold(0.0, |greatest: f64, number| greatest.max(number.abs()));
    if greatest == 0.0 {
        return vec![0.0; matrix.nrows().min(matrix.ncols())];
    }
    let matrix = matrix / greatest; // or squares would not be in range
    let rows = if matrix.nrows() <= matrix.ncols() { matrix.view() } else { matrix.t() };
    let (diagonal, beside) = tridiagonal(rows.dot(&rows.t()));
    eigenvalues(&diagonal, &beside).into_iter().map(|value| greatest * value.max(0.0).sqrt()).collect()
}

/// The diagonal, and the numbers beside it, of the tridiagonal matrix with the eigenvalues of a symmetric one: Householder's
/// reflections (Golub and Van Loan, *Matrix Computations*, section 8.3.1), 4/3 n^3 operations.
fn tridiagonal(mut a: Array2<f64>) -> (Vec<f64>, Vec<f64>) {
    let mut beside = vec![];
    for k in 0..a.nrows().saturating_sub(1) {
        let below = Slice::from(k + 1..);
        let mut v = a.column(k).slice_axis(Axis(0), below).to_owned();
        let to = -v.dot(&v).sqrt().copysign(v[0]);
        beside.push(to);
        v[0] -= to;
        let length = v.dot(&v);
        if length == 0.0 {
            continue; // there is nothing left to turn
        }
        let mut rest = a.slice_axis_mut(Axis(0), below);
        let mut rest = rest.slice_axis_mut(Axis(1), below);
        let p = rest.dot(&v) * (2.0 / length);
        let w = &p - &v * (p.dot(&v) / length);
        for (mut row, (v_row, w_row)) in rest.rows_mut().into_iter().zip(v.iter().zip(&w)) {
            row.scaled_add(-v_row, &w);
            row.scaled_add(-w_row, &v);
        }
    }
    (a.diag().to_vec(), beside)
}

/// Halvings of the range in which an eigenvalue is looked for: more than an f64 has digits.
const BISECTIONS: usize = 56;

/// The eigenvalues of a symmetric tridiagonal matrix by bisection: how many are below a number is the count of negative
/// pivots (Sturm's sequence; Golub and Van Loan, section 8.4.1).
fn eigenvalues(diagonal: &[f64], beside: &[f64]) -> Vec<f64> {
    let squares: Vec<f64> = std::iter::once(0.0).chain(beside.iter().map(|b| b * b)).collect();
    // Gershgorin: no eigenvalue is farther from a number of the diagonal than what stands beside it.
    let reach = |i: usize| squares[i].sqrt() + squares.get(i + 1).map_or(0.0, |b| b.sqrt());
    let size = (0..diagonal.len()).map(|i| diagonal[i].abs() + reach(i)).fold(0.0, f64::max);
    let tiny = f64::MIN_POSITIVE + size * 1e-30;
    let below = |x: f64| {
        let mut pivot = 1.0;
        let next = |(&d, &square): (&f64, &f64)| {
            pivot = d - x - square / pivot;
            if pivot.abs() < tiny {
                pivot = -tiny;
            }
            pivot < 0.0
        };
        diagonal.iter().zip(&squares).map(next).filter(|&negative| negative).count()
    };
    let eigenvalue = |index| {
        let (mut low, mut high) = (-size, size);
        for _ in 0..BISECTIONS {
            let middle = low + (high - low) / 2.0;
            if below(middle) > index { high = middle } else { low = middle }
        }
        low + (high - low) / 2.0
    };
    (0..diagonal.len()).map(eigenvalue).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn singular_values_of_a_large_matrix_are_those_that_it_was_made_of() {
        // U S V' with reflections U and V, which are orthogonal.
        let (rows, columns) = (60, 90);
        let reflection = |n: usize, shift: f64| {
            let v = ndarray::Array1::from_shape_fn(n, |i| (i as f64 + shift).sin());
            let factor = 2.0 / v.dot(&v);
            Array2::from_shape_fn((n, n), |(i, j)| f64::from(i == j) - factor * v[i] * v[j])
        };
        for values in [
            (0..rows).map(|i| 3.0 / (1.0 + i as f64)).collect::<Vec<f64>>(),
            vec![1.0; rows],
            (0..rows).map(|i| if i < 5 { 1e-3 } else { 0.0 }).collect(),
            vec![0.0; rows],
            vec![1e-160; rows],
        ] {
            let diagonal =
                Array2::from_shape_fn((rows, columns), |(i, j)| if i == j { values[i] } else { 0.0 });
            let matrix = reflection(rows, 0.3).dot(&diagonal).dot(&reflection(columns, 2.0));
            let mut found = singular_values(matrix);
            found.sort_by(|a, b| b.total_cmp(a));
            let greatest = values[0];
            for (found, value) in found.iter().zip(&values) {
                assert!((found - value).abs() <= 1e-7 * greatest, "{found} {value}");
            }
        }
    }

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
