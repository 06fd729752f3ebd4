//! Heat maps and lines over two keys, a picture for each value of the others.

use super::Section;
use super::axes::{Axes, spread_out};
use super::numbers::{names, score_title, short};
use super::runs::{Row, Runs, Spread, most_frequent};
use gradlens::config::Grid;
use gradlens::report::{Figure, HeatMap, Lines, Scale};
use std::collections::HashMap;

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

/// What all pictures of a sweep have in common.
struct Frame<'a> {
    grid: &'a Grid,
    axes: &'a Axes,
    /// The key along x, and the names of those of its values that are drawn.
    x: (&'a str, Vec<String>),
    /// The same along y, where there is such a key.
    y: Option<(&'a str, Vec<String>)>,
    /// What is left out, for captions.
    left_out: String,
}

impl<'a> Frame<'a> {
    fn new(grid: &'a Grid, axes: &'a Axes, x: usize) -> Self {
        let [columns, rows] = axes.drawn(grid);
        let side = |axis: usize, drawn: &[usize]| {
            let axis = &grid.axes()[axis];
            let names = names(axis);
            (axis.name.as_str(), drawn.iter().map(|&value| names[value].clone()).collect::<Vec<_>>())
        };
        let left_out = axes.left_out(grid);
        Frame { grid, axes, x: side(x, &columns), y: axes.y.map(|y| side(y, &rows)), left_out }
    }

    fn panels(&self, x: usize, runs: &'a Runs) -> Vec<Panel<'a>> {
        let axes = self.axes;
        let drawn = axes.drawn(self.grid);
        // The place of a value in the picture, if it is drawn.
        let [columns, rows] = drawn.each_ref().map(|drawn| {
            let places = drawn.iter().enumerate().map(|(place, &value)| (value, place));
            places.collect::<HashMap<usize, usize>>()
        });
        let panel = |panel: &Vec<usize>| {
            let mut cells = vec![vec![vec![]; columns.len()]; rows.len()];
            let is_of =
                |row: &&Row| axes.panels.iter().zip(panel).all(|(&axis, &value)| row.values[axis] == value);
            for row in runs.rows.iter().filter(is_of) {
                let y = axes.y.map_or(0, |y| row.values[y]);
                if let (Some(&column), Some(&line)) = (columns.get(&row.values[x]), rows.get(&y)) {
                    cells[line][column].push(row);
                }
            }
            Panel { label: axes.label(self.grid, panel), cells }
        };
        axes.panels(self.grid).iter().map(panel).collect()
    }

    fn heat_map(&self) -> Option<HeatMap> {
        let (y, rows) = self.y.as_ref()?;
        Some(HeatMap::new(self.x.0, y, self.x.1.clone(), rows.clone()))
    }
}

/// All pictures.
pub fn sections(grid: &Grid, axes: &Axes, runs: &Runs) -> Vec<Section> {
    let Some(x) = axes.x else { return vec![] };
    let frame = Frame::new(grid, axes, x);
    let panels = frame.panels(x, runs);
    let mut sections = vec![];
    for quantity in quantities(runs) {
        let figures: Vec<Figure> =
            panels.iter().flat_map(|panel| quantity.figures(&frame, panel, runs)).collect();
        sections.push(Section { name: quantity.name, title: quantity.title.clone(), figures });
    }
    if axes.y.is_some() {
        let figures = verdicts(&frame, &panels, runs);
        sections.push(Section { name: "verdicts", title: "Share of verdicts".into(), figures });
    }
    sections
}

impl Quantity {
    fn spread(&self, cell: &[&Row]) -> Spread {
        Spread::of(cell.iter().map(|row| (self.of)(row)))
    }

    /// A heat map and lines.
    fn figures(&self, frame: &Frame, panel: &Panel, runs: &Runs) -> Vec<Figure> {
        let title = if panel.label.is_empty() {
            format!("{}.", self.title)
        } else {
            format!("{}, {}.", self.title, panel.label)
        };
        let mean = if self.log { "Geometric mean" } else { "Mean" };
        let mut figures = vec![];
        if let Some(map) = frame.heat_map() {
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
            figures.push(map.numbers(
                &rows,
                scale,
                text,
                title.clone(),
                format!("{mean} over seeds, {unit}.{}", frame.left_out),
            ));
        }
        let lines = Lines::new(frame.x.0, &self.axis).names(frame.x.1.clone());
        let mut lines = if self.log { lines.log_y() } else { lines };
        let shown_as = |number: f64| if self.log { 10_f64.powf(number) } else { number };
        let shown = spread_out(panel.cells.len(), LINES);
        for &row in &shown {
            let name = frame.y.as_ref().map_or(String::new(), |(_, names)| names[row].clone());
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
        let by = frame.y.as_ref().map_or(String::new(), |(name, _)| format!(" by {name}"));
        figures.push(lines.figure(
            title,
            format!(
                "{mean} over seeds{by}{some}; the bands go from the least to the greatest.{}",
                frame.left_out
            ),
        ));
        figures
    }
}

/// The most frequent verdict of each cell.
fn verdicts(frame: &Frame, panels: &[Panel], runs: &Runs) -> Vec<Figure> {
    let Some(map) = frame.heat_map() else { return vec![] };
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
            let caption = format!("With its share of the seeds, in percent.{}", frame.left_out);
            map.kinds(&cells, &kinds, title, caption)
        })
        .collect()
}
