use failover::Instant;
use sim::SimTime;
use units::Span;

/// One node's monotonic clock: it may run fast or slow, jump ahead, or stand still, but never goes back.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// The simulated moment at which `reading` was shown.
    since: SimTime,
    reading: Instant,
    /// Parts per million faster than simulated time; above -1,000,000.
    ppm: i64,
    /// The reading does not move before this moment.
    stalled_until: SimTime,
    /// How long it would have stood still when it was frozen.
    stall_left: Span,
}

const MILLION: i128 = 1_000_000;

impl Clock {
    /// A clock that shows simulated time plus `ahead`: two nodes' readings have nothing to do with each other.
    pub fn new(ahead: Span) -> Clock {
        Clock {
            since: SimTime::ZERO,
            reading: Instant::ZERO + ahead,
            ppm: 0,
            stalled_until: SimTime::ZERO,
            stall_left: Span::ZERO,
        }
    }

    /// What it shows at `at`.
    pub fn read(&self, at: SimTime) -> Instant {
        let elapsed = at.since(self.since.max(self.stalled_until));
        if self.ppm == 0 {
            return self.reading + elapsed;
        }
        let scaled = i128::from(elapsed.as_nanos()) * (MILLION + i128::from(self.ppm)) / MILLION;
        self.reading + Span::from_nanos(scaled as u64)
    }

    /// The first moment, not before `at`, at which it shows `reading` or more.
    pub fn when(&self, reading: Instant, at: SimTime) -> SimTime {
        if reading == Instant::NEVER {
            return SimTime::MAX;
        }
        let missing = reading.since(self.reading).as_nanos();
        let elapsed = match self.ppm {
            0 => missing,
            ppm => {
                let rate = MILLION + i128::from(ppm);
                ((i128::from(missing) * MILLION + rate - 1) / rate).min(i128::from(u64::MAX)) as u64
            }
        };
        (self.since.max(self.stalled_until) + Span::from_nanos(elapsed)).max(at)
    }

    /// From `now` on it runs `ppm` parts per million fast (slow if negative).
    pub fn drift(&mut self, now: SimTime, ppm: i64) {
        self.rebase(now);
        self.ppm = ppm;
    }

    /// It jumps ahead.
    pub fn step(&mut self, now: SimTime, by: Span) {
        self.rebase(now);
        self.reading = self.reading + by;
    }

    /// It stands still for this long.
    pub fn stall(&mut self, now: SimTime, by: Span) {
        self.rebase(now);
        self.stalled_until = self.stalled_until.max(now) + by;
    }

    /// From `now` on no time passes for this clock, until it is thawed.
    pub fn freeze(&mut self, now: SimTime) {
        self.rebase(now);
        self.stall_left = self.stalled_until.since(now);
        self.since = SimTime::MAX;
    }

    /// Time passes again from `now` on.
    pub fn thaw(&mut self, now: SimTime) {
        self.since = now;
        self.stalled_until = now + self.stall_left;
    }

    fn rebase(&mut self, now: SimTime) {
        self.reading = self.read(now);
        self.since = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + Span::from_secs(seconds)
    }

    proptest! {
        /// Whatever happens to it, a clock never goes back, and a node that asks to be woken at a reading is
        /// woken at the first moment that shows it.
        #[test]
        fn monotonic_and_invertible(changes in prop::collection::vec((0u8..3, -400_000i64..400_000, 0u64..50), 0..20)) {
            let mut clock = Clock::new(Span::from_secs(7));
            let (mut now, mut shown) = (at(0), clock.read(at(0)));
            for (kind, ppm, seconds) in changes {
                now += Span::from_secs(seconds);
                match kind {
                    0 => clock.drift(now, ppm),
                    1 => clock.step(now, Span::from_secs(seconds)),
                    _ => clock.stall(now, Span::from_secs(seconds)),
                }
                prop_assert!(clock.read(now) >= shown);
                shown = clock.read(now);
                let alarm = shown + Span::from_millis(12_345);
                let moment = clock.when(alarm, now);
                prop_assert!(clock.read(moment) >= alarm);
                prop_assert!(clock.read(moment.saturating_sub(Span::from_nanos(2))) < alarm);
            }
        }
    }

    #[test]
    fn a_frozen_clock_shows_the_same_and_then_goes_on_from_there() {
        let mut clock = Clock::new(Span::ZERO);
        clock.stall(at(10), Span::from_secs(5));
        clock.freeze(at(12));
        assert_eq!(clock.read(at(1_000)), Instant::ZERO + Span::from_secs(10));
        clock.thaw(at(2_000));
        assert_eq!(clock.read(at(2_003)), Instant::ZERO + Span::from_secs(10));
        assert_eq!(clock.read(at(2_004)), Instant::ZERO + Span::from_secs(11));
    }

    #[test]
    fn a_fast_clock_shows_more_and_a_stalled_one_shows_the_same() {
        let mut clock = Clock::new(Span::ZERO);
        clock.drift(at(0), 100_000);
        assert_eq!(clock.read(at(10)), Instant::ZERO + Span::from_secs(11));
        clock.stall(at(10), Span::from_secs(5));
        assert_eq!(clock.read(at(15)), clock.read(at(10)));
    }
}
