//! Sets of labels from files.

use super::{Source, SourceFlags};
use gradlens::{Dataset, Labelled, LabelledFile};
use ndarray::Axis;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::path::Path;

impl SourceFlags {
    /// Reads one file or two, and splits the samples into three parts.
    pub(super) fn file(&self, path: &Path, seed: u64) -> anyhow::Result<Source> {
        anyhow::ensure!(
            path.extension().is_some() || path.exists(),
            "--data {}: expected teacher, overlay, xor, or a .csv or .arff file",
            path.display()
        );
        anyhow::ensure!(path.exists(), "{}: there is no such file; check its name", path.display());
        let read = |path: &Path| {
            LabelledFile::<f32>::read(path, self.labels).map_err(|error| match (&error, self.labels) {
                (gradlens::Error::Setting { .. }, None) => anyhow::anyhow!("{error}; say --labels COUNT"),
                _ => error.into(),
            })
        };
        let file = read(path)?;
        let mut rows: Vec<usize> = (0..file.data.len()).collect();
        rows.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        let test = match &self.test_data {
            Some(path) => {
                let test = read(path)?;
                let widths = |data: &Dataset| (data.input_len(), data.output_len());
                let (found, expected) = (widths(&test.data), widths(&file.data));
                anyhow::ensure!(
                    found == expected,
                    "{}: found {} features and {} labels, expected {} and {} as in the training file",
                    path.display(),
                    found.0,
                    found.1,
                    expected.0,
                    expected.1
                );
                test.data
            }
            None => take(
                &file.data,
                &mut rows,
                self.test_samples.unwrap_or((file.data.len() / 5).max(1)),
                "to measure on",
            )?,
        };
        let tenth = (rows.len() / 10).max(1);
        let validation = take(&file.data, &mut rows, tenth, "to choose by")?;
        let samples = self.samples.unwrap_or(rows.len());
        let train = take(&file.data, &mut rows, samples, "to train on")?;
        let parts = [train, validation, test];
        let [train, validation, test] = if self.standardise { standardised(parts)? } else { parts };
        let name = path.display().to_string();
        Ok(Source::new(
            name,
            file.labels,
            Labelled::new(train),
            Labelled::new(validation),
            Labelled::new(test),
        ))
    }
}

/// The samples of `count` of the rows, which are removed from `rows`.
fn take(data: &Dataset, rows: &mut Vec<usize>, count: usize, what: &str) -> anyhow::Result<Dataset> {
    anyhow::ensure!(
        count >= 1 && count <= rows.len(),
        "{count} samples {what}: of the {} in the file {} are left for that; change --samples or --test-samples, or use more data",
        data.len(),
        rows.len()
    );
    Ok(data.select(&rows.split_off(rows.len() - count)))
}

/// Every column minus its mean in the first data set, divided by its standard deviation there. A constant
/// column becomes 0.
fn standardised<const N: usize>(parts: [Dataset; N]) -> anyhow::Result<[Dataset; N]> {
    let train = parts[0].inputs().mapv(f64::from);
    let mean = train.mean_axis(Axis(0)).expect("there are training samples");
    let deviation = train.std_axis(Axis(0), 0.0);
    let mut changed = vec![];
    for part in parts {
        let mut x = part.inputs();
        for (mut column, (mean, deviation)) in x.columns_mut().into_iter().zip(mean.iter().zip(&deviation)) {
            let scale = if *deviation > 0.0 { 1.0 / deviation } else { 0.0 };
            column.mapv_inplace(|x| ((f64::from(x) - mean) * scale) as f32);
        }
        changed.push(Dataset::new(x, part.target_rows().expect("rows of targets").to_owned())?);
    }
    Ok(changed.try_into().expect("as many as there were"))
}
