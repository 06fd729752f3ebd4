//! The same seed gives the same bits, run after run and for any number of threads.

use gradlens::{
    AdamW, Dataset, Dense, Dropout, Relu, Sequential, Sigmoid, SigmoidBinaryCrossEntropy, Trainer, evaluate,
    every, watch,
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
    /// All gradients are known before the first weight changes, as their norm is needed.
    Clipped,
    /// At every other step.
    Watched,
}

/// The bits of the weights and of the losses of a run whose layers are large enough to be shared out.
fn run(threads: usize, batch: usize, seed: u64, how: How) -> (Vec<u32>, Vec<u64>, u64) {
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
    let optimizer = AdamW { weight_decay: 0.1, ..AdamW::default() };
    let trainer = Trainer::new(optimizer).epochs(3).batch(batch).validation(0.1);
    let trainer = match how {
        How::Plain => trainer,
        How::Clipped => trainer.clip_norm(1.0),
        How::Watched => trainer.observe(every(2), watch(|_| ())),
    };
    let report = trainer.fit(&mut net, &data).unwrap();
    let weights = net.params().iter().map(|w| w.to_bits()).collect();
    let losses = report.epochs.iter().map(|record| record.train_loss.to_bits()).collect();
    (weights, losses, evaluate(&net, &data).unwrap().loss.to_bits())
}

#[test]
fn the_same_seed_gives_the_same_bits_for_any_number_of_threads() {
    // 64 rows are two blocks, 200 three or five; 20 are cut at every layer, and so are 64 by five threads.
    for batch in [20, 64, 200] {
        for how in [How::Plain, How::Clipped] {
            let one = run(1, batch, 7, how);
            assert_eq!(one, run(1, batch, 7, how));
            for threads in [2, 3, 5] {
                let equal = one == run(threads, batch, 7, how);
                assert!(equal, "{threads} threads give other bits than one, in batches of {batch}");
            }
        }
    }
}

#[test]
fn who_watches_the_gradients_changes_no_bit() {
    for threads in [1, 2] {
        assert_eq!(run(threads, 64, 7, How::Plain), run(threads, 64, 7, How::Watched));
    }
    assert_ne!(run(1, 64, 7, How::Plain).0, run(1, 64, 7, How::Clipped).0);
}

#[test]
fn another_seed_gives_other_bits() {
    assert_ne!(run(1, 64, 7, How::Plain).0, run(1, 64, 8, How::Plain).0);
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
