//! Runs on all processors.

use super::count::Count;
use super::data::{Loaded, Shared};
use super::fault::Fault;
use super::line::{Ended, Line, Outcome};
use super::plan::Plan;
use super::progress::Progress;
use super::source::name;
use crate::diagnose::measure;
use crate::interrupt::interrupted;
use crate::session::Session;
use gradlens::Threads;
use gradlens::config::{LayerConfig, RunConfig, RunData};
use gradlens::runs::Results;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Weights times samples of a step, for each processor, from which on a run has all processors for itself: it is as fast, and
/// takes less memory. Below, as many runs at once as there are processors end sooner (`docs/sweeps.md` has the measurements).
const LARGE: usize = 1 << 25;

/// Lines that may wait to be written.
const WAITING: usize = 1000;

/// How many runs there are at once, each with how many threads.
#[derive(Clone, Copy)]
struct Lanes {
    runs: usize,
    threads: usize,
    /// Whether large runs are left for later.
    small_only: bool,
}

/// What was asked for of runs at once and threads of each.
pub struct Asked {
    pub jobs: Option<usize>,
    pub threads: Option<usize>,
}

impl Lanes {
    /// For so many runs, where nothing is asked for one on each processor.
    fn new(asked: &Asked, processors: usize, runs: usize) -> Self {
        let most = asked.jobs.unwrap_or(asked.threads.map_or(processors, |threads| processors / threads));
        let at_once = most.min(runs).max(1);
        Lanes {
            runs: at_once,
            threads: asked.threads.unwrap_or((processors / at_once).max(1)),
            small_only: asked.jobs.is_none() && asked.threads.is_none() && at_once > 1,
        }
    }
}

/// Runs these, and appends a line for each that ends. It stops where samples are no longer those of the runs before. When it is interrupted, those that have not ended leave none.
pub fn run_all(
    plan: &Plan,
    runs: Vec<usize>,
    asked: Asked,
    shared: &Shared,
    results: &mut Results,
    progress: &mut Progress,
) -> anyhow::Result<Count> {
    let processors = Threads::available().count();
    // Runs on the same samples one after the other, which are then read once.
    let mut names = HashMap::new();
    let mut in_turn = vec![];
    for run in runs {
        let known = names.len();
        in_turn.push((*names.entry(name(&plan.config(run)?)).or_insert(known), run));
    }
    in_turn.sort_unstable();
    let runs: Vec<usize> = in_turn.into_iter().map(|(_, run)| run).collect();
    let asked = Asked { threads: asked.threads.or(plan.grid.base().training.threads), ..asked };
    let lanes = Lanes::new(&asked, processors, runs.len());
    let mut count = Count::default();
    let large = lanes.run(plan, runs, shared, results, progress, &mut count)?;
    let lanes = Lanes { runs: 1, threads: processors, small_only: false };
    lanes.run(plan, large, shared, results, progress, &mut count)?;
    results.sync()?;
    Ok(count)
}

impl Lanes {
    /// Returns the runs that were left for later.
    fn run(
        self,
        plan: &Plan,
        runs: Vec<usize>,
        shared: &Shared,
        results: &mut Results,
        progress: &mut Progress,
        count: &mut Count,
    ) -> anyhow::Result<Vec<usize>> {
        let queue = Mutex::new(runs.into_iter());
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
        let large = Mutex::new(vec![]);
        // They go on while the disk is waited for.
        let (lines, ended) = sync_channel(WAITING);
        let work = |lines: SyncSender<_>| {
            while let Some(run) = next().filter(|_| !interrupted()) {
                let line = self.one(plan, run, shared);
                // It may have been ended before its time.
                if interrupted() {
                    break;
                }
                let Some(line) = line.transpose() else {
                    large.lock().unwrap_or_else(PoisonError::into_inner).push(run);
                    continue;
                };
                // Where nobody takes it, it could not be written.
                if lines.send((run, line)).is_err() {
                    break;
                }
            }
        };
        std::thread::scope(|scope| -> anyhow::Result<()> {
            for number in 0..self.runs {
                let (work, lines) = (&work, lines.clone());
                let begun = std::thread::Builder::new().spawn_scoped(scope, move || work(lines));
                // Fewer do it too.
                match begun {
                    Err(error) if number == 0 => {
                        return Err(anyhow::Error::new(error)
                            .context("no thread can be begun; ask for fewer with --jobs"));
                    }
                    Err(_) => break,
                    Ok(_) => {}
                }
            }
            drop(lines); // or nobody would know when the last one has ended
            for (run, line) in ended {
                let line = line?;
                results.append(&line.json()?)?;
                count.add(run, line.failed());
                progress.ended(count);
            }
            Ok(())
        })?;
        Ok(large.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// Trains and measures; `None` where the run is left for later.
    fn one<'a>(self, plan: &'a Plan, run: usize, shared: &Shared) -> anyhow::Result<Option<Line<'a>>> {
        let began = Instant::now();
        let config = plan.config(run)?;
        let outcome = catch_unwind(AssertUnwindSafe(|| self.outcome(&config, shared)));
        let fault = "an error in gradlens itself; please report it with this config";
        let outcome = match outcome.unwrap_or_else(|_| Err(Fault::Run(fault.into()))) {
            Ok(None) => return Ok(None),
            Ok(Some(ended)) => Outcome::Ended(Box::new(ended)),
            Err(Fault::Samples(text)) => anyhow::bail!(text),
            Err(fault) => fault.into(),
        };
        Ok(Some(Line::new(&plan.ids[run], &config, outcome, began.elapsed().as_secs_f64())))
    }

    fn outcome(self, config: &RunConfig, shared: &Shared) -> Result<Option<Ended>, Fault> {
        let mut config = config.clone();
        config.training.threads = Some(self.threads);
        let Loaded { data, samples } = shared.load(&config)?;
        if self.small_only && is_large(&config, &data, self.runs * self.threads) {
            return Ok(None);
        }
        let ended = || {
            let session = Session::sharing(&config, data)?;
            let measured = measure(&session)?;
            Ended::of(&session, &measured, samples)
        };
        ended().map(Some).map_err(|error| Fault::of(&error))
    }
}

/// Whether all processors together train it as soon as one of them each a run.
fn is_large(config: &RunConfig, data: &RunData, processors: usize) -> bool {
    let (mut weights, mut inputs) = (0_usize, data.train.input_len());
    let mut add = |units: usize| {
        weights = weights.saturating_add(inputs.saturating_mul(units));
        inputs = units;
    };
    match &config.network.layers {
        Some(layers) => dense(layers, &mut add),
        None => {
            config.network.hidden.iter().for_each(|&units| add(units));
            add(data.train.output_len());
        }
    }
    let samples = config.training.batch.min(data.train.len());
    weights.saturating_mul(samples) >= LARGE.saturating_mul(processors)
}

/// Hands over the units of every dense layer.
fn dense(layers: &[LayerConfig], add: &mut impl FnMut(usize)) {
    for layer in layers {
        match layer {
            LayerConfig::Dense { units, .. } => add(*units),
            LayerConfig::Residual(block) => dense(block, add),
            _ => {}
        }
    }
}
