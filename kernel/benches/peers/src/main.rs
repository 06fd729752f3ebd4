//! The products of our networks on one thread, by the crates that could compute them and by our own kernel:
//! `cargo run --release --manifest-path kernel/benches/peers/Cargo.toml`. GFLOP/s, the best of many rounds in
//! turn. All matrices lie row by row, as in the network.

use gradlens_kernel::{Threads, matmul};
use ndarray::{Array2, ArrayView2};
use std::time::Instant;

/// What a product is for: y = x W', dx = dy W or dW = dy' x.
#[derive(Clone, Copy)]
enum Kind {
    Forward,
    Input,
    Weights,
}

/// Network and batch; the result's rows and columns, and the depth.
const PRODUCTS: [(&str, Kind, [usize; 3]); 14] = [
    ("S y = x W', 64", Kind::Forward, [64, 128, 784]),
    ("S y = x W', 32", Kind::Forward, [32, 128, 784]),
    ("S dW = dy' x, 64", Kind::Weights, [128, 784, 64]),
    ("S head y = x W', 32", Kind::Forward, [32, 10, 128]),
    ("M y = x W', 128", Kind::Forward, [128, 512, 784]),
    ("M y = x W', 64", Kind::Forward, [64, 512, 512]),
    ("M dx = dy W, 64", Kind::Input, [64, 512, 512]),
    ("M dW = dy' x, 128", Kind::Weights, [512, 784, 128]),
    ("L y = x W', 512", Kind::Forward, [512, 2048, 2048]),
    ("L dx = dy W, 512", Kind::Input, [512, 2048, 2048]),
    ("L dW = dy' x, 512", Kind::Weights, [2048, 2048, 512]),
    ("M y = x W', 1", Kind::Forward, [1, 512, 784]),
    ("M dx = dy W, 1", Kind::Input, [1, 512, 512]),
    ("M dW = dy' x, 1", Kind::Weights, [512, 784, 1]),
];

type Matrix<'a> = ArrayView2<'a, f32>;
/// Computes a b into the third, which lies row by row.
type Multiply = fn(Matrix, Matrix, &mut Array2<f32>);

#[cfg(target_arch = "x86_64")]
const CRATES: [(&str, Multiply); 5] = [
    ("gemm", gemm),
    ("matrixmultiply", matrixmultiply),
    ("gemmkit", gemmkit),
    ("private-gemm-x86", private_gemm_x86),
    ("ours", ours),
];
#[cfg(not(target_arch = "x86_64"))]
const CRATES: [(&str, Multiply); 4] =
    [("gemm", gemm), ("matrixmultiply", matrixmultiply), ("gemmkit", gemmkit), ("ours", ours)];

fn main() {
    let names: Vec<&str> = CRATES.iter().map(|(name, _)| *name).collect();
    println!("| product, samples | {} |\n|---{}|", names.join(" | "), "|---".repeat(names.len()));
    for (name, kind, [m, n, k]) in PRODUCTS {
        let numbers = |rows: usize, cols: usize, salt: usize| {
            Array2::from_shape_fn((rows, cols), |(i, j)| ((i * 31 + j * 17 + salt) % 23) as f32 - 11.0)
        };
        let (a, b) = match kind {
            Kind::Forward => (numbers(m, k, 1), numbers(n, k, 2)),
            Kind::Input => (numbers(m, k, 1), numbers(k, n, 2)),
            Kind::Weights => (numbers(k, m, 1), numbers(k, n, 2)),
        };
        let (a, b) = match kind {
            Kind::Forward => (a.view(), b.t()),
            Kind::Input => (a.view(), b.view()),
            Kind::Weights => (a.t(), b.view()),
        };
        let flops = 2.0 * (m * n * k) as f64;
        let repeats = (2e7 / flops).ceil() as usize;
        let expected = a.dot(&b);
        let mut result = Array2::zeros((m, n));
        let mut best = [0.0_f64; CRATES.len()];
        for round in 0..40 {
            for ((crate_name, multiply), best) in CRATES.iter().zip(&mut best) {
                let start = Instant::now();
                for _ in 0..repeats {
                    multiply(a, b, &mut result);
                }
                *best = best.max(repeats as f64 * flops / start.elapsed().as_secs_f64() / 1e9);
                assert!(round > 0 || result == expected, "{crate_name} is wrong"); // whole numbers: exact
            }
        }
        println!("| {name} | {} |", best.map(|best| format!("{best:.0}")).join(" | "));
    }
}

fn ours(a: Matrix, b: Matrix, c: &mut Array2<f32>) {
    thread_local!(static ALONE: Threads = Threads::new(1));
    ALONE.with(|alone| matmul(alone, &a, &b, c));
}

fn gemm(a: Matrix, b: Matrix, c: &mut Array2<f32>) {
    let ([m, k], n) = ([a.nrows(), a.ncols()], b.ncols());
    // The transpose of the result, by columns: faster than by rows for most.
    let (a, b) = (b.t(), a.t());
    // SAFETY: pointers, shapes and strides are those of live arrays.
    unsafe {
        gemm_f32::gemm::f32::get_gemm_fn()(
            n,
            m,
            k,
            c.as_mut_ptr(),
            n as isize,
            1,
            false,
            a.as_ptr(),
            a.strides()[1],
            a.strides()[0],
            b.as_ptr(),
            b.strides()[1],
            b.strides()[0],
            1.0,
            1.0,
            false,
            false,
            false,
            gemm_common::Parallelism::None,
        );
    }
}

fn matrixmultiply(a: Matrix, b: Matrix, c: &mut Array2<f32>) {
    let ([m, k], n) = ([a.nrows(), a.ncols()], b.ncols());
    let ([a0, a1], [b0, b1]) = (strides(a), strides(b));
    // SAFETY: as above.
    unsafe {
        matrixmultiply::sgemm(
            m,
            k,
            n,
            1.0,
            a.as_ptr(),
            a0,
            a1,
            b.as_ptr(),
            b0,
            b1,
            0.0,
            c.as_mut_ptr(),
            n as isize,
            1,
        );
    }
}

fn gemmkit(a: Matrix, b: Matrix, c: &mut Array2<f32>) {
    let ([m, k], n) = ([a.nrows(), a.ncols()], b.ncols());
    let ([a0, a1], [b0, b1]) = (strides(a), strides(b));
    let (a, b, serial) = (a.as_ptr(), b.as_ptr(), gemmkit::Parallelism::Serial);
    // SAFETY: as above.
    unsafe {
        gemmkit::gemm_unchecked(
            m,
            k,
            n,
            1.0,
            a,
            a0,
            a1,
            b,
            b0,
            b1,
            0.0,
            c.as_mut_ptr(),
            n as isize,
            1,
            serial,
        )
    };
}

#[cfg(target_arch = "x86_64")]
fn private_gemm_x86(a: Matrix, b: Matrix, c: &mut Array2<f32>) {
    use private_gemm_x86::{Accum, DType, DstKind, IType, InstrSet, gemm};
    use std::ptr::{from_ref, null};
    let ([m, k], n) = ([a.nrows(), a.ncols()], b.ncols());
    let ([a0, a1], [b0, b1]) = (strides(a), strides(b));
    let wide = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl");
    let instructions = if wide { InstrSet::Avx512 } else { InstrSet::Avx256 };
    // SAFETY: as above; no index lists and no diagonal, which may be null.
    unsafe {
        gemm(
            DType::F32,
            IType::U64,
            instructions,
            m,
            n,
            k,
            c.as_mut_ptr().cast(),
            n as isize,
            1,
            null(),
            null(),
            DstKind::Full,
            Accum::Replace,
            a.as_ptr().cast(),
            a0,
            a1,
            false,
            null(),
            0,
            b.as_ptr().cast(),
            b0,
            b1,
            false,
            from_ref(&1.0_f32).cast(),
            1,
        );
    }
}

fn strides(matrix: Matrix) -> [isize; 2] {
    [matrix.strides()[0], matrix.strides()[1]]
}
