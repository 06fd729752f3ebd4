//! MNIST, and sets that come in its format, sizes and file names, as Fashion-MNIST does.

use crate::data::dataset::Dataset;
use crate::data::images::Images;
use crate::error::{Error, Result};
use gradlens_kernel::Scalar;
use std::path::Path;

/// MNIST: 60 000 images of handwritten digits to train on and 10 000 to test on, each
/// 28 x 28 pixels from 0 to 1, with a class from 0 to 9.
///
/// Fashion-MNIST comes in the same format, sizes and names, and loads the same way. [`Images`] reads sets of
/// other sizes, formats and names, and of any number of classes.
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

impl<T: Scalar> Mnist<T> {
    /// Reads the four files in `folder`, each as it is or packed with gzip.
    ///
    /// Pixels stay bytes in memory (55 MB); a batch holds b / 255.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::Io`], naming the file: missing, cut short, not in the format,
    /// images and labels that differ in number, another size than MNIST's, a label above 9.
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
        let Images { train, test, .. } = Images::standard(folder)?;
        Ok(Mnist { train, test })
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
