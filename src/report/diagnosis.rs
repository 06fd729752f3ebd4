//! What was measured, as a page.

use crate::diagnostics::{
    Diagnosis, Diagnostics, Distribution, Finding, History, Illness, LayerRecord, ParamRecord, Severity,
    Snapshot,
};
use crate::error::Result;
use crate::file;
use crate::plain::short;
use crate::report::figure::{Figure, Heat, Lines};
use crate::report::page::{Page, Tone};
use gradlens_kernel::Scalar;
use std::path::Path;

/// What was seen of a run, as pictures.
struct Pictures<'a> {
    history: &'a History,
}

impl<T: Scalar> Diagnostics<T> {
    /// Everything on one page: the verdict, tables and pictures. It opens from disk, needs no
    /// network and no script, follows the reader's choice of light or dark, and fits a phone.
    pub fn to_html(&self) -> String {
        page("Where the gradient goes", &[("", self)])
    }

    /// Writes [`to_html`](Self::to_html) to a file.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io) if the file cannot be written whole; an old one then stays as it was.
    pub fn write_html(&self, path: impl AsRef<Path>) -> Result<()> {
        file::write(path, self.to_html().as_bytes())
    }

    /// Adds the verdict, tables and pictures to a page of your own.
    pub fn describe(&self, page: &mut Page) {
        describe(page, &self.history, &self.diagnosis());
    }
}

/// Several runs on one page, each under its title.
///
/// ```
/// use gradlens::diagnostics::Diagnostics;
/// use gradlens::report::page;
/// let nothing = Diagnostics::new();
/// assert!(page("A study", &[("first run", &nothing)]).contains("<h2>first run</h2>"));
/// ```
pub fn page<T: Scalar>(title: &str, runs: &[(&str, &Diagnostics<T>)]) -> String {
    let mut page = Page::new(title);
    for (name, run) in runs {
        if !name.is_empty() {
            page.heading(2, name);
        }
        run.describe(&mut page);
    }
    page.finish()
}

/// Adds verdict, network, pictures and tables to a page.
fn describe(page: &mut Page, history: &History, diagnosis: &Diagnosis) {
    verdict(page, diagnosis);
    page.preformatted(&history.network);
    let (Some(first), Some(last)) = (history.snapshots.first(), history.snapshots.last()) else { return };
    let pictures = Pictures { history };
    page.figures(&pictures.overview());
    for l in spread_out(first.hidden().len(), 12) {
        let layer = &first.layers[l];
        let activation = layer.activation.as_deref().unwrap_or("no activation");
        let summary = format!("Layer {}, {activation}, over time", layer.name);
        page.details(&summary, l == 0, |page| page.figures(&pictures.over_time(l)));
    }
    table(page, first, diagnosis);
    if last.step != first.step {
        table(page, last, diagnosis);
    }
}

impl Pictures<'_> {
    fn steps(&self) -> Vec<f64> {
        self.history.snapshots.iter().map(|snapshot| snapshot.step as f64).collect()
    }

    /// A number of every snapshot, over the steps.
    fn by_step(&self, value: impl Fn(&Snapshot) -> f64) -> Vec<(f64, f64)> {
        self.history.snapshots.iter().map(|snapshot| (snapshot.step as f64, value(snapshot))).collect()
    }

    /// A number of every epoch, over the step with which it ended.
    fn by_epoch(&self, value: impl Fn(&crate::train::record::EpochRecord) -> Option<f64>) -> Vec<(f64, f64)> {
        let epochs = self.history.epochs.iter();
        epochs.filter_map(|epoch| Some((epoch.step as f64, value(epoch)?))).collect()
    }

    fn overview(&self) -> Vec<Figure> {
        let hidden = self.history.snapshots[0].hidden().len();
        let mut figures = vec![];
        if hidden > 0 {
            figures.extend([self.gradient(), self.saturation(), self.ratios()]);
        }
        figures.extend([self.updates(), self.loss(), self.accuracy()]);
        figures
    }

    fn gradient(&self) -> Figure {
        let snapshots = &self.history.snapshots;
        let mut lines = Lines::new("hidden layer", "log10 rms dL/ds");
        for index in spread_out(snapshots.len(), 4) {
            let points = numbered(snapshots[index].hidden(), |layer| Some(layer.delta.rms.log10()));
            lines = lines.line(format!("step {}", snapshots[index].step), points);
        }
        let ends = match (snapshots[0].profile(), snapshots[snapshots.len() - 1].profile()) {
            (Some(first), Some(last)) => {
                format!(
                    " First over last layer: {} at the first snapshot, {} at the last.",
                    short(first),
                    short(last)
                )
            }
            _ => String::new(),
        };
        lines.figure(
            "Gradient by layer.",
            format!("log10 rms dL/ds by hidden layer, 0 nearest the input.{ends}"),
        )
    }

    fn saturation(&self) -> Figure {
        let snapshots = &self.history.snapshots;
        let shares: Vec<Vec<f64>> = (0..snapshots[0].hidden().len())
            .map(|l| snapshots.iter().map(|snapshot| snapshot.layers[l].saturated_share).collect())
            .collect();
        let greatest = shares.iter().flatten().fold(0.0, |a: f64, &b| a.max(b));
        let positions: Vec<usize> = snapshots[0].hidden().iter().map(|layer| layer.position).collect();
        Heat::new("step", "hidden layer", self.steps()).shares(
            &shares,
            &positions,
            "Saturation by layer over time.",
            format!(
                "Full colour: every activation is where the slope is below a twentieth of its greatest; none: no activation is. \
                 Greatest share {:.0} %.",
                100.0 * greatest
            ),
        )
    }

    fn ratios(&self) -> Figure {
        let snapshots = &self.history.snapshots;
        let (first, last) = (snapshots[0].hidden(), snapshots[snapshots.len() - 1].hidden());
        let mut lines = Lines::new("hidden layer", "dL/ds over next layer's")
            .line("measured", numbered(first, |layer| layer.delta_ratio))
            .line("predicted", numbered(first, |layer| layer.predicted_ratio));
        if snapshots.len() > 1 {
            lines = lines
                .line("measured, last", numbered(last, |layer| layer.delta_ratio))
                .line("predicted, last", numbered(last, |layer| layer.predicted_ratio));
        }
        lines.figure(
            "Ratios, measured and predicted.",
            "rms dL/ds over that of the next layer at the first snapshot and at the last, and what mean-field theory predicts from \
             the weights as they are.",
        )
    }

    fn updates(&self) -> Figure {
        let layers = &self.history.snapshots[0].layers;
        let mut lines = Lines::new("step", "log10 rms dW / rms W").log_x();
        for l in spread_out(layers.len(), 6) {
            let update = |snapshot: &Snapshot| {
                weight(&snapshot.layers[l]).and_then(|param| param.update_log10).unwrap_or(f64::NAN)
            };
            lines = lines.line(layers[l].name.clone(), self.by_step(update));
        }
        let some = if layers.len() > 6 { " Six of the layers." } else { "" };
        lines.figure(
            "Size of the updates.",
            format!("log10 of rms dW over rms W, by step. About -3 is usual.{some}"),
        )
    }

    fn loss(&self) -> Figure {
        let snapshots = &self.history.snapshots;
        let (start, end) = (&snapshots[0], &snapshots[snapshots.len() - 1]);
        let mut lines = Lines::new("step", "loss")
            .log_x()
            .line("at the snapshots", self.by_step(|snapshot| snapshot.loss))
            .line("best constant output", self.by_step(|snapshot| snapshot.head.plateau));
        let epochs = self.by_epoch(|epoch| Some(epoch.train_loss));
        if !epochs.is_empty() {
            lines = lines.line("mean of the epoch", epochs);
        }
        let validation = self.by_epoch(|epoch| epoch.validation_loss);
        if !validation.is_empty() {
            lines = lines.line("validation", validation);
        }
        lines.figure(
            "Loss.",
            format!(
                "From {:.4} to {:.4}; the best constant output has {:.4}.",
                start.loss, end.loss, end.head.plateau
            ),
        )
    }

    fn accuracy(&self) -> Figure {
        let snapshots = &self.history.snapshots;
        let (start, end) = (&snapshots[0].head, &snapshots[snapshots.len() - 1].head);
        let mut lines = Lines::new("step", "share").log_x();
        if start.accuracy.is_some() {
            lines =
                lines.line("accuracy", self.by_step(|snapshot| snapshot.head.accuracy.unwrap_or(f64::NAN)));
        }
        lines = lines.line("head efficiency", self.by_step(|snapshot| snapshot.head.efficiency));
        let validation = self.by_epoch(|epoch| epoch.validation_accuracy);
        if !validation.is_empty() {
            lines = lines.line("validation accuracy", validation);
        }
        let efficiency = format!(
            "Efficiency, the share of the error that arrives at the logits, at the last snapshot {:.3}.",
            end.efficiency
        );
        match (start.accuracy, end.accuracy) {
            (Some(start), Some(end)) => lines.figure(
                "Accuracy and efficiency of the head.",
                format!("Accuracy from {:.1} % to {:.1} %. {efficiency}", 100.0 * start, 100.0 * end),
            ),
            _ => lines.figure("Efficiency of the head.", efficiency),
        }
    }

    /// Pre-activations, activations and gradients of one layer.
    fn over_time(&self, l: usize) -> Vec<Figure> {
        type Of = fn(&LayerRecord) -> &Distribution;
        let kinds: [(&str, &str, Of); 3] = [
            ("pre-activation", "Pre-activations", |layer| &layer.pre),
            ("activation", "Activations", |layer| &layer.post),
            ("dL/ds", "Gradients", |layer| &layer.delta),
        ];
        kinds
            .iter()
            .map(|(axis, title, of)| {
                let of: Vec<&Distribution> =
                    self.history.snapshots.iter().map(|snapshot| of(&snapshot.layers[l])).collect();
                let (first, last) = (of[0].quantiles, of[of.len() - 1].quantiles);
                Heat::new("step", axis, self.steps()).distributions(
                    &of,
                    format!("{title} of layer {} over time.", self.history.snapshots[0].layers[l].name),
                    format!(
                        "Full colour: many. Middle half from {} to {} at the first snapshot, from {} to {} at the last.",
                        short(first[1]), short(first[3]), short(last[1]), short(last[3])
                    ),
                )
            })
            .collect()
    }
}

/// A number of every layer, over its position.
fn numbered(layers: &[LayerRecord], value: impl Fn(&LayerRecord) -> Option<f64>) -> Vec<(f64, f64)> {
    layers.iter().filter_map(|layer| Some((layer.position as f64, value(layer)?))).collect()
}

fn weight(layer: &LayerRecord) -> Option<&ParamRecord> {
    layer.params.first()
}

fn verdict(page: &mut Page, diagnosis: &Diagnosis) {
    let verdict = &diagnosis.verdict;
    let tone = match verdict.severity {
        Severity::None if verdict.illness == Illness::NotJudged => Tone::Neutral,
        Severity::None => Tone::Good,
        Severity::Warning => Tone::Warning,
        Severity::Failure => Tone::Failure,
    };
    let since = verdict.since_step.map(|step| format!(" since step {step}")).unwrap_or_default();
    page.callout(tone, &verdict.illness.to_string(), &format!("{since}: {}", verdict.cause), |page| {
        if !verdict.remedies.is_empty() {
            page.paragraph("What helps:");
            page.list(verdict.remedies.iter().map(ToString::to_string));
        }
        for other in &diagnosis.also {
            page.paragraph(&format!("Also {}: {}", other.illness, other.cause));
        }
        for note in &diagnosis.notes {
            page.paragraph(&format!("Note: {note}"));
        }
        let evidence: Vec<Vec<String>> =
            [verdict].into_iter().chain(&diagnosis.also).flat_map(evidence).collect();
        if !evidence.is_empty() {
            page.details("The evidence in numbers", false, |page| {
                page.table(2, &["verdict", "quantity", "layer", "step", "found", "limit"], &evidence);
            });
        }
    });
}

fn evidence(verdict: &crate::diagnostics::Verdict) -> Vec<Vec<String>> {
    let row = |finding: &Finding| {
        vec![
            verdict.illness.to_string(),
            finding.quantity.to_string(),
            finding.layer.map_or("all".into(), |layer| layer.to_string()),
            finding.step.to_string(),
            short(finding.value),
            number(finding.limit),
        ]
    };
    verdict.evidence.iter().map(row).collect()
}

/// At most `count` of the first `of` numbers, evenly spread, the first and the last among them.
fn spread_out(of: usize, count: usize) -> Vec<usize> {
    let mut chosen: Vec<usize> = match (of, count.min(of)) {
        (0, _) | (_, 0) => vec![],
        (_, 1) => vec![0],
        (of, count) => (0..count).map(|i| i * (of - 1) / (count - 1)).collect(),
    };
    chosen.dedup();
    chosen
}

fn number(value: Option<f64>) -> String {
    value.filter(|value| value.is_finite()).map_or("-".into(), short)
}

fn table(page: &mut Page, snapshot: &Snapshot, diagnosis: &Diagnosis) {
    let percent = |share: f64| format!("{:.0} %", 100.0 * share);
    let exponent = |value: Option<f64>| {
        value.filter(|value| value.is_finite()).map_or("-".into(), |value| format!("{value:.1}"))
    };
    let rows: Vec<Vec<String>> = snapshot
        .layers
        .iter()
        .enumerate()
        .map(|(l, layer)| {
            vec![
                format!("{} x{}", layer.name, layer.units),
                layer.activation.clone().unwrap_or("-".into()),
                diagnosis.layers.get(l).map_or("-".into(), |verdict| verdict.illness.to_string()),
                percent(layer.saturated_low),
                percent(layer.saturated_high),
                percent(layer.dead_share),
                short(layer.delta.rms),
                number(layer.delta_ratio),
                number(layer.predicted_ratio),
                number(layer.weight_gain),
                number(layer.slope_rms),
                exponent(weight(layer).and_then(|param| param.update_log10)),
                exponent(weight(layer).and_then(|param| param.sgd_update_log10)),
                number(layer.signal_to_noise),
            ]
        })
        .collect();
    page.heading(2, &format!("Step {}, loss {:.4}", snapshot.step, snapshot.loss));
    page.table(
        3,
        &[
            "layer",
            "activation",
            "verdict",
            "saturated low",
            "high",
            "dead",
            "rms dL/ds",
            "ratio",
            "predicted",
            "weights",
            "slope",
            "log10 dW/W",
            "as plain SGD",
            "signal to noise",
        ],
        &rows,
    );
}
