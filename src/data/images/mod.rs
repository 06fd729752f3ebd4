//! Sets of images with a class each, in the files that people have.

#[cfg(feature = "data")]
mod archive;
mod array;
#[cfg(feature = "data")]
mod arrays;
mod classes;
#[cfg_attr(not(feature = "data"), path = "containers_refused.rs")]
mod containers;
mod idx;
mod known;
mod names;
mod npy;
mod reader;
mod samples;
#[cfg_attr(not(feature = "data"), allow(dead_code, reason = "parts of it are for tables and archives alone"))]
mod source;
mod standard;
#[cfg(feature = "data")]
mod table;

#[cfg(feature = "data")]
pub use self::arrays::{read_array, write_array};

use self::array::{Values, is_square, times};
use self::classes::classes;
use self::idx::What;
use self::known::Known;
use self::names::{Files, Part};
use self::reader::read;
use self::samples::Samples;
use self::source::{FETCH_AGAIN, cannot_read};
use crate::data::dataset::Dataset;
use crate::error::{Error, Result};
use crate::random;
use crate::random::Purpose;
use gradlens_kernel::Scalar;
use ndarray::Array2;
use rand::seq;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// Images with a class each: some to train on and some to test on.
///
/// [`load`](Self::load) reads them from the files in which MNIST and the sets after it are published: IDX,
/// NumPy's `.npz` and `.npy`, and CSV.
///
/// A sample is the pixels of an image, row by row. Whole numbers from 0 to 255 are kept as bytes, and a batch
/// holds b / 255; where none is above 1, and where there are others, they stand for themselves.
///
/// ```
/// use gradlens::Images;
/// let digits = Images::<f32>::load("data/mnist")?;
/// assert_eq!((digits.train.len(), digits.test.len()), (60_000, 10_000));
/// assert_eq!((digits.width, digits.height, digits.train.input_len()), (28, 28, 784));
/// assert_eq!((digits.classes.len(), &*digits.classes[3]), (10, "3"));
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Images<T: Scalar = f32> {
    /// The images to train on.
    pub train: Dataset<T>,
    /// The images to test on.
    pub test: Dataset<T>,
    /// The name of every class: of EMNIST, Fashion-MNIST and KMNIST what it shows, of other sets its number.
    pub classes: Vec<String>,
    /// Pixels in a row.
    pub width: usize,
    /// Rows of pixels.
    pub height: usize,
    /// Numbers a pixel: 1 for grey images, 3 for colours.
    pub channels: usize,
    /// Whether the files had no test set, and [`load`](Self::load) set aside images of theirs.
    pub set_aside: bool,
}

/// One image in so many is set aside where there is no test set, as in MNIST, which has 60 000 and 10 000.
const SET_ASIDE: usize = 7;

impl<T: Scalar> Images<T> {
    /// Reads a set of images from a folder, or from a file and those that belong to it.
    ///
    /// What is read, each as it is or packed with gzip, whatever its name says of that:
    ///
    /// | files | of which sets |
    /// |---|---|
    /// | `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-...`, `t10k-labels-...` | MNIST, Fashion-MNIST, KMNIST |
    /// | `emnist-letters-train-images-idx3-ubyte`, `emnist-letters-test-...` | EMNIST, all six sets |
    /// | `qmnist-train-images-idx3-ubyte`, `qmnist-train-labels-idx2-int` | QMNIST |
    /// | `mnist.npz` with arrays such as `x_train`, `y_train`, `x_test`, `y_test` or `train_images` | Keras, MedMNIST |
    /// | `kmnist-train-imgs.npz`, `kmnist-train-labels.npz` with an array each | KMNIST, Kuzushiji-49 |
    /// | `x_train.npy`, `y_train.npy`, `x_test.npy`, `y_test.npy` or `train_images.npy` | one's own |
    /// | `mnist_train.csv`, `mnist_test.csv`: a label and pixels from 0 to 255 | Kaggle's and J. Redmon's |
    ///
    /// CSV and `.npz` are read with the feature `data`.
    ///
    /// Any punctuation may stand between the words of a name. Images have one size in a set, and any. Labels
    /// are whole numbers from 0 on, or rows with a 1 for the class. The images of EMNIST, which its files
    /// hold with rows as columns, are put right, and its letters, labelled from 1 to 26, are the classes from
    /// 0 to 25.
    ///
    /// A folder holds one set. Of several, name a file: images and labels of train and test are found by it.
    /// A CSV file, or a `.npz` with images and labels, is a set of its own. If a file that is named has no
    /// test set with it, one image in seven, drawn at random but always the same, is set aside as such, and
    /// [`set_aside`](Self::set_aside) says so.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Cell`] or [`Error::Io`], naming the file: missing, cut short, damaged, in
    /// another format, images and labels that differ in number, sizes that differ, a label that is no class.
    ///
    /// [`Error::File`]: crate::Error::File
    /// [`Error::Cell`]: crate::Error::Cell
    /// [`Error::Io`]: crate::Error::Io
    ///
    /// ```
    /// # #[cfg(feature = "data")] {
    /// use gradlens::Images;
    /// # let folder = std::env::temp_dir().join(format!("gradlens-images-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder).unwrap();
    /// # let path = folder.join("shapes.csv");
    /// std::fs::write(&path, "label,a,b,c,d\n0,0,255,0,51\n1,255,0,255,0\n").unwrap();
    /// let shapes = Images::<f32>::load(&path)?;
    /// # std::fs::remove_dir_all(&folder).unwrap();
    /// assert_eq!((shapes.width, shapes.height, shapes.classes.len()), (2, 2, 2));
    /// assert!(shapes.set_aside && shapes.train.len() == 1 && shapes.test.len() == 1);
    /// # }
    /// # Ok::<(), gradlens::Error>(())
    /// ```
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let is_folder = match fs::metadata(path) {
            Ok(metadata) => metadata.is_dir(),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let expected = "a folder with a set of images, or a file of one";
                return Err(Error::file(path, "no such file or folder", expected, "check the path"));
            }
            Err(error) => return Err(cannot_read(path, error)),
        };
        let files = match is_folder {
            true => names::in_folder(path)?,
            false => names::of_file(path)?,
        };
        let folder = if is_folder { path } else { names::folder_of(path) };
        // Fashion-MNIST and KMNIST have the file names of MNIST; torchvision's folders are FashionMNIST/raw.
        let absolute = std::path::absolute(folder).unwrap_or_default();
        let folders = absolute.iter().rev().take(2).flat_map(|name| names::words(&name.to_string_lossy()));
        let known = Known::of(files.kind, &files.name, &folders.collect::<Vec<_>>());
        Self::of_files(&files, &known, folder, is_folder)
    }

    /// Images that were read elsewhere, of so many rows of so many pixels, grey; the classes are named by their numbers.
    ///
    /// # Errors
    /// [`Error::Setting`] where the samples are not images of that size, or those to test on have other classes.
    ///
    /// ```
    /// use gradlens::{Dataset, Images};
    /// let image = Dataset::bytes(ndarray::array![[0, 255, 0, 51]], (1.0 / 255.0, 0.0), vec![1], 2)?;
    /// let images = Images::<f32>::new(image.clone(), image, [2, 2])?;
    /// assert_eq!((images.width, images.classes.len()), (2, 2));
    /// # Ok::<(), gradlens::Error>(())
    /// ```
    pub fn new(train: Dataset<T>, test: Dataset<T>, [height, width]: [usize; 2]) -> Result<Self> {
        for (name, set) in [("the images to train on", &train), ("the images to test on", &test)] {
            if set.input_len() != height * width {
                let found = format!("of {} pixels", set.input_len());
                return Err(Error::setting(name, found, format!("of {height} x {width}")));
            }
        }
        if train.output_len() != test.output_len() {
            let found = format!("of {} classes", test.output_len());
            let expected = format!("of {}, as those to train on", train.output_len());
            return Err(Error::setting("the images to test on", found, expected));
        }
        let classes = (0..train.output_len()).map(|class| class.to_string()).collect();
        Ok(Images { train, test, classes, width, height, channels: 1, set_aside: false })
    }

    /// Reads a set of MNIST's file names, sizes and number of classes from a folder.
    pub(super) fn standard(folder: &Path) -> Result<Self> {
        Self::of_files(&standard::files(folder)?, &Known::digits(), folder, true)
    }

    fn of_files(files: &Files, known: &Known, folder: &Path, asks_for_test: bool) -> Result<Self> {
        let (train, test) = read(files, folder)?;
        if asks_for_test && test.is_none() {
            return Err(files.missing(folder, Part::Test, What::Images));
        }
        let (height, width, channels) = image_size(&train)?;
        if let Some(test) = &test
            && image_size(test)? != (height, width, channels)
        {
            let size = |samples: &Samples| format!("images of {}", times(&samples.images.shape[1..]));
            let expected = format!("{}, as in {}", size(&train), train.images_path.display());
            let remedy = "take images to train and to test on from the same set";
            return Err(Error::file(&test.images_path, size(test), expected, remedy));
        }
        let parts: Vec<Samples> = [Some(train), test].into_iter().flatten().collect();
        let labels = parts.iter().map(|part| classes(part, known)).collect::<Result<Vec<_>>>()?;
        let count = labels.iter().flatten().max().map_or(0, |class| class + 1);
        let classes = match &known.classes {
            Some(classes) if count <= classes.len() => classes.clone(),
            _ => (0..count).map(|class| class.to_string()).collect(),
        };
        let scale = scale_of_bytes(&parts);
        let path = parts[0].images_path.clone();
        let dataset = |(mut part, labels): (Samples, Vec<usize>)| -> Result<Dataset<T>> {
            if known.transposed && channels == 1 {
                part.images.transpose_images((height, width));
            }
            let shape = (labels.len(), height * width * channels);
            if let Some(scale) = scale {
                let bytes = Array2::from_shape_vec(shape, part.images.values.into_bytes());
                return Dataset::bytes(bytes.expect("of this size"), (scale, 0.0), labels, classes.len());
            }
            let numbers = Array2::from_shape_vec(shape, finite(&part)?).expect("of this size");
            Dataset::classes(numbers, labels, classes.len())
        };
        let mut sets = parts.into_iter().zip(labels).map(dataset).collect::<Result<Vec<_>>>()?;
        let ((train, test), set_aside) = match (sets.pop(), sets.pop()) {
            (Some(test), Some(train)) => ((train, test), false),
            (Some(all), _) => (set_aside(&all, &path)?, true),
            _ => unreachable!("there is a set to train on"),
        };
        let (width, height) = if known.transposed { (height, width) } else { (width, height) };
        Ok(Images { train, test, classes, width, height, channels, set_aside })
    }

    /// Both sets with the training set's mean 0 and standard deviation 1.
    ///
    /// # Errors
    /// [`Error::Setting`](crate::Error::Setting) if every pixel of the training set is the same.
    pub fn standardised(self) -> Result<Self> {
        let moments = self.train.input_moments();
        let (train, test) = (self.train.standardised(moments)?, self.test.standardised(moments)?);
        Ok(Images { train, test, ..self })
    }
}

/// Rows, columns, and numbers a pixel.
fn image_size(samples: &Samples) -> Result<(usize, usize, usize)> {
    let Samples { images, images_path, .. } = samples;
    let size = match images.shape[..] {
        [_, pixels] if is_square(pixels) => (pixels.isqrt(), pixels.isqrt(), 1),
        [_, pixels] => (1, pixels, 1),
        [_, height, width] => (height, width, 1),
        [_, height, width, channels] => (height, width, channels),
        _ => {
            let found = format!("an array of {}", times(&images.shape));
            let expected = "images x rows x columns, or images x pixels";
            let remedy = "reshape the array before it is saved; images and labels may have changed places";
            return Err(Error::file(images_path, found, expected, remedy));
        }
    };
    if images.values.is_empty() {
        let found = format!("{} images of {} pixels", images.shape[0], times(&images.shape[1..]));
        return Err(Error::file(images_path, found, "at least one of at least one", FETCH_AGAIN));
    }
    Ok(size)
}

/// What a byte stands for, if all pixels are bytes.
fn scale_of_bytes(parts: &[Samples]) -> Option<f64> {
    let values = || parts.iter().map(|part| &part.images.values);
    // 0 and 1 are black and white, and not two shades of black.
    let are_at_most_one = || values().all(|values| values.are_at_most_one());
    values().all(Values::are_bytes).then(|| if are_at_most_one() { 1.0 } else { 1.0 / 255.0 })
}

/// The pixels as they are.
fn finite<T: Scalar>(samples: &Samples) -> Result<Vec<T>> {
    let Samples { images, images_path, .. } = samples;
    let pixels = images.values.len() / images.shape[0];
    let number = |at| {
        let value = T::of(images.values.get(at));
        if value.is_finite() {
            return Ok(value);
        }
        let found = format!("{} in image {}, pixel {}", images.values.get(at), at / pixels, at % pixels);
        let remedy = "replace the value, or leave the image out";
        Err(Error::file(images_path, found, "finite numbers", remedy))
    };
    (0..images.values.len()).map(number).collect()
}

/// Some samples set aside to test on, and the others.
fn set_aside<T: Scalar>(all: &Dataset<T>, path: &Path) -> Result<(Dataset<T>, Dataset<T>)> {
    if all.len() < 2 {
        let remedy = "take a set with more images";
        return Err(Error::file(path, "a single image", "one to train on and one to test on", remedy));
    }
    let mut rng = random::stream(0, Purpose::SetAside, 0);
    let mut is_aside = vec![false; all.len()];
    for row in seq::index::sample(&mut rng, all.len(), all.len().div_ceil(SET_ASIDE)) {
        is_aside[row] = true;
    }
    let rows = |aside| (0..all.len()).filter(|&row| is_aside[row] == aside).collect::<Vec<_>>();
    Ok((all.select(&rows(false)), all.select(&rows(true))))
}
