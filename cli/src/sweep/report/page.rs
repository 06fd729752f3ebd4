//! What came of the runs, as a page: the strongest finding, the picture that proves it, and the rest folded.

use super::super::plan::Plan;
use super::super::progress::duration;
use super::axes::Axes;
use super::finding::Finding;
use super::runs::Runs;
use super::{Section, numbers};
use crate::flags::files::story;
use gradlens::report::{Page, Tone};

/// How many of the best are listed, and how many of those that failed.
const LISTED: usize = 12;
/// Letters of a line of the grid that are shown.
const LONGEST_LINE: usize = 2000;

pub fn compose(plan: &Plan, axes: &Axes, runs: &Runs, missing: usize, sections: &[Section]) -> String {
    let finding = Finding::of(&plan.grid, axes, runs);
    story(&finding.title, |page| {
        let left = if missing > 0 { format!(", {missing} are missing") } else { String::new() };
        page.paragraph(&format!(
            "{} runs: {}. {} ended, {} failed{left}; {} of computing in all.",
            plan.runs(),
            plan.axes(),
            runs.rows.len(),
            runs.failed.len(),
            duration(runs.seconds)
        ));
        page.callout(Tone::Neutral, "What the runs say", "", |page| page.list(&finding.sentences));
        finding.proof.iter().for_each(|figure| page.figure(figure));
        page.details("The best settings", false, |page| best(page, plan, runs));
        page.details("Verdicts", false, |page| verdicts(page, runs));
        page.paragraph(&axes.sentence(&plan.grid));
        for section in sections {
            page.details(&section.title, false, |page| page.figures(&section.figures));
        }
        if !runs.failed.is_empty() {
            page.details("Runs that failed", false, |page| failed(page, plan, runs));
        }
        page.details("The grid", false, |page| page.preformatted(&shortened(&plan.grid.to_toml())));
    })
}

fn verdicts(page: &mut Page, runs: &Runs) {
    let ended = runs.rows.len() as f64;
    let row = |(name, count): (String, usize)| {
        let share = format!("{:.1} %", 100.0 * count as f64 / ended);
        vec![name, count.to_string(), share]
    };
    let rows: Vec<Vec<String>> = runs.verdicts().into_iter().map(row).collect();
    page.table("How many runs have which verdict.", 1, &["verdict", "runs", "share"], &rows);
}

fn failed(page: &mut Page, plan: &Plan, runs: &Runs) {
    let row = |(run, error): &(usize, String)| {
        vec![plan.grid.label(*run), error.lines().next().unwrap_or("").to_string()]
    };
    let rows: Vec<Vec<String>> = runs.failed.iter().take(LISTED).map(row).collect();
    page.table("Each with what it ended with.", 2, &["run", "error"], &rows);
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

/// A text without the ends of its longest lines: a key may have a hundred thousand values.
fn shortened(text: &str) -> String {
    let line = |line: &str| match line.char_indices().nth(LONGEST_LINE) {
        Some((end, _)) => format!("{}... ({} letters)\n", &line[..end], line.chars().count()),
        None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}
