//! Grids of shades.

use crate::diagnostics::Distribution;
use crate::report::axis::{Axis, Kind, placed};
use crate::report::colours::colour;
use crate::report::figure::Figure;
use crate::report::plot::{Plot, SIZE, Ticks};
use crate::report::svg::{Anchor, pixels};

/// A grid of shades, a column for each number below the axis.
#[derive(Debug, Clone)]
pub struct Heat {
    titles: [String; 2],
    columns: Vec<f64>,
    /// How far the axis of distributions reaches at least.
    reach: Option<[f64; 2]>,
}

/// A cell: its column, from where to where it reaches along the other axis, and its shade, from 0 to 1.
type Cell = (usize, [f64; 2], f64);

/// Different shades that are drawn.
const SHADES: usize = 24;
/// The least of them that is seen.
const LEAST: f64 = 0.04;

impl Heat {
    /// Axes with these titles, and what stands below the columns.
    pub fn new(x: &str, y: &str, columns: Vec<f64>) -> Self {
        Heat { titles: [x, y].map(String::from), columns, reach: None }
    }

    /// With an axis of distributions that reaches at least so far, so that pictures can be compared.
    #[must_use]
    pub fn reach(self, reach: Option<[f64; 2]>) -> Self {
        Heat { reach, ..self }
    }

    /// Shares from 0 to 1, a row for each layer, the first at the bottom. Where all are 0 there is no picture, and the caption
    /// stands alone.
    pub fn shares(
        &self,
        rows: &[Vec<f64>],
        names: &[usize],
        title: impl Into<String>,
        caption: impl Into<String>,
    ) -> Figure {
        if rows.iter().flatten().all(|&share| share == 0.0) {
            return Figure::new(title, caption, String::new());
        }
        let count = rows.len().max(1) as f64;
        let mut cells: Vec<Cell> = vec![];
        for (row, shares) in rows.iter().enumerate() {
            let ends = [row as f64 / count, (row + 1) as f64 / count];
            cells.extend(shares.iter().enumerate().map(|(column, &share)| (column, ends, share)));
        }
        let tick = |(row, name): (usize, &usize)| ((row as f64 + 0.5) / count, name.to_string());
        let every = names.len().div_ceil(12).max(1);
        let ticks: Ticks = names.iter().enumerate().step_by(every).map(tick).collect();
        Figure::new(title, caption, self.draw(&ticks, &cells, ["0 %", "100 %"]))
    }

    /// Histograms, a column each, shaded by the root of the share so that rare values show.
    pub fn distributions(
        &self,
        of: &[&Distribution],
        title: impl Into<String>,
        caption: impl Into<String>,
    ) -> Figure {
        let ends = of.iter().flat_map(|d| [d.min, d.max]).chain(self.reach.into_iter().flatten());
        let ends = ends.filter(|end| end.is_finite());
        let axis = Axis::around(Kind::Linear, ends.map(placed), 0.02);
        let mut cells = vec![];
        for (column, distribution) in of.iter().enumerate() {
            let most = distribution.histogram.iter().copied().max().unwrap_or(0).max(1) as f64;
            let bins = distribution.histogram.len() as f64;
            let [least, greatest] = [distribution.min, distribution.max].map(placed);
            let width = (greatest - least) / bins;
            for (bin, &count) in distribution.histogram.iter().enumerate().filter(|(_, count)| **count > 0) {
                let low = least + width * bin as f64;
                let shares = axis.share(low).zip(axis.share(low + width));
                let Some((low, high)) = shares else { continue };
                // A distribution without spread is a line.
                let high = if high > low { high } else { low + 0.01 };
                cells.push((column, [low, high], (count as f64 / most).sqrt()));
            }
        }
        Figure::new(title, caption, self.draw(&axis.ticks(), &cells, ["few", "many"]))
    }

    /// The picture, with a scale of its shades between these words.
    fn draw(&self, ticks: &Ticks, cells: &[Cell], ends: [&str; 2]) -> String {
        let count = self.columns.len().max(1) as f64;
        let column = |(place, number): (usize, &f64)| ((place as f64 + 0.5) / count, format!("{number:.0}"));
        let below: Ticks = self.columns.iter().enumerate().map(column).collect();
        let mut plot = Plot::new([&self.titles[0], &self.titles[1]], &below, ticks);
        let shade = |share: f64| (share.clamp(LEAST, 1.0) * SHADES as f64).ceil() as usize;
        for level in 1..=SHADES {
            let mut path = String::new();
            let shown = |cell: &&Cell| cell.2 > 0.0 && cell.2.is_finite() && shade(cell.2) == level;
            for &(column, [low, high], _) in cells.iter().filter(shown) {
                let left = plot.x(column as f64 / count);
                let (width, top) = (plot.area[2] / count, plot.y(high));
                let [x, y, w, h] = [left, top, width, plot.y(low) - top].map(pixels);
                path += &format!("M{x} {y}h{w}v{h}h-{w}z");
            }
            if !path.is_empty() {
                plot.svg.path(&path, &fill(level));
            }
        }
        // The scale, on the right of the axis' title.
        let (right, y) = (SIZE.0 - 16.0, SIZE.1 - 16.0);
        let [from, to] = [right - 108.0, right - 48.0];
        for level in 1..=SHADES / 4 {
            let width = (to - from) / (SHADES / 4) as f64;
            plot.svg.rect([from + width * (level - 1) as f64, y - 6.0, width + 0.3, 11.0], &fill(4 * level));
        }
        plot.svg.text([from - 4.0, y], Anchor::End, ends[0]);
        plot.svg.text([to + 4.0, y], Anchor::Start, ends[1]);
        plot.svg.finish()
    }
}

fn fill(level: usize) -> String {
    format!("fill=\"{}\" fill-opacity=\"{}\"", colour(0), pixels(level as f64 / SHADES as f64))
}
