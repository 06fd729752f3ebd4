//! Claim 1: a softmax gives a distribution, for classes that exclude one another.

use super::claim::{Claim, Statement};
use super::run::{How, Run};
use crate::class_scores::{Scores, scores};
use crate::statistics::{Interval, mean};
use gradlens::metrics::Classification;
use gradlens::report::Bars;
use gradlens::{Sequential, SigmoidBinaryCrossEntropy, SoftmaxCrossEntropy, evaluate};
use serde::{Deserialize, Serialize};

/// What was measured.
#[derive(Serialize, Deserialize)]
pub struct Evidence {
    /// Accuracy, log loss and ECE of the softmax head, a seed each.
    softmax: Vec<Scores>,
    /// The same of the sigmoids, their outputs divided by their sum.
    sigmoid: Vec<Scores>,
    /// The greatest distance of a sum of the softmax's outputs from 1.
    softmax_sum_error: f64,
    /// Mean and standard deviation of the sum of the sigmoids' outputs.
    sigmoid_sum: [f64; 2],
    /// How many test images have a sum of the sigmoids' outputs in each of 24 bins from 0 to 2.4.
    sums: Vec<usize>,
}

const BIN: f64 = 0.1;
const BINS: usize = 24;

/// The networks that later claims look at as well.
pub struct Trained {
    pub softmax: Sequential,
    pub sigmoid: Sequential,
}

/// Seeds of both heads.
pub fn pieces(quick: bool) -> u64 {
    2 * seeds(quick)
}

fn seeds(quick: bool) -> u64 {
    if quick { 3 } else { 5 }
}

/// Trains both heads from the same weights on the same batches.
pub fn measure(run: &Run) -> anyhow::Result<(Evidence, Trained)> {
    run.at("both heads on MNIST");
    let (data, test) = (run.images(run.pick(60_000, 20_000)), &run.mnist.test);
    let epochs = run.pick(8, 6);
    let (mut of_softmax, mut of_sigmoid, mut last) = (vec![], vec![], None);
    for seed in run.seeds(seeds(run.quick)) {
        let how = How::new(epochs, seed);
        let softmax = run.train(&data, &[128, 64], Box::new(SoftmaxCrossEntropy::default()), how)?;
        let sigmoid = run.train(&data, &[128, 64], Box::new(SigmoidBinaryCrossEntropy::default()), how)?;
        let (one, _) = scores(&softmax, test, "test set")?;
        let (other, own): (_, Classification) = scores(&sigmoid, test, "test set")?;
        of_softmax.push(one);
        of_sigmoid.push(other);
        last = Some((softmax, sigmoid, own));
    }
    let (softmax, sigmoid, own) = last.expect("there are seeds");
    let sums = |net: &Sequential| -> anyhow::Result<Vec<f64>> {
        let outputs = evaluate(net, test)?.predictions;
        Ok(outputs.rows().into_iter().map(|row| row.iter().map(|&p| f64::from(p)).sum()).collect())
    };
    let softmax_sum_error = sums(&softmax)?.into_iter().map(|sum| (sum - 1.0).abs()).fold(0.0, f64::max);
    let mut bins = vec![0; BINS];
    for sum in sums(&sigmoid)? {
        bins[((sum / BIN) as usize).min(BINS - 1)] += 1;
    }
    let evidence = Evidence {
        softmax: of_softmax,
        sigmoid: of_sigmoid,
        softmax_sum_error,
        sigmoid_sum: [own.output_sum_mean, own.output_sum_std],
        sums: bins,
    };
    Ok((evidence, Trained { softmax, sigmoid }))
}

impl Evidence {
    /// A metric of either head, and the difference sigmoid - softmax.
    fn compared(&self, metric: usize) -> ([f64; 2], Interval) {
        let of = |scores: &[Scores]| scores.iter().map(|scores| scores[metric]).collect::<Vec<_>>();
        let [softmax, sigmoid] = [of(&self.softmax), of(&self.sigmoid)];
        ([mean(&softmax), mean(&sigmoid)], Interval::of_difference(&sigmoid, &softmax))
    }

    /// What follows from it.
    pub fn claim(&self) -> Claim {
        let ([soft, sig], accuracy) = self.compared(0);
        let ([soft_loss, sig_loss], log_loss) = self.compared(1);
        let ([soft_ece, sig_ece], ece) = self.compared(2);
        let [sum, spread] = self.sigmoid_sum;
        let names = (0..BINS).map(|bin| format!("{:.1}", bin as f64 * BIN));
        let total = self.sums.iter().sum::<usize>().max(1) as f64;
        let bars = Bars::new("sum of the ten outputs", "share of the test images", names)
            .bars("sigmoid head", self.sums.iter().map(|&count| count as f64 / total));
        Claim {
            number: 1,
            title: "Softmax gives a distribution, and exclusive classes need one",
            said: "Softmax outputs are probabilities that sum to 1: use it where the classes exclude one another.",
            statements: vec![
                Statement::new(
                    "the outputs of a softmax sum to 1",
                    "no sum is farther from 1 than 0.0001",
                    format!("the farthest is {:.1e} away", self.softmax_sum_error),
                    self.softmax_sum_error <= 1e-4,
                ).so("Where classes exclude one another a softmax says so, and its outputs need no dividing.", "Something is wrong with this softmax: its outputs are no distribution."),
                Statement::new(
                    "those of sigmoids do not",
                    "their sum has a standard deviation above 0.01 over the test images",
                    format!("the sum is {sum:.3} on average, with a standard deviation of {spread:.3}"),
                    spread > 0.01,
                ),
                Statement::new(
                    "sigmoids get fewer classes right where the classes exclude one another",
                    "the 95 % interval of the difference in accuracy, seed by seed (Student's t), lies below 0",
                    format!(
                        "softmax {:.2} %, sigmoid {:.2} %; difference {:+.2} +- {:.2} points over {} seeds",
                        100.0 * soft,
                        100.0 * sig,
                        100.0 * accuracy.mean,
                        100.0 * accuracy.half_width,
                        self.softmax.len()
                    ),
                    accuracy.is_below_0(),
                ).so("Take the softmax for such classes: it gets more of them right.", "In this run sigmoids did not get fewer classes right by more than the noise of the seeds, and one against the rest is no mistake (Beyer et al., 2020; Wightman et al., 2021): it is the choice where an input may belong to no class at all."),
                Statement::new(
                    "and give worse probabilities, once they are divided by their sum",
                    "the 95 % interval of the difference in log loss lies above 0",
                    format!(
                        "log loss: softmax {soft_loss:.4}, sigmoid {sig_loss:.4}, difference {:+.4} +- {:.4}; ECE: {soft_ece:.4}, \
                         {sig_ece:.4}, {:+.4} +- {:.4}",
                        log_loss.mean, log_loss.half_width, ece.mean, ece.half_width
                    ),
                    log_loss.is_above_0(),
                ).so("Where the probabilities matter and not only the decisions, take the softmax.", "Their probabilities were not worse by more than the noise of the seeds."),
            ],
            tables: vec![],
            figures: vec![bars.figure(
                "What the ten sigmoids add up to.",
                "Test images by the sum of the outputs of a network with sigmoids, trained on one class each. Nothing makes them sum to \
                 1. A softmax has all images at 1.",
            )],
        }
    }
}
