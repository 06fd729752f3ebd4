//! What the networks of the zoo learn from.

use gradlens::{Dataset, Mnist};
use ndarray::Array2;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Data {
    Mnist,
    /// Five clouds in 20 dimensions.
    Clouds,
    /// Two circles in the plane, one output.
    Circles,
    /// MNIST with every image the same.
    Constant,
    /// Clouds with random classes.
    Lottery,
    /// Two classes that cannot be told apart, of which one has 95 of 100 samples.
    Rare,
    /// One number, the greater the further from 0 an input of two is: no linear function of them.
    Bowl,
    /// Five numbers that depend linearly on 20.
    Linear,
}

/// The data that all kinds share.
pub struct Feed {
    mnist: Dataset,
}

impl Feed {
    pub fn new(mnist: &Mnist<f32>) -> Self {
        Feed { mnist: mnist.train.select(&(0..4000).collect::<Vec<_>>()) }
    }
}

/// Samples of every set but MNIST.
const SAMPLES: usize = 1024;

impl Data {
    /// Draws the samples; the seed decides which.
    pub fn draw(self, feed: &Feed, seed: u64) -> gradlens::Result<Dataset> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0xDA7A);
        let mut normal = move || {
            // The sum of twelve uniform numbers: normal enough for clouds.
            (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0
        };
        match self {
            Data::Mnist => {
                let row = |row| (row + 512 * seed as usize) % feed.mnist.len();
                Ok(feed.mnist.select(&(0..2048).map(row).collect::<Vec<_>>()))
            }
            Data::Constant => {
                let x = feed.mnist.select(&[seed as usize]).inputs();
                let x = Array2::from_shape_fn((SAMPLES, x.ncols()), |(_, j)| x[[0, j]]);
                Dataset::classes(x, (0..SAMPLES).map(|i| (i * i + i / 7) % 10).collect(), 10)
            }
            Data::Clouds | Data::Lottery => {
                let centres = Array2::from_shape_fn((5, 20), |_| normal());
                let labels: Vec<usize> = (0..SAMPLES).map(|i| i % 5).collect();
                let x = Array2::from_shape_fn((SAMPLES, 20), |(i, j)| {
                    (centres[[labels[i], j]] + 0.7 * normal()) as f32 / 1.2
                });
                let mut by_lot = || (0..SAMPLES).map(|_| ((normal() + 6.0) * 1e4) as usize % 5).collect();
                Dataset::classes(x, if self == Data::Lottery { by_lot() } else { labels }, 5)
            }
            Data::Circles => {
                let x = Array2::from_shape_fn((SAMPLES, 2), |(i, j)| {
                    let (angle, radius) = (i as f64 * 0.37, if i % 2 == 0 { 1.0 } else { 0.5 });
                    (radius * (if j == 0 { angle.cos() } else { angle.sin() }) + 0.05 * normal()) as f32
                });
                Dataset::new(x, Array2::from_shape_fn((SAMPLES, 1), |(i, _)| (i % 2) as f32))
            }
            Data::Rare => {
                let x = Array2::from_shape_fn((SAMPLES, 10), |_| normal() as f32);
                Dataset::classes(x, (0..SAMPLES).map(|i| usize::from(i % 20 == 7)).collect(), 2)
            }
            Data::Bowl => {
                let x = Array2::from_shape_fn((SAMPLES, 2), |_| normal() as f32);
                let y = Array2::from_shape_fn((SAMPLES, 1), |(i, _)| x.row(i).dot(&x.row(i)).sqrt() - 1.25);
                Dataset::new(x, y)
            }
            Data::Linear => {
                let x = Array2::from_shape_fn((SAMPLES, 20), |_| normal() as f32);
                let w = Array2::from_shape_fn((20, 5), |_| 0.2 * normal() as f32);
                let y = x.dot(&w);
                Dataset::new(x, y)
            }
        }
    }
}
