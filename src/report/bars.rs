//! Upright bars.

use crate::report::axis::{Axis, placed, tidy};
use crate::report::colours::colour;
use crate::report::figure::{Entry, Figure, Mark, Marks};
use crate::report::plot::{Plot, SIZE, shortened};
use crate::report::svg::{Anchor, LETTER};

/// The letters of a name that are shown at least, whether there is room for them or not.
const FEWEST: usize = 8;

/// Upright bars, side by side for each name below the axis, with their heights on them where there is room.
///
/// ```
/// let figure = gradlens::report::Bars::new("label", "F1", ["cat", "dog"]).bars("sigmoid", [0.9, 0.8])
///     .figure("F1 by label.", "Sigmoid head.");
/// assert!(figure.html().contains("<svg"));
/// ```
#[derive(Debug, Clone)]
pub struct Bars {
    titles: [String; 2],
    names: Vec<String>,
    bars: Vec<(String, Vec<f64>)>,
}

impl Bars {
    /// Axes with these titles, and what stands below the bars.
    pub fn new<N: Into<String>>(x: &str, y: &str, names: impl IntoIterator<Item = N>) -> Self {
        let names = names.into_iter().map(Into::into).collect();
        Bars { titles: [x, y].map(String::from), names, bars: vec![] }
    }

    /// A bar more at every name, from 0; what is not finite is left out.
    pub fn bars(mut self, name: impl Into<String>, heights: impl IntoIterator<Item = f64>) -> Self {
        let height = |height: f64| if height.is_finite() { placed(height) } else { f64::NAN };
        self.bars.push((name.into(), heights.into_iter().map(height).collect()));
        self
    }

    /// The picture.
    pub fn figure(&self, title: impl Into<String>, caption: impl Into<String>) -> Figure {
        let heights = self.bars.iter().flat_map(|(_, heights)| heights).filter(|h| h.is_finite());
        let ends =
            heights.fold([0.0, 0.0], |[low, top]: [f64; 2], &height| [low.min(height), top.max(height)]);
        // Room for the heights that stand on the bars.
        let [low, top] = ends.map(|end| 1.1 * end);
        let y = Axis::between(low, if top > low { top } else { 1.0 });
        let count = self.names.len().max(1) as f64;
        let room = ((SIZE.0 - 80.0) / count / LETTER) as usize;
        let name = |name: &String| shortened(name.clone(), room.max(FEWEST));
        let below: Vec<(f64, String)> = self
            .names
            .iter()
            .enumerate()
            .map(|(place, of)| ((place as f64 + 0.5) / count, name(of)))
            .collect();
        let mut plot = Plot::new([&self.titles[0], &self.titles[1]], &below, &y.ticks());
        let width = 0.84 / self.bars.len().max(1) as f64;
        let columns = plot.area[2] / count * width;
        // All heights are written, or none.
        let written = self.bars.iter().flat_map(|(_, heights)| heights).filter(|height| height.is_finite());
        let longest = written.map(|&height| tidy(height).chars().count()).max().unwrap_or(0);
        let are_written = LETTER * longest as f64 <= columns + 4.0;
        let zero = plot.y(y.share(0.0).unwrap_or(0.0));
        let (mut key, mut series) = (vec![], vec![]);
        for (index, (name, heights)) in self.bars.iter().enumerate() {
            let mut marks = vec![];
            for (place, (below, &height)) in self.names.iter().zip(heights).enumerate() {
                let Some(share) = y.share(height).filter(|_| height.is_finite()) else { continue };
                let left = plot.x((place as f64 + 0.08 + width * index as f64) / count);
                let right = plot.x((place as f64 + 0.08 + width * (index + 1) as f64) / count);
                let (end, middle) = (plot.y(share), (left + right) / 2.0);
                let fill = format!("fill=\"{}\"", colour(index));
                plot.svg.rect([left, end.min(zero), (right - left) * 0.96, (zero - end).abs()], &fill);
                if are_written {
                    let above = if height < 0.0 { end + 9.0 } else { end - 9.0 };
                    plot.svg.text([middle, above], Anchor::Middle, &tidy(height));
                }
                marks.push(Mark { x: below.as_str().into(), y: height, at: [middle, end] });
            }
            key.push(Entry { name: name.clone(), colour: index });
            series.push((name.clone(), marks));
        }
        let figure = Figure::new(title, caption, plot.svg.finish());
        figure.key(key).marks(Marks { axes: self.titles.clone(), series })
    }
}
