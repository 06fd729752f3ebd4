//! Sets of labels from files.

use super::{Source, SourceFlags};
use gradlens::data::{Table, Task};
use gradlens::{Dataset, Labelled, Preprocessing};
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
        let table = Table::read(path)?;
        let test = self.test_data.as_ref().map(Table::read).transpose()?;
        let mut rows: Vec<usize> = (0..table.rows()).collect();
        rows.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        let mut take = |count, what| take(table.rows(), &mut rows, count, what);
        let test_rows = match &test {
            Some(_) => vec![],
            None => take(Some(self.test_samples.unwrap_or((table.rows() / 5).max(1))), "to measure on")?,
        };
        let tenth = ((table.rows() - test_rows.len()) / 10).max(1);
        let validation_rows = take(Some(tenth), "to choose by")?;
        let train_rows = take(self.samples, "to train on")?;
        let preprocessor = self.preprocessing(&table)?.fit_on(&table, &train_rows)?;
        let data: Dataset = preprocessor.dataset(&table)?;
        let test = match &test {
            Some(test) => preprocessor.dataset(test)?,
            None => data.select(&test_rows),
        };
        let source = Source::new(
            path.display().to_string(),
            table.named().then(|| preprocessor.target_names()),
            Labelled::new(data.select(&train_rows)),
            Labelled::new(data.select(&validation_rows)),
            Labelled::new(test),
        );
        Ok(Source { preprocessor: Some(preprocessor), ..source })
    }

    /// Labels are the columns of `--targets`, or the last, as many as `--labels` says, or those that the file declares.
    fn preprocessing(&self, table: &Table) -> anyhow::Result<Preprocessing> {
        let columns = table.columns().len();
        let targets: Vec<String> = match self.labels {
            Some(labels) if labels < columns => {
                table.columns()[columns - labels..].iter().map(|column| column.name.clone()).collect()
            }
            Some(labels) => anyhow::bail!(
                "--labels {labels}: {} has {columns} columns, and there has to be a feature beside the labels",
                table.path().display()
            ),
            None if !self.targets.is_empty() => self.targets.clone(),
            None if table.labels().is_some() => vec![],
            None => anyhow::bail!(
                "{} does not say which of its {columns} columns are labels; say --targets NAMES, or --labels COUNT for the last so many",
                table.path().display()
            ),
        };
        Ok(Preprocessing::new(targets).task(Task::Labels).standardise(self.standardise))
    }
}

/// `count` of the rows, or all that are left, which are removed from `rows`.
fn take(all: usize, rows: &mut Vec<usize>, count: Option<usize>, what: &str) -> anyhow::Result<Vec<usize>> {
    let count = count.unwrap_or(rows.len());
    anyhow::ensure!(
        count >= 1 && count <= rows.len(),
        "{count} samples {what}: of the {all} in the file {} are left for that; change --samples or --test-samples, or use more data",
        rows.len()
    );
    Ok(rows.split_off(rows.len() - count))
}
