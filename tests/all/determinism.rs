//! The same seed gives the same bits, run after run and for any number of threads.

use gradlens::diagnostics::Diagnostics;
use gradlens::train::watch;
use gradlens::{
    AdamW, Dataset, Dense, Dropout, Optimizer, Relu, Sequential, Sgd, Sigmoid, SigmoidBinaryCrossEntropy,
    Trainer, evaluate, every,
};
use ndarray::{Array2, s};

fn data() -> Dataset {
    let inputs = Array2::from_shape_fn((300, 200), |(i, j)| ((i * 31 + j * 17) as f32 * 0.37).sin());
    Dataset::classes(inputs, (0..300).map(|i| i * i % 10).collect(), 10).unwrap()
}

#[derive(Clone, Copy)]
enum How {
    /// Every weight changes as soon as its gradient is known.
    Plain,
    /// All gradients are known before the first weight changes, as their norm is needed, which is at most so
    /// large.
    Clipped(f64),
    /// At every other step.
    Watched,
}

fn adam() -> Box<dyn Optimizer> {
    Box::new(AdamW::default().weight_decay(0.1))
}

/// Gradients of all parameters, or of biases alone, are added to them as they are computed.
fn plain(weight_decay: f64) -> Box<dyn Optimizer> {
    Box::new(Sgd::default().weight_decay(weight_decay))
}

/// The bits of the weights and of the losses of a run whose layers are large enough to be shared out.
fn run(
    optimizer: Box<dyn Optimizer>,
    threads: usize,
    batch: usize,
    seed: u64,
    how: How,
) -> (Vec<u32>, Vec<u64>, u64) {
    let mut net = Sequential::input(200)
        .layer(Dense::new(300))
        .layer(Relu)
        .layer(Dropout::new(0.2))
        .layer(Dense::new(257))
        .layer(Sigmoid)
        .layer(Dense::new(10))
        .head(SigmoidBinaryCrossEntropy::default())
        .seed(seed)
        .threads(threads)
        .build()
        .unwrap();
    let data = data();
    let trainer = Trainer::new(optimizer).epochs(3).batch(batch).validation(0.1);
    let trainer = match how {
        How::Plain => trainer,
        How::Clipped(norm) => trainer.clip_norm(norm),
        How::Watched => trainer.observe(every(2), watch(|_| ())),
    };
    let report = trainer.fit(&mut net, &data).unwrap();
    let weights = net.params().iter().map(|w| w.to_bits()).collect();
    let losses = report.epochs.iter().map(|record| record.train_loss.to_bits()).collect();
    (weights, losses, evaluate(&net, &data).unwrap().loss.to_bits())
}

#[test]
fn the_same_seed_gives_the_same_bits_for_any_number_of_threads() {
    // 64 rows are two blocks, 200 three or five; 20 are cut at every layer, and so are 64 by five threads;
    // one is a vector.
    for batch in [1, 20, 64, 200] {
        for (optimizer, how) in [
            (adam as fn() -> _, How::Plain),
            (adam, How::Clipped(1.0)),
            (|| plain(0.0), How::Plain),
            (|| plain(0.1), How::Plain),
        ] {
            let one = run(optimizer(), 1, batch, 7, how);
            assert_eq!(one, run(optimizer(), 1, batch, 7, how));
            for threads in [2, 3, 5] {
                let equal = one == run(optimizer(), threads, batch, 7, how);
                assert!(equal, "{threads} threads give other bits than one, in batches of {batch}");
            }
        }
    }
}

#[test]
fn who_watches_the_gradients_changes_no_bit() {
    for optimizer in [adam as fn() -> _, || plain(0.0), || plain(0.1)] {
        for (threads, batch) in [(1, 64), (2, 64), (1, 1), (2, 200)] {
            let unwatched = run(optimizer(), threads, batch, 7, How::Plain);
            assert_eq!(unwatched, run(optimizer(), threads, batch, 7, How::Watched));
            assert_eq!(unwatched, run(optimizer(), threads, batch, 7, How::Clipped(1e30)));
        }
        assert_ne!(run(optimizer(), 1, 64, 7, How::Plain).0, run(optimizer(), 1, 64, 7, How::Clipped(0.1)).0);
    }
}

#[test]
fn who_watches_a_single_weight_or_a_batch_of_thousands_changes_no_bit() {
    for (inputs, units, batch) in [(1, 1, 9), (1, 1, 3000), (3, 2, 1024), (3, 2, 1025), (40, 70, 2500)] {
        let x = Array2::from_shape_fn((3000, inputs), |(i, j)| ((i * 31 + j * 17) as f32 * 0.37).sin());
        let t = Array2::from_shape_fn((3000, units), |(i, j)| ((i + j) % 2) as f32);
        let data = Dataset::new(x, t).unwrap();
        let weights = |watched| {
            let head = SigmoidBinaryCrossEntropy::default();
            let mut net =
                Sequential::input(inputs).layer(Dense::new(units)).head(head).threads(2).build().unwrap();
            let trainer = Trainer::new(plain(0.0)).epochs(2).batch(batch);
            let trainer = if watched { trainer.observe(every(1), watch(|_| ())) } else { trainer };
            trainer.fit(&mut net, &data).unwrap();
            net.params().iter().map(|w| w.to_bits()).collect::<Vec<_>>()
        };
        assert_eq!(weights(false), weights(true), "{inputs} to {units}, batches of {batch}");
    }
}

#[test]
fn another_seed_gives_other_bits() {
    assert_ne!(run(adam(), 1, 64, 7, How::Plain).0, run(adam(), 1, 64, 8, How::Plain).0);
}

#[test]
fn a_look_at_a_network_sees_the_same_for_any_number_of_threads() {
    let look = |threads| {
        let mut net = Sequential::input(200)
            .layer(Dense::new(300))
            .layer(Relu)
            .layer(Dense::new(10))
            .head(SigmoidBinaryCrossEntropy::default())
            .threads(threads)
            .build()
            .unwrap();
        let mut diagnostics = Diagnostics::new();
        let trainer = Trainer::new(plain(0.0)).epochs(1).observe(every(2), &mut diagnostics);
        trainer.fit(&mut net, &data()).unwrap();
        // As text, since NaN is not NaN.
        format!("{:?}", diagnostics.snapshots())
    };
    let one = look(1);
    for threads in [2, 3, 5] {
        assert!(one == look(threads), "{threads} threads see something else than one");
    }
}

#[test]
fn the_same_inputs_give_the_same_predictions_however_they_lie_in_memory() {
    let net = Sequential::input(200)
        .layer(Dense::new(300))
        .layer(Relu)
        .layer(Dense::new(10))
        .head(SigmoidBinaryCrossEntropy::default())
        .build()
        .unwrap();
    let data = data();
    let inputs = data.inputs();
    let expected = net.predict(&inputs).unwrap();
    let by_columns = inputs.t().as_standard_layout().into_owned().reversed_axes();
    assert_eq!(net.predict(&by_columns).unwrap(), expected);
    let every_other = inputs.slice(s![..;2, ..]);
    assert_eq!(net.predict(&every_other).unwrap(), expected.slice(s![..;2, ..]));
}
