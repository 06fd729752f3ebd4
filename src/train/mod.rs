//! Training: a run of steps over a data set, what changes the weights, and who watches.
//!
//! A [`Trainer`] holds the settings. [`Trainer::fit`] trains from beginning to end; [`Trainer::start`] gives
//! a [`Run`] to step by hand. An [`Optimizer`] turns gradients into steps, a [`Schedule`] changes its rate
//! over the run, an [`Observer`] watches.

mod clock;
mod diverged;
pub(crate) mod evaluation;
mod not_finite;
pub(crate) mod observers;
pub(crate) mod optimisers;
pub(crate) mod optimizer;
#[cfg(feature = "progress")]
mod progress;
pub(crate) mod record;
mod run;
mod schedule;
pub(crate) mod schedules;
mod state;
mod temperature;
mod trainer;
mod update;

pub use evaluation::{Evaluation, evaluate};
pub use observers::{At, Event, Observer, every, watch, watch_gradients};
pub use optimisers::*;
pub use optimizer::{Optimizer, Step};
#[cfg(feature = "progress")]
pub use progress::{Below, Progress};
pub use record::{EpochRecord, Report, StepRecord, Stopped};
pub use run::Run;
pub use schedule::Schedule;
pub use schedules::*;
pub use state::RunState;
pub use temperature::temperature;
pub use trainer::Trainer;
