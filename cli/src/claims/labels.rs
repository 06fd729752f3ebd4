//! Claim 2: sigmoids give a probability for each label, where labels do not exclude one another.

use super::claim::{Claim, Statement};
use super::run::{How, Run};
use crate::statistics::{Interval, mean};
use crate::table::Table;
use gradlens::metrics::{
    MultiLabel, ThresholdMetric, best_thresholds, mean_absolute_error, one_against_rest, sigmoid,
};
use gradlens::report::Bars;
use gradlens::{Labelled, Loss, Overlay, Part, SigmoidBinaryCrossEntropy, SoftmaxCrossEntropy, Teacher, Xor};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// What was measured.
#[derive(Serialize, Deserialize)]
pub struct Evidence {
    /// On the logistic teacher, whose probabilities are known.
    teacher: Heads,
    /// What the true probabilities score there, a seed each.
    bayes: Vec<Scores>,
    /// On digits laid over one another.
    overlays: Heads,
    /// Of two labels exactly one holds, whatever the inputs.
    xor: Exclusive,
}

/// Both heads on the same samples, a seed each.
#[derive(Serialize, Deserialize)]
struct Heads {
    sigmoid: Vec<Scores>,
    softmax: Vec<Scores>,
}

/// Scores on test samples, with thresholds for F1 from validation samples.
#[derive(Serialize, Deserialize, Clone, Copy)]
struct Scores {
    /// Mean distance of a probability from the true one, where that is known.
    error: Option<f64>,
    hamming_loss: f64,
    /// Share of the samples whose labels are all right.
    subset_accuracy: f64,
    f1_macro: f64,
    log_loss: f64,
    /// Label ranking average precision.
    ranking: f64,
}

/// What is found of labels of which exactly one holds.
#[derive(Serialize, Deserialize)]
struct Exclusive {
    /// Mean distance of the sigmoids' outputs from the true probability, 1/2.
    error: f64,
    /// Share of the sets that thresholds on them get right.
    by_thresholds: f64,
    /// Share of the sets that the likeliest set of a softmax over sets gets right.
    by_sets: f64,
}

fn seeds(quick: bool) -> u64 {
    if quick { 3 } else { 5 }
}

/// Two sets under both heads, and the XOR labels twice.
pub fn pieces(quick: bool) -> u64 {
    4 * seeds(quick) + 2
}

/// Trains both heads on each set.
pub fn measure(run: &Run) -> anyhow::Result<Evidence> {
    run.at("labels that do not exclude one another");
    let (mut teacher, mut bayes, mut overlays) = (Heads::new(), vec![], Heads::new());
    for seed in run.seeds(seeds(run.quick)) {
        let source = Teacher::default().seed(seed);
        let parts = [
            source.draw(run.pick(20_000, 5000), Part::Train)?,
            source.draw(2000, Part::Validation)?,
            source.draw(5000, Part::Test)?,
        ];
        // A logistic teacher is learned by a network without hidden layers.
        teacher.train(run, &parts, &[], How { rate: 0.01, ..How::new(run.pick(12, 8), seed) })?;
        let truth = |part: &Labelled| part.marginals.clone().expect("the teacher knows them");
        let (of_validation, of_test) = (truth(&parts[1]), truth(&parts[2]));
        bayes.push(Scores::of([&of_validation, &of_test], &parts, MultiLabel::new));

        let overlay = Overlay::default().canvas(28).seed(seed);
        let parts = [
            overlay.draw(&run.mnist.train, run.pick(40_000, 10_000), Part::Train)?,
            overlay.draw(&run.mnist.train, 2000, Part::Validation)?,
            overlay.draw(&run.mnist.test, 5000, Part::Test)?,
        ];
        let how = How { rate: 3e-3, ..How::new(8, seed) };
        overlays.train(run, &parts, &[128], how)?;
    }
    Ok(Evidence { teacher, bayes, overlays, xor: exclusive(run)? })
}

/// The targets, in f64.
fn targets(part: &Labelled) -> Array2<f64> {
    part.data.target_rows().expect("labels").mapv(f64::from)
}

impl Heads {
    fn new() -> Self {
        Heads { sigmoid: vec![], softmax: vec![] }
    }

    fn train(&mut self, run: &Run, parts: &[Labelled; 3], hidden: &[usize], how: How) -> anyhow::Result<()> {
        let inputs = [1, 2].map(|part| parts[part].data.inputs());
        let logits = |net: &gradlens::Sequential| -> anyhow::Result<[Array2<f64>; 2]> {
            let [validation, test] = [net.logits(&inputs[0])?, net.logits(&inputs[1])?];
            Ok([validation.mapv(f64::from), test.mapv(f64::from)])
        };
        let own: Box<dyn Loss> = Box::new(SigmoidBinaryCrossEntropy::default());
        let net = run.train(&parts[0].data, hidden, own, how)?;
        let [validation, test] = logits(&net)?;
        self.sigmoid.push(Scores::of([&validation, &test], parts, MultiLabel::from_logits));
        let spread = parts[0].data.clone().spread_targets()?;
        let net = run.train(&spread, hidden, Box::new(SoftmaxCrossEntropy::default()), how)?;
        let [validation, test] = logits(&net)?.map(|logits| one_against_rest(&logits));
        self.softmax.push(Scores::of([&validation, &test], parts, MultiLabel::from_logits));
        Ok(())
    }

    /// The difference softmax - sigmoid of a score.
    fn difference(&self, score: impl Fn(&Scores) -> f64) -> Interval {
        let of = |scores: &[Scores]| scores.iter().map(&score).collect::<Vec<_>>();
        Interval::of_difference(&of(&self.softmax), &of(&self.sigmoid))
    }
}

impl Scores {
    /// Of logits or probabilities of validation and test samples.
    fn of(
        predicted: [&Array2<f64>; 2],
        parts: &[Labelled; 3],
        score: impl Fn(&gradlens::Mat<f64>, &gradlens::Mat<f64>, &[f64]) -> MultiLabel,
    ) -> Self {
        let are_logits = predicted[1].iter().any(|&p| !(0.0..=1.0).contains(&p));
        let [validation, test] = predicted.map(|p| if are_logits { sigmoid(p) } else { p.clone() });
        let thresholds = best_thresholds(&validation, &targets(&parts[1]), ThresholdMetric::F1);
        let scores = score(predicted[1], &targets(&parts[2]), &thresholds);
        Scores {
            error: parts[2].marginals.as_ref().map(|truth| mean_absolute_error(&test, truth)),
            hamming_loss: scores.hamming_loss,
            subset_accuracy: scores.accuracy,
            f1_macro: scores.f1.macro_,
            log_loss: scores.log_loss,
            ranking: scores.label_ranking_average_precision,
        }
    }

    fn mean(of: &[Scores], score: impl Fn(&Scores) -> f64) -> f64 {
        mean(&of.iter().map(score).collect::<Vec<_>>())
    }
}

/// Sigmoids, and a softmax over the four sets of two labels, where exactly one label holds.
fn exclusive(run: &Run) -> anyhow::Result<Exclusive> {
    let source = Xor::default().seed(run.seed);
    let (train, test) = (source.draw::<f32>(4000, Part::Train)?, source.draw::<f32>(2000, Part::Test)?);
    let how = How { rate: 0.01, ..How::new(5, run.seed) };
    let net = run.train(&train.data, &[16], Box::new(SigmoidBinaryCrossEntropy::default()), how)?;
    let truth = targets(&test);
    let p = sigmoid(&net.logits(&test.data.inputs())?);
    let error = mean_absolute_error(&p, &test.marginals.clone().expect("known"));
    let right = |decided: &dyn Fn(usize, usize) -> bool| {
        let all = |row: &usize| (0..2).all(|k| decided(*row, k) == (truth[[*row, k]] > 0.5));
        (0..test.data.len()).filter(all).count() as f64 / test.data.len() as f64
    };
    let by_thresholds = right(&|row, k| p[[row, k]] >= 0.5);
    let rows = targets(&train);
    let number = |row: usize| usize::from(rows[[row, 0]] > 0.5) + 2 * usize::from(rows[[row, 1]] > 0.5);
    let classes = (0..train.data.len()).map(number).collect();
    let sets = gradlens::Dataset::classes(train.data.inputs(), classes, 4)?;
    let net = run.train(&sets, &[16], Box::new(SoftmaxCrossEntropy::default()), how)?;
    let logits = net.logits(&test.data.inputs())?;
    let best: Vec<usize> = logits
        .rows()
        .into_iter()
        .map(|row| row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(set, _)| set))
        .collect();
    let by_sets = right(&|row, k| best[row] >> k & 1 == 1);
    Ok(Exclusive { error, by_thresholds, by_sets })
}

/// A sigmoid's outputs are probabilities where they are so near the true ones.
const NEAR: f64 = 0.05;
/// Orders are much the same where their average precision differs by no more than this.
const ORDER: f64 = 0.02;

impl Evidence {
    fn table(&self) -> Table {
        let row = |set: &str, head: &str, scores: &[Scores]| {
            let error = Scores::mean(scores, |scores| scores.error.unwrap_or(f64::NAN));
            vec![
                set.to_string(),
                head.to_string(),
                if error.is_nan() { "-".into() } else { format!("{error:.4}") },
                format!("{:.4}", Scores::mean(scores, |scores| scores.hamming_loss)),
                format!("{:.1} %", 100.0 * Scores::mean(scores, |scores| scores.subset_accuracy)),
                format!("{:.4}", Scores::mean(scores, |scores| scores.f1_macro)),
                format!("{:.4}", Scores::mean(scores, |scores| scores.log_loss)),
                format!("{:.4}", Scores::mean(scores, |scores| scores.ranking)),
            ]
        };
        Table {
            title: "Test samples; thresholds chosen for F1 on validation samples (means over seeds)".into(),
            words: 2,
            header: [
                "samples",
                "outputs",
                "|p - truth|",
                "Hamming loss",
                "all right",
                "F1 macro",
                "log loss",
                "ranking AP",
            ]
            .map(String::from)
            .into(),
            rows: vec![
                row("teacher", "sigmoid", &self.teacher.sigmoid),
                row("teacher", "softmax", &self.teacher.softmax),
                row("teacher", "the truth", &self.bayes),
                row("overlaid digits", "sigmoid", &self.overlays.sigmoid),
                row("overlaid digits", "softmax", &self.overlays.softmax),
            ],
        }
    }

    /// What follows from it.
    pub fn claim(&self) -> Claim {
        let error = |of: &[Scores]| Scores::mean(of, |scores| scores.error.unwrap_or(f64::NAN));
        let [own, other] = [error(&self.teacher.sigmoid), error(&self.teacher.softmax)];
        let subset =
            [&self.teacher, &self.overlays].map(|heads| heads.difference(|scores| scores.subset_accuracy));
        let ranking = [&self.teacher, &self.overlays].map(|heads| heads.difference(|scores| scores.ranking));
        let bars = Bars::new("", "share of samples with all labels right", ["teacher", "overlaid digits"]);
        let all_right = |of: &[Scores]| Scores::mean(of, |scores| scores.subset_accuracy);
        let order = |of: &[Scores]| Scores::mean(of, |scores| scores.ranking);
        let orders = Bars::new("", "label ranking average precision", ["teacher", "overlaid digits"]);
        let Exclusive { error: of_xor, by_thresholds, by_sets } = self.xor;
        Claim {
            number: 2,
            title: "Labels that do not exclude one another need sigmoids",
            said: "Where several labels may hold at once, use sigmoids: each output is the probability of its label, for independent labels.",
            statements: vec![
                Statement::new(
                    "a sigmoid's output is the probability of its label",
                    "on the teacher it is within 0.05 of the true one on average",
                    format!("{own:.4} away on average (the softmax's: {other:.4})"),
                    own <= NEAR,
                ).so("Take sigmoids with binary cross-entropy where labels can hold together: each output can be read as a probability.", "Do not read these outputs as probabilities before you have looked at their reliability: the network has learned too little or too much."),
                Statement::new(
                    "a softmax gets fewer sets of labels right",
                    "on both sets of samples the 95 % interval of the difference in samples with all labels right lies below 0",
                    format!(
                        "softmax - sigmoid: teacher {:+.1} +- {:.1} points, overlaid digits {:+.1} +- {:.1}",
                        100.0 * subset[0].mean, 100.0 * subset[0].half_width, 100.0 * subset[1].mean, 100.0 * subset[1].half_width
                    ),
                    subset.iter().all(Interval::is_below_0),
                ).so("Do not put a softmax over such labels.", "In this run a softmax was not worse at whole sets by more than the noise of the seeds."),
                Statement::new(
                    "and puts the labels of a sample into a worse order",
                    "on both the average precision of the order is lower by more than 0.02",
                    format!("softmax - sigmoid: teacher {:+.4}, overlaid digits {:+.4}", ranking[0].mean, ranking[1].mean),
                    ranking.iter().all(|difference| difference.mean < -ORDER),
                ).so("A softmax spoils even the order of the labels.", "A metric of ranks alone does not show that the head is wrong: look at thresholds and log loss as well."),
                Statement::new(
                    "the labels have to be independent for a sigmoid to give their probabilities",
                    "of two labels of which exactly one holds, the sigmoids' outputs are more than 0.05 from the truth, 1/2, on average",
                    format!("they are {of_xor:.4} away"),
                    of_xor > NEAR,
                ).so("Labels that depend on one another need another model.", "Sigmoids give the probability of each label even where labels depend on one another."),
                Statement::new(
                    "the labels have to be independent for thresholds to give the likeliest set",
                    "on the same labels a softmax over the four sets gets more sets right than thresholds of 1/2, by over 5 points",
                    format!("thresholds {:.1} %, softmax over sets {:.1} %", 100.0 * by_thresholds, 100.0 * by_sets),
                    by_sets > by_thresholds + 0.05,
                ).so("What they cannot say then is which set of labels is likeliest: where that is the question, make each set a class.", "Thresholds on them gave the likeliest set here as well."),
            ],
            tables: vec![self.table()],
            figures: vec![
                bars.bars("softmax", [all_right(&self.teacher.softmax), all_right(&self.overlays.softmax)])
                    .bars("sigmoid", [all_right(&self.teacher.sigmoid), all_right(&self.overlays.sigmoid)])
                    .figure(
                        "Sets of labels that are right.",
                        "The same network under either head, thresholds chosen on validation samples. Where labels are added to one \
                         another a softmax has to share out a sum of 1 among them.",
                    ),
                orders
                    .bars("softmax", [order(&self.teacher.softmax), order(&self.overlays.softmax)])
                    .bars("sigmoid", [order(&self.teacher.sigmoid), order(&self.overlays.sigmoid)])
                    .figure(
                        "Labels that are in the right order.",
                        "Which label of a sample comes first: a metric of ranks.",
                    ),
            ],
        }
    }
}
