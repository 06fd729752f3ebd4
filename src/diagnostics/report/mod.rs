//! The report as one HTML page that needs nothing else.

mod figure;

use super::{Diagnosis, History, Severity, Snapshot};
use figure::{Heat, Lines};

/// What a report is made of.
pub(super) struct Report<'a> {
    pub history: &'a History,
    pub diagnosis: Diagnosis,
}

/// Colours are the browser's own; in the dark, pictures are turned over, keeping their hues.
const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:0 auto;padding:1rem}\
figure{margin:0;min-width:0}figure svg{width:100%;height:auto;display:block}\
figcaption{font-size:.9rem;margin-bottom:1.2rem}\
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:1rem}\
.scroll{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.9rem}\
th,td{padding:.2rem .7rem;text-align:right;white-space:nowrap}th:first-child,td:first-child,th:nth-child(2),td:nth-child(2){text-align:left}\
thead th{border-bottom:1px solid}pre{overflow-x:auto;font-size:.85rem}\
.verdict{border-left:.4rem solid #2a7;padding:.2rem 1rem}.warning{border-color:#d80}.failure{border-color:#c22}\
@media (prefers-color-scheme:dark){figure svg{filter:invert(.92) hue-rotate(180deg)}}";

/// A whole page of reports, each under its title.
pub(super) fn html(title: &str, reports: &[(&str, Report)]) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{0}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{0}</h1>\n",
        escape(title)
    );
    for (name, report) in reports {
        if !name.is_empty() {
            page += &format!("<h2>{}</h2>\n", escape(name));
        }
        page += &section(report);
    }
    page + "</body>\n</html>\n"
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn section(report: &Report) -> String {
    let snapshots = &report.history.snapshots;
    let mut text = verdict(&report.diagnosis);
    text += &format!("<pre>{}</pre>\n", escape(&report.history.network));
    let (Some(first), Some(last)) = (snapshots.first(), snapshots.last()) else { return text };
    text += "<div class=\"figures\">\n";
    for figure in figures(report) {
        text += &figure;
    }
    text += "</div>\n";
    text += &table(first);
    if last.step != first.step {
        text += &table(last);
    }
    text
}

fn verdict(diagnosis: &Diagnosis) -> String {
    let class = match diagnosis.verdict.severity {
        Severity::None => "",
        Severity::Warning => " warning",
        Severity::Failure => " failure",
    };
    let mut text = format!(
        "<div class=\"verdict{class}\">\n<p><strong>{}</strong>{}: {}</p>\n",
        diagnosis.verdict.illness,
        diagnosis.verdict.since_step.map(|step| format!(" since step {step}")).unwrap_or_default(),
        escape(&diagnosis.verdict.cause)
    );
    if !diagnosis.verdict.remedies.is_empty() {
        let remedies: String = diagnosis
            .verdict
            .remedies
            .iter()
            .map(|r| format!("<li>{}</li>", escape(&r.to_string())))
            .collect();
        text += &format!("<p>What helps:</p>\n<ul>{remedies}</ul>\n");
    }
    for other in &diagnosis.also {
        text += &format!("<p>Also <strong>{}</strong>: {}</p>\n", other.illness, escape(&other.cause));
    }
    text + "</div>\n"
}

fn figures(report: &Report) -> Vec<String> {
    let snapshots = &report.history.snapshots;
    let steps: Vec<f64> = snapshots.iter().map(|snapshot| snapshot.step as f64).collect();
    let hidden = snapshots[0].hidden().len();
    let mut figures = vec![];
    let mut add = |svg: String, title: &str, caption: String| {
        figures.push(format!(
            "<figure role=\"img\" aria-label=\"{}\">{svg}<figcaption><strong>{}</strong> {}</figcaption></figure>\n",
            escape(&format!("{title}. {caption}")),
            escape(title),
            escape(&caption)
        ));
    };
    let by_step = |value: &dyn Fn(&Snapshot) -> f64| -> Vec<(f64, f64)> {
        snapshots.iter().map(|snapshot| (snapshot.step as f64, value(snapshot))).collect()
    };

    if hidden > 0 {
        let chosen = spread_out(snapshots.len(), 4);
        let lines = chosen.iter().map(|&index| {
            let layers = snapshots[index].hidden().iter().enumerate();
            let points = layers.map(|(l, layer)| (l as f64 + 1.0, layer.delta.rms.log10())).collect();
            (format!("step {}", snapshots[index].step), points)
        });
        let caption = match (snapshots[0].profile(), snapshots[snapshots.len() - 1].profile()) {
            (Some(first), Some(last)) => format!(
                "log10 rms dL/ds by hidden layer, 1 nearest the input. First over last layer: {first:.2e} at the first look, {last:.2e} at the last."
            ),
            _ => "log10 rms dL/ds by hidden layer, 1 nearest the input.".into(),
        };
        add(
            Lines { x: "hidden layer", y: "log10 rms dL/ds", log_x: false }.draw(lines.collect()),
            "Gradient by layer.",
            caption,
        );

        let saturation: Vec<Vec<f64>> = (0..hidden)
            .map(|l| snapshots.iter().map(|snapshot| snapshot.layers[l].saturated_share).collect())
            .collect();
        let greatest = saturation.iter().flatten().fold(0.0, |a: f64, &b| a.max(b));
        add(
            Heat { x: "step", y: "hidden layer", columns: steps.clone() }.draw(&saturation),
            "Saturation by layer over time.",
            format!(
                "Full colour: every activation is where the slope is below a twentieth of its greatest; none: no activation is. Greatest share {:.0} %.",
                100.0 * greatest
            ),
        );

        let first = snapshots[0].hidden().iter().enumerate();
        let measured =
            first.clone().filter_map(|(l, layer)| Some((l as f64 + 1.0, layer.delta_ratio?))).collect();
        let predicted =
            first.filter_map(|(l, layer)| Some((l as f64 + 1.0, layer.predicted_ratio?))).collect();
        add(
            Lines { x: "hidden layer", y: "dL/ds over next layer's", log_x: false }
                .draw(vec![("measured".into(), measured), ("predicted".into(), predicted)]),
            "Ratios, measured and predicted.",
            "rms dL/ds over that of the next layer at the first look, and what mean-field theory predicts from the weights.".into(),
        );

        for l in spread_out(hidden, 4) {
            let histograms: Vec<&super::Distribution> = snapshots.iter().map(|s| &s.layers[l].post).collect();
            add(
                Heat { x: "step", y: "activation", columns: steps.clone() }.draw_distributions(&histograms),
                &format!("Activations of hidden layer {} over time.", l + 1),
                distribution_caption(&histograms),
            );
            let histograms: Vec<&super::Distribution> =
                snapshots.iter().map(|s| &s.layers[l].delta).collect();
            add(
                Heat { x: "step", y: "dL/ds", columns: steps.clone() }.draw_distributions(&histograms),
                &format!("Gradients of hidden layer {} over time.", l + 1),
                distribution_caption(&histograms),
            );
        }
    }
    let layers = snapshots[0].layers.len();
    let updates = spread_out(layers, 6).into_iter().map(|l| {
        let update = |snapshot: &Snapshot| {
            snapshot.layers[l].params.first().and_then(|param| param.update_log10).unwrap_or(f64::NAN)
        };
        (snapshots[0].layers[l].name.clone(), by_step(&update))
    });
    add(
        Lines { x: "step", y: "log10 rms dW / rms W", log_x: true }.draw(updates.collect()),
        "Size of the updates.",
        "log10 of rms dW over rms W, by step. About -3 is usual.".into(),
    );
    let (start, end) = (&snapshots[0], &snapshots[snapshots.len() - 1]);
    add(
        Lines { x: "step", y: "loss", log_x: true }.draw(vec![
            ("loss".into(), by_step(&|snapshot| snapshot.loss)),
            ("best constant output".into(), by_step(&|snapshot| snapshot.head.plateau)),
        ]),
        "Loss.",
        format!(
            "From {:.4} to {:.4}; the best constant output has {:.4}.",
            start.loss, end.loss, end.head.plateau
        ),
    );
    add(
        Lines { x: "step", y: "share", log_x: true }.draw(vec![
            ("accuracy".into(), by_step(&|snapshot| snapshot.head.accuracy)),
            ("head efficiency".into(), by_step(&|snapshot| snapshot.head.efficiency)),
        ]),
        "Accuracy and efficiency of the head.",
        format!(
            "Accuracy from {:.1} % to {:.1} %. Efficiency, the share of the error that arrives at the logits, at the last look {:.3}.",
            100.0 * start.head.accuracy,
            100.0 * end.head.accuracy,
            end.head.efficiency
        ),
    );
    figures
}

fn distribution_caption(of: &[&super::Distribution]) -> String {
    let (first, last) = (of[0], of[of.len() - 1]);
    format!(
        "Full colour: many. Middle half from {:.2e} to {:.2e} at the first look, from {:.2e} to {:.2e} at the last.",
        first.quantiles[1], first.quantiles[3], last.quantiles[1], last.quantiles[3]
    )
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

fn table(snapshot: &Snapshot) -> String {
    let number = |value: Option<f64>| value.map_or("-".into(), |value| format!("{value:.3e}"));
    let mut rows = String::new();
    for layer in &snapshot.layers {
        rows += &format!(
            "<tr><td>{} x{}</td><td>{}</td><td>{:.0} %</td><td>{:.0} %</td><td>{:.3e}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            escape(&layer.name),
            layer.units,
            escape(layer.activation.as_deref().unwrap_or("-")),
            100.0 * layer.saturated_share,
            100.0 * layer.dead_share,
            layer.delta.rms,
            number(layer.delta_ratio),
            number(layer.predicted_ratio),
            number(layer.weight_gain),
            number(layer.slope_rms),
            layer
                .params
                .first()
                .and_then(|p| p.update_log10)
                .map_or("-".into(), |update| format!("{update:.1}"))
        );
    }
    format!(
        "<h3>Step {}, loss {:.4}</h3>\n<div class=\"scroll\"><table>\n<thead><tr><th>layer</th><th>activation</th><th>saturated</th><th>dead</th>\
         <th>rms dL/ds</th><th>ratio</th><th>predicted</th><th>weights</th><th>slope</th><th>log10 dW/W</th></tr></thead>\n\
         <tbody>\n{rows}</tbody></table></div>\n",
        snapshot.step, snapshot.loss
    )
}
