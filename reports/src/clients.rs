//! What all clients together went without, and how often.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use units::{Measured, Span};

use crate::human;
use crate::run::Run;
use crate::scenario::share_of;
use crate::seconds::Seconds;
use crate::spread::Spread;

/// Time of all clients together, each for itself: ten clients that are not served for a minute lose ten minutes.
///
/// ```text
///             strike                                         horizon
///  client 1  ====|........===================================|      .  lost: it could be served
///  client 2  ====|xxxxxxxxxxxxxxxxx.....=====================|      x  lost: cut off from everybody who may serve
///  client 3  ================================================|      =  served
///                |<------------- recovery time: the longest outage, counts only "."
/// ```
///
/// A run that is settled before its horizon goes on as it is: clients that are served then stay served, and whoever is
/// cut off for good stays so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientTime {
    /// Not served. Longer than this where some client was not served at the end, or service not back for good.
    pub lost: Measured,
    /// Of that, while nobody who may serve was within their reach.
    pub cut_off: Span,
    /// How many clients there are.
    pub clients: u64,
    /// How long each of them is counted: up to the scenario's horizon.
    pub watched: Span,
}

/// Outages of a run: times in which some client that could be served was not. Interruptions that service does not
/// outlast by `steady` are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outages {
    /// How many.
    pub count: u64,
    /// All together. The recovery time is the longest one's.
    pub total: Measured,
}

/// What all runs of a scenario show of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClientsReport {
    /// Time that clients lost, all together, those included whom nobody could have served; in client-seconds.
    pub lost_s: Spread<Seconds>,
    /// Of that, while nobody who may serve was within their reach; in client-seconds.
    pub cut_off_s: Spread<Seconds>,
    /// Share of their time in which clients were served, in a run: from the worst to the best.
    pub availability: Option<AvailabilitySpread>,
}

/// Share of clients' time in which they were served, up to the horizon.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AvailabilitySpread {
    /// In the worst run.
    pub min: f64,
    /// At least 99 % of the runs show no less.
    pub p99: f64,
    /// Half the runs show no less.
    pub p50: f64,
}

/// What all runs of a scenario show of outages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OutagesReport {
    /// Runs with more than one: their recovery time is the longest one's.
    pub several: u64,
    /// How many there are in a run.
    pub count: Spread<u64>,
    /// All outages of a run together.
    pub total_s: Spread<Seconds>,
}

impl ClientTime {
    /// The share of their time, up to the horizon, in which clients were not served, 0 to 1.
    pub fn share_lost(&self) -> f64 {
        match self.total() {
            0 => 0.0,
            total => self.unserved() as f64 / total as f64,
        }
    }

    /// Of all clients, in nanoseconds.
    fn total(&self) -> u128 {
        u128::from(self.clients) * u128::from(self.watched.as_nanos())
    }

    /// Of all clients, in nanoseconds. What is too long to be told is all of it.
    fn unserved(&self) -> u128 {
        match self.lost.at_least() {
            Span::MAX => self.total(),
            lost => u128::from(lost.as_nanos()).min(self.total()),
        }
    }

    /// Share of their time up to the horizon in which clients were served, rounded down to parts per billion; `None` without clients.
    pub fn available_per_billion(&self) -> Option<u32> {
        let (total, served) = (self.total(), self.total() - self.unserved());
        (served.saturating_mul(1_000_000_000)).checked_div(total).map(|share| share as u32)
    }
}

impl ClientsReport {
    /// `None` where no run, or not every one, was looked at for it.
    pub fn of(runs: &[Run]) -> Option<ClientsReport> {
        let shown = || runs.iter().filter(|run| run.broken().is_none());
        if shown().any(|run| run.client_time().is_none()) {
            return None;
        }
        let times = || shown().filter_map(|run| run.client_time());
        Some(ClientsReport {
            lost_s: Spread::of_times(times().map(|time| Seconds(time.lost)))?,
            cut_off_s: Spread::of_times(times().map(|time| Seconds::exactly(time.cut_off)))?,
            availability: AvailabilitySpread::of(times()),
        })
    }
}

impl AvailabilitySpread {
    /// By ranks, from the worst: each figure is that of a real run.
    fn of(times: impl Iterator<Item = ClientTime>) -> Option<AvailabilitySpread> {
        let mut times: Vec<ClientTime> = times.filter(|time| time.total() > 0).collect();
        times.sort_by_cached_key(|time| std::cmp::Reverse(time.available_per_billion()));
        let served = |time: ClientTime| share_of(time.total() - time.unserved(), time.total());
        Some(AvailabilitySpread {
            min: served(*times.last()?),
            p99: served(crate::quantile::nearest(&times, 0.99)?),
            p50: served(crate::quantile::nearest(&times, 0.50)?),
        })
    }
}

impl OutagesReport {
    /// Where a run has several, which of them the recovery time is.
    pub(crate) fn lines(&self, runs: u64) -> Vec<String> {
        if self.several == 0 {
            return Vec::new();
        }
        let [p50, p99, max] =
            [self.total_s.p50, self.total_s.p99, self.total_s.max].map(|time| human::measured(time.0));
        let (several, runs) = (human::count(self.several), human::count(runs));
        let most = self.count.max;
        vec![format!(
            "several outages in {several} of {runs} runs, at most {most}: the recovery time is the longest one's; \
             all of a run together: p50 {p50}, p99 {p99}, at most {max}"
        )]
    }

    /// `None` where no run, or not every one, was looked at for it.
    pub fn of(runs: &[Run]) -> Option<OutagesReport> {
        let shown = || runs.iter().filter(|run| run.broken().is_none());
        if shown().any(|run| run.outages().is_none()) {
            return None;
        }
        let outages = || shown().filter_map(|run| run.outages());
        Some(OutagesReport {
            several: outages().filter(|outages| outages.count > 1).count() as u64,
            count: Spread::of_counts(outages().map(|outages| outages.count))?,
            total_s: Spread::of_times(outages().map(|outages| Seconds(outages.total)))?,
        })
    }
}
