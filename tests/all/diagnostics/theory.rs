//! What theory and books say is what is measured.

use super::*;

#[test]
fn ratios_at_initialisation_are_those_of_theory_under_either_head() {
    // SCIENCE: per layer towards the input, wide nets, zero bias.
    let cases = [
        ("sigmoid", Init::Standard, 0.141),
        ("sigmoid", Init::GlorotUniform, 0.236),
        ("relu", Init::Standard, 0.408),
        ("relu", Init::GlorotUniform, 0.707),
        ("relu", Init::HeUniform, 1.0),
        ("tanh", Init::Standard, 0.57),
        // E[phi'(Z)^2] = lambda^2 (1/2 + alpha^2 e^2 Phi(-2)) = 1.0716, and its root.
        ("selu", Init::LecunNormal, 1.035),
    ];
    let data = classes(256, 600, 10, 1);
    for (name, init, expected) in cases {
        let softmax =
            first_snapshot(&mut deep(name, init, (600, 6), SoftmaxCrossEntropy::default(), 2), &data, false);
        let sigmoid = first_snapshot(
            &mut deep(name, init, (600, 6), SigmoidBinaryCrossEntropy::default(), 2),
            &data,
            false,
        );
        let ((softmax, predicted), (sigmoid, _)) = (per_layer(&softmax), per_layer(&sigmoid));
        let near = |what: &str, value: f64, target: f64| {
            assert!(
                (value / target - 1.0).abs() < 0.05,
                "{name}, {init}, {what}: {value}, expected {target}"
            );
        };
        near("measured", softmax, expected);
        near("predicted", predicted, expected);
        near("sigmoid head against softmax", sigmoid, softmax);
    }
}

#[test]
fn five_layers_of_600_sigmoids_lose_as_much_as_theory_says() {
    let mnist = Mnist::<f32>::load("../data/mnist").unwrap().train.select(&(0..256).collect::<Vec<_>>());
    let mut builder = Sequential::input(784);
    for _ in 0..5 {
        builder = builder.layer(Dense::new(600).init(Init::Standard)).layer(Sigmoid);
    }
    let mut net = builder.layer(Dense::new(10)).head(SoftmaxCrossEntropy::default()).build().unwrap();
    let profile = first_snapshot(&mut net, &mnist, false).profile().unwrap();
    // 4.05e-4; four ratios of 5 % each.
    assert!((profile / 4.05e-4 - 1.0).abs() < 0.2, "{profile}");
}

#[test]
fn nielsens_gradient_norms_are_within_the_spread_over_seeds() {
    let data = Mnist::<f32>::load("../data/mnist").unwrap().train.select(&(0..1000).collect::<Vec<_>>());
    for published in [&[0.0657, 0.309][..], &[0.0118, 0.0600, 0.283]] {
        let mut norms = vec![vec![]; published.len()];
        for seed in 0..30 {
            let mut builder = Sequential::input(784).seed(seed);
            let dense = |units| Dense::new(units).init(Init::LecunNormal).bias_init(Init::Normal(1.0));
            for _ in published {
                builder = builder.layer(dense(30)).layer(Sigmoid);
            }
            let mut net =
                builder.layer(dense(10)).head(SigmoidBinaryCrossEntropy::default()).build().unwrap();
            let snapshot = first_snapshot(&mut net, &data, false);
            for (norms, layer) in norms.iter_mut().zip(snapshot.hidden()) {
                norms.push(layer.params[1].gradient_norm);
            }
        }
        for (layer, (norms, published)) in norms.iter().zip(published).enumerate() {
            let mean = norms.iter().sum::<f64>() / norms.len() as f64;
            let spread = (norms.iter().map(|n| (n - mean).powi(2)).sum::<f64>() / norms.len() as f64).sqrt();
            assert!(
                (mean - published).abs() < 2.0 * spread,
                "layer {layer}: {mean} +- {spread}, published {published}"
            );
            assert!(spread < 0.5 * mean, "a spread that would excuse anything");
        }
    }
}

#[test]
fn one_neuron_escapes_as_in_nielsens_book() {
    let mut net = Builder::<f64>::new(1).layer(Dense::new(1)).head(SigmoidMse).build().unwrap();
    net.params_mut().copy_from_slice(&[0.6, 0.9]);
    let data = Dataset::new(array![[1.0]], array![[0.0]]).unwrap();
    let output = |net: &Sequential<f64>| net.predict(&array![[1.0]]).unwrap()[[0, 0]];
    assert!((output(&net) - 0.8176).abs() < 5e-5);
    Trainer::new(Sgd::new(0.15)).epochs(300).fit(&mut net, &data).unwrap();
    assert!((output(&net) - 0.0940).abs() < 5e-5, "{}", output(&net));
}

#[test]
fn the_mean_singular_value_of_a_tanh_layer_is_glorots() {
    // 8 s / (3 pi), s^2 = 1/3, times a mean slope of nearly 1: 0.49.
    let data = classes(64, 200, 10, 3);
    let mut net = deep("tanh", Init::Standard, (200, 4), SoftmaxCrossEntropy::default(), 4);
    let snapshot = first_snapshot(&mut net, &data, true);
    let layer = snapshot.hidden()[3].jacobian.unwrap();
    assert!((layer.mean - 0.49).abs() < 0.02, "{layer:?}");
    // The largest is near twice s, by Marchenko and Pastur.
    assert!((layer.max - 2.0 / 3.0_f64.sqrt()).abs() < 0.1, "{layer:?}");
}
