//! What a primary carries, and what becomes of the rest. Nothing happens per write: what waits is a fluid.
//!
//! ```text
//!   waits longer than
//!   statement_timeout  - - - - - - - - -.---------.- - - - -   nobody gets an answer in time,
//!                                    .'            `.          and clients send again
//!                                 .'                 `.
//!   waiting            ________.'                      `.____
//!   offered       <= capacity  |  above capacity  |  below
//! ```
//!
//! Writes are carried out in the order in which they came, also those whose client has given up: nobody tells
//! the database. So a queue that is longer than clients wait makes all work useless, until it is worked off;
//! and where clients send again what was not answered, it may never be. That is the metastable state of
//! Bronson et al., "Metastable Failures in Distributed Systems" (HotOS 2021). A queue that is full before it
//! is that long refuses what is too much, and what it accepts is answered in time.

use sim::SimTime;
use units::Span;

/// Nanoseconds in a second: what waits is counted in billionths of a write.
const BILLION: u128 = 1_000_000_000;

/// What waits at one database.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Queue {
    /// What it carries, writes per second.
    capacity: u64,
    /// Billionths of writes that waited at `since`.
    waiting: u128,
    since: SimTime,
    /// Writes per second that clients want, without those they send again.
    wanted: u64,
    state: State,
}

/// How a database stands to its load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum State {
    /// It carries what comes.
    #[default]
    Fine,
    /// Writes wait, but are answered in time.
    Queues,
    /// The queue is full: of all writes only these per million are accepted.
    Refuses(u32),
    /// Whatever is answered is answered too late.
    TimesOut,
}

/// What is the same for all databases.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rules {
    /// Clients wait this long for an answer.
    pub(super) patience: Span,
    /// And then send it again so many times.
    pub(super) retries: u32,
    /// Writes that wait at most.
    pub(super) queue_max: u64,
}

impl Queue {
    pub(super) fn new(capacity: u64) -> Queue {
        Queue { capacity, ..Queue::default() }
    }

    /// From `now` on it carries so many writes per second.
    pub(super) fn carry(&mut self, now: SimTime, capacity: u64, rules: &Rules) {
        if capacity == self.capacity {
            return;
        }
        self.waiting = self.waiting_at(now, rules);
        (self.since, self.capacity) = (now, capacity);
        self.state = self.judge(rules);
    }

    /// Nothing waits, nothing will, and so many writes per second are carried and wanted as before.
    #[inline]
    pub(super) fn goes_on(&self, capacity: u64, wanted: u64) -> bool {
        self.state == State::Fine && (self.capacity, self.wanted) == (capacity, wanted)
    }

    #[inline]
    pub(super) fn state(&self) -> State {
        self.state
    }

    /// From `now` on clients want so many writes per second; `extra` writes come at once.
    pub(super) fn offer(&mut self, now: SimTime, wanted: u64, extra: u64, rules: &Rules) {
        self.waiting = (self.waiting_at(now, rules) + u128::from(extra) * BILLION).min(self.room(rules));
        self.since = now;
        self.wanted = wanted;
        self.state = self.judge(rules);
    }

    /// The database is gone, and what waited there with it.
    pub(super) fn clear(&mut self, now: SimTime) {
        *self = Queue { capacity: self.capacity, since: now, ..Queue::default() };
    }

    /// Writes per second that clients are told about.
    #[inline]
    pub(super) fn answered(&self) -> u64 {
        match self.state {
            State::Fine => self.wanted,
            State::Queues | State::Refuses(_) => self.capacity,
            State::TimesOut => 0,
        }
    }

    /// Writes per second that arrive, those sent again included.
    pub(super) fn offered(&self, rules: &Rules) -> u64 {
        match self.state {
            State::TimesOut => self.wanted.saturating_mul(1 + u64::from(rules.retries)),
            _ => self.wanted,
        }
    }

    /// When the state changes if the clients go on as they do.
    #[inline]
    pub(super) fn next(&self, rules: &Rules) -> SimTime {
        if matches!(self.state, State::Fine | State::Refuses(_)) {
            return SimTime::MAX;
        }
        let (offered, limit) = (u128::from(self.offered(rules)), self.useful(rules));
        let capacity = u128::from(self.capacity);
        let after = match (offered > capacity, self.state) {
            // To beyond the limit; where the room ends before it, to there.
            (true, State::Queues) => {
                let goal = if limit < self.room(rules) { limit + 1 } else { self.room(rules) };
                goal.saturating_sub(self.waiting).div_ceil(offered - capacity)
            }
            (true, _) => return SimTime::MAX,
            (false, _) if offered == capacity => return SimTime::MAX,
            (false, State::TimesOut) => self.waiting.saturating_sub(limit).div_ceil(capacity - offered),
            (false, _) => self.waiting.div_ceil(capacity - offered),
        };
        let after = u64::try_from(after).unwrap_or(u64::MAX);
        SimTime::from_nanos(self.since.as_nanos().saturating_add(after))
    }

    fn waiting_at(&self, now: SimTime, rules: &Rules) -> u128 {
        // Nothing waits, and no more comes than is carried.
        if self.state == State::Fine {
            return 0;
        }
        let passed = u128::from(now.since(self.since).as_nanos());
        let (came, went) = (u128::from(self.offered(rules)) * passed, u128::from(self.capacity) * passed);
        (self.waiting + came).saturating_sub(went).min(self.room(rules))
    }

    fn judge(&self, rules: &Rules) -> State {
        let (waiting, too_much) = (self.waiting, self.wanted > self.capacity);
        match () {
            () if waiting == 0 && !too_much => State::Fine,
            () if waiting > self.useful(rules) => State::TimesOut,
            () if too_much && waiting >= self.room(rules) => {
                State::Refuses((u128::from(self.capacity) * 1_000_000 / u128::from(self.wanted)) as u32)
            }
            () => State::Queues,
        }
    }

    /// What there is room for.
    fn room(&self, rules: &Rules) -> u128 {
        u128::from(rules.queue_max) * BILLION
    }

    /// What is carried out before its clients give up.
    fn useful(&self, rules: &Rules) -> u128 {
        u128::from(self.capacity) * u128::from(rules.patience.as_nanos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + Span::from_secs(seconds)
    }

    fn rules(retries: u32, queue_max: u64) -> Rules {
        Rules { patience: Span::from_secs(10), retries, queue_max }
    }

    #[test]
    fn a_queue_grows_by_what_is_too_much_until_nobody_is_answered_in_time() {
        let (mut queue, rules) = (Queue::new(100), rules(0, 5_000));
        queue.offer(at(0), 150, 0, &rules);
        assert_eq!((queue.state(), queue.answered()), (State::Queues, 100));
        // 1,000 writes take 10 s to carry out; they have gathered after 20 s, and a nanosecond later it is too long.
        let next = queue.next(&rules);
        assert_eq!(next.since(at(20)), Span::from_nanos(1));
        queue.offer(next, 150, 0, &rules);
        assert_eq!((queue.state(), queue.answered()), (State::TimesOut, 0));
    }

    #[test]
    fn what_nobody_waits_for_is_worked_off_all_the_same() {
        let (mut queue, rules) = (Queue::new(100), rules(0, 5_000));
        queue.offer(at(0), 150, 0, &rules);
        queue.offer(at(60), 50, 0, &rules);
        assert_eq!(queue.state(), State::TimesOut, "3,000 writes wait, and only 1,000 are still awaited");
        assert_eq!(queue.next(&rules), at(60 + 2_000 / 50));
        queue.offer(at(100), 50, 0, &rules);
        assert_eq!((queue.state(), queue.next(&rules)), (State::Queues, at(120)));
        queue.offer(at(120), 50, 0, &rules);
        assert_eq!((queue.state(), queue.answered()), (State::Fine, 50));
    }

    #[test]
    fn clients_that_send_again_keep_a_primary_overloaded_that_could_carry_them() {
        let (mut calm, mut eager) = (Queue::new(100), Queue::new(100));
        for (queue, retries) in [(&mut calm, 0), (&mut eager, 1)] {
            let rules = rules(retries, 5_000);
            queue.offer(at(0), 60, 1_500, &rules);
            assert_eq!(queue.state(), State::TimesOut);
        }
        assert_eq!(calm.next(&rules(0, 5_000)).since(at(12)), Span::from_millis(500), "500 at 40 a second");
        assert_eq!(eager.next(&rules(1, 5_000)), SimTime::MAX, "120 come back for every 100 carried out");
    }

    #[test]
    fn a_short_queue_refuses_what_is_too_much_and_answers_the_rest_in_time() {
        let (mut queue, rules) = (Queue::new(100), rules(3, 500));
        queue.offer(at(0), 125, 0, &rules);
        assert_eq!(queue.next(&rules), at(20));
        queue.offer(at(20), 125, 0, &rules);
        assert_eq!((queue.state(), queue.answered()), (State::Refuses(800_000), 100));
        assert_eq!(queue.next(&rules), SimTime::MAX);
    }

    proptest! {
        #[test]
        fn the_state_changes_at_the_moment_that_was_told_and_not_before(
            capacity in 1u64..500, wanted in 0u64..800, extra in 0u64..6_000,
            retries in 0u32..3, queue_max in 1u64..6_000,
        ) {
            let (mut queue, rules) = (Queue::new(capacity), rules(retries, queue_max));
            queue.offer(at(5), wanted, extra, &rules);
            let (before, next) = (queue.state(), queue.next(&rules));
            prop_assume!(next != SimTime::MAX);
            prop_assert!(next > at(5) || before == State::Queues);
            let mut earlier = queue;
            earlier.offer(next.saturating_sub(Span::from_nanos(1)).max(at(5)), wanted, 0, &rules);
            prop_assert_eq!(earlier.state(), before);
            queue.offer(next, wanted, 0, &rules);
            prop_assert_ne!(queue.state(), before);
        }
    }
}
