//! Every measurement is that of a slow computation.

use super::*;

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
    assert!(!report.diagnosis().verdict.illness.is_sick(), "{}", report.diagnosis());
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
