//! `gradlens sweep`: many networks from one file, here or on engines that exist.

mod collect;
mod count;
mod data;
mod fault;
mod folder;
mod index;
mod line;
mod plan;
mod pool;
mod progress;
mod report;
mod shard;
mod source;

use crate::exit::Code;
use crate::flags::numbers;
use crate::interrupt::interrupted;
use crate::output::{Text, note, text};
use clap::Args;
use data::Shared;
use folder::Folder;
use gradlens::visible;
use index::{Index, Place};
use plan::Plan;
use pool::{Asked, run_all};
use progress::{Progress, duration};
use shard::Shard;
use std::io::Write;
use std::path::PathBuf;

/// The exit code where runs have failed, each with a line that says why.
const SOME_FAILED: u8 = 3;

const EXIT_CODES: &str = "\
Exit codes:
  0    every run has ended well
  1    an error: something is missing or does not fit; the same command again goes on
  2    flags that cannot be
  3    every run is done, and some have failed; their lines say why (--collect says so too)
  130  interrupted (143 by SIGTERM); the same command again goes on";

/// Train every network of a grid, one line of results each, and draw what came out.
///
/// A grid is a config with a section [grid], in which keys have several values; depth, heads and rates come with the program.
/// The same command again runs what is missing.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXIT_CODES)]
pub struct Flags {
    /// A config with a section [grid] (.toml), or depth, heads or rates
    #[arg(value_name = "GRID", required_unless_present_any = ["collect", "report"])]
    grid: Option<PathBuf>,
    /// Folder that the results go to
    #[arg(long, value_name = "DIR", required_unless_present_any = ["dry_run", "collect", "report"])]
    out: Option<PathBuf>,
    /// Print how many runs there are, and of those in --out how many are missing
    #[arg(long)]
    dry_run: bool,
    /// Print a line for each of them too: number, id, values
    #[arg(long, requires = "dry_run")]
    list: bool,
    /// Go on in a folder whose grid was a part of this one
    #[arg(long)]
    extend: bool,
    /// Run those again that failed
    #[arg(long)]
    retry: bool,
    /// Run only the I-th of N parts; a task of a Slurm array takes its own by itself
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Runs at once [default: one on each processor, and one on all of them where networks are large]
    #[arg(long, value_name = "COUNT", value_parser = numbers::count)]
    jobs: Option<usize>,
    /// Threads of each run [default: the processors shared among the runs at once]
    #[arg(long, value_name = "COUNT", value_parser = numbers::count)]
    threads: Option<usize>,
    /// Print errors and nothing else
    #[arg(long)]
    quiet: bool,
    /// Merge what the shards in this folder left into DIR/collected.jsonl, if nothing is missing and nothing double
    #[arg(long, value_name = "DIR", conflicts_with_all = ["grid", "out", "report"], help_heading = "Results")]
    collect: Option<PathBuf>,
    /// Write DIR/report.html and DIR/results.csv from the results in this folder
    #[arg(long, value_name = "DIR", conflicts_with_all = ["grid", "out"], help_heading = "Results")]
    report: Option<PathBuf>,
    /// Keys to draw over: x, y, and perhaps one more for pictures side by side [default: those with most values]
    #[arg(long, value_name = "KEYS", value_delimiter = ',', requires = "report", help_heading = "Results")]
    axes: Vec<String>,
    /// Write the pictures to this folder too, as SVG
    #[arg(long, value_name = "DIR", requires = "report", help_heading = "Results")]
    pictures: Option<PathBuf>,
}

pub fn run(flags: &Flags) -> anyhow::Result<()> {
    // What comes of it are the files, whoever reads what is said.
    let mut out = Text::beside([]).with_more(flags.out.is_some() && !flags.dry_run);
    if let Some(folder) = &flags.collect {
        return collect::collect(folder, &mut out);
    }
    if let Some(folder) = &flags.report {
        return report::report(folder, &flags.axes, flags.pictures.as_deref(), &mut out);
    }
    let grid = flags.grid.as_ref().expect("clap asks for it");
    let plan = Plan::read(grid)?;
    let shard = match flags.shard {
        Some(shard) => Some(shard),
        None => Shard::from_slurm()?,
    };
    if flags.dry_run {
        return dry_run(flags, &plan, shard, &mut out);
    }
    train(flags, &plan, shard, &mut out)
}

/// Says which runs there are.
fn dry_run(flags: &Flags, plan: &Plan, shard: Option<Shard>, out: &mut Text) -> anyhow::Result<()> {
    let own: Vec<usize> = (0..plan.runs()).filter(|&run| shard.is_none_or(|shard| shard.has(run))).collect();
    if flags.list {
        for &run in &own {
            text(writeln!(out, "{:>6}  {}  {}", run + 1, plan.ids[run], plan.grid.label(run)))?;
        }
    }
    let part = shard.map_or(String::new(), |shard| format!(", {} of them in shard {shard}", own.len()));
    text(writeln!(out, "{}{}{part}", in_words(plan.runs()), axes(plan)))?;
    let Some(path) = flags.out.as_ref().filter(|path| Folder::is_sweep(path)) else { return Ok(()) };
    let (folder, _) = Folder::of_sweep(path)?;
    let index = Index::read(&folder, plan)?;
    let missing = own.iter().filter(|&&run| index.places[run].is_none_or(Place::is_to_retry)).count();
    let failed = own.iter().filter(|&&run| index.places[run].is_some_and(Place::is_failed)).count();
    text(writeln!(
        out,
        "{}: {} done, {failed} of them failed, {missing} missing",
        path.display(),
        own.len() - missing
    ))
}

/// "1 run", "20 runs".
fn in_words(runs: usize) -> String {
    if runs == 1 { "1 run".into() } else { format!("{runs} runs") }
}

/// ": hidden x6, seed x20", where there are axes.
fn axes(plan: &Plan) -> String {
    let axes = plan.axes();
    if axes.is_empty() { axes } else { format!(": {axes}") }
}

/// Runs what is missing.
fn train(flags: &Flags, plan: &Plan, shard: Option<Shard>, out: &mut Text) -> anyhow::Result<()> {
    let path = flags.out.as_ref().expect("clap asks for it");
    let own: Vec<usize> = (0..plan.runs()).filter(|&run| shard.is_none_or(|shard| shard.has(run))).collect();
    let shared = Shared::default();
    let readable = shared.check(plan, &own);
    if readable.is_err() && (flags.extend || !Folder::is_sweep(path)) {
        return readable; // with nothing made
    }
    let (folder, mut results, torn) = Folder::open(path, plan, flags.extend, shard)?;
    if torn {
        note(&format!(
            "note: {}: the last line was torn; its run is run again",
            folder.file(&Shard::file(shard)).display()
        ));
    }
    let index = Index::read_shard(&folder, plan, shard)?;
    collect::tell(&index, plan);
    index.refuse_conflicts()?;
    let is_to_do = |run: &usize| {
        index.places[*run].is_none_or(|place| place.is_to_retry() || flags.retry && place.is_failed())
    };
    let runs: Vec<usize> = own.iter().copied().filter(is_to_do).collect();
    // Where nothing is left to be run, nothing is read.
    if !runs.is_empty() {
        readable?;
    }
    shared.expect(&index)?;
    let failed_before =
        own.iter().filter(|run| !is_to_do(run) && index.places[**run].is_some_and(Place::is_failed)).count();
    let of = shard.map_or(String::new(), |shard| format!("shard {shard}: {} of ", own.len()));
    if !flags.quiet {
        let done = own.len() - runs.len();
        let before = if done > 0 { format!("; {done} done before") } else { String::new() };
        text(writeln!(out, "{of}{}{}{before}", in_words(plan.runs()), axes(plan)))?;
    }
    drop(index);
    let mut progress = Progress::new(runs.len(), flags.quiet)?;
    let todo = runs.len();
    let asked = Asked { jobs: flags.jobs, threads: flags.threads };
    let count = run_all(plan, runs, asked, &shared, &mut results, &mut progress)?;
    let seconds = progress.finish();
    let [failure, fault] = count.first.each_ref().map(|first| {
        first.as_ref().map(|(run, error)| {
            format!(
                "the first of them {}: {}",
                plan.grid.label(*run),
                visible(error.lines().next().unwrap_or(""))
            )
        })
    });
    if let Some(first) = failure {
        note(&format!(
            "{} of {} runs failed, {first}; their lines have the errors, --retry runs them again",
            count.failed - count.retry,
            count.ended
        ));
    }
    if !flags.quiet {
        if interrupted() {
            let left = todo - count.ended;
            let done = in_words(count.ended);
            text(writeln!(out, "interrupted: {done} done, {left} left; the same command goes on"))?;
        } else if todo > 0 {
            let rate = count.ended as f64 / seconds.max(1e-9);
            text(writeln!(
                out,
                "{} done, {} of them failed, in {}, {rate:.1} runs/s",
                in_words(count.ended),
                count.failed,
                duration(seconds)
            ))?;
        }
        text(writeln!(out, "{}", folder.file(&Shard::file(shard)).display()))?;
    }
    if let Some(first) = fault {
        anyhow::bail!(
            "{} could not be run for want of memory or of a file, {first}; the same command runs them again",
            in_words(count.retry)
        );
    }
    if count.failed + failed_before > 0 { Err(Code(SOME_FAILED).into()) } else { Ok(()) }
}
