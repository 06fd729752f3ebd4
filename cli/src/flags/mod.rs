//! Flags that several commands understand.

pub mod files;
mod hidden;
mod network;
pub mod numbers;
mod optimizer;
mod training;

pub use network::NetworkFlags;
pub use optimizer::{OptimizerName, Settings};
pub use training::TrainingFlags;

/// "a, b or c", for help texts.
fn one_of(forms: &[&str]) -> String {
    match forms {
        [others @ .., last] if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => forms.concat(),
    }
}
