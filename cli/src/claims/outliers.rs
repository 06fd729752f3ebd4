//! Claim 3: softmax is a soft maximum, and resilient to outliers.

use super::claim::{Claim, Statement};
use super::run::{How, Run, first};
use crate::statistics::{mean, moments};
use crate::table::Table;
use crate::wrong_labels::with_wrong_labels;
use gradlens::nn::{head, mean_loss};
use gradlens::report::Lines;
use gradlens::{Dataset, Loss, Mode, SoftmaxCrossEntropy, evaluate};
use ndarray::{Array2, Axis, Slice};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// What was measured.
#[derive(Serialize, Deserialize)]
pub struct Evidence {
    /// The greatest error of the derivative of the softmax beside finite differences, in f64.
    derivative_error: f64,
    /// The least greatest output of softmax(50 z) for random z whose greatest leads by at least 0.2.
    sharpest: f64,
    /// Test accuracy of networks that learned from labels of which some are wrong.
    noise: Vec<Noisy>,
    /// The norm of the gradient of the lowest weights for images times 100, over that for the images.
    scaled: Scaled,
    /// The pull on the logits of a wrong label, by how sure the network is of another class.
    pulls: Vec<Pull>,
}

/// A loss, and how its networks do.
#[derive(Serialize, Deserialize)]
struct Noisy {
    loss: String,
    /// For every share of wrong labels an accuracy a seed.
    accuracy: Vec<Vec<f64>>,
}

/// By how much a gradient grows.
#[derive(Serialize, Deserialize)]
struct Scaled {
    softmax: f64,
    sigmoid: f64,
}

/// The norm of the gradient at the logits where another class leads by so much.
#[derive(Serialize, Deserialize)]
struct Pull {
    margin: f64,
    /// In the order of [`LOSSES`].
    norms: Vec<f64>,
}

/// Shares of wrong labels.
const SHARES: [f64; 4] = [0.0, 0.2, 0.4, 0.6];
/// Head and name.
const LOSSES: [(&str, &str); 5] = [
    ("softmax", "cross-entropy"),
    ("sigmoid", "sigmoid + binary cross-entropy"),
    ("softmax-gce", "generalised cross-entropy"),
    ("softmax-huberised", "Huberised cross-entropy"),
    ("softmax-mae", "absolute error"),
];
/// Menon et al., ICLR 2020: LeNet on MNIST, cross-entropy, per cent.
const MENON: [f64; 4] = [98.7, 97.7, 96.4, 91.1];

fn seeds(quick: bool) -> u64 {
    if quick { 1 } else { 3 }
}

/// A training for every loss, share and seed.
pub fn pieces(quick: bool) -> u64 {
    (LOSSES.len() * SHARES.len()) as u64 * seeds(quick)
}

/// Trains with every loss on labels of which some are wrong, and looks at gradients.
pub fn measure(
    run: &Run,
    softmax: &gradlens::Sequential,
    sigmoid: &gradlens::Sequential,
) -> anyhow::Result<Evidence> {
    run.at("labels of which some are wrong");
    let data = run.images(run.pick(20_000, 6000));
    let mut noise = vec![];
    for (name, loss) in LOSSES {
        let mut accuracy = vec![];
        for share in SHARES {
            let mut of_seeds = vec![];
            for seed in run.seeds(seeds(run.quick)) {
                let noisy = with_wrong_labels(&data, share, seed)?;
                let net = run.train(&noisy, &[128], head(name)?, How::new(run.pick(12, 8), seed))?;
                let scores = evaluate(&net, &run.mnist.test)?.classification.expect("MNIST has classes");
                of_seeds.push(scores.accuracy);
            }
            accuracy.push(of_seeds);
        }
        noise.push(Noisy { loss: loss.into(), accuracy });
    }
    let images = first(&run.mnist.test, 200);
    Ok(Evidence {
        derivative_error: derivative_error(run.seed),
        sharpest: sharpest(run.seed),
        noise,
        scaled: Scaled { softmax: growth(softmax, &images)?, sigmoid: growth(sigmoid, &images)? },
        pulls: pulls()?,
    })
}

fn softmax(z: &Array2<f64>) -> Array2<f64> {
    let mut p = z.clone();
    Loss::<f64>::predict(&SoftmaxCrossEntropy::default(), &mut p);
    p
}

fn random_logits(rng: &mut ChaCha8Rng) -> Array2<f64> {
    Array2::from_shape_fn((1, 10), |_| rng.random_range(-3.0..3.0))
}

/// dp_i/dz_j = p_i (1 at i = j, 0 beside - p_j), beside central differences.
fn derivative_error(seed: u64) -> f64 {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut worst = 0.0_f64;
    for _ in 0..20 {
        let z = random_logits(&mut rng);
        let p = softmax(&z);
        for j in 0..10 {
            let moved = |by: f64| {
                let mut z = z.clone();
                z[[0, j]] += by;
                softmax(&z)
            };
            let h = 1e-5;
            let difference = (moved(h) - moved(-h)) / (2.0 * h);
            for i in 0..10 {
                let formula = p[[0, i]] * (if i == j { 1.0 } else { 0.0 } - p[[0, j]]);
                worst = worst.max((difference[[0, i]] - formula).abs());
            }
        }
    }
    worst
}

fn sharpest(seed: u64) -> f64 {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 1);
    let (mut least, mut count) = (1.0_f64, 0);
    while count < 100 {
        let z = random_logits(&mut rng);
        let mut sorted: Vec<f64> = z.iter().copied().collect();
        sorted.sort_by(|a, b| b.total_cmp(a));
        if sorted[0] - sorted[1] >= 0.2 {
            count += 1;
            least = least.min(softmax(&(&z * 50.0)).iter().copied().fold(0.0, f64::max));
        }
    }
    least
}

/// How much larger the gradient of the lowest weights is for an image whose label is wrong and whose pixels are multiplied by
/// 100: the mean over images of the ratio of norms.
fn growth(net: &gradlens::Sequential, images: &Dataset) -> anyhow::Result<f64> {
    let labels = images.labels().expect("MNIST has classes");
    let weights = net.layers()[0].range();
    let mut workspace = net.workspace(1);
    let inputs = images.inputs();
    let mut norm = |row: usize, scale: f32| -> anyhow::Result<f64> {
        let x = inputs.slice_axis(Axis(0), Slice::from(row..row + 1)).mapv(|x| scale * x);
        workspace.input_mut().assign(&x);
        workspace.targets_mut().fill(0.0);
        // The class is taken for the next one, so that the error is large at either scale.
        workspace.targets_mut()[[0, (labels[row] + 1) % 10]] = 1.0;
        net.forward(&mut workspace, Mode::Evaluation);
        net.loss(&mut workspace);
        net.backward(&mut workspace, Mode::Evaluation)?;
        Ok(workspace.gradients()[weights.clone()].iter().map(|&g| f64::from(g).powi(2)).sum::<f64>().sqrt())
    };
    let mut ratios = vec![];
    for row in 0..images.len() {
        ratios.push(norm(row, 100.0)? / norm(row, 1.0)?.max(f64::MIN_POSITIVE));
    }
    Ok(mean(&ratios))
}

/// The gradient where class 1 leads by the margin and class 0 is the target, of ten classes.
fn pulls() -> anyhow::Result<Vec<Pull>> {
    let mut pulls = vec![];
    for half in -4..=24 {
        let margin = f64::from(half) / 2.0;
        let z = Array2::from_shape_fn((1, 10), |(_, k)| if k == 1 { margin } else { 0.0 });
        let target = Array2::from_shape_fn((1, 10), |(_, k)| if k == 0 { 1.0 } else { 0.0 });
        let mut norms = vec![];
        for (name, _) in LOSSES {
            let mut gradient = z.clone();
            mean_loss(&*head::<f64>(name)?, &z, &target, &mut gradient);
            norms.push(gradient.iter().map(|g| g * g).sum::<f64>().sqrt());
        }
        pulls.push(Pull { margin, norms });
    }
    Ok(pulls)
}

impl Pull {
    fn norm(&self, loss: usize) -> f64 {
        self.norms.get(loss).copied().unwrap_or(f64::NAN)
    }
}

/// A fall of the accuracy, in points, up to which a network is called resilient.
const RESILIENT: f64 = 1.0;

impl Evidence {
    /// What the accuracy falls by, in points, from clean labels to this share of wrong ones.
    fn fall(&self, loss: usize, share: usize) -> f64 {
        let of = |share: usize| self.noise.get(loss).and_then(|noisy| noisy.accuracy.get(share));
        let (Some(clean), Some(noisy)) = (of(0), of(share)) else { return f64::NAN };
        100.0 * (mean(clean) - mean(noisy))
    }

    fn table(&self) -> Table {
        let cell = |of_seeds: &Vec<f64>| match of_seeds.len() {
            1 => format!("{:.1} %", 100.0 * of_seeds[0]),
            _ => format!("{:.1} +- {:.1} %", 100.0 * mean(of_seeds), 100.0 * moments(of_seeds).1),
        };
        let mut rows: Vec<Vec<String>> = self
            .noise
            .iter()
            .map(|noisy| std::iter::once(noisy.loss.clone()).chain(noisy.accuracy.iter().map(cell)).collect())
            .collect();
        let published = MENON.iter().map(|accuracy| format!("{accuracy:.1} %"));
        rows.push(
            std::iter::once("Menon et al. 2020, cross-entropy, LeNet".to_string()).chain(published).collect(),
        );
        Table {
            title: "Test accuracy, by the share of the training labels that are another class drawn at random (standard deviation over seeds)".into(),
            words: 1,
            header: std::iter::once("loss".to_string())
                .chain(SHARES.map(|share| format!("{:.0} % wrong", 100.0 * share)))
                .collect(),
            rows,
        }
    }

    /// What follows from it.
    pub fn claim(&self) -> Claim {
        let falls: Vec<f64> = (0..LOSSES.len()).map(|loss| self.fall(loss, 2)).collect();
        let at = |margin: f64| self.pulls.iter().find(|pull| pull.margin == margin);
        let norms = |margin: f64| {
            (0..LOSSES.len())
                .map(|loss| at(margin).map_or(f64::NAN, |pull| pull.norm(loss)))
                .collect::<Vec<_>>()
        };
        let (near, far) = (norms(2.0), norms(12.0));
        let mut accuracy = Lines::new("share of wrong labels", "test accuracy");
        for noisy in &self.noise {
            accuracy = accuracy.line(
                noisy.loss.clone(),
                SHARES.iter().zip(&noisy.accuracy).map(|(&share, of_seeds)| (share, mean(of_seeds))),
            );
        }
        let mut pull = Lines::new("lead of the wrong class, in logits", "norm of the gradient at the logits");
        for (loss, (_, name)) in LOSSES.iter().enumerate() {
            pull = pull.line(*name, self.pulls.iter().map(|pull| (pull.margin, pull.norm(loss))));
        }
        Claim {
            number: 3,
            title: "Softmax is a soft maximum, and resilient to outliers",
            said: "Softmax is a differentiable form of the maximum, and it is resilient to outliers.",
            statements: vec![
                Statement::new(
                    "it is differentiable",
                    "its derivative p_i (1 - p_i), -p_i p_j is within 1e-6 of finite differences in f64",
                    format!("the greatest error is {:.1e}", self.derivative_error),
                    self.derivative_error < 1e-6,
                ),
                Statement::new(
                    "it singles out the greatest as the logits grow (the soft form of the maximum itself is log-sum-exp)",
                    "softmax(50 z) gives the greatest of ten numbers, which leads by 0.2 or more, over 0.999",
                    format!("the least of a hundred is {:.5}", self.sharpest),
                    self.sharpest > 0.999,
                ),
                Statement::new(
                    "with the cross-entropy it is resilient to labels that are wrong",
                    "with 40 % of the labels wrong the test accuracy falls by less than 1 point",
                    format!(
                        "it falls by {:.1} points; under sigmoids by {:.1}, with the generalised cross-entropy by {:.1}, the Huberised by {:.1}, the \
                         absolute error by {:.1}",
                        falls[0], falls[1], falls[2], falls[3], falls[4]
                    ),
                    falls[0] < RESILIENT,
                ).so("Some wrong labels do little harm.", "A softmax does not protect from wrong labels. Where labels are unreliable stop early, or try `--loss generalised-cross-entropy`."),
                Statement::new(
                    "a label pulls less the more it seems to be wrong",
                    "the gradient of the cross-entropy is smaller where the wrong class leads by 12 than where it leads by 2",
                    format!(
                        "{:.2} at 2, {:.2} at 12; of the generalised cross-entropy {:.2} and {:.5}, of the Huberised {:.2} and {:.5}",
                        near[0], far[0], near[2], far[2], near[3], far[3]
                    ),
                    far[0] < near[0],
                ).so("", "With a cross-entropy the labels that look most wrong pull hardest: look at the samples with the greatest loss, as they are often the mislabelled ones."),
                Statement::new(
                    "an outlying input pulls no more than another",
                    "an image times 100 has less than twice the gradient of the image, at the lowest weights",
                    format!("{:.0} times under the softmax, {:.0} times under sigmoids", self.scaled.softmax, self.scaled.sigmoid),
                    self.scaled.softmax < 2.0,
                ).so("", "Standardise inputs and look at what lies far out, as it decides the step."),
            ],
            tables: vec![self.table()],
            figures: vec![
                accuracy.figure(
                    "What wrong labels cost.",
                    "Test accuracy of 784-128-10 after training on labels of which a share is wrong. The test labels are right.",
                ),
                pull.figure(
                    "How hard a wrong label pulls.",
                    "The gradient at ten logits, by the lead of the class that the network believes in. Cross-entropies pull hardest where the \
                     network is surest. The robust losses let go, and for that they learn little where a network is wrong and certain.",
                ),
            ],
        }
    }
}
