use super::Checker;
use crate::logic::Logic;

/// How copies that were away come back: log is kept, rewinds fail in a share of the cases, a full copy ends.
pub(super) fn check<L: Logic>(checker: &mut Checker<'_, L>) {
    let database = &checker.scenario.plan.database;
    if database.keeps_log_for.is_some_and(|kept| kept.is_zero()) {
        checker.plan_error(
            "database.keeps_log_for",
            "with no log kept, every replica that misses a write needs a full copy",
            "give it a time, or None for all of the log",
        );
    }
    if !(0.0..=1.0).contains(&database.rewind_fails) {
        let problem = format!("{} is not a share of rewinds", database.rewind_fails);
        checker.plan_error("database.rewind_fails", problem, "write a number from 0 to 1");
    }
    if !(database.size_gb > 0.0 && database.size_gb <= SIZE_MAX_GB) {
        let problem = format!("a database of {} GB", database.size_gb);
        checker.plan_error("database.size_gb", problem, "write a number above 0, up to 1000000");
    }
    let (slowest, fastest) = database.copy_mb_per_second;
    if !(slowest > 0.0 && fastest >= slowest && fastest.is_finite()) {
        let problem = format!("copies carry from {slowest} to {fastest} MB per second");
        checker.plan_error(
            "database.copy_mb_per_second",
            problem,
            "write the least and the most, above 0 and rising: (60, 110)",
        );
    }
}

/// A petabyte: beyond it the time of a copy means nothing.
const SIZE_MAX_GB: f64 = 1e6;
