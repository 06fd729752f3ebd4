//! One kind of network in the zoo, and how it is trained.

use super::data::{Data, Feed};
use super::rivals::Rivals;
use gradlens::diagnostics::{Diagnostics, Illness, powers_of_two};
use gradlens::nn::activation;
use gradlens::{
    Adam, BatchNorm, Dataset, Dense, Dropout, Error, IdentityMse, Init, Layer, LayerNorm, Loss, Mat,
    Optimizer, Pass, Relu, Residual, RmsProp, Scalar, Sequential, Sgd, Sigmoid, SigmoidBinaryCrossEntropy,
    SigmoidMse, SoftmaxCrossEntropy, SoftmaxMse, Tanh, Trainer,
};
use std::fmt;

/// One way to be sick or healthy.
#[derive(Clone)]
pub struct Kind {
    pub name: String,
    pub label: Illness,
    data: Data,
    hidden: Vec<usize>,
    activation: &'static str,
    init: Option<Init>,
    bias_init: Init,
    output_init: Option<(Init, Init)>,
    head: Head,
    optimizer: Rule,
    scale: f64,
    steps: usize,
    batch: usize,
    dropout: f64,
    /// What stands before every hidden activation.
    norm: Option<Norm>,
    /// Whether the input of a hidden layer is added to its output, where both are as wide.
    residual: bool,
    /// A layer between the last weights and the head.
    top: Option<Top>,
    /// Whether the diagnosis is told of the samples and sees the last step, as `gradlens diagnose` does it.
    whole: bool,
    /// Whether the samples come in the order of their classes.
    in_order: bool,
    /// What the targets of a regression are multiplied with, and what is added.
    targets: (f32, f32),
}

#[derive(Debug, Clone, Copy)]
pub enum Head {
    Softmax,
    Sigmoid,
    SigmoidMse,
    SoftmaxMse,
    IdentityMse,
    /// Class weights that overflow.
    Overflowing,
}

#[derive(Clone, Copy)]
pub enum Rule {
    Sgd(f64),
    Momentum(f64),
    Adam(f64),
    RmsProp(f64),
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Rule::Sgd(rate) => write!(f, "SGD at {rate}"),
            Rule::Momentum(rate) => write!(f, "momentum at {rate}"),
            Rule::Adam(rate) => write!(f, "Adam at {rate}"),
            Rule::RmsProp(rate) => write!(f, "RMSprop at {rate}"),
        }
    }
}

#[derive(Clone, Copy)]
pub enum Norm {
    Batch,
    Layer,
}

#[derive(Clone, Copy)]
pub enum Top {
    Relu,
    Sigmoid,
    Tanh,
    Softmax,
}

/// A kind with MNIST, softmax + cross-entropy, plain SGD at 0.05 and 128 steps of 64.
pub fn kind(label: Illness, name: &str, hidden: (usize, usize), activation: &'static str) -> Kind {
    Kind {
        name: name.into(),
        label,
        data: Data::Mnist,
        hidden: vec![hidden.0; hidden.1],
        activation,
        init: None,
        bias_init: Init::Zeros,
        output_init: None,
        head: Head::Softmax,
        optimizer: Rule::Sgd(0.05),
        scale: 1.0,
        steps: 128,
        batch: 64,
        dropout: 0.0,
        norm: None,
        residual: false,
        top: None,
        whole: false,
        in_order: false,
        targets: (1.0, 0.0),
    }
}

impl Kind {
    pub fn init(self, init: Init) -> Self {
        Kind { init: Some(init), ..self }
    }
    pub fn bias(self, bias_init: Init) -> Self {
        Kind { bias_init, ..self }
    }
    pub fn output(self, weight: Init, bias: Init) -> Self {
        Kind { output_init: Some((weight, bias)), ..self }
    }
    pub fn on(self, data: Data) -> Self {
        Kind { data, ..self }
    }
    pub fn head(self, head: Head) -> Self {
        Kind { head, ..self }
    }
    pub fn with(self, optimizer: Rule) -> Self {
        Kind { optimizer, ..self }
    }
    pub fn scale(self, scale: f64) -> Self {
        Kind { scale, ..self }
    }
    pub fn steps(self, steps: usize) -> Self {
        Kind { steps, ..self }
    }
    pub fn batch(self, batch: usize) -> Self {
        Kind { batch, ..self }
    }
    pub fn dropout(self, dropout: f64) -> Self {
        Kind { dropout, ..self }
    }
    pub fn norm(self, norm: Norm) -> Self {
        Kind { norm: Some(norm), ..self }
    }
    pub fn residual(self) -> Self {
        Kind { residual: true, ..self }
    }
    pub fn top(self, top: Top) -> Self {
        Kind { top: Some(top), ..self }
    }

    pub fn whole(self) -> Self {
        Kind { whole: true, ..self }
    }
    pub fn in_order(self) -> Self {
        Kind { in_order: true, ..self.whole() }
    }
    pub fn targets(self, factor: f32, shift: f32) -> Self {
        Kind { targets: (factor, shift), ..self.whole() }
    }

    /// The samples: those of the data, with what this kind does to them.
    fn samples(&self, feed: &Feed, seed: u64) -> gradlens::Result<Dataset> {
        let mut data = self.data.draw(feed, seed)?;
        if self.targets != (1.0, 0.0)
            && let Some(rows) = data.target_rows()
        {
            let (factor, shift) = self.targets;
            data = Dataset::new(data.inputs(), rows.mapv(|t| factor * t + shift))?;
        }
        if self.in_order
            && let Some(labels) = data.labels()
        {
            let mut rows: Vec<usize> = (0..data.len()).collect();
            rows.sort_by_key(|&row| labels[row]);
            data = data.select(&rows);
        }
        // Standardising with mean 0 and deviation 1/scale multiplies by the scale.
        if self.scale == 1.0 { Ok(data) } else { data.standardised((0.0, 1.0 / self.scale)) }
    }

    /// Trains it; returns what our diagnostics saw and what the rules of others saw.
    pub fn run(&self, feed: &Feed, seed: u64) -> gradlens::Result<(Diagnostics, Rivals)> {
        let data = self.samples(feed, seed)?;
        let mut builder = Sequential::input(data.input_len()).seed(seed).threads(1);
        for (index, &width) in self.hidden.iter().enumerate() {
            let mut block = 2;
            let dense = Dense::new(width).bias_init(self.bias_init);
            builder = builder.layer(self.init.map_or(dense.clone(), |init| dense.init(init)));
            builder = match self.norm {
                None => builder,
                Some(Norm::Batch) => builder.layer(BatchNorm::default()),
                Some(Norm::Layer) => builder.layer(LayerNorm::default()),
            };
            builder = builder.layer(activation(self.activation)?);
            block += usize::from(self.norm.is_some());
            if self.dropout > 0.0 {
                builder = builder.layer(Dropout::new(self.dropout));
                block += 1;
            }
            if self.residual && index > 0 && self.hidden[index - 1] == width {
                builder = builder.layer(Residual::over(block));
            }
        }
        let output = Dense::new(data.output_len());
        builder = builder.layer(match (self.output_init, self.init) {
            (Some((weight, bias)), _) => output.init(weight).bias_init(bias),
            (None, Some(init)) => output.init(init).bias_init(self.bias_init),
            (None, None) => output,
        });
        builder = match self.top {
            None => builder,
            Some(Top::Relu) => builder.layer(Relu),
            Some(Top::Sigmoid) => builder.layer(Sigmoid),
            Some(Top::Tanh) => builder.layer(Tanh),
            Some(Top::Softmax) => builder.layer(SoftmaxLayer),
        };
        let head: Box<dyn Loss> = match self.head {
            Head::Softmax => Box::new(SoftmaxCrossEntropy::default()),
            Head::Sigmoid => Box::new(SigmoidBinaryCrossEntropy::default()),
            Head::SigmoidMse => Box::new(SigmoidMse),
            Head::SoftmaxMse => Box::new(SoftmaxMse),
            Head::IdentityMse => Box::new(IdentityMse),
            Head::Overflowing => {
                Box::new(SoftmaxCrossEntropy::default().class_weights(vec![3e38; data.output_len()]))
            }
        };
        let mut net = builder.head(head).build()?;
        let optimizer: Box<dyn Optimizer> = match self.optimizer {
            Rule::Sgd(lr) => Box::new(Sgd::new(lr)),
            Rule::Momentum(lr) => Box::new(Sgd::new(lr).momentum(0.9)),
            Rule::Adam(lr) => Box::new(Adam::new(lr)),
            Rule::RmsProp(lr) => Box::new(RmsProp::new(lr)),
        };
        let probe = data.select(&(0..data.len().min(256)).collect::<Vec<_>>());
        let mut diagnostics = Diagnostics::new().probe(probe);
        if self.whole {
            diagnostics = diagnostics.samples(&data).batches(self.batch, !self.in_order);
        }
        let steps_per_epoch = data.len().div_ceil(self.batch);
        let steps = self.steps.next_multiple_of(steps_per_epoch.min(self.steps)) as u64;
        let trainer = Trainer::new(optimizer)
            .epochs(self.steps.div_ceil(steps_per_epoch))
            .steps(steps)
            .batch(self.batch)
            .shuffle(!self.in_order);
        let last = if self.whole { steps } else { 0 };
        let mut rivals = Rivals::default();
        let trainer = trainer.observe(powers_of_two(), &mut rivals);
        match trainer
            .observe(move |step| powers_of_two()(step) || step == last, &mut diagnostics)
            .fit(&mut net, &data)
        {
            Ok(_) | Err(Error::NotFinite { .. } | Error::Diverged { .. }) => Ok((diagnostics, rivals)),
            Err(error) => Err(error),
        }
    }
}

/// Softmax as a layer. A softmax head above it takes the probabilities for logits.
#[derive(Debug)]
struct SoftmaxLayer;

impl<T: Scalar> Layer<T> for SoftmaxLayer {
    fn forward(&self, _: &Pass<T>, x: &Mat<T>, y: &mut Mat<T>, _: &mut [T]) {
        y.assign(x);
        Loss::<T>::predict(&SoftmaxCrossEntropy::default(), y);
    }
    fn backward_input(&self, _: &Pass<T>, _: &Mat<T>, y: &Mat<T>, dy: &Mat<T>, dx: &mut Mat<T>, _: &mut [T]) {
        for ((y, dy), mut dx) in y.rows().into_iter().zip(dy.rows()).zip(dx.rows_mut()) {
            let pull = y.dot(&dy);
            for ((dx, &y), &dy) in dx.iter_mut().zip(y).zip(dy) {
                *dx = y * (dy - pull);
            }
        }
    }
}
