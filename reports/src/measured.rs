//! Everything that runs are measured by, row by row, whatever rows there are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use units::{Measured, Row, RowId, Span, Unit, Value, rows};

use crate::quantile;
use crate::run::Run;
use crate::seconds::Seconds;

/// How one measure is spread over the runs in which somebody looked at it. Broken runs are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MeasureReport {
    /// As `firedrill measures` lists it.
    pub name: String,
    /// In how many runs somebody looked.
    pub looked_at: u64,
    /// Of a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_s: Option<Figures<Seconds>>,
    /// Of a count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<Figures<u64>>,
    /// Of a flag: in how many of these runs it is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub so_in: Option<u64>,
}

/// Each is the value of a real run (nearest rank). Intervals of what is judged stand with the criteria.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Figures<T> {
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
}

impl<T: Copy + Ord> Figures<T> {
    /// `None` of nothing.
    fn of(mut values: Vec<T>) -> Option<Figures<T>> {
        values.sort_unstable();
        Some(Figures {
            min: *values.first()?,
            p50: quantile::nearest(&values, 0.50)?,
            p95: quantile::nearest(&values, 0.95)?,
            p99: quantile::nearest(&values, 0.99)?,
            max: *values.last()?,
        })
    }
}

impl Figures<Seconds> {
    /// Plain numbers where every end was seen: there may be a million of them, and of many measures.
    fn of_times(times: &[Measured]) -> Option<Figures<Seconds>> {
        if times.iter().any(|time| time.is_censored()) {
            return Figures::of(times.iter().copied().map(Seconds).collect());
        }
        let Figures { min, p50, p95, p99, max } =
            Figures::of(times.iter().map(|time| time.at_least().as_nanos()).collect())?;
        let [min, p50, p95, p99, max] =
            [min, p50, p95, p99, max].map(|nanos| Seconds::exactly(Span::from_nanos(nanos)));
        Some(Figures { min, p50, p95, p99, max })
    }
}

impl MeasureReport {
    /// Of all rows of the catalogue, in its order.
    pub fn all(runs: &[Run]) -> Vec<MeasureReport> {
        let whole: Vec<&Run> = runs.iter().filter(|run| run.broken().is_none()).collect();
        rows::all().map(|(at, row)| MeasureReport::of(at, row, &whole)).collect()
    }

    fn of(at: RowId, row: &Row, runs: &[&Run]) -> MeasureReport {
        let (mut times, mut counts, mut flags, mut so) = (Vec::new(), Vec::new(), 0, 0);
        for run in runs {
            match run.sheet.value(at, row.unit) {
                Value::Time(time) => times.push(time),
                Value::Count(count) => counts.push(count),
                Value::Flag(is_so) => (flags, so) = (flags + 1, so + u64::from(is_so)),
                Value::NotLookedAt => {}
            }
        }
        MeasureReport {
            name: row.name.to_owned(),
            looked_at: (times.len() + counts.len() + flags) as u64,
            time_s: Figures::of_times(&times),
            count: Figures::of(counts),
            so_in: (row.unit == Unit::Flag).then_some(so),
        }
    }

    /// Whether every run that was looked at shows none of it.
    pub(crate) fn is_nothing(&self) -> bool {
        let no_time = self.time_s.is_none_or(|times| times.max.0.at_least().is_zero());
        let no_count = self.count.is_none_or(|counts| counts.max == 0);
        no_time && no_count && self.so_in.is_none()
    }
}
