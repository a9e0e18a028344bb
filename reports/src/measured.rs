//! Everything that runs are measured by, row by row, whatever rows there are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use units::{Row, RowId, Unit, Value, rows};

use crate::run::Run;
use crate::seconds::Seconds;
use crate::spread::Spread;

/// How one measure is spread over the runs in which somebody looked at it. Broken runs are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MeasureReport {
    /// As `firedrill measures` lists it.
    pub name: String,
    /// In how many runs somebody looked.
    pub looked_at: u64,
    /// Of a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_s: Option<Spread<Seconds>>,
    /// Of a count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<Spread<u64>>,
    /// Of a flag: in how many of these runs it is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub so_in: Option<u64>,
}

impl MeasureReport {
    /// Of all rows of the catalogue, in its order.
    pub fn all(runs: &[Run]) -> Vec<MeasureReport> {
        let places = 0..rows::ROWS.len() as u16;
        places
            .map(|place| MeasureReport::of(RowId::at(place), &rows::ROWS[usize::from(place)], runs))
            .collect()
    }

    fn of(at: RowId, row: &Row, runs: &[Run]) -> MeasureReport {
        let whole =
            || runs.iter().filter(|run| run.broken().is_none()).map(|run| run.sheet.value(at, row.unit));
        let times = || {
            whole().filter_map(|value| if let Value::Time(time) = value { Some(Seconds(time)) } else { None })
        };
        let counts =
            || whole().filter_map(|value| if let Value::Count(count) = value { Some(count) } else { None });
        let so = || whole().filter(|value| *value == Value::Flag(true)).count() as u64;
        MeasureReport {
            name: row.name.to_owned(),
            looked_at: whole().filter(|value| *value != Value::NotLookedAt).count() as u64,
            time_s: (row.unit == Unit::Time).then(|| Spread::of_times(times())).flatten(),
            count: (row.unit == Unit::Count).then(|| Spread::of_counts(counts())).flatten(),
            so_in: (row.unit == Unit::Flag).then(so),
        }
    }

    /// Whether every run that was looked at shows none of it.
    pub(crate) fn is_nothing(&self) -> bool {
        let no_time = self.time_s.is_none_or(|times| times.max.0.at_least().is_zero());
        let no_count = self.count.is_none_or(|counts| counts.max == 0);
        no_time && no_count && self.so_in.is_none()
    }
}
