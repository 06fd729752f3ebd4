//! Tables of trainings: a network as a paper describes it, and the test error that it reports.

use crate::interrupt::interrupted;
use crate::output::note;
use crate::session::{Session, score};
use crate::statistics::{mean, moments};
use crate::wrong_labels::with_wrong_labels;
use gradlens::Stopped;
use gradlens::config::RunConfig;
use gradlens::diagnostics::Diagnostics;
use gradlens::runs::RunFolder;
use std::path::Path;
use std::sync::Arc;

/// A table of a paper.
pub struct Paper {
    pub rows: Vec<Row>,
    /// How a seed is trained where there is little time; `None` where it is the same.
    pub smaller: Option<Smaller>,
}

/// A row of it.
pub struct Row {
    pub name: &'static str,
    /// The run, as a config.
    pub config: String,
    /// The share of the training labels that are made another class.
    pub wrong_labels: f64,
    /// Per cent of the test images.
    pub published: f64,
}

/// What a smaller run changes.
pub struct Smaller {
    /// Keys of a config and their values.
    pub settings: &'static [(&'static str, &'static str)],
    /// Layers in place of those of the config: from the first to the second.
    pub width: Option<(&'static str, &'static str)>,
}

/// What came of a row: test errors in per cent, a seed each.
pub struct Errors(pub Vec<f64>);

/// How a table is run.
pub struct How<'a> {
    pub seeds: u64,
    pub first: u64,
    pub smaller: bool,
    /// Where runs are kept.
    pub folder: Option<&'a Path>,
    pub images: Option<&'a Path>,
}

impl Row {
    /// Trains every seed, those that were done before aside.
    pub fn run(&self, paper: &Paper, number: usize, how: &How) -> anyhow::Result<Errors> {
        let mut errors = vec![];
        for index in 0..how.seeds {
            if interrupted() {
                break;
            }
            let seed = how.first.wrapping_add(index);
            let mut config = self.config(paper, how.smaller)?;
            config.training.seed = seed;
            let mut session = Session::new(&config, how.images)?;
            if self.wrong_labels > 0.0 {
                let wrong = with_wrong_labels(&session.data.train, self.wrong_labels, seed)?;
                Arc::make_mut(&mut session.data).train = wrong;
            }
            let folder = how.folder.map(|folder| folder.join(format!("row{}-seed{seed}", number + 1)));
            if let Some(error) = self.error(&session, folder.as_deref())? {
                note(&format!("{}, seed {seed}: {error:.2} % of the test images wrong", self.name));
                errors.push(error);
            }
        }
        Ok(Errors(errors))
    }

    fn config(&self, paper: &Paper, smaller: bool) -> anyhow::Result<RunConfig> {
        let Some(less) = paper.smaller.as_ref().filter(|_| smaller) else {
            return Ok(RunConfig::from_toml(&self.config)?);
        };
        let text = less.width.map_or(self.config.clone(), |(from, to)| self.config.replace(from, to));
        let mut config = RunConfig::from_toml(&text)?;
        for (key, value) in less.settings {
            config.set(key, value)?;
        }
        Ok(config)
    }

    /// The test error in per cent; `None` where the training was interrupted.
    fn error(&self, session: &Session, folder: Option<&Path>) -> anyhow::Result<Option<f64>> {
        let mut net = session.network()?;
        let trainer = session.trainer()?;
        let report = match folder {
            None => trainer.fit(&mut net, &session.data.train)?,
            Some(path) => {
                let mut folder = RunFolder::open(path)?;
                folder.config(&session.config)?;
                folder.fit(trainer, &mut net, &session.data.train, &mut Diagnostics::new())?
            }
        };
        if report.stopped == Stopped::Interrupted {
            return Ok(None);
        }
        let test = session.data.test.as_ref().ok_or_else(|| anyhow::anyhow!("no images to test on"))?;
        let classes = score(&net, test, "test set")?.classification;
        let classes = classes.ok_or_else(|| anyhow::anyhow!("images without classes"))?;
        Ok(Some(100.0 * (1.0 - classes.accuracy)))
    }
}

/// Points that a published error may be off for what a paper does not say.
pub const TOLERANCE: f64 = 0.2;

impl Errors {
    pub fn mean(&self) -> f64 {
        mean(&self.0)
    }

    /// With the spread over seeds, where there are two or more.
    pub fn shown(&self) -> String {
        match self.0.len() {
            0 => "-".into(),
            1 => format!("{:.2} %", self.0[0]),
            _ => format!("{:.2} +- {:.2} %", self.mean(), moments(&self.0).1),
        }
    }

    /// Whether a published error is within [`TOLERANCE`] and two standard errors of the mean.
    pub fn agree(&self, published: f64) -> bool {
        let spread = if self.0.len() > 1 { moments(&self.0).1 } else { 0.0 };
        (self.mean() - published).abs() <= TOLERANCE + 2.0 * spread / (self.0.len() as f64).sqrt()
    }
}

/// A config of a run on MNIST.
fn mnist(network: &str, training: &str) -> String {
    format!("[data]\nmnist = true\n[network]\n{network}\n[training]\n{training}\n")
}

fn row(name: &'static str, published: f64, config: String) -> Row {
    Row { name, config, wrong_labels: 0.0, published }
}

/// Glorot and Bengio, AISTATS 2010, table 1: test error on MNIST.
pub fn glorot_table_1() -> Paper {
    // A sigmoid passes on less of the gradient, and takes a larger rate.
    let of = |name, published, activation: &str, init: &str| {
        let rate = if activation == "sigmoid" { 0.1 } else { 0.02 };
        let network = format!("hidden = \"1000x5\"\nactivation = \"{activation}\"\ninit = \"{init}\"");
        row(
            name,
            published,
            mnist(
                &network,
                &format!("optimizer = \"sgd\"\nlr = {rate}\nbatch = 10\nepochs = 20\nschedule = \"cosine\""),
            ),
        )
    };
    Paper {
        rows: vec![
            of("sigmoid", 2.21, "sigmoid", "standard"),
            of("tanh", 1.76, "tanh", "standard"),
            of("tanh, normalised start", 1.64, "tanh", "glorot-uniform"),
            of("softsign", 1.64, "softsign", "standard"),
            of("softsign, normalised start", 1.72, "softsign", "glorot-uniform"),
        ],
        smaller: Some(Smaller { settings: &[("epochs", "30")], width: Some(("1000x5", "300x5")) }),
    }
}

/// Nielsen, *Neural networks and deep learning*, 2015, chapter 5: 30 units a layer.
pub fn nielsen_5() -> Paper {
    let of = |name, published, hidden: &str| {
        let network = format!(
            "hidden = \"{hidden}\"\nactivation = \"sigmoid\"\ninit = \"lecun-normal\"\nbias_init = \"normal:1\"\nhead = \"sigmoid\""
        );
        row(
            name,
            published,
            mnist(&network, "optimizer = \"sgd\"\nlr = 0.1\nbatch = 10\nepochs = 30\nweight_decay = 1e-4")
                .replace("mnist = true", "mnist = true\nsamples = 50000"),
        )
    };
    Paper {
        rows: vec![
            of("1 hidden layer", 3.52, "30"),
            of("2 hidden layers", 3.10, "30x2"),
            of("3 hidden layers", 3.43, "30x3"),
            of("4 hidden layers", 3.47, "30x4"),
        ],
        smaller: None,
    }
}

/// Keras' example `mnist_mlp`.
pub fn keras_mlp() -> Paper {
    let network = "hidden = \"512x2\"\ninit = \"glorot-uniform\"\ndropout = 0.2";
    let training = "optimizer = \"rmsprop\"\nlr = 1e-3\nbatch = 128\nepochs = 20";
    Paper { rows: vec![row("512-512, dropout 0.2, RMSprop", 1.60, mnist(network, training))], smaller: None }
}

/// Simard, Steinkraus and Platt, ICDAR 2003: two layers, without distortions.
pub fn simard_800() -> Paper {
    let network = "hidden = \"800\"\nactivation = \"tanh\"\ninit = \"glorot-uniform\"";
    let training = "optimizer = \"sgd\"\nlr = 0.1\nmomentum = 0.9\nbatch = 64\nepochs = 25\nschedule = \"cosine\"\nweight_decay = 1e-5";
    Paper { rows: vec![row("800 hidden units, cross-entropy", 1.6, mnist(network, training))], smaller: None }
}

/// Srivastava et al., JMLR 15, 2014, table 2: dropout, ReLU, 3 layers of 1024.
pub fn dropout_2014() -> Paper {
    let hidden = "{ dense = 1024 }, \"relu\", { dropout = 0.5 }, ";
    let network = format!("layers = [{{ dropout = 0.2 }}, {}{{ dense = 10 }}]", hidden.repeat(3));
    let training =
        "optimizer = \"sgd\"\nlr = 0.05\nmomentum = 0.9\nbatch = 100\nepochs = 80\nschedule = \"cosine\"";
    Paper {
        rows: vec![row("dropout 0.5 and 0.2 at the input, ReLU, 3 x 1024", 1.25, mnist(&network, training))],
        smaller: Some(Smaller {
            settings: &[("epochs", "20")],
            width: Some(("dense = 1024", "dense = 512")),
        }),
    }
}

/// Menon et al., ICLR 2020: the cross-entropy where labels are wrong.
pub fn menon_noise() -> Paper {
    let training = "optimizer = \"adam\"\nlr = 1e-3\nbatch = 32\nepochs = 10\nweight_decay = 1e-3";
    let of = |name, wrong_labels, published| Row {
        wrong_labels,
        ..row(name, published, mnist("hidden = \"512x2\"", training))
    };
    Paper {
        rows: vec![
            of("no wrong labels", 0.0, 1.3),
            of("20 % wrong labels", 0.2, 2.3),
            of("40 % wrong labels", 0.4, 3.6),
            of("60 % wrong labels", 0.6, 8.9),
        ],
        smaller: None,
    }
}
