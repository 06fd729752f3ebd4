//! Pictures, drawn by `plotters` as SVG.

use crate::diagnostics::Distribution;
use crate::report::escape::escape;
use plotters::coord::ranged1d::ValueFormatter;
use plotters::prelude::*;
use std::error::Error;
use std::ops::Range;

/// Small enough for a phone to show it at its own size.
const SIZE: (u32, u32) = (WIDTH, 290);
pub(super) const WIDTH: u32 = 440;
const FONT: (&str, i32) = ("sans-serif", 13);

/// Colours that a reader without red or green tells apart (Okabe and Ito, 2008, the last two darker, to
/// show on white).
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(130, 110, 0),
    RGBColor(86, 140, 180),
];

pub(super) type Drawn = Result<String, Box<dyn Error>>;

/// A picture with its title and a caption that says in words what it shows.
#[derive(Debug, Clone)]
pub struct Figure {
    title: String,
    caption: String,
    /// Names of what is drawn, in the order of the colours; none where there is but one.
    key: Vec<String>,
    svg: String,
}

pub(super) fn colour(index: usize) -> RGBColor {
    COLOURS[index % COLOURS.len()]
}

impl Figure {
    /// The picture, or a sentence where it could not be drawn.
    pub(super) fn of(
        title: impl Into<String>,
        caption: impl Into<String>,
        key: Vec<String>,
        drawn: Drawn,
    ) -> Self {
        let svg = drawn.unwrap_or_else(|error| {
            format!("<p>This picture could not be drawn: {}</p>", escape(&error.to_string()))
        });
        let key = if key.len() > 1 { key } else { vec![] };
        Figure { title: title.into(), caption: caption.into(), key, svg }
    }

    /// As HTML, the words standing in for the picture where it cannot be seen.
    pub fn html(&self) -> String {
        let (title, caption) = (escape(&self.title), escape(&self.caption));
        let lines = match self.key.len() {
            0 => String::new(),
            _ => format!(" Shown: {}.", escape(&self.key.join(", "))),
        };
        let mut key = String::new();
        for (index, name) in self.key.iter().enumerate() {
            let RGBColor(r, g, b) = colour(index);
            key += &format!("<span><i style=\"background:rgb({r},{g},{b})\"></i>{}</span>", escape(name));
        }
        if !key.is_empty() {
            key = format!("<div class=\"key\">{key}</div>");
        }
        format!(
            "<figure role=\"img\" aria-label=\"{title} {caption}{lines}\">{key}{}<figcaption><strong>{title}</strong> {caption}</figcaption></figure>\n",
            self.svg
        )
    }
}

/// The height of a line of names above a picture that stands alone, and where it begins.
const KEY_HEIGHT: u32 = 22;
const KEY_LEFT: u32 = 60;

impl Figure {
    /// As an SVG file of its own, on white, with the names of what is drawn above the picture; `None` where it could not be
    /// drawn.
    ///
    /// ```
    /// let lines = gradlens::report::Lines::new("x", "y").line("one", [(0.0, 0.0), (1.0, 2.0)]).line("two", [(0.0, 1.0), (1.0, 0.0)]);
    /// let svg = lines.figure("Two lines.", "They cross.").svg().unwrap();
    /// assert!(svg.starts_with("<svg") && svg.contains("one") && svg.contains("They cross."));
    /// ```
    pub fn svg(&self) -> Option<String> {
        let size = |name: &str| {
            let from = self.svg.find(&format!("{name}=\""))? + name.len() + 2;
            self.svg[from..].split('"').next()?.parse::<u32>().ok()
        };
        let (width, height) = (size("width")?, size("height")?);
        let (mut key, mut x, mut line) = (String::new(), KEY_LEFT, 0);
        for (index, name) in self.key.iter().enumerate() {
            let room = 30 + 7 * name.chars().count() as u32;
            if x > KEY_LEFT && x + room > width {
                (x, line) = (KEY_LEFT, line + 1);
            }
            let RGBColor(r, g, b) = colour(index);
            let y = KEY_HEIGHT * line;
            key += &format!(
                "<rect x=\"{x}\" y=\"{}\" width=\"14\" height=\"5\" fill=\"rgb({r},{g},{b})\"/>\
                 <text x=\"{}\" y=\"{}\" font-family=\"sans-serif\" font-size=\"12\">{}</text>",
                y + 9,
                x + 19,
                y + 16,
                escape(name)
            );
            x += room;
        }
        let above = if key.is_empty() { 0 } else { KEY_HEIGHT * (line + 1) };
        let total = height + above;
        let (title, caption) = (escape(&self.title), escape(&self.caption));
        Some(format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{total}\" viewBox=\"0 0 {width} {total}\" \
             role=\"img\">\n<title>{title}</title>\n<desc>{caption}</desc>\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
             {key}\n<g transform=\"translate(0 {above})\">\n{}</g>\n</svg>\n",
            self.svg
        ))
    }
}

/// Lines over a common axis.
///
/// ```
/// let figure = gradlens::report::Lines::new("step", "loss").log_x().line("loss", [(1.0, 2.3), (2.0, 1.9)])
///     .figure("Loss.", "From 2.3 to 1.9.");
/// assert!(figure.html().contains("<svg"));
/// ```
#[derive(Debug, Clone)]
pub struct Lines {
    x: String,
    y: String,
    log_x: bool,
    /// What stands below the whole numbers from 0 on, where that is not they themselves.
    names: Vec<String>,
    lines: Vec<(String, Vec<(f64, f64)>)>,
    bands: Vec<Band>,
}

/// What lies around a line.
#[derive(Debug, Clone)]
struct Band {
    line: usize,
    /// x, lower and upper end.
    points: Vec<(f64, f64, f64)>,
}

/// A number as it can be placed: what is beyond 1e100 stands there, and what is nearer to 0 than 1e-100 at 0, so that no
/// length of an axis is infinite or no number.
fn placed(value: f64) -> f64 {
    if value.abs() < 1e-100 { 0.0 } else { value.clamp(-1e100, 1e100) }
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
    // Where the values are one number, or nearly, as much of it as an f64 can tell apart.
    let room = if high > low { margin * (high - low) } else { 0.5 };
    let room = room.max(1e-9 * low.abs().max(high.abs()));
    low - room..high + room
}

impl Lines {
    /// Axes with these titles.
    pub fn new(x: &str, y: &str) -> Self {
        Lines { x: x.into(), y: y.into(), log_x: false, names: vec![], lines: vec![], bands: vec![] }
    }

    /// x as its logarithm.
    pub fn log_x(self) -> Self {
        Lines { log_x: true, ..self }
    }

    /// Names below the axis, at 0, 1, 2 and so on.
    pub fn names<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        Lines { names: names.into_iter().map(Into::into).collect(), ..self }
    }

    /// A band around the line that was added last: x, lower and upper end. Points that are not finite are left out.
    pub fn band(mut self, points: impl IntoIterator<Item = (f64, f64, f64)>) -> Self {
        let place = |x: f64| placed(if self.log_x { x.log2() } else { x });
        let points = points.into_iter().filter(|(x, low, high)| [x, low, high].iter().all(|v| v.is_finite()));
        let points = points.map(|(x, low, high)| (place(x), placed(low), placed(high)));
        let points = points.filter(|(x, ..)| x.is_finite()).collect();
        self.bands.push(Band { line: self.lines.len().saturating_sub(1), points });
        self
    }

    /// One line more. Points that are not finite are left out.
    pub fn line(mut self, name: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let place = |x: f64| if self.log_x { x.log2() } else { x };
        let points = points.into_iter().map(|(x, y)| (place(x), y));
        let points = points.filter(|(x, y)| x.is_finite() && y.is_finite());
        let points = points.map(|(x, y)| (placed(x), placed(y))).collect();
        self.lines.push((name.into(), points));
        self
    }

    /// The picture.
    pub fn figure(&self, title: impl Into<String>, caption: impl Into<String>) -> Figure {
        let key = self.lines.iter().map(|(name, _)| name.clone()).collect();
        Figure::of(title, caption, key, self.draw())
    }

    fn draw(&self) -> Drawn {
        let ends = |(x, low, high): &(f64, f64, f64)| [(*x, *low), (*x, *high)];
        let bands = || self.bands.iter().flat_map(|band| band.points.iter().flat_map(ends));
        let points = || self.lines.iter().flat_map(|(_, points)| points.iter().copied()).chain(bands());
        let (xs, ys) = (around(points().map(|p| p.0), 0.03), around(points().map(|p| p.1), 0.08));
        let mut svg = String::new();
        {
            let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
            let mut chart = ChartBuilder::on(&area)
                .margin(6)
                .margin_right(14)
                .x_label_area_size(38)
                .y_label_area_size(56)
                .build_cartesian_2d(xs.clone(), ys.clone())?;
            let (log_x, unit, width) = (self.log_x, Span::of(&ys), Span::of(&xs));
            let x_label = move |x: &f64| match (log_x, self.names.is_empty()) {
                (true, _) => power_of_two(*x),
                (false, true) => tidy(width.round_off(*x)),
                (false, false) if (x - x.round()).abs() > 1e-6 || *x < -0.5 => String::new(),
                (false, false) => self.names.get(x.round() as usize).cloned().unwrap_or_default(),
            };
            chart
                .configure_mesh()
                .x_desc(self.x.as_str())
                .y_desc(self.y.as_str())
                .x_labels(if self.names.is_empty() { 6 } else { self.names.len() + 1 })
                .y_labels(6)
                .x_label_formatter(&x_label)
                .y_label_formatter(&|y| tidy(unit.round_off(*y)))
                .label_style(FONT)
                .axis_desc_style(FONT)
                .light_line_style(TRANSPARENT)
                .bold_line_style(BLACK.mix(0.12))
                .draw()?;
            for Band { line, points } in &self.bands {
                let (low, high) =
                    (points.iter().map(|p| (p.0, p.1)), points.iter().rev().map(|p| (p.0, p.2)));
                let around: Vec<(f64, f64)> = low.chain(high).collect();
                chart.draw_series([Polygon::new(around, colour(*line).mix(0.14).filled())])?;
            }
            for (index, (_, points)) in self.lines.iter().enumerate() {
                let dots = if points.len() > 40 { 0 } else { 3 };
                let line = LineSeries::new(points.iter().copied(), colour(index).stroke_width(2));
                chart.draw_series(line.point_size(dots))?;
            }
            area.present()?;
        }
        Ok(svg)
    }
}

/// Upright bars, side by side for each name below the axis.
///
/// ```
/// let figure = gradlens::report::Bars::new("label", "F1", ["cat", "dog"]).bars("sigmoid", [0.9, 0.8])
///     .figure("F1 by label.", "Sigmoid head.");
/// assert!(figure.html().contains("<svg"));
/// ```
#[derive(Debug, Clone)]
pub struct Bars {
    x: String,
    y: String,
    names: Vec<String>,
    bars: Vec<(String, Vec<f64>)>,
}

impl Bars {
    /// Axes with these titles, and what stands below the bars.
    pub fn new<N: Into<String>>(x: &str, y: &str, names: impl IntoIterator<Item = N>) -> Self {
        Bars { x: x.into(), y: y.into(), names: names.into_iter().map(Into::into).collect(), bars: vec![] }
    }

    /// A bar more at every name, from 0; what is not finite is left out.
    pub fn bars(mut self, name: impl Into<String>, heights: impl IntoIterator<Item = f64>) -> Self {
        let height = |height: f64| if height.is_finite() { placed(height) } else { f64::NAN };
        self.bars.push((name.into(), heights.into_iter().map(height).collect()));
        self
    }

    /// The picture.
    pub fn figure(&self, title: impl Into<String>, caption: impl Into<String>) -> Figure {
        let key = self.bars.iter().map(|(name, _)| name.clone()).collect();
        Figure::of(title, caption, key, self.draw())
    }

    fn draw(&self) -> Drawn {
        let heights = self.bars.iter().flat_map(|(_, heights)| heights).filter(|h| h.is_finite());
        let ends =
            heights.fold([0.0, 0.0], |[low, top]: [f64; 2], &height| [low.min(height), top.max(height)]);
        let [low, top] = ends.map(|end| 1.08 * end);
        let ys = low..if top > low { top } else { 1.0 };
        let mut svg = String::new();
        {
            let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
            let mut chart = ChartBuilder::on(&area)
                .margin(6)
                .margin_right(14)
                .x_label_area_size(38)
                .y_label_area_size(56)
                .build_cartesian_2d(Columns(0.0..self.names.len() as f64), ys)?;
            chart
                .configure_mesh()
                .x_desc(self.x.as_str())
                .y_desc(self.y.as_str())
                .x_labels(12)
                .y_labels(6)
                .x_label_formatter(&|x| self.names.get(*x as usize).cloned().unwrap_or_default())
                .y_label_formatter(&|y| tidy(*y))
                .label_style(FONT)
                .axis_desc_style(FONT)
                .disable_x_mesh()
                .light_line_style(TRANSPARENT)
                .bold_line_style(BLACK.mix(0.12))
                .draw()?;
            let width = 0.84 / self.bars.len().max(1) as f64;
            for (index, (_, heights)) in self.bars.iter().enumerate() {
                let left = |place: usize| place as f64 + 0.08 + width * index as f64;
                let known = heights.iter().enumerate().filter(|(_, height)| height.is_finite());
                let bar = |(place, &height): (usize, &f64)| {
                    let corners = [(left(place), 0.0), (left(place) + width, height)];
                    Rectangle::new(corners, colour(index).filled())
                };
                chart.draw_series(known.map(bar))?;
            }
            area.present()?;
        }
        Ok(svg)
    }
}

/// The length of an axis, beside which rounding errors are nothing.
struct Span(f64);

impl Span {
    fn of(range: &Range<f64>) -> Self {
        Span(range.end - range.start)
    }

    fn round_off(&self, value: f64) -> f64 {
        if value.abs() < 1e-9 * self.0 { 0.0 } else { value }
    }
}

/// The label at log2 = x: none between whole powers.
fn power_of_two(x: f64) -> String {
    if (x - x.round()).abs() < 1e-6 { format!("{:.0}", x.exp2()) } else { String::new() }
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

/// A grid of shades, a column for each number below the axis.
#[derive(Debug, Clone)]
pub struct Heat {
    x: String,
    y: String,
    columns: Vec<f64>,
}

/// Column labels at whole numbers.
struct Columns(Range<f64>);

impl Ranged for Columns {
    type FormatOption = plotters::coord::ranged1d::NoDefaultFormatting;
    type ValueType = f64;
    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let share = (value - self.0.start) / (self.0.end - self.0.start);
        limit.0.saturating_add((share * f64::from(limit.1 - limit.0)).round() as i32)
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
    /// Axes with these titles, and what stands below the columns.
    pub fn new(x: &str, y: &str, columns: Vec<f64>) -> Self {
        Heat { x: x.into(), y: y.into(), columns }
    }

    /// Shares from 0 to 1, a row for each layer, the first at the bottom.
    pub fn shares(
        &self,
        rows: &[Vec<f64>],
        names: &[usize],
        title: impl Into<String>,
        caption: impl Into<String>,
    ) -> Figure {
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
        Figure::of(
            title,
            caption,
            vec![],
            self.draw(0.5..rows.len() as f64 + 0.5, cells, |row| {
                names.get((row - 1.0).round() as usize).map_or(String::new(), usize::to_string)
            }),
        )
    }

    /// Histograms, a column each, shaded by the root of the share so that rare values show.
    pub fn distributions(
        &self,
        of: &[&Distribution],
        title: impl Into<String>,
        caption: impl Into<String>,
    ) -> Figure {
        let ends = of.iter().flat_map(|d| [d.min, d.max]).filter(|v| v.is_finite());
        let range = around(ends.map(placed), 0.02);
        let mut cells = vec![];
        for (column, distribution) in of.iter().enumerate() {
            let most = distribution.histogram.iter().copied().max().unwrap_or(0).max(1) as f64;
            let bins = distribution.histogram.len() as f64;
            let [least, greatest] = [distribution.min, distribution.max].map(placed);
            let width = (greatest - least) / bins;
            for (bin, &count) in distribution.histogram.iter().enumerate().filter(|(_, count)| **count > 0) {
                let low = least + width * bin as f64;
                // A distribution without spread is a line.
                let high = if width > 0.0 { low + width } else { low + 0.01 * (range.end - range.start) };
                cells.push((column, low, high, (count as f64 / most).sqrt()));
            }
        }
        Figure::of(
            title,
            caption,
            vec![],
            self.draw(range.clone(), cells, |y| tidy(Span::of(&range).round_off(y))),
        )
    }

    fn draw(
        &self,
        ys: Range<f64>,
        cells: Vec<(usize, f64, f64, f64)>,
        label: impl Fn(f64) -> String,
    ) -> Drawn {
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
            let step =
                |x: &f64| self.columns.get(*x as usize).map_or(String::new(), |step| format!("{step:.0}"));
            chart
                .configure_mesh()
                .x_desc(self.x.as_str())
                .y_desc(self.y.as_str())
                .x_labels(6)
                .y_labels(6)
                .x_label_formatter(&step)
                .y_label_formatter(&|y| label(*y))
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

/// A small grey image.
///
/// ```
/// let figure = gradlens::report::image(2, &[0.0, 1.0, 0.5, 0.0], "A cross.", "Two of four pixels.");
/// assert!(figure.html().contains("<svg"));
/// ```
///
/// `pixels` are row by row, from 0 (paper) to 1 (ink).
pub fn image(width: usize, pixels: &[f64], title: impl Into<String>, caption: impl Into<String>) -> Figure {
    Figure::of(title, caption, vec![], draw_image(width.max(1), pixels))
}

fn draw_image(width: usize, pixels: &[f64]) -> Drawn {
    const PIXEL: i32 = 4;
    let side = |count: usize| u32::try_from(count).map(|count| count * PIXEL as u32);
    let mut svg = String::new();
    {
        let size = (side(width)?, side(pixels.len().div_ceil(width))?);
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        area.fill(&WHITE)?;
        for (index, &ink) in pixels.iter().enumerate().filter(|(_, ink)| **ink > 0.04) {
            let (x, y) = ((index % width) as i32 * PIXEL, (index / width) as i32 * PIXEL);
            let grey = (255.0 * (1.0 - ink.clamp(0.0, 1.0))).round() as u8;
            area.draw(&Rectangle::new(
                [(x, y), (x + PIXEL, y + PIXEL)],
                RGBColor(grey, grey, grey).filled(),
            ))?;
        }
        area.present()?;
    }
    Ok(svg)
}
