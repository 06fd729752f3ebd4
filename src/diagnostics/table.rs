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

/// The columns, and for each when it is left out where there is no room: the highest first, 0 never.
const COLUMNS: [(&str, u8); 11] = [
    ("layer", 0),
    ("activation", 1),
    ("saturated", 0),
    ("low/high", 4),
    ("rms dL/ds", 0),
    ("ratio", 0),
    ("predicted", 3),
    ("weights", 6),
    ("slope", 5),
    ("log10 dW/W", 2),
    ("verdict", 0),
];

/// The table, with as many columns as have room in a line.
pub(super) fn table_within(snapshot: &Snapshot, diagnosis: &Diagnosis, width: usize) -> String {
    let most = COLUMNS.iter().map(|(_, order)| *order).max().unwrap_or(0);
    let fits = |table: &String| table.lines().all(|line| line.chars().count() <= width);
    let narrower = (0..=most).rev().map(|order| table(snapshot, diagnosis, order));
    let mut last = String::new();
    for table in narrower {
        last = table;
        if fits(&last) {
            break;
        }
    }
    last
}

/// The columns that are left out no sooner than `order`.
fn table(snapshot: &Snapshot, diagnosis: &Diagnosis, order: u8) -> String {
    let shown: Vec<bool> = COLUMNS.iter().map(|column| column.1 <= order).collect();
    let mut table = Table::new();
    table.load_style(NOTHING);
    let kept = |cells: [String; COLUMNS.len()]| {
        cells.into_iter().zip(&shown).filter(|(_, shown)| **shown).map(|(cell, _)| cell).collect::<Vec<_>>()
    };
    table.set_header(kept(COLUMNS.map(|(name, _)| name.to_string())));
    for (index, layer) in snapshot.layers.iter().enumerate() {
        let verdict = diagnosis.layers.get(index).filter(|verdict| {
            verdict.illness.is_sick() && verdict.since_step.is_none_or(|since| since <= snapshot.step)
        });
        table.add_row(kept([
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
        ]));
    }
    let numbers = (0..COLUMNS.len()).filter(|&column| shown[column]).map(|column| (3..10).contains(&column));
    for (place, is_number) in numbers.enumerate() {
        if let Some(column) = table.column_mut(place).filter(|_| is_number) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let lines: Vec<String> = table.to_string().lines().map(|line| line.trim_end().to_string()).collect();
    lines.join("\n")
}
