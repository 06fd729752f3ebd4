//! The colours of lines and bars.

/// Colours that a reader without red or green tells apart, on white and on black (after Okabe and Ito, 2008, the yellow and
/// the light blue darker).
const COLOURS: [(u8, u8, u8); 8] = [
    (0, 114, 178),
    (213, 94, 0),
    (0, 158, 115),
    (190, 100, 155),
    (150, 125, 0),
    (70, 150, 200),
    (120, 90, 200),
    (128, 128, 128),
];

/// The colour of a line or bar. Beyond the eighth they come again, and [`dashes`] tells lines apart.
pub(super) fn colour(index: usize) -> String {
    let (r, g, b) = COLOURS[index % COLOURS.len()];
    format!("rgb({r},{g},{b})")
}

/// How a line is broken, as an attribute.
pub(super) fn dashes(index: usize) -> &'static str {
    match index / COLOURS.len() {
        0 => "",
        1 => " stroke-dasharray=\"7 4\"",
        _ => " stroke-dasharray=\"2 3\"",
    }
}
