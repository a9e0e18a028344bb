use std::ops::Add;

use serde::{Deserialize, Serialize};
use units::Span;

/// A reading of one node's own monotonic clock, in nanoseconds. Readings of two nodes have nothing to do with
/// each other: clocks drift, and a suspended machine's clock stands still.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(u64);

impl Instant {
    /// Before everything.
    pub const ZERO: Instant = Instant(0);
    /// Never.
    pub const NEVER: Instant = Instant(u64::MAX);

    /// The reading `nanos`.
    pub const fn from_nanos(nanos: u64) -> Instant {
        Instant(nanos)
    }

    /// Nanoseconds on this clock.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// How long ago `earlier` was on this clock; zero if it lies ahead.
    pub const fn since(self, earlier: Instant) -> Span {
        Span::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// The reading `span` earlier, or zero; never stays never.
    pub const fn saturating_sub(self, span: Span) -> Instant {
        match self.0 {
            u64::MAX => Instant::NEVER,
            nanos => Instant(nanos.saturating_sub(span.as_nanos())),
        }
    }
}

impl Add<Span> for Instant {
    type Output = Instant;
    /// Saturates, so that never stays never.
    fn add(self, span: Span) -> Instant {
        Instant(self.0.saturating_add(span.as_nanos()))
    }
}
