//! Networks that people built, as configs with the causes that were accepted: how often our diagnosis and the rules of
//! others find them.

use super::rivals::{NAMES, Rivals};
use crate::diagnose::measure_beside;
use crate::interrupt::interrupted;
use crate::output::{Text, text};
use crate::session::Session;
use gradlens::config::RunConfig;
use gradlens::diagnostics::Illness;
use serde::Deserialize;
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What was accepted, from `expected.toml`.
#[derive(Deserialize)]
struct Expected {
    answers: Vec<String>,
}

/// How often a tool was right. Of several alarms one has to fit; of ours the first verdict counts alone.
#[derive(Default, Clone, Copy)]
struct Tally {
    found: usize,
    cause: usize,
    alarms: usize,
}

fn folders(cases: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(cases).map_err(|error| anyhow::anyhow!("{}: {error}", cases.display()))?;
    let mut folders: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<_>>()?;
    folders.retain(|folder| folder.join("run.toml").exists() && folder.join("expected.toml").exists());
    folders.sort();
    anyhow::ensure!(
        !folders.is_empty(),
        "{}: no folder in it has a run.toml and an expected.toml",
        cases.display()
    );
    Ok(folders)
}

/// Runs every case that can be trained, and prints how often each tool was right.
pub fn run(cases: &Path, out: &mut Text) -> anyhow::Result<Value> {
    let mut tallies = [Tally::default(); 4];
    let (mut sick, mut healthy, mut refused) = (0, 0, 0);
    for folder in folders(cases)? {
        if interrupted() {
            text(writeln!(out, "Interrupted, so this is incomplete."))?;
            break;
        }
        let place = folder.join("expected.toml");
        let expected: Expected = toml::from_str(&fs::read_to_string(&place)?)
            .map_err(|error| anyhow::anyhow!("{}: {error}", place.display()))?;
        let config = RunConfig::read(folder.join("run.toml"))?;
        let mut rivals = Rivals::default();
        let session = Session::new(&config, None).and_then(|session| session.network().map(|_| session));
        let Ok(session) = session else {
            refused += 1;
            continue;
        };
        let Ok(measured) = measure_beside(&session, Some(&mut rivals)) else {
            refused += 1;
            continue;
        };
        let ours = Some(measured.diagnosis.verdict.illness).filter(|illness| illness.is_sick());
        let [first, second, third] = rivals.alarms();
        let is_healthy = expected.answers.iter().any(|answer| answer == "healthy");
        *(if is_healthy { &mut healthy } else { &mut sick }) += 1;
        for (tally, alarms) in tallies.iter_mut().zip([ours.into_iter().collect(), first, second, third]) {
            let fits = |alarm: &Illness| expected.answers.contains(&alarm.to_string());
            match is_healthy {
                true => tally.alarms += usize::from(!alarms.is_empty() && !alarms.iter().any(fits)),
                false => {
                    tally.found += usize::from(!alarms.is_empty());
                    tally.cause += usize::from(alarms.iter().any(fits));
                }
            }
        }
    }
    text(writeln!(
        out,
        "{sick} sick networks and {healthy} healthy ones; {refused} more are refused before training\n"
    ))?;
    let names = ["gradlens"].into_iter().chain(NAMES);
    let mut document = vec![];
    for (name, tally) in names.zip(tallies) {
        let Tally { found, cause, alarms } = tally;
        text(writeln!(
            out,
            "{name:<20} found {found:>2} of {sick}, cause right {cause:>2}, false alarms {alarms} of {healthy}"
        ))?;
        document.push(json!({ "name": name, "found": found, "cause": cause, "false_alarms": alarms }));
    }
    Ok(json!({ "sick": sick, "healthy": healthy, "refused": refused, "tools": document }))
}
