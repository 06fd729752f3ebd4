//! The same seed gives the same bits, run after run and for any number of threads.

use gradlens::{
    Adam, Dataset, Dense, Dropout, Relu, Sequential, Sigmoid, SigmoidBinaryCrossEntropy, Trainer, evaluate,
};
use ndarray::Array2;

fn data() -> Dataset {
    let inputs = Array2::from_shape_fn((300, 200), |(i, j)| ((i * 31 + j * 17) as f32 * 0.37).sin());
    Dataset::classes(inputs, (0..300).map(|i| i * i % 10).collect(), 10).unwrap()
}

/// The bits of the weights and of the losses of a run whose layers are large enough to be shared out.
fn run(threads: usize, batch: usize, seed: u64) -> (Vec<u32>, Vec<u64>, u64) {
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
    let report = Trainer::new(Adam::default())
        .epochs(3)
        .batch(batch)
        .validation(0.1)
        .clip_norm(1.0)
        .fit(&mut net, &data)
        .unwrap();
    let weights = net.params().iter().map(|w| w.to_bits()).collect();
    let losses = report.epochs.iter().map(|record| record.train_loss.to_bits()).collect();
    (weights, losses, evaluate(&net, &data).unwrap().loss.to_bits())
}

#[test]
fn the_same_seed_gives_the_same_bits_for_any_number_of_threads() {
    // 64 rows are two blocks, 200 three or five; 20 are cut at every layer, and so are 64 by five threads.
    for batch in [20, 64, 200] {
        let one = run(1, batch, 7);
        assert_eq!(one, run(1, batch, 7));
        for threads in [2, 3, 5] {
            let equal = one == run(threads, batch, 7);
            assert!(equal, "{threads} threads give other bits than one, in batches of {batch}");
        }
    }
}

#[test]
fn another_seed_gives_other_bits() {
    assert_ne!(run(1, 64, 7).0, run(1, 64, 8).0);
}
