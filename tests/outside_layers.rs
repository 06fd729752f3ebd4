//! Layers that are not in the crate are equals of those that are: a convolution, a batch
//! normalisation with statistics that are not trained, and a block of layers around which the input
//! is passed.

use gradlens::{
    Adam, Builder, Dataset, Dense, Error, Init, Layer, Mat, Mode, Param, ParamSlice, Pass, Relu, Result,
    Scalar, Sequential, Sgd, SoftmaxCrossEntropy, Store, Tanh, Trainer, Workspace, check, evaluate,
};
use ndarray::{
    Array2, ArrayView1, ArrayView2, ArrayView3, ArrayView4, ArrayViewMut2, ArrayViewMut3, ArrayViewMut4, s,
};

/// Cross-correlation of images, a row each, channel after channel, without padding, with stride 1.
#[derive(Debug)]
struct Conv2d {
    channels: usize,
    height: usize,
    width: usize,
    filters: usize,
    size: usize,
}

impl Conv2d {
    fn out(&self) -> (usize, usize, usize) {
        (self.filters, self.height - self.size + 1, self.width - self.size + 1)
    }
    fn image<'a, T>(&self, row: &'a [T]) -> ArrayView3<'a, T> {
        ArrayView3::from_shape((self.channels, self.height, self.width), row).unwrap()
    }
    fn kernel<'a, T>(&self, params: &'a [T]) -> ArrayView4<'a, T> {
        let shape = (self.filters, self.channels, self.size, self.size);
        ArrayView4::from_shape(shape, &params[..params.len() - self.filters]).unwrap()
    }
}

impl<T: Scalar> Layer<T> for Conv2d {
    fn output_len(&self, input_len: usize) -> Result<usize> {
        let pixels = self.channels * self.height * self.width;
        if input_len != pixels {
            return Err(Error::setting(
                "the input of the convolution",
                input_len,
                format!("{pixels} pixels"),
            ));
        }
        let (f, h, w) = self.out();
        Ok(f * h * w)
    }

    fn params(&self, _: usize) -> Vec<Param> {
        let weight = Param::weight("weight", &[self.filters, self.channels, self.size, self.size], None);
        let bias = Param::bias("bias", self.filters, Init::Zeros, weight.fan_in, weight.fan_out);
        vec![weight, bias]
    }

    fn by_rows(&self) -> bool {
        true
    }

    fn forward(&self, pass: &Pass<T>, x: &Mat<T>, y: &mut Mat<T>, _: &mut [T]) {
        let (kernel, bias) = (self.kernel(pass.params), &pass.params[pass.params.len() - self.filters..]);
        for (x, mut y) in x.rows().into_iter().zip(y.rows_mut()) {
            let x = self.image(x.to_slice().unwrap());
            let mut y = ArrayViewMut3::from_shape(self.out(), y.as_slice_mut().unwrap()).unwrap();
            for ((f, i, j), y) in y.indexed_iter_mut() {
                let window = x.slice(s![.., i..i + self.size, j..j + self.size]);
                let kernel = kernel.index_axis(ndarray::Axis(0), f);
                *y = bias[f] + window.iter().zip(kernel).map(|(&x, &k)| x * k).sum::<T>();
            }
        }
    }

    fn backward_params(
        &self,
        _: &Pass<T>,
        x: &Mat<T>,
        _: &Mat<T>,
        dy: &Mat<T>,
        dparams: &mut [T],
        _: &mut [T],
    ) {
        dparams.fill(T::zero());
        let (dkernel, dbias) = dparams.split_at_mut(dparams.len() - self.filters);
        let shape = (self.filters, self.channels, self.size, self.size);
        let mut dkernel = ArrayViewMut4::from_shape(shape, dkernel).unwrap();
        for (x, dy) in x.rows().into_iter().zip(dy.rows()) {
            let x = self.image(x.to_slice().unwrap());
            let dy = ArrayView3::from_shape(self.out(), dy.to_slice().unwrap()).unwrap();
            for ((f, i, j), &dy) in dy.indexed_iter() {
                let window = x.slice(s![.., i..i + self.size, j..j + self.size]);
                dkernel.index_axis_mut(ndarray::Axis(0), f).scaled_add(dy, &window);
                dbias[f] += dy;
            }
        }
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
        let kernel = self.kernel(pass.params);
        dx.fill(T::zero());
        for (mut dx, dy) in dx.rows_mut().into_iter().zip(dy.rows()) {
            let shape = (self.channels, self.height, self.width);
            let mut dx = ArrayViewMut3::from_shape(shape, dx.as_slice_mut().unwrap()).unwrap();
            let dy = ArrayView3::from_shape(self.out(), dy.to_slice().unwrap()).unwrap();
            for ((f, i, j), &dy) in dy.indexed_iter() {
                let mut window = dx.slice_mut(s![.., i..i + self.size, j..j + self.size]);
                window.scaled_add(dy, &kernel.index_axis(ndarray::Axis(0), f));
            }
        }
    }
}

/// Batch normalisation (Ioffe and Szegedy, ICML 2015): statistics of the batch in training, running
/// ones in evaluation.
#[derive(Debug)]
struct BatchNorm;

const MOMENTUM: f64 = 0.1;
const EPS: f64 = 1e-5;

impl<T: Scalar> Layer<T> for BatchNorm {
    fn params(&self, units: usize) -> Vec<Param> {
        let vector = |name, start| Param::bias(name, units, Init::Constant(start), units, units);
        vec![vector("weight", 1.0), vector("bias", 0.0)]
    }

    fn state(&self, units: usize) -> Vec<Param> {
        let vector = |name, start| Param::bias(name, units, Init::Constant(start), units, units);
        vec![vector("running_mean", 0.0), vector("running_var", 1.0)]
    }

    /// Mean and variance of the batch.
    fn scratch_len(&self, _: usize, units: usize) -> usize {
        2 * units
    }

    fn forward(&self, pass: &Pass<T>, x: &Mat<T>, y: &mut Mat<T>, scratch: &mut [T]) {
        let (units, rows) = (x.ncols(), T::of(x.nrows() as f64));
        for unit in 0..units {
            let x = x.column(unit);
            let (mean, var) = if pass.training {
                let mean = x.sum() / rows;
                (mean, x.mapv(|x| (x - mean) * (x - mean)).sum() / rows)
            } else {
                (pass.state[unit], pass.state[units + unit])
            };
            (scratch[unit], scratch[units + unit]) = (mean, var);
            let (gamma, beta) = (pass.params[unit], pass.params[units + unit]);
            let scale = gamma / (var + T::of(EPS)).sqrt();
            y.column_mut(unit).zip_mut_with(&x, |y, &x| *y = (x - mean) * scale + beta);
        }
    }

    fn backward_params(
        &self,
        _: &Pass<T>,
        x: &Mat<T>,
        _: &Mat<T>,
        dy: &Mat<T>,
        dparams: &mut [T],
        scratch: &mut [T],
    ) {
        let units = x.ncols();
        for unit in 0..units {
            let (mean, deviation) = (scratch[unit], (scratch[units + unit] + T::of(EPS)).sqrt());
            let pairs = || x.column(unit).into_iter().zip(dy.column(unit));
            dparams[unit] = pairs().map(|(&x, &dy)| (x - mean) / deviation * dy).sum();
            dparams[units + unit] = dy.column(unit).sum();
        }
    }

    fn backward_input(
        &self,
        pass: &Pass<T>,
        x: &Mat<T>,
        _: &Mat<T>,
        dy: &Mat<T>,
        dx: &mut Mat<T>,
        scratch: &mut [T],
    ) {
        let (units, rows) = (x.ncols(), T::of(x.nrows() as f64));
        for unit in 0..units {
            let (mean, deviation) = (scratch[unit], (scratch[units + unit] + T::of(EPS)).sqrt());
            let scaled = x.column(unit).mapv(|x| (x - mean) / deviation);
            let dy = dy.column(unit);
            let (mean_dy, mean_xdy) = (dy.sum() / rows, (&scaled * &dy).sum() / rows);
            for ((dx, &dy), &x) in dx.column_mut(unit).iter_mut().zip(dy).zip(&scaled) {
                *dx = pass.params[unit] / deviation * (dy - mean_dy - x * mean_xdy);
            }
        }
    }

    fn update_state(&self, scratch: &[T], state: &mut [T]) {
        for (running, &batch) in state.iter_mut().zip(scratch) {
            *running += T::of(MOMENTUM) * (batch - *running);
        }
    }
}

/// y = x + f(x), with f made of layers (He et al., CVPR 2016).
#[derive(Debug)]
struct Residual<T: Scalar>(Vec<Box<dyn Layer<T>>>);

impl<T: Scalar> Residual<T> {
    /// Of each inner layer: the lengths of its parameters and its scratch. All have as many outputs
    /// as inputs.
    fn lens(&self, rows: usize, width: usize) -> Vec<(usize, usize)> {
        let params = |layer: &dyn Layer<T>| layer.params(width).iter().map(Param::len).sum();
        self.0.iter().map(|layer| (params(&**layer), layer.scratch_len(rows, width))).collect()
    }
}

impl<T: Scalar> Layer<T> for Residual<T> {
    fn params(&self, width: usize) -> Vec<Param> {
        let mut params = vec![];
        for (index, layer) in self.0.iter().enumerate() {
            let rename = |param: Param| Param { name: format!("{index}.{}", param.name), ..param };
            params.extend(layer.params(width).into_iter().map(rename));
        }
        params
    }

    /// Every inner layer's output, the gradient at it, and its own scratch.
    fn scratch_len(&self, rows: usize, width: usize) -> usize {
        self.lens(rows, width).iter().map(|(_, scratch)| 2 * rows * width + scratch).sum()
    }

    fn forward(&self, pass: &Pass<T>, x: &Mat<T>, y: &mut Mat<T>, mut scratch: &mut [T]) {
        let shape = x.dim();
        let (mut input, mut params) = (x.view(), pass.params);
        for ((index, layer), (param_len, scratch_len)) in
            self.0.iter().enumerate().zip(self.lens(shape.0, shape.1))
        {
            let (output, rest) = scratch.split_at_mut(x.len());
            let (_, rest) = rest.split_at_mut(x.len());
            let (own, rest) = rest.split_at_mut(scratch_len);
            let (own_params, other_params) = params.split_at(param_len);
            let mut out = ArrayViewMut2::from_shape(shape, &mut *output).unwrap();
            layer.forward(&pass.inner(index, own_params, &[]), &input, &mut out, own);
            input = ArrayView2::from_shape(shape, output).unwrap();
            (params, scratch) = (other_params, rest);
        }
        y.assign(&(&x.view() + &input));
    }

    /// Goes all the way down, leaving the gradient at every inner output in scratch for
    /// `backward_input`.
    fn backward_params(
        &self,
        pass: &Pass<T>,
        x: &Mat<T>,
        _: &Mat<T>,
        dy: &Mat<T>,
        dparams: &mut [T],
        scratch: &mut [T],
    ) {
        let (shape, lens) = (x.dim(), self.lens(x.nrows(), x.ncols()));
        let mut delta = dy.to_owned();
        let (mut params_end, mut scratch_end) = (pass.params.len(), scratch.len());
        for (index, layer) in self.0.iter().enumerate().rev() {
            let (param_len, scratch_len) = lens[index];
            let params = params_end - param_len..params_end;
            let inner = pass.inner(index, &pass.params[params.clone()], &[]);
            let start = scratch_end - scratch_len - 2 * x.len();
            let (below, at) = scratch[..scratch_end].split_at_mut(start);
            let input = match index {
                0 => x.to_owned(),
                _ => {
                    let from = start - lens[index - 1].1 - 2 * x.len();
                    Array2::from_shape_vec(shape, below[from..from + x.len()].to_vec()).unwrap()
                }
            };
            let (output, rest) = at.split_at_mut(x.len());
            let (dinput, own) = rest.split_at_mut(x.len());
            let output = ArrayView2::from_shape(shape, output).unwrap();
            layer.backward_params(&inner, &input, &output, &delta, &mut dparams[params.clone()], own);
            let mut dinput = ArrayViewMut2::from_shape(shape, dinput).unwrap();
            layer.backward_input(&inner, &input, &output, &delta, &mut dinput, own);
            delta.assign(&dinput);
            (params_end, scratch_end) = (params.start, start);
        }
    }

    fn backward_input(
        &self,
        _: &Pass<T>,
        x: &Mat<T>,
        _: &Mat<T>,
        dy: &Mat<T>,
        dx: &mut Mat<T>,
        scratch: &mut [T],
    ) {
        let dinput = ArrayView2::from_shape(x.dim(), &scratch[x.len()..2 * x.len()]).unwrap();
        dx.assign(&(&dy.view() + &dinput));
    }
}

fn residual<T: Scalar>(width: usize) -> Residual<T> {
    Residual(vec![Box::new(Dense::new(width)), Box::new(Tanh), Box::new(Dense::new(width))])
}

const CONV: Conv2d = Conv2d { channels: 2, height: 5, width: 4, filters: 3, size: 2 };

#[test]
fn outside_layers_have_the_gradients_of_what_they_compute() {
    let layers: [(&dyn Layer<f64>, usize); 3] = [(&CONV, 40), (&BatchNorm, 6), (&residual(4), 4)];
    for (layer, input_len) in layers {
        let check = check::layer(layer, input_len, 3).unwrap();
        assert!(check.worst() < 1e-6, "{layer:?}: {check:?}");
    }
}

/// y = x - the mean of the column: one row looks at another.
#[derive(Debug)]
struct Centre {
    says_by_rows: bool,
    scratch: usize,
}

impl Layer<f64> for Centre {
    fn by_rows(&self) -> bool {
        self.says_by_rows
    }
    fn scratch_len(&self, _: usize, _: usize) -> usize {
        self.scratch
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
fn a_layer_that_wrongly_says_it_works_by_rows_is_found_by_the_check() {
    let worst = |says_by_rows| check::layer(&Centre { says_by_rows, scratch: 0 }, 3, 1).unwrap().worst();
    assert!(worst(false) < 1e-6);
    assert!(worst(true) > 0.1);
    let layer = Centre { says_by_rows: true, scratch: 7 };
    let expected =
        "the scratch space for two rows is 7, but must be twice that for one, 7, as it works by rows";
    assert_eq!(check::layer(&layer, 3, 1).unwrap_err().to_string(), expected);
    let error = Builder::<f64>::new(3).layer(layer).head(SoftmaxCrossEntropy::default()).build().unwrap_err();
    assert_eq!(error.to_string(), format!("layer 0 (Centre): {expected}"));
}

/// y = w x, a weight for each unit, as many as the input is long.
#[derive(Debug)]
struct Gain {
    forgets_which_units: bool,
    always_replaces: bool,
}

const GAIN: Gain = Gain { forgets_which_units: false, always_replaces: false };

impl Layer<f64> for Gain {
    fn params(&self, input_len: usize) -> Vec<Param> {
        // A parameter may be empty.
        let parameter = |name, len| Param::bias(name, len, Init::Constant(1.0), input_len, input_len);
        vec![parameter("nothing", 0), parameter("gain", input_len)]
    }
    fn by_rows(&self) -> bool {
        true
    }
    fn by_units(&self) -> bool {
        true
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
        dparams: &mut [f64],
        _: &mut [f64],
    ) {
        let all = ParamSlice { param: 1, units: 0..dparams.len() };
        self.backward_units(pass, &all, x, dy, Store::Replace, dparams);
    }
    fn backward_units(
        &self,
        _: &Pass<f64>,
        slice: &ParamSlice,
        x: &Mat<f64>,
        dy: &Mat<f64>,
        store: Store<f64>,
        to: &mut [f64],
    ) {
        assert_eq!(slice.param, 1);
        let store = if self.always_replaces { Store::Replace } else { store };
        let first = if self.forgets_which_units { 0 } else { slice.units.start };
        for (unit, to) in to.iter_mut().enumerate() {
            store.put(x.column(first + unit).dot(&dy.column(first + unit)), to);
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
fn a_layer_that_works_by_units_is_checked_unit_by_unit() {
    let check = |gain| check::layer(&gain, 4, 1).unwrap();
    assert!(check(GAIN).worst() < 1e-6);
    for wrong in [Gain { forgets_which_units: true, ..GAIN }, Gain { always_replaces: true, ..GAIN }] {
        let wrong = check(wrong);
        let part = wrong.parts.iter().find(|part| part.name == "gain, by units").unwrap();
        assert!(part.error > 0.1 && wrong.parts.iter().filter(|part| part.error > 1e-6).count() == 1);
    }
}

#[test]
fn a_layer_from_outside_may_have_its_weights_changed_as_their_gradients_become_known() {
    let inputs = Array2::from_shape_fn((50, 30), |(i, j)| ((i * 30 + j) as f64 * 0.7).sin());
    let data = Dataset::classes(inputs, (0..50).map(|i| i % 3).collect(), 3).unwrap();
    let train = |momentum, watched| {
        let mut net = Builder::<f64>::new(30)
            .layer(GAIN)
            .layer(Dense::new(3))
            .head(SoftmaxCrossEntropy::default())
            .build()
            .unwrap();
        let trainer = Trainer::new(Sgd { lr: 0.5, momentum, ..Sgd::default() }).epochs(3);
        let trainer = if watched { trainer.on_event(|_| ()) } else { trainer };
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
        .layer(BatchNorm)
        .layer(Tanh)
        .layer(residual(36))
        .layer(Dense::new(3))
        .head(SoftmaxCrossEntropy::default())
        .build()
        .unwrap();
    let inputs = Array2::from_shape_fn((4, 40), |(i, j)| ((i * 40 + j) as f64).sin());
    let check = check::network(&mut net, &Dataset::classes(inputs, vec![0, 2, 1, 1], 3).unwrap()).unwrap();
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
        .head(SoftmaxCrossEntropy::default())
        .build()
        .unwrap();
    let mut workspace = Workspace::new(&net, 1);
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
    Trainer::new(Adam { lr: 0.01, ..Adam::default() }).epochs(60).batch(16).fit(&mut net, &data).unwrap();
    assert_eq!(evaluate(&net, &data).unwrap().classification.unwrap().accuracy, 1.0);
}

#[test]
fn statistics_that_are_not_trained_follow_the_batches_in_training_and_stand_in_evaluation() {
    let inputs = Array2::from_shape_fn((8, 3), |(i, j)| (i * (j + 1)) as f32);
    let data = Dataset::classes(inputs.clone(), vec![0, 1, 0, 1, 0, 1, 0, 1], 2).unwrap();
    let build = || {
        let head = SoftmaxCrossEntropy::default();
        Sequential::input(3).layer(BatchNorm).layer(Dense::new(2)).head(head).build().unwrap()
    };
    let mut net = build();
    assert_eq!(net.state(), [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
    Trainer::new(Sgd { lr: 0.0, ..Sgd::default() }).epochs(1).batch(8).fit(&mut net, &data).unwrap();
    // One step of a tenth from mean 0 and variance 1 towards those of 0, 1, ..., 7: 3.5 and 5.25.
    let expected = [0.35, 0.7, 1.05, 0.9 + 0.525, 0.9 + 2.1, 0.9 + 4.725];
    for (state, expected) in net.state().iter().zip(expected) {
        assert!((state - expected).abs() < 1e-5, "{:?}", net.state());
    }
    let (before, first) = (net.state().to_vec(), net.predict(&inputs).unwrap());
    assert_eq!(net.predict(&inputs).unwrap(), first);
    assert_eq!(net.state(), before);

    // In training the batch is normalised by its own statistics.
    let mut workspace = Workspace::new(&net, 8);
    workspace.input_mut().assign(&inputs);
    net.forward(&mut workspace, Mode::Training { step: 1 });
    let column = workspace.output(0).column(1).to_owned();
    assert!(column.mean().unwrap().abs() < 1e-6 && (column.std(0.0) - 1.0).abs() < 1e-5);
}

/// Says that it works by units, and leaves it at that.
#[derive(Debug)]
struct Boast;

impl Layer<f64> for Boast {
    fn params(&self, input_len: usize) -> Vec<Param> {
        vec![Param::bias("gain", input_len, Init::Constant(1.0), input_len, input_len)]
    }
    fn by_units(&self) -> bool {
        true
    }
    fn forward(&self, _: &Pass<f64>, x: &Mat<f64>, y: &mut Mat<f64>, _: &mut [f64]) {
        y.assign(x);
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
        dx.assign(dy);
    }
}

#[test]
#[should_panic(expected = "the layer Boast says that it works by units, and does not define backward_units")]
fn a_layer_that_promises_gradients_by_units_and_has_none_is_named() {
    let _ = check::layer(&Boast, 4, 1);
}
