use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use units::rows;

use crate::human;
use crate::run::Run;
use crate::seconds::Seconds;
use crate::spread::Spread;

/// What runs show of overload and of reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoadReport {
    /// Runs in which a primary was offered more writes than it carries.
    pub overloaded_runs: u64,
    /// For how long, what had queued up included; over all runs.
    pub overload_s: Option<Spread<Seconds>>,
    /// Share of the observed time in which clients could read, over all runs; `null` where nobody reads.
    pub read_availability: Option<f64>,
    /// For how long some could read and nobody could write; `null` where nobody reads.
    pub read_only_s: Option<Spread<Seconds>>,
}

impl LoadReport {
    /// `None` where no primary was overloaded and nobody reads: there is nothing to say.
    pub(crate) fn of(runs: &[Run]) -> Option<LoadReport> {
        let overloaded = runs.iter().filter(|run| !run.span(rows::OVERLOAD).is_zero()).count() as u64;
        let times = |row| Spread::of_times(runs.iter().map(|run| Seconds::exactly(run.span(row))));
        let reads = runs.iter().any(looked_at_reads);
        (overloaded > 0 || reads).then(|| LoadReport {
            overloaded_runs: overloaded,
            overload_s: times(rows::OVERLOAD),
            read_availability: reads.then(|| read_availability(runs)).flatten(),
            read_only_s: if reads { times(rows::READ_ONLY) } else { None },
        })
    }

    /// A line each of what there is to say.
    pub(crate) fn lines(&self, runs: u64) -> Vec<String> {
        let mut lines = Vec::new();
        let spread = |spread: &Spread<Seconds>| {
            let [p50, p99, max] = [spread.p50, spread.p99, spread.max].map(|time| human::measured(time.0));
            format!("p50 {p50}, p99 {p99}, at most {max}")
        };
        if let Some(times) = self.overload_s.as_ref().filter(|_| self.overloaded_runs > 0) {
            let (seen, runs) = (human::count(self.overloaded_runs), human::count(runs));
            lines.push(format!("a primary is overloaded in {seen} of {runs} runs: {}", spread(times)));
        }
        if let Some(share) = self.read_availability {
            let only = self.read_only_s.as_ref().filter(|times| !times.max.0.at_least().is_zero());
            let only =
                only.map_or_else(String::new, |times| format!("; reads without writes: {}", spread(times)));
            lines.push(format!(
                "reads are served for {} of all readers' time until runs ended{only}",
                human::share(share)
            ));
        }
        lines
    }
}

fn looked_at_reads(run: &Run) -> bool {
    run.sheet.time(rows::READS_UNAVAILABLE).is_some()
}

fn read_availability(runs: &[Run]) -> Option<f64> {
    let nanos = |run: &Run, row| u128::from(run.span(row).as_nanos());
    let watched = || runs.iter().filter(|run| looked_at_reads(run));
    let observed: u128 = watched().map(|run| nanos(run, rows::OBSERVED)).sum();
    let unserved: u128 = watched().map(|run| nanos(run, rows::READS_UNAVAILABLE)).sum();
    (observed > 0).then(|| observed.saturating_sub(unserved) as f64 / observed as f64)
}
