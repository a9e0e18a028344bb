use std::ops::Add;

use serde::{Deserialize, Serialize};
use units::Span;

/// A reading of a wall clock, in nanoseconds since 1970-01-01 UTC. Unlike [`Instant`](crate::Instant), readings of
/// different clocks can be compared, and are as wrong as those clocks are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WallTime(u64);

impl WallTime {
    /// The reading `nanos`.
    pub const fn from_nanos(nanos: u64) -> WallTime {
        WallTime(nanos)
    }

    /// Nanoseconds since 1970-01-01 UTC.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// How long ago `earlier` was; zero if it lies ahead.
    pub const fn since(self, earlier: WallTime) -> Span {
        Span::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// How far apart two readings are.
    pub const fn apart(self, other: WallTime) -> Span {
        Span::from_nanos(self.0.abs_diff(other.0))
    }
}

impl Add<Span> for WallTime {
    type Output = WallTime;
    /// Saturates.
    fn add(self, span: Span) -> WallTime {
        WallTime(self.0.saturating_add(span.as_nanos()))
    }
}
