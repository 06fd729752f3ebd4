//! Networks and trainings that nobody would choose.

use arbitrary::{Result, Unstructured};
use gradlens::config::RunConfig;
use gradlens::nn::{activation_names, initialiser_names};
use gradlens::train::optimizer_names;
use gradlens::{Dataset, Error, Init, Mode, Sequential, Trainer, evaluate};
use ndarray::Array2;

fn one<'a>(bytes: &mut Unstructured, choices: &[&'a str]) -> Result<&'a str> {
    Ok(choices[bytes.choose_index(choices.len())?])
}

/// Some number, now and then one that is hard to bear.
fn number(bytes: &mut Unstructured) -> Result<f32> {
    Ok(match bytes.int_in_range(0..=15u8)? {
        0 => 0.0,
        1 => f32::MAX,
        2 => -f32::MAX / 3.0,
        3 => f32::MIN_POSITIVE / 8.0,
        4 => 1e20,
        5 => f32::from(bytes.arbitrary::<i16>()?),
        _ => f32::from(bytes.arbitrary::<i16>()?) / 8192.0,
    })
}

/// Every activation, and some with numbers.
fn activations() -> Vec<&'static str> {
    [activation_names(), vec!["leaky-relu:0.5", "elu:3", "softmax"]].concat()
}

/// Every initialiser that takes no number, and some that do.
fn inits() -> Vec<&'static str> {
    let plain = initialiser_names().into_iter().filter(|name| name.parse::<Init>().is_ok());
    plain.chain(["constant:0.5", "normal:30"]).collect()
}

const HEADS: [(&str, &str); 12] = [
    ("softmax", "cross-entropy"),
    ("softmax", "cross-entropy:0.1"),
    ("softmax", "squared-error"),
    ("sigmoid", "binary-cross-entropy"),
    ("sigmoid", "squared-error"),
    ("identity", "squared-error"),
    ("identity", "absolute-error"),
    ("identity", "huber:0.5"),
    ("identity", "categorical-cross-entropy"),
    ("softmax", "generalised-cross-entropy:0.5"),
    ("softmax", "huberised-cross-entropy:3"),
    ("softmax", "absolute-error"),
];

/// A config of a network and a training, and samples for it.
fn case(bytes: &mut Unstructured) -> Result<Option<(RunConfig, Dataset<f32>)>> {
    let mut config = RunConfig::default();
    let (inputs, outputs) = (bytes.int_in_range(1..=7usize)?, bytes.int_in_range(1..=5usize)?);
    let depth = bytes.int_in_range(0..=5usize)?;
    let hidden: Vec<String> =
        (0..depth).map(|_| Ok(bytes.int_in_range(1..=20u8)?.to_string())).collect::<Result<_>>()?;
    let hidden = if hidden.is_empty() { "none".into() } else { hidden.join(",") };
    let (head, loss) = HEADS[bytes.choose_index(HEADS.len())?];
    let dropout = one(bytes, &["0", "0", "0.3", "0.99"])?;
    let rate = one(bytes, &["0.001", "0.1", "1", "1e3", "1e30"])?;
    let optimizer = one(bytes, &optimizer_names())?;
    let schedule = one(bytes, &["constant", "cosine", "step:0.3:0.5"])?;
    let clip = one(bytes, &["", "1", "1e-9"])?;
    let mut set = |key: &str, text: &str| drop(config.set(key, text));
    set("hidden", &hidden);
    set("activation", one(bytes, &activations())?);
    set("init", one(bytes, &inits())?);
    set("bias_init", one(bytes, &["zeros", "constant:1", "normal:1"])?);
    set("head", head);
    set("loss", loss);
    set("dropout", dropout);
    set("optimizer", optimizer);
    set("lr", rate);
    set("schedule", schedule);
    if !clip.is_empty() {
        set("clip_norm", clip);
    }
    set("batch", one(bytes, &["1", "3", "16", "64"])?);
    set("seed", one(bytes, &["0", "1", "18446744073709551615"])?);
    set("validation", one(bytes, &["0", "0", "0.3"])?);
    set("shuffle", one(bytes, &["true", "false"])?);
    let rows = bytes.int_in_range(1..=70usize)?;
    let few: Vec<f32> = (0..11).map(|_| number(bytes)).collect::<Result<_>>()?;
    if let norm @ ("batch" | "layer") = one(bytes, &["", "batch", "layer"])? {
        drop(config.set("norm", norm));
    }
    drop(config.set("residual", one(bytes, &["false", "true"])?));
    let drawn = |i: usize, j: usize| few[(i * 7 + j * 3 + i * j) % few.len()];
    let samples = Array2::from_shape_fn((rows, inputs), |(i, j)| drawn(i, j));
    let data = match head {
        "softmax" => Dataset::classes(samples, (0..rows).map(|i| i % outputs).collect(), outputs),
        "sigmoid" => {
            Dataset::new(samples, Array2::from_shape_fn((rows, outputs), |(i, j)| ((i + j) % 2) as f32))
        }
        _ => Dataset::new(samples, Array2::from_shape_fn((rows, outputs), |(i, j)| drawn(j, i))),
    };
    Ok(data.ok().map(|data| (config, data)))
}

fn network(config: &RunConfig, data: &Dataset<f32>, threads: usize) -> gradlens::Result<Sequential> {
    let mut config = config.clone();
    config.training.threads = Some(threads);
    let net = Sequential::from_config(&config, data)?;
    net.check(data)?;
    Ok(net)
}

/// Bits, where all that is no number is the same.
fn bits<'a>(numbers: impl IntoIterator<Item = &'a f32>) -> Vec<u32> {
    numbers
        .into_iter()
        .map(|number| if number.is_nan() { f32::NAN.to_bits() } else { number.to_bits() })
        .collect()
}

fn pass(bytes: &mut Unstructured) -> Result<()> {
    let Some((config, data)) = case(bytes)? else { return Ok(()) };
    let threads = bytes.int_in_range(2..=5usize)?;
    let mut results = vec![];
    for threads in [1, threads] {
        let Ok(net) = network(&config, &data, threads) else { return Ok(()) };
        let outputs =
            net.predict(&data.inputs()).map(|outputs| bits(&outputs)).map_err(|error| error.to_string());
        let mut workspace = net.workspace(data.len());
        workspace.input_mut().assign(&data.inputs());
        let mut targets = workspace.targets_mut();
        match (data.labels(), data.target_rows()) {
            (Some(labels), _) => {
                targets.indexed_iter_mut().for_each(|((i, j), y)| *y = f32::from(labels[i] == j))
            }
            (None, rows) => targets.assign(&rows.expect("labels or rows")),
        }
        let mode = Mode::Training { step: 1 };
        net.forward(&mut workspace, mode);
        let loss = net.loss(&mut workspace);
        net.backward(&mut workspace, mode).expect("our layers put all gradients");
        let loss = if loss.is_nan() { f64::NAN } else { loss };
        results.push((outputs, loss.to_bits(), bits(workspace.gradients())));
    }
    assert!(results[0] == results[1], "the number of threads shows");
    Ok(())
}

/// A pass through a network forwards and backwards, on one thread and on several.
pub fn networks(bytes: &[u8]) {
    let _ = pass(&mut Unstructured::new(bytes));
}

fn training(bytes: &mut Unstructured) -> Result<()> {
    let Some((config, data)) = case(bytes)? else { return Ok(()) };
    let threads = bytes.int_in_range(2..=5usize)?;
    let steps = bytes.int_in_range(1..=12u64)?;
    let mut results = vec![];
    for threads in [1, threads] {
        let Ok(mut net) = network(&config, &data, threads) else { return Ok(()) };
        let Ok(trainer) = Trainer::from_config(&config) else { return Ok(()) };
        let report = trainer.steps(steps).fit(&mut net, &data);
        match &report {
            Err(Error::NotFinite { .. } | Error::Diverged { .. }) | Ok(_) => {
                let place = "training ended without a word, with weights that are no numbers";
                let told = report.is_err();
                assert!(told || net.params().iter().all(|weight| weight.is_finite()), "{place}");
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
        let score =
            evaluate(&net, &data).map(|evaluation| evaluation.loss.to_bits()).map_err(|e| e.to_string());
        results.push((
            report.map(|report| report.steps).map_err(|e| e.to_string()),
            score,
            bits(net.params()),
        ));
    }
    assert!(results[0] == results[1], "the number of threads shows");
    Ok(())
}

/// A short training on one thread and on several: the same bits, and an error rather than weights that are no numbers.
pub fn trainings(bytes: &[u8]) {
    let _ = training(&mut Unstructured::new(bytes));
}
