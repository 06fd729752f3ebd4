//! How many workers take part in a round: fewer while other programs use the processors.
//!
//! The system may take a worker's processor away in the middle of its work, for some milliseconds. The caller
//! then waits as long, although the work would have taken it some microseconds. So the caller records such
//! waiting, and rounds for which the workers did not come. When it gets too much, half of the workers pause;
//! two threads become one. Later they are tried again.

use std::time::{Duration, Instant};

/// Time lost at once that makes workers pause: more than one turn of another program, which common systems
/// let run for about 3 milliseconds.
const TOLERATED: Duration = Duration::from_millis(4);
/// The part of the time that may be lost for ever: two threads on two processors save at most a half.
const TOLERATED_PART: u32 = 4;
/// The first pause. Each pause is twice as long as the one before if the workers were of no use between.
const SHORTEST: Duration = Duration::from_millis(10);
/// The longest pause. To try the workers in vain costs about as much as is tolerated, 1 % of it.
const LONGEST: Duration = Duration::from_millis(500);

/// Decides how many workers take part.
#[derive(Debug)]
pub struct Pace {
    workers: usize,
    active: usize,
    /// What was lost and not yet forgiven, as of `recorded`.
    lost: Duration,
    recorded: Instant,
    /// The next pause.
    pause: Duration,
    /// Until then nothing changes unless time is lost.
    until: Instant,
}

impl Pace {
    /// All of so many workers take part.
    pub fn new(workers: usize, now: Instant) -> Self {
        Pace { workers, active: workers, lost: Duration::ZERO, recorded: now, pause: SHORTEST, until: now }
    }

    /// The workers that take part in a round that begins now.
    pub fn workers(&mut self, now: Instant) -> usize {
        if now >= self.until {
            if self.active < self.workers {
                self.active = (2 * self.active).clamp(1, self.workers);
                self.until = now + self.pause;
            } else {
                self.pause = SHORTEST;
            }
        }
        self.active
    }

    /// Records a round that began at `start`: the caller's own work ended by `idle`, that of the last worker
    /// at `end`.
    ///
    /// Waiting counts only if it took more than twice as long as the caller's work: shares may be unequal.
    pub fn waited(&mut self, start: Instant, idle: Instant, end: Instant) {
        let waited = end.saturating_duration_since(idle);
        if waited > 2 * idle.saturating_duration_since(start) {
            self.lose(waited, end);
        }
    }

    /// Records a round from `start` to `end` in which the caller did the work of most workers. Without them it
    /// would not have been cut into pieces. Half of the time counts, as a processor that slept may take some
    /// milliseconds to come back.
    pub fn missed(&mut self, start: Instant, end: Instant) {
        self.lose(end.saturating_duration_since(start) / 2, end);
    }

    fn lose(&mut self, time: Duration, now: Instant) {
        let forgiven = now.saturating_duration_since(self.recorded) / TOLERATED_PART;
        self.lost = self.lost.saturating_sub(forgiven) + time;
        self.recorded = now;
        if self.lost > TOLERATED {
            self.lost = Duration::ZERO;
            self.active /= 2;
            self.until = now + self.pause;
            self.pause = (2 * self.pause).min(LONGEST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MICROSECOND: Duration = Duration::from_micros(1);
    const MILLISECOND: Duration = Duration::from_millis(1);

    /// Rounds of 10 microseconds of work for each of two threads. Every so often the worker's processor is
    /// taken away.
    struct Machine {
        now: Instant,
        pace: Pace,
        rounds: usize,
        together: usize,
        lost: Duration,
    }

    impl Machine {
        fn new(workers: usize) -> Self {
            let now = Instant::now();
            Machine { now, pace: Pace::new(workers, now), rounds: 0, together: 0, lost: Duration::ZERO }
        }

        fn run(&mut self, time: Duration, taken_away: Duration, every: usize) {
            let end = self.now + time;
            while self.now < end {
                self.rounds += 1;
                let start = self.now;
                if self.pace.workers(start) == 0 {
                    self.now += 20 * MICROSECOND;
                    continue;
                }
                self.together += 1;
                self.now += 10 * MICROSECOND;
                if self.together.is_multiple_of(every) {
                    let idle = self.now;
                    self.now += taken_away;
                    self.lost += taken_away;
                    self.pace.waited(start, idle, self.now);
                }
            }
        }
    }

    #[test]
    fn little_time_is_lost_to_other_programs_that_stay() {
        let mut machine = Machine::new(1);
        machine.run(10_000 * MILLISECOND, 3 * MILLISECOND, 100);
        assert!(machine.lost < 300 * MILLISECOND, "{:?} of ten seconds", machine.lost);
    }

    #[test]
    fn workers_come_back_soon_after_other_programs_have_gone() {
        let mut machine = Machine::new(1);
        machine.run(10_000 * MILLISECOND, 3 * MILLISECOND, 100);
        machine.run(LONGEST, MILLISECOND, usize::MAX);
        let before = machine.together;
        machine.run(100 * MILLISECOND, MILLISECOND, usize::MAX);
        assert_eq!(machine.together - before, 10_000);
        // And the next time the first pause is short again.
        machine.run(LONGEST, MILLISECOND, usize::MAX);
        assert_eq!(machine.pace.pause, SHORTEST);
    }

    #[test]
    fn a_rare_interruption_makes_no_worker_pause() {
        let mut machine = Machine::new(1);
        machine.run(10_000 * MILLISECOND, 3 * MILLISECOND, 10_000);
        assert_eq!(machine.rounds, machine.together);
    }

    #[test]
    fn unequal_shares_make_no_worker_pause() {
        let now = Instant::now();
        let mut pace = Pace::new(1, now);
        for round in 0..1000 {
            let start = now + 30 * round * MILLISECOND;
            assert_eq!(pace.workers(start), 1);
            pace.waited(start, start + 10 * MILLISECOND, start + 30 * MILLISECOND);
        }
    }

    #[test]
    fn a_worker_that_never_comes_pauses_and_one_that_comes_a_little_late_does_not() {
        for (late_rounds, expected) in [(200, 1), (2000, 0)] {
            let now = Instant::now();
            let mut pace = Pace::new(1, now);
            for round in 0..late_rounds {
                let start = now + 20 * round * MICROSECOND;
                pace.missed(start, start + 20 * MICROSECOND);
            }
            assert_eq!(pace.workers(now + MILLISECOND), expected);
        }
    }

    #[test]
    fn of_many_workers_half_pause_at_a_time_and_come_back_as_they_went() {
        let now = Instant::now();
        let mut pace = Pace::new(15, now);
        let mut at = now;
        let mut seen = vec![];
        for _ in 0..4 {
            pace.waited(at, at, at + 2 * TOLERATED);
            seen.push(pace.workers(at));
        }
        for _ in 0..4 {
            at += 2 * LONGEST;
            seen.push(pace.workers(at));
        }
        assert_eq!(seen, [7, 3, 1, 0, 1, 2, 4, 8]);
    }
}
