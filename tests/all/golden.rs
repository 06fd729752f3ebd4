//! The same numbers as PyTorch and scikit-learn: see `golden/make.py`, which made them.

use gradlens::metrics::Classification;
use gradlens::nn::{LossSpec, activation, activation_names, mean_loss};
use gradlens::train::schedule;
use gradlens::{
    Adam, AdamW, BatchNorm, Builder, Dataset, Dense, Event, IdentityHuber, IdentityMae, IdentityMse, Layer,
    LayerNorm, Link, Loss, MeanOverOutputs, Optimizer, Residual, RmsProp, Scalar, Sequential, Sgd,
    SigmoidBinaryCrossEntropy, SigmoidMse, SoftmaxCrossEntropy, SoftmaxGeneralisedCrossEntropy,
    SoftmaxHuberisedCrossEntropy, SoftmaxMae, SoftmaxMse, Tanh, Trainer,
};
use ndarray::Array2;
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(include_str!("../golden/golden.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn matrix<T: Scalar>(value: &Value, cols: usize) -> Array2<T> {
    let numbers: Vec<T> = numbers(value).into_iter().map(T::of).collect();
    Array2::from_shape_vec((numbers.len() / cols, cols), numbers).unwrap()
}

#[track_caller]
fn assert_close(what: &str, ours: &[f64], theirs: &[f64], tolerance: f64) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let scale = theirs.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
    for (i, (a, b)) in ours.iter().zip(theirs).enumerate() {
        let error = (a - b).abs() / b.abs().max(1e-3 * scale);
        assert!(
            a == b || error <= tolerance,
            "{what}, number {i}: {a}, PyTorch has {b} (relative error {error:.1e})"
        );
    }
}

fn optimizer<T: Scalar>(name: &str) -> Box<dyn Optimizer<T>> {
    let weight_decay = 0.05;
    match name {
        "sgd" | "sgd-clipped" => Box::new(Sgd::new(0.1)),
        "sgd-decay" => Box::new(Sgd::new(0.1).weight_decay(weight_decay)),
        "momentum" => Box::new(Sgd::new(0.1).momentum(0.9).weight_decay(weight_decay).nesterov(false)),
        "nesterov" => Box::new(Sgd::new(0.1).momentum(0.9).weight_decay(weight_decay).nesterov(true)),
        "rmsprop" => Box::new(RmsProp::new(0.01).rho(0.9).eps(1e-7).weight_decay(weight_decay)),
        "adam" => Box::new(Adam::new(0.01).weight_decay(weight_decay)),
        "adamw" => Box::new(AdamW::new(0.01).weight_decay(weight_decay)),
        _ => panic!("no optimiser {name}"),
    }
}

/// A layer for either scalar.
fn layer<T: Scalar>(layer: impl Layer<T> + 'static) -> Box<dyn Layer<T>> {
    Box::new(layer)
}

fn ten_steps<T: Scalar>(tolerance: f64) {
    let golden = golden();
    let runs = &golden["runs"];
    let inputs = matrix::<T>(&runs["inputs"], 4);
    let classes = numbers(&runs["classes"]).into_iter().map(|class| class as usize).collect();
    let data = [
        ("softmax", Dataset::classes(inputs.clone(), classes, 3).unwrap()),
        ("sigmoid", Dataset::new(inputs, matrix(&runs["labels"], 3)).unwrap()),
    ];
    for (head, data) in data {
        let expected = runs["heads"][head].as_object().unwrap();
        assert_eq!(expected.len(), 8);
        for (name, expected) in expected {
            let loss: Box<dyn Loss<T>> = match head {
                "softmax" => Box::new(SoftmaxCrossEntropy::default()),
                _ => Box::new(SigmoidBinaryCrossEntropy::default()),
            };
            let mut net: Sequential<T> = Builder::new(4)
                .layer(layer(Dense::new(5)))
                .layer(layer(Tanh))
                .layer(layer(Dense::new(3)))
                .head(loss)
                .build()
                .unwrap();
            for (name, start) in runs["start"].as_object().unwrap() {
                let start = numbers(start);
                let mut param = net.param_mut(name).unwrap();
                param.iter_mut().zip(start).for_each(|(w, start)| *w = T::of(start));
            }
            // PyTorch clips by limit / (norm + 1e-6), which shows in the sixth digit.
            let tolerance = if name == "sgd-clipped" { tolerance.max(1e-5) } else { tolerance };
            let mut losses = vec![];
            let mut trainer = Trainer::new(optimizer::<T>(name)).epochs(10).batch(7).shuffle(false);
            if name == "sgd-clipped" {
                trainer = trainer.clip_norm(0.1);
            }
            let watch = |event: &Event<'_, T>| {
                if let Event::Step(at) = event {
                    losses.push(at.loss);
                }
            };
            trainer.on_event(watch).fit(&mut net, &data).unwrap();
            assert_close(
                &format!("{head}, {name}, losses"),
                &losses,
                &numbers(&expected["losses"]),
                tolerance,
            );
            for (param, values) in expected["params"].as_object().unwrap() {
                let ours: Vec<f64> = net.param(param).unwrap().iter().map(|w| w.f64()).collect();
                assert_close(&format!("{head}, {name}, {param}"), &ours, &numbers(values), tolerance);
            }
        }
    }
}

#[test]
fn ten_steps_of_every_optimiser_under_both_heads_equal_pytorchs() {
    ten_steps::<f64>(1e-9);
}

#[test]
fn ten_steps_in_f32_stay_within_rounding_of_pytorchs_in_f64() {
    ten_steps::<f32>(1e-5);
}

#[test]
fn every_activation_and_its_slope_equal_pytorchs() {
    let golden = &golden()["activations"];
    let x = matrix::<f64>(&golden["points"], 1);
    let functions = golden["functions"].as_object().unwrap();
    for name in activation_names() {
        assert!(functions.contains_key(name), "{name} is not compared");
    }
    for (name, expected) in functions {
        let net = |name: &str| {
            Builder::<f64>::new(1).layer(activation(name).unwrap()).head(IdentityMse).build().unwrap()
        };
        let y = net(name).predict(&x).unwrap();
        // GELU's far tail is accurate to the last digit here and cancels to 0 in PyTorch, so
        // absolute as well.
        let (value, slope) = (numbers(&expected["value"]), numbers(&expected["slope"]));
        for (i, (y, value)) in y.iter().zip(&value).enumerate() {
            assert!(
                (y - value).abs() <= 1e-12 * (1.0 + value.abs()),
                "{name} at {}: {y}, PyTorch has {value}",
                x[[i, 0]]
            );
        }
        for (i, (s, slope)) in slopes(name, &x).iter().zip(&slope).enumerate() {
            assert!((s - slope).abs() <= 1e-12, "slope of {name} at {}: {s}, PyTorch has {slope}", x[[i, 0]]);
        }
    }
}

/// The slope at each x: what an activation makes of gradients of 1.
fn slopes(name: &str, x: &Array2<f64>) -> Vec<f64> {
    use gradlens::Mode;
    // A weight of 1 below makes the network ask for the activation's input gradient.
    let below = Dense::new(1).bias(false).init(gradlens::Init::Constant(1.0));
    let net =
        Builder::<f64>::new(1).layer(below).layer(activation(name).unwrap()).head(PullOfOne).build().unwrap();
    let mut workspace = net.workspace(x.nrows());
    workspace.input_mut().assign(x);
    net.forward(&mut workspace, Mode::Evaluation);
    net.loss(&mut workspace);
    net.backward(&mut workspace, Mode::Evaluation).unwrap();
    workspace.delta(0).iter().copied().collect()
}

/// A head whose gradient is 1 everywhere.
#[derive(Debug)]
struct PullOfOne;

impl<T: Scalar> Loss<T> for PullOfOne {
    fn name(&self) -> String {
        "sum".into()
    }
    fn spec(&self) -> LossSpec {
        LossSpec::new(Link::Identity)
    }
    fn predict(&self, _: &mut gradlens::Mat<T>) {}
    fn losses(
        &self,
        z: &gradlens::Mat<T>,
        _: &gradlens::Mat<T>,
        dz: &mut gradlens::Mat<T>,
        losses: &mut [T],
    ) {
        // The network takes the mean over the samples.
        dz.fill(T::of(z.nrows() as f64));
        losses.copy_from_slice(&z.sum_axis(ndarray::Axis(1)).to_vec());
    }
}

#[test]
fn every_head_with_its_settings_equals_pytorchs() {
    let golden = &golden()["heads"];
    let (logits, weights) = (matrix::<f64>(&golden["logits"], 4), numbers(&golden["weight"]));
    let smoothed = |label_smoothing| SoftmaxCrossEntropy::default().label_smoothing(label_smoothing);
    let weighted = |label_smoothing| {
        SoftmaxCrossEntropy::default().label_smoothing(label_smoothing).class_weights(weights.clone())
    };
    let cases = golden["cases"].as_object().unwrap();
    assert_eq!(cases.len(), 19);
    for (name, case) in cases {
        let head: Box<dyn Loss<f64>> = match name.as_str() {
            "softmax hard" | "softmax soft" => Box::new(smoothed(0.0)),
            "softmax smoothed" => Box::new(smoothed(0.1)),
            "softmax weighted" => Box::new(weighted(0.0)),
            "softmax soft weighted smoothed" => Box::new(weighted(0.2)),
            "sigmoid multi" => Box::new(SigmoidBinaryCrossEntropy::default()),
            "sigmoid weighted" => Box::new(SigmoidBinaryCrossEntropy::default().pos_weight(weights.clone())),
            "sigmoid mse" => Box::new(SigmoidMse),
            "softmax mse" => Box::new(SoftmaxMse),
            "softmax mae hard" | "softmax mae soft" => Box::new(SoftmaxMae),
            "softmax gce hard" | "softmax gce soft" => Box::new(SoftmaxGeneralisedCrossEntropy::default()),
            "softmax huberised hard" | "softmax huberised soft" => {
                Box::new(SoftmaxHuberisedCrossEntropy::default())
            }
            "identity mse" => Box::new(IdentityMse),
            "identity mae" => Box::new(IdentityMae),
            "identity huber" => Box::new(IdentityHuber::default()),
            "identity huber 2.5" => Box::new(IdentityHuber::default().delta(2.5)),
            _ => panic!("no head for {name}"),
        };
        let target = matrix::<f64>(&case["target"], 4);
        let mut gradient = Array2::zeros(logits.dim());
        let loss = mean_loss(&*head, &logits, &target, &mut gradient);
        assert_close(name, &[loss], &[case["loss"].as_f64().unwrap()], 1e-12);
        assert_close(name, gradient.as_slice().unwrap(), &numbers(&case["gradient"]), 1e-12);
        // PyTorch's own mean is its sum over samples and outputs, by N and K; its squared error has no 1/2.
        let spec = head.spec();
        let per_output = if spec.halved { 0.5 } else { 0.25 };
        let factor = if spec.over_classes { 1.0 } else { per_output };
        let mean = MeanOverOutputs::new(head);
        let loss = mean_loss(&mean, &logits, &target, &mut gradient);
        assert_close(name, &[loss], &[factor * case["loss"].as_f64().unwrap()], 1e-12);
        let theirs: Vec<f64> = numbers(&case["gradient"]).iter().map(|g| factor * g).collect();
        assert_close(name, gradient.as_slice().unwrap(), &theirs, 1e-12);
    }
}

#[test]
fn every_schedule_equals_pytorchs() {
    let golden = golden();
    let schedules = golden["schedules"].as_object().unwrap();
    assert_eq!(schedules.len(), 4);
    for (name, rates) in schedules {
        let schedule = schedule(name).unwrap();
        let ours: Vec<f64> = (0..40).map(|step| schedule.factor(step, 40)).collect();
        assert_close(name, &ours, &numbers(rates), 1e-9);
    }
}

#[test]
fn classification_metrics_equal_scikit_learns() {
    let golden = &golden()["metrics"];
    let labels: Vec<usize> = numbers(&golden["labels"]).into_iter().map(|label| label as usize).collect();
    let scores = Classification::new(&matrix::<f64>(&golden["predictions"], 5), &labels);
    let close = |what: &str, ours: &[f64]| {
        let theirs = match &golden[what] {
            Value::Array(_) => numbers(&golden[what]),
            number => vec![number.as_f64().unwrap()],
        };
        assert_close(what, ours, &theirs, 1e-12);
    };
    close("accuracy", &[scores.accuracy]);
    close("top_k", &[1, 2, 3, 4].map(|k| scores.top_k(k)));
    close("confusion", &scores.confusion.iter().map(|&count| count as f64).collect::<Vec<_>>());
    close("precision", &scores.classes.iter().map(|class| class.precision).collect::<Vec<_>>());
    close("recall", &scores.classes.iter().map(|class| class.recall).collect::<Vec<_>>());
    close("f1", &scores.classes.iter().map(|class| class.f1).collect::<Vec<_>>());
    close("support", &scores.classes.iter().map(|class| class.support as f64).collect::<Vec<_>>());
    close("ece", &[scores.ece]);
}

/// A network with both normalisations and a residual block, as `golden/normalised.py` has it.
fn normalised<T: Scalar>(settings: &Value) -> Sequential<T> {
    let number = |name: &str| settings[name].as_f64();
    let (mut batch, mut by_sample) = (BatchNorm::default(), LayerNorm::default());
    if let Some(eps) = number("eps") {
        (batch, by_sample) = (batch.eps(eps), by_sample.eps(eps));
    }
    batch = number("momentum").map_or(batch, |momentum| batch.momentum(momentum));
    Builder::new(4)
        .layer(layer(Dense::new(6)))
        .layer(layer(batch))
        .layer(layer(Tanh))
        .layer(layer(Dense::new(6)))
        .layer(layer(by_sample))
        .layer(layer(Tanh))
        .layer(layer(Residual::over(3)))
        .layer(layer(Dense::new(3)))
        .head(Box::new(SoftmaxCrossEntropy::default()) as Box<dyn Loss<T>>)
        .build()
        .unwrap()
}

fn normalised_steps<T: Scalar>(tolerance: f64) {
    let golden: Value = serde_json::from_str(include_str!("../golden/normalised.json")).unwrap();
    let inputs = matrix::<T>(&golden["inputs"], 4);
    let classes = numbers(&golden["classes"]).into_iter().map(|class| class as usize).collect();
    let data = Dataset::classes(inputs.clone(), classes, 3).unwrap();
    for case in golden["cases"].as_array().unwrap() {
        let mut net = normalised::<T>(&case["settings"]);
        let state: Vec<String> = net.named_state().map(|(name, ..)| name).collect();
        assert_eq!(state, ["1.running_mean", "1.running_var"]);
        let start = case["start"].as_object().unwrap();
        for (name, start) in start.iter().filter(|(name, _)| !state.contains(name)) {
            let start = numbers(start).into_iter().map(T::of);
            net.param_mut(name).unwrap().iter_mut().zip(start).for_each(|(w, start)| *w = start);
        }
        let (mut losses, mut gradients) = (vec![], vec![]);
        let optimizer: Box<dyn Optimizer<T>> = Box::new(Sgd::new(0.2));
        let watch = |event: &Event<'_, T>| {
            if let Event::Step(at) = event {
                if losses.is_empty() {
                    gradients = at.workspace.gradients().iter().map(|g| g.f64()).collect();
                }
                losses.push(at.loss);
            }
        };
        let trainer = Trainer::new(optimizer).epochs(10).batch(7).shuffle(false).on_gradients(watch);
        trainer.fit(&mut net, &data).unwrap();
        assert_close("losses", &losses, &numbers(&case["losses"]), tolerance);
        let all = |values: &[T]| values.iter().map(|v| v.f64()).collect::<Vec<f64>>();
        let (params, running) = (all(net.params()), all(net.state()));
        let gradients_of = case["gradients"].as_object().unwrap();
        assert_eq!(gradients_of.len(), net.named_params().count());
        let scale = gradients.iter().fold(0.0, |m: f64, g: &f64| m.max(g.abs()));
        for (name, _, range) in net.named_params() {
            assert_close(&name, &params[range.clone()], &numbers(&case["end"][&name]), tolerance);
            // Below a batch normalisation the gradient of a bias is 0, and what is found there is rounding.
            for (ours, theirs) in gradients[range].iter().zip(numbers(&gradients_of[&name])) {
                assert!((ours - theirs).abs() <= tolerance * scale, "{name}: {ours}, PyTorch has {theirs}");
            }
        }
        for (name, _, range) in net.named_state() {
            assert_close(&name, &running[range], &numbers(&case["end"][&name]), tolerance);
        }
        assert_close(
            "logits",
            &all(net.logits(&inputs).unwrap().as_slice().unwrap()),
            &numbers(&case["logits"]),
            tolerance,
        );
    }
}

#[test]
fn ten_steps_of_a_normalised_residual_network_equal_pytorchs_gradients_and_running_statistics_too() {
    normalised_steps::<f64>(1e-9);
}

#[test]
fn ten_steps_of_a_normalised_residual_network_in_f32_stay_within_rounding() {
    normalised_steps::<f32>(1e-3);
}
