//! Dropout.

use crate::{Error, Layer, Mat, Pass, Result, Scalar};
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

    fn output_len(&self, input_len: usize) -> Result<usize> {
        if (0.0..1.0).contains(&self.p) {
            Ok(input_len)
        } else {
            Err(Error::setting("the dropout probability", self.p, "at least 0 and below 1"))
        }
    }

    fn scratch_len(&self, rows: usize, input_len: usize) -> usize {
        rows * input_len
    }

    fn forward(&self, pass: &Pass<T>, x: &Mat<T>, y: &mut Mat<T>, mask: &mut [T]) {
        if !pass.training {
            y.assign(x);
            return;
        }
        let mut rng = pass.rng();
        let threshold = self.threshold();
        let kept = T::of(1.0 / (1.0 - f64::from(threshold) / 65536.0));
        let keep = |drawn: u32| if drawn as u16 >= threshold { kept } else { T::zero() };
        for pair in mask.chunks_mut(2) {
            let drawn = rng.next_u32();
            pair[0] = keep(drawn);
            if let Some(second) = pair.get_mut(1) {
                *second = keep(drawn >> 16);
            }
        }
        for ((y, x), mask) in y.iter_mut().zip(x).zip(mask) {
            *y = *x * *mask;
        }
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
        for ((dx, dy), mask) in dx.iter_mut().zip(dy).zip(mask) {
            *dx = *dy * *mask;
        }
    }
}
