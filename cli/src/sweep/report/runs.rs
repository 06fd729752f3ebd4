//! The few numbers of each run that pictures are made of.

use super::super::index::Index;
use super::super::line::score_name;
use super::super::plan::Plan;
use gradlens::config::Grid;
use gradlens::runs::RunLine;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// A run that ended well.
pub struct Row {
    /// Its number in the grid.
    pub run: usize,
    /// The place of its value on each axis.
    pub values: Vec<usize>,
    pub score: f64,
    /// log10 of g1/gL at the first snapshot and at the last.
    pub profile: [f64; 2],
    /// The greatest share of saturated activations of a layer, at the last snapshot.
    pub saturated: f64,
    /// Its place among the verdicts.
    pub verdict: usize,
}

/// All runs of a sweep.
pub struct Runs {
    pub rows: Vec<Row>,
    /// The runs that failed, with their errors.
    pub failed: Vec<(usize, String)>,
    /// What the score is called in the lines.
    pub score: &'static str,
    /// Each task, with the first run that has it.
    pub tasks: BTreeMap<String, usize>,
    /// All verdicts that there are.
    pub names: Vec<String>,
    /// The time of all runs together.
    pub seconds: f64,
}

/// A number over seeds.
#[derive(Clone, Copy)]
pub struct Spread {
    pub runs: usize,
    pub mean: f64,
    pub least: f64,
    pub greatest: f64,
}

impl Spread {
    /// Of the numbers that are finite.
    pub fn of(numbers: impl IntoIterator<Item = f64>) -> Self {
        let (mut runs, mut sum, mut least, mut greatest) = (0, 0.0, f64::INFINITY, f64::NEG_INFINITY);
        for number in numbers.into_iter().filter(|number| number.is_finite()) {
            runs += 1;
            sum += number;
            (least, greatest) = (number.min(least), number.max(greatest));
        }
        match runs {
            0 => Spread { runs, mean: f64::NAN, least: f64::NAN, greatest: f64::NAN },
            _ => Spread { runs, mean: sum / f64::from(runs as u32), least, greatest },
        }
    }
}

/// Runs that differ in nothing but the seed.
pub struct Group {
    pub first: usize,
    pub label: String,
    pub score: Spread,
    /// Mean log10 of g1/gL at the first snapshot.
    pub profile: f64,
    /// The most frequent one.
    pub verdict: String,
}

impl Runs {
    pub fn read(index: &Index, plan: &Plan) -> anyhow::Result<Self> {
        let (rows, failed, names, tasks) = (vec![], vec![], vec![], BTreeMap::new());
        let mut runs = Runs { rows, failed, score: "accuracy", tasks, names, seconds: 0.0 };
        index.lines(|run, line| {
            let line = RunLine::parse(line).map_err(anyhow::Error::msg)?;
            runs.seconds += line.json["seconds"].as_f64().unwrap_or(0.0);
            match line.error {
                Some(error) => runs.failed.push((run, error)),
                None => runs.add(run, plan, &line.json),
            }
            Ok(())
        })?;
        Ok(runs)
    }

    fn add(&mut self, run: usize, plan: &Plan, json: &Value) {
        let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
        let task = json["task"].as_str().unwrap_or("");
        self.tasks.entry(task.into()).or_insert(run);
        self.score = score_name(task);
        let verdict = json["verdict"]["illness"].as_str().unwrap_or("unknown");
        let place = self.names.iter().position(|name| name == verdict).unwrap_or_else(|| {
            self.names.push(verdict.into());
            self.names.len() - 1
        });
        let layers = json["saturation"]["final"]["saturated"].as_array();
        let profile = |at: &str| number(&json["gradient"][at]["g1_gl"]).log10();
        self.rows.push(Row {
            run,
            values: plan.grid.values_of(run),
            score: number(&json["metrics"][self.score]),
            profile: [profile("initial"), profile("final")],
            saturated: layers.into_iter().flatten().map(number).fold(f64::NAN, f64::max),
            verdict: place,
        });
    }

    /// Scores of two tasks are no numbers of one picture.
    pub fn refuse_several_tasks(&self, plan: &Plan, table: &Path) -> anyhow::Result<()> {
        let task = |(task, &run): (&String, &usize)| format!("{task} ({})", plan.grid.label(run));
        let tasks: Vec<String> = self.tasks.iter().map(task).collect();
        anyhow::ensure!(
            tasks.len() < 2,
            "the runs have several tasks, {}, and their scores cannot be drawn as one; make a sweep of each for its report; {} \
             has all runs, each with the scores of its task",
            tasks.join(" and "),
            table.display()
        );
        Ok(())
    }

    /// The verdicts with how many runs have them, the most frequent first.
    pub fn verdicts(&self) -> Vec<(String, usize)> {
        let mut counts: Vec<(String, usize)> = self.names.iter().map(|name| (name.clone(), 0)).collect();
        self.rows.iter().for_each(|row| counts[row.verdict].1 += 1);
        counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        counts
    }

    /// The runs by all of their settings but the seed.
    pub fn over_seeds(&self, grid: &Grid) -> Vec<Group> {
        let seed = grid.axes().iter().position(|axis| axis.name == "seed");
        let mut groups: BTreeMap<Vec<usize>, Vec<&Row>> = BTreeMap::new();
        for row in &self.rows {
            let mut values = row.values.clone();
            seed.into_iter().for_each(|seed| values[seed] = 0);
            groups.entry(values).or_default().push(row);
        }
        let group = |(values, rows): (Vec<usize>, Vec<&Row>)| {
            let settings = grid.axes().iter().zip(&values).filter(|(axis, _)| axis.name != "seed");
            let label: Vec<String> =
                settings.map(|(axis, &value)| format!("{} {}", axis.name, axis.label(value))).collect();
            let verdict = most_frequent(rows.iter().map(|row| row.verdict));
            Group {
                first: rows[0].run,
                label: label.join(", "),
                score: Spread::of(rows.iter().map(|row| row.score)),
                profile: Spread::of(rows.iter().map(|row| row.profile[0])).mean,
                verdict: verdict.map_or(String::new(), |(verdict, _)| self.names[verdict].clone()),
            }
        };
        groups.into_iter().map(group).collect()
    }
}

/// What occurs most often, the least of several, and its share.
pub fn most_frequent(kinds: impl IntoIterator<Item = usize>) -> Option<(usize, f64)> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    kinds.into_iter().for_each(|kind| *counts.entry(kind).or_default() += 1);
    let all: usize = counts.values().sum();
    let (kind, count) = counts.into_iter().max_by_key(|(kind, count)| (*count, std::cmp::Reverse(*kind)))?;
    Some((kind, count as f64 / all as f64))
}
