//! Threads that live as long as the network and meet within a microsecond or so.
//!
//! A training step of a small network takes a twentieth of a millisecond, and its threads meet four times in
//! it. To wake a sleeping thread takes tens of microseconds, so a worker without work spins for a short
//! while: the next work is usually near. Then it sleeps, so nothing spins while nothing trains.
//!
//! A *round* is one call of [`Threads::run`]. Its tasks are cut into *shares*, one for each thread that takes
//! part. Thread `i` begins with share `i`, whose data lie in its cache. A thread that has finished takes over
//! whole shares that nobody has begun, as another program may be on the processor of the thread they are for.
//! If a worker loses its processor in the middle of a share, the caller has to wait; it then sleeps, and
//! [`Pace`] makes workers pause if that happens often.
//!
//! [Loom](https://docs.rs/loom) checks this very file with two and three threads, in all the orders that they
//! can take or, in larger models, in those with few preemptions: each task runs once and its caller sees what
//! it did, no wakeup is lost, workers end, callers may meet, and a panic arrives. To run it: `cargo test
//! --release --manifest-path kernel/loom/Cargo.toml`.

use super::pace::Pace;
use super::sync::{
    Arc, AtomicBool, AtomicUsize, Cell, Condvar, Instant, Mutex, OnceLock, SPINS, WAITING_SPINS, YIELDS,
    spin_loop, thread,
};
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
/// Clones are the same threads. They start with the first work, sleep without work, and end with the last
/// clone. A call that is made while they are busy with another is computed by its caller alone; the results
/// are the same.
///
/// Beside other programs that use the processors, the threads take over work from one another, and some of
/// them pause: then two take little longer than one would.
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
    /// Workers to start.
    wanted: usize,
    workers: OnceLock<Workers>,
    /// Held while a job is shared out; begins with the workers.
    busy: Mutex<Option<Pace>>,
}

struct Workers {
    board: Arc<Board>,
    handles: Vec<thread::JoinHandle<()>>,
}

/// Where the caller and the workers meet.
struct Board {
    /// The work of this round. Written by the caller between two rounds, and read only by a thread that has
    /// claimed a share of the round and not finished it.
    job: Cell<Job>,
    /// Rises by one when a round begins, and when it is time to end.
    round: AtomicUsize,
    /// Shares of this round that workers have not finished, those that the caller took over included. Plus
    /// [`ASLEEP`] while the caller sleeps; then without those that it took over.
    unfinished: AtomicUsize,
    /// For each worker, the last round in which somebody has claimed its share. When a round ends, it is that
    /// round for all of them.
    claims: Box<[Claim]>,
    asleep: Box<[AtomicBool]>,
    ending: AtomicBool,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    /// Held by the caller when it is not asleep on `finished`.
    sleeper: Mutex<()>,
    finished: Condvar,
}
// SAFETY: `job` is the only part that is not `Sync` by itself. Written and read in turns, as its
// own comment says, and nothing but this file can reach it.
unsafe impl Sync for Board {}
// SAFETY: as above; the task that `job` points to is `Sync`.
unsafe impl Send for Board {}

/// In a cache line of its own, and the next, which processors fetch with it.
#[repr(align(128))]
struct Claim(AtomicUsize);

/// Marks in `unfinished` that the caller sleeps.
const ASLEEP: usize = 1 << (usize::BITS - 1);

type Payload = Box<dyn Any + Send>;

#[derive(Clone, Copy)]
struct Job {
    task: *const (dyn Fn(usize) + Sync),
    tasks: usize,
    shares: usize,
}

impl Job {
    /// Runs the tasks of a share. They are neighbours, so that a thread meets
    /// the same part of the weights again and again, in its own cache.
    ///
    /// # Safety
    /// The task must be alive.
    unsafe fn run_share(self, share: usize) -> Result<(), Payload> {
        // SAFETY: the caller promises that it is alive.
        let task = unsafe { &*self.task };
        let indices = self.tasks * share / self.shares..self.tasks * (share + 1) / self.shares;
        catch_unwind(AssertUnwindSafe(|| indices.for_each(task)))
    }
}

impl Threads {
    /// `count` threads, the caller's included; 0 counts as 1, and more than 1024 as 1024.
    ///
    /// No more run at a time than there are processors for this process: the others would only be in their
    /// way. The work is cut for `count` all the same.
    pub fn new(count: usize) -> Self {
        let count = count.clamp(1, 1024);
        Self::with_workers(count, count.min(available()) - 1)
    }

    fn with_workers(count: usize, wanted: usize) -> Self {
        Threads(Arc::new(Pool { count, wanted, workers: OnceLock::new(), busy: Mutex::new(None) }))
    }

    /// As many as this process may use (a container's limit counts), or 1 if that cannot be told.
    pub fn available() -> Self {
        Self::new(available())
    }

    /// How many there are.
    ///
    /// ```
    /// use gradlens_kernel::Threads;
    /// assert_eq!([Threads::new(0).count(), Threads::new(3).count()], [1, 3]);
    /// assert!(Threads::available().count() >= 1);
    /// ```
    pub fn count(&self) -> usize {
        self.0.count
    }

    /// How many of them would take part in a call now, so that work need not be cut into more pieces. Fewer
    /// than [`count`](Self::count) where there are fewer processors, or while some pause; 1 while they are
    /// busy.
    ///
    /// ```
    /// use gradlens_kernel::Threads;
    /// let threads = Threads::new(2);
    /// assert!(threads.ready() <= 2);
    /// threads.run(2, &|_| assert_eq!(threads.ready(), 1));
    /// ```
    pub fn ready(&self) -> usize {
        let pool = &*self.0;
        if pool.wanted == 0 {
            return 1;
        }
        let mut pace = match pool.busy.try_lock() {
            Ok(pace) => pace,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return 1,
        };
        pace.as_mut().map_or(pool.wanted, |pace| pace.workers(Instant::now())) + 1
    }

    /// Calls `task` with every index below `tasks`, spread over the threads, and returns when
    /// all calls have. The type has an example.
    ///
    /// # Panics
    /// If a task does, after all others have ended.
    pub fn run(&self, tasks: usize, task: &(dyn Fn(usize) + Sync)) {
        let pool = &*self.0;
        let mut guard = match (pool.wanted.min(tasks.saturating_sub(1)) > 0).then(|| pool.busy.try_lock()) {
            Some(Ok(guard)) => guard,
            Some(Err(TryLockError::Poisoned(poisoned))) => poisoned.into_inner(),
            _ => return (0..tasks).for_each(task),
        };
        let start = Instant::now();
        let workers = pool.workers.get_or_init(|| Workers::start(pool.wanted));
        let pace = guard.get_or_insert_with(|| Pace::new(workers.handles.len(), start));
        let helpers = pace.workers(start).min(tasks - 1);
        if helpers == 0 {
            return (0..tasks).for_each(task);
        }
        let board = &*workers.board;
        let job = Job { task: erase(task), tasks, shares: helpers + 1 };
        // `busy` is held, and the last round has ended: all of its shares are claimed and finished, so no
        // worker reads the job.
        board.job.set(job);
        board.unfinished.store(helpers, Relaxed);
        let round = board.round.load(Relaxed).wrapping_add(1);
        for claim in &board.claims[helpers..] {
            claim.0.store(round, Relaxed);
        }
        board.round.store(round, SeqCst);
        workers.wake(helpers);

        // SAFETY: `task` is borrowed for this whole call.
        let mut mine = unsafe { job.run_share(0) };
        let mut taken_over = 0;
        if board.unfinished.load(Acquire) > 0 {
            while let Some(share) = board.claim_any(round, helpers) {
                // SAFETY: as above.
                mine = mine.and(unsafe { job.run_share(share) });
                taken_over += 1;
            }
            if !board.spin_until_finished(taken_over) {
                let idle = Instant::now();
                board.sleep_until_finished(taken_over);
                pace.waited(start, idle, Instant::now());
            } else if 2 * taken_over >= helpers {
                pace.missed(start, Instant::now());
            }
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
    // SAFETY: only the lifetime changes. `run` does not return before all shares are finished, and nobody
    // uses the pointer without a share that he has claimed and not finished.
    unsafe { std::mem::transmute(task as *const (dyn Fn(usize) + Sync + 'a)) }
}

impl Workers {
    fn start(wanted: usize) -> Self {
        let board = Arc::new(Board {
            job: Cell::new(Job { task: erase(&|_| ()), tasks: 0, shares: 1 }),
            round: AtomicUsize::new(0),
            unfinished: AtomicUsize::new(0),
            claims: (0..wanted).map(|_| Claim(AtomicUsize::new(0))).collect(),
            asleep: (0..wanted).map(|_| AtomicBool::new(false)).collect(),
            ending: AtomicBool::new(false),
            panic: Mutex::new(None),
            sleeper: Mutex::new(()),
            finished: Condvar::new(),
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

    /// Wakes those of the first `count` that sleep.
    fn wake(&self, count: usize) {
        for (handle, asleep) in self.handles[..count].iter().zip(&self.board.asleep) {
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
        self.wake(self.handles.len());
        for handle in self.handles.drain(..) {
            // A worker catches the panics of its tasks and hands them to the caller.
            let _ = handle.join();
        }
    }
}

impl Board {
    /// The life of worker `me`, whose share is `me + 1`.
    fn work(&self, me: usize) {
        let mut round = 0;
        loop {
            round = self.wait_for_round_after(round, me);
            if self.ending.load(SeqCst) {
                return;
            }
            // A worker whose own share is gone came late, or pauses: it leaves the others alone.
            let mut share = self.claim(round, me).then_some(me + 1);
            while let Some(claimed) = share {
                // SAFETY: the share was claimed, so the round is not over before it is finished below; until
                // then the job is not written and its task is alive.
                let (job, result) = unsafe {
                    let job = self.job.get();
                    (job, job.run_share(claimed))
                };
                if let Err(payload) = result {
                    *self.panic.lock().unwrap_or_else(PoisonError::into_inner) = Some(payload);
                }
                self.finish();
                share = self.claim_any(round, job.shares - 1);
            }
        }
    }

    /// Claims the share of a worker in this round, unless somebody has.
    ///
    /// Succeeds once for each share and round: a thread that has slept through the end of its round finds
    /// that round, or a later one, in the share's claim.
    fn claim(&self, round: usize, worker: usize) -> bool {
        let (claim, before) = (&self.claims[worker].0, round.wrapping_sub(1));
        // Read first, as that leaves the cache line where it is.
        claim.load(Relaxed) == before && claim.compare_exchange(before, round, Relaxed, Relaxed).is_ok()
    }

    /// Claims one of the shares of the first `helpers` workers that nobody has begun.
    fn claim_any(&self, round: usize, helpers: usize) -> Option<usize> {
        (0..helpers).find(|&worker| self.claim(round, worker)).map(|worker| worker + 1)
    }

    /// A worker has finished a share.
    fn finish(&self) {
        if self.unfinished.fetch_sub(1, AcqRel) == ASLEEP + 1 {
            // The caller holds the lock until it sleeps. It may be up by now and in another round, where
            // being woken does no harm.
            drop(self.sleeper.lock().unwrap_or_else(PoisonError::into_inner));
            self.finished.notify_one();
        }
    }

    /// Waits a short while until the workers have finished, and tells whether they have.
    fn spin_until_finished(&self, taken_over: usize) -> bool {
        for _ in 0..WAITING_SPINS {
            if self.unfinished.load(Acquire) == taken_over {
                return true;
            }
            spin_loop();
        }
        false
    }

    fn sleep_until_finished(&self, taken_over: usize) {
        let mut guard = self.sleeper.lock().unwrap_or_else(PoisonError::into_inner);
        // In one step: whoever finishes the last share sees that the caller sleeps, or the caller sees here
        // that it is finished.
        self.unfinished.fetch_add(ASLEEP - taken_over, AcqRel);
        while self.unfinished.load(Acquire) != ASLEEP {
            guard = self.finished.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn wait_for_round_after(&self, seen: usize, me: usize) -> usize {
        for poll in 0..SPINS + YIELDS {
            let round = self.round.load(Acquire);
            if round != seen {
                return round;
            }
            // A worker that spins for long may be on the very processor that another thread needs.
            if poll < SPINS { spin_loop() } else { thread::yield_now() }
        }
        // First say so, then read the round again: either the caller sees `asleep` and wakes this
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

    /// So many threads, whatever the number of processors.
    fn started(count: usize) -> Threads {
        Threads::with_workers(count, count - 1)
    }

    #[test]
    fn every_task_runs_exactly_once_however_many_threads_there_are() {
        for count in [1, 2, 3, 9] {
            let threads = started(count);
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
    fn while_the_threads_are_busy_none_of_them_is_ready_for_another_call() {
        let threads = started(3);
        assert_eq!(threads.ready(), 3);
        threads.run(3, &|_| assert_eq!(threads.ready(), 1));
        assert_eq!(Threads::with_workers(3, 0).ready(), 1);
    }

    #[test]
    fn threads_wake_again_after_they_fell_asleep() {
        let threads = started(3);
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
        let threads = started(2);
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
        let (threads, rounds) = (started(2), if cfg!(miri) { 5 } else { 200 });
        let sum = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for _ in 0..rounds {
                        threads.run(4, &|_| {
                            threads.run(5, &|index| {
                                sum.fetch_add(index, Relaxed);
                            })
                        });
                    }
                });
            }
        });
        assert_eq!(sum.into_inner(), 3 * rounds * 4 * 10);
    }

    #[test]
    fn pieces_cover_the_slices_once_and_in_place() {
        let mut numbers: Vec<usize> = vec![0; 1001];
        started(3).pieces(100, [&mut numbers], |offset, [piece]| {
            for (i, number) in piece.iter_mut().enumerate() {
                *number += offset + i;
            }
        });
        assert!(numbers.iter().enumerate().all(|(i, &number)| i == number));
    }
}
