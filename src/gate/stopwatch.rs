//! The clock on the wall, for computing times and for when a report was made: no run sees it.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "computing time is what is measured here; no run sees it"
)]

use std::time::{Instant, SystemTime};

use units::Span;

/// A moment on the wall.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stopwatch {
    at: Instant,
    unix_s: u64,
}

impl Stopwatch {
    pub fn start() -> Stopwatch {
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Stopwatch { at: Instant::now(), unix_s: since_1970.as_secs() }
    }

    /// What has passed since.
    pub fn elapsed(self) -> Span {
        Span::from_nanos(u64::try_from(self.at.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }

    /// When it was started: seconds since 1970.
    pub fn unix_s(self) -> u64 {
        self.unix_s
    }
}

/// How long this takes.
pub(super) fn timed<T>(work: impl FnOnce() -> T) -> (T, Span) {
    let started = Instant::now();
    let done = work();
    (done, Span::from_nanos(u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX)))
}
