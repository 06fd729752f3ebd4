//! Lines over a common axis.

use crate::report::axis::{Axis, Kind};
use crate::report::colours::{colour, dashes};
use crate::report::figure::{Entry, Figure, Mark, Marks, rounded};
use crate::report::plot::{Plot, Ticks};
use crate::report::svg::pixels;
use serde_json::Value;

/// Lines over a common axis.
///
/// ```
/// let figure = gradlens::report::Lines::new("step", "loss").log_x().line("loss", [(1.0, 2.3), (2.0, 1.9)])
///     .figure("Loss.", "From 2.3 to 1.9.");
/// assert!(figure.html().contains("<svg"));
/// ```
#[derive(Debug, Clone)]
pub struct Lines {
    titles: [String; 2],
    kinds: [Kind; 2],
    /// What stands below the whole numbers from 0 on, where that is not they themselves.
    names: Vec<String>,
    lines: Vec<Line>,
    steps: bool,
}

#[derive(Debug, Clone)]
struct Line {
    name: String,
    points: Vec<(f64, f64)>,
    /// x, the lower and the upper end of what lies around the line.
    band: Vec<(f64, f64, f64)>,
    /// Whether it stands behind the others, as what is expected.
    behind: bool,
}

/// Points of a line that are drawn as dots too, at most.
const DOTS: usize = 40;
/// Lines that lie within this share of the axis of one another everywhere are seen as one.
const ONE: f64 = 0.002;

impl Lines {
    /// Axes with these titles.
    pub fn new(x: &str, y: &str) -> Self {
        let titles = [x, y].map(String::from);
        Lines { titles, kinds: [Kind::Linear; 2], names: vec![], lines: vec![], steps: false }
    }

    /// x as its logarithm: only what is above 0 has a place.
    pub fn log_x(mut self) -> Self {
        self.kinds[0] = Kind::Log;
        self
    }

    /// y as its logarithm.
    pub fn log_y(mut self) -> Self {
        self.kinds[1] = Kind::Log;
        self
    }

    /// Below the axis stand whole numbers alone, as layers have them.
    pub fn whole_x(mut self) -> Self {
        self.kinds[0] = Kind::Whole;
        self
    }

    /// Names below the axis, at 0, 1, 2 and so on.
    pub fn names<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        Lines { names: names.into_iter().map(Into::into).collect(), ..self }
    }

    /// The lines are one thing at several steps: shades of one colour, the last the fullest, and where there are scripts a
    /// slider goes from one to the next.
    pub fn steps(self) -> Self {
        Lines { steps: true, ..self }
    }

    /// One line more. Points that have no place are left out.
    pub fn line(mut self, name: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let points = points.into_iter().filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
        self.lines.push(Line { name: name.into(), points, band: vec![], behind: false });
        self
    }

    /// One line more that is dashed and thin, as what is expected of the one before, in its colour.
    pub fn expected(self, name: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let mut lines = self.line(name, points);
        if let Some(line) = lines.lines.last_mut() {
            line.behind = true;
        }
        lines
    }

    /// A band around the line that was added last: x, lower and upper end. Points that are not finite are left out.
    pub fn band(mut self, points: impl IntoIterator<Item = (f64, f64, f64)>) -> Self {
        if let Some(line) = self.lines.last_mut() {
            let finite = |(x, low, high): &(f64, f64, f64)| [x, low, high].iter().all(|v| v.is_finite());
            line.band = points.into_iter().filter(finite).collect();
        }
        self
    }

    /// The picture.
    pub fn figure(&self, title: impl Into<String>, caption: impl Into<String>) -> Figure {
        let ends =
            |line: &Line| line.band.clone().into_iter().flat_map(|(x, low, high)| [(x, low), (x, high)]);
        let all: Vec<(f64, f64)> =
            self.lines.iter().flat_map(|line| line.points.iter().copied().chain(ends(line))).collect();
        let x = match self.names.len() {
            0 => Axis::around(self.kinds[0], all.iter().map(|point| point.0), 0.03),
            count => Axis::between(-0.2, count as f64 - 0.8),
        };
        let y = Axis::around(self.kinds[1], all.iter().map(|point| point.1), 0.06);
        let below: Ticks = match self.names.len() {
            0 => x.ticks(),
            _ => {
                let tick = |(at, name): (usize, &String)| Some((x.share(at as f64)?, name.clone()));
                self.names.iter().enumerate().filter_map(tick).collect()
            }
        };
        let mut plot = Plot::new([&self.titles[0], &self.titles[1]], &below, &y.ticks());
        let (mut key, mut series, mut count) = (vec![], vec![], 0);
        let lines = merged(&self.lines, &y);
        for (place, line) in lines.iter().enumerate() {
            // What is expected of a line has its colour.
            count += usize::from(!line.behind || count == 0);
            let index = if self.steps { 0 } else { count - 1 };
            let at = |&(px, py): &(f64, f64)| Some([plot.x(x.share(px)?), plot.y(y.share(py)?)]);
            let marks: Vec<(f64, f64, [f64; 2])> =
                line.points.iter().filter_map(|point| Some((point.0, point.1, at(point)?))).collect();
            let opacity = match self.steps {
                true => 0.2 + 0.8 * (place + 1) as f64 / lines.len() as f64,
                false => 1.0,
            };
            let places: Vec<[f64; 2]> = marks.iter().map(|mark| mark.2).collect();
            let low = line.band.iter().filter_map(|&(x, low, _)| at(&(x, low)));
            let high = line.band.iter().rev().filter_map(|&(x, _, high)| at(&(x, high)));
            let around: Vec<[f64; 2]> = low.chain(high).collect();
            plot.svg.raw(&format!("<g class=\"line\" opacity=\"{}\">\n", pixels(opacity)));
            if around.len() > 2 {
                let fill = format!("fill=\"{}\" fill-opacity=\"0.16\"", colour(index));
                plot.svg.path(&format!("{}Z", path(&around)), &fill);
            }
            let look = match line.behind {
                true => " stroke-dasharray=\"5 4\" stroke-width=\"1.5\" stroke-opacity=\"0.75\"".to_string(),
                false => format!("{} stroke-width=\"2\"", dashes(index)),
            };
            let stroke =
                format!("fill=\"none\" stroke=\"{}\" stroke-linejoin=\"round\"{look}", colour(index));
            plot.svg.path(&path(&places), &stroke);
            if places.len() <= DOTS && !line.behind {
                // A line of no length with round ends is a dot.
                let dots: String =
                    places.iter().map(|[x, y]| format!("M{} {}h0", pixels(*x), pixels(*y))).collect();
                let round =
                    format!("stroke=\"{}\" stroke-width=\"6\" stroke-linecap=\"round\"", colour(index));
                plot.svg.path(&dots, &round);
            }
            plot.svg.raw("</g>\n");
            if !self.steps && !line.behind {
                key.push(Entry { name: line.name.clone(), colour: index });
            }
            let below = |x: f64| match self.names.get(x.round() as usize) {
                Some(name) => Value::from(name.as_str()),
                None => rounded(x),
            };
            let mark = |&(x, y, at): &(f64, f64, [f64; 2])| Mark { x: below(x), y, at };
            series.push((line.name.clone(), marks.iter().map(mark).collect()));
        }
        let figure = Figure::new(title, caption, plot.svg.finish());
        let figure = figure.key(key).marks(Marks { axes: self.titles.clone(), series });
        if self.steps && lines.len() > 1 { figure.steps() } else { figure }
    }
}

/// A path through these places.
fn path(places: &[[f64; 2]]) -> String {
    let mut path = String::new();
    for (place, [x, y]) in places.iter().enumerate() {
        path += &format!("{}{} {}", if place == 0 { "M" } else { "L" }, pixels(*x), pixels(*y));
    }
    path
}

/// The lines, but those that lie on one another are one, under the names of all.
fn merged(lines: &[Line], y: &Axis) -> Vec<Line> {
    let mut kept: Vec<(Line, Vec<&str>)> = vec![];
    for line in lines {
        let near = |(a, b): (&(f64, f64), &(f64, f64))| {
            let [here, there] = [a.1, b.1].map(|value| y.share(value));
            a.0 == b.0 && here.zip(there).map_or(here == there, |(a, b)| (a - b).abs() < ONE)
        };
        let same = |other: &&mut (Line, Vec<&str>)| {
            let points = &other.0.points;
            !line.points.is_empty()
                && other.0.behind == line.behind
                && points.len() == line.points.len()
                && points.iter().zip(&line.points).all(near)
        };
        match kept.iter_mut().find(same) {
            Some((_, names)) => names.push(&line.name),
            None => kept.push((line.clone(), vec![&line.name])),
        }
    }
    let named = |(line, names): (Line, Vec<&str>)| match names.split_last() {
        Some((last, before)) if !before.is_empty() => {
            let all = if before.len() == 1 { "both" } else { "all" };
            Line { name: format!("{} and {last} ({all} the same)", before.join(", ")), ..line }
        }
        _ => line,
    };
    kept.into_iter().map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn lines_that_lie_on_one_another_are_one_that_says_so() {
        let points = [(0.0, 1.0), (1.0, 2.0)];
        let lines =
            Lines::new("x", "y").line("a", points).line("b", points).line("c", [(0.0, 0.0), (1.0, 2.0)]);
        let html = lines.figure("t", "c").html();
        assert_eq!(html.matches("class=\"line\"").count(), 2);
        assert!(html.contains("a and b (both the same)"), "{html}");
    }

    #[test]
    fn what_has_no_place_is_left_out() {
        let lines = Lines::new("x", "y")
            .log_x()
            .log_y()
            .line("a", [(0.0, 1.0), (1.0, 0.0), (f64::NAN, 1.0), (2.0, 3.0)]);
        let html = lines.figure("t", "c").html();
        assert!(html.contains("[2.0,3.0,") && !html.contains("NaN"), "{html}");
    }
}
