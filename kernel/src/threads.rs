//! Threads that live as long as the network and meet within a microsecond or so.
//!
//! A training step of a small network takes a twentieth of a millisecond, in which its threads meet four
//! times, so waking a sleeping thread (tens of microseconds) for each piece of work is out
//! of the question. A worker that runs out of work spins for a short while, as the next piece is
//! usually near, and then sleeps: nothing spins while nothing trains.
//!
//! [Loom](https://docs.rs/loom) checks this very file with two and three threads, in all the orders that
//! they can take or, in larger models, in those with few preemptions: each task runs once and its caller
//! sees what it did, no wakeup is lost, workers end, callers may meet, and a panic arrives. To run it:
//! `cargo test --release --manifest-path kernel/loom/Cargo.toml`.

use super::sync::{Arc, AtomicBool, AtomicUsize, Cell, Mutex, OnceLock, spin_loop, thread};
use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::Ordering::*;
use std::sync::{PoisonError, TryLockError};

/// A pointer that may cross to another thread; what it is used for there is argued at each use.
pub struct Shared<P>(pub *mut P);

impl<P> Clone for Shared<P> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<P> Copy for Shared<P> {}

impl<P> Shared<P> {
    /// The pointer. (A closure that named the field would capture the bare pointer.)
    pub fn get(self) -> *mut P {
        self.0
    }
}

// SAFETY: a pointer does nothing by itself; every dereference has a reason of its own.
unsafe impl<P: Send> Send for Shared<P> {}
// SAFETY: as above.
unsafe impl<P: Send> Sync for Shared<P> {}

/// The threads that a network computes on, the caller's own among them.
///
/// Cloning shares them. They start when there is first something to share out, sleep when there is
/// nothing to do, and end with the last clone. A call made while the threads are busy for
/// somebody else is computed by its caller alone: the results are the same.
///
/// ```
/// use gradlens_kernel::Threads;
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// let sum = AtomicUsize::new(0);
/// Threads::new(2).run(10, &|task| {
///     sum.fetch_add(task, Ordering::Relaxed);
/// });
/// assert_eq!(sum.into_inner(), 45);
/// ```
#[derive(Clone)]
pub struct Threads(Arc<Pool>);

struct Pool {
    count: usize,
    workers: OnceLock<Workers>,
    /// Held while a job is shared out.
    busy: Mutex<()>,
}

struct Workers {
    board: Arc<Board>,
    handles: Vec<thread::JoinHandle<()>>,
}

/// Where the caller and the workers meet.
struct Board {
    /// The work at hand. Written by the caller while no worker looks: before `round` rises, and
    /// after `unfinished` fell to zero.
    job: Cell<Job>,
    /// Rises by one when there is work, and when it is time to end.
    round: AtomicUsize,
    /// Workers that have not finished their share of this round.
    unfinished: AtomicUsize,
    asleep: Box<[AtomicBool]>,
    ending: AtomicBool,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    /// Looks at the board, some tens of nanoseconds apart, before a thread that waits offers its processor.
    spins: usize,
    /// Looks at the board before a worker goes to sleep.
    looks: usize,
}
// SAFETY: `job` is the only part that is not `Sync` by itself. Written and read in turns, as its
// own comment says, and nothing but this file can reach it.
unsafe impl Sync for Board {}
// SAFETY: as above; the task that `job` points to is `Sync`.
unsafe impl Send for Board {}

#[derive(Clone, Copy)]
struct Job {
    task: *const (dyn Fn(usize) + Sync),
    tasks: usize,
    sharers: usize,
}

impl Job {
    /// Runs the share of thread `me`. Shares are neighbours, so that a thread meets
    /// the same part of the weights again and again, in its own cache.
    ///
    /// # Safety
    /// The task must be alive.
    unsafe fn run_share(self, me: usize) {
        // SAFETY: the caller promises that it is alive.
        let task = unsafe { &*self.task };
        for index in self.tasks * me / self.sharers..self.tasks * (me + 1) / self.sharers {
            task(index);
        }
    }
}

impl Threads {
    /// `count` threads, the caller's included; 0 counts as 1, and more than 1024 as 1024.
    pub fn new(count: usize) -> Self {
        Threads(Arc::new(Pool {
            count: count.clamp(1, 1024),
            workers: OnceLock::new(),
            busy: Mutex::new(()),
        }))
    }

    /// As many as this process may use (a container's limit counts), or 1 if that cannot be told.
    pub fn available() -> Self {
        Self::new(available())
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.count
    }

    /// Calls `task` with every index below `tasks`, spread over the threads, and returns when
    /// all calls have.
    ///
    /// # Panics
    /// If a task does, after all others have ended.
    pub fn run(&self, tasks: usize, task: &(dyn Fn(usize) + Sync)) {
        let pool = &*self.0;
        let guard = match (pool.count.min(tasks) > 1).then(|| pool.busy.try_lock()) {
            Some(Ok(guard)) => guard,
            Some(Err(TryLockError::Poisoned(poisoned))) => poisoned.into_inner(),
            _ => return (0..tasks).for_each(task),
        };
        let workers = pool.workers.get_or_init(|| Workers::start(pool.count - 1));
        let job = Job { task: erase(task), tasks, sharers: workers.handles.len() + 1 };
        let board = &*workers.board;
        // `busy` is held, and the last round has ended: no worker reads the job now.
        board.job.set(job);
        board.unfinished.store(workers.handles.len(), Relaxed);
        board.round.fetch_add(1, SeqCst);
        workers.wake();

        // SAFETY: `task` is borrowed for this whole call.
        let mine = catch_unwind(AssertUnwindSafe(|| unsafe { job.run_share(0) }));
        let mut looks = 0;
        while board.unfinished.load(Acquire) > 0 {
            looks += 1;
            board.rest(looks);
        }
        // Before others may share out work: a panic belongs to the round that it ended.
        let theirs = board.panic.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(guard);
        if let Some(payload) = mine.err().or(theirs) {
            resume_unwind(payload);
        }
    }

    /// Cuts slices of one length into pieces of `size` elements and calls `task` with the
    /// offset of each piece and the piece of every slice, spread over the threads.
    ///
    /// # Panics
    /// If the slices differ in length, or a task panics.
    ///
    /// ```
    /// use gradlens_kernel::Threads;
    /// let (mut a, mut b) = (vec![1.0; 1000], vec![2.0; 1000]);
    /// Threads::new(2).pieces(300, [&mut a, &mut b], |offset, [a, b]| {
    ///     for (i, (a, b)) in a.iter_mut().zip(b).enumerate() {
    ///         *a += *b + (offset + i) as f64;
    ///     }
    /// });
    /// assert_eq!(a[999], 1002.0);
    /// ```
    #[track_caller]
    pub fn pieces<T: Send, const N: usize>(
        &self,
        size: usize,
        slices: [&mut [T]; N],
        task: impl Fn(usize, [&mut [T]; N]) + Sync,
    ) {
        let len = slices.first().map_or(0, |slice| slice.len());
        assert!(slices.iter().all(|slice| slice.len() == len), "pieces: the slices differ in length");
        let size = size.max(1);
        let slices = slices.map(|slice| Shared(slice.as_mut_ptr()));
        self.run(len.div_ceil(size), &|index| {
            let from = index * size;
            let piece = slices.map(|slice| {
                // SAFETY: within the slice, which is borrowed mutably for this whole call, and no two
                // indices give pieces that overlap.
                unsafe { std::slice::from_raw_parts_mut(slice.get().add(from), size.min(len - from)) }
            });
            task(from, piece);
        });
    }
}

impl Default for Threads {
    /// [`Threads::available`].
    fn default() -> Self {
        Self::available()
    }
}

impl fmt::Debug for Threads {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Threads({})", self.count())
    }
}

fn available() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Forgets how long the task lives.
fn erase<'a>(task: &'a (dyn Fn(usize) + Sync + 'a)) -> *const (dyn Fn(usize) + Sync + 'static) {
    // SAFETY: only the lifetime changes. `run` does not return before the last
    // worker has finished its share, and nobody looks at the pointer after that.
    unsafe { std::mem::transmute(task as *const (dyn Fn(usize) + Sync + 'a)) }
}

impl Workers {
    fn start(wanted: usize) -> Self {
        // With more threads than processors, one that looks on keeps another from working.
        let (spins, looks) = if wanted < available() { (1000, 2000) } else { (1, 1) };
        let board = Arc::new(Board {
            job: Cell::new(Job { task: erase(&|_| ()), tasks: 0, sharers: 1 }),
            round: AtomicUsize::new(0),
            unfinished: AtomicUsize::new(0),
            asleep: (0..wanted).map(|_| AtomicBool::new(false)).collect(),
            ending: AtomicBool::new(false),
            panic: Mutex::new(None),
            spins,
            looks,
        });
        // Where the system refuses a thread, those that did start share the work.
        let handles = (0..wanted)
            .map_while(|me| {
                let board = board.clone();
                thread::Builder::new().name(format!("gradlens-{}", me + 1)).spawn(move || board.work(me)).ok()
            })
            .collect();
        Workers { board, handles }
    }

    fn wake(&self) {
        for (handle, asleep) in self.handles.iter().zip(&self.board.asleep) {
            if asleep.load(SeqCst) {
                handle.thread().unpark();
            }
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.board.ending.store(true, SeqCst);
        self.board.round.fetch_add(1, SeqCst);
        self.wake();
        for handle in self.handles.drain(..) {
            // A worker catches the panics of its tasks and hands them to the caller.
            let _ = handle.join();
        }
    }
}

impl Board {
    /// The life of worker `me`.
    fn work(&self, me: usize) {
        let mut seen = 0;
        loop {
            seen = self.wait_for_round_after(seen, me);
            if self.ending.load(SeqCst) {
                return;
            }
            // SAFETY: written before `round` rose, and not again until this worker has
            // counted itself out below; until then the task is alive as well.
            let share = catch_unwind(AssertUnwindSafe(|| unsafe { self.job.get().run_share(me + 1) }));
            if let Err(payload) = share {
                *self.panic.lock().unwrap_or_else(PoisonError::into_inner) = Some(payload);
            }
            self.unfinished.fetch_sub(1, Release);
        }
    }

    /// Between two looks. Whoever looks on for long may be on the very processor that the one it waits for
    /// needs: spinning would keep it away, and sleeping would hide from the system that there is work for two
    /// processors, so that it would leave both threads on one. (It did, for seconds.)
    fn rest(&self, look: usize) {
        if look < self.spins { spin_loop() } else { thread::yield_now() }
    }

    fn wait_for_round_after(&self, seen: usize, me: usize) -> usize {
        for look in 0..self.looks {
            let round = self.round.load(Acquire);
            if round != seen {
                return round;
            }
            self.rest(look);
        }
        // Say so first and look again after: either the caller sees `asleep` and wakes this
        // thread, or this thread sees the new round.
        self.asleep[me].store(true, SeqCst);
        let round = loop {
            let round = self.round.load(SeqCst);
            if round != seen {
                break round;
            }
            thread::park();
        };
        self.asleep[me].store(false, SeqCst);
        round
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn every_task_runs_exactly_once_however_many_threads_there_are() {
        for count in [1, 2, 3, 9] {
            let threads = Threads::new(count);
            for tasks in [0, 1, 2, 3, 7, 100] {
                let calls: Vec<_> = (0..tasks).map(|_| AtomicUsize::new(0)).collect();
                threads.run(tasks, &|index| {
                    calls[index].fetch_add(1, Relaxed);
                });
                assert!(
                    calls.iter().all(|calls| calls.load(Relaxed) == 1),
                    "{tasks} tasks on {count} threads"
                );
            }
        }
    }

    #[test]
    fn threads_wake_again_after_they_fell_asleep() {
        let threads = Threads::new(3);
        for _ in 0..5 {
            let sum = AtomicUsize::new(0);
            threads.run(100, &|index| {
                sum.fetch_add(index, Relaxed);
            });
            assert_eq!(sum.into_inner(), 4950);
            thread::sleep(Duration::from_millis(20));
        }
    }

    #[test]
    fn a_panic_in_any_share_reaches_the_caller_and_the_threads_go_on() {
        let threads = Threads::new(2);
        for bad in [0, 9] {
            let run = || threads.run(10, &|index| assert_ne!(index, bad, "task {bad} fails"));
            let payload = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
            assert!(payload.downcast_ref::<String>().unwrap().contains(&format!("task {bad} fails")));
        }
        let sum = AtomicUsize::new(0);
        threads.run(10, &|index| {
            sum.fetch_add(index, Relaxed);
        });
        assert_eq!(sum.into_inner(), 45);
    }

    #[test]
    fn a_task_may_share_out_work_itself_and_callers_may_meet() {
        let threads = Threads::new(2);
        let sum = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        threads.run(4, &|_| {
                            threads.run(5, &|index| {
                                sum.fetch_add(index, Relaxed);
                            })
                        });
                    }
                });
            }
        });
        assert_eq!(sum.into_inner(), 3 * 200 * 4 * 10);
    }

    #[test]
    fn pieces_cover_the_slices_once_and_in_place() {
        let mut numbers: Vec<usize> = vec![0; 1001];
        Threads::new(3).pieces(100, [&mut numbers], |offset, [piece]| {
            for (i, number) in piece.iter_mut().enumerate() {
                *number += offset + i;
            }
        });
        assert!(numbers.iter().enumerate().all(|(i, &number)| i == number));
    }
}
