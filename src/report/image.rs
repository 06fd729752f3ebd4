//! Small images.

use crate::report::figure::Figure;
use crate::report::svg::Svg;
use std::collections::BTreeMap;

/// Side of a pixel.
const PIXEL: usize = 4;
/// Different greys.
const GREYS: usize = 16;
/// Different strengths of a colour, beside none of it.
const STRENGTHS: usize = 5;

/// A small grey image.
///
/// ```
/// let figure = gradlens::report::image(2, &[0.0, 1.0, 0.5, 0.0], "A cross.", "Two of four pixels.");
/// assert!(figure.html().contains("<svg"));
/// ```
///
/// `pixels` are row by row, from 0 (paper) to 1 (ink).
pub fn image(width: usize, pixels: &[f64], title: impl Into<String>, caption: impl Into<String>) -> Figure {
    let levels: Vec<usize> = pixels.iter().map(|&ink| level(ink, GREYS)).collect();
    let fill = |grey: usize| match grey {
        0 => None,
        _ => Some(format!("fill=\"black\" fill-opacity=\"{:.2}\"", grey as f64 / GREYS as f64)),
    };
    Figure::new(title, caption, drawn(width, &levels, fill))
}

/// A small image in colours.
///
/// ```
/// let [red, blue] = [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]];
/// let figure = gradlens::report::colour_image(2, &[red, blue, blue, red], "A chequer.", "Four pixels.");
/// assert!(figure.html().contains("#f00") && figure.html().contains("#00f"));
/// ```
///
/// `pixels` are row by row: the strengths of red, green and blue, from 0 to 1.
pub fn colour_image(
    width: usize,
    pixels: &[[f64; 3]],
    title: impl Into<String>,
    caption: impl Into<String>,
) -> Figure {
    let colours: Vec<[usize; 3]> =
        pixels.iter().map(|pixel| pixel.map(|strength| level(strength, STRENGTHS))).collect();
    let fill = |colour: [usize; 3]| {
        let [red, green, blue] = colour.map(|strength| strength * 15 / STRENGTHS);
        Some(format!("fill=\"#{red:x}{green:x}{blue:x}\""))
    };
    Figure::new(title, caption, drawn(width, &colours, fill))
}

/// Which of so many steps from 0 to 1 a number is next to.
fn level(number: f64, steps: usize) -> usize {
    (number.clamp(0.0, 1.0) * steps as f64).round() as usize
}

/// Pixels row by row on white, neighbours alike as one; `fill` is how a pixel looks, where it is drawn.
fn drawn<P: Copy + Ord>(width: usize, pixels: &[P], fill: impl Fn(P) -> Option<String>) -> String {
    let width = width.max(1);
    let mut paths: BTreeMap<P, String> = BTreeMap::new();
    for (y, row) in pixels.chunks(width).enumerate() {
        let mut x = 0;
        for alike in row.chunk_by(PartialEq::eq) {
            let (left, top, side) = (x * PIXEL, y * PIXEL, alike.len() * PIXEL);
            *paths.entry(alike[0]).or_default() += &format!("M{left} {top}h{side}v{PIXEL}h-{side}z");
            x += alike.len();
        }
    }
    let size = [width, pixels.len().div_ceil(width)].map(|side| (PIXEL * side) as f64);
    let mut svg = Svg::new(size[0], size[1]);
    svg.rect([0.0, 0.0, size[0], size[1]], "fill=\"white\"");
    for (pixel, path) in paths {
        if let Some(fill) = fill(pixel) {
            svg.path(&path, &fill);
        }
    }
    svg.finish()
}
