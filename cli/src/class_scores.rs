//! Scores of either head as probabilities of classes, so that both can be compared.

use crate::session::score;
use gradlens::metrics::Classification;
use gradlens::nn::mean_loss;
use gradlens::{Dataset, Link, Loss, Mat, Sequential, SoftmaxCrossEntropy};
use ndarray::Array2;

/// Metrics of one network: accuracy, log loss, calibration error.
pub type Scores = [f64; 3];

/// A network's scores on samples with classes, the outputs of sigmoids divided by their sum, and the classification with
/// its outputs as they are.
pub fn scores(net: &Sequential, samples: &Dataset, what: &str) -> anyhow::Result<(Scores, Classification)> {
    let evaluation = score(net, samples, what)?;
    let labels = samples.labels().expect("samples with classes");
    let ln_outputs = ln_outputs(net.head().spec().link, &evaluation.logits);
    let classes = Classification::from_logits(&ln_outputs, &probabilities(&ln_outputs), labels);
    let own = evaluation.classification.expect("samples with classes");
    Ok(([classes.accuracy, log_loss(&ln_outputs, labels), classes.ece], own))
}

/// Logarithms of what probabilities of classes are in proportion to: ln softmax is the logits less a number that the
/// division takes away, ln sigmoid is -ln (1 + exp(-z)).
pub fn ln_outputs(link: Link, logits: &Mat<f32>) -> Array2<f64> {
    logits.mapv(|z| match link {
        Link::Sigmoid => -(-f64::from(z)).max(0.0) - (-f64::from(z).abs()).exp().ln_1p(),
        _ => f64::from(z),
    })
}

/// Probabilities in proportion to exp of these.
pub fn probabilities(ln_outputs: &Array2<f64>) -> Array2<f64> {
    let mut p = ln_outputs.clone();
    Loss::<f64>::predict(&SoftmaxCrossEntropy::default(), &mut p);
    p
}

/// Mean of -ln of the probability of the true class, where probabilities are in proportion to exp of these.
fn log_loss(ln_outputs: &Array2<f64>, labels: &[usize]) -> f64 {
    mean_loss(
        &SoftmaxCrossEntropy::default(),
        ln_outputs,
        &one_hot(labels, ln_outputs.ncols()),
        &mut ln_outputs.clone(),
    )
}

/// A row for each label with 1 at its place.
pub fn one_hot(labels: &[usize], classes: usize) -> Array2<f64> {
    Array2::from_shape_fn((labels.len(), classes), |(i, k)| if labels[i] == k { 1.0 } else { 0.0 })
}
