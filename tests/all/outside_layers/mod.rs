//! Layers that are not in the crate are equals of those that are: a convolution, and a block of layers around which the
//! input is passed.

mod conv;
mod residual;

use conv::Conv2d;
use gradlens::nn::{Gradient, gradient_check};
use gradlens::{
    Adam, Builder, Dataset, Dense, IdentityMse, Init, Layer, Mat, Mode, Param, Pass, Relu, Result, Scalar,
    Sequential, Sgd, SoftmaxCrossEntropy, Spec, Tanh, Trainer, evaluate,
};
use ndarray::{Array2, ArrayView1};
use residual::Residual;

fn residual<T: Scalar>(width: usize) -> Residual<T> {
    Residual(vec![Box::new(Dense::new(width)), Box::new(Tanh), Box::new(Dense::new(width))])
}

const CONV: Conv2d = Conv2d { channels: 2, height: 5, width: 4, filters: 3, size: 2 };

#[test]
fn outside_layers_have_the_gradients_of_what_they_compute() {
    let layers: [(&dyn Layer<f64>, usize); 2] = [(&CONV, 40), (&residual(4), 4)];
    for (layer, input_len) in layers {
        let check = gradient_check::layer(layer, input_len, 3).unwrap();
        assert!(check.worst() < 1e-6, "{layer:?}: {check:?}");
    }
}

/// y = x - the mean of the column: one row looks at another.
#[derive(Debug)]
struct Centre {
    says_row_by_row: bool,
    scratch: usize,
}

impl Layer<f64> for Centre {
    fn spec(&self, input_len: usize) -> Result<Spec> {
        let spec = Spec::new(input_len).scratch(0, self.scratch);
        Ok(if self.says_row_by_row { spec.row_by_row() } else { spec })
    }
    fn forward(&self, _: &Pass<f64>, x: &Mat<f64>, y: &mut Mat<f64>, _: &mut [f64]) {
        y.assign(&(&x.view() - &x.mean_axis(ndarray::Axis(0)).unwrap()));
    }
    fn backward_input(
        &self,
        _: &Pass<f64>,
        _: &Mat<f64>,
        _: &Mat<f64>,
        dy: &Mat<f64>,
        dx: &mut Mat<f64>,
        _: &mut [f64],
    ) {
        dx.assign(&(&dy.view() - &dy.mean_axis(ndarray::Axis(0)).unwrap()));
    }
}

#[test]
fn a_layer_that_wrongly_says_it_works_row_by_row_is_found_by_the_check() {
    let worst = |says_row_by_row| {
        gradient_check::layer(&Centre { says_row_by_row, scratch: 0 }, 3, 1).unwrap().worst()
    };
    assert!(worst(false) < 1e-6);
    assert!(worst(true) > 0.1);
    let layer = Centre { says_row_by_row: true, scratch: 7 };
    let expected = "the scratch space beside that of the rows is 7, but must be 0, as it works row by row";
    assert_eq!(gradient_check::layer(&layer, 3, 1).unwrap_err().to_string(), expected);
    let error = Builder::<f64>::new(3).layer(layer).head(SoftmaxCrossEntropy::default()).build().unwrap_err();
    assert_eq!(error.to_string(), format!("layer 0 (Centre): {expected}"));
}

/// y = w x, a weight for each unit, as many as the input is long.
#[derive(Debug)]
struct Gain {
    reads_weights: bool,
    puts: usize,
}

const GAIN: Gain = Gain { reads_weights: false, puts: 1 };

impl Layer<f64> for Gain {
    fn spec(&self, input_len: usize) -> Result<Spec> {
        // A parameter may be empty.
        let parameter = |name, len| Param::bias(name, len, Init::Constant(1.0), input_len, input_len);
        let params = vec![parameter("nothing", 0), parameter("gain", input_len)];
        Ok(Spec::new(input_len).params(params).row_by_row().linear())
    }
    fn forward(&self, pass: &Pass<f64>, x: &Mat<f64>, y: &mut Mat<f64>, _: &mut [f64]) {
        y.assign(&(&x.view() * &ArrayView1::from(pass.params)));
    }
    fn backward_params(
        &self,
        pass: &Pass<f64>,
        x: &Mat<f64>,
        _: &Mat<f64>,
        dy: &Mat<f64>,
        dw: &mut Gradient<f64>,
        _: &mut [f64],
    ) {
        for unit in 0..dw.len() {
            let sum = x.column(unit).dot(&dy.column(unit));
            let sum = if self.reads_weights && pass.params.is_empty() { 2.0 * sum } else { sum };
            // A sum that is put in parts is not the sum.
            (0..self.puts).for_each(|_| dw.put(unit, sum / self.puts as f64));
        }
    }
    fn backward_input(
        &self,
        pass: &Pass<f64>,
        _: &Mat<f64>,
        _: &Mat<f64>,
        dy: &Mat<f64>,
        dx: &mut Mat<f64>,
        _: &mut [f64],
    ) {
        dx.assign(&(&dy.view() * &ArrayView1::from(pass.params)));
    }
}

#[test]
fn a_linear_layers_gradient_is_checked_as_it_is_added_too() {
    assert!(gradient_check::layer(&GAIN, 4, 1).unwrap().worst() < 1e-6);
    let wrong = gradient_check::layer(&Gain { reads_weights: true, ..GAIN }, 4, 1).unwrap();
    let part = wrong.parts.iter().find(|part| part.name == "gain, added").unwrap();
    assert!(part.error > 0.1 && wrong.parts.iter().filter(|part| part.error > 1e-6).count() == 1);
}

#[test]
fn a_layer_that_puts_too_few_or_too_many_numbers_into_its_gradient_is_refused() {
    let data = Dataset::classes(Array2::<f64>::ones((4, 2)), vec![0, 1, 0, 1], 2).unwrap();
    for (puts, found) in [(0, "0"), (2, "4")] {
        let gain = || Gain { puts, ..GAIN };
        let expected = format!(
            "layer 0 (Gain): the gradient that backward_params puts is {found} numbers long, but must be 2, one \
             for each parameter"
        );
        let check = gradient_check::layer(&gain(), 2, 1).unwrap_err();
        assert_eq!(check.to_string(), expected);
        // As gradients are added to the weights, and as they are stored.
        for momentum in [0.0, 0.9] {
            let head = SoftmaxCrossEntropy::default();
            let mut net = Builder::<f64>::new(2).layer(gain()).head(head).build().unwrap();
            let trainer = Trainer::new(Sgd::new(0.1).momentum(momentum));
            assert_eq!(trainer.fit(&mut net, &data).unwrap_err().to_string(), expected);
        }
    }
}

/// y = w x with one weight, and the `backward_params` that the trait provides.
#[derive(Debug)]
struct Forgetful {
    linear: bool,
}

impl<T: Scalar> Layer<T> for Forgetful {
    fn spec(&self, input_len: usize) -> Result<Spec> {
        let weight = Param::bias("w", 1, Init::Constant(1.0), input_len, input_len);
        let spec = Spec::new(input_len).params(vec![weight]).row_by_row();
        Ok(if self.linear { spec.linear() } else { spec })
    }
    fn forward(&self, pass: &Pass<T>, x: &Mat<T>, y: &mut Mat<T>, _: &mut [T]) {
        y.zip_mut_with(x, |y, &x| *y = pass.params[0] * x);
    }
    fn backward_input(
        &self,
        pass: &Pass<T>,
        _: &Mat<T>,
        _: &Mat<T>,
        dy: &Mat<T>,
        dx: &mut Mat<T>,
        _: &mut [T],
    ) {
        dx.zip_mut_with(dy, |dx, &dy| *dx = pass.params[0] * dy);
    }
}

#[test]
fn a_layer_with_parameters_that_computes_no_gradient_of_them_is_refused_when_it_is_trained() {
    let data = Dataset::classes(Array2::<f32>::ones((4, 2)), vec![0, 1, 0, 1], 2).unwrap();
    for linear in [false, true] {
        // At the bottom, and between others.
        for below in [false, true] {
            let mut builder = Sequential::input(2);
            builder = if below { builder.layer(Dense::new(2)) } else { builder };
            let builder = builder.layer(Forgetful { linear }).layer(Dense::new(2));
            let mut net = builder.head(SoftmaxCrossEntropy::default()).build().unwrap();
            let before = net.params().to_vec();
            for optimizer in [gradlens::train::optimizer("sgd:0.1"), gradlens::train::optimizer("adam:0.1")] {
                let error = Trainer::new(optimizer.unwrap()).fit(&mut net, &data).unwrap_err().to_string();
                let place = usize::from(below);
                assert_eq!(
                    error,
                    format!(
                        "layer {place} (Forgetful): the gradient that backward_params puts is 0 numbers long, but must \
                         be 1, one for each parameter"
                    )
                );
            }
            assert_eq!(net.params(), before);
        }
    }
}

#[test]
fn a_linear_layer_from_outside_may_have_its_gradients_added_to_the_weights() {
    let inputs = Array2::from_shape_fn((50, 30), |(i, j)| ((i * 30 + j) as f64 * 0.7).sin());
    let data = Dataset::classes(inputs, (0..50).map(|i| i % 3).collect(), 3).unwrap();
    let train = |momentum, watched| {
        let mut net = Builder::<f64>::new(30)
            .layer(GAIN)
            .layer(Dense::new(3))
            .head(SoftmaxCrossEntropy::default())
            .build()
            .unwrap();
        let trainer = Trainer::new(Sgd::new(0.5).momentum(momentum)).epochs(3);
        let trainer = if watched { trainer.on_gradients(|_| ()) } else { trainer };
        trainer.fit(&mut net, &data).unwrap();
        net.params().to_vec()
    };
    for momentum in [0.0, 0.9] {
        assert_eq!(train(momentum, false), train(momentum, true));
    }
}

#[test]
fn a_network_of_outside_layers_has_the_gradient_of_its_loss() {
    let mut net = Builder::<f64>::new(40)
        .layer(CONV)
        .layer(gradlens::BatchNorm::default())
        .layer(Tanh)
        .layer(residual(36))
        .layer(Dense::new(3))
        .head(SoftmaxCrossEntropy::default())
        .build()
        .unwrap();
    let inputs = Array2::from_shape_fn((4, 40), |(i, j)| ((i * 40 + j) as f64).sin());
    let check =
        gradient_check::network(&mut net, &Dataset::classes(inputs, vec![0, 2, 1, 1], 3).unwrap()).unwrap();
    assert!(check.worst() < 1e-6, "{check:?}");
    let names: Vec<String> = net.named_params().map(|(name, ..)| name).collect();
    let expected =
        ["0.weight", "0.bias", "1.weight", "1.bias", "3.0.weight", "3.0.bias", "3.2.weight", "3.2.bias"];
    assert_eq!(names[..8], expected);
    assert_eq!(net.param("0.weight").unwrap().shape(), [3, 2, 2, 2]);
}

#[test]
fn an_outside_layer_that_does_not_fit_is_named_in_the_error() {
    let error = Sequential::input(41).layer(CONV).head(SoftmaxCrossEntropy::default()).build().unwrap_err();
    let expected = "layer 0 (Conv2d): the input of the convolution is 41, but must be 40 pixels";
    assert_eq!(error.to_string(), expected);
}

/// Images of 6 x 6 with a bar, upright or lying, anywhere: a job for a convolution.
fn bars(samples: usize) -> Dataset {
    let mut images = Array2::zeros((samples, 36));
    let labels: Vec<usize> = (0..samples).map(|i| i % 2).collect();
    for (i, mut image) in images.rows_mut().into_iter().enumerate() {
        let (line, at) = ((i / 2) % 6, (i / 12) % 4);
        for step in at..at + 3 {
            image[if i % 2 == 0 { line * 6 + step } else { step * 6 + line }] = 1.0;
        }
    }
    Dataset::classes(images, labels, 2).unwrap()
}

#[test]
fn layers_within_layers_draw_numbers_of_their_own() {
    #[derive(Debug)]
    struct Draw;
    impl<T: Scalar> Layer<T> for Draw {
        fn forward(&self, pass: &Pass<T>, _: &Mat<T>, y: &mut Mat<T>, _: &mut [T]) {
            use rand::RngCore;
            y.fill(T::of(f64::from(pass.rng().next_u32())));
        }
        fn backward_input(
            &self,
            _: &Pass<T>,
            _: &Mat<T>,
            _: &Mat<T>,
            dy: &Mat<T>,
            dx: &mut Mat<T>,
            _: &mut [T],
        ) {
            dx.assign(dy);
        }
    }
    let net = Builder::<f64>::new(1)
        .layer(Residual(vec![Box::new(Draw), Box::new(Draw)]))
        .layer(Draw)
        .layer(Draw)
        .layer(Residual(vec![Box::new(Draw)]))
        .head(IdentityMse)
        .build()
        .unwrap();
    let mut workspace = net.workspace(1);
    net.forward(&mut workspace, Mode::Training { step: 1 });
    // The input is 0, so a residual block puts out what its last inner layer drew, plus its input.
    let out = |layer: usize| workspace.output(layer)[[0, 0]];
    let drawn = [out(0), out(1), out(2), out(3) - out(2)];
    for (i, a) in drawn.iter().enumerate() {
        assert!(drawn[..i].iter().all(|b| a != b), "{drawn:?}");
    }
}

#[test]
fn a_network_with_an_outside_layer_trains_like_any_other() {
    let data = bars(48);
    let conv = Conv2d { channels: 1, height: 6, width: 6, filters: 4, size: 3 };
    let mut net = Sequential::input(36)
        .layer(conv)
        .layer(Relu)
        .layer(Dense::new(2))
        .head(SoftmaxCrossEntropy::default())
        .build()
        .unwrap();
    Trainer::new(Adam::new(0.01)).epochs(60).batch(16).fit(&mut net, &data).unwrap();
    assert_eq!(evaluate(&net, &data).unwrap().classification.unwrap().accuracy, 1.0);
}
