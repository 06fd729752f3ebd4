//! What [`threads`](super::threads) is built from: the standard library as it is. A module of its
//! own, so that `kernel/loom` can put loom's doubles in its place.

pub(super) use std::cell::Cell;
pub(super) use std::hint::spin_loop;
pub(super) use std::sync::atomic::{AtomicBool, AtomicUsize};
pub(super) use std::sync::{Arc, Condvar, Mutex, OnceLock};
pub(super) use std::thread;
pub(super) use std::time::Instant;

/// Polls of a caller that waits, before it goes to sleep: about 80 microseconds, as long as it takes to sleep and
/// to wake up.
pub(super) const WAITING_SPINS: usize = 4000;
/// Polls of an idle worker that keeps its processor: about 20 microseconds, as long as a share of a small
/// network's work.
pub(super) const SPINS: usize = 1000;
/// Polls of an idle worker between which it offers its processor, before it goes to sleep. On an idle machine
/// they take some tenths of a millisecond.
pub(super) const YIELDS: usize = 1000;
