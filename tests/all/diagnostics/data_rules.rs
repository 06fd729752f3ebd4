//! What is wrong with the data, or with what stands behind the last weights, is named; what is in order is not.

use gradlens::diagnostics::{Diagnostics, Illness, Remedy, powers_of_two};
use gradlens::{
    Dataset, Dense, Identity, IdentityMse, Layer, Relu, Sequential, Sgd, Sigmoid, SoftmaxCrossEntropy, Tanh,
    Trainer,
};
use ndarray::Array2;

/// y = a (x1 - x2^2) + b for 200 points between -1 and 1, inputs times a factor.
fn curve(inputs: f32, a: f32, b: f32) -> Dataset {
    let at = |i: usize, j: usize| ((i * (37 + 24 * j)) % 100) as f32 / 50.0 - 1.0;
    let x = Array2::from_shape_fn((200, 2), |(i, j)| at(i, j));
    let y = Array2::from_shape_fn((200, 1), |(i, _)| a * (x[[i, 0]] - x[[i, 1]].powi(2)) + b);
    Dataset::new(x * inputs, y).unwrap()
}

/// Trains 2-16-16-1 for so many epochs and says what is wrong first, and all remedies of it.
fn regression(
    data: &Dataset,
    activation: fn() -> Box<dyn Layer>,
    top: Option<Box<dyn Layer>>,
    (rate, epochs): (f64, usize),
) -> (Illness, Vec<Remedy>) {
    let mut builder = Sequential::input(2);
    for _ in 0..2 {
        builder = builder.layer(Dense::new(16)).layer(activation());
    }
    builder = builder.layer(Dense::new(1));
    if let Some(top) = top {
        builder = builder.layer(top);
    }
    let mut net = builder.head(IdentityMse).build().unwrap();
    let mut seen = Diagnostics::new().probe(data.clone()).samples(data);
    let trainer = Trainer::new(Sgd::new(rate)).epochs(epochs).batch(20);
    let _ = trainer.observe(powers_of_two(), &mut seen).fit(&mut net, data);
    let verdict = seen.diagnosis().verdict;
    (verdict.illness, verdict.remedies)
}

fn tanh() -> Box<dyn Layer> {
    Box::new(Tanh)
}

#[test]
fn a_regression_on_the_usual_scale_is_healthy() {
    assert_eq!(regression(&curve(1.0, 1.0, 0.0), tanh, None, (0.05, 60)).0, Illness::Healthy);
    // Bounded outputs that hold the targets are no fault, and neither is a network of one layer.
    let bounded = curve(1.0, 0.2, 0.5);
    assert_eq!(regression(&bounded, tanh, Some(Box::new(Sigmoid)), (0.5, 200)).0, Illness::Healthy);
    let mut net = Sequential::input(2).layer(Dense::new(1)).head(IdentityMse).build().unwrap();
    let data = curve(1.0, 1.0, 0.0);
    let mut seen = Diagnostics::new().samples(&data);
    Trainer::new(Sgd::new(0.05)).epochs(60).observe(powers_of_two(), &mut seen).fit(&mut net, &data).unwrap();
    assert_ne!(seen.diagnosis().verdict.illness, Illness::LinearNetwork);
}

#[test]
fn targets_that_the_outputs_cannot_reach_are_named() {
    let data = curve(1.0, 3.0, 0.0);
    for top in [Box::new(Tanh) as Box<dyn Layer>, Box::new(Sigmoid), Box::new(Relu)] {
        let name = top.name();
        let (illness, remedies) = regression(&data, tanh, Some(top), (0.05, 30));
        assert_eq!(illness, Illness::OutputRange, "{name}");
        assert_eq!(remedies, [Remedy::PlainLogits], "{name}");
    }
    assert_ne!(regression(&data, tanh, Some(Box::new(Identity)), (0.05, 30)).0, Illness::OutputRange);
}

#[test]
fn targets_far_from_what_outputs_start_at_are_named() {
    for (a, b) in [(1000.0, 0.0), (1.0, 500.0)] {
        let (illness, remedies) = regression(&curve(1.0, a, b), tanh, None, (0.01, 5));
        assert_eq!(illness, Illness::TargetScale, "{a} {b}");
        assert_eq!(remedies, [Remedy::StandardiseTargets]);
    }
}

#[test]
fn columns_off_the_usual_scale_are_to_be_standardised() {
    for factor in [300.0, 1e-3] {
        let (illness, remedies) = regression(&curve(factor, 1.0, 0.0), tanh, None, (0.05, 20));
        assert_eq!((illness, &remedies[0]), (Illness::InputScale, &Remedy::Standardise), "{factor}");
    }
}

#[test]
fn layers_of_weights_with_nothing_between_them_are_a_linear_network() {
    let identity: fn() -> Box<dyn Layer> = || Box::new(Identity);
    // What is left of the curve is no linear function of the inputs.
    let square = {
        let data = curve(1.0, 1.0, 0.0);
        let x = data.inputs();
        let y = Array2::from_shape_fn((200, 1), |(i, _)| x[[i, 1]].powi(2) - 0.33);
        Dataset::new(x, y).unwrap()
    };
    let (illness, remedies) = regression(&square, identity, None, (0.05, 60));
    assert_eq!((illness, &remedies[0]), (Illness::LinearNetwork, &Remedy::Activation("relu".into())));
    assert_ne!(regression(&square, tanh, None, (0.05, 60)).0, Illness::LinearNetwork);
}

/// Trains 2-16-3 on three classes, in the order of the file or not.
fn classes(sorted: bool, shuffle: bool, classes: usize) -> Illness {
    let x = Array2::from_shape_fn((300, 2), |(i, j)| ((i * (37 + 24 * j)) % 100) as f32 / 50.0 - 1.0);
    let class = |i: usize| ((x[[i, 0]] + 1.0) * 1.49) as usize % classes;
    let mut rows: Vec<usize> = (0..300).collect();
    if sorted {
        rows.sort_by_key(|&i| class(i));
    }
    let labels = (0..300).map(class).collect();
    let data = Dataset::classes(x.clone(), labels, 3).unwrap().select(&rows);
    let mut net = Sequential::input(2).layer(Dense::new(16)).layer(Relu).layer(Dense::new(3));
    let mut seen = Diagnostics::new().probe(data.clone()).samples(&data);
    if !shuffle {
        seen = seen.batches(10, false);
    }
    let mut net = {
        net = net.seed(3);
        net.head(SoftmaxCrossEntropy::default()).build().unwrap()
    };
    let trainer = Trainer::new(Sgd::new(0.5)).epochs(20).batch(10).shuffle(shuffle);
    trainer.observe(powers_of_two(), &mut seen).fit(&mut net, &data).unwrap();
    seen.diagnosis().verdict.illness
}

#[test]
fn samples_in_the_order_of_their_classes_are_named() {
    assert_eq!(classes(true, false, 3), Illness::Unshuffled);
    assert_ne!(classes(true, true, 3), Illness::Unshuffled);
    assert_ne!(classes(false, false, 3), Illness::Unshuffled);
}

#[test]
fn targets_that_are_all_the_same_are_named() {
    assert_eq!(classes(false, true, 1), Illness::ConstantTargets);
}
