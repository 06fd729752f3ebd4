//! Why a run has no result.

use gradlens::Error;

/// Why a run has no result.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Of the run itself: again it would be the same.
    Run(String),
    /// Of what is around it, memory and files: again it may be another.
    Around(String),
    /// Of its samples, which are others than those of the runs before it: the sweep stops.
    Samples(String),
}

impl Fault {
    pub fn of(error: &anyhow::Error) -> Self {
        match error.downcast_ref() {
            Some(Error::Io { .. } | Error::Memory { .. }) => Fault::Around(format!("{error:#}")),
            _ => Fault::Run(format!("{error:#}")),
        }
    }

    pub fn text(&self) -> &str {
        match self {
            Fault::Run(text) | Fault::Around(text) | Fault::Samples(text) => text,
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Fault::of(&error.into())
    }
}
