//! Tables of coloured cells, with names on both sides.

use crate::report::figure::{Drawn, Figure, WIDTH, colour};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

const FONT: i32 = 13;
const CELL_FONT: i32 = 12;
const CELL_HEIGHT: i32 = 28;
/// About how wide a letter is.
const LETTER: i32 = 7;
/// The longest name of a row or column that is shown whole.
const LONGEST: usize = 20;
const MARGIN: i32 = 8;
/// Room for the title of an axis.
const TITLE: i32 = 22;

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
    fn colour(self, value: f64) -> RGBAColor {
        let (index, share) = match self {
            Scale::Share => (0, value),
            Scale::Between(from, to) => (0, (value - from) / (to - from).max(f64::MIN_POSITIVE)),
            Scale::AroundZero(reach) => {
                (usize::from(value > 0.0), value.abs() / reach.max(f64::MIN_POSITIVE))
            }
        };
        colour(index).mix(if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) })
    }
}

/// What is drawn in a cell.
struct Cell {
    colour: RGBAColor,
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
            columns: columns.into_iter().map(|name| shortened(name.into())).collect(),
            rows: rows.into_iter().map(|name| shortened(name.into())).collect(),
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
        let cell = |value: &f64| {
            value.is_finite().then(|| Cell { colour: scale.colour(*value), text: text(*value) })
        };
        let cells: Vec<Vec<_>> = rows.iter().map(|row| row.iter().map(cell).collect()).collect();
        Figure::of(title, caption, vec![], self.draw(&cells))
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
                colour: colour(kind).mix(0.25 + 0.75 * share.clamp(0.0, 1.0)),
                text: format!("{:.0}", 100.0 * share),
            })
        };
        let cells: Vec<Vec<_>> = rows.iter().map(|row| row.iter().map(cell).collect()).collect();
        Figure::of(title, caption, kinds.to_vec(), self.draw(&cells))
    }

    fn draw(&self, cells: &[Vec<Option<Cell>>]) -> Drawn {
        let longest =
            |names: &[String]| names.iter().map(|name| name.chars().count() as i32).max().unwrap_or(0);
        let (columns, rows) = (self.columns.len().max(1) as i32, self.rows.len().max(1) as i32);
        let width = WIDTH as i32;
        let left = TITLE + LETTER * longest(&self.rows) + MARGIN;
        let cell = (width - left - MARGIN) / columns;
        let upright = LETTER * longest(&self.columns) > cell - 4;
        let names = if upright { LETTER * longest(&self.columns) + MARGIN } else { FONT + MARGIN };
        let bottom = MARGIN + CELL_HEIGHT * rows;
        let height = bottom + names + TITLE;
        let (centre, right) = (Pos::new(HPos::Center, VPos::Center), Pos::new(HPos::Right, VPos::Center));
        let font = ("sans-serif", FONT).into_font().color(&BLACK);
        let turned = ("sans-serif", FONT).into_font().transform(FontTransform::Rotate270).color(&BLACK);
        let mut svg = String::new();
        {
            let size = (WIDTH, u32::try_from(height)?);
            let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
            for (row, line) in cells.iter().enumerate() {
                let top = bottom - CELL_HEIGHT * (row as i32 + 1);
                for (column, inside) in line.iter().enumerate() {
                    let x = left + cell * column as i32;
                    let corners = [(x, top), (x + cell - 1, top + CELL_HEIGHT - 1)];
                    let Some(Cell { colour, text }) = inside else {
                        area.draw(&Rectangle::new(corners, BLACK.mix(0.15)))?;
                        continue;
                    };
                    // A cell without colour is still one that has a number.
                    area.draw(&Rectangle::new(corners, colour.filled()))?;
                    area.draw(&Rectangle::new(corners, BLACK.mix(0.08)))?;
                    if LETTER * text.chars().count() as i32 <= cell {
                        let ink = if colour.3 > 0.6 { &WHITE } else { &BLACK };
                        let style = ("sans-serif", CELL_FONT).into_font().color(ink).pos(centre);
                        area.draw(&Text::new(text.clone(), (x + cell / 2, top + CELL_HEIGHT / 2), style))?;
                    }
                }
            }
            for (row, name) in self.rows.iter().enumerate() {
                let y = bottom - CELL_HEIGHT * row as i32 - CELL_HEIGHT / 2;
                area.draw(&Text::new(name.clone(), (left - MARGIN, y), font.clone().pos(right)))?;
            }
            for (column, name) in self.columns.iter().enumerate() {
                let x = left + cell * column as i32 + cell / 2;
                let style = if upright { turned.clone().pos(right) } else { font.clone().pos(centre) };
                let y = bottom + MARGIN + if upright { 0 } else { FONT / 2 };
                area.draw(&Text::new(name.clone(), (x, y), style))?;
            }
            let middle = left + (width - left) / 2;
            area.draw(&Text::new(self.x.clone(), (middle, height - TITLE / 2), font.pos(centre)))?;
            area.draw(&Text::new(self.y.clone(), (TITLE / 2, bottom / 2), turned.pos(centre)))?;
            area.present()?;
        }
        Ok(svg)
    }
}

/// A name that leaves room for the cells.
fn shortened(name: String) -> String {
    match name.chars().count() > LONGEST {
        true => name.chars().take(LONGEST - 1).chain(['…']).collect(),
        false => name,
    }
}
