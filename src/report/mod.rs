//! Pages that need nothing else: one HTML file, opened from disk, without network or script,
//! legible on a phone, in dark and in light.

mod diagnosis;
mod escape;
mod figure;
mod heat_map;
mod page;

pub use diagnosis::page;
pub use figure::{Bars, Figure, Heat, Lines, image};
pub use heat_map::{HeatMap, Scale};
pub use page::{Page, Tone};
