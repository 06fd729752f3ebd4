//! What was measured, as a page.

use crate::diagnostics::{
    Diagnosis, Diagnostics, Distribution, Finding, History, Illness, LayerRecord, ParamRecord, Severity,
    Snapshot,
};
use crate::error::Result;
use crate::file;
use crate::plain::short;
use crate::report::figure::Figure;
use crate::report::heat::Heat;
use crate::report::lines::Lines;
use crate::report::page::{Page, Tone};
use gradlens_kernel::Scalar;
use std::path::Path;

/// What was seen of a run, as pictures.
struct Pictures<'a> {
    history: &'a History,
}

impl<T: Scalar> Diagnostics<T> {
    /// Everything on one page: the finding as its title, the verdict with the picture that proves it, and the rest folded
    /// away. It opens from disk, needs no network, is legible without scripts, follows the reader's choice of light or
    /// dark, and fits a phone.
    pub fn to_html(&self) -> String {
        page(&finding(&self.diagnosis()), &[("", self)])
    }

    /// Writes [`to_html`](Self::to_html) to a file.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io) if the file cannot be written whole; an old one then stays as it was.
    pub fn write_html(&self, path: impl AsRef<Path>) -> Result<()> {
        file::write(path, self.to_html().as_bytes())
    }

    /// Adds the verdict, the picture that proves it, and folded away all others and the tables to a page of your own.
    pub fn describe(&self, page: &mut Page) {
        describe(page, &self.history, &self.diagnosis(), &[]);
    }
}

/// The finding in a few words, as a title has them: the illness and what shows it.
///
/// ```
/// let nothing = gradlens::diagnostics::Diagnostics::new().diagnosis();
/// assert!(gradlens::report::finding(&nothing).starts_with("Not judged: "));
/// ```
pub fn finding(diagnosis: &Diagnosis) -> String {
    let verdict = &diagnosis.verdict;
    let illness = verdict.illness.to_string().replace('-', " ");
    let mut letters = illness.chars();
    let illness = letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect());
    // Up to where the sentence explains itself.
    let ends = [", because", "; ", ": ", " (", ", and "];
    let end = ends.iter().filter_map(|end| verdict.cause.find(end)).filter(|&end| end >= 20).min();
    format!("{illness}: {}", &verdict.cause[..end.unwrap_or(verdict.cause.len())])
}

/// Several runs on one page, each under its title; what they have in common in pictures of all.
///
/// ```
/// use gradlens::diagnostics::Diagnostics;
/// use gradlens::report::page;
/// let nothing = Diagnostics::new();
/// assert!(page("A study", &[("first run", &nothing)]).contains(">first run</h2>"));
/// ```
pub fn page<T: Scalar>(title: &str, runs: &[(&str, &Diagnostics<T>)]) -> String {
    let mut page = Page::new(title);
    compare(&mut page, runs);
    page.finish()
}

/// Adds several runs to a page: pictures of all of them, where they are several, and then each under its title.
pub fn compare<T: Scalar>(page: &mut Page, runs: &[(&str, &Diagnostics<T>)]) {
    let seen: Vec<(&str, &History)> = runs
        .iter()
        .map(|(name, run)| (*name, &run.history))
        .filter(|(_, history)| !history.snapshots.is_empty())
        .collect();
    if seen.len() > 1 {
        together(page, &seen);
    }
    let reaches = if seen.len() > 1 { reaches(&seen) } else { vec![] };
    for (name, run) in runs {
        if !name.is_empty() {
            page.heading(2, name);
        }
        describe(page, &run.history, &run.diagnosis(), &reaches);
    }
}

/// What is shown of a layer over time: its axis, its title, and where it is found.
type Kind = (&'static str, &'static str, fn(&LayerRecord) -> &Distribution);
const KINDS: [Kind; 3] = [
    ("pre-activation", "Pre-activations", |layer| &layer.pre),
    ("activation", "Activations", |layer| &layer.post),
    ("dL/ds", "Gradients", |layer| &layer.delta),
];

/// Hidden layers that are shown over time, at most.
const OVER_TIME: usize = 3;

/// From where to where pre-activations and activations reach in any run, for every layer that is shown over time. (Gradients of
/// a run in which they vanish could not be seen on the axis of another.)
fn reaches(runs: &[(&str, &History)]) -> Vec<[[f64; 2]; 2]> {
    let widest = |place: usize, of: fn(&LayerRecord) -> &Distribution| {
        let layer = |history: &History| {
            spread_out(history.snapshots[0].hidden().len(), OVER_TIME).get(place).copied()
        };
        let shown = runs.iter().filter_map(|(_, history)| Some((history, layer(history)?)));
        let ends = shown.flat_map(|(history, l)| {
            history
                .snapshots
                .iter()
                .flat_map(move |snapshot| [of(&snapshot.layers[l]).min, of(&snapshot.layers[l]).max])
        });
        let ends = ends.filter(|end| end.is_finite());
        ends.fold([f64::INFINITY, f64::NEG_INFINITY], |[least, greatest], end| {
            [least.min(end), greatest.max(end)]
        })
    };
    let both = |place: usize| [widest(place, KINDS[0].2), widest(place, KINDS[1].2)];
    (0..OVER_TIME).map(both).collect()
}

/// Pictures of several runs over common axes.
fn together(page: &mut Page, runs: &[(&str, &History)]) {
    let deep: Vec<_> = runs.iter().filter(|(_, history)| history.snapshots[0].hidden().len() > 1).collect();
    if deep.len() > 1 {
        let mut lines =
            Lines::new("hidden layer, from the input", "gradient, of that at the last").log_y().whole_x();
        for (name, history) in &deep {
            let first = &history.snapshots[0];
            let share = |layer: &LayerRecord| layer.delta_to_last;
            lines = lines.line(*name, counted(first.hidden(), share)).expected("predicted", expected(first));
        }
        page.figure(&lines.figure(
            "Where the gradient goes before the first step.",
            "rms dL/ds of every hidden layer as a share of that at the last one. Level is healthy: every layer learns at the same \
             pace. Falling to the left, the first layers learn next to nothing. Dashed: what theory predicts from the weights.",
        ));
    }
    let mut lines = Lines::new("step", "loss").log_x();
    for (name, history) in runs {
        lines = lines.line(*name, Pictures { history }.by_step(|snapshot| snapshot.loss));
    }
    page.figure(&lines.figure("The loss of each.", "Of the samples that were observed, by step."));
}

/// Adds verdict, network, pictures and tables to a page; pictures over time reach as far as those of other runs.
fn describe(page: &mut Page, history: &History, diagnosis: &Diagnosis, reaches: &[[[f64; 2]; 2]]) {
    let (Some(first), Some(last)) = (history.snapshots.first(), history.snapshots.last()) else {
        return verdict(page, diagnosis);
    };
    page.paragraph(&about(history, first, last));
    verdict(page, diagnosis);
    let pictures = Pictures { history };
    let (proof, others) = pictures.proof_and_others(diagnosis.verdict.illness);
    page.figure(&proof);
    page.details("More pictures", false, |page| page.figures(&others));
    let layers: Vec<usize> = spread_out(first.hidden().len(), OVER_TIME);
    if !layers.is_empty() {
        page.details("Layers over time", false, |page| {
            for (place, l) in layers.into_iter().enumerate() {
                let layer = &first.layers[l];
                let activation = layer.activation.as_deref().unwrap_or("no activation");
                page.heading(4, &format!("Layer {}, {activation}", layer.name));
                page.figures(&pictures.over_time(l, reaches.get(place)));
            }
        });
    }
    page.details("Tables: every layer in numbers", false, |page| {
        table(page, first, diagnosis);
        if last.step != first.step {
            table(page, last, diagnosis);
        }
    });
    page.details("The network", false, |page| page.preformatted(&history.network));
}

/// What was looked at, in two sentences.
fn about(history: &History, first: &Snapshot, last: &Snapshot) -> String {
    let layers = match first.hidden().len() {
        0 => "no hidden layer".into(),
        1 => "one hidden layer".into(),
        count => format!("{count} hidden layers"),
    };
    let network = format!("A network with {layers} and {} parameters", counted_in_words(history.parameters));
    match first.step == last.step {
        true => format!("{network}, as it was before its first step. Its loss is {}.", short(first.loss)),
        false => format!(
            "{network}, looked at in {} of its {} steps. Its loss went from {} to {}; an output that is always the same has {} at best.",
            history.snapshots.len(),
            counted_in_words(last.step as usize),
            short(first.loss),
            short(last.loss),
            short(last.head.plateau)
        ),
    }
}

/// A whole number with a thin space between thousands.
fn counted_in_words(number: usize) -> String {
    let digits = number.to_string();
    let mut words = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && digits.len() > 4 && (digits.len() - at).is_multiple_of(3) {
            words.push('\u{202f}');
        }
        words.push(digit);
    }
    words
}

impl Pictures<'_> {
    fn steps(&self, columns: &[usize]) -> Vec<f64> {
        columns.iter().map(|&at| self.history.snapshots[at].step as f64).collect()
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

    /// The picture that shows an illness best, and all others.
    fn proof_and_others(&self, illness: Illness) -> (Figure, Vec<Figure>) {
        let hidden = self.history.snapshots[0].hidden().len();
        let mut figures = vec![("loss", self.loss()), ("updates", self.updates()), ("head", self.accuracy())];
        // In a single layer nothing is lost between layers.
        if hidden > 1 {
            figures.extend([("gradient", self.gradient()), ("ratios", self.ratios())]);
        }
        if hidden > 0 {
            figures.push(("saturation", self.saturation()));
        }
        let wanted = match illness {
            Illness::VanishingSlope | Illness::VanishingWeights | Illness::Exploding | Illness::Healthy => {
                "gradient"
            }
            Illness::Saturated | Illness::DeadUnits => "saturation",
            Illness::RateTooHigh | Illness::RateTooLow | Illness::NotFinite => "updates",
            Illness::HeadLossMismatch => "head",
            _ => "loss",
        };
        let shows = |(name, figure): &(&str, Figure)| *name == wanted && !figure.is_empty();
        let at = figures.iter().position(shows).unwrap_or(0);
        let (_, proof) = figures.remove(at);
        (proof, figures.into_iter().map(|(_, figure)| figure).collect())
    }

    fn gradient(&self) -> Figure {
        let snapshots = &self.history.snapshots;
        let mut lines = Lines::new("hidden layer, from the input", "rms dL/ds").log_y().whole_x().steps();
        for index in spread_out(snapshots.len(), 12) {
            let points = counted(snapshots[index].hidden(), |layer| Some(layer.delta.rms));
            lines = lines.line(format!("step {}", snapshots[index].step), points);
        }
        let share = |snapshot: &Snapshot| snapshot.profile().map_or("nothing".into(), short);
        lines.figure(
            "The gradient at every hidden layer.",
            format!(
                "Pale: the first steps, full: the last. At the first hidden layer it is {} of that at the last in the beginning and {} at \
                 the end.",
                share(&snapshots[0]),
                share(&snapshots[snapshots.len() - 1])
            ),
        )
    }

    fn saturation(&self) -> Figure {
        let snapshots = &self.history.snapshots;
        let columns = spread_out(snapshots.len(), COLUMNS);
        let of = |l: usize| columns.iter().map(|&at| snapshots[at].layers[l].saturated_share).collect();
        let shares: Vec<Vec<f64>> = (0..snapshots[0].hidden().len()).map(of).collect();
        let greatest = shares.iter().flatten().fold(0.0, |a: f64, &b| a.max(b));
        let numbers: Vec<usize> = (1..=shares.len()).collect();
        let caption = match greatest {
            0.0 => "No activation of any layer was where its slope is below a twentieth of its greatest, at any step.".into(),
            _ => format!(
                "The share of activations that sit where the slope is below a twentieth of its greatest. The greatest share is {:.0} %.",
                100.0 * greatest
            ),
        };
        let heat = Heat::new("step", "hidden layer, from the input", self.steps(&columns));
        heat.shares(&shares, &numbers, "Saturation by layer over time.", caption)
    }

    fn ratios(&self) -> Figure {
        let snapshots = &self.history.snapshots;
        let (first, last) = (snapshots[0].hidden(), snapshots[snapshots.len() - 1].hidden());
        let mut lines = Lines::new("hidden layer, from the input", "dL/ds over the next layer's")
            .log_y()
            .whole_x()
            .line("in the beginning", counted(first, |layer| layer.delta_ratio))
            .expected("predicted", counted(first, |layer| layer.predicted_ratio));
        if snapshots.len() > 1 {
            lines = lines
                .line("at the end", counted(last, |layer| layer.delta_ratio))
                .expected("predicted", counted(last, |layer| layer.predicted_ratio));
        }
        lines.figure(
            "From layer to layer, measured and predicted.",
            "rms dL/ds of a layer over that of the next one: below 1 it shrinks, above 1 it grows. The last point is the step from the \
             output down to the last hidden layer, which the output's weights decide and no layer before them. Dashed: mean-field theory, \
             from the weights as they are.",
        )
    }

    fn updates(&self) -> Figure {
        let layers = &self.history.snapshots[0].layers;
        let mut lines = Lines::new("step", "rms dW / rms W").log_x().log_y();
        for l in spread_out(layers.len(), 6) {
            let update = |snapshot: &Snapshot| {
                let log = weight(&snapshot.layers[l]).and_then(|param| param.update_log10);
                log.map_or(f64::NAN, |log| 10f64.powf(log))
            };
            lines = lines.line(layers[l].name.clone(), self.by_step(update));
        }
        let some = if layers.len() > 6 { " Six of the layers." } else { "" };
        lines.figure(
            "How much a step changes the weights.",
            format!("rms dW over rms W, by step. About 0.001 is usual.{some}"),
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
                "From {} to {}; the best constant output has {}.",
                short(start.loss),
                short(end.loss),
                short(end.head.plateau)
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

    /// Pre-activations, activations and gradients of one layer, the first two on axes that reach at least so far.
    fn over_time(&self, l: usize, reaches: Option<&[[f64; 2]; 2]>) -> Vec<Figure> {
        let columns = spread_out(self.history.snapshots.len(), COLUMNS);
        let picture = |(kind, (axis, title, of)): (usize, &Kind)| {
            let of: Vec<&Distribution> =
                columns.iter().map(|&at| of(&self.history.snapshots[at].layers[l])).collect();
            let (first, last) = (of[0].quantiles, of[of.len() - 1].quantiles);
            let reach = reaches.and_then(|kinds| kinds.get(kind).copied());
            let common = if reach.is_some() { " All runs have the same axis." } else { "" };
            let heat = Heat::new("step", axis, self.steps(&columns)).reach(reach);
            heat.distributions(
                &of,
                format!("{title} of layer {} over time.", self.history.snapshots[0].layers[l].name),
                format!(
                    "Full colour: many. Middle half from {} to {} at the first snapshot, from {} to {} at the last.{common}",
                    short(first[1]), short(first[3]), short(last[1]), short(last[3])
                ),
            )
        };
        KINDS.iter().enumerate().map(picture).collect()
    }
}

/// Columns of a picture over time, at most.
const COLUMNS: usize = 40;

/// A number of every layer, counted from 1.
fn counted(layers: &[LayerRecord], value: impl Fn(&LayerRecord) -> Option<f64>) -> Vec<(f64, f64)> {
    (1..).zip(layers).filter_map(|(number, layer)| Some((f64::from(number), value(layer)?))).collect()
}

/// What theory predicts for the gradient at every hidden layer, as a share of that at the last one.
fn expected(snapshot: &Snapshot) -> Vec<(f64, f64)> {
    let hidden = snapshot.hidden();
    let mut share = 1.0;
    let mut points = vec![];
    for (at, layer) in hidden.iter().enumerate().rev() {
        if at + 1 < hidden.len() {
            share *= layer.predicted_ratio.unwrap_or(f64::NAN);
        }
        points.push(((at + 1) as f64, share));
    }
    points
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
                let header = ["verdict", "quantity", "layer", "step", "found", "limit"];
                page.table("What the verdict rests on.", 2, &header, &evidence);
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
    let layers = || snapshot.layers.iter().enumerate();
    let name = |layer: &LayerRecord| format!("{} x{}", layer.name, layer.units);
    let signal: Vec<Vec<String>> = layers()
        .map(|(l, layer)| {
            vec![
                name(layer),
                layer.activation.clone().unwrap_or("-".into()),
                diagnosis.layers.get(l).map_or("-".into(), |verdict| verdict.illness.to_string()),
                percent(layer.saturated_low),
                percent(layer.saturated_high),
                percent(layer.dead_share),
                short(layer.delta.rms),
                number(layer.delta_ratio),
                number(layer.predicted_ratio),
            ]
        })
        .collect();
    let header = [
        "layer",
        "activation",
        "verdict",
        "flat below",
        "flat above",
        "dead",
        "rms dL/ds",
        "ratio",
        "predicted",
    ];
    let at = format!("at step {}, where the loss is {}", snapshot.step, short(snapshot.loss));
    page.table(&format!("Signal and gradient {at}."), 3, &header, &signal);
    let weights: Vec<Vec<String>> = layers()
        .map(|(_, layer)| {
            vec![
                name(layer),
                number(layer.weight_gain),
                number(layer.slope_rms),
                exponent(weight(layer).and_then(|param| param.update_log10)),
                exponent(weight(layer).and_then(|param| param.sgd_update_log10)),
                number(layer.signal_to_noise),
            ]
        })
        .collect();
    let header =
        ["layer", "ratio of the weights", "of the slope", "log10 dW/W", "with plain SGD", "signal to noise"];
    page.table(&format!("Weights and updates {at}."), 1, &header, &weights);
}
