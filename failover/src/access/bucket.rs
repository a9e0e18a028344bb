use units::Span;

use super::people::RateLimit;
use crate::time::Instant;

/// A token bucket: so many at once, then one more after each refill.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    tokens: u32,
    /// When the last token was put in.
    filled: Instant,
}

impl Bucket {
    pub(super) fn full(limit: &RateLimit, now: Instant) -> Bucket {
        Bucket { tokens: limit.burst, filled: now }
    }

    /// Whether there is one to take at `now`.
    pub(super) fn holds(&mut self, limit: &RateLimit, now: Instant) -> bool {
        let refill = limit.refill.as_nanos().max(1);
        let due = now.since(self.filled).as_nanos() / refill;
        let missing = u64::from(limit.burst.saturating_sub(self.tokens));
        self.filled = if due >= missing { now } else { self.filled + Span::from_nanos(due * refill) };
        self.tokens += due.min(missing) as u32;
        self.tokens > 0
    }

    /// Takes one, if there is one.
    pub(super) fn take(&mut self, limit: &RateLimit, now: Instant) -> bool {
        let holds = self.holds(limit, now);
        self.tokens -= u32::from(holds);
        holds
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// In no stretch of time are more taken than the burst and what flows in meanwhile.
        #[test]
        fn never_more_than_burst_and_refill(
            pauses in prop::collection::vec(0u64..5_000, 1..200), burst in 1u32..9, refill in 1u64..3_000,
        ) {
            let limit = RateLimit { burst, refill: Span::from_millis(refill) };
            let mut now = Instant::from_nanos(5);
            let mut bucket = Bucket::full(&limit, now);
            let mut taken: Vec<Instant> = Vec::new();
            for pause in pauses {
                now = now + Span::from_millis(pause);
                if bucket.take(&limit, now) {
                    taken.push(now);
                }
            }
            for (first, from) in taken.iter().enumerate() {
                for (last, to) in taken.iter().enumerate().skip(first) {
                    let flowed_in = to.since(*from).as_nanos() / limit.refill.as_nanos();
                    prop_assert!((last - first) as u64 <= u64::from(burst) + flowed_in);
                }
            }
        }

        /// After a pause of one refill there is always one to take.
        #[test]
        fn one_more_after_each_refill(times in 1u64..50, burst in 1u32..9) {
            let limit = RateLimit { burst, refill: Span::from_secs(3) };
            let mut bucket = Bucket::full(&limit, Instant::ZERO);
            while bucket.take(&limit, Instant::ZERO) {}
            for time in 1..=times {
                let now = Instant::ZERO + limit.refill.saturating_mul(time);
                prop_assert!(bucket.take(&limit, now));
                prop_assert!(!bucket.take(&limit, now));
            }
        }
    }
}
