//! Pages that need nothing else: one HTML file, opened from disk, without network, legible without scripts and on a phone, in
//! dark and in light.

mod axis;
mod bars;
mod colours;
mod diagnosis;
mod escape;
mod figure;
mod heat;
mod heat_map;
mod image;
mod lines;
mod page;
mod plot;
mod svg;

pub use bars::Bars;
pub use diagnosis::{compare, finding, page};
pub use figure::Figure;
pub use heat::Heat;
pub use heat_map::{HeatMap, Scale};
pub use image::{colour_image, image};
pub use lines::Lines;
pub use page::{Page, Tone};
