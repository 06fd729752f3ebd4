//! The zoo's networks, trained and diagnosed.

use super::data::Feed;
use super::network::Kind;
use crate::interrupt::interrupted;
use gradlens::diagnostics::Illness;
use indicatif::{ProgressBar, ProgressStyle};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

/// What the diagnosis said of one run.
pub struct Outcome {
    pub kind: usize,
    pub seed: u64,
    pub found: Illness,
    pub cause: String,
    /// What each rival's alarms can mean.
    pub rivals: [Vec<Illness>; 3],
}

/// Runs the jobs on all processors, one network on each. When it is interrupted, those that have begun are the last.
pub fn diagnose_all(kinds: &[Kind], jobs: &[(usize, u64)], feed: &Feed) -> anyhow::Result<Vec<Outcome>> {
    let bar = ProgressBar::new(jobs.len() as u64);
    bar.set_style(ProgressStyle::with_template("{wide_bar} {pos}/{len}  {eta} left")?.progress_chars("━╸─"));
    let (next, outcomes) = (AtomicUsize::new(0), Mutex::new(vec![]));
    let work = || -> anyhow::Result<()> {
        while let Some(&(kind, seed)) = jobs.get(next.fetch_add(1, Relaxed)) {
            if interrupted() {
                break;
            }
            let (seen, rivals) = kinds[kind].run(feed, seed)?;
            let diagnosis = seen.diagnosis();
            let outcome = Outcome {
                kind,
                seed,
                found: diagnosis.verdict.illness,
                cause: diagnosis.verdict.cause,
                rivals: rivals.alarms(),
            };
            outcomes.lock().unwrap_or_else(PoisonError::into_inner).push(outcome);
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
    let mut outcomes = outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
    outcomes.sort_by_key(|outcome| (outcome.kind, outcome.seed));
    Ok(outcomes)
}
