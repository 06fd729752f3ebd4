//! SVG, written piece by piece.

use crate::report::escape::escape;
use std::fmt::Write;

/// How large text is: 12 pixels at least on a phone.
pub(super) const FONT: f64 = 15.0;
/// About how wide a letter of that size is.
pub(super) const LETTER: f64 = 7.9;

/// A picture under construction. Text and what is drawn with [`INK`] have the colour of the page's text.
pub(super) struct Svg {
    out: String,
}

/// The colour of the text around the picture.
pub(super) const INK: &str = "currentColor";

/// Where a text begins, ends or has its middle.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A coordinate, to a hundredth of a pixel.
pub(super) fn pixels(value: f64) -> String {
    let text = format!("{value:.2}");
    match text.trim_end_matches('0').trim_end_matches('.') {
        "" | "-0" => "0".into(),
        text => text.into(),
    }
}

impl Svg {
    pub fn new(width: f64, height: f64) -> Self {
        let (width, height) = (pixels(width), pixels(height));
        Svg {
            out: format!(
                "<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" xmlns=\"http://www.w3.org/2000/svg\">\n"
            ),
        }
    }

    /// Anything, as it is.
    pub fn raw(&mut self, markup: &str) {
        self.out += markup;
    }

    /// A rectangle with these attributes.
    pub fn rect(&mut self, [x, y, width, height]: [f64; 4], attributes: &str) {
        let [x, y, width, height] = [x, y, width, height].map(pixels);
        let _ = writeln!(
            self.out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" {attributes}/>"
        );
    }

    /// A straight line in the colour of the text, this strong.
    pub fn line(&mut self, [x1, y1]: [f64; 2], [x2, y2]: [f64; 2], strength: f64) {
        let [x1, y1, x2, y2] = [x1, y1, x2, y2].map(pixels);
        let _ = writeln!(
            self.out,
            "<path d=\"M{x1} {y1}L{x2} {y2}\" stroke=\"{INK}\" stroke-opacity=\"{strength}\" fill=\"none\"/>"
        );
    }

    /// A path with these attributes.
    pub fn path(&mut self, path: &str, attributes: &str) {
        let _ = writeln!(self.out, "<path d=\"{path}\" {attributes}/>");
    }

    /// Text, its middle at this height.
    pub fn text(&mut self, [x, y]: [f64; 2], anchor: Anchor, text: &str) {
        self.styled([x, y], anchor, text, "");
    }

    /// Text that is read from below.
    pub fn turned(&mut self, [x, y]: [f64; 2], anchor: Anchor, text: &str) {
        let turn = format!(" transform=\"rotate(-90 {} {})\"", pixels(x), pixels(y));
        self.styled([x, y], anchor, text, &turn);
    }

    fn styled(&mut self, [x, y]: [f64; 2], anchor: Anchor, text: &str, more: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let _ = writeln!(
            self.out,
            "<text x=\"{}\" y=\"{}\" dy=\".35em\" text-anchor=\"{anchor}\" font-family=\"sans-serif\" font-size=\"{FONT}\" fill=\"{INK}\"{more}>{}</text>",
            pixels(x),
            pixels(y),
            escape(text)
        );
    }

    pub fn finish(self) -> String {
        self.out + "</svg>\n"
    }
}
