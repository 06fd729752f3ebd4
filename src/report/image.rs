//! Small grey images.

use crate::report::figure::Figure;
use crate::report::svg::Svg;

/// Side of a pixel.
const PIXEL: f64 = 4.0;
/// Different greys.
const GREYS: usize = 16;

/// A small grey image.
///
/// ```
/// let figure = gradlens::report::image(2, &[0.0, 1.0, 0.5, 0.0], "A cross.", "Two of four pixels.");
/// assert!(figure.html().contains("<svg"));
/// ```
///
/// `pixels` are row by row, from 0 (paper) to 1 (ink).
pub fn image(width: usize, pixels: &[f64], title: impl Into<String>, caption: impl Into<String>) -> Figure {
    let width = width.max(1);
    let height = pixels.len().div_ceil(width);
    let mut svg = Svg::new(PIXEL * width as f64, PIXEL * height as f64);
    svg.rect([0.0, 0.0, PIXEL * width as f64, PIXEL * height as f64], "fill=\"white\"");
    let level = |ink: f64| (ink.clamp(0.0, 1.0) * GREYS as f64).round() as usize;
    for grey in 1..=GREYS {
        let mut path = String::new();
        for (index, _) in pixels.iter().enumerate().filter(|(_, ink)| level(**ink) == grey) {
            path += &format!("M{} {}h4v4h-4z", index % width * 4, index / width * 4);
        }
        if !path.is_empty() {
            svg.path(&path, &format!("fill=\"black\" fill-opacity=\"{:.2}\"", grey as f64 / GREYS as f64));
        }
    }
    Figure::new(title, caption, svg.finish())
}
