//! New samples, from the files that people have.

use crate::output::note;
use anyhow::{Context, bail, ensure};
use gradlens::config::RunConfig;
use gradlens::data::{Preprocessor, Table, Values, read_array};
use gradlens::model::About;
use image::{ImageReader, imageops};
use ndarray::Array2;
use std::path::{Path, PathBuf};

/// New samples, as they were read.
pub enum Rows {
    Table(Table),
    /// Numbers, a sample a row.
    Numbers(Array2<f64>),
    /// Pixels from 0 to 1, an image a row, and how wide each is.
    Pixels(Array2<f64>, usize),
}

/// How the name of a file ends, in lower case.
fn ending(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_lowercase()
}

impl Rows {
    /// Reads samples: a table, or standard input as a table; IDX, `.npy`, `.npz`; or pictures, an image each.
    pub fn read(paths: &[PathBuf], config: &RunConfig) -> anyhow::Result<Self> {
        let is_picture = |path: &PathBuf| ending(path) == "png";
        let [path] = paths else {
            ensure!(paths.iter().all(is_picture), "several files of samples have to be PNG, an image each");
            return pictures(paths);
        };
        if is_picture(path) {
            return pictures(paths);
        }
        if path == Path::new("-") {
            ensure!(cfg!(unix), "-: standard input is read on Unix alone; name a file");
            return Ok(Rows::Table(config.table("/dev/stdin")?));
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        let is_array = ["ubyte", ".npy", ".npz", ".idx"].iter().any(|end| name.ends_with(end));
        Ok(if is_array { Rows::Numbers(read_array(path)?) } else { Rows::Table(config.table(path)?) })
    }

    /// Says what was found out of a table, on standard error.
    pub fn tell(&self) {
        if let Rows::Table(table) = self {
            table.notes().iter().for_each(|line| note(&format!("note: {}: {line}", table.path().display())));
        }
    }

    /// Rows, columns and numbers a pixel of each as an image; `None` where that is not known.
    pub fn size(&self) -> Option<[usize; 3]> {
        match self {
            Rows::Pixels(pixels, width) => Some([pixels.ncols() / (*width).max(1), *width, 1]),
            _ => None,
        }
    }

    /// The class of each row, where a table has the columns of the targets and they are classes.
    pub fn classes(&self, about: &About) -> Option<Vec<usize>> {
        let (Rows::Table(table), Some(preprocessor)) = (self, &about.preprocessor) else { return None };
        Some(preprocessor.dataset::<f32>(table).ok()?.labels()?.to_vec())
    }

    /// What a network takes, which is so wide: prepared as the samples were that it was trained on.
    pub fn inputs(&self, about: &About, config: &RunConfig, width: usize) -> anyhow::Result<Array2<f32>> {
        let numbers = match (self, &about.preprocessor) {
            (Rows::Table(table), Some(preprocessor)) => return Ok(preprocessor.inputs(table)?),
            (Rows::Table(table), None) => columns(table, config)?,
            (Rows::Numbers(numbers), Some(preprocessor)) => {
                plain(preprocessor)?;
                numbers.clone()
            }
            (Rows::Numbers(numbers), None) if about.pixels.is_some() => pixels(numbers),
            (Rows::Numbers(numbers) | Rows::Pixels(numbers, _), _) => numbers.clone(),
        };
        ensure!(
            numbers.ncols() == width,
            "the samples have {} numbers each, and the network takes {width}{}",
            numbers.ncols(),
            match self {
                Rows::Table(_) => "; name the columns it was trained on (--features)",
                Rows::Pixels(..) => "; scale the pictures to the size of those it was trained on",
                Rows::Numbers(_) => "",
            }
        );
        if let Some(((row, column), x)) = numbers.indexed_iter().find(|(_, x)| !x.is_finite()) {
            bail!(
                "row {row}, column {column} of the samples is {x}, counted from 0; leave the row out, or replace the value"
            );
        }
        let moments = about.input_moments(width);
        let mut inputs = Array2::zeros(numbers.dim());
        for ((row, column), to) in inputs.indexed_iter_mut() {
            let [mean, deviation] = moments.as_ref().map_or([0.0, 1.0], |moments| moments[column]);
            *to = ((numbers[(row, column)] - mean) / deviation) as f32;
        }
        Ok(inputs)
    }
}

/// Bytes as shares of 255, others as they are: as images are read to train on.
fn pixels(numbers: &Array2<f64>) -> Array2<f64> {
    let are_bytes = numbers.iter().all(|x| (0.0..=255.0).contains(x) && x.fract() == 0.0);
    let shades = are_bytes && numbers.iter().any(|&x| x > 1.0);
    if shades { numbers.mapv(|byte| shade(byte as u8)) } else { numbers.clone() }
}

/// A byte as a share of 255, to the bit as it was trained on.
fn shade(byte: u8) -> f64 {
    (f32::from(byte) * (1.0 / 255.0)).into()
}

/// Grey pictures of one size, white being 1.
fn pictures(paths: &[PathBuf]) -> anyhow::Result<Rows> {
    let mut pixels = vec![];
    let mut size = None;
    for path in paths {
        let read = || -> anyhow::Result<_> { Ok(ImageReader::open(path)?.with_guessed_format()?.decode()?) };
        let picture = read().with_context(|| format!("{}: cannot be read as a picture", path.display()))?;
        let grey = imageops::grayscale(&picture);
        let before = *size.get_or_insert(grey.dimensions());
        ensure!(
            before == grey.dimensions(),
            "{}: found {:?} pixels, expected {before:?}, as in {}",
            path.display(),
            grey.dimensions(),
            paths[0].display()
        );
        pixels.extend(grey.pixels().map(|pixel| shade(pixel.0[0])));
    }
    let width = size.map_or(0, |(width, _)| width as usize);
    let pixels = Array2::from_shape_vec((paths.len(), pixels.len() / paths.len().max(1)), pixels)?;
    Ok(Rows::Pixels(pixels, width))
}

/// Refuses numbers without names for a network that was trained on words.
fn plain(preprocessor: &Preprocessor) -> anyhow::Result<()> {
    match preprocessor.features.iter().find(|feature| feature.words.is_some() || feature.indicator) {
        Some(feature) => bail!(
            "the network was trained on a table whose column {:?} holds words or gaps; give a table",
            feature.name
        ),
        None => Ok(()),
    }
}

/// The columns of a table as numbers, for a network that does not say what it takes.
fn columns(table: &Table, config: &RunConfig) -> anyhow::Result<Array2<f64>> {
    let data = &config.data;
    let places = match data.features.is_empty() {
        false => table.find_all(&data.features)?,
        true => {
            let other = table.find_all(&[data.targets.clone(), data.ignore.clone()].concat())?;
            (0..table.columns().len()).filter(|place| !other.contains(place)).collect()
        }
    };
    let mut numbers = Array2::zeros((table.rows(), places.len()));
    for (to, &place) in places.iter().enumerate() {
        let column = &table.columns()[place];
        let Values::Numbers(values) = &column.values else {
            bail!(
                "{}: column {:?} holds words, and the network does not say what they are; name its inputs (--features)",
                table.path().display(),
                column.name
            );
        };
        for (row, &value) in values.iter().enumerate() {
            ensure!(
                !value.is_nan(),
                "{}, line {}: column {:?} has no value; fill it in, or leave the row out",
                table.path().display(),
                table.line(row),
                column.name
            );
            numbers[(row, to)] = value;
        }
    }
    Ok(numbers)
}
