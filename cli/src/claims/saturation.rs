//! Claim 4: sigmoids saturate, so that the gradient vanishes; softmax does not have this problem.

use super::claim::{Claim, Statement};
use super::run::{How, Run, first};
use crate::head::{escape, pull};
use crate::statistics::mean;
use crate::table::Table;
use gradlens::diagnostics::{Diagnostics, at_initialisation};
use gradlens::nn::activation;
use gradlens::report::{Bars, Lines};
use gradlens::{
    BatchNorm, Dataset, Dense, Init, LayerNorm, Loss, Residual, Sequential, Sgd, SigmoidBinaryCrossEntropy,
    SigmoidMse, SoftmaxCrossEntropy, SoftmaxMse, Trainer, evaluate,
};
use serde::{Deserialize, Serialize};

/// What was measured.
#[derive(Serialize, Deserialize)]
pub struct Evidence {
    /// Hidden sigmoids and others, under both heads, before the first step.
    depths: Vec<Depth>,
    /// The greatest gradient at a logit that is wrong by 10.
    pulls: Pulls,
    /// Steps of one neuron out of a wrong saturation; `None` for more than a million.
    escapes: Vec<Escape>,
    /// A deep network of sigmoids, and what is done about it.
    remedies: Vec<Remedied>,
}

/// A network before the first step.
#[derive(Serialize, Deserialize)]
struct Depth {
    activation: String,
    hidden: usize,
    /// The gradient at the first hidden layer over that at the last, under either head.
    softmax: f64,
    sigmoid: f64,
    /// The greatest share of saturated activations of a layer.
    saturated: f64,
}

#[derive(Serialize, Deserialize)]
struct Pulls {
    sigmoid_bce: f64,
    sigmoid_mse: f64,
    softmax_ce: f64,
    softmax_mse: f64,
}

#[derive(Serialize, Deserialize)]
struct Escape {
    logit: f64,
    cross_entropy: Option<usize>,
    squared_error: Option<usize>,
}

/// What a change does to a deep network.
#[derive(Serialize, Deserialize)]
struct Remedied {
    name: String,
    /// Before the first step.
    profile: f64,
    /// On the test images after training, a seed each.
    accuracy: Vec<f64>,
}

const WIDTH: usize = 100;
const DEPTH: usize = 12;
/// Images that gradients are measured on.
const PROBE: usize = 256;

/// What stands between the layers of a deep network.
#[derive(Clone, Copy)]
struct Recipe {
    name: &'static str,
    activation: &'static str,
    init: Init,
    norm: Option<Norm>,
    residual: bool,
    unit_variance: bool,
}

#[derive(Clone, Copy)]
enum Norm {
    Batch,
    Layer,
}

fn recipes() -> Vec<Recipe> {
    let plain = |name, activation, init| Recipe {
        name,
        activation,
        init,
        norm: None,
        residual: false,
        unit_variance: false,
    };
    let sigmoid = |name| plain(name, "sigmoid", Init::GlorotUniform);
    vec![
        plain("sigmoid, PyTorch's start", "sigmoid", Init::Standard),
        sigmoid("sigmoid, Glorot's start"),
        Recipe { unit_variance: true, ..plain("sigmoid, LSUV", "sigmoid", Init::Orthogonal) },
        Recipe { norm: Some(Norm::Batch), ..sigmoid("sigmoid, batch normalisation") },
        Recipe { norm: Some(Norm::Layer), ..sigmoid("sigmoid, layer normalisation") },
        Recipe { residual: true, ..sigmoid("sigmoid, residual") },
        Recipe {
            norm: Some(Norm::Batch),
            residual: true,
            ..sigmoid("sigmoid, batch normalisation, residual")
        },
        plain("tanh, Glorot's start", "tanh", Init::GlorotUniform),
        plain("tanh, orthogonal", "tanh", Init::Orthogonal),
        plain("ReLU, Glorot's start", "relu", Init::GlorotUniform),
        plain("ReLU, He's start", "relu", Init::HeNormal),
        plain("SELU, LeCun's start", "selu", Init::LecunNormal),
    ]
}

impl Recipe {
    fn build(
        &self,
        inputs: usize,
        outputs: usize,
        depth: usize,
        head: Box<dyn Loss>,
        seed: u64,
    ) -> anyhow::Result<Sequential> {
        let mut builder = Sequential::input(inputs).seed(seed);
        for index in 0..depth {
            builder = builder.layer(Dense::new(WIDTH).init(self.init));
            builder = match self.norm {
                None => builder,
                Some(Norm::Batch) => builder.layer(BatchNorm::default()),
                Some(Norm::Layer) => builder.layer(LayerNorm::default()),
            };
            builder = builder.layer(activation(self.activation)?);
            if self.residual && index > 0 {
                builder = builder.layer(Residual::over(2 + usize::from(self.norm.is_some())));
            }
        }
        Ok(builder.layer(Dense::new(outputs).init(self.init)).head(head).build()?)
    }
}

fn seeds(quick: bool) -> u64 {
    if quick { 1 } else { 3 }
}

/// A training for every recipe and seed.
pub fn pieces(quick: bool) -> u64 {
    recipes().len() as u64 * seeds(quick)
}

/// Looks at networks before the first step, at single neurons, and at what remedies do.
pub fn measure(run: &Run) -> anyhow::Result<Evidence> {
    run.at("saturation and depth");
    let batch = first(&run.mnist.train, PROBE);
    let mut depths = vec![];
    for (name, init) in
        [("sigmoid", Init::GlorotUniform), ("tanh", Init::GlorotUniform), ("relu", Init::HeNormal)]
    {
        for hidden in [3, 6, 12] {
            let recipe =
                Recipe { name, activation: name, init, norm: None, residual: false, unit_variance: false };
            let seen = |head: Box<dyn Loss>| -> anyhow::Result<(f64, f64)> {
                look(&mut recipe.build(batch.input_len(), 10, hidden, head, run.seed)?, &batch)
            };
            let (softmax, saturated) = seen(Box::<SoftmaxCrossEntropy>::default())?;
            let (sigmoid, _) = seen(Box::<SigmoidBinaryCrossEntropy>::default())?;
            depths.push(Depth { activation: name.into(), hidden, softmax, sigmoid, saturated });
        }
    }
    let mut remedies = vec![];
    let data = run.images(run.pick(20_000, 8000));
    for recipe in recipes() {
        let (mut accuracy, mut profile) = (vec![], f64::NAN);
        for seed in run.seeds(seeds(run.quick)) {
            let head = Box::new(SoftmaxCrossEntropy::default());
            let mut net = recipe.build(data.input_len(), 10, DEPTH, head, seed)?;
            if recipe.unit_variance {
                net.scale_to_unit_variance(&batch.inputs())?;
            }
            if seed == run.seed {
                profile = look(&mut net.clone(), &batch)?.0;
            }
            run.fit(&mut net, &data, How::new(run.pick(3, 2), seed))?;
            accuracy
                .push(evaluate(&net, &run.mnist.test)?.classification.expect("MNIST has classes").accuracy);
        }
        remedies.push(Remedied { name: recipe.name.into(), profile, accuracy });
    }
    let escapes = [1.5, 3.0, 5.0, 8.0].map(|logit| Escape {
        logit,
        cross_entropy: escape(&SigmoidBinaryCrossEntropy::default(), logit, 0.15).1,
        squared_error: escape(&SigmoidMse, logit, 0.15).1,
    });
    Ok(Evidence {
        depths,
        pulls: Pulls {
            sigmoid_bce: pull(&SigmoidBinaryCrossEntropy::default(), 1, 10.0),
            sigmoid_mse: pull(&SigmoidMse, 1, 10.0),
            softmax_ce: pull(&SoftmaxCrossEntropy::default(), 2, 10.0),
            softmax_mse: pull(&SoftmaxMse, 2, 10.0),
        },
        escapes: escapes.into(),
        remedies,
    })
}

/// The gradient at the first hidden layer over that at the last, and the greatest share of saturated activations.
fn look(net: &mut Sequential, batch: &Dataset) -> anyhow::Result<(f64, f64)> {
    let mut seen = Diagnostics::new();
    let trainer = Trainer::new(Sgd::new(0.0)).epochs(1).batch(batch.len());
    trainer.observe(at_initialisation(), &mut seen).fit(net, batch)?;
    let snapshot = seen.snapshots().first().ok_or_else(|| anyhow::anyhow!("nothing was seen"))?;
    let saturated = snapshot.hidden().iter().map(|layer| layer.saturated_share).fold(0.0, f64::max);
    Ok((snapshot.profile().unwrap_or(f64::NAN), saturated))
}

/// The share of the gradient that a layer passes on, where a vanishing one is spoken of.
const VANISHING: f64 = 0.5;

impl Evidence {
    fn table(&self) -> Table {
        Table {
            title: "Twelve hidden layers of 100 on MNIST, trained alike for a short while: the gradient at the first layer over that at the \
                    last before the first step, and the test accuracy (mean and range over seeds)".into(),
            words: 1,
            header: ["network", "first / last", "accuracy"].map(String::from).into(),
            rows: self
                .remedies
                .iter()
                .map(|remedied| {
                    let least = remedied.accuracy.iter().copied().fold(f64::INFINITY, f64::min);
                    let greatest = remedied.accuracy.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    let accuracy = format!(
                        "{:.1} % ({:.1} to {:.1})",
                        100.0 * mean(&remedied.accuracy),
                        100.0 * least,
                        100.0 * greatest
                    );
                    vec![remedied.name.clone(), format!("{:.1e}", remedied.profile), accuracy]
                })
                .collect(),
        }
    }

    /// What follows from it.
    pub fn claim(&self) -> Claim {
        let deepest = |name: &str| {
            self.depths.iter().filter(|depth| depth.activation == name).max_by_key(|depth| depth.hidden)
        };
        let per_layer = |profile: f64, hidden: usize| profile.powf(1.0 / (hidden.max(2) - 1) as f64);
        let sigmoid = deepest("sigmoid");
        let [of_softmax, of_sigmoid] = [|depth: &Depth| depth.softmax, |depth: &Depth| depth.sigmoid]
            .map(|of| sigmoid.map_or(f64::NAN, |depth| per_layer(of(depth), depth.hidden)));
        let saturated = sigmoid.map_or(f64::NAN, |depth| depth.saturated);
        let Pulls { sigmoid_bce, sigmoid_mse, softmax_ce, softmax_mse } = self.pulls;
        let mut profile = Lines::new("hidden layers", "log10 of first / last gradient");
        for name in ["sigmoid", "tanh", "relu"] {
            let of = |head: fn(&Depth) -> f64| {
                let depths = self.depths.iter().filter(|depth| depth.activation == name);
                depths.map(|depth| (depth.hidden as f64, head(depth).log10())).collect::<Vec<_>>()
            };
            profile = profile.line(format!("{name}, softmax head"), of(|depth| depth.softmax));
            profile = profile.line(format!("{name}, sigmoid head"), of(|depth| depth.sigmoid));
        }
        let log = |steps: Option<usize>| steps.map_or(f64::NAN, |steps| (steps as f64).log10());
        let escapes = Bars::new(
            "logit that a neuron starts with, where it should be low",
            "log10 of the steps",
            self.escapes.iter().map(|e| e.logit.to_string()),
        )
        .bars("cross-entropy", self.escapes.iter().map(|escape| log(escape.cross_entropy)))
        .bars("squared error", self.escapes.iter().map(|escape| log(escape.squared_error)));
        Claim {
            number: 4,
            title: "Sigmoids saturate and the gradient vanishes; softmax does not have this problem",
            said: "The problem of sigmoids is saturation: where it happens the gradient vanishes. Softmax does not have this problem.",
            statements: vec![
                Statement::new(
                    "a sigmoid output that is wrong and saturated gets next to no gradient from the squared error",
                    "a logit wrong by 10 has a gradient below 0.1",
                    format!("{sigmoid_mse:.1e}"),
                    sigmoid_mse < 0.1,
                )
                .so("Do not put the squared error behind a sigmoid.", ""),
                Statement::new(
                    "it gets next to none from the cross-entropy either",
                    "a logit wrong by 10 has a gradient below 0.1",
                    format!("{sigmoid_bce:.5}"),
                    sigmoid_bce < 0.1,
                )
                .so("Do not take sigmoids in the last layer.", "With the binary cross-entropy a sigmoid learns where it is wrong."),
                Statement::new(
                    "a softmax output does not have this problem with the squared error",
                    "a logit wrong by 10 has a gradient of 0.1 or more",
                    format!("{softmax_mse:.1e}"),
                    softmax_mse >= 0.1,
                )
                .so("", "Do not put the squared error behind a softmax either."),
                Statement::new(
                    "it does not have it with the cross-entropy either",
                    "a logit wrong by 10 has a gradient of 0.1 or more",
                    format!("{softmax_ce:.5}"),
                    softmax_ce >= 0.1,
                )
                .so("With the cross-entropy a softmax learns where it is wrong.", ""),
                Statement::new(
                    "hidden sigmoids make the gradient vanish",
                    "twelve layers, before the first step: less than half of it passes a layer",
                    format!("{of_softmax:.3} of it passes a layer"),
                    of_softmax < VANISHING,
                ).so("In hidden layers take ReLU with He's start, or tanh; or put batch normalisation before the sigmoids.", "Hidden sigmoids did no harm to the gradient here."),
                Statement::new(
                    "that is because they are saturated",
                    "more than a tenth of the activations of a layer are saturated there",
                    format!("at most {:.1} % are: the slope of a sigmoid is at most 1/4 where it is steepest", 100.0 * saturated),
                    saturated > 0.1,
                ).so("Start with smaller weights.", "At this start it is the slope of a sigmoid, at most 1/4, and not saturation."),
                Statement::new(
                    "a softmax at the output protects hidden layers from it",
                    "a layer passes on more than 1.1 times as much under a softmax as under sigmoids",
                    format!("{of_softmax:.4} under a softmax, {of_sigmoid:.4} under sigmoids"),
                    of_softmax > 1.1 * of_sigmoid,
                ).so("", "The output has no say in what becomes of the gradient below it."),
            ],
            tables: vec![self.table()],
            figures: vec![
                profile.figure(
                    "What arrives at the first layer.",
                    "The gradient at the first hidden layer over that at the last, before the first step. Where the lines of the two heads lie on one \
                     another the activation decides, and not the head.",
                ),
                escapes.figure(
                    "Out of a wrong saturation.",
                    "Steps of one sigmoid neuron (input 1, target 0, rate 0.15) until its output is below 0.1. No bar: more than a million.",
                ),
            ],
        }
    }
}
