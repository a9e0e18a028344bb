//! What an agent waits for, told to whoever would leap over the time in which nothing happens.

use units::Span;

use crate::time::Instant;

/// A moment at which an agent acts, or looks around, of its own accord.
///
/// It is not woken later than for the earliest of those that need it awake, and nothing else wakes it. Some do not: they
/// end while it sleeps, and it acts on that when something else wakes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Countdown {
    /// When, on the agent's own clock.
    pub at: Instant,
    /// What becomes of it while all is as usual.
    pub kind: CountdownKind,
}

/// What becomes of a countdown while all is as usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountdownKind {
    /// It runs out: nothing puts it off.
    Fixed,
    /// It goes off, and again after every such interval; all that it does is routine.
    Beats {
        /// The interval.
        every: Span,
    },
    /// Messages of others put it off before it runs out.
    Renewed {
        /// They are sent so often.
        every: Span,
        /// When that last happened: where what counts is when it was asked for, then.
        since: Instant,
        /// It runs out no sooner than so long after.
        length: Span,
        /// The same wherever messages are as regular as can be, whatever was learned from those that were not. Unlike `length`,
        /// which may be another after each message, it says what is to come of a plan for good.
        regular: Span,
    },
}

impl Countdown {
    /// One that runs out.
    pub fn fixed(at: Instant) -> Countdown {
        Countdown { at, kind: CountdownKind::Fixed }
    }

    /// One that goes off again and again.
    pub fn beats(at: Instant, every: Span) -> Countdown {
        Countdown { at, kind: CountdownKind::Beats { every } }
    }

    /// One that others put off every so often, the last time at `since`, by `length` at least.
    pub fn renewed(at: Instant, every: Span, since: Instant, length: Span) -> Countdown {
        Countdown { at, kind: CountdownKind::Renewed { every, since, length, regular: length } }
    }

    /// The same, of one whose length is learned from messages, and is `regular` where these are.
    pub fn learned(at: Instant, every: Span, since: Instant, length: Span, regular: Span) -> Countdown {
        Countdown { at, kind: CountdownKind::Renewed { every, since, length, regular } }
    }
}
