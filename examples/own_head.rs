//! An output head of your own: ln cosh, which does not let a few wild targets decide.
//!
//! One target in ten is wrong by 30. The squared error follows them; ln cosh pulls on each of them
//! no harder than on a target that is wrong by 3.
//!
//! ```text
//! cargo run --release --example own_head
//! ```

use gradlens::nn::{LossSpec, gradient_check};
use gradlens::train::Cosine;
use gradlens::{
    Adam, Dataset, Dense, IdentityHuber, IdentityMse, Link, Loss, Mat, Result, Scalar, Sequential, Tanh,
    Trainer,
};
use ndarray::Array2;

/// ln cosh e with e = z - t: nearly e^2 / 2 for small errors, and |e| - ln 2 for large ones.
#[derive(Debug)]
struct LnCosh;

impl<T: Scalar> Loss<T> for LnCosh {
    fn name(&self) -> String {
        "identity + ln cosh".into()
    }

    fn spec(&self) -> LossSpec {
        LossSpec::new(Link::Identity).output_gradient(|p, t| (p - t).tanh())
    }

    /// The logits are the prediction.
    fn predict(&self, _: &mut Mat<T>) {}

    fn losses(&self, logits: &Mat<T>, targets: &Mat<T>, dlogits: &mut Mat<T>, losses: &mut [T]) {
        let (two, ln_2) = (T::of(2.0), T::of(std::f64::consts::LN_2));
        for (i, loss) in losses.iter_mut().enumerate() {
            *loss = T::zero();
            for j in 0..logits.ncols() {
                let error = logits[[i, j]] - targets[[i, j]];
                dlogits[[i, j]] = error.tanh();
                // cosh itself overflows.
                *loss += error.abs() + (-two * error.abs()).exp().ln_1p() - ln_2;
            }
        }
    }
}

/// The curve that is to be learned.
fn curve(x: f32) -> f32 {
    (3.0 * x).sin()
}

/// The rms distance from the curve after training on targets of which one in ten is wild.
fn distance(head: impl Loss + 'static) -> Result<f64> {
    let x = Array2::from_shape_fn((1000, 1), |(i, _)| i as f32 / 500.0 - 1.0);
    let wild = |i: usize| if i % 10 == 3 { 30.0 } else { 0.0 };
    let targets = Array2::from_shape_fn((1000, 1), |(i, _)| curve(x[[i, 0]]) + wild(i));
    let data = Dataset::new(x.clone(), targets)?;
    let mut net =
        Sequential::input(1).layer(Dense::new(32)).layer(Tanh).layer(Dense::new(1)).head(head).build()?;
    let adam = Adam::new(0.01);
    Trainer::new(adam).epochs(200).schedule(Cosine).fit(&mut net, &data)?;
    let error = net.predict(&x)? - x.mapv(curve);
    Ok(error.mapv(|e| f64::from(e).powi(2)).mean().unwrap_or(f64::NAN).sqrt())
}

fn main() -> Result<()> {
    let logits = Array2::from_shape_fn((4, 2), |(i, j)| 1.7 * i as f64 - 2.3 * j as f64);
    for part in gradient_check::loss(&LnCosh, &logits, &Array2::zeros((4, 2))).parts {
        println!(
            "gradient of {}: formula {:.9}, finite differences {:.9}",
            part.name, part.formula, part.difference
        );
    }
    println!("distance from the curve, squared error: {:.3}", distance(IdentityMse)?);
    println!("distance from the curve, ln cosh:       {:.3}", distance(LnCosh)?);
    println!("distance from the curve, Huber's loss:  {:.3}", distance(IdentityHuber::default())?);
    Ok(())
}
