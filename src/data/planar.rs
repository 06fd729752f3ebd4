//! Points in the plane, of classes that no line parts.

use crate::data::dataset::Dataset;
use crate::data::labelled::{Part, zeros};
use crate::error::{Error, Result};
use crate::random::{self, Purpose};
use gradlens_kernel::Scalar;
use ndarray::Array2;
use ndarray_rand::rand_distr::{Distribution, StandardNormal};
use rand::Rng;
use std::f64::consts::{PI, TAU};

/// Points in the plane, about -1 to 1, of classes that no line parts: what a network without a hidden layer cannot
/// learn and one with a few units can, and what can be looked at.
///
/// ```
/// use gradlens::data::{Part, Planar};
/// let spiral = Planar::Spiral.draw::<f32>(200, 0.05, 7, Part::Train)?;
/// assert_eq!((spiral.len(), spiral.input_len(), spiral.output_len()), (200, 2, 2));
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Planar {
    /// A circle of radius 1 around one of radius 1/2 (scikit-learn's `make_circles`).
    Circles,
    /// A square of which the quarters are classes by turns: the class is 1 where x y > 0.
    Xor,
    /// Two arms of an Archimedean spiral, of 1.75 turns (TensorFlow Playground's `classifySpiralData`).
    Spiral,
    /// Two half circles, each with an end within the other (scikit-learn's `make_moons`, moved to the middle and
    /// two thirds as large).
    Moons,
    /// Four clouds about (±0.6, ±0.6), a class each.
    Blobs,
}

impl Planar {
    /// All there are.
    pub const ALL: [Planar; 5] = [Planar::Circles, Planar::Xor, Planar::Spiral, Planar::Moons, Planar::Blobs];

    /// The name in configs.
    pub fn name(self) -> &'static str {
        match self {
            Planar::Circles => "circles",
            Planar::Xor => "xor",
            Planar::Spiral => "spiral",
            Planar::Moons => "moons",
            Planar::Blobs => "blobs",
        }
    }

    /// What each class is called.
    pub fn classes(self) -> &'static [&'static str] {
        match self {
            Planar::Circles => &["outer", "inner"],
            Planar::Xor => &["unlike", "alike"],
            Planar::Spiral => &["one arm", "other arm"],
            Planar::Moons => &["upper", "lower"],
            Planar::Blobs => &["north-east", "north-west", "south-west", "south-east"],
        }
    }

    /// Points `[samples, 2]` and the class of each; the classes take turns. `noise` is the standard deviation of what is
    /// added to either coordinate, and of blobs that of a cloud. The first points of a longer draw are those of a
    /// shorter one.
    ///
    /// # Errors
    /// [`Error::Setting`] for no sample, more than memory has room for, and noise that is negative or not finite.
    pub fn points(
        self,
        samples: usize,
        noise: f64,
        seed: u64,
        part: Part,
    ) -> Result<(Array2<f64>, Vec<usize>)> {
        if !(noise.is_finite() && noise >= 0.0) {
            return Err(Error::setting("the noise of the points", noise, "finite and at least 0"));
        }
        let mut points = zeros::<f64>(samples, 2)?;
        let count = self.classes().len();
        let classes: Vec<usize> = (0..samples).map(|sample| sample % count).collect();
        // Sets of other shapes have other points.
        let mut rng = random::stream(seed, Purpose::Planar, 4 * self as u64 + part as u64);
        for (mut point, &class) in points.rows_mut().into_iter().zip(&classes) {
            let mut place = self.place(class, [rng.random(), rng.random()]);
            for coordinate in &mut place {
                let drawn: f64 = StandardNormal.sample(&mut rng);
                *coordinate += noise * drawn;
            }
            point.assign(&ndarray::aview1(&place));
        }
        Ok((points, classes))
    }

    /// The place of a point of a class by two numbers from 0 to 1.
    fn place(self, class: usize, [u, v]: [f64; 2]) -> [f64; 2] {
        let at = |radius: f64, angle: f64| [radius * libm::cos(angle), radius * libm::sin(angle)];
        match self {
            Planar::Circles => at(if class == 0 { 1.0 } else { 0.5 }, TAU * u),
            Planar::Xor => {
                let (x, size) = (2.0 * u - 1.0, v);
                let alike = class == 1;
                [x, if (x > 0.0) == alike { size } else { -size }]
            }
            Planar::Spiral => at(u, 1.75 * TAU * u + PI * class as f64),
            Planar::Moons => {
                let [x, y] = at(1.0, PI * u);
                let [x, y] = if class == 0 { [x, y] } else { [1.0 - x, 0.5 - y] };
                [(x - 0.5) / 1.5, (y - 0.25) / 1.5]
            }
            Planar::Blobs => {
                let [right, up] = [matches!(class, 0 | 3), matches!(class, 0 | 1)];
                [right, up].map(|positive| if positive { 0.6 } else { -0.6 })
            }
        }
    }

    /// The same as a data set.
    ///
    /// # Errors
    /// As [`points`](Self::points).
    pub fn draw<T: Scalar>(self, samples: usize, noise: f64, seed: u64, part: Part) -> Result<Dataset<T>> {
        let (points, classes) = self.points(samples, noise, seed, part)?;
        Dataset::classes(points.mapv(T::of), classes, self.classes().len())
    }
}
