use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::quantile;
use crate::run::{Phase, Run};
use crate::seconds::Seconds;

/// How a value is spread over the runs. Every figure is the value of a real run (nearest rank).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Spread<T> {
    /// Runs it was seen in.
    pub runs: u64,
    /// Smallest.
    pub min: T,
    /// At least half the runs show no more.
    pub p50: T,
    /// At least 95 % of the runs show no more.
    pub p95: T,
    /// At least 99 % of the runs show no more.
    pub p99: T,
    /// Largest.
    pub max: T,
    /// Runs in which its end was not seen. They are ordered after all others.
    pub censored: u64,
    /// Where the true p50 lies.
    pub p50_interval: Interval<T>,
    /// Where the true p95 lies.
    pub p95_interval: Interval<T>,
    /// Where the true p99 lies.
    pub p99_interval: Interval<T>,
}

/// Two-sided 95 % confidence interval of a quantile, from binomial ranks: it supposes nothing about the shape of
/// the distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Interval<T> {
    /// Lower end; `null` if so few runs have none.
    pub low: Option<T>,
    /// Upper end; `null` if so few runs have none: the true quantile may exceed everything seen.
    pub high: Option<T>,
}

/// How long each phase of the recovery took, over the runs that recovered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PhaseSpreads {
    /// From the strike until a majority finds, or at least suspects, that the primary is out of service.
    pub detect: Spread<Seconds>,
    /// Until a coordinator is elected, where none was there; absent from reports that called it detected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elect: Option<Spread<Seconds>>,
    /// Until a majority has agreed what to do.
    pub decide: Spread<Seconds>,
    /// Until the old primary can no longer accept writes.
    pub fence: Spread<Seconds>,
    /// Until the new primary accepts writes.
    pub promote: Spread<Seconds>,
    /// Until it has the copies without which no write is acknowledged; absent from reports that called it redirected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledge: Option<Spread<Seconds>>,
    /// Until clients have found it.
    pub redirect: Spread<Seconds>,
    /// Until they are served as before.
    pub warm_up: Spread<Seconds>,
}

impl<T: Copy + Ord> Spread<T> {
    /// Of these values; `None` if there are none.
    pub fn of(values: impl IntoIterator<Item = T>, is_censored: impl Fn(&T) -> bool) -> Option<Spread<T>> {
        let mut values: Vec<T> = values.into_iter().collect();
        values.sort_unstable();
        let interval = |p| {
            let (low, high) = quantile::enclosing_ranks(p, values.len(), 0.95);
            Interval { low: low.map(|rank| values[rank - 1]), high: high.map(|rank| values[rank - 1]) }
        };
        Some(Spread {
            runs: values.len() as u64,
            min: *values.first()?,
            p50: quantile::nearest(&values, 0.50)?,
            p95: quantile::nearest(&values, 0.95)?,
            p99: quantile::nearest(&values, 0.99)?,
            max: *values.last()?,
            censored: values.iter().filter(|value| is_censored(value)).count() as u64,
            p50_interval: interval(0.50),
            p95_interval: interval(0.95),
            p99_interval: interval(0.99),
        })
    }
}

impl Spread<Seconds> {
    /// Of durations; `None` if there are none.
    pub fn of_times(values: impl IntoIterator<Item = Seconds>) -> Option<Spread<Seconds>> {
        Spread::of(values, |seconds| seconds.0.is_censored())
    }
}

impl Spread<u64> {
    /// Of counts; `None` if there are none.
    pub fn of_counts(values: impl IntoIterator<Item = u64>) -> Option<Spread<u64>> {
        Spread::of(values, |_| false)
    }
}

impl PhaseSpreads {
    /// Over the runs that recovered; `None` if none did.
    pub fn of(runs: &[Run]) -> Option<PhaseSpreads> {
        let spread = |phase| {
            let recovered = runs.iter().filter(|run| run.recovered());
            Spread::of_times(recovered.map(|run| Seconds::exactly(run.phase(phase))))
        };
        Some(PhaseSpreads {
            detect: spread(Phase::Detect)?,
            elect: spread(Phase::Elect),
            decide: spread(Phase::Decide)?,
            fence: spread(Phase::Fence)?,
            promote: spread(Phase::Promote)?,
            acknowledge: spread(Phase::Acknowledge),
            redirect: spread(Phase::Redirect)?,
            warm_up: spread(Phase::WarmUp)?,
        })
    }

    /// Of one phase; `None` in a report that did not tell it apart.
    pub fn get(&self, phase: Phase) -> Option<&Spread<Seconds>> {
        match phase {
            Phase::Detect => Some(&self.detect),
            Phase::Elect => self.elect.as_ref(),
            Phase::Decide => Some(&self.decide),
            Phase::Fence => Some(&self.fence),
            Phase::Promote => Some(&self.promote),
            Phase::Acknowledge => self.acknowledge.as_ref(),
            Phase::Redirect => Some(&self.redirect),
            Phase::WarmUp => Some(&self.warm_up),
        }
    }
}
