//! A snapshot as a table for the terminal.

use super::{Diagnosis, LayerRecord, Snapshot};
use crate::plain::short;
use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};

fn number(value: Option<f64>) -> String {
    match value {
        None => "-".into(),
        Some(value) if !value.is_finite() => "-".into(),
        Some(value) => short(value),
    }
}

/// A share as a percentage beside a bar of five blocks.
fn bar(share: f64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (share * 40.0).round() as usize;
    let bar = "█".repeat(eighths / 8) + EIGHTHS[eighths % 8];
    format!("{:>4.0} % {bar}", 100.0 * share)
}

/// Percentages that are saturated below and above 0.
fn sides(layer: &LayerRecord) -> String {
    match layer.activation {
        Some(_) => format!("{:.0}/{:.0}", 100.0 * layer.saturated_low, 100.0 * layer.saturated_high),
        None => "-".into(),
    }
}

/// log10 of the update of a layer's weight. One of 0 has none.
fn update(layer: &LayerRecord) -> String {
    let weight = layer.params.first().and_then(|param| param.update_log10);
    weight.filter(|update| update.is_finite()).map_or("-".into(), |update| format!("{update:.1}"))
}

pub(super) fn table(snapshot: &Snapshot, diagnosis: &Diagnosis) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    table.set_header([
        "layer",
        "activation",
        "saturated",
        "low/high",
        "rms dL/ds",
        "ratio",
        "predicted",
        "weights",
        "slope",
        "log10 dW/W",
        "verdict",
    ]);
    for (index, layer) in snapshot.layers.iter().enumerate() {
        let verdict = diagnosis.layers.get(index).filter(|verdict| {
            verdict.illness.is_sick() && verdict.since_step.is_none_or(|since| since <= snapshot.step)
        });
        table.add_row([
            format!("{} x{}", layer.name, layer.units),
            layer.activation.clone().unwrap_or_else(|| "-".into()),
            if layer.activation.is_some() { bar(layer.saturated_share) } else { "-".into() },
            sides(layer),
            number(Some(layer.delta.rms)),
            number(layer.delta_ratio),
            number(layer.predicted_ratio),
            number(layer.weight_gain),
            number(layer.slope_rms),
            update(layer),
            verdict.map_or("ok".into(), |verdict| verdict.illness.to_string()),
        ]);
    }
    for column in 3..10 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let lines: Vec<String> = table.to_string().lines().map(|line| line.trim_end().to_string()).collect();
    lines.join("\n")
}
