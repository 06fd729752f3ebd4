//! Loom's doubles of what `threads.rs` is built from, and a few of our own where loom has none.

pub use loom::cell::Cell;
pub use loom::sync::{Arc, Mutex};

/// Does nothing, as it comes between a few looks only. Loom's own would yield, and after a yield
/// loom lets no load return an old value once more: a lost wakeup would stay hidden.
pub fn spin_loop() {}

pub mod thread {
    pub use loom::thread::{Builder, JoinHandle, current, yield_now};
    use std::{cell::Cell, io, num::NonZeroUsize};

    thread_local! {
        // A whole model, with all its threads, runs on one thread of the system.
        static PARKED: Cell<usize> = const { Cell::new(0) };
    }

    pub fn park() {
        PARKED.set(PARKED.get() + 1);
        loom::thread::park();
    }

    /// How often a thread of this model went to sleep.
    pub fn parked() -> usize {
        PARKED.get()
    }

    /// One, so that a worker looks once before it goes to sleep: every path in few steps.
    pub fn available_parallelism() -> io::Result<NonZeroUsize> {
        Ok(NonZeroUsize::MIN)
    }
}

/// Of the rules for `SeqCst`, loom knows the one that the threads rely on: a `SeqCst` load returns the
/// newest value that was stored with `SeqCst` or a later one. But it lets such a load return older
/// values that were not stored with `SeqCst`, as the first value of an atomic is not: so store it again.
macro_rules! atomic {
    ($name:ident, $value:ty) => {
        pub struct $name(loom::sync::atomic::$name);

        impl $name {
            #[track_caller]
            pub fn new(value: $value) -> Self {
                let atomic = loom::sync::atomic::$name::new(value);
                atomic.store(value, std::sync::atomic::Ordering::SeqCst);
                Self(atomic)
            }
        }

        impl std::ops::Deref for $name {
            type Target = loom::sync::atomic::$name;
            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }
    };
}
atomic!(AtomicBool, bool);
atomic!(AtomicUsize, usize);

/// Stricter than the real one: loom reports two threads that meet here.
pub struct OnceLock<T>(loom::cell::UnsafeCell<Option<Box<T>>>);

impl<T> OnceLock<T> {
    #[allow(clippy::new_without_default)]
    #[track_caller]
    pub fn new() -> Self {
        Self(loom::cell::UnsafeCell::new(None))
    }

    #[track_caller]
    pub fn get_or_init(&self, init: impl FnOnce() -> T) -> &T {
        // SAFETY: loom sees to it that nobody writes meanwhile, and what is once set stays.
        if self.0.with(|value| unsafe { (*value).is_none() }) {
            let value = Box::new(init());
            // SAFETY: loom sees to it that nobody else looks meanwhile.
            self.0.with_mut(|slot| unsafe { *slot = Some(value) });
        }
        // SAFETY: as above.
        self.0.with(|value| unsafe { (*value).as_deref() }).unwrap()
    }
}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for OnceLock<T> {}
