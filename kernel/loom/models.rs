//! Loom runs each model in every order that its threads can take, and with every value that the
//! orderings of the atomics let a load return. Models that would take too long are held to the
//! orders with few preemptions, where a thread is stopped though it could go on.
//!
//! A wakeup that gets lost shows as a deadlock. With `LOOM_LOCATION=1` loom names the lines.

use gradlens_loom::Threads;
use gradlens_loom::sync::{self, thread};
use loom::cell::Cell;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

/// Counts the calls of each task and synchronises nothing: loom reports two threads that meet at a
/// count, and one that did not learn of what another had done before.
struct Calls(Vec<Cell<usize>>);
// SAFETY: loom watches over the cells.
unsafe impl Sync for Calls {}

impl Calls {
    fn new(tasks: usize) -> Self {
        Calls((0..tasks).map(|_| Cell::new(0)).collect())
    }

    fn count(&self, task: usize) {
        self.0[task].set(self.0[task].get() + 1);
    }

    fn each(&self) -> Vec<usize> {
        self.0.iter().map(Cell::get).collect()
    }
}

/// Checks `model`, in which at least one worker has to fall asleep in one order or another, and one caller.
fn check(preemptions: Option<usize>, model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(preemptions);
    let before = (thread::parked(), sync::sleeps());
    builder.check(model);
    assert!(thread::parked() > before.0 && sync::sleeps() > before.1);
}

fn check_rounds(preemptions: Option<usize>, count: usize, rounds: usize) {
    check(preemptions, move || {
        let threads = Threads::new(count);
        let calls = Calls::new(count);
        for round in 1..=rounds {
            threads.run(count, &|task| calls.count(task));
            assert_eq!(calls.each(), vec![round; count]);
        }
    });
}

#[test]
fn one_round_calls_each_task_once_and_its_caller_sees_what_they_did() {
    check_rounds(None, 2, 1);
}

#[test]
fn a_worker_misses_no_round_asleep_or_not() {
    check_rounds(Some(5), 2, 2);
}

#[test]
fn a_worker_misses_none_of_three_rounds() {
    check_rounds(Some(4), 2, 3);
}

#[test]
fn two_workers_share_a_round() {
    check_rounds(Some(3), 3, 1);
}

#[test]
fn two_workers_share_two_rounds() {
    check_rounds(Some(2), 3, 2);
}

#[test]
fn the_last_clone_ends_the_worker_wherever_it_is_dropped() {
    check(Some(4), || {
        let threads = Threads::new(2);
        threads.run(2, &|_| ());
        let clone = threads.clone();
        let other = thread::Builder::new().spawn(|| drop(clone)).unwrap();
        drop(threads);
        other.join().unwrap();
    });
}

/// Runs a round, and tells if a worker had a share in it.
fn was_shared(threads: &Threads) -> bool {
    let me = thread::current().id();
    let calls = Calls::new(threads.count());
    let shared = AtomicBool::new(false);
    threads.run(threads.count(), &|task| {
        calls.count(task);
        shared.fetch_or(thread::current().id() != me, Relaxed);
    });
    assert_eq!(calls.each(), vec![1; threads.count()]);
    shared.into_inner()
}

#[test]
fn a_share_that_its_worker_has_not_begun_is_taken_over() {
    let seen: Arc<[AtomicUsize; 2]> = Default::default(); // by whether the worker had its share
    let count = seen.clone();
    check(None, move || {
        count[usize::from(was_shared(&Threads::new(2)))].fetch_add(1, Relaxed);
    });
    assert!(seen.iter().all(|count| count.load(Relaxed) > 0));
}

#[test]
fn a_worker_takes_over_what_another_has_not_begun() {
    let seen = Arc::new(AtomicBool::new(false));
    let found = seen.clone();
    check(Some(2), move || {
        let by: Vec<_> = (0..3).map(|_| loom::sync::Mutex::new(None)).collect();
        Threads::new(3).run(3, &|task| *by[task].lock().unwrap() = Some(thread::current().id()));
        let by: Vec<_> = by.into_iter().map(|by| by.into_inner().unwrap().unwrap()).collect();
        found.fetch_or(by[1] == by[2] && by[0] != by[1], Relaxed);
    });
    assert!(seen.load(Relaxed));
}

/// Every round in which the caller sleeps makes half of the workers pause, for one or two rounds.
fn check_pauses(preemptions: usize, count: usize, rounds: usize) {
    let seen: Arc<[AtomicUsize; 2]> = Default::default();
    let outcomes = seen.clone();
    check(Some(preemptions), move || {
        sync::Instant::set(Duration::from_millis(15), Duration::from_millis(100));
        let threads = Threads::new(count);
        for _ in 0..rounds {
            outcomes[usize::from(was_shared(&threads))].fetch_add(1, Relaxed);
        }
    });
    assert!(seen.iter().all(|count| count.load(Relaxed) > 0));
}

#[test]
fn the_worker_pauses_and_comes_back() {
    check_pauses(3, 2, 4);
}

#[test]
fn one_of_two_workers_pauses_and_misses_nothing_that_is_its_own() {
    check_pauses(2, 3, 2);
}

#[test]
fn when_two_callers_meet_one_may_compute_alone() {
    // By the number of rounds in which the worker had a share.
    let seen: Arc<[AtomicUsize; 3]> = Default::default();
    let count = seen.clone();
    check(Some(4), move || {
        let threads = Threads::new(2);
        let clone = threads.clone();
        let other = thread::Builder::new().spawn(move || was_shared(&clone)).unwrap();
        let shared = [was_shared(&threads), other.join().unwrap()];
        count[shared.map(usize::from).iter().sum::<usize>()].fetch_add(1, Relaxed);
    });
    assert!(seen.iter().all(|count| count.load(Relaxed) > 0));
}

#[test]
fn a_task_may_share_out_work_itself() {
    check(Some(5), || {
        let threads = Threads::new(2);
        let calls = [Calls::new(2), Calls::new(2)];
        threads.run(2, &|outer| threads.run(2, &|inner| calls[outer].count(inner)));
        assert_eq!(calls.map(|calls| calls.each()), [[1, 1], [1, 1]]);
    });
}

#[test]
fn a_panic_reaches_the_caller_and_the_worker_goes_on() {
    for bad in [0..1, 1..2, 0..2] {
        check(Some(4), move || {
            let threads = Threads::new(2);
            let calls = Calls::new(2);
            let run = |bad: Range<usize>| {
                threads.run(2, &|task| {
                    calls.count(task);
                    if bad.contains(&task) {
                        resume_unwind(Box::new(task)); // as a panic, but says nothing
                    }
                });
            };
            let payload = catch_unwind(AssertUnwindSafe(|| run(bad.clone()))).unwrap_err();
            assert_eq!(payload.downcast_ref(), Some(&bad.start));
            assert_eq!(calls.each(), [1, 1]);
            run(0..0);
            assert_eq!(calls.each(), [2, 2]);
        });
    }
}
