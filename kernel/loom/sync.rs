//! Loom's doubles of what `threads.rs` is built from, and a few of our own where loom has none.

pub use loom::cell::Cell;
pub use loom::sync::{Arc, Mutex};
use std::sync::LockResult;
use std::time::Duration;

/// A thread that waits polls once before it goes to sleep: every path in few steps.
pub const WAITING_SPINS: usize = 1;
pub const SPINS: usize = 1;
pub const YIELDS: usize = 0;

/// Does nothing, as it comes between a few polls only. Loom's own would yield, and after a yield
/// loom lets no load return an old value once more: a lost wakeup would stay hidden.
pub fn spin_loop() {}

thread_local! {
    // A whole model, with all its threads, runs on one thread of the system.
    static SLEEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
    static TICK: std::cell::Cell<Duration> = const { std::cell::Cell::new(Duration::ZERO) };
    static WAIT: std::cell::Cell<Duration> = const { std::cell::Cell::new(Duration::ZERO) };
    static NOW: std::cell::Cell<Option<std::time::Instant>> = const { std::cell::Cell::new(None) };
}

/// How often a caller of this model went to sleep.
pub fn sleeps() -> usize {
    SLEEPS.get()
}

/// Loom's, and takes the time that a model says.
pub struct Condvar(loom::sync::Condvar);

impl Condvar {
    #[allow(clippy::new_without_default)]
    #[track_caller]
    pub fn new() -> Self {
        Self(loom::sync::Condvar::new())
    }

    pub fn notify_one(&self) {
        self.0.notify_one();
    }

    #[track_caller]
    pub fn wait<'a, T>(
        &self,
        guard: loom::sync::MutexGuard<'a, T>,
    ) -> LockResult<loom::sync::MutexGuard<'a, T>> {
        SLEEPS.set(SLEEPS.get() + 1);
        NOW.set(Some(Instant::now() + WAIT.get()));
        self.0.wait(guard)
    }
}

/// Time goes on as the model says, so that a model runs as it ran before.
pub struct Instant;

impl Instant {
    pub fn now() -> std::time::Instant {
        let now = NOW.get().unwrap_or_else(std::time::Instant::now) + TICK.get();
        NOW.set(Some(now));
        now
    }

    /// What each call of `now` takes from now on, and each sleep of a caller.
    pub fn set(tick: Duration, wait: Duration) {
        TICK.set(tick);
        WAIT.set(wait);
    }
}

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

    /// As many as any model has threads.
    pub fn available_parallelism() -> io::Result<NonZeroUsize> {
        Ok(NonZeroUsize::MAX)
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
