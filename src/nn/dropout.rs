//! Dropout.

use crate::error::{Error, Result};
use crate::nn::layer::{Layer, Pass, Spec};
use gradlens_kernel::widest;
use gradlens_kernel::{Mat, Scalar};
use rand::RngCore;

/// Inverted dropout (Srivastava et al., JMLR 15, 2014): in training every number is zeroed with
/// probability p and the others are divided by 1 - p, so that the mean stays; in evaluation y = x.
///
/// p is rounded to a multiple of 2^-16. No parameters. The same seed drops the same units.
///
/// ```
/// use gradlens::{Dense, Dropout, Relu, Sequential, SoftmaxCrossEntropy};
/// let net = Sequential::input(784)
///     .layer(Dense::new(128))
///     .layer(Relu)
///     .layer(Dropout::new(0.2))
///     .layer(Dense::new(10))
///     .head(SoftmaxCrossEntropy::default())
///     .build()?;
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Dropout {
    p: f64,
}

impl Dropout {
    /// Drops with probability `p`, 0 <= p < 1 (checked when the network is built).
    pub fn new(p: f64) -> Self {
        Dropout { p }
    }

    /// A 16-bit number below this drops.
    fn threshold(self) -> u16 {
        (self.p * 65536.0).round().min(65535.0) as u16
    }
}

impl<T: Scalar> Layer<T> for Dropout {
    fn name(&self) -> String {
        format!("Dropout({})", self.p)
    }

    /// With a mask as scratch space.
    fn spec(&self, input_len: usize) -> Result<Spec> {
        if (0.0..1.0).contains(&self.p) {
            Ok(Spec::new(input_len).scratch(input_len, 0).row_by_row().drops(self.p))
        } else {
            Err(Error::setting("the dropout probability", self.p, "at least 0 and below 1"))
        }
    }

    fn forward(&self, pass: &Pass<T>, x: &Mat<T>, y: &mut Mat<T>, mask: &mut [T]) {
        if !pass.training {
            y.assign(x);
            return;
        }
        let threshold = self.threshold();
        let kept = T::of(1.0 / (1.0 - f64::from(threshold) / 65536.0));
        let mut rng = pass.rng();
        // Every row draws as many words, two units a word, so that it finds its own wherever it is computed.
        let words = x.ncols().div_ceil(2);
        rng.set_word_pos(rng.get_word_pos() + (pass.first_row * words) as u128);
        let mut drawn = [0; 1024];
        for row in mask.chunks_exact_mut(x.ncols()) {
            for mask in row.chunks_mut(drawn.len() / 2) {
                let drawn = &mut drawn[..2 * mask.len()];
                rng.fill_bytes(drawn);
                widest(|| {
                    for (mask, &bytes) in mask.iter_mut().zip(drawn.as_chunks::<2>().0) {
                        *mask = if u16::from_le_bytes(bytes) >= threshold { kept } else { T::zero() };
                    }
                });
            }
        }
        multiply(x, mask, y);
    }

    fn backward_input(
        &self,
        pass: &Pass<T>,
        _: &Mat<T>,
        _: &Mat<T>,
        dy: &Mat<T>,
        dx: &mut Mat<T>,
        mask: &mut [T],
    ) {
        if !pass.training {
            dx.assign(dy);
            return;
        }
        multiply(dy, mask, dx);
    }
}

/// y = x mask, the mask row after row.
fn multiply<T: Scalar>(x: &Mat<T>, mask: &[T], y: &mut Mat<T>) {
    match (x.as_slice(), y.as_slice_mut()) {
        (Some(x), Some(y)) => widest(|| {
            for ((y, &x), &mask) in y.iter_mut().zip(x).zip(mask) {
                *y = x * mask;
            }
        }),
        _ => y.iter_mut().zip(x).zip(mask).for_each(|((y, &x), &mask)| *y = x * mask),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::layer::Mode;
    use gradlens_kernel::Threads;
    use ndarray::Array2;

    /// What becomes of ones.
    fn run(p: f64, training: bool, step: u64, place: usize) -> Array2<f64> {
        let (x, threads) = (Array2::ones((200, 101)), Threads::new(1));
        let mode = if training { Mode::Training { step } } else { Mode::Evaluation };
        let pass = Pass::new(place, mode, 1, (&[], &[]), &threads);
        let (mut y, mut mask) = (Array2::zeros(x.dim()), vec![0.0; x.len()]);
        Dropout::new(p).forward(&pass, &x, &mut y, &mut mask);
        y
    }

    #[test]
    fn in_training_a_share_p_is_dropped_and_the_rest_divided_by_one_minus_p() {
        for p in [0.0, 0.1, 0.5, 0.75] {
            let y = run(p, true, 1, 1);
            let kept = 1.0 / (1.0 - p);
            assert!(y.iter().all(|&y| y == 0.0 || (y / kept - 1.0).abs() < 1e-4), "kept numbers are {kept}");
            let dropped = y.iter().filter(|&&y| y == 0.0).count() as f64 / y.len() as f64;
            let five_errors = 5.0 * (p * (1.0 - p) / y.len() as f64).sqrt();
            assert!((dropped - p).abs() <= five_errors, "{dropped} is not {p}");
        }
    }

    #[test]
    fn in_evaluation_nothing_changes() {
        assert_eq!(run(0.5, false, 1, 1), Array2::<f64>::ones((200, 101)));
    }

    #[test]
    fn every_step_and_every_layer_drops_others_and_the_same_again() {
        let first = run(0.5, true, 1, 1);
        assert_eq!(first, run(0.5, true, 1, 1));
        for other in [run(0.5, true, 2, 1), run(0.5, true, 1, 2)] {
            let differing =
                first.iter().zip(&other).filter(|(a, b)| a != b).count() as f64 / first.len() as f64;
            assert!((differing - 0.5).abs() < 0.02, "{differing}");
        }
    }
}
