use failover::Instant;
use sim::SimTime;
use units::Span;

/// One node's monotonic clock: it may run fast or slow, jump ahead, or stand still, but never goes back before its machine boots.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// The simulated moment at which `reading` was shown.
    since: SimTime,
    reading: Instant,
    /// Parts per million faster than simulated time; above -1,000,000.
    ppm: i64,
    /// The reading does not move before this moment.
    stalled_until: SimTime,
}

const MILLION: i128 = 1_000_000;

impl Clock {
    /// A clock that shows simulated time plus `ahead`: two nodes' readings have nothing to do with each other.
    pub fn new(ahead: Span) -> Clock {
        Clock { since: SimTime::ZERO, reading: Instant::ZERO + ahead, ppm: 0, stalled_until: SimTime::ZERO }
    }

    /// What it shows at `at`.
    #[inline]
    pub fn read(&self, at: SimTime) -> Instant {
        let elapsed = at.since(self.even_since());
        if self.ppm == 0 {
            return self.reading + elapsed;
        }
        let scaled = i128::from(elapsed.as_nanos()) * (MILLION + i128::from(self.ppm)) / MILLION;
        self.reading + Span::from_nanos(scaled as u64)
    }

    /// The first moment, not before `at`, at which it shows `reading` or more.
    #[inline]
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
        (self.even_since() + Span::from_nanos(elapsed)).max(at)
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

    /// The machine boots: the reading counts from now, as a monotonic clock's does, and what was wrong with it is gone.
    /// How fast the clock runs, or whether it stands still, is a matter of the hardware and stays.
    pub fn begin_anew(&mut self, now: SimTime) {
        (self.since, self.reading) = (now, Instant::ZERO);
    }

    /// It shows how time passes, and nothing else: no second of its is shorter or longer, now or later.
    pub fn is_even(&self, now: SimTime) -> bool {
        self.ppm == 0 && self.stalled_until <= now
    }

    /// Since when no second of its was shorter or longer, if it is even: when its rhythms were broken last.
    pub fn even_since(&self) -> SimTime {
        self.since.max(self.stalled_until)
    }

    /// It stands still for this long.
    pub fn stall(&mut self, now: SimTime, by: Span) {
        self.rebase(now);
        self.stalled_until = self.stalled_until.max(now) + by;
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
    fn a_clock_begins_anew_at_a_boot_and_runs_as_fast_as_before() {
        let mut clock = Clock::new(Span::from_secs(1_000));
        clock.step(at(10), Span::from_secs(86_400));
        clock.drift(at(20), 100_000);
        clock.stall(at(20), Span::from_secs(20));
        clock.begin_anew(at(30));
        assert_eq!([30, 40].map(|seconds| clock.read(at(seconds))), [Instant::ZERO; 2]);
        assert_eq!(clock.read(at(50)), Instant::ZERO + Span::from_secs(11));
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
