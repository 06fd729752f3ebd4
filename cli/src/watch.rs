//! `--watch`: the layers in a table below the bar, while the network trains.

use crate::output;
use gradlens::diagnostics::Diagnostics;
use gradlens::train::Below;
use gradlens::{Event, Observer};
use std::cell::Cell;
use std::time::{Duration, Instant};

/// Often enough for an eye, and seldom enough to cost next to nothing.
const PAUSE: Duration = Duration::from_millis(400);

/// Keeps the table.
pub struct Watch {
    seen: Diagnostics,
    below: Below,
}

impl Watch {
    /// Of what stands below a bar.
    pub fn new(below: Below) -> Self {
        Watch { seen: Diagnostics::new().keep(64), below }
    }

    /// The first step, and those that come long enough after the last one. Which these are differs from run to run; what is
    /// learned does not.
    pub fn steps() -> impl Fn(u64) -> bool {
        let last = Cell::new((0, None::<Instant>));
        move |step| {
            let (seen, when) = last.get();
            // A step is asked about several times.
            if step != seen && when.is_some_and(|when| when.elapsed() < PAUSE) {
                return false;
            }
            if step != seen {
                last.set((step, Some(Instant::now())));
            }
            true
        }
    }
}

impl Observer for Watch {
    fn observe(&mut self, event: &Event<'_>) {
        self.seen.observe(event);
        match (event, self.seen.snapshots().len().checked_sub(1)) {
            (Event::Step(_), Some(last)) => {
                self.below.set(&self.seen.table_within(last, output::columns().unwrap_or(80)));
            }
            (Event::End { .. } | Event::Failed { .. }, _) => self.below.set(""),
            _ => {}
        }
    }

    fn wants_gradients(&self) -> bool {
        true
    }
}
