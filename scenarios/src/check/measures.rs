//! Limits of any measure: there is one of that name, in that unit, and limits rise with their quantile.

use units::{Unit, Worse, rows};

use super::{Checker, numbers};
use crate::logic::Logic;
use crate::measure::MeasureLimits;
use crate::suggest::did_you_mean;

pub(super) fn check<L: Logic>(checker: &mut Checker<'_, L>, path: &str, limits: &MeasureLimits) {
    let given = limits.given();
    if given.is_empty() {
        checker.error(path, "nothing is limited", "give p50, p95, p99, p999 or always: (p99: \"10m\")");
    }
    if !numbers::is_open_share(limits.confidence) {
        let problem = format!("a confidence of {} cannot be had", limits.confidence);
        checker.error(&format!("{path}.confidence"), problem, "write a number between 0 and 1, such as 0.95");
    }
    let Some(row) = limits.row().map(rows::at) else {
        let names = rows::ROWS.iter().map(|row| row.name);
        let remedy = did_you_mean(&limits.of, names, "`firedrill measures` lists them all");
        return checker.error(&format!("{path}.of"), format!("no measure '{}'", limits.of), remedy);
    };
    for (field, _, amount) in given.iter().filter(|(.., amount)| amount.unit() != row.unit) {
        let problem = format!("'{}' is a {}, not a {}", row.name, row.unit.name(), amount.unit().name());
        let remedy = match row.unit {
            Unit::Time => "write a duration, such as \"10s\"",
            Unit::Count => "write a number, such as 0",
            Unit::Flag => "write true or false",
        };
        checker.error(&format!("{path}.{field}"), problem, remedy);
    }
    for pair in given.windows(2) {
        let ((low, _, lower), (high, _, higher)) = (pair[0], pair[1]);
        let idle = match row.worse {
            Worse::Less => lower.is_below(higher),
            Worse::More | Worse::Neither => higher.is_below(lower),
        };
        if idle {
            let problem = format!("more is asked of {high} than of {low}: the limit for {low} is idle");
            checker.warning(&format!("{path}.{low}"), problem, "limits loosen with their quantile");
        }
    }
}
