//! How often a diagnosis is right, with confidence intervals.

use super::network::Kind;
use super::runs::Outcome;
use gradlens::diagnostics::Illness;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A share of runs.
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

    /// The 95 % interval of Wilson (1927), which also holds near 0 and 1.
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

/// Three rates that belong together.
#[derive(Default)]
pub struct Score {
    found: Rate,
    cause: Rate,
    alarms: Rate,
}

impl Score {
    pub fn text(&self) -> String {
        format!(
            "  sick found    {}\n  cause right   {}\n  false alarms  {}",
            self.found.text(),
            self.cause.text(),
            self.alarms.text()
        )
    }

    pub fn json(&self, name: &str) -> Value {
        json!({
            "name": name, "found": self.found.json(), "cause": self.cause.json(), "false_alarms": self.alarms.json(),
        })
    }
}

/// Scores what a tool suspects of each run; an empty list means a healthy network.
pub fn score(kinds: &[Kind], outcomes: &[&Outcome], suspects: impl Fn(&Outcome) -> Vec<Illness>) -> Score {
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

/// How often each seeded fault was taken for each illness.
pub type Confusion = BTreeMap<Illness, BTreeMap<Illness, usize>>;

/// Rows: the fault that was put in; columns: what the diagnosis found.
pub fn confusion(kinds: &[Kind], outcomes: &[Outcome]) -> Confusion {
    let mut cells = Confusion::new();
    for outcome in outcomes {
        *cells.entry(kinds[outcome.kind].label).or_default().entry(outcome.found).or_default() += 1;
    }
    cells
}

/// A line for each fault.
pub fn confusion_text(confusion: &Confusion) -> String {
    let mut text = String::from("seeded fault          found (runs)\n");
    for (label, found) in confusion {
        let found: Vec<String> = found.iter().map(|(illness, count)| format!("{illness} {count}")).collect();
        text += &format!("{label:<20}  {}\n", found.join(", "));
    }
    text
}
