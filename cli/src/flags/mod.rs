//! Flags that several commands understand.

pub mod config;
pub mod files;
mod kept;
pub mod numbers;
mod run;
mod save;
mod shown;

pub use config::{Base, ConfigFlags};
pub use kept::Kept;
pub use run::RunFlags;
pub use save::SaveFlags;
pub use shown::ShownFlags;

/// "a, b or c", for help texts.
fn one_of(forms: &[&str]) -> String {
    match forms {
        [others @ .., last] if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => forms.concat(),
    }
}
