//! What is measured is what theory, papers and slow, obvious computations say it is.

use gradlens::diagnostics::{
    Diagnostics, Illness, Severity, Snapshot, Thresholds, at_initialisation, first_of_epochs, powers_of_two,
};
use gradlens::nn::activation;
use gradlens::{
    Adam, Builder, Dataset, Dense, Event, Init, LeakyRelu, Loss, Mnist, Mode, Relu, Scalar, Sequential, Sgd,
    Sigmoid, SigmoidBinaryCrossEntropy, SigmoidMse, SoftmaxCrossEntropy, Tanh, Trainer, Workspace,
};
use ndarray::{Array2, array};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Nearly normal numbers.
fn noise(rows: usize, cols: usize, seed: u64) -> Array2<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    Array2::from_shape_fn((rows, cols), |_| (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0)
}

fn classes<T: Scalar>(rows: usize, cols: usize, count: usize, seed: u64) -> Dataset<T> {
    let inputs = noise(rows, cols, seed).mapv(T::of);
    Dataset::classes(inputs, (0..rows).map(|i| i % count).collect(), count).unwrap()
}

/// The first snapshot at a network on all of its data.
fn first_snapshot<T: Scalar>(net: &mut Sequential<T>, data: &Dataset<T>, jacobian: bool) -> Snapshot {
    let mut diagnostics = Diagnostics::default().jacobian(jacobian);
    let optimizer: Box<dyn gradlens::Optimizer<T>> = Box::new(Sgd::new(0.0));
    let trainer = Trainer::new(optimizer).epochs(1).batch(data.len()).shuffle(false);
    trainer.observe(at_initialisation(), &mut diagnostics).fit(net, data).unwrap();
    diagnostics.snapshots()[0].clone()
}

fn deep(
    name: &str,
    init: Init,
    (width, depth): (usize, usize),
    head: impl Loss + 'static,
    seed: u64,
) -> Sequential {
    let mut builder = Sequential::input(width).seed(seed);
    for _ in 0..depth {
        builder = builder.layer(Dense::new(width).init(init)).layer(activation(name).unwrap());
    }
    builder.layer(Dense::new(10).init(init)).head(head).build().unwrap()
}

/// The geometric mean of the ratios between hidden layers, measured and predicted, but for the
/// first, whose input is no activation.
fn per_layer(snapshot: &Snapshot) -> (f64, f64) {
    let hidden = snapshot.hidden();
    let inner = &hidden[1..hidden.len() - 1];
    let mean = |of: &dyn Fn(usize) -> f64| {
        ((1..hidden.len() - 1).map(|l| of(l).ln()).sum::<f64>() / inner.len() as f64).exp()
    };
    (mean(&|l| hidden[l].delta_ratio.unwrap()), mean(&|l| hidden[l].predicted_ratio.unwrap()))
}

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
    let mnist = Mnist::<f32>::load("data/mnist").unwrap().train.select(&(0..256).collect::<Vec<_>>());
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
    let data = Mnist::<f32>::load("data/mnist").unwrap().train.select(&(0..1000).collect::<Vec<_>>());
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

/// A small network in f64 with something of everything, and its pass.
fn specimen() -> (Sequential<f64>, Dataset<f64>, Workspace<f64>) {
    let net = Builder::<f64>::new(6)
        .layer(Dense::new(7).init(Init::Normal(1.5)))
        .layer(Sigmoid)
        .layer(Dense::new(5).bias_init(Init::Normal(1.0)))
        .layer(Relu)
        .layer(Dense::new(4).init(Init::Normal(2.0)))
        .layer(LeakyRelu(0.01))
        .layer(Dense::new(3))
        .head(SoftmaxCrossEntropy::default())
        .seed(9)
        .build()
        .unwrap();
    let data = classes(11, 6, 3, 5);
    let mut workspace = net.workspace(11);
    workspace.input_mut().assign(&noise(11, 6, 5));
    for i in 0..11 {
        workspace.targets_mut()[[i, i % 3]] = 1.0;
    }
    net.forward(&mut workspace, Mode::Evaluation);
    net.loss(&mut workspace);
    net.backward(&mut workspace, Mode::Evaluation).unwrap();
    (net, data, workspace)
}

fn rms<'a>(values: impl IntoIterator<Item = &'a f64>) -> f64 {
    let values: Vec<f64> = values.into_iter().copied().collect();
    (values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64).sqrt()
}

#[track_caller]
fn near(what: &str, ours: f64, slow: f64) {
    assert!((ours - slow).abs() <= 1e-9 * slow.abs().max(1e-12), "{what}: {ours}, slowly {slow}");
}

#[test]
fn ratios_and_their_factors_are_those_of_a_slow_computation_and_multiply_exactly() {
    let (mut net, data, workspace) = specimen();
    let snapshot = first_snapshot(&mut net, &data, false);
    let linear = [0, 2, 4, 6];
    for (l, record) in snapshot.hidden().iter().enumerate() {
        let (delta, next) = (workspace.delta(linear[l]), workspace.delta(linear[l + 1]));
        // u = W' delta of the next layer, by its definition.
        let weight = net.param(&format!("{}.weight", linear[l + 1])).unwrap();
        let weight = weight.into_dimensionality::<ndarray::Ix2>().unwrap();
        let u = next.dot(&weight);
        near("rms of delta", record.delta.rms, 11.0 * rms(delta));
        near("ratio", record.delta_ratio.unwrap(), rms(delta) / rms(next));
        near("weight gain", record.weight_gain.unwrap(), rms(&u) / rms(next));
        near("slope", record.slope_rms.unwrap(), rms(delta) / rms(&u));
        near("product", record.weight_gain.unwrap() * record.slope_rms.unwrap(), record.delta_ratio.unwrap());
        near("ceiling", record.slope_ceiling.unwrap(), if l == 0 { 0.25 } else { 1.0 });
        near(
            "slope split",
            record.slope_ceiling.unwrap() * record.slope_taken.unwrap(),
            record.slope_rms.unwrap(),
        );
        near("to the last", record.delta_to_last.unwrap(), rms(delta) / rms(workspace.delta(4)));
    }
    assert!(snapshot.layers[3].delta_ratio.is_none());
}

#[test]
fn saturation_and_dead_units_are_those_of_a_slow_count() {
    let (mut net, data, workspace) = specimen();
    let snapshot = first_snapshot(&mut net, &data, false);
    type Case = (usize, fn(f64) -> f64, f64); // the layer, its slope, and the greatest slope
    let slopes: [Case; 3] = [
        (0, |x| (-x.abs()).exp() / (1.0 + (-x.abs()).exp()).powi(2), 0.25),
        (2, |x| if x > 0.0 { 1.0 } else { 0.0 }, 1.0),
        (4, |x| if x > 0.0 { 1.0 } else { 0.01 }, 1.0),
    ];
    for (l, (linear, slope, greatest)) in slopes.into_iter().enumerate() {
        let (pre, record) = (workspace.output(linear), &snapshot.layers[l]);
        let flat = |x: f64| slope(x) < 0.05 * greatest;
        let count =
            |holds: &dyn Fn(f64) -> bool| pre.iter().filter(|&&x| holds(x)).count() as f64 / pre.len() as f64;
        near("saturated", record.saturated_share, count(&flat));
        near("low", record.saturated_low, count(&|x| flat(x) && x < 0.0));
        near("high", record.saturated_high, count(&|x| flat(x) && x > 0.0));
        let units = |holds: &dyn Fn(f64) -> bool| {
            let all = pre.columns().into_iter().filter(|column| column.iter().all(|&x| holds(x))).count();
            all as f64 / pre.ncols() as f64
        };
        near("saturated units", record.saturated_units, units(&flat));
        near("dead", record.dead_share, units(&|x| slope(x) == 0.0));
        assert!(record.saturated_share > 0.0 && record.one_sided == (l > 0));
    }
}

#[test]
fn gradient_noise_is_that_of_gradients_taken_sample_by_sample() {
    let (mut net, data, workspace) = specimen();
    let snapshot = first_snapshot(&mut net, &data, false);
    let range = net.layers()[2].range().start..net.layers()[2].range().start + 35;
    let mut single = net.workspace(1);
    let (mut squares, mut sum) = (0.0, vec![0.0; 35]);
    for i in 0..11 {
        single.input_mut().assign(&workspace.input().slice(ndarray::s![i..i + 1, ..]));
        single.targets_mut().assign(&workspace.targets().slice(ndarray::s![i..i + 1, ..]));
        net.forward(&mut single, Mode::Evaluation);
        net.loss(&mut single);
        net.backward(&mut single, Mode::Evaluation).unwrap();
        for (sum, g) in sum.iter_mut().zip(&single.gradients()[range.clone()]) {
            *sum += g / 11.0;
            squares += g * g / 11.0;
        }
    }
    let mean: f64 = sum.iter().map(|g| g * g).sum();
    near("signal to noise", snapshot.layers[1].signal_to_noise.unwrap(), mean / (squares - mean));
}

#[test]
fn updates_are_those_of_weights_before_and_after() {
    let (mut net, data, _) = specimen();
    let mut diagnostics = Diagnostics::default();
    let (mut before, mut after, mut gradients) = (vec![], vec![], vec![]);
    let watch = |event: &Event<'_, f64>| match event {
        Event::Gradients(at) => {
            (before, gradients) = (at.net.params().to_vec(), at.workspace.gradients().to_vec())
        }
        Event::Step(at) => after = at.net.params().to_vec(),
        _ => {}
    };
    let trainer = Trainer::new(Adam::new(0.01)).epochs(1).batch(11).on_gradients(watch);
    trainer.observe(|_| true, &mut diagnostics).fit(&mut net, &data).unwrap();
    let snapshot = &diagnostics.snapshots()[0];
    for (name, _, range) in net.named_params() {
        let record = snapshot.layers.iter().flat_map(|l| &l.params).find(|param| param.name == name).unwrap();
        let (old, new, g) = (&before[range.clone()], &after[range.clone()], &gradients[range]);
        let change: Vec<f64> = old.iter().zip(new).map(|(old, new)| new - old).collect();
        if rms(old) > 0.0 {
            near(&name, record.update_log10.unwrap(), (rms(&change) / rms(old)).log10());
            near(&name, record.sgd_update_log10.unwrap(), (0.01 * rms(g) / rms(old)).log10());
            near(&name, record.gradient_ratio, rms(g) / rms(old));
        }
        near(&name, record.gradient_norm, rms(g) * (g.len() as f64).sqrt());
        let same = old.iter().zip(new).filter(|(old, new)| old == new).count();
        near(&name, record.unchanged.unwrap(), same as f64 / old.len() as f64);
    }
}

#[test]
fn weights_that_f32_cannot_change_are_counted() {
    let mut net = Sequential::input(2)
        .layer(Dense::new(2).init(Init::Constant(1.0)))
        .head(SoftmaxCrossEntropy::default())
        .build()
        .unwrap();
    let data = Dataset::classes(array![[1.0_f32, 0.5]], vec![0], 2).unwrap();
    let mut diagnostics = Diagnostics::new();
    let trainer = Trainer::new(Sgd::new(1e-9)).epochs(1);
    trainer.observe(|_| true, &mut diagnostics).fit(&mut net, &data).unwrap();
    // Weights of 1 do not feel 1e-9; biases at 0 do.
    let params = &diagnostics.snapshots()[0].layers[0].params;
    assert_eq!((params[0].unchanged, params[1].unchanged), (Some(1.0), Some(0.0)));
}

#[test]
fn fused_heads_are_shown_clean_and_the_squared_error_is_not() {
    let data = classes::<f64>(20, 4, 3, 6);
    let look = |head: Box<dyn Loss<f64>>| {
        let dense = Dense::new(3).init(Init::Normal(8.0));
        first_snapshot(
            &mut Builder::<f64>::new(4).layer(dense).head(head).seed(3).build().unwrap(),
            &data,
            false,
        )
        .head
    };
    for head in [
        Box::new(SoftmaxCrossEntropy::default()) as Box<dyn Loss<f64>>,
        Box::new(SigmoidBinaryCrossEntropy::default()),
    ] {
        let record = look(head);
        assert!((record.efficiency - 1.0).abs() < 1e-9 && record.blocked == 0.0, "{record:?}");
    }
    let record = look(Box::new(SigmoidMse));
    assert!(
        record.efficiency < 0.05 && record.blocked > 0.8 && record.saturated_wrong.unwrap() > 0.1,
        "{record:?}"
    );
    // On outputs that are saturated and wrong nothing arrives at the logits, while dL/dp looks large.
    assert!(
        record.gradient_saturated_wrong.unwrap() < 0.02
            && record.output_gradient_saturated_wrong.unwrap() > 0.9
    );
}

#[test]
fn quantiles_and_moments_are_those_of_the_sorted_numbers() {
    let (mut net, data, workspace) = specimen();
    let pre = &first_snapshot(&mut net, &data, false).layers[0].pre;
    let mut sorted: Vec<f64> = workspace.output(0).iter().copied().collect();
    sorted.sort_by(f64::total_cmp);
    let mean = sorted.iter().sum::<f64>() / 77.0;
    near("mean", pre.mean, mean);
    near("std", pre.std, (sorted.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 77.0).sqrt());
    near("rms", pre.rms, rms(&sorted));
    near("median", pre.quantiles[2], sorted[38]);
    near("first quartile", pre.quantiles[1], sorted[19]);
    assert_eq!((pre.min, pre.max, pre.histogram.iter().sum::<usize>()), (sorted[0], sorted[76], 77));
}

#[test]
fn weighted_and_smoothed_cross_entropy_is_no_mismatch_and_sparse_inputs_are_not_small() {
    // One-hot inputs in 3000 columns: their root mean square is 0.018, but each is 1.
    let inputs = Array2::from_shape_fn((60, 3000), |(i, j)| if j == i * 50 { 1.0_f32 } else { 0.0 });
    let data = Dataset::classes(inputs, (0..60).map(|i| i % 3).collect(), 3).unwrap();
    let head = SoftmaxCrossEntropy::default().label_smoothing(0.1).class_weights(vec![0.1, 0.2, 0.1]);
    let layers = Sequential::input(3000).layer(Dense::new(20)).layer(Relu).layer(Dense::new(3));
    let mut net = layers.head(head).build().unwrap();
    let mut report = Diagnostics::new();
    let trainer = Trainer::new(Adam::default()).epochs(60).batch(60);
    trainer.observe(|step| step % 10 == 1, &mut report).fit(&mut net, &data).unwrap();
    assert_eq!(report.diagnosis().verdict.illness, Illness::Healthy, "{}", report.diagnosis());
}

#[test]
fn spreads_zeros_and_subnormal_numbers_are_those_of_a_slow_count() {
    let (mut net, data, workspace) = specimen();
    let snapshot = first_snapshot(&mut net, &data, false);
    for (l, linear) in [0, 2, 4].into_iter().enumerate() {
        let post = workspace.output(linear + 1);
        let of_unit = |unit: usize| {
            let column: Vec<f64> = post.column(unit).to_vec();
            let mean = column.iter().sum::<f64>() / 11.0;
            rms(&column.iter().map(|v| v - mean).collect::<Vec<_>>())
        };
        let spread = (0..post.ncols()).map(of_unit).sum::<f64>() / post.ncols() as f64;
        near("spread", snapshot.layers[l].spread, spread);
        let delta = workspace.delta(linear);
        let zeros = delta.iter().filter(|d| **d == 0.0).count() as f64 / delta.len() as f64;
        near("zeros", snapshot.layers[l].delta_zero, zeros);
        assert!(l != 1 || zeros > 0.0, "rectifiers gate");
    }
    // Sixty sigmoids: somewhere on the way down the gradient is below what f32 can hold.
    let data = classes::<f32>(16, 20, 10, 4);
    let mut net = deep("sigmoid", Init::Standard, (20, 60), SoftmaxCrossEntropy::default(), 5);
    let mut workspace = net.workspace(16);
    workspace.input_mut().assign(&data.inputs());
    for i in 0..16 {
        workspace.targets_mut()[[i, i % 10]] = 1.0;
    }
    net.forward(&mut workspace, Mode::Evaluation);
    net.loss(&mut workspace);
    net.backward(&mut workspace, Mode::Evaluation).unwrap();
    let snapshot = first_snapshot(&mut net, &data, false);
    let mut seen = [false; 2];
    for (l, record) in snapshot.hidden().iter().enumerate() {
        let delta = workspace.delta(2 * l);
        let share =
            |holds: fn(f32) -> bool| delta.iter().filter(|d| holds(**d)).count() as f64 / delta.len() as f64;
        let (zero, subnormal) = (share(|d| d == 0.0), share(f32::is_subnormal));
        assert_eq!((record.delta_zero, record.delta_subnormal), (zero, subnormal), "layer {l}");
        seen = [seen[0] || zero > 0.0, seen[1] || subnormal > 0.0];
    }
    assert_eq!(seen, [true, true]);
}

#[test]
fn units_and_inputs_that_are_the_same_are_counted() {
    let mut net = Sequential::input(3)
        .layer(Dense::new(5).init(Init::Constant(0.5)))
        .layer(Tanh)
        .layer(Dense::new(2))
        .head(SoftmaxCrossEntropy::default())
        .build()
        .unwrap();
    net.params_mut()[2 * 3] = 0.25; // the third unit differs from both of its neighbours
    let inputs = array![[1.0_f32, 0.0, 3.0], [1.0, 5.0, 0.0], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]];
    let data = Dataset::classes(inputs, vec![0, 1, 0, 1], 2).unwrap();
    let snapshot = first_snapshot(&mut net, &data, false);
    assert_eq!(snapshot.layers[0].identical_units, 0.5);
    assert_eq!((snapshot.constant_inputs, snapshot.zero_inputs), (1.0 / 3.0, 0.5));
}

#[test]
fn dropout_is_part_of_the_prediction() {
    let data = classes::<f32>(512, 400, 10, 8);
    let mut builder = Sequential::input(400).seed(3);
    for _ in 0..4 {
        builder = builder.layer(Dense::new(400)).layer(Relu).layer(gradlens::Dropout::new(0.5));
    }
    let mut net = builder.layer(Dense::new(10)).head(SoftmaxCrossEntropy::default()).build().unwrap();
    let (measured, predicted) = per_layer(&first_snapshot(&mut net, &data, false));
    // He's weights keep the gradient, and dropping half of the units doubles its mean square.
    assert!((measured / 2.0_f64.sqrt() - 1.0).abs() < 0.05, "{measured}");
    assert!((predicted / measured - 1.0).abs() < 0.05, "{predicted}, measured {measured}");
}

#[test]
fn every_layer_has_a_verdict_with_its_evidence() {
    let data = classes::<f32>(128, 6, 3, 2);
    let dense = |bias| Dense::new(8).bias_init(Init::Constant(bias));
    let mut net = Sequential::input(6)
        .layer(dense(0.0))
        .layer(Relu)
        .layer(dense(-50.0))
        .layer(Relu)
        .layer(Dense::new(3))
        .head(SoftmaxCrossEntropy::default())
        .build()
        .unwrap();
    let mut report = Diagnostics::new().probe(data.clone());
    Trainer::new(Sgd::default())
        .epochs(4)
        .observe(powers_of_two(), &mut report)
        .fit(&mut net, &data)
        .unwrap();
    let diagnosis = report.diagnosis();
    assert_eq!((diagnosis.verdict.illness, &diagnosis.verdict.layers), (Illness::DeadUnits, &vec![1]));
    let finding = &diagnosis.verdict.evidence[0];
    assert_eq!(
        (finding.quantity, finding.layer, finding.value, finding.limit),
        ("dead_share", Some(1), 1.0, Some(0.7))
    );
    let illnesses: Vec<Illness> = diagnosis.layers.iter().map(|layer| layer.illness).collect();
    assert_eq!(illnesses[1], Illness::DeadUnits);
    assert_eq!((illnesses.len(), illnesses[2]), (3, Illness::Healthy));
    assert_eq!(diagnosis.layers[1].evidence, diagnosis.verdict.evidence);
    assert!(report.table(0).lines().nth(2).unwrap().contains("dead-units"), "{}", report.table(0));
}

#[test]
fn thresholds_are_those_that_were_set() {
    let data = classes::<f32>(64, 6, 3, 2);
    let run = |thresholds: Thresholds| {
        let mut net = Sequential::input(6).layer(Dense::new(9)).layer(Tanh).layer(Dense::new(9)).layer(Tanh);
        net = net.layer(Dense::new(3));
        let mut net = net.head(SoftmaxCrossEntropy::default()).build().unwrap();
        let mut report = Diagnostics::new().thresholds(thresholds);
        let trainer = Trainer::new(Sgd::default()).epochs(4).batch(64);
        trainer.observe(powers_of_two(), &mut report).fit(&mut net, &data).unwrap();
        report
    };
    let usual = Thresholds::default();
    let illness = |thresholds| run(thresholds).diagnosis().verdict.illness;
    assert_eq!(illness(usual), Illness::Healthy);
    assert_eq!(illness(usual.with(|limits| limits.exploding = 0.1)), Illness::Exploding);
    assert_eq!(illness(usual.with(|limits| limits.input_low = 2.0)), Illness::InputScale);
    assert_eq!(illness(usual.with(|limits| limits.saturated = 0.0)), Illness::Saturated);
    assert_eq!(
        illness(usual.with(|limits| {
            limits.update_low = 0.0;
            limits.moved = 1.0
        })),
        Illness::RateTooLow
    );
    let flat = run(usual.with(|limits| limits.flat = 1.1));
    assert_eq!(flat.snapshots()[0].layers[0].saturated_share, 1.0);
}

#[test]
fn the_first_steps_of_every_epoch_are_those_that_are_observed() {
    let data = classes::<f32>(40, 4, 2, 3);
    let mut net =
        Sequential::input(4).layer(Dense::new(2)).head(SoftmaxCrossEntropy::default()).build().unwrap();
    let mut report = Diagnostics::new();
    let trainer = Trainer::new(Sgd::default()).epochs(3).batch(10);
    trainer.observe(first_of_epochs(2, 4), &mut report).fit(&mut net, &data).unwrap();
    let seen: Vec<(usize, u64)> =
        report.snapshots().iter().map(|snapshot| (snapshot.epoch, snapshot.step)).collect();
    assert_eq!(seen, [(1, 1), (1, 2), (2, 5), (2, 6), (3, 9), (3, 10)]);
    assert_eq!(report.epochs().iter().map(|epoch| epoch.step).collect::<Vec<_>>(), [4, 8, 12]);
}

#[test]
fn a_batch_of_few_samples_calls_no_unit_dead() {
    let data = classes::<f32>(4, 6, 2, 3);
    let mut net = Sequential::input(6)
        .layer(Dense::new(8).bias_init(Init::Constant(-50.0)))
        .layer(Relu)
        .layer(Dense::new(2))
        .head(SoftmaxCrossEntropy::default())
        .build()
        .unwrap();
    let mut report = Diagnostics::new();
    Trainer::new(Sgd::default())
        .epochs(1)
        .observe(powers_of_two(), &mut report)
        .fit(&mut net, &data)
        .unwrap();
    let diagnosis = report.diagnosis();
    assert_eq!(diagnosis.verdict.illness, Illness::Healthy);
    assert!(diagnosis.verdict.cause.contains("4 samples say too little"), "{diagnosis}");
}

#[test]
fn softplus_far_on_its_flat_side_is_dead() {
    let data = classes::<f32>(32, 6, 2, 3);
    let mut net = Sequential::input(6)
        .layer(Dense::new(8).bias_init(Init::Constant(-30.0)))
        .layer(gradlens::Softplus)
        .layer(Dense::new(2))
        .head(SoftmaxCrossEntropy::default())
        .build()
        .unwrap();
    let snapshot = first_snapshot(&mut net, &data, false);
    assert_eq!((snapshot.layers[0].dead_share, snapshot.layers[0].one_sided), (1.0, true));
}

#[test]
fn the_plateau_of_a_regression_is_the_variance_of_its_targets() {
    let targets = Array2::from_shape_fn((40, 1), |(i, _)| 50.0 + i as f64);
    let data = Dataset::new(noise(40, 3, 1), targets).unwrap();
    let mut net = Builder::<f64>::new(3).layer(Dense::new(1)).head(gradlens::IdentityMse).build().unwrap();
    // Half the variance of 0, 1, ..., 39.
    near("plateau", first_snapshot(&mut net, &data, false).head.plateau, 0.5 * (40.0 * 40.0 - 1.0) / 12.0);
}

#[test]
fn steps_that_are_not_observed_leave_no_trace_and_observation_changes_no_bit() {
    let data = classes::<f32>(64, 6, 3, 7);
    let run = |observed: bool| {
        let mut net = Sequential::input(6)
            .layer(Dense::new(5))
            .layer(Tanh)
            .layer(Dense::new(3))
            .head(SoftmaxCrossEntropy::default())
            .build()
            .unwrap();
        let mut diagnostics = Diagnostics::new().probe(data.clone());
        let mut trainer = Trainer::new(Adam::default()).epochs(4).batch(8);
        if observed {
            trainer = trainer.observe(powers_of_two(), &mut diagnostics);
        }
        trainer.fit(&mut net, &data).unwrap();
        let steps: Vec<u64> = diagnostics.snapshots().iter().map(|snapshot| snapshot.step).collect();
        (net.params().to_vec(), steps)
    };
    assert_eq!(run(true).0, run(false).0);
    assert_eq!(run(true).1, [1, 2, 4, 8, 16, 32]);
}

#[test]
fn a_schedule_that_never_fires_and_a_network_of_one_layer_are_sensible() {
    let data = classes::<f32>(12, 4, 3, 8);
    let mut net =
        Sequential::input(4).layer(Dense::new(3)).head(SoftmaxCrossEntropy::default()).build().unwrap();
    let mut silent = Diagnostics::new();
    let mut seen = Diagnostics::new();
    let trainer = Trainer::new(Sgd::default()).epochs(3).observe(|_| false, &mut silent);
    trainer.observe(powers_of_two(), &mut seen).fit(&mut net, &data).unwrap();
    let nothing = silent.diagnosis();
    assert_eq!(nothing.verdict.severity, Severity::None);
    assert!(nothing.verdict.cause.contains("no step was observed"), "{nothing}");
    assert!(silent.to_html().contains("no step was observed") && silent.table(0).is_empty());
    assert_eq!(seen.diagnosis().verdict.illness, Illness::Healthy);
    assert_eq!((seen.snapshots()[0].hidden().len(), seen.snapshots()[0].profile()), (0, None));
    assert_eq!(seen.table(0).lines().count(), 2);
}

#[test]
fn reports_are_written_whole_and_a_place_that_cannot_be_written_is_named() {
    let data = classes::<f32>(32, 6, 3, 9);
    let mut net = deep("tanh", Init::GlorotUniform, (6, 3), SoftmaxCrossEntropy::default(), 1);
    let data10 = Dataset::classes(data.inputs(), vec![0; 32], 10).unwrap();
    let mut report = Diagnostics::new();
    Trainer::new(Sgd::default())
        .epochs(2)
        .observe(powers_of_two(), &mut report)
        .fit(&mut net, &data10)
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (html, json) = (folder.path().join("a.html"), folder.path().join("a.json"));
    report.write_html(&html).unwrap();
    report.write_json(&json).unwrap();
    let page = std::fs::read_to_string(html).unwrap();
    let figures = page.matches("<figure role=\"img\" aria-label=\"").count();
    assert!(
        figures >= 8 && page.matches("<svg").count() == figures && page.ends_with("</html>\n"),
        "{figures}"
    );
    for forbidden in ["<script", "http://", "https://", "could not be drawn"] {
        let found = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!found.contains(forbidden), "{forbidden}");
    }
    let json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(json).unwrap()).unwrap();
    assert_eq!(json["snapshots"].as_array().unwrap().len(), report.snapshots().len());
    assert!(json["snapshots"][0]["layers"][0]["pre"]["quantiles"].as_array().unwrap().len() == 5);
    assert_eq!(json["diagnosis"]["verdict"]["illness"], report.diagnosis().verdict.illness.to_string());
    let error = report.write_html("/no/such/folder/a.html").unwrap_err().to_string();
    assert!(error.contains("/no/such/folder/a.html: cannot write this file"), "{error}");
}
