//! What [`threads`](super::threads) is built from: the standard library as it is. A module of its
//! own, so that `kernel/loom` can put loom's doubles in its place.

pub(super) use std::cell::Cell;
pub(super) use std::hint::spin_loop;
pub(super) use std::sync::atomic::{AtomicBool, AtomicUsize};
pub(super) use std::sync::{Arc, Mutex, OnceLock};
pub(super) use std::thread;
