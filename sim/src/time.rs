use std::fmt;
use std::ops::{Add, AddAssign};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use units::Span;

/// A moment of simulated time: whole nanoseconds since the run began.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct SimTime(u64);

impl SimTime {
    /// The start of every run.
    pub const ZERO: SimTime = SimTime(0);
    /// Later than anything that happens; stands for "never".
    pub const MAX: SimTime = SimTime(u64::MAX);

    /// The moment `nanos` nanoseconds after the start.
    pub const fn from_nanos(nanos: u64) -> SimTime {
        SimTime(nanos)
    }

    /// Nanoseconds since the start.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// How long ago `earlier` was; zero if it lies ahead.
    pub const fn since(self, earlier: SimTime) -> Span {
        Span::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// The moment `span` before this one, or the start of the run.
    pub const fn saturating_sub(self, span: Span) -> SimTime {
        SimTime(self.0.saturating_sub(span.as_nanos()))
    }
}

impl Add<Span> for SimTime {
    type Output = SimTime;
    /// Saturates at [`SimTime::MAX`], so that "never" stays never.
    fn add(self, span: Span) -> SimTime {
        SimTime(self.0.saturating_add(span.as_nanos()))
    }
}

impl AddAssign<Span> for SimTime {
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl fmt::Display for SimTime {
    /// Seconds with milliseconds, the resolution a timeline is read at: `83.402s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0 / 1_000_000;
        f.pad(&format!("{}.{:03}s", millis / 1_000, millis % 1_000))
    }
}

impl fmt::Debug for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}ns", self.0)
    }
}
