//! What the trainer promises.

use gradlens::diagnostics::Diagnostics;
use gradlens::train::{StepDecay, Warmup};
use gradlens::{
    Adam, Dataset, Dense, Dropout, Error, Event, IdentityHuber, Init, Progress, Relu, Sequential, Sgd,
    SigmoidBinaryCrossEntropy, SoftmaxCrossEntropy, Stopped, Tanh, Trainer, evaluate, every,
};
use ndarray::{Array2, array};
use proptest::prelude::*;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Two noisy classes, in as many samples as you like.
fn noisy(samples: usize) -> Dataset {
    let wave = |i: usize, j: usize| ((i * 7 + j * 13) as f32 * 0.7).sin();
    let inputs = Array2::from_shape_fn((samples, 5), |(i, j)| wave(i, j));
    let labels = (0..samples).map(|i| usize::from(wave(i, 0) + wave(i * i, 3) > 0.0)).collect();
    Dataset::classes(inputs, labels, 2).unwrap()
}

fn small_net() -> Sequential {
    Sequential::input(5)
        .layer(Dense::new(8))
        .layer(Relu)
        .layer(Dense::new(2))
        .head(SoftmaxCrossEntropy::default())
        .threads(1)
        .build()
        .unwrap()
}

/// Which samples each step of a run uses, by their first input, which is unique.
fn batches(trainer: Trainer, net: &mut Sequential, data: &Dataset) -> Vec<Vec<i32>> {
    let mut batches = vec![];
    let watch = |event: &Event| {
        if let Event::Step(at) = event {
            batches.push(at.workspace.input().column(0).iter().map(|x| *x as i32).collect());
        }
    };
    trainer.on_event(watch).fit(net, data).unwrap();
    batches
}

/// Samples whose first input is their number.
fn numbered(samples: usize) -> Dataset {
    let inputs = Array2::from_shape_fn((samples, 5), |(i, j)| if j == 0 { i as f32 } else { 0.0 });
    Dataset::classes(inputs, vec![0; samples], 2).unwrap()
}

/// A trainer that changes nothing.
fn frozen() -> Trainer<'static> {
    Trainer::new(Sgd::new(0.0))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn every_epoch_uses_every_sample_once_and_the_last_batch_holds_the_rest(
        samples in 1usize..40, batch in 1usize..50, epochs in 1usize..4,
    ) {
        let trainer = frozen().epochs(epochs).batch(batch);
        let batches = batches(trainer, &mut small_net(), &numbered(samples));
        let batch = batch.min(samples);
        prop_assert_eq!(batches.len(), epochs * samples.div_ceil(batch));
        for epoch in batches.chunks(samples.div_ceil(batch)) {
            let (last, full) = epoch.split_last().unwrap();
            prop_assert!(full.iter().all(|rows| rows.len() == batch));
            prop_assert_eq!(last.len(), samples - full.len() * batch);
            let mut seen: Vec<i32> = epoch.concat();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..samples as i32).collect::<Vec<_>>());
        }
    }

    #[test]
    fn networks_of_any_shape_predict_a_row_for_a_row(
        widths in proptest::collection::vec(1usize..20, 0..4), inputs in 1usize..20, outputs in 2usize..20, rows in 0usize..600,
    ) {
        let mut builder = Sequential::input(inputs);
        for width in widths {
            builder = builder.layer(Dense::new(width)).layer(Tanh).layer(Dropout::new(0.5));
        }
        let net = builder.layer(Dense::new(outputs)).head(SoftmaxCrossEntropy::default()).threads(1).build().unwrap();
        let x = Array2::from_shape_fn((rows, inputs), |(i, j)| (i + j) as f32 * 0.01);
        let p = net.predict(&x).unwrap();
        prop_assert_eq!(p.dim(), (rows, outputs));
        prop_assert!(p.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-5));
    }
}

#[test]
fn epochs_differ_in_their_order_and_runs_of_one_seed_do_not() {
    let run = || batches(frozen().epochs(3).batch(40), &mut small_net(), &numbered(40));
    let first = run();
    assert_eq!(first, run());
    assert!(first[0] != first[1] && first[1] != first[2]);
    let in_order = batches(frozen().epochs(2).batch(40).shuffle(false), &mut small_net(), &numbered(40));
    assert!(in_order.iter().all(|batch| batch.is_sorted()));
}

#[test]
fn samples_set_aside_for_validation_are_never_trained_on() {
    let mut net = small_net();
    let trainer = frozen().epochs(2).batch(7).validation(0.25);
    let seen: std::collections::HashSet<i32> =
        batches(trainer, &mut net, &numbered(40)).concat().into_iter().collect();
    assert_eq!(seen.len(), 30);
    let report = frozen().epochs(1).validation(0.25).restart().fit(&mut net, &numbered(40)).unwrap();
    assert_eq!(report.validation_samples, 10);
}

#[test]
fn validation_measures_the_network_on_the_samples_set_aside() {
    let data = noisy(60);
    let mut net = small_net();
    let mut seen = [false; 60];
    let watch = |event: &Event| {
        if let Event::Step(at) = event {
            for row in at.workspace.input().rows() {
                // Every first input is another.
                let number = (0..60).find(|&i| row[0] == ((i * 7) as f32 * 0.7).sin()).unwrap();
                seen[number] = true;
            }
        }
    };
    let report =
        Trainer::new(Sgd::default()).epochs(3).validation(0.3).on_event(watch).fit(&mut net, &data).unwrap();
    let aside: Vec<usize> = (0..60).filter(|&i| !seen[i]).collect();
    let evaluation = evaluate(&net, &data.select(&aside)).unwrap();
    let last = report.epochs.last().unwrap();
    assert!((last.validation_loss.unwrap() - evaluation.loss).abs() < 1e-6);
    assert_eq!(last.validation_accuracy.unwrap(), evaluation.classification.unwrap().accuracy);
}

#[test]
fn evaluation_ranks_by_logits_which_are_not_rounded() {
    // Sigmoids of 20 and 30 are both 1 in f32: the first of equals would be class 0.
    let mut net = Sequential::input(1)
        .layer(Dense::new(2).init(Init::Constant(0.0)))
        .head(SigmoidBinaryCrossEntropy::default())
        .build()
        .unwrap();
    net.param_mut("0.bias").unwrap().assign(&array![20.0, 30.0].into_dyn());
    let data = Dataset::classes(array![[0.0_f32], [1.0]], vec![1, 1], 2).unwrap();
    let evaluation = evaluate(&net, &data).unwrap();
    assert_eq!(evaluation.logits, array![[20.0, 30.0], [20.0, 30.0]]);
    assert_eq!(evaluation.predictions, array![[1.0, 1.0], [1.0, 1.0]]);
    assert_eq!(evaluation.classification.unwrap().accuracy, 1.0);
    assert!((evaluation.loss - 20.0).abs() < 1e-6);
}

#[test]
fn early_stopping_restores_the_weights_of_the_best_epoch() {
    let data = noisy(80);
    let mut net = small_net();
    let mut by_epoch = HashMap::new();
    let watch = |event: &Event| {
        if let Event::Epoch { record, net } = event {
            by_epoch.insert(record.epoch, (record.validation_loss.unwrap(), net.params().to_vec()));
        }
    };
    let trainer = Trainer::new(Adam::new(0.05)).epochs(500).batch(8).validation(0.4).patience(3);
    let report = trainer.on_event(watch).fit(&mut net, &data).unwrap();
    assert_eq!(report.stopped, Stopped::Early);
    let best = report.best_epoch.unwrap();
    let least = by_epoch.values().map(|(loss, _)| *loss).fold(f64::INFINITY, f64::min);
    assert_eq!(by_epoch[&best].0, least);
    assert_eq!(net.params(), by_epoch[&best].1);
    assert_eq!(report.epochs.len(), best + 3, "it waits as long as the patience lasts");
    assert_ne!(net.params(), by_epoch[&report.epochs.len()].1);
}

#[test]
fn a_run_that_ends_before_its_patience_keeps_the_best_weights_too() {
    let mut net = small_net();
    let report = Trainer::new(Adam::new(0.05))
        .epochs(30)
        .batch(8)
        .validation(0.4)
        .patience(1000)
        .fit(&mut net, &noisy(80))
        .unwrap();
    assert_eq!(report.stopped, Stopped::Completed);
    let losses: Vec<f64> = report.epochs.iter().map(|record| record.validation_loss.unwrap()).collect();
    let best = report.best_epoch.unwrap();
    assert!(losses.iter().all(|&loss| loss >= losses[best - 1]));
}

#[test]
fn an_interrupted_run_ends_after_the_current_step_and_keeps_what_was_learned() {
    let (flag, mut steps, mut params) = (AtomicBool::new(false), 0, vec![]);
    let mut net = small_net();
    let watch = |event: &Event| {
        if let Event::Step(at) = event {
            steps += 1;
            params = at.net.params().to_vec();
            flag.store(steps == 7, Relaxed);
        }
    };
    let trainer = Trainer::new(Sgd::default()).epochs(9).batch(10).interrupt(&flag).on_event(watch);
    let report = trainer.fit(&mut net, &noisy(50)).unwrap();
    assert_eq!((report.stopped, report.steps, steps), (Stopped::Interrupted, 7, 7));
    assert_eq!(net.params(), params);
    assert_eq!(report.epochs.len(), 2, "the epoch that was cut short is reported as well");

    let flag = AtomicBool::new(true);
    let report = Trainer::new(Sgd::default()).restart().interrupt(&flag).fit(&mut net, &noisy(50)).unwrap();
    assert_eq!((report.stopped, report.steps), (Stopped::Interrupted, 0));
}

#[test]
fn an_interrupted_run_with_patience_has_the_best_weights_so_far() {
    let (flag, mut by_epoch) = (AtomicBool::new(false), vec![]);
    let mut net = small_net();
    let watch = |event: &Event| {
        if let Event::Epoch { record, net } = event {
            by_epoch.push((record.validation_loss.unwrap(), net.params().to_vec()));
            flag.store(record.epoch == 40, Relaxed);
        }
    };
    let trainer = Trainer::new(Adam::new(0.1)).epochs(99).validation(0.4).patience(99);
    let report = trainer.interrupt(&flag).on_event(watch).fit(&mut net, &noisy(80)).unwrap();
    assert_eq!((report.stopped, report.epochs.len()), (Stopped::Interrupted, 40));
    let best = by_epoch.iter().min_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
    assert_eq!(net.params(), best.1);
    assert_ne!(net.params(), by_epoch[39].1);
}

#[test]
fn a_last_step_that_overflows_is_an_error_and_not_a_result() {
    let refused = |trainer: Trainer| {
        let error = trainer.epochs(1).batch(50).fit(&mut small_net(), &noisy(50)).unwrap_err();
        assert!(matches!(error, Error::NotFinite { step: 1, .. }), "{error}");
        error.to_string()
    };
    let error = refused(Trainer::new(Adam::new(3.4e38)));
    assert!(error.contains("the weights of layer 0 (Dense)") && error.contains("lower the rate"), "{error}");
    let error = refused(Trainer::new(Sgd::new(1e30)).validation(0.2));
    assert!(error.contains("what the network computes from the validation samples"), "{error}");
}

#[test]
fn failures_reach_those_who_watch() {
    let mut messages = vec![];
    let watch = |event: &Event| {
        if let Event::Failed { error } = event {
            messages.push(error.to_string());
        }
    };
    let trainer = Trainer::new(Sgd::new(1e30)).epochs(9).batch(10).on_event(watch);
    let error = trainer.fit(&mut small_net(), &noisy(50)).unwrap_err();
    assert_eq!(messages, [error.to_string()]);
}

#[test]
fn events_come_in_order_and_only_for_the_steps_asked_for() {
    #[derive(Default)]
    struct Log(Vec<String>);
    impl gradlens::Observer for Log {
        fn observe(&mut self, event: &Event) {
            self.0.push(match event {
                Event::Start { epochs, steps_per_epoch, samples, .. } => {
                    format!("start {epochs} {steps_per_epoch} {samples}")
                }
                Event::EpochStart { epoch } => format!("epoch {epoch}"),
                Event::Gradients(at) => format!("gradients {}", at.step),
                Event::Step(at) => format!("step {}", at.step),
                Event::Epoch { record, .. } => format!("end of epoch {}", record.epoch),
                Event::Failed { error } => format!("failed: {error}"),
                Event::End { report } => format!("end after {} steps", report.steps),
                _ => return,
            });
        }
        fn wants_gradients(&self) -> bool {
            true
        }
    }
    let mut log = Log::default();
    let trainer = Trainer::new(Sgd::default()).epochs(2).batch(10).observe(every(3), &mut log);
    trainer.fit(&mut small_net(), &noisy(25)).unwrap();
    let expected = [
        "start 2 3 25",
        "epoch 1",
        "gradients 1",
        "step 1",
        "end of epoch 1",
        "epoch 2",
        "gradients 4",
        "step 4",
        "end of epoch 2",
        "end after 6 steps",
    ];
    assert_eq!(log.0, expected);
}

#[test]
fn a_run_ends_after_as_many_steps_as_were_asked_for() {
    for (steps, epochs) in [(3, 1), (5, 1), (12, 3)] {
        let trainer = Trainer::new(Sgd::default()).epochs(100).steps(steps).batch(10);
        let report = trainer.fit(&mut small_net(), &noisy(50)).unwrap();
        assert_eq!((report.steps, report.epochs.len(), report.stopped), (steps, epochs, Stopped::Completed));
    }
}

#[test]
fn weights_at_the_gradients_event_are_those_before_the_step() {
    let mut net = small_net();
    let start = net.params().to_vec();
    let mut seen = vec![];
    let watch = |event: &Event| match event {
        Event::Gradients(at) => seen.push((at.net.params().to_vec(), at.workspace.gradients().to_vec())),
        Event::Step(at) => seen.push((at.net.params().to_vec(), vec![])),
        _ => {}
    };
    Trainer::new(Sgd::new(0.5)).epochs(1).batch(25).on_gradients(watch).fit(&mut net, &noisy(25)).unwrap();
    assert_eq!(seen[0].0, start);
    for ((after, before), gradient) in seen[1].0.iter().zip(&start).zip(&seen[0].1) {
        assert_eq!(*after, before - 0.5 * gradient);
    }
}

#[test]
fn the_schedule_decides_the_rate_of_every_step() {
    let mut rates = vec![];
    let watch = |event: &Event| {
        if let Event::Step(at) = event {
            rates.push(at.rate);
        }
    };
    let trainer = Trainer::new(Sgd::new(2.0)).schedule(StepDecay::new(0.5, 0.1));
    trainer.epochs(2).batch(10).on_event(watch).fit(&mut small_net(), &numbered(20)).unwrap();
    assert_eq!(rates, [2.0, 2.0, 0.2, 0.2]);
}

/// A network that is about to overflow, and the error it ends with.
fn not_finite(net: &mut Sequential, data: &Dataset, lr: f64) -> (usize, u64, String, String, String) {
    let before = net.params().to_vec();
    let error = Trainer::new(Sgd::new(lr)).epochs(50).batch(10).fit(net, data).unwrap_err();
    let text = error.to_string();
    let Error::NotFinite { epoch, step, place, cause, .. } = error else { panic!("{error}") };
    assert!(
        net.params().iter().all(|w| w.is_finite()),
        "the weights stay as they were after the last good step"
    );
    if step == 1 {
        assert_eq!(net.params(), before);
    }
    (epoch, step, place, cause, text)
}

#[test]
fn a_rate_that_is_too_high_ends_with_epoch_step_layer_and_cause() {
    let (epoch, step, place, cause, text) = not_finite(&mut small_net(), &noisy(50), 1e30);
    assert_eq!((epoch, step, place.as_str()), (1, 2, "the output of layer 2 (Dense)"), "{text}");
    assert!(text.contains("epoch 1, step 2") && cause.contains("learning rate of 1.00e30"), "{text}");
}

#[test]
fn a_run_that_ends_far_beyond_the_best_constant_output_has_diverged() {
    let data = noisy(50);
    let mut messages = vec![];
    let watch = |event: &Event| match event {
        Event::Failed { error } => messages.push(error.to_string()),
        Event::End { .. } => messages.push("it ended".into()),
        _ => {}
    };
    let trainer = Trainer::new(Adam::new(1e6)).epochs(3).batch(10).on_event(watch);
    let error = trainer.fit(&mut small_net(), &data).unwrap_err();
    assert_eq!(messages, [error.to_string()]);
    let Error::Diverged { epoch, step, loss, first, constant, ref cause } = error else { panic!("{error}") };
    assert_eq!((epoch, step), (3, 15));
    assert!(first < 2.0 && (constant - 2.0_f64.ln()).abs() < 0.1 && loss > 1e5, "{error}");
    assert!(
        cause.contains("learning rate, 1000000") && error.to_string().contains("it has diverged"),
        "{error}"
    );

    // The only step is the last: nothing but a look at the weights after it can tell.
    let one_step = |rate| Trainer::new(Sgd::new(rate)).epochs(1).batch(50).fit(&mut small_net(), &data);
    assert!(matches!(one_step(1e4), Err(Error::Diverged { step: 1, .. })));
    assert!(one_step(1.0).is_ok());
    let error = one_step(1e30).unwrap_err().to_string();
    assert!(error.contains("the loss after the last step is not finite"), "{error}");

    // In a regression as well, and with the weights of the best epoch there is nothing to refuse.
    let inputs = data.inputs();
    let numbers = Dataset::new(inputs.clone(), inputs.slice(ndarray::s![.., ..1]).to_owned()).unwrap();
    let regression = |trainer: Trainer| {
        let mut net =
            Sequential::input(5).layer(Dense::new(1)).head(IdentityHuber::default()).build().unwrap();
        trainer.batch(10).fit(&mut net, &numbers)
    };
    assert!(matches!(regression(Trainer::new(Sgd::new(1e6)).epochs(4)), Err(Error::Diverged { .. })));
    let lucky = Trainer::new(Sgd::new(1e-3)).schedule(Explodes).epochs(4).validation(0.2).patience(9);
    let report = regression(lucky).unwrap();
    assert!(report.epochs.last().unwrap().train_loss > 1e3 && report.best_epoch.unwrap() < 4);
}

/// A rate that is a billion times as high in the last quarter.
#[derive(Debug)]
struct Explodes;

impl gradlens::Schedule for Explodes {
    fn name(&self) -> String {
        "explodes".into()
    }
    fn factor(&self, step: u64, steps: u64) -> f64 {
        if 4 * step >= 3 * steps { 1e9 } else { 1.0 }
    }
}

#[test]
fn a_run_that_is_interrupted_is_not_judged_by_its_loss() {
    let flag = AtomicBool::new(false);
    let watch = |event: &Event| {
        if let Event::Step(at) = event {
            flag.store(at.step == 7, Relaxed);
        }
    };
    let trainer = Trainer::new(Adam::new(1e6)).epochs(3).batch(10).interrupt(&flag).on_event(watch);
    assert_eq!(trainer.fit(&mut small_net(), &noisy(50)).unwrap().stopped, Stopped::Interrupted);
}

#[test]
fn a_regression_has_no_accuracy() {
    let (x, y) =
        (array![[0.0_f32], [1.0], [2.0], [3.0]], array![[0.0_f32, 1.0], [1.0, 1.0], [0.0, 0.0], [1.0, 0.0]]);
    let rows = Dataset::new(x.clone(), y).unwrap();
    let classes = Dataset::classes(x, vec![0, 1, 0, 1], 2).unwrap();
    for (head, data, expected) in [
        ("identity-mse", &rows, false),
        ("identity-mae", &rows, false),
        ("identity-huber", &rows, false),
        ("identity-mse", &classes, true),
        ("sigmoid", &rows, true),
        ("sigmoid-mse", &rows, true),
        ("softmax", &classes, true),
    ] {
        let head = gradlens::nn::head(head).unwrap();
        let name = head.name();
        let mut net = Sequential::input(1).layer(Dense::new(2)).head(head).build().unwrap();
        let (mut lines, mut seen) = (vec![], Diagnostics::new());
        let trainer = Trainer::new(Sgd::new(0.01)).epochs(2).validation(0.5).observe(|_| true, &mut seen);
        let report = trainer.observe(|_| true, Progress::new(&mut lines)).fit(&mut net, data).unwrap();
        let record = &report.epochs[1];
        let found = [record.train_accuracy, record.validation_accuracy, seen.snapshots()[1].head.accuracy];
        assert_eq!(found.map(|accuracy| accuracy.is_some()), [expected; 3], "{name}");
        assert!(record.validation_loss.is_some());
        assert_eq!(serde_json::to_value(record).unwrap()["train_accuracy"].is_null(), !expected);
        assert_eq!(String::from_utf8_lossy(&lines).contains(" %"), expected, "{name}");
        assert_eq!(seen.to_html().contains("Accuracy from"), expected, "{name}");
    }
}

#[test]
fn inputs_that_are_too_large_are_named_as_the_cause() {
    let data = Dataset::classes(Array2::from_elem((10, 5), 3e38), vec![0; 10], 2).unwrap();
    let (_, step, place, cause, text) = not_finite(&mut small_net(), &data, 0.1);
    assert_eq!((step, place.as_str()), (1, "the output of layer 0 (Dense)"), "{text}");
    assert!(cause.contains("inputs are up to 3.00e38") && cause.contains("scale the inputs"), "{text}");
}

#[test]
fn a_gradient_that_overflows_behind_a_finite_loss_is_found_before_it_reaches_the_weights() {
    // A loss of 7e37 is finite, and so is its gradient at the logits; times an input of 100 it is not.
    let mut net = Sequential::input(1)
        .layer(Dense::new(2).bias(false).init(Init::Constant(0.0)))
        .head(SoftmaxCrossEntropy::default().class_weights(vec![1e38, 1e38]))
        .build()
        .unwrap();
    let data = Dataset::classes(array![[100.0_f32]], vec![0], 2).unwrap();
    let error = Trainer::new(Sgd::default()).fit(&mut net, &data).unwrap_err().to_string();
    assert!(
        error.contains("a gradient is not finite, first in the weight gradient of layer 0 (Dense)"),
        "{error}"
    );
    assert_eq!(net.params(), [0.0, 0.0]);
}

#[test]
fn a_value_in_the_data_that_is_not_finite_is_refused_by_place_before_training() {
    let mut inputs = Array2::<f32>::zeros((4, 5));
    inputs[[2, 3]] = f32::NAN;
    let data = Dataset::classes(inputs, vec![0, 1, 0, 1], 2).unwrap();
    let error = Trainer::new(Sgd::default()).fit(&mut small_net(), &data).unwrap_err().to_string();
    assert!(error.starts_with("row 2, column 3 of the inputs is NaN"), "{error}");
}

#[test]
fn settings_that_make_no_sense_are_refused_by_name() {
    let data = noisy(20);
    let refused = |trainer: Trainer| trainer.fit(&mut small_net(), &data).unwrap_err().to_string();
    let sgd = || Trainer::new(Sgd::default());
    let cases = [
        (sgd().batch(0), "the batch size is 0"),
        (sgd().epochs(0), "the number of epochs is 0"),
        (sgd().steps(0), "the number of steps is 0"),
        (sgd().validation(1.0), "the validation share is 1"),
        (sgd().validation(-0.1), "the validation share is -0.1"),
        (sgd().patience(3), "the patience of early stopping is set, with no samples set aside"),
        (sgd().validation(0.1).patience(0), "the patience of early stopping is 0"),
        (sgd().clip_norm(0.0), "the norm that gradients are clipped to is 0"),
        (sgd().schedule(Warmup::new(2.0)), "the schedule is warmup:2"),
        (Trainer::new(Sgd::new(-0.1)), "the learning rate is -0.1"),
        (Trainer::new(Sgd::new(f64::NAN)), "the learning rate is NaN"),
        (Trainer::new(Sgd::default().momentum(1.0)), "the momentum is 1"),
        (Trainer::new(Sgd::default().nesterov(true)), "the momentum is 0"),
        (Trainer::new(Sgd::new(1e39)), "the learning rate is 1000000000"),
        (Trainer::new(Adam::default().eps(0.0)), "the eps is 0"),
        (Trainer::new(Adam::default().beta2(1.5)), "the beta2 is 1.5"),
    ];
    for (trainer, expected) in cases {
        let error = refused(trainer);
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn data_that_do_not_fit_the_network_are_refused_with_both_sizes() {
    let refused =
        |data: Dataset| Trainer::new(Sgd::default()).fit(&mut small_net(), &data).unwrap_err().to_string();
    let error = refused(Dataset::classes(Array2::zeros((3, 4)), vec![0; 3], 2).unwrap());
    assert!(error.contains("found 4 columns, expected 5"), "{error}");
    let error = refused(Dataset::classes(Array2::zeros((3, 5)), vec![0; 3], 3).unwrap());
    assert!(error.contains("found 3 columns (or classes), expected 2"), "{error}");
    let error = refused(Dataset::classes(Array2::zeros((0, 5)), vec![], 2).unwrap());
    assert!(error.contains("the number of samples to train on is 0"), "{error}");
    assert!(Dataset::new(Array2::<f32>::zeros((3, 5)), Array2::zeros((2, 2))).is_err());
}

#[test]
fn networks_that_cannot_be_are_refused_by_layer() {
    let head = SoftmaxCrossEntropy::default;
    let refused = |result: gradlens::Result<Sequential>| result.unwrap_err().to_string();
    let error = refused(Sequential::input(4).layer(Relu).layer(Dense::new(0)).head(head()).build());
    assert_eq!(error, "layer 1 (Dense): the number of units is 0, but must be at least 1");
    let error = refused(Sequential::input(4).layer(Dropout::new(1.0)).head(head()).build());
    assert_eq!(
        error,
        "layer 0 (Dropout(1)): the dropout probability is 1, but must be at least 0 and below 1"
    );
    let error =
        refused(Sequential::input(4).layer(Dense::new(2).bias_init(Init::Orthogonal)).head(head()).build());
    assert!(error.starts_with("layer 0 (Dense): the initialiser of a bias is orthogonal"), "{error}");
    assert!(
        refused(Sequential::input(0).layer(Dense::new(2)).head(head()).build())
            .contains("number of inputs is 0")
    );
    assert!(refused(Sequential::input(4).head(head()).build()).contains("number of layers is 0"));
    assert!(refused(Sequential::input(4).layer(Dense::new(2)).build()).contains("output head"));
}

#[test]
fn progress_prints_a_line_an_epoch_where_there_is_no_terminal() {
    let mut lines = vec![];
    let trainer =
        Trainer::new(Sgd::default()).epochs(11).validation(0.2).observe(|_| true, Progress::new(&mut lines));
    trainer.fit(&mut small_net(), &noisy(30)).unwrap();
    let text = String::from_utf8(lines).unwrap();
    assert_eq!(text.lines().count(), 11);
    assert!(text.starts_with("epoch  1/11  loss "), "{text}");
    assert!(
        text.lines().all(|line| line.contains("validation ") && line.contains("/s  ") && line.len() <= 80),
        "{text}"
    );
}
