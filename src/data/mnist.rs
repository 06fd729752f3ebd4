//! MNIST, and sets that come in its format, sizes and file names, as Fashion-MNIST does.

use crate::data::dataset::Dataset;
use crate::data::idx;
use crate::error::{Error, Result};
use ::mnist::MnistBuilder;
use gradlens_kernel::Scalar;
use ndarray::Array2;
use std::path::Path;

/// MNIST: 60 000 images of handwritten digits to train on and 10 000 to test on, each
/// 28 x 28 pixels from 0 to 1, with a class from 0 to 9.
///
/// Fashion-MNIST comes in the same format, sizes and names, and loads the same way.
///
/// ```
/// use gradlens::Mnist;
/// let Mnist { train, test } = Mnist::<f32>::load("data/mnist")?;
/// assert_eq!((train.len(), test.len(), train.input_len(), train.output_len()), (60_000, 10_000, 784, 10));
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Mnist<T: Scalar = f32> {
    /// The 60 000 images to train on.
    pub train: Dataset<T>,
    /// The 10 000 images to test on.
    pub test: Dataset<T>,
}

const TRAIN: u32 = 60_000;
const TEST: u32 = 10_000;
/// Name, how many, and whether images.
const FILES: [(&str, u32, bool); 4] = [
    ("train-images-idx3-ubyte", TRAIN, true),
    ("train-labels-idx1-ubyte", TRAIN, false),
    ("t10k-images-idx3-ubyte", TEST, true),
    ("t10k-labels-idx1-ubyte", TEST, false),
];
const PIXELS: usize = 28 * 28;
const CLASSES: usize = 10;

impl<T: Scalar> Mnist<T> {
    /// Reads the four files in `folder`, each as it is or packed as `.gz`.
    ///
    /// A packed file is unpacked beside itself at the first time, or into the system's temporary folder
    /// where the folder cannot be written. Pixels stay bytes in memory (55 MB); a batch holds b / 255.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::Io`], naming the file: missing, cut short, not in the format,
    /// images and labels that differ in number, a label above 9.
    pub fn load(folder: impl AsRef<Path>) -> Result<Self> {
        let folder = folder.as_ref();
        if !folder.is_dir() {
            let found = match std::fs::metadata(folder) {
                Ok(_) => "a file".to_string(),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => "no such folder".to_string(),
                Err(error) => error.to_string(),
            };
            return Err(Error::File {
                path: folder.into(),
                found,
                expected: "the folder with the four MNIST files".into(),
                remedy: "choose a folder that holds them; the sources come with data/mnist".into(),
            });
        }
        let mut paths = Vec::with_capacity(FILES.len());
        for (name, count, images) in FILES {
            let path = idx::unpacked(folder, name, &std::env::temp_dir())?;
            if images {
                idx::check_images(&path, count)?
            } else {
                idx::check_labels(&path, count)?
            }
            let path = path.into_os_string().into_string().map_err(|path| Error::File {
                path: path.into(),
                found: "a path that is not Unicode".into(),
                expected: "a Unicode path, which the parser asks for".into(),
                remedy: "rename the folder".into(),
            })?;
            paths.push(path);
        }
        // An absolute file name stands for itself, whatever the base path; so each file may lie
        // elsewhere.
        let mnist = MnistBuilder::new()
            .base_path("")
            .training_images_filename(&paths[0])
            .training_labels_filename(&paths[1])
            .test_images_filename(&paths[2])
            .test_labels_filename(&paths[3])
            .training_set_length(TRAIN)
            .validation_set_length(0)
            .test_set_length(TEST)
            .finalize();
        let dataset = |images: Vec<u8>, labels: Vec<u8>| {
            let shape = (labels.len(), PIXELS);
            let images =
                Array2::from_shape_vec(shape, images).expect("the files were checked to hold every pixel");
            let labels = labels.into_iter().map(usize::from).collect();
            Dataset::bytes(images, (1.0 / 255.0, 0.0), labels, CLASSES)
        };
        Ok(Mnist {
            train: dataset(mnist.trn_img, mnist.trn_lbl)?,
            test: dataset(mnist.tst_img, mnist.tst_lbl)?,
        })
    }

    /// Both sets with the training set's mean 0 and standard deviation 1.
    ///
    /// # Errors
    /// [`Error::Setting`] if every pixel of the training set is the same.
    pub fn standardised(self) -> Result<Self> {
        let moments = self.train.input_moments();
        Ok(Mnist { train: self.train.standardised(moments)?, test: self.test.standardised(moments)? })
    }
}
