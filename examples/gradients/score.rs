//! How often the diagnosis is right, on the zoo.

use super::common::INTERRUPTED;
use super::common::output::{Text, text};
use super::kinds::{held_back, known};
use super::rivals::NAMES;
use super::zoo::{Feed, Kind};
use clap::Args;
use gradlens::Mnist;
use gradlens::diagnostics::Illness;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

#[derive(Debug, Args)]
pub struct Flags {
    /// Seeds of every healthy kind; sick ones get half as many
    #[arg(long, value_name = "COUNT", default_value = "8", value_parser = super::common::flags::count)]
    seeds: usize,
    /// Print every wrong verdict
    #[arg(long)]
    wrong: bool,
    /// Leave out the kinds that rules and thresholds were not set on
    #[arg(long)]
    known: bool,
    /// Only kinds whose name contains this
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
}

/// What the diagnosis said of one run.
struct Outcome {
    kind: usize,
    seed: u64,
    found: Illness,
    cause: String,
    /// What each rival's alarms can mean.
    rivals: [Vec<Illness>; 3],
}

/// How often each seeded fault was taken for each illness.
type Confusion = BTreeMap<Illness, BTreeMap<Illness, usize>>;

/// Right and wrong, of so many.
#[derive(Clone, Copy, Default)]
struct Rate {
    hits: usize,
    of: usize,
}

impl Rate {
    fn count(&mut self, hit: bool) {
        self.of += 1;
        self.hits += usize::from(hit);
    }

    /// The 95 % interval of Wilson (1927), which is honest at 0 and at 1 too.
    fn interval(self) -> (f64, f64) {
        let (n, z) = (self.of.max(1) as f64, 1.959_964);
        let p = self.hits as f64 / n;
        let middle = p + z * z / (2.0 * n);
        let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
        let scale = 1.0 + z * z / n;
        (((middle - half) / scale).max(0.0), ((middle + half) / scale).min(1.0))
    }

    fn text(self) -> String {
        let (low, high) = self.interval();
        let share = 100.0 * self.hits as f64 / self.of.max(1) as f64;
        format!(
            "{share:5.1} %  ({} of {}, 95 % interval {:.1} to {:.1} %)",
            self.hits,
            self.of,
            100.0 * low,
            100.0 * high
        )
    }

    fn json(self) -> Value {
        let (low, high) = self.interval();
        json!({ "hits": self.hits, "of": self.of, "low": low, "high": high })
    }
}

pub fn run(flags: &Flags, mnist: &Mnist<f32>, out: &mut Text) -> anyhow::Result<Value> {
    let feed = Feed::new(mnist);
    let mut kinds = known();
    let known = kinds.len();
    if !flags.known {
        kinds.extend(held_back());
    }
    let jobs: Vec<(usize, u64)> = kinds
        .iter()
        .enumerate()
        .filter(|(_, kind)| kind.name.contains(&flags.only))
        .flat_map(|(index, kind)| {
            let seeds = if kind.label == Illness::Healthy { flags.seeds } else { flags.seeds.div_ceil(2) };
            (0..seeds as u64).map(move |seed| (index, seed))
        })
        .collect();
    anyhow::ensure!(!jobs.is_empty(), "--only {:?}: no kind has this in its name", flags.only);
    let outcomes = diagnose_all(&kinds, &jobs, &feed)?;

    let sick = kinds.iter().filter(|kind| kind.label != Illness::Healthy).count();
    text(writeln!(
        out,
        "{sick} sick kinds and {} healthy ones, {} runs\n",
        kinds.len() - sick,
        outcomes.len()
    ))?;
    let confusion = confusion(&kinds, &outcomes);
    text(write!(out, "{}", confusion_text(&confusion)))?;
    let mut halves = vec![];
    let held_back = "kinds held back, for which no rule was changed";
    for (title, chosen) in [
        ("kinds that rules were set on", 0..known),
        (held_back, known..kinds.len()),
        ("all kinds", 0..kinds.len()),
    ] {
        let chosen: Vec<&Outcome> = outcomes.iter().filter(|o| chosen.contains(&o.kind)).collect();
        if chosen.is_empty() {
            continue;
        }
        let ours =
            score(&kinds, &chosen, |o| if o.found == Illness::Healthy { vec![] } else { vec![o.found] });
        text(writeln!(out, "\n{title}\n{}", ours.text()))?;
        halves.push(ours.json(title));
    }
    text(writeln!(out, "\nthe rules of others, on all kinds\n"))?;
    let everything: Vec<&Outcome> = outcomes.iter().collect();
    let mut rivals = vec![];
    for (index, name) in NAMES.into_iter().enumerate() {
        let theirs = score(&kinds, &everything, |o| o.rivals[index].clone());
        text(writeln!(out, "{name}\n{}", theirs.text()))?;
        rivals.push(theirs.json(name));
    }
    if flags.wrong {
        for outcome in outcomes.iter().filter(|o| kinds[o.kind].label != o.found) {
            let kind = &kinds[outcome.kind];
            text(writeln!(
                out,
                "\n#{} {} (seed {}): {} taken for {}\n  {}",
                outcome.kind, kind.name, outcome.seed, kind.label, outcome.found, outcome.cause
            ))?;
        }
    }
    let runs: Vec<Value> = outcomes
        .iter()
        .map(|o| json!({ "kind": kinds[o.kind].name, "seed": o.seed, "label": kinds[o.kind].label, "found": o.found }))
        .collect();
    Ok(json!({ "scores": halves, "rivals": rivals, "confusion": confusion, "runs": runs }))
}

/// Three rates that belong together.
#[derive(Default)]
struct Score {
    found: Rate,
    cause: Rate,
    alarms: Rate,
}

impl Score {
    fn text(&self) -> String {
        format!(
            "  sick found    {}\n  cause right   {}\n  false alarms  {}",
            self.found.text(),
            self.cause.text(),
            self.alarms.text()
        )
    }

    fn json(&self, name: &str) -> Value {
        json!({
            "name": name, "found": self.found.json(), "cause": self.cause.json(), "false_alarms": self.alarms.json(),
        })
    }
}

/// Scores what somebody suspects of each run, nothing where all seems well.
fn score(kinds: &[Kind], outcomes: &[&Outcome], suspects: impl Fn(&Outcome) -> Vec<Illness>) -> Score {
    let mut score = Score::default();
    for outcome in outcomes {
        let suspects = suspects(outcome);
        match kinds[outcome.kind].label {
            Illness::Healthy => score.alarms.count(!suspects.is_empty()),
            label => {
                score.found.count(!suspects.is_empty());
                score.cause.count(suspects.contains(&label));
            }
        }
    }
    score
}

/// Runs the jobs on every processor there is, one network on each.
fn diagnose_all(kinds: &[Kind], jobs: &[(usize, u64)], feed: &Feed) -> anyhow::Result<Vec<Outcome>> {
    let bar = ProgressBar::new(jobs.len() as u64);
    bar.set_style(ProgressStyle::with_template("{wide_bar} {pos}/{len}  {eta} left")?.progress_chars("━╸─"));
    let (next, outcomes) = (AtomicUsize::new(0), Mutex::new(vec![]));
    let work = || -> anyhow::Result<()> {
        while let Some(&(kind, seed)) = jobs.get(next.fetch_add(1, Relaxed)) {
            anyhow::ensure!(
                !INTERRUPTED.load(Relaxed),
                "interrupted after {} of {} runs",
                bar.position(),
                jobs.len()
            );
            let (seen, rivals) = kinds[kind].run(feed, seed)?;
            let diagnosis = seen.diagnosis();
            let outcome = Outcome {
                kind,
                seed,
                found: diagnosis.verdict.illness,
                cause: diagnosis.verdict.cause,
                rivals: rivals.alarms(),
            };
            outcomes.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(outcome);
            bar.inc(1);
        }
        Ok(())
    };
    let results: Vec<anyhow::Result<()>> = std::thread::scope(|scope| {
        let workers: Vec<_> =
            (0..gradlens::Threads::available().count()).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a run failed"))))
            .collect()
    });
    bar.finish_and_clear();
    results.into_iter().collect::<anyhow::Result<()>>()?;
    let mut outcomes = outcomes.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    outcomes.sort_by_key(|outcome| (outcome.kind, outcome.seed));
    Ok(outcomes)
}

/// Rows: the fault that was put in; columns: what the diagnosis found.
fn confusion(kinds: &[Kind], outcomes: &[Outcome]) -> Confusion {
    let mut cells = Confusion::new();
    for outcome in outcomes {
        *cells.entry(kinds[outcome.kind].label).or_default().entry(outcome.found).or_default() += 1;
    }
    cells
}

fn confusion_text(confusion: &Confusion) -> String {
    let mut text = String::from("seeded fault          found (runs)\n");
    for (label, found) in confusion {
        let found: Vec<String> = found.iter().map(|(illness, count)| format!("{illness} {count}")).collect();
        text += &format!("{label:<20}  {}\n", found.join(", "));
    }
    text
}
