//! `--report`: what came of the runs, as pictures and as a table.

mod axes;
mod csv;
mod numbers;
mod pictures;
mod runs;

use super::collect::tell;
use super::folder::Folder;
use super::in_words;
use super::index::Index;
use super::plan::Plan;
use super::progress::duration;
use crate::output::{Text, check_outputs, text, write_file};
use axes::Axes;
use gradlens::report::{Figure, Page};
use runs::Runs;
use std::io::Write;
use std::path::Path;

const PAGE: &str = "report.html";
const TABLE: &str = "results.csv";
/// How many of the best are listed, and how many of those that failed.
const LISTED: usize = 12;
/// Letters of a line of the grid that are shown.
const LONGEST_LINE: usize = 2000;

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
    let html = compose(&plan, &axes, &runs, missing, &sections);
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

fn compose(plan: &Plan, axes: &Axes, runs: &Runs, missing: usize, sections: &[Section]) -> String {
    let mut page = Page::new("What came of a sweep");
    let left = if missing > 0 { format!(" {missing} are missing.") } else { String::new() };
    page.paragraph(&format!(
        "{} runs: {}. {} ended, {} failed.{left} {} of computing in all.",
        plan.runs(),
        plan.axes(),
        runs.rows.len(),
        runs.failed.len(),
        duration(runs.seconds)
    ));
    page.paragraph(&axes.sentence(&plan.grid));
    let counts = runs.verdicts();
    let ended = runs.rows.len() as f64;
    let rows: Vec<Vec<String>> = counts
        .iter()
        .map(|(name, count)| {
            vec![name.clone(), count.to_string(), format!("{:.1} %", 100.0 * *count as f64 / ended)]
        })
        .collect();
    page.heading(2, "Verdicts");
    page.table("How many runs have which verdict.", 1, &["verdict", "runs", "share"], &rows);
    for section in sections {
        page.heading(2, &section.title);
        page.figures(&section.figures);
    }
    best(&mut page, plan, runs);
    if !runs.failed.is_empty() {
        page.heading(2, "Runs that failed");
        let rows: Vec<Vec<String>> = runs
            .failed
            .iter()
            .take(LISTED)
            .map(|(run, error)| vec![plan.grid.label(*run), error.lines().next().unwrap_or("").to_string()])
            .collect();
        page.table("Each with what it ended with.", 2, &["run", "error"], &rows);
    }
    page.details("The grid", false, |page| page.preformatted(&shortened(&plan.grid.to_toml())));
    page.finish()
}

/// A text without the ends of its longest lines: a key may have a hundred thousand values.
fn shortened(text: &str) -> String {
    let line = |line: &str| match line.char_indices().nth(LONGEST_LINE) {
        Some((end, _)) => format!("{}... ({} letters)\n", &line[..end], line.chars().count()),
        None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

/// The settings with the best scores, over seeds.
fn best(page: &mut Page, plan: &Plan, runs: &Runs) {
    let mut groups = runs.over_seeds(&plan.grid);
    groups.retain(|group| group.score.mean.is_finite());
    groups.sort_by(|a, b| b.score.mean.total_cmp(&a.score.mean).then(a.first.cmp(&b.first)));
    let rows: Vec<Vec<String>> = groups
        .iter()
        .take(LISTED)
        .map(|group| {
            vec![
                group.label.clone(),
                group.verdict.clone(),
                group.score.runs.to_string(),
                numbers::score(group.score.mean, runs.score),
                numbers::score(group.score.least, runs.score),
                numbers::score(group.score.greatest, runs.score),
                numbers::short(10_f64.powf(group.profile)),
            ]
        })
        .collect();
    page.heading(2, "The best settings");
    let score = numbers::score_title(runs.score);
    page.table(
        "The settings with the best scores, over their seeds.",
        2,
        &[
            "setting",
            "most frequent verdict",
            "seeds",
            &score,
            "least",
            "greatest",
            "g1/gL at initialisation",
        ],
        &rows,
    );
}
