//! Where samples come from: a teacher, overlaid digits, XOR, or files.

mod file;

use crate::digits;
use crate::flags::numbers::{count, finite, not_negative, probability};
use clap::{Args, Parser};
use gradlens::{Labelled, Overlay, Part, Preprocessor, Teacher, Xor};
use ndarray::Array2;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[command(next_help_heading = "Data")]
pub struct SourceFlags {
    /// teacher (probabilities are known), overlay (digits laid over one another), xor (two labels of
    /// which exactly one holds), or a .csv or .arff file
    #[arg(long, value_name = "NAME|FILE", default_value = "teacher")]
    pub data: String,
    /// Training samples [default: 20000; overlay 60000; of a file all but those set aside]
    #[arg(long, value_name = "COUNT", value_parser = count, allow_negative_numbers = true)]
    samples: Option<usize>,
    /// Test samples [default: 10000; of a file a fifth]
    #[arg(long, value_name = "COUNT", value_parser = count, allow_negative_numbers = true)]
    test_samples: Option<usize>,
    /// A file with the test samples, where --data is a file
    #[arg(long, value_name = "FILE")]
    test_data: Option<PathBuf>,
    /// Labels of the teacher [default: 10]; label columns of a file, which are its last (ARFF files with -C
    /// in the name of their relation say themselves)
    #[arg(long, value_name = "COUNT", value_parser = count, allow_negative_numbers = true)]
    labels: Option<usize>,
    /// Label columns of a file, by name or by number from 1, as in happy,calm or 1-14
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', conflicts_with = "labels")]
    targets: Vec<String>,
    /// Features of teacher and xor [default: 20; 2]
    #[arg(long, value_name = "COUNT", value_parser = count, allow_negative_numbers = true)]
    features: Option<usize>,
    /// Variance of the teacher's logits
    #[arg(long, value_name = "NUMBER", default_value = "16", value_parser = not_negative, allow_negative_numbers = true)]
    weight_variance: f64,
    /// Mean of the teacher's biases
    #[arg(long, value_name = "NUMBER", default_value = "-1", value_parser = finite, allow_negative_numbers = true)]
    bias_mean: f64,
    /// Variance of the teacher's biases
    #[arg(long, value_name = "NUMBER", default_value = "0.25", value_parser = not_negative, allow_negative_numbers = true)]
    bias_variance: f64,
    /// Most digits in an image of overlay
    #[arg(long, value_name = "COUNT", default_value = "3", value_parser = count, allow_negative_numbers = true)]
    most: usize,
    /// Width and height of the images of overlay, 28 to 40
    #[arg(long, value_name = "PIXELS", default_value = "36", value_parser = count, allow_negative_numbers = true)]
    canvas: usize,
    /// Share of the images of overlay without a digit
    #[arg(long, value_name = "SHARE", default_value = "0.05", value_parser = probability, allow_negative_numbers = true)]
    empty: f64,
    /// Give every column of a file mean 0 and standard deviation 1, by the training samples
    #[arg(long)]
    standardise: bool,
    /// Folder with the digits for overlay [default: the data that come with the sources]
    #[arg(long, value_name = "DIR")]
    mnist: Option<PathBuf>,
}

/// Samples to train on, to choose thresholds and temperature by, and to measure on.
pub struct Source {
    /// What it is, in words.
    pub name: String,
    /// The name of every label.
    pub labels: Vec<String>,
    pub train: Labelled,
    pub validation: Labelled,
    pub test: Labelled,
    /// The true labels of the test samples, `[samples, labels]`.
    pub truth: Array2<f32>,
    /// Width of the images, where the inputs are images.
    pub image_width: Option<usize>,
    /// What was learned from the training table, where samples come from one.
    pub preprocessor: Option<Preprocessor>,
    /// Whether exactly one label holds by construction, so that sets are learned as well.
    pub is_xor: bool,
}

const SAMPLES: usize = 20_000;
/// As many as there are digits.
const OVERLAY_SAMPLES: usize = 60_000;
const TEST_SAMPLES: usize = 10_000;
/// Samples to choose thresholds and temperature by, for generated data.
const VALIDATION_SAMPLES: usize = 5_000;

/// The flags of a run that gives none.
#[derive(Parser)]
struct Usual {
    #[command(flatten)]
    flags: SourceFlags,
}

impl SourceFlags {
    fn usual() -> Self {
        Usual::parse_from(["multilabel"]).flags
    }

    /// The files that are read.
    pub fn files(&self) -> Vec<PathBuf> {
        std::iter::once(PathBuf::from(&self.data)).chain(self.test_data.clone()).collect()
    }

    /// What was asked for.
    pub fn json(&self) -> Value {
        json!({
            "data": self.data,
            "samples": self.samples,
            "test_samples": self.test_samples,
            "test_data": self.test_data.as_ref().map(|path| path.display().to_string()),
            "standardise": self.standardise,
            "labels": self.labels,
            "targets": self.targets,
            "features": self.features,
            "weight_variance": self.weight_variance,
            "bias_mean": self.bias_mean,
            "bias_variance": self.bias_variance,
            "most": self.most,
            "canvas": self.canvas,
            "empty": self.empty,
        })
    }

    pub fn load(&self, seed: u64) -> anyhow::Result<Source> {
        let is_file = !["teacher", "overlay", "xor"].contains(&self.data.as_str());
        for (flag, given) in [
            ("--test-data", self.test_data.is_some()),
            ("--standardise", self.standardise),
            ("--targets", !self.targets.is_empty()),
        ] {
            anyhow::ensure!(is_file || !given, "{flag} belongs to --data FILE");
        }
        anyhow::ensure!(
            self.test_data.is_none() || self.test_samples.is_none(),
            "--test-samples and --test-data: give one of them"
        );
        let usual = SourceFlags::usual();
        let of_teacher = [self.weight_variance, self.bias_mean, self.bias_variance];
        anyhow::ensure!(
            self.data == "teacher"
                || of_teacher == [usual.weight_variance, usual.bias_mean, usual.bias_variance],
            "--weight-variance, --bias-mean and --bias-variance belong to --data teacher"
        );
        anyhow::ensure!(
            self.data == "overlay"
                || (self.most, self.canvas, self.empty) == (usual.most, usual.canvas, usual.empty)
                    && self.mnist.is_none(),
            "--most, --canvas, --empty and --mnist belong to --data overlay"
        );
        anyhow::ensure!(
            self.labels.is_none() || is_file || self.data == "teacher",
            "--labels belongs to --data teacher and --data FILE"
        );
        anyhow::ensure!(
            self.features.is_none() || ["teacher", "xor"].contains(&self.data.as_str()),
            "--features belongs to --data teacher and --data xor"
        );
        match self.data.as_str() {
            "teacher" => self.teacher(seed),
            "overlay" => self.overlay(seed),
            "xor" => self.xor(seed),
            path => self.file(Path::new(path), seed),
        }
    }

    /// Draws the three parts.
    fn draw(
        &self,
        name: String,
        draw: impl Fn(usize, Part) -> gradlens::Result<Labelled>,
    ) -> anyhow::Result<Source> {
        let usual = if self.data == "overlay" { OVERLAY_SAMPLES } else { SAMPLES };
        let train = draw(self.samples.unwrap_or(usual), Part::Train)?;
        let validation = draw(VALIDATION_SAMPLES, Part::Validation)?;
        let test = draw(self.test_samples.unwrap_or(TEST_SAMPLES), Part::Test)?;
        Ok(Source::new(name, None, train, validation, test))
    }

    fn teacher(&self, seed: u64) -> anyhow::Result<Source> {
        let usual = Teacher::default();
        let teacher = Teacher::default()
            .features(self.features.unwrap_or(usual.features))
            .labels(self.labels.unwrap_or(usual.labels))
            .weight_variance(self.weight_variance)
            .bias_mean(self.bias_mean)
            .bias_variance(self.bias_variance)
            .seed(seed);
        let name = format!("a logistic teacher, {} features, {} labels", teacher.features, teacher.labels);
        self.draw(name, |samples, part| teacher.draw(samples, part))
    }

    fn xor(&self, seed: u64) -> anyhow::Result<Source> {
        let xor = Xor::default();
        let xor = xor.clone().features(self.features.unwrap_or(xor.features)).seed(seed);
        let source =
            self.draw("two labels of which exactly one holds".into(), |n, part| xor.draw(n, part))?;
        Ok(Source { is_xor: true, ..source })
    }

    fn overlay(&self, seed: u64) -> anyhow::Result<Source> {
        let mnist = digits::load(self.mnist.as_deref(), "--mnist")?;
        let overlay =
            Overlay::default().max_digits(self.most).canvas(self.canvas).empty(self.empty).seed(seed);
        let name =
            format!("up to {} digits laid over one another on {1} x {1} pixels", self.most, self.canvas);
        let source = self.draw(name, |samples, part| {
            let digits = if part == Part::Test { &mnist.test } else { &mnist.train };
            overlay.draw(digits, samples, part)
        })?;
        Ok(Source { image_width: Some(self.canvas), ..source })
    }
}

impl Source {
    fn new(
        name: String,
        labels: Option<Vec<String>>,
        train: Labelled,
        validation: Labelled,
        test: Labelled,
    ) -> Self {
        let names = labels.unwrap_or_else(|| (0..train.data.output_len()).map(|k| k.to_string()).collect());
        let truth = targets(&test);
        Source {
            name,
            labels: names,
            train,
            validation,
            test,
            truth,
            image_width: None,
            preprocessor: None,
            is_xor: false,
        }
    }
}

/// The true labels, `[samples, labels]`.
pub fn targets(labelled: &Labelled) -> Array2<f32> {
    labelled.data.target_rows().expect("sets of labels are rows of targets").to_owned()
}
