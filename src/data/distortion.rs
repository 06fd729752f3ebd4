//! Images that are never twice the same.

use crate::error::{Error, Result};
use crate::random::{self, Purpose};
use gradlens_kernel::{Scalar, widest};
use rand::RngCore;
use rand_chacha::ChaCha8Rng;

/// Random distortions of grey images: each time that a sample is trained on, it is moved, turned, stretched and bent anew.
///
/// * **Elastic** (Simard, Steinkraus and Platt, ICDAR 2003): every pixel is taken from a place displaced by a random field.
///   Its two components are uniform on [-1, 1] at every pixel, blurred by a Gaussian of standard deviation
///   [`smoothness`](Self::smoothness) (which goes round at the edges), and multiplied by [`elastic`](Self::elastic). With their 34
///   and 4 a displacement has a standard deviation of 1.4 pixels.
/// * **Turned** by an angle uniform between plus and minus [`rotate`](Self::rotate) degrees, and **stretched** in either direction by
///   a factor uniform between plus and minus [`rescale`](Self::rescale) around 1, about the middle (Ciresan et al., *Neural
///   Computation* 22, 2010).
///
/// Between pixels is interpolated linearly; beyond the edge is what the image is least. The same seed, sample and step distort
/// alike, on any number of threads. Samples are distorted where they are trained on, and nowhere else: not where a network is
/// evaluated, or looked at.
///
/// ```
/// use gradlens::data::Distortion;
/// use gradlens::{Dataset, Dense, Relu, Sequential, Sgd, SoftmaxCrossEntropy, Trainer};
/// let images = ndarray::Array2::from_shape_fn((40, 64), |(i, j)| if j % 8 == i % 8 { 1.0_f32 } else { 0.0 });
/// let data = Dataset::classes(images, (0..40).map(|i| i % 8).collect(), 8)?;
/// let data = data.distorted(Distortion::new(8).elastic(10.0).rotate(5.0))?;
/// let layers = Sequential::input(64).layer(Dense::new(32)).layer(Relu).layer(Dense::new(8));
/// let mut net = layers.head(SoftmaxCrossEntropy::default()).build()?;
/// Trainer::new(Sgd::new(0.1)).epochs(2).fit(&mut net, &data)?;
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Distortion {
    /// Pixels in a row.
    pub width: usize,
    /// Set with [`elastic`](Self::elastic).
    pub elastic: f64,
    /// Set with [`smoothness`](Self::smoothness).
    pub smoothness: f64,
    /// Set with [`rotate`](Self::rotate).
    pub rotate: f64,
    /// Set with [`rescale`](Self::rescale).
    pub rescale: f64,
    /// Set with [`seed`](Self::seed).
    pub seed: u64,
}

impl Distortion {
    /// Of images so wide, in pixels; so far none.
    pub fn new(width: usize) -> Self {
        Distortion { width, elastic: 0.0, smoothness: 4.0, rotate: 0.0, rescale: 0.0, seed: 0 }
    }

    /// What the blurred field is multiplied by, at least 0; 34 is Simard's. Default: 0, no bending.
    pub fn elastic(self, elastic: f64) -> Self {
        Distortion { elastic, ..self }
    }

    /// The standard deviation of the blur in pixels, above 0 and at most 100. Default: 4.
    pub fn smoothness(self, smoothness: f64) -> Self {
        Distortion { smoothness, ..self }
    }

    /// The greatest angle, in degrees from 0 to 180. Default: 0.
    pub fn rotate(self, rotate: f64) -> Self {
        Distortion { rotate, ..self }
    }

    /// The greatest change of width and height, a share from 0 to below 1. Default: 0.
    pub fn rescale(self, rescale: f64) -> Self {
        Distortion { rescale, ..self }
    }

    /// The seed of what is drawn. Default: 0.
    pub fn seed(self, seed: u64) -> Self {
        Distortion { seed, ..self }
    }

    /// Whether it can distort images of so many pixels.
    pub(crate) fn check(&self, pixels: usize) -> Result<()> {
        let settings = [
            ("the elastic distortion", self.elastic, "finite and at least 0", 0.0..=f64::MAX),
            ("the smoothness of the distortion", self.smoothness, "above 0 and at most 100", 1e-6..=100.0),
            ("the rotation", self.rotate, "from 0 to 180 degrees", 0.0..=180.0),
            ("the change of the scale", self.rescale, "at least 0 and below 1", 0.0..=0.999),
        ];
        for (name, value, expected, range) in settings {
            if !range.contains(&value) {
                return Err(Error::setting(name, value, expected));
            }
        }
        match self.width {
            0 => Err(Error::setting("the width of the images", 0, "at least 1")),
            width if !pixels.is_multiple_of(width) || pixels == 0 => {
                let expected = format!("a divisor of the {pixels} pixels of an image");
                Err(Error::setting("the width of the images", width, expected))
            }
            _ => Ok(()),
        }
    }

    /// Distorts an image, sample `index`, for a training step.
    pub(crate) fn apply<T: Scalar>(&self, image: &mut [T], index: usize, step: u64) {
        let mut rng = random::stream_at(self.seed, Purpose::Distortion, index as u64, step);
        let mut between =
            |limit: f64| limit * (2.0 * (f64::from(rng.next_u32()) / f64::from(u32::MAX)) - 1.0);
        let angle = between(self.rotate.to_radians());
        let stretch = [(); 2].map(|()| 1.0 + between(self.rescale));
        let size = [self.width, image.len() / self.width];
        let fields = (self.elastic > 0.0).then(|| [(); 2].map(|()| self.field(size, &mut rng)));
        warp(image, size, angle, stretch, fields.as_ref());
    }

    /// One component of the displacement, in pixels.
    fn field(&self, [width, height]: [usize; 2], rng: &mut ChaCha8Rng) -> Vec<f32> {
        let mut bytes = vec![0; width * height];
        rng.fill_bytes(&mut bytes);
        let noise: Vec<f32> = bytes.into_iter().map(|byte| (f32::from(byte) - 127.5) / 127.5).collect();
        let weights = gaussian(self.smoothness);
        let elastic = self.elastic as f32;
        widest(
            #[inline(always)]
            || {
                let mut rows = vec![0.0; noise.len()];
                let radius = weights.len() / 2;
                let mut longer = vec![0.0; width + 2 * radius];
                for (row, to) in noise.chunks_exact(width).zip(rows.chunks_exact_mut(width)) {
                    for (k, number) in longer.iter_mut().enumerate() {
                        *number = row[(k + width * radius.div_ceil(width) - radius) % width];
                    }
                    for (k, &weight) in weights.iter().enumerate() {
                        to.iter_mut().zip(&longer[k..]).for_each(|(to, &from)| *to += weight * from);
                    }
                }
                let mut field = vec![0.0; noise.len()];
                for (i, to) in field.chunks_exact_mut(width).enumerate() {
                    for (k, &weight) in weights.iter().enumerate() {
                        let from = (i + k + height * radius.div_ceil(height) - radius) % height;
                        let from = &rows[from * width..][..width];
                        to.iter_mut().zip(from).for_each(|(to, &from)| *to += elastic * weight * from);
                    }
                }
                field
            },
        )
    }
}

/// Weights of a Gaussian up to three deviations on either side, which sum to 1.
fn gaussian(deviation: f64) -> Vec<f32> {
    let radius = (3.0 * deviation).ceil() as i32;
    let weight = |k: i32| libm::exp(-0.5 * (f64::from(k) / deviation).powi(2));
    let sum: f64 = (-radius..=radius).map(weight).sum();
    (-radius..=radius).map(|k| (weight(k) / sum) as f32).collect()
}

/// Every pixel becomes that at the place which a rotation by the angle, against the clock, about the middle, a stretch and
/// fields of displacements lead to.
fn warp<T: Scalar>(
    image: &mut [T],
    [width, height]: [usize; 2],
    angle: f64,
    stretch: [f64; 2],
    fields: Option<&[Vec<f32>; 2]>,
) {
    let before: Vec<f32> = image.iter().map(|pixel| pixel.f64() as f32).collect();
    let least = before.iter().copied().fold(f32::INFINITY, f32::min);
    let (sin, cos) = (libm::sin(angle) as f32, libm::cos(angle) as f32);
    let [across, down] = stretch.map(|factor| 1.0 / factor as f32);
    let [middle_x, middle_y] = [width, height].map(|size| (size as f32 - 1.0) / 2.0);
    let at = |x: isize, y: isize| {
        let inside = (0..width as isize).contains(&x) && (0..height as isize).contains(&y);
        if inside { before[y as usize * width + x as usize] } else { least }
    };
    for (i, row) in image.chunks_exact_mut(width).enumerate() {
        for (j, pixel) in row.iter_mut().enumerate() {
            let (x, y) = (j as f32 - middle_x, i as f32 - middle_y);
            let (dx, dy) = fields.map_or((0.0, 0.0), |[dx, dy]| (dx[i * width + j], dy[i * width + j]));
            let from_x = across * (cos * x - sin * y) + middle_x + dx;
            let from_y = down * (sin * x + cos * y) + middle_y + dy;
            let (left, top) = (from_x.floor(), from_y.floor());
            let (right, low) = (from_x - left, from_y - top);
            // A displacement that is beyond all pixels stays beyond them.
            let (left, top) = (left.clamp(-1e6, 1e6) as isize, top.clamp(-1e6, 1e6) as isize);
            let upper = at(left, top) * (1.0 - right) + at(left + 1, top) * right;
            let lower = at(left, top + 1) * (1.0 - right) + at(left + 1, top + 1) * right;
            let value = upper * (1.0 - low) + lower * low;
            *pixel = T::of(f64::from(if value.is_nan() { least } else { value }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(width: usize, height: usize) -> Vec<f32> {
        (0..width * height).map(|i| ((i * 37) % 101) as f32 / 100.0).collect()
    }

    #[test]
    fn a_quarter_turn_is_that_of_the_matrix_and_no_turn_changes_nothing() {
        let (before, mut after) = (image(9, 9), image(9, 9));
        warp(&mut after, [9, 9], 0.0, [1.0, 1.0], None);
        assert_eq!(after, before);
        warp(&mut after, [9, 9], std::f64::consts::FRAC_PI_2, [1.0, 1.0], None);
        for i in 0..9 {
            for j in 0..9 {
                // Against the clock, a column becomes a row: what is at the right comes to the top.
                assert!((after[i * 9 + j] - before[j * 9 + 8 - i]).abs() < 1e-4, "{i} {j}");
            }
        }
    }

    #[test]
    fn a_stretch_by_two_about_the_middle_shows_every_other_place() {
        let (before, mut after) = (image(9, 5), image(9, 5));
        warp(&mut after, [9, 5], 0.0, [2.0, 1.0], None);
        for i in 0..5 {
            for j in (0..9).step_by(2) {
                assert!((after[i * 9 + j] - before[i * 9 + 2 + j / 2]).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn a_shift_takes_each_pixel_from_its_side_and_what_is_least_from_beyond_the_edge() {
        let (before, mut after) = (image(6, 4), image(6, 4));
        let fields = [vec![1.5; 24], vec![0.0; 24]];
        warp(&mut after, [6, 4], 0.0, [1.0, 1.0], Some(&fields));
        let least = before.iter().copied().fold(f32::INFINITY, f32::min);
        for i in 0..4 {
            let at = |j: usize| if j < 6 { before[i * 6 + j] } else { least };
            for j in 0..6 {
                let expected = 0.5 * (at(j + 1) + at(j + 2));
                assert!((after[i * 6 + j] - expected).abs() < 1e-6, "{i} {j}");
            }
        }
    }

    #[test]
    fn displacements_have_the_deviation_that_the_blur_leaves() {
        // Of independent numbers of variance v a weighted sum has v times the sum of squared weights, along both axes; of
        // 256 even steps on [-1, 1] the variance is 257 / (3 255).
        let distortion = Distortion::new(40).elastic(34.0);
        let squares: f64 = gaussian(4.0).iter().map(|&w| f64::from(w).powi(2)).sum();
        let expected = 34.0 * (257.0 / (3.0 * 255.0) * squares * squares).sqrt();
        assert!((expected - 1.4).abs() < 0.05, "{expected}");
        let mut rng = random::stream(1, Purpose::Distortion, 0);
        let numbers: Vec<f64> =
            (0..200).flat_map(|_| distortion.field([40, 30], &mut rng)).map(f64::from).collect();
        let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
        let deviation = (numbers.iter().map(|x| x * x).sum::<f64>() / numbers.len() as f64).sqrt();
        assert!((deviation / expected - 1.0).abs() < 0.05 && mean.abs() < 0.1, "{deviation} {mean}");
    }

    #[test]
    fn every_step_and_every_sample_is_distorted_otherwise_and_the_same_again() {
        let distortion = Distortion::new(8).elastic(20.0).rotate(20.0).rescale(0.2);
        let distort = |index, step| {
            let mut image = image(8, 8);
            distortion.apply(&mut image, index, step);
            image
        };
        let first = distort(3, 7);
        assert_eq!(first, distort(3, 7));
        for other in [distort(4, 7), distort(3, 8)] {
            assert_ne!(first, other);
        }
        assert!(first.iter().all(|pixel| (0.0..=1.0).contains(pixel)));
    }
}
