//! Claim 5: with two classes a softmax and a sigmoid are the same.

use super::claim::{Claim, Statement};
use super::run::Run;
use gradlens::report::Lines;
use gradlens::{
    Builder, Dataset, Dense, Layer, Loss, Mat, Mode, Scalar, Sequential, SigmoidBinaryCrossEntropy,
    SoftmaxCrossEntropy, Tanh,
};
use ndarray::{Array2, Axis};
use serde::{Deserialize, Serialize};

/// What was measured.
#[derive(Serialize, Deserialize)]
pub struct Evidence {
    /// The greatest difference between the sigmoid of z and the softmax of (z, 0), z from -40 to 40, in f64.
    function: f64,
    /// Twins in f64 and in f32, the rate of the output layer doubled under the sigmoid.
    f64: Twins,
    f32: Twins,
    /// Twins in f64 with one rate for all.
    one_rate: Twins,
}

/// Two networks that begin as one.
#[derive(Serialize, Deserialize)]
struct Twins {
    /// After these steps
    steps: Vec<u64>,
    /// the greatest difference of a probability so far, on the test images.
    differences: Vec<f64>,
}

impl Twins {
    fn greatest(&self) -> f64 {
        self.differences.iter().copied().fold(0.0, f64::max)
    }
}

/// Three pairs of networks.
pub const PIECES: u64 = 3;
const HIDDEN: usize = 32;
const RATE: f64 = 0.1;
const BATCH: usize = 32;
/// Two digits that are taken for one another more than most.
const DIGITS: [usize; 2] = [4, 9];

/// Trains the twins.
pub fn measure(run: &Run) -> anyhow::Result<Evidence> {
    run.at("softmax and sigmoid of two classes");
    let (train, test) = (digits(&run.mnist.train, run.pick(4000, 2000))?, digits(&run.mnist.test, 500)?);
    let steps = 2000;
    let evidence = Evidence {
        function: function(),
        f64: twins::<f64>(run, &train, &test, steps, 2.0)?,
        f32: twins::<f32>(run, &train, &test, steps, 2.0)?,
        one_rate: twins::<f64>(run, &train, &test, steps, 1.0)?,
    };
    Ok(evidence)
}

/// Images of the two digits, and whether they are the second.
fn digits(data: &Dataset, most: usize) -> anyhow::Result<(Array2<f32>, Vec<usize>)> {
    let labels = data.labels().expect("MNIST has classes");
    let rows: Vec<usize> = (0..data.len()).filter(|&row| DIGITS.contains(&labels[row])).take(most).collect();
    let second = rows.iter().map(|&row| usize::from(labels[row] == DIGITS[1])).collect();
    Ok((data.select(&rows).inputs(), second))
}

fn function() -> f64 {
    let difference = |z: f64| {
        let (mut one, mut two) = (
            Array2::from_elem((1, 1), z),
            Array2::from_shape_fn((1, 2), |(_, k)| if k == 0 { 0.0 } else { z }),
        );
        Loss::<f64>::predict(&SigmoidBinaryCrossEntropy::default(), &mut one);
        Loss::<f64>::predict(&SoftmaxCrossEntropy::default(), &mut two);
        (one[[0, 0]] - two[[0, 1]]).abs()
    };
    (-160..=160).map(|i| difference(f64::from(i) / 4.0)).fold(0.0, f64::max)
}

/// A hidden layer of tanh and so many outputs.
fn network<T: Scalar>(
    inputs: usize,
    outputs: usize,
    head: Box<dyn Loss<T>>,
    seed: u64,
) -> anyhow::Result<Sequential<T>> {
    let dense = |units| Box::new(Dense::new(units)) as Box<dyn Layer<T>>;
    let builder = Builder::new(inputs).layer(dense(HIDDEN)).layer(Box::new(Tanh) as Box<dyn Layer<T>>);
    Ok(builder.layer(dense(outputs)).head(head).seed(seed).build()?)
}

/// Plain gradient descent from matching weights, v = V1 - V0, on the same batches. Under the sigmoid the output layer's
/// rate is multiplied by `factor`.
fn twins<T: Scalar>(
    run: &Run,
    (x, classes): &(Array2<f32>, Vec<usize>),
    (test, _): &(Array2<f32>, Vec<usize>),
    steps: u64,
    factor: f64,
) -> anyhow::Result<Twins> {
    let mut softmax = network::<T>(x.ncols(), 2, Box::new(SoftmaxCrossEntropy::default()), run.seed)?;
    let mut sigmoid = network::<T>(x.ncols(), 1, Box::new(SigmoidBinaryCrossEntropy::default()), run.seed)?;
    let below = softmax.layers()[2].range().start;
    let lower = softmax.params()[..below].to_vec();
    let (v, b) =
        (softmax.param("2.weight").expect("the output layer"), softmax.param("2.bias").expect("has both"));
    let weights: Vec<T> = (0..HIDDEN).map(|j| v[[1, j]] - v[[0, j]]).chain([b[[1]] - b[[0]]]).collect();
    sigmoid.params_mut()[..below].copy_from_slice(&lower);
    sigmoid.params_mut()[below..].copy_from_slice(&weights);

    let widened = |x: &Mat<f32>| x.mapv(|x| T::of(x.into()));
    let (x, test) = (widened(x), widened(test));
    let mut twins = Twins { steps: vec![], differences: vec![] };
    let mut greatest = 0.0_f64;
    for step in 0..=steps {
        if step == steps || step.is_power_of_two() || step == 0 {
            let (two, one) = (softmax.predict(&test)?, sigmoid.predict(&test)?);
            let differences =
                two.column(1).into_iter().zip(one.column(0)).map(|(two, one)| (two.f64() - one.f64()).abs());
            greatest = differences.fold(greatest, f64::max);
            twins.steps.push(step);
            twins.differences.push(greatest);
        }
        if step % 256 == 0 {
            anyhow::ensure!(!crate::interrupt::interrupted(), "interrupted");
        }
        let rows: Vec<usize> = (0..BATCH).map(|i| (step as usize * BATCH + i) % x.nrows()).collect();
        let batch = x.select(Axis(0), &rows);
        let class = |i: usize| classes[rows[i]];
        let two = Array2::from_shape_fn((BATCH, 2), |(i, k)| T::of(if class(i) == k { 1.0 } else { 0.0 }));
        let one = Array2::from_shape_fn((BATCH, 1), |(i, _)| T::of(class(i) as f64));
        descend(&mut softmax, &batch, &two, below, 1.0)?;
        descend(&mut sigmoid, &batch, &one, below, factor)?;
    }
    run.done()?;
    Ok(twins)
}

/// A step of gradient descent, those above `from` at `factor` times the rate.
fn descend<T: Scalar>(
    net: &mut Sequential<T>,
    x: &Mat<T>,
    targets: &Mat<T>,
    from: usize,
    factor: f64,
) -> anyhow::Result<()> {
    let mut workspace = net.workspace(x.nrows());
    workspace.input_mut().assign(x);
    workspace.targets_mut().assign(targets);
    let mode = Mode::Training { step: 1 };
    net.forward(&mut workspace, mode);
    net.loss(&mut workspace);
    net.backward(&mut workspace, mode)?;
    for (index, (w, &g)) in net.params_mut().iter_mut().zip(workspace.gradients()).enumerate() {
        let rate = if index < from { RATE } else { factor * RATE };
        *w -= T::of(rate) * g;
    }
    Ok(())
}

impl Evidence {
    /// What follows from it.
    pub fn claim(&self) -> Claim {
        let mut lines = Lines::new("step", "log10 of the greatest difference").log_x();
        for (name, twins) in [
            ("rate doubled, f64", &self.f64),
            ("rate doubled, f32", &self.f32),
            ("one rate, f64", &self.one_rate),
        ] {
            let points = twins.steps.iter().zip(&twins.differences).filter(|(step, _)| **step > 0);
            lines = lines
                .line(name, points.map(|(&step, difference)| (step as f64, difference.max(1e-17).log10())));
        }
        let steps = self.f64.steps.last().copied().unwrap_or(0);
        let [doubled, single, one_rate] = [&self.f64, &self.f32, &self.one_rate].map(Twins::greatest);
        Claim {
            number: 5,
            title: "With two classes softmax and sigmoid are the same",
            said: "For two classes it does not matter: a softmax over two outputs is a sigmoid of their difference.",
            statements: vec![
                Statement::new(
                    "they are the same function",
                    "sigmoid(z) and softmax(0, z) differ by less than 1e-12 for z from -40 to 40, in f64",
                    format!("the greatest difference is {:.1e}", self.function),
                    self.function < 1e-12,
                ).so("Take either.", "They are not the same function here: something is wrong."),
                Statement::new(
                    "they learn the same from matching weights",
                    "2000 steps of gradient descent at one rate leave the probabilities of test images within 0.001",
                    format!("after {steps} steps they are up to {one_rate:.2e} apart"),
                    one_rate < 1e-3,
                ).so("A rate that suits one suits the other.", "A rate that was tuned for the one is not that of the other: a softmax over two outputs moves the difference of its two weights twice as far in a step. Adam makes no difference: each of the two weights goes its step, in opposite directions."),
                Statement::new(
                    "they learn the same where the rate of the sigmoid's output layer is doubled",
                    "2000 steps leave the probabilities within 1e-9 in f64, and within 0.001 in f32",
                    format!("up to {doubled:.1e} apart in f64 and {single:.1e} in f32"),
                    doubled < 1e-9 && single < 1e-3,
                ),
            ],
            tables: vec![],
            figures: vec![lines.figure(
                "Twins, and how far they drift apart.",
                format!(
                    "The same network of {HIDDEN} tanh units on the digits {} and {}, under two softmax outputs and under one sigmoid, from \
                     matching weights and on the same batches. The greatest difference of a test image's probability so far.",
                    DIGITS[0], DIGITS[1]
                ),
            )],
        }
    }
}
