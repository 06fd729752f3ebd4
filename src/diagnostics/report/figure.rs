//! Pictures, drawn by `plotters` as SVG.

use super::super::Distribution;
use plotters::coord::ranged1d::ValueFormatter;
use plotters::prelude::*;
use std::error::Error;
use std::ops::Range;

/// Small enough for a phone to show it at its own size.
const SIZE: (u32, u32) = (440, 290);
const FONT: (&str, i32) = ("sans-serif", 13);

/// Colours that a reader without red or green tells apart (Okabe and Ito, 2008).
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(130, 110, 0),
    RGBColor(86, 140, 180),
];

type Drawn = Result<String, Box<dyn Error>>;

/// The picture, or a sentence where it could not be drawn.
fn or_say(drawn: Drawn) -> String {
    drawn.unwrap_or_else(|error| format!("<p>This picture could not be drawn: {error}</p>"))
}

/// Lines over a common axis.
pub(super) struct Lines {
    pub x: &'static str,
    pub y: &'static str,
    /// Whether x is drawn as its logarithm.
    pub log_x: bool,
}

/// A range around the values, not empty.
fn around(values: impl Iterator<Item = f64>, margin: f64) -> Range<f64> {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values {
        (low, high) = (low.min(value), high.max(value));
    }
    if low > high {
        return 0.0..1.0;
    }
    let room = if high > low { margin * (high - low) } else { 0.5 };
    low - room..high + room
}

impl Lines {
    pub fn draw(&self, lines: Vec<(String, Vec<(f64, f64)>)>) -> String {
        or_say(self.try_draw(lines))
    }

    fn try_draw(&self, lines: Vec<(String, Vec<(f64, f64)>)>) -> Drawn {
        let place = |x: f64| if self.log_x { x.log2() } else { x };
        let lines: Vec<(String, Vec<(f64, f64)>)> = lines
            .into_iter()
            .map(|(name, points)| {
                let points = points.into_iter().map(|(x, y)| (place(x), y));
                (name, points.filter(|(x, y)| x.is_finite() && y.is_finite()).collect())
            })
            .collect();
        let points = || lines.iter().flat_map(|(_, points)| points.iter().copied());
        let (xs, ys) = (around(points().map(|p| p.0), 0.03), around(points().map(|p| p.1), 0.08));
        let mut svg = String::new();
        {
            let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
            let mut chart = ChartBuilder::on(&area)
                .margin(6)
                .margin_right(14)
                .x_label_area_size(38)
                .y_label_area_size(56)
                .build_cartesian_2d(xs, ys.clone())?;
            let (log_x, unit) = (self.log_x, span(&ys));
            let x_label = move |x: &f64| if log_x { format!("{:.0}", x.exp2()) } else { tidy(*x) };
            chart
                .configure_mesh()
                .x_desc(self.x)
                .y_desc(self.y)
                .x_labels(6)
                .y_labels(6)
                .x_label_formatter(&x_label)
                .y_label_formatter(&|y| tidy(unit.round_off(*y)))
                .label_style(FONT)
                .axis_desc_style(FONT)
                .light_line_style(TRANSPARENT)
                .bold_line_style(BLACK.mix(0.12))
                .draw()?;
            for (index, (name, points)) in lines.iter().enumerate() {
                let colour = COLOURS[index % COLOURS.len()];
                chart
                    .draw_series(
                        LineSeries::new(points.iter().copied(), colour.stroke_width(2)).point_size(3),
                    )?
                    .label(name)
                    .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2)));
            }
            if lines.len() > 1 {
                chart
                    .configure_series_labels()
                    .label_font(FONT)
                    .background_style(WHITE.mix(0.8))
                    .border_style(BLACK.mix(0.2))
                    .draw()?;
            }
            area.present()?;
        }
        Ok(svg)
    }
}

/// The length of an axis, beside which rounding errors are nothing.
struct Span(f64);

fn span(range: &Range<f64>) -> Span {
    Span(range.end - range.start)
}

impl Span {
    fn round_off(&self, value: f64) -> f64 {
        if value.abs() < 1e-9 * self.0 { 0.0 } else { value }
    }
}

/// A number with as many digits as it needs.
fn tidy(value: f64) -> String {
    match value.abs() {
        0.0 => "0".into(),
        size if (1e-3..1e5).contains(&size) => {
            let text = format!("{value:.3}");
            text.trim_end_matches('0').trim_end_matches('.').to_string()
        }
        _ => format!("{value:.1e}"),
    }
}

/// A grid of shades, a column for each look.
pub(super) struct Heat {
    pub x: &'static str,
    pub y: &'static str,
    /// What stands below the columns.
    pub columns: Vec<f64>,
}

/// Column labels at whole numbers.
struct Columns(Range<f64>);

impl Ranged for Columns {
    type FormatOption = plotters::coord::ranged1d::NoDefaultFormatting;
    type ValueType = f64;
    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let share = (value - self.0.start) / (self.0.end - self.0.start);
        limit.0 + (share * f64::from(limit.1 - limit.0)).round() as i32
    }
    fn key_points<H: plotters::coord::ranged1d::KeyPointHint>(&self, hint: H) -> Vec<f64> {
        let count = (self.0.end - self.0.start) as usize;
        let stride = count.div_ceil(hint.max_num_points().max(1)).max(1);
        (0..count).step_by(stride).map(|column| column as f64 + 0.5).collect()
    }
    fn range(&self) -> Range<f64> {
        self.0.clone()
    }
}

impl ValueFormatter<f64> for Columns {
    fn format(value: &f64) -> String {
        format!("{value:.0}")
    }
}

impl Heat {
    /// Shares from 0 to 1, a row for each layer, the first at the bottom.
    pub fn draw(&self, rows: &[Vec<f64>]) -> String {
        let cells: Vec<_> = rows
            .iter()
            .enumerate()
            .flat_map(|(row, shares)| {
                let cell = move |(column, &share): (usize, &f64)| {
                    (column, row as f64 + 0.5, row as f64 + 1.5, share)
                };
                shares.iter().enumerate().map(cell)
            })
            .collect();
        or_say(self.try_draw(0.5..rows.len() as f64 + 0.5, cells))
    }

    /// Histograms, a column each, shaded by the root of the share so that rare values show.
    pub fn draw_distributions(&self, of: &[&Distribution]) -> String {
        let range = around(of.iter().flat_map(|d| [d.min, d.max]).filter(|v| v.is_finite()), 0.02);
        let mut cells = vec![];
        for (column, distribution) in of.iter().enumerate() {
            let most = distribution.histogram.iter().copied().max().unwrap_or(0).max(1) as f64;
            let bins = distribution.histogram.len() as f64;
            let width = (distribution.max - distribution.min) / bins;
            for (bin, &count) in distribution.histogram.iter().enumerate().filter(|(_, count)| **count > 0) {
                let low = distribution.min + width * bin as f64;
                // A distribution without spread is a line.
                let high = if width > 0.0 { low + width } else { low + 0.01 * (range.end - range.start) };
                cells.push((column, low, high, (count as f64 / most).sqrt()));
            }
        }
        or_say(self.try_draw(range, cells))
    }

    fn try_draw(&self, ys: Range<f64>, cells: Vec<(usize, f64, f64, f64)>) -> Drawn {
        let mut svg = String::new();
        {
            let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
            let columns = self.columns.len();
            let mut chart = ChartBuilder::on(&area)
                .margin(6)
                .margin_right(14)
                .x_label_area_size(38)
                .y_label_area_size(56)
                .build_cartesian_2d(Columns(0.0..columns as f64), ys.clone())?;
            let unit = span(&ys);
            let step =
                |x: &f64| self.columns.get(*x as usize).map_or(String::new(), |step| format!("{step:.0}"));
            chart
                .configure_mesh()
                .x_desc(self.x)
                .y_desc(self.y)
                .x_labels(6)
                .y_labels(6)
                .x_label_formatter(&step)
                .y_label_formatter(&|y| tidy(unit.round_off(*y)))
                .label_style(FONT)
                .axis_desc_style(FONT)
                .disable_mesh()
                .draw()?;
            chart.draw_series(cells.into_iter().filter(|cell| cell.3 > 0.0).map(
                |(column, low, high, shade)| {
                    let (left, right) = (column as f64, column as f64 + 1.0);
                    Rectangle::new(
                        [(left, low), (right, high)],
                        COLOURS[0].mix(shade.clamp(0.04, 1.0)).filled(),
                    )
                },
            ))?;
            area.present()?;
        }
        Ok(svg)
    }
}
