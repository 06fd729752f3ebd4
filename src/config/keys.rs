//! Every key of a config: what it takes, how it is read, how it is written. To add one is an entry here.

use crate::config::head::{LINKS, LOSSES};
use crate::config::layer::{LayerConfig, NormKind};
use crate::config::run::RunConfig;
use crate::config::value::{Item, Value, Wrong};
use crate::nn::{Init, activation};
use crate::train::{optimizer_names, schedule};

/// A key of a config.
#[non_exhaustive]
pub struct Key {
    /// The section it stands in: `data`, `network` or `training`.
    pub section: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it takes, in capitals, as in help texts.
    pub takes: &'static str,
    /// What it does.
    pub help: &'static str,
    pub(crate) set: fn(&mut RunConfig, &Item) -> Result<(), Wrong>,
    get: fn(&RunConfig) -> Option<Value>,
}

impl Key {
    /// Its value in a config, if it has one.
    pub fn get(&self, config: &RunConfig) -> Option<Value> {
        (self.get)(config)
    }
}

/// The key of this name.
pub fn key(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// More than any useful count, and small enough to add and multiply without overflow.
const MOST: u64 = 1_000_000_000;

fn count(item: &Item) -> Result<usize, Wrong> {
    Ok(item.whole(1, MOST)? as usize)
}

fn share(item: &Item) -> Result<f64, Wrong> {
    item.number("at least 0 and below 1", |number| (0.0..1.0).contains(&number))
}

fn not_negative(item: &Item) -> Result<f64, Wrong> {
    item.number("finite and at least 0", |number| number.is_finite() && number >= 0.0)
}

fn positive(item: &Item) -> Result<f64, Wrong> {
    item.number("finite and above 0", |number| number.is_finite() && number > 0.0)
}

fn init(item: &Item) -> Result<Init, Wrong> {
    item.parsed(|text| text.parse())
}

/// A single character; `tab` and `blank` have names.
fn character(item: &Item) -> Result<char, Wrong> {
    match item.text()? {
        "tab" => Ok('\t'),
        "blank" => Ok(' '),
        text => {
            let mut chars = text.chars();
            match (chars.next(), chars.next()) {
                (Some(c), None) => Ok(c),
                _ => Err(item.wrong("a single character, tab or blank")),
            }
        }
    }
}

/// The sets of samples that are made, as `data::made_names` has them.
const MADE: [&str; 6] = ["circles", "xor", "spiral", "moons", "blobs", "teacher"];

/// A name that may have a number behind a colon, if `known` has it.
fn name(item: &Item, known: &[&str]) -> Result<String, Wrong> {
    let text = item.text()?;
    match known.contains(&text.split(':').next().unwrap_or(text)) {
        true => Ok(text.into()),
        false => {
            let near = crate::by_name::nearest(text, known.iter().copied());
            let near = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
            Err(item.wrong(format!("one of {}{near}", known.join(", "))))
        }
    }
}

/// The name of a loss, which may be its usual abbreviation.
fn loss(item: &Item) -> Result<Option<String>, Wrong> {
    let full = match item.text()? {
        "ce" => "cross-entropy",
        "bce" => "binary-cross-entropy",
        "mse" => "squared-error",
        "mae" => "absolute-error",
        "gce" => "generalised-cross-entropy",
        _ => return Ok(Some(name(item, LOSSES)?)),
    };
    Ok(Some(full.into()))
}

/// The widths of hidden layers: `[128, 64]`, or text as in "128,64", "100x8" (eight of 100) and "none".
fn widths(item: &Item) -> Result<Vec<usize>, Wrong> {
    const MOST_LAYERS: usize = 10_000;
    let width = |item: &Item| Ok(item.whole(1, 1_000_000)? as usize);
    let text = match &item.value {
        Value::Whole(_) => return Ok(vec![width(item)?]),
        Value::List(items) => return items.iter().map(width).collect(),
        Value::Text(text) if text == "none" => return Ok(vec![]),
        Value::Text(text) => text,
        _ => return Err(item.wrong("widths: [128, 64], \"100x8\" or \"none\"")),
    };
    let number = |part: &str, most: usize| {
        // Of "9x" the part that is wrong is nothing.
        let found = if part.trim().is_empty() { text } else { part };
        let wrong = |expected: String| Wrong { found: found.into(), ..item.wrong(expected) };
        match part.trim().parse::<usize>() {
            Ok(number) if (1..=most).contains(&number) => Ok(number),
            Ok(0) => Err(wrong("at least 1 (for no hidden layer say none)".into())),
            Ok(_) => Err(wrong(format!("at most {most}"))),
            Err(_) => Err(wrong("a width, as in 128,64 or 100x8".into())),
        }
    };
    let mut widths = vec![];
    for part in text.split(',') {
        let (width, times) = part.split_once('x').unwrap_or((part, "1"));
        let (width, times) = (number(width, 1_000_000)?, number(times, MOST_LAYERS - widths.len())?);
        widths.extend(std::iter::repeat_n(width, times));
    }
    Ok(widths)
}

fn texts(values: &[String]) -> Option<Value> {
    (!values.is_empty()).then(|| values.to_vec().into())
}

fn text(value: &Option<String>) -> Option<Value> {
    value.clone().map(Value::Text)
}

fn shown(value: Option<char>) -> Option<Value> {
    value.map(|c| match c {
        '\t' => "tab".into(),
        ' ' => "blank".into(),
        c => c.to_string().into(),
    })
}

/// Lets the compiler know what `get` takes.
fn shown_by<V>(value: &V, get: impl Fn(&V) -> Option<Value>) -> Option<Value> {
    get(value)
}

macro_rules! keys {
    ($($section:ident . $name:ident $takes:literal $help:literal, $set:expr, $get:expr;)+) => {
        /// Every key of a config, section by section.
        pub const KEYS: &[Key] = &[$(Key {
            section: stringify!($section),
            name: stringify!($name),
            takes: $takes,
            help: $help,
            set: |config, item| {
                let set: fn(&Item) -> Result<_, Wrong> = $set;
                config.$section.$name = set(item)?;
                Ok(())
            },
            get: |config| shown_by(&config.$section.$name, $get),
        }),+];
    };
}

keys! {
    data.file "FILE" "A table of samples, CSV or ARFF; paths are relative to the config",
        |item| Ok(Some(item.text()?.into())), text;
    data.test "FILE" "A table of other samples to measure on; its columns are matched by name",
        |item| Ok(Some(item.text()?.into())), text;
    data.test_share "SHARE" "Share of the rows of the file, drawn by the seed, that is set aside to measure on",
        share, |&share| (share > 0.0).then(|| share.into());
    data.mnist "BOOL" "Train on the images of MNIST that come with the sources, pixels from 0 to 1",
        Item::flag, |&mnist| mnist.then(|| true.into());
    data.images "PATH" "Images: a folder of IDX files, or a file",
        |item| Ok(Some(item.text()?.into())), text;
    data.made "NAME" "Samples that are made by the seed: circles, xor, spiral, moons or blobs, points in the plane, or teacher, labels that are independent",
        |item| Ok(Some(name(item, &MADE)?)), text;
    data.noise "NUMBER" "Standard deviation of the noise in made points; 0.1 where it is not set",
        |item| Ok(Some(not_negative(item)?)), |noise| noise.map(Value::from);
    data.task "TASK" "What the targets are: classes, labels or regression",
        |item| Ok(Some(item.parsed(str::parse)?)), |task| task.map(|task| task.to_string().into());
    data.targets "COLUMNS" "Target columns, by name or number from 1",
        Item::texts, |columns| texts(columns);
    data.features "COLUMNS" "Feature columns; all others where none are named",
        Item::texts, |columns| texts(columns);
    data.ignore "COLUMNS" "Columns that are not used",
        Item::texts, |columns| texts(columns);
    data.categories "COLUMNS" "Columns whose numbers are names, to be read as words",
        Item::texts, |columns| texts(columns);
    data.header "BOOL" "Whether the first line is a header of names",
        |item| Ok(Some(item.flag()?)), |header| header.map(Value::Flag);
    data.skip "COUNT" "How many lines stand above the table",
        |item| Ok(item.whole(0, MOST)? as usize), |&skip| (skip > 0).then(|| skip.into());
    data.separator "CHAR" "What stands between fields: a character, tab, or blank for any run of blanks",
        |item| Ok(Some(character(item)?)), |&c| shown(c);
    data.decimal "CHAR" "What stands before decimals, a point or a comma",
        |item| match character(item)? {
            c @ ('.' | ',') => Ok(Some(c)),
            _ => Err(item.wrong("\".\" or \",\"")),
        }, |&c| shown(c);
    data.comment "CHAR" "What lines to skip begin with",
        |item| Ok(Some(character(item)?)), |&c| shown(c);
    data.encoding "NAME" "The encoding of the file, latin1 say, where it is not found out",
        |item| Ok(Some(item.text()?.into())), text;
    data.missing "HOW" "What to do about missing values: error, mean, drop or indicator",
        |item| item.parsed(str::parse), |missing| Some(missing.to_string().into());
    data.max_categories "COUNT" "The most different words of a column, each of which becomes an input",
        |item| Ok(Some(count(item)?)), |most| most.map(Value::from);
    data.samples "COUNT" "The first so many samples; of made ones how many there are, 500 where it is not set",
        |item| Ok(Some(count(item)?)), |samples| samples.map(Value::from);
    data.scale_inputs "FACTOR" "What inputs are multiplied with",
        |item| Ok(Some(positive(item)?)), |factor| factor.map(Value::from);
    data.standardise "BOOL" "Give every input mean 0 and deviation 1",
        Item::flag, |&flag| Some(flag.into());
    data.standardise_targets "BOOL" "Give the targets of a regression mean 0 and deviation 1",
        Item::flag, |&flag| Some(flag.into());

    data.elastic "PIXELS" "Bend images anew at every step: what a blurred random field is multiplied by, 34 say",
        |item| not_negative(item), |&elastic| (elastic > 0.0).then(|| elastic.into());
    data.rotate "DEGREES" "Turn images anew at every step, by up to so much either way",
        |item| item.number("from 0 to 180", |degrees| (0.0..=180.0).contains(&degrees)), |&degrees| (degrees > 0.0).then(|| degrees.into());
    data.rescale "SHARE" "Stretch images anew at every step, by up to this share either way",
        share, |&share| (share > 0.0).then(|| share.into());

    network.layers "LIST" "All layers, from the input to the head",
        |item| match &item.value {
            Value::List(items) => Ok(Some(items.iter().map(LayerConfig::read).collect::<Result<_, _>>()?)),
            _ => Err(item.wrong("a list of layers, [{ dense = 64 }, \"relu\", { dense = 10 }]")),
        }, |layers| layers.as_ref().map(|layers| layers.iter().map(LayerConfig::value).collect::<Vec<_>>().into());
    network.hidden "WIDTHS" "Widths of the hidden layers: 128,64 or 100x8 (eight of 100) or none",
        widths, |widths| Some(widths.clone().into());
    network.activation "NAME" "The activation of the hidden layers",
        |item| { item.parsed(activation::<f32>)?; Ok(item.text()?.into()) }, |name| Some(name.as_str().into());
    network.init "NAME" "How weights start; as suits the activation where it is not set",
        |item| Ok(Some(init(item)?)), |init| init.map(|init| init.to_string().into());
    network.bias_init "NAME" "How biases start",
        init, |init| Some(init.to_string().into());
    network.dropout "SHARE" "Share of every hidden layer's outputs that a training step drops",
        share, |&share| Some(share.into());
    network.norm "WHAT" "What is normalised before every hidden activation: batch, unit by unit over the batch, or layer, sample by sample over the units",
        |item| Ok(Some(NormKind::read(item)?)), |norm| norm.map(|kind| kind.name().into());
    network.residual "BOOL" "Add what goes into a hidden layer, but for the first, to what comes out of it, where both are as wide",
        Item::flag, |&flag| Some(flag.into());
    network.head "HEAD" "Output: softmax, for classes that exclude one another, sigmoid, for labels that are independent, or identity, for numbers",
        |item| Ok(Some(name(item, LINKS)?)), text;
    network.loss "LOSS" "The loss: cross-entropy[:label-smoothing] (ce), binary-cross-entropy (bce), squared-error (mse), absolute-error (mae) or huber[:delta]; for classes of which some are wrong generalised-cross-entropy[:q] (gce) or huberised-cross-entropy[:tau]; for study categorical-cross-entropy, as Keras takes it of outputs that are no distribution (identity), and label-cross-entropy, a softmax over labels that do not exclude one another",
        loss, text;
    network.mean_over_outputs "BOOL" "The mean over outputs in place of their sum, and squared errors without 1/2, as in Keras and PyTorch",
        Item::flag, |&flag| Some(flag.into());

    training.optimizer "NAME" "The rule that turns gradients into steps: sgd, rmsprop, adam or adamw",
        |item| name(item, &optimizer_names()), |name| Some(name.as_str().into());
    training.lr "RATE" "Learning rate",
        |item| Ok(Some(not_negative(item)?)), |rate| rate.map(Value::from);
    training.momentum "SHARE" "Momentum of sgd",
        |item| Ok(Some(share(item)?)), |share| share.map(Value::from);
    training.nesterov "BOOL" "Nesterov's form of the momentum",
        |item| Ok(Some(item.flag()?)), |flag| flag.map(Value::Flag);
    training.rho "SHARE" "How slowly the mean square of rmsprop forgets",
        |item| Ok(Some(share(item)?)), |share| share.map(Value::from);
    training.beta1 "SHARE" "How slowly the mean gradient of adam and adamw forgets",
        |item| Ok(Some(share(item)?)), |share| share.map(Value::from);
    training.beta2 "SHARE" "How slowly the mean square of adam and adamw forgets",
        |item| Ok(Some(share(item)?)), |share| share.map(Value::from);
    training.eps "NUMBER" "Added to the root of adam, adamw and rmsprop",
        |item| Ok(Some(not_negative(item)?)), |eps| eps.map(Value::from);
    training.weight_decay "NUMBER" "Weight decay: an L2 penalty, or for adamw the decoupled kind",
        |item| Ok(Some(not_negative(item)?)), |decay| decay.map(Value::from);
    training.schedule "NAME" "How the rate changes over the run",
        |item| item.parsed(|text| schedule(text).map(|schedule| schedule.name())), |name| Some(name.as_str().into());
    training.clip_norm "NORM" "Scales gradients down to this norm over all parameters",
        |item| Ok(Some(positive(item)?)), |norm| norm.map(Value::from);
    training.class_weights "HOW" "balanced: classes and labels that are rare count as much as the others",
        |item| match item.text()? {
            "balanced" => Ok(Some("balanced".into())),
            _ => Err(item.wrong("\"balanced\"")),
        }, text;
    training.batch "COUNT" "Samples a step",
        count, |&batch| Some(batch.into());
    training.epochs "COUNT" "Passes over the training set; 10, or as many as the steps need, where it is not set",
        |item| Ok(Some(count(item)?)), |epochs| epochs.map(Value::from);
    training.steps "COUNT" "At most so many steps",
        |item| Ok(Some(item.whole(0, MOST)?)), |steps| steps.map(Value::from);
    training.shuffle "BOOL" "Whether every epoch takes the samples in a new order",
        Item::flag, |&flag| Some(flag.into());
    training.validation "SHARE" "Share of the training set that is set aside to measure progress on",
        share, |&share| Some(share.into());
    training.patience "EPOCHS" "Stop when the validation loss has not improved for so many epochs, and restore the best weights",
        |item| Ok(Some(count(item)?)), |epochs| epochs.map(Value::from);
    training.seed "NUMBER" "Seed of everything random; the same seed gives the same bits",
        |item| item.whole(0, u64::MAX), |&seed| Some(seed.into());
    training.threads "COUNT" "Threads to compute on; changes the time, not the result",
        |item| Ok(Some(item.whole(1, 1024)? as usize)), |threads| threads.map(Value::from);
}
