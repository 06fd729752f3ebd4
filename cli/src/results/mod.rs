//! What is said of a trained network, by the kind of its targets.

pub mod classes;
pub mod histogram;
pub mod images;
pub mod labels;
pub mod page;
pub mod regression;
pub mod reliability;
pub mod verdict;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};
use gradlens::{Report, Stopped};

/// How the training ended, unless it ran to the last epoch.
pub fn ending(report: &Report) -> String {
    let epochs = report.epochs.len();
    let mut text = match report.stopped {
        Stopped::Early => {
            format!("stopped early after epoch {epochs}: the validation loss no longer improves\n")
        }
        Stopped::Interrupted => format!("interrupted in epoch {epochs}; this is what was learned so far\n"),
        _ => String::new(),
    };
    if let Some(best) = report.best_epoch {
        text += &format!("the weights are those of epoch {best}, the best on the validation samples\n");
    }
    text
}

/// A table without lines.
pub fn table<S: ToString>(header: impl IntoIterator<Item = S>) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING);
    table.set_header(header.into_iter().map(|title| title.to_string()));
    table
}

/// The table as text, these columns being numbers.
pub fn right_aligned(mut table: Table, columns: impl IntoIterator<Item = usize>) -> String {
    for column in columns {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let lines: Vec<String> = table.to_string().lines().map(|line| line.trim_end().to_string()).collect();
    lines.join("\n")
}
