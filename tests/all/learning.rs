//! Networks learn: a slice of real MNIST, under either head, with every optimiser.

use gradlens::train::Cosine;
use gradlens::{
    Adam, AdamW, Dataset, Dense, Dropout, Loss, Mnist, Optimizer, Relu, RmsProp, Sequential, Sgd,
    SigmoidBinaryCrossEntropy, SoftmaxCrossEntropy, Trainer, evaluate,
};

fn slices() -> (Dataset, Dataset) {
    let Mnist { train, test } = Mnist::<f32>::load("../data/mnist").unwrap();
    (train.select(&(0..6000).collect::<Vec<_>>()), test)
}

fn heads() -> [Box<dyn Loss>; 2] {
    [Box::new(SoftmaxCrossEntropy::default()), Box::new(SigmoidBinaryCrossEntropy::default())]
}

#[test]
fn a_tenth_of_mnist_teaches_nine_digits_in_ten_under_either_head_with_any_optimiser() {
    let (train, test) = slices();
    for head in 0..2 {
        let optimizers: [Box<dyn Optimizer>; 5] = [
            Box::new(Sgd::new(0.1)),
            Box::new(Sgd::new(0.02).momentum(0.9).nesterov(true).weight_decay(1e-4)),
            Box::new(RmsProp::default()),
            Box::new(Adam::default()),
            Box::new(AdamW::default()),
        ];
        for optimizer in optimizers {
            let [softmax, sigmoid] = heads();
            let name = optimizer.name();
            let mut net = Sequential::input(784)
                .layer(Dense::new(64))
                .layer(Relu)
                .layer(Dropout::new(0.1))
                .layer(Dense::new(10))
                .head(if head == 0 { softmax } else { sigmoid })
                .seed(1)
                .build()
                .unwrap();
            let schedule = Cosine;
            let report =
                Trainer::new(optimizer).epochs(8).batch(32).schedule(schedule).fit(&mut net, &train).unwrap();
            let (first, last) = (&report.epochs[0], &report.epochs[7]);
            assert!(last.train_loss < 0.6 * first.train_loss, "{name}: {first:?} {last:?}");
            let accuracy = evaluate(&net, &test).unwrap().classification.unwrap().accuracy;
            println!("{name}, {}: {accuracy}", net.head().name());
            assert!(accuracy > 0.91, "{name}, {}: {accuracy}", net.head().name());
        }
    }
}

#[test]
fn under_softmax_outputs_sum_to_one_and_under_sigmoid_around_one() {
    let (train, test) = slices();
    for (head, most) in heads().into_iter().zip([1e-6, 0.5]) {
        let mut net = Sequential::input(784).layer(Dense::new(10)).head(head).build().unwrap();
        Trainer::new(Adam::default()).epochs(20).fit(&mut net, &train).unwrap();
        let scores = evaluate(&net, &test).unwrap().classification.unwrap();
        let (mean, std) = (scores.output_sum_mean, scores.output_sum_std);
        println!("{mean} {std}");
        assert!((mean - 1.0).abs() < 0.1 && std <= most, "{mean} {std}");
        assert!(most < 1e-3 || std > 0.05, "{std}");
    }
}
