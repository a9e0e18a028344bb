use sim::SimTime;
use units::Span;

/// Times in which a branch was open and accepted nothing: nothing was written that anybody could lack.
#[derive(Clone, Debug, Default)]
pub(super) struct Pauses(Vec<(SimTime, SimTime)>);

impl Pauses {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// One begins, unless one is under way.
    pub(super) fn begin(&mut self, now: SimTime) {
        if self.0.last().is_none_or(|(_, until)| *until != SimTime::MAX) {
            self.0.push((now, SimTime::MAX));
        }
    }

    /// The one that is under way ends.
    pub(super) fn end(&mut self, now: SimTime) {
        if let Some((_, until)) = self.0.last_mut().filter(|(_, until)| *until == SimTime::MAX) {
            *until = now;
        }
    }

    /// The last moment up to `at` at which something was accepted.
    #[inline]
    pub(super) fn last_active(&self, at: SimTime) -> SimTime {
        let pause = self.0.iter().rev().find(|(from, _)| *from <= at);
        pause.filter(|(_, until)| at < *until).map_or(at, |(from, _)| *from)
    }

    /// How much of the time between two moments they take.
    pub(super) fn between(&self, from: SimTime, to: SimTime) -> Span {
        let part = |(begins, ends): &(SimTime, SimTime)| {
            let (begins, ends) = (from.max(*begins), to.min(*ends));
            if begins < ends { ends.since(begins) } else { Span::ZERO }
        };
        self.0.iter().map(part).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + Span::from_secs(seconds)
    }

    #[test]
    fn time_stands_still_while_nothing_is_accepted() {
        let mut pauses = Pauses::default();
        pauses.begin(at(10));
        pauses.begin(at(15));
        assert_eq!([5, 10, 12, 99].map(|now| pauses.last_active(at(now))), [5, 10, 10, 10].map(at));
        pauses.end(at(20));
        pauses.end(at(30));
        pauses.begin(at(40));
        assert_eq!([12, 20, 25, 41].map(|now| pauses.last_active(at(now))), [10, 20, 25, 40].map(at));
        let between = |from, to| pauses.between(at(from), at(to)).as_nanos() / 1_000_000_000;
        assert_eq!([between(0, 10), between(0, 50), between(15, 16), between(20, 40)], [0, 20, 1, 0]);
    }
}
