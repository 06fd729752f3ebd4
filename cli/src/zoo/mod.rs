//! `gradlens zoo`: how often the diagnosis is right, on a zoo of sick and healthy networks.
//!
//! Every kind is labelled by the fault that was put into it, and never by what the diagnosis says of it.

mod data;
mod kinds;
mod network;
mod real;
mod rivals;
mod runs;
mod score;

use crate::flags::files::{JsonFlag, MnistFlag};
use crate::flags::numbers::count;
use crate::output::{Text, text};
use clap::Args;
use data::Feed;
use gradlens::diagnostics::Illness;
use kinds::{held_back, known};
use rivals::NAMES;
use runs::{Outcome, diagnose_all};
use score::{confusion, confusion_text, score};
use serde_json::{Value, json};
use std::io::Write;
use std::path::PathBuf;

/// Diagnose a zoo of sick and healthy networks, and print how often the diagnosis is right
#[derive(Debug, Args)]
pub struct Flags {
    /// Seeds of every healthy kind; sick ones get half as many
    #[arg(long, value_name = "COUNT", default_value = "8", value_parser = count)]
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
    /// Run the cases in this folder in place of the zoo: each a folder with run.toml and, with the accepted causes,
    /// expected.toml
    #[arg(long, value_name = "DIR", conflicts_with_all = ["seeds", "wrong", "known", "only"])]
    cases: Option<PathBuf>,
    #[command(flatten)]
    data: MnistFlag,
    #[command(flatten)]
    json: JsonFlag,
}

pub fn run(flags: &Flags) -> anyhow::Result<()> {
    let mut out = flags.json.open()?;
    if let Some(cases) = &flags.cases {
        return flags.json.write(&real::run(cases, &mut out)?);
    }
    let mnist = flags.data.load()?;
    flags.json.write(&run_all(flags, &Feed::new(&mnist), &mut out)?)
}

/// Runs the zoo and prints how often each tool was right; returns what is printed.
fn run_all(flags: &Flags, feed: &Feed, out: &mut Text) -> anyhow::Result<Value> {
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
    let outcomes = diagnose_all(&kinds, &jobs, feed)?;
    let complete = outcomes.len() == jobs.len();
    if !complete {
        text(writeln!(
            out,
            "Interrupted, so this is incomplete: {} of {} runs, the first kinds rather than the last.\n",
            outcomes.len(),
            jobs.len()
        ))?;
    }

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
        let ours = score(&kinds, &chosen, |o| if !o.found.is_sick() { vec![] } else { vec![o.found] });
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
        for outcome in outcomes.iter().filter(|o| {
            let label = kinds[o.kind].label;
            label != o.found && (label.is_sick() || o.found.is_sick())
        }) {
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
    Ok(
        json!({ "complete": complete, "scores": halves, "rivals": rivals, "confusion": confusion, "runs": runs }),
    )
}
