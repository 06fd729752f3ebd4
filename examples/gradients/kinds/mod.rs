//! The kinds of the zoo: what is wrong with each, or that nothing is.

mod held_back;
mod known;

pub use held_back::held_back;
pub use known::known;
