//! Heat maps and lines over two keys, a picture for each value of the others.

use super::Section;
use super::axes::Axes;
use super::numbers::{names, score_title, short};
use super::runs::{Row, Runs, Spread, most_frequent};
use gradlens::config::Grid;
use gradlens::report::{Figure, HeatMap, Lines, Scale};

/// Lines of a picture that can be told apart.
const LINES: usize = 6;
/// Verdicts that have a colour of their own.
const COLOURED: usize = 5;

/// The place of green among the colours.
const GREEN: usize = 2;

/// A number of each run that is drawn.
struct Quantity {
    /// As a file is named.
    name: &'static str,
    title: String,
    axis: String,
    of: fn(&Row) -> f64,
    /// Whether it is a logarithm, whose 0 is in the middle.
    log: bool,
}

/// What is drawn, the most telling first.
fn quantities(runs: &Runs) -> Vec<Quantity> {
    let score = score_title(runs.score);
    let first: String =
        score.chars().take(1).flat_map(char::to_uppercase).chain(score.chars().skip(1)).collect();
    let all = [
        Quantity {
            name: "gradient-initial",
            title: "g1/gL at initialisation".into(),
            axis: "g1/gL".into(),
            of: |row| row.profile[0],
            log: true,
        },
        Quantity { name: "score", title: first, axis: score, of: |row| row.score, log: false },
        Quantity {
            name: "gradient-final",
            title: "g1/gL at the end".into(),
            axis: "g1/gL".into(),
            of: |row| row.profile[1],
            log: true,
        },
        Quantity {
            name: "saturation",
            title: "Saturated activations at the end".into(),
            axis: "share, greatest of layers".into(),
            of: |row| row.saturated,
            log: false,
        },
    ];
    all.into_iter().filter(|quantity| runs.rows.iter().any(|row| (quantity.of)(row).is_finite())).collect()
}

/// The runs of a picture, by row and column.
struct Panel<'a> {
    label: String,
    /// `cells[y][x]`
    cells: Vec<Vec<Vec<&'a Row>>>,
}

fn panels<'a>(grid: &Grid, axes: &Axes, x: usize, runs: &'a Runs) -> Vec<Panel<'a>> {
    let columns = grid.axes()[x].values.len();
    let rows = axes.y.map_or(1, |y| grid.axes()[y].values.len());
    axes.panels(grid)
        .iter()
        .map(|panel| {
            let mut cells = vec![vec![vec![]; columns]; rows];
            let is_of =
                |row: &&Row| axes.panels.iter().zip(panel).all(|(&axis, &value)| row.values[axis] == value);
            for row in runs.rows.iter().filter(is_of) {
                cells[axes.y.map_or(0, |y| row.values[y])][row.values[x]].push(row);
            }
            Panel { label: axes.label(grid, panel), cells }
        })
        .collect()
}

/// All pictures.
pub fn sections(grid: &Grid, axes: &Axes, runs: &Runs) -> Vec<Section> {
    let Some(x) = axes.x else { return vec![] };
    let panels = panels(grid, axes, x, runs);
    let mut sections = vec![];
    for quantity in quantities(runs) {
        let figures: Vec<Figure> =
            panels.iter().flat_map(|panel| quantity.figures(grid, axes, x, panel, runs)).collect();
        sections.push(Section { name: quantity.name, title: quantity.title.clone(), figures });
    }
    if axes.y.is_some() {
        let figures = verdicts(grid, axes, x, &panels, runs);
        sections.push(Section { name: "verdicts", title: "Share of verdicts".into(), figures });
    }
    sections
}

fn heat_map(grid: &Grid, x: usize, y: usize) -> HeatMap {
    let (x, y) = (&grid.axes()[x], &grid.axes()[y]);
    HeatMap::new(&x.name, &y.name, names(x), names(y))
}

impl Quantity {
    fn spread(&self, cell: &[&Row]) -> Spread {
        Spread::of(cell.iter().map(|row| (self.of)(row)))
    }

    /// A heat map and lines.
    fn figures(&self, grid: &Grid, axes: &Axes, x: usize, panel: &Panel, runs: &Runs) -> Vec<Figure> {
        let title = if panel.label.is_empty() {
            format!("{}.", self.title)
        } else {
            format!("{}, {}.", self.title, panel.label)
        };
        let mean = if self.log { "Geometric mean" } else { "Mean" };
        let mut figures = vec![];
        if let Some(y) = axes.y {
            let rows: Vec<Vec<f64>> = panel
                .cells
                .iter()
                .map(|row| row.iter().map(|cell| self.spread(cell).mean).collect())
                .collect();
            let (text, unit): (fn(f64) -> String, &str) = match (self.log, runs.score, self.name) {
                (true, ..) => {
                    (|log| short(10_f64.powf(log)), "blue where it vanishes, orange where it grows")
                }
                (false, "r2", "score") => (|r2| format!("{r2:.2}"), "R2"),
                _ => (|share| format!("{:.0}", 100.0 * share), "in percent"),
            };
            let scale = match self.log {
                true => Scale::AroundZero(4.0),
                false => Scale::Share,
            };
            figures.push(heat_map(grid, x, y).numbers(
                &rows,
                scale,
                text,
                title.clone(),
                format!("{mean} over seeds, {unit}."),
            ));
        }
        let columns = &grid.axes()[x];
        let lines = Lines::new(&columns.name, &self.axis).names(names(columns));
        let mut lines = if self.log { lines.log_y() } else { lines };
        let shown_as = |number: f64| if self.log { 10_f64.powf(number) } else { number };
        let shown = spread_out(panel.cells.len(), LINES);
        for &row in &shown {
            let name = axes.y.map_or(String::new(), |y| names(&grid.axes()[y])[row].clone());
            let spreads: Vec<Spread> = panel.cells[row].iter().map(|cell| self.spread(cell)).collect();
            let points =
                spreads.iter().enumerate().map(|(column, spread)| (column as f64, shown_as(spread.mean)));
            let band = spreads
                .iter()
                .enumerate()
                .map(|(column, spread)| (column as f64, shown_as(spread.least), shown_as(spread.greatest)));
            lines = lines.line(name, points).band(band);
        }
        let some = if shown.len() < panel.cells.len() {
            format!(", {} of {} lines", shown.len(), panel.cells.len())
        } else {
            String::new()
        };
        let by = axes.y.map_or(String::new(), |y| format!(" by {}", grid.axes()[y].name));
        figures.push(lines.figure(
            title,
            format!("{mean} over seeds{by}{some}; the bands go from the least to the greatest."),
        ));
        figures
    }
}

/// The most frequent verdict of each cell.
fn verdicts(grid: &Grid, axes: &Axes, x: usize, panels: &[Panel], runs: &Runs) -> Vec<Figure> {
    let Some(y) = axes.y else { return vec![] };
    let counts = runs.verdicts();
    let mut kinds: Vec<String> = counts.iter().take(COLOURED).map(|(name, _)| name.clone()).collect();
    // Of the colours green is the one that means well.
    if let Some(healthy) = kinds.iter().position(|kind| kind == "healthy").filter(|_| kinds.len() > GREEN) {
        kinds.swap(healthy, GREEN);
    }
    let kind = |row: &Row| {
        let name = &runs.names[row.verdict];
        kinds.iter().position(|kind| kind == name).unwrap_or(COLOURED)
    };
    let drawn: Vec<(String, Vec<Vec<_>>)> = panels
        .iter()
        .map(|panel| {
            let cell = |cell: &Vec<&Row>| most_frequent(cell.iter().map(|row| kind(row)));
            (panel.label.clone(), panel.cells.iter().map(|row| row.iter().map(cell).collect()).collect())
        })
        .collect();
    if counts.len() > COLOURED {
        kinds.push("another".into());
    }
    drawn
        .into_iter()
        .map(|(label, cells)| {
            let title = if label.is_empty() {
                "The most frequent verdict.".into()
            } else {
                format!("The most frequent verdict, {label}.")
            };
            heat_map(grid, x, y).kinds(&cells, &kinds, title, "With its share of the seeds, in percent.")
        })
        .collect()
}

/// At most `count` of the first `of` numbers, evenly spread, the first and the last among them.
pub fn spread_out(of: usize, count: usize) -> Vec<usize> {
    if of <= count { (0..of).collect() } else { (0..count).map(|i| i * (of - 1) / (count - 1)).collect() }
}
