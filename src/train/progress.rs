//! Progress of a run, on the terminal and through pipes.

use crate::plain;
use crate::train::observers::{Event, Observer};
use crate::train::record::EpochRecord;
use gradlens_kernel::Scalar;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex};

/// Shows how a run goes: a bar for the current epoch on standard error, if that is a terminal, and a
/// line for every epoch that ended, wherever you like: training loss and accuracy, those on the
/// validation samples, training samples a second, seconds.
///
/// ```
/// # use gradlens::{Dataset, Dense, Progress, Sequential, Sgd, SoftmaxCrossEntropy, Trainer};
/// # let data = Dataset::classes(ndarray::array![[0.0], [1.0]], vec![0, 1], 2)?;
/// # let mut net = Sequential::input(1).layer(Dense::new(2)).head(SoftmaxCrossEntropy::default()).build()?;
/// let mut lines = vec![];
/// Trainer::new(Sgd::default())
///     .epochs(2)
///     .observe(|_| true, Progress::new(&mut lines))
///     .fit(&mut net, &data)?;
/// assert_eq!(String::from_utf8_lossy(&lines).lines().count(), 2);
/// # Ok::<(), gradlens::Error>(())
/// ```
pub struct Progress<W: Write> {
    lines: W,
    wants_bar: bool,
    bar: ProgressBar,
    /// What stands below the bar.
    below: Below,
    epochs: usize,
    steps_per_epoch: u64,
    samples_per_step: f64,
    step: u64,
    /// A running mean of the loss, as the losses of single batches flicker.
    loss: f64,
}

/// Lines below a progress bar.
#[derive(Debug, Clone, Default)]
pub struct Below(Arc<Mutex<String>>);

impl Below {
    /// Shows these lines from the bar's next change on, in place of those before.
    pub fn set(&self, lines: &str) {
        // A thread that panicked with the lock in its hands has left them whole.
        let mut below = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *below = if lines.is_empty() { String::new() } else { format!("\n\n{lines}") };
    }
}

impl<W: Write> fmt::Debug for Progress<W> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Progress").field("bar", &self.wants_bar).finish_non_exhaustive()
    }
}

impl<W: Write> Progress<W> {
    /// Writes lines to `lines`. What cannot be written is left out: progress does not stop a run.
    pub fn new(lines: W) -> Self {
        Progress {
            lines,
            wants_bar: true,
            bar: ProgressBar::hidden(),
            below: Below::default(),
            epochs: 0,
            steps_per_epoch: 0,
            samples_per_step: 0.0,
            step: 0,
            loss: f64::NAN,
        }
    }

    /// Whether there is a bar on standard error, if that is a terminal. Say no where the lines go
    /// through a pipe to the same terminal, as they would arrive in the midst of the bar. Default: yes.
    pub fn bar(mut self, wanted: bool) -> Self {
        self.wants_bar = wanted;
        self
    }

    /// What stands below the bar, to be changed while the run goes on.
    pub fn below(&self) -> Below {
        self.below.clone()
    }

    fn begin(&mut self, epoch: usize) {
        self.step = 0;
        if !self.wants_bar {
            return;
        }
        // Hides itself where standard error is no terminal.
        self.bar = ProgressBar::with_draw_target(Some(self.steps_per_epoch), ProgressDrawTarget::stderr());
        let template = "epoch {prefix} {wide_bar} {percent:>3} %  {msg}  {eta} left{below}";
        let below = self.below.clone();
        let write_below = move |_: &ProgressState, out: &mut dyn fmt::Write| {
            let _ = below.0.lock().map(|lines| out.write_str(&lines));
        };
        let style = ProgressStyle::with_template(template).expect("the template is a constant");
        self.bar.set_style(style.progress_chars("━╸─").with_key("below", write_below));
        self.bar.set_prefix(format!(
            "{epoch:>width$}/{}",
            self.epochs,
            width = self.epochs.to_string().len()
        ));
    }

    fn step(&mut self, loss: f64) {
        self.step += 1;
        self.loss = if self.loss.is_nan() { loss } else { 0.98 * self.loss + 0.02 * loss };
        // A hundred messages an epoch are more than an eye can follow, and formatting them costs.
        let stride = (self.steps_per_epoch / 100).max(1);
        if !self.bar.is_hidden() && (self.step.is_multiple_of(stride) || self.step == self.steps_per_epoch) {
            let rate = self.bar.per_sec() * self.samples_per_step;
            self.bar.set_message(format!("loss {:.4}  {}/s", self.loss, thousands(rate)));
            self.bar.set_position(self.step);
        }
    }

    fn line(&mut self, record: &EpochRecord) {
        self.bar.finish_and_clear();
        let _ = writeln!(self.lines, "{}", self.describe(record)).and_then(|()| self.lines.flush());
    }

    fn describe(&self, record: &EpochRecord) -> String {
        let width = self.epochs.to_string().len();
        // A regression has none.
        let percent = |accuracy: Option<f64>| {
            accuracy.map_or(String::new(), |share| format!(" {:>8}", format!("{:.2} %", 100.0 * share)))
        };
        // A line fits into 80 columns.
        let mut line = format!(
            "epoch {:>width$}/{}  loss {}{}",
            record.epoch,
            self.epochs,
            short(record.train_loss),
            percent(record.train_accuracy),
        );
        if let Some(loss) = record.validation_loss {
            line += &format!("  validation {}{}", short(loss), percent(record.validation_accuracy));
        }
        line + &format!("  {}/s  {:.2} s", thousands(record.samples_per_second), record.seconds)
    }
}

/// Four decimals, or an exponent where the number is large.
fn short(number: f64) -> String {
    if number.abs() < 1e5 { format!("{number:.4}") } else { plain::short(number) }
}

/// 512345.6 as "512 k", 1234.5 as "1.2 k", 99.5 as "100".
fn thousands(number: f64) -> String {
    match number {
        n if n >= 1_000_000.0 => format!("{:.1} M", n / 1e6),
        n if n >= 10_000.0 => format!("{:.0} k", n / 1000.0),
        n if n >= 1000.0 => format!("{:.1} k", n / 1000.0),
        n => format!("{n:.0}"),
    }
}

impl<T: Scalar, W: Write> Observer<T> for Progress<W> {
    fn observe(&mut self, event: &Event<'_, T>) {
        match event {
            Event::Start { epochs, steps_per_epoch, samples, .. } => {
                self.epochs = *epochs;
                self.steps_per_epoch = *steps_per_epoch as u64;
                self.samples_per_step = *samples as f64 / (*steps_per_epoch).max(1) as f64;
            }
            Event::EpochStart { epoch } => self.begin(*epoch),
            Event::Step(at) => self.step(at.loss),
            Event::Epoch { record, .. } => self.line(record),
            Event::Gradients(_) | Event::Failed { .. } | Event::End { .. } => {}
        }
    }
}

impl<W: Write> Drop for Progress<W> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
