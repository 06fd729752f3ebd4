//! `--head both`: the two heads side by side, and whether they differ by more than chance.

use super::Flags;
use super::json::config;
use crate::interrupt::interrupted;
use crate::output::{self, Text};
use crate::session::{Session, score};
use gradlens::config::RunConfig;
use gradlens::metrics::Classification;
use gradlens::nn::mean_loss;
use gradlens::{Link, Loss, Sequential, SoftmaxCrossEntropy};
use ndarray::Array2;
use serde_json::{Value, json};
use std::io::Write;
use std::time::Instant;

/// Metrics of one run: accuracy, log loss, calibration error.
type Scores = [f64; 3];

/// Their names, and the factor and unit with which they are shown.
const METRICS: [(&str, f64, &str); 3] = [("accuracy", 100.0, " %"), ("log loss", 1.0, ""), ("ECE", 1.0, "")];

/// Quantiles 0.975 of Student's t with 1, 2, ... degrees of freedom (as in any handbook).
const T: [f64; 30] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/// The quantile for any number of degrees of freedom. Beyond the table it is that of the normal
/// distribution with the first term in 1/degrees (Abramowitz and Stegun, 26.7.5).
fn t_quantile(degrees: usize) -> f64 {
    let z: f64 = 1.959_964;
    T.get(degrees - 1).copied().unwrap_or(z + (z.powi(3) + z) / (4.0 * degrees as f64))
}

/// Trains both heads for every seed and compares them.
pub fn run(flags: &Flags, config_given: &RunConfig, text: &mut Text, began: Instant) -> anyhow::Result<()> {
    let seeds = flags.seeds.unwrap_or(5);
    anyhow::ensure!(seeds >= 2, "--seeds {seeds}: a spread over seeds needs at least 2");
    let first = config_given.training.seed;
    let [mut softmax, mut sigmoid] =
        [flags.session(config_given, "softmax")?, flags.session(config_given, "sigmoid")?];
    if flags.config.print {
        return softmax.print_config();
    }
    if !flags.quiet {
        output::text(writeln!(
            text,
            "Both heads from the same weights on the same batches; the sigmoids' outputs divided by their sum, for log \
             loss and ECE to be\nof probabilities of classes.\n\nseed  accuracy softmax  sigmoid  log loss softmax  sigmoid  ECE softmax  sigmoid"
        ))?;
    }
    let mut pairs: Vec<[Scores; 2]> = vec![];
    let mut printed = json!({});
    for number in 0..seeds as u64 {
        let seed = first.wrapping_add(number);
        (softmax.config.training.seed, sigmoid.config.training.seed) = (seed, seed);
        let (one, net) = train(&softmax)?;
        let (other, _) = train(&sigmoid)?;
        if interrupted() {
            break; // these two did not learn equally long
        }
        printed = config(flags, &softmax, &net, "both");
        if !flags.quiet {
            output::text(writeln!(
                text,
                "{:>4}  {:>14.2} %  {:>5.2} %  {:>16.4}  {:>7.4}  {:>11.4}  {:>7.4}",
                seed,
                100.0 * one[0],
                100.0 * other[0],
                one[1],
                other[1],
                one[2],
                other[2]
            ))?;
        }
        pairs.push([one, other]);
    }
    anyhow::ensure!(pairs.len() >= 2, "interrupted before two seeds were done: nothing to compare");
    let comparisons: Vec<Comparison> =
        (0..METRICS.len()).map(|metric| Comparison::of(&pairs, metric)).collect();
    let mut written = Ok(());
    if let Some(path) = &flags.json {
        printed["seed"] = first.into();
        let seeds = (first..).zip(&pairs);
        let runs: Vec<Value> = seeds
            .map(|(seed, [one, other])| json!({ "seed": seed, "softmax": one, "sigmoid": other }))
            .collect();
        let document = json!({
            "config": printed,
            "metrics": METRICS.map(|(name, ..)| name),
            "runs": runs,
            "comparisons": comparisons.iter().map(Comparison::json).collect::<Vec<_>>(),
            "seconds_total": began.elapsed().as_secs_f64(),
        });
        written = output::write_file(path, format!("{document:#}\n").as_bytes());
    }
    output::text(writeln!(text))?;
    for comparison in &comparisons {
        output::text(writeln!(text, "{}", comparison.text()))?;
    }
    output::text(writeln!(text, "\n({} seeds, {:.1} s in all)", pairs.len(), began.elapsed().as_secs_f64()))?;
    written
}

fn train(session: &Session) -> anyhow::Result<(Scores, Sequential)> {
    let mut net = session.network()?;
    session.trainer()?.fit(&mut net, &session.data.train)?;
    let test = session.data.test.as_ref().expect("images come with others to test on");
    let evaluation = score(&net, test, "test set")?;
    let labels = test.labels().expect("MNIST has classes");
    // The outputs divided by their sum, from their logarithms: ln softmax is the logits less a number that the
    // division takes away, ln sigmoid is -ln (1 + exp(-z)).
    let ln_outputs = evaluation.logits.mapv(|z| match net.head().spec().link {
        Link::Sigmoid => -(-f64::from(z)).max(0.0) - (-f64::from(z).abs()).exp().ln_1p(),
        _ => f64::from(z),
    });
    let mut p = ln_outputs.clone();
    Loss::<f64>::predict(&SoftmaxCrossEntropy::default(), &mut p);
    let classes = Classification::from_logits(&ln_outputs, &p, labels);
    Ok(([classes.accuracy, log_loss(&ln_outputs, labels), classes.ece], net))
}

/// Mean of -ln of the probability of the true class, where probabilities are in proportion to exp of these.
fn log_loss(ln_outputs: &Array2<f64>, labels: &[usize]) -> f64 {
    let targets = Array2::from_shape_fn(ln_outputs.dim(), |(i, k)| if labels[i] == k { 1.0 } else { 0.0 });
    mean_loss(&SoftmaxCrossEntropy::default(), ln_outputs, &targets, &mut ln_outputs.clone())
}

/// One metric under both heads, and their difference over seeds.
struct Comparison {
    name: &'static str,
    factor: f64,
    unit: &'static str,
    softmax: (f64, f64),
    sigmoid: (f64, f64),
    /// Mean of sigmoid minus softmax, and half the width of its 95 % confidence interval: the paired t-test.
    difference: (f64, f64),
}

/// Mean and standard deviation (of a sample).
fn moments(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    (mean, (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt())
}

impl Comparison {
    fn of(pairs: &[[Scores; 2]], metric: usize) -> Self {
        let of = |value: &dyn Fn(&[Scores; 2]) -> f64| moments(&pairs.iter().map(value).collect::<Vec<_>>());
        let (mean, spread) = of(&|pair| pair[1][metric] - pair[0][metric]);
        let t = t_quantile(pairs.len() - 1);
        let (name, factor, unit) = METRICS[metric];
        Comparison {
            name,
            factor,
            unit,
            softmax: of(&|pair| pair[0][metric]),
            sigmoid: of(&|pair| pair[1][metric]),
            difference: (mean, t * spread / (pairs.len() as f64).sqrt()),
        }
    }

    fn is_larger_than_noise(&self) -> bool {
        self.difference.0.abs() > self.difference.1
    }

    fn text(&self) -> String {
        let show = |(mean, spread): (f64, f64)| {
            let digits = if self.factor > 1.0 { 2 } else { 4 };
            format!("{:.digits$} +- {:.digits$}{}", self.factor * mean, self.factor * spread, self.unit)
        };
        let verdict = match (self.is_larger_than_noise(), self.difference.0 > 0.0) {
            (false, _) => "not to be told from the noise of the seeds",
            (true, true) => "larger than the noise of the seeds: more under the sigmoid head",
            (true, false) => "larger than the noise of the seeds: less under the sigmoid head",
        };
        format!(
            "{:<9} softmax {}, sigmoid {} (standard deviation over seeds); difference {} (95 % interval): {verdict}",
            self.name,
            show(self.softmax),
            show(self.sigmoid),
            show(self.difference)
        )
    }

    fn json(&self) -> Value {
        let pair = |(mean, spread): (f64, f64)| json!({ "mean": mean, "standard_deviation": spread });
        json!({
            "metric": self.name,
            "softmax": pair(self.softmax),
            "sigmoid": pair(self.sigmoid),
            "difference": self.difference.0,
            "half_width_95": self.difference.1,
            "larger_than_noise": self.is_larger_than_noise(),
        })
    }
}
