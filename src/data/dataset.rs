//! Samples and their targets.

use crate::data::distortion::Distortion;
use crate::error::{Error, Result};
use gradlens_kernel::prefetch;
use gradlens_kernel::widest;
use gradlens_kernel::{Mat, Scalar, Threads};
use ndarray::{Array2, ArrayView2};

/// Samples, a row each, with a target each.
///
/// Inputs are a matrix, or bytes that are widened as a batch is put together (a quarter of the
/// memory, and faster to read). Targets are classes, or a row of numbers per sample: a
/// distribution, a multi-hot set of labels, or whatever the head learns from.
///
/// ```
/// use gradlens::Dataset;
/// use ndarray::array;
/// let xor = Dataset::classes(array![[0.0_f32, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], vec![0, 1, 1, 0], 2)?;
/// assert_eq!((xor.len(), xor.input_len(), xor.output_len()), (4, 2, 2));
/// let labels = Dataset::new(array![[0.3_f32], [0.7]], array![[1.0, 0.0, 1.0], [0.0, 0.0, 0.0]])?;
/// assert_eq!(labels.output_len(), 3);
/// # Ok::<(), gradlens::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Dataset<T: Scalar = f32> {
    inputs: Inputs<T>,
    targets: Targets<T>,
    /// What becomes of the inputs where they are trained on.
    distortion: Option<Distortion>,
}

#[derive(Debug, Clone)]
enum Inputs<T> {
    Matrix(Array2<T>),
    /// Each byte b stands for scale b + shift.
    Bytes {
        bytes: Array2<u8>,
        scale: T,
        shift: T,
    },
}

#[derive(Debug, Clone)]
enum Targets<T> {
    Classes { labels: Vec<usize>, count: usize },
    Matrix(Array2<T>),
}

fn check_rows(inputs: usize, targets: usize) -> Result<()> {
    if inputs == targets {
        return Ok(());
    }
    Err(Error::Shape {
        what: "the targets".into(),
        found: format!("{targets} rows"),
        expected: format!("{inputs}, one for each row of inputs"),
        remedy: "give every sample one target".into(),
    })
}

/// Bytes as inputs, each b standing for `scale` b + `shift`.
fn byte_inputs<T: Scalar>(bytes: Array2<u8>, (scale, shift): (f64, f64)) -> Result<Inputs<T>> {
    if !(scale.is_finite() && shift.is_finite()) {
        return Err(Error::setting("the scale or shift of bytes", format!("{scale}, {shift}"), "finite"));
    }
    Ok(Inputs::Bytes { bytes: standard(bytes), scale: T::of(scale), shift: T::of(shift) })
}

/// The matrix with contiguous rows, as it is if it has them.
fn standard<A: Clone>(matrix: Array2<A>) -> Array2<A> {
    if matrix.is_standard_layout() { matrix } else { matrix.as_standard_layout().into_owned() }
}

impl<T: Scalar> Dataset<T> {
    /// Inputs `[samples, features]` with a row of target values each `[samples, outputs]`.
    ///
    /// # Errors
    /// [`Error::Shape`] if the numbers of rows differ.
    pub fn new(inputs: Array2<T>, targets: Array2<T>) -> Result<Self> {
        Self::with_targets(Inputs::Matrix(standard(inputs)), targets)
    }

    /// Inputs `[samples, features]` with one class each, below `count`.
    ///
    /// # Errors
    /// [`Error::Shape`] if the numbers differ; [`Error::Target`], naming the row, for a class that
    /// is not below `count`.
    pub fn classes(inputs: Array2<T>, labels: Vec<usize>, count: usize) -> Result<Self> {
        let inputs = Inputs::Matrix(standard(inputs));
        Self::with_classes(inputs, labels, count)
    }

    /// Inputs as bytes, each b standing for `scale` b + `shift`, with one class each.
    ///
    /// # Errors
    /// As [`classes`](Self::classes), and [`Error::Setting`] for a scale or shift that is not finite.
    pub fn bytes(
        bytes: Array2<u8>,
        (scale, shift): (f64, f64),
        labels: Vec<usize>,
        count: usize,
    ) -> Result<Self> {
        Self::with_classes(byte_inputs(bytes, (scale, shift))?, labels, count)
    }

    /// Inputs as bytes, each b standing for `scale` b + `shift`, with a row of target values each
    /// `[samples, outputs]`.
    ///
    /// # Errors
    /// As [`new`](Self::new), and [`Error::Setting`] for a scale or shift that is not finite.
    ///
    /// ```
    /// # use gradlens::Dataset;
    /// # use ndarray::array;
    /// let data = Dataset::bytes_with_targets(array![[0, 255]], (1.0 / 255.0, 0.0), array![[1.0_f32, 0.0, 1.0]])?;
    /// assert_eq!((data.inputs(), data.output_len()), (array![[0.0, 1.0]], 3));
    /// # Ok::<(), gradlens::Error>(())
    /// ```
    pub fn bytes_with_targets(bytes: Array2<u8>, scaling: (f64, f64), targets: Array2<T>) -> Result<Self> {
        Self::with_targets(byte_inputs(bytes, scaling)?, targets)
    }

    fn with_targets(inputs: Inputs<T>, targets: Array2<T>) -> Result<Self> {
        let rows = targets.nrows();
        let dataset = Dataset { inputs, targets: Targets::Matrix(targets), distortion: None };
        check_rows(dataset.len(), rows)?;
        Ok(dataset)
    }

    fn with_classes(inputs: Inputs<T>, labels: Vec<usize>, count: usize) -> Result<Self> {
        let dataset = Dataset { inputs, targets: Targets::Classes { labels, count }, distortion: None };
        let Targets::Classes { labels, .. } = &dataset.targets else {
            unreachable!("built as classes above")
        };
        check_rows(dataset.len(), labels.len())?;
        match labels.iter().position(|&label| label >= count) {
            Some(row) => Err(Error::Target {
                row,
                head: "output".into(),
                found: format!("class {}", labels[row]),
                expected: format!("a class below {count}, counted from 0"),
            }),
            None => Ok(dataset),
        }
    }

    /// The same inputs with other classes.
    ///
    /// # Errors
    /// As [`classes`](Self::classes).
    ///
    /// ```
    /// # use gradlens::Dataset;
    /// # use ndarray::array;
    /// let data = Dataset::classes(array![[0.1_f32], [0.2]], vec![0, 1], 2)?;
    /// let other = data.with_labels(vec![1, 1], 2)?;
    /// assert_eq!((other.labels(), other.inputs()), (Some(&[1, 1][..]), data.inputs()));
    /// # Ok::<(), gradlens::Error>(())
    /// ```
    pub fn with_labels(&self, labels: Vec<usize>, count: usize) -> Result<Self> {
        let distortion = self.distortion;
        Ok(Dataset { distortion, ..Self::with_classes(self.inputs.clone(), labels, count)? })
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        match &self.inputs {
            Inputs::Matrix(inputs) => inputs.nrows(),
            Inputs::Bytes { bytes, .. } => bytes.nrows(),
        }
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of input columns.
    pub fn input_len(&self) -> usize {
        match &self.inputs {
            Inputs::Matrix(inputs) => inputs.ncols(),
            Inputs::Bytes { bytes, .. } => bytes.ncols(),
        }
    }

    /// Number of classes, or of target columns.
    pub fn output_len(&self) -> usize {
        match &self.targets {
            Targets::Classes { count, .. } => *count,
            Targets::Matrix(targets) => targets.ncols(),
        }
    }

    /// The inputs as a matrix, bytes widened.
    pub fn inputs(&self) -> Array2<T> {
        match &self.inputs {
            Inputs::Matrix(inputs) => inputs.clone(),
            Inputs::Bytes { bytes, scale, shift } => bytes.mapv(|byte| *scale * T::of_byte(byte) + *shift),
        }
    }

    /// What no input is greater than, either sign, where it is known.
    pub(crate) fn bound(&self) -> Option<T> {
        match &self.inputs {
            Inputs::Matrix(_) => None,
            Inputs::Bytes { scale, shift, .. } => {
                Some(shift.abs().max((*scale * T::of_byte(u8::MAX) + *shift).abs()))
            }
        }
    }

    /// The inputs as they are kept, with scale and shift, where they are bytes.
    pub(super) fn byte_rows(&self) -> Option<(ArrayView2<'_, u8>, (f64, f64))> {
        match &self.inputs {
            Inputs::Matrix(_) => None,
            Inputs::Bytes { bytes, scale, shift } => Some((bytes.view(), (scale.f64(), shift.f64()))),
        }
    }

    /// Hands over all that the samples and their targets are, as bytes, piece by piece.
    #[cfg(feature = "models")]
    pub(crate) fn raw(&self, mut take: impl FnMut(&[u8])) {
        let numbers = |matrix: &Array2<T>, take: &mut dyn FnMut(&[u8])| {
            for piece in matrix.as_slice().expect("kept in standard layout").chunks(1 << 13) {
                let bytes: Vec<u8> = piece.iter().flat_map(|number| number.f64().to_le_bytes()).collect();
                take(&bytes);
            }
        };
        let sizes = [self.len(), self.input_len(), self.output_len()];
        sizes.iter().for_each(|&size| take(&(size as u64).to_le_bytes()));
        match &self.inputs {
            Inputs::Matrix(inputs) => numbers(inputs, &mut take),
            Inputs::Bytes { bytes, scale, shift } => {
                [scale, shift].iter().for_each(|number| take(&number.f64().to_le_bytes()));
                take(bytes.as_slice().expect("kept in standard layout"));
            }
        }
        match &self.targets {
            Targets::Classes { labels, .. } => {
                for piece in labels.chunks(1 << 13) {
                    let bytes: Vec<u8> =
                        piece.iter().flat_map(|&class| (class as u64).to_le_bytes()).collect();
                    take(&bytes);
                }
            }
            Targets::Matrix(targets) => numbers(targets, &mut take),
        }
    }

    /// The class of every sample, where the targets are classes.
    pub fn labels(&self) -> Option<&[usize]> {
        match &self.targets {
            Targets::Classes { labels, .. } => Some(labels),
            Targets::Matrix(_) => None,
        }
    }

    /// The target rows, where the targets are not classes.
    pub fn target_rows(&self) -> Option<ArrayView2<'_, T>> {
        match &self.targets {
            Targets::Classes { .. } => None,
            Targets::Matrix(targets) => Some(targets.view()),
        }
    }

    /// The samples of these rows, in this order, as a data set of their own.
    ///
    /// # Panics
    /// If a row does not exist.
    ///
    /// ```
    /// # use gradlens::Dataset;
    /// # use ndarray::array;
    /// let data = Dataset::classes(array![[0.0_f32], [1.0], [2.0]], vec![0, 1, 1], 2)?;
    /// assert_eq!(data.select(&[2, 0]).labels(), Some(&[1, 0][..]));
    /// # Ok::<(), gradlens::Error>(())
    /// ```
    #[track_caller]
    pub fn select(&self, rows: &[usize]) -> Self {
        let axis = ndarray::Axis(0);
        Dataset {
            inputs: match &self.inputs {
                Inputs::Matrix(inputs) => Inputs::Matrix(inputs.select(axis, rows)),
                Inputs::Bytes { bytes, scale, shift } => {
                    Inputs::Bytes { bytes: bytes.select(axis, rows), scale: *scale, shift: *shift }
                }
            },
            targets: match &self.targets {
                Targets::Classes { labels, count } => {
                    Targets::Classes { labels: rows.iter().map(|&row| labels[row]).collect(), count: *count }
                }
                Targets::Matrix(targets) => Targets::Matrix(targets.select(axis, rows)),
            },
            distortion: self.distortion,
        }
    }

    /// The same samples with targets that sum to 1, as a softmax head asks for: of k labels each gets
    /// 1/k. A sample without a label has no best guess, and gets 1/K for each of the K labels. Classes
    /// stay as they are.
    ///
    /// ```
    /// # use gradlens::Dataset;
    /// # use ndarray::array;
    /// let data = Dataset::new(array![[0.1_f32], [0.2]], array![[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])?;
    /// let spread = data.spread_targets()?;
    /// assert_eq!(spread.target_rows().unwrap(), array![[0.5, 0.5, 0.0, 0.0], [0.25, 0.25, 0.25, 0.25]]);
    /// # Ok::<(), gradlens::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Target`] for a target that is negative or not finite.
    pub fn spread_targets(self) -> Result<Self> {
        let Targets::Matrix(mut targets) = self.targets else { return Ok(self) };
        for (row, mut target) in targets.rows_mut().into_iter().enumerate() {
            if let Some(wrong) = target.iter().find(|t| !(t.is_finite() && **t >= T::zero())) {
                return Err(Error::Target {
                    row,
                    head: "softmax".into(),
                    found: wrong.to_string(),
                    expected: "0 or 1 for each label".into(),
                });
            }
            let sum = target.sum();
            let labels = T::of(target.len() as f64);
            target.mapv_inplace(|t| if sum > T::zero() { t / sum } else { T::one() / labels });
        }
        Ok(Dataset { targets: Targets::Matrix(targets), inputs: self.inputs, distortion: self.distortion })
    }

    /// Mean and standard deviation over all input values.
    ///
    /// ```
    /// # use gradlens::Dataset;
    /// # use ndarray::array;
    /// let data = Dataset::classes(array![[0.0_f32, 2.0], [4.0, 2.0]], vec![0, 0], 1)?;
    /// assert_eq!(data.input_moments(), (2.0, 2.0_f64.sqrt()));
    /// # Ok::<(), gradlens::Error>(())
    /// ```
    pub fn input_moments(&self) -> (f64, f64) {
        let moments = |sum: f64, squares: f64, count: usize| {
            let mean = sum / count as f64;
            (mean, (squares / count as f64 - mean * mean).max(0.0).sqrt())
        };
        match &self.inputs {
            Inputs::Matrix(inputs) => {
                let (mean, _) = moments(inputs.iter().map(|x| x.f64()).sum(), 0.0, inputs.len());
                let spread: f64 = inputs.iter().map(|x| (x.f64() - mean).powi(2)).sum();
                (mean, (spread / inputs.len() as f64).sqrt())
            }
            Inputs::Bytes { bytes, scale, shift } => {
                let (mut sum, mut squares) = (0u64, 0u64);
                for &byte in bytes {
                    sum += u64::from(byte);
                    squares += u64::from(byte) * u64::from(byte);
                }
                let (mean, deviation) = moments(sum as f64, squares as f64, bytes.len());
                (scale.f64() * mean + shift.f64(), scale.f64().abs() * deviation)
            }
        }
    }

    /// Every input x as (x - `mean`) / `deviation`. The test set is standardised with the numbers
    /// of the training set.
    ///
    /// # Errors
    /// [`Error::Setting`] unless both are finite and the deviation is above 0.
    pub fn standardised(self, (mean, deviation): (f64, f64)) -> Result<Self> {
        if !(mean.is_finite() && deviation.is_finite() && deviation > 0.0) {
            let found = format!("mean {mean}, standard deviation {deviation}");
            return Err(Error::setting("standardising", found, "two finite numbers, the deviation above 0"));
        }
        let inputs = match self.inputs {
            Inputs::Matrix(inputs) => Inputs::Matrix(inputs.mapv(|x| T::of((x.f64() - mean) / deviation))),
            Inputs::Bytes { bytes, scale, shift } => Inputs::Bytes {
                bytes,
                scale: T::of(scale.f64() / deviation),
                shift: T::of((shift.f64() - mean) / deviation),
            },
        };
        Ok(Dataset { inputs, ..self })
    }

    /// Every input of column j as (x - mean) / deviation, with the two numbers of `moments[j]`.
    ///
    /// ```
    /// use gradlens::Dataset;
    /// use ndarray::array;
    /// let data = Dataset::classes(array![[1.0_f32, 50.0], [3.0, 10.0]], vec![0, 1], 2)?;
    /// let data = data.standardised_by(&[[2.0, 1.0], [30.0, 20.0]])?;
    /// assert_eq!(data.inputs(), array![[-1.0, 1.0], [1.0, -1.0]]);
    /// # Ok::<(), gradlens::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Setting`] unless there are as many as columns, all are finite and the deviations above 0.
    pub fn standardised_by(self, moments: &[[f64; 2]]) -> Result<Self> {
        let usual =
            |&[mean, deviation]: &[f64; 2]| mean.is_finite() && deviation.is_finite() && deviation > 0.0;
        if moments.len() != self.input_len() || !moments.iter().all(usual) {
            let found = format!("{} pairs of numbers", moments.len());
            let expected = format!("{}, finite and the deviations above 0", self.input_len());
            return Err(Error::setting("standardising by columns", found, expected));
        }
        let mut inputs = self.inputs();
        for (mut column, &[mean, deviation]) in inputs.columns_mut().into_iter().zip(moments) {
            column.mapv_inplace(|x| T::of((x.f64() - mean) / deviation));
        }
        Ok(Dataset { inputs: Inputs::Matrix(inputs), ..self })
    }

    /// The same samples, which are images, distorted anew each time that they are trained on.
    ///
    /// # Errors
    /// [`Error::Setting`] for a setting that is out of range, and for a width that images of so many pixels do not have.
    pub fn distorted(self, distortion: Distortion) -> Result<Self> {
        distortion.check(self.input_len())?;
        Ok(Dataset { distortion: Some(distortion), ..self })
    }

    /// What becomes of the inputs where they are trained on, if anything does.
    pub fn distortion(&self) -> Option<&Distortion> {
        self.distortion.as_ref()
    }

    /// Distorts the inputs of these rows, where they are to be, for a training step.
    pub(crate) fn distort(&self, rows: &[usize], step: u64, threads: &Threads, x: &mut Mat<T>) {
        let Some(distortion) = &self.distortion else { return };
        let width = self.input_len();
        let x = x.as_slice_mut().expect("a workspace keeps its rows together");
        threads.pieces(width, [x], |offset, [x]| distortion.apply(x, rows[offset / width], step));
    }

    /// Puts the samples of these rows into `x` and their targets, classes as one-hot rows, into `t`.
    pub(crate) fn gather(&self, rows: &[usize], threads: &Threads, x: &mut Mat<T>, t: &mut Mat<T>) {
        let width = self.input_len();
        let x = x.as_slice_mut().expect("a workspace keeps its rows together");
        assert!(x.len() == rows.len() * width, "gather: no room for just {} rows", rows.len());
        // About 32 KiB of f32 a piece.
        let rows_per_piece = (8192 / width.max(1)).max(1);
        threads.pieces(rows_per_piece * width, [x], |offset, [x]| {
            let first = offset / width.max(1);
            let piece = |from: usize| &rows[from.min(rows.len())..(from + rows_per_piece).min(rows.len())];
            // While the rows of a piece are copied those of the next are on their way, if it is this
            // thread's.
            self.prefetch(piece(first));
            self.prefetch(piece(first + rows_per_piece));
            for (x, &row) in x.chunks_exact_mut(width.max(1)).zip(piece(first)) {
                match &self.inputs {
                    Inputs::Matrix(inputs) => {
                        let from = inputs.as_slice().expect("kept in standard layout");
                        x.copy_from_slice(&from[row * width..][..width]);
                    }
                    Inputs::Bytes { bytes, scale, shift } => {
                        let from = bytes.as_slice().expect("kept in standard layout");
                        let (from, scale, shift) = (&from[row * width..][..width], *scale, *shift);
                        widest(|| {
                            for (x, &byte) in x.iter_mut().zip(from) {
                                *x = scale * T::of_byte(byte) + shift;
                            }
                        });
                    }
                }
            }
        });
        match &self.targets {
            Targets::Matrix(targets) => {
                for (mut t, &row) in t.rows_mut().into_iter().zip(rows) {
                    t.assign(&targets.row(row));
                }
            }
            Targets::Classes { labels, .. } => {
                t.fill(T::zero());
                for (mut t, &row) in t.rows_mut().into_iter().zip(rows) {
                    t[labels[row]] = T::one();
                }
            }
        }
    }

    /// Has the processor bring the inputs of these rows, which lie all over the memory, into its cache.
    fn prefetch(&self, rows: &[usize]) {
        let width = self.input_len();
        for &row in rows {
            let numbers = row * width..(row + 1) * width;
            match &self.inputs {
                Inputs::Matrix(inputs) => {
                    prefetch(&inputs.as_slice().expect("kept in standard layout")[numbers])
                }
                Inputs::Bytes { bytes, .. } => {
                    prefetch(&bytes.as_slice().expect("kept in standard layout")[numbers]);
                }
            }
        }
    }

    pub(crate) fn check_inputs(&self) -> Result<()> {
        let Inputs::Matrix(inputs) = &self.inputs else { return Ok(()) };
        match inputs.indexed_iter().find(|(_, x)| !x.is_finite()) {
            Some(((row, column), x)) => Err(Error::Input { row, column, value: x.f64() }),
            None => Ok(()),
        }
    }

    /// Calls `check` with the row and the target of each sample; of classes with the first sample of each.
    pub(crate) fn each_target(&self, mut check: impl FnMut(usize, &[T]) -> Result<()>) -> Result<()> {
        match &self.targets {
            Targets::Matrix(targets) => {
                (0..targets.nrows()).try_for_each(|row| check(row, &targets.row(row).to_vec()))
            }
            Targets::Classes { labels, count } => {
                let mut target = vec![T::zero(); *count];
                (0..*count).try_for_each(|class| {
                    let Some(row) = labels.iter().position(|&label| label == class) else { return Ok(()) };
                    target.fill(T::zero());
                    target[class] = T::one();
                    check(row, &target)
                })
            }
        }
    }
}
