//! A run is a value: stepped by hand, left, gone on with.

use gradlens::train::RunState;
use gradlens::{
    Adam, Dataset, Dense, Dropout, Event, Optimizer, Relu, Scalar, Sequential, Sgd, SoftmaxCrossEntropy,
    Stopped, Trainer,
};
use ndarray::Array2;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Three classes, in waves.
pub fn data<T: Scalar>() -> Dataset<T> {
    let inputs = Array2::from_shape_fn((90, 6), |(i, j)| T::of(((i * 6 + j) as f64 * 0.37).sin()));
    Dataset::classes(inputs, (0..90).map(|i| i % 3).collect(), 3).unwrap()
}

fn net() -> Sequential {
    Sequential::input(6)
        .layer(Dense::new(12))
        .layer(Relu)
        .layer(Dropout::new(0.2))
        .layer(Dense::new(3))
        .head(SoftmaxCrossEntropy::default())
        .seed(3)
        .build()
        .unwrap()
}

fn optimizers() -> [fn() -> Box<dyn Optimizer>; 3] {
    [|| Box::new(Sgd::default()), || Box::new(Sgd::default().momentum(0.9)), || Box::new(Adam::new(0.01))]
}

fn trainer<'a>(optimizer: Box<dyn Optimizer>) -> Trainer<'a> {
    // 72 samples to train on: batches of 16, and one of 8. With one of the optimisers patience ends.
    Trainer::new(optimizer).epochs(6).batch(16).validation(0.2).patience(3)
}

/// Bits of weights, and of what was recorded but for times.
fn bits(net: &Sequential, records: &[gradlens::EpochRecord]) -> (Vec<u32>, Vec<[u64; 4]>) {
    let of_record = |record: &gradlens::EpochRecord| {
        [record.train_loss, record.train_accuracy.unwrap(), record.validation_loss.unwrap(), record.rate]
            .map(f64::to_bits)
    };
    (net.params().iter().map(|w| w.to_bits()).collect(), records.iter().map(of_record).collect())
}

#[test]
fn steps_by_hand_give_the_same_bits_as_fit() {
    for optimizer in optimizers() {
        let (mut fitted, mut stepped) = (net(), net());
        let report = trainer(optimizer()).fit(&mut fitted, &data()).unwrap();
        let data = data();
        let mut run = trainer(optimizer()).start(&mut stepped, &data).unwrap();
        let mut steps = 0;
        while let Some(record) = run.step().unwrap() {
            steps += 1;
            assert_eq!((record.step, record.epoch), (steps, (steps as usize - 1) / 5 + 1));
        }
        let by_hand = run.report();
        assert_eq!((by_hand.steps, by_hand.stopped), (report.steps, report.stopped));
        assert_eq!(run.step().unwrap(), None, "a run that has ended takes no step");
        drop(run);
        assert_eq!(bits(&stepped, &by_hand.epochs), bits(&fitted, &report.epochs));
    }
}

/// Takes some steps, leaves the run, and goes on with the state.
fn left_after(steps: usize, optimizer: fn() -> Box<dyn Optimizer>) -> (Sequential, gradlens::Report) {
    let (mut net, data) = (net(), data());
    let mut run = trainer(optimizer()).start(&mut net, &data).unwrap();
    for _ in 0..steps {
        run.step().unwrap();
    }
    let state: RunState = run.into_state();
    assert!(state.steps() <= steps as u64);
    let report = trainer(optimizer()).resume(state).fit(&mut net, &data).unwrap();
    (net, report)
}

#[test]
fn a_run_that_was_left_and_resumed_gives_the_same_bits_as_one_that_was_not() {
    for optimizer in optimizers() {
        let mut whole = net();
        let report = trainer(optimizer()).fit(&mut whole, &data()).unwrap();
        // Before the first step, in the middle of an epoch, and at its end.
        for steps in [0, 1, 4, 5, 12, 25] {
            let (net, resumed) = left_after(steps, optimizer);
            assert_eq!(bits(&net, &resumed.epochs), bits(&whole, &report.epochs), "left after {steps} steps");
            assert_eq!((resumed.steps, resumed.best_epoch), (report.steps, report.best_epoch));
        }
    }
}

#[test]
fn a_run_that_was_completed_goes_on_for_more_epochs() {
    let (mut once, mut twice, data) = (net(), net(), data());
    Trainer::new(Adam::default()).epochs(5).fit(&mut once, &data).unwrap();
    let mut run = Trainer::new(Adam::default()).epochs(2).start(&mut twice, &data).unwrap();
    while run.epoch().unwrap().is_some() {}
    assert_eq!(run.report().stopped, Stopped::Completed);
    let state = run.into_state();
    let report = Trainer::new(Adam::default()).epochs(5).resume(state).fit(&mut twice, &data).unwrap();
    assert_eq!(report.epochs.iter().map(|record| record.epoch).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!(once.params(), twice.params());
    assert_eq!(twice.steps(), report.steps);
}

#[test]
fn a_network_that_was_trained_is_trained_again_only_as_the_caller_says() {
    let (mut net, data) = (net(), data());
    Trainer::new(Sgd::default()).epochs(1).fit(&mut net, &data).unwrap();
    let error = Trainer::new(Sgd::default()).epochs(1).fit(&mut net, &data).unwrap_err().to_string();
    assert!(
        error.contains("2 steps") && error.contains("restart()") && error.contains("resume(state)"),
        "{error}"
    );
    let report = Trainer::new(Sgd::default()).epochs(1).restart().fit(&mut net, &data).unwrap();
    assert_eq!((report.steps, net.steps()), (2, 4));
}

#[test]
fn a_state_is_resumed_only_with_what_it_came_from() {
    let (mut net, data) = (net(), data());
    let trainer = || Trainer::new(Sgd::default()).epochs(4).batch(16);
    let mut run = trainer().start(&mut net, &data).unwrap();
    for _ in 0..8 {
        run.step().unwrap();
    }
    let state = run.into_state();
    let small = || Sequential::input(6).layer(Dense::new(3)).head(SoftmaxCrossEntropy::default());
    let refused = |trainer: Trainer, mut net: Sequential, data: &Dataset| {
        let error = trainer.resume(state.clone()).fit(&mut net, data).unwrap_err().to_string();
        assert!(error.starts_with("the state to resume is of a run with "), "{error}");
        error
    };
    assert!(
        refused(trainer(), small().build().unwrap(), &data).contains("parameters: 123, but must be of one")
    );
    assert!(refused(trainer(), self::net(), &data).contains("steps of the network: 8, but"));
    assert!(refused(trainer(), net.clone(), &data.select(&[0, 1, 2])).contains("samples to train on: 90"));
    assert!(refused(trainer().batch(7), net.clone(), &data).contains("samples a batch: 16"));
    assert!(refused(trainer().shuffle(false), net.clone(), &data).contains("shuffling: true"));
    let adam = Trainer::new(Adam::default()).epochs(4).batch(16);
    assert!(
        refused(adam, net.clone(), &data)
            .contains("the optimiser: sgd, but must be of one with the optimiser: adam")
    );
    // With fewer epochs than it has begun there is nothing to do but to end.
    let report = trainer().epochs(1).resume(state.clone()).fit(&mut net.clone(), &data).unwrap();
    assert_eq!((report.stopped, report.steps), (Stopped::Completed, 12));
}

#[test]
fn a_run_that_was_interrupted_goes_on_as_if_it_had_not_been() {
    for optimizer in optimizers() {
        let mut whole = net();
        let report = trainer(optimizer()).fit(&mut whole, &data()).unwrap();
        // At the end of an epoch and in the middle of one, whose validation may have been the best.
        for steps in [5, 7, 10, 13, 18] {
            let (mut cut, data, flag) = (net(), data(), AtomicBool::new(false));
            let mut run = trainer(optimizer()).interrupt(&flag).start(&mut cut, &data).unwrap();
            for _ in 0..steps {
                run.step().unwrap();
            }
            flag.store(true, Relaxed);
            assert_eq!(run.step().unwrap(), None);
            assert_eq!((run.report().stopped, run.report().steps), (Stopped::Interrupted, steps));
            let state = run.into_state();
            let resumed = trainer(optimizer()).resume(state).fit(&mut cut, &data).unwrap();
            assert_eq!(bits(&cut, &resumed.epochs), bits(&whole, &report.epochs), "after {steps} steps");
        }
    }
}

#[test]
fn a_run_that_has_taken_its_steps_takes_no_more_when_it_is_resumed() {
    let (mut net, data) = (net(), data());
    let trainer = |steps| Trainer::new(Sgd::default()).epochs(9).batch(16).steps(steps);
    let mut run = trainer(8).start(&mut net, &data).unwrap();
    while run.epoch().unwrap().is_some() {}
    let (before, state) = (run.report(), run.into_state());
    // In the middle of the second epoch, whose record stays that of two steps.
    for steps in [8, 3] {
        let mut clone = net.clone();
        let report = trainer(steps).resume(state.clone()).fit(&mut clone, &data).unwrap();
        assert_eq!((report.steps, &report.epochs), (8, &before.epochs), "with at most {steps}");
        assert_eq!(clone.params(), net.params());
    }
    // Some more of them, and an interruption: the record is that of all steps of the epoch so far.
    let (mut clone, flag) = (net.clone(), AtomicBool::new(false));
    let mut run = trainer(12).resume(state.clone()).interrupt(&flag).start(&mut clone, &data).unwrap();
    run.step().unwrap();
    flag.store(true, Relaxed);
    assert_eq!(run.step().unwrap(), None);
    assert_eq!((run.report().epochs.len(), run.report().epochs[1].step), (2, 9));
    drop(run);
    let report = trainer(12).resume(state).fit(&mut net, &data).unwrap();
    assert_eq!((report.steps, report.epochs.len()), (12, 2));
    assert!(
        report.epochs[1].train_loss != before.epochs[1].train_loss,
        "the record is that of the whole epoch"
    );
}

/// Learns in the first epoch of five steps, and then unlearns.
#[derive(Debug)]
struct Jump;

impl gradlens::Schedule for Jump {
    fn name(&self) -> String {
        "jump".into()
    }
    fn factor(&self, step: u64, _: u64) -> f64 {
        if step < 5 { 1.0 } else { 200.0 }
    }
}

#[test]
fn patience_is_judged_at_whole_epochs_and_before_an_interruption() {
    let (data, flag) = (data(), AtomicBool::new(false));
    let trainer =
        || Trainer::new(Sgd::new(0.05)).schedule(Jump).epochs(9).batch(16).validation(0.2).patience(1);
    let report = trainer().fit(&mut net(), &data).unwrap();
    let (steps, epochs) = (report.steps, report.epochs.len());
    assert_eq!((report.stopped, steps, epochs), (Stopped::Early, 10, 2));
    // Interrupted in the last step of the epoch at which patience ends.
    let interrupt = |event: &Event| {
        if let Event::Step(at) = event {
            flag.store(at.step == steps, Relaxed);
        }
    };
    let report = trainer().interrupt(&flag).on_event(interrupt).fit(&mut net(), &data).unwrap();
    assert_eq!((report.stopped, report.steps), (Stopped::Early, steps));
    // In the middle of that epoch there is no judgement yet.
    for left in 1..5 {
        let report = trainer().steps(steps - left).fit(&mut net(), &data).unwrap();
        assert_eq!((report.stopped, report.epochs.len()), (Stopped::Completed, epochs));
    }
}

#[test]
fn a_run_that_failed_takes_no_more_steps() {
    let (mut net, data) = (net(), data());
    let mut failed = 0;
    let trainer = Trainer::new(Sgd::new(1e30)).epochs(9).batch(10);
    let trainer = trainer.on_event(|event| failed += usize::from(matches!(event, Event::Failed { .. })));
    let mut run = trainer.start(&mut net, &data).unwrap();
    let error = loop {
        match run.step() {
            Ok(record) => assert!(record.is_some(), "it fails before it ends"),
            Err(error) => break error,
        }
    };
    assert!(error.to_string().contains("not finite"), "{error}");
    assert_eq!((run.step().unwrap(), run.report().stopped), (None, Stopped::Failed));
    let (steps, state) = (run.report().steps, run.into_state());
    assert_eq!((failed, steps), (1, net.steps()), "the step that failed is not counted");
    let error = Trainer::new(Sgd::new(1e30)).batch(10).resume(state).fit(&mut net, &data).unwrap_err();
    assert!(error.to_string().starts_with("the state to resume is of a run that failed"), "{error}");
}

#[test]
fn an_interruption_ends_a_run_by_hand_too() {
    let (mut net, data, flag) = (net(), data(), AtomicBool::new(false));
    let mut run = Trainer::new(Sgd::default()).batch(10).interrupt(&flag).start(&mut net, &data).unwrap();
    run.step().unwrap();
    flag.store(true, Relaxed);
    // No step is taken any more, and the epoch that is cut short is reported.
    assert_eq!((run.epoch().unwrap(), run.report().stopped), (None, Stopped::Interrupted));
    assert_eq!((run.report().steps, run.report().epochs[0].step), (1, 1));
}

#[test]
fn a_clone_of_a_network_learns_by_itself() {
    let (mut net, data) = (net(), data());
    let before = net.params().to_vec();
    let mut clone = net.clone();
    Trainer::new(Sgd::default()).epochs(1).fit(&mut clone, &data).unwrap();
    assert_eq!(net.params(), before);
    Trainer::new(Sgd::default()).epochs(1).fit(&mut net, &data).unwrap();
    assert_eq!(net.params(), clone.params());
}

#[test]
fn logging_a_loss_does_not_change_how_gradients_are_computed() {
    // Gradients that nobody wants are stored nowhere: those of the first step, which were checked, stay.
    let (data, mut same) = (data(), vec![]);
    for log in [true, false] {
        let mut stored = vec![];
        let watch = |event: &Event| {
            if let Event::Step(at) = event {
                stored.push(at.workspace.gradients().to_vec());
            }
        };
        let trainer = Trainer::new(Sgd::default()).epochs(1);
        let trainer = if log { trainer.on_event(watch) } else { trainer.on_gradients(watch) };
        trainer.fit(&mut net(), &data).unwrap();
        same.push(stored[0] == stored[1]);
    }
    assert_eq!(same, [true, false]);
}
