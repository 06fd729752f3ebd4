//! Claim 6: a high output means that class.

use super::claim::{Claim, Statement};
use super::distribution::Trained;
use super::run::{How, Run, first};
use crate::class_scores::one_hot;
use crate::table::Table;
use gradlens::metrics::{Bin, Classification, mean_absolute_error, sigmoid};
use gradlens::report::{Bars, Lines};
use gradlens::{
    Dataset, Part, Sequential, SigmoidBinaryCrossEntropy, SoftmaxCrossEntropy, Teacher, evaluate, temperature,
};
use ndarray::Array2;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// What was measured.
#[derive(Serialize, Deserialize)]
pub struct Evidence {
    fitted: Calibrated,
    overfitted: Calibrated,
    underfitted: Calibrated,
    /// Mean distance of a sigmoid's output from the true probability, on the teacher.
    teacher: f64,
    /// Images that are no digit.
    strangers: Vec<Stranger>,
}

/// A softmax network on the test images.
#[derive(Serialize, Deserialize)]
struct Calibrated {
    accuracy: f64,
    ece: f64,
    /// Mean of the greatest output.
    confidence: f64,
    /// After division of the logits by the temperature that suits other images best; `None` where there is none.
    temperature: Option<f64>,
    ece_after: f64,
    bins: Vec<(usize, f64, f64)>,
}

/// What the heads say of images of no digit.
#[derive(Serialize, Deserialize)]
struct Stranger {
    name: String,
    /// Share of the images with an output above 0.9.
    softmax: f64,
    sigmoid: f64,
    /// Share of the images with no sigmoid above 1/2.
    none: f64,
}

/// An over-fitted network, an under-fitted one, and the teacher.
pub const PIECES: u64 = 3;
const SURE: f64 = 0.9;

/// Looks at the networks of the first claim, and at others that learned too much and too little.
pub fn measure(run: &Run, Trained { softmax, sigmoid: sigmoids }: &Trained) -> anyhow::Result<Evidence> {
    run.at("what a high output means");
    let ce = || Box::new(SoftmaxCrossEntropy::default());
    let few = run.images(run.pick(2000, 1000));
    let over =
        run.train(&few, &[256, 256], ce(), How { rate: 3e-3, ..How::new(run.pick(60, 30), run.seed) })?;
    let under = run.train(&run.images(4000), &[128], ce(), How { rate: 2e-4, ..How::new(1, run.seed) })?;
    let source = Teacher::default().seed(run.seed);
    let (train, test) =
        (source.draw::<f32>(run.pick(20_000, 5000), Part::Train)?, source.draw::<f32>(5000, Part::Test)?);
    let how = How { rate: 0.01, ..How::new(run.pick(12, 8), run.seed) };
    let net = run.train(&train.data, &[], Box::new(SigmoidBinaryCrossEntropy::default()), how)?;
    let p = sigmoid(&net.logits(&test.data.inputs())?);
    let strangers =
        strangers(run)?.into_iter().map(|(name, images)| Stranger::of(name, [softmax, sigmoids], &images));
    Ok(Evidence {
        fitted: Calibrated::of(softmax, &run.mnist)?,
        overfitted: Calibrated::of(&over, &run.mnist)?,
        underfitted: Calibrated::of(&under, &run.mnist)?,
        teacher: mean_absolute_error(&p, &test.marginals.expect("the teacher knows them")),
        strangers: strangers.collect::<anyhow::Result<_>>()?,
    })
}

impl Calibrated {
    /// Half of the test images say the temperature, the others how well it suits.
    fn of(net: &Sequential, mnist: &gradlens::Mnist) -> anyhow::Result<Self> {
        let middle = mnist.test.len() / 2;
        let part = |rows: std::ops::Range<usize>| mnist.test.select(&rows.collect::<Vec<_>>());
        let (one, other) = (part(0..middle), part(middle..mnist.test.len()));
        let (seen, judged) = (evaluate(net, &one)?, evaluate(net, &other)?);
        let labels = |data: &Dataset| data.labels().expect("MNIST has classes").to_vec();
        let targets = one_hot(&labels(&one), 10);
        let t = temperature(&SoftmaxCrossEntropy::default(), &seen.logits.mapv(f64::from), &targets);
        let cooled = judged.logits.mapv(|z| f64::from(z) / t.unwrap_or(1.0));
        let after = Classification::from_logits(
            &cooled,
            &crate::class_scores::probabilities(&cooled),
            &labels(&other),
        );
        let before = judged.classification.expect("MNIST has classes");
        let count = before.bins.iter().map(|bin| bin.count).sum::<usize>().max(1) as f64;
        Ok(Calibrated {
            accuracy: before.accuracy,
            ece: before.ece,
            confidence: before.bins.iter().map(|bin| bin.count as f64 * bin.confidence).sum::<f64>() / count,
            temperature: t,
            ece_after: after.ece,
            bins: before
                .bins
                .iter()
                .map(|Bin { count, confidence, accuracy, .. }| (*count, *confidence, *accuracy))
                .collect(),
        })
    }
}

/// Images in which there is no digit: noise, the test images with their pixels at other places, and paper that is nearly white.
fn strangers(run: &Run) -> anyhow::Result<Vec<(&'static str, Array2<f32>)>> {
    let images = first(&run.mnist.test, 1000).inputs();
    let mut rng = ChaCha8Rng::seed_from_u64(run.seed ^ 0x006e_6f69_7365);
    let noise = Array2::from_shape_fn(images.dim(), |_| rng.random::<f32>());
    let mut places: Vec<usize> = (0..images.ncols()).collect();
    places.shuffle(&mut rng);
    let shuffled = Array2::from_shape_fn(images.dim(), |(i, j)| images[[i, places[j]]]);
    let faint = Array2::from_shape_fn(images.dim(), |_| 0.1 * rng.random::<f32>());
    Ok(vec![("noise", noise), ("digits with their pixels shuffled", shuffled), ("nearly white paper", faint)])
}

impl Stranger {
    fn of(name: &str, [softmax, sigmoids]: [&Sequential; 2], images: &Array2<f32>) -> anyhow::Result<Self> {
        let greatest = |net: &Sequential| -> anyhow::Result<Vec<f64>> {
            let outputs = net.predict(images)?;
            Ok(outputs
                .rows()
                .into_iter()
                .map(|row| row.iter().map(|&p| f64::from(p)).fold(0.0, f64::max))
                .collect())
        };
        let share = |of: &[f64], holds: fn(f64) -> bool| {
            of.iter().filter(|&&p| holds(p)).count() as f64 / of.len() as f64
        };
        let (one, ten) = (greatest(softmax)?, greatest(sigmoids)?);
        Ok(Stranger {
            name: name.into(),
            softmax: share(&one, |p| p > SURE),
            sigmoid: share(&ten, |p| p > SURE),
            none: share(&ten, |p| p <= 0.5),
        })
    }
}

/// An ECE up to which outputs are taken at their word.
const CALIBRATED: f64 = 0.02;

impl Evidence {
    fn tables(&self) -> Vec<Table> {
        let row = |name: &str, of: &Calibrated| {
            vec![
                name.to_string(),
                format!("{:.2} %", 100.0 * of.accuracy),
                format!("{:.2} %", 100.0 * of.confidence),
                format!("{:.4}", of.ece),
                of.temperature.map_or("-".into(), |t| format!("{t:.2}")),
                format!("{:.4}", of.ece_after),
            ]
        };
        let stranger = |of: &Stranger| {
            let share = |share: f64| format!("{:.1} %", 100.0 * share);
            vec![of.name.clone(), share(of.softmax), share(of.sigmoid), share(of.none)]
        };
        vec![
            Table {
                title: "Softmax networks on half of the test images, before and after temperature scaling on the other half".into(),
                words: 1,
                header: [
                    "network",
                    "accuracy",
                    "mean of the greatest output",
                    "ECE",
                    "temperature",
                    "ECE after",
                ]
                .map(String::from)
                .into(),
                rows: vec![
                    row("fitted", &self.fitted),
                    row("over-fitted", &self.overfitted),
                    row("under-fitted", &self.underfitted),
                ],
            },
            Table {
                title: "Images of no digit: how many have an output above 0.9, and how many have no sigmoid above 1/2".into(),
                words: 1,
                header: ["images", "softmax above 0.9", "sigmoid above 0.9", "sigmoids say none"]
                    .map(String::from)
                    .into(),
                rows: self.strangers.iter().map(stranger).collect(),
            },
        ]
    }

    /// What follows from it.
    pub fn claim(&self) -> Claim {
        let mut reliability =
            Lines::new("output", "share that is right").line("as said", [(0.0, 0.0), (1.0, 1.0)]);
        for (name, of) in
            [("fitted", &self.fitted), ("over-fitted", &self.overfitted), ("under-fitted", &self.underfitted)]
        {
            let bins = of.bins.iter().filter(|(count, ..)| *count >= 10);
            reliability =
                reliability.line(name, bins.map(|&(_, confidence, accuracy)| (confidence, accuracy)));
        }
        let strangers =
            Bars::new("", "share with an output above 0.9", self.strangers.iter().map(|of| of.name.clone()))
                .bars("softmax", self.strangers.iter().map(|of| of.softmax))
                .bars("sigmoid", self.strangers.iter().map(|of| of.sigmoid));
        let worst = |of: fn(&Stranger) -> f64| self.strangers.iter().map(of).fold(0.0, f64::max);
        let numbers = |of: &Calibrated| {
            format!(
                "ECE {:.4}: the greatest output is {:.2} % on average, and {:.2} % are right; after temperature scaling {:.4}",
                of.ece,
                100.0 * of.confidence,
                100.0 * of.accuracy,
                of.ece_after
            )
        };
        Claim {
            number: 6,
            title: "A high output means that class",
            said: "If the output of a class is high, the input is of that class with that probability.",
            statements: vec![
                Statement::new(
                    "of outputs of a network that fits, as many are right as they say",
                    "the expected calibration error is at most 0.02",
                    numbers(&self.fitted),
                    self.fitted.ece <= CALIBRATED,
                ).so("Outputs of a network that fits can be taken for probabilities, on inputs like those that it learned from.", "Do not take outputs for probabilities before you have looked at their reliability on validation samples."),
                Statement::new(
                    "of one that has learned its few samples by heart, too",
                    "the expected calibration error is at most 0.02",
                    numbers(&self.overfitted),
                    self.overfitted.ece <= CALIBRATED,
                ).so("", "Do not take the outputs of a network that over-fits at their word; a temperature that is chosen on validation samples may put them right."),
                Statement::new(
                    "of one that has hardly begun, too",
                    "the expected calibration error is at most 0.02",
                    numbers(&self.underfitted),
                    self.underfitted.ece <= CALIBRATED,
                ),
                Statement::new(
                    "an output is the probability where the network can say it",
                    "on the teacher, whose probabilities are known, outputs are within 0.05 of them on average",
                    format!("{:.4} away on average", self.teacher),
                    self.teacher <= 0.05,
                ),
                Statement::new(
                    "what is of no class has no high output under a softmax",
                    "of noise, of shuffled digits and of nearly white paper at most 5 % have an output above 0.9",
                    format!("at worst {:.1} % have", 100.0 * worst(|of| of.softmax)),
                    worst(|of| of.softmax) <= 0.05,
                ).so("", "A softmax has to choose: a high output does not say that the input is of any class."),
                Statement::new(
                    "nor under sigmoids",
                    "of the same images at most 5 % have an output above 0.9",
                    format!("at worst {:.1} % have", 100.0 * worst(|of| of.sigmoid)),
                    worst(|of| of.sigmoid) <= 0.05,
                ).so("Sigmoids said no where there was nothing: take them where inputs may be of no class, and show them such inputs.", "Sigmoids could say no, but do not do so by themselves: show the network inputs of no class."),
            ],
            tables: self.tables(),
            figures: vec![
                reliability.figure(
                    "What outputs promise, and what they keep.",
                    "Test images in bins of their greatest output, and the share of each bin that is right (bins of ten images and more). Below \
                     the diagonal a network is surer than it should be.",
                ),
                strangers.figure(
                    "Sure of what is no digit.",
                    "A softmax has to choose one of ten, whatever it sees. Sigmoids could all say no.",
                ),
            ],
        }
    }
}
