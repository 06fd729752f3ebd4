//! Everything as a table, a line a run.

use super::super::index::Index;
use crate::output::cell;
use gradlens::config::KEYS;
use gradlens::file;
use gradlens::runs::RunLine;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io;
use std::path::Path;

/// Columns behind those of the config: name, and the way to it in a line.
const COLUMNS: [(&str, &str); 14] = [
    ("loss", "/metrics/loss"),
    ("train_loss", "/metrics/train_loss"),
    ("steps", "/metrics/steps"),
    ("stopped", "/metrics/stopped"),
    ("g1_gl_initial", "/gradient/initial/g1_gl"),
    ("g1_gl_final", "/gradient/final/g1_gl"),
    ("gradient_initial", "/gradient/initial/rms"),
    ("gradient_final", "/gradient/final/rms"),
    ("saturated_initial", "/saturation/initial/saturated"),
    ("saturated_final", "/saturation/final/saturated"),
    ("verdict", "/verdict/illness"),
    ("severity", "/verdict/severity"),
    ("error", "/error"),
    ("seconds", "/seconds"),
];

/// The scores of every task.
const SCORES: [&str; 3] = ["accuracy", "label_accuracy", "r2"];

/// Writes the table, line by line. Columns of the config are the keys that have a value in some run.
pub fn write(path: &Path, index: &Index) -> anyhow::Result<()> {
    let (mut keys, mut scores) = (BTreeSet::new(), BTreeSet::<&str>::new());
    let place = |(section, name): (&str, &str)| {
        KEYS.iter().position(|key| key.section == section && key.name == name)
    };
    index.lines(|_, line| {
        let line = RunLine::parse(line).map_err(anyhow::Error::msg)?;
        for (section, values) in line.json["config"].as_object().into_iter().flatten() {
            let names = values.as_object().into_iter().flat_map(|values| values.keys());
            keys.extend(names.filter_map(|name| place((section, name))));
        }
        scores.extend(SCORES.iter().filter(|score| !line.json["metrics"][**score].is_null()));
        Ok(())
    })?;
    let keys: Vec<_> = keys.into_iter().map(|place| &KEYS[place]).collect();
    let mut columns: Vec<(String, String)> = vec![("id".into(), "/id".into())];
    // What is measured keeps its name where a key has the same.
    let is_measured = |name: &str| COLUMNS.iter().any(|column| column.0 == name);
    columns.extend(keys.iter().map(|key| {
        let name =
            if is_measured(key.name) { format!("{}.{}", key.section, key.name) } else { key.name.into() };
        (name, format!("/config/{}/{}", key.section, key.name))
    }));
    for score in scores {
        columns.push((score.into(), format!("/metrics/{score}")));
        columns.push((format!("train_{score}"), format!("/metrics/train_{score}")));
    }
    columns.extend(COLUMNS.iter().map(|(name, way)| (name.to_string(), way.to_string())));
    file::write_by(path, |out| {
        let mut table = csv::Writer::from_writer(out);
        table.write_record(columns.iter().map(|(name, _)| name))?;
        let lines = index.lines(|_, line| {
            let line = RunLine::parse(line).map_err(anyhow::Error::msg)?;
            let cells = columns.iter().map(|(_, way)| shown(line.json.pointer(way).unwrap_or(&Value::Null)));
            Ok(table.write_record(cells)?)
        });
        lines.map_err(io::Error::other)?;
        table.flush()
    })?;
    Ok(())
}

/// A value as a cell: text as it is, lists as JSON.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => cell(text),
        other => other.to_string(),
    }
}
