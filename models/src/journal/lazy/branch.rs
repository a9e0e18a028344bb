use sim::SimTime;

use super::ledger::Ledger;
use crate::journal::Store;
use crate::journal::pauses::Pauses;

/// How much has been written along one history since the database began, in expected billionths of a write:
/// a rate in writes per second times nanoseconds, so that the arithmetic is exact.
pub(super) type Volume = u128;

/// What `per_second` amounts to in the time from one moment to a later one.
pub(super) fn volume_of(per_second: u64, from: SimTime, to: SimTime) -> Volume {
    Volume::from(per_second) * Volume::from(to.since(from).as_nanos())
}

/// A place on one branch. `volume` is exact; `at` is rounded down to the nanosecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) branch: usize,
    pub(super) at: SimTime,
    pub(super) volume: Volume,
}

impl Point {
    /// The start of everything: the empty log.
    pub(super) const ORIGIN: Point = Point { branch: 0, at: SimTime::ZERO, volume: 0 };
}

/// From `from` on, `per_second` writes.
#[derive(Clone, Copy, Debug)]
struct Rate {
    from: SimTime,
    per_second: u64,
    /// Volume at `from`.
    volume: Volume,
}

/// What one promotion wrote.
#[derive(Clone, Debug)]
pub(super) struct Branch {
    pub(super) epoch: u64,
    pub(super) writer: Store,
    /// Where it grew out of another branch; the root's is itself.
    pub(super) fork: Point,
    pub(super) opened: SimTime,
    /// [`SimTime::MAX`] while open.
    pub(super) closed: SimTime,
    /// Up to here clients have been told that their writes are safe, as far as worked out.
    pub(super) told: Point,
    /// Since when nobody can be told anything: closed, or too few standbys.
    pub(super) stopped: Option<SimTime>,
    pub(super) ledger: Ledger,
    rates: Vec<Rate>,
    pub(super) pauses: Pauses,
    /// Writes per second at most so far.
    pub(super) peak: u64,
}

impl Branch {
    pub(super) fn new() -> Branch {
        Branch {
            epoch: 0,
            writer: 0,
            fork: Point::ORIGIN,
            opened: SimTime::ZERO,
            closed: SimTime::MAX,
            told: Point::ORIGIN,
            stopped: None,
            ledger: Ledger::default(),
            rates: Vec::new(),
            pauses: Pauses::default(),
            peak: 0,
        }
    }

    /// Starts over in the same memory, as branch number `index`.
    pub(super) fn reopen(&mut self, index: usize, now: SimTime, writer: Store, epoch: u64, fork: Point) {
        (self.epoch, self.writer, self.fork) = (epoch, writer, fork);
        (self.opened, self.closed, self.stopped) = (now, SimTime::MAX, None);
        self.told = Point { branch: index, at: now, volume: fork.volume };
        self.ledger.clear();
        self.peak = 0;
        self.rates.clear();
        self.pauses.clear();
        self.rates.push(Rate { from: now, per_second: 0, volume: fork.volume });
    }

    /// Volume where the branch begins.
    pub(super) fn base(&self) -> Volume {
        self.fork.volume
    }

    pub(super) fn write_rate(&mut self, now: SimTime, per_second: u64) {
        let volume = self.volume(now);
        if self.rates.last().is_some_and(|rate| rate.from == now) {
            self.rates.pop();
        }
        self.rates.push(Rate { from: now, per_second, volume });
        self.peak = self.peak.max(per_second);
    }

    /// Volume of everything up to `at`, a moment after the opening.
    pub(super) fn volume(&self, at: SimTime) -> Volume {
        let at = at.min(self.closed);
        let rate = self.rates.iter().rev().find(|rate| rate.from <= at).unwrap_or(&self.rates[0]);
        rate.volume + volume_of(rate.per_second, rate.from, at)
    }

    /// The latest moment by which no more than `volume` had been written, but not after `until`.
    pub(super) fn moment(&self, volume: Volume, until: SimTime) -> SimTime {
        let after = self.rates.partition_point(|rate| rate.volume <= volume);
        let Some(rate) = after.checked_sub(1).map(|last| self.rates[last]) else { return self.opened };
        if rate.per_second == 0 {
            return until;
        }
        let nanos = (volume - rate.volume) / Volume::from(rate.per_second);
        let nanos = u64::try_from(nanos).unwrap_or(u64::MAX);
        SimTime::from_nanos(rate.from.as_nanos().saturating_add(nanos)).min(until)
    }

    /// The moments strictly between `after` and `before` at which the rate changed.
    pub(super) fn rate_changes(&self, after: SimTime, before: SimTime) -> impl Iterator<Item = SimTime> {
        let moments = self.rates.iter().rev().map(|rate| rate.from);
        moments.skip_while(move |from| *from >= before).take_while(move |from| *from > after)
    }
}
