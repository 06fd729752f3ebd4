//! Normalisations and residual blocks: what they compute, whom they refuse, and that a network of them is one like any
//! other.

use gradlens::train::optimizer;
use gradlens::{
    BatchNorm, Dataset, Dense, Dropout, LayerNorm, Mode, Relu, Residual, Sequential, Sgd,
    SoftmaxCrossEntropy, Tanh, Trainer, evaluate,
};
use ndarray::{Array2, Axis, s};

/// Numbers 0 to 7 in each column, times 1, 2 and 3.
fn counting() -> Dataset {
    let inputs = Array2::from_shape_fn((8, 3), |(i, j)| (i * (j + 1)) as f32);
    Dataset::classes(inputs, vec![0, 1, 0, 1, 0, 1, 0, 1], 2).unwrap()
}

fn over_batch(norm: BatchNorm) -> Sequential {
    let head = SoftmaxCrossEntropy::default();
    Sequential::input(3).layer(norm).layer(Dense::new(2)).head(head).build().unwrap()
}

#[test]
fn running_statistics_follow_the_batches_in_training_and_stand_in_evaluation() {
    let data = counting();
    let mut net = over_batch(BatchNorm::default());
    assert_eq!(net.state(), [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
    Trainer::new(Sgd::new(0.0)).epochs(1).batch(8).fit(&mut net, &data).unwrap();
    // One step of a tenth from mean 0 and variance 1 towards those of 0, 1, ..., 7: 3.5, and 42 / (8 - 1).
    let expected = [0.35, 0.7, 1.05, 0.9 + 0.6, 0.9 + 2.4, 0.9 + 5.4];
    for (state, expected) in net.state().iter().zip(expected) {
        assert!((state - expected).abs() < 1e-5, "{:?}", net.state());
    }
    let inputs = data.inputs().to_owned();
    let (before, first) = (net.state().to_vec(), net.predict(&inputs).unwrap());
    assert_eq!(net.predict(&inputs).unwrap(), first);
    assert_eq!(net.predict(&inputs.slice(s![2..3, ..]).to_owned()).unwrap(), first.slice(s![2..3, ..]));
    assert_eq!(net.state(), before);

    // In training the batch is normalised by its own statistics.
    let mut workspace = net.workspace(8);
    workspace.input_mut().assign(&inputs);
    net.forward(&mut workspace, Mode::Training { step: 1 });
    let column = workspace.output(0).column(1).to_owned();
    assert!(column.mean().unwrap().abs() < 1e-6 && (column.std(0.0) - 1.0).abs() < 1e-5);
}

#[test]
fn a_batch_of_one_sample_is_normalised_by_the_running_statistics_and_leaves_them() {
    let data = counting();
    let mut net = over_batch(BatchNorm::default());
    Trainer::new(Sgd::new(0.1)).epochs(2).batch(8).fit(&mut net, &data).unwrap();
    let state = net.state().to_vec();
    let mut workspace = net.workspace(1);
    workspace.input_mut().assign(&data.inputs().slice(s![3..4, ..]));
    net.forward(&mut workspace, Mode::Training { step: 1 });
    let training = workspace.logits().to_owned();
    net.forward(&mut workspace, Mode::Evaluation);
    assert_eq!(training, workspace.logits());
    // A whole training of such batches.
    let report = Trainer::new(Sgd::new(0.0)).restart().epochs(1).batch(1).fit(&mut net, &data).unwrap();
    assert!(report.epochs[0].train_loss.is_finite());
    assert_eq!(net.state(), state);
}

#[test]
fn every_sample_is_normalised_by_itself() {
    let net = Sequential::input(5)
        .layer(LayerNorm::default())
        .head(SoftmaxCrossEntropy::default())
        .build()
        .unwrap();
    let x = Array2::from_shape_fn((4, 5), |(i, j)| 10.0 * i as f32 + ((3 * i + 7 * j) % 5) as f32);
    let y = net.logits(&x).unwrap();
    for row in y.rows() {
        let row = row.to_owned();
        assert!(row.mean().unwrap().abs() < 1e-5 && (row.std(0.0) - 1.0).abs() < 1e-4, "{row}");
    }
    // A constant added to a sample, and a factor, change nothing.
    let other = net.logits(&x.mapv(|x| 3.0 * x - 100.0)).unwrap();
    assert!(y.iter().zip(&other).all(|(a, b)| (a - b).abs() < 1e-4));
}

#[test]
fn a_residual_block_adds_its_input_to_what_it_computes() {
    let build = |residual: bool| {
        let block = Sequential::input(4).layer(Dense::new(4)).layer(Tanh);
        let block = if residual { block.layer(Residual::over(2)) } else { block };
        block.head(SoftmaxCrossEntropy::default()).seed(5).build().unwrap()
    };
    let x = Array2::from_shape_fn((300, 4), |(i, j)| ((i * 4 + j) as f32 * 0.3).sin());
    let [with, without] = [true, false].map(|residual| build(residual).logits(&x).unwrap());
    assert_eq!(with, without + &x);
    // Where the rows are not contiguous, too.
    let turned = x.t().as_standard_layout().into_owned().reversed_axes();
    assert_eq!(build(true).logits(&turned).unwrap(), with);
}

#[test]
fn blocks_and_normalisations_that_cannot_be_are_refused_by_name() {
    let begin = || Sequential::input(4).layer(Dense::new(3)).layer(Relu);
    let head = SoftmaxCrossEntropy::default;
    let cases = [
        (
            begin().layer(Residual::over(2)),
            "layer 2 (Residual(2)): what the residual block computes is 3 columns wide, but must be 4, as wide as its \
             input, which is added",
        ),
        (
            begin().layer(Residual::over(3)),
            "layer 2 (Residual(3)): the layers of the residual block is 3, but must be at most 2, the layers below it",
        ),
        (
            begin().layer(Residual::over(0)),
            "layer 2 (Residual(0)): the layers of the residual block is 0, but must be at least 1",
        ),
        (
            begin().layer(BatchNorm::default().momentum(1.5)),
            "layer 2 (BatchNorm(1.5, 0.00001)): the momentum of the running statistics is 1.5, but must be from 0 to 1",
        ),
        (
            begin().layer(LayerNorm::default().eps(0.0)),
            "layer 2 (LayerNorm(0)): eps, which is added to the variance, is 0, but must be above 0",
        ),
    ];
    for (builder, expected) in cases {
        assert_eq!(builder.head(head()).build().unwrap_err().to_string(), expected);
    }
}

#[test]
fn a_normalised_residual_network_has_the_same_bits_for_any_number_of_threads() {
    let data = {
        let inputs = Array2::from_shape_fn((330, 90), |(i, j)| ((i * 90 + j) as f32 * 0.7).sin());
        Dataset::classes(inputs, (0..330).map(|i| i % 10).collect(), 10).unwrap()
    };
    let train = |threads, over_batch: bool, name: &str| {
        let norm = |builder: gradlens::Builder| match over_batch {
            true => builder.layer(BatchNorm::default()),
            false => builder.layer(LayerNorm::default()),
        };
        let builder = norm(Sequential::input(90).layer(Dense::new(120))).layer(Relu).layer(Dense::new(120));
        let builder = norm(builder).layer(Relu).layer(Dropout::new(0.1)).layer(Residual::over(4));
        let builder = builder.layer(Dense::new(10)).head(SoftmaxCrossEntropy::default());
        let mut net = builder.seed(3).threads(threads).build().unwrap();
        let trainer = Trainer::new(optimizer(name).unwrap()).epochs(2).batch(64).validation(0.1);
        let report = trainer.fit(&mut net, &data).unwrap();
        let numbers = net.params().iter().chain(net.state()).map(|w| w.to_bits()).collect::<Vec<_>>();
        let losses = report.epochs.iter().map(|record| record.train_loss.to_bits()).collect::<Vec<_>>();
        (numbers, losses, evaluate(&net, &data).unwrap().loss.to_bits())
    };
    for over_batch in [true, false] {
        for name in ["adam:0.01", "sgd:0.05"] {
            let one = train(1, over_batch, name);
            for threads in [2, 5] {
                assert_eq!(one, train(threads, over_batch, name), "{threads} threads, {name}");
            }
        }
    }
}

#[test]
fn a_deep_network_of_sigmoids_learns_where_it_is_normalised_and_residual() {
    let inputs = Array2::from_shape_fn((200, 8), |(i, j)| ((i * 8 + j) as f32 * 1.7).sin());
    let classes = inputs.axis_iter(Axis(0)).map(|row| usize::from(row[0] + row[3] > 0.0)).collect();
    let data = Dataset::classes(inputs, classes, 2).unwrap();
    let accuracy = |help: bool| {
        let mut builder = Sequential::input(8).layer(Dense::new(16));
        for _ in 0..20 {
            builder = builder.layer(Dense::new(16));
            builder = if help { builder.layer(BatchNorm::default()) } else { builder };
            builder = builder.layer(gradlens::Sigmoid);
            builder = if help { builder.layer(Residual::over(3)) } else { builder };
        }
        let head = SoftmaxCrossEntropy::default();
        let mut net = builder.layer(Dense::new(2)).head(head).seed(1).build().unwrap();
        Trainer::new(Sgd::new(0.05)).epochs(30).batch(20).fit(&mut net, &data).unwrap();
        evaluate(&net, &data).unwrap().classification.unwrap().accuracy
    };
    let (with, without) = (accuracy(true), accuracy(false));
    assert!(with > 0.9 && without < 0.7, "{with} {without}");
}
