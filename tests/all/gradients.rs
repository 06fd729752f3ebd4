//! Every gradient is the derivative of what is computed: finite differences in f64.

use gradlens::nn::{activation, activation_names, gradient_check};
use gradlens::{
    BatchNorm, Builder, Dataset, Dense, Dropout, IdentityCategoricalCrossEntropy, IdentityHuber, IdentityMae,
    IdentityMse, Init, Layer, LayerNorm, Loss, Mat, MeanOverOutputs, Pass, Residual, Scalar,
    SigmoidBinaryCrossEntropy, SigmoidMse, SoftmaxCrossEntropy, SoftmaxGeneralisedCrossEntropy,
    SoftmaxHuberisedCrossEntropy, SoftmaxMae, SoftmaxMse, Tanh,
};
use ndarray::{Array2, array};

const TOLERANCE: f64 = 1e-6;

#[test]
fn every_layer_has_the_gradient_of_what_it_computes() {
    let mut layers: Vec<Box<dyn Layer<f64>>> = vec![
        Box::new(Dense::new(1)),
        Box::new(Dense::new(7)),
        Box::new(Dense::new(7).bias(false)),
        Box::new(Dropout::new(0.0)),
        Box::new(Dropout::new(0.4)),
        Box::new(BatchNorm::default()),
        Box::new(BatchNorm::default().eps(0.5).momentum(0.7)),
        Box::new(LayerNorm::default()),
        Box::new(LayerNorm::default().eps(0.5)),
    ];
    layers.extend(activation_names().iter().map(|name| activation(name).unwrap()));
    layers.extend(["leaky-relu:0.3", "elu:0.5", "elu:2"].map(|name| activation(name).unwrap()));
    for layer in layers {
        for input_len in [1, 6] {
            let check = gradient_check::layer(&*layer, input_len, 7).unwrap();
            assert!(check.worst() < TOLERANCE, "{layer:?} of {input_len} inputs: {check:?}");
        }
    }
}

#[test]
fn every_head_has_the_gradient_of_its_loss() {
    let logits = array![[0.3, -1.2, 2.0, 0.0], [4.0, 4.0, -3.0, 1.0], [-9.0, 7.0, 0.1, 0.2]];
    let distribution = array![[0.0, 0.0, 1.0, 0.0], [0.1, 0.2, 0.3, 0.4], [1.0, 0.0, 0.0, 0.0]];
    let marginals = array![[0.0, 1.0, 1.0, 0.0], [0.1, 0.9, 0.0, 0.5], [0.0, 0.0, 0.0, 0.0]];
    // Where a prediction is its target the absolute error has a kink, and Huber's gradient where it is 1 away.
    let apart = marginals.mapv(|t: f64| t - 0.05);
    let weights = vec![0.5, 1.0, 3.0, 0.0];
    type Case<'a> = (Box<dyn Loss<f64>>, &'a Array2<f64>);
    let positive = array![[0.5, 2.0, 1.0, 0.25], [3.0, 0.1, 0.7, 1.1]];
    let own = gradient_check::loss(
        &IdentityCategoricalCrossEntropy,
        &positive,
        &distribution.slice(ndarray::s![..2, ..]).to_owned(),
    );
    assert!(own.worst() < TOLERANCE, "{own:?}");
    let heads: [Case; 20] = [
        (Box::new(SoftmaxCrossEntropy::default().of_labels()), &marginals),
        (Box::new(SoftmaxCrossEntropy::default()), &distribution),
        (Box::new(SoftmaxCrossEntropy::default().label_smoothing(0.1)), &distribution),
        (
            Box::new(SoftmaxCrossEntropy::default().label_smoothing(0.2).class_weights(weights.clone())),
            &distribution,
        ),
        (Box::new(SigmoidBinaryCrossEntropy::default()), &marginals),
        (Box::new(SigmoidBinaryCrossEntropy::default().pos_weight(weights)), &marginals),
        (Box::new(SigmoidMse), &marginals),
        (Box::new(SoftmaxMse), &distribution),
        (Box::new(SoftmaxMae), &distribution),
        (Box::new(SoftmaxGeneralisedCrossEntropy::default()), &distribution),
        (Box::new(SoftmaxGeneralisedCrossEntropy::default().q(1.0)), &distribution),
        (Box::new(SoftmaxGeneralisedCrossEntropy::default().q(0.01)), &distribution),
        (Box::new(SoftmaxHuberisedCrossEntropy::default()), &distribution),
        (Box::new(SoftmaxHuberisedCrossEntropy::default().tau(2.0)), &distribution),
        (Box::new(IdentityMse), &marginals),
        (Box::new(IdentityMae), &apart),
        (Box::new(IdentityHuber::default()), &apart),
        (Box::new(IdentityHuber::default().delta(3.3)), &apart),
        (Box::new(MeanOverOutputs::new(IdentityMse)), &marginals),
        (Box::new(MeanOverOutputs::new(SigmoidBinaryCrossEntropy::default())), &marginals),
    ];
    for (head, targets) in heads {
        let check = gradient_check::loss(&*head, &logits, targets);
        assert!(check.worst() < TOLERANCE, "{head:?}: {check:?}");
    }
}

/// Data for a network of 3 inputs and 4 outputs, fit for every head.
fn data() -> Dataset<f64> {
    let inputs =
        array![[0.1, -0.9, 0.4], [1.2, 0.3, -0.7], [-0.5, 0.8, 1.1], [0.9, -1.3, -0.2], [0.2, 0.6, -1.6]];
    Dataset::classes(inputs, vec![2, 0, 3, 3, 1], 4).unwrap()
}

#[test]
fn every_combination_of_activation_and_head_has_the_gradient_of_its_loss() {
    for name in activation_names() {
        let heads: [Box<dyn Loss<f64>>; 7] = [
            Box::new(SoftmaxCrossEntropy::default()),
            Box::new(SigmoidBinaryCrossEntropy::default()),
            Box::new(SigmoidMse),
            Box::new(SoftmaxMse),
            Box::new(IdentityMse),
            Box::new(IdentityMae),
            Box::new(IdentityHuber::default().delta(0.7)),
        ];
        for head in heads {
            let mut net = Builder::<f64>::new(3)
                .layer(Dense::new(6).bias_init(Init::Normal(0.5)))
                .layer(activation(name).unwrap())
                .layer(Dropout::new(0.3))
                .layer(Dense::new(5).bias(false))
                .layer(activation(name).unwrap())
                .layer(Dense::new(4).bias_init(Init::Normal(0.5)))
                .head(head)
                .seed(3)
                .build()
                .unwrap();
            let check = gradient_check::network(&mut net, &data()).unwrap();
            assert!(check.worst() < TOLERANCE, "{name}, {}: {check:?}", net.head().name());
            assert_eq!(check.parts.len(), 5, "a part for each parameter");
        }
    }
}

#[test]
fn residual_blocks_within_blocks_have_the_gradient_of_the_loss() {
    // The first block begins with the input, two end with one layer each above the other, and one holds a batch.
    let mut net = Builder::<f64>::new(3)
        .layer(Dense::new(3).bias_init(Init::Normal(0.5)))
        .layer(Tanh)
        .layer(Residual::over(2))
        .layer(Dense::new(5))
        .layer(Tanh)
        .layer(Dense::new(5))
        .layer(BatchNorm::default())
        .layer(Tanh)
        .layer(Dropout::new(0.3))
        .layer(Residual::over(4))
        .layer(Residual::over(6))
        .layer(Dense::new(4))
        .layer(LayerNorm::default())
        .layer(Residual::over(1))
        .head(SoftmaxCrossEntropy::default())
        .seed(3)
        .build()
        .unwrap();
    let check = gradient_check::network(&mut net, &data()).unwrap();
    assert!(check.worst() < TOLERANCE, "{check:?}");
    assert_eq!(check.parts.len(), 12);
}

/// y = 2 x with a gradient of one's choice.
#[derive(Debug)]
struct Wrong(f64);

impl<T: Scalar> Layer<T> for Wrong {
    fn forward(&self, _: &Pass<T>, x: &Mat<T>, y: &mut Mat<T>, _: &mut [T]) {
        y.zip_mut_with(x, |y, &x| *y = T::of(2.0) * x);
    }
    fn backward_input(&self, _: &Pass<T>, _: &Mat<T>, _: &Mat<T>, dy: &Mat<T>, dx: &mut Mat<T>, _: &mut [T]) {
        dx.zip_mut_with(dy, |dx, &dy| *dx = T::of(self.0) * dy);
    }
}

#[test]
fn the_check_finds_a_gradient_that_is_slightly_wrong() {
    assert!(gradient_check::layer(&Wrong(2.0), 4, 1).unwrap().worst() < TOLERANCE);
    assert!(gradient_check::layer(&Wrong(2.0001), 4, 1).unwrap().worst() > 1e-5);
    assert_eq!(gradient_check::layer(&Wrong(f64::NAN), 4, 1).unwrap().worst(), f64::INFINITY);
}

/// y = x, whose backward pass adds to dx instead of overwriting it.
#[derive(Debug)]
struct Adds;

impl<T: Scalar> Layer<T> for Adds {
    fn forward(&self, _: &Pass<T>, x: &Mat<T>, y: &mut Mat<T>, _: &mut [T]) {
        y.assign(x);
    }
    fn backward_input(&self, _: &Pass<T>, _: &Mat<T>, _: &Mat<T>, dy: &Mat<T>, dx: &mut Mat<T>, _: &mut [T]) {
        dx.zip_mut_with(dy, |dx, &dy| *dx += dy);
    }
}

#[test]
fn the_check_finds_a_gradient_that_is_added_instead_of_written() {
    assert_eq!(gradient_check::layer(&Adds, 4, 1).unwrap().worst(), f64::INFINITY);
}
