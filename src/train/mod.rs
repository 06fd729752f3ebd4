//! Training: a run of steps over a data set, what changes the weights, and who watches.

pub(crate) mod evaluation;
pub(crate) mod not_finite;
pub(crate) mod observers;
pub(crate) mod optimisers;
pub(crate) mod progress;
pub(crate) mod schedules;
pub(crate) mod temperature;
pub(crate) mod trainer;

pub use evaluation::{Evaluation, evaluate};
pub use observers::{At, Event, Observer, every, watch};
pub use optimisers::{Adam, AdamW, Optimizer, RmsProp, Sgd, Step};
pub use progress::Progress;
pub use schedules::Schedule;
pub use temperature::temperature;
pub use trainer::{EpochRecord, Report, Stopped, Trainer};
