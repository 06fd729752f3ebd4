//! `--report`: what came of the runs, as pictures and as a table.

mod axes;
mod csv;
mod finding;
mod numbers;
mod page;
mod pictures;
mod runs;

use super::collect::tell;
use super::folder::Folder;
use super::in_words;
use super::index::Index;
use crate::output::{Text, check_outputs, text, write_file};
use axes::Axes;
use gradlens::report::Figure;
use runs::Runs;
use std::io::Write;
use std::path::Path;

const PAGE: &str = "report.html";
const TABLE: &str = "results.csv";

pub fn report(path: &Path, axes: &[String], pictures: Option<&Path>, out: &mut Text) -> anyhow::Result<()> {
    let (folder, plan) = Folder::of_sweep(path)?;
    let (page, table) = (folder.file(PAGE), folder.file(TABLE));
    check_outputs([page.as_path(), table.as_path()], &[])?;
    let index = Index::read(&folder, &plan)?;
    tell(&index, &plan);
    index.refuse_conflicts()?;
    let axes = Axes::of(&plan.grid, axes)?;
    let runs = Runs::read(&index, &plan)?;
    csv::write(&table, &index)?;
    if runs.rows.is_empty() {
        let (failed, runs) = (runs.failed.len(), in_words(plan.runs()));
        anyhow::bail!(
            "{}: of {runs} {failed} failed and none has ended without an error, so there is nothing to draw; {} has the errors",
            path.display(),
            table.display()
        );
    }
    runs.refuse_several_tasks(&plan, &table)?;
    let missing = index.missing().count();
    let sections = pictures::sections(&plan.grid, &axes, &runs);
    let html = page::compose(&plan, &axes, &runs, missing, &sections);
    write_file(&page, html.as_bytes())?;
    if let Some(folder) = pictures {
        save(folder, &sections)?;
    }
    if missing > 0 {
        text(writeln!(out, "{missing} of {} runs are missing; the page says so", plan.runs()))?;
    }
    text(writeln!(out, "Pictures: {}", page.display()))?;
    text(writeln!(out, "Table:    {}", table.display()))
}

/// A heading with its pictures.
pub struct Section {
    /// As a file is named.
    name: &'static str,
    title: String,
    figures: Vec<Figure>,
}

/// Writes each picture to a file of its own.
fn save(folder: &Path, sections: &[Section]) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    for section in sections {
        for (number, figure) in section.figures.iter().enumerate() {
            let Some(svg) = figure.svg() else { continue };
            write_file(&folder.join(format!("{}-{}.svg", section.name, number + 1)), svg.as_bytes())?;
        }
    }
    Ok(())
}
