//! `--head both`: the two heads side by side, and whether they differ by more than chance.

use super::Flags;
use super::json::config;
use crate::class_scores::{Scores, scores};
use crate::interrupt::interrupted;
use crate::output::{self, Text};
use crate::session::Session;
use crate::statistics::{Interval, moments};
use gradlens::Sequential;
use gradlens::config::RunConfig;
use serde_json::{Value, json};
use std::io::Write;
use std::time::Instant;

/// Their names, and the factor and unit with which they are shown.
const METRICS: [(&str, f64, &str); 3] = [("accuracy", 100.0, " %"), ("log loss", 1.0, ""), ("ECE", 1.0, "")];

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
    Ok((scores(&net, test, "test set")?.0, net))
}

/// One metric under both heads, and their difference over seeds.
struct Comparison {
    name: &'static str,
    factor: f64,
    unit: &'static str,
    softmax: (f64, f64),
    sigmoid: (f64, f64),
    /// Sigmoid minus softmax.
    difference: Interval,
}

impl Comparison {
    fn of(pairs: &[[Scores; 2]], metric: usize) -> Self {
        let of = |head: usize| pairs.iter().map(|pair| pair[head][metric]).collect::<Vec<_>>();
        let [softmax, sigmoid] = [of(0), of(1)];
        let (name, factor, unit) = METRICS[metric];
        Comparison {
            name,
            factor,
            unit,
            softmax: moments(&softmax),
            sigmoid: moments(&sigmoid),
            difference: Interval::of_difference(&sigmoid, &softmax),
        }
    }

    fn text(&self) -> String {
        let show = |(mean, spread): (f64, f64)| {
            let digits = if self.factor > 1.0 { 2 } else { 4 };
            format!("{:.digits$} +- {:.digits$}{}", self.factor * mean, self.factor * spread, self.unit)
        };
        let verdict = match (self.difference.is_larger_than_noise(), self.difference.mean > 0.0) {
            (false, _) => "not to be told from the noise of the seeds",
            (true, true) => "larger than the noise of the seeds: more under the sigmoid head",
            (true, false) => "larger than the noise of the seeds: less under the sigmoid head",
        };
        format!(
            "{:<9} softmax {}, sigmoid {} (standard deviation over seeds); difference {} (95 % interval): {verdict}",
            self.name,
            show(self.softmax),
            show(self.sigmoid),
            show((self.difference.mean, self.difference.half_width))
        )
    }

    fn json(&self) -> Value {
        let pair = |(mean, spread): (f64, f64)| json!({ "mean": mean, "standard_deviation": spread });
        json!({
            "metric": self.name,
            "softmax": pair(self.softmax),
            "sigmoid": pair(self.sigmoid),
            "difference": self.difference.mean,
            "half_width_95": self.difference.half_width,
            "larger_than_noise": self.difference.is_larger_than_noise(),
        })
    }
}
