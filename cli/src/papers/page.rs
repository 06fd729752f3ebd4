//! How the figures of a paper fare, as a page.

use super::measured::Seen;
use super::{Compared, Flags};
use crate::flags::files::story;
use crate::table::{Table, capital};
use clap::ValueEnum;
use gradlens::report::{Bars, Figure, Page, Tone, compare};

pub fn page(flags: &Flags, compared: &[Compared], table: &Table, seen: &Seen) -> String {
    let (paper, differs) = flags.name.about();
    story(&title(&cited(flags), compared, table), |page| {
        page.paragraph(&format!("{} {differs}", paper.trim_end_matches('.').to_string() + "."));
        if flags.smaller {
            page.paragraph("This was a smaller run.");
        }
        page.callout(Tone::Neutral, &verdict(compared), "", |_| ());
        page.figure(&picture(compared, &table.header));
        page.details("Row by row", true, |page| rows(page, table));
        if !seen.is_empty() {
            let runs: Vec<_> = seen.iter().map(|(name, seen)| (*name, seen)).collect();
            page.details("Where the gradient goes before the first step", false, |page| compare(page, &runs));
        }
    })
}

/// Whose figures they are.
fn cited(flags: &Flags) -> String {
    let value = flags.name.to_possible_value();
    let help = value.as_ref().and_then(|value| value.get_help()).map(ToString::to_string).unwrap_or_default();
    help.split(':').next().unwrap_or_default().to_string()
}

/// How many figures were found again, and of the others the one that is farthest from the published one.
fn title(cited: &str, compared: &[Compared], table: &Table) -> String {
    let run: Vec<(usize, &Compared)> =
        compared.iter().enumerate().filter(|(_, figure)| figure.here.is_finite()).collect();
    let agree = run.iter().filter(|(_, figure)| figure.verdict == "agrees").count();
    let distance = |figure: &Compared| (figure.here - figure.published).abs();
    let others = run.iter().filter(|(_, figure)| figure.verdict != "agrees");
    let farthest = others.max_by(|a, b| distance(a.1).total_cmp(&distance(b.1)));
    let count = match (agree, run.len()) {
        (1, 1) => "The figure".into(),
        (2, 2) => "Both figures".into(),
        (agree, all) if agree == all => format!("All {all} figures"),
        (agree, all) => format!("{agree} of {all} figures"),
    };
    let verb = if agree == 1 { "is" } else { "are" };
    let left = match compared.len() - run.len() {
        0 => String::new(),
        left => format!(" ({left} not run)"),
    };
    let apart = farthest.map_or(String::new(), |(row, _)| {
        let cells = &table.rows[*row];
        format!("; the farthest off is {}: {} where {} is {}", cells[0], cells[2], cells[1], table.header[1])
    });
    format!("{count} of {cited} {verb} found again{left}{apart}")
}

/// How many rows have which verdict.
fn verdict(compared: &[Compared]) -> String {
    let mut counts: Vec<(&str, usize)> = vec![];
    for Compared { verdict, .. } in compared {
        match counts.iter_mut().find(|(name, _)| name == verdict) {
            Some((_, count)) => *count += 1,
            None => counts.push((verdict, 1)),
        }
    }
    let words: Vec<String> = counts.iter().map(|(verdict, count)| format!("{verdict}: {count}")).collect();
    format!("{} of {} rows.", capital(&words.join(", ")), compared.len())
}

/// The table with a number before each row, by which the picture names it.
fn rows(page: &mut Page, table: &Table) {
    let header: Vec<&str> = table.header.iter().map(String::as_str).collect();
    let row = |(place, cells): (usize, &Vec<String>)| {
        let name = format!("{}. {}", place + 1, cells[0]);
        [name].into_iter().chain(cells[1..].iter().cloned()).collect::<Vec<String>>()
    };
    let rows: Vec<Vec<String>> = table.rows.iter().enumerate().map(row).collect();
    page.table("The published figures beside those of this run.", table.words, &header, &rows);
}

fn picture(compared: &[Compared], header: &[String]) -> Figure {
    let numbers = (1..=compared.len()).map(|number| number.to_string());
    Bars::new("row", &header[0], numbers)
        .bars(&header[1], compared.iter().map(|figure| figure.published))
        .bars("here", compared.iter().map(|figure| figure.here))
        .figure(format!("{}, {} and here.", capital(&header[0]), header[1]), "By the rows of the table.")
}
