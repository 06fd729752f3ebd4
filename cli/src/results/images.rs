//! Inputs as small images.

use gradlens::report::{Figure, Page, colour_image, image};
use ndarray::ArrayView1;

/// Pixels that are drawn, at most: a page of larger images would be slow.
const DRAWN: usize = 32 * 32;

/// How inputs are laid out as an image: row by row, and the numbers of a pixel beside one another.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    height: usize,
    width: usize,
    channels: usize,
}

impl Layout {
    /// So many inputs as rows, columns and numbers a pixel. `None` where they are not so many, and for what is no picture.
    pub fn of([height, width, channels]: [usize; 3], inputs: usize) -> Option<Self> {
        let is_picture = height > 1 && width > 1 && (channels == 1 || channels >= 3);
        let fits = height.checked_mul(width).and_then(|pixels| pixels.checked_mul(channels)) == Some(inputs);
        (is_picture && fits).then_some(Layout { height, width, channels })
    }

    /// A grey square, where so many inputs can be one.
    pub fn square(inputs: usize) -> Option<Self> {
        Self::of([inputs.isqrt(), inputs.isqrt(), 1], inputs)
    }

    /// Pixels, to the right and down, that are drawn as one.
    fn step(self) -> usize {
        let drawn = |step: &usize| self.height.div_ceil(*step) * self.width.div_ceil(*step);
        (1..).find(|step| drawn(step) <= DRAWN).unwrap_or(1)
    }

    /// The inputs as an image, the least of them as 0 and the greatest as 1: paper and ink, or the strength of a colour. (Of more
    /// than three numbers a pixel the first three are its colour.)
    fn draw(self, inputs: ArrayView1<f32>, title: String, caption: String) -> Figure {
        let least = inputs.iter().copied().fold(f32::INFINITY, f32::min);
        let span = inputs.iter().copied().fold(f32::NEG_INFINITY, f32::max) - least;
        let (step, Layout { height, width, channels }) = (self.step(), self);
        let mean = |top: usize, left: usize, channel: usize| {
            let rows = top..(top + step).min(height);
            let inside =
                rows.flat_map(|y| (left..(left + step).min(width)).map(move |x| (y * width + x) * channels));
            let (sum, count) =
                inside.fold((0.0, 0), |(sum, count), pixel| (sum + inputs[pixel + channel], count + 1));
            f64::from((sum / count as f32 - least) / span.max(f32::MIN_POSITIVE))
        };
        let places = || (0..height).step_by(step).flat_map(|y| (0..width).step_by(step).map(move |x| (y, x)));
        match channels {
            1 => {
                let ink: Vec<f64> = places().map(|(y, x)| mean(y, x, 0)).collect();
                image(width.div_ceil(step), &ink, title, caption)
            }
            _ => {
                let colours: Vec<[f64; 3]> =
                    places().map(|(y, x)| [0, 1, 2].map(|channel| mean(y, x, channel))).collect();
                colour_image(width.div_ceil(step), &colours, title, caption)
            }
        }
    }

    /// Shows images on a page, each the inputs, what it is and what is said of it.
    pub fn show<'a>(
        self,
        page: &mut Page,
        images: impl IntoIterator<Item = (ArrayView1<'a, f32>, String, String)>,
    ) {
        if self.step() > 1 {
            page.paragraph(&format!(
                "Of images of {} x {} pixels {} x {} are drawn as one.",
                self.width,
                self.height,
                self.step(),
                self.step()
            ));
        }
        let figures = images.into_iter().map(|(inputs, title, caption)| self.draw(inputs, title, caption));
        page.thumbnails(&figures.collect::<Vec<_>>());
    }
}
