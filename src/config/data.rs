//! The samples that a config names, and what they leave to be said.

use crate::config::head;
use crate::config::layer::LayerConfig;
use crate::config::run::{DataConfig, RunConfig};
use crate::data::made;
use crate::data::{Dataset, Distortion, Images, Part, Preprocessing, Preprocessor, Reading, Table, Task};
use crate::error::{Error, Result};
use crate::nn::Sequential;
use crate::random::{self, Purpose};
use std::path::{Path, PathBuf};

/// The samples of a run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RunData {
    /// Samples to train on.
    pub train: Dataset,
    /// Samples to measure on, where there are others.
    pub test: Option<Dataset>,
    /// What the targets are.
    pub task: Task,
    /// The name of every output: a class, a label, a column.
    pub target_names: Vec<String>,
    /// What was learned from the training table, where the samples come from one.
    pub preprocessor: Option<Preprocessor>,
    /// The mean that was subtracted from pixels, taken from 0 to 1, and the deviation that they were divided by, where
    /// the samples are images.
    pub pixels: Option<[f64; 2]>,
    /// Rows, columns and numbers a pixel (1 for grey, 3 for colours), where the samples are images.
    pub image_size: Option<[usize; 3]>,
    /// What was found out or taken for granted, a sentence each, for the user to see.
    pub notes: Vec<String>,
    /// Whether the samples to measure on were set aside of those to train on.
    pub set_aside: bool,
}

impl RunConfig {
    /// A path of the config, relative to its folder.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// Reads a table as `[data]` says.
    ///
    /// # Errors
    /// As [`Reading::read`].
    pub fn table(&self, path: impl AsRef<Path>) -> Result<Table> {
        self.reading().read(path)
    }

    /// How `[data]` says that tables are read.
    fn reading(&self) -> Reading {
        let data = &self.data;
        Reading {
            header: data.header,
            skip: data.skip,
            separator: data.separator,
            decimal: data.decimal,
            comment: data.comment,
            encoding: data.encoding.clone(),
            categories: data.categories.clone(),
            names: [&data.targets, &data.features, &data.ignore, &data.categories]
                .into_iter()
                .flatten()
                .cloned()
                .collect(),
        }
    }

    /// Reads the samples. `mnist` is the folder with the images that `mnist = true` stands for.
    ///
    /// # Errors
    /// [`Error::Setting`] where the config names no samples, or two; what is wrong with the files.
    pub fn load(&self, mnist: &Path) -> Result<RunData> {
        self.load_prepared(mnist, None, None)
    }

    /// The same, where what was learned from the training samples of a saved network is applied: to a table by its
    /// preprocessor, to images by the mean and deviation of pixels.
    ///
    /// # Errors
    /// As [`load`](Self::load), and as [`Preprocessor::dataset`].
    pub fn load_prepared(
        &self,
        mnist: &Path,
        preprocessor: Option<&Preprocessor>,
        pixels: Option<[f64; 2]>,
    ) -> Result<RunData> {
        let data = &self.data;
        let sources = "with one of file, images, made and mnist = true";
        let loaded = match (&data.file, data.mnist, &data.images, &data.made) {
            (Some(file), false, None, None) => self.load_table(file, preprocessor),
            (None, true, None, None) => {
                Images::load(mnist).and_then(|images| self.load_images(images, pixels))
            }
            (None, false, Some(images), None) => {
                Images::load(self.path(images)).and_then(|images| self.load_images(images, pixels))
            }
            (None, false, None, Some(name)) => self.load_made(name, preprocessor),
            (None, false, None, None) => Err(Error::setting("[data]", "without samples", sources)),
            _ => Err(Error::setting("[data]", "with several sources", sources)),
        };
        self.located(loaded)
    }

    /// The same where the bytes of `file` are at hand, and where there are no files.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    ///
    /// ```
    /// use gradlens::config::RunConfig;
    /// let mut config = RunConfig::default();
    /// config.set("file", "moods.csv")?;
    /// config.set("targets", "mood")?;
    /// let data = config.load_from_bytes(b"tempo,mood\n120,happy\n60,calm\n".to_vec())?;
    /// assert_eq!((data.train.len(), data.target_names.len()), (2, 2));
    /// # Ok::<(), gradlens::Error>(())
    /// ```
    pub fn load_from_bytes(&self, bytes: Vec<u8>) -> Result<RunData> {
        let name = self.data.file.as_deref().unwrap_or("table.csv");
        let table = self.reading().parse(name, bytes);
        self.located(table.and_then(|table| self.prepare(table, None)))
    }

    /// Takes images that were read already for those of `images` or `mnist`.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_from_images(&self, images: Images<f32>) -> Result<RunData> {
        self.located(self.load_images(images, None))
    }

    /// Whether images are to be distorted.
    fn distorts(&self) -> bool {
        [self.data.elastic, self.data.rotate, self.data.rescale].iter().any(|&much| much > 0.0)
    }

    fn load_table(&self, file: &str, learned: Option<&Preprocessor>) -> Result<RunData> {
        let table = self.table(self.path(file))?;
        self.prepare(table, learned)
    }

    /// Makes the samples. Those to measure on are others, drawn alike.
    fn load_made(&self, name: &str, learned: Option<&Preprocessor>) -> Result<RunData> {
        let data = &self.data;
        if data.test.is_some() {
            return Err(Error::setting(
                "test",
                "set",
                "left out, as the samples are made; test_share makes others",
            ));
        }
        if let (Some(noise), "teacher") = (data.noise, name) {
            return Err(Error::setting("noise", noise, "left out, as it belongs to points in the plane"));
        }
        let (samples, noise) = (data.samples.unwrap_or(made::SAMPLES), data.noise.unwrap_or(made::NOISE));
        let aside = (samples as f64 * data.test_share).round() as usize;
        let draw = |count, part| made::made(name, count, noise, self.training.seed, part);
        let (table, targets) = draw(samples - aside, Part::Train)?;
        let mut config = self.clone();
        (config.data.samples, config.data.test_share) = (None, 0.0);
        if data.targets.is_empty() {
            config.data.task.get_or_insert(if targets.len() > 1 { Task::Labels } else { Task::Classes });
            config.data.targets = targets;
        }
        let mut made = config.prepare(table, learned)?;
        if let (true, Some(preprocessor)) = (aside > 0, &made.preprocessor) {
            made.test = Some(preprocessor.dataset(&draw(aside, Part::Test)?.0)?);
        }
        Ok(made)
    }

    /// Makes samples of a table.
    fn prepare(&self, mut table: Table, learned: Option<&Preprocessor>) -> Result<RunData> {
        if self.distorts() {
            return Err(Error::setting(
                "elastic, rotate or rescale",
                "set",
                "left out, as they belong to images",
            ));
        }
        if let Some(samples) = self.data.samples {
            if samples > table.rows() {
                let expected = format!("at most the {} rows of {}", table.rows(), table.path().display());
                return Err(Error::setting("samples", samples, expected));
            }
            table = table.select(&(0..samples).collect::<Vec<_>>());
        }
        let (rows, aside) = self.split(table.rows())?;
        let mut preprocessor = match learned {
            Some(learned) => learned.clone(),
            None => preprocessing(&self.data).fit_on(&table, &rows)?,
        };
        if let Some(outputs) = self.network.outputs() {
            preprocessor.widen_classes(outputs);
        }
        let (train, aside) = match aside.is_empty() {
            true => (preprocessor.dataset(&table)?, None),
            false => (
                preprocessor.dataset(&table.select(&rows))?,
                Some(preprocessor.dataset(&table.select(&aside))?),
            ),
        };
        let mut test_notes = vec![];
        let test = match &self.data.test {
            Some(test) => {
                let table = self.table(self.path(test))?;
                test_notes.extend(table.notes().iter().map(|note| format!("{test}: {note}")));
                Some(preprocessor.dataset(&table)?)
            }
            None => aside,
        };
        let mut notes = table.notes().to_vec();
        notes.extend(preprocessor.notes.iter().cloned());
        notes.extend(test_notes);
        Ok(RunData {
            train,
            test,
            task: preprocessor.task(),
            target_names: preprocessor.target_names(),
            preprocessor: Some(preprocessor),
            pixels: None,
            image_size: None,
            notes,
            set_aside: self.data.test_share > 0.0,
        })
    }

    /// The rows to train on, and those set aside, both in order.
    fn split(&self, rows: usize) -> Result<(Vec<usize>, Vec<usize>)> {
        let share = self.data.test_share;
        let mut all: Vec<usize> = (0..rows).collect();
        if share == 0.0 {
            return Ok((all, vec![]));
        }
        if self.data.test.is_some() {
            return Err(Error::setting("test_share", share, "left out, as there is a file to measure on"));
        }
        let count = ((rows as f64 * share).round() as usize).max(1);
        if count >= rows {
            return Err(Error::setting(
                "test_share",
                share,
                format!("less: of {rows} rows none are left to train on"),
            ));
        }
        random::shuffle(&mut all, &mut random::stream(self.training.seed, Purpose::Split, 1));
        let mut aside = all.split_off(rows - count);
        all.sort_unstable();
        aside.sort_unstable();
        Ok((all, aside))
    }

    fn load_images(&self, images: Images<f32>, learned: Option<[f64; 2]>) -> Result<RunData> {
        let data = &self.data;
        for (key, is_set) in [
            ("test", data.test.is_some()),
            ("test_share", data.test_share > 0.0),
            ("targets", !data.targets.is_empty()),
            ("features", !data.features.is_empty()),
            ("standardise_targets", data.standardise_targets),
        ] {
            if is_set {
                return Err(Error::setting(key, "set", "left out, as it belongs to tables"));
            }
        }
        if let Some(task) = data.task.filter(|&task| task != Task::Classes) {
            return Err(Error::setting("task", task, "classes, as the samples are images"));
        }
        let Images { mut train, mut test, classes: target_names, set_aside, height, width, channels } =
            images;
        let notes = match set_aside {
            true => vec![format!(
                "no test set: {} images are set aside to test on, {} are left to train on",
                test.len(),
                train.len()
            )],
            false => vec![],
        };
        if let Some(samples) = data.samples {
            if samples > train.len() {
                return Err(Error::setting(
                    "samples",
                    samples,
                    format!("at most the {} images", train.len()),
                ));
            }
            train = train.select(&(0..samples).collect::<Vec<_>>());
        }
        let factor = data.scale_inputs.unwrap_or(1.0);
        let mut pixels = learned.unwrap_or([0.0, 1.0 / factor]);
        if let Some([mean, deviation]) = learned {
            [train, test] = [train.standardised((mean, deviation))?, test.standardised((mean, deviation))?];
        } else if data.scale_inputs.is_some() {
            [train, test] =
                [train.standardised((0.0, 1.0 / factor))?, test.standardised((0.0, 1.0 / factor))?];
        }
        if data.standardise && learned.is_none() {
            let moments = train.input_moments();
            pixels = [moments.0 / factor, moments.1 / factor];
            [train, test] = [train.standardised(moments)?, test.standardised(moments)?];
        }
        if self.distorts() {
            if channels != 1 {
                let expected = "left out, as the images have colours";
                return Err(Error::setting("elastic, rotate or rescale", "set", expected));
            }
            let distortion = Distortion::new(width).elastic(data.elastic).rotate(data.rotate);
            train = train.distorted(distortion.rescale(data.rescale).seed(self.training.seed))?;
        }
        Ok(RunData {
            train,
            test: Some(test),
            task: Task::Classes,
            target_names,
            preprocessor: None,
            pixels: Some(pixels),
            image_size: Some([height, width, channels]),
            notes,
            set_aside,
        })
    }

    /// Says everything that was left to the samples and to defaults: the task, the target columns, head and loss, every
    /// layer with how it starts, the optimiser's settings. What comes of it is the same.
    ///
    /// # Errors
    /// As [`Sequential::from_config`] and [`Trainer::from_config`](crate::Trainer::from_config).
    pub fn complete(&self, data: &RunData) -> Result<RunConfig> {
        let mut config = self.clone();
        config.data.task = Some(data.task);
        if let Some(preprocessor) = &data.preprocessor {
            config.data.targets = preprocessor.targets.columns().into_iter().map(String::from).collect();
            config.data.max_categories.get_or_insert(Preprocessing::default().max_categories);
        }
        let (link, loss) = head::link_and_loss(&config.network, Some(data.task));
        (config.network.head, config.network.loss) = (Some(link), Some(loss));
        let net = Sequential::from_config(&config, &data.train)?;
        let mut layers = config.network.all_layers(data.train.output_len());
        LayerConfig::each(&mut layers, 0, &mut |place, layer| {
            if let LayerConfig::Dense { init, .. } = layer {
                *init = net.layers()[place].spec().params.first().and_then(|weights| weights.init);
            }
        });
        config.network.layers = Some(layers);
        self.located(config.training.complete())?;
        let training = &mut config.training;
        let samples = data.train.len() as f64 * (1.0 - training.validation);
        let steps = (samples / training.batch as f64).ceil().max(1.0);
        training.epochs.get_or_insert(training.steps.map_or(10, |all| (all as f64 / steps).ceil() as usize));
        Ok(config)
    }
}

fn preprocessing(data: &DataConfig) -> Preprocessing {
    let default = Preprocessing::default();
    Preprocessing {
        task: data.task,
        targets: data.targets.clone(),
        features: data.features.clone(),
        ignore: data.ignore.clone(),
        missing: data.missing,
        max_categories: data.max_categories.unwrap_or(default.max_categories),
        scale_inputs: data.scale_inputs.unwrap_or(default.scale_inputs),
        standardise: data.standardise,
        standardise_targets: data.standardise_targets,
    }
}
