//! How far a sweep is.

use super::count::Count;
use crate::output::note;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// How often a line is written where there is no terminal.
const EVERY: Duration = Duration::from_secs(30);

/// A bar in a terminal, and a line now and then elsewhere.
pub struct Progress {
    bar: ProgressBar,
    runs: usize,
    began: Instant,
    told: Instant,
    quiet: bool,
}

impl Progress {
    pub fn new(runs: usize, quiet: bool) -> anyhow::Result<Self> {
        let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new(runs as u64) };
        bar.set_style(ProgressStyle::with_template("{wide_bar} {pos}/{len}  {msg}")?.progress_chars("━╸─"));
        bar.set_message("0 failed");
        bar.tick();
        let now = Instant::now();
        Ok(Progress { bar, runs, began: now, told: now, quiet })
    }

    /// A run more has ended.
    pub fn ended(&mut self, count: &Count) {
        let rate = count.ended as f64 / self.began.elapsed().as_secs_f64().max(1e-9);
        let left = duration((self.runs - count.ended.min(self.runs)) as f64 / rate);
        self.bar.set_message(format!("{} failed  {rate:.1} runs/s  {left} left", count.failed));
        self.bar.set_position(count.ended as u64);
        if !self.quiet && !std::io::stderr().is_terminal() && self.told.elapsed() >= EVERY {
            self.told = Instant::now();
            note(&format!(
                "{} of {} runs, {} failed, {rate:.1} runs/s, {left} left",
                count.ended, self.runs, count.failed
            ));
        }
    }

    /// Takes the bar away, and says how many seconds it was there.
    pub fn finish(self) -> f64 {
        self.bar.finish_and_clear();
        self.began.elapsed().as_secs_f64()
    }
}

/// Seconds as people write them.
pub fn duration(seconds: f64) -> String {
    match seconds.round() as u64 {
        _ if seconds < 9.95 => format!("{seconds:.1} s"),
        seconds @ ..60 => format!("{seconds} s"),
        seconds @ ..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
    }
}
