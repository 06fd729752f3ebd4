//! Matrix products against the definition, in f64.

use arbitrary::{Result, Unstructured};
use gradlens_kernel::{Store, Threads, product};
use ndarray::{Array1, Array2, ArrayView2, Axis, Slice};

fn number(bytes: &mut Unstructured) -> Result<f32> {
    Ok(match bytes.int_in_range(0..=9u8)? {
        0..=2 => 0.0,
        3 => -0.0,
        4 => f32::from(bytes.arbitrary::<i8>()?),
        5 => f32::MIN_POSITIVE * f32::from(bytes.arbitrary::<i8>()?) / 100.0,
        6 => 1e15 * f32::from(bytes.arbitrary::<i8>()?),
        _ => f32::from(bytes.arbitrary::<i16>()?) / 1000.0,
    })
}

/// Numbers drawn from a few that the bytes name.
fn matrix(bytes: &mut Unstructured, rows: usize, columns: usize) -> Result<Array2<f32>> {
    let few: Vec<f32> = (0..13).map(|_| number(bytes)).collect::<Result<_>>()?;
    let stride = bytes.int_in_range(1..=12usize)?;
    Ok(Array2::from_shape_fn((rows, columns), |(i, j)| few[(i * stride + j * 5 + i * j) % few.len()]))
}

/// The same matrix in another layout: transposed, every other column of a wider one, rows upside down.
fn in_layout(matrix: &Array2<f32>, how: u8, then: &mut dyn FnMut(ArrayView2<f32>)) {
    match how % 4 {
        0 => then(matrix.view()),
        1 => then(matrix.t().as_standard_layout().t()),
        2 => {
            let mut wide = Array2::from_elem((matrix.nrows(), 2 * matrix.ncols()), f32::NAN);
            wide.slice_axis_mut(Axis(1), EVERY_OTHER).assign(matrix);
            then(wide.slice_axis(Axis(1), EVERY_OTHER));
        }
        _ => {
            let reversed = matrix.slice_axis(Axis(0), BACKWARDS).as_standard_layout().into_owned();
            then(reversed.slice_axis(Axis(0), BACKWARDS));
        }
    }
}

const EVERY_OTHER: Slice = Slice { start: 0, end: None, step: 2 };
const BACKWARDS: Slice = Slice { start: 0, end: None, step: -1 };

/// So many threads, which are started once.
fn pool(count: usize) -> Threads {
    thread_local! {
        static POOLS: [Threads; 5] = [1, 2, 3, 4, 5].map(Threads::new);
    }
    POOLS.with(|pools| pools[count - 1].clone())
}

fn attack(bytes: &mut Unstructured) -> Result<()> {
    let mut side = |most: usize| if bytes.ratio(1, 4)? { Ok(1) } else { bytes.int_in_range(0..=most) };
    let (m, k, n) = (side(70)?, side(90)?, side(70)?);
    let (a, b) = (matrix(bytes, m, k)?, matrix(bytes, k, n)?);
    let with_bias: bool = bytes.arbitrary()?;
    let bias = Array1::from_shape_fn(n, |j| (j as f32 - 3.0) / 4.0);
    let bias = with_bias.then(|| bias.to_vec());
    let add: bool = bytes.arbitrary()?;
    let store = if add { Store::Add(0.5) } else { Store::Replace };
    let (how_a, how_b) = (bytes.arbitrary()?, bytes.arbitrary()?);
    let threads = bytes.int_in_range(1..=5usize)?;
    let mut c = Array2::from_elem((m, n), 2.0_f32);
    let (mut other, mut columns) = (c.clone(), Array2::from_elem((n, m), 2.0_f32));
    in_layout(&a, how_a, &mut |a| {
        in_layout(&b, how_b, &mut |b| {
            let bias = bias.as_deref();
            product(&pool(1), &a, &b, bias, store, &mut c);
            product(&pool(threads), &a, &b, bias, store, &mut other);
            product(&pool(threads), &a, &b, bias, store, &mut columns.view_mut().reversed_axes());
        });
    });
    for ((i, j), &found) in c.indexed_iter() {
        let same = |other: f32| found.to_bits() == other.to_bits() || found.is_nan() && other.is_nan();
        assert!(same(other[[i, j]]), "threads: {found} {}", other[[i, j]]);
        assert!(same(columns[[j, i]]), "layout of the result: {found} {}", columns[[j, i]]);
        let terms = (0..k).map(|l| f64::from(a[[i, l]]) * f64::from(b[[l, j]]));
        let (mut sum, mut size) = terms.fold((0.0, 0.0), |(sum, size), term| (sum + term, size + term.abs()));
        if let Some(bias) = &bias {
            (sum, size) = (sum + f64::from(bias[j]), size + f64::from(bias[j]).abs());
        }
        if add {
            (sum, size) = (2.0 + sum / 2.0, 2.0 + size / 2.0);
        }
        if !(f64::from(f32::MIN_POSITIVE) * 1e8..f64::from(f32::MAX) / 4.0).contains(&size) {
            continue; // beyond the range of f32, or where its numbers have fewer digits
        }
        // Higham, Accuracy and Stability of Numerical Algorithms, 3.1: n u for a sum of n terms.
        let bound = (k + 3) as f64 * f64::from(f32::EPSILON) * size;
        assert!((f64::from(found) - sum).abs() <= bound, "[{i}, {j}] of {m}x{k}x{n}: {found}, not {sum}");
    }
    Ok(())
}

/// Any product with a bias, added or put in place, in any layout, on 1 to 5 threads.
pub fn products(bytes: &[u8]) {
    let _ = attack(&mut Unstructured::new(bytes));
}
