//! Tables of coloured cells, with names on both sides.

use crate::report::colours::colour;
use crate::report::figure::{Entry, Figure};
use crate::report::plot::{SIZE, shortened};
use crate::report::svg::{Anchor, FONT, LETTER, Svg};

const CELL_HEIGHT: f64 = 28.0;
/// The longest name of a row or column that is shown whole.
const LONGEST: usize = 20;
const MARGIN: f64 = 8.0;
/// Room for the title of an axis.
const TITLE: f64 = 24.0;

/// A table of coloured cells, with names on both sides.
///
/// ```
/// use gradlens::report::{HeatMap, Scale};
/// let map = HeatMap::new("rate", "depth", ["0.1", "1"], ["2", "4"]);
/// let figure = map.numbers(&[vec![0.9, 0.8], vec![0.7, f64::NAN]], Scale::Share, |share| format!("{share:.1}"), "Accuracy.", "");
/// assert!(figure.html().contains("<svg") && figure.html().contains("0.9"));
/// ```
#[derive(Debug, Clone)]
pub struct HeatMap {
    x: String,
    y: String,
    columns: Vec<String>,
    rows: Vec<String>,
}

/// What colour stands for which number.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Scale {
    /// From 0, without colour, to 1.
    Share,
    /// From the first number, without colour, to the second.
    Between(f64, f64),
    /// One colour above 0 and another below, both full at this distance.
    AroundZero(f64),
}

impl Scale {
    /// Which colour, and how much of it.
    fn shade(self, value: f64) -> (usize, f64) {
        let (index, share) = match self {
            Scale::Share => (0, value),
            Scale::Between(from, to) => (0, (value - from) / (to - from).max(f64::MIN_POSITIVE)),
            Scale::AroundZero(reach) => {
                (usize::from(value > 0.0), value.abs() / reach.max(f64::MIN_POSITIVE))
            }
        };
        // Not the full colour, so that the number on it can be read.
        (index, if share.is_nan() { 0.0 } else { 0.8 * share.clamp(0.0, 1.0) })
    }
}

/// What is drawn in a cell.
struct Cell {
    /// Which colour, and how much of it.
    shade: (usize, f64),
    text: String,
}

impl HeatMap {
    /// The titles of the axes, and the names of columns and rows; the first row stands at the bottom.
    pub fn new<C: Into<String>, R: Into<String>>(
        x: &str,
        y: &str,
        columns: impl IntoIterator<Item = C>,
        rows: impl IntoIterator<Item = R>,
    ) -> Self {
        HeatMap {
            x: x.into(),
            y: y.into(),
            columns: columns.into_iter().map(|name| shortened(name.into(), LONGEST)).collect(),
            rows: rows.into_iter().map(|name| shortened(name.into(), LONGEST)).collect(),
        }
    }

    /// A number in each cell, row by row; what is not finite is left out.
    pub fn numbers(
        &self,
        rows: &[Vec<f64>],
        scale: Scale,
        text: impl Fn(f64) -> String,
        title: impl Into<String>,
        caption: impl Into<String>,
    ) -> Figure {
        let cell =
            |value: &f64| value.is_finite().then(|| Cell { shade: scale.shade(*value), text: text(*value) });
        let cells: Vec<Vec<_>> = rows.iter().map(|row| row.iter().map(cell).collect()).collect();
        Figure::new(title, caption, self.draw(&cells))
    }

    /// A kind in each cell, row by row, and its share: the colour says which of `kinds` it is.
    pub fn kinds(
        &self,
        rows: &[Vec<Option<(usize, f64)>>],
        kinds: &[String],
        title: impl Into<String>,
        caption: impl Into<String>,
    ) -> Figure {
        let cell = |cell: &Option<(usize, f64)>| {
            cell.map(|(kind, share)| Cell {
                shade: (kind, 0.2 + 0.6 * share.clamp(0.0, 1.0)),
                text: format!("{:.0}", 100.0 * share),
            })
        };
        let cells: Vec<Vec<_>> = rows.iter().map(|row| row.iter().map(cell).collect()).collect();
        let entry = |(colour, name): (usize, &String)| Entry { name: name.clone(), colour };
        Figure::new(title, caption, self.draw(&cells)).key(kinds.iter().enumerate().map(entry).collect())
    }

    fn draw(&self, cells: &[Vec<Option<Cell>>]) -> String {
        let longest =
            |names: &[String]| names.iter().map(|name| name.chars().count()).max().unwrap_or(0) as f64;
        let (columns, rows) = (self.columns.len().max(1) as f64, self.rows.len().max(1) as f64);
        let left = TITLE + LETTER * longest(&self.rows) + MARGIN;
        let cell = (SIZE.0 - left - MARGIN) / columns;
        let upright = LETTER * longest(&self.columns) > cell - 4.0;
        let names = MARGIN + if upright { LETTER * longest(&self.columns) } else { FONT };
        let bottom = MARGIN + CELL_HEIGHT * rows;
        let height = bottom + names + TITLE;
        let mut svg = Svg::new(SIZE.0, height);
        for (row, line) in cells.iter().enumerate() {
            let top = bottom - CELL_HEIGHT * (row as f64 + 1.0);
            for (column, inside) in line.iter().enumerate() {
                let x = left + cell * column as f64;
                let place = [x, top, cell - 1.0, CELL_HEIGHT - 1.0];
                // A cell without colour is still one that has a number; one without a number is a frame.
                let strength = if inside.is_some() { 0.08 } else { 0.2 };
                let frame = format!("stroke=\"currentColor\" stroke-opacity=\"{strength}\"");
                let Some(Cell { shade: (index, share), text }) = inside else {
                    svg.rect(place, &format!("fill=\"none\" {frame}"));
                    continue;
                };
                svg.rect(place, &format!("fill=\"{}\" fill-opacity=\"{share:.2}\" {frame}", colour(*index)));
                if LETTER * text.chars().count() as f64 <= cell + 6.0 {
                    svg.text([x + cell / 2.0, top + CELL_HEIGHT / 2.0], Anchor::Middle, text);
                }
            }
        }
        for (row, name) in self.rows.iter().enumerate() {
            let y = bottom - CELL_HEIGHT * (row as f64 + 0.5);
            svg.text([left - MARGIN, y], Anchor::End, name);
        }
        for (column, name) in self.columns.iter().enumerate() {
            let x = left + cell * (column as f64 + 0.5);
            match upright {
                true => svg.turned([x, bottom + MARGIN], Anchor::End, name),
                false => svg.text([x, bottom + MARGIN + FONT / 2.0], Anchor::Middle, name),
            }
        }
        svg.text([left + (SIZE.0 - left) / 2.0, height - TITLE / 2.0], Anchor::Middle, &self.x);
        svg.turned([TITLE / 2.0, bottom / 2.0], Anchor::Middle, &self.y);
        svg.finish()
    }
}
