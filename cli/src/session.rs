//! What commands that train what a config describes have in common.

use crate::digits;
use crate::flags::{Base, ConfigFlags};
use crate::interrupt;
use crate::output::write_file;
use gradlens::config::{RunConfig, RunData};
use gradlens::data::Task;
use gradlens::model::Model;
use gradlens::{Dataset, Evaluation, Sequential, Trainer, evaluate};
use std::path::Path;
use std::sync::Arc;

/// A config with its samples, complete.
pub struct Session {
    pub config: RunConfig,
    /// Which other sessions may share.
    pub data: Arc<RunData>,
    /// The network to begin with, where it is not to be initialised.
    start: Option<Sequential>,
}

/// Whether a file is named as saved networks are.
pub fn is_model(path: &Path) -> bool {
    let endings = ["safetensors", "onnx"];
    path.extension().is_some_and(|ending| endings.iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

/// The config of a command that may be given a config or a table, where what suits a table holds if nothing is said; and
/// whether that is to be completed by what suits a regression.
pub fn run_config<B: Base>(run: Option<&Path>, flags: &ConfigFlags<B>) -> anyhow::Result<(RunConfig, bool)> {
    let Some(run) = run else { return Ok((flags.config()?, false)) };
    if run.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml")) {
        anyhow::ensure!(flags.file().is_none(), "{} and --config: give one of them", run.display());
        return Ok((flags.set(RunConfig::read(run)?)?, false));
    }
    let path = run
        .to_str()
        .ok_or_else(|| anyhow::anyhow!("{}: the name is not Unicode; rename the file", run.display()))?;
    let mut base = for_a_table();
    base.data.file = Some(path.into());
    if flags.gives("test") {
        base.data.test_share = 0.0;
    }
    let mut config = flags.over(base)?;
    config.data.file = Some(path.into());
    if config.training.lr.is_none() && config.training.optimizer != "sgd" && flags.file().is_none() {
        config.training.lr = Some(0.003);
    }
    Ok((config, !flags.gives("standardise_targets") && flags.file().is_none()))
}

/// What suits a table of moderate size: inputs and targets standardised, a fifth set aside to measure on and a tenth to
/// stop by.
fn for_a_table() -> RunConfig {
    let mut config = RunConfig::default();
    config.data.standardise = true;
    config.data.test_share = 0.2;
    config.training.batch = 32;
    config.training.epochs = Some(100);
    config.training.validation = 0.1;
    config.training.patience = Some(10);
    config
}

/// Scores a network on samples, which fails where it has learned numbers that no score can be made of.
pub fn score(net: &Sequential, samples: &Dataset, what: &str) -> anyhow::Result<Evaluation> {
    let evaluation = evaluate(net, samples)?;
    anyhow::ensure!(
        evaluation.loss.is_finite(),
        "the loss on the {what} is {}: the weights have grown too large; try a tenth of the learning rate",
        evaluation.loss
    );
    Ok(evaluation)
}

impl Session {
    /// Reads the samples, and says in the config what they leave to be said. `images` is the folder that
    /// `mnist = true` stands for, where it is not that of the sources.
    pub fn new(config: &RunConfig, images: Option<&Path>) -> anyhow::Result<Self> {
        let data = config.load(&digits::place(images)).map_err(|error| match config.data.mnist {
            true => anyhow::anyhow!("{error} (another set: --data PATH)"),
            false => error.into(),
        })?;
        Self::sharing(config, Arc::new(data))
    }

    /// A config that names these samples.
    pub fn sharing(config: &RunConfig, data: Arc<RunData>) -> anyhow::Result<Self> {
        Ok(Session { config: config.complete(&data)?, data, start: None })
    }

    /// A saved network with the samples that the config names, prepared as those it was trained on were.
    pub fn of_model(model: &Model, config: &RunConfig, images: Option<&Path>) -> anyhow::Result<Self> {
        let mut config = config.clone();
        config.network = model.config().network;
        config.data.task = model.about.task.or(config.data.task);
        let prepared = model.about.preprocessor.as_ref();
        let mut data = config.load_prepared(&digits::place(images), prepared, model.about.pixels)?;
        if let Some(moments) = &model.about.moments {
            // A normalisation in front of the network, as a file from elsewhere has it.
            data.train = data.train.standardised_by(moments)?;
            data.test = data.test.map(|test| test.standardised_by(moments)).transpose()?;
        }
        let config = config.complete(&data)?;
        // A file may leave the head to the samples.
        let mut net = Sequential::from_config(&config, &data.train)?;
        anyhow::ensure!(
            net.input_len() == model.net.input_len(),
            "the network takes {} inputs, and the samples have {}; name the columns it was trained on (features)",
            model.net.input_len(),
            net.input_len()
        );
        net.params_mut().copy_from_slice(model.net.params());
        net.state_mut().copy_from_slice(model.net.state());
        let session = Session { config, data: Arc::new(data), start: Some(net) };
        session.network()?; // whether samples and network fit
        Ok(session)
    }

    /// Whether the network is one that was trained before.
    pub fn goes_on(&self) -> bool {
        self.start.is_some()
    }

    /// The same samples under another config, which names the same.
    pub fn with(&self, config: &RunConfig) -> anyhow::Result<Self> {
        Self::sharing(config, Arc::clone(&self.data))
    }

    /// The same as [`new`](Self::new); where a table was given without a config, targets of a regression are standardised.
    pub fn of(config: &RunConfig, table: bool, images: Option<&Path>) -> anyhow::Result<Self> {
        let session = Self::new(config, images)?;
        if !table || session.data.task != Task::Regression || config.data.standardise_targets {
            return Ok(session);
        }
        let mut config = config.clone();
        config.data.standardise_targets = true;
        Self::new(&config, images)
    }

    pub fn network(&self) -> anyhow::Result<Sequential> {
        let net = match &self.start {
            Some(net) => net.clone(),
            None => Sequential::from_config(&self.config, &self.data.train)?,
        };
        net.check(&self.data.train)?;
        if let Some(test) = &self.data.test {
            net.check(test)?;
        }
        Ok(net)
    }

    /// A trainer that Ctrl-C ends.
    pub fn trainer(&self) -> anyhow::Result<Trainer<'static>> {
        Ok(Trainer::from_config(&self.config)?.interrupt(interrupt::flag()))
    }

    /// Prints the config.
    pub fn print_config(&self) -> anyhow::Result<()> {
        write_file("-".as_ref(), self.config.to_toml().as_bytes())
    }
}
