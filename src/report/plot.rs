//! The frame that pictures have in common: two axes with titles, and the place between them.

use crate::report::svg::{Anchor, FONT, LETTER, Svg};

/// Small enough for a phone to show it at its own size.
pub(super) const SIZE: (f64, f64) = (420.0, 290.0);
/// What a column has room for below it, from one name to the next.
const APART: f64 = 12.0;

/// What stands beside an axis: a share of it, and words.
pub(super) type Ticks = Vec<(f64, String)>;

/// A name of so many letters at most.
pub(super) fn shortened(name: String, most: usize) -> String {
    match name.chars().count() > most {
        true => name.chars().take(most - 1).chain(['…']).collect(),
        false => name,
    }
}

/// The longest title of an axis that is shown whole.
const TITLE: usize = 34;

/// A picture with its axes drawn.
pub(super) struct Plot {
    pub svg: Svg,
    /// Left, top, width and height of the place between the axes.
    pub area: [f64; 4],
}

impl Plot {
    /// Axes with these titles and what stands beside them.
    pub fn new([x_title, y_title]: [&str; 2], x: &Ticks, y: &Ticks) -> Self {
        let letters = |(_, words): &(f64, String)| words.chars().count();
        let longest = y.iter().map(letters).max().unwrap_or(0) as f64;
        let left = (2.2 * FONT + LETTER * longest).max(46.0);
        let (top, bottom, right) = (10.0, 3.2 * FONT, 16.0);
        let area @ [_, _, width, height] = [left, top, SIZE.0 - left - right, SIZE.1 - top - bottom];
        let mut plot = Plot { svg: Svg::new(SIZE.0, SIZE.1), area };
        for (share, words) in y {
            let at = plot.y(*share);
            plot.svg.line([left, at], [left + width, at], 0.14);
            plot.svg.text([left - 6.0, at], Anchor::End, words);
        }
        let mut free = f64::NEG_INFINITY;
        for (share, words) in x {
            let (at, half) = (plot.x(*share), LETTER * words.chars().count() as f64 / 2.0);
            plot.svg.line([at, top + height], [at, top + height + 4.0], 0.5);
            if at - half > free {
                plot.svg.text([at, top + height + 4.0 + 0.7 * FONT], Anchor::Middle, words);
                free = at + half + APART;
            }
        }
        plot.svg.line([left, top + height], [left + width, top + height], 0.5);
        plot.svg.text(
            [left + width / 2.0, SIZE.1 - 0.65 * FONT],
            Anchor::Middle,
            &shortened(x_title.into(), TITLE),
        );
        plot.svg.turned([0.7 * FONT, top + height / 2.0], Anchor::Middle, &shortened(y_title.into(), TITLE));
        plot
    }

    /// Where a share of the horizontal axis lies.
    pub fn x(&self, share: f64) -> f64 {
        self.area[0] + share * self.area[2]
    }

    /// Where a share of the vertical axis lies.
    pub fn y(&self, share: f64) -> f64 {
        self.area[1] + (1.0 - share) * self.area[3]
    }
}
