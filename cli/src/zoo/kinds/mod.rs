//! The kinds of the zoo: what is wrong with each, or that nothing is.

mod healthy;
mod held_back;
mod held_back_later;
mod normalised;
mod once_held_back;
mod sick;
mod whole;

use super::network::Kind;

/// The kinds that rules and thresholds were set on.
pub fn known() -> Vec<Kind> {
    [sick::kinds(), healthy::kinds(), once_held_back::kinds(), whole::known(), normalised::known()].concat()
}

/// The kinds held back.
pub fn held_back() -> Vec<Kind> {
    [held_back::kinds(), held_back_later::kinds(), whole::held_back(), normalised::held_back()].concat()
}
