//! The clock on the wall, which nothing but the watchdog over runs, and whoever was told how long to hunt, may look at: no run sees it.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "bounds runs in real time; no run sees it"
)]

use std::time::{Duration, Instant};

/// A moment on the wall.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock(Instant);

impl Clock {
    pub fn start() -> Clock {
        Clock(Instant::now())
    }

    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}
