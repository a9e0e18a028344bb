use units::Span;

use super::Checker;
use crate::logic::Logic;
use crate::scenario::Sight;

/// What is to be seen can be seen in this plan.
pub(super) fn sight<L: Logic>(checker: &mut Checker<'_, L>, path: &str, what: Sight) {
    let database = &checker.scenario.plan.database;
    let all_log_serves = database.keeps_log_for.is_none() && database.rewind_fails <= 0.0;
    if what == Sight::StuckCopy && database.full_copy_by_hand.is_none() {
        let problem = "no copy is ever stuck: agents make copies anew themselves";
        let remedy = "set database.full_copy_by_hand, such as Uniform(\"20m\", \"4h\")";
        checker.error(&format!("{path}.what"), problem, remedy);
    }
    if matches!(what, Sight::FullCopy | Sight::StuckCopy) && all_log_serves {
        let problem = "no copy is ever made anew: all log is kept and no rewind fails";
        let remedy = "set database.keeps_log_for or database.rewind_fails";
        checker.error(&format!("{path}.what"), problem, remedy);
    }
}

/// An election takes some time.
pub(super) fn election<L: Logic>(checker: &mut Checker<'_, L>, path: &str, election: Span) {
    if election.is_zero() {
        let problem = "no election takes no time at all";
        checker.error(&format!("{path}.election"), problem, "allow what elections take, such as \"30s\"");
    }
}
