//! Digits laid over one another: images with a set of classes each.

use crate::data::dataset::Dataset;
use crate::data::labelled::{Labelled, Part, zeros};
use crate::error::{Error, Result};
use crate::random;
use crate::random::Purpose;
use gradlens_kernel::Scalar;
use ndarray::{ArrayView2, ArrayViewMut2, Axis};
use rand::{Rng, RngCore, seq};
use std::ops::RangeInclusive;

/// Width and height of a digit.
const SIDE: usize = 28;
/// Greatest width and height of a canvas.
const MAX_CANVAS: usize = 40;
/// By how much a digit is shifted over the edge of a canvas that has no room.
const OVER_THE_EDGE: usize = 2;

/// Digits overlaid: none or some digits of different classes, each shifted at random within a square
/// canvas, laid over one another as the greatest byte of each pixel. The labels are the classes.
///
/// A share `empty` of the images has no digit. The others have a number of digits uniform on 1 to
/// `max_digits`; their classes are drawn without replacement, an image of each at random, and its place
/// uniformly among those where all of it lies on the canvas. On a canvas of 28, where there is but one,
/// digits are shifted by up to 2 pixels either way, as far as only blank border is cut off.
///
/// After MultiMNIST (Sabour, Frosst and Hinton, *Dynamic routing between capsules*, NeurIPS 2017, sec. 6),
/// where always two digits are overlaid on 36 x 36.
///
/// ```no_run
/// use gradlens::{Mnist, Overlay, Part};
/// let mnist = Mnist::<f32>::load("data/mnist")?;
/// let overlay = Overlay::default().canvas(28);
/// let train = overlay.draw(&mnist.train, 60_000, Part::Train)?;
/// let test = overlay.draw(&mnist.test, 10_000, Part::Test)?;
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Overlay {
    /// Set with [`max_digits`](Self::max_digits).
    pub max_digits: usize,
    /// Set with [`canvas`](Self::canvas).
    pub canvas: usize,
    /// Set with [`empty`](Self::empty).
    pub empty: f64,
    /// Set with [`seed`](Self::seed).
    pub seed: u64,
}

impl Default for Overlay {
    fn default() -> Self {
        Overlay { max_digits: 3, canvas: 36, empty: 0.05, seed: 0 }
    }
}

/// What images are made from.
struct Digits<'a> {
    images: ArrayView2<'a, u8>,
    /// What a byte stands for.
    scaling: (f64, f64),
    /// The rows of every class.
    classes: Vec<Vec<usize>>,
}

impl Overlay {
    /// Greatest number of digits in an image. Default: 3.
    pub fn max_digits(self, max_digits: usize) -> Self {
        Overlay { max_digits, ..self }
    }

    /// Width and height in pixels, 28 to 40. Default: 36.
    pub fn canvas(self, canvas: usize) -> Self {
        Overlay { canvas, ..self }
    }

    /// Share of images without a digit, 0 to 1. Default: 0.05.
    pub fn empty(self, empty: f64) -> Self {
        Overlay { empty, ..self }
    }

    /// Seed of all images. Default: 0.
    pub fn seed(self, seed: u64) -> Self {
        Overlay { seed, ..self }
    }

    /// Images `[samples, canvas * canvas]` of `part`, made from the digits handed in and no others, with
    /// multi-hot targets `[samples, classes]`. They stay bytes, with the digits' scale and shift.
    /// Marginals are not known.
    ///
    /// Hand in `mnist.train` for training and validation and `mnist.test` for testing. The first
    /// images of a longer draw are those of a shorter one.
    ///
    /// ```
    /// use gradlens::{Dataset, Overlay, Part};
    /// use ndarray::Array2;
    /// let digits = Dataset::<f32>::bytes(Array2::from_elem((2, 784), 255), (1.0 / 255.0, 0.0), vec![0, 1], 2)?;
    /// let overlay = Overlay::default().max_digits(2).canvas(30);
    /// let images = overlay.draw(&digits, 100, Part::Train)?.data;
    /// assert_eq!((images.len(), images.input_len(), images.output_len()), (100, 900, 2));
    /// # Ok::<(), gradlens::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Setting`] for a canvas, a number of digits or a share outside its range, and for no
    /// sample or more than memory has room for; [`Error::Shape`] for digits that are not bytes
    /// of 28 x 28 pixels with classes, or a class without an image.
    pub fn draw<T: Scalar>(&self, digits: &Dataset<T>, samples: usize, part: Part) -> Result<Labelled<T>> {
        let Digits { images, scaling, classes } = self.check(digits)?;
        let mut bytes = zeros::<u8>(samples, self.canvas * self.canvas)?;
        let mut targets = zeros::<T>(samples, classes.len())?;
        let mut rng = random::stream(self.seed, Purpose::Overlay, part as u64);
        for (mut bytes, mut target) in bytes.rows_mut().into_iter().zip(targets.rows_mut()) {
            if rng.random::<f64>() < self.empty {
                continue;
            }
            let mut canvas = ArrayViewMut2::from_shape(
                (self.canvas, self.canvas),
                bytes.as_slice_mut().expect("made with rows in one piece"),
            )
            .expect("a row holds the pixels of a canvas");
            let count = rng.random_range(1..=self.max_digits);
            for class in seq::index::sample(&mut rng, classes.len(), count) {
                target[class] = T::one();
                let rows = &classes[class];
                let digit = images.row(rows[rng.random_range(0..rows.len())]);
                let digit = digit.to_shape((SIDE, SIDE)).expect("checked to be of this size");
                self.lay(digit.view(), &mut canvas, &mut rng);
            }
        }
        Ok(Labelled { data: Dataset::bytes_with_targets(bytes, scaling, targets)?, marginals: None })
    }

    /// Lays a digit over the canvas, at a place drawn.
    fn lay(&self, digit: ArrayView2<u8>, canvas: &mut ArrayViewMut2<u8>, rng: &mut impl RngCore) {
        let [down, right] = [Axis(0), Axis(1)].map(|axis| {
            let ink: Vec<_> = digit.axis_iter(axis).map(|lane| lane.iter().any(|&byte| byte > 0)).collect();
            let before = ink.iter().position(|&ink| ink).unwrap_or(SIDE);
            let after = ink.iter().rev().position(|&ink| ink).unwrap_or(SIDE);
            rng.random_range(self.offsets(before, after))
        });
        for ((row, column), &byte) in digit.indexed_iter() {
            let at = [(row, down), (column, right)].map(|(at, by)| usize::try_from(at as i64 + by));
            if let [Ok(row), Ok(column)] = at
                && let Some(pixel) = canvas.get_mut((row, column))
            {
                *pixel = byte.max(*pixel);
            }
        }
    }

    /// Where along one axis a digit may begin that has so many blank lines before and after its ink.
    fn offsets(&self, before: usize, after: usize) -> RangeInclusive<i64> {
        let room = self.canvas - SIDE;
        let over = if room == 0 { OVER_THE_EDGE } else { 0 };
        -(before.min(over) as i64)..=(room + after.min(over)) as i64
    }

    /// The parts of `digits`, if they and the settings are possible.
    fn check<'a, T: Scalar>(&self, digits: &'a Dataset<T>) -> Result<Digits<'a>> {
        if !(SIDE..=MAX_CANVAS).contains(&self.canvas) {
            let expected = format!("{SIDE} to {MAX_CANVAS} pixels wide and high");
            return Err(Error::setting("the canvas", self.canvas, expected));
        }
        if !(0.0..=1.0).contains(&self.empty) {
            return Err(Error::setting("the share of images without a digit", self.empty, "from 0 to 1"));
        }
        let shape = |what: String, found: String, expected: &str, remedy: &str| Error::Shape {
            what,
            found,
            expected: expected.into(),
            remedy: remedy.into(),
        };
        let misfit = |found: String| {
            let expected = "784 bytes, 28 x 28 pixels, with a class each";
            shape("the digits to overlay".into(), found, expected, "hand in a set as MNIST's")
        };
        let (images, scaling) =
            digits.byte_rows().ok_or_else(|| misfit("a matrix of numbers as inputs".into()))?;
        if images.ncols() != SIDE * SIDE {
            return Err(misfit(format!("{} bytes", images.ncols())));
        }
        let labels = digits.labels().ok_or_else(|| misfit("rows of targets".into()))?;
        let mut classes = vec![vec![]; digits.output_len()];
        for (row, &class) in labels.iter().enumerate() {
            classes[class].push(row);
        }
        if !(1..=classes.len()).contains(&self.max_digits) {
            let expected = format!("from 1 to {}, the number of classes", classes.len());
            return Err(Error::setting(
                "the greatest number of digits in an image",
                self.max_digits,
                expected,
            ));
        }
        if let Some(class) = classes.iter().position(Vec::is_empty) {
            let what = format!("class {class} of the digits to overlay");
            let remedy = "hand in a set with images of every class";
            return Err(shape(what, "no image".into(), "at least one", remedy));
        }
        Ok(Digits { images, scaling, classes })
    }
}
