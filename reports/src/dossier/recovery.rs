use units::{Measured, Span};

use crate::quantile;
use crate::run::{Run, worst};

/// How one run came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// The run's seed.
    pub seed: u64,
    /// From the strike until the last client was served again.
    pub recovery_time: Measured,
    /// Its parts, in the order of [`Phase::ALL`](crate::Phase::ALL).
    pub phases: [Span; crate::Phase::COUNT],
    /// Why it shows nothing but its own failure, if so.
    pub broken: Option<String>,
}

impl Recovery {
    /// Of the run in the middle (nearest rank, the smallest seed among equals); `None` without runs.
    pub fn median(runs: &[Run]) -> Option<Recovery> {
        let mut order: Vec<&Run> = runs.iter().collect();
        order.sort_by_key(|run| (run.recovery(), run.seed));
        let time = quantile::nearest(&order, 0.5)?.recovery();
        order.into_iter().find(|run| run.recovery() == time).map(Recovery::of)
    }

    /// Of the run that [`worst`] calls so.
    pub fn worst(runs: &[Run]) -> Option<Recovery> {
        worst(runs).map(Recovery::of)
    }

    fn of(run: &Run) -> Recovery {
        Recovery { seed: run.seed, recovery_time: run.recovery(), phases: run.phases(), broken: run.broken() }
    }
}
