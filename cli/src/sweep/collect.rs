//! `--collect`: the results of all shards as one file, if nothing is missing and nothing is double.

use super::folder::Folder;
use super::index::Index;
use super::plan::Plan;
use super::shard::Shard;
use super::{SOME_FAILED, in_words};
use crate::exit::Code;
use crate::output::{Text, note, text};
use gradlens::file;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

const COLLECTED: &str = "collected.jsonl";
/// How many runs are named.
const NAMED: usize = 10;

pub fn collect(path: &Path, out: &mut Text) -> anyhow::Result<()> {
    let (folder, plan) = Folder::of_sweep(path)?;
    let index = Index::read(&folder, &plan)?;
    tell(&index, &plan);
    index.refuse_conflicts()?;
    let missing: Vec<usize> = index.to_do().collect();
    if !missing.is_empty() {
        for &run in missing.iter().take(NAMED) {
            text(writeln!(out, "missing: {} {}", plan.ids[run], plan.grid.label(run)))?;
        }
        if missing.len() > NAMED {
            text(writeln!(out, "missing: {} more", missing.len() - NAMED))?;
        }
        anyhow::bail!("{} of {} runs are missing; {}", missing.len(), plan.runs(), remedy(&index, &missing));
    }
    let to = folder.file(COLLECTED);
    file::write_by(&to, |out| {
        index
            .lines(|_, line| Ok(out.write_all(line).and_then(|()| out.write_all(b"\n"))?))
            .map_err(io::Error::other)
    })?;
    let failed = index.failed().count();
    text(writeln!(
        out,
        "{}, {failed} of them failed, nothing missing, nothing double: {}",
        in_words(plan.runs()),
        to.display()
    ))?;
    if failed > 0 { Err(Code(SOME_FAILED).into()) } else { Ok(()) }
}

/// Says what a user should know of the files.
pub fn tell(index: &Index, plan: &Plan) {
    for (path, number, wrong) in index.damaged.iter().take(NAMED) {
        note(&format!("note: {}, line {number}: {wrong}; the run counts as missing", path.display()));
    }
    if index.damaged.len() > NAMED {
        note(&format!("note: {} more lines are damaged", index.damaged.len() - NAMED));
    }
    if let Some(&run) = index.doubles.first() {
        let (count, first) = (index.doubles.len(), plan.grid.label(run));
        let lines = if count == 1 { "line is" } else { "lines are" };
        note(&format!("note: {count} {lines} there twice, of {first} first; one of each counts"));
    }
    let again = index.places.iter().flatten().filter(|place| place.is_to_retry()).count();
    if again > 0 {
        let (runs, count) = if again == 1 { ("run has", "counts") } else { ("runs have", "count") };
        note(&format!("note: {again} {runs} failed for want of memory or of a file, and {count} as missing"));
    }
    if index.programs.len() > 1 {
        let programs: Vec<&str> = index.programs.iter().map(String::as_str).collect();
        note(&format!(
            "note: the lines are of {}, which may have computed differently",
            programs.join(" and of ")
        ));
    }
    if index.foreign > 0 {
        let lines = if index.foreign == 1 { "line is" } else { "lines are" };
        note(&format!(
            "note: {} {lines} of no run of the grid; only what is in the grid counts",
            index.foreign
        ));
    }
}

/// What to run again, by shards where all files are shards of as many.
fn remedy(index: &Index, missing: &[usize]) -> String {
    let shards: Vec<Option<Shard>> = index.files().iter().map(|path| Shard::of_path(path)).collect();
    let of = shards.first().and_then(|shard| shard.map(|shard| shard.of));
    let Some(of) = of.filter(|&of| shards.iter().all(|shard| shard.is_some_and(|shard| shard.of == of)))
    else {
        return "the command that made the folder runs them".into();
    };
    let mut lacking: BTreeMap<usize, usize> = BTreeMap::new();
    missing.iter().for_each(|run| *lacking.entry(run % of + 1).or_default() += 1);
    let first: Vec<String> =
        lacking.iter().take(NAMED).map(|(number, runs)| format!("--shard {number}/{of} ({runs})")).collect();
    let more = if lacking.len() > NAMED {
        format!(" and {} more shards", lacking.len() - NAMED)
    } else {
        String::new()
    };
    format!("run again: {}{more}", first.join(", "))
}
